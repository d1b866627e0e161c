"""Counts what the plan makes against the quotas of both clouds."""

from collections.abc import Iterator

from migrate.model import Inventory, Kind, Quota, name_id
from migrate.plan.case import Case
from migrate.plan.findings import Finding, finding
from migrate.plan.marks import temporaries
from migrate.plan.steps import (
    AddInterface,
    CaptureVolume,
    ImportKeypair,
    MakeFloatingIp,
    MakeNetwork,
    MakePort,
    MakeRouter,
    MakeSecurityGroup,
    MakeServer,
    MakeSubnet,
    Plan,
    RestoreVolume,
    SetRules,
)

_Need = dict[str, int]


def judge_headroom(case: Case, plan: Plan, source_quotas: dict[str, Quota]) -> Iterator[Finding]:
    """`DCP-602` to `DCP-605`. `source_quotas` are the source's as they are without what we left there."""
    yield from _target(case, plan)
    yield from _source(case, plan, source_quotas)


def _target(case: Case, plan: Plan) -> Iterator[Finding]:
    quotas = case.target.facts.quotas
    need = _still_to_make(case, plan)
    sizes = sorted((s.action.volume.size_gib for s in plan.steps if isinstance(s.action, RestoreVolume)), reverse=True)
    at_once = sizes[: case.policy.limits.disks]
    # A restored volume is read back through a second one at worst: that only slows the work down.
    beside = {"volumes": len(at_once), "volumes_gib": sum(at_once)}
    for resource in sorted(need):
        quota = quotas.get(resource)
        short = _short(quota, need[resource]) if quota else 0
        if quota and short and need[resource]:
            yield _finding("DCP-602", resource, need[resource], quota, short=short)
        elif quota and need[resource] and _short(quota, need[resource] + beside.get(resource, 0)):
            more = need[resource] + beside.get(resource, 0)
            yield _finding("DCP-605", resource, more, quota, disks=len(at_once))


def _source(case: Case, plan: Plan, quotas: dict[str, Quota]) -> Iterator[Finding]:
    """A captured volume takes a snapshot and a clone of its size: three times the disk, for a while."""
    sizes = sorted((s.action.volume.size_gib for s in plan.steps if isinstance(s.action, CaptureVolume)), reverse=True)
    if not sizes:
        return
    at_once = sizes[: case.policy.limits.disks]
    one = {"snapshots": 1, "volumes": 1, "volumes_gib": 2 * sizes[0]}
    all_at_once = {"snapshots": len(at_once), "volumes": len(at_once), "volumes_gib": 2 * sum(at_once)}
    for resource in sorted(one):
        quota = quotas.get(resource)
        if quota is None:
            continue
        if short := _short(quota, one[resource]):
            yield _finding("DCP-603", resource, one[resource], quota, short=short)
        elif _short(quota, all_at_once[resource]):
            yield _finding("DCP-604", resource, all_at_once[resource], quota, disks=len(at_once))


def without_our_use(inventory: Inventory) -> dict[str, Quota]:
    """The quotas as they are once our temporaries are gone."""
    ours = temporaries(inventory)
    volumes = [v.size_gib for v in inventory.volumes if (Kind.VOLUME, v.id) in ours]
    snapshots = [s.size_gib for s in inventory.snapshots if (Kind.SNAPSHOT, s.id) in ours]
    back = {"volumes": len(volumes), "snapshots": len(snapshots), "volumes_gib": sum(volumes) + sum(snapshots)}
    return {
        name: Quota(limit=quota.limit, used=max(0, quota.used - back.get(name, 0)))
        for name, quota in inventory.facts.quotas.items()
    }


def _still_to_make(case: Case, plan: Plan) -> _Need:
    """What the plan makes at the target, less what this migration has made there already."""
    need = dict.fromkeys(_RESOURCES, 0)
    flavors = {flavor.id or flavor.name: flavor for flavor in case.target.facts.flavors}
    keypairs = {keypair.name for keypair in case.target.keypairs}
    rules = 0
    for step in plan.steps:
        action = step.action
        match action:
            case ImportKeypair():
                need["keypairs"] += action.keypair.name not in keypairs
            case MakeSecurityGroup() if action.want.name != "default":
                need["security_groups"] += _new(case, Kind.SECURITY_GROUP, action.want.id)
            case SetRules():
                rules += len(action.want.rules)
            case MakeNetwork():
                need["networks"] += _new(case, Kind.NETWORK, action.want.id)
            case MakeSubnet():
                need["subnets"] += _new(case, Kind.SUBNET, action.want.id)
            case MakeRouter():
                need["routers"] += _new(case, Kind.ROUTER, action.want.id)
            case AddInterface():
                need["ports"] += not _has_interface(case, action)
            case MakePort():
                need["ports"] += _new(case, Kind.PORT, action.want.id)
            case MakeFloatingIp():
                need["floating_ips"] += _new(case, Kind.FLOATING_IP, action.want.id)
            case RestoreVolume() if _new(case, Kind.VOLUME, action.volume.id):
                need["volumes"] += 1
                need["volumes_gib"] += action.volume.size_gib
            case MakeServer() if _new(case, Kind.SERVER, action.server.id):
                need["servers"] += 1
                need["cores"] += flavors[action.flavor_id].vcpus
                need["ram_mib"] += flavors[action.flavor_id].ram_mib
    need["security_group_rules"] = max(0, rules - _rules_there(case))
    return need


_RESOURCES = (
    "servers",
    "cores",
    "ram_mib",
    "keypairs",
    "volumes",
    "volumes_gib",
    "networks",
    "subnets",
    "routers",
    "ports",
    "floating_ips",
    "security_groups",
    "security_group_rules",
)


def _new(case: Case, kind: Kind, source_id: str) -> bool:
    return (kind, source_id) not in case.ours and (kind, name_id(source_id)) not in case.ours


def _has_interface(case: Case, action: AddInterface) -> bool:
    router_id = case.ours.get((Kind.ROUTER, action.router_id))
    subnet_id = case.ours.get((Kind.SUBNET, action.interface.subnet_id))
    routers = (router for router in case.target.routers if router.id == router_id)
    return any(interface.subnet_id == subnet_id for router in routers for interface in router.interfaces)


def _rules_there(case: Case) -> int:
    """Rules of groups that will be given other rules, or have them: ours, and the adopted `default`."""
    ours = set(case.ours.values())
    return sum(len(g.rules) for g in case.target.security_groups if g.id in ours or g.name == "default")


def _short(quota: Quota, need: int) -> int:
    return max(0, quota.used + need - quota.limit) if quota.limit >= 0 else 0


def _finding(code: str, resource: str, need: int, quota: Quota, **more: object) -> Finding:
    facts = {"resource": resource, "need": need, "limit": quota.limit, "used": quota.used, **more}
    return finding(code, "", "", **facts)
