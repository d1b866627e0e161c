"""`prune`: goes what no counting pass needs, and not a chunk more."""

import os
import time
from pathlib import Path

import pytest

from migrate.disks.store.disk_store import DiskStore
from migrate.disks.store.object_names import copy_name, pack_name
from migrate.disks.store.prune import Pass, Prune, apply_prune, plan_prune
from migrate.disks.store.store_check import What, check
from migrate.errors import IntegrityError, LeaseLost
from migrate.messages import codes
from tests.disks.store.faulty_stores import (
    BATCH,
    DISK,
    Disk,
    Faulty,
    disk_store,
    flip,
    folder_store,
    memory,
    names,
    packs,
    replace,
)


@pytest.fixture
def store(tmp_path: Path) -> DiskStore:
    return disk_store(memory(), tmp_path / "cache")


def check_running() -> None:
    """Nobody has taken it over."""


def pruned(store: DiskStore) -> Prune:
    plan = plan_prune(store, spare_s=-60)
    apply_prune(store, plan, check_running)
    return plan


def harm(store: DiskStore) -> list[object]:
    return [finding for finding in check(store, True) if finding.what != What.NO_MANIFEST]


def test_a_store_in_which_all_counts_stays_as_it_is(store: DiskStore) -> None:
    Disk(BATCH + 2).thin().capture(store)
    before = names(store)
    assert pruned(store) == Prune()
    assert names(store) == before


def test_a_superseded_pass_goes_and_what_the_newest_shares_with_it_stays(store: DiskStore) -> None:
    old, new = Disk(3 * BATCH).thin(), Disk(3 * BATCH).thin()
    for index in {*range(2 * BATCH, 3 * BATCH)} - new.zeros:
        new.noise(range(index * 64, index * 64 + 64), seed=index)
    old.capture(store, "old", "2020-01-01T00:00:00Z")
    manifest = new.capture(store, "new", "2020-01-02T00:00:00Z")
    assert len(packs(store)) == 4
    plan = pruned(store)
    assert plan.passes == (Pass(disk=DISK, origin_id="old"),)
    assert len(plan.packs) == 1 and plan.packs_bytes > 0
    assert store.origins(DISK) == ["new"] and new.is_whole_in(store, manifest)
    assert harm(store) == []
    assert pruned(store) == Prune()


def test_the_chunks_of_another_disk_stay(store: DiskStore) -> None:
    Disk(3, seed=1).capture(store, "old", "2020-01-01T00:00:00Z")
    twin = Disk(3, seed=1, name="volume:twin")
    kept = twin.capture(store)
    Disk(3, seed=2).capture(store, "new", "2020-01-02T00:00:00Z")
    assert pruned(store).packs == ()
    assert twin.is_whole_in(store, kept)


def test_a_disk_that_nobody_needs_any_more_goes_and_what_others_share_with_it_stays(store: DiskStore) -> None:
    Disk(BATCH + 2, seed=1).capture(store)
    twin = Disk(2, seed=1, name="volume:twin")
    kept = twin.capture(store)
    plan = plan_prune(store, spare_s=-60, is_done=lambda m: m.disk == DISK)
    apply_prune(store, plan, check_running)
    assert {each.disk for each in plan.passes} == {DISK} and store.manifest(DISK) is None
    assert twin.is_whole_in(store, kept) and harm(store) == []


def test_a_disk_that_was_captured_anew_since_it_was_done_stays(store: DiskStore) -> None:
    """Its first pass arrived and was proved; the second one is all that there is of its last state."""
    first = Disk(2, seed=1).capture(store, "o1", "2020-01-01T00:00:00Z")
    last = Disk(2, seed=2)
    manifest = last.capture(store, "o2", "2020-01-02T00:00:00Z")
    plan = plan_prune(store, spare_s=-60, is_done=lambda m: m.tree_digest == first.tree_digest)
    apply_prune(store, plan, check_running)
    assert plan.passes == (Pass(disk=DISK, origin_id="o1"),)
    assert store.manifest(DISK) == manifest and last.is_whole_in(store, manifest)


def test_what_an_unfinished_pass_has_stored_stays_while_no_other_counts(store: DiskStore) -> None:
    disk = Disk(2 * BATCH).thin()
    with store.begin(DISK, "o1", disk.size_bytes) as writer:
        disk.put_missing(writer, BATCH)
    assert pruned(store) == Prune()
    assert disk.put_missing(store.begin(DISK, "o1", disk.size_bytes)) == list(range(BATCH, 2 * BATCH))
    newest = disk.capture(store, "o2")
    assert pruned(store).passes == (Pass(disk=DISK, origin_id="o1"),)
    assert disk.is_whole_in(store, newest)


def test_parts_that_a_kill_left_behind_the_seal_go(store: DiskStore) -> None:
    disk = Disk(2)
    disk.capture(store)
    left = ["disks/volume-0b1c/o1/part-" + "0" * 64, "disks/volume-0b1c/o1/table-00000000-" + "0" * 64]
    for name in left:
        replace(store, name, b"?")
    assert pruned(store).leftovers == tuple(left)
    assert harm(store) == []


def test_of_a_chunk_that_is_stored_twice_one_copy_stays(tmp_path: Path) -> None:
    """Two runs stored it at the same time, neither knowing of the other."""
    faulty = Faulty(memory())
    faulty.hides_new = True
    disk, twin = Disk(3), Disk(3.5, name="volume:twin")
    one = disk.capture(disk_store(faulty, tmp_path / "a"))
    two = twin.capture(disk_store(faulty, tmp_path / "b"))
    store = disk_store(faulty.real, tmp_path / "c")
    assert len(packs(store)) == 2
    assert len(pruned(store).packs) <= 1
    assert disk.is_whole_in(store, one) and twin.is_whole_in(store, two)
    assert harm(store) == []


