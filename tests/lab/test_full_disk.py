"""A file system that is really full in the middle of a capture: what packs hold is never read again."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from migrate.clouds.folder import FolderStore
from migrate.disks.copy.attached_device import BlockSource
from migrate.disks.copy.capture_disk import Taking, capture_disk
from migrate.disks.copy.disk_source import Span
from migrate.disks.store.disk_store import DiskStore
from migrate.disks.store.manifest import SEGMENT_BYTES, DiskManifest, Origin
from migrate.disks.store.pack_format import MOST_PACK_BYTES
from migrate.disks.store.store_check import check
from migrate.errors import FatalError
from migrate.messages import codes
from migrate.step_attempt import Attempt
from tests.lab.harness import run

pytestmark = pytest.mark.lab

READS = 4
PACKS = 8
PACK_SEGMENTS = MOST_PACK_BYTES // SEGMENT_BYTES
DISK = "volume:full"


class Seen(BlockSource):
    """Tells which segments were read."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.segments: list[int] = []

    def read(self, span: Span, counted: Callable[[int], None]) -> bytes:
        self.segments.append(span.start // SEGMENT_BYTES)
        return super().read(span, counted)


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    """Bytes that do not shrink, for eight packs."""
    path = tmp_path / "disk"
    with path.open("wb") as out:
        for _ in range(PACKS * PACK_SEGMENTS):
            out.write(os.urandom(SEGMENT_BYTES))
    return path


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A file system with room for three packs and a half."""
    root = tmp_path / "small"
    root.mkdir()
    run("mount", "-t", "tmpfs", "-o", f"size={MOST_PACK_BYTES * 7 // 2}", "decamp-test", root)
    try:
        yield root
    finally:
        run("umount", root)


def capture(disk: Path, root: Path) -> tuple[list[int], DiskManifest | FatalError]:
    """What one process does: the segments that it read, and what came of it."""
    store = DiskStore(FolderStore(root / "store", keeps_md5=False), "disks", root / "cache")
    source = Seen(disk)
    with source:
        try:
            store.prepare("decamp-t-00000000-store")
            made: DiskManifest | FatalError = capture_disk(
                source, store, Taking(DISK, Origin(image_id="o1")), content="disk", virtual_size_bytes=None,
                attempt=Attempt(reads=READS),
            )  # fmt: skip
        except FatalError as err:
            made = err
        finally:
            store.close()
        return source.segments, made


def test_a_capture_that_a_full_disk_has_stopped_reads_two_packs_again_at_most(
    disk: Path, small: Path, tmp_path: Path
) -> None:
    first, stopped = capture(disk, small)
    assert isinstance(stopped, FatalError) and stopped.code == codes.CANNOT_WRITE
    assert len(first) >= 3 * PACK_SEGMENTS and not list(small.rglob(".aside-*"))
    run("mount", "-o", "remount,size=1g", small)
    second, made = capture(disk, small)
    assert isinstance(made, DiskManifest)
    again = set(first) & set(second)
    # What was filled, what was under way, and what each worker had in its hands.
    assert len(again) <= 2 * (PACK_SEGMENTS + 1) + READS
    assert len(set(first) - again) >= 3 * PACK_SEGMENTS, "the packs that had room are kept"
    assert sorted({*first, *second}) == list(range(PACKS * PACK_SEGMENTS)) and len(second) == len(set(second))
    store = DiskStore(FolderStore(small / "store", keeps_md5=False), "disks", tmp_path / "fresh")
    assert list(check(store, True)) == []
    with disk.open("rb") as raw:
        assert all(raw.read(SEGMENT_BYTES) == store.segment(made, i) for i in range(PACKS * PACK_SEGMENTS))
