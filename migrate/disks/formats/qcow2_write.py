"""Writes a captured disk as a qcow2 stream, whose length is known in advance.

Layout, in clusters of 64 KiB, the same size as the store's chunks: header, refcount table, refcount blocks, L1, L2
tables, data. Chunks of zeros are left out; all others follow in order. Glance accepts the file, and `qemu-img check`
finds no errors. Digests are streamed, never held in memory: a disk of 10 TiB has 167 million.

Source: QEMU docs/interop/qcow2.rst.
"""

import struct
import sys
from array import array
from collections.abc import Iterable, Iterator
from typing import Protocol

from migrate.disks.store.manifest import (
    CHUNK_BYTES,
    DIGEST_BYTES,
    SEGMENT_CHUNKS,
    ZERO_DIGEST,
    DiskManifest,
    segment_count,
)

CLUSTER = CHUNK_BYTES
_BITS = CLUSTER.bit_length() - 1
_HEADER = struct.Struct(">4sIQIIQIIQQIIQQQQII")
_COPIED = 1 << 63
_PER_TABLE = CLUSTER // 8
_PER_REFBLOCK = CLUSTER // 2
_SECTOR = 512
_SEGMENTS_PER_TABLE = _PER_TABLE // SEGMENT_CHUNKS  # each segment is in a single L2 table


class Chunks(Protocol):
    """The methods used of store.chunk_tables.DiskMap."""

    def segment(self, index: int) -> bytes: ...

    def data_segments(self) -> Iterator[int]: ...


class Qcow2Layout:
    """The layout of a disk's file. `chunks`: its digests, which are iterated twice."""

    def __init__(self, manifest: DiskManifest, chunks: Chunks) -> None:
        self._chunks = chunks
        self._last = segment_count(manifest.size_bytes) - 1
        self.virtual_bytes = -(-manifest.size_bytes // _SECTOR) * _SECTOR  # a qcow2 disk has whole sectors
        self._tables = _distinct(index // _SEGMENTS_PER_TABLE for index in chunks.data_segments())
        self._l1_entries = max(1, -(-self.virtual_bytes // (CLUSTER * _PER_TABLE)))
        self._l1_clusters = -(-self._l1_entries * 8 // CLUSTER)
        fixed = 1 + self._l1_clusters + len(self._tables) + manifest.data_chunks
        self._refblocks, self._reftables = _refcount_clusters(fixed)
        self._clusters = fixed + self._refblocks + self._reftables
        self._l1_at = 1 + self._reftables + self._refblocks
        self._tables_at = self._l1_at + self._l1_clusters
        self._data_at = self._tables_at + len(self._tables)

    @property
    def file_bytes(self) -> int:
        return self._clusters * CLUSTER

    def stream(self, segments: Iterable[bytes]) -> Iterator[bytes]:
        """The file as a stream. `segments`: the plain bytes of `chunks.data_segments()`, in that order."""
        yield from self._metadata()
        for index, data in zip(self._chunks.data_segments(), segments, strict=False):
            yield from self._data(index, data)

    # ------------------------------------------------------------ internals

    def _data(self, index: int, data: bytes) -> Iterator[bytes]:
        """The clusters of a segment; consecutive ones are joined."""
        for first, last in data_runs(self._chunks.segment(index)):
            start, end = first * CLUSTER, min(last * CLUSTER, len(data))
            yield data if end - start == len(data) else data[start:end]
            if short := last * CLUSTER - end:
                yield bytes(short)

    def _metadata(self) -> Iterator[bytes]:
        yield _padded(self._header())
        refcounts = [cluster * CLUSTER for cluster in range(1 + self._reftables, self._l1_at)]
        yield _pack(refcounts).ljust(self._reftables * CLUSTER, b"\0")
        for block in range(self._refblocks):
            counted = min(_PER_REFBLOCK, self._clusters - block * _PER_REFBLOCK)
            yield _padded(b"\0\1" * counted)
        l1 = array("Q", bytes(8 * self._l1_entries))
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
        place = self._data_at
        for table in self._tables:
            entries = array("Q", bytes(CLUSTER))
            first = table * _SEGMENTS_PER_TABLE
            for index in range(first, min(first + _SEGMENTS_PER_TABLE, self._last + 1)):
                cluster = (index - first) * SEGMENT_CHUNKS
                for start, end in data_runs(self._chunks.segment(index)):
                    behind = place + end - start
                    entries[cluster + start : cluster + end] = array(
                        "Q", range(place * CLUSTER | _COPIED, behind * CLUSTER | _COPIED, CLUSTER)
                    )
                    place = behind
            yield _pack(entries)


def data_runs(digests: bytes) -> Iterator[tuple[int, int]]:
    """Runs [first, last) of non-zero chunks, from a segment's digests."""
    count = len(digests) // DIGEST_BYTES
    if ZERO_DIGEST not in digests:  # nearly always true for segments with data
        yield 0, count
        return
    first = None
    for number in range(count):
        data = not digests.startswith(ZERO_DIGEST, number * DIGEST_BYTES)
        if data and first is None:
            first = number
        elif not data and first is not None:
            yield first, number
            first = None
    if first is not None:
        yield first, count


def _distinct(rising: Iterable[int]) -> list[int]:
    """The numbers without duplicates; the input is sorted."""
    found: list[int] = []
    for number in rising:
        if not found or found[-1] != number:
            found.append(number)
    return found


def _refcount_clusters(fixed: int) -> tuple[int, int]:
    """The numbers of refcount blocks and of refcount table clusters that count `fixed` clusters and themselves."""
    blocks, tables = 1, 1
    while blocks * _PER_REFBLOCK < fixed + blocks + tables or tables * _PER_TABLE < blocks:
        blocks = max(blocks, -(-(fixed + blocks + tables) // _PER_REFBLOCK))
        tables = max(tables, -(-blocks // _PER_TABLE))
    return blocks, tables


def _pack(entries: Iterable[int]) -> bytes:
    numbers = array("Q", entries)
    if sys.byteorder == "little":
        numbers.byteswap()
    return numbers.tobytes()


def _padded(raw: bytes) -> bytes:
    return raw + bytes(-len(raw) % CLUSTER)
