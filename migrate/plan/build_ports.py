"""Steps of ports and their dependents: trunks, floating IPs, port forwardings."""

from collections.abc import Iterator

from msgspec import UNSET
from msgspec.structs import replace

from migrate.findings.at_target.features import DHCP_OPTIONS, FORWARDING_DESCRIPTIONS, has_extension
from migrate.findings.at_target.floating_ip_paths import floating_subnet
from migrate.findings.at_target.kept_parts import forwardings_kept, routers_kept, sub_ports_kept, subnet_moves, way_of
from migrate.findings.decide_what_moves import Decision
from migrate.findings.inputs import is_movable_port
from migrate.model import FloatingIp, Kind, Port, PortForwarding, Trunk
from migrate.model.steps import ForwardPort, MakeFloatingIp, MakePort, MakeTrunk, Step
from migrate.plan.dhcp import interface_id
from migrate.policy.provider_profiles import profile_of
from migrate.policy.selectors import item


def port_steps(decision: Decision) -> Iterator[Step]:
    source, case = decision.case.source, decision.case
    for port in source.ports:
        if is_movable_port(case, port) and decision.moves(Kind.PORT, port.id):
            yield _port(decision, port)
    for trunk in source.trunks:
        if decision.moves(Kind.TRUNK, trunk.id):
            yield _trunk(decision, trunk)
    for floating_ip in source.floating_ips:
        if decision.moves(Kind.FLOATING_IP, floating_ip.id):
            yield from _floating(decision, floating_ip)


def _port(decision: Decision, port: Port) -> Step:
    case, lies = decision.case, decision.case.landings.get(port.id)
    is_bound = lies is not None and not lies.is_own
    groups = tuple(group_id for group_id in port.security_group_ids if group_id in case.groups)
    if is_bound and not port.port_security_enabled:
        groups = _default_group(decision)
    elif not groups and port.port_security_enabled:
        groups = _required(decision)
    # All subnets of the network: without them, another port could take an address that this one needs.
    subnets = [s.id for s in case.subnets_of(port.network_id) if decision.moves(Kind.SUBNET, s.id)]
    needs = {item(Kind.NETWORK, port.network_id), *(item(Kind.SUBNET, subnet_id) for subnet_id in subnets)}
    if lies is not None:
        needs = set()
    for group_id in groups:
        needs |= {item(Kind.SECURITY_GROUP, group_id), item(Kind.SECURITY_GROUP, group_id, "rules")}
    want = replace(
        port,
        security_group_ids=groups,
        # Members cannot set these on another project's network (DCP-836, DCP-837).
        allowed_address_pairs=() if is_bound else port.allowed_address_pairs,
        port_security_enabled=is_bound or port.port_security_enabled,
        # Settings that only the old cloud's operator can make, or that only matter there.
        vnic_type="normal",
        qos_policy_id=None,
        dhcp_options=port.dhcp_options if has_extension(case.target.facts, DHCP_OPTIONS) else (),
    )
    return Step.for_action(
        step_id=item(Kind.PORT, port.id),
        name=port.name or (port.fixed_ips[0].ip_address if port.fixed_ips else port.id),
        action=MakePort(
            want=want,
            keep_mac=case.policy.keep_mac and not is_bound,
            network_id=lies.network.id if lies else UNSET,
            fixed_ips=lies.asked if lies else UNSET,
        ),
        needs=tuple(sorted(needs)),
    )


def _required(decision: Decision) -> tuple[str, ...]:
    """The default group for a port without groups, if the provider requires one (DCP-824)."""
    case = decision.case
    profile = profile_of(case.policy.profile, case.target.identity)
    return () if profile is None or not profile.groups_required else _default_group(decision)


def _default_group(decision: Decision) -> tuple[str, ...]:
    case = decision.case
    groups = (group for group in case.source.security_groups if group.name == "default")
    return tuple(group.id for group in groups if decision.moves(Kind.SECURITY_GROUP, group.id))[:1]


def _trunk(decision: Decision, trunk: Trunk) -> Step:
    kept = sub_ports_kept(decision.case, decision.moves, trunk)
    return Step.for_action(
        step_id=item(Kind.TRUNK, trunk.id),
        name=trunk.name or trunk.id,
        action=MakeTrunk(want=replace(trunk, sub_ports=kept)),
        needs=tuple(sorted({item(Kind.PORT, port_id) for port_id in (trunk.port_id, *(sub.port_id for sub in kept))})),
    )


# ---------------------------------------------------------------- floating IPs


def _floating(decision: Decision, floating_ip: FloatingIp) -> Iterator[Step]:
    case, item_id = decision.case, item(Kind.FLOATING_IP, floating_ip.id)
    choice = case.external(floating_ip.external_network_id)
    port = case.ports.get(floating_ip.port_id or "")
    kept = tuple(_as_the_target_can(decision, one) for one in forwardings_kept(case, decision.moves, floating_ip))
    needs = _reaching(decision, floating_ip, port.id, floating_ip.fixed_ip_address) if port else set()
    lies = case.landings.get(floating_ip.port_id or "")
    inner = floating_ip.fixed_ip_address
    if lies is not None and inner in lies.changed:
        # Uses the port's future address.
        inner = None
    yield Step.for_action(
        step_id=item_id,
        name=floating_ip.address,
        action=MakeFloatingIp(
            want=replace(floating_ip, port_id=port.id if port else None, fixed_ip_address=inner, port_forwardings=kept),
            external_network_id=(choice.target if choice else None) or "",
        ),
        needs=tuple(sorted(needs)),
    )
    for one in kept:
        reaching = _reaching(decision, floating_ip, one.internal_port_id, one.internal_ip_address)
        yield Step.for_action(
            step_id=f"{item_id}:forward-{one.protocol}-{one.external_port}",
            name=floating_ip.address,
            action=ForwardPort(floating_ip_id=floating_ip.id, want=one),
            needs=tuple(sorted({item_id, *reaching})),
        )


def _reaching(decision: Decision, floating_ip: FloatingIp, port_id: str, address: str | None) -> set[str]:
    """The port, and the router interfaces that lead to it."""
    case = decision.case
    way = way_of(case, floating_ip, port_id, address)
    subnet_id = floating_subnet(case.ports[port_id], address)
    needs = {item(Kind.PORT, port_id)}
    if way and subnet_id and subnet_moves(case, decision.moves, subnet_id):
        needs |= {interface_id(router_id, subnet_id) for router_id in routers_kept(case, decision.moves, way)}
    return needs


def _as_the_target_can(decision: Decision, one: PortForwarding) -> PortForwarding:
    can = has_extension(decision.case.target.facts, FORWARDING_DESCRIPTIONS)
    return one if can else replace(one, description="")
