"""A folder whose own record of one object is damaged: that object is lost, and nothing else with it."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from migrate.clouds.folder.object_file_names import record_path
from migrate.disks.store.disk_store import DamagedSegment, DiskStore
from migrate.disks.store.manifest import Origin
from migrate.disks.store.object_names import SET_ASIDE, mark_name, pass_prefix
from migrate.disks.store.prune import apply_prune, plan_prune
from migrate.disks.store.store_check import What, check
from migrate.errors import ConfigError, IntegrityError
from tests.disks.store.faulty_stores import BATCH, DISK, Disk, folder_store, names, packs
from tests.matrix import rest

FIRST = Disk(BATCH + 2, seed=1).thin()
SECOND = Disk(3, seed=2, name="volume:other")
BEGUN = Disk(3, seed=3, name="volume:begun")
KINDS = ["packs", "index", "disks/volume-0b1c/o1/table", "disks/volume-0b1c/o1/manifest", "disks/volume-begun/o1/part"]
WHAT = dict(
    zip(
        KINDS,
        [What.DAMAGED_PACK, What.DAMAGED_COPY, What.DAMAGED_TABLE, What.DAMAGED_MANIFEST, What.DAMAGED_PART],
        strict=True,
    )
)
DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "cut": lambda raw: raw[:-9],
    "emptied": lambda raw: b"",
    "flipped first": lambda raw: bytes([raw[0] ^ 1]) + raw[1:],
    "flipped name": lambda raw: raw[:12] + bytes([raw[12] ^ 1]) + raw[13:],
    "flipped digest": lambda raw: raw[:-20] + bytes([raw[-20] ^ 1]) + raw[-19:],
    "no text": lambda raw: b"\xff\x00" * 40,
}


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two disks, and one that is begun."""
    root = tmp_path_factory.mktemp("filled")
    store = folder_store(root)
    for disk in (FIRST, SECOND):
        disk.capture(store)
    with store.begin(BEGUN.name, "o1", BEGUN.size_bytes) as writer:
        BEGUN.put_missing(writer, 2)
    store.close()
    return root


@pytest.fixture
def store(filled: Path, tmp_path: Path) -> DiskStore:
    shutil.copytree(filled, tmp_path, dirs_exist_ok=True)
    return folder_store(tmp_path)


def harm(root: Path, name: str, damage: str) -> None:
    record = record_path(root / "objects" / "store", name)
    record.write_bytes(DAMAGE[damage](record.read_bytes()))


def one(store: DiskStore, kind: str) -> str:
    """An object of that kind; of packs and indexes those with the first bytes of the first disk."""
    if kind in ("packs", "index"):
        manifest = store.manifest(DISK)
        assert manifest is not None
        digest = store.chunks(manifest).segment(0)[:32]
        pack_id = store.packs.find_any([digest])[digest][0].pack_id
        return f"{kind}/{pack_id[:2]}/{pack_id}"
    return next(name for name in names(store, kind))


def restores_rightly(store: DiskStore) -> set[str]:
    """Right bytes or an error, never other bytes; returns the disks that are whole."""
    whole = set()
    for disk in (FIRST, SECOND):
        try:
            manifest = store.manifest(disk.name)
            if manifest and disk.is_whole_in(store, manifest):
                whole.add(disk.name)
        except (ConfigError, IntegrityError, DamagedSegment):
            continue
    return whole


@pytest.mark.parametrize(
    ("kind", "damage"),
    [
        *((kind, "cut") for kind in KINDS),
        *((KINDS[0], damage) for damage in ("flipped name", "no text")),
        *rest(*((KINDS[0], damage) for damage in ("emptied", "flipped first", "flipped digest"))),
    ],
)
def test_check_names_it_and_everything_else_goes_on(store: DiskStore, tmp_path: Path, kind: str, damage: str) -> None:
    before, name = names(store), one(store, kind)
    harm(tmp_path, name, damage)
    for each in (store, folder_store(tmp_path, "another machine")):
        assert names(each) == before
        for read_data in (False, True):
            told = {(found.item, found.what) for found in check(each, read_data)}
            assert (name, WHAT[kind]) in told
            assert {what for item, what in told if item != name} <= {What.NO_MANIFEST, What.MISSING_CHUNK}
        assert restores_rightly(each) >= {SECOND.name}
    third = Disk(2, seed=4, name="volume:third")
    assert third.is_whole_in(store, third.capture(store))


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_capture_heals_and_a_prune_leaves_nothing_of_it(store: DiskStore, tmp_path: Path, kind: str) -> None:
    harm(tmp_path, one(store, kind), "cut")
    fresh = folder_store(tmp_path, "another machine")
    begun = BEGUN.capture(fresh, "o2")  # a capture by who does not know the pack yet makes the copy of its index anew
    fresh.set_aside(DISK, check_running=lambda: None)
    first = FIRST.capture(fresh, "o2")
    fresh.sweep(DISK, check_running=lambda: None)
    assert BEGUN.is_whole_in(fresh, begun) and FIRST.is_whole_in(fresh, first)
    assert restores_rightly(store) == {FIRST.name, SECOND.name}
    apply_prune(fresh, plan_prune(fresh, spare_s=-60), lambda: None)
    assert list(check(fresh, True)) == []


