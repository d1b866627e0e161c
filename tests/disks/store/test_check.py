"""`check`: whatever is flipped, dropped or swapped in a store is named, by disk and offset where a disk is hit."""

import copy
import hashlib
import itertools
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from migrate.clouds.ports import ObjectStore
from migrate.demo.memory.cloud import MemoryCloud
from migrate.demo.memory.world import World
from migrate.disks.store.compression import compress_table, expand
from migrate.disks.store.disk_store import DamagedSegment, DiskStore
from migrate.disks.store.encryption_key import StoreKey
from migrate.disks.store.manifest import CHUNK_BYTES, SEGMENT_BYTES, DiskManifest
from migrate.disks.store.prune import plan_prune
from migrate.disks.store.store_check import Finding, What, check, mark_packs_damaged, renew_copies
from migrate.errors import ConfigError, IntegrityError
from tests.bounds import bounded
from tests.disks.store.faulty_stores import (
    BATCH,
    DISK,
    KEYS,
    Disk,
    Faulty,
    disk_store,
    flip,
    memory,
    names,
    packs,
    raw,
    replace,
)
from tests.matrix import one_each, rest

FIRST = Disk(BATCH + 2, seed=1).thin()
SECOND = Disk(BATCH + 2, seed=2, name="volume:other").thin()
FIRST.noise([1, 2])
SECOND.noise([1, 2], seed=8)
BYTES = CHUNK_BYTES


@pytest.fixture
def objects() -> ObjectStore:
    return memory()


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Callable[[StoreKey | None], tuple[World, Path]]:
    """Two disks and one that is begun, and what a machine has kept of them: stored once under each key."""

    @cache
    def fill(_key: StoreKey | None) -> tuple[World, Path]:
        world, folder = World("m"), tmp_path_factory.mktemp("filled")
        store = disk_store(MemoryCloud("m", world=world).objects, folder)
        for disk in (FIRST, SECOND):
            disk.capture(store)
        begun = Disk(3, seed=3, name="volume:begun")
        with store.begin(begun.name, "o1", begun.size_bytes) as writer:
            begun.put_missing(writer, 2)
        store.close()
        return world, folder

    return fill


@pytest.fixture
def store(filled: Callable[[StoreKey | None], tuple[World, Path]], tmp_path: Path) -> DiskStore:
    world, folder = filled(KEYS.key)
    shutil.copytree(folder, tmp_path / "cache")
    return disk_store(MemoryCloud("m", world=copy.deepcopy(world)).objects, tmp_path / "cache")


def found(store: DiskStore, read_data: bool = True) -> list[Finding]:
    return list(check(store, read_data))


def quiet(store: DiskStore) -> list[Finding]:
    """What is wrong besides the disk that was only begun."""
    return [finding for finding in found(store) if finding.what != What.NO_MANIFEST]


def one(store: DiskStore, kind: str, disk: Disk = FIRST) -> str:
    """An object of that kind; of packs and indexes the one with the first bytes of the disk."""
    if kind in ("packs", "index"):
        manifest = store.manifest(disk.name)
        assert manifest is not None
        digest = store.chunks(manifest).segment(0)[:32]
        pack_id = store.packs.find_any([digest])[digest][0].pack_id
        return f"{kind}/{pack_id[:2]}/{pack_id}"
    folder = "volume-begun" if kind == "part" else disk.name.replace(":", "-")
    return next(name for name in names(store, f"disks/{folder}/o1/{kind}"))


KINDS = ["packs", "index", "table", "part", "manifest"]
DAMAGED = {
    "packs": What.DAMAGED_PACK,
    "index": What.DAMAGED_COPY,
    "table": What.DAMAGED_TABLE,
    "part": What.DAMAGED_PART,
    "manifest": What.DAMAGED_MANIFEST,
}
MISSING = {"packs": What.MISSING_PACK, "index": What.MISSING_COPY, "table": What.MISSING_TABLE}
HARMLESS = ("index", "part")


