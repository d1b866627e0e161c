"""Checks that everything listed in the store's manifests is present and intact. Changes no disk.

Without the data it uses listings, manifests and tables. With it, every byte of every object is read, and the local
cache is not trusted.
"""

import tempfile
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from enum import StrEnum
from pathlib import Path

from migrate.disks.store.check_packs import PackCheck, PackFindings, PackState
from migrate.disks.store.chunk_index import GONE, ChunkIndex, Place
from migrate.disks.store.chunk_tables import SEGMENT_ROW, open_table, read_table, split, table_range
from migrate.disks.store.container import StoreContainer
from migrate.disks.store.disk_store import DiskStore
from migrate.disks.store.manifest import CHUNK_BYTES, ZERO_DIGEST, DiskManifest, TableRef
from migrate.disks.store.object_names import (
    DISKS,
    MANIFEST,
    PART,
    SET_ASIDE,
    WARM,
    copy_name,
    pack_name,
    parse_table_name,
    pass_prefix,
    table_name,
)
from migrate.disks.store.pass_parts import open_part
from migrate.errors import ConfigError, IntegrityError, NotFound
from migrate.model import Record


class What(StrEnum):
    """The problem with an object of the store."""

    MISSING_PACK = "missing pack"
    DAMAGED_PACK = "damaged pack"
    MARKED_PACK = "pack marked as damaged"
    MISSING_CHUNK = "chunk in no pack"
    MISSING_COPY = "missing copy of an index"
    DAMAGED_COPY = "damaged copy of an index"
    MISSING_TABLE = "missing table"
    DAMAGED_TABLE = "damaged table"
    DAMAGED_PART = "damaged part"
    DAMAGED_MANIFEST = "damaged manifest"
    NO_MANIFEST = "no sealed manifest"
    MISSING_DISK = "missing disk"
    STRAY = "nothing that belongs here"


_OF_PACKS = {
    PackState.MISSING: What.MISSING_PACK,
    PackState.DAMAGED: What.DAMAGED_PACK,
    PackState.MARKED: What.MARKED_PACK,
}


class Finding(Record, frozen=True, kw_only=True):
    """A problem with the object `item`; it affects bytes [start, end) of a sealed `disk`.

    An object that affects several ranges has one finding for each. Empty `disk`: no sealed disk is affected, and
    missing objects are created again on demand. `end` 0: the whole disk.
    """

    item: str
    what: What
    disk: str = ""
    start: int = 0
    end: int = 0


def check(store: DiskStore, read_data: bool, go_on: Callable[[], None] = lambda: None) -> Iterator[Finding]:
    """All problems, one after the other.

    Args:    go_on: called before each pack and each pass; it may raise.
    Raises:  TransientError.  IntegrityError: the listing itself is damaged.
    """
    with _index(store, read_data) as index:
        packs = PackCheck(store, index, read_data, go_on).run()
        yield from (Finding(item=name, what=What.STRAY) for name in packs.orphans)
        yield from (Finding(item=copy_name(each), what=What.MISSING_COPY) for each in packs.without_copy)
        yield from (Finding(item=copy_name(each), what=What.DAMAGED_COPY) for each in packs.bad_copies)
        hit: set[str] = set()
        for finding in _Disks(store, index, packs, read_data, go_on).findings():
            hit.add(finding.item)
            yield finding
        for pack_id, state in packs.states.items():
            if pack_name(pack_id) not in hit:
                yield Finding(item=pack_name(pack_id), what=_OF_PACKS[state])


def without_pass(store: DiskStore, captured: Iterable[str], passes: Iterable[str]) -> list[str]:
    """The disks of which the store has no sealed pass at all, readable or not, in this order.

    Args:    captured: disks that must have one that a restore counts.   passes: those for which a warm one will do.
    Raises:  TransientError.
    """

    def has(disk: str, *names: str) -> bool:
        return any(
            store.container.size(pass_prefix(disk, origin_id) + name) is not None
            for origin_id in store.origins(disk)
            for name in names
        )

    return [disk for disk in captured if not has(disk, MANIFEST)] + [
        disk for disk in passes if not has(disk, MANIFEST, WARM)
    ]


def mark_packs_damaged(store: DiskStore, findings: Iterable[Finding]) -> None:
    """Marks damaged packs, so that no capture relies on them. Idempotent."""
    for name in sorted({found.item for found in findings if found.what is What.DAMAGED_PACK}):
        store.packs.mark_damaged(name.rpartition("/")[2])


def renew_copies(store: DiskStore, findings: Iterable[Finding]) -> None:
    """Writes missing or damaged index copies again, except for packs that are damaged themselves."""
    for name in sorted({f.item for f in findings if f.what in (What.MISSING_COPY, What.DAMAGED_COPY)}):
        pack_id = name.rpartition("/")[2]
        size_bytes = store.container.size(pack_name(pack_id))
        if size_bytes:
            with suppress(IntegrityError, NotFound):  # its pack has a finding of its own
                store.packs.entries(pack_id, size_bytes, mend=True)


