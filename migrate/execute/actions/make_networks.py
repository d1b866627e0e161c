"""Actions on security groups, networks and their resources. All of them at the target."""

from collections.abc import Callable, Iterable
from ipaddress import ip_network
from typing import TypeVar

from msgspec import UNSET
from msgspec.structs import replace

from migrate.errors import ConflictError, NotFound
from migrate.execute.actions.settings_we_set import (
    intend_rules,
    note_rules,
    note_rules_of_another_ledger,
    note_set,
    read_last_set,
    rules_to_set,
)
from migrate.execute.job import Job
from migrate.messages import codes
from migrate.model import (
    FixedIp,
    FloatingIp,
    HostRoute,
    Kind,
    Network,
    Port,
    PortForwarding,
    Role,
    Router,
    SecurityGroup,
    SecurityGroupRule,
    Subnet,
    SubPort,
    Trunk,
    canonical_rule,
    mark_of,
    marked_description,
    spelt_rule,
)
from migrate.model.steps import (
    AddInterface,
    EnableDhcp,
    ForwardPort,
    MakeFloatingIp,
    MakeNetwork,
    MakePort,
    MakeRouter,
    MakeSecurityGroup,
    MakeSubnet,
    MakeTrunk,
    SetRoutes,
    SetRules,
)

W = TypeVar("W", SecurityGroup, Network, Subnet, Router, Port, FloatingIp, Trunk)


def find_or_make(job: Job, kind: Kind, want: W, create: Callable[[W], str]) -> str:
    """The id of the resource with the mark of `want.id` at the start of its description; created if missing.

    `want`: the resource for the target; all ids in it except its own are the target's.
    """
    mark = job.mark(Role.MOVED, want.id)
    return job.make(
        "target",
        kind,
        mark,
        source_id=want.id,
        name=want.address if isinstance(want, FloatingIp) else want.name,
        find=lambda: job.target.network.marked(kind, str(mark)),
        create=lambda: create(replace(want, description=marked_description(mark, want.description))),
    )


def _there(kind: Kind, resource_id: str, records: Iterable[W]) -> W:
    """The current record of a created resource. Raises NotFound if somebody removed it."""
    found = next((record for record in records if record.id == resource_id), None)
    if found is None:
        raise NotFound(codes.GONE, kind=kind.value, id=resource_id)
    return found


# ---------------------------------------------------------------- security groups


def make_security_group(job: Job, action: MakeSecurityGroup) -> None:
    want = action.want
    if want.name == "default":
        default = next(g for g in job.target.network.state().security_groups if g.name == "default")
        job.record("target", Kind.SECURITY_GROUP, Role.MOVED, source_id=want.id, resource_id=default.id, name=want.name)
        return
    find_or_make(job, Kind.SECURITY_GROUP, replace(want, rules=()), job.target.network.create_security_group)


def set_rules(job: Job, action: SetRules) -> None:
    state = job.target.network.state()
    moved = {
        _prefix(old): _prefix(
            _there(Kind.FLOATING_IP, job.target_id(Kind.FLOATING_IP, source_id), state.floating_ips).address
        )
        for old, source_id in action.addresses.items()
    }

    def translated(rule: SecurityGroupRule) -> SecurityGroupRule:
        rule = spelt_rule(rule)
        if rule.remote_ip_prefix in moved:
            rule = replace(rule, remote_ip_prefix=moved[rule.remote_ip_prefix])
        if rule.remote_group_id is not None:
            rule = replace(rule, remote_group_id=job.target_id(Kind.SECURITY_GROUP, rule.remote_group_id))
        return rule

    group_id = job.target_id(Kind.SECURITY_GROUP, action.want.id)
    # Two rules may become equal, if both the old and the new address are named.
    wanted = tuple({canonical_rule(rule): rule for rule in map(translated, action.want.rules)}.values())
    there = _there(Kind.SECURITY_GROUP, group_id, state.security_groups).rules
    item = f"{Kind.SECURITY_GROUP.value}:{action.want.id}"
    if _has_port_of_ours(job, action.want.id, group_id, state.ports):
        note_rules_of_another_ledger(job, item, wanted)
    rules = rules_to_set(job, item, wanted, there)
    if set(map(canonical_rule, there)) != set(map(canonical_rule, rules)):
        job.check_running()
        intend_rules(job, item, wanted, there)
        job.target.network.replace_rules(group_id, rules, job.check_running)
    note_rules(job, item, wanted, there)


