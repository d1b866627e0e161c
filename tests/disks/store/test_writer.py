"""PassWriter: many writers at once, and whatever breaks one of them costs two packs at most and never a byte."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import product
from pathlib import Path
from typing import TypeVar

import pytest

from migrate.clouds.folder.object_store import FolderStore
from migrate.disks.store.chunk_index import Place
from migrate.disks.store.disk_store import DamagedSegment, DiskStore
from migrate.disks.store.manifest import SEGMENT_BYTES, TABLE_SEGMENTS, Origin
from migrate.disks.store.pack_format import MOST_CONTENT_BYTES, MOST_PACK_BYTES
from migrate.disks.store.packs import Packs
from migrate.errors import Cancelled, LeaseLost, TransientError
from migrate.messages import codes
from tests.disks.store.faulty_stores import (
    BATCH,
    DISK,
    KEYS,
    Disk,
    Faulty,
    disk_store,
    folder_store,
    lost,
    memory,
    names,
    packs,
)
from tests.matrix import one_each, rest

T = TypeVar("T")
ORIGIN = Origin(image_id="o1", taken_at="2020-01-01T00:00:00Z")


@pytest.fixture
def faulty() -> Faulty:
    return Faulty(memory())


@pytest.fixture
def store(faulty: Faulty, tmp_path: Path) -> DiskStore:
    return disk_store(faulty, tmp_path / "cache")


def again(faulty: Faulty, tmp_path: Path) -> DiskStore:
    """The next process, on another machine: nothing is remembered but what is in the store."""
    faulty.before_put = faulty.after_put = lambda number, name: None
    return disk_store(faulty, tmp_path / f"cache-{len(faulty.puts)}")


# ---------------------------------------------------------------- many at once


def test_segments_come_from_many_threads_in_any_order(store: DiskStore) -> None:
    disk = Disk(20.5)
    disk.zeros = {3, 17}
    order = sorted(range(disk.count), key=lambda index: index * 37 % disk.count)
    with store.begin(DISK, "o1", disk.size_bytes) as writer, ThreadPoolExecutor(6) as pool:
        for done in [pool.submit(writer.put, index, disk.segment(index)) for index in order]:
            done.result()
        manifest = writer.seal("disk", ORIGIN)
    assert disk.is_whole_in(store, manifest)
    assert manifest == disk.capture(disk_store(memory(), store.packs.cache_dir / "other"))


@pytest.mark.parametrize("length", [0, SEGMENT_BYTES - 1, SEGMENT_BYTES + 1])
def test_a_segment_of_another_length_is_not_taken(store: DiskStore, length: int) -> None:
    with store.begin(DISK, "o1", 3 * SEGMENT_BYTES) as writer:
        with pytest.raises(ValueError, match="segment 1 of"):
            writer.put(1, bytes(length))
        assert not writer.has(1)


def test_two_stores_on_one_folder_write_the_same_disks_at_once(tmp_path: Path) -> None:
    disks = [Disk(18, seed=seed, name=f"volume:{seed}{twin}").thin() for seed, twin in ((1, "a"), (1, "b"), (2, "c"))]
    stores = [folder_store(tmp_path, "cache-1"), folder_store(tmp_path, "cache-2")]
    with ThreadPoolExecutor(6) as pool:
        jobs = [pool.submit(disk.capture, store) for disk in disks for store in stores]
        manifests = [job.result() for job in jobs]
    fresh = folder_store(tmp_path, "cache-3")
    for disk, manifest in zip((disk for disk in disks for _ in stores), manifests, strict=True):
        assert fresh.manifest(disk.name) == manifest
        assert disk.is_whole_in(fresh, manifest)


def test_two_runs_that_write_one_pass_at_once_do_each_other_no_harm(store: DiskStore, tmp_path: Path) -> None:
    """One has lost its step and does not know it yet."""
    disk, other = Disk(3 * BATCH).thin(), disk_store(store.container.objects, tmp_path / "other")
    one = store.begin(DISK, "o1", disk.size_bytes)
    disk.put_missing(one, 2 * BATCH)
    two = other.begin(DISK, "o1", disk.size_bytes)
    assert disk.put_missing(two) == list(range(2 * BATCH, 3 * BATCH))
    manifest = two.seal("disk", ORIGIN)
    disk.put_missing(one)
    assert one.seal("disk", ORIGIN) == manifest == store.manifest(DISK)
    assert disk.is_whole_in(store, manifest) and disk.is_whole_in(other, manifest)


def test_two_processes_may_share_the_cache(tmp_path: Path) -> None:
    first, second = folder_store(tmp_path), folder_store(tmp_path)
    manifest = Disk(17, name="volume:a").capture(first)
    before = packs(first)
    other = Disk(17, name="volume:b")
    assert other.is_whole_in(first, other.capture(second))
    assert packs(first) == before
    assert Disk(17, name="volume:a").is_whole_in(second, manifest)


def test_what_is_stored_is_stored_once(store: DiskStore, faulty: Faulty) -> None:
    first = Disk(5)
    first.capture(store)
    before = len(packs(store))
    for name in ("volume:b", "volume:c"):
        twin = Disk(5, name=name)
        assert twin.is_whole_in(store, twin.capture(store))
    assert len(packs(store)) == before == 1


def test_a_chunk_that_occurs_often_is_stored_once(store: DiskStore) -> None:
    disk = Disk(40)
    disk.noise([0])
    disk.other = dict.fromkeys(range(40 * 64), disk.other[0])
    manifest = disk.capture(store)
    stored = sum(entry.size_bytes for entry in store.container.entries("packs/"))
    assert stored < 66_000 and disk.is_whole_in(store, manifest)


def test_a_full_pack_is_some_tens_of_mib(store: DiskStore) -> None:
    disk = Disk(10)
    disk.noise(range(10 * 64))
    disk.capture(store)
    sizes = sorted(entry.size_bytes for entry in store.container.entries("packs/"))
    assert sizes[-1] < MOST_PACK_BYTES + SEGMENT_BYTES + 100_000
    assert len(sizes) == 2


# ---------------------------------------------------------------- broken off


@pytest.mark.parametrize(
    ("number", "arrives"),
    [
        *one_each([1, 2, 8, 17], [True, False]),
        *rest(*product(sorted({*range(1, 18)} - {1, 2, 8, 17}), [True, False])),
    ],
)
def test_a_kill_at_any_put_costs_two_packs_at_most(
    store: DiskStore, faulty: Faulty, tmp_path: Path, number: int, arrives: bool
) -> None:
    """Puts: pack, index and part of each of 5 packs, then table and manifest. A kill ends it before or after one."""
    disk = Disk(4 * BATCH + 5).thin()

    def kill(count: int, name: str) -> None:
        if count == number:
            raise KeyboardInterrupt

    setattr(faulty, "after_put" if arrives else "before_put", kill)
    put: list[int] = []
    with pytest.raises(KeyboardInterrupt), store.begin(DISK, "o1", disk.size_bytes) as writer:
        for index in range(disk.count):
            put.append(index)
            writer.put(index, disk.segment(index))
        writer.seal("disk", ORIGIN)
    next_one = again(faulty, tmp_path)
    with next_one.begin(DISK, "o1", disk.size_bytes) as writer:
        read = disk.put_missing(writer)
        manifest = writer.seal("disk", ORIGIN)
    assert len(set(read) & set(put)) * SEGMENT_BYTES <= 2 * MOST_CONTENT_BYTES
    assert disk.is_whole_in(next_one, manifest)
    assert not [name for name in names(next_one) if "/part-" in name]


def capture_and_die(folder: Path, puts: int) -> None:
    """In a process of its own."""
    faulty = Faulty(FolderStore(folder / "objects"))
    faulty.after_put = lambda count, name: os.kill(os.getpid(), signal.SIGKILL) if count == puts else None
    Disk(4 * BATCH).thin().capture(disk_store(faulty, folder / "cache"))


@pytest.mark.parametrize("puts", [13, *rest(1, 2, 8)])
def test_kill_9_costs_two_packs_at_most(tmp_path: Path, puts: int) -> None:
    code = "import sys, pathlib; from tests.disks.store import faulty_stores as stores; "
    code += f"stores.KEYS.key = stores.KEY if {bool(KEYS.key)} else None; "
    code += "from tests.disks.store.test_writer import capture_and_die as die; "
    code += "die(pathlib.Path(sys.argv[1]), int(sys.argv[2]))"
    root = Path(__file__).parents[3]
    dead = subprocess.run([sys.executable, "-c", code, str(tmp_path), str(puts)], cwd=root)
    assert dead.returncode == -signal.SIGKILL
    store, disk = folder_store(tmp_path), Disk(4 * BATCH).thin()
    with store.begin(DISK, "o1", disk.size_bytes) as writer:
        read = disk.put_missing(writer)
        manifest = writer.seal("disk", ORIGIN)
    assert len(read) == disk.count - BATCH * (puts // 3)
    assert disk.is_whole_in(store, manifest)


def test_zeros_that_were_read_are_not_read_again(store: DiskStore, faulty: Faulty, tmp_path: Path) -> None:
    """A raw file of zeros fills no pack, and still is not read from its start after a kill."""
    disk = Disk(5 * BATCH)
    disk.zeros = set(range(5 * BATCH))
    writer = store.begin(DISK, "o1", disk.size_bytes)
    disk.put_missing(writer, 4 * BATCH + 3)
    assert disk.put_missing(again(faulty, tmp_path).begin(DISK, "o1", disk.size_bytes)) == list(range(64, 80))


def test_what_matches_is_not_read_again(store: DiskStore, faulty: Faulty, tmp_path: Path) -> None:
    """A second pass stores nothing new, and still is taken up where it was."""
    disk = Disk(5 * BATCH).thin()
    disk.capture(store, "o0")
    writer = store.begin(DISK, "o1", disk.size_bytes)
    disk.put_missing(writer, 3 * BATCH + 1)
    assert disk.put_missing(again(faulty, tmp_path).begin(DISK, "o1", disk.size_bytes)) == list(range(48, 80))


def test_who_stops_in_good_order_loses_nothing(store: DiskStore, faulty: Faulty, tmp_path: Path) -> None:
    disk = Disk(9)
    with pytest.raises(Cancelled), store.begin(DISK, "o1", disk.size_bytes) as writer:
        disk.put_missing(writer, 5)
        raise Cancelled(codes.STOPPED_ON_REQUEST)
    assert disk.put_missing(again(faulty, tmp_path).begin(DISK, "o1", disk.size_bytes)) == [5, 6, 7, 8]


def test_who_has_lost_the_step_stores_nothing_more(store: DiskStore, faulty: Faulty) -> None:
    disk = Disk(9)
    with pytest.raises(LeaseLost), store.begin(DISK, "o1", disk.size_bytes) as writer:
        disk.put_missing(writer, 5)
        raise LeaseLost(codes.CLAIM_LOST, step="s")
    assert faulty.puts == []


def test_a_put_that_failed_is_repeated_and_loses_nothing(store: DiskStore, faulty: Faulty) -> None:
    """The server is away for every other put; some of them did arrive."""
    disk = Disk(3 * BATCH + 2).thin()

    def away(count: int, name: str) -> None:
        if count % 5 == 1:
            lost(count, name)

    faulty.before_put, faulty.after_put = away, lambda count, name: away(count + 3, name)
    with store.begin(DISK, "o1", disk.size_bytes) as writer:
        for index in range(disk.count):
            _patiently(partial(writer.put, index, disk.segment(index)))
        manifest = _patiently(partial(writer.seal, "disk", ORIGIN))
    assert disk.is_whole_in(store, manifest)
    assert len(packs(store)) == 4
    assert store.manifest(DISK) == manifest


def _patiently(call: Callable[[], T]) -> T:
    for _ in range(20):
        try:
            return call()
        except TransientError:
            continue
    raise AssertionError("twenty times in vain")


def test_one_thread_hears_of_a_pack_that_could_not_be_stored_and_the_others_go_on(
    store: DiskStore, faulty: Faulty
) -> None:
    disk = Disk(3 * BATCH).thin()
    failing = threading.Event()

    def once(count: int, name: str) -> None:
        if name.startswith("packs/") and not failing.is_set():
            failing.set()
            lost(count, name)

    faulty.before_put = once
    errors: list[TransientError] = []

    def put(index: int) -> None:
        try:
            writer.put(index, disk.segment(index))
        except TransientError as err:
            errors.append(err)
            writer.put(index, disk.segment(index))

    with store.begin(DISK, "o1", disk.size_bytes) as writer, ThreadPoolExecutor(4) as pool:
        list(pool.map(put, range(disk.count)))
        manifest = writer.seal("disk", ORIGIN)
    assert len(errors) == 1
    assert disk.is_whole_in(store, manifest)


def test_sealing_twice_is_the_same(store: DiskStore) -> None:
    disk = Disk(2)
    writer = store.begin(DISK, "o1", disk.size_bytes)
    disk.put_missing(writer)
    manifest = writer.seal("disk", ORIGIN)
    assert writer.seal("disk", ORIGIN) == manifest
    with store.begin(DISK, "o1", disk.size_bytes) as writer:
        assert disk.put_missing(writer) == []
        assert writer.seal("disk", ORIGIN) == manifest


# ---------------------------------------------------------------- tables


def test_a_table_is_stored_as_soon_as_it_is_complete(store: DiskStore, faulty: Faulty, tmp_path: Path) -> None:
    """So memory stays flat, and so do the parts that a resume has to read."""
    disk = Disk(TABLE_SEGMENTS + 2 * BATCH)
    writer = store.begin(DISK, "o1", disk.size_bytes)
    data = {0, 1, TABLE_SEGMENTS - 1, TABLE_SEGMENTS}
    for index in range(disk.count):
        if index in data:
            writer.put(index, disk.segment(index))
        elif index < TABLE_SEGMENTS + BATCH:
            writer.put_zeros(index)
    for index in range(TABLE_SEGMENTS + BATCH, disk.count - 1):
        writer.put(index, disk.segment(index))
    assert [name.rpartition("/")[2][:14] for name in names(store, "disks/") if "/table-" in name] == ["table-00000000"]
    assert len([name for name in names(store, "disks/") if "/part-" in name]) == 1
    taken = again(faulty, tmp_path).begin(DISK, "o1", disk.size_bytes)
    assert all(taken.has(index) for index in range(TABLE_SEGMENTS))
    assert not taken.has(TABLE_SEGMENTS + 1) and not taken.has(disk.count - 1)


def test_what_is_taken_up_is_looked_up_a_bit_at_a_time(
    store: DiskStore, faulty: Faulty, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All places of the chunks of one table take a quarter of a gigabyte, for each disk that is taken up."""
    disk = Disk(64 + BATCH)
    disk.put_missing(store.begin(DISK, "o1", disk.size_bytes))
    asked: list[int] = []
    find = Packs.find

    def counting(packs: Packs, digests: Collection[bytes]) -> dict[bytes, list[Place]]:
        asked.append(len(digests))
        return find(packs, digests)

    monkeypatch.setattr(Packs, "find", counting)
    assert disk.put_missing(again(faulty, tmp_path).begin(DISK, "o1", disk.size_bytes)) == []
    assert sum(asked) == disk.count * 64 and max(asked) <= 64 * 64


