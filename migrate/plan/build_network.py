"""Steps that rebuild the network up to its ports: key pairs, groups, networks, subnets, routers."""

from collections.abc import Iterator

from msgspec.structs import replace

from migrate.findings.at_target.features import STATELESS_GROUPS, has_extension
from migrate.findings.at_target.group_rules import named_addresses, own_address
from migrate.findings.at_target.kept_parts import (
    forwardings_kept,
    interfaces_kept,
    routers_kept,
    routes_kept,
    rules_kept,
    way_of,
)
from migrate.findings.at_target.mtu import mtu_wanted
from migrate.findings.decide_what_moves import Decision
from migrate.findings.inputs import Case
from migrate.model import Kind, Router, SecurityGroup, Subnet
from migrate.model.steps import (
    AddInterface,
    EnableDhcp,
    ImportKeypair,
    MakeNetwork,
    MakeRouter,
    MakeSecurityGroup,
    MakeSubnet,
    SetRoutes,
    SetRules,
    Step,
)
from migrate.plan.dhcp import LateDhcp, interface_id
from migrate.policy.selectors import item


def network_steps(decision: Decision, dhcp: LateDhcp) -> Iterator[Step]:
    """The steps, key pairs first, because servers need them as early as the network."""
    source, case = decision.case.source, decision.case
    for keypair in source.keypairs:
        if decision.moves(Kind.KEYPAIR, keypair.name):
            item_id = item(Kind.KEYPAIR, keypair.name)
            yield Step.for_action(
                step_id=item_id,
                name=keypair.name,
                action=ImportKeypair(keypair=keypair),
            )
    for group in source.security_groups:
        if decision.moves(Kind.SECURITY_GROUP, group.id):
            yield from _group(decision, group)
    for network in source.networks:
        if network.id in case.own_networks and decision.moves(Kind.NETWORK, network.id):
            item_id = item(Kind.NETWORK, network.id)
            # Sharing is up to the source: a member cannot share it again (DCP-663).
            want = replace(network, is_shared=False, mtu=mtu_wanted(case, network))
            yield Step.for_action(
                step_id=item_id,
                name=network.name,
                action=MakeNetwork(want=want),
            )
    for subnet in source.subnets:
        if subnet.network_id in case.own_networks and decision.moves(Kind.SUBNET, subnet.id):
            yield from _subnet(subnet, dhcp)
    needed = _routers_needed(decision)
    for router in source.routers:
        if decision.moves(Kind.ROUTER, router.id):
            given = case.ways.given.get(router.id) if router.id in needed else None
            yield from _router(decision, router, given)
    for router_id in sorted(case.ways.made.keys() & needed):
        made = case.ways.made[router_id]
        yield from _router(decision, replace(made, external_network_id=None), made.external_network_id)


# ---------------------------------------------------------------- groups


def _group(decision: Decision, group: SecurityGroup) -> Iterator[Step]:
    case, item_id = decision.case, item(Kind.SECURITY_GROUP, group.id)
    stateful = group.stateful or not has_extension(case.target.facts, STATELESS_GROUPS)
    want = replace(group, rules=rules_kept(case, decision.moves, group), stateful=stateful)
    named = {item_id, *(item(Kind.SECURITY_GROUP, rule.remote_group_id) for rule in want.rules if rule.remote_group_id)}
    rewritten = _rewritten(decision, want)
    first = replace(want, rules=tuple(r for r in want.rules if own_address(case, r.remote_ip_prefix) not in rewritten))
    yield Step.for_action(
        step_id=item_id,
        name=group.name,
        action=MakeSecurityGroup(want=want),
    )
    rules = f"{item_id}:rules"
    yield Step.for_action(step_id=rules, name=group.name, action=SetRules(want=first), needs=tuple(sorted(named)))
    if rewritten:
        # Ports need the rules, and floating IPs need ports: rules with new addresses are set by a separate step.
        addresses = {item(Kind.FLOATING_IP, floating_ip_id) for floating_ip_id in rewritten.values()}
        yield Step.for_action(
            step_id=f"{item_id}:addresses",
            name=group.name,
            action=SetRules(want=want, addresses=rewritten),
            needs=tuple(sorted({rules, *addresses})),
        )


def _rewritten(decision: Decision, group: SecurityGroup) -> dict[str, str]:
    """Maps old floating IPs in the group's rules to those that replace them."""
    case = decision.case
    if not case.policy.rewrite_addresses:
        return {}
    named = {address: case.addresses[address].id for address in named_addresses(case, group)}
    return {address: own_id for address, own_id in named.items() if decision.moves(Kind.FLOATING_IP, own_id)}


# ---------------------------------------------------------------- subnets, routers


def _subnet(subnet: Subnet, dhcp: LateDhcp) -> Iterator[Step]:
    item_id, waits = item(Kind.SUBNET, subnet.id), dhcp.waits_for(subnet)
    yield Step.for_action(
        step_id=item_id,
        name=subnet.name,
        action=MakeSubnet(want=subnet, dhcp_later=bool(waits)),
        needs=(item(Kind.NETWORK, subnet.network_id),),
    )
    if waits:
        action, needs = EnableDhcp(subnet_id=subnet.id), tuple(sorted((item_id, *waits)))
        yield Step.for_action(step_id=f"{item_id}:dhcp", name=subnet.name, action=action, needs=needs)


def _router(decision: Decision, router: Router, given: str | None) -> Iterator[Step]:
    """The steps of a router. `given`: the target's external network for a router without one at the source."""
    case, item_id = decision.case, item(Kind.ROUTER, router.id)
    gateway = case.external(router.external_network_id)
    kept = interfaces_kept(case, decision.moves, router)
    routes = routes_kept(case, decision.moves, router)
    action = MakeRouter(
        want=replace(router, interfaces=kept, routes=routes),
        external_network_id=gateway.target if gateway is not None else given,
    )
    yield Step.for_action(
        step_id=item_id,
        name=router.name,
        action=action,
    )
    for interface in kept:
        yield Step.for_action(
            step_id=interface_id(router.id, interface.subnet_id),
            name=router.name,
            action=AddInterface(router_id=router.id, interface=interface),
            needs=tuple(sorted((item_id, item(Kind.SUBNET, interface.subnet_id)))),
        )
    if routes:
        yield Step.for_action(
            step_id=f"{item_id}:routes",
            name=router.name,
            action=SetRoutes(router_id=router.id, routes=routes),
            needs=tuple(sorted({item_id, *(interface_id(router.id, interface.subnet_id) for interface in kept)})),
        )


def _routers_needed(decision: Decision) -> frozenset[str]:
    """Routers on the way to a floating IP that moves."""
    case: Case = decision.case
    needed: set[str] = set()
    for floating_ip in case.source.floating_ips:
        if decision.moves(Kind.FLOATING_IP, floating_ip.id):
            ends = [(floating_ip.port_id or "", floating_ip.fixed_ip_address)]
            kept = forwardings_kept(case, decision.moves, floating_ip)
            ends += [(one.internal_port_id, one.internal_ip_address) for one in kept]
            ways = (way_of(case, floating_ip, port_id, address) for port_id, address in ends)
            needed.update(router_id for way in ways if way for router_id in routers_kept(case, decision.moves, way))
    return frozenset(needed)
