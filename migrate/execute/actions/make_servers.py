"""Actions on key pairs, server groups and servers: stop at the source, create at the target, attach volumes
in order.
"""

from functools import partial

from migrate.clouds.ports import NewServer
from migrate.errors import ConflictError, EndedInState, HookFailed, NotFound, Refused, TransientError, WindowClosed
from migrate.execute.actions.run_hooks import run_before_stop
from migrate.execute.actions.server_user_data import given_user_data
from migrate.execute.consistency import (
    require_current,
    require_same_stop_verified,
    reset_earlier_captures,
    reset_restore,
    stop_undone,
)
from migrate.execute.job import Job
from migrate.execute.stop_turns import not_stopped, note_asked, note_running
from migrate.ledger.ledger import Ledger
from migrate.ledger.ledger_records import Cut
from migrate.ledger.wave_notes import end_rollback, note_cut
from migrate.messages import codes
from migrate.model import MARK_KEY, Kind, Role, Volume, mark_of
from migrate.model.steps import AttachVolume, ImportKeypair, LastPass, MakeServer, MakeServerGroup, StopServer
from migrate.plan.waves import waves_of
from migrate.policy.selectors import item
from migrate.units import iso, utc_now

SHARED_TRIES = 3
"""Attempts to attach a shared volume, which another server's attachment may delay."""

_SETTLED, _SETTLED_AT = "settled", ("available", "in-use")


def import_keypair(job: Job, action: ImportKeypair) -> None:
    """Imports a key pair. It carries no mark: its name is its key, and its content decides between adoption and
    conflict.
    """
    want = action.keypair
    there = {k.name: k for k in job.target.compute.keypairs()}.get(want.name)
    if there is None:
        job.check_running()
        job.target.compute.create_keypair(want)
    elif _key_material(there.public_key) != _key_material(want.public_key):
        raise ConflictError(codes.NAME_TAKEN, kind=Kind.KEYPAIR.value, name=want.name)
    job.record("target", Kind.KEYPAIR, Role.MOVED, source_id=want.name, resource_id=want.name, name=want.name)


def _key_material(public_key: str) -> tuple[str, ...]:
    """Algorithm and key, without the comment that clouds may drop."""
    return tuple(public_key.split()[:2])


def make_server_group(job: Job, action: MakeServerGroup) -> None:
    """Creates a server group. It carries no mark: name and policy are its key, unless it already belongs to another
    group.

    Two groups of the source may share a name, and two runners may then find the same free one; the ledger has a unique
    row for each resource at the target, so that the slower runner searches again.
    """
    want = action.want

    def free() -> list[str]:
        groups = job.target.compute.server_groups()
        others = {
            e.resource_id
            for e in job.ctx.ledger.effects(side="target")
            if e.kind is Kind.SERVER_GROUP and e.source_id != want.id
        }
        return [g.id for g in groups if (g.name, g.policy) == (want.name, want.policy) and g.id not in others]

    while True:
        made = job.make(
            "target",
            Kind.SERVER_GROUP,
            job.mark(Role.MOVED, want.id),
            source_id=want.id,
            name=want.name,
            find=free,
            create=lambda: job.target.compute.create_server_group(want),
        )
        if job.claim is None or made in job.known("target", Kind.SERVER_GROUP, Role.MOVED, want.id):
            return


# ---------------------------------------------------------------- servers


def not_up_yet(ledger: Ledger, server_id: str) -> None:
    """Reopens what follows once a server is up: it or one of its disks is replaced, so earlier results do not count."""
    ledger.reopen(item(Kind.SERVER, server_id, "health"))
    # Even if a change of the plan has made it pending: that its programs have succeeded must be forgotten.
    ledger.start_over([item(Kind.SERVER, server_id, "after-up")])


