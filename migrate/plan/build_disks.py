"""Steps that move content: images, volumes, snapshots, backups, containers; `build_servers` has those of servers."""

from collections.abc import Iterator

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from migrate.findings.at_target.header_meanings import carried_headers, has_history
from migrate.findings.at_target.image_properties import carried_properties
from migrate.findings.decide_what_moves import Decision
from migrate.findings.inputs import is_segments, own_segments
from migrate.model import Backup, Container, Image, Kind, S3Place, Snapshot, Volume, parse_mark
from migrate.model.bucket_headers import bucket_headers
from migrate.model.s3_objects import RULE
from migrate.model.steps import (
    AnyAction,
    CaptureBackup,
    CaptureImage,
    CaptureSnapshot,
    CaptureVolume,
    CopyContainer,
    RestoreImage,
    RestoreSnapshotImage,
    RestoreVolume,
    ShareImage,
    Step,
)
from migrate.plan.build_passage import Disk, passage
from migrate.plan.build_servers import Held, server_steps
from migrate.plan.dhcp import LateDhcp
from migrate.policy.image_sharing import shares_of, visibility_of
from migrate.policy.policy_records import ATTACHED, Policy
from migrate.policy.selectors import item
from migrate.units import GIB

__all__ = ["carried_properties", "disk_steps"]

_ROWS = 8


def disk_steps(decision: Decision, dhcp: LateDhcp) -> Iterator[Step]:
    source, held = decision.case.source, Held(decision)
    yield from held.stops.values()
    for image in source.images:
        yield from _image(decision, image)
    for volume in source.volumes:
        yield from _volume(decision, volume, held)
    for snapshot in source.snapshots:
        yield from _snapshot(decision, snapshot)
    for backup in source.backups:
        yield from _backup(decision, backup)
    for server in source.servers:
        yield from server_steps(decision, server, held, dhcp)
    yield from _containers(decision)


# ---------------------------------------------------------------- images


def _image(decision: Decision, image: Image) -> Iterator[Step]:
    policy = decision.case.policy
    want = replace(
        image,
        properties=carried_properties(image.properties, policy.keep_properties),
        visibility=visibility_of(policy, image),
        # Marks from an earlier migration of the tenant are meaningless here.
        tags=tuple(tag for tag in image.tags if not parse_mark(tag)),
        members=tuple(sorted(shares_of(policy, image))),
    )
    capture, restore = CaptureImage(image=image), ("restore", RestoreImage(image=want))
    yield from passage(decision, Disk(Kind.IMAGE, image.id, image.name, image.size_bytes), capture, restore)
    if decision.moves(Kind.IMAGE, image.id):
        for member, project_id in shares_of(policy, image).items():
            yield Step.for_action(
                step_id=item(Kind.IMAGE, image.id, f"share-{member}"),
                name=image.name,
                action=ShareImage(image_id=image.id, project_id=project_id),
                needs=(item(Kind.IMAGE, image.id, "verify"),),
            )


# ---------------------------------------------------------------- volumes, and resources that become volumes


def _volume(decision: Decision, volume: Volume, held: Held) -> Iterator[Step]:
    holders = held.by_volume.get(volume.id, [])
    yield from passage(
        decision,
        Disk(Kind.VOLUME, volume.id, volume.name or volume.id, volume.size_gib * GIB),
        CaptureVolume(
            volume=volume,
            server_id=holders[0] if holders else None,
            others=tuple(holders[1:]) or UNSET,
            attached=_is_attached(decision.case.policy.disks.capture),
        ),
        ("restore", _restore(decision, volume, is_boot=volume.id in held.boot_volumes)),
        needs=tuple(held.stops[server_id].id for server_id in holders if server_id in held.stops),
    )


def _snapshot(decision: Decision, snapshot: Snapshot) -> Iterator[Step]:
    case = decision.case
    origin = case.volumes.get(snapshot.volume_id)
    name = snapshot.name or f"snapshot of {origin.name if origin and origin.name else snapshot.volume_id}"
    as_image = case.policy.snapshots == "image"
    restore: AnyAction
    if as_image:
        metadata = origin.image_metadata if origin else {}
        properties = carried_properties(metadata, case.policy.keep_properties)
        restore = RestoreSnapshotImage(snapshot=replace(snapshot, name=name), properties=properties)
    else:
        becomes = _become(origin, snapshot.id, name, snapshot.size_gib, snapshot.description)
        restore = _restore(decision, replace(becomes, metadata=snapshot.metadata), of=Kind.SNAPSHOT)
    yield from passage(
        decision,
        Disk(Kind.SNAPSHOT, snapshot.id, name, snapshot.size_gib * GIB),
        CaptureSnapshot(snapshot=snapshot, attached=_is_attached(case.policy.disks.capture)),
        ("image" if as_image else "restore", restore),
        as_image=as_image,
    )


