"""The index of the chunks: a cache that is made again out of packs, and never believed against them."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from migrate.disks.store.chunk_index import DAMAGED, GONE, LIVE, ChunkIndex
from migrate.disks.store.disk_store import DiskStore
from migrate.disks.store.pack_format import Entry
from migrate.errors import FatalError
from tests.disks.store.faulty_stores import BATCH, Disk, Faulty, disk_store, flip, memory, names, packs, raw, replace


def entry(number: int, at: int = 8) -> Entry:
    return Entry(number.to_bytes(32, "big"), at, 100, 65536)


def rows(store: DiskStore) -> list[tuple[object, ...]]:
    """Everything that the cache says, without the numbers that it gives to packs."""
    (path,) = store.packs.cache_dir.glob("*.sqlite")
    db = sqlite3.connect(path)
    try:
        wanted = "SELECT p.id, p.size_bytes, p.chunks, p.state, c.digest, c.at, c.stored_bytes FROM chunk c, pack p"
        return sorted(db.execute(wanted + " WHERE p.number = c.pack").fetchall())
    finally:
        db.close()


@pytest.fixture
def store(tmp_path: Path) -> DiskStore:
    store = disk_store(memory(), tmp_path / "cache")
    disk = Disk(2 * BATCH + 3).thin()
    disk.noise(range(3))
    disk.capture(store)
    return store


def test_the_index_made_again_equals_the_one_that_was_written(store: DiskStore, tmp_path: Path) -> None:
    """From the copies, and from the packs alone; the copies are made again, byte for byte."""
    copies = {name: raw(store, name) for name in names(store, "index/")}
    by_copies = disk_store(store.container.objects, tmp_path / "copies")
    by_copies.packs.update()
    assert rows(by_copies) == rows(store)
    for name in copies:
        store.container.delete(name)
    by_packs = disk_store(store.container.objects, tmp_path / "packs")
    by_packs.packs.update(mend=True)
    assert rows(by_packs) == rows(store)
    assert {name: raw(store, name) for name in names(store, "index/")} == copies


@pytest.mark.parametrize("damage", ["flip", "cut", "swap"])
def test_a_copy_that_is_damaged_or_another_packs_is_made_again(store: DiskStore, tmp_path: Path, damage: str) -> None:
    copies = {name: raw(store, name) for name in names(store, "index/")}
    first, second = list(copies)[:2]
    if damage == "swap":
        replace(store, first, copies[second])
        replace(store, second, copies[first])
    else:
        replace(store, first, copies[first][:-1]) if damage == "cut" else flip(store, first, 50)
    fresh = disk_store(store.container.objects, tmp_path / "fresh")
    fresh.packs.update(mend=True)
    assert rows(fresh) == rows(store)
    assert {name: raw(store, name) for name in names(store, "index/")} == copies


def test_a_pack_without_a_readable_index_is_not_matched_against(store: DiskStore, tmp_path: Path) -> None:
    for name in packs(store):
        replace(store, name, raw(store, name)[:-1] + b"?")
        store.container.delete(name.replace("packs/", "index/"))
    fresh = disk_store(store.container.objects, tmp_path / "fresh")
    disk = Disk(2 * BATCH + 3, name="volume:again").thin()
    assert disk.is_whole_in(fresh, disk.capture(fresh))
    assert len(packs(fresh)) > 3


def test_a_cache_that_is_damaged_is_made_anew(store: DiskStore, tmp_path: Path) -> None:
    before = rows(store)
    store.close()
    (path,) = (tmp_path / "cache").glob("*.sqlite")
    for damaged in (b"no database at all" * 100, b""):
        path.write_bytes(damaged)
        again = disk_store(store.container.objects, tmp_path / "cache")
        again.packs.update()
        assert rows(again) == before
        again.close()


def test_a_cache_of_another_version_is_made_anew(store: DiskStore, tmp_path: Path) -> None:
    before = rows(store)
    store.close()
    (path,) = (tmp_path / "cache").glob("*.sqlite")
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version = 99")
    db.close()
    store.packs.update()
    assert rows(store) == before


def test_a_cache_that_cannot_be_written_stops_the_run(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(FatalError):
        disk_store(memory(), tmp_path / "file" / "cache").packs.update()


def test_the_cache_of_a_store_that_was_lost_promises_nothing(store: DiskStore) -> None:
    """The folder was emptied, the cache was not: everything is stored anew."""
    for name in names(store):
        store.container.delete(name)
    disk = Disk(2 * BATCH + 3, name="volume:again").thin()
    assert disk.is_whole_in(store, disk.capture(store))
    assert len(packs(store)) == 3


def test_a_pack_that_comes_back_is_known_again(store: DiskStore) -> None:
    before = rows(store)
    name = packs(store)[0]
    whole = raw(store, name)
    store.container.delete(name)
    store.packs.update()
    assert {row[3] for row in rows(store)} == {LIVE, GONE}
    replace(store, name, whole)
    store.packs.update()
    assert rows(store) == before


def test_what_the_listing_does_not_show_is_asked_for_by_name(tmp_path: Path) -> None:
    faulty = Faulty(memory())
    faulty.hides_new = True
    store = disk_store(faulty, tmp_path / "cache")
    Disk(2).capture(store)
    store.packs.update()
    assert {row[3] for row in rows(store)} == {LIVE}
    store.packs.mark_damaged(packs(disk_store(faulty.real, tmp_path / "c"))[0].rpartition("/")[2])
    store.packs.update()
    assert {row[3] for row in rows(store)} == {DAMAGED}


def test_a_mark_that_is_gone_and_still_listed_does_not_count(tmp_path: Path) -> None:
    """The pack has been stored again since; a listing that is late must not call it damaged."""
    faulty = Faulty(memory())
    store = disk_store(faulty, tmp_path / "cache")
    disk = Disk(2)
    disk.capture(store)
    (name,) = packs(store)
    store.packs.mark_damaged(name.rpartition("/")[2])
    faulty.still_listed = [entry for entry in store.container.entries("packs/") if entry.name.endswith(".damaged")]
    again = Disk(2, name="volume:again")
    assert again.is_whole_in(store, again.capture(store))
    assert {row[3] for row in rows(store)} == {LIVE}


def test_chunks_of_several_packs_are_all_found_the_live_first(tmp_path: Path) -> None:
    index = ChunkIndex(tmp_path / "i.sqlite")
    one, two = entry(1), entry(2, 108)
    index.add("a" * 64, 1000, [one, two])
    index.add("b" * 64, 1000, [entry(1, 300)])
    found = index.find([one.digest, two.digest, bytes(32)])
    assert {digest: [place.pack_id[0] for place in places] for digest, places in found.items()} == {
        one.digest: ["a", "b"],
        two.digest: ["a"],
    }
    index.set_state("a" * 64, DAMAGED)
    assert [place.pack_id[0] for place in index.find([one.digest])[one.digest]] == ["b"]
    assert [place.pack_id[0] for place in index.find([one.digest], DAMAGED)[one.digest]] == ["b", "a"]
    assert index.dead([1, 2, 3]) == {1, 3}
    index.set_state("a" * 64, GONE)
    index.forget_gone()
    assert index.find([one.digest, two.digest], GONE).keys() == {one.digest}
    index.close()


def test_what_a_killed_run_had_read_in_is_sorted_in_by_the_next(tmp_path: Path) -> None:
    index = ChunkIndex(tmp_path / "i.sqlite")
    one, two = entry(1), entry(2)
    index.stage("a" * 64, 1000, [one], LIVE)
    index.stage("a" * 64, 1000, [one], LIVE)
    index.stage("b" * 64, 1000, [one, two], DAMAGED)
    assert index.find([one.digest, two.digest], GONE) == {}
    index.close()
    index = ChunkIndex(tmp_path / "i.sqlite")
    index.merge()
    assert {d: len(places) for d, places in index.find([one.digest, two.digest], GONE).items()} == {
        one.digest: 2,
        two.digest: 1,
    }
    assert [row.state for row in index.packs().values()] == [LIVE, DAMAGED]
    index.close()


def test_another_process_goes_on_while_much_is_sorted_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it adds meanwhile is not lost, and what is not sorted in yet is not findable."""
    monkeypatch.setattr("migrate.disks.store.chunk_index._SLICE", 2)
    here, there = ChunkIndex(tmp_path / "i.sqlite"), ChunkIndex(tmp_path / "i.sqlite")
    many = [entry(number) for number in range(1, 8)]
    here.stage("a" * 64, 1000, many, LIVE)
    slices: list[int] = []
    writing = here._writing

    @contextmanager
    def between() -> Iterator[sqlite3.Connection]:
        slices.append(len(slices))
        there.set_state("a" * 64, LIVE)
        assert there.find([one.digest for one in many], GONE) == {}
        there.stage(f"{len(slices):064x}", 1000, [entry(100 + len(slices))], LIVE)
        with writing() as db:
            yield db

    monkeypatch.setattr(here, "_writing", between)
    here.merge()
    assert len(slices) == 5
    assert here.find([one.digest for one in many]).keys() == {one.digest for one in many}
    there.merge()
    later = [entry(100 + number).digest for number in range(1, 6)]
    assert there.find([*later, *(one.digest for one in many)]).keys() == {*later, *(one.digest for one in many)}
    assert {row.state for row in there.packs().values()} == {LIVE}
    here.close()
    there.close()


