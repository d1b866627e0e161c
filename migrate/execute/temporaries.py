"""Removing what we made for a while: the mark is read again, the cloud deletes, then the ledger says so."""

from contextlib import suppress
from typing import Any

from migrate.clouds.ports import Cloud
from migrate.errors import ConflictError, NotFound, TransientError
from migrate.execute.context import Context, Job
from migrate.model import Kind, Mark, Role, mark_of


def read_back(cloud: Cloud, kind: Kind, resource_id: str) -> Any:
    """The resource, fresh. Raises NotFound."""
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


def remove_marked(ctx: Context, cloud: Cloud, side: str, kind: Kind, resource_id: str, mark: Mark) -> None:
    """Deletes one resource that carries exactly `mark`, waits until it is gone, and records that.

    Raises ConflictError DCP-508 when the mark read back is another: then it is not ours to remove.
    """
    try:
        thing = read_back(cloud, kind, resource_id)
        # An image made out of a volume takes no mark in its call at the target: there its name is the mark.
        if mark_of(thing) != mark and thing.name != str(mark):
            raise ConflictError("DCP-508", kind=kind.value, id=resource_id)
        ctx.permits.confirm(resource_id)
        delete(cloud, kind, resource_id)
        _wait_gone(ctx, cloud, kind, resource_id)
    except NotFound:
        pass
    finally:
        ctx.permits.withdraw(resource_id)
    ctx.ledger.effect_removed(side, kind, resource_id)


def _wait_gone(ctx: Context, cloud: Cloud, kind: Kind, resource_id: str) -> None:
    """Raises NotFound, which is what we wait for, or TransientError DCP-511: it is still there after two minutes."""
    pause, waited = ctx.poll_s / 2, 0.0
    while waited < 120:
        read_back(cloud, kind, resource_id)
        ctx.stop.check()
        ctx.stop.wait(pause)
        waited += pause
        pause = min(pause * 1.5, 3.0)
    raise TransientError("DCP-511", item=f"{kind.value} {resource_id}", status="deleting", seconds=round(waited))


def remove_temporaries(job: Job, side: str, source_id: str) -> None:
    """Removes every temporary of one source resource on one side: image, then clone, then snapshot."""
    mark = job.mark(Role.TEMPORARY, source_id)
    mine = [
        e
        for e in job.ctx.ledger.effects(side=side)
        if e.role is Role.TEMPORARY and e.source_id == source_id and e.kind in _ORDER
    ]
    for effect in sorted(mine, key=lambda e: _ORDER.index(e.kind)):
        job.alive()
        with suppress(NotFound):
            remove_marked(job.ctx, job.cloud(side), side, effect.kind, effect.resource_id, mark)


_ORDER = (Kind.IMAGE, Kind.VOLUME, Kind.SNAPSHOT)