def test_a_damaged_pack_stays_until_what_is_needed_of_it_is_elsewhere(store: DiskStore) -> None:
    disk, other = Disk(2, seed=1), Disk(3, seed=1, name="volume:other")
    manifest = other.capture(store)
    disk.capture(store)
    (name,) = packs(store)
    flip(store, name, 20)
    store.set_aside(DISK, check_running=check_running)
    disk.capture(store, "o2")
    store.sweep(DISK, check_running=check_running)
    assert len(packs(store)) == 2
    assert pruned(store).packs == ()  # the last segment of the other disk is in it alone
    assert other.is_whole_in(store, manifest)
    other.capture(store, "o2", "2020-01-02T00:00:00Z")
    assert pruned(store).packs == (name.rpartition("/")[2],)
    assert harm(store) == []


def test_nothing_is_planned_while_something_that_counts_is_damaged(store: DiskStore) -> None:
    Disk(2).capture(store)
    before = names(store)
    table = next(name for name in before if "/table-" in name)
    store.container.delete(table)
    with pytest.raises(IntegrityError):
        plan_prune(store, spare_s=-60)
    Disk(2).capture(store)
    store.container.delete(packs(store)[0])
    with pytest.raises(IntegrityError):
        plan_prune(store, spare_s=-60)
    replace(store, "disks/volume-0b1c/o1/manifest.json", b"{")
    with pytest.raises(IntegrityError):
        plan_prune(store, spare_s=-60)


@pytest.mark.parametrize("kind", ["memory", "folder"])
def test_a_young_pack_stays_the_listing_may_be_late_with_what_needs_it(tmp_path: Path, kind: str) -> None:
    faulty = Faulty(
        (folder_store(tmp_path) if kind == "folder" else disk_store(memory(), tmp_path / "c")).container.objects
    )
    store = disk_store(faulty, tmp_path / "cache")
    disk = Disk(2)
    manifest = disk.capture(store)
    faulty.hidden = {store.container.stored_name(name) for name in names(store) if name.startswith("disks/")}
    assert plan_prune(store) == Prune()
    assert len(plan_prune(store, spare_s=-60).packs) == 1
    assert disk.is_whole_in(store, manifest)


@pytest.mark.parametrize("number", range(1, 9))
def test_a_prune_that_breaks_off_harms_nothing_and_is_gone_on_with(tmp_path: Path, number: int) -> None:
    """It removes manifest and table of the old pass, then two packs, one of them damaged: index, pack and mark."""
    faulty = Faulty(memory())
    store = disk_store(faulty, tmp_path / "cache")
    old, new = Disk(BATCH + 1, seed=1).thin(), Disk(3, seed=2)
    old.capture(store, "old", "2020-01-01T00:00:00Z")
    flip(store, packs(store)[0], 20)
    store.packs.mark_damaged(packs(store)[0].rpartition("/")[2])
    newest = new.capture(store, "new", "2020-01-02T00:00:00Z")

    def end(count: int, name: str) -> None:
        if count == number:
            raise KeyboardInterrupt

    faulty.deletes, faulty.before_delete = [], end
    with pytest.raises(KeyboardInterrupt):
        pruned(store)
    faulty.before_delete = lambda count, name: None
    assert new.is_whole_in(store, newest) and store.manifest(DISK) == newest
    assert number == 1 or [finding for finding in check(store, True) if finding.disk] == []
    again = disk_store(faulty, tmp_path / "elsewhere")
    assert old.is_whole_in(again, old.capture(again, "older", "2019-01-01T00:00:00Z"))
    pruned(again)
    assert len(packs(again)) == 1 and harm(again) == []


def test_files_that_a_kill_left_in_a_folder_go_a_day_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store, disk = folder_store(tmp_path), Disk(2)
    manifest = disk.capture(store)
    data = next(tmp_path.glob("objects/store/??/packs*.data"))
    left = [data.with_name(".aside-x7"), data.with_name(data.name.replace("-0.data", "0-0.data"))]
    for path in left:
        path.write_bytes(b"12345")
        os.utime(path, (time.time(), time.time()))  # The file system's clock may be another one (`make test-days`).
    assert plan_prune(store, spare_s=-60) == Prune()
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 90_000)
    plan = plan_prune(store)
    assert [each.size_bytes for each in plan.orphans] == [5, 5] and all(path.exists() for path in left)
    apply_prune(store, plan, check_running)
    assert not any(path.exists() for path in left) and data.exists()
    assert plan_prune(store) == Prune()
    assert disk.is_whole_in(store, manifest) and harm(store) == []


def test_an_empty_object_in_place_of_a_pack_goes(store: DiskStore) -> None:
    disk = Disk(2)
    manifest = disk.capture(store)
    store.container.put(pack_name("ab" * 32), [])
    assert [finding.item for finding in check(store, False)] == [copy_name("ab" * 32), pack_name("ab" * 32)]
    assert pruned(store).packs == ("ab" * 32,)
    assert harm(store) == [] and disk.is_whole_in(store, manifest)


def test_who_may_not_go_on_removes_nothing(store: DiskStore) -> None:
    Disk(3, seed=1).capture(store, "old", "2020-01-01T00:00:00Z")
    Disk(3, seed=2).capture(store, "new", "2020-01-02T00:00:00Z")
    before = names(store)

    def lost() -> None:
        raise LeaseLost(codes.CLAIM_LOST, step="s")

    with pytest.raises(LeaseLost):
        apply_prune(store, plan_prune(store, spare_s=-60), lost)
    assert names(store) == before
