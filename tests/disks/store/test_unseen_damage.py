"""Damage that no hash of a pack shows, a cache that is wrong, runs that are broken off at a bad place."""

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import IO, Any

import pytest

from migrate.clouds.folder import json_records as record_file
from migrate.clouds.folder.whole_files import opened
from migrate.clouds.ports import ObjectInfo
from migrate.disks.store.compression import plain
from migrate.disks.store.disk_store import DamagedSegment, DiskStore
from migrate.disks.store.manifest import CHUNK_BYTES, DiskManifest, Origin
from migrate.disks.store.object_names import copy_name, pack_name
from migrate.disks.store.pack_format import PackBuilder
from migrate.disks.store.pass_writer import PassWriter
from migrate.disks.store.prune import apply_prune, plan_prune
from migrate.disks.store.store_check import What, check
from migrate.errors import Cancelled, FatalError, NotFound
from migrate.messages import codes
from tests.disks.store.faulty_stores import (
    DISK,
    Disk,
    Faulty,
    chunk,
    disk_store,
    flip,
    folder_store,
    memory,
    names,
    packs,
)


@pytest.fixture
def store(tmp_path: Path) -> DiskStore:
    return disk_store(memory(), tmp_path)


def pack_of(*chunks: tuple[bytes, bytes]) -> PackBuilder:
    """A pack with these frames under the digests of these chunks."""
    builder = PackBuilder()
    for content, frame in chunks:
        builder.add(hashlib.sha256(content).digest(), frame, len(content))
    return builder


def test_a_pass_whose_table_has_gone_is_not_sealed(store: DiskStore) -> None:
    """Somebody has removed the pass while it was written: a prune that should not have run."""
    disk, holes = Disk(4097), range(1, 4096)

    def put_missing(writer: PassWriter) -> list[int]:
        for index in holes:
            writer.put_zeros(index)
        return disk.put_missing(writer)

    with store.begin(DISK, "o1", disk.size_bytes) as first:
        assert put_missing(first) == [0, 4096]
    with store.begin(DISK, "o1", disk.size_bytes) as writer:
        assert put_missing(writer) == []
        store.remove(DISK, "o1")
        with pytest.raises(DamagedSegment):
            writer.seal("disk", Origin(image_id="o1"))
    assert store.manifest(DISK, "o1") is None
    with store.begin(DISK, "o1", disk.size_bytes) as writer:
        assert put_missing(writer) == [0, 4096]
        again = writer.seal("disk", Origin(image_id="o1"))
    assert store.segment(again, 0) == disk.segment(0)


def test_a_pack_that_was_written_wrong_is_found_and_healed(store: DiskStore) -> None:
    """A bit of memory flipped between a chunk's digest and its pack: the pack is what its name says."""
    disk = Disk(1)
    bad = pack_of((chunk(1, 1), chunk(9, 9)), (chunk(1, 2), chunk(1, 2))).seal()
    store.packs.put(bad)
    manifest = disk.capture(store)
    with pytest.raises(DamagedSegment):
        store.segment(manifest, 0)
    found = [finding for finding in check(store, read_data=True) if finding.disk]
    assert [(f.item, f.what, f.start, f.end) for f in found] == [(pack_name(bad.id), What.DAMAGED_PACK, 0, 65536)]
    store.set_aside(DISK, check_running=lambda: None)
    again = disk.capture(store, "o2")
    assert disk.is_whole_in(store, again)


def test_a_cache_that_is_wrong_damages_no_disk(tmp_path: Path) -> None:
    objects = memory()
    store = disk_store(objects, tmp_path)
    disk = Disk(2)
    manifest = disk.capture(store)
    store.close()
    (path,) = tmp_path.glob("chunks-*.sqlite")
    with closing(sqlite3.connect(path)) as db:
        db.execute("UPDATE chunk SET at = at + 1")
        db.commit()
    assert disk.is_whole_in(disk_store(objects, tmp_path), manifest)


def test_a_chunk_that_is_in_marked_packs_alone_keeps_all_of_them(store: DiskStore) -> None:
    """Which of them has it whole is not known."""
    one = Disk(1)
    bad = pack_of((chunk(1, 1), chunk(9, 9))).seal()
    good = pack_of((chunk(1, 1), chunk(1, 1)), (chunk(5, 5), chunk(6, 6))).seal()
    store.packs.put(bad)
    store.packs.put(good)
    manifest = one.capture(store)
    store.packs.mark_damaged(bad.id)
    store.packs.mark_damaged(good.id)
    assert one.is_whole_in(store, manifest)
    apply_prune(store, plan_prune(store, spare_s=-60), lambda: None)
    assert one.is_whole_in(store, manifest)


