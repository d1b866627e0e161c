"""The steps that rebuild the network: groups, networks, subnets, routers, ports, floating addresses."""

from collections.abc import Iterator

from msgspec.structs import replace

from migrate.model import FloatingIp, Kind, Port, Router, SecurityGroup
from migrate.plan.case import floating_subnet, is_movable_port, routers_between
from migrate.plan.decide import Decision
from migrate.plan.selectors import item
from migrate.plan.steps import (
    AddInterface,
    ImportKeypair,
    MakeFloatingIp,
    MakeNetwork,
    MakePort,
    MakeRouter,
    MakeSecurityGroup,
    MakeSubnet,
    SetRules,
    Step,
)

_TARGET = ("target",)


def network_steps(decision: Decision) -> Iterator[Step]:
    """Key pairs first, as they are wanted as early as the network."""
    source, case = decision.case.source, decision.case
    for keypair in source.keypairs:
        if decision.moves(Kind.KEYPAIR, keypair.name):
            of = item(Kind.KEYPAIR, keypair.name)
            yield Step(id=of, name=keypair.name, action=ImportKeypair(keypair=keypair), sides=_TARGET)
    for group in source.security_groups:
        if decision.moves(Kind.SECURITY_GROUP, group.id):
            yield from _group(decision, group)
    for network in source.networks:
        if network.id in case.own_networks and decision.moves(Kind.NETWORK, network.id):
            of = item(Kind.NETWORK, network.id)
            # Who it was shared with is the source's: a member may not share it again (DCP-663).
            want = replace(network, is_shared=False)
            yield Step(id=of, name=network.name, action=MakeNetwork(want=want), sides=_TARGET)
    for subnet in source.subnets:
        if subnet.network_id in case.own_networks and decision.moves(Kind.SUBNET, subnet.id):
            yield Step(
                id=item(Kind.SUBNET, subnet.id),
                name=subnet.name,
                action=MakeSubnet(want=subnet),
                sides=_TARGET,
                needs=(item(Kind.NETWORK, subnet.network_id),),
            )
    for router in source.routers:
        if decision.moves(Kind.ROUTER, router.id):
            yield from _router(decision, router)
    for port in source.ports:
        if is_movable_port(case, port) and decision.moves(Kind.PORT, port.id):
            yield _port(decision, port)
    for floating_ip in source.floating_ips:
        if decision.moves(Kind.FLOATING_IP, floating_ip.id):
            yield _floating(decision, floating_ip)


def _group(decision: Decision, group: SecurityGroup) -> Iterator[Step]:
    of = item(Kind.SECURITY_GROUP, group.id)
    known = {g.id for g in decision.case.source.security_groups if decision.moves(Kind.SECURITY_GROUP, g.id)}
    rules = tuple(rule for rule in group.rules if rule.remote_group_id is None or rule.remote_group_id in known)
    want = replace(group, rules=rules)
    named = {of, *(item(Kind.SECURITY_GROUP, rule.remote_group_id) for rule in rules if rule.remote_group_id)}
    yield Step(id=of, name=group.name, action=MakeSecurityGroup(want=want), sides=_TARGET)
    yield Step(id=f"{of}:rules", name=group.name, action=SetRules(want=want), sides=_TARGET, needs=tuple(sorted(named)))


def _router(decision: Decision, router: Router) -> Iterator[Step]:
    of = item(Kind.ROUTER, router.id)
    gateway = decision.case.external(router.external_network_id)
    kept = tuple(i for i in router.interfaces if _moves_subnet(decision, i.subnet_id))
    action = MakeRouter(
        want=replace(router, interfaces=kept), external_network_id=gateway.target if gateway is not None else None
    )
    yield Step(id=of, name=router.name, action=action, sides=_TARGET)
    for interface in kept:
        yield Step(
            id=interface_id(router.id, interface.subnet_id),
            name=router.name,
            action=AddInterface(router_id=router.id, interface=interface),
            sides=_TARGET,
            needs=tuple(sorted((of, item(Kind.SUBNET, interface.subnet_id)))),
        )


def interface_id(router_id: str, subnet_id: str) -> str:
    return item(Kind.ROUTER, router_id, f"interface-{subnet_id}")


def _port(decision: Decision, port: Port) -> Step:
    case = decision.case
    known = {group.id for group in case.source.security_groups}
    groups = tuple(group_id for group_id in port.security_group_ids if group_id in known)
    # All subnets of the network: an address that the port needs may be taken by a port made while one is missing.
    subnets = [s.id for s in case.subnets_of(port.network_id) if decision.moves(Kind.SUBNET, s.id)]
    needs = {item(Kind.NETWORK, port.network_id), *(item(Kind.SUBNET, subnet_id) for subnet_id in subnets)}
    for group_id in groups:
        needs |= {item(Kind.SECURITY_GROUP, group_id), item(Kind.SECURITY_GROUP, group_id, "rules")}
    return Step(
        id=item(Kind.PORT, port.id),
        name=port.name or (port.fixed_ips[0].ip_address if port.fixed_ips else port.id),
        action=MakePort(want=replace(port, security_group_ids=groups), keep_mac=case.policy.keep_mac),
        sides=_TARGET,
        needs=tuple(sorted(needs)),
    )


def _floating(decision: Decision, floating_ip: FloatingIp) -> Step:
    case = decision.case
    choice = case.external(floating_ip.external_network_id)
    needs: set[str] = set()
    port = case.ports.get(floating_ip.port_id or "")
    subnet_id = floating_subnet(port, floating_ip.fixed_ip_address) if port else None
    if port:
        needs.add(item(Kind.PORT, port.id))
    for router in routers_between(case, subnet_id, floating_ip.external_network_id) if subnet_id else []:
        if decision.moves(Kind.ROUTER, router.id) and subnet_id and _moves_subnet(decision, subnet_id):
            needs.add(interface_id(router.id, subnet_id))
    return Step(
        id=item(Kind.FLOATING_IP, floating_ip.id),
        name=floating_ip.address,
        action=MakeFloatingIp(
            want=replace(floating_ip, port_id=port.id if port else None),
            external_network_id=(choice.target if choice else None) or "",
        ),
        sides=_TARGET,
        needs=tuple(sorted(needs)),
    )


def _moves_subnet(decision: Decision, subnet_id: str) -> bool:
    subnet = decision.case.subnets.get(subnet_id)
    own = subnet is not None and subnet.network_id in decision.case.own_networks
    return own and decision.moves(Kind.SUBNET, subnet_id)
