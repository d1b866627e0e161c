"""DiskStore: what is there is told by the store alone, and damage never passes for a disk."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from migrate.clouds.folder.object_store import FolderStore
from migrate.clouds.ports import ObjectStore
from migrate.disks.store.chunk_tables import split
from migrate.disks.store.disk_store import DamagedSegment, DiskStore
from migrate.disks.store.manifest import (
    CHUNK_BYTES,
    SEGMENT_BYTES,
    ZERO_DIGEST,
    DiskManifest,
    Origin,
    TableRef,
    check_shape,
    tree_digest,
)
from migrate.disks.store.object_names import copy_name
from migrate.documents import sealed_bytes
from migrate.errors import ConfigError, DecampError, IntegrityError, LeaseLost
from migrate.messages import codes
from tests.disks.store.faulty_stores import (
    DISK,
    MARK,
    Disk,
    disk_store,
    flip,
    folder_store,
    memory,
    names,
    packs,
    raw,
    replace,
)

SIZE = 2 * SEGMENT_BYTES + 100
DATA = [b"a" * SEGMENT_BYTES, bytes(SEGMENT_BYTES), b"b" * 100]
MANIFEST = "disks/volume-0b1c/o1/manifest.json"


@pytest.fixture(params=["memory", "folder"])
def objects(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    return FolderStore(tmp_path / "objects") if request.param == "folder" else memory()


@pytest.fixture
def store(objects: ObjectStore, tmp_path: Path) -> DiskStore:
    return disk_store(objects, tmp_path / "cache")


def sealed(store: DiskStore, origin_id: str = "o1", taken_at: str = "2020-01-01T00:00:00Z") -> DiskManifest:
    with store.begin(DISK, origin_id, SIZE) as writer:
        for index, data in enumerate(DATA):
            writer.put(index, data)
        return writer.seal("disk", Origin(image_id=origin_id, taken_at=taken_at))


def begun(store: DiskStore, disk: str, origin_id: str, index: int = 0) -> None:
    """A pass that a kill ended: one segment of it is stored."""
    with store.begin(disk, origin_id, SIZE) as writer:
        writer.put(index, DATA[index])


def has(store: DiskStore, origin_id: str = "o1", size: int = SIZE) -> list[bool]:
    writer = store.begin(DISK, origin_id, size)
    return [writer.has(index) for index in range(3)]


def test_round_trip(store: DiskStore) -> None:
    manifest = sealed(store)
    assert store.manifest(DISK) == store.manifest(DISK, "o1") == manifest
    assert [store.segment(manifest, index) for index in range(3)] == DATA
    assert has(store) == [True] * 3
    assert (manifest.size_bytes, manifest.data_chunks, len(manifest.tables)) == (SIZE, 65, 1)
    assert manifest.data_bytes == 65 * CHUNK_BYTES


def test_a_disk_without_data_is_a_manifest_and_nothing_else(store: DiskStore) -> None:
    with store.begin(DISK, "o1", SIZE) as writer:
        for index in range(3):
            writer.put_zeros(index)
        manifest = writer.seal("disk", Origin(image_id="o1"))
    assert (manifest.tables, manifest.data_chunks, names(store)) == ((), 0, [MANIFEST])
    assert store.segment(manifest, 2) == bytes(100)
    with store.begin(DISK, "empty", 0) as writer:
        assert writer.seal("disk", Origin(image_id="empty")).tables == ()


def test_digests_are_told_by_place(store: DiskStore) -> None:
    chunks = store.chunks(sealed(store))
    assert split(chunks.segment(0)) == [hashlib.sha256(b"a" * CHUNK_BYTES).digest()] * 64
    assert split(chunks.segment(1)) == [ZERO_DIGEST] * 64
    assert split(chunks.segment(2)) == [hashlib.sha256(DATA[2]).digest()]
    assert list(chunks.digests()) == [digest for index in range(3) for digest in split(chunks.segment(index))]
    assert list(chunks.data_segments()) == [0, 2]


def test_nothing_there(store: DiskStore, objects: ObjectStore, tmp_path: Path) -> None:
    for empty in (store, DiskStore(objects, "no such container", tmp_path / "other")):
        assert empty.manifest(DISK) is None
        assert empty.manifest(DISK, "o1") is None
        assert has(empty) == [False] * 3
        assert empty.origins(DISK) == []


def test_container_carries_the_mark(store: DiskStore, objects: ObjectStore) -> None:
    store.prepare(MARK)
    assert objects.container("store").mark == MARK


def test_passes_and_disks_do_not_mix(store: DiskStore) -> None:
    begun(store, DISK, "o2")
    begun(store, DISK + "9", "o1")
    begun(store, "server:0b1c", "o1")
    assert has(store) == [False] * 3
    assert store.origins(DISK) == ["o2"]
    assert store.manifest(DISK) is None


def test_a_pass_over_content_of_another_length_is_read_anew(store: DiskStore) -> None:
    begun(store, DISK, "o1")
    assert has(store) == [True, False, False]
    assert has(store, size=SIZE + 1) == [False] * 3


def test_a_part_of_another_pass_is_not_taken(store: DiskStore) -> None:
    begun(store, DISK, "o2")
    part = next(name for name in names(store) if "/o2/part-" in name)
    replace(store, part.replace("/o2/", "/o1/"), raw(store, part))
    assert has(store) == [False] * 3


def test_newest_sealed_pass_wins(store: DiskStore) -> None:
    sealed(store, "z-old", "2020-01-01T00:00:00Z")
    newest = sealed(store, "a-new", "2020-01-02T00:00:00Z")
    begun(store, DISK, "b-unsealed")
    assert store.origins(DISK) == ["a-new", "b-unsealed", "z-old"]
    assert store.manifest(DISK) == newest


def test_removed_pass_is_gone_and_others_stay(store: DiskStore) -> None:
    sealed(store, "o1")
    kept = sealed(store, "o2")
    store.remove(DISK, "o1")
    store.remove(DISK, "o1")
    assert store.origins(DISK) == ["o2"]
    assert [store.segment(kept, index) for index in range(3)] == DATA


def test_a_segment_of_the_wrong_length_is_refused(store: DiskStore) -> None:
    writer = store.begin(DISK, "o1", SIZE)
    for wrong in (b"short", DATA[0] + b"x", b""):
        with pytest.raises(ValueError):
            writer.put(0, wrong)
    with pytest.raises(ValueError):
        writer.seal("disk", Origin(image_id="another"))


# ---------------------------------------------------------------- damage


@pytest.mark.parametrize("part", [0.0, 0.3, 0.6, 0.99])
def test_any_flipped_bit_of_a_chunk_is_found_by_disk_and_offset(store: DiskStore, part: float) -> None:
    disk = Disk(2)
    disk.noise(range(100))
    manifest = disk.capture(store)
    flip(store, packs(store)[0], 8 + int(part * 100 * CHUNK_BYTES))
    number = int(part * 100)
    with pytest.raises(DamagedSegment) as caught:
        store.segment(manifest, number // 64)
    assert f"bytes {number * CHUNK_BYTES}-{(number + 1) * CHUNK_BYTES - 1} of {DISK}" in str(caught.value)
    assert caught.value.code == codes.BYTES_DIFFER
    assert store.segment(manifest, 1 - number // 64) == disk.segment(1 - number // 64)


def test_a_pack_cut_short_or_missing_is_found(store: DiskStore, objects: ObjectStore) -> None:
    manifest = sealed(store)
    (name,) = packs(store)
    whole = raw(store, name)
    replace(store, name, whole[:20])
    with pytest.raises(DamagedSegment):
        store.segment(manifest, 0)
    objects.delete("store", name)
    with pytest.raises(DamagedSegment, match=r"bytes 0-65535 of volume:0b1c: chunk \w{64} is in no pack"):
        store.segment(manifest, 0)
    replace(store, name, whole)
    assert store.segment(manifest, 0) == DATA[0]


def test_a_pack_cut_short_whose_copied_index_is_gone_is_found_too(store: DiskStore, objects: ObjectStore) -> None:
    manifest = sealed(store)
    (name,) = packs(store)
    objects.delete("store", copy_name(name.rpartition("/")[2]))
    replace(store, name, raw(store, name)[:20])
    with pytest.raises(DamagedSegment, match="bytes 0-65535 of volume:0b1c"):
        store.segment(manifest, 0)


def test_a_table_that_is_damaged_or_missing_is_found(store: DiskStore, objects: ObjectStore, tmp_path: Path) -> None:
    manifest = sealed(store)
    name = next(name for name in names(store) if "/table-" in name)
    damages: tuple[Callable[[], None], ...] = (lambda: flip(store, name, 30), lambda: objects.delete("store", name))
    for damage in damages:
        damage()
        with pytest.raises(DamagedSegment, match=f"bytes 0-{SIZE - 1} of {DISK}: table 0"):
            disk_store(objects, tmp_path / "cache").segment(manifest, 0)


def test_a_damaged_manifest_is_refused(store: DiskStore, objects: ObjectStore) -> None:
    good = sealed_bytes(sealed(store))
    assert hashlib.md5(good).hexdigest() == objects.head("store", MANIFEST).etag
    edited = good.replace(b'"data_chunks": 65', b'"data_chunks": 64')
    earlier = good.replace(b'"version": 2', b'"version": 1')
    assert good not in (edited, earlier)
    for damaged in (good[:-40], good[:100], b"", b"[]", edited, earlier, good.replace(b"decamp-disk", b"decamp-dusk")):
        replace(store, MANIFEST, damaged)
        with pytest.raises(DecampError) as caught:
            store.manifest(DISK)
        another = damaged in (b"[]", earlier) or b"decamp-dusk" in damaged
        assert caught.value.code == (codes.DOCUMENT_VERSION if another else codes.BYTES_DIFFER)


def test_a_manifest_in_another_place_is_refused(store: DiskStore) -> None:
    replace(store, "disks/volume-0b1c/o2/manifest.json", sealed_bytes(sealed(store)))
    with pytest.raises(ConfigError):
        store.manifest(DISK, "o2")


def test_half_a_disk_cannot_be_sealed(store: DiskStore) -> None:
    writer = store.begin(DISK, "o1", SIZE)
    writer.put(0, DATA[0])
    writer.put_zeros(1)
    with pytest.raises(IntegrityError, match=f"bytes {2 * SEGMENT_BYTES}-{SIZE - 1} of {DISK}"):
        writer.seal("disk", Origin(image_id="o1"))
    assert store.manifest(DISK) is None
    writer.put(2, DATA[2])
    assert store.manifest(DISK) is None
    assert writer.seal("disk", Origin(image_id="o1")) == store.manifest(DISK)


def test_a_manifest_that_contradicts_itself_is_refused(store: DiskStore) -> None:
    whole = sealed(store)
    table = whole.tables[0]
    others = (
        (table, table),
        (msgspec.structs.replace(table, index=1),),
        (msgspec.structs.replace(table, data_chunks=0),),
        (msgspec.structs.replace(table, data_chunks=130),),
        (),
        (table, TableRef(index=0, digest="0" * 64, data_chunks=1)),
    )
    for tables in others:
        wrong = msgspec.structs.replace(whole, tables=tables, tree_digest=tree_digest(SIZE, tables))
        with pytest.raises(IntegrityError):
            check_shape(wrong)
    wrongs: dict[str, str | int] = {
        "tree_digest": "0" * 64,
        "chunk_bytes": 4096,
        "table_segments": 1,
        "size_bytes": SIZE + 1,
    }
    for field, value in wrongs.items():
        with pytest.raises(IntegrityError):
            check_shape(msgspec.structs.replace(whole, **{field: value}))
    check_shape(whole)


def test_server_refuses_bytes_that_changed_on_the_way(store: DiskStore, objects: ObjectStore) -> None:
    """The request carries the MD5: whoever changes a byte between us and the server is found at once."""
    sealed(store)
    info = objects.head("store", store.container.stored_name(packs(store)[0]))
    assert info.etag == hashlib.md5(raw(store, packs(store)[0])).hexdigest()
    with pytest.raises(IntegrityError):
        objects.put("store", info, [b"c" * info.size_bytes])


# ---------------------------------------------------------------- set aside


def check_running() -> None:
    """Nobody has taken the step over."""


def test_a_pass_that_was_set_aside_counts_no_more_and_keeps_what_is_whole(store: DiskStore) -> None:
    disk = Disk(2 * 16 + 1)
    manifest = disk.capture(store)
    first = next(name for name in packs(store) if place(store, manifest, 0) in name)
    flip(store, first, 100)
    store.set_aside(DISK, check_running=check_running)
    store.set_aside(DISK, check_running=check_running)
    assert store.manifest(DISK) is None and store.manifest(DISK, "o1") is None
    writer = store.begin(DISK, "o1", disk.size_bytes)
    assert [index for index in range(disk.count) if not writer.has(index)] == list(range(16))
    store.sweep(DISK, check_running=check_running)
    assert store.origins(DISK) == []


def place(store: DiskStore, manifest: DiskManifest, index: int) -> str:
    """The pack in which the first chunk of a segment lies."""
    digest = split(store.chunks(manifest).segment(index))[0]
    return store.packs.find_any([digest])[digest][0].pack_id


def test_an_older_pass_does_not_stand_in_for_a_damaged_one(store: DiskStore) -> None:
    sealed(store, "older", "2019-01-01T00:00:00Z")
    sealed(store, "newer", "2020-01-01T00:00:00Z")
    replace(store, "disks/volume-0b1c/newer/manifest.json", b"{")
    with pytest.raises(IntegrityError):
        store.manifest(DISK)
    store.set_aside(DISK, check_running=check_running)
    assert store.manifest(DISK) is None


def test_a_new_pass_sweeps_away_what_was_set_aside_for_it(store: DiskStore) -> None:
    sealed(store, "old")
    store.set_aside(DISK, check_running=check_running)
    newest = sealed(store, "new")
    store.sweep(DISK, check_running=check_running)
    assert store.origins(DISK) == ["new"]
    assert store.manifest(DISK) == newest
    assert [store.segment(newest, index) for index in range(3)] == DATA


def test_a_pass_that_is_taken_up_again_is_whole_again(store: DiskStore) -> None:
    """An image is read again under its own name: what was whole is not read twice, and the sweep keeps it."""
    manifest = sealed(store)
    flip(store, packs(store)[0], 20)
    store.set_aside(DISK, check_running=check_running)
    assert sealed(store) == manifest
    store.sweep(DISK, check_running=check_running)
    assert store.manifest(DISK) == manifest
    assert [store.segment(manifest, index) for index in range(3)] == DATA
    assert not [name for name in names(store) if name.endswith("set-aside")]


def test_a_damaged_pack_is_healed_for_every_disk_that_shares_its_chunks(store: DiskStore) -> None:
    first, twin = Disk(3), Disk(3, name="volume:twin")
    manifest, other = first.capture(store), twin.capture(store)
    flip(store, packs(store)[0], 20)
    for each in (manifest, other):
        with pytest.raises(DamagedSegment):
            store.segment(each, 0)
    store.set_aside(DISK, check_running=check_running)
    again = first.capture(store, "o2")
    assert first.is_whole_in(store, again) and twin.is_whole_in(store, other)
    assert store.manifest("volume:twin") == other


def test_chunks_that_are_whole_in_a_damaged_pack_can_still_be_read(store: DiskStore) -> None:
    """Another disk may have nothing but those, and its source may be gone."""
    first, other = Disk(1.5, seed=1), Disk(3, seed=1, name="volume:other")
    first.capture(store)
    manifest = other.capture(store)
    flip(store, store_pack(store, manifest, 2), 20)
    store.set_aside(DISK, check_running=check_running)
    assert store.segment(manifest, 0) == other.segment(0)


def store_pack(store: DiskStore, manifest: DiskManifest, index: int) -> str:
    pack_id = place(store, manifest, index)
    return f"packs/{pack_id[:2]}/{pack_id}"


@pytest.mark.parametrize("keeps_md5", [True, False])
def test_damage_that_the_store_itself_may_find_is_set_aside_too(tmp_path: Path, keeps_md5: bool) -> None:
    """A folder that knows the MD5 of its files refuses to hand out others; what lies in ours needs none."""
    store = disk_store(FolderStore(tmp_path / "objects", keeps_md5=keeps_md5), tmp_path / "cache")
    manifest = sealed(store)
    for path in tmp_path.glob("objects/store/??/*.data"):
        path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(IntegrityError):
        store.manifest(DISK)
    with pytest.raises(DamagedSegment):
        store.segment(manifest, 0)
    store.set_aside(DISK, check_running=check_running)
    assert store.manifest(DISK) is None and has(store) == [False] * 3


@pytest.mark.parametrize("damage", ["cut", "gone"])
def test_a_file_of_a_folder_that_is_cut_short_or_gone_is_damage(tmp_path: Path, damage: str) -> None:
    store = folder_store(tmp_path)
    manifest = sealed(store)
    for path in tmp_path.glob("objects/store/??/packs*.data"):
        path.write_bytes(path.read_bytes()[:-1]) if damage == "cut" else path.unlink()
    with pytest.raises(DamagedSegment):
        store.segment(manifest, 0)


def test_who_has_lost_the_step_sets_nothing_aside(store: DiskStore) -> None:
    manifest = sealed(store)

    def lost() -> None:
        raise LeaseLost(codes.CLAIM_LOST, step="s")

    with pytest.raises(LeaseLost):
        store.set_aside(DISK, check_running=lost)
    assert store.manifest(DISK) == manifest