def _has_port_of_ours(job: Job, source_id: str, group_id: str, ports: Iterable[Port]) -> bool:
    """Whether a port that we have made, and that belongs in the group, is in it: that comes after the group's rules."""
    makes = (step.action.want for step in job.ctx.plan.steps if isinstance(step.action, MakePort))
    marks = {str(job.mark(Role.MOVED, want.id)) for want in makes if source_id in want.security_group_ids}
    return any(str(mark_of(port)) in marks for port in ports if group_id in port.security_group_ids)


def _prefix(address: str) -> str:
    """An address as written in rules: 192.0.2.1/32."""
    return str(ip_network(address))


# ---------------------------------------------------------------- networks and subnets


def make_network(job: Job, action: MakeNetwork) -> None:
    find_or_make(job, Kind.NETWORK, action.want, job.target.network.create_network)


def make_subnet(job: Job, action: MakeSubnet) -> None:
    want = action.want
    wanted = replace(
        want,
        network_id=job.target_id(Kind.NETWORK, want.network_id),
        enable_dhcp=want.enable_dhcp and not action.dhcp_later,
    )
    find_or_make(job, Kind.SUBNET, wanted, job.target.network.create_subnet)


def enable_dhcp(job: Job, action: EnableDhcp) -> None:
    subnet_id = job.target_id(Kind.SUBNET, action.subnet_id)
    if _there(Kind.SUBNET, subnet_id, job.target.network.state().subnets).enable_dhcp:
        return
    job.check_running()
    job.target.network.enable_dhcp(subnet_id)


# ---------------------------------------------------------------- routers


def make_router(job: Job, action: MakeRouter) -> None:
    """Creates a router without interfaces and routes, which have steps of their own."""
    wanted = replace(action.want, external_network_id=action.external_network_id, interfaces=(), routes=())
    find_or_make(job, Kind.ROUTER, wanted, job.target.network.create_router)


def add_interface(job: Job, action: AddInterface) -> None:
    """Adds an interface. It carries no mark: router and subnet are its key."""
    router_id = job.target_id(Kind.ROUTER, action.router_id)
    subnet_id = job.target_id(Kind.SUBNET, action.interface.subnet_id)
    router = _there(Kind.ROUTER, router_id, job.target.network.state().routers)
    if any(interface.subnet_id == subnet_id for interface in router.interfaces):
        return
    job.check_running()
    job.target.network.add_interface(router_id, subnet_id, action.interface.ip_address or None)


def set_routes(job: Job, action: SetRoutes) -> None:
    router_id = job.target_id(Kind.ROUTER, action.router_id)
    router = _there(Kind.ROUTER, router_id, job.target.network.state().routers)
    if _routes(router.routes) == _routes(action.routes):
        return
    job.check_running()
    job.target.network.set_routes(router_id, action.routes)


def _routes(routes: tuple[HostRoute, ...]) -> set[tuple[str, str]]:
    """Routes as a set, because clouds return them in any order."""
    return {(route.destination, route.nexthop) for route in routes}


# ---------------------------------------------------------------- ports and trunks


def make_port(job: Job, action: MakePort) -> None:
    want, network_id = action.want, action.network_id
    wanted = replace(
        want,
        network_id=job.target_id(Kind.NETWORK, want.network_id) if network_id is UNSET else network_id,
        fixed_ips=_fixed_ips(job, action),
        security_group_ids=tuple(job.target_id(Kind.SECURITY_GROUP, g) for g in want.security_group_ids),
        mac_address=want.mac_address if action.keep_mac else "",
        device_id="",
        device_owner="",
    )
    made = find_or_make(job, Kind.PORT, wanted, job.target.network.create_port)
    if network_id is not UNSET:
        _require_on_network(job, made, wanted)


def _fixed_ips(job: Job, action: MakePort) -> tuple[FixedIp, ...]:
    if action.fixed_ips is not UNSET:
        return action.fixed_ips
    return tuple(
        FixedIp(subnet_id=job.target_id(Kind.SUBNET, ip.subnet_id), ip_address=ip.ip_address)
        for ip in action.want.fixed_ips
    )