def _backup(decision: Decision, backup: Backup) -> Iterator[Step]:
    case = decision.case
    origin = case.volumes.get(backup.volume_id)
    name = backup.name or f"backup of {origin.name if origin and origin.name else backup.volume_id}"
    becomes = _become(origin, backup.id, name, backup.size_gib, backup.description)
    yield from passage(
        decision,
        Disk(Kind.BACKUP, backup.id, name, backup.size_gib * GIB),
        CaptureBackup(
            backup=backup,
            attached=_is_attached(case.policy.disks.capture),
            volume_type=(origin.volume_type or UNSET) if origin and origin.encrypted else UNSET,
        ),
        ("restore", _restore(decision, becomes, of=Kind.BACKUP)),
    )


def _become(origin: Volume | None, own_id: str, name: str, size_gib: int, description: str) -> Volume:
    """The volume that a snapshot or backup becomes: with the original volume's settings, if that still exists."""
    kind = origin or Volume(id="", name="", size_gib=0, status="")
    return Volume(
        id=own_id,
        name=name,
        size_gib=size_gib,
        status="available",
        description=description,
        volume_type=kind.volume_type,
        availability_zone=kind.availability_zone,
        bootable=kind.bootable,
        encrypted=kind.encrypted,
        image_metadata=kind.image_metadata,
    )


def _restore(decision: Decision, volume: Volume, *, of: Kind = Kind.VOLUME, is_boot: bool = False) -> RestoreVolume:
    choices = decision.case.choices
    kind, zone = choices.type_of(volume), choices.volume_zone_of(volume)
    return RestoreVolume(
        volume=replace(
            volume,
            # A cloud does not boot a volume smaller than its own metadata requires.
            size_gib=max(volume.size_gib, _whole(volume.image_metadata.get("min_disk"))),
            # A server boots from it, whatever the flag says.
            bootable=volume.bootable or is_boot,
            image_metadata=carried_properties(volume.image_metadata, decision.case.policy.keep_properties),
        ),
        of=of,
        volume_type=kind.target if kind else None,
        availability_zone=zone.target if zone else None,
        attached=_is_attached(decision.case.policy.disks.restore),
    )


def _is_attached(path: str) -> bool | UnsetType:
    return True if path == ATTACHED else UNSET


def _whole(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() else 0


# ---------------------------------------------------------------- containers


def _containers(decision: Decision) -> Iterator[Step]:
    """Copies segments before their large objects: a container's own ones, and those of unknown owners.

    On S3 it is the other way round: segments become parts of their large objects, and unused ones are copied last.
    Those of unknown owners would be dependencies of every container: if there are many, they are copied in a few
    chains, and a container depends only on the end of each chain.
    """
    case = decision.case
    if case.places:
        yield from _buckets(decision)
        return
    orphans = [name for name in sorted(case.orphan_segments) if decision.moves(Kind.CONTAINER, name)]
    before = dict(zip(orphans[_ROWS:], orphans, strict=False))
    last = orphans[-_ROWS:]
    for container in case.source.containers:
        if decision.moves(Kind.CONTAINER, container.name):
            needed = [*own_segments(case, container.name), *(() if is_segments(container.name) else last)]
            needed += [before[container.name]] if container.name in before else []
            yield _container(decision, container, needed)


def _buckets(decision: Decision) -> Iterator[Step]:
    """Steps for S3: of containers with segments of unknown owners, the first depends on all others, the rest on the
    first.
    """
    moving = [c for c in decision.case.source.containers if decision.moves(Kind.CONTAINER, c.name)]
    plain = [container.name for container in moving if not is_segments(container.name)]
    orphans = [container.name for container in moving if container.name in decision.case.orphan_segments]
    after = {segments: name for name in plain for segments in own_segments(decision.case, name)}
    for container in moving:
        name = container.name
        needed = [after[name]] if name in after else []
        if name in orphans:
            needed = plain if name == orphans[0] else orphans[:1]
        yield _container(decision, container, needed)


def _container(decision: Decision, container: Container, needed: list[str]) -> Step:
    place = decision.case.places.get(container.name)
    expiring = decision.case.policy.expiring
    keeps_versions = place is None and decision.case.policy.versions == "keep" and has_history(container.headers)
    return Step.for_action(
        step_id=item(Kind.CONTAINER, container.name),
        name=container.name,
        action=CopyContainer(
            name=container.name,
            objects=container.objects,
            headers=_carried(container, place, decision.case.policy),
            segment_container=is_segments(container.name),
            place=UNSET if place is None else place,
            versions=True if keeps_versions else UNSET,
            expiring=UNSET if place is None or expiring == RULE else expiring,
            removes=True if decision.case.policy.vanished == "remove" else UNSET,
        ),
        needs=tuple(sorted({item(Kind.CONTAINER, name) for name in needed})),
        size_bytes=container.size_bytes,
    )


def _carried(container: Container, place: S3Place | None, policy: Policy) -> dict[str, str]:
    """The settings for the target; none for a bucket shared by several containers."""
    if place is not None:
        return {} if place.prefix else bucket_headers(container.headers)
    return carried_headers(container.headers, container.name, policy)
