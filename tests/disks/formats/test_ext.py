"""Files out of real ext file systems, made by mke2fs; and what is no such file system."""

import random
import shutil
import struct
import subprocess
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path

import pytest

from migrate.disks.formats.ext import _MOST_STEPS, ExtFiles, NotReadable, Steps
from tests.bounds import bounded
from tests.matrix import rest

pytestmark = pytest.mark.skipif(shutil.which("mke2fs") is None, reason="needs e2fsprogs")

SMALL, LARGE = b"#cloud-config\nhostname: a\n", random.Random(1).randbytes(700_000)
"""One block; more than an inode's twelve direct blocks, in blocks of 1 KiB more than one level of pointers."""

KINDS = {
    "ext2": ["-t", "ext2"],
    "ext2 with blocks of 1 KiB": ["-t", "ext2", "-b", "1024"],
    "ext3": ["-t", "ext3", "-b", "2048"],
    "ext4": ["-t", "ext4"],
    "ext4 with blocks of 1 KiB": ["-t", "ext4", "-b", "1024"],
    "ext4 of 32 bit": ["-t", "ext4", "-O", "^64bit,^metadata_csum"],
    "ext4 without flex_bg": ["-t", "ext4", "-O", "^flex_bg,^resize_inode"],
}


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("tree")
    deep = root / "var/lib/cloud/instances/i-1"
    deep.mkdir(parents=True)
    (deep / "user-data.txt").write_bytes(SMALL)
    (root / "large").write_bytes(LARGE)
    sparse = root / "sparse"
    with sparse.open("wb") as file:
        file.seek(300_000)
        file.write(b"end")
    (root / "empty").touch()
    (root / "var/lib/cloud/instance").symlink_to("instances/i-1")
    (root / "absolute").symlink_to("/var/lib/cloud/instance")
    (root / "long").symlink_to("./" * 40 + "var/../var/lib")
    (root / "loop").symlink_to("loop")
    many = root / "many"
    many.mkdir()
    for i in range(1500):
        (many / f"a file with a rather long name, number {i:06d}").touch()
    return root


def made(path: Path, tree: Path, options: list[str]) -> bytes:
    subprocess.run(["mke2fs", "-q", "-F", *options, "-d", tree, path, "48M"], check=True, capture_output=True)
    return path.read_bytes()


@pytest.fixture(scope="module")
def of_kind(tree: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], bytes]:
    """The file system of each of `KINDS`, made once."""
    folder = tmp_path_factory.mktemp("kinds")
    return cache(lambda kind: made(folder / kind, tree, KINDS[kind]))


def files_of(disk: bytes, start: int = 0) -> ExtFiles:
    return ExtFiles(lambda at, size: disk[at : at + size], start)


SELDOM = ("ext2 with blocks of 1 KiB", "ext4 of 32 bit", "ext4 without flex_bg")
"""What they have of their own, ext2 and ext3 have too, or blocks of 1 KiB show with ext4."""


@pytest.mark.parametrize("kind", [*(kind for kind in KINDS if kind not in SELDOM), *rest(*SELDOM)])
def test_files_of_every_kind_of_ext(kind: str, of_kind: Callable[[str], bytes]) -> None:
    files = files_of(of_kind(kind))
    assert files.file("/var/lib/cloud/instances/i-1/user-data.txt", 1 << 20) == SMALL
    assert files.file("absolute/user-data.txt", 1 << 20) == SMALL
    assert files.file("long/cloud/instance/user-data.txt", 1 << 20) == SMALL
    assert files.file("large", 1 << 20) == LARGE
    assert files.file("sparse", 1 << 20) == bytes(300_000) + b"end"
    assert files.file("empty", 1 << 20) == b""
    assert files.file("many/a file with a rather long name, number 001499", 10) == b""
    assert files.link("/var/lib/cloud/instance") == "instances/i-1"


def test_what_is_not_there_is_said(of_kind: Callable[[str], bytes]) -> None:
    files = files_of(of_kind("ext4"))
    for path in ("none", "var/none/x", "large/x", "loop/x", "var", "../../none"):
        with pytest.raises(NotReadable):
            files.file(path, 1 << 20)
    with pytest.raises(NotReadable):
        files.file("large", 1000)
    with pytest.raises(NotReadable):
        files.link("large")


def test_a_file_kept_in_its_inode_is_not_guessed(tree: Path, tmp_path: Path) -> None:
    files = files_of(made(tmp_path / "fs", tree, ["-t", "ext4", "-O", "inline_data", "-I", "256"]))
    assert files.file("large", 1 << 20) == LARGE
    with pytest.raises(NotReadable):
        files.file("/var/lib/cloud/instances/i-1/user-data.txt", 1 << 20)


@pytest.mark.parametrize("disk", [b"", bytes(4096), b"x" * 8192, b"\x53\xef" * 4096])
def test_what_is_no_ext_file_system_is_said(disk: bytes) -> None:
    with pytest.raises(NotReadable):
        files_of(disk)


