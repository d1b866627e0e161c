"""kill -9 in the middle of a capture: the next process reads only what is not in the store, two packs at most."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from migrate.clouds.folder.object_store import FolderStore
from migrate.disks.store.disk_store import DiskStore
from tests.disks.disk_pair import DISK, SEGMENT_BYTES, DiskPair, noise
from tests.matrix import rest

SEGMENTS = 18
PACK = 8  # segments of noise that fill a pack


def rig_on(folder: Path) -> DiskPair:
    pair = DiskPair()
    pair.store = DiskStore(FolderStore(folder / "store", keeps_md5=False), "decamp-store", folder / "cache")
    pair.store.prepare("decamp-t-00000000-store")
    return pair


def capture_and_die(folder: Path, after: int) -> None:
    """Runs in a process of its own; a world of one name gives its images the same ids every time."""
    pair = rig_on(folder)
    image = pair.image(noise(SEGMENTS * SEGMENT_BYTES))
    pair.images.on_read = lambda count: os.kill(os.getpid(), signal.SIGKILL) if count > after else None
    pair.capture(image, reads=2)


@pytest.mark.parametrize("after", [SEGMENTS - 1, *rest(0, PACK + 1, 2 * PACK + 1)])
def test_killed_capture_goes_on(tmp_path: Path, after: int) -> None:
    code = "import sys, pathlib; from tests.disks.copy.test_capture_kill import capture_and_die as die; "
    code += "die(pathlib.Path(sys.argv[1]), int(sys.argv[2]))"
    root = Path(__file__).parents[3]
    dead = subprocess.run([sys.executable, "-c", code, str(tmp_path), str(after)], cwd=root)
    assert dead.returncode == -signal.SIGKILL

    pair = rig_on(tmp_path)
    disk = noise(SEGMENTS * SEGMENT_BYTES)
    image = pair.image(disk)
    assert pair.store.manifest(DISK) is None
    there = pair.there(image)
    assert len(there) >= after - 2 * PACK
    assert there or after <= 2 * PACK
    manifest = pair.capture(image)
    assert pair.stored(manifest) == disk
    read_now = {start // SEGMENT_BYTES for start, _ in pair.images.ranges}
    assert read_now == set(range(SEGMENTS)) - there
