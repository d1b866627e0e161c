"""Passes in the store: which one counts, and what happens to one that is damaged.

Damage is never used and never mended by guessing. While the disk is at the source every pass over it is set aside and
it is captured again; where it, or its cloud, is gone nothing is touched, and the error says what is damaged.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from migrate.clouds.ports import Cloud
from migrate.disks.copy.capture_disk import OtherFile
from migrate.disks.store.disk_store import DamagedSegment
from migrate.disks.store.manifest import DiskManifest
from migrate.errors import BodyMismatch, ConfigError, IntegrityError, ItemError, NotFound, TransientError
from migrate.execute.actions.remove_temporaries import read_back
from migrate.execute.job import Job
from migrate.messages import codes
from migrate.model import Kind
from migrate.monitor import log


def current_capture(job: Job, disk: str) -> DiskManifest | None:
    """The sealed manifest that counts, for a capture: None when the disk is to be read.

    Raises: ConfigError, IntegrityError: it is damaged, and the source is not there.
    """
    try:
        return job.ctx.store.manifest(disk)
    except (ConfigError, IntegrityError) as err:
        _set_aside(job, disk, err)
        return None


def require_sealed(job: Job, disk: str) -> DiskManifest:
    """The disk's sealed manifest: half a copy is never restored.

    Raises TransientError DCP-512 when there is none (a lost store, a damaged pass): its capture is done again, source
    permitting.
    """
    manifest = current_capture(job, disk)
    if manifest is None:
        job.check_running()
        if job.ctx.source is None:
            raise ItemError(codes.COPY_INCOMPLETE, disk=disk)
        job.reopen_needs()
        raise TransientError(codes.COPY_INCOMPLETE, disk=disk)
    return manifest


@contextmanager
def recapture_if_damaged(job: Job, disk: str) -> Iterator[None]:
    """Around whatever reads the disk's segments.

    Raises TransientError DCP-512 when one is damaged: as `require_sealed`.
    """
    try:
        yield
    except DamagedSegment as err:
        _set_aside(job, disk, err)
        job.reopen_needs()
        raise TransientError(codes.COPY_INCOMPLETE, disk=disk) from err


@contextmanager
def retry_damaged_read() -> Iterator[None]:
    """Around whatever reads a disk at the source. Raises BodyMismatch DCP-422: what was stored of it is not to be used.

    A chunk that the pass relied on is damaged since, or other bytes came than the source has: the store has dropped or
    marked them by then, so that the next attempt finds them missing and reads just those.
    """
    try:
        yield
    except (DamagedSegment, OtherFile) as err:
        raise BodyMismatch(err.code, what=err.facts["what"]) from err


def _set_aside(job: Job, disk: str, err: ConfigError | IntegrityError) -> None:
    """Raises `err` when the disk is no longer there to be read again, or when it is no damage."""
    job.check_running()
    # A manifest of another version is no damage: a newer Decamp reads it.
    if job.ctx.source is None or not isinstance(err, IntegrityError) or not _is_at_source(job.ctx.source, disk):
        raise err
    log.warning("set aside disk=%s code=%s facts=%s", disk, err.code, err.facts)
    job.ctx.store.set_aside(disk, check_running=job.check_claim, go_on=job.ctx.stop.check)


def _is_at_source(source: Cloud, disk: str) -> bool:
    """A damaged copy of what its owner has deleted since may be all that is left of it.

    Raises AccessError, TransientError: the source does not say.
    """
    kind, _, resource_id = disk.partition(":")
    try:
        match Kind(kind):
            case Kind.SERVER:
                source.compute.server(resource_id)
            case Kind.BACKUP:
                return any(backup.id == resource_id for backup in source.block.backups())
            case of:
                read_back(source, of, resource_id)
    except NotFound:
        return False
    return True
