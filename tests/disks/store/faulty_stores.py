"""Disks for the store to keep, and object stores with the faults of real ones."""

import random
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from migrate.clouds.folder.object_store import FolderStore
from migrate.clouds.ports import ObjectInfo, ObjectStore
from migrate.demo.memory.cloud import MemoryCloud
from migrate.demo.memory.world import World
from migrate.disks.store.container import StoreContainer
from migrate.disks.store.disk_store import DiskStore
from migrate.disks.store.encrypted_format import HEAD_BYTES, TAG_BYTES
from migrate.disks.store.encrypted_format import SEGMENT_BYTES as SEALED_SEGMENT_BYTES
from migrate.disks.store.encryption_key import StoreKey
from migrate.disks.store.manifest import (
    CHUNK_BYTES,
    SEGMENT_BYTES,
    SEGMENT_CHUNKS,
    DiskManifest,
    Origin,
    segment_count,
    segment_range,
)
from migrate.disks.store.pass_writer import PassWriter
from migrate.disks.store.prune import apply_prune, plan_prune
from migrate.disks.store.store_check import check
from migrate.errors import TransientError
from migrate.messages import codes
from migrate.model import ObjectEntry

MARK = "decamp-t-00000000-store"
DISK = "volume:0b1c"
KEY = StoreKey(bytes(range(32)))
_ZEROS = bytes(SEGMENT_BYTES)
BATCH = 16
"""Segments that fill a pack when they shrink well."""


def memory() -> ObjectStore:
    return MemoryCloud("m", world=World("m")).objects


class KEYS:
    """What stores are made with here: None, or `KEY` while a suite runs over an encrypted one."""

    key: StoreKey | None = None


def disk_store(objects: ObjectStore, cache_dir: Path) -> DiskStore:
    store = DiskStore(objects, "store", cache_dir, KEYS.key)
    store.prepare(MARK)
    if isinstance(objects, Faulty):
        objects.puts.clear()  # that of the key's mark
    return store


def folder_store(root: Path, cache: str = "cache") -> DiskStore:
    return disk_store(FolderStore(root / "objects", keeps_md5=False), root / cache)


