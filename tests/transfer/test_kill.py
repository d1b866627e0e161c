"""kill -9 in the middle of a capture: the next process reads only what is not in the store, two packs at most."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from migrate.clouds.folder.object_store import FolderStore
from migrate.disks.store.disk_store import DiskStore
from tests.transfer.rig import DISK, SEGMENT_BYTES, Rig, noise

SEGMENTS = 26
PACK = 8  # segments of noise that fill a pack


def rig_on(folder: Path) -> Rig:
    rig = Rig()
    rig.store = DiskStore(FolderStore(folder / "store", keeps_md5=False), "decamp-store", folder / "cache")
    rig.store.prepare("decamp-t-00000000-store")
    return rig


def capture_and_die(folder: Path, after: int) -> None:
    """Runs in a process of its own; a world of one name gives its images the same ids every time."""
    rig = rig_on(folder)
    image = rig.image(noise(SEGMENTS * SEGMENT_BYTES))
    rig.images.on_read = lambda count: os.kill(os.getpid(), signal.SIGKILL) if count > after else None
    rig.capture(image, reads=2)


@pytest.mark.parametrize("after", [0, PACK + 1, 2 * PACK + 3, SEGMENTS - 1])
def test_killed_capture_goes_on(tmp_path: Path, after: int) -> None:
    code = "import sys, pathlib; from tests.transfer.test_kill import capture_and_die as die; "
    code += "die(pathlib.Path(sys.argv[1]), int(sys.argv[2]))"
    root = Path(__file__).parents[2]
    dead = subprocess.run([sys.executable, "-c", code, str(tmp_path), str(after)], cwd=root)
    assert dead.returncode == -signal.SIGKILL

    rig = rig_on(tmp_path)
    disk = noise(SEGMENTS * SEGMENT_BYTES)
    image = rig.image(disk)
    assert rig.store.manifest(DISK) is None
    there = rig.there(image)
    assert len(there) >= after - 2 * PACK
    assert there or after <= 2 * PACK
    manifest = rig.capture(image)
    assert rig.stored(manifest) == disk
    read_now = {start // SEGMENT_BYTES for start, _ in rig.images.ranges}
    assert read_now == set(range(SEGMENTS)) - there
