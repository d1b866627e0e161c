"""Reads small files from an ext2, ext3 or ext4 file system; without mounting it or replaying the journal.

The content comes from a guest: every number is checked before use, and damage raises `NotReadable`.

Source: Linux Documentation/filesystems/ext4.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from migrate.disks.formats.partitions import ReadAt

_ROOT = 2
_MOST_DIRECTORY_BYTES = 16 << 20
_MOST_LINKS = 8
_MOST_DEPTH = 5
_MOST_STEPS = 5_000_000

_MAGIC, _EXTENT_MAGIC = 0xEF53, 0xF30A
# Known features that change the layout: filetype, recover, extents, 64bit, mmp, flex_bg, ea_inode, csum_seed, largedir,
# inline_data, encrypt, casefold. Others (compression, meta_bg, journal_dev) are not supported.
_KNOWN = 0x2 | 0x4 | 0x40 | 0x80 | 0x100 | 0x200 | 0x400 | 0x2000 | 0x4000 | 0x8000 | 0x10000 | 0x20000
_64BIT = 0x80
_BY_EXTENTS, _INLINE, _ENCRYPTED = 0x80000, 0x10000000, 0x800
_FILE, _DIRECTORY, _LINK = 0x8000, 0x4000, 0xA000


class NotReadable(Exception):
    """Not an ext file system, an unknown feature, damage, or no such file."""


class Steps:
    """A limit on directory entries and extents, because empty tables could otherwise be read forever."""

    def __init__(self, left: int = _MOST_STEPS) -> None:
        self._left = left

    def spend(self, count: int = 1) -> None:
        self._left -= count
        if self._left < 0:
            raise NotReadable("more entries than anybody looks at")


class _Inode(NamedTuple):
    kind: int
    size: int
    flags: int
    block: bytes


@dataclass(frozen=True)
class _Layout:
    """Sizes in bytes; `groups_at`: the offset of the group descriptors from the start of the file system."""

    block: int
    inode: int
    inodes: int
    inodes_per_group: int
    descriptor: int
    groups_at: int


class ExtFiles:
    """The files of the file system that begins at `start`. Raises NotReadable if there is none.

    `steps`: shared by all file systems of a disk.
    """

    def __init__(self, read: ReadAt, start: int, steps: Steps | None = None) -> None:
        self._disk, self._start, self._steps = read, start, steps or Steps()
        self._layout = _layout(self._read(1024, 1024))

    def file(self, path: str, most_bytes: int) -> bytes:
        """The content of a regular file; follows symbolic links. Raises NotReadable."""
        inode = self._inode(self._walk(path.strip("/").split("/")))
        if inode.kind != _FILE or inode.size > most_bytes:
            raise NotReadable(f"{path}: no regular file of at most {most_bytes} bytes")
        return self._content(inode)

    def link(self, path: str) -> str:
        """The target of a symbolic link. Raises NotReadable."""
        *parents, name = path.strip("/").split("/")
        inode = self._inode(self._entry(self._walk(parents), name))
        if inode.kind != _LINK:
            raise NotReadable(f"{path}: no symbolic link")
        return self._target(inode)

    # ------------------------------------------------------------ names

    def _walk(self, names: list[str], links: int = 0) -> int:
        """The inode number for a path from the root."""
        at: list[int] = [_ROOT]
        for position, name in enumerate(names):
            if name in {"", "."}:
                continue
            if name == "..":
                at = at[:-1] or at
                continue
            found = self._entry(at[-1], name)
            inode = self._inode(found)
            if inode.kind == _LINK:
                return self._follow(names[:position], self._target(inode), names[position + 1 :], links)
            at.append(found)
        return at[-1]

    def _follow(self, before: list[str], target: str, behind: list[str], links: int) -> int:
        if links >= _MOST_LINKS:
            raise NotReadable("too many symbolic links")
        parts = target.split("/")
        return self._walk([*([] if target.startswith("/") else before), *parts, *behind], links + 1)

    def _entry(self, directory: int, name: str) -> int:
        inode = self._inode(directory)
        if inode.kind != _DIRECTORY or inode.size > _MOST_DIRECTORY_BYTES:
            raise NotReadable(f"{name}: not below a directory")
        wanted, listing = name.encode(), self._content(inode)
        for block_at in range(0, len(listing), self._layout.block):
            for number, found in _entries(listing[block_at : block_at + self._layout.block]):
                self._steps.spend()
                if number and found == wanted:
                    return number
        raise NotReadable(f"{name}: no such file")

    def _target(self, inode: _Inode) -> str:
        if inode.size >= 4096:
            raise NotReadable("a symbolic link that is too long")
        short = inode.size < 60 and not inode.flags & _BY_EXTENTS
        raw = inode.block[: inode.size] if short else self._content(inode)
        return raw.decode("utf-8", "replace")

    # ------------------------------------------------------------ inodes and blocks

    def _inode(self, number: int) -> _Inode:
        layout = self._layout
        if not 0 < number <= layout.inodes:
            raise NotReadable(f"inode {number}")
        group, index = divmod(number - 1, layout.inodes_per_group)
        descriptor = self._read(layout.groups_at + group * layout.descriptor, layout.descriptor)
        table = struct.unpack_from("<I", descriptor, 8)[0]
        if layout.descriptor >= 64:
            table |= struct.unpack_from("<I", descriptor, 40)[0] << 32
        raw = self._read(table * layout.block + index * layout.inode, 128)
        (mode,), (low,), (flags,), (high,) = (
            struct.unpack_from(form, raw, at) for form, at in (("<H", 0), ("<I", 4), ("<I", 32), ("<I", 108))
        )
        kind = mode & 0xF000
        return _Inode(kind, low | (high << 32 if kind == _FILE else 0), flags, raw[40:100])

    def _content(self, inode: _Inode) -> bytes:
        """The whole content of a small file. Unmapped blocks are zeros."""
        if inode.flags & (_INLINE | _ENCRYPTED):
            raise NotReadable("a file that is encrypted, or kept in its inode")
        block, data = self._layout.block, bytearray(inode.size)
        count = -(-inode.size // block)
        runs = (
            self._extents(inode.block, _MOST_DEPTH) if inode.flags & _BY_EXTENTS else self._mapped(inode.block, count)
        )
        for first, length, at in runs:
            for i in range(first, min(first + length, count)):
                piece = self._read((at + i - first) * block, min(block, inode.size - i * block))
                data[i * block : i * block + len(piece)] = piece
        return bytes(data)

    def _extents(self, node: bytes, depth_left: int) -> Iterator[tuple[int, int, int]]:
        """(first block in the file, number of blocks, position) of every written extent."""
        magic, entries, _, depth = struct.unpack_from("<HHHH", node)
        if magic != _EXTENT_MAGIC or depth > depth_left or 12 * (entries + 1) > len(node):
            raise NotReadable("a damaged extent tree")
        self._steps.spend(entries)
        for i in range(entries):
            first, a, b, c = struct.unpack_from("<IHHI", node, 12 * (i + 1))
            if depth == 0 and a <= 32768:  # longer: allocated but never written
                yield first, a, b << 32 | c
            elif depth:
                low, high = struct.unpack_from("<IH", node, 12 * (i + 1) + 4)
                yield from self._extents(
                    self._read((high << 32 | low) * self._layout.block, self._layout.block), depth - 1
                )

    def _mapped(self, pointers: bytes, count: int) -> Iterator[tuple[int, int, int]]:
        """The older block map: twelve direct blocks, then one, two and three levels of pointers."""
        direct = struct.unpack_from("<15I", pointers)
        first = 0
        for at in direct[:12]:
            if at and first < count:
                yield first, 1, at
            first += 1
        for level, at in enumerate(direct[12:], start=1):
            span = (self._layout.block // 4) ** level
            if at and first < count:
                yield from self._indirect(at, level, first, count)
            first += span

    def _indirect(self, at: int, level: int, first: int, count: int) -> Iterator[tuple[int, int, int]]:
        span = (self._layout.block // 4) ** (level - 1)
        raw = self._read(at * self._layout.block, self._layout.block)
        for pointer in struct.unpack(f"<{len(raw) // 4}I", raw):
            if first >= count:
                return
            if pointer and level == 1:
                yield first, 1, pointer
            elif pointer:
                yield from self._indirect(pointer, level - 1, first, count)
            first += span

    def _read(self, at: int, size: int) -> bytes:
        data = self._disk(self._start + at, size)
        if len(data) != size:
            raise NotReadable("something behind the end of the disk")
        return data


def _layout(superblock: bytes) -> _Layout:
    magic, features = struct.unpack_from("<H", superblock, 56)[0], struct.unpack_from("<I", superblock, 96)[0]
    log_size, (revision,) = struct.unpack_from("<I", superblock, 24)[0], struct.unpack_from("<I", superblock, 76)
    if magic != _MAGIC or log_size > 6 or (revision and features & ~_KNOWN):
        raise NotReadable("no ext file system that is known here")
    block = 1024 << log_size
    inode, descriptor = 128, 32
    if revision:
        inode = struct.unpack_from("<H", superblock, 88)[0]
    if revision and features & _64BIT:
        descriptor = struct.unpack_from("<H", superblock, 254)[0]
    inodes, per_group = struct.unpack_from("<I", superblock, 0)[0], struct.unpack_from("<I", superblock, 40)[0]
    first_block = struct.unpack_from("<I", superblock, 20)[0]
    if not 128 <= inode <= block or not 32 <= descriptor <= block or not per_group:
        raise NotReadable("a damaged superblock")
    return _Layout(block, inode, inodes, per_group, descriptor, (first_block + 1) * block)


def _entries(block: bytes) -> Iterator[tuple[int, bytes]]:
    """Inode numbers (0: unused) and names in a directory block; an index block looks like one unused entry."""
    at = 0
    while at + 8 <= len(block):
        number, length, name_length = struct.unpack_from("<IHB", block, at)
        if length < 8 or at + length > len(block):
            return
        yield number, block[at + 8 : at + 8 + name_length]
        at += length
