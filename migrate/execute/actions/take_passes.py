"""Warm passes: a disk is read into the store while its server runs, ahead of the stop.

The pass is sealed under a name of its own (`DiskStore.warm_pass`): no restore, proof or replacement looks at it while
a capture behind a stop is planned. That capture stores only what has changed since.
"""

from migrate.disks.store.manifest import DiskManifest
from migrate.errors import ConfigError, IntegrityError
from migrate.execute.actions.capture_disks import (
    newest_pass,
    read_into_store,
    record_pass,
    require_newer,
    take_at_source,
    to_take,
)
from migrate.execute.actions.remove_temporaries import remove_temporaries
from migrate.execute.consistency import CRASH_CONSISTENT, disk_of, moment_of_shared_disk
from migrate.execute.job import Job
from migrate.ledger.pass_notes import is_asked_beyond, passes_of_disk
from migrate.model.steps import CaptureServer, CaptureVolume, TakePass
from migrate.monitor import log
from migrate.units import GIB, gib_ceil, utc_moment, utc_now


def take_pass(job: Job, action: TakePass) -> None:
    """Takes one pass over the disk, unless there is a new one, or its server no longer runs: then its last pass comes
    next, or has been.
    """
    if job.ctx.source is None:
        # Only the passes of servers that have been stopped may go without it.
        log.info("no pass, no source step=%s", job.step.id)
        return
    capture = action.capture
    disk, source_id, size_bytes = disk_of(capture), _source_id(capture), _size_of(capture)
    if _is_there(job, disk, size_bytes):
        remove_temporaries(job, "source", source_id)
        return
    if _moment(job, capture) != CRASH_CONSISTENT:
        log.info("no pass, not running step=%s", job.step.id)
        return
    taken, before = take_at_source(job, capture), newest_pass(job, disk)
    if taken.consistency != CRASH_CONSISTENT:
        # Its server was stopped meanwhile, and this belongs to the capture.
        return
    if before is None or before.origin.image_id != taken.of.id:
        require_newer(job, taken, before)
    taking = to_take(job, disk, taken, is_warm=True)
    manifest = read_into_store(job, taken, taking, "disk", size_bytes)
    # Before the removal: a pass that is not recorded is found again by its temporaries.
    record_pass(job, manifest, before, taking)
    remove_temporaries(job, "source", source_id)


def _is_there(job: Job, disk: str, size_bytes: int | None) -> bool:
    """Whether the newest pass serves: another one is not asked for, it is fresh, and the store has it."""
    known = passes_of_disk(job.ctx.ledger, disk)
    taken_at = utc_moment(known[-1].taken_at) if known else None
    if taken_at is None or is_asked_beyond(job.ctx.ledger, known[-1]):
        return False
    if (utc_now() - taken_at).total_seconds() >= job.ctx.policy.passes.age_s:
        return False
    sealed = _sealed(job, disk, known[-1].origin_id)
    return sealed is not None and (size_bytes is None or gib_ceil(sealed.size_bytes) * GIB == size_bytes)


def _sealed(job: Job, disk: str, origin_id: str) -> DiskManifest | None:
    try:
        return job.ctx.store.warm_pass(disk, origin_id)
    except (ConfigError, IntegrityError):
        return None


def _moment(job: Job, capture: CaptureVolume | CaptureServer) -> str:
    """The consistency of the disk if it were read now."""
    match capture:
        case CaptureServer(server=server):
            return moment_of_shared_disk(job, server.id, ()).consistency
        case CaptureVolume(server_id=server_id, others=others):
            return moment_of_shared_disk(job, server_id, others or ()).consistency


def _source_id(capture: CaptureVolume | CaptureServer) -> str:
    return capture.server.id if isinstance(capture, CaptureServer) else capture.volume.id


def _size_of(capture: CaptureVolume | CaptureServer) -> int | None:
    """The length that the disk must have; None for a root disk, which may be smaller than its flavor says."""
    return None if isinstance(capture, CaptureServer) else capture.volume.size_gib * GIB
