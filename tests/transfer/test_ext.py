"""Files out of real ext file systems, made by mke2fs; and what is no such file system."""

import random
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from migrate.transfer.ext import ExtFiles, NotReadable

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


def files_of(disk: bytes, start: int = 0) -> ExtFiles:
    return ExtFiles(lambda at, size: disk[at : at + size], start)


@pytest.mark.parametrize("kind", KINDS)
def test_files_of_every_kind_of_ext(kind: str, tree: Path, tmp_path: Path) -> None:
    files = files_of(made(tmp_path / "fs", tree, KINDS[kind]))
    assert files.file("/var/lib/cloud/instances/i-1/user-data.txt", 1 << 20) == SMALL
    assert files.file("absolute/user-data.txt", 1 << 20) == SMALL
    assert files.file("long/cloud/instance/user-data.txt", 1 << 20) == SMALL
    assert files.file("large", 1 << 20) == LARGE
    assert files.file("sparse", 1 << 20) == bytes(300_000) + b"end"
    assert files.file("empty", 1 << 20) == b""
    assert files.file("many/a file with a rather long name, number 001499", 10) == b""
    assert files.link("/var/lib/cloud/instance") == "instances/i-1"


def test_what_is_not_there_is_said(tree: Path, tmp_path: Path) -> None:
    files = files_of(made(tmp_path / "fs", tree, KINDS["ext4"]))
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


def test_damage_ends_in_bytes_or_in_one_kind_of_error(tree: Path, tmp_path: Path) -> None:
    """Whatever byte of its tables is changed: no other exception, and no endless work."""
    whole = made(tmp_path / "fs", tree, ["-t", "ext4", "-b", "1024"])
    used = [at for at in range(2 << 20) if whole[at]]
    rng = random.Random(7)
    for _ in range(400):
        damaged = bytearray(whole)
        for at in rng.sample(used, 12):
            damaged[at] ^= 1 << rng.randrange(8)
        reads = 0

        def read(at: int, size: int, disk: bytearray = damaged) -> bytes:
            nonlocal reads
            reads += 1
            if reads > 20_000:
                raise NotReadable("the caller's bound")
            return bytes(disk[at : at + size]) if at >= 0 else b""

        with suppress(NotReadable):
            ExtFiles(read, 0).file("absolute/user-data.txt", 1 << 20)