def restores_rightly(store: DiskStore) -> None:
    """Right bytes or an error, for each segment of each disk and one of its zeros; never other bytes."""
    for disk in (FIRST, SECOND):
        try:
            manifest = store.manifest(disk.name)
        except (ConfigError, IntegrityError):
            continue
        if manifest is None:
            continue
        for index in {*range(disk.count)} - disk.zeros | {min(disk.zeros)}:
            try:
                assert store.segment(manifest, index) == disk.segment(index)
            except DamagedSegment:
                continue


def fresh(store: DiskStore, tmp_path: Path) -> DiskStore:
    return disk_store(store.container.objects, tmp_path / "fresh")


def test_a_whole_store_has_nothing_to_tell_but_what_is_unfinished(store: DiskStore) -> None:
    begun = [Finding(item="disks/volume-begun/", what=What.NO_MANIFEST, disk="volume:begun")]
    assert found(store, True) == found(store, False) == begun


@pytest.mark.parametrize(
    ("kind", "place"),
    [*one_each(KINDS, [0.6, 0.0, 1.0]), *rest(*itertools.product(KINDS, [0.2, 0.4, 0.8, 0.95]))],
)
def test_a_flipped_bit_is_named(store: DiskStore, tmp_path: Path, kind: str, place: float) -> None:
    name = one(store, kind)
    flip(store, name, int(place * ((store.container.size(name) or 0) - 1)))
    told = quiet(store)
    assert {finding.item for finding in told} == {name}
    assert {finding.what for finding in told} == {DAMAGED[kind]}
    assert {finding.disk for finding in told} == ({""} if kind in HARMLESS else {DISK})
    restores_rightly(store)
    restores_rightly(fresh(store, tmp_path))


@pytest.mark.parametrize("read_data", [True, False])
def test_whoever_only_looks_writes_nothing(store: DiskStore, tmp_path: Path, read_data: bool) -> None:
    """On a machine that knows nothing yet of the store, in which the copy of an index is missing."""
    missing, manifest = one(store, "index"), store.manifest(DISK)
    store.container.delete(missing)
    watched = Faulty(store.container.objects)
    elsewhere = DiskStore(watched, store.container.name, tmp_path / "elsewhere", KEYS.key)
    assert Finding(item=missing, what=What.MISSING_COPY) in found(elsewhere, read_data)
    assert manifest and FIRST.is_whole_in(elsewhere, manifest)
    plan_prune(elsewhere)
    assert watched.puts == [] and watched.deletes == []
    disk_store(store.container.objects, tmp_path / "third").begin("volume:new", "o1", 1)
    assert store.container.size(missing) is not None, "a capture makes it anew"


@pytest.mark.parametrize("harm", ["flipped", "missing"])
def test_a_copy_of_an_index_is_made_anew(store: DiskStore, harm: str) -> None:
    name = one(store, "index")
    whole = raw(store, name)
    flip(store, name, 50) if harm == "flipped" else store.container.delete(name)
    findings = quiet(store)
    assert [finding.item for finding in findings] == [name]
    renew_copies(store, findings)
    assert raw(store, name) == whole and quiet(store) == []


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_cut_short_is_named(store: DiskStore, tmp_path: Path, kind: str) -> None:
    name = one(store, kind)
    replace(store, name, raw(store, name)[:-7])
    told = quiet(store)
    assert {(finding.item, finding.what) for finding in told} == {(name, DAMAGED[kind])}
    if kind != "part":
        assert {(each.item, each.what) for each in found(store, False)} > {(name, DAMAGED[kind])}
    restores_rightly(store)
    restores_rightly(fresh(store, tmp_path))


@pytest.mark.parametrize("kind", MISSING)
@pytest.mark.parametrize("read_data", [True, False])
def test_what_is_missing_is_named(store: DiskStore, tmp_path: Path, kind: str, read_data: bool) -> None:
    name = one(store, kind)
    store.container.delete(name)
    told = [finding for finding in found(store, read_data) if finding.what != What.NO_MANIFEST]
    assert {(finding.item, finding.what) for finding in told} == {(name, MISSING[kind])}
    assert {finding.disk for finding in told} == ({""} if kind in HARMLESS else {DISK})
    restores_rightly(store)
    restores_rightly(fresh(store, tmp_path))


