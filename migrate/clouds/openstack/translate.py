"""Compute, block-storage and image JSON to our records. Field names and units of the services stop here."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from migrate.model import Attachment, Flavor, Image, Keypair, Port, Server, Snapshot, Volume

Json = dict[str, Any]


def text(value: Any) -> str:
    return "" if value is None else str(value)


def text_map(value: Any) -> dict[str, str]:
    return {str(key): text(inner) for key, inner in (value or {}).items()}


def flag(value: Any) -> bool:
    """`"true"`, `"True"` and `True` are the services' ways to say yes; `""` is one to say no."""
    return str(value).lower() == "true"


# ---------------------------------------------------------------- compute


def keypair(item: Json) -> Keypair:
    inner = item.get("keypair", item)
    return Keypair(
        name=inner["name"],
        public_key=text(inner.get("public_key")).strip(),
        fingerprint=text(inner.get("fingerprint")),
        type=inner.get("type") or "ssh",
    )


def flavor(item: Json) -> Flavor:
    return Flavor(
        id=item["id"],
        name=item["name"],
        vcpus=int(item["vcpus"]),
        ram_mib=int(item["ram"]),
        disk_gib=int(item["disk"]),
        ephemeral_gib=int(item.get("OS-FLV-EXT-DATA:ephemeral") or 0),
    )


def server(item: Json, flavors: Iterable[Flavor], volumes: Mapping[str, Volume], ports: Iterable[Port]) -> Server:
    """A server out of its own record, its volumes (for device names) and its ports (for NIC order)."""
    attachments = tuple(
        _attachment(item["id"], attached, volumes) for attached in item.get("os-extended-volumes:volumes_attached", ())
    )
    image = item.get("image") or {}
    groups = [text(group.get("name")) for group in item.get("security_groups", ())]
    own_ports = [port for port in ports if port.device_id == item["id"]]
    root = item.get("OS-EXT-SRV-ATTR:root_device_name") or (None if image else _boot_device(attachments, volumes))
    return Server(
        id=item["id"],
        name=text(item.get("name")),
        status=text(item.get("status")),
        flavor=_server_flavor(item.get("flavor") or {}, flavors),
        image_id=image.get("id"),
        key_name=item.get("key_name") or None,
        description=text(item.get("description")),
        availability_zone=item.get("OS-EXT-AZ:availability_zone") or None,
        metadata=text_map(item.get("metadata")),
        tags=tuple(sorted(item.get("tags", ()))),
        config_drive=flag(item.get("config_drive")),
        locked=flag(item.get("locked")),
        task_state=item.get("OS-EXT-STS:task_state") or None,
        root_device=root,
        port_ids=(
            *(port.id for port in nic_order(item.get("addresses") or {}, own_ports)),
            *_unseen_ports(item.get("addresses") or {}, own_ports),
        ),
        security_group_names=tuple(dict.fromkeys(groups)),
        attachments=attachments,
        created_at=text(item.get("created")),
    )


def _unseen_ports(addresses: Mapping[str, list[Json]], own_ports: Iterable[Port]) -> list[str]:
    """Stand-ins for NICs whose port is another project's: not to be lost, though their id cannot be known."""
    macs = {text(entry.get("OS-EXT-IPS-MAC:mac_addr")).lower() for entries in addresses.values() for entry in entries}
    unseen = macs - {port.mac_address.lower() for port in own_ports} - {""}
    return [f"unseen-{mac.replace(':', '')}" for mac in sorted(unseen)]


def nic_order(addresses: Mapping[str, list[Json]], ports: Iterable[Port]) -> list[Port]:
    """Ports by the place of their addresses in `addresses`, the only order that a member is shown.

    It is grouped by network: a server with two NICs on one network and a third between them reads back in another
    order, which nobody can tell from outside. Ports without an address come last.
    """
    places: dict[str, int] = {}
    for entries in addresses.values():
        for entry in entries:
            for key in (text(entry.get("OS-EXT-IPS-MAC:mac_addr")).lower(), text(entry.get("addr"))):
                places.setdefault(key, len(places))

    def place(port: Port) -> tuple[int, str]:
        keys = [port.mac_address, *(fixed.ip_address for fixed in port.fixed_ips)]
        return min((places[key] for key in keys if key and key in places), default=len(places)), port.id

    return sorted(ports, key=place)


def device_order(device: str) -> tuple[int, str]:
    """/dev/vdz comes before /dev/vdaa."""
    return len(device), device


def _attachment(server_id: str, attached: Json, volumes: Mapping[str, Volume]) -> Attachment:
    volume = volumes.get(attached["id"])
    device = next((a.device for a in volume.attachments if a.server_id == server_id), "") if volume else ""
    return Attachment(
        server_id=server_id,
        volume_id=attached["id"],
        device=device,
        delete_on_termination=flag(attached.get("delete_on_termination")),
    )


