"""Findings about servers and server groups: their state, their disks, and their counterparts at the target."""

from collections.abc import Iterator

from msgspec.structs import replace

from migrate.findings.at_target.features import (
    DELETE_ON_TERMINATION,
    SERVER_DESCRIPTION,
    SERVER_TAGS,
    SOFT_POLICIES,
    speaks,
)
from migrate.findings.at_target.missing_places import judge_passage, judge_zone, unknown_choice
from migrate.findings.at_target.root_disks import becomes_volume
from migrate.findings.finding import Finding, finding
from migrate.findings.inputs import (
    CARRIED_STATES,
    MEMORY_STATES,
    RESCUE_STATES,
    SHELVED_STATES,
    Case,
    boot_volume,
    boots_from_volume,
    is_twin,
    nic_port_ids,
    root_gib,
    volumes_of,
    wants_stop,
)
from migrate.findings.judge_root_disks import judge_root, judge_word
from migrate.messages import codes
from migrate.model import Flavor, Kind, Server, ServerGroup
from migrate.policy.mapping import counted, is_gone, nearer_without_disk, target_flavor
from migrate.policy.selectors import item
from migrate.units import GIB


def judge_compute(case: Case) -> Iterator[Finding]:
    for group in case.source.server_groups:
        yield from _server_group(case, group)
    for server in case.source.servers:
        yield from _state(case, server)
        yield from _lock(case, server)
        yield from _disks(case, server)
        yield from _ties(case, server)
        yield from _place(case, server)
        yield from judge_word(case, server)
        yield from _abilities(case, server)


# ---------------------------------------------------------------- at the source


def _state(case: Case, server: Server) -> Iterator[Finding]:
    item_id, name, status = item(Kind.SERVER, server.id), server.name, server.status
    if status in MEMORY_STATES:
        yield finding(codes.SERVER_MEMORY_LOST, item_id, name, status=status)
    elif status in SHELVED_STATES:
        yield finding(codes.SERVER_SHELVED, item_id, name, status=status)
    elif status in RESCUE_STATES:
        yield finding(codes.SERVER_IN_RESCUE, item_id, name)
    elif status not in CARRIED_STATES:
        yield finding(codes.SERVER_STATE_UNMOVABLE, item_id, name, status=status)
    elif status == "SHUTOFF" and not server.task_state:
        yield finding(codes.SERVER_WILL_RUN, item_id, name, status=status)
    if server.task_state and status in (*CARRIED_STATES, *MEMORY_STATES):
        yield finding(codes.SERVER_BUSY, item_id, name, status=status, task=server.task_state)
    if status == "ACTIVE" and not wants_stop(case, server) and not is_twin(case, server):
        there = case.ours.get((Kind.SERVER, server.id))
        yield (
            finding(codes.TWIN_RUNS_ALREADY, item_id, name, target=there)
            if there
            else finding(codes.TWIN_UNDECIDED, item_id, name)
        )


def _lock(case: Case, server: Server) -> Iterator[Finding]:
    if server.locked and wants_stop(case, server) and not server.task_state:
        yield finding(codes.SERVER_LOCKED, item(Kind.SERVER, server.id), server.name)


def _disks(case: Case, server: Server) -> Iterator[Finding]:
    item_id, name, flavor = item(Kind.SERVER, server.id), server.name, server.flavor
    if boots_from_volume(server):
        boot = boot_volume(case, server)
        if boot not in case.volumes:
            yield finding(
                codes.BOOT_VOLUME_UNKNOWN, item_id, name, volume=boot or ", ".join(volumes_of(case, server)) or "-"
            )
    elif server.image_id not in case.images:
        yield finding(codes.SERVER_IMAGE_GONE, item_id, name, image=server.image_id)
    if flavor.ephemeral_gib or flavor.swap_mib:
        yield finding(
            codes.EPHEMERAL_DISKS_LOST, item_id, name, ephemeral_gib=flavor.ephemeral_gib, swap_mib=flavor.swap_mib
        )


def _ties(case: Case, server: Server) -> Iterator[Finding]:
    item_id, name, nics = item(Kind.SERVER, server.id), server.name, nic_port_ids(case, server)
    for port_id in nics:
        if port_id not in case.ports:
            yield finding(codes.DEPENDENCY_LEFT_OUT, item_id, name, because=item(Kind.PORT, port_id))
    networks = [case.ports[port_id].network_id for port_id in nics if port_id in case.ports]
    for network_id in sorted({n for n in networks if networks.count(n) > 1}):
        yield finding(codes.PORT_ORDER_UNCERTAIN, item_id, name, network=network_id)
    key = server.key_name
    if key and (key not in case.keypairs or case.skips(Kind.KEYPAIR, key, key)):
        yield finding(codes.KEYPAIR_UNAVAILABLE, item_id, name, key=key)


# ---------------------------------------------------------------- at the target