@pytest.mark.hostile
@pytest.mark.parametrize("seed", [7, *(pytest.param(seed, marks=pytest.mark.full) for seed in range(8, 24))])
def test_damage_ends_in_bytes_or_in_one_kind_of_error(seed: int, of_kind: Callable[[str], bytes]) -> None:
    """Whatever byte of its tables is changed: no other exception, and no endless work."""
    whole = of_kind("ext4 with blocks of 1 KiB")
    used = [at for at in range(2 << 20) if whole[at]]
    rng, damaged = random.Random(seed), bytearray(whole)
    for _ in range(60):
        flipped = [(at, 1 << rng.randrange(8)) for at in rng.sample(used, 12)]
        for at, bit in flipped:
            damaged[at] ^= bit
        reads = 0

        def read(at: int, size: int) -> bytes:
            nonlocal reads
            reads += 1
            if reads > 20_000:
                raise NotReadable("the caller's bound")
            return bytes(damaged[at : at + size]) if at >= 0 else b""

        with suppress(NotReadable):
            ExtFiles(read, 0).file("absolute/user-data.txt", 1 << 20)
        for at, bit in flipped:
            damaged[at] ^= bit


# ---------------------------------------------------------------- made to take for ever

BLOCK = 1 << 16

FEW = pytest.mark.parametrize("most", [500_000, *rest(_MOST_STEPS)])
"""The steps that are allowed. Both files would take a thousand times as many."""


def bomb(root_inode: bytes, blocks: dict[int, bytes]) -> Callable[[int, int], bytes]:
    """A disk whose root directory is that inode; read as often as a captured one is."""
    superblock = bytearray(1024)
    for form, at, value in (("<I", 0, 16), ("<I", 24, 6), ("<I", 40, 16), ("<H", 56, 0xEF53), ("<I", 76, 0)):
        struct.pack_into(form, superblock, at, value)
    descriptor, table = bytearray(BLOCK), bytearray(BLOCK)
    struct.pack_into("<I", descriptor, 8, 2)
    table[128 : 128 + len(root_inode)] = root_inode
    there = {0: b"\0" * 1024 + bytes(superblock), 1: bytes(descriptor), 2: bytes(table), **blocks}
    left = [200_000]

    def read(at: int, size: int) -> bytes:
        left[0] -= 1
        if left[0] < 0:
            raise NotReadable("too much to read")
        index, within = divmod(at, BLOCK)
        return there.get(index, b"").ljust(BLOCK, b"\0")[within : within + size]

    return read


def inode(size: int, flags: int, block: bytes) -> bytes:
    raw = bytearray(128)
    struct.pack_into("<H", raw, 0, 0x4000)
    struct.pack_into("<I", raw, 4, size)
    struct.pack_into("<I", raw, 32, flags)
    raw[40 : 40 + len(block)] = block
    return bytes(raw)


def node(depth: int, entries: int, entry: bytes) -> bytes:
    return struct.pack("<HHHHI", 0xF30A, entries, entries, depth, 0) + entry * entries


def index_to(block: int) -> bytes:
    return struct.pack("<IIHH", 0, block, 0, 0)


@pytest.mark.hostile
@FEW
def test_a_tree_of_extents_of_nothing_ends(most: int) -> None:
    full = BLOCK // 12 - 1
    blocks = {10 + depth: node(depth, full, index_to(9 + depth)) for depth in range(1, 4)}
    blocks[10] = node(0, full, struct.pack("<IHHI", 0, 0, 0, 0))
    root = inode(BLOCK, 0x80000, node(4, 4, index_to(13)))
    with bounded(), pytest.raises(NotReadable):
        ExtFiles(bomb(root, blocks), 0, Steps(most)).file("/var/lib/cloud/x", 1 << 20)


@pytest.mark.hostile
@FEW
def test_a_directory_of_unused_entries_that_is_walked_again_and_again_ends(most: int) -> None:
    """Its one entry leads to itself; two million unused entries before it are looked at each time."""
    empty = struct.pack("<IHBB", 0, 8, 0, 0) * (BLOCK // 8)
    last = empty[: BLOCK - 16] + struct.pack("<IHBB", 2, 16, 2, 2) + b"a" * 8
    blocks = dict.fromkeys(range(20, 275), empty) | {275: last}
    pointers = struct.pack("<15I", *range(20, 32), 300, 0, 0)
    blocks[300] = struct.pack(
        f"<{BLOCK // 4}I", *[number if number < 276 else 0 for number in range(32, 32 + BLOCK // 4)]
    )
    root = inode(256 * BLOCK, 0, pointers)
    with bounded(), pytest.raises(NotReadable):
        ExtFiles(bomb(root, blocks), 0, Steps(most)).file("/aa" * 1300, 1 << 20)