def test_a_missing_manifest_is_named(store: DiskStore) -> None:
    store.container.delete(one(store, "manifest"))
    assert Finding(item="disks/volume-0b1c/", what=What.NO_MANIFEST, disk=DISK) in found(store, False)


@pytest.mark.parametrize("kind", ["packs", "index", "table", "manifest"])
def test_what_was_swapped_is_named(store: DiskStore, tmp_path: Path, kind: str) -> None:
    """With the other disk's: of packs, indexes, tables and manifests."""
    name, other = one(store, kind), one(store, kind, SECOND)
    mine, others = raw(store, name), raw(store, other)
    replace(store, name, others)
    replace(store, other, mine)
    told = quiet(store)
    assert {(each.item, each.what) for each in told} == {(name, DAMAGED[kind]), (other, DAMAGED[kind])}
    assert {each.disk for each in told} == ({""} if kind in HARMLESS else {DISK, SECOND.name})
    restores_rightly(store)
    restores_rightly(fresh(store, tmp_path))


def test_the_bytes_that_are_hit_are_named(store: DiskStore) -> None:
    """One chunk of a pack; the same chunk on two disks; neighbours joined."""
    twin = Disk(1, seed=1, name="volume:twin")
    twin.other = {1: FIRST.other[1], 2: FIRST.other[2]}
    twin.capture(store)
    name = one(store, "packs")
    manifest = store.manifest(DISK)
    assert manifest is not None
    for number in (1, 2, 4):
        flip(store, name, place(store, manifest, number) + 12)
    assert quiet(store) == [
        Finding(item=name, what=What.DAMAGED_PACK, disk=disk, start=first * BYTES, end=last * BYTES)
        for disk in (DISK, "volume:twin")
        for first, last in ((1, 3), (4, 5))
    ]


def place(store: DiskStore, manifest: DiskManifest, number: int) -> int:
    digest = store.chunks(manifest).segment(0)[number * 32 : number * 32 + 32]
    return store.packs.find_any([digest])[digest][0].at


def test_a_table_is_named_with_all_that_it_speaks_of(store: DiskStore) -> None:
    name = one(store, "table")
    store.container.delete(name)
    hit = Finding(item=name, what=What.MISSING_TABLE, disk=DISK, start=0, end=(BATCH + 2) * SEGMENT_BYTES)
    assert hit in found(store, False)


def test_a_chunk_that_is_in_another_pack_as_well_is_not_hit(store: DiskStore) -> None:
    name = one(store, "packs")
    flip(store, name, 100)
    assert [finding.disk for finding in quiet(store)] == [DISK]
    store.packs.mark_damaged(name.rpartition("/")[2])
    twin = Disk(1, seed=1, name="volume:twin")
    twin.other = {1: FIRST.other[1], 2: FIRST.other[2]}
    twin.capture(store)
    assert quiet(store) == [Finding(item=name, what=What.DAMAGED_PACK)]
    manifest = store.manifest(DISK)
    assert manifest is not None and FIRST.is_whole_in(store, manifest)


def test_a_marked_pack_hits_what_is_in_no_other(store: DiskStore) -> None:
    """Once its bytes are read it is known which chunks of it are whole."""
    name = one(store, "packs")
    flip(store, name, 100)
    store.packs.mark_damaged(name.rpartition("/")[2])
    hits = [finding for finding in found(store, False) if finding.what == What.MARKED_PACK]
    assert {finding.disk for finding in hits} == {DISK}
    assert sum(finding.end - finding.start for finding in hits) > SEGMENT_BYTES
    (hit,) = quiet(store)
    assert (hit.item, hit.disk, hit.end - hit.start) == (name, DISK, CHUNK_BYTES)