def stop_server(job: Job, action: StopServer) -> None:
    """Requests a clean shutdown at the source and waits for it. SourceGuard requires an approval."""
    compute = job.source.compute
    status = compute.server(action.server_id).status
    if status == "SHUTOFF":
        # Its owner stopped it: there is no cut of ours, and it is moved as it is.
        end_rollback(job.ctx.ledger, job.step.id, iso(utc_now()))
        _reset_earlier_passes(job, action.server_id)
        return
    if status != "ACTIVE":
        # Paused, suspended, in rescue: these cannot shut down cleanly.
        raise ConflictError(codes.SOURCE_CHANGED, item=job.step.id, what=f"status: ACTIVE -> {status}")
    stop_undone(job, action.server_id)
    job.check_running()
    note_running(job.ctx.ledger, job.step.id)
    try:
        job.ctx.require_open(job.step)
        run_before_stop(job, action)
        job.ctx.require_open(job.step)
    except (HookFailed, WindowClosed):
        not_stopped(job.ctx.ledger, job.step.id)
        raise
    job.check_running()
    _note_cut(job, action)
    # Again: what was read meanwhile may have taken longer than the lease.
    job.check_running()
    compute.stop(action.server_id)
    job.wait_for(lambda: compute.server(action.server_id), lambda s: s.status.lower(), "shutoff")
    _reset_earlier_passes(job, action.server_id)


def _reset_earlier_passes(job: Job, server_id: str) -> None:
    """The server is off: passes over its disks and its wave's containers from before this stop do not count."""
    reset_earlier_captures(job, server_id)
    for step in job.ctx.plan.steps if job.claim else ():
        if isinstance(step.action, LastPass) and server_id in step.action.servers:
            job.ctx.ledger.reopen(step.id)


def _note_cut(job: Job, action: StopServer) -> None:
    """Records the stop just before its request: a rollback starts the server again only if nobody else did."""
    actions = job.source.compute.actions(action.server_id)
    waves = waves_of(job.ctx.plan.steps, job.ctx.plan.waves)
    wave = waves.all[waves.by_step[job.step.id]].name
    asked_at = note_asked(job.ctx.ledger, job.step.id)
    cut = Cut(server_id=action.server_id, name=job.step.name, wave=wave, asked_at=asked_at, actions=actions)
    note_cut(job.ctx.ledger, job.step.id, cut)


def make_server(job: Job, action: MakeServer) -> None:
    server, compute = action.server, job.target.compute
    new = wanted_server(job, action)
    mark = job.mark(Role.MOVED, server.id)

    def create() -> str:
        disk = "{}:{}".format(*action.boot_disk)
        if new.boot_volume_id:
            _volume_there(job, disk, new.boot_volume_id)
        require_same_stop_verified(job, disk)
        require_current(job, server.id, server.name)
        not_up_yet(job.ctx.ledger, server.id)
        job.check_running()
        return compute.create_server(new)

    server_id = job.make(
        "target",
        Kind.SERVER,
        mark,
        source_id=server.id,
        name=server.name,
        find=lambda: [s.id for s in compute.servers() if mark_of(s) == mark],
        create=create,
    )
    wait_until_made(job, server_id, server.flavor.disk_gib)


def wait_until_made(job: Job, server_id: str, size_gib: int) -> None:
    """Waits for a new server; one stopped meanwhile by its owner was created all the same."""
    job.wait_for(
        lambda: job.target.compute.server(server_id),
        lambda s: "active" if s.status in {"ACTIVE", "SHUTOFF"} else s.status.lower(),
        "active",
        size_gib=size_gib,
    )


