"""Removes temporary resources: reads the mark again, deletes, then updates the ledger."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from migrate.clouds.ports import Cloud
from migrate.errors import ConflictError, NotFound, TransientError
from migrate.execute.attached.attached_volumes import detach_from_worker
from migrate.execute.job import DISK_WAIT_S, WAIT_PER_GIB_S, Context, Job
from migrate.messages import codes
from migrate.model import Kind, Mark, Role, mark_of
from migrate.polling import StillWaiting, poll


def read_back(cloud: Cloud, kind: Kind, resource_id: str) -> Any:
    """The resource's current record. Raises NotFound."""
    match kind:
        case Kind.VOLUME:
            return cloud.block.volume(resource_id)
        case Kind.SNAPSHOT:
            return cloud.block.snapshot(resource_id)
        case _:
            return cloud.images.image(resource_id)


def delete(cloud: Cloud, kind: Kind, resource_id: str) -> None:
    match kind:
        case Kind.VOLUME:
            cloud.block.delete_volume(resource_id)
        case Kind.SNAPSHOT:
            cloud.block.delete_snapshot(resource_id)
        case _:
            cloud.images.delete(resource_id)


def remove_marked(
    ctx: Context,
    cloud: Cloud,
    side: str,
    kind: Kind,
    resource_id: str,
    mark: Mark,
    *,
    check_running: Callable[[], None] = lambda: None,
) -> None:
    """Deletes one resource that carries exactly `mark`, waits until it is gone, and records that.

    Cinder refuses to delete busy resources: waits for those first, and does not repeat a deletion in progress.

    Args:    check_running: called just before the deletion, possibly long after the call.
    Raises:  ConflictError DCP-508: the current mark differs, so the resource is not ours to remove.  TransientError
             DCP-511: it is still busy, or still exists, after the time that its size allows.
    """
    try:
        thing = _wait_until(ctx, cloud, kind, resource_id, _is_settled)
        # An image created from a volume cannot carry a mark from its creation: its name is the mark.
        if mark_of(thing) != mark and thing.name != str(mark):
            raise ConflictError(codes.MARK_MISSING, kind=kind.value, id=resource_id)
        if kind is Kind.VOLUME:
            detach_from_worker(ctx, cloud, side, resource_id, check_running=check_running)
        if thing.status != _DELETING:
            check_running()
            ctx.permits.confirm(resource_id)
            delete(cloud, kind, resource_id)
        # Only NotFound means success; after a failed deletion the next attempt tries again.
        _wait_until(ctx, cloud, kind, resource_id, _is_stuck)
        raise TransientError(codes.BROKE_OFF, item=f"{kind.value} {resource_id}")
    except NotFound:
        pass
    finally:
        ctx.permits.withdraw(resource_id)
    ctx.ledger.effect_removed(side, kind, resource_id)


def _is_settled(kind: Kind, status: str) -> bool:
    """Whether the resource can be deleted, is being deleted, or is attached. Images always can."""
    return kind is Kind.IMAGE or status in {"available", "in-use", _DELETING} or status.startswith("error")


def _is_stuck(kind: Kind, status: str) -> bool:
    return kind is not Kind.IMAGE and status.startswith("error")


def _wait_until(ctx: Context, cloud: Cloud, kind: Kind, resource_id: str, fits: Callable[[Kind, str], bool]) -> Any:
    """The resource once its status fits. Raises NotFound, and TransientError DCP-511 after too long."""
    try:
        return poll(
            lambda: read_back(cloud, kind, resource_id),
            lambda thing: fits(kind, thing.status),
            limit_s=lambda thing: DISK_WAIT_S + getattr(thing, "size_gib", 0) * WAIT_PER_GIB_S,
            stop=ctx.stop,
            first_s=ctx.poll_s / 2,
        )
    except StillWaiting as err:
        item, seconds = f"{kind.value} {resource_id}", round(err.waited_s)
        raise TransientError(codes.STILL_IN_STATE, item=item, status=err.last.status, seconds=seconds) from err


def remove_temporaries(job: Job, side: str, source_id: str) -> None:
    """Removes all temporaries of one source resource on one side: image, then clone, then snapshot.

    At the source also those that a killed attempt has not recorded: nobody finds a clone any more whose snapshot is
    gone. They are looked for only after an earlier attempt, as the listings take time while a server may be down.
    """
    mark = job.mark(Role.TEMPORARY, source_id)
    if side == "source" and job.claim is not None and _was_tried_before(job, source_id):
        for kind, resource_id in _carrying(job.source, mark):
            job.record(side, kind, Role.TEMPORARY, source_id=source_id, resource_id=resource_id)
    mine = [one for one in job.temporaries(side, source_id) if one[0] in _ORDER]
    for kind, resource_id in sorted(mine, key=lambda one: _ORDER.index(one[0])):
        job.check_running()
        with suppress(NotFound):
            remove_marked(job.ctx, job.cloud(side), side, kind, resource_id, mark, check_running=job.check_running)


def _was_tried_before(job: Job, source_id: str) -> bool:
    """Whether any step has tried more than once to read this resource."""
    tried = (row for step_id, row in job.ctx.ledger.states().items() if step_id.split(":")[1:2] == [source_id])
    return any(row.attempts > 1 for row in tried)


def _carrying(cloud: Cloud, mark: Mark) -> list[tuple[Kind, str]]:
    """What carries the mark and is named like it: a customer's copy of it may have inherited the mark, not the name."""
    found: list[tuple[Kind, Any]] = [
        *((Kind.IMAGE, one) for one in cloud.images.images()),
        *((Kind.VOLUME, one) for one in cloud.block.volumes()),
        *((Kind.SNAPSHOT, one) for one in cloud.block.snapshots()),
    ]
    return [(kind, one.id) for kind, one in found if mark_of(one) == mark and one.name == str(mark)]


_DELETING = "deleting"
_ORDER = (Kind.IMAGE, Kind.VOLUME, Kind.SNAPSHOT)