def _place(case: Case, server: Server) -> Iterator[Finding]:
    item_id, name, flavor = item(Kind.SERVER, server.id), server.name, server.flavor
    choice, root = case.choices.flavor_of(server), root_gib(case, server)
    chosen, to_volume = target_flavor(choice, case.target), becomes_volume(case, server)
    lacks_disk = chosen is not None and chosen.disk_gib < root and not to_volume
    if choice.is_wrong:
        yield unknown_choice("flavors", choice, (f.name for f in case.target.facts.flavors), item_id, name)
    elif chosen is None and is_gone(flavor):
        yield finding(codes.FLAVOR_GONE, item_id, name, flavor=flavor.name)
    elif chosen is None or (lacks_disk and choice.why != "policy"):
        sizes = {"vcpus": flavor.vcpus, "ram_mib": flavor.ram_mib, "disk_gib": root}
        yield finding(codes.NO_FLAVOR, item_id, name, flavor=flavor.name, **sizes)
    elif lacks_disk:
        disks = {"source_gib": root, "target_gib": chosen.disk_gib}
        yield finding(codes.FLAVOR_DISK_TOO_SMALL, item_id, name, source=flavor.name, target=chosen.name, **disks)
    else:
        yield from _flavor(case, server, replace(flavor, disk_gib=flavor.disk_gib or root), chosen)
    if (zone := case.choices.zone_of(server)) is not None:
        yield from judge_zone("compute_zones", zone, case.target.facts.compute_zones, item_id, name)
    if to_volume:
        yield from judge_root(case, server)
    elif not boots_from_volume(server):
        yield from judge_passage(case, root * GIB, item_id, name)


def _flavor(case: Case, server: Server, flavor: Flavor, chosen: Flavor) -> Iterator[Finding]:
    """Findings about a different flavor; a policy may choose a smaller one, which is not reported otherwise."""
    has_disk = not boots_from_volume(server) and not becomes_volume(case, server)
    if has_disk and (nearer := nearer_without_disk(flavor, chosen, case.target.facts.flavors)):
        yield finding(
            codes.NEARER_FLAVOR_DISKLESS,
            item(Kind.SERVER, server.id),
            server.name,
            target=chosen.name,
            nearer=nearer.name,
        )
    before, after = counted(flavor, has_disk), counted(chosen, has_disk)
    if chosen.name == flavor.name and before == after:
        return
    has_ephemeral = bool(flavor.ephemeral_gib or chosen.ephemeral_gib)
    is_smaller = any(has < needs for has, needs in zip(after, before, strict=True))
    shown = " -> ".join(_sizes(f, has_disk=has_disk, has_ephemeral=has_ephemeral) for f in (flavor, chosen))
    facts = {"source": flavor.name, "target": chosen.name, "what": shown, "size": "smaller" if is_smaller else "enough"}
    yield finding(codes.FLAVOR_CHANGES, item(Kind.SERVER, server.id), server.name, **facts)


def _sizes(flavor: Flavor, *, has_disk: bool, has_ephemeral: bool) -> str:
    """The sizes of a flavor as a fact: `vcpus=2 ram_mib=4096 disk_gib=20 ephemeral_gib=5` (`numbers.flavor`)."""
    root = f" disk_gib={flavor.disk_gib}" if has_disk else ""
    ephemeral = f" ephemeral_gib={flavor.ephemeral_gib}" if has_ephemeral else ""
    return f"vcpus={flavor.vcpus} ram_mib={flavor.ram_mib}{root}{ephemeral}"


def _abilities(case: Case, server: Server) -> Iterator[Finding]:
    """Findings about features that the target's Nova is too old for; the plan leaves them out."""
    boot = boot_volume(case, server) if boots_from_volume(server) else None
    attached = (a for v in volumes_of(case, server) if v in case.volumes for a in case.volumes[v].attachments)
    both = (a for a in (*attached, *server.attachments) if a.server_id == server.id and a.volume_id != boot)
    kept_back = (
        ("description", SERVER_DESCRIPTION, bool(server.description)),
        ("tags", SERVER_TAGS, bool(server.tags)),
        ("delete_on_termination", DELETE_ON_TERMINATION, any(a.delete_on_termination for a in both)),
    )
    for what, needs, is_wanted in kept_back:
        if is_wanted:
            yield from _too_old(case, what, needs, item(Kind.SERVER, server.id), server.name)


def _server_group(case: Case, group: ServerGroup) -> Iterator[Finding]:
    if group.policy.startswith("soft-"):
        yield from _too_old(case, group.policy, SOFT_POLICIES, item(Kind.SERVER_GROUP, group.id), group.name)


def _too_old(case: Case, what: str, needs: str, item: str, name: str) -> Iterator[Finding]:
    facts = case.target.facts
    if not speaks(facts, "compute", needs):
        yield finding(codes.MICROVERSION_TOO_OLD, item, name, what=what, needs=needs, has=facts.versions["compute"])