def wanted_server(job: Job, action: MakeServer) -> NewServer:
    """The server to create, from its own image or its boot volume; ids are the target's."""
    server, boot, group = action.server, action.boot_volume_id, action.server_group_id
    return NewServer(
        name=job.named(server.name),
        flavor_id=action.flavor_id,
        image_id=None if boot else job.target_id(Kind.IMAGE, server.id),
        boot_volume_id=job.target_id(Kind.VOLUME, boot) if boot else None,
        boot_volume_delete=action.boot_volume_delete,
        port_ids=tuple(job.target_id(Kind.PORT, port) for port in server.port_ids),
        server_group_id=job.target_id(Kind.SERVER_GROUP, group) if group else None,
        key_name=server.key_name,
        availability_zone=action.availability_zone,
        description=server.description,
        metadata={**server.metadata, MARK_KEY: str(job.mark(Role.MOVED, server.id))},
        tags=server.tags,
        config_drive=server.config_drive,
        user_data=given_user_data(job, action),
    )


def attach_volume(job: Job, action: AttachVolume) -> None:
    """Attaches a volume. An attachment carries no mark: server and volume are its key. Other attachments must be ours
    too.
    """
    server_id = job.target_id(Kind.SERVER, action.server_id)
    volume_id = job.target_id(Kind.VOLUME, action.volume_id)
    block = job.target.block
    for left in reversed(range(SHARED_TRIES if action.shared else 1)):
        # A shared volume may be busy with another server's attachment, and accepts no further one until that ends.
        read = partial(_volume_there, job, f"volume:{action.volume_id}", volume_id)
        now = job.wait_for(read, _settled, _SETTLED) if action.shared else read()
        holders = {a.server_id for a in now.attachments}
        if strangers := holders - {server_id} - _sharers(job, action):
            raise ConflictError(codes.VOLUME_ATTACHED_ELSEWHERE, volume=volume_id, server=", ".join(sorted(strangers)))
        if server_id in holders or now.status not in (_SETTLED_AT if action.shared else ("available",)):
            break
        job.check_running()
        require_same_stop_verified(job, f"volume:{action.volume_id}")
        require_current(job, action.server_id, job.step.name)
        not_up_yet(job.ctx.ledger, action.server_id)
        job.check_running()
        try:
            job.target.compute.attach(server_id, volume_id, delete_on_termination=action.delete_on_termination)
            break
        except Refused:
            # Another attempt may have been first, or another server's: the volume's state decides.
            if server_id not in {a.server_id for a in block.volume(volume_id).attachments} and not left:
                raise
    job.wait_for(lambda: block.volume(volume_id), partial(status_for, server_id), "in-use")
    holders = {a.server_id for a in block.volume(volume_id).attachments}
    if server_id not in holders or holders - {server_id} - _sharers(job, action):
        raise EndedInState(codes.ENDED_IN_STATE, item=job.step.id, status="attached elsewhere")


def _volume_there(job: Job, disk: str, volume_id: str) -> Volume:
    """The volume's current record. Raises TransientError DCP-514 if it is gone, maybe with a replaced server: restored
    again.
    """
    try:
        return job.target.block.volume(volume_id)
    except NotFound as err:
        job.check_running()
        job.ctx.ledger.effect_removed("target", Kind.VOLUME, volume_id)
        reset_restore(job.ctx.ledger, disk)
        raise TransientError(codes.RESTORED_IS_GONE, item=job.step.id) from err


def _settled(volume: Volume) -> str:
    return _SETTLED if volume.status in _SETTLED_AT else volume.status


def status_for(server_id: str, volume: Volume) -> str:
    """The volume's status for this server: `attaching` while only another server uses it."""
    held = any(a.server_id == server_id for a in volume.attachments)
    return "attaching" if volume.status == "in-use" and not held else volume.status


def _sharers(job: Job, action: AttachVolume) -> set[str]:
    """Existing target servers that share the volume according to the plan."""
    if not action.shared:
        return set()
    others = {
        step.action.server_id
        for step in job.ctx.plan.steps
        if isinstance(step.action, AttachVolume) and step.action.volume_id == action.volume_id
    }
    made = (job.ctx.ledger.target_id(Kind.SERVER, other) for other in others - {action.server_id})
    return {target_id for target_id in made if target_id}