def test_a_pack_is_healed_by_the_same_pack(store: DiskStore, tmp_path: Path) -> None:
    """It is stored under its own name again: the same chunks in the same order."""
    disk = Disk(2, seed=9, name="volume:nine")
    before = set(packs(store))
    disk.capture(store)
    (name,) = set(packs(store)) - before
    harm(tmp_path, name, "cut")
    assert store.container.size(name) == 0
    again = Disk(2, seed=9, name="volume:ten")
    manifest = again.capture(store)
    assert set(packs(store)) == before | {name} and store.container.size(name)
    assert again.is_whole_in(store, manifest)


def test_a_table_whose_record_is_damaged_is_not_sealed_upon(store: DiskStore, tmp_path: Path) -> None:
    disk = Disk(2, seed=7, name="volume:seven")
    with store.begin(disk.name, "o1", disk.size_bytes) as writer:
        disk.put_missing(writer)
    harm(tmp_path, next(name for name in names(store, "disks/volume-seven/") if "/table-" in name), "cut")
    with pytest.raises(DamagedSegment):
        writer.seal("disk", Origin(image_id="o1"))
    assert disk.is_whole_in(store, disk.capture(store))


@pytest.mark.parametrize("damage", ["cut", "emptied"])
def test_a_mark_whose_record_is_damaged_still_marks(store: DiskStore, tmp_path: Path, damage: str) -> None:
    pack = one(store, "packs")
    store.set_aside(SECOND.name, check_running=lambda: None)
    store.packs.mark_damaged(pack.rpartition("/")[2])
    harm(tmp_path, mark_name(pack.rpartition("/")[2]), damage)
    harm(tmp_path, f"disks/volume-other/o1/{SET_ASIDE}", damage)
    fresh = folder_store(tmp_path, "another machine")
    fresh.packs.update()
    manifest = fresh.manifest(DISK)
    assert manifest is not None and fresh.packs.find([fresh.chunks(manifest).segment(0)[:32]]) == {}
    manifest = SECOND.capture(fresh, "o2")
    fresh.sweep(SECOND.name, check_running=lambda: None)
    assert fresh.origins(SECOND.name) == ["o2"] and SECOND.is_whole_in(fresh, manifest)


@pytest.mark.parametrize("damage", ["cut", "emptied"])
def test_the_container_is_made_anew_with_its_mark(store: DiskStore, tmp_path: Path, damage: str) -> None:
    path = tmp_path / "objects" / "store" / "container.json"
    path.write_bytes(DAMAGE[damage](path.read_bytes()))
    again = folder_store(tmp_path)
    assert again.container.objects.container("store").mark is not None
    assert restores_rightly(again) == {FIRST.name, SECOND.name}


def test_names_of_disks_stay_as_they_were_and_no_id_is_a_path() -> None:
    plain = "volume:8b0dc1e0-0f14-49f6-97c0-885d1b8dc517"
    assert pass_prefix(plain, "i-1.2_x") == "disks/volume-8b0dc1e0-0f14-49f6-97c0-885d1b8dc517/i-1.2_x/"
    for odd in ("..", "../../../settings", "a/../b", "", ".", "x" * 300, "a\0b", "%2e%2e"):
        for prefix in (pass_prefix(f"volume:{odd}", "o"), pass_prefix("volume:v", odd)):
            parts = prefix.removesuffix("/").split("/")
            assert len(parts) == 3 and not {"", ".", ".."} & set(parts) and len(prefix) < 400, prefix
    assert pass_prefix("volume:a/b", "o") != pass_prefix("volume:a%2fb", "o")


@pytest.mark.parametrize(
    ("disk", "origin"), [("volume:" + "v" * 200, "i"), ("volume:.v", "i"), ("image:img:1", "img:1")]
)
def test_a_disk_of_any_id_that_a_cloud_may_have_is_found_checked_and_spared_by_a_prune(
    tmp_path: Path, disk: str, origin: str
) -> None:
    store, one = folder_store(tmp_path), Disk(2, name=disk)
    manifest = one.capture(store, origin)
    assert store.manifest(disk) == manifest and not [*check(store, True)]
    apply_prune(store, plan_prune(store, spare_s=-10), lambda: None)
    assert one.is_whole_in(store, manifest)
