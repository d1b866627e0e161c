"""Findings about networks, ports, trunks, routers, security groups and floating IPs."""

from collections.abc import Iterator

from migrate.findings.at_target.features import (
    DHCP_OPTIONS,
    FORWARDING_DESCRIPTIONS,
    MTU_WRITABLE,
    STATELESS_GROUPS,
    TRUNKS,
    has_extension,
)
from migrate.findings.at_target.floating_ip_paths import floating_subnet, subnets_reached
from migrate.findings.at_target.foreign_networks import known_networks
from migrate.findings.at_target.group_rules import address_group, changed_addresses, named_addresses, own_address
from migrate.findings.at_target.missing_places import unknown_choice
from migrate.findings.at_target.mtu import mtu_at_target
from migrate.findings.finding import Finding, finding
from migrate.findings.inputs import Case, is_movable_port, is_service_port
from migrate.messages import codes
from migrate.model import FloatingIp, Kind, Network, Port, Router, SecurityGroup, Trunk
from migrate.policy.mapping import external_name
from migrate.policy.selectors import item


def judge_network(case: Case) -> Iterator[Finding]:
    for network in case.source.networks:
        if network.id in case.own_networks:
            yield from _network(case, network)
    for group in case.source.security_groups:
        yield from _group(case, group)
    for port in case.source.ports:
        if not is_service_port(port):
            yield from _port(case, port)
    for trunk in case.source.trunks:
        yield from _trunk(case, trunk)
    for router in case.source.routers:
        yield from _router(case, router)
    for floating_ip in case.source.floating_ips:
        yield from _floating(case, floating_ip)


def _network(case: Case, network: Network) -> Iterator[Finding]:
    item_id, name = item(Kind.NETWORK, network.id), network.name
    if network.is_shared:
        yield finding(codes.NETWORK_UNSHARED, item_id, name)
    # If all the target's networks have the same MTU, it is kept without a request.
    if network.mtu is not None and mtu_at_target(case, network) != network.mtu:
        yield from _lacks(case, f"MTU {network.mtu}", MTU_WRITABLE, item_id, name)


# ---------------------------------------------------------------- groups


def _group(case: Case, group: SecurityGroup) -> Iterator[Finding]:
    item_id, name = item(Kind.SECURITY_GROUP, group.id), group.name
    for address in changed_addresses(case, group):
        yield finding(codes.RULE_NAMES_LOST_ADDRESS, item_id, name, address=address)
    for address in named_addresses(case, group):
        yield finding(codes.RULE_NAMES_CHANGED_ADDRESS, item_id, name, address=address, rewrite=_rewrite(case, address))
    for named in sorted({named for rule in group.rules if (named := address_group(rule))}):
        yield finding(codes.ADDRESS_GROUP_RULE_LOST, item_id, name, group=named)
    if not group.stateful:
        yield from _lacks(case, "stateful: false", STATELESS_GROUPS, item_id, name)


def _rewrite(case: Case, address: str) -> str:
    """How an address in a rule changes: `yes`: by the plan; `no`: not without a policy setting; `hand`: only by hand;
    or the new address, once known.
    """
    floating_ip = case.addresses[address]
    if case.skips(Kind.FLOATING_IP, floating_ip.id, address):
        return "hand"
    return "yes" if case.policy.rewrite_addresses else _address_change(case, floating_ip) or "no"


def _address_change(case: Case, floating_ip: FloatingIp) -> str | None:
    made = case.ours.get((Kind.FLOATING_IP, floating_ip.id))
    new = next((one.address for one in case.target.floating_ips if one.id == made), None)
    return f"{floating_ip.address} -> {new}" if new else None


# ---------------------------------------------------------------- ports


def _port(case: Case, port: Port) -> Iterator[Finding]:
    item_id, name = item(Kind.PORT, port.id), port.name
    if not is_movable_port(case, port):
        yield finding(codes.SERVICE_PORT_LOST, item_id, name, owner=port.device_owner or port.device_id)
        return
    if port.network_id not in case.own_networks:
        yield from _foreign(case, port, item_id, name)
    lies = case.landings.get(port.id)
    if port.mac_address and not (case.policy.keep_mac and (lies is None or lies.is_own)):
        address = port.fixed_ips[0].ip_address if port.fixed_ips else "-"
        yield finding(codes.MAC_CHANGES, item_id, name, mac=port.mac_address, address=address)
    pairs = {named for pair in port.allowed_address_pairs if (named := own_address(case, pair.ip_address))}
    for named in sorted(pairs):
        # A pair is created with its port, before its floating IP exists: no step can insert the new address.
        rewrite = _address_change(case, case.addresses[named]) or "hand"
        yield finding(codes.RULE_NAMES_CHANGED_ADDRESS, item_id, name, address=named, rewrite=rewrite)
    if port.qos_policy_id:
        yield finding(codes.QOS_LOST, item_id, name, policy=port.qos_policy_id)
    if port.vnic_type not in {"normal", ""}:
        yield finding(codes.PORT_BINDING_LOST, item_id, name, vnic_type=port.vnic_type)
    if port.dhcp_options:
        yield from _lacks(case, ", ".join(option.name for option in port.dhcp_options), DHCP_OPTIONS, item_id, name)


