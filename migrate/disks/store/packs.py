"""Packs on an object store, and the index of their chunks, which is updated from the listing."""

import hashlib
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import islice
from pathlib import Path

from migrate.disks.store.chunk_index import DAMAGED, GONE, LIVE, ChunkIndex, Place
from migrate.disks.store.container import StoreContainer
from migrate.disks.store.object_names import DAMAGED as MARK
from migrate.disks.store.object_names import PACKS, copy_name, mark_name, pack_name
from migrate.disks.store.pack_format import (
    LIKELY_TAIL_BYTES,
    Entry,
    Pack,
    copy_of,
    parse_copy,
    parse_tail,
    tail_bytes,
    unsound,
)
from migrate.errors import IntegrityError, NotFound, TransientError
from migrate.messages import codes

_LOOKED_UP_AT_ONCE = 4096
_ASKED_AT_ONCE = 8


class Packs:
    """All packs of a store. Thread-safe.

    Args:  cache_dir: for the store's local index; a lost index is rebuilt.
    """

    def __init__(self, container: StoreContainer, cache_dir: Path) -> None:
        self._container = container
        self.cache_dir = cache_dir
        self._opening = threading.Lock()
        self._updating = threading.Lock()
        self._index: ChunkIndex | None = None
        self._marked: set[str] = set()

    @property
    def index(self) -> ChunkIndex:
        """The index, opened on first use: most commands need no chunks."""
        with self._opening:
            if self._index is None:
                name = hashlib.sha256(self._container.name.encode()).hexdigest()[:16]
                self._index = ChunkIndex(self.cache_dir / f"chunks-{name}.sqlite")
            return self._index

    def put(self, pack: Pack) -> int:
        """Stores a pack, whose chunks can be reused from then on. Idempotent."""
        self._container.put(pack_name(pack.id), pack.pieces, digest=bytes.fromhex(pack.id))
        self._container.put(copy_name(pack.id), [pack.copy])
        known = self.index.pack(pack.id)
        if pack.id in self._marked or (known and known.state == DAMAGED):
            self._container.delete(mark_name(pack.id))  # the damaged bytes of this name were just replaced
            self._marked.discard(pack.id)
        return self.index.add(pack.id, pack.size_bytes, pack.entries)

    def find(self, digests: Iterable[bytes]) -> dict[bytes, list[Place]]:
        """Positions of chunks in live packs, which a pass may rely on."""
        return self.index.find(digests)

    def holding(self, digests: Iterable[bytes]) -> set[str]:
        """Ids of the live packs that contain any of these chunks."""
        found: set[str] = set()
        left = iter(digests)
        while some := list(islice(left, _LOOKED_UP_AT_ONCE)):  # all positions of a table need a quarter of a gigabyte
            found.update(place.pack_id for places in self.find(some).values() for place in places)
        return found

    def find_any(self, digests: Iterable[bytes]) -> dict[bytes, list[Place]]:
        """Like `find`, followed by positions in damaged packs, most of whose chunks are intact."""
        return self.index.find(digests, DAMAGED)

    def close(self) -> None:
        with self._opening:
            if self._index is not None:
                self._index.close()
                self._index = None

    def listed(self) -> tuple[dict[str, int], set[str], list[str]]:
        """Lengths of packs by id, ids of packs marked as damaged, and names of other objects."""
        sizes: dict[str, int] = {}
        marks: set[str] = set()
        orphans: list[str] = []
        for entry in self._container.entries(PACKS):
            last = entry.name.rpartition("/")[2]
            pack_id = last.removesuffix(MARK)
            if not is_pack_id(pack_id) or entry.name not in (pack_name(pack_id), mark_name(pack_id)):
                orphans.append(entry.name)
            elif last == pack_id:
                sizes[pack_id] = entry.size_bytes
            else:
                marks.add(pack_id)
        return sizes, marks, orphans

    def update(self, *, mend: bool = False) -> None:
        """Updates the index from the store.

        A listing may lag: a pack missing from it is requested by name before it counts as gone, and may return later. A
        pack with an unreadable index is left out: its chunks are not reused.

        Args:  mend: writes missing or damaged index copies again; otherwise nothing in the store changes.
        """
        with self._updating:
            sizes, marks, _ = self.listed()
            self._marked |= marks
            self.index.merge()
            known = self.index.packs()
            for pack_id, row in known.items():
                state = self._state(pack_id, row.size_bytes, sizes, marks, row.state)
                if state != row.state:
                    self.index.set_state(pack_id, state)
            for pack_id, size in sizes.items():
                if pack_id not in known:
                    self._learn(pack_id, size, DAMAGED if pack_id in marks else LIVE, mend=mend)
            self.index.merge()

    def confirm(self, numbers: Iterable[int]) -> None:
        """Requests these packs by name, as a listing may still show removed ones. Raises TransientError."""
        asked = set(numbers)
        rows = [(pack_id, row) for pack_id, row in self.index.packs().items() if row.number in asked]
        with ThreadPoolExecutor(_ASKED_AT_ONCE, thread_name_prefix="packs") as pool:
            sizes = pool.map(lambda each: self._container.size(pack_name(each[0])), rows)
            for (pack_id, row), size in zip(rows, sizes, strict=True):
                if size != row.size_bytes:
                    self.index.set_state(pack_id, GONE)

    def read(self, pack_id: str, pack_bytes: int, start: int, end: int) -> bytes | None:
        """Bytes [start, end) of a pack; None if it is gone, truncated, or reported as damaged.

        Raises: TransientError: it may pass by itself.
        """
        name = pack_name(pack_id)
        try:
            data = self._container.read(name, start, end)
        except NotFound:
            self.index.set_state(pack_id, GONE)
            return None
        except IntegrityError:
            return None
        except TransientError:
            if self._container.size(name) == pack_bytes:
                raise
            return None
        return data if len(data) == end - start else None

    def recheck(self, digests: Iterable[bytes]) -> None:
        """Rebuilds the index entries of packs after failed chunk reads: if a pack disagrees with the index, the index
        is wrong.
        Raises TransientError.
        """
        said: dict[str, list[tuple[bytes, Place]]] = {}
        for digest, places in self.find_any(digests).items():
            for place in places:
                said.setdefault(place.pack_id, []).append((digest, place))
        for pack_id, chunks in said.items():
            known = self.index.pack(pack_id)
            if known is None:
                continue
            try:
                entries = self.entries(pack_id, known.size_bytes)
            except (NotFound, IntegrityError):
                continue
            true = {entry.digest: (entry.at, entry.stored_bytes) for entry in reversed(entries)}
            if any(true.get(digest) != (place.at, place.stored_bytes) for digest, place in chunks):
                self.index.replace(pack_id, known.size_bytes, entries, known.state)

    def mark_damaged(self, pack_id: str) -> None:
        """Marks a pack as damaged, so that nobody reuses its chunks; its intact chunks can still be read."""
        self._container.put(mark_name(pack_id), [])
        self.index.set_state(pack_id, DAMAGED)

    def is_whole(self, pack_id: str) -> bool:
        """Reads the whole pack, and checks it against its name and each chunk. Raises TransientError."""
        data = self._container.whole(pack_name(pack_id))
        if data is None or hashlib.sha256(data).hexdigest() != pack_id:
            return False
        try:
            entries, _ = parse_tail(data[-tail_bytes(data, pack_id, len(data)) :], pack_id)
        except IntegrityError:
            return False
        return not unsound(data, entries)

    def entries(self, pack_id: str, size_bytes: int, *, mend: bool = False) -> list[Entry]:
        """The entries of a pack, from the copy of its index, else from the pack itself; `mend` then writes the copy
        again.

        Raises: NotFound.  IntegrityError: both are unreadable.  TransientError.
        """
        with suppress(IntegrityError):  # the pack itself is authoritative
            entries, wanted = parse_copy(self._container.whole(copy_name(pack_id)) or b"", pack_id)
            if wanted == size_bytes:
                return entries
        tail = self._tail(pack_id, size_bytes)
        entries, _ = parse_tail(tail, pack_id)
        if mend:
            self._container.put(copy_name(pack_id), [copy_of(pack_id, tail)])
        return entries

    # ------------------------------------------------------------ internals

    def _state(self, pack_id: str, size: int, sizes: dict[str, int], marks: set[str], before: int) -> int:
        if (pack_id in marks or before == DAMAGED) and self._container.size(mark_name(pack_id)) is not None:
            return DAMAGED
        listed = sizes.get(pack_id)
        if (listed is None) != (before == GONE):
            listed = self._container.size(pack_name(pack_id))
        return LIVE if listed == size else GONE

    def _learn(self, pack_id: str, size_bytes: int, state: int, *, mend: bool) -> None:
        try:
            self.index.stage(pack_id, size_bytes, self.entries(pack_id, size_bytes, mend=mend), state)
        except (NotFound, IntegrityError):
            return

    def _tail(self, pack_id: str, size_bytes: int) -> bytes:
        likely = min(size_bytes, LIKELY_TAIL_BYTES)
        end = self._read_last_bytes(pack_id, size_bytes, likely)
        wanted = tail_bytes(end, pack_id, size_bytes)
        return end[-wanted:] if wanted <= likely else self._read_last_bytes(pack_id, size_bytes, wanted)

    def _read_last_bytes(self, pack_id: str, size_bytes: int, length: int) -> bytes:
        """The pack's last bytes. Raises like `entries`: a truncated pack counts as damaged."""
        name = pack_name(pack_id)
        try:
            return self._container.read(name, size_bytes - length, size_bytes)
        except TransientError as err:
            there = self._container.size(name)
            if there is None or there >= size_bytes:
                raise
            what = f"pack {pack_id}: {there} of {size_bytes} bytes"
            raise IntegrityError(codes.BYTES_DIFFER, what=what) from err


def is_pack_id(text: str) -> bool:
    return len(text) == 64 and set(text) <= set("0123456789abcdef")
