"""Records in which stop of its server a disk was captured: disks are consistent if they share the stop.

A server that is stopped now may have run since the capture of another of its disks, without Decamp noticing. So each
capture stores the id of the stop: the cloud's own id of the last action on the server, which changes with each start
and stop. For clouds without it, the ledger keeps our own id, and drops it when a run sees the server running.
"""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from migrate.disks.store.manifest import Origin
from migrate.errors import ConfigError, ConflictError, IntegrityError, NotFound, TransientError
from migrate.execute.job import Job
from migrate.findings.inputs import MEMORY_STATES
from migrate.ledger.ledger import Ledger
from migrate.messages import codes
from migrate.model import Kind
from migrate.model.steps import Action, CaptureServer, CaptureVolume, Plan, Step
from migrate.monitor import log
from migrate.plan.waves import holder_of
from migrate.policy.policy_records import TWIN
from migrate.policy.selectors import item, start_of
from migrate.verify.kept_proofs import disk_item, read_proofs

STOPPED, CRASH_CONSISTENT, AT_REST = "stopped", "crash-consistent", "at rest"


@dataclass(frozen=True)
class Moment:
    """The consistency of a server's disks if captured now; `stop`: the id of the stop, if it is stopped."""

    consistency: str
    stop: str = ""


# ---------------------------------------------------------------- the server's current state


def moment_now(job: Job, server_id: str | None) -> Moment:
    """The current moment. Raises ConflictError DCP-505 if a required stop has been undone.

    A paused or suspended server has not flushed its buffers: its disks are as after a power cut.
    """
    moment, status = _moment(job, server_id)
    # The only dependency of a capture is its server's stop.
    if job.step.needs and moment.consistency == CRASH_CONSISTENT:
        job.check_running()
        raise ConflictError(codes.SOURCE_CHANGED, item=job.step.id, what=f"status: SHUTOFF -> {status}")
    return moment


def moment_of_shared_disk(job: Job, server_id: str | None, others: tuple[str, ...]) -> Moment:
    """Like `moment_now`, for a shared disk: at rest only while all its servers are stopped."""
    moment = moment_now(job, server_id)
    if any(moment_now(job, other).consistency != STOPPED for other in others):
        return Moment(CRASH_CONSISTENT)
    return moment


def require_no_start(job: Job, server_id: str | None, before: Moment, others: tuple[str, ...] = ()) -> None:
    """Checks after a capture that no server was started meanwhile. Raises TransientError, ConflictError."""
    if before.consistency == STOPPED and moment_of_shared_disk(job, server_id, others) != before:
        raise TransientError(codes.STOPS_DIFFER, server=server_id or "")


def stop_undone(job: Job, server_id: str) -> None:
    """Records that the server was seen running, so that the next stop gets a new id."""
    if job.claim is not None:
        job.ctx.ledger.forget(_key(server_id))


def _moment(job: Job, server_id: str | None) -> tuple[Moment, str]:
    if server_id is None:
        return Moment(AT_REST), ""
    status = job.source.compute.server(server_id).status
    if status == "SHUTOFF":
        return Moment(STOPPED, _stop_id(job, server_id)), status
    stop_undone(job, server_id)
    return Moment(CRASH_CONSISTENT), status


def _stop_id(job: Job, server_id: str) -> str:
    told = job.source.compute.last_action(server_id)
    if told or job.claim is None:
        return told
    return job.ctx.ledger.remember(_key(server_id), f"own-{uuid.uuid4().hex}")


def _key(server_id: str) -> str:
    return f"stop:{server_id}"


# ---------------------------------------------------------------- disks of a server


def disk_of(action: Action) -> str:
    """The disk captured by an action, as named in manifests; empty for any other action."""
    match action:
        case CaptureServer(server=server):
            return f"{Kind.SERVER.value}:{server.id}"
        case CaptureVolume(volume=volume):
            return f"{Kind.VOLUME.value}:{volume.id}"
    return ""


def captures_of(plan: Plan, server_id: str) -> list[Step]:
    return [step for step in plan.steps if holder_of(step.action) == server_id]


def is_valid_for_stop(job: Job, disk: str, origin: Origin, server_id: str | None) -> bool:
    """Whether a sealed pass shows the disk in the required stop.

    Once all disks of one stop are captured, the owner may start the server: they stay valid while it runs. After
    another stop it is captured again.
    """
    if server_id is None:
        return not job.step.needs
    if job.ctx.source is None:
        return origin.consistency == STOPPED or not job.step.needs
    try:
        now, _ = _moment(job, server_id)
    except NotFound:
        return True
    if origin.consistency != STOPPED:
        return now.consistency != STOPPED and not job.step.needs
    if now.consistency == STOPPED:
        return origin.stop == now.stop
    others = [found for other, found in _origins(job, server_id) if other != disk]
    if all(found is not None and _moment_of(found) == _moment_of(origin) for found in others):
        return True
    # It runs again. The sealed pass stays valid if no disk was captured in another stop.
    return not job.step.needs or all(found is None or found.stop == origin.stop for found in others)


def captured_otherwise(job: Job, disk: str, server_id: str | None) -> Iterator[tuple[str, Origin]]:
    """The other disks of the server that have a valid pass, and its origin. Reads only the store."""
    found = _origins(job, server_id) if server_id else iter(())
    return ((other, origin) for other, origin in found if origin is not None and other != disk)


