"""Removes store content that no valid pass needs: planned first, so that it can be shown.

Only for a store without a running capture, whose newest packs may not be in any part yet.
"""

from collections.abc import Callable, Collection, Iterator
from datetime import UTC, datetime, timedelta

from migrate.clouds.ports import Orphan
from migrate.disks.store.chunk_index import GONE, Place
from migrate.disks.store.chunk_tables import DamagedSegment, split
from migrate.disks.store.disk_store import DiskStore
from migrate.disks.store.manifest import ZERO_DIGEST, DiskManifest
from migrate.disks.store.object_names import (
    DISKS,
    MANIFEST,
    PACKS,
    WARM,
    copy_name,
    mark_name,
    pack_name,
    pass_prefix,
    table_name,
)
from migrate.disks.store.packs import is_pack_id
from migrate.errors import IntegrityError
from migrate.messages import codes
from migrate.model import Record

SPARE_S = 3600.0
"""The minimum age of packs to prune."""


class Pass(Record, frozen=True, kw_only=True):
    disk: str
    origin_id: str


class Prune(Record, frozen=True, kw_only=True):
    """The content to remove: whole passes, single objects of remaining passes, packs by id, and the size of the packs.

    `orphans`: leftovers of killed processes in a folder store.
    """

    passes: tuple[Pass, ...] = ()
    leftovers: tuple[str, ...] = ()
    packs: tuple[str, ...] = ()
    packs_bytes: int = 0
    orphans: tuple[Orphan, ...] = ()


def plan_prune(
    store: DiskStore,
    *,
    spare_s: float = SPARE_S,
    go_on: Callable[[], None] = lambda: None,
    is_done: Callable[[DiskManifest], bool] = lambda _: False,
    held: Collection[Pass] = (),
) -> Prune:
    """Plans the removal of superseded passes, leftovers of abandoned ones, and packs without a needed chunk.

    A disk without a sealed pass keeps everything but superseded warm passes, so that it can resume. The newest warm
    pass stays while it is newer than the valid pass. Of a chunk stored twice, one copy stays, in a pack that is checked
    first. A damaged pack stays until its needed chunks are stored elsewhere.

    Args:   spare_s: packs younger than this stay, as a listing may lag behind their users.   go_on: called before each
            pass, and before each pack that is read; it may raise.
            is_done: whether a disk's valid pass is no longer needed: then all its passes go.
            held: passes that stay, as volumes hold them into which only changes are still to be written; not if they
            are damaged, as such a volume is written whole.
    Raises: ConfigError, IntegrityError: a needed manifest, table or chunk is damaged; repair it before a prune.
            TransientError.
    """
    store.packs.update()
    passes: list[Pass] = []
    leftovers = list(_lone_marks(store))
    needed = _Needed(store, go_on)
    for disk in _disks(store):
        counting = store.manifest(disk)
        done = counting is not None and is_done(counting)
        warm = _newer_warm_pass(store, counting, disk)
        for origin_id in store.origins(disk):
            go_on()
            kept = next((m for m in (None if done else counting, warm) if m and m.origin.image_id == origin_id), None)
            # What a volume holds is in that: its chunks that the store has lost are not asked for.
            asked_of = disk if kept else ""
            if kept is None and Pass(disk=disk, origin_id=origin_id) in held:
                kept = _whole(store, disk, origin_id)
            if kept:
                leftovers += _leftovers(store, kept)
                for ref in kept.tables:
                    needed.add(set(split(store.table(kept, ref))), asked_of)
            elif counting is None and not _is_superseded(store, disk, origin_id, warm):
                for digests in store.digests(disk, origin_id):
                    needed.add(digests)
            else:
                passes.append(Pass(disk=disk, origin_id=origin_id))
    old = _old_packs(store, spare_s)
    sizes = {pack_id: size for pack_id, size in old if not size or _is_free(store, pack_id, needed.packs)}
    orphans = store.container.objects.orphans
    return Prune(
        passes=tuple(passes),
        leftovers=tuple(leftovers),
        packs=tuple(sizes),
        packs_bytes=sum(sizes.values()),
        orphans=tuple(orphans.find(store.container.name)) if orphans else (),
    )


def apply_prune(store: DiskStore, prune: Prune, check_running: Callable[[], None]) -> None:
    """Carries out a prune. Safe to repeat and to interrupt: manifests go first, packs after everything that used them.

    Args:  check_running: called before each change; raises to stop.
    """
    for each in prune.passes:
        check_running()
        store.remove(each.disk, each.origin_id)
    for name in prune.leftovers:
        check_running()
        store.container.delete(name)
    orphans = store.container.objects.orphans
    for orphan in prune.orphans:
        check_running()
        if orphans:
            orphans.remove(store.container.name, orphan)
    for pack_id in prune.packs:
        check_running()
        # A pack without its index copy is complete; a copy without its pack would look like a loss. The mark goes last,
        # because a damaged pack without it would be reused.
        for name in (copy_name(pack_id), pack_name(pack_id), mark_name(pack_id)):
            store.container.delete(name)
        store.packs.index.set_state(pack_id, GONE)
    store.packs.index.forget_gone()


