"""Possible starts of file systems on a disk: MBR or GPT partitions, and the disk itself.

Source: UEFI specification, "GUID Partition Table (GPT) Disk Layout", "Legacy MBR".
"""

import struct
from collections.abc import Callable, Iterator

ReadAt = Callable[[int, int], bytes]
"""`read(at, size)`: the bytes of the disk; fewer at its end."""

_SECTORS = (512, 4096)
_MBR_AT, _MBR_ENTRIES, _MBR_MAGIC = 446, 4, b"\x55\xaa"
_EXTENDED = {0x05, 0x0F, 0x85}
_PROTECTIVE = 0xEE
_GPT_MAGIC = b"EFI PART"
_MOST = 128


def partition_starts(read: ReadAt) -> Iterator[int]:
    """Offsets in bytes in the table's order, then the start of the disk, for disks without partitions."""
    yield from _gpt(read) or _mbr(read)
    yield 0


def _gpt(read: ReadAt) -> list[int]:
    for sector in _SECTORS:
        head = read(sector, 92)
        if len(head) == 92 and head.startswith(_GPT_MAGIC):
            table_lba, count, size = struct.unpack_from("<QII", head, 72)
            if size < 128:
                return []
            entries = (read(table_lba * sector + i * size, 40) for i in range(min(count, _MOST)))
            firsts = (
                struct.unpack_from("<Q", entry, 32)[0] for entry in entries if len(entry) == 40 and any(entry[:16])
            )
            return [first * sector for first in firsts]
    return []


def _mbr(read: ReadAt) -> list[int]:
    starts = []
    for kind, first in _entries(read, 0):
        if kind in _EXTENDED:
            starts += _logical(read, first)
        elif kind != _PROTECTIVE:
            starts.append(first * 512)
    return starts


def _logical(read: ReadAt, extended: int) -> list[int]:
    """Logical partitions: a chain of tables, each with one partition and a pointer to the next table."""
    starts: list[int] = []
    at = extended
    while len(starts) < _MOST:
        following = None
        for kind, first in _entries(read, at):
            if kind in _EXTENDED:
                following = extended + first
            else:
                starts.append((at + first) * 512)
        if following is None or following <= at:
            break
        at = following
    return starts


def _entries(read: ReadAt, lba: int) -> Iterator[tuple[int, int]]:
    """Type and first sector of each entry in a boot record."""
    table = read(lba * 512, 512)
    if len(table) < 512 or table[510:] != _MBR_MAGIC:
        return
    for i in range(_MBR_ENTRIES):
        entry = table[_MBR_AT + 16 * i : _MBR_AT + 16 * (i + 1)]
        kind, (first, count) = entry[4], struct.unpack_from("<II", entry, 8)
        if kind and count:
            yield kind, first
