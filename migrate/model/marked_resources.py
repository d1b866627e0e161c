"""Finds our marks in an inventory, in the usual place of each kind (docs/formats/marks.md)."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from typing import Any

import msgspec

from migrate.model import (
    MARK_KEY,
    MARK_PROPERTY,
    Image,
    Inventory,
    Kind,
    Mark,
    Role,
    Volume,
    is_of_test_launch,
    parse_mark,
    quota_of_type,
)
from migrate.units import MIB


def marks_in(inventory: Inventory) -> list[tuple[Kind, str, Mark]]:
    """(kind, id, mark) of everything with a mark, from any migration; a container's id is its name.

    Key pairs and server groups carry none. A mark alone proves nothing: adoption also requires matching role, kind and
    origin.
    """
    return [(kind, own_id, mark) for kind, own_id, text in _texts(inventory) if (mark := parse_mark(text))]


def temporaries(inventory: Inventory) -> frozenset[tuple[Kind, str]]:
    """(kind, id) of Decamp's temporary resources, from any migration.

    Network resources are never temporary: a description that begins like such a mark is the customer's own. An image
    only counts if its name is its mark too: image properties are inherited, so a customer's image may carry our mark
    and would otherwise be left behind.
    """
    names = {image.id: image.name for image in inventory.images}
    return frozenset(
        (kind, own_id)
        for kind, own_id, mark in marks_in(inventory)
        if mark.role == Role.TEMPORARY and kind in _FOR_A_WHILE and (kind != Kind.IMAGE or names[own_id] == str(mark))
    )


_FOR_A_WHILE = frozenset({Kind.IMAGE, Kind.VOLUME, Kind.SNAPSHOT, Kind.CONTAINER})


def strangers(inventory: Inventory, migration: str) -> list[tuple[Kind, str, str, Mark]]:
    """(kind, id, name, mark) of temporaries of other migrations, or of resources made to look like one."""
    ours, names = temporaries(inventory), {image.id: image.name for image in inventory.images}
    names |= {one.id: one.name for one in inventory.volumes} | {one.id: one.name for one in inventory.snapshots}
    return [
        (kind, own_id, names.get(own_id, own_id), mark)
        for kind, own_id, mark in marks_in(inventory)
        if (kind, own_id) in ours and mark.migration != migration[:8]
    ]


def moved(inventory: Inventory, migration: str) -> dict[tuple[Kind, str], str]:
    """Maps (kind, source id) to the id of the resource that this migration has moved here."""
    return {
        (kind, mark.source_id): own_id
        for kind, own_id, mark in marks_in(inventory)
        if mark.role == Role.MOVED and mark.migration == migration[:8]
    }


def without_temporaries(inventory: Inventory) -> Inventory:
    """The inventory without our temporaries: the customer's own resources."""
    ours = temporaries(inventory)
    if not ours:
        return inventory
    return msgspec.structs.replace(
        inventory,
        networks=tuple(x for x in inventory.networks if (Kind.NETWORK, x.id) not in ours),
        subnets=tuple(x for x in inventory.subnets if (Kind.SUBNET, x.id) not in ours),
        routers=tuple(x for x in inventory.routers if (Kind.ROUTER, x.id) not in ours),
        ports=tuple(x for x in inventory.ports if (Kind.PORT, x.id) not in ours),
        security_groups=tuple(x for x in inventory.security_groups if (Kind.SECURITY_GROUP, x.id) not in ours),
        floating_ips=tuple(x for x in inventory.floating_ips if (Kind.FLOATING_IP, x.id) not in ours),
        images=tuple(x for x in inventory.images if (Kind.IMAGE, x.id) not in ours),
        volumes=tuple(x for x in inventory.volumes if (Kind.VOLUME, x.id) not in ours),
        snapshots=tuple(x for x in inventory.snapshots if (Kind.SNAPSHOT, x.id) not in ours),
        servers=tuple(x for x in inventory.servers if (Kind.SERVER, x.id) not in ours),
        trunks=tuple(x for x in inventory.trunks if (Kind.TRUNK, x.id) not in ours),
        containers=tuple(x for x in inventory.containers if (Kind.CONTAINER, x.name) not in ours),
    )


