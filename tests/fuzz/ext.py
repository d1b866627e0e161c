"""ext2, ext3 and ext4 file systems, on a disk with and without partitions, as a captured disk is looked into."""

import random
import shutil
import struct
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from migrate.disks.formats.guest_files import StoredDisk, find_user_data
from migrate.disks.store.manifest import DiskManifest, Origin, segment_range
from tests.fuzz.engine import Kind
from tests.fuzz.mutate import EDGES, number

SERVER = "11111111-2222-3333-4444-555555555555"
SECRET = b"#cloud-config\nhostname: a\n"
_OPTIONS = (
    ("ext2", "-t", "ext2", "-b", "1024"),
    ("ext3", "-t", "ext3", "-b", "1024"),
    ("ext4", "-t", "ext4", "-b", "1024"),
    ("ext4 of 32 bit", "-t", "ext4", "-O", "^64bit,^metadata_csum"),
    ("ext4 in a partition", "-t", "ext4", "-b", "4096"),
)
_UUID, _HASH = "-U", "11111111-2222-3333-4444-555555555555"
_SIZE_KIB = 3 << 10


@cache
def bases() -> dict[str, tuple[bytes, tuple[int, ...]]]:
    """Each disk, and where in it something stands that is not zero: first what leads to a file, then its content."""
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        home = tree / "var/lib/cloud/instances"
        (home / SERVER).mkdir(parents=True)
        (home / SERVER / "user-data.txt").write_bytes(SECRET + random.Random(1).randbytes(40_000))
        (home.parent / "instance").symlink_to(f"instances/{SERVER}")
        for count in range(60):
            (home / f"another one with a long name, number {count:06d}").touch()
        found = {}
        for name, *options in _OPTIONS:
            path = Path(folder) / "disk"
            made = ["mke2fs", "-q", "-F", *options, _UUID, _HASH, "-E", f"hash_seed={_HASH}", "-d", str(tree)]
            subprocess.run([*made, str(path), f"{_SIZE_KIB}k"], check=True, capture_output=True)
            disk = path.read_bytes()
            path.unlink()
            if name.endswith("partition"):
                disk = _partitioned(disk)
            found[name] = disk, tuple(at for at in range(0, len(disk), 2) if disk[at] or disk[at + 1])
        return found


def _partitioned(disk: bytes) -> bytes:
    table = bytearray(1 << 20)
    table[510:512] = b"\x55\xaa"
    table[446:462] = struct.pack("<B3sB3sII", 0, b"", 0x83, b"", 2048, len(disk) // 512)
    table[462:478] = struct.pack("<B3sB3sII", 0, b"", 0x05, b"", 4096, 1000)
    return bytes(table) + disk


def _make(rng: random.Random) -> tuple[str, int, list[tuple[int, bytes]]]:
    """The disk, how long it is, and what is written over it."""
    name = rng.choice(list(bases()))
    disk, used = bases()[name]
    start = len(disk) - _SIZE_KIB * 1024
    heads = [at for at in used if at < start + (300 << 10)]
    changes = []
    for _ in range(rng.randint(1, 14)):
        at = rng.choice((rng.choice(heads), rng.choice(used), start + 1024 + rng.randrange(256), rng.randrange(512)))
        width, form = rng.choice(((1, "B"), (2, "H"), (4, "I"), (8, "Q")))
        near = (len(disk) // 1024, len(disk) // 4096, 0xF30A, *EDGES[:6])
        changes.append((at, struct.pack("<" + form, number(rng, width, near))))
    size = len(disk) if rng.random() < 0.9 else rng.choice((rng.randrange(len(disk)), 1 << 40))
    return name, size, changes


class _Store:
    """The store, with one disk."""

    def __init__(self, disk: bytes, size: int) -> None:
        self._disk, self._size = disk, size

    def segment(self, manifest: DiskManifest, index: int) -> bytes:
        start, end = segment_range(self._size, index)
        return self._disk[start:end].ljust(end - start, b"\0")


def _attempt(case: tuple[str, int, list[tuple[int, bytes]]]) -> None:
    name, size, changes = case
    disk = bytearray(bases()[name][0])
    for at, data in changes:
        disk[at : at + len(data)] = data
    origin = Origin(image_id="i")
    manifest = DiskManifest(
        disk="server:s", content="disk", size_bytes=size, tables=(), data_chunks=0, tree_digest="", origin=origin
    )
    store: Any = _Store(bytes(disk), size)
    found = find_user_data(StoredDisk(store, manifest), SERVER)
    assert found is None or len(found) <= 1 << 20, "more than any user data"


KINDS = {"ext": Kind(_make, _attempt, cases=15_000, few=100)} if shutil.which("mke2fs") else {}