def _boot_device(attachments: tuple[Attachment, ...], volumes: Mapping[str, Volume]) -> str | None:
    """Inferred: the lowest device that holds a bootable volume."""
    devices = [a.device for a in attachments if a.device and a.volume_id in volumes and volumes[a.volume_id].bootable]
    return min(devices, key=device_order, default=None)


def _server_flavor(item: Json, flavors: Iterable[Flavor]) -> Flavor:
    """The flavor as the server record holds it, which outlives the flavor itself; older clouds give an id alone."""
    if "original_name" in item:
        name = text(item["original_name"])
        return Flavor(
            id=next((known.id for known in flavors if known.name == name), ""),
            name=name,
            vcpus=int(item["vcpus"]),
            ram_mib=int(item["ram"]),
            disk_gib=int(item["disk"]),
            ephemeral_gib=int(item.get("ephemeral") or 0),
        )
    flavor_id = text(item.get("id"))
    gone = Flavor(id=flavor_id, name=flavor_id, vcpus=0, ram_mib=0, disk_gib=0)
    return next((known for known in flavors if known.id == flavor_id), gone)


# ---------------------------------------------------------------- block storage


def volume(item: Json) -> Volume:
    return Volume(
        id=item["id"],
        name=text(item.get("name")),
        size_gib=int(item["size"]),
        status=text(item.get("status")).lower(),
        description=text(item.get("description")),
        volume_type=item.get("volume_type") or None,
        availability_zone=item.get("availability_zone") or None,
        bootable=flag(item.get("bootable")),
        encrypted=flag(item.get("encrypted")),
        multiattach=flag(item.get("multiattach")),
        metadata=text_map(item.get("metadata")),
        image_metadata=text_map(item.get("volume_image_metadata")),
        attachments=tuple(
            Attachment(server_id=text(a.get("server_id")), volume_id=item["id"], device=text(a.get("device")))
            for a in sorted(item.get("attachments") or (), key=lambda a: text(a.get("attached_at")))
        ),
        snapshot_id=item.get("snapshot_id") or None,
        created_at=text(item.get("created_at")),
    )


def snapshot(item: Json) -> Snapshot:
    return Snapshot(
        id=item["id"],
        volume_id=item["volume_id"],
        name=text(item.get("name")),
        size_gib=int(item["size"]),
        status=text(item.get("status")).lower(),
        description=text(item.get("description")),
        metadata=text_map(item.get("metadata")),
        created_at=text(item.get("created_at")),
    )


# ---------------------------------------------------------------- images

_IMAGE_FIELDS = re.compile(
    r"id|name|status|disk_format|container_format|size|virtual_size|min_disk|min_ram|visibility|owner|checksum|tags"
    r"|os_hash_algo|os_hash_value|os_hidden|protected|created_at|updated_at|self|file|schema|locations|direct_url|stores"
)
# What services note for themselves on images, snapshots of servers above all: meaningless or harmful elsewhere.
_BOOKKEEPING = re.compile(
    r"os_glance_.*|owner_specified\..*|instance_type_.*|img_block_device_mapping|block_device_mapping|bdm_v2"
    r"|mappings|root_device_name|image_location|image_state|image_type|instance_uuid|base_image_ref|boot_roles"
    r"|owner_id|owner_project_name|owner_user_name|user_id|clean_attempts|signature_verified|import_task_id"
)


def image(item: Json) -> Image:
    size_bytes = int(item.get("size") or 0)
    return Image(
        id=item["id"],
        name=text(item.get("name")),
        status=text(item.get("status")).lower(),
        disk_format=item.get("disk_format") or "raw",
        container_format=item.get("container_format") or "bare",
        size_bytes=size_bytes,
        virtual_size_bytes=int(item["virtual_size"]) if item.get("virtual_size") else None,
        min_disk_gib=int(item.get("min_disk") or 0),
        min_ram_mib=int(item.get("min_ram") or 0),
        visibility=text(item.get("visibility")) or "private",
        owner_id=text(item.get("owner")),
        checksum=item.get("checksum") or None,
        hash_algo=item.get("os_hash_algo") or None,
        hash_value=item.get("os_hash_value") or None,
        hidden=flag(item.get("os_hidden")),
        protected=flag(item.get("protected")),
        tags=tuple(sorted(item.get("tags") or ())),
        properties=customer_properties(item),
        volume_backed=size_bytes == 0 and bool(item.get("block_device_mapping")),
        created_at=text(item.get("created_at")),
    )


def customer_properties(item: Json) -> dict[str, str]:
    """The properties that mean something to a guest or its owner: `hw_*`, `os_*`, the cloud's and his own."""
    return {
        key: text(value)
        for key, value in sorted(item.items())
        if not (_IMAGE_FIELDS.fullmatch(key) or _BOOKKEEPING.fullmatch(key) or isinstance(value, dict | list))
    }