def reset_captures_of_other_stops(job: Job, disk: str, server_id: str | None) -> None:
    """Resets the captures of a server's other disks if they are from an earlier stop."""
    mine = _origin(job, disk)
    if server_id is None or mine is None or mine.consistency != STOPPED:
        return
    stale = [other for other, found in _origins(job, server_id) if found and found.stop != mine.stop]
    if stale and _moment(job, server_id)[0] == _moment_of(mine):
        for other in stale:
            reset_capture(job.ctx.ledger, other)


def reset_capture(ledger: Ledger, disk: str) -> None:
    """Reopens all steps of the disk: each finds its existing result, and the proof shows whether it is still valid."""
    ledger.reopen(f"{disk}:capture")
    reset_restore(ledger, disk)


def reset_restore(ledger: Ledger, disk: str) -> None:
    for part in ("restore", "image", "verify"):
        ledger.reopen(f"{disk}:{part}")


def require_same_stop(job: Job, disk: str) -> None:
    """Before a restore: requires all disks of the server to be captured in one stop. Does nothing if no stop was
    required.

    Raises TransientError DCP-515: they are from several stops, and are checked again first. (A capture that was already
    in progress may have missed a later stop.)  ConflictError: the same, if the source is gone.
    """
    server_id = _held_behind_a_stop(job.ctx.plan, disk)
    if server_id is None:
        return
    found = list(_origins(job, server_id))
    stops = {origin.stop for _, origin in found if origin is not None and origin.consistency == STOPPED}
    if len(stops) < 2:
        return
    if job.ctx.source is None:
        job.check_running()
        raise ConflictError(codes.STOPS_DIFFER, server=server_id)
    _reset_captures(job, server_id)


def require_same_stop_verified(job: Job, disk: str) -> None:
    """Before a server gets the disk. Also raises TransientError DCP-512 if the disk was captured again.

    A proof of the earlier pass may have been in progress meanwhile.
    """
    require_same_stop(job, disk)
    kind, _, source_id = disk.partition(":")
    proof = read_proofs(job.ctx.evidence_dir).get(disk_item(Kind(kind), source_id))
    manifest = job.ctx.store.manifest(disk)
    if proof and manifest and proof.tree_digest != manifest.tree_digest:
        job.check_running()
        reset_restore(job.ctx.ledger, disk)
        raise TransientError(codes.COPY_INCOMPLETE, disk=disk)


def require_current(job: Job, server_id: str, name: str) -> None:
    """Before a server is created at the target, or gets a volume: the original must not have run since, except for a
    twin.

    If it is stopped again now, its disks are captured again. Without a source this is unknown. Raises ConflictError
    DCP-527: it runs, and was captured while running; DCP-525: it runs again since its stop, unless the policy accepts
    an older copy; TransientError DCP-515: it is captured again.
    """
    twin = start_of(job.ctx.policy, item(Kind.SERVER, server_id), name) == TWIN
    # A shared volume depends on other servers' stops too, so it is left out.
    own = (disk_of(s.action) for s in captures_of(job.ctx.plan, server_id) if not getattr(s.action, "others", None))
    captured = [found for disk in own if (found := _origin(job, disk)) and found.consistency != AT_REST]
    if job.ctx.source is None or twin or not captured:
        return
    try:
        now, status = _moment(job, server_id)
    except NotFound:
        return
    if now.consistency == STOPPED:
        if any(_moment_of(found) != now for found in captured):
            _reset_captures(job, server_id)
        return
    taken = min(found.taken_at for found in captured)
    if any(found.consistency == CRASH_CONSISTENT for found in captured):
        # A paused or suspended server has not run since; moving it without its memory was accepted.
        if status not in MEMORY_STATES:
            raise ConflictError(codes.CAPTURED_WHILE_RUNNING, server=server_id, taken_at=taken, status=status)
        return
    if job.ctx.policy.stale != "accept":
        raise ConflictError(codes.RAN_SINCE_STOP, server=server_id, taken_at=taken, status=status)
    log.warning("stale copy accepted step=%s taken_at=%s status=%s", job.step.id, taken, status)
    job.ctx.monitor.note(f"{job.step.id}: made of disks of {taken}, the server has run at the source since")


def _reset_captures(job: Job, server_id: str) -> None:
    job.check_running()
    for disk, _ in _origins(job, server_id):
        reset_capture(job.ctx.ledger, disk)
    raise TransientError(codes.STOPS_DIFFER, server=server_id)


def reset_earlier_captures(job: Job, server_id: str) -> None:
    """Resets captures from before the server's latest stop."""
    now, _ = _moment(job, server_id)
    for disk, found in _origins(job, server_id):
        if found and _moment_of(found) != now:
            reset_capture(job.ctx.ledger, disk)


def _held_behind_a_stop(plan: Plan, disk: str) -> str | None:
    return next((holder_of(s.action) for s in plan.steps if s.needs and disk and disk_of(s.action) == disk), None)


def _origins(job: Job, server_id: str) -> Iterator[tuple[str, Origin | None]]:
    for step in captures_of(job.ctx.plan, server_id):
        disk = disk_of(step.action)
        yield disk, _origin(job, disk)


def _origin(job: Job, disk: str) -> Origin | None:
    """The origin of the valid pass; None if it is damaged, which the capture handles."""
    try:
        manifest = job.ctx.store.manifest(disk)
    except (ConfigError, IntegrityError):
        return None
    return manifest.origin if manifest else None


def _moment_of(origin: Origin) -> Moment:
    return Moment(origin.consistency, origin.stop)
