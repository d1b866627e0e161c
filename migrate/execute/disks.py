"""Actions on disks: from the source into the store (capture), from the store to the target (restore).

Capture makes three temporaries at the source (snapshot, clone, image) or one (an image of a server), reads the image
into the store, seals the manifest and removes them. All carry the mark in the very call that makes them; the image of
a clone takes no property in that call, so the mark is set on the clone, whose image inherits it.
"""

from migrate.clouds.ports import NewImage, NewVolume
from migrate.errors import ConflictError, ItemError, TransientError
from migrate.execute.context import Job
from migrate.execute.temporaries import remove_marked, remove_temporaries
from migrate.model import MARK_KEY, MARK_PROPERTY, Image, Kind, Mark, Role, Server, Volume, mark_of
from migrate.plan.build_disks import carried_properties
from migrate.plan.steps import (
    CaptureImage,
    CaptureServer,
    CaptureVolume,
    RestoreImage,
    RestoreServerImage,
    RestoreVolume,
)
from migrate.store.manifest import DiskManifest, Origin
from migrate.transfer.capture import capture_disk
from migrate.transfer.restore import upload_disk, upload_file
from migrate.units import GIB, gib_ceil, iso, utc_now
from migrate.verify.proofs import disk_item, read_proofs

CONSISTENCY_KEY = "decamp-consistency"
"""Metadata of our snapshots: whether the server was stopped when it was taken. A later attempt cannot know."""

CONSISTENCY_PROPERTY = "decamp_consistency"

SNAPSHOT_PROPERTY = "decamp_snapshot"
"""Ties the image of a clone to its snapshot: what a killed run left of an older one is never read as this one's."""

# ---------------------------------------------------------------- capture


def capture_image(job: Job, action: CaptureImage) -> None:
    image = action.image
    disk = f"image:{image.id}"
    if job.ctx.store.manifest(disk):
        return
    now = job.source.images.image(image.id)
    job.unchanged(image, now, ("status", "size_bytes", "checksum", "hash_value"))
    job.alive()
    _read(job, now, disk, "file", _origin(now, consistency="at rest"), None)


def capture_volume(job: Job, action: CaptureVolume) -> None:
    volume = action.volume
    disk = f"volume:{volume.id}"
    if not _sealed_as_wanted(job, disk, volume.size_gib * GIB):
        now = job.source.block.volume(volume.id)
        job.unchanged(volume, now, ("size_gib", "attachments"))
        if action.server_id is None and now.status != "available":
            # In use by something that we cannot see: nobody could say how far its bytes agree.
            raise ConflictError("DCP-505", item=job.step.id, what=f"status: available -> {now.status}")
        image, snapshot_id, consistency, taken_at = _image_of_volume(job, volume, action.server_id)
        origin = _origin(image, consistency=consistency, snapshot_id=snapshot_id, taken_at=taken_at)
        _read(job, image, disk, "disk", origin, volume.size_gib * GIB)
    remove_temporaries(job, "source", volume.id)


def capture_server(job: Job, action: CaptureServer) -> None:
    server = action.server
    disk = f"server:{server.id}"
    if not _sealed_as_wanted(job, disk, None):
        now = job.source.compute.server(server.id)
        job.unchanged(server, now, ("image_id", "flavor", "attachments"))
        image, consistency = _image_of_server(job, server)
        origin = _origin(image, consistency=consistency, taken_at=image.created_at)
        _read(job, image, disk, "disk", origin, None)
    remove_temporaries(job, "source", server.id)


def _sealed_as_wanted(job: Job, disk: str, size_bytes: int | None) -> bool:
    """A sealed pass is there, of the size and the consistency that the plan wants now.

    One that is not is left in the store and read anew, with temporaries of its own; what was restored from it is
    named by verify (DCP-423).
    """
    manifest = job.ctx.store.manifest(disk)
    if manifest is None:
        return False
    if size_bytes in {None, manifest.size_bytes} and (not job.step.needs or manifest.origin.consistency == "stopped"):
        return True
    job.alive()
    remove_temporaries(job, "source", disk.partition(":")[2])
    job.ctx.ledger.reopen(f"{disk}:verify")
    return False


