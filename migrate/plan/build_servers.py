"""Steps of servers: stop, root disk, creation and attachments; and of server groups."""

from collections.abc import Iterator

from msgspec import UNSET
from msgspec.structs import replace

from migrate.findings.at_target.features import (
    DELETE_ON_TERMINATION,
    SERVER_DESCRIPTION,
    SERVER_TAGS,
    SOFT_POLICIES,
    speaks,
)
from migrate.findings.at_target.image_properties import carried_properties
from migrate.findings.at_target.root_disks import becomes_volume, restore_root
from migrate.findings.decide_what_moves import Decision
from migrate.findings.inputs import Case, boot_volume, boots_from_volume, nic_port_ids, root_gib, volumes_of
from migrate.findings.server_stops import stop_for
from migrate.model import Attachment, Kind, Server, ServerGroup, Volume
from migrate.model.steps import (
    AnyAction,
    AttachVolume,
    CaptureServer,
    MakeServer,
    MakeServerGroup,
    RestoreServerImage,
    Step,
    StopServer,
)
from migrate.plan.build_health import health_steps
from migrate.plan.build_hooks import after_up_steps, before_stop
from migrate.plan.build_passage import Disk, passage
from migrate.plan.dhcp import LateDhcp
from migrate.policy.mapping import target_flavor
from migrate.policy.policy_records import CUT_OVER
from migrate.policy.provider_profiles import profile_of
from migrate.policy.selectors import item
from migrate.units import GIB


class Held:
    """The servers of each volume, and the stops.

    `by_volume`: maps a volume to its servers. `boot_volumes`: volumes that a server boots from. `stops`: maps a server
    with a disk to capture to its stop.
    """

    def __init__(self, decision: Decision) -> None:
        case = decision.case
        self.by_volume: dict[str, list[str]] = {}
        for server in case.source.servers:
            for volume_id in volumes_of(case, server):
                self.by_volume.setdefault(volume_id, []).append(server.id)
        boots = (boot_volume(case, server) for server in case.source.servers if boots_from_volume(server))
        self.boot_volumes = frozenset(volume_id for volume_id in boots if volume_id)
        self.stops = {server.id: stop for server in case.source.servers if (stop := _stop(decision, server))}


def server_steps(decision: Decision, server: Server, held: Held, dhcp: LateDhcp) -> Iterator[Step]:
    if not boots_from_volume(server):
        yield from _root_disk(decision, server, held)
    if decision.moves(Kind.SERVER, server.id):
        steps = [_make_server(decision, server, dhcp), *_attachments(decision, server)]
        steps += health_steps(decision, server, last=steps[-1].id)
        steps += after_up_steps(decision, server, last=steps[-1].id)
        yield from steps


def server_group_steps(decision: Decision) -> Iterator[Step]:
    for group in decision.case.source.server_groups:
        if _is_made(decision, group):
            item_id = item(Kind.SERVER_GROUP, group.id)
            # Its members are the source's servers; they join at their creation.
            want = replace(group, member_ids=())
            yield Step.for_action(
                step_id=item_id,
                name=group.name,
                action=MakeServerGroup(want=want),
            )


def _is_made(decision: Decision, group: ServerGroup) -> bool:
    soft = group.policy.startswith("soft-")
    can = not soft or speaks(decision.case.target.facts, "compute", SOFT_POLICIES)
    return can and decision.moves(Kind.SERVER_GROUP, group.id)


# ---------------------------------------------------------------- at the source


def _stop(decision: Decision, server: Server) -> Step | None:
    """The stop of a server with a disk to capture, unless it must not be changed now."""
    case = decision.case
    stop = stop_for(case, decision.captures, decision.moves, server)
    if stop is None:
        return None
    size = sum(case.volumes[volume_id].size_gib for volume_id in stop.volumes)
    size += root_gib(case, server) if stop.root else 0
    return Step.for_action(
        step_id=item(Kind.SERVER, server.id, "stop"),
        name=server.name,
        action=StopServer(
            server_id=server.id,
            name=server.name,
            replaces=stop.replaces or UNSET,
            before=before_stop(case.policy, server) or UNSET,
        ),
        gate=CUT_OVER,
        size_bytes=size * GIB,
    )


def _root_disk(decision: Decision, server: Server, held: Held) -> Iterator[Step]:
    """The steps of a root disk, captured as an image of the server; its image at the target has the base image's
    properties.
    """
    case = decision.case
    restore: tuple[str, AnyAction]
    base = case.images.get(server.image_id or "")
    properties = carried_properties(base.properties, case.policy.keep_properties) if base else {}
    if becomes_volume(case, server):
        restore = "restore", restore_root(case, server)
    else:
        restore = "image", RestoreServerImage(server=server, properties=properties)
    return passage(
        decision,
        Disk(Kind.SERVER, server.id, server.name, root_gib(case, server) * GIB),
        CaptureServer(server=server),
        restore,
        needs=(held.stops[server.id].id,) if server.id in held.stops else (),
    )