def chunk(seed: int, number: int) -> bytes:
    """A chunk like no other, that shrinks to a few bytes."""
    return (seed << 40 | number).to_bytes(8, "big") * (CHUNK_BYTES // 8)


class Disk:
    """Made-up content: the same seed gives the same bytes; `changed` chunks are others."""

    def __init__(self, segments: float, seed: int = 1, name: str = DISK) -> None:
        self.name = name
        self.size_bytes = int(segments * SEGMENT_BYTES)
        self.seed = seed
        self.count = segment_count(self.size_bytes)
        self.zeros: set[int] = set()
        self.other: dict[int, bytes] = {}

    def thin(self) -> "Disk":
        """Two segments with data for each pack: as many packs, and far less to hash."""
        self.zeros = {index for index in range(self.count) if index % BATCH not in (0, 5)}
        return self

    def segment(self, index: int) -> bytes:
        start, end = segment_range(self.size_bytes, index)
        if index in self.zeros:
            return _ZEROS[: end - start]
        first = index * SEGMENT_CHUNKS
        chunks = (self.other.get(i) or chunk(self.seed, i + 1) for i in range(first, first + SEGMENT_CHUNKS))
        return b"".join(chunks)[: end - start]

    def noise(self, numbers: Iterable[int], seed: int = 7) -> None:
        """These chunks do not shrink."""
        made = random.Random(seed)
        for number in numbers:
            self.other[number] = made.randbytes(CHUNK_BYTES)

    def put_missing(self, writer: PassWriter, until: int | None = None) -> list[int]:
        """What a capture does; returns the segments that it had to read."""
        read = [index for index in range(self.count if until is None else until) if not writer.has(index)]
        for index in read:
            writer.put(index, self.segment(index))
        return read

    def capture(self, store: DiskStore, origin_id: str = "o1", taken_at: str = "2020-01-01T00:00:00Z") -> DiskManifest:
        with store.begin(self.name, origin_id, self.size_bytes) as writer:
            self.put_missing(writer)
            return writer.seal("disk", Origin(image_id=origin_id, taken_at=taken_at))

    def is_whole_in(self, store: DiskStore, manifest: DiskManifest) -> bool:
        return all(store.segment(manifest, index) == self.segment(index) for index in range(self.count))


def names(store: DiskStore, prefix: str = "") -> list[str]:
    return [entry.name for entry in store.container.entries(prefix)]


def packs(store: DiskStore) -> list[str]:
    return [name for name in names(store, "packs/") if not name.endswith(".damaged")]


def raw(store: DiskStore, name: str) -> bytes:
    """As it is stored."""
    data = StoreContainer(store.container.objects, store.container.name)._stored(store.container.stored_name(name))
    assert data is not None
    return data


def replace(store: DiskStore, name: str, data: bytes) -> None:
    """Damage that the object store itself does not see: another whole object under the name."""
    info = ObjectInfo(name=store.container.stored_name(name), size_bytes=len(data), etag="", content_type="x/y")
    store.container.objects.put(store.container.name, info, [data])


def flip(store: DiskStore, name: str, position: int) -> None:
    """One bit of the byte that is stored for the plain one at this position."""
    data = bytearray(raw(store, name))
    if KEYS.key:
        position += HEAD_BYTES + position // SEALED_SEGMENT_BYTES * TAG_BYTES
    data[position] ^= 0x10
    replace(store, name, bytes(data))


class Faulty:
    """An object store that fails as it is told; everything else goes to the real one."""

    def __init__(self, objects: ObjectStore) -> None:
        self.real = objects
        self.puts: list[str] = []
        self.before_put: Callable[[int, str], None] = lambda number, name: None
        self.after_put: Callable[[int, str], None] = lambda number, name: None
        self.deletes: list[str] = []
        self.before_delete: Callable[[int, str], None] = lambda number, name: None
        self.hidden: set[str] = set()
        self.hides_new = False
        self.still_listed: list[ObjectEntry] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)

    def put(self, container: str, info: ObjectInfo, chunks: Iterable[bytes]) -> str:
        self.puts.append(info.name)
        number = len(self.puts)
        self.before_put(number, info.name)
        etag = self.real.put(container, info, chunks)
        if self.hides_new:
            self.hidden.add(info.name)
        self.after_put(number, info.name)
        return etag

    def delete(self, container: str, name: str) -> None:
        self.deletes.append(name)
        self.before_delete(len(self.deletes), name)
        self.real.delete(container, name)

    def entries(self, container: str, prefix: str = "", marker: str = "", until: str = "") -> Iterator[ObjectEntry]:
        """A listing that is late: names put since then are not in it, names that are gone still are."""
        for entry in self.real.entries(container, prefix, marker, until):
            if entry.name not in self.hidden:
                yield entry
        yield from (entry for entry in self.still_listed if entry.name.startswith(prefix))


def lost(number: int, name: str) -> None:
    raise TransientError(codes.CLOUD_UNAVAILABLE, what=f"put {number} of {name}")


def keeps_disks(objects: ObjectStore, container: str, root: Path) -> None:
    """What every back end must be able to do for a store: hold disks, share, tell damage, and let go."""
    store = DiskStore(objects, container, root / "one", KEYS.key)
    disk = Disk(3)
    disk.zeros = {1}
    disk.noise(range(16))
    twin = Disk(3, name="server:twin")
    twin.zeros, twin.other = disk.zeros, dict(disk.other)
    twin.noise([130], seed=9)
    manifest, second = disk.capture(store), twin.capture(store)
    sizes = [entry.size_bytes for entry in store.container.entries("packs/")]
    assert len(sizes) == 2 and min(sizes) < 2 * CHUNK_BYTES, "the twin stored more than what it has of its own"
    elsewhere = DiskStore(objects, container, root / "another machine", KEYS.key)
    assert elsewhere.manifest(DISK) == manifest
    assert disk.is_whole_in(elsewhere, manifest) and twin.is_whole_in(elsewhere, second)
    assert list(check(elsewhere, True)) == []
    largest = max(store.container.entries("packs/"), key=lambda entry: entry.size_bytes).name
    flip(store, largest, 1000)
    hit = {(found.item, found.disk) for found in check(DiskStore(objects, container, root / "third", KEYS.key), True)}
    assert hit == {(largest, DISK), (largest, "server:twin")}
    flip(store, largest, 1000)
    assert list(check(elsewhere, True)) == []
    apply_prune(elsewhere, plan_prune(elsewhere, spare_s=-86400, is_done=lambda m: m.disk == DISK), lambda: None)
    assert elsewhere.manifest(DISK) is None and twin.is_whole_in(elsewhere, second)
    apply_prune(elsewhere, plan_prune(elsewhere, spare_s=-86400, is_done=lambda _: True), lambda: None)
    assert names(elsewhere) == []
