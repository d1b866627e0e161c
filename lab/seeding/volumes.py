"""Makes volumes with real file systems, and attaches them."""

from typing import Any

from .filesystem import Content, data_bytes, raw_image, write_disk
from .paths import volume_file
from .tenant import Tenant, chosen
from .topology import Resource

PATIENCE_S = 180


def volume_content(resource: Resource, stack: str) -> Content:
    """What a sized volume holds; each volume of each stack its own."""
    content = resource.properties["content"]
    return Content(
        seed=content.get("seed", f"volume {stack} {resource.name}"),
        size_gib=resource.properties["size"],
        files_mib=content.get("files_mib", 0),
        random_mib=content.get("random_mib", 0),
    )


def holds_data(resource: Resource) -> bool:
    """Whether the seeder fills the volume; one made from an image holds that, and `"content": "none"` stays empty."""
    return "image" not in resource.properties and resource.properties.get("content") != "none"


def make_volume(tenant: Tenant, resource: Resource) -> None:
    api, properties = tenant.connection.block_storage, resource.properties
    size_gib = tenant.need(resource, "size")
    found = tenant.claim(v for v in api.volumes(name=resource.cloud_name) if v.name == resource.cloud_name)
    values = chosen(properties, "description", "metadata", "volume_type", "availability_zone")
    if "image" in properties:
        values["image_id"] = tenant.id_of(properties["image"])
    volume = found or api.create_volume(name=resource.cloud_name, size=size_gib, **values)
    volume = settled(api.get_volume, volume.id, api, ("available", "in-use"))
    path = volume_file(tenant.cloud, volume.id)
    # No bytes at all: new, or left by a run that was stopped between the two steps.  An attached volume is the guest's.
    if holds_data(resource) and volume.status == "available" and data_bytes(path) == 0:
        write_disk(raw_image(volume_content(resource, tenant.topology.stack)), path)
    _describe_disk(api, volume, properties)
    detail = f"{size_gib} GiB, {data_bytes(path) >> 20} MiB of data"
    tenant.record(resource, volume.id, made=found is None, detail=detail)


def _describe_disk(api: Any, volume: Any, properties: dict[str, Any]) -> None:
    """Say that a volume can boot, and how: its owner may, whatever the volume was made from."""
    if properties.get("bootable") and not volume.is_bootable:
        api.set_volume_bootable_status(volume, True)
    wanted = properties.get("image_metadata", {})
    if wanted.items() - (volume.volume_image_metadata or {}).items():
        api.set_volume_image_metadata(volume, **wanted)


def attach_volume(tenant: Tenant, resource: Resource) -> None:
    """One at a time: a guest names its disks in the order in which they come."""
    compute, storage = tenant.connection.compute, tenant.connection.block_storage
    volume_id = tenant.id_of(tenant.need(resource, "volume_id"))
    server_id = tenant.id_of(tenant.need(resource, "instance_uuid"))
    made = not any(a.volume_id == volume_id for a in compute.volume_attachments(server_id))
    if made:
        device = resource.properties.get("mountpoint")
        compute.create_volume_attachment(server_id, volume_id=volume_id, device=device)
    volume = settled(storage.get_volume, volume_id, storage, ("in-use",))
    device = next((a["device"] for a in volume.attachments if a["server_id"] == server_id), "")
    tenant.record(resource, volume_id, made=made, detail=device)


def settled(get: Any, cloud_id: str, api: Any, states: tuple[str, ...]) -> Any:
    """Wait for a volume, snapshot or backup.  Read afresh first, since the library trusts the copy in hand."""
    item = get(cloud_id)
    if item.status in states:
        return item
    failures = ["error", "error_deleting", "error_extending"]
    return api.wait_for_status(item, status=states[0], failures=failures, interval=0.3, wait=PATIENCE_S)