def _read(job: Job, image: Image, disk: str, content: str, origin: Origin, size_bytes: int | None) -> DiskManifest:
    manifest = capture_disk(
        job.source.images,
        image,
        job.ctx.store,
        disk=disk,
        content=content,
        virtual_size_bytes=size_bytes,
        origin=origin,
        alive=job.still_mine,
        monitor=job.ctx.monitor,
        step_id=job.step.id,
        stop=job.ctx.stop,
        reads=job.ctx.policy.limits.reads,
    )
    job.moved_bytes = manifest.stored_bytes
    return manifest


def _origin(image: Image, *, consistency: str, snapshot_id: str | None = None, taken_at: str = "") -> Origin:
    return Origin(
        image_id=image.id,
        snapshot_id=snapshot_id,
        taken_at=taken_at or iso(utc_now()),
        consistency=consistency,
        image_format=image.disk_format,
        checksum=image.checksum,
        hash_algo=image.hash_algo,
        hash_value=image.hash_value,
        properties=_kept_properties(image),
    )


def _kept_properties(image: Image) -> dict[str, str]:
    """What the image says of its disk (bus, firmware, system), without our own marks."""
    ours = {MARK_PROPERTY, CONSISTENCY_PROPERTY, SNAPSHOT_PROPERTY}
    return {k: v for k, v in carried_properties(image.properties).items() if k not in ours}


def _consistency(job: Job, server_id: str | None) -> str:
    """How far the disks of this server agree with each other if they are snapshotted now."""
    if server_id is None:
        return "at rest"
    status = job.source.compute.server(server_id).status
    if job.step.needs and status != "SHUTOFF":
        job.alive()
        # A capture needs nothing but its server's stop: somebody has started it again since.
        raise ConflictError("DCP-505", item=job.step.id, what=f"status: SHUTOFF -> {status}")
    return "stopped" if status == "SHUTOFF" else "crash-consistent"


def _image_of_volume(job: Job, volume: Volume, server_id: str | None) -> tuple[Image, str, str, str]:
    """Snapshot, clone and image of the volume: the active image, the snapshot's id, its consistency and its time."""
    block, images = job.source.block, job.source.images
    mark = job.mark(Role.TEMPORARY, volume.id)
    consistency = _consistency(job, server_id)
    _drop_unstopped(
        job,
        Kind.SNAPSHOT,
        volume.id,
        consistency,
        {s.id: s.metadata.get(CONSISTENCY_KEY) for s in block.snapshots() if mark_of(s) == mark},
    )
    snapshot_id = job.make(
        "source",
        Kind.SNAPSHOT,
        mark,
        source_id=volume.id,
        name=str(mark),
        find=lambda: [s.id for s in block.snapshots() if mark_of(s) == mark],
        create=lambda: block.create_snapshot(volume.id, str(mark), {MARK_KEY: str(mark), CONSISTENCY_KEY: consistency}),
    )
    size = volume.size_gib
    snapshot = job.wait_for(lambda: block.snapshot(snapshot_id), lambda s: s.status, "available", size_gib=size)
    clone_id = job.make(
        "source",
        Kind.VOLUME,
        mark,
        source_id=volume.id,
        name=str(mark),
        # Of this very snapshot: a clone that a killed run left behind may be of an older one.
        find=lambda: [v.id for v in block.volumes() if mark_of(v) == mark and v.snapshot_id == snapshot_id],
        create=lambda: block.create_volume(
            NewVolume(name=str(mark), size_gib=size, snapshot_id=snapshot_id, metadata={MARK_KEY: str(mark)})
        ),
    )
    image_id = job.make(
        "source",
        Kind.IMAGE,
        mark,
        source_id=volume.id,
        name=str(mark),
        find=lambda: [
            i.id
            for i in images.images()
            if i.name == str(mark) and mark_of(i) == mark and i.properties.get(SNAPSHOT_PROPERTY) == snapshot_id
        ],
        create=lambda: _upload_clone(job, clone_id, mark, size, snapshot_id),
    )
    image = job.wait_for(lambda: images.image(image_id), lambda i: i.status, "active", size_gib=size)
    taken = snapshot.metadata.get(CONSISTENCY_KEY, "crash-consistent")
    return image, snapshot_id, taken, snapshot.created_at


