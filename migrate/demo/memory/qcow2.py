"""qcow2 for the memory cloud: writes version 3 uncompressed, reads 2 and 3, with zlib clusters too.

Independent of `migrate.disks.formats` on purpose: the two must agree through the format alone.

Source: QEMU docs/interop/qcow2.rst.
"""

import struct
import zlib

from migrate.demo.memory.sparse_disk import BLOCK, Disk

MAGIC = b"QFI\xfb"
_BITS = 16
_HEADER = struct.Struct(">4sIQIIQIIQQIIQQQQII")  # version 3, header_length 104
_HEADER_2 = struct.Struct(">4sIQIIQIIQQIIQ")
_COPIED = 1 << 63
_COMPRESSED = 1 << 62
_OFFSET = 0x00FFFFFFFFFFFE00
_ZERO_FLAG = 1
_PER_L2 = BLOCK // 8
_PER_REFBLOCK = BLOCK // 2
_DIRTY_OR_CORRUPT = 0b11


class BadQcow2(ValueError):
    """Not a supported qcow2 file."""


def is_qcow2(file: Disk) -> bool:
    return file.read(0, 4) == MAGIC


def virtual_size_bytes(file: Disk) -> int:
    """The size of the disk inside. Raises BadQcow2."""
    return _header(file)[2]


def write(disk: Disk) -> Disk:
    """The qcow2 file of a disk: header, L1, refcounts, L2 tables, data; clusters of 64 KiB."""
    tables = sorted({index // _PER_L2 for index in disk.blocks})
    data = sorted(disk.blocks)
    l1_entries = max(1, -(-disk.size_bytes // (BLOCK * _PER_L2)))
    l1_clusters = -(-l1_entries * 8 // BLOCK)
    fixed = 1 + l1_clusters + len(tables) + len(data)
    refblocks, reftable = _refcount_clusters(fixed)
    total = fixed + reftable + refblocks

    reftable_at = 1 + l1_clusters
    refblocks_at = reftable_at + reftable
    tables_at = refblocks_at + refblocks
    data_at = tables_at + len(tables)

    file = Disk(total * BLOCK)
    file.write(0, _header_bytes(disk.size_bytes, l1_entries, BLOCK, reftable_at * BLOCK, reftable))
    l1 = [0] * l1_entries
    for at, table in enumerate(tables, tables_at):
        l1[table] = at * BLOCK | _COPIED
    file.write(BLOCK, struct.pack(f">{l1_entries}Q", *l1))
    file.write(
        reftable_at * BLOCK, struct.pack(f">{refblocks}Q", *(at * BLOCK for at in range(refblocks_at, tables_at)))
    )
    counts = b"\0\1" * total
    file.write(refblocks_at * BLOCK, counts)
    entries: dict[int, list[int]] = {table: [0] * _PER_L2 for table in tables}
    for at, index in enumerate(data, data_at):
        entries[index // _PER_L2][index % _PER_L2] = at * BLOCK | _COPIED
        file.put_block(at, disk.blocks[index])
    for at, table in enumerate(tables, tables_at):
        file.put_block(at, struct.pack(f">{_PER_L2}Q", *entries[table]))
    return file


def read(file: Disk) -> Disk:
    """The disk inside a qcow2 file. Raises BadQcow2: broken, backing file, encrypted, external data."""
    header = _header(file)
    bits, size, l1_entries, l1_at = header[1], header[2], header[3], header[4]
    cluster = 1 << bits
    disk = Disk(size)
    per_l2 = cluster // 8
    for i, l1 in enumerate(_table(file, l1_at, l1_entries)):
        if not l1 & _OFFSET:
            continue
        for j, entry in enumerate(_table(file, l1 & _OFFSET, per_l2)):
            at = (i * per_l2 + j) * cluster
            if at >= size or not entry:
                continue
            data = _cluster(file, entry, bits)
            if data:
                disk.write(at, data[: size - at])
    return disk


def _refcount_clusters(fixed: int) -> tuple[int, int]:
    """The numbers of refcount blocks and of their table clusters that count `fixed` clusters and themselves."""
    refblocks, reftable = 1, 1
    while refblocks * _PER_REFBLOCK < fixed + refblocks + reftable or reftable * _PER_L2 < refblocks:
        refblocks = -(-(fixed + refblocks + reftable) // _PER_REFBLOCK)
        reftable = -(-refblocks // _PER_L2)
    return refblocks, reftable


def _header_bytes(size: int, l1_entries: int, l1_at: int, reftable_at: int, reftable: int) -> bytes:
    return _HEADER.pack(
        MAGIC, 3, 0, 0, _BITS, size, 0, l1_entries, l1_at, reftable_at, reftable, 0, 0, 0, 0, 0, 4, _HEADER.size
    )


def _header(file: Disk) -> tuple[int, int, int, int, int]:
    """Version, cluster bits, disk size, L1 entries, L1 offset."""
    raw = file.read(0, _HEADER.size)
    if len(raw) < _HEADER_2.size or raw[:4] != MAGIC:
        raise BadQcow2("no qcow2 header")
    _, version, backing, _, bits, size, crypt, l1_entries, l1_at, *_ = _HEADER_2.unpack_from(raw)
    if version not in (2, 3) or not 9 <= bits <= 21:
        raise BadQcow2("version or cluster size")
    if backing or crypt:
        raise BadQcow2("backing file or encryption")
    if version == 3 and _HEADER.unpack(raw)[13] & ~_DIRTY_OR_CORRUPT:
        raise BadQcow2("incompatible feature")
    return version, bits, size, l1_entries, l1_at


def _table(file: Disk, at: int, entries: int) -> tuple[int, ...]:
    raw = file.read(at, entries * 8)
    if len(raw) < entries * 8:
        raise BadQcow2("a table ends behind the file")
    return struct.unpack(f">{entries}Q", raw)


def _cluster(file: Disk, entry: int, bits: int) -> bytes:
    """The bytes of one cluster, b"" if it reads as zeros."""
    cluster = 1 << bits
    if entry & _COMPRESSED:
        shift = 62 - (bits - 8)
        at = entry & ((1 << shift) - 1)
        sectors = ((entry & (_COMPRESSED - 1)) >> shift) + 1
        raw = file.read(at, sectors * 512 - at % 512)
        try:
            return zlib.decompressobj(-12).decompress(raw, cluster)
        except zlib.error as err:
            raise BadQcow2("compressed cluster") from err
    if entry & _ZERO_FLAG or not entry & _OFFSET:
        return b""
    data = file.read(entry & _OFFSET, cluster)
    if len(data) < cluster and (entry & _OFFSET) >= file.size_bytes:
        raise BadQcow2("a cluster lies behind the file")
    return data