# ---------------------------------------------------------------- at the target


def _make_server(decision: Decision, server: Server, dhcp: LateDhcp) -> Step:
    case, item_id, nics = decision.case, item(Kind.SERVER, server.id), nic_port_ids(decision.case, server)
    choice = case.choices.flavor_of(server)
    flavor = target_flavor(choice, case.target)
    zone = case.choices.zone_of(server)
    group = case.group_of_server.get(server.id)
    is_own = becomes_volume(case, server)
    boot = server.id if is_own else boot_volume(case, server) if boots_from_volume(server) else None
    want = _as_the_target_can(case, replace(server, key_name=_key(decision, server), port_ids=nics))
    action = MakeServer(
        server=want,
        flavor_id=(choice.target or "") if flavor else "",
        flavor_name=flavor.name if flavor else "",
        availability_zone=zone.target if zone else None,
        boot_volume_id=boot,
        # A root disk is deleted with its server, in either form.
        boot_volume_delete=is_own or (boot is not None and _is_deleted(case, server, boot)),
        server_group_id=group.id if group and _is_made(decision, group) else None,
        user_data=server.user_data if case.policy.user_data == "give" else None,
    )
    needs = tuple(sorted(_needs(decision, action, dhcp)))
    return Step.for_action(step_id=item_id, name=server.name, action=action, needs=needs)


def _needs(decision: Decision, action: MakeServer, dhcp: LateDhcp) -> set[str]:
    case, server, nics = decision.case, action.server, action.server.port_ids
    needs = {item(*action.boot_disk, "verify")}
    needs |= {item(Kind.PORT, port_id) for port_id in nics}
    # A guest that requests an address before DHCP answers starts without a network.
    needs |= {step for port_id in nics for step in dhcp.steps_of(case.ports[port_id].network_id)}
    trunks = (case.trunks_by_port.get(port_id) for port_id in nics)
    needs |= {item(Kind.TRUNK, trunk_id) for trunk_id in trunks if trunk_id and decision.moves(Kind.TRUNK, trunk_id)}
    if server.key_name:
        needs.add(item(Kind.KEYPAIR, server.key_name))
    if action.server_group_id:
        needs.add(item(Kind.SERVER_GROUP, action.server_group_id))
    return needs


def _key(decision: Decision, server: Server) -> str | None:
    key = server.key_name
    return key if key and decision.moves(Kind.KEYPAIR, key) and key in decision.case.keypairs else None


def _as_the_target_can(case: Case, server: Server) -> Server:
    """The server without features that the target's Nova (DCP-619) or provider (DCP-893) lacks: its step would fail."""
    facts, profile = case.target.facts, profile_of(case.policy.profile, case.target.identity)
    return replace(
        server,
        config_drive=server.config_drive and not (profile and profile.no_config_drive),
        description=server.description if speaks(facts, "compute", SERVER_DESCRIPTION) else "",
        tags=server.tags if speaks(facts, "compute", SERVER_TAGS) else (),
    )


def _attachments(decision: Decision, server: Server) -> Iterator[Step]:
    """The attachments in order: each depends on the one before, so that the guest finds its disks in the same order."""
    case, item_id = decision.case, item(Kind.SERVER, server.id)
    boot = boot_volume(case, server) if boots_from_volume(server) else None
    can_delete = speaks(case.target.facts, "compute", DELETE_ON_TERMINATION)
    before = item_id
    for volume_id in volumes_of(case, server):
        if volume_id == boot or volume_id not in case.volumes or not decision.moves(Kind.VOLUME, volume_id):
            continue
        attachment = _attachment(server, case.volumes[volume_id])
        step_id = f"{item_id}:attach-{volume_id}"
        yield Step.for_action(
            step_id=step_id,
            name=server.name,
            action=AttachVolume(
                server_id=server.id,
                volume_id=volume_id,
                delete_on_termination=attachment.delete_on_termination and can_delete,
                shared=len(case.volumes[volume_id].attachments) > 1 or UNSET,
            ),
            needs=tuple(sorted({item_id, before, item(Kind.VOLUME, volume_id, "verify")})),
        )
        before = step_id


def _is_deleted(case: Case, server: Server, volume_id: str) -> bool:
    return _attachment(server, case.volumes[volume_id]).delete_on_termination


def _attachment(server: Server, volume: Volume) -> Attachment:
    both = (*server.attachments, *volume.attachments)
    return next(a for a in both if (a.server_id, a.volume_id) == (server.id, volume.id))
