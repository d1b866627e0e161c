"""Finds our marks in an inventory, in the usual place of each kind (docs/formats/marks.md)."""

from collections.abc import Iterator

import msgspec

from migrate.model import MARK_KEY, MARK_PROPERTY, Image, Inventory, Kind, Mark, Role, Volume, parse_mark


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
