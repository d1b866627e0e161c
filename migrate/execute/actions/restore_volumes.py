"""Actions that restore a disk at the target as a volume: from its sealed manifest, or ahead of that from a pass."""

from dataclasses import dataclass

import msgspec
from msgspec.structs import replace

from migrate.clouds.ports import NewImage, NewVolume
from migrate.disks.store.chunk_tables import DamagedSegment
from migrate.disks.store.manifest import DiskManifest
from migrate.documents import digest
from migrate.errors import ConfigError, IntegrityError, ItemError, TransientError
from migrate.execute.actions.current_capture import recapture_if_damaged, require_sealed
from migrate.execute.actions.remove_temporaries import remove_marked, remove_temporaries
from migrate.execute.actions.replace_older import is_older, is_theirs, note_pass_before_restore, replace_older
from migrate.execute.actions.restore_images import filled_image, of_one_stop
from migrate.execute.attached.unused_volume import (
    is_unwritten,
    note_untouched,
    proved_before,
    write_into_unused,
)
from migrate.execute.job import Job
from migrate.execute.stop_turns import down_since
from migrate.ledger.ledger_records import State
from migrate.ledger.preload_notes import forget_preloaded
from migrate.messages import codes
from migrate.model import MARK_KEY, UNWRITTEN_KEY, Kind, Mark, Role, mark_of
from migrate.model.steps import PreloadVolume, RestoreVolume, TakePass
from migrate.monitor import log
from migrate.plan.waves import holders_of
from migrate.policy.selectors import item
from migrate.units import MIB, gib_ceil
from migrate.verify.kept_proofs import disk_item, read_proofs

_PASS_TAG = "decamp-pass-"
"""Identifies the pass in a temporary image. A tag, because a property would be inherited by the volume."""
_OF_EARLIER_VERSION = "yes"
"""What earlier versions wrote into the metadata of an incomplete volume, which they completed at once."""
LUKS_HEADER_BYTES = 2 * MIB
"""The header of LUKS 1, the default of volume types."""


def restore_volume(job: Job, action: RestoreVolume) -> None:
    """Restores a volume: temporary image, volume from it, boot flag and image metadata, removal of the image.

    On the attached path: an empty volume, written by the worker server; one that was written ahead of the stop gets
    only what has changed since.
    """
    volume = action.volume
    of_one_stop(job, _disk(action))
    manifest = require_sealed(job, _disk(action))
    target = _TargetVolume(job, action, manifest)
    for there in target.find():
        # One that is still incomplete was never used: whatever it holds, it is completed.
        if not is_unwritten(job, there) and is_older(job, manifest, there):
            replace_older(job, Kind.VOLUME, there, volume.id, manifest)
    volume_id = target.make()
    if action.attached is True and is_unwritten(job, volume_id):
        note_pass_before_restore(job, manifest)
        with recapture_if_damaged(job, manifest.disk):
            job.moved_bytes = write_into_unused(job, volume_id, manifest, ahead=False)
    is_proved = proved_before(job, volume_id, manifest) is not None
    job.check_running()
    if action.attached is True:
        # Only now: after a kill before this, the rest is written by the next attempt.
        job.target.block.drop_metadata(volume_id, UNWRITTEN_KEY)
    # A public base image may be unreadable by now; the properties inherited by the captured image are known.
    known = manifest.origin.properties if action.of is Kind.SERVER else {}
    metadata = {**known, **volume.image_metadata}
    job.target.block.set_boot(volume_id, bootable=volume.bootable, image_metadata=metadata)
    if is_proved:
        note_untouched(job, volume_id, manifest)
    remove_temporaries(job, "target", volume.id)


def preload_volume(job: Job, action: PreloadVolume) -> None:
    """Writes the newest pass over the disk into its volume, which stays incomplete until the restore.

    Does nothing where no pass is ahead of the disk's capture, or where the volume is complete: that belongs to an
    earlier move, and the restore replaces it. Nor once the server is down, which this would only keep down for longer.
    """
    restore, disk = action.restore, _disk(action.restore)
    manifest = None if _is_down(job) else _pass_ahead(job, disk)
    if manifest is None:
        log.info("nothing to write ahead step=%s", job.step.id)
        return
    target = _TargetVolume(job, restore, manifest)
    if any(not is_unwritten(job, there) for there in target.find()):
        log.info("complete already step=%s", job.step.id)
        forget_preloaded(job.ctx.ledger, disk)
        return
    volume_id = target.make()
    try:
        job.moved_bytes = write_into_unused(job, volume_id, manifest, ahead=True)
    except DamagedSegment as err:
        # The next pass stores it again, and so does the capture behind the stop.
        log.warning("not written ahead step=%s what=%s", job.step.id, err.facts.get("what"))
        job.ctx.tell(codes.NOT_WRITTEN_AHEAD, {"item": disk, "what": str(err.facts["what"])})


# ---------------------------------------------------------------- internals


def _disk(action: RestoreVolume) -> str:
    return f"{action.of.value}:{action.volume.id}"


def _is_down(job: Job) -> bool:
    """Whether a server with the disk of this step's pass is down, or another one of its wave."""
    passes = [step.action for step in job.ctx.plan.steps if step.id in job.step.needs]
    holders = {one for action in passes if isinstance(action, TakePass) for one in holders_of(action.capture)}
    stops, states = {item(Kind.SERVER, one, "stop") for one in holders}, job.ctx.ledger.states()
    down = {step_id for step_id in stops if step_id in states and states[step_id].state is State.DONE}
    return bool(down or stops & down_since(job.ctx.ledger).keys())


