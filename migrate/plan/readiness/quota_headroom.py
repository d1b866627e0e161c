"""Compares the plan's needs with the quotas of both clouds."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from migrate.findings.finding import Finding, finding
from migrate.findings.inputs import Case, root_gib
from migrate.messages import codes
from migrate.model import Inventory, Kind, Quota, name_id, quota_of_type
from migrate.model.marked_resources import temporaries
from migrate.model.steps import (
    AddInterface,
    AnyAction,
    CaptureBackup,
    CaptureServer,
    CaptureSnapshot,
    CaptureVolume,
    ImportKeypair,
    MakeFloatingIp,
    MakeNetwork,
    MakePort,
    MakeRouter,
    MakeSecurityGroup,
    MakeServer,
    MakeServerGroup,
    MakeSubnet,
    MakeTrunk,
    Plan,
    RestoreImage,
    RestoreServerImage,
    RestoreSnapshotImage,
    RestoreVolume,
    SetRules,
)
from migrate.policy.mapping import default_type
from migrate.policy.policy_records import ATTACHED
from migrate.units import GIB, MIB

_Need = dict[str, int]
_MEMBERS = "server_group_members"


def judge_headroom(case: Case, plan: Plan, source_quotas: dict[str, Quota]) -> Iterator[Finding]:
    """`DCP-602` to `DCP-605`, `DCP-904`. `source_quotas`: the source's, without our own use."""
    yield from _target(case, plan)
    yield from _source(case, plan, source_quotas)
    yield from _passing_images(case, plan, source_quotas)


def _target(case: Case, plan: Plan) -> Iterator[Finding]:
    quotas = _used_at_least(case.target)
    need = _still_to_make(case, plan)
    beside = _read_back(case, plan)
    for resource in sorted(need):
        quota = quotas.get(resource)
        if quota is None or not need[resource]:
            continue
        amounts = beside.get(resource, [])
        fit = _how_many_fit(quota, need[resource], amounts)
        if short := short_by(quota, need[resource]):
            yield _finding(codes.TARGET_QUOTA_SHORT, resource, need[resource], quota, short=short)
        elif fit < len(amounts):
            yield _finding(codes.TARGET_QUOTA_TIGHT, resource, need[resource] + sum(amounts), quota, disks=fit)
    if (members := quotas.get(_MEMBERS)) is not None:
        yield from _groups(case, plan, members.limit)


def _groups(case: Case, plan: Plan, limit: int) -> Iterator[Finding]:
    """Findings about the size of each server group; an existing one may have members that are not ours."""
    ours = set(case.ours.values())
    members = Counter(step.action.server_group_id for step in plan.steps if isinstance(step.action, MakeServer))
    for step in plan.steps:
        if not isinstance(step.action, MakeServerGroup):
            continue
        want = step.action.want
        there = next((g for g in case.target.server_groups if (g.name, g.policy) == (want.name, want.policy)), None)
        quota = Quota(limit=limit, used=len(set(there.member_ids) - ours) if there else 0)
        if members[want.id] and (short := short_by(quota, members[want.id])):
            yield _finding(codes.TARGET_QUOTA_SHORT, f"{_MEMBERS} ({want.name})", members[want.id], quota, short=short)


def _read_back(case: Case, plan: Plan) -> dict[str, list[int]]:
    """Maps resources to the amounts needed by parallel temporary copies, largest first.

    A volume is restored from an image, and read back through a second volume and its image at worst; on the attached
    path through a snapshot and its clone. A low quota only slows this down.
    """
    sizes: defaultdict[str | None, list[int]] = defaultdict(list)
    for step in plan.steps:
        if isinstance(step.action, RestoreVolume):
            for volume_type in {None, _type_of(case, step.action)}:
                sizes[volume_type].append(step.action.volume.size_gib)
    copies = 2 if case.policy.disks.restore == ATTACHED else 1
    beside = {}
    for volume_type, those in sizes.items():
        at_once = sorted(those, reverse=True)[: case.policy.limits.target]
        beside[_counted("volumes", volume_type)] = [1] * len(at_once)
        beside[_counted("volumes_gib", volume_type)] = [copies * size_gib for size_gib in at_once]
    images = sum(isinstance(step.action, RestoreVolume) and step.action.attached is not True for step in plan.steps)
    beside["images"] = [1] * min(images, case.policy.limits.target)
    return beside


