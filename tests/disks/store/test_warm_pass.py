"""Warm passes in the store: seen by whoever asks for them alone, kept by a prune while they are the newest."""

from pathlib import Path

import pytest

from migrate.disks.store.disk_store import DiskStore
from migrate.disks.store.manifest import CHUNK_BYTES, DiskManifest, Origin
from migrate.disks.store.object_names import MANIFEST, WARM, pass_prefix
from migrate.disks.store.pass_difference import changed_bytes, differing_chunks
from migrate.disks.store.prune import Pass, Prune, apply_prune, plan_prune
from migrate.disks.store.store_check import What, check
from tests.disks.store.faulty_stores import BATCH, DISK, Disk, disk_store, memory, names


@pytest.fixture
def store(tmp_path: Path) -> DiskStore:
    return disk_store(memory(), tmp_path / "cache")


def warm(store: DiskStore, disk: Disk, origin_id: str, taken_at: str) -> DiskManifest:
    with store.begin(disk.name, origin_id, disk.size_bytes) as writer:
        disk.put_missing(writer)
        return writer.seal("disk", Origin(image_id=origin_id, taken_at=taken_at), is_warm=True)


def days(number: int) -> str:
    return f"2020-01-{number:02d}T00:00:00Z"


def changed(*numbers: int) -> Disk:
    disk = Disk(BATCH).thin()
    disk.noise(numbers)
    return disk


def pruned(store: DiskStore) -> Prune:
    plan = plan_prune(store, spare_s=-60)
    apply_prune(store, plan, lambda: None)
    return plan


def test_a_warm_pass_is_no_valid_pass_and_is_as_good_as_one_once_it_is_adopted(store: DiskStore) -> None:
    disk = changed()
    made = warm(store, disk, "w1", days(1))
    assert store.manifest(DISK) is None and store.manifest(DISK, "w1") is None
    assert store.warm_pass(DISK) == store.newest_pass(DISK) == made
    assert disk.is_whole_in(store, made)
    assert list(check(store, True)) == []
    store.adopt(made)
    store.adopt(made)
    assert store.manifest(DISK) == made and store.warm_pass(DISK) is None
    assert list(check(store, True)) == []


def test_the_newer_of_both_is_the_newest(store: DiskStore) -> None:
    valid = changed().capture(store, "o1", days(2))
    warm(store, changed(1), "w1", days(1))
    assert store.newest_pass(DISK) == valid
    later = warm(store, changed(2), "w2", days(3))
    assert store.newest_pass(DISK) == later and store.manifest(DISK) == valid


def test_a_prune_keeps_the_newest_warm_pass_alone_while_nothing_is_newer(store: DiskStore) -> None:
    old, new = changed(1), changed(2)
    warm(store, old, "w1", days(1))
    kept = warm(store, new, "w2", days(2))
    assert pruned(store).passes == (Pass(disk=DISK, origin_id="w1"),)
    assert store.warm_pass(DISK) == kept and new.is_whole_in(store, kept)
    valid = changed(3).capture(store, "o1", days(3))
    assert pruned(store).passes == (Pass(disk=DISK, origin_id="w2"),)
    assert changed(3).is_whole_in(store, valid)
    later = warm(store, changed(4), "w3", days(4))
    assert pruned(store).passes == ()
    assert changed(3).is_whole_in(store, valid) and changed(4).is_whole_in(store, later)


def test_a_prune_keeps_an_unfinished_pass_beside_a_warm_one(store: DiskStore) -> None:
    warm(store, changed(1), "w1", days(1))
    unfinished = changed(2)
    with store.begin(DISK, "o1", unfinished.size_bytes) as writer:
        unfinished.put_missing(writer, until=6)
    assert pruned(store).passes == ()
    with store.begin(DISK, "o1", unfinished.size_bytes) as writer:
        assert all(index >= 6 for index in unfinished.put_missing(writer))


def test_a_damaged_warm_manifest_is_found(store: DiskStore) -> None:
    warm(store, changed(), "w1", days(1))
    name = pass_prefix(DISK, "w1") + WARM
    store.container.put(name, [b"{}"], "application/json")
    assert [(one.item, one.what) for one in check(store, False)] == [(name, What.DAMAGED_MANIFEST)]


def test_a_removed_pass_leaves_neither_name(store: DiskStore) -> None:
    made = warm(store, changed(), "w1", days(1))
    store.remove(DISK, "w1")
    assert names(store, pass_prefix(DISK, "w1")) == []
    store.adopt(made)
    assert names(store, pass_prefix(DISK, "w1")) == [pass_prefix(DISK, "w1") + MANIFEST]


def test_two_passes_differ_in_the_chunks_that_were_written(store: DiskStore) -> None:
    older, newer = warm(store, changed(), "w1", days(1)), warm(store, changed(1, 2, 320), "w2", days(2))
    assert list(differing_chunks(store, older, newer)) == [(0, [1, 2]), (5, [0])]
    assert changed_bytes(store, older, newer) == 3 * CHUNK_BYTES
    assert changed_bytes(store, older, older) == 0


def test_what_an_older_pass_does_not_reach_is_different(store: DiskStore) -> None:
    small, large = Disk(1, name="volume:a"), Disk(2, name="volume:a")
    older = warm(store, small, "w1", days(1))
    assert [index for index, _ in differing_chunks(store, older, warm(store, large, "w2", days(2)))] == [1]
