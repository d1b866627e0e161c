"""Translates compute, block-storage and image JSON to our records."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from migrate.clouds.openstack.records.answers import as_list, number, text
from migrate.model import (
    Attachment,
    Backup,
    Flavor,
    Image,
    Keypair,
    Port,
    Server,
    ServerGroup,
    Snapshot,
    Volume,
)

Json = dict[str, Any]


def text_map(value: Any) -> dict[str, str]:
    return {str(key): text(inner) for key, inner in (value or {}).items()}


def flag(value: Any) -> bool:
    """A boolean, as services write it: `"true"`, `"True"` and `True` are true; `""` is false."""
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
        vcpus=number(item["vcpus"]),
        ram_mib=number(item["ram"]),
        disk_gib=number(item["disk"]),
        ephemeral_gib=number(item.get("OS-FLV-EXT-DATA:ephemeral") or 0),
        # An empty text means none.
        swap_mib=number(item.get("swap") or 0),
    )


def server_group(item: Json) -> ServerGroup:
    """A server group; `policy` since microversion 2.64, a list of one `policies` before."""
    policies = [item["policy"]] if item.get("policy") else as_list(item.get("policies"))
    return ServerGroup(
        id=item["id"],
        name=text(item.get("name")),
        policy=text(policies[0]) if policies else "",
        # Nova's order changes with each listing.
        member_ids=tuple(sorted(as_list(item.get("members")))),
    )


# Heat leaves no trace on a server. Templates usually store the stack's id here, for alarms on its servers.
_STACK_KEYS = ("metering.stack", "metering.server_group")


def server(item: Json, flavors: Iterable[Flavor], volumes: Mapping[str, Volume], ports: Iterable[Port]) -> Server:
    """A server from its own record, its volumes (for device names) and its ports (for NIC order)."""
    attached = (
        _attachment(item["id"], one, volumes) for one in as_list(item.get("os-extended-volumes:volumes_attached"))
    )
    # Nova mostly lists them in attach order, which the device names show.
    attachments = tuple(sorted(attached, key=lambda a: (not a.device, device_order(a.device))))
    image, metadata = item.get("image") or {}, text_map(item.get("metadata"))
    groups = [text(group.get("name")) for group in as_list(item.get("security_groups"))]
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
        metadata=metadata,
        tags=tuple(sorted(as_list(item.get("tags")))),
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
        stack_id=next((text(metadata[key]) for key in _STACK_KEYS if metadata.get(key)), None),
    )


def _unseen_ports(addresses: Mapping[str, list[Json]], own_ports: Iterable[Port]) -> list[str]:
    """Placeholders for NICs with ports of other projects, whose ids are hidden, so that the NICs are not lost."""
    macs = {text(entry.get("OS-EXT-IPS-MAC:mac_addr")).lower() for entries in addresses.values() for entry in entries}
    unseen = macs - {port.mac_address.lower() for port in own_ports} - {""}
    return [f"unseen-{mac.replace(':', '')}" for mac in sorted(unseen)]


def nic_order(addresses: Mapping[str, list[Json]], ports: Iterable[Port]) -> list[Port]:
    """Ports in the order of their addresses in `addresses`, the only order that a member can see.

    The addresses are grouped by network: a server with two NICs on one network and a third between them appears in
    another order, undetectably. Ports without an address come last.
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
    """A sort key for devices: /dev/vdz comes before /dev/vdaa."""
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


def volume_attachment(item: Json) -> Attachment:
    """An attachment from Nova's list of a server's volumes."""
    return Attachment(
        server_id=text(item.get("serverId")),
        volume_id=text(item.get("volumeId")),
        device=text(item.get("device")),
        delete_on_termination=flag(item.get("delete_on_termination")),
    )


def _boot_device(attachments: tuple[Attachment, ...], volumes: Mapping[str, Volume]) -> str | None:
    """The boot device, inferred: the lowest device, if its volume is bootable."""
    told = (a for a in attachments if a.device)
    first = min(told, key=lambda a: device_order(a.device), default=None)
    is_bootable = first is not None and first.volume_id in volumes and volumes[first.volume_id].bootable
    return first.device if first is not None and is_bootable else None


def _server_flavor(item: Json, flavors: Iterable[Flavor]) -> Flavor:
    """The flavor as stored in the server record, even if the flavor was deleted; older clouds give only an id."""
    if "original_name" in item:
        name = text(item["original_name"])
        return Flavor(
            id=next((known.id for known in flavors if known.name == name), ""),
            name=name,
            vcpus=number(item["vcpus"]),
            ram_mib=number(item["ram"]),
            disk_gib=number(item["disk"]),
            ephemeral_gib=number(item.get("ephemeral") or 0),
            swap_mib=number(item.get("swap") or 0),
        )
    flavor_id = text(item.get("id"))
    gone = Flavor(id=flavor_id, name=flavor_id, vcpus=0, ram_mib=0, disk_gib=0)
    return next((known for known in flavors if known.id == flavor_id), gone)


# ---------------------------------------------------------------- block storage


def _name(item: Json) -> str:
    """The name; version 1 of the API calls it `display_name`."""
    return text(item.get("name") or item.get("display_name"))


def _description(item: Json) -> str:
    return text(item.get("description") or item.get("display_description"))


