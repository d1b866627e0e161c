"""Chooses a disk's valid pass in the store, and handles damage.

Damaged data is never used or guessed at. While the disk exists at the source, all its passes are set aside and it is
captured again; if it is gone, nothing changes, and the error names the damage.
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
    """The valid sealed manifest, for a capture: None if the disk must be read.

    Raises: ConfigError, IntegrityError: it is damaged, and the source is gone.
    """
    try:
        return job.sealed_pass(disk)
    except (ConfigError, IntegrityError) as err:
        _set_aside(job, disk, err)
        return None


def require_sealed(job: Job, disk: str) -> DiskManifest:
    """The disk's sealed manifest; an unfinished copy is never restored.

    Raises TransientError DCP-512 if there is none (a lost store, a damaged pass): then its capture runs again, if the
    source exists.
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
    """Wraps code that reads the disk's segments.

    Raises TransientError DCP-512 if one is damaged, like `require_sealed`.
    """
    try:
        yield
    except DamagedSegment as err:
        _set_aside(job, disk, err)
        job.reopen_needs()
        raise TransientError(codes.COPY_INCOMPLETE, disk=disk) from err


@contextmanager
def retry_damaged_read() -> Iterator[None]:
    """Wraps code that reads a disk at the source. Raises BodyMismatch DCP-422 if stored data turned out wrong.

    A reused chunk is damaged, or the received bytes differ from the source's. The store has already dropped or marked
    them, so that the next attempt reads just those.
    """
    try:
        yield
    except (DamagedSegment, OtherFile) as err:
        raise BodyMismatch(err.code, what=err.facts["what"]) from err


def _set_aside(job: Job, disk: str, err: ConfigError | IntegrityError) -> None:
    """Sets the disk's passes aside. Raises `err` if the disk cannot be read again, or if it is not damage."""
    job.check_running()
    # A manifest of another version is not damaged: a newer Decamp reads it.
    if job.ctx.source is None or not isinstance(err, IntegrityError) or not is_at_source(job.ctx.source, disk):
        raise err
    log.warning("set aside disk=%s code=%s facts=%s", disk, err.code, err.facts)
    job.ctx.store.set_aside(disk, check_running=job.check_claim, go_on=job.ctx.stop.check)


def is_at_source(source: Cloud, disk: str) -> bool:
    """Whether the disk exists at the source. If its owner deleted it, a damaged copy may be the last one.

    Raises AccessError, TransientError: unknown.
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