def test_setting_aside_that_is_broken_off_leaves_the_damage_to_be_found(store: DiskStore) -> None:
    disk = Disk(1)
    bad = pack_of((chunk(1, 1), chunk(9, 9))).seal()
    store.packs.put(bad)
    disk.capture(store)
    (other,) = set(packs(store)) - {pack_name(bad.id)}

    def stop() -> None:
        raise Cancelled(codes.STOPPED_ON_REQUEST)

    with pytest.raises(Cancelled):
        store.set_aside(DISK, check_running=lambda: None, go_on=stop)
    assert other in packs(store)
    counting = store.manifest(DISK)
    assert counting is not None, "a new pass would match what is damaged, and count"


def test_a_listing_that_is_late_with_pack_and_copy_is_no_finding(tmp_path: Path) -> None:
    faulty = Faulty(memory())
    store = disk_store(faulty, tmp_path)
    Disk(1).capture(store)
    (name,) = packs(store)
    pack_id = name.rpartition("/")[2]
    faulty.hidden = {name, copy_name(pack_id)}
    assert list(check(store, read_data=False)) == []


def test_a_pack_that_is_gone_and_still_listed_takes_no_other_with_it(tmp_path: Path) -> None:
    """Another machine has pruned one of two packs with the same chunks; the listing still shows it."""
    faulty = Faulty(memory())
    here, there = disk_store(faulty, tmp_path / "here"), disk_store(faulty.real, tmp_path / "there")
    one = Disk(1)
    first = pack_of((chunk(1, 1), chunk(1, 1))).seal()
    here.packs.put(first)
    here.packs.put(pack_of((chunk(1, 1), chunk(1, 1)), (chunk(5, 5), chunk(5, 5))).seal())
    manifest = one.capture(here)
    faulty.still_listed = [e for e in here.container.entries("packs/") if e.name == pack_name(first.id)]
    there.container.delete(copy_name(first.id))
    there.container.delete(pack_name(first.id))
    apply_prune(here, plan_prune(here, spare_s=-60), lambda: None)
    there.packs.update()
    assert one.is_whole_in(there, manifest)


def test_no_pass_is_sealed_upon_a_pack_that_another_machine_has_pruned_and_that_is_still_listed(tmp_path: Path) -> None:
    """The index of this machine knows it from before."""
    faulty = Faulty(memory())
    here, there = disk_store(faulty, tmp_path / "here"), disk_store(faulty.real, tmp_path / "there")
    one, two = Disk(3), Disk(3, name="volume:two")
    one.capture(here)
    faulty.still_listed = list(faulty.real.entries("store", "packs/"))
    there.remove(DISK, "o1")
    apply_prune(there, plan_prune(there, spare_s=-60), lambda: None)
    assert names(there) == []
    with here.begin(two.name, "o1", two.size_bytes) as writer:
        two.put_missing(writer)
        with pytest.raises(DamagedSegment):
            writer.seal("disk", Origin(image_id="o1"))
    assert here.manifest(two.name) is None
    # It is listed all the time, and its chunks are stored anew.
    assert two.is_whole_in(there, two.capture(here))


def test_packs_of_its_own_are_not_asked_for_when_a_pass_is_sealed(tmp_path: Path) -> None:
    class Objects(Faulty):
        asked: list[str] = []

        def head(self, container: str, name: str) -> ObjectInfo:
            self.asked.append(name)
            return self.real.head(container, name)

    objects = Objects(memory())
    store = disk_store(objects, tmp_path)
    Disk(20).thin().capture(store)
    assert [name for name in objects.asked if name.startswith("packs/")] == []
    Disk(20, name="volume:two").thin().capture(store)
    assert sorted(name for name in objects.asked if name.startswith("packs/")) == sorted(
        map(store.container.stored_name, packs(store))
    )


@pytest.mark.parametrize("noisy", [False, True])
def test_a_table_of_content_of_another_length_is_not_taken_for_that_of_this_one(store: DiskStore, noisy: bool) -> None:
    """So many chunks in both; the last one is longer now."""
    before, after = Disk(1.0005), Disk(1.001)
    for disk in (before, after):
        disk.noise([64] if noisy else [])
    assert before.count == after.count == 2
    with store.begin(DISK, "o1", before.size_bytes) as writer:
        before.put_missing(writer)
    assert [name for name in names(store, "disks/") if "/table-" in name]
    with store.begin(DISK, "o1", after.size_bytes) as writer:
        assert after.put_missing(writer) == [1]
        manifest = writer.seal("disk", Origin(image_id="o1"))
    assert after.is_whole_in(store, manifest)
    with store.begin(DISK, "o1", after.size_bytes) as writer:
        assert after.put_missing(writer) == []