def without_test_launch(inventory: Inventory, migration: str) -> Inventory:
    """The target's inventory without what a test launch of this migration has there, and without its use of quotas: it
    is gone before anything moves.
    """
    names = {one.id: one.name for group in _test_kinds(inventory) for one in group}
    ids = {
        own_id
        for _, own_id, mark in marks_in(inventory)
        if mark.migration == migration[:8] and own_id in names and is_of_test_launch(mark, names[own_id])
    }
    if not ids:
        return inventory
    # DHCP has ports of its own on our networks.
    ids |= {port.id for port in inventory.ports if port.network_id in ids}
    left = msgspec.structs.replace(
        inventory,
        servers=tuple(x for x in inventory.servers if x.id not in ids),
        images=tuple(x for x in inventory.images if x.id not in ids),
        volumes=tuple(x for x in inventory.volumes if x.id not in ids),
        ports=tuple(x for x in inventory.ports if x.id not in ids),
        subnets=tuple(x for x in inventory.subnets if x.id not in ids),
        networks=tuple(x for x in inventory.networks if x.id not in ids),
    )
    used = _use_of(inventory, ids)
    quotas = {
        name: msgspec.structs.replace(quota, used=max(0, quota.used - used[name]))
        for name, quota in inventory.facts.quotas.items()
    }
    return msgspec.structs.replace(left, facts=msgspec.structs.replace(inventory.facts, quotas=quotas))


def _test_kinds(inventory: Inventory) -> Iterator[Iterable[Any]]:
    yield from (inventory.servers, inventory.images, inventory.volumes)
    yield from (inventory.ports, inventory.subnets, inventory.networks)


def _use_of(inventory: Inventory, ids: Collection[str]) -> Counter[str]:
    """How much of each quota these resources take."""
    used: Counter[str] = Counter()
    for server in (one for one in inventory.servers if one.id in ids):
        used.update(servers=1, cores=server.flavor.vcpus, ram_mib=server.flavor.ram_mib)
    for volume in (one for one in inventory.volumes if one.id in ids):
        for resource, count in (("volumes", 1), ("volumes_gib", volume.size_gib)):
            used[resource] += count
            if volume.volume_type:
                used[quota_of_type(resource, volume.volume_type)] += count
    for image in (one for one in inventory.images if one.id in ids):
        used.update(images=1, images_mib=image.size_bytes // MIB)
    for resource, group in (
        ("ports", inventory.ports),
        ("subnets", inventory.subnets),
        ("networks", inventory.networks),
    ):
        used[resource] += sum(one.id in ids for one in group)
    return used


def _texts(inventory: Inventory) -> Iterator[tuple[Kind, str, str]]:
    """All texts that may contain a mark."""
    for group in inventory.security_groups:
        yield Kind.SECURITY_GROUP, group.id, _first_word(group.description)
    for network in inventory.networks:
        yield Kind.NETWORK, network.id, _first_word(network.description)
    for subnet in inventory.subnets:
        yield Kind.SUBNET, subnet.id, _first_word(subnet.description)
    for router in inventory.routers:
        yield Kind.ROUTER, router.id, _first_word(router.description)
    for port in inventory.ports:
        yield Kind.PORT, port.id, _first_word(port.description)
    for trunk in inventory.trunks:
        yield Kind.TRUNK, trunk.id, _first_word(trunk.description)
    for floating_ip in inventory.floating_ips:
        yield Kind.FLOATING_IP, floating_ip.id, _first_word(floating_ip.description)
    for image in inventory.images:
        yield Kind.IMAGE, image.id, _image_text(image)
    for volume in inventory.volumes:
        yield Kind.VOLUME, volume.id, _volume_text(volume)
    for snapshot in inventory.snapshots:
        yield Kind.SNAPSHOT, snapshot.id, snapshot.metadata.get(MARK_KEY, "")
    for server in inventory.servers:
        yield Kind.SERVER, server.id, server.metadata.get(MARK_KEY, "")
    for container in inventory.containers:
        yield Kind.CONTAINER, container.name, container.mark or ""


def _image_text(image: Image) -> str:
    # A tag is never inherited, a property is: the tag takes precedence. An image created from a volume at the target
    # can carry neither: its name is its mark.
    tag = next((tag for tag in image.tags if parse_mark(tag)), "")
    named = parse_mark(image.name)
    return tag or image.properties.get(MARK_PROPERTY, "") or (str(named) if named and str(named) == image.name else "")


def _volume_text(volume: Volume) -> str:
    # A backup restored into a temporary of ours replaces its metadata, but not its name.
    named = parse_mark(volume.name)
    if named and named.role is Role.TEMPORARY and str(named) == volume.name:
        return volume.name
    return volume.metadata.get(MARK_KEY, "")


def _first_word(text: str) -> str:
    return text.split(" ", 1)[0] if text else ""
