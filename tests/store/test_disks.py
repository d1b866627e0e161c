"""DiskStore: what is there is told by the store alone, and damage never passes for a disk."""

import hashlib
from pathlib import Path

import msgspec
import pytest

from migrate.clouds.folder.store import FolderStore
from migrate.clouds.memory.cloud import MemoryCloud
from migrate.clouds.memory.world import World
from migrate.clouds.ports import ObjectInfo, ObjectStore
from migrate.documents import sealed_bytes
from migrate.errors import ConfigError, IntegrityError, LeaseLost
from migrate.store.disks import DamagedSegment, DiskStore
from migrate.store.manifest import SEGMENT_BYTES, ZERO, DiskManifest, Origin, check_shape, tree_digest

DISK, SIZE = "volume:0b1c", 2 * SEGMENT_BYTES + 100
MARK = "decamp-t-00000000-store"


@pytest.fixture(params=["memory", "folder"])
def objects(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    return FolderStore(tmp_path) if request.param == "folder" else MemoryCloud("m", world=World("m")).objects


@pytest.fixture
def store(objects: ObjectStore) -> DiskStore:
    made = DiskStore(objects, "store")
    made.prepare(MARK)
    return made


DATA = [b"a" * SEGMENT_BYTES, bytes(SEGMENT_BYTES), b"b" * 100]


def sealed(store: DiskStore, origin_id: str = "o1", taken_at: str = "2020-01-01T00:00:00Z") -> DiskManifest:
    refs = tuple(store.put_segment(DISK, origin_id, index, data) for index, data in enumerate(DATA))
    manifest = DiskManifest(
        disk=DISK,
        content="disk",
        size_bytes=SIZE,
        segment_bytes=SEGMENT_BYTES,
        segments=refs,
        tree_digest=tree_digest(refs),
        origin=Origin(image_id=origin_id, taken_at=taken_at),
    )
    store.seal(manifest)
    return manifest


def test_round_trip(store: DiskStore) -> None:
    manifest = sealed(store)
    assert store.manifest(DISK) == store.manifest(DISK, "o1") == manifest
    assert [store.segment(manifest, index) for index in range(3)] == DATA
    assert store.have(DISK, "o1", SIZE) == {ref.index: ref for ref in manifest.segments}
    assert manifest.stored_bytes == SEGMENT_BYTES + 100
    store.check(manifest)


def test_nothing_there(store: DiskStore, objects: ObjectStore) -> None:
    for empty in (store, DiskStore(objects, "no such container")):
        assert empty.manifest(DISK) is None
        assert empty.manifest(DISK, "o1") is None
        assert empty.have(DISK, "o1", SIZE) == {}
        assert empty.origins(DISK) == []


def test_container_carries_the_mark(store: DiskStore, objects: ObjectStore) -> None:
    store.prepare(MARK)
    assert objects.container("store").mark == MARK


def test_passes_and_disks_do_not_mix(store: DiskStore) -> None:
    store.put_segment(DISK, "o2", 0, DATA[0])
    store.put_segment(DISK + "9", "o1", 1, DATA[0])
    store.put_segment("server:0b1c", "o1", 2, DATA[2])
    assert store.have(DISK, "o1", SIZE) == {}
    assert store.origins(DISK) == ["o2"]
    assert store.manifest(DISK) is None


def test_newest_sealed_pass_wins(store: DiskStore) -> None:
    sealed(store, "z-old", "2020-01-01T00:00:00Z")
    newest = sealed(store, "a-new", "2020-01-02T00:00:00Z")
    store.put_segment(DISK, "b-unsealed", 0, DATA[0])
    assert store.origins(DISK) == ["a-new", "b-unsealed", "z-old"]
    assert store.manifest(DISK) == newest


def test_removed_pass_is_gone_and_others_stay(store: DiskStore) -> None:
    sealed(store, "o1")
    kept = sealed(store, "o2")
    store.remove(DISK, "o1")
    store.remove(DISK, "o1")
    assert store.origins(DISK) == ["o2"]
    store.check(kept)


def test_wrong_length_and_two_claims_are_not_taken(store: DiskStore, objects: ObjectStore) -> None:
    store.put_segment(DISK, "o1", 0, b"short")
    assert store.have(DISK, "o1", SIZE) == {}
    store.put_segment(DISK, "o1", 1, DATA[0])
    store.put_segment(DISK, "o1", 1, DATA[1])
    assert store.have(DISK, "o1", SIZE) == {}
    assert store.have(DISK, "o1", 0) == {}


# ---------------------------------------------------------------- damage


def put(objects: ObjectStore, name: str, data: bytes) -> None:
    objects.put("store", ObjectInfo(name=name, size_bytes=len(data), etag="", content_type="x/y"), [data])


def name_of(objects: ObjectStore, index: int) -> str:
    return next(entry.name for entry in objects.entries("store") if f"/{index:08d}-" in entry.name)


@pytest.mark.parametrize("position", [0, 2_000_000, SEGMENT_BYTES - 1])
def test_any_flipped_bit_is_found(store: DiskStore, objects: ObjectStore, position: int) -> None:
    manifest = sealed(store)
    data = bytearray(DATA[0])
    data[position] ^= 0x10
    put(objects, name_of(objects, 0), bytes(data))
    store.check(manifest)
    with pytest.raises(IntegrityError):
        store.segment(manifest, 0)


def test_a_segment_cut_short_or_missing_is_found(store: DiskStore, objects: ObjectStore) -> None:
    manifest = sealed(store)
    put(objects, name_of(objects, 0), DATA[0][:-1])
    for attempt in (lambda: store.segment(manifest, 0), lambda: store.check(manifest)):
        with pytest.raises(IntegrityError):
            attempt()
    objects.delete("store", name_of(objects, 0))
    for attempt in (lambda: store.segment(manifest, 0), lambda: store.check(manifest)):
        with pytest.raises(IntegrityError):
            attempt()


def test_a_damaged_manifest_is_refused(store: DiskStore, objects: ObjectStore) -> None:
    manifest = sealed(store)
    raw, name = sealed_bytes(manifest), "disks/volume-0b1c/o1/manifest.json"
    assert hashlib.md5(raw).hexdigest() == objects.head("store", name).etag
    edited = raw.replace(b'"size_bytes": 100', b'"size_bytes": 101')
    assert edited != raw
    for damaged in (raw[:-40], raw[:100], b"", b"[]", edited, raw.replace(b"decamp-disk", b"decamp-dusk")):
        put(objects, name, damaged)
        with pytest.raises(ConfigError) as caught:
            store.manifest(DISK)
        assert caught.value.code in {"DCP-211", "DCP-212", "DCP-213"}


def test_a_manifest_in_another_place_is_refused(store: DiskStore, objects: ObjectStore) -> None:
    raw = sealed_bytes(sealed(store))
    put(objects, "disks/volume-0b1c/o2/manifest.json", raw)
    with pytest.raises(ConfigError):
        store.manifest(DISK, "o2")


def test_half_a_disk_cannot_be_sealed(store: DiskStore) -> None:
    whole = sealed(store)
    short = whole.segments[:2]
    swapped = (whole.segments[1], whole.segments[0], whole.segments[2])
    longer = (*short, msgspec.structs.replace(whole.segments[2], size_bytes=SEGMENT_BYTES))
    for segments in (short, swapped, longer, ()):
        half = msgspec.structs.replace(whole, segments=segments, tree_digest=tree_digest(segments))
        with pytest.raises(IntegrityError):
            store.seal(half)
    with pytest.raises(IntegrityError):
        check_shape(msgspec.structs.replace(whole, tree_digest="0" * 64))
    assert whole.segments[1].digest == ZERO


def test_server_refuses_bytes_that_changed_on_the_way(store: DiskStore, objects: ObjectStore) -> None:
    """The request carries the MD5: whoever changes a byte between us and the server is found at once."""
    info = objects.head("store", name_of(objects, 0)) if sealed(store) else None
    assert info is not None
    with pytest.raises(IntegrityError):
        objects.put("store", info, [b"c" * SEGMENT_BYTES])


# ---------------------------------------------------------------- set aside


def flip(objects: ObjectStore, index: int) -> None:
    """Damage that the store itself does not see: the bytes are another object's."""
    put(objects, name_of(objects, index), bytes([DATA[index][0] ^ 1]) + DATA[index][1:])


def alive() -> None:
    """Nobody has taken the step over."""


def test_a_pass_that_was_set_aside_counts_no_more_and_keeps_what_is_whole(
    store: DiskStore, objects: ObjectStore
) -> None:
    manifest = sealed(store)
    flip(objects, 0)
    store.set_aside(DISK, alive=alive)
    store.set_aside(DISK, alive=alive)
    assert store.manifest(DISK) is None and store.manifest(DISK, "o1") is None
    assert store.have(DISK, "o1", SIZE) == {1: manifest.segments[1], 2: manifest.segments[2]}
    store.sweep(DISK, alive=alive)
    assert store.origins(DISK) == []


def test_an_older_pass_does_not_stand_in_for_a_damaged_one(store: DiskStore, objects: ObjectStore) -> None:
    sealed(store, "older", "2019-01-01T00:00:00Z")
    sealed(store, "newer", "2020-01-01T00:00:00Z")
    put(objects, "disks/volume-0b1c/newer/manifest.json", b"{")
    with pytest.raises(ConfigError):
        store.manifest(DISK)
    store.set_aside(DISK, alive=alive)
    assert store.manifest(DISK) is None


def test_a_new_pass_sweeps_away_what_was_set_aside_for_it(store: DiskStore, objects: ObjectStore) -> None:
    sealed(store, "old")
    store.set_aside(DISK, alive=alive)
    newest = sealed(store, "new")
    store.sweep(DISK, alive=alive)
    assert store.origins(DISK) == ["new"]
    assert store.manifest(DISK) == newest
    store.check(newest)


def test_a_pass_that_is_taken_up_again_is_whole_again(store: DiskStore, objects: ObjectStore) -> None:
    """An image is read again under its own name: what was whole is not read twice, and the sweep keeps it."""
    manifest = sealed(store)
    flip(objects, 2)
    store.set_aside(DISK, alive=alive)
    store.put_segment(DISK, "o1", 2, DATA[2])
    store.seal(manifest)
    store.sweep(DISK, alive=alive)
    assert store.manifest(DISK) == manifest
    assert [store.segment(manifest, index) for index in range(3)] == DATA
    assert not [e.name for e in objects.entries("store") if e.name.endswith("set-aside")]


def test_damage_that_the_store_itself_finds_is_set_aside_too(tmp_path: Path) -> None:
    """A folder knows the MD5 of its files, and refuses to hand out others."""
    store = DiskStore(FolderStore(tmp_path), "store")
    store.prepare(MARK)
    manifest = sealed(store)
    for path in tmp_path.glob("store/??/*.data"):
        path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(DamagedSegment):
        store.segment(manifest, 0)
    with pytest.raises(IntegrityError):
        store.manifest(DISK)
    store.set_aside(DISK, alive=alive)
    assert store.manifest(DISK) is None and store.have(DISK, "o1", SIZE) == {}


def test_who_has_lost_the_step_sets_nothing_aside(store: DiskStore) -> None:
    manifest = sealed(store)

    def lost() -> None:
        raise LeaseLost("DCP-303", step="s")

    with pytest.raises(LeaseLost):
        store.set_aside(DISK, alive=lost)
    assert store.manifest(DISK) == manifest
