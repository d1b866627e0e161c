"""Actions on keypairs, security groups, networks and what hangs on them. All of them happen at the target."""

from msgspec.structs import replace

from migrate.clouds.ports import NetworkState
from migrate.errors import ConflictError
from migrate.execute.context import Job
from migrate.model import (
    FixedIp,
    FloatingIp,
    Kind,
    Role,
    RouterInterface,
    SecurityGroupRule,
    canonical_rule,
    marked_description,
)
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
)


def import_keypair(job: Job, action: ImportKeypair) -> None:
    """A keypair carries no mark: its name is its key, and its content decides between adoption and conflict."""
    want = action.keypair
    there = {k.name: k for k in job.target.compute.keypairs()}.get(want.name)
    if there is None:
        job.alive()
        job.target.compute.create_keypair(want)
    elif _key_material(there.public_key) != _key_material(want.public_key):
        raise ConflictError("DCP-506", kind=Kind.KEYPAIR.value, name=want.name)
    job.record("target", Kind.KEYPAIR, Role.MOVED, source_id=want.name, resource_id=want.name, name=want.name)


def _key_material(public_key: str) -> tuple[str, ...]:
    """Algorithm and key without the comment, which clouds may drop."""
    return tuple(public_key.split()[:2])


def make_security_group(job: Job, action: MakeSecurityGroup) -> None:
    want = action.want
    if want.name == "default":
        default = next(g for g in job.target.network.state().security_groups if g.name == "default")
        job.record("target", Kind.SECURITY_GROUP, Role.MOVED, source_id=want.id, resource_id=default.id, name=want.name)
        return
    mark = job.mark(Role.MOVED, want.id)
    job.make(
        "target",
        Kind.SECURITY_GROUP,
        mark,
        source_id=want.id,
        name=want.name,
        find=lambda: job.target.network.marked(Kind.SECURITY_GROUP, str(mark)),
        create=lambda: job.target.network.create_security_group(
            replace(want, description=marked_description(mark, want.description), rules=())
        ),
    )


def set_rules(job: Job, action: SetRules) -> None:
    def translated(rule: SecurityGroupRule) -> SecurityGroupRule:
        if rule.remote_group_id is None:
            return canonical_rule(rule)
        return canonical_rule(replace(rule, remote_group_id=job.target_id(Kind.SECURITY_GROUP, rule.remote_group_id)))

    group_id = job.target_id(Kind.SECURITY_GROUP, action.want.id)
    rules = tuple(translated(rule) for rule in action.want.rules)
    there = next(g for g in job.target.network.state().security_groups if g.id == group_id)
    if {canonical_rule(rule) for rule in there.rules} == set(rules):
        return
    job.alive()
    job.target.network.replace_rules(group_id, rules)


def make_network(job: Job, action: MakeNetwork) -> None:
    want = action.want
    mark = job.mark(Role.MOVED, want.id)
    job.make(
        "target",
        Kind.NETWORK,
        mark,
        source_id=want.id,
        name=want.name,
        find=lambda: job.target.network.marked(Kind.NETWORK, str(mark)),
        create=lambda: job.target.network.create_network(
            replace(want, description=marked_description(mark, want.description))
        ),
    )


def make_subnet(job: Job, action: MakeSubnet) -> None:
    want = action.want
    mark = job.mark(Role.MOVED, want.id)
    network_id = job.target_id(Kind.NETWORK, want.network_id)
    job.make(
        "target",
        Kind.SUBNET,
        mark,
        source_id=want.id,
        name=want.name,
        find=lambda: job.target.network.marked(Kind.SUBNET, str(mark)),
        create=lambda: job.target.network.create_subnet(
            replace(want, network_id=network_id, description=marked_description(mark, want.description))
        ),
    )


def make_router(job: Job, action: MakeRouter) -> None:
    want = action.want
    mark = job.mark(Role.MOVED, want.id)
    job.make(
        "target",
        Kind.ROUTER,
        mark,
        source_id=want.id,
        name=want.name,
        find=lambda: job.target.network.marked(Kind.ROUTER, str(mark)),
        create=lambda: job.target.network.create_router(
            replace(
                want,
                external_network_id=action.external_network_id,
                interfaces=(),
                description=marked_description(mark, want.description),
            )
        ),
    )


def add_interface(job: Job, action: AddInterface) -> None:
    """An interface carries no mark: router and subnet are its key."""
    router_id = job.target_id(Kind.ROUTER, action.router_id)
    subnet_id = job.target_id(Kind.SUBNET, action.interface.subnet_id)
    if _interface(job.target.network.state(), router_id, subnet_id):
        return
    job.alive()
    job.target.network.add_interface(router_id, subnet_id, action.interface.ip_address or None)


def _interface(state: NetworkState, router_id: str, subnet_id: str) -> RouterInterface | None:
    router = next(r for r in state.routers if r.id == router_id)
    return next((i for i in router.interfaces if i.subnet_id == subnet_id), None)


def make_port(job: Job, action: MakePort) -> None:
    want = action.want
    mark = job.mark(Role.MOVED, want.id)
    wanted = replace(
        want,
        network_id=job.target_id(Kind.NETWORK, want.network_id),
        fixed_ips=tuple(
            FixedIp(subnet_id=job.target_id(Kind.SUBNET, ip.subnet_id), ip_address=ip.ip_address)
            for ip in want.fixed_ips
        ),
        security_group_ids=tuple(job.target_id(Kind.SECURITY_GROUP, g) for g in want.security_group_ids),
        mac_address=want.mac_address if action.keep_mac else "",
        description=marked_description(mark, want.description),
        device_id="",
        device_owner="",
    )
    job.make(
        "target",
        Kind.PORT,
        mark,
        source_id=want.id,
        name=want.name,
        find=lambda: job.target.network.marked(Kind.PORT, str(mark)),
        create=lambda: job.target.network.create_port(wanted),
    )


def make_floating_ip(job: Job, action: MakeFloatingIp) -> None:
    """Allocates and associates; an address found without its association gets it."""
    want = action.want
    mark = job.mark(Role.MOVED, want.id)
    port_id = job.target_id(Kind.PORT, want.port_id) if want.port_id else None
    wanted = FloatingIp(
        id="",
        address="",
        external_network_id=action.external_network_id,
        description=marked_description(mark, want.description),
        port_id=port_id,
        fixed_ip_address=want.fixed_ip_address if port_id else None,
    )
    made = job.make(
        "target",
        Kind.FLOATING_IP,
        mark,
        source_id=want.id,
        name=want.address,
        find=lambda: job.target.network.marked(Kind.FLOATING_IP, str(mark)),
        create=lambda: job.target.network.create_floating_ip(wanted).id,
    )
    there = next(f for f in job.target.network.state().floating_ips if f.id == made)
    if port_id and there.port_id != port_id:
        job.alive()
        job.target.network.associate(made, port_id, wanted.fixed_ip_address)
