"""Checks the packs of a store and the copies of their indexes for missing and damaged ones."""

import hashlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum

from migrate.disks.store.chunk_index import DAMAGED, GONE, LIVE, ChunkIndex
from migrate.disks.store.disk_store import DiskStore
from migrate.disks.store.object_names import COPIES, copy_name, mark_name, pack_name
from migrate.disks.store.pack_format import Entry, copy_bytes, parse_copy, parse_tail, tail_bytes, unsound
from migrate.disks.store.packs import is_pack_id
from migrate.errors import IntegrityError, NotFound, TransientError


class PackState(StrEnum):
    MISSING = "missing"
    DAMAGED = "damaged"
    MARKED = "marked"


@dataclass
class PackFindings:
    """The result. `states`: of packs with a problem. `bad_chunks`: digests, each with the number of its pack.

    `present`: packs in the store with the length that their index gives.
    """

    orphans: list[str] = field(default_factory=list)
    without_copy: list[str] = field(default_factory=list)
    bad_copies: list[str] = field(default_factory=list)
    states: dict[str, PackState] = field(default_factory=dict)
    present: set[str] = field(default_factory=set)
    bad_chunks: set[tuple[bytes, int]] = field(default_factory=set)


class PackCheck:
    """Checks packs. With `read_data`, also fills an empty index from the packs and from the copies of lost packs'
    indexes.
    """

    def __init__(self, store: DiskStore, index: ChunkIndex, read_data: bool, go_on: Callable[[], None]) -> None:
        self._store = store
        self._container = store.container
        self._index = index
        self._read_data = read_data
        self._go_on = go_on
        self.found = PackFindings()

    def run(self) -> PackFindings:
        found = self.found
        sizes, marks, found.orphans = self._store.packs.listed()
        copies = self._copies()
        known_here = {pack_id for pack_id, row in self._index.packs().items() if row.state != GONE}
        for pack_id in sorted((copies.keys() | marks | known_here) - sizes.keys()):
            size = self._container.size(pack_name(pack_id))
            if size is not None:
                sizes[pack_id] = size  # the listing lagged
            elif pack_id in copies:
                self._missing(pack_id)
            elif pack_id in marks:
                found.orphans.append(mark_name(pack_id))
        for pack_id, size in sorted(sizes.items()):
            self._go_on()
            if pack_id in marks:
                found.states[pack_id] = PackState.MARKED
            entries = self._copy(pack_id, copies.get(pack_id))
            if self._read_data:
                self._read(pack_id, size, entries)
            known = self._index.pack(pack_id)
            if known is not None and known.size_bytes == size:
                found.present.add(pack_id)
            else:
                found.states[pack_id] = PackState.DAMAGED
        return found

    def _copies(self) -> dict[str, int]:
        sizes: dict[str, int] = {}
        for entry in self._container.entries(COPIES):
            last = entry.name.rpartition("/")[2]
            if is_pack_id(last) and entry.name == copy_name(last):
                sizes[last] = entry.size_bytes
            else:
                self.found.orphans.append(entry.name)
        return sizes

    def _missing(self, pack_id: str) -> None:
        """Records a missing pack; the copy of its index shows which chunks are affected."""
        self.found.states[pack_id] = PackState.MISSING
        if self._index.pack(pack_id) is None:
            with suppress(IntegrityError):
                entries, size = parse_copy(self._container.whole(copy_name(pack_id)) or b"", pack_id)
                self._index.add(pack_id, size, entries, GONE)

    def _copy(self, pack_id: str, listed_bytes: int | None) -> list[Entry]:
        """The entries in the copy of a pack's index, if it is read; none if it is missing or damaged."""
        name = copy_name(pack_id)
        size = self._container.size(name) if listed_bytes is None else listed_bytes
        if size is None:
            self.found.without_copy.append(pack_id)
            return []
        if not self._read_data:
            known = self._index.pack(pack_id)
            if known is not None and size != copy_bytes(known.chunks):
                self.found.bad_copies.append(pack_id)
            return []
        try:
            entries, _ = parse_copy(self._container.whole(name) or b"", pack_id)
        except IntegrityError:
            self.found.bad_copies.append(pack_id)
            return []
        return entries

    def _read(self, pack_id: str, size: int, entries: list[Entry]) -> None:
        data = self._raw(pack_id, size)
        is_whole = hashlib.sha256(data).hexdigest() == pack_id
        with suppress(IntegrityError):
            entries, wanted = parse_tail(data[-tail_bytes(data, pack_id, size) :], pack_id)
            size = wanted
        bad = unsound(data, entries)
        state = self.found.states.get(pack_id)
        if bad or not is_whole:
            state = self.found.states[pack_id] = PackState.DAMAGED
        number = self._index.add(pack_id, size, entries, DAMAGED if state else LIVE)
        if bad or not is_whole:
            # Without a damaged chunk, the index is damaged: then everything that relies on the pack is reported.
            self.found.bad_chunks.update((digest, number) for digest in bad or [entry.digest for entry in entries])

    def _raw(self, pack_id: str, size: int) -> bytes:
        """The pack's bytes as far as they are readable, even damaged."""
        data = self._container.whole(pack_name(pack_id))
        if data is None:
            with suppress(NotFound, IntegrityError, TransientError):
                data = self._container.read(pack_name(pack_id), 0, size)
        return data or b""
