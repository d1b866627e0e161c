"""A store and a manifest that earlier versions wrote stay readable. The files are never edited.

`store-v1` holds two sealed disks that share a chunk, a disk that was begun (one part), and no copy of the index of one
of its packs.
"""

import shutil
from pathlib import Path

import pytest

from migrate.clouds.folder.object_store import FolderStore
from migrate.disks.store.disk_store import DiskStore
from migrate.disks.store.manifest import SEGMENT_BYTES, DiskManifest, check_shape, tree_digest
from migrate.disks.store.store_check import Finding, What, check
from migrate.documents import read_document
from tests.disks.store.faulty_stores import chunk, names

GOLDEN = Path(__file__).parent / "golden"
CHUNK = 64 * 1024
NOISE = bytes(number * number * 7919 >> 3 & 255 for number in range(100))


def content(disk: str) -> bytes:
    """Three segments, the last one of 100 bytes that do not shrink; the one in the middle is zeros."""
    data = bytearray(2 * SEGMENT_BYTES + 100)
    for number in (0, 1, 7) if disk == "volume:first" else (0, 63):
        data[number * CHUNK : (number + 1) * CHUNK] = chunk(9, number)
    data[-100:] = NOISE if disk == "volume:first" else NOISE[::-1]
    return bytes(data)


@pytest.fixture
def store(tmp_path: Path) -> DiskStore:
    shutil.copytree(GOLDEN / "store-v1", tmp_path / "objects")
    return DiskStore(FolderStore(tmp_path / "objects", keeps_md5=False), "decamp-golden", tmp_path / "cache")


def test_a_manifest_of_version_2_is_read() -> None:
    manifest = read_document(GOLDEN / "manifest-v2.json", DiskManifest)
    assert (manifest.disk, manifest.content, manifest.size_bytes) == ("volume:first", "disk", 8388708)
    assert (manifest.data_chunks, len(manifest.tables), manifest.chunk_bytes) == (4, 1, 65536)
    assert manifest.tree_digest == tree_digest(manifest.size_bytes, manifest.tables)
    assert manifest.origin.properties == {"hw_disk_bus": "virtio"}
    check_shape(manifest)


@pytest.mark.parametrize("disk", ["volume:first", "image:second"])
def test_the_disks_of_a_store_of_version_1_are_read(store: DiskStore, disk: str) -> None:
    manifest = store.manifest(disk)
    assert manifest is not None and manifest.origin.taken_at == "2026-01-02T03:04:05Z"
    assert b"".join(store.segment(manifest, index) for index in range(3)) == content(disk)


def test_a_pass_that_version_1_began_is_taken_up(store: DiskStore) -> None:
    writer = store.begin("server:third", "image-3", 2 * SEGMENT_BYTES + 100)
    assert [writer.has(index) for index in range(3)] == [True, False, False]


def test_a_store_of_version_1_is_whole_as_it_is(store: DiskStore) -> None:
    (without,) = [finding for finding in check(store, True) if finding.what == What.MISSING_COPY]
    begun = Finding(item="disks/server-third/", what=What.NO_MANIFEST, disk="server:third")
    assert list(check(store, True)) == [without, begun]
    store.packs.update(mend=True)
    assert without.item in names(store, "index/")
    assert list(check(store, True)) == [begun]