def _drop_unstopped(job: Job, kind: Kind, source_id: str, now: str, found: dict[str, str | None]) -> None:
    """Removes temporaries of an earlier attempt that were taken while the server still ran, once it is stopped.

    `found`: id -> the consistency that it carries. The stopped pass needs temporaries of its own.
    """
    stale = [resource_id for resource_id, consistency in found.items() if now == "stopped" != consistency]
    if not stale:
        return
    job.alive()
    # What a killed run made of them and never recorded goes too: it would be taken for the new pass's.
    mark = job.mark(Role.TEMPORARY, source_id)
    left = [(kind, resource_id) for resource_id in stale]
    left += [(Kind.VOLUME, v.id) for v in job.source.block.volumes() if mark_of(v) == mark and v.name == str(mark)]
    left += [(Kind.IMAGE, i.id) for i in job.source.images.images() if mark_of(i) == mark and i.name == str(mark)]
    for of, resource_id in left:
        job.record("source", of, Role.TEMPORARY, source_id=source_id, resource_id=resource_id)
    remove_temporaries(job, "source", source_id)


def _upload_clone(job: Job, clone_id: str, mark: Mark, size_gib: int, snapshot_id: str) -> str:
    block = job.source.block
    clone = job.wait_for(lambda: block.volume(clone_id), lambda v: v.status, "available", size_gib=size_gib)
    # SourceGuard lets us add to what the clone has inherited, and nothing else.
    metadata = {**clone.image_metadata, MARK_PROPERTY: str(mark), SNAPSHOT_PROPERTY: snapshot_id}
    block.set_boot(clone_id, bootable=clone.bootable, image_metadata=metadata)
    job.alive()
    return block.upload_to_image(clone_id, str(mark), "qcow2")


def _image_of_server(job: Job, server: Server) -> tuple[Image, str]:
    images = job.source.images
    mark = job.mark(Role.TEMPORARY, server.id)
    consistency = _consistency(job, server.id)

    def ours() -> list[Image]:
        return [i for i in images.images() if i.name == str(mark) and mark_of(i) == mark]

    _drop_unstopped(
        job, Kind.IMAGE, server.id, consistency, {i.id: i.properties.get(CONSISTENCY_PROPERTY) for i in ours()}
    )
    image_id = job.make(
        "source",
        Kind.IMAGE,
        mark,
        source_id=server.id,
        name=str(mark),
        find=lambda: [i.id for i in ours()],
        create=lambda: job.source.compute.create_image(
            server.id, str(mark), {MARK_PROPERTY: str(mark), CONSISTENCY_PROPERTY: consistency}
        ),
    )
    image = job.wait_for(lambda: images.image(image_id), lambda i: i.status, "active", size_gib=server.flavor.disk_gib)
    return image, image.properties.get(CONSISTENCY_PROPERTY, "crash-consistent")


# ---------------------------------------------------------------- restore


def sealed(job: Job, disk: str) -> DiskManifest:
    """The disk's sealed manifest: half a copy is never restored.

    Raises TransientError DCP-512 when there is none (a lost store): its capture is done again, source permitting.
    """
    manifest = job.ctx.store.manifest(disk)
    if manifest is None:
        job.alive()
        if job.ctx.source is None:
            raise ItemError("DCP-512", disk=disk)
        job.redo_needs()
        raise TransientError("DCP-512", disk=disk)
    return manifest


def restore_image(job: Job, action: RestoreImage) -> None:
    image = action.image
    manifest = sealed(job, f"image:{image.id}")
    mark = job.mark(Role.MOVED, image.id)
    new = NewImage(
        name=image.name,
        disk_format=image.disk_format,
        container_format=image.container_format,
        min_disk_gib=image.min_disk_gib,
        min_ram_mib=image.min_ram_mib,
        visibility="private",
        hidden=image.hidden,
        protected=image.protected,
        tags=(*image.tags, str(mark)),
        properties=image.properties,
    )
    _filled_image(job, mark, image.id, new, manifest)


