"""A qcow2 file of a captured disk, written on the fly: its length is known before the first byte is.

Layout, in clusters of 64 KiB: header, refcount table, refcount blocks, L1, L2 tables, data. A segment of zeros is not
in the file; every other segment is, whole. Accepted by Glance, clean under `qemu-img check`.

Source: QEMU docs/interop/qcow2.rst.
"""

import struct
from collections.abc import Iterable, Iterator

from migrate.errors import Unsupported
from migrate.store.manifest import ZERO, DiskManifest

CLUSTER = 64 * 1024
_BITS = 16
_HEADER = struct.Struct(">4sIQIIQIIQQIIQQQQII")
_COPIED = 1 << 63
_PER_TABLE = CLUSTER // 8
_PER_REFBLOCK = CLUSTER // 2
_SECTOR = 512


class Qcow2Layout:
    """Where everything lies in the file of that manifest's disk.

    Args:    manifest: its segments must be whole clusters, but for the last one (Unsupported otherwise).
    """

    def __init__(self, manifest: DiskManifest) -> None:
        if manifest.segment_bytes % CLUSTER:
            raise Unsupported("DCP-415", what=f"segments of {manifest.segment_bytes} bytes")
        self._per_segment = manifest.segment_bytes // CLUSTER
        self.virtual_bytes = -(-manifest.size_bytes // _SECTOR) * _SECTOR  # a qcow2 disk is whole sectors
        self.stored = [ref for ref in manifest.segments if ref.digest != ZERO]
        self._tables = sorted({table for ref in self.stored for table in self._tables_of(ref.index, ref.size_bytes)})
        self._l1_entries = max(1, -(-self.virtual_bytes // (CLUSTER * _PER_TABLE)))
        self._l1_clusters = -(-self._l1_entries * 8 // CLUSTER)
        data = sum(-(-ref.size_bytes // CLUSTER) for ref in self.stored)
        fixed = 1 + self._l1_clusters + len(self._tables) + data
        self._refblocks, self._reftables = _refcount_clusters(fixed)
        self._clusters = fixed + self._refblocks + self._reftables
        self._l1_at = 1 + self._reftables + self._refblocks
        self._tables_at = self._l1_at + self._l1_clusters
        self._data_at = self._tables_at + len(self._tables)

    @property
    def file_bytes(self) -> int:
        return self._clusters * CLUSTER

    def stream(self, segments: Iterable[bytes]) -> Iterator[bytes]:
        """The file. `segments` are the bytes of `stored`, in that order."""
        yield from self._metadata()
        for data in segments:
            yield data
            if short := -len(data) % CLUSTER:
                yield bytes(short)

    # ------------------------------------------------------------ inside

    def _tables_of(self, index: int, size_bytes: int) -> range:
        first = index * self._per_segment
        last = first + -(-size_bytes // CLUSTER) - 1
        return range(first // _PER_TABLE, last // _PER_TABLE + 1)

    def _metadata(self) -> Iterator[bytes]:
        yield _padded(self._header())
        refcounts = [cluster * CLUSTER for cluster in range(1 + self._reftables, self._l1_at)]
        yield _pack(refcounts + [0] * (self._reftables * _PER_TABLE - len(refcounts)))
        for block in range(self._refblocks):
            counted = min(_PER_REFBLOCK, self._clusters - block * _PER_REFBLOCK)
            yield _padded(b"\0\1" * counted)
        l1 = [0] * self._l1_entries
        for place, table in enumerate(self._tables, self._tables_at):
            l1[table] = place * CLUSTER | _COPIED
        yield _padded(_pack(l1))
        yield from self._l2_tables()

    def _header(self) -> bytes:
        return _HEADER.pack(
            b"QFI\xfb",
            3,
            0,  # backing file
            0,
            _BITS,
            self.virtual_bytes,
            0,  # encryption
            self._l1_entries,
            self._l1_at * CLUSTER,
            CLUSTER,  # refcount table
            self._reftables,
            0,  # snapshots
            0,
            0,  # incompatible, compatible, autoclear features
            0,
            0,
            4,  # refcounts of 16 bits
            _HEADER.size,
        )

    def _l2_tables(self) -> Iterator[bytes]:
        """One table after the other; a segment may lie in two of them."""
        current, entries = -1, [0] * _PER_TABLE
        place = self._data_at
        for ref in self.stored:
            first = ref.index * self._per_segment
            for cluster in range(first, first + -(-ref.size_bytes // CLUSTER)):
                table, index = divmod(cluster, _PER_TABLE)
                if table != current:
                    if current >= 0:
                        yield _pack(entries)
                    current, entries = table, [0] * _PER_TABLE
                entries[index] = place * CLUSTER | _COPIED
                place += 1
        if current >= 0:
            yield _pack(entries)


def _refcount_clusters(fixed: int) -> tuple[int, int]:
    """How many refcount blocks and refcount table clusters count `fixed` clusters and themselves."""
    blocks, tables = 1, 1
    while blocks * _PER_REFBLOCK < fixed + blocks + tables or tables * _PER_TABLE < blocks:
        blocks = max(blocks, -(-(fixed + blocks + tables) // _PER_REFBLOCK))
        tables = max(tables, -(-blocks // _PER_TABLE))
    return blocks, tables


def _pack(entries: list[int]) -> bytes:
    return struct.pack(f">{len(entries)}Q", *entries)


def _padded(raw: bytes) -> bytes:
    return raw + bytes(-len(raw) % CLUSTER)
