"""The action that restores a disk at the target as a volume, from its sealed manifest."""

from msgspec.structs import replace

from migrate.clouds.ports import NewImage, NewVolume
from migrate.disks.store.manifest import DiskManifest
from migrate.errors import ItemError, TransientError
from migrate.execute.actions.current_capture import recapture_if_damaged, require_sealed
from migrate.execute.actions.remove_temporaries import remove_marked, remove_temporaries
from migrate.execute.actions.replace_older import is_older, is_theirs, note_pass_before_restore, replace_older
from migrate.execute.actions.restore_images import filled_image, of_one_stop
from migrate.execute.attached.attached_volumes import attached_to_worker
from migrate.execute.attached.copy_device import write_device
from migrate.execute.attached.worker_server import UNWRITTEN_KEY
from migrate.execute.job import Job
from migrate.messages import codes
from migrate.model import MARK_KEY, Kind, Mark, Role, mark_of
from migrate.model.steps import RestoreVolume
from migrate.units import MIB, gib_ceil
from migrate.verify.kept_proofs import disk_item, read_proofs

_PASS_TAG = "decamp-pass-"
"""Identifies the pass in a temporary image. A tag, because a property would be inherited by the volume."""
LUKS_HEADER_BYTES = 2 * MIB
"""The header of LUKS 1, the default of volume types."""


def restore_volume(job: Job, action: RestoreVolume) -> None:
    """Restores a volume: temporary image, volume from it, boot flag and image metadata, removal of the image.

    On the attached path: an empty volume, written by the worker server.
    """
    volume, block, name = action.volume, job.target.block, job.named(action.volume.name)
    of_one_stop(job, f"{action.of.value}:{volume.id}")
    manifest = require_sealed(job, f"{action.of.value}:{volume.id}")
    moved = job.mark(Role.MOVED, volume.id)

    def find() -> list[str]:
        return [v.id for v in block.volumes() if mark_of(v) == moved and not is_theirs(job, Kind.VOLUME, v.id)]

    def create() -> str:
        note_pass_before_restore(job, manifest)
        new = NewVolume(
            name=name,
            description=volume.description,
            size_gib=max(volume.size_gib, gib_ceil(manifest.size_bytes + _header_bytes(job, action))),
            volume_type=action.volume_type,
            availability_zone=action.availability_zone,
            metadata={**volume.metadata, MARK_KEY: str(moved)},
        )
        if action.attached is True:
            return block.create_volume(replace(new, metadata={**new.metadata, UNWRITTEN_KEY: "yes"}))
        image_id = _temporary_image(job, volume.id, manifest)
        job.check_running()
        return block.create_volume(replace(new, image_id=image_id))

    def made() -> str:
        return job.make("target", Kind.VOLUME, moved, source_id=volume.id, name=name, find=find, create=create)

    for there in find():
        if is_older(job, manifest, there):
            replace_older(job, Kind.VOLUME, there, volume.id, manifest)
    volume_id = made()
    if action.attached is not True and _is_unwritten(job, volume_id):
        # The policy has changed since its creation. It is empty or incomplete, and no guest has used it.
        job.check_running()
        remove_marked(job.ctx, job.target, "target", Kind.VOLUME, volume_id, moved, check_running=job.check_running)
        volume_id = made()
    _usable_volume(job, volume_id, action, moved)
    if action.attached is True:
        _write(job, volume_id, manifest)
    job.check_running()
    # A public base image may be unreadable by now; the properties inherited by the captured image are known.
    known = manifest.origin.properties if action.of is Kind.SERVER else {}
    block.set_boot(volume_id, bootable=volume.bootable, image_metadata={**known, **volume.image_metadata})
    remove_temporaries(job, "target", volume.id)


# ---------------------------------------------------------------- internals


def _header_bytes(job: Job, action: RestoreVolume) -> int:
    """The space that the target may need for a volume's encryption header, on top of the disk: rounded up to a GiB.

    Only existing volumes of the type show whether it encrypts; an encrypted volume stays encrypted.
    """
    there = (v.encrypted for v in job.target.block.volumes() if v.volume_type == action.volume_type)
    return LUKS_HEADER_BYTES if action.volume.encrypted or any(there) else 0


def _write(job: Job, volume_id: str, manifest: DiskManifest) -> None:
    """Writes the manifest into a volume that was created empty. A volume without the key is already complete, and
    perhaps in use.

    The key is removed once everything is written: after a kill before that, everything is written again.
    """
    if not _is_unwritten(job, volume_id):
        return
    note_pass_before_restore(job, manifest)
    with attached_to_worker(job, "target", volume_id) as device, recapture_if_damaged(job, manifest.disk):
        job.moved_bytes = write_device(job, device, manifest)
    job.check_running()
    job.target.block.drop_metadata(volume_id, UNWRITTEN_KEY)


def _is_unwritten(job: Job, volume_id: str) -> bool:
    return UNWRITTEN_KEY in job.target.block.volume(volume_id).metadata


def _usable_volume(job: Job, volume_id: str, action: RestoreVolume, mark: Mark) -> None:
    """Waits for the new volume; removes one that ended in error, so that the next attempt can create another.

    An attached volume was completed by an earlier attempt.
    """
    volume, block = action.volume, job.target.block
    status = block.volume(volume_id).status
    if status in {"in-use", "attaching"}:
        return
    try:
        job.wait_for(lambda: block.volume(volume_id), lambda v: v.status, "available", size_gib=volume.size_gib)
    except ItemError as err:
        now = block.volume(volume_id)
        proved = disk_item(action.of, volume.id) in read_proofs(job.ctx.evidence_dir)
        # Any volume that was once complete may hold its owner's data.
        if now.status != "error" or now.attachments or proved:
            raise
        job.check_running()
        remove_marked(job.ctx, job.target, "target", Kind.VOLUME, volume_id, mark, check_running=job.check_running)
        raise TransientError(codes.BROKE_OFF, item=job.step.id) from err


def _temporary_image(job: Job, source_id: str, manifest: DiskManifest) -> str:
    """An active image with the manifest's bytes. Removes an image of another pass, left by a killed run."""
    mark, of = job.mark(Role.TEMPORARY, source_id), f"{_PASS_TAG}{manifest.tree_digest}"
    for left in job.target.images.images(tag=str(mark)):
        if of not in left.tags:
            job.check_running()
            remove_marked(job.ctx, job.target, "target", Kind.IMAGE, left.id, mark, check_running=job.check_running)
    new = NewImage(name=str(mark), disk_format="qcow2", tags=(str(mark), of))
    return filled_image(job, mark, source_id, new, manifest)