# ---------------------------------------------------------------- late listings, packs that go


def test_a_late_listing_costs_only_time(store: DiskStore, faulty: Faulty, tmp_path: Path) -> None:
    """Neither packs nor parts of the run before are listed yet: it is read again, and nothing is called damaged."""
    disk = Disk(2 * BATCH + 1).thin()
    faulty.hides_new = True
    manifest = disk.capture(store)
    assert disk.is_whole_in(store, manifest)
    with store.begin("volume:b", "o1", disk.size_bytes) as writer:
        Disk(2 * BATCH + 1, name="volume:b").thin().put_missing(writer)
        assert writer.seal("disk", ORIGIN).tables == manifest.tables
    assert len(packs(disk_store(faulty.real, tmp_path / "c"))) == 3
    elsewhere = again(faulty, tmp_path)
    assert disk.put_missing(elsewhere.begin(DISK, "o1", disk.size_bytes)) == list(range(disk.count))
    faulty.hidden.clear()
    assert disk.is_whole_in(elsewhere, manifest)


def test_a_pack_that_is_gone_when_the_pass_is_sealed_is_told_and_stored_again(
    store: DiskStore, faulty: Faulty, tmp_path: Path
) -> None:
    disk = Disk(3 * BATCH).thin()
    writer = store.begin(DISK, "o1", disk.size_bytes)
    disk.put_missing(writer, 2 * BATCH)
    faulty.real.delete("store", next(name for name in faulty.puts if name.startswith("packs/")))
    disk.put_missing(writer)
    with pytest.raises(DamagedSegment, match=f"bytes 0-4194303, 20971520-25165823 of {DISK}"):
        writer.seal("disk", ORIGIN)
    assert store.manifest(DISK) is None
    for taken in (store, again(faulty, tmp_path)):
        with taken.begin(DISK, "o1", disk.size_bytes) as writer:
            read = disk.put_missing(writer)
            manifest = writer.seal("disk", ORIGIN)
        assert read == ([0, 5] if taken is store else [])
        assert disk.is_whole_in(taken, manifest)


def test_a_pack_that_was_marked_meanwhile_is_not_relied_on(store: DiskStore, faulty: Faulty, tmp_path: Path) -> None:
    """Another run has found it damaged while this one matched against it."""
    Disk(3, name="volume:b").capture(store)
    disk = Disk(3)
    writer = store.begin(DISK, "o1", disk.size_bytes)
    disk.put_missing(writer)
    assert len(packs(store)) == 1
    other = again(faulty, tmp_path)
    other.packs.update()
    other.packs.mark_damaged(packs(store)[0].rpartition("/")[2])
    with pytest.raises(DamagedSegment):
        writer.seal("disk", ORIGIN)
    writer = store.begin(DISK, "o1", disk.size_bytes)
    assert disk.put_missing(writer) == [0, 1, 2]
    # The same chunks make the same pack: its bytes are replaced, and the mark goes.
    assert disk.is_whole_in(store, writer.seal("disk", ORIGIN))
    assert not [name for name in names(store) if name.endswith(".damaged")]