def test_what_does_not_belong_there_is_named(store: DiskStore) -> None:
    orphans = ["packs/README", "packs/00/" + "1" * 64, "index/x", "disks/volume-0b1c", "disks/volume-0b1c/o1/notes"]
    for name in orphans:
        replace(store, name, b"?")
    assert [finding.item for finding in quiet(store) if finding.what == What.STRAY] == sorted(
        orphans, key=lambda name: ("pid".index(name[0]), name)
    )


def test_a_late_listing_is_no_finding(objects: ObjectStore, tmp_path: Path) -> None:
    faulty = Faulty(objects)
    store = disk_store(faulty, tmp_path / "cache")
    FIRST.capture(store)
    late: list[Callable[[str], bool]] = [lambda n: n.startswith("packs/"), lambda n: n.startswith("index/")]
    for is_late in late:
        faulty.hidden = {name for name in names(disk_store(objects, tmp_path / "c")) if is_late(name)}
        assert found(store, True) == found(store, False) == []


def test_it_can_be_stopped(store: DiskStore) -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(check(store, True, stop))


def test_an_index_on_this_machine_that_is_wrong_is_not_believed(store: DiskStore) -> None:
    """With the data nothing is taken from the cache: a chunk that only the cache knows is missing."""
    name = packs(store)[0]
    pack_id = name.rpartition("/")[2]
    for each in (name, f"index/{pack_id[:2]}/{pack_id}"):
        store.container.delete(each)
    assert {finding.what for finding in quiet(store)} == {What.MISSING_CHUNK}
    assert {finding.what for finding in found(store, False)} == {What.MISSING_PACK, What.NO_MANIFEST}


def test_a_pack_that_was_found_damaged_is_never_matched_again(store: DiskStore, tmp_path: Path) -> None:
    """It may hit nothing that is sealed, and be all that a capture to come goes by."""
    disk, before = Disk(2, seed=55, name="volume:new"), set(packs(store))
    with store.begin(disk.name, "o1", disk.size_bytes) as writer:
        disk.put_missing(writer)
    (pack,) = set(packs(store)) - before
    flip(store, pack, 100)
    findings = list(check(store, True))
    assert [(found.item, found.disk) for found in findings if found.what is What.DAMAGED_PACK] == [(pack, "")]
    mark_packs_damaged(store, findings)
    manifest = disk.capture(store, "o2")
    assert disk.is_whole_in(store, manifest)


@pytest.mark.hostile
def test_a_part_that_ends_within_a_row_is_damaged_though_its_digest_fits(tmp_path: Path) -> None:
    store = disk_store(memory(), tmp_path)
    with store.begin(DISK, "o1", Disk(3).size_bytes) as writer:
        Disk(3).put_missing(writer, 2)
    (name,) = names(store, "disks/volume-0b1c/o1/part-")
    body = (expand(raw(store, name), 1 << 30) or b"")[:-32] + b"more"
    digest = hashlib.sha256(body).digest()
    replace(store, f"disks/volume-0b1c/o1/part-{digest.hex()}", compress_table(body + digest))
    found = [(each.item.rpartition("-")[2], each.what) for each in check(store, True)]
    assert (digest.hex(), What.DAMAGED_PART) in found


@pytest.mark.hostile
@pytest.mark.parametrize("name", ["disks/volume-0b1c/o1/manifest.json", "index/"])
def test_an_object_without_end_is_damaged(tmp_path: Path, name: str) -> None:
    """Whoever can write to the store says how long one is."""

    class Endless(Faulty):
        @contextmanager
        def get(self, container: str, asked: str, version_id: str = "") -> Iterator[tuple[Any, Iterator[bytes]]]:
            with self.real.get(container, asked, version_id) as (info, chunks):
                yield info, itertools.repeat(bytes(1 << 20)) if asked.startswith(name) else chunks

    real = memory()
    Disk(2).capture(disk_store(real, tmp_path / "one"))
    store = disk_store(Endless(real), tmp_path / "other")
    with bounded():
        found = {each.what for each in check(store, True)}
    assert found & {What.DAMAGED_MANIFEST, What.DAMAGED_COPY}