def _type_of(case: Case, action: RestoreVolume) -> str | None:
    return action.volume_type or default_type(case.target.facts)


def _counted(resource: str, volume_type: str | None) -> str:
    return quota_of_type(resource, volume_type) if volume_type else resource


def _used_at_least(target: Inventory) -> dict[str, Quota]:
    """The quotas with at least the visible use: a network service without `details` only reports limits."""
    own = {network.id for network in target.networks if network.is_own}
    seen = {
        "networks": len(own),
        "subnets": sum(subnet.network_id in own for subnet in target.subnets),
        "routers": len(target.routers),
        "ports": len(target.ports),
        "floating_ips": len(target.floating_ips),
        "security_groups": len(target.security_groups),
        "security_group_rules": sum(len(group.rules) for group in target.security_groups),
        "trunks": len(target.trunks),
    }
    return {
        name: Quota(limit=quota.limit, used=max(quota.used, seen.get(name, 0)))
        for name, quota in target.facts.quotas.items()
    }


def _source(case: Case, plan: Plan, quotas: dict[str, Quota]) -> Iterator[Finding]:
    """Findings about the source's quotas. A captured volume needs a snapshot and a clone of its size for a while.

    A customer's snapshot needs only the clone, a backup the volume for its restore. Each is read through an image,
    except on the attached path.
    """
    types = {volume.id: volume.volume_type for volume in case.source.volumes}
    taken = [need for step in plan.steps if (need := _temporaries(step.action, types))]
    disks = case.policy.limits.disks
    for resource in sorted({resource for need in taken for resource in need}):
        quota = quotas.get(resource)
        if quota is None:
            continue
        amounts = sorted((need[resource] for need in taken if resource in need), reverse=True)[:disks]
        if short := short_by(quota, amounts[0]):
            yield _finding(codes.SOURCE_QUOTA_SHORT, resource, amounts[0], quota, short=short)
        elif (fit := _how_many_fit(quota, 0, amounts)) < len(amounts):
            yield _finding(codes.SOURCE_QUOTA_TIGHT, resource, sum(amounts), quota, disks=fit)


def _temporaries(action: AnyAction, types: dict[str, str | None]) -> _Need:
    """The temporary resources of one capture at the source; none for a customer's image.

    `types`: of the volumes; a snapshot and its clone have their volume's type.
    """
    match action:
        case CaptureServer():
            return {"images": 1}
        case CaptureVolume():
            need = {"snapshots": 1, "volumes": 1, "volumes_gib": 2 * action.volume.size_gib}
            return with_type_counts(need, action.volume.volume_type) | _image_of(action)
        case CaptureSnapshot():
            need = {"volumes": 1, "volumes_gib": action.snapshot.size_gib}
            return with_type_counts(need, types.get(action.snapshot.volume_id)) | _image_of(action)
        case CaptureBackup():
            return {"volumes": 1, "volumes_gib": action.backup.size_gib} | _image_of(action)
        case _:
            return {}


def _image_of(action: CaptureVolume | CaptureSnapshot | CaptureBackup) -> _Need:
    return {} if action.attached is True else {"images": 1}


# ---------------------------------------------------------------- total size of images