def _require_on_network(job: Job, port_id: str, wanted: Port) -> None:
    """Checks that an existing port is on the wanted network: the policy may have changed since the target's scan.

    Raises: ConflictError DCP-815. No second port is created, and the first one stays on its server.
    """
    there = _there(Kind.PORT, port_id, job.target.network.state().ports)
    if there.network_id != wanted.network_id:
        raise ConflictError(
            codes.PORT_ON_OTHER_NETWORK, port=port_id, network=there.network_id, wanted=wanted.network_id
        )


def make_trunk(job: Job, action: MakeTrunk) -> None:
    want = action.want
    wanted = replace(
        want,
        port_id=job.target_id(Kind.PORT, want.port_id),
        sub_ports=tuple(
            SubPort(
                port_id=job.target_id(Kind.PORT, sub.port_id),
                segmentation_type=sub.segmentation_type,
                segmentation_id=sub.segmentation_id,
            )
            for sub in want.sub_ports
        ),
    )
    find_or_make(job, Kind.TRUNK, wanted, job.target.network.create_trunk)


# ---------------------------------------------------------------- floating IPs


def make_floating_ip(job: Job, action: MakeFloatingIp) -> None:
    """Allocates and associates a floating IP; repairs a missing association, unless somebody removed it."""
    want = action.want
    port_id = job.target_id(Kind.PORT, want.port_id) if want.port_id else None
    wanted = FloatingIp(
        id=want.id,
        address=want.address,
        external_network_id=action.external_network_id,
        description=want.description,
        port_id=port_id,
        fixed_ip_address=want.fixed_ip_address if port_id else None,
    )
    made = find_or_make(job, Kind.FLOATING_IP, wanted, lambda new: _allocated(job, new))
    if not port_id:
        return
    state, item = job.target.network.state(), f"{Kind.FLOATING_IP.value}:{want.id}"
    there = _there(Kind.FLOATING_IP, made, state.floating_ips)
    if there.port_id != port_id:
        last = set(read_last_set(job, item, list[str]) or ([port_id] if job.was_done_once else []))
        is_theirs = there.port_id not in last and any(port.id in last for port in state.ports)
        if is_theirs and not job.sets_again:
            job.keep_theirs(f"{there.address}: {there.port_id or '-'}")
            return
        job.check_running()
        if last:
            note_set(job, item, sorted({*last, port_id}))
        job.target.network.associate(made, port_id, wanted.fixed_ip_address)
    note_set(job, item, [port_id])


def _allocated(job: Job, new: FloatingIp) -> str:
    """A newly allocated address. The old one is not requested: it stays with the source."""
    return job.target.network.create_floating_ip(replace(new, id="", address="")).id


def forward_port(job: Job, action: ForwardPort) -> None:
    """Adds a port forwarding. It carries no mark: address, protocol and external port are its key."""
    wanted = replace(action.want, internal_port_id=job.target_id(Kind.PORT, action.want.internal_port_id))
    floating_ip_id = job.target_id(Kind.FLOATING_IP, action.floating_ip_id)
    floating_ip = _there(Kind.FLOATING_IP, floating_ip_id, job.target.network.state().floating_ips)
    there = next((f for f in floating_ip.port_forwardings if _outer(f) == _outer(wanted)), None)
    if there is None:
        if job.was_done_once and not job.sets_again:
            job.keep_theirs(f"{floating_ip.address} {wanted.protocol}/{wanted.external_port}")
            return
        job.check_running()
        job.target.network.forward_port(floating_ip_id, wanted)
    elif _inner(there) != _inner(wanted):
        name = f"{floating_ip.address} {wanted.protocol}/{wanted.external_port}"
        raise ConflictError(codes.NAME_TAKEN, kind=Kind.FLOATING_IP.value, name=name)


def _outer(forwarding: PortForwarding) -> tuple[str, int]:
    return forwarding.protocol.lower(), forwarding.external_port


def _inner(forwarding: PortForwarding) -> tuple[str, str, int]:
    return forwarding.internal_port_id, forwarding.internal_ip_address, forwarding.internal_port