def test_an_empty_object_in_place_of_a_pack_stops_nobody(store: DiskStore, tmp_path: Path) -> None:
    store.container.put(pack_name("ab" * 32), [])
    disk = Disk(1)
    assert disk.is_whole_in(store, disk.capture(store))


def test_a_pack_that_goes_while_the_pass_is_proved_is_missed(store: DiskStore) -> None:
    """To prove a file means to read it, which can take hours."""
    disk = Disk(1)

    def prove(_: DiskManifest) -> None:
        for name in packs(store):
            store.container.delete(name)

    with store.begin(DISK, "o1", disk.size_bytes) as writer:
        disk.put_missing(writer)
        with pytest.raises(DamagedSegment):
            writer.seal("disk", Origin(image_id="o1"), prove)
    assert store.manifest(DISK, "o1") is None


def test_a_cache_that_turns_out_damaged_is_made_anew_by_the_next_run(tmp_path: Path) -> None:
    """The first page is whole: it opens."""
    objects = memory()
    disk = Disk(2)
    store = disk_store(objects, tmp_path)
    manifest = disk.capture(store)
    store.close()
    (path,) = tmp_path.glob("chunks-*.sqlite")
    raw = path.read_bytes()
    path.write_bytes(raw[:4096] + b"\xa5" * (len(raw) - 4096))
    with pytest.raises(FatalError):
        disk_store(objects, tmp_path).segment(manifest, 0)
    assert disk.is_whole_in(disk_store(objects, tmp_path), manifest)


def test_a_frame_that_claims_any_length_is_damaged_and_no_more() -> None:
    """The header of a zstd frame can ask for exbibytes."""
    asks = b"\x28\xb5\x2f\xfd" + b"\xe0" + (1 << 60).to_bytes(8, "little") + b"\x01\x00\x00"
    assert plain(asks, CHUNK_BYTES) is None


def test_a_folder_can_be_listed_while_another_run_removes_objects(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A part goes as soon as its table is stored; another run may list the disks just then."""
    store = folder_store(tmp_path)
    store.container.put("disks/d/o/part-1", [b"x"])
    (record,) = (tmp_path / "objects").glob("*/??/*part-1*.json")

    def late(path: Path) -> IO[bytes]:
        record.unlink(missing_ok=True)  # between the reading of its name and that of its bytes
        return opened(path)

    monkeypatch.setattr(record_file, "opened", late)
    assert names(store, "disks/") == []
    assert store.container.get("disks/d/o/part-1") is None


def test_a_pack_that_is_once_not_found_and_is_there_is_no_damage(tmp_path: Path) -> None:
    """A node of the object store was away."""

    class Objects(Faulty):
        asked = 0

        def read(self, container: str, name: str, start: int, end: int) -> Any:
            self.asked += 1
            if self.asked == 1:
                raise NotFound(codes.GONE, kind="object", id=name)
            return self.real.read(container, name, start, end)

    store = disk_store(Objects(memory()), tmp_path)
    disk = Disk(1)
    assert disk.is_whole_in(store, disk.capture(store))


def test_the_whole_one_of_two_packs_with_the_same_chunk_stays(store: DiskStore) -> None:
    """Nobody has read the other one since its bits flipped."""
    one = Disk(1)
    same = (chunk(1, 1), chunk(1, 1))
    rotten = pack_of(same).seal()
    store.packs.put(rotten)
    store.packs.put(pack_of(same, (chunk(5, 5), chunk(5, 5))).seal())
    manifest = one.capture(store)
    flip(store, pack_name(rotten.id), 20)
    apply_prune(store, plan_prune(store, spare_s=-60), lambda: None)
    assert one.is_whole_in(store, manifest)


def test_a_marked_pack_with_the_whole_one_of_two_chunks_stays(store: DiskStore) -> None:
    """It was marked for another chunk, and the pack that nobody has marked is rotten."""
    one = Disk(1)
    same = (chunk(1, 1), chunk(1, 1))
    rotten, marked = pack_of(same).seal(), pack_of(same, (chunk(5, 5), chunk(6, 6))).seal()
    store.packs.put(rotten)
    store.packs.put(marked)
    manifest = one.capture(store)
    flip(store, pack_name(rotten.id), 20)
    store.packs.mark_damaged(marked.id)
    apply_prune(store, plan_prune(store, spare_s=-60), lambda: None)
    assert one.is_whole_in(store, manifest)