def _passing_images(case: Case, plan: Plan, source_quotas: dict[str, Quota]) -> Iterator[Finding]:
    """`DCP-904`: the image that a disk passes through is as large as the data on the disk, which is unknown before.

    At most it is as large as the disk, and possibly much smaller: so this does not block.
    """
    there = _There(case)
    captured = [size_gib for step in plan.steps if (size_gib := _captured_gib(case, step.action))]
    kept = [size_gib for step in plan.steps if (size_gib := _kept_image_gib(case, there, step.action))]
    made = [
        step.action.volume.size_gib
        for step in plan.steps
        if isinstance(step.action, RestoreVolume) and step.action.attached is not True
    ]
    exact_mib = sum(count for step in plan.steps for what, count in there.takes(step.action) if what == "images_mib")
    limits = case.policy.limits
    for cloud, quotas, at_most_mib, key in (
        (case.source.identity.cloud, source_quotas, _largest_mib(captured, limits.disks), "disks.capture"),
        (
            case.target.identity.cloud,
            case.target.facts.quotas,
            exact_mib + _largest_mib(kept, len(kept)) + _largest_mib(made, limits.target),
            "disks.restore",
        ),
    ):
        quota = quotas.get("images_mib")
        if quota is not None and at_most_mib and short_by(quota, at_most_mib):
            facts = {"limit": quota.limit, "used": quota.used, "need": at_most_mib}
            yield finding(codes.IMAGE_QUOTA_SHORT, "", "", cloud=cloud, key=key, **facts)