def _foreign(case: Case, port: Port, item: str, name: str) -> Iterator[Finding]:
    """Findings about a port on another project's network: its new network, and settings not available there."""
    choice, lies = case.choices.networks[port.id], case.landings.get(port.id)
    known = known_networks(case.target)
    if choice.is_wrong:
        yield unknown_choice("networks", choice, known, item, name)
    elif lies is None:
        yield finding(
            codes.PORT_NETWORK_UNCLEAR,
            item,
            name,
            network=case.network_name(port.network_id),
            known=", ".join(known) or "-",
        )
    if lies is None:
        return
    becomes = lies.network.name or lies.network.id
    yield finding(codes.PORT_NETWORK_CHANGES, item, name, network=choice.source, becomes=becomes)
    for address in lies.changed:
        yield finding(codes.FIXED_ADDRESS_CHANGES, item, name, address=address, becomes=becomes)
    if port.allowed_address_pairs and not lies.is_own:
        pairs = ", ".join(pair.ip_address for pair in port.allowed_address_pairs)
        yield finding(codes.ADDRESS_PAIRS_LOST, item, name, pairs=pairs, becomes=becomes)
    if not (port.port_security_enabled or lies.is_own):
        yield finding(codes.PORT_SECURITY_FORCED, item, name, becomes=becomes)
    if choice.wanted:
        yield finding(codes.PORT_STAYS_ON_NETWORK, item, name, becomes=becomes, wanted=choice.wanted)


def _trunk(case: Case, trunk: Trunk) -> Iterator[Finding]:
    item_id = item(Kind.TRUNK, trunk.id)
    if not has_extension(case.target.facts, TRUNKS):
        yield finding(codes.NO_TRUNKS, item_id, trunk.name)
    elif trunk.port_id not in case.ports:
        yield finding(codes.DEPENDENCY_LEFT_OUT, item_id, trunk.name, because=item(Kind.PORT, trunk.port_id))


# ---------------------------------------------------------------- routers, floating IPs


def _router(case: Case, router: Router) -> Iterator[Finding]:
    item_id = item(Kind.ROUTER, router.id)
    if router.external_network_id:
        yield from _external(case, router.external_network_id, item_id, router.name)
        if not router.enable_snat:
            yield finding(codes.SNAT_CHANGES, item_id, router.name)


def _floating(case: Case, floating_ip: FloatingIp) -> Iterator[Finding]:
    item_id, name = item(Kind.FLOATING_IP, floating_ip.id), floating_ip.address
    yield from _external(case, floating_ip.external_network_id, item_id, name)
    choice = case.external(floating_ip.external_network_id)
    if choice is None or choice.is_open:
        return
    yield finding(codes.ADDRESS_CHANGES, item_id, name, address=floating_ip.address, network=choice.target_name)
    port = case.ports.get(floating_ip.port_id or "")
    if floating_ip.port_id and (port is None or is_service_port(port)):
        yield finding(codes.DEPENDENCY_LEFT_OUT, item_id, name, because=item(Kind.PORT, floating_ip.port_id))
    if port and (lies := case.landings.get(port.id)):
        yield finding(
            codes.FLOATING_IP_NEEDS_FOREIGN_ROUTER,
            item_id,
            name,
            address=floating_ip.address,
            becomes=lies.network.name or lies.network.id,
        )
    own = floating_subnet(port, floating_ip.fixed_ip_address) if port else None
    for subnet_id in dict.fromkeys(subnets_reached(floating_ip, case.ports)):
        if subnet_id not in case.subnets or case.subnets[subnet_id].network_id not in case.own_networks:
            continue
        way = case.ways.of(subnet_id, floating_ip.external_network_id)
        if way and way.is_new:
            yield finding(
                codes.ROUTER_ADDED, item_id, name, subnet=case.subnet_name(subnet_id), network=choice.target_name
            )
        elif way is None and subnet_id == own:
            yield finding(
                codes.FLOATING_IP_WITHOUT_ROUTER,
                item_id,
                name,
                address=floating_ip.address,
                subnet=case.subnet_name(subnet_id),
            )
    if any(one.description for one in floating_ip.port_forwardings):
        yield from _lacks(case, "description", FORWARDING_DESCRIPTIONS, item_id, name)


def _external(case: Case, network_id: str, item: str, name: str) -> Iterator[Finding]:
    choice = case.external(network_id)
    known = sorted(network.name for network in case.target.facts.external_networks)
    if choice and choice.is_wrong:
        yield unknown_choice("external_networks", choice, known, item, name)
    elif choice and choice.why == "none":
        source = external_name(network_id, case.source)
        yield finding(codes.EXTERNAL_NETWORK_UNCLEAR, item, name, source=source, known=", ".join(known) or "-")


def _lacks(case: Case, what: str, extension: str, item: str, name: str) -> Iterator[Finding]:
    """The finding for a feature that the target's network service lacks; the plan leaves it out."""
    if not has_extension(case.target.facts, extension):
        yield finding(codes.NETWORK_FEATURE_MISSING, item, name, what=what, extension=extension)
