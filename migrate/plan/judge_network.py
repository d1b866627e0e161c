"""What is found of networks, ports, routers, security groups and floating addresses."""

from collections.abc import Iterator

from migrate.model import FloatingIp, Kind, Network, Port, Router, SecurityGroup
from migrate.plan.case import Case, floating_subnet, is_movable_port, routers_between
from migrate.plan.findings import Finding, finding
from migrate.plan.judge_compute import unknown_choice
from migrate.plan.mapping import external_name
from migrate.plan.selectors import item


def judge_network(case: Case) -> Iterator[Finding]:
    addresses = frozenset(floating_ip.address for floating_ip in case.source.floating_ips)
    for network in case.source.networks:
        if network.id in case.own_networks and network.is_shared:
            yield _shared(network)
    for group in case.source.security_groups:
        yield from _group(group, addresses)
    for port in case.source.ports:
        if not port.device_owner.startswith("network:"):
            yield from _port(case, port, addresses)
    for router in case.source.routers:
        yield from _router(case, router)
    for floating_ip in case.source.floating_ips:
        yield from _floating(case, floating_ip)


def _shared(network: Network) -> Finding:
    return finding("DCP-663", item(Kind.NETWORK, network.id), network.name)


def _group(group: SecurityGroup, addresses: frozenset[str]) -> Iterator[Finding]:
    named = {(rule.remote_ip_prefix or "").partition("/")[0] for rule in group.rules}
    for address in sorted(named & addresses):
        yield finding("DCP-661", item(Kind.SECURITY_GROUP, group.id), group.name, address=address)


def _port(case: Case, port: Port, addresses: frozenset[str]) -> Iterator[Finding]:
    of, name = item(Kind.PORT, port.id), port.name
    if not is_movable_port(case, port):
        yield finding("DCP-665", of, name, owner=port.device_owner or port.device_id)
        return
    if port.network_id not in case.own_networks:
        network = next((n.name for n in case.source.networks if n.id == port.network_id), port.network_id)
        yield finding("DCP-662", of, name, network=network)
    if port.mac_address and not case.policy.keep_mac:
        address = port.fixed_ips[0].ip_address if port.fixed_ips else "-"
        yield finding("DCP-618", of, name, mac=port.mac_address, address=address)
    for named in sorted({pair.ip_address.partition("/")[0] for pair in port.allowed_address_pairs} & addresses):
        yield finding("DCP-661", of, name, address=named)


def _router(case: Case, router: Router) -> Iterator[Finding]:
    of = item(Kind.ROUTER, router.id)
    if router.external_network_id:
        yield from _external(case, router.external_network_id, of, router.name)


def _floating(case: Case, floating_ip: FloatingIp) -> Iterator[Finding]:
    of = item(Kind.FLOATING_IP, floating_ip.id)
    yield from _external(case, floating_ip.external_network_id, of, floating_ip.address)
    choice = case.external(floating_ip.external_network_id)
    if choice and not choice.is_open:
        yield finding("DCP-617", of, floating_ip.address, address=floating_ip.address, network=choice.target_name)
    port = case.ports.get(floating_ip.port_id or "")
    if floating_ip.port_id and (port is None or port.device_owner.startswith("network:")):
        yield finding("DCP-671", of, floating_ip.address, because=item(Kind.PORT, floating_ip.port_id))
    subnet_id = floating_subnet(port, floating_ip.fixed_ip_address) if port else None
    if subnet_id and not routers_between(case, subnet_id, floating_ip.external_network_id):
        subnet = case.subnets.get(subnet_id)
        name = subnet.name if subnet and subnet.name else subnet_id
        yield finding("DCP-660", of, floating_ip.address, address=floating_ip.address, subnet=name)


def _external(case: Case, network_id: str, of: str, name: str) -> Iterator[Finding]:
    choice = case.external(network_id)
    known = sorted(network.name for network in case.target.facts.external_networks)
    if choice and choice.why == "unknown":
        yield unknown_choice("external_networks", choice, known, of, name)
    elif choice and choice.why == "none":
        source = external_name(network_id, case.source)
        yield finding("DCP-616", of, name, source=source, known=", ".join(known) or "-")
