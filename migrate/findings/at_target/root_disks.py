"""The root disk of an image-booted server: becomes an image again, or a boot volume.

Flavors of some clouds have no disk, so their servers boot from volumes. The capture is the same either way; only the
restore differs.
"""

from msgspec import UNSET

from migrate.findings.at_target.image_properties import carried_properties
from migrate.findings.inputs import Case, boots_from_volume, root_gib
from migrate.model import Kind, Server, Volume
from migrate.model.steps import RestoreVolume
from migrate.policy.mapping import default_type, target_flavor
from migrate.policy.policy_records import ATTACHED, VOLUME
from migrate.policy.selectors import wanted_boot

AUTO = "auto"
_NAME = 250
"""Names have at most 255 characters."""


def becomes_volume(case: Case, server: Server) -> bool:
    """Whether the root disk becomes a boot volume. A server that was already moved stays as it is.

    Decided by the policy or, by default, by whether the target's flavor has no disk.
    """
    if boots_from_volume(server):
        return False
    word = wanted_boot(case.policy, server.id, server.name)
    if word != AUTO:
        return word == VOLUME
    made = case.made_servers.get(server.id)
    if made is not None:
        return boots_from_volume(made)
    flavor = target_flavor(case.choices.flavor_of(server), case.target)
    return flavor is not None and not flavor.disk_gib


def root_type(case: Case) -> str | None:
    """The volume type for root disks that become boot volumes; None: the target's unknown default."""
    return case.policy.boot_volume_type or default_type(case.target.facts)


def root_volume(case: Case, server: Server) -> Volume:
    """The root disk as a volume, under its server's id."""
    base = case.images.get(server.image_id or "")
    return Volume(
        id=server.id,
        name=f"{server.name[:_NAME]}-root",
        size_gib=max(1, root_gib(case, server), base.min_disk_gib if base else 0),
        status="available",
        bootable=True,
        image_metadata=carried_properties(base.properties, case.policy.keep_properties) if base else {},
    )


def restore_root(case: Case, server: Server) -> RestoreVolume:
    return RestoreVolume(
        volume=root_volume(case, server),
        of=Kind.SERVER,
        volume_type=root_type(case),
        availability_zone=_zone(case, server),
        attached=True if case.policy.disks.restore == ATTACHED else UNSET,
    )


def _zone(case: Case, server: Server) -> str | None:
    """The volume's zone: the server's if volumes have it too, else the only one, or None for the target's choice."""
    chosen, offered = case.choices.zone_of(server), case.target.facts.volume_zones
    if chosen and chosen.target in offered:
        return chosen.target
    return offered[0] if len(offered) == 1 else None
