"""Temporary resources at the source for reading a disk: snapshot, clone and image, or only an image.

On the attached path no image is made of the clone: it is attached to the worker server and read as a device.

Each carries the mark from its creation; the image of a clone accepts no property at creation, so the mark is set on the
clone and inherited. A temporary in an error state is removed, and the next attempt creates another.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from migrate.clouds.ports import NewVolume
from migrate.errors import EndedInState, NotFound, TransientError, Unsupported
from migrate.execute.actions.remove_temporaries import remove_temporaries
from migrate.execute.attached.attached_volumes import detach_from_worker, made
from migrate.execute.consistency import CRASH_CONSISTENT, Moment, moment_now, moment_of_shared_disk, require_no_start
from migrate.execute.job import Job
from migrate.messages import codes
from migrate.messages.reason import reason
from migrate.model import MARK_KEY, MARK_PROPERTY, Backup, Image, Kind, Mark, Role, Server, Snapshot, Volume, mark_of
from migrate.model.steps import TakePass

CONSISTENCY_KEY = "decamp-consistency"
"""Metadata of our snapshots: whether the server was stopped at the time, which a later attempt cannot know."""

CONSISTENCY_PROPERTY = "decamp_consistency"

SNAPSHOT_PROPERTY = "decamp_snapshot"
"""Ties a clone's image to its snapshot or backup, so that leftovers from an older one are never used. On a
volume it shows that a backup was restored completely.
"""

STOP_KEY, STOP_PROPERTY = "decamp-stop", "decamp_stop"
"""Keys for the server's stop at that time (`execute/consistency.py`), stored beside the consistency."""

PASS_KEY, PASS_PROPERTY = "decamp-pass", "decamp_pass"
"""Keys for a warm pass: what it has taken is no capture, which may come days later, and is not used by one."""


@dataclass(frozen=True)
class Taken:
    """A disk to be read, and the moment of its content. `taken_at`: empty if unknown.

    `of`: an active image of the disk, or our volume with its content (attached path).
    """

    of: Image | Volume
    consistency: str
    taken_at: str = ""
    snapshot_id: str | None = None
    stop: str = ""


# ---------------------------------------------------------------- sources of a capture


def take_volume(
    job: Job, volume: Volume, server_id: str | None, others: tuple[str, ...] = (), *, attached: bool
) -> Taken:
    """Creates a snapshot, a clone and, unless it gets attached, an image of the volume; `others`: further servers using
    it.
    """
    block = job.source.block
    mark = job.mark(Role.TEMPORARY, volume.id)
    moment = moment_of_shared_disk(job, server_id, others)
    found = {s.id: s.metadata for s in block.snapshots() if mark_of(s) == mark}
    _drop_of_other_moments(job, Kind.SNAPSHOT, volume.id, moment, found)
    with _anew_when_broken(job, volume.id):
        snapshot_id = job.make(
            "source",
            Kind.SNAPSHOT,
            mark,
            source_id=volume.id,
            name=str(mark),
            find=lambda: [s.id for s in block.snapshots() if mark_of(s) == mark],
            create=lambda: block.create_snapshot(
                volume.id, str(mark), {MARK_KEY: str(mark), **_moment_metadata(job, moment, Kind.SNAPSHOT)}
            ),
        )
        snapshot = job.wait_for(
            lambda: block.snapshot(snapshot_id), lambda s: s.status, "available", size_gib=volume.size_gib
        )
        require_no_start(job, server_id, moment, others)
        of = _cloned(job, mark, snapshot, attached=attached)
    taken = _moment_in(snapshot.metadata)
    return Taken(of, taken.consistency, snapshot.created_at, snapshot_id, taken.stop)


def take_snapshot(job: Job, snapshot: Snapshot, *, attached: bool) -> Taken:
    """Creates a clone of the customer's own snapshot, and an image of that; the snapshot stays unchanged.

    The activity of its volume at that time is unknown.
    """
    with _anew_when_broken(job, snapshot.id):
        of = _cloned(job, job.mark(Role.TEMPORARY, snapshot.id), snapshot, attached=attached)
    return Taken(of, CRASH_CONSISTENT, snapshot.created_at, snapshot.id)