def restore_server_image(job: Job, action: RestoreServerImage) -> None:
    server = action.server
    manifest = sealed(job, f"server:{server.id}")
    mark = job.mark(Role.MOVED, server.id)
    new = NewImage(
        name=f"{server.name} (root disk)",
        disk_format="qcow2",
        tags=(str(mark),),
        # A public base image may be nobody's to read any more; what its server's image inherited is.
        properties={**manifest.origin.properties, **action.properties},
    )
    _filled_image(job, mark, server.id, new, manifest)


def restore_volume(job: Job, action: RestoreVolume) -> None:
    """Temporary image, volume from it, boot flag and image metadata as at the source, image removed."""
    volume, block = action.volume, job.target.block
    manifest = sealed(job, f"volume:{volume.id}")
    moved = job.mark(Role.MOVED, volume.id)

    def find() -> list[str]:
        return [v.id for v in block.volumes() if mark_of(v) == moved]

    def create() -> str:
        temporary = job.mark(Role.TEMPORARY, volume.id)
        new = NewImage(name=str(temporary), disk_format="qcow2", tags=(str(temporary),))
        image_id = _filled_image(job, temporary, volume.id, new, manifest)
        job.alive()
        return block.create_volume(
            NewVolume(
                name=volume.name,
                description=volume.description,
                size_gib=max(volume.size_gib, gib_ceil(manifest.size_bytes)),
                volume_type=action.volume_type,
                availability_zone=action.availability_zone,
                metadata={**volume.metadata, MARK_KEY: str(moved)},
                image_id=image_id,
            )
        )

    volume_id = job.make("target", Kind.VOLUME, moved, source_id=volume.id, name=volume.name, find=find, create=create)
    _usable_volume(job, volume_id, volume, moved)
    job.alive()
    block.set_boot(volume_id, bootable=volume.bootable, image_metadata=volume.image_metadata)
    remove_temporaries(job, "target", volume.id)


def _usable_volume(job: Job, volume_id: str, volume: Volume, mark: Mark) -> None:
    """Waits for the new volume; one that ended in error holds nothing and is removed, so that the next attempt may try.

    A volume that is attached already was finished by an earlier attempt.
    """
    block = job.target.block
    status = block.volume(volume_id).status
    if status in {"in-use", "attaching"}:
        return
    try:
        job.wait_for(lambda: block.volume(volume_id), lambda v: v.status, "available", size_gib=volume.size_gib)
    except ItemError as err:
        now = block.volume(volume_id)
        proved = disk_item(Kind.VOLUME, volume.id) in read_proofs(job.ctx.evidence_dir)
        # Anything but a volume that never became one may hold what its owner has written since.
        if now.status != "error" or now.attachments or proved:
            raise
        job.alive()
        remove_marked(job.ctx, job.target, "target", Kind.VOLUME, volume_id, mark)
        raise TransientError("DCP-513", item=job.step.id) from err


def _filled_image(job: Job, mark: Mark, source_id: str, new: NewImage, manifest: DiskManifest) -> str:
    """An active image at the target with the manifest's bytes, carrying `mark` as a tag."""
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
        raise ItemError("DCP-510", item=job.step.id, status=status)
    if status != "queued":
        # An upload that died half-way: the bytes are not to be trusted, the record is of no use.
        job.alive()
        remove_marked(job.ctx, job.target, "target", Kind.IMAGE, image_id, mark)
        raise TransientError("DCP-513", item=job.step.id)
    job.alive()
    send = upload_file if manifest.content == "file" else upload_disk
    job.moved_bytes = send(
        images,
        image_id,
        manifest,
        job.ctx.store,
        alive=job.still_mine,
        monitor=job.ctx.monitor,
        step_id=job.step.id,
        stop=job.ctx.stop,
    )
    job.wait_for(lambda: images.image(image_id), lambda i: i.status, "active")
    return image_id


def _after_broken_upload(job: Job, image_id: str) -> str:
    """Another runner's upload may be under way, or have died: the status once it has settled, at most 60 s on."""
    images, waited = job.target.images, 0.0
    while (status := images.image(image_id).status) == "saving" and waited < 60:
        job.ctx.stop.check()
        job.ctx.stop.wait(2 * job.ctx.poll_s)
        waited += 2 * job.ctx.poll_s
    return status
