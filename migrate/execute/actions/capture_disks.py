"""Actions that capture a disk: read it into the store, seal the manifest, then remove temporary resources."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial

from msgspec.structs import replace

from migrate.disks.copy.capture_disk import Taking, capture_disk
from migrate.disks.copy.image_source import ImageSource
from migrate.disks.store.manifest import DiskManifest, Origin
from migrate.disks.store.pass_difference import changed_bytes
from migrate.errors import ConfigError, ConflictError, IntegrityError, ItemError, NotFound, TransientError
from migrate.execute.actions.current_capture import current_capture, is_at_source, retry_damaged_read
from migrate.execute.actions.remove_temporaries import remove_temporaries
from migrate.execute.actions.server_user_data import look_at_boot_volume, look_at_root_disk
from migrate.execute.actions.source_temporaries import (
    Taken,
    find_backup,
    take_backup,
    take_server,
    take_snapshot,
    take_volume,
)
from migrate.execute.attached.attached_volumes import attached_to_worker
from migrate.execute.attached.copy_device import read_device
from migrate.execute.attached.unused_volume import is_unwritten
from migrate.execute.consistency import (
    captured_otherwise,
    is_valid_for_stop,
    reset_captures_of_other_stops,
    reset_restore,
)
from migrate.execute.job import Job
from migrate.execute.passes_due import accepts_pass
from migrate.findings.at_target.image_properties import carried_properties
from migrate.ledger.ledger_records import TakenPass
from migrate.ledger.pass_notes import adopted_passes, forget_adopted, note_adopted, note_pass, passes_of_disk
from migrate.ledger.preload_notes import preloaded_disks
from migrate.messages import codes
from migrate.model import Kind, Record, Volume
from migrate.model.steps import CaptureBackup, CaptureImage, CaptureServer, CaptureSnapshot, CaptureVolume
from migrate.monitor import log
from migrate.secret_looking import hides
from migrate.units import GIB, gib_ceil, iso, utc_now


def capture_image(job: Job, action: CaptureImage) -> None:
    image = action.image
    disk = f"image:{image.id}"
    if current_capture(job, disk) is None:
        now = job.source.images.image(image.id)
        job.unchanged(image, now, ("status", "size_bytes", "checksum", "hash_value"))
        job.check_running()
        taken = Taken(now, "at rest")
        read_into_store(job, taken, to_take(job, disk, taken), "file", None)
    job.ctx.store.sweep(disk, check_running=job.check_claim)


def capture_volume(job: Job, action: CaptureVolume) -> None:
    volume = action.volume
    take = partial(take_at_source, job, action)
    _capture(job, f"volume:{volume.id}", volume.size_gib * GIB, take, action.server_id)
    look_at_boot_volume(job, volume.id)


def capture_server(job: Job, action: CaptureServer) -> None:
    server = action.server
    _capture(job, f"server:{server.id}", None, partial(take_at_source, job, action), server.id)
    look_at_root_disk(job, server)


def capture_snapshot(job: Job, action: CaptureSnapshot) -> None:
    snapshot = action.snapshot

    def take() -> Taken:
        now = job.source.block.snapshot(snapshot.id)
        job.unchanged(snapshot, now, ("volume_id", "size_gib"))
        _still_available(job, now)
        return take_snapshot(job, now, attached=action.attached is True)

    _capture(job, f"snapshot:{snapshot.id}", snapshot.size_gib * GIB, take)


def capture_backup(job: Job, action: CaptureBackup) -> None:
    backup = action.backup

    def take() -> Taken:
        now = find_backup(job, backup.id)
        job.unchanged(backup, now, ("volume_id", "size_gib"))
        if now.status != "restoring":  # unless an earlier attempt already started the restore
            _still_available(job, now)
        return take_backup(job, now, action.volume_type or None, attached=action.attached is True)

    _capture(job, f"backup:{backup.id}", backup.size_gib * GIB, take)


# ---------------------------------------------------------------- parts of a capture, and of a pass before it


def take_at_source(job: Job, action: CaptureVolume | CaptureServer) -> Taken:
    """The disk as it is now, in temporaries at the source. Raises ConflictError DCP-505: it differs from the plan."""
    if isinstance(action, CaptureServer):
        server = action.server
        job.unchanged(server, job.source.compute.server(server.id), ("image_id", "flavor", "attachments"))
        return take_server(job, server)
    volume = action.volume
    now = job.source.block.volume(volume.id)
    job.unchanged(volume, now, ("size_gib", "attachments"))
    if action.server_id is None:
        # In use by something invisible: its consistency would be unknown.
        _still_available(job, now)
    return take_volume(job, volume, action.server_id, action.others or (), attached=action.attached is True)


def newest_pass(job: Job, disk: str) -> DiskManifest | None:
    """The newest sealed pass over the disk, valid or warm, as far as they can be read."""
    found = []
    for sealed in (job.ctx.store.manifest, job.ctx.store.warm_pass):
        with suppress(ConfigError, IntegrityError):
            found.append(sealed(disk))
    return max((one for one in found if one), key=lambda one: one.origin.taken_at, default=None)


def record_pass(job: Job, manifest: DiskManifest, before: DiskManifest | None, taking: Taking) -> None:
    """Records what the pass read and stored. `before`: the pass that it is compared with."""
    changed, figures = None, taking if taking.read_s else None
    if before is not None and before.origin.image_id != manifest.origin.image_id:
        with suppress(IntegrityError):
            changed = changed_bytes(job.ctx.store, before, manifest)
    taken = TakenPass(
        disk=manifest.disk,
        origin_id=manifest.origin.image_id,
        tree_digest=manifest.tree_digest,
        taken_at=manifest.origin.taken_at,
        used_bytes=manifest.data_bytes,
        read_bytes=figures.read_bytes if figures else None,
        stored_bytes=figures.stored_bytes if figures else None,
        read_s=round(figures.read_s, 3) if figures else None,
        changed_bytes=changed,
        is_last=not taking.is_warm,
    )
    job.check_claim()
    note_pass(job.ctx.ledger, taken)


# ---------------------------------------------------------------- internals


def _capture(
    job: Job, disk: str, size_bytes: int | None, take: Callable[[], Taken], server_id: str | None = None
) -> None:
    """Captures and seals the plain disk inside the image from `take`; removes the temporaries of its origin."""
    counting = current_capture(job, disk) or _pass_instead(job, disk, server_id)
    if counting is None or not _is_wanted(job, counting, size_bytes, server_id):
        taken = take()
        require_newer(job, taken, counting)
        taking = to_take(job, disk, taken)
        before = newest_pass(job, disk) if passes_of_disk(job.ctx.ledger, disk) else None
        manifest = read_into_store(job, taken, taking, "disk", size_bytes)
        if before is not None:
            record_pass(job, manifest, before, taking)
        forget_adopted(job.ctx.ledger, disk)
        # Again: a proof of the older pass may have finished meanwhile.
        reset_restore(job.ctx.ledger, disk)
    job.ctx.store.sweep(disk, check_running=job.check_claim)
    if job.ctx.source is not None:
        remove_temporaries(job, "source", _origin_id(disk))
    reset_captures_of_other_stops(job, disk, server_id)


def _pass_instead(job: Job, disk: str, server_id: str | None) -> DiskManifest | None:
    """The newest warm pass, made valid because it is all that is left: the source is gone, the plan no longer stops
    the server, and the policy accepts that. Recorded, so that it is replaced if the source comes back.

    Raises ItemError DCP-529: another disk of the server has a capture, which is of another moment.
    """
    if job.ctx.source is not None or job.step.needs or not accepts_pass(job.ctx.policy, job.step):
        return None
    ledger, own_id = job.ctx.ledger, _origin_id(disk)
    if _was_moved(job, disk, own_id):
        # It was moved before: nothing there is replaced by a pass that nobody stopped a server for.
        return None
    warm = job.ctx.store.warm_pass(disk)
    if warm is not None:
        # In this order: another disk's pass is recorded before it counts.
        others = list(captured_otherwise(job, disk, server_id))
        adopted = adopted_passes(ledger)
        for other, origin in others:
            if adopted.get(other) != origin.image_id:
                facts = {"item": job.step.name, "taken_at": warm.origin.taken_at, "other": origin.taken_at}
                raise ItemError(codes.MIXED_WITH_PASS, **facts)
        job.check_running()
        # Before it counts: one that is valid and not recorded would pass for a capture. A record alone does nothing.
        note_adopted(ledger, disk, warm.origin.image_id)
        job.ctx.store.adopt(warm)
        log.warning("restored from a pass step=%s taken_at=%s", job.step.id, warm.origin.taken_at)
        job.ctx.tell(codes.PASS_INSTEAD, {"item": job.step.name, "taken_at": warm.origin.taken_at})
    return warm


def _was_moved(job: Job, disk: str, own_id: str) -> bool:
    """Whether the disk has, or had, a complete image or volume at the target."""
    if job.ctx.ledger.target_id(Kind.IMAGE, own_id) is not None:
        return True
    volume_id = job.ctx.ledger.target_id(Kind.VOLUME, own_id)
    if volume_id is None:
        return False
    try:
        return not is_unwritten(job, volume_id)
    except NotFound:
        ahead = preloaded_disks(job.ctx.ledger).get(disk)
        return ahead is None or ahead.volume_id != volume_id


def _is_wanted(job: Job, counting: DiskManifest, size_bytes: int | None, server_id: str | None) -> bool:
    """Whether the sealed pass has the size, consistency and stop that the plan requires now.

    If not, it stays in the store and the disk is captured again; verify names restores made from it (DCP-423).
    """
    disk = counting.disk
    # The content of an encrypted volume is shorter by the header.
    same_size = size_bytes is None or gib_ceil(counting.size_bytes) * GIB == size_bytes
    stays = not _is_adopted(job, counting) or _stays_adopted(job, counting, server_id)
    if stays and same_size and is_valid_for_stop(job, disk, counting.origin, server_id):
        return True
    job.check_running()
    remove_temporaries(job, "source", _origin_id(disk))
    reset_restore(job.ctx.ledger, disk)
    return False


def _is_adopted(job: Job, counting: DiskManifest) -> bool:
    """Whether it is a warm pass that stands in for a capture."""
    return adopted_passes(job.ctx.ledger).get(counting.disk) == counting.origin.image_id


def _stays_adopted(job: Job, counting: DiskManifest, server_id: str | None) -> bool:
    """Whether the pass goes on standing in: the disk is still out of reach, or its server was made from it, which is
    told: it may have been used since.
    """
    if job.ctx.source is None or not is_at_source(job.ctx.source, counting.disk):
        return True
    if server_id is None or job.known_target_id(Kind.SERVER, server_id) is None:
        return False
    job.ctx.tell(codes.MADE_FROM_PASS, {"item": job.step.name, "taken_at": counting.origin.taken_at})
    return True


def require_newer(job: Job, taken: Taken, counting: DiskManifest | None) -> None:
    """Checks that a capture is newer than the last pass by the source's clock: the newest pass counts as the disk.

    Raises TransientError DCP-503: the source's clocks differ, or a killed run left an older temporary. That is removed
    first, and the next attempt takes a new one.
    """
    before = counting.origin.taken_at if counting else ""
    if counting is None or not taken.taken_at or taken.taken_at > before:
        return
    job.check_running()
    remove_temporaries(job, "source", _origin_id(counting.disk))
    what = f"its clock: {counting.disk} was taken at {taken.taken_at}, and a copy made earlier at {before}"
    raise TransientError(codes.CLOUD_UNAVAILABLE, what=what)


def _origin_id(disk: str) -> str:
    return disk.partition(":")[2]


def _still_available(job: Job, now: Record) -> None:
    status = getattr(now, "status", "")
    if status != "available":
        raise ConflictError(codes.SOURCE_CHANGED, item=job.step.id, what=f"status: available -> {status}")


def to_take(job: Job, disk: str, taken: Taken, *, is_warm: bool = False) -> Taking:
    """The pass over what was taken at the source."""
    return Taking(disk, _origin(taken, job.ctx.policy.keep_properties), is_warm)


def read_into_store(job: Job, taken: Taken, taking: Taking, content: str, size_bytes: int | None) -> DiskManifest:
    """Reads and seals a pass. `size_bytes`: the required length of a disk, None for any."""
    attempt = job.attempt()
    if isinstance(taken.of, Volume):
        with retry_damaged_read(), attached_to_worker(job, "source", taken.of.id) as device:
            manifest = read_device(job, device, taking)
        job.moved_bytes = manifest.data_bytes
        return manifest
    with retry_damaged_read():
        manifest = capture_disk(
            ImageSource(job.source.images, taken.of, content, attempt),
            job.ctx.store,
            taking,
            content=content,
            virtual_size_bytes=size_bytes,
            attempt=attempt,
        )
    job.moved_bytes = manifest.data_bytes
    return manifest


def _origin(taken: Taken, keep: tuple[str, ...]) -> Origin:
    origin = Origin(
        image_id=taken.of.id,
        snapshot_id=taken.snapshot_id,
        taken_at=taken.taken_at or iso(utc_now()),
        consistency=taken.consistency,
        stop=taken.stop,
    )
    image = taken.of
    if isinstance(image, Volume):
        return replace(origin, properties=_of_the_disk(image.image_metadata, keep))
    return replace(
        origin,
        image_format=image.disk_format,
        checksum=image.checksum,
        hash_algo=image.hash_algo,
        hash_value=image.hash_value,
        # Properties about the disk (bus, firmware, system), without our marks.
        properties=_of_the_disk(image.properties, keep),
    )


def _of_the_disk(properties: dict[str, str], keep: tuple[str, ...]) -> dict[str, str]:
    """The properties to carry over, without likely secrets: those stay in the plan and out of the store."""
    found = carried_properties(properties, keep)
    return {key: value for key, value in found.items() if not hides(key, value)}