@pytest.mark.parametrize("done", [1, 3, 4])
def test_a_run_that_is_killed_while_it_sorts_in_is_gone_on_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, done: int
) -> None:
    monkeypatch.setattr("migrate.disks.store.chunk_index._SLICE", 2)
    index, many = ChunkIndex(tmp_path / "i.sqlite"), [entry(number) for number in range(1, 8)]
    index.stage("a" * 64, 1000, many, LIVE)
    writing, slices = index._writing, iter(range(done))

    @contextmanager
    def killed() -> Iterator[sqlite3.Connection]:
        if next(slices, None) is None:
            raise KeyboardInterrupt
        with writing() as db:
            yield db

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(index, "_writing", killed)
        index.merge()
    assert index.find([one.digest for one in many], GONE) == {}
    index.merge()
    assert index.find([one.digest for one in many]).keys() == {one.digest for one in many}
    index.close()


def test_many_digests_are_found_at_once(tmp_path: Path) -> None:
    index = ChunkIndex(tmp_path / "i.sqlite")
    entries = [entry(number) for number in range(1, 1001)]
    index.add("a" * 64, 1000, entries)
    assert index.find(each.digest for each in entries).keys() == {each.digest for each in entries}
    assert index.find([]) == {}
    index.close()


def test_a_pack_that_is_asked_for_in_vain_is_gone_for_the_index_too(store: DiskStore) -> None:
    name = packs(store)[0]
    store.container.delete(name)
    assert store.packs.read(name.rpartition("/")[2], 1000, 0, 1) is None
    assert {row[0] for row in rows(store) if row[3] == GONE} == {name.rpartition("/")[2]}