def take_backup(job: Job, backup: Backup, volume_type: str | None = None, *, attached: bool) -> Taken:
    """Restores the backup into an empty volume of ours, of this type, and creates an image of that."""
    mark = job.mark(Role.TEMPORARY, backup.id)
    with _anew_when_broken(job, backup.id):
        volume_id = job.make(
            "source",
            Kind.VOLUME,
            mark,
            source_id=backup.id,
            name=str(mark),
            # By name too: a restored backup may bring another volume's metadata.
            find=lambda: [v.id for v in job.source.block.volumes() if v.name == str(mark)],
            create=lambda: job.source.block.create_volume(
                NewVolume(
                    name=str(mark),
                    size_gib=backup.size_gib,
                    volume_type=volume_type,
                    metadata={MARK_KEY: str(mark)},
                )
            ),
        )
        detach_from_worker(job.ctx, job.source, "source", volume_id, check_running=job.check_claim)
        _fill(job, volume_id, backup)
        of = _handed_over(job, mark, volume_id, backup.id, backup.size_gib, attached=attached)
    return Taken(of, CRASH_CONSISTENT, backup.created_at)


def take_server(job: Job, server: Server) -> Taken:
    images = job.source.images
    mark = job.mark(Role.TEMPORARY, server.id)
    moment = moment_now(job, server.id)

    def ours() -> list[Image]:
        return [i for i in images.images() if i.name == str(mark) and mark_of(i) == mark]

    _drop_of_other_moments(job, Kind.IMAGE, server.id, moment, {i.id: i.properties for i in ours()})
    with _anew_when_broken(job, server.id):
        image_id = job.make(
            "source",
            Kind.IMAGE,
            mark,
            source_id=server.id,
            name=str(mark),
            find=lambda: [i.id for i in ours()],
            create=lambda: job.source.compute.create_image(
                server.id,
                str(mark),
                {MARK_PROPERTY: str(mark), **_moment_metadata(job, moment, Kind.IMAGE)},
            ),
        )
        image = _active(job, image_id, server.flavor.disk_gib)
    if image.volume_backed or not image.size_bytes:
        # Created with both an image and a boot volume: the volume is its disk, and this image is empty. The image
        # stays, so that no attempt creates another: each time Nova takes snapshots that are not ours to delete.
        raise Unsupported(codes.UNSUPPORTED, what=reason("image-and-boot-volume", server=server.name))
    require_no_start(job, server.id, moment)
    taken = _moment_in(image.properties)
    return Taken(image, taken.consistency, image.created_at, stop=taken.stop)


# ---------------------------------------------------------------- consistency


def _moment_metadata(job: Job, moment: Moment, kind: Kind) -> dict[str, str]:
    """Metadata for a temporary snapshot or image: the moment of its content, and whether a warm pass takes it."""
    of_snapshot = kind is Kind.SNAPSHOT
    found = {CONSISTENCY_KEY if of_snapshot else CONSISTENCY_PROPERTY: moment.consistency}
    if moment.stop:
        found[STOP_KEY if of_snapshot else STOP_PROPERTY] = moment.stop
    if isinstance(job.step.action, TakePass):
        found[PASS_KEY if of_snapshot else PASS_PROPERTY] = "yes"
    return found


def _moment_in(carried: dict[str, str]) -> Moment:
    """The moment recorded in a snapshot's metadata or an image's properties."""
    consistency = carried.get(CONSISTENCY_KEY) or carried.get(CONSISTENCY_PROPERTY) or CRASH_CONSISTENT
    return Moment(consistency, carried.get(STOP_KEY) or carried.get(STOP_PROPERTY) or "")


def _is_of_pass(carried: dict[str, str]) -> bool:
    return PASS_KEY in carried or PASS_PROPERTY in carried


def _drop_of_other_moments(job: Job, kind: Kind, source_id: str, now: Moment, found: dict[str, dict[str, str]]) -> None:
    """Removes temporaries of an earlier attempt from before the server's last stop, or from between stops; for a
    capture those of a warm pass that broke off, and the reverse.

    `found`: maps ids to their metadata. Each stop needs its own temporaries.
    """
    is_pass = isinstance(job.step.action, TakePass)
    stale = [i for i, said in found.items() if _moment_in(said) != now or _is_of_pass(said) != is_pass]
    if not stale:
        return
    job.check_running()
    # Includes temporaries that a killed run never recorded: they could be taken for the new pass's.
    mark = job.mark(Role.TEMPORARY, source_id)
    left = [(kind, resource_id) for resource_id in stale]
    left += [(Kind.VOLUME, v.id) for v in job.source.block.volumes() if mark_of(v) == mark and v.name == str(mark)]
    left += [(Kind.IMAGE, i.id) for i in job.source.images.images() if mark_of(i) == mark and i.name == str(mark)]
    for of, resource_id in left:
        job.record("source", of, Role.TEMPORARY, source_id=source_id, resource_id=resource_id)
    remove_temporaries(job, "source", source_id)


# ---------------------------------------------------------------- clones and their images