def _largest_mib(sizes_gib: Iterable[int], count: int) -> int:
    return sum(sorted(sizes_gib, reverse=True)[:count]) * (GIB // MIB)


def _captured_gib(case: Case, action: AnyAction) -> int:
    match action:
        case CaptureServer():
            return root_gib(case, action.server)
        case CaptureVolume() if action.attached is not True:
            return action.volume.size_gib
        case CaptureSnapshot() if action.attached is not True:
            return action.snapshot.size_gib
        case CaptureBackup() if action.attached is not True:
            return action.backup.size_gib
        case _:
            return 0


def _kept_image_gib(case: Case, there: "_There", action: AnyAction) -> int:
    """The size of a permanent image made from a captured disk."""
    match action:
        case RestoreServerImage() if there.is_new(Kind.IMAGE, action.server.id):
            return root_gib(case, action.server)
        case RestoreSnapshotImage() if there.is_new(Kind.IMAGE, action.snapshot.id):
            return action.snapshot.size_gib
        case _:
            return 0


# ---------------------------------------------------------------- existing resources


def with_type_counts(need: _Need, volume_type: str | None) -> _Need:
    return need | {_counted(resource, volume_type): count for resource, count in need.items()}


def without_our_use(inventory: Inventory) -> dict[str, Quota]:
    """The quotas without the use by our temporaries."""
    ours = temporaries(inventory)
    types = {volume.id: volume.volume_type for volume in inventory.volumes}
    made = [("volumes", v.size_gib, v.volume_type) for v in inventory.volumes if (Kind.VOLUME, v.id) in ours]
    made += [
        ("snapshots", s.size_gib, types.get(s.volume_id)) for s in inventory.snapshots if (Kind.SNAPSHOT, s.id) in ours
    ]
    back: defaultdict[str, int] = defaultdict(int)
    for kind, size_gib, volume_type in made:
        for resource, count in with_type_counts({kind: 1, "volumes_gib": size_gib}, volume_type).items():
            back[resource] += count
    for image in inventory.images:
        if (Kind.IMAGE, image.id) in ours:
            back["images"] += 1
            back["images_mib"] += image.size_bytes // MIB
    return {
        name: Quota(limit=quota.limit, used=max(0, quota.used - back[name]))
        for name, quota in inventory.facts.quotas.items()
    }


def _still_to_make(case: Case, plan: Plan) -> _Need:
    """The plan's needs at the target, minus existing resources of this migration."""
    need: defaultdict[str, int] = defaultdict(int)
    there = _There(case)
    # A group's rules are set twice if addresses change; the later step sets all of them.
    rules: dict[str, int] = {}
    for step in plan.steps:
        action = step.action
        if isinstance(action, SetRules):
            rules[action.want.id] = max(rules.get(action.want.id, 0), len(action.want.rules))
        for resource, count in there.takes(action):
            need[resource] += count
    need["security_group_rules"] = max(0, sum(rules.values()) - _rules_there(case))
    return need


class _There:
    """The existing resources at the target, and the additions by actions."""

    def __init__(self, case: Case) -> None:
        self._case, self._ours = case, case.ours
        self._flavors = {flavor.id or flavor.name: flavor for flavor in case.target.facts.flavors}
        self._keypairs = {keypair.name for keypair in case.target.keypairs}
        self._server_groups = {(group.name, group.policy) for group in case.target.server_groups}
        self._interfaces = {(r.id, i.subnet_id) for r in case.target.routers for i in r.interfaces}

    def takes(self, action: AnyAction) -> Iterator[tuple[str, int]]:
        """(resource, amount) that the action will create; excludes rules."""
        match action:
            case ImportKeypair():
                yield "keypairs", action.keypair.name not in self._keypairs
            case MakeSecurityGroup() if action.want.name != "default":
                yield "security_groups", self.is_new(Kind.SECURITY_GROUP, action.want.id)
            case MakeNetwork():
                yield "networks", self.is_new(Kind.NETWORK, action.want.id)
            case MakeSubnet():
                yield "subnets", self.is_new(Kind.SUBNET, action.want.id)
            case MakeRouter():
                yield "routers", self.is_new(Kind.ROUTER, action.want.id)
            case AddInterface():
                yield "ports", not self._has_interface(action)
            case MakePort():
                yield "ports", self.is_new(Kind.PORT, action.want.id)
            case MakeTrunk():
                yield "trunks", self.is_new(Kind.TRUNK, action.want.id)
            case MakeFloatingIp():
                yield "floating_ips", self.is_new(Kind.FLOATING_IP, action.want.id)
            case MakeServerGroup():
                yield "server_groups", (action.want.name, action.want.policy) not in self._server_groups
            case RestoreVolume() if self.is_new(Kind.VOLUME, action.volume.id):
                size = {"volumes": 1, "volumes_gib": action.volume.size_gib}
                yield from with_type_counts(size, _type_of(self._case, action)).items()
            case RestoreImage() if self.is_new(Kind.IMAGE, action.image.id):
                yield "images", 1
                yield "images_mib", -(-action.image.size_bytes // MIB)
            case RestoreServerImage() if self.is_new(Kind.IMAGE, action.server.id):
                yield "images", 1
            case RestoreSnapshotImage() if self.is_new(Kind.IMAGE, action.snapshot.id):
                yield "images", 1
            case MakeServer() if self.is_new(Kind.SERVER, action.server.id):
                yield "servers", 1
                yield "cores", self._flavors[action.flavor_id].vcpus
                yield "ram_mib", self._flavors[action.flavor_id].ram_mib

    def is_new(self, kind: Kind, source_id: str) -> bool:
        return (kind, source_id) not in self._ours and (kind, name_id(source_id)) not in self._ours

    def _has_interface(self, action: AddInterface) -> bool:
        router_id = self._ours.get((Kind.ROUTER, action.router_id), "")
        return (router_id, self._ours.get((Kind.SUBNET, action.interface.subnet_id), "")) in self._interfaces


def _rules_there(case: Case) -> int:
    """The number of rules in groups whose rules will be replaced: ours, and the adopted `default`."""
    ours = set(case.ours.values())
    return sum(len(g.rules) for g in case.target.security_groups if g.id in ours or g.name == "default")


def short_by(quota: Quota, need: int) -> int:
    return max(0, quota.used + need - quota.limit) if quota.limit >= 0 else 0


def _how_many_fit(quota: Quota, need: int, amounts: list[int]) -> int:
    """How many of the amounts, largest first, fit into the quota at once, together with `need`."""
    return next((k for k in range(len(amounts), 0, -1) if not short_by(quota, need + sum(amounts[:k]))), 0)


def _finding(code: str, resource: str, need: int, quota: Quota, **more: object) -> Finding:
    what, _, volume_type = resource.partition(":")
    shown = f"{what} (type {volume_type})" if volume_type else what
    facts = {"resource": shown, "need": need, "limit": quota.limit, "used": quota.used, **more}
    return finding(code, "", "", **facts)
