"""Compares images and volumes field by field, except their bytes. Pure; see `network_fields` for the conventions."""

from collections.abc import Iterable, Mapping

from migrate.model import MARK_KEY, Image, Kind, Snapshot, Volume
from migrate.model.steps import RestoreVolume
from migrate.verify.fields.differences import Fact, by_key, description, differing, own_properties, own_tags, without

SERVICE_IMAGE_METADATA = frozenset(
    {
        "checksum", "container_format", "disk_format", "image_id", "image_name", "min_disk", "min_ram", "size",
        "os_hash_algo", "os_hash_value", "signature_verified",
    }
)  # fmt: skip
"""Image metadata that Cinder sets from the image a volume was created from."""

SERVICE_VOLUME_METADATA = frozenset({"attached_mode", "readonly"})


def image(source: Image, projects: Iterable[str], target: Image) -> tuple[str, ...]:
    """All fields except the bytes. `projects`: the target projects that the plan shares the image with; no others may
    see it.

    A visibility narrower than at the source is no other difference. A block device mapping always is one: it refers to
    another cloud's snapshots.
    """
    members = sorted(projects)
    wanted, found = own_properties(source.properties), own_properties(target.properties)
    facts: list[Fact] = [
        ("status", "active", target.status),
        ("name", source.name, target.name),
        ("disk_format", source.disk_format, target.disk_format),
        ("container_format", source.container_format, target.container_format),
        ("min_disk_gib", source.min_disk_gib, target.min_disk_gib),
        ("min_ram_mib", source.min_ram_mib, target.min_ram_mib),
        ("protected", source.protected, target.protected),
        ("hidden", source.hidden, target.hidden),
        ("tags", own_tags(source.tags), own_tags(target.tags)),
        ("members", members, sorted(target.members)),
        *by_key("property", wanted, found),
    ]
    if members or target.visibility != "private":
        facts.append(("visibility", "shared" if members else source.visibility, target.visibility))
    return differing(*facts, *_no_mapping(target))


def root_image(properties: Mapping[str, str], target: Image) -> tuple[str, ...]:
    """The boot image of a moved server: active, private, with the planned properties.

    It may have more of them, taken from a base image that the plan could not see.
    """
    there = own_properties(target.properties)
    wanted = own_properties(properties)
    return differing(
        ("status", "active", target.status),
        ("visibility", "private", target.visibility),
        ("members", [], sorted(target.members)),
        *by_key("property", wanted, {key: value for key, value in there.items() if key in wanted}),
        *_no_mapping(target),
    )


def snapshot_image(snapshot: Snapshot, properties: Mapping[str, str], target: Image) -> tuple[str, ...]:
    """The image made from a volume snapshot."""
    name = snapshot.name or f"snapshot of {snapshot.volume_id}"
    return differing(("name", name, target.name)) + root_image(properties, target)


def volume(action: RestoreVolume, target: Volume) -> tuple[str, ...]:
    """All fields except the bytes; type and zone only if the plan sets them."""
    source, is_root = action.volume, action.of is Kind.SERVER
    kept = _own_image_metadata(target)
    # As for a root disk's image: it may have more properties, known from the captured disk.
    shown = {key: value for key, value in kept.items() if key in source.image_metadata} if is_root else kept
    facts: list[Fact] = [
        ("name", source.name, target.name),
        ("size_gib", source.size_gib, _size_gib(action, target)),
        description(source.description, target.description),
        ("bootable", source.bootable, target.bootable),
        *by_key("metadata", _own_volume_metadata(source), _own_volume_metadata(target)),
        *by_key("image_metadata", _own_image_metadata(source), shown),
    ]
    if action.volume_type is not None:
        facts.append(("volume_type", action.volume_type, target.volume_type))
    if action.availability_zone is not None:
        facts.append(("availability_zone", action.availability_zone, target.availability_zone))
    if target.status not in {"available", "in-use"}:
        facts.append(("status", "available or in-use", target.status))
    return differing(*facts)


def _size_gib(action: RestoreVolume, target: Volume) -> int:
    """The expected size. An encrypted volume may be a GiB larger, because of its header.

    The size of a root disk is only known from its capture.
    """
    source = action.volume
    if action.of is Kind.SERVER:
        return min(source.size_gib, target.size_gib)
    with_header = target.size_gib == source.size_gib + 1 and (source.encrypted or target.encrypted)
    return source.size_gib if with_header else target.size_gib


def _no_mapping(target: Image) -> list[Fact]:
    """Checks that there is no block device mapping, which may appear as a property or as snapshots."""
    shown = target.properties.get("block_device_mapping") or ", ".join(target.snapshot_ids)
    return [("block_device_mapping", "", shown or ("present" if target.volume_backed else ""))]


def _own_volume_metadata(volume: Volume) -> dict[str, str]:
    return without(volume.metadata, {MARK_KEY, *SERVICE_VOLUME_METADATA})


def _own_image_metadata(volume: Volume) -> dict[str, str]:
    return own_properties(without(volume.image_metadata, SERVICE_IMAGE_METADATA))
