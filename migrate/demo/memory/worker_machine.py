"""The machine that a test runs on, as a server of a world: its volumes are devices with links.

As with udev, a folder has one link per volume, named after the first 20 characters of its id, because a virtio disk
shows no more of its serial. A device is a sparse file; the guest's writes go to the volume.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from migrate.demo.memory.sparse_disk import BLOCK, Disk

_PIECE = 64 * BLOCK
_NOTHING = bytes(_PIECE)


@dataclass
class Machine:
    """The server with this id. `links` replaces `/dev/disk/by-id`."""

    server_id: str
    root: Path
    _plugged: set[str] = field(default_factory=set)

    @property
    def links(self) -> Path:
        return self.root / "by-id"

    def plug(self, volume_id: str, disk: Disk, hidden: int = 0) -> None:
        """Adds the volume's device and link; `hidden`: the number of bytes that the cloud hides from the guest."""
        self.links.mkdir(parents=True, exist_ok=True)
        size_bytes = disk.size_bytes - hidden
        with self._device(volume_id).open("wb") as file:
            file.truncate(size_bytes)
            for index, block in disk.blocks.items():
                file.seek(index * BLOCK)
                file.write(block[: max(0, size_bytes - index * BLOCK)])
        self._link(volume_id).symlink_to(self._device(volume_id))
        self._plugged.add(volume_id)

    def unplug(self, volume_id: str, disk: Disk) -> None:
        """Removes link and device; copies written data back to the disk."""
        if volume_id in self._plugged:
            self.read_back(volume_id, disk)
            self._plugged.discard(volume_id)
            self._link(volume_id).unlink()
            self._device(volume_id).unlink()

    def read_back(self, volume_id: str, disk: Disk) -> None:
        """Copies the device's current content to the disk, if the volume is plugged in."""
        if volume_id in self._plugged:
            disk.blocks.clear()
            for at, data in _data(self._device(volume_id)):
                disk.write(at, data)

    def _device(self, volume_id: str) -> Path:
        return self.root / f"device-{volume_id}"

    def _link(self, volume_id: str) -> Path:
        return self.links / f"virtio-{volume_id[:20]}"


def _data(path: Path) -> Iterator[tuple[int, bytes]]:
    """The data of a sparse file with its positions; skips zeros, even written ones."""
    with path.open("rb") as file:
        end, at = file.seek(0, os.SEEK_END), 0
        while at < end:
            try:
                at = file.seek(at, os.SEEK_DATA) // BLOCK * BLOCK
            except OSError:
                return  # only a hole up to the end
            file.seek(at)
            data = file.read(_PIECE)
            if not _NOTHING.startswith(data):
                yield at, data
            at += len(data)
