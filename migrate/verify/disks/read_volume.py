"""Reads a volume back at the target: through a temporary image, and for a volume in use through a snapshot and a clone.

On the attached path, always a clone is attached and read, without an image. Snapshot and clone carry the mark in their
metadata from creation; the image is named exactly like the mark, because an upload accepts no property. Leftovers of an
earlier attempt are removed first, never read: the volume may have changed since.
"""

from collections.abc import Callable, Iterable, Set
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from migrate.clouds.ports import BlockStorage, Images, NewVolume
from migrate.errors import NotFound, TransientError
from migrate.model import MARK_KEY, MARK_PROPERTY, Kind, Mark, Role, Volume, mark_of
from migrate.step_attempt import Attempt
from migrate.verify.disks.compare_content import DiskCheck, verify_disk, verify_path
from migrate.verify.disks.expected_content import Captured
from migrate.verify.wait_for_status import GONE, until

_SETTLED = frozenset(
    {"available", "in-use", "deleting", GONE, "error", "error_deleting", "error_extending", "error_managing"}
    | {"error_restoring"}
)

LIMIT_S = 43_200.0
"""The time limit for one snapshot, clone or upload at the target."""


class Devices(Protocol):
    """Our volumes as devices of the worker machine."""

    @property
    def used(self) -> bool:
        """Whether volumes are read as devices instead of images."""

    def on(self, volume_id: str) -> AbstractContextManager[Path]:
        """The volume's device, during the block."""

    def detach(self, volume_id: str) -> None:
        """Detaches the volume and waits for that."""


def _unrecorded(*_: object) -> None:
    """For callers without a ledger."""


def _none_recorded(_source_id: str) -> Iterable[tuple[Kind, str]]:
    return ()


@dataclass(frozen=True)
class ReadBack:
    """How disks at the target are read back, and callbacks for the temporaries this requires.

    migration: the owner of the temporaries.   spool_dir: for images while they are read.
    attempt: `check_running` is called before each temporary is created or deleted, as the step may have another owner.
    made: called at once with (kind, id, source id) of each temporary; removed: with (kind, id) after its removal.
    recorded: kinds and ids of what was told to `made` for a source id, and not to `removed`.
    devices: reads volumes as devices of this machine, if possible.
    """

    migration: str
    spool_dir: Path
    attempt: Attempt = field(default_factory=Attempt)
    made: Callable[[Kind, str, str], None] = _unrecorded
    removed: Callable[[Kind, str], None] = _unrecorded
    recorded: Callable[[str], Iterable[tuple[Kind, str]]] = _none_recorded
    devices: Devices | None = None

    def mark(self, source_id: str) -> Mark:
        """The mark of temporaries for the copy of this source resource."""
        return Mark(role=Role.TEMPORARY, migration=self.migration[:8], source_id=source_id)


def verify_volume(
    block: BlockStorage,
    images: Images,
    volume_id: str,
    captured: Captured,
    source_id: str,
    how: ReadBack,
) -> DiskCheck:
    """Compares a volume at the target with its capture; it may be in use, and larger than the disk if the rest is zero.

    The volume itself is only read. Temporaries are removed after the comparison, whatever its result; after an error
    they stay, carry `how.mark(source_id)`, and the next attempt removes them.

    Raises:  ItemError DCP-704, TransientError DCP-705 (waiting), and as `verify_disk`, `verify_path`, `Devices.on`.
    """
    work, stop, advanced = _Work(block, images, volume_id, source_id, how), how.attempt.stop, how.attempt.advanced
    work.remove_all()
    work.record_gone()
    if how.devices and how.devices.used:
        with how.devices.on(work.clone()) as path:
            check = verify_path(path, captured, may_be_larger=True, stop=stop, advanced=advanced)
    else:
        image, spool = work.upload(), how.spool_dir
        check = verify_disk(images, image, captured, spool, may_be_larger=True, stop=stop, advanced=advanced)
    work.remove_all()
    return check