def _disks(store: DiskStore) -> Iterator[str]:
    last = ""
    for entry in store.container.entries(DISKS):
        disk = entry.name[len(DISKS) :].partition("/")[0].replace("-", ":", 1)
        if disk != last:
            yield disk
        last = disk


def _lone_marks(store: DiskStore) -> Iterator[str]:
    """Marks of missing packs, left by an interrupted prune."""
    sizes, marks, _ = store.packs.listed()
    lone = (pack_id for pack_id in sorted(marks - sizes.keys()) if store.container.size(pack_name(pack_id)) is None)
    return (mark_name(pack_id) for pack_id in lone)


def _newer_warm_pass(store: DiskStore, counting: DiskManifest | None, disk: str) -> DiskManifest | None:
    """The newest warm pass, unless the valid pass is newer."""
    warm = store.warm_pass(disk)
    if warm and counting and warm.origin.taken_at <= counting.origin.taken_at:
        return None
    return warm


def _whole(store: DiskStore, disk: str, origin_id: str) -> DiskManifest | None:
    """The pass, warm or valid, if its manifest and its tables are whole."""
    try:
        found = store.warm_pass(disk, origin_id) or store.manifest(disk, origin_id)
        if found:
            for ref in found.tables:
                store.table(found, ref)
    except IntegrityError:
        return None
    return found


def _is_superseded(store: DiskStore, disk: str, origin_id: str, newest: DiskManifest | None) -> bool:
    """Whether the pass is a warm one that is not the newest. A damaged one is, if there is a sound one."""
    try:
        return store.warm_pass(disk, origin_id) is not None
    except IntegrityError:
        return newest is not None


def _leftovers(store: DiskStore, manifest: DiskManifest) -> Iterator[str]:
    """Parts, and tables not in the manifest, left by a run that was killed after sealing."""
    disk, origin_id = manifest.disk, manifest.origin.image_id
    prefix = pass_prefix(disk, origin_id)
    kept = {table_name(disk, origin_id, ref.index, ref.digest) for ref in manifest.tables}
    kept.add(prefix + (MANIFEST if store.manifest(disk, origin_id) else WARM))
    return (entry.name for entry in store.container.entries(prefix) if entry.name not in kept)


class _Needed:
    """Numbers of the packs required to read all added chunks."""

    def __init__(self, store: DiskStore, go_on: Callable[[], None]) -> None:
        self._store = store
        self._go_on = go_on
        self._whole: dict[str, bool] = {}
        self.packs: set[int] = set()

    def add(self, digests: set[bytes], sealed_disk: str = "") -> None:
        """Adds the packs for these chunks, preferring packs already needed.

        Raises: DamagedSegment: chunks of a sealed disk are in no pack.
        """
        digests.discard(ZERO_DIGEST)
        places = sorted(self._store.packs.find_any(digests).items(), key=lambda item: len(item[1]))
        found: dict[bytes, list[int]] = {}
        for digest, each in places:
            found[digest] = self._enough(each)
            self.packs.update(found[digest])
        lost = {digest for digest in digests if not found.get(digest)}
        if lost and sealed_disk:
            what = f"{len(lost)} chunks of {sealed_disk}, {min(lost).hex()} is one, are in no pack of the store"
            raise DamagedSegment(codes.BYTES_DIFFER, what=what)

    def _enough(self, places: list[Place]) -> list[int]:
        """One pack that was read and found intact, or else all packs with the chunk."""
        if len(places) == 1:
            return [places[0].pack]
        whole = [place.pack for place in places if self._is_whole(place)]
        if whole:
            return [next((pack for pack in whole if pack in self.packs), whole[0])]
        return [place.pack for place in places if self._store.container.size(pack_name(place.pack_id)) is not None]

    def _is_whole(self, place: Place) -> bool:
        if place.pack_id not in self._whole:
            self._go_on()
            self._whole[place.pack_id] = self._store.packs.is_whole(place.pack_id)
        return self._whole[place.pack_id]


def _old_packs(store: DiskStore, spare_s: float) -> Iterator[tuple[str, int]]:
    """Packs by id, with their length, that are older than this. A pack without length contains no chunks."""
    latest = datetime.now(UTC) - timedelta(seconds=spare_s)
    for entry in store.container.entries(PACKS):
        pack_id = entry.name.rpartition("/")[2]
        if is_pack_id(pack_id) and entry.name == pack_name(pack_id) and _time(entry.last_modified) < latest:
            yield pack_id, entry.size_bytes


def _time(text: str) -> datetime:
    """A time in a listing. A missing or unknown one makes a pack look new."""
    try:
        told = datetime.fromisoformat(text)
    except ValueError:
        return datetime.max.replace(tzinfo=UTC)
    return told if told.tzinfo else told.replace(tzinfo=UTC)


def _is_free(store: DiskStore, pack_id: str, needed: set[int]) -> bool:
    """Whether no chunk of the pack is needed. A pack with an unreadable index is unknown, and stays."""
    known = store.packs.index.pack(pack_id)
    return known is not None and known.state != GONE and known.number not in needed
