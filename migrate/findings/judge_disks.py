"""Findings about volumes, images, snapshots and backups, and about containers that hold backups."""

from collections.abc import Iterator

from msgspec.structs import replace

from migrate.findings.at_target.image_properties import dropped_properties
from migrate.findings.at_target.missing_places import (
    judge_format,
    judge_passage,
    judge_zone,
    target_type,
    unknown_choice,
)
from migrate.findings.finding import Finding, finding
from migrate.findings.inputs import CAPTURED_SNAPSHOTS, CAPTURED_VOLUMES, Case
from migrate.findings.judge_encryption import judge_encryption
from migrate.messages import codes
from migrate.model import Backup, Image, Kind, Snapshot, Volume
from migrate.policy.image_sharing import unmapped_members
from migrate.policy.policy_records import GLANCE
from migrate.policy.selectors import item, item_id
from migrate.units import GIB

_DRIVERS_OWN = "volumebackups"
"""The default container of Cinder's Swift driver; users choose any other name."""


def judge_disks(case: Case) -> Iterator[Finding]:
    for volume in case.source.volumes:
        yield from _volume(case, volume)
    for image in case.source.images:
        yield from _image(case, image)
    for snapshot in case.source.snapshots:
        yield from _snapshot(case, snapshot)
    for backup in case.source.backups:
        yield from _backup(case, backup)
    yield from _backup_containers(case)


# ---------------------------------------------------------------- volumes


def _volume(case: Case, volume: Volume) -> Iterator[Finding]:
    item_id, name = item(Kind.VOLUME, volume.id), volume.name
    yield from judge_encryption(case, volume, item_id, name)
    yield from _shared(case, volume, item_id, name)
    if volume.status not in CAPTURED_VOLUMES:
        yield finding(codes.VOLUME_STATE_UNCAPTURABLE, item_id, name, status=volume.status)
    if volume.group_id:
        yield finding(codes.VOLUME_GROUP_LOST, item_id, name, group=volume.group_id)
    yield from _dropped(case, volume.image_metadata, item_id, name)
    yield from _volume_place(case, volume, item_id, name)
    disks = case.policy.disks
    yield from judge_passage(case, volume.size_gib * GIB, item_id, name, capture=disks.capture, restore=disks.restore)


def _shared(case: Case, volume: Volume, item: str, name: str) -> Iterator[Finding]:
    """Findings about a shared volume: one copy for all its servers, if the target's type allows that."""
    shared_types, holders = case.target.facts.shared_volume_types or (), len(volume.attachments)
    if not volume.multiattach and holders < 2:
        return
    type_name = target_type(case, volume)
    if type_name in shared_types:
        yield finding(codes.VOLUME_SHARED, item, name, servers=holders, type=type_name)
    elif holders > 1:
        known = ", ".join(shared_types) or "-"
        yield finding(codes.SHARED_VOLUME_UNSUPPORTED, item, name, servers=holders, type=type_name, known=known)
    else:
        yield finding(codes.SHARED_VOLUME_BECOMES_SINGLE, item, name, type=type_name)


def _volume_place(case: Case, volume: Volume, item: str, name: str) -> Iterator[Finding]:
    """Findings about type and zone of a volume, or of a snapshot or backup that becomes one."""
    choice, zone = case.choices.type_of(volume), case.choices.volume_zone_of(volume)
    if choice is not None:
        if choice.is_wrong:
            yield unknown_choice("volume_types", choice, case.target.facts.volume_types, item, name)
        elif choice.target_name != choice.source:
            yield finding(
                codes.VOLUME_TYPE_CHANGES, item, name, source=choice.source or "-", target=choice.target_name or "-"
            )
    if zone is not None:
        yield from judge_zone("volume_zones", zone, case.target.facts.volume_zones, item, name)


# ---------------------------------------------------------------- images


def _image(case: Case, image: Image) -> Iterator[Finding]:
    item_id, name, limit = item(Kind.IMAGE, image.id), image.name, case.target.facts.image_size_max_bytes
    if image.status != "active":
        yield finding(codes.IMAGE_NOT_ACTIVE, item_id, name, status=image.status)
    elif image.volume_backed or image.size_bytes == 0:
        yield finding(codes.IMAGE_OF_SNAPSHOTS, item_id, name, snapshots=_snapshots_of(case, image))
    elif limit is not None and image.size_bytes > limit:
        yield finding(codes.IMAGE_TOO_LARGE, item_id, name, size=image.size_bytes, limit=limit)
    else:
        yield from judge_format(case, image.disk_format, item_id, name)
    if image.visibility in {"public", "community"}:
        yield finding(codes.IMAGE_BECOMES_PRIVATE, item_id, name, visibility=image.visibility)
    yield from _dropped(case, image.properties, item_id, name)
    if unmapped := unmapped_members(case.policy, image):
        yield finding(codes.IMAGE_SHARING_UNMAPPED, item_id, name, projects=", ".join(unmapped))


