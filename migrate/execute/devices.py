"""The device of an attached volume, found by the volume's id among links such as those of /dev/disk/by-id.

A guest sees the id as its disk's serial: virtio has room for 20 characters, SCSI for all 36. udev makes links out of
it: `virtio-<20>`, `scsi-0QEMU_QEMU_HARDDISK_<20 or 36>`, `scsi-SQEMU_QEMU_HARDDISK_<36>`. The name that Nova tells
(`/dev/vdb`) is a guess of its own, and is never gone by.
"""

import os
from pathlib import Path

_VIRTIO_SERIAL = 20


def links_of(folder: Path, volume_id: str) -> list[Path]:
    """Links whose names end with the volume's id, or with as much of it as a virtio disk tells; partitions' do not."""
    try:
        links = sorted(folder.iterdir())
    except FileNotFoundError:
        return []  # udev makes the folder with the first link
    return [link for link in links if link.name.endswith((volume_id, volume_id[:_VIRTIO_SERIAL]))]


def devices_of(folder: Path, volume_id: str) -> list[Path]:
    """The devices that the volume's links lead to: one, once it is there and whatever was there before is gone.

    Raises: OSError.
    """
    return sorted({link.resolve() for link in links_of(folder, volume_id) if link.exists()})


def size_of(device: Path) -> int:
    """Bytes. A block device tells 0 as its file's size: only its end does. Raises OSError."""
    descriptor = os.open(device, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.lseek(descriptor, 0, os.SEEK_END)
    finally:
        os.close(descriptor)
