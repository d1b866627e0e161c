"""Actions that restore a disk at the target as an image, from its sealed manifest."""

from functools import partial

from migrate.clouds.ports import Images, NewImage
from migrate.disks.copy.restore_disk import upload_disk, upload_file
from migrate.disks.store.manifest import DiskManifest
from migrate.errors import EndedInState, TransientError
from migrate.execute.actions.current_capture import recapture_if_damaged, require_sealed
from migrate.execute.actions.remove_temporaries import remove_marked
from migrate.execute.actions.replace_older import is_older, note_pass_before_restore, replace_older
from migrate.execute.consistency import require_same_stop
from migrate.execute.job import Job
from migrate.messages import codes
from migrate.model import Kind, Mark, Role
from migrate.model.steps import RestoreImage, RestoreServerImage, RestoreSnapshotImage, ShareImage
from migrate.polling import StillWaiting, poll

_SEGMENTS_AHEAD = 4
"""Segments read from the store in advance: an upload is a single stream."""


def restore_image(job: Job, action: RestoreImage) -> None:
    image = action.image
    manifest = require_sealed(job, f"image:{image.id}")
    mark = job.mark(Role.MOVED, image.id)
    new = NewImage(
        name=image.name,
        disk_format=image.disk_format,
        container_format=image.container_format,
        min_disk_gib=image.min_disk_gib,
        min_ram_mib=image.min_ram_mib,
        # Members cannot choose any other visibility at the target.
        visibility="shared" if image.visibility == "shared" else "private",
        hidden=image.hidden,
        tags=(*image.tags, str(mark)),
        properties=image.properties,
    )
    image_id = filled_image(job, mark, image.id, new, manifest)
    # Only at the end: an interrupted upload leaves an image that must be deleted.
    if image.protected and not job.target.images.image(image_id).protected:
        job.check_running()
        job.target.images.protect(image_id)


def share_image(job: Job, action: ShareImage) -> None:
    """Shares an image. A membership carries no mark: image and project are its key."""
    image_id = job.target_id(Kind.IMAGE, action.image_id)
    if action.project_id in job.target.images.image(image_id).members:
        return
    job.check_running()
    job.target.images.share(image_id, action.project_id)


def restore_server_image(job: Job, action: RestoreServerImage) -> None:
    server = action.server
    of_one_stop(job, f"server:{server.id}")
    _disk_image(job, f"server:{server.id}", server.id, f"{server.name} (root disk)", action.properties)


def restore_snapshot_image(job: Job, action: RestoreSnapshotImage) -> None:
    snapshot = action.snapshot
    name = snapshot.name or f"snapshot of {snapshot.volume_id}"
    _disk_image(job, f"snapshot:{snapshot.id}", snapshot.id, name, action.properties)


def _disk_image(job: Job, disk: str, source_id: str, name: str, properties: dict[str, str]) -> None:
    manifest = require_sealed(job, disk)
    mark = job.mark(Role.MOVED, source_id)
    for there in job.target.images.images(tag=str(mark)):
        if is_older(job, manifest, there.id):
            replace_older(job, Kind.IMAGE, there.id, source_id, manifest)
    new = NewImage(
        name=job.named(name),
        disk_format="qcow2",
        tags=(str(mark),),
        # A public base image may be unreadable by now; the properties inherited by the captured image are known.
        properties={**manifest.origin.properties, **properties},
    )
    filled_image(job, mark, source_id, new, manifest)


# ---------------------------------------------------------------- internals


def of_one_stop(job: Job, disk: str) -> None:
    """Requires all disks to be of one stop. Without a source, disks are restored anyway; their server is
    then refused.
    """
    if job.ctx.source is not None:
        require_same_stop(job, disk)


def filled_image(job: Job, mark: Mark, source_id: str, new: NewImage, manifest: DiskManifest) -> str:
    """An active image at the target with the manifest's bytes and `mark` as a tag."""
    images = job.target.images
    image_id = job.make(
        "target",
        Kind.IMAGE,
        mark,
        source_id=source_id,
        name=new.name,
        find=lambda: [i.id for i in images.images(tag=str(mark))],
        create=lambda: images.create(new),
    )
    status = images.image(image_id).status
    if status == "saving":
        status = _after_broken_upload(job, image_id)
    if status == "active":
        return image_id
    if status not in {"queued", "killed", "saving"}:
        raise EndedInState(codes.ENDED_IN_STATE, item=job.step.id, status=status)
    if status != "queued":
        # An interrupted upload: its bytes cannot be trusted, and the record is useless.
        job.check_running()
        remove_marked(job.ctx, job.target, "target", Kind.IMAGE, image_id, mark, check_running=job.check_running)
        raise TransientError(codes.BROKE_OFF, item=job.step.id)
    job.check_running()
    if mark.role is Role.MOVED:
        note_pass_before_restore(job, manifest)
    send = upload_file if manifest.content == "file" else upload_disk
    with recapture_if_damaged(job, manifest.disk):
        job.moved_bytes = send(images, image_id, manifest, job.ctx.store, job.attempt(reads=_SEGMENTS_AHEAD))
    job.wait_for(lambda: images.image(image_id), lambda i: i.status, "active")
    return image_id


def _after_broken_upload(job: Job, image_id: str) -> str:
    """The image's status after at most 60 s, as another runner's upload may be in progress or dead."""
    status = partial(_status_of, job.target.images, image_id)
    try:
        return poll(status, lambda now: now != "saving", limit_s=60, stop=job.ctx.stop, first_s=2 * job.ctx.poll_s)
    except StillWaiting:
        return "saving"


def _status_of(images: Images, image_id: str) -> str:
    return images.image(image_id).status