def volume(item: Json) -> Volume:
    return Volume(
        id=item["id"],
        name=_name(item),
        size_gib=number(item["size"]),
        status=text(item.get("status")).lower(),
        description=_description(item),
        volume_type=item.get("volume_type") or None,
        availability_zone=item.get("availability_zone") or None,
        bootable=flag(item.get("bootable")),
        encrypted=flag(item.get("encrypted")),
        multiattach=flag(item.get("multiattach")),
        metadata=text_map(item.get("metadata")),
        image_metadata=text_map(item.get("volume_image_metadata")),
        attachments=tuple(
            Attachment(server_id=text(a.get("server_id")), volume_id=item["id"], device=text(a.get("device")))
            for a in sorted(as_list(item.get("attachments")), key=lambda a: text(a.get("attached_at")))
        ),
        snapshot_id=item.get("snapshot_id") or None,
        created_at=text(item.get("created_at")),
        # The group since 3.13, and its predecessor, a consistency group, always.
        group_id=item.get("group_id") or item.get("consistencygroup_id") or None,
    )


def snapshot(item: Json) -> Snapshot:
    return Snapshot(
        id=item["id"],
        volume_id=item["volume_id"],
        name=_name(item),
        size_gib=number(item["size"]),
        status=text(item.get("status")).lower(),
        description=_description(item),
        metadata=text_map(item.get("metadata")),
        created_at=text(item.get("created_at")),
    )


def backup(item: Json) -> Backup:
    return Backup(
        id=item["id"],
        name=text(item.get("name")),
        volume_id=text(item.get("volume_id")),
        # None if the backup failed.
        size_gib=number(item.get("size") or 0),
        status=text(item.get("status")).lower(),
        container=item.get("container") or None,
        description=text(item.get("description")),
        incremental=flag(item.get("is_incremental")),
        created_at=text(item.get("created_at")),
    )


# ---------------------------------------------------------------- images

_IMAGE_FIELDS = re.compile(
    r"id|name|status|disk_format|container_format|size|virtual_size|min_disk|min_ram|visibility|owner|checksum|tags"
    r"|os_hash_algo|os_hash_value|os_hidden|protected|created_at|updated_at|self|file|schema|locations|direct_url|stores"
)
# Set by services on images, mainly on snapshots of servers: useless or harmful elsewhere.
_BOOKKEEPING = re.compile(
    r"os_glance_.*|owner_specified\..*|instance_type_.*|img_block_device_mapping|block_device_mapping|bdm_v2"
    r"|mappings|root_device_name|image_location|image_state|image_type|instance_uuid|base_image_ref|boot_roles"
    r"|owner_id|owner_project_name|owner_user_name|user_id|clean_attempts|signature_verified|import_task_id"
)


def image(item: Json, members: Iterable[str] = ()) -> Image:
    """An image from its own record, and the ids of the projects it is shared with."""
    size_bytes = number(item.get("size") or 0)
    return Image(
        id=item["id"],
        name=text(item.get("name")),
        status=text(item.get("status")).lower(),
        disk_format=item.get("disk_format") or "raw",
        container_format=item.get("container_format") or "bare",
        size_bytes=size_bytes,
        virtual_size_bytes=number(item["virtual_size"]) if item.get("virtual_size") else None,
        min_disk_gib=number(item.get("min_disk") or 0),
        min_ram_mib=number(item.get("min_ram") or 0),
        visibility=text(item.get("visibility")) or "private",
        owner_id=text(item.get("owner")),
        checksum=item.get("checksum") or None,
        hash_algo=item.get("os_hash_algo") or None,
        hash_value=item.get("os_hash_value") or None,
        hidden=flag(item.get("os_hidden")),
        protected=flag(item.get("protected")),
        tags=tuple(sorted(as_list(item.get("tags")))),
        properties=customer_properties(item),
        volume_backed=size_bytes == 0 and bool(item.get("block_device_mapping")),
        created_at=text(item.get("created_at")),
        members=tuple(sorted(members)),
        snapshot_ids=_snapshots_of(item.get("block_device_mapping")),
        server_id=text(item.get("instance_uuid")),
    )


def _snapshots_of(mapping: Any) -> tuple[str, ...]:
    """The volume snapshots behind an image of a volume-booted server, from the JSON block device mapping in
    a property.
    """
    try:
        devices = json.loads(mapping) if isinstance(mapping, str) else mapping
    except ValueError:
        return ()
    if not isinstance(devices, list):
        return ()
    return tuple(text(one["snapshot_id"]) for one in devices if isinstance(one, dict) and one.get("snapshot_id"))


def disk_formats(schema: Json) -> tuple[str, ...]:
    """The disk formats in Glance's image schema, without None (for an image without bytes)."""
    formats = as_list(schema.get("properties", {}).get("disk_format", {}).get("enum"))
    return tuple(sorted(text(one) for one in formats if one))


def customer_properties(item: Json) -> dict[str, str]:
    """All properties except those that services set themselves; the plan decides which ones move, and names
    the rest.
    """
    return {
        key: text(value)
        for key, value in sorted(item.items())
        if not (_IMAGE_FIELDS.fullmatch(key) or _BOOKKEEPING.fullmatch(key) or isinstance(value, dict | list))
    }