@dataclass(frozen=True)
class _Work:
    """The temporaries of one verification of one volume."""

    block: BlockStorage
    images: Images
    volume_id: str
    source_id: str
    how: ReadBack

    @property
    def mark(self) -> Mark:
        return self.how.mark(self.source_id)

    # ------------------------------------------------------------ creating

    def upload(self) -> str:
        """An active image of the volume; returns once the volume is available or in use again."""
        uploaded = self.volume_id if self._at_rest() == "available" else self._marked_clone()
        image_id = self._make(
            Kind.IMAGE, self._own_images, lambda: self.block.upload_to_image(uploaded, str(self.mark), "qcow2")
        )
        self._until(lambda: self.images.image(image_id).status, {"active"}, Kind.IMAGE, image_id)
        self._until(self._volume(uploaded), {"available", "in-use"}, Kind.VOLUME, uploaded)
        return image_id

    def clone(self) -> str:
        """An available volume of ours with the volume's current content."""
        self._at_rest()
        metadata = {MARK_KEY: str(self.mark)}
        size_gib = self.block.volume(self.volume_id).size_gib
        snapshot_id = self._make(
            Kind.SNAPSHOT,
            self._own_snapshots,
            lambda: self.block.create_snapshot(self.volume_id, str(self.mark), metadata),
        )
        self._until(self._snapshot(snapshot_id), {"available"}, Kind.SNAPSHOT, snapshot_id)
        new = NewVolume(name=str(self.mark), size_gib=size_gib, snapshot_id=snapshot_id, metadata=metadata)
        clone_id = self._make(Kind.VOLUME, self._own_clones, lambda: self.block.create_volume(new))
        self._until(self._volume(clone_id), {"available"}, Kind.VOLUME, clone_id)
        return clone_id

    def _marked_clone(self) -> str:
        clone_id = self.clone()
        self.how.attempt.check_running()
        # The image inherits this, and thus the mark.
        self.block.set_boot(clone_id, bootable=False, image_metadata={MARK_PROPERTY: str(self.mark)})
        return clone_id

    def _make(self, kind: Kind, find: Callable[[], list[str]], create: Callable[[], str]) -> str:
        """Creates a resource once. After a lost answer it searches for the mark, which did not exist before."""
        self.how.attempt.stop.check()
        self.how.attempt.check_running()
        try:
            made = create()
        except TransientError:
            found = find()
            if not found:
                raise
            made = found[0]
        self.how.made(kind, made, self.source_id)
        return made

    # ------------------------------------------------------------ removing

    def remove_all(self) -> None:
        """Removes all temporaries, also those of an earlier attempt: image, then clone, then snapshot."""
        for image_id in self._own_images():
            self.how.attempt.check_running()
            self.images.delete(image_id)
            self.how.removed(Kind.IMAGE, image_id)
        if self.how.devices:
            for clone in self._clones():
                self.how.devices.detach(clone.id)
        for clone_id in [clone.id for clone in self._clones() if not clone.attachments]:
            self._delete(self._volume(clone_id), self.block.delete_volume, Kind.VOLUME, clone_id)
        for snapshot_id in self._own_snapshots():
            self._delete(self._snapshot(snapshot_id), self.block.delete_snapshot, Kind.SNAPSHOT, snapshot_id)

    def record_gone(self) -> None:
        """Records what is gone already: an earlier attempt was killed between a removal and its record."""
        looks = {Kind.IMAGE: self.images.image, Kind.VOLUME: self.block.volume, Kind.SNAPSHOT: self.block.snapshot}
        for kind, resource_id in self.how.recorded(self.source_id):
            if kind not in looks:
                continue
            try:
                looks[kind](resource_id)
            except NotFound:
                self.how.removed(kind, resource_id)

    def _delete(self, look: Callable[[], str], delete: Callable[[str], None], kind: Kind, resource_id: str) -> None:
        """Deletes a resource, after waiting for its creation or upload to end; does not repeat a deletion
        in progress.
        """
        if self._until(look, _SETTLED, kind, resource_id) not in {"deleting", GONE}:
            self.how.attempt.check_running()
            delete(resource_id)
        self._until(look, {GONE}, kind, resource_id)
        self.how.removed(kind, resource_id)

    # ------------------------------------------------------------ finding

    def _own_images(self) -> list[str]:
        """Our images by exact name: an image uploaded from the volume itself cannot carry a mark."""
        return [
            i.id
            for i in self.images.images()
            if i.name == str(self.mark) and i.status not in {"deleted", "pending_delete"}
        ]

    def _own_clones(self) -> list[str]:
        return [clone.id for clone in self._clones()]

    def _clones(self) -> list[Volume]:
        """Our clones; includes one that somebody has attached elsewhere, which stays."""
        return [v for v in self.block.volumes() if mark_of(v) == self.mark and v.id != self.volume_id]

    def _own_snapshots(self) -> list[str]:
        return [s.id for s in self.block.snapshots() if mark_of(s) == self.mark and s.volume_id == self.volume_id]

    # ------------------------------------------------------------ waiting

    def _at_rest(self) -> str:
        """Waits until the volume can be copied; returns its status."""
        return self._until(self._volume(self.volume_id), {"available", "in-use"}, Kind.VOLUME, self.volume_id)

    def _volume(self, volume_id: str) -> Callable[[], str]:
        return lambda: self.block.volume(volume_id).status

    def _snapshot(self, snapshot_id: str) -> Callable[[], str]:
        return lambda: self.block.snapshot(snapshot_id).status

    def _until(self, look: Callable[[], str], wanted: Set[str], kind: Kind, resource_id: str) -> str:
        return until(
            look, frozenset(wanted), kind=kind, resource_id=resource_id, stop=self.how.attempt.stop, limit_s=LIMIT_S
        )