def _snapshots_of(case: Case, image: Image) -> str:
    """Names or ids of the snapshots that an empty image refers to."""
    named = (case.snapshots.get(snapshot_id) for snapshot_id in image.snapshot_ids)
    shown = [snapshot.name if snapshot and snapshot.name else "" for snapshot in named]
    return ", ".join(name or own_id for name, own_id in zip(shown, image.snapshot_ids, strict=True)) or "-"


def _dropped(case: Case, properties: dict[str, str], item: str, name: str) -> Iterator[Finding]:
    if dropped := dropped_properties(properties, case.policy.keep_properties):
        yield finding(codes.IMAGE_PROPERTIES_DROPPED, item, name, properties=", ".join(dropped))


# ---------------------------------------------------------------- snapshots and backups


def _snapshot(case: Case, snapshot: Snapshot) -> Iterator[Finding]:
    item_id, name, volume = item(Kind.SNAPSHOT, snapshot.id), snapshot.name, case.volumes.get(snapshot.volume_id)
    facts = {"volume": _volume_name(case, snapshot.volume_id), "size_gib": snapshot.size_gib}
    becomes = case.policy.snapshots
    if becomes == "leave":
        yield finding(codes.SNAPSHOTS_LEFT, item_id, name, **facts)
        return
    yield finding(codes.SNAPSHOT_CONVERTED, item_id, name, becomes=becomes, **facts)
    if snapshot.status not in CAPTURED_SNAPSHOTS:
        yield finding(codes.SNAPSHOT_UNREADABLE, item_id, name, status=snapshot.status)
    yield from _copy_of(case, volume, snapshot.size_gib, item_id, name, is_volume=becomes == "volume")


def _backup(case: Case, backup: Backup) -> Iterator[Finding]:
    item_id, name, volume = item(Kind.BACKUP, backup.id), backup.name, case.volumes.get(backup.volume_id)
    facts = {"volume": _volume_name(case, backup.volume_id), "size_gib": backup.size_gib}
    if case.policy.backups != "volume":
        # Copying it as a container would be useless: members cannot register it in another cloud.
        yield finding(codes.BACKUP_LEFT, item_id, name, **facts)
        return
    yield finding(codes.BACKUP_CONVERTED, item_id, name, **facts)
    if backup.status not in CAPTURED_SNAPSHOTS:
        yield finding(codes.SNAPSHOT_UNREADABLE, item_id, name, status=backup.status)
    yield from _copy_of(case, volume, backup.size_gib, item_id, name, is_volume=True)


def _copy_of(
    case: Case, volume: Volume | None, size_gib: int, item: str, name: str, *, is_volume: bool
) -> Iterator[Finding]:
    """Findings about a volume that also apply to its snapshots and backups. None: only the backup still exists."""
    # The policy may have a separate line for the copy.
    copy = replace(volume or Volume(id="", name="", size_gib=0, status=""), id=item_id(item))
    if volume:
        yield from judge_encryption(case, copy, item, name, as_image=not is_volume)
    if is_volume:
        yield from _volume_place(case, copy, item, name)
    disks = case.policy.disks
    restore = disks.restore if is_volume else GLANCE
    yield from judge_passage(case, size_gib * GIB, item, name, capture=disks.capture, restore=restore)


def _backup_containers(case: Case) -> Iterator[Finding]:
    """Findings about containers with backups, whose objects a member cannot distinguish from others."""
    objects = {container.name: container.objects for container in case.source.containers}
    if case.policy.backups != "container":
        for name, backups in sorted(case.backup_containers.items()):
            item_id, facts = item(Kind.CONTAINER, name), {"backups": len(backups)}
            if name == _DRIVERS_OWN:
                yield finding(codes.BACKUP_CONTAINER, item_id, name, **facts)
            else:
                yield finding(codes.BACKUP_CONTAINER_OF_TENANT, item_id, name, objects=objects[name], **facts)


def _volume_name(case: Case, volume_id: str) -> str:
    volume = case.volumes.get(volume_id)
    return volume.name if volume and volume.name else volume_id
