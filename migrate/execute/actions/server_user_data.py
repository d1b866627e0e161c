"""User data for a moved server, and its recovery from the old disk."""

from migrate import user_data_files as kept
from migrate.disks.formats.guest_files import MOST_USER_DATA_BYTES, StoredDisk, find_user_data
from migrate.errors import ConfigError, IntegrityError, ItemError, TransientError
from migrate.execute.job import Job
from migrate.model import Server
from migrate.model.steps import MakeServer
from migrate.monitor import log

GIVE = "give"
"""The policy's value to pass user data on; otherwise it is saved, and the server starts without."""


def given_user_data(job: Job, action: MakeServer) -> bytes | None:
    """The user data for the target's server: from the plan, else from its own disk; None for none.

    Oversized user data is only kept in `private/user-data` and reported: the owner must apply it.
    Raises: ConfigError, IntegrityError: the user data in the plan is missing from `private/user-data`.
    """
    if job.ctx.policy.user_data != GIVE:
        return None
    digest = action.user_data or kept.found_on_disk(job.ctx.private_dir, action.server.id)
    content = kept.read(job.ctx.private_dir, digest) if digest else b""
    if len(content) > MOST_USER_DATA_BYTES:
        log.warning("user data too large step=%s bytes=%d", job.step.id, len(content))
        job.ctx.monitor.note(
            f"{job.step.id}: user data of {len(content)} bytes not given, at most {MOST_USER_DATA_BYTES}: {digest}"
        )
        return None
    return content or None


def look_at_root_disk(job: Job, server: Server) -> None:
    """Searches a server's root disk for user data, after its capture."""
    _look(job, f"server:{server.id}", server)


def look_at_boot_volume(job: Job, volume_id: str) -> None:
    """Searches a volume for user data after its capture, if a server of the plan boots from it."""
    for step in job.ctx.plan.steps:
        if isinstance(step.action, MakeServer) and step.action.boot_volume_id == volume_id:
            _look(job, f"volume:{volume_id}", step.action.server)


def _look(job: Job, disk: str, server: Server) -> None:
    """Saves the user data of a server for which none is known. Read errors never fail the capture."""
    private = job.ctx.private_dir
    if server.user_data is not None or kept.found_on_disk(private, server.id) is not None:
        return
    try:
        manifest = job.ctx.store.manifest(disk)
        found = find_user_data(StoredDisk(job.ctx.store, manifest), server.id) if manifest else None
    except (ConfigError, ItemError, IntegrityError, TransientError) as err:
        log.warning("user data not read step=%s code=%s", job.step.id, err.code)
        return
    if found is None:
        log.info("user data not on the disk step=%s", job.step.id)
        return
    job.check_claim()
    kept.note(private, server.id, kept.keep(private, found))
    log.info("user data kept step=%s bytes=%d", job.step.id, len(found))
