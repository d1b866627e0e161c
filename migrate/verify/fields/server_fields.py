"""Compares key pairs, servers and server groups field by field. Pure; see `network_fields` for the conventions.

User data is not compared, because no cloud shows it.
"""

from collections.abc import Iterable

from migrate.model import MARK_KEY, Keypair, Kind, Server, ServerGroup
from migrate.model.steps import AttachVolume, MakeServer
from migrate.verify.fields.differences import (
    Fact,
    TargetOf,
    by_key,
    description,
    differing,
    mapped,
    only_one_has,
    own_tags,
    without,
)


def keypair(source: Keypair, target: Keypair) -> tuple[str, ...]:
    """The key without its comment, which may get lost."""
    return differing(
        ("name", source.name, target.name),
        ("type", source.type, target.type),
        ("public_key", " ".join(source.public_key.split()[:2]), " ".join(target.public_key.split()[:2])),
    )


def server_group(
    target_of: TargetOf, source: ServerGroup, members: Iterable[str], moved: Iterable[str], target: ServerGroup
) -> tuple[str, ...]:
    """Name, policy, and the planned `members`. Of other members, only `moved` servers count.

    Both are source ids; an existing group may have servers of its own.
    """
    wanted = {mapped(target_of, Kind.SERVER, server_id) for server_id in members}
    ours = wanted | {mapped(target_of, Kind.SERVER, server_id) for server_id in moved}
    return differing(
        ("name", source.name, target.name),
        ("policy", source.policy, target.policy),
        *only_one_has("member", wanted, ours & set(target.member_ids)),
    )


def server(
    target_of: TargetOf, action: MakeServer, attached: Iterable[AttachVolume], groups: Iterable[str], target: Server
) -> tuple[str, ...]:
    """The server with its ports in NIC order and the planned volumes in the source's order.

    `groups`: names of its ports' planned security groups; groups left out of the plan are not a difference here.
    """
    source = action.server
    ports = tuple(mapped(target_of, Kind.PORT, port_id) for port_id in source.port_ids)
    volumes = [(mapped(target_of, Kind.VOLUME, volume_id), deleted) for volume_id, deleted in _held(action, attached)]
    facts: list[Fact] = [
        ("name", source.name, target.name),
        ("flavor", action.flavor_name, target.flavor.name),
        ("key_name", source.key_name, target.key_name),
        description(source.description, target.description),
        *by_key("metadata", without(source.metadata, {MARK_KEY}), without(target.metadata, {MARK_KEY})),
        ("tags", own_tags(source.tags), own_tags(target.tags)),
        ("config_drive", source.config_drive, target.config_drive),
        ("ports", ports, target.port_ids),
        ("attachments", [v for v, _ in volumes], [a.volume_id for a in target.attachments]),
        ("security_groups", sorted(set(groups)), sorted(set(target.security_group_names))),
    ]
    deleted = {a.volume_id: a.delete_on_termination for a in target.attachments}
    facts += [(f"delete_on_termination {v}", want, deleted.get(v, want)) for v, want in volumes]
    facts += _boot(target_of, action, target)
    if action.availability_zone is not None:
        facts.append(("availability_zone", action.availability_zone, target.availability_zone))
    if target.status not in {"ACTIVE", "SHUTOFF"}:
        facts.append(("status", "ACTIVE or SHUTOFF", target.status))
    return differing(*facts)


def _held(action: MakeServer, attached: Iterable[AttachVolume]) -> list[tuple[str, bool]]:
    """Source ids of the server's volumes, each with its delete flag: the boot volume, then the source's order."""
    boot = [(action.boot_volume_id, action.boot_volume_delete)] if action.boot_volume_id else []
    order = {a.volume_id: number for number, a in enumerate(action.server.attachments)}
    others = sorted(attached, key=lambda a: order.get(a.volume_id, len(order)))
    return boot + [(a.volume_id, a.delete_on_termination) for a in others]


def _boot(target_of: TargetOf, action: MakeServer, target: Server) -> list[Fact]:
    """The boot source: the server's own image, or the volume at its root device."""
    if action.boot_volume_id is None:
        image_id = target_of(Kind.IMAGE, action.server.id)
        return [] if image_id is None else [("image", image_id, target.image_id)]
    facts: list[Fact] = [("image", None, target.image_id)]
    root = next((a.volume_id for a in target.attachments if a.device == target.root_device), None)
    if target.root_device:
        facts.append(("boot_volume", mapped(target_of, Kind.VOLUME, action.boot_volume_id), root))
    return facts
