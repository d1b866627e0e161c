"""Containers: the source's listing is recorded as evidence, then every object is copied straight to the target."""

from migrate.errors import NotFound
from migrate.execute.context import Job
from migrate.execute.provenance import Recordings
from migrate.model import MARK_KEY, Kind, Role, name_id
from migrate.monitor import log
from migrate.plan.steps import CopyContainer
from migrate.transfer.objects import copy_container
from migrate.verify.objects import listing_path, record_listing


def copy(job: Job, action: CopyContainer) -> None:
    """Safe to repeat: what both listings show alike is not sent again, and nobody else's object is written over.

    The recording comes first: what it holds and the copy misses is a difference that verify will name, and it is the
    only witness once the source is gone.
    """
    mark = job.mark(Role.MOVED, name_id(action.name))
    try:
        job.source.objects.container(action.name)
    except NotFound as err:
        raise NotFound("DCP-404", kind=Kind.CONTAINER.value, id=action.name) from err
    job.alive()
    listing = listing_path(job.ctx.evidence_dir, action.name)
    provenance = Recordings(listing)
    provenance.keep_earlier()
    record_listing(job.source.objects, action.name, listing, stop=job.ctx.stop)
    headers = {key: value for key, value in action.headers.items() if MARK_KEY not in key}
    stats = copy_container(
        job.source.objects,
        job.target.objects,
        action.name,
        headers,
        str(mark),
        alive=job.still_mine,
        monitor=job.ctx.monitor,
        step_id=job.step.id,
        stop=job.ctx.stop,
        workers=job.ctx.policy.limits.reads,
        provenance=provenance,
    )
    job.still_mine()
    provenance.forget_earlier()
    if stats.gone:
        log.warning("gone step=%s objects=%d", job.step.id, stats.gone)
    job.objects, job.moved_bytes = stats.objects, stats.bytes
    job.record(
        "target",
        Kind.CONTAINER,
        Role.MOVED,
        source_id=action.name,
        resource_id=action.name,
        name=action.name,
    )