def _cloned(job: Job, mark: Mark, snapshot: Snapshot, *, attached: bool) -> Image | Volume:
    """Our volume made from the snapshot, or its active image."""
    block = job.source.block
    clone_id = job.make(
        "source",
        Kind.VOLUME,
        mark,
        source_id=mark.source_id,
        name=str(mark),
        # Only of this snapshot: a clone left by a killed run may be from an older one.
        find=lambda: [v.id for v in block.volumes() if mark_of(v) == mark and v.snapshot_id == snapshot.id],
        create=lambda: block.create_volume(
            NewVolume(
                name=str(mark), size_gib=snapshot.size_gib, snapshot_id=snapshot.id, metadata={MARK_KEY: str(mark)}
            )
        ),
    )
    return _handed_over(job, mark, clone_id, snapshot.id, snapshot.size_gib, attached=attached)


def _handed_over(job: Job, mark: Mark, volume_id: str, of_id: str, size_gib: int, *, attached: bool) -> Image | Volume:
    if attached:
        return job.wait_for(_read_volume(job, volume_id), made, "available", size_gib=size_gib)
    detach_from_worker(job.ctx, job.source, "source", volume_id, check_running=job.check_claim)
    return _uploaded(job, mark, volume_id, of_id, size_gib)


def _uploaded(job: Job, mark: Mark, volume_id: str, of_id: str, size_gib: int) -> Image:
    """The active image of a temporary volume; `of_id`: its snapshot or backup."""
    images = job.source.images

    def ours(image: Image) -> bool:
        made = image.name == str(mark) and mark_of(image) == mark
        return made and image.properties.get(SNAPSHOT_PROPERTY) == of_id

    image_id = job.make(
        "source",
        Kind.IMAGE,
        mark,
        source_id=mark.source_id,
        name=str(mark),
        find=lambda: [i.id for i in images.images() if ours(i)],
        create=lambda: _upload(job, mark, volume_id, of_id, size_gib),
    )
    return _active(job, image_id, size_gib)


def _active(job: Job, image_id: str, size_gib: int) -> Image:
    """Waits for the image. Raises TransientError DCP-513 if it is gone: clouds remove the image of a failed upload."""
    images = job.source.images
    try:
        return job.wait_for(lambda: images.image(image_id), lambda i: i.status, "active", size_gib=size_gib)
    except NotFound as err:
        if err.facts.get("id") != image_id:
            raise
        raise TransientError(codes.BROKE_OFF, item=job.step.id) from err


def _upload(job: Job, mark: Mark, volume_id: str, of_id: str, size_gib: int) -> str:
    block = job.source.block
    volume = job.wait_for(_read_volume(job, volume_id), lambda v: v.status, "available", size_gib=size_gib)
    job.check_running()
    # SourceGuard only permits additions to the inherited metadata.
    metadata = {**volume.image_metadata, MARK_PROPERTY: str(mark), SNAPSHOT_PROPERTY: of_id}
    block.set_boot(volume_id, bootable=volume.bootable, image_metadata=metadata)
    job.check_running()
    return block.upload_to_image(volume_id, str(mark), "qcow2")


def _fill(job: Job, volume_id: str, backup: Backup) -> None:
    """Restores the backup into the volume; after a kill it is simply restored again."""
    block, size = job.source.block, backup.size_gib
    volume = job.wait_for(_read_volume(job, volume_id), lambda v: v.status, "available", size_gib=size)
    if volume.image_metadata.get(SNAPSHOT_PROPERTY) == backup.id:
        return
    job.wait_for(lambda: find_backup(job, backup.id), lambda b: b.status, "available", size_gib=size)
    job.check_running()
    block.restore_backup(backup.id, volume_id)
    volume = job.wait_for(_read_volume(job, volume_id), lambda v: v.status, "available", size_gib=size)
    job.check_running()
    metadata = {**volume.image_metadata, MARK_PROPERTY: str(job.mark(Role.TEMPORARY, backup.id))}
    block.set_boot(volume_id, bootable=volume.bootable, image_metadata={**metadata, SNAPSHOT_PROPERTY: backup.id})


def find_backup(job: Job, backup_id: str) -> Backup:
    """The backup's current record. Raises NotFound."""
    found = next((b for b in job.source.block.backups() if b.id == backup_id), None)
    if found is None:
        raise NotFound(codes.GONE, kind=Kind.BACKUP.value, id=backup_id)
    return found


def _read_volume(job: Job, volume_id: str) -> Callable[[], Volume]:
    return lambda: job.source.block.volume(volume_id)


@contextmanager
def _anew_when_broken(job: Job, source_id: str) -> Iterator[None]:
    """Removes all temporaries of an origin when one ends in an error state, and raises TransientError DCP-513."""
    try:
        yield
    except EndedInState as err:
        job.check_running()
        remove_temporaries(job, "source", source_id)
        raise TransientError(codes.BROKE_OFF, item=job.step.id) from err
