"""The known segments of an unfinished pass, in memory that does not grow with the disk."""

from collections.abc import Iterator

from migrate.disks.store.chunk_tables import SEGMENT_ROW
from migrate.disks.store.manifest import (
    DIGEST_BYTES,
    TABLE_SEGMENTS,
    TableRef,
    segment_count,
    table_chunks,
    table_count,
)


class PassMap:
    """Rows of incomplete tables; a complete table is stored, and only its digest stays here.

    Not thread-safe.
    """

    def __init__(self, size_bytes: int) -> None:
        self.size_bytes = size_bytes
        self.tables = table_count(size_bytes)
        self._known = bytearray(segment_count(size_bytes))
        self._left = [len(self.segments(index)) for index in range(self.tables)]
        self._ready: set[int] = set()
        self._rows: dict[int, dict[int, bytes]] = {}
        self._stored: dict[int, TableRef | None] = {}

    def knows(self, index: int) -> bool:
        return bool(self._known[index])

    def settle(self, index: int, row: bytes | None = None) -> None:
        """Records that the segment is stored, or all zeros (no row)."""
        if self._known[index]:
            return
        self._known[index] = 1
        table = index // TABLE_SEGMENTS
        if row is not None and any(row):
            self._rows.setdefault(table, {})[index] = row
        self._left[table] -= 1
        if not self._left[table]:
            self._ready.add(table)

    def adopt(self, index: int, ref: TableRef) -> None:
        """Records that the table and all its segments are stored."""
        for segment in self.segments(index):
            self._known[segment] = 1
        self._left[index] = 0
        self.stored(index, ref)

    def complete(self) -> tuple[int, bytes] | None:
        """A complete table that is not stored yet: call `stored` afterwards."""
        for index in self._ready:
            return index, self._table(index)
        return None

    def stored(self, index: int, ref: TableRef | None) -> None:
        self._stored[index] = ref
        self._rows.pop(index, None)
        self._ready.discard(index)

    def in_tables(self, segments: set[int]) -> bool:
        """Whether stored tables cover all of these segments. A table without data is never stored."""
        return all(self._stored.get(segment // TABLE_SEGMENTS) for segment in segments)

    def unknown(self) -> Iterator[int]:
        return (index for index, known in enumerate(self._known) if not known)

    def refs(self) -> tuple[TableRef, ...]:
        return tuple(ref for _, ref in sorted(self._stored.items()) if ref is not None)

    def _table(self, index: int) -> bytes:
        table = bytearray(table_chunks(self.size_bytes, index) * DIGEST_BYTES)
        for segment, row in self._rows.get(index, {}).items():
            start = segment % TABLE_SEGMENTS * SEGMENT_ROW
            table[start : start + len(row)] = row
        return bytes(table)

    def segments(self, index: int) -> range:
        first = index * TABLE_SEGMENTS
        return range(first, min(first + TABLE_SEGMENTS, segment_count(self.size_bytes)))
