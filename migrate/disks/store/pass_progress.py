"""PassProgress: the stored segments of an unfinished pass. It is saved in the store, so that a kill loses little."""

import threading
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from migrate.disks.store.chunk_reader import read_chunks
from migrate.disks.store.chunk_tables import SEGMENT_ROW, DamagedSegment, data_chunks, put_table, read_table, split
from migrate.disks.store.container import StoreContainer
from migrate.disks.store.manifest import CHUNK_BYTES, DIGEST_BYTES, ZERO_DIGEST, TableRef, segment_range
from migrate.disks.store.object_names import PART, TABLE, parse_table_name, pass_prefix, table_name
from migrate.disks.store.packs import Packs
from migrate.disks.store.pass_map import PassMap
from migrate.disks.store.pass_parts import put_part, read_part
from migrate.errors import IntegrityError
from migrate.messages import codes

_MOST_NAMED = 20
_LOOKED_UP_AT_ONCE = 64
"""Segments per lookup: the positions of all chunks in a table need a quarter of a gigabyte."""


class PassProgress:
    """The progress of a pass. Queries are thread-safe; only one thread at a time may store anything."""

    def __init__(self, container: StoreContainer, packs: Packs, disk: str, origin_id: str, size_bytes: int) -> None:
        self._container = container
        self._packs = packs
        self.disk = disk
        self.origin_id = origin_id
        self.size_bytes = size_bytes
        self.prefix = pass_prefix(disk, origin_id)
        self._lock = threading.Lock()
        self._map = PassMap(size_bytes)
        self._parts: dict[str, set[int]] = {}
        self._used: set[int] = set()
        self._put: set[int] = set()

    def knows(self, index: int) -> bool:
        with self._lock:
            return self._map.knows(index)

    def settle_zeros(self, index: int) -> None:
        with self._lock:
            self._map.settle(index)

    def match(self, digests: Iterable[bytes]) -> set[bytes]:
        """The chunks that are in live packs; the pass relies on those packs from now on."""
        places = self._packs.find(digests)
        with self._lock:
            self._used.update(found[0].pack for found in places.values())
        return set(places)

    def rely_on(self, pack: int) -> None:
        """Records that this pass stored the pack."""
        with self._lock:
            self._put.add(pack)

    # ------------------------------------------------------------ storing

    def record(self, rows: Mapping[int, bytes]) -> None:
        """Records that these segments are in stored packs. Idempotent."""
        if rows:
            name = put_part(self._container, self.disk, self.origin_id, self.size_bytes, rows)
            with self._lock:
                self._parts[name] = set(rows)
                for index, row in rows.items():
                    self._map.settle(index, row)
        self.store_tables()

    def store_tables(self) -> None:
        """Stores complete tables, and deletes parts that they cover."""
        while True:
            with self._lock:
                found = self._map.complete()
            if found is None:
                break
            index, table = found
            ref = put_table(self._container, self.disk, self.origin_id, index, table)
            with self._lock:
                self._map.stored(index, ref)
        with self._lock:
            done = [name for name, segments in self._parts.items() if self._map.in_tables(segments)]
        for name in done:
            self._container.delete(name)
            self._parts.pop(name, None)

    def finish(self) -> tuple[TableRef, ...]:
        """Stores the last tables and returns all tables with data.

        Raises: IntegrityError: segments were never put.  DamagedSegment: packs or tables of this pass are gone.
        """
        self.store_tables()
        unknown = list(self._map.unknown())
        if unknown:
            raise IntegrityError(codes.BYTES_DIFFER, what=f"{self._named(unknown)} of {self.disk}: never stored")
        refs = self._map.refs()
        self._packs.update()
        self._packs.confirm(self._used - self._put)
        is_sure = not self._packs.index.dead(self._used | self._put)
        unsure = [ref for ref in refs if not (is_sure and self._has_table(ref))]
        lost = [index for ref in unsure for index in self._lost(ref)]
        if lost:
            what = f"{self._named(lost)} of {self.disk}: packs or tables are gone from the store, or damaged"
            raise DamagedSegment(codes.BYTES_DIFFER, what=what)
        return refs

    def drop_leftovers(self, refs: Iterable[TableRef]) -> None:
        """Deletes parts, and tables that the manifest does not list, after sealing."""
        wanted = {table_name(self.disk, self.origin_id, ref.index, ref.digest) for ref in refs}
        for start in (PART, TABLE):
            for entry in self._container.entries(self.prefix + start):
                if entry.name not in wanted:
                    self._container.delete(entry.name)

    # ------------------------------------------------------------ earlier runs

    def take_up(self) -> None:
        """Reads the progress of earlier runs. Leaves out segments with a chunk that is in no live pack."""
        self._packs.update(mend=True)
        names = [entry.name[len(self.prefix) :] for entry in self._container.entries(self.prefix)]
        for name in names:
            found = parse_table_name(name)
            if found and found[0] < self._map.tables:
                self._take_table(*found)
        for name in names:
            if name.startswith(PART):
                self._take_part(self.prefix + name)

    def _take_table(self, index: int, digest: str) -> None:
        table = read_table(self._container, self.disk, self.origin_id, self.size_bytes, index, digest)
        if table is None:
            return
        rows = self._rows(index, table)
        live = [segment for segment in self._live(rows) if self._is_as_long(segment, rows[segment])]
        if len(live) == len(rows):
            self._map.adopt(index, TableRef(index=index, digest=digest, data_chunks=data_chunks(table)))
        for segment in live:
            self._map.settle(segment, rows[segment])

    def _take_part(self, name: str) -> None:
        rows = read_part(self._container, name, self.disk, self.origin_id, self.size_bytes)
        if rows is None:
            return
        self._parts[name] = set(rows)
        for segment in self._live({index: row for index, row in rows.items() if not self._map.knows(index)}):
            self._map.settle(segment, rows[segment])

    def _live(self, rows: Mapping[int, bytes]) -> list[int]:
        """Segments with all chunks in live packs, or zeros."""
        live: list[int] = []
        left = iter(rows.items())
        while some := dict(islice(left, _LOOKED_UP_AT_ONCE)):
            found = self.match({digest for row in some.values() for digest in split(row)} - {ZERO_DIGEST})
            found.add(ZERO_DIGEST)
            live += [segment for segment, row in some.items() if found.issuperset(split(row))]
        return live

    def _is_as_long(self, segment: int, row: bytes) -> bool:
        """Whether the last chunk has the right length, which a table does not record: it may belong to
        other content.
        """
        start, end = segment_range(self.size_bytes, segment)
        last = row[-DIGEST_BYTES:]
        if end < self.size_bytes or last == ZERO_DIGEST:
            return True
        return last in read_chunks(self._packs, {last: (end - start - 1) % CHUNK_BYTES + 1})

    def _has_table(self, ref: TableRef) -> bool:
        return bool(self._container.size(table_name(self.disk, self.origin_id, ref.index, ref.digest)))

    def _lost(self, ref: TableRef) -> Iterator[int]:
        table = read_table(self._container, self.disk, self.origin_id, self.size_bytes, ref.index, ref.digest)
        rows = self._rows(ref.index, table or b"")
        live = set(self._live(rows))
        return (index for index in self._map.segments(ref.index) if index not in live)

    def _rows(self, index: int, table: bytes) -> dict[int, bytes]:
        starts = range(0, len(table), SEGMENT_ROW)
        return {
            segment: table[at : at + SEGMENT_ROW]
            for segment, at in zip(self._map.segments(index), starts, strict=False)
        }

    def _named(self, segments: list[int]) -> str:
        """The byte ranges of these segments, with neighbours joined."""
        ranges: list[tuple[int, int]] = []
        for index in segments:
            start, end = segment_range(self.size_bytes, index)
            if ranges and ranges[-1][1] == start:
                start = ranges.pop()[0]
            ranges.append((start, end))
        named = ", ".join(f"{start}-{end - 1}" for start, end in ranges[:_MOST_NAMED])
        return f"bytes {named}" + (f" and {len(ranges) - _MOST_NAMED} more ranges" if ranges[_MOST_NAMED:] else "")