@contextmanager
def _index(store: DiskStore, read_data: bool) -> Iterator[ChunkIndex]:
    if not read_data:
        store.packs.update()
        yield store.packs.index
        return
    store.packs.cache_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="check-", dir=store.packs.cache_dir) as folder:
        fresh = ChunkIndex(Path(folder) / "chunks.sqlite")
        try:
            yield fresh
        finally:
            fresh.close()


class _Disks:
    """Checks manifests, tables and parts."""

    def __init__(
        self,
        store: DiskStore,
        index: ChunkIndex,
        packs: PackFindings,
        read_data: bool,
        go_on: Callable[[], None],
    ) -> None:
        self._store = store
        self._container: StoreContainer = store.container
        self._index = index
        self._packs = packs
        self._read_data = read_data
        self._go_on = go_on

    def findings(self) -> Iterator[Finding]:
        passes: dict[str, dict[str, dict[str, int]]] = {}
        for entry in self._container.entries(DISKS):
            folder, _, rest = entry.name[len(DISKS) :].partition("/")
            origin_id, _, last = rest.partition("/")
            if not last:
                yield Finding(item=entry.name, what=What.STRAY)
            else:
                origins = passes.setdefault(folder.replace("-", ":", 1), {})
                origins.setdefault(origin_id, {})[last] = entry.size_bytes
        for disk, origins in passes.items():
            has_manifest = False
            for origin_id, sizes in origins.items():
                self._go_on()
                has_manifest |= yield from self._pass(disk, origin_id, sizes)
            if not has_manifest:
                yield Finding(item=f"{DISKS}{disk.replace(':', '-', 1)}/", what=What.NO_MANIFEST, disk=disk)

    def _pass(self, disk: str, origin_id: str, sizes: dict[str, int]) -> Generator[Finding, None, bool]:
        """Checks one pass; returns whether a manifest exists, even a damaged one."""
        prefix = pass_prefix(disk, origin_id)
        try:
            name = MANIFEST
            manifest = self._store.manifest(disk, origin_id)
            if manifest is None:
                name = WARM
                manifest = self._store.warm_pass(disk, origin_id)
        except (ConfigError, IntegrityError):
            yield Finding(item=prefix + name, what=What.DAMAGED_MANIFEST, disk=disk)
            return True
        if manifest is not None:
            for ref in manifest.tables:
                yield from self._table(manifest, ref)
        for name, size in sizes.items():
            # An empty object is damaged: only marks are empty.
            looks = self._read_data or not size
            yield from self._beside(prefix + name, name, looks=looks, is_sealed=manifest is not None)
        return manifest is not None

    def _beside(self, item: str, name: str, *, looks: bool, is_sealed: bool) -> Iterator[Finding]:
        """Checks other objects next to a sealed pass. `looks`: also reads parts, and tables of an unfinished pass."""
        table = parse_table_name(name)
        if name.startswith(PART):
            if looks and open_part(self._container, item) is None:
                yield Finding(item=item, what=What.DAMAGED_PART)
        elif table:
            if looks and not is_sealed and open_table(self._container, item, table[1]) is None:
                yield Finding(item=item, what=What.DAMAGED_TABLE)
        elif name not in (MANIFEST, SET_ASIDE, WARM):
            yield Finding(item=item, what=What.STRAY)

    def _table(self, manifest: DiskManifest, ref: TableRef) -> Iterator[Finding]:
        disk, origin_id, size = manifest.disk, manifest.origin.image_id, manifest.size_bytes
        table = read_table(self._container, disk, origin_id, size, ref.index, ref.digest)
        first, end = table_range(size, ref.index)
        if table is None:
            name = table_name(disk, origin_id, ref.index, ref.digest)
            what = What.MISSING_TABLE if self._container.size(name) is None else What.DAMAGED_TABLE
            yield Finding(item=name, what=what, disk=disk, start=first, end=end)
            return
        last: Finding | None = None
        for number, item, what in self._hits(table):
            start = first + number * CHUNK_BYTES
            stop = min(start + CHUNK_BYTES, end)
            if last and (last.end, last.item) == (start, item):
                start = last.start
            elif last:
                yield last
            last = Finding(item=item, what=what, disk=disk, start=start, end=stop)
        if last:
            yield last

    def _hits(self, table: bytes) -> Iterator[tuple[int, str, What]]:
        """Numbers of unreadable chunks, each with its object and problem."""
        number = 0
        for at in range(0, len(table), SEGMENT_ROW):
            row = split(table[at : at + SEGMENT_ROW])
            places = self._index.find(set(row) - {ZERO_DIGEST}, GONE)
            for digest in row:
                if digest != ZERO_DIGEST:
                    hit = self._hit(digest, places.get(digest, []))
                    if hit:
                        yield number, *hit
                number += 1

    def _hit(self, digest: bytes, places: list[Place]) -> tuple[str, What] | None:
        """The object and problem behind an unreadable chunk; None if it is readable. For a marked pack, reading it
        decides.
        """
        found, worst = self._packs, None
        for place in places:
            state = found.states.get(place.pack_id)
            is_sound = (digest, place.pack) not in found.bad_chunks
            if place.pack_id in found.present and is_sound and (state is None or self._read_data):
                return None
            worst = worst or (pack_name(place.pack_id), _OF_PACKS[state or PackState.MISSING])
        return worst or (f"chunk {digest.hex()}", What.MISSING_CHUNK)
