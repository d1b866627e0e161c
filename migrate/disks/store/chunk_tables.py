"""Chunk tables: the digests of all chunks by position on a disk. Stored compressed, named by the digest of
their bytes.
"""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from itertools import repeat

from migrate.disks.store.compression import compress_table, expand
from migrate.disks.store.container import StoreContainer
from migrate.disks.store.manifest import (
    CHUNK_BYTES,
    DIGEST_BYTES,
    SEGMENT_CHUNKS,
    TABLE_CHUNKS,
    TABLE_SEGMENTS,
    ZERO_DIGEST,
    DiskManifest,
    TableRef,
    segment_chunks,
    segment_count,
    table_chunks,
)
from migrate.disks.store.object_names import table_name
from migrate.errors import IntegrityError

SEGMENT_ROW = SEGMENT_CHUNKS * DIGEST_BYTES
"""The bytes in a table for one segment."""
_ZERO_ROW = bytes(SEGMENT_ROW)
_KEPT = 4


class DamagedSegment(IntegrityError):
    """Part of a sealed pass is missing from the store, or does not match its digest."""


def split(row: bytes) -> list[bytes]:
    """The digests of a segment, including ZERO_DIGEST."""
    return [row[at : at + DIGEST_BYTES] for at in range(0, len(row), DIGEST_BYTES)]


def data_chunks(table: bytes) -> int:
    """The number of non-zero chunks in a table."""
    rows = (table[at : at + SEGMENT_ROW] for at in range(0, len(table), SEGMENT_ROW))
    return sum(sum(digest != ZERO_DIGEST for digest in split(row)) for row in rows if row != _ZERO_ROW[: len(row)])


def put_table(container: StoreContainer, disk: str, origin_id: str, index: int, table: bytes) -> TableRef | None:
    """Stores a table; does nothing and returns None if it contains no data. Idempotent."""
    count = data_chunks(table)
    if not count:
        return None
    digest = hashlib.sha256(table).hexdigest()
    container.put(table_name(disk, origin_id, index, digest), [compress_table(table)])
    return TableRef(index=index, digest=digest, data_chunks=count)


def read_table(
    container: StoreContainer, disk: str, origin_id: str, size_bytes: int, index: int, digest: str
) -> bytes | None:
    """The plain bytes of a table; None if it is missing, damaged or of the wrong length. Raises TransientError."""
    table = open_table(container, table_name(disk, origin_id, index, digest), digest)
    return table if table is not None and len(table) == table_chunks(size_bytes, index) * DIGEST_BYTES else None


def open_table(container: StoreContainer, name: str, digest: str) -> bytes | None:
    """A table for a disk of unknown length; None if it is missing or damaged."""
    stored = container.whole(name)
    table = None if stored is None else expand(stored, TABLE_CHUNKS * DIGEST_BYTES)
    return table if table is not None and hashlib.sha256(table).hexdigest() == digest else None


class DiskMap:
    """The digests of all chunks of a pass, by position. Loads tables on demand and caches few. Thread-safe."""

    def __init__(self, manifest: DiskManifest, load: Callable[[TableRef], bytes], *, keep: int = _KEPT) -> None:
        self._size_bytes = manifest.size_bytes
        self._refs = {ref.index: ref for ref in manifest.tables}
        self._load = load
        self._keep = keep
        self._lock = threading.Lock()
        self._tables: OrderedDict[int, bytes] = OrderedDict()

    def segment(self, index: int) -> bytes:
        """32-byte digests of the chunks of a segment, joined; 32 NUL bytes for a chunk of zeros.

        Raises: DamagedSegment DCP-422: the table is missing or damaged.
        """
        chunks = segment_chunks(self._size_bytes, index)
        ref = self._refs.get(index // TABLE_SEGMENTS)
        if ref is None:
            return _ZERO_ROW[: chunks * DIGEST_BYTES]
        start = index % TABLE_SEGMENTS * SEGMENT_ROW
        return self._table(ref)[start : start + chunks * DIGEST_BYTES]

    def digests(self) -> Iterator[bytes]:
        """The digest of every chunk, in order."""
        for index in range(segment_count(self._size_bytes)):
            row = self.segment(index)
            is_zero = row == _ZERO_ROW[: len(row)]
            yield from repeat(ZERO_DIGEST, len(row) // DIGEST_BYTES) if is_zero else split(row)

    def data_segments(self) -> Iterator[int]:
        """Indexes of the segments that are not all zeros, in order."""
        for number in sorted(self._refs):
            first = number * TABLE_SEGMENTS
            for index in range(first, min(first + TABLE_SEGMENTS, segment_count(self._size_bytes))):
                row = self.segment(index)
                if row != _ZERO_ROW[: len(row)]:
                    yield index

    def _table(self, ref: TableRef) -> bytes:
        with self._lock:
            table = self._tables.get(ref.index)
            if table is None:
                table = self._tables[ref.index] = self._load(ref)
                while len(self._tables) > self._keep:
                    self._tables.popitem(last=False)
            self._tables.move_to_end(ref.index)
            return table


def table_range(size_bytes: int, index: int) -> tuple[int, int]:
    """Bytes [start, end) of the content that a table covers."""
    start = index * TABLE_CHUNKS * CHUNK_BYTES
    return start, min(size_bytes, start + TABLE_CHUNKS * CHUNK_BYTES)