def _pass_ahead(job: Job, disk: str) -> DiskManifest | None:
    """The newest warm pass over the disk, if the disk has no newer capture."""
    try:
        warm, capture = job.ctx.store.warm_pass(disk), job.ctx.store.manifest(disk)
    except (ConfigError, IntegrityError) as err:
        log.warning("no pass can be written ahead disk=%s code=%s", disk, err.code)
        return None
    if warm is None or (capture is not None and capture.origin.taken_at >= warm.origin.taken_at):
        return None
    return warm


@dataclass(frozen=True)
class _TargetVolume:
    """The volume at the target that a disk is restored to: found by its mark, or created."""

    job: Job
    action: RestoreVolume
    manifest: DiskManifest

    @property
    def mark(self) -> Mark:
        return self.job.mark(Role.MOVED, self.action.volume.id)

    @property
    def asked(self) -> str:
        """Digest of what is asked of the cloud for the volume, apart from room for a header.

        Kept in the volume's own metadata: a cloud does not give back everything as it was asked for.
        """
        return digest(msgspec.to_builtins(self._new()))[:32]

    def find(self) -> list[str]:
        volumes = self.job.target.block.volumes()
        return [v.id for v in volumes if mark_of(v) == self.mark and not is_theirs(self.job, Kind.VOLUME, v.id)]

    def make(self) -> str:
        """The volume's id, once it can be used; one that is incomplete and not as the plan wants it is made again."""
        volume_id = self._made()
        if is_unwritten(self.job, volume_id) and not self._serves(volume_id):
            # It is empty or incomplete, and no guest has used it.
            self.job.check_running()
            self._remove(volume_id)
            volume_id = self._made()
        self._wait_until_usable(volume_id)
        if self.action.attached is True:
            # On the worker it belongs to the step that writes it now, not to the one that wrote it ahead.
            self.job.record(
                "target", Kind.VOLUME, self.job.makes, source_id=self.action.volume.id, resource_id=volume_id
            )
        return volume_id

    def _made(self) -> str:
        source_id, name = self.action.volume.id, self._new().name
        return self.job.make(
            "target", Kind.VOLUME, self.mark, source_id=source_id, name=name, find=self.find, create=self._create
        )

    def _create(self) -> str:
        job, new = self.job, replace(self._new(), size_gib=self._size_gib())
        if self.action.attached is True:
            return job.target.block.create_volume(replace(new, metadata={**new.metadata, UNWRITTEN_KEY: self.asked}))
        note_pass_before_restore(job, self.manifest)
        image_id = _temporary_image(job, self.action.volume.id, self.manifest)
        job.check_running()
        return job.target.block.create_volume(replace(new, image_id=image_id))

    def _new(self) -> NewVolume:
        volume = self.action.volume
        return NewVolume(
            name=self.job.named(volume.name),
            description=volume.description,
            size_gib=volume.size_gib,
            volume_type=self.action.volume_type,
            availability_zone=self.action.availability_zone,
            metadata={**volume.metadata, MARK_KEY: str(self.mark)},
        )

    def _size_gib(self) -> int:
        """With the space that the target may need for an encryption header, on top of the disk: rounded up to a GiB.

        Only existing volumes of the type show whether it encrypts; an encrypted volume stays encrypted.
        """
        there = (v.encrypted for v in self.job.target.block.volumes() if v.volume_type == self.action.volume_type)
        header = LUKS_HEADER_BYTES if self.action.volume.encrypted or any(there) else 0
        return max(self.action.volume.size_gib, gib_ceil(self.manifest.size_bytes + header))

    def _serves(self, volume_id: str) -> bool:
        """Whether an incomplete volume can be completed: the policy or the source may have changed since."""
        there = self.job.target.block.volume(volume_id)
        is_as_asked = there.metadata.get(UNWRITTEN_KEY) in {self.asked, _OF_EARLIER_VERSION}
        return self.action.attached is True and there.size_gib >= self._size_gib() and is_as_asked

    def _wait_until_usable(self, volume_id: str) -> None:
        """Waits for a new volume; removes one that ended in error, so that the next attempt can create another.

        An attached volume was completed by an earlier attempt.
        """
        job, volume, block = self.job, self.action.volume, self.job.target.block
        status = block.volume(volume_id).status
        if status in {"in-use", "attaching"}:
            return
        try:
            job.wait_for(lambda: block.volume(volume_id), lambda v: v.status, "available", size_gib=volume.size_gib)
        except ItemError as err:
            now = block.volume(volume_id)
            proved = disk_item(self.action.of, volume.id) in read_proofs(job.ctx.evidence_dir)
            # Any volume that was once complete may hold its owner's data.
            if now.status != "error" or now.attachments or proved:
                raise
            job.check_running()
            self._remove(volume_id)
            raise TransientError(codes.BROKE_OFF, item=job.step.id) from err

    def _remove(self, volume_id: str) -> None:
        job = self.job
        remove_marked(job.ctx, job.target, "target", Kind.VOLUME, volume_id, self.mark, check_running=job.check_running)


def _temporary_image(job: Job, source_id: str, manifest: DiskManifest) -> str:
    """An active image with the manifest's bytes. Removes an image of another pass, left by a killed run."""
    mark, of = job.mark(Role.TEMPORARY, source_id), f"{_PASS_TAG}{manifest.tree_digest}"
    for left in job.target.images.images(tag=str(mark)):
        if of not in left.tags:
            job.check_running()
            remove_marked(job.ctx, job.target, "target", Kind.IMAGE, left.id, mark, check_running=job.check_running)
    new = NewImage(name=str(mark), disk_format="qcow2", tags=(str(mark), of))
    return filled_image(job, mark, source_id, new, manifest)
