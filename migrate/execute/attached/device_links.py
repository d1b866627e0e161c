"""Finds the device of an attached volume by the volume's id in links such as those of /dev/disk/by-id.

A guest sees the id as its disk's serial: virtio has room for 20 characters, SCSI for all 36. udev makes links from it:
`virtio-<20>`, `scsi-0QEMU_QEMU_HARDDISK_<20 or 36>`, `scsi-SQEMU_QEMU_HARDDISK_<36>`, `ata-QEMU_HARDDISK_<20>`. Links
with names that the machine's owner chose (`dm-name-…`, `lvm-pv-uuid-…`) are not looked at: a cloud could call a volume
after one. Nova's device name (`/dev/vdb`) is only a guess, and never used.
"""

import os
import re
from pathlib import Path

_VIRTIO_SERIAL = 20
_BEFORE = r"(?:virtio-|scsi-[0S]QEMU_QEMU_HARDDISK_|ata-QEMU_HARDDISK_)"
"""The bus and the vendor, where a hypervisor shows a volume's id as the serial."""
_CINDER_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_DEVICES, _MEMORY = Path("/dev"), Path("/dev/shm")


def links_of(folder: Path, volume_id: str) -> list[Path]:
    """Links whose serial is the volume's id, or as much of it as virtio shows; excludes partitions.

    An id that is no UUID, as Cinder's are, has none.
    """
    if not _CINDER_ID.fullmatch(volume_id):
        return []
    named = re.compile(rf"{_BEFORE}(?:{re.escape(volume_id)}|{re.escape(volume_id[:_VIRTIO_SERIAL])})")
    try:
        links = sorted(folder.iterdir())
    except FileNotFoundError:
        return []  # udev creates the folder with the first link
    return [link for link in links if named.fullmatch(link.name)]


def devices_of(folder: Path, volume_id: str) -> list[Path]:
    """The devices behind the volume's links: exactly one once it has appeared and older ones are gone.

    Below /dev, only block devices count, except in /dev/shm, which holds only files. Raises: OSError.
    """
    found = {link.resolve() for link in links_of(folder, volume_id) if link.exists()}
    if _DEVICES in (folder, *folder.parents) and _MEMORY not in (folder, *folder.parents):
        found = {device for device in found if device.is_block_device()}
    return sorted(found)


def size_of(device: Path) -> int:
    """The size in bytes, found by seeking: a block device reports the file size 0. Raises OSError."""
    descriptor = os.open(device, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.lseek(descriptor, 0, os.SEEK_END)
    finally:
        os.close(descriptor)
