"""The memory cloud's qcow2, with qemu-img as the referee where there is one."""

import random
import shutil
import subprocess
from pathlib import Path

import pytest

from migrate.demo.memory import qcow2
from migrate.demo.memory.sparse_disk import BLOCK, Disk

QEMU = shutil.which("qemu-img")
needs_qemu = pytest.mark.skipif(QEMU is None, reason="no qemu-img here")


def _disk(seed: int, size_bytes: int) -> Disk:
    disk, rng = Disk(size_bytes), random.Random(seed)
    for _ in range(30):
        data = rng.randbytes(rng.randrange(1, 3 * BLOCK))
        disk.write(rng.randrange(0, size_bytes - len(data)), data)
    return disk


def _file(path: Path) -> Disk:
    data = path.read_bytes()
    file = Disk(len(data))
    file.write(0, data)
    return file


def _qemu(*arguments: object) -> str:
    return subprocess.run([str(QEMU), *map(str, arguments)], check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize("size_bytes", [1 << 20, (64 << 20) + 512, 3 << 30])
def test_a_disk_comes_back_as_it_was(size_bytes: int) -> None:
    disk = _disk(size_bytes, size_bytes)
    file = qcow2.write(disk)
    assert qcow2.virtual_size_bytes(file) == size_bytes
    assert qcow2.read(file).blocks == disk.blocks
    assert file.size_bytes < len(disk.blocks) * BLOCK + 64 * BLOCK, "holes cost nothing"


def test_an_empty_disk_is_a_few_clusters() -> None:
    file = qcow2.write(Disk(1 << 30))
    assert file.size_bytes <= 4 * BLOCK and qcow2.read(file).blocks == {}


@needs_qemu
def test_qemu_finds_no_fault_and_the_same_bytes(tmp_path: Path) -> None:
    disk = _disk(7, (32 << 20) + 4096)
    path, raw = tmp_path / "a.qcow2", tmp_path / "a.raw"
    path.write_bytes(b"".join(qcow2.write(disk).pieces()))
    assert "No errors" in _qemu("check", path)
    _qemu("convert", "-O", "raw", path, raw)
    assert raw.read_bytes() == disk.read(0, disk.size_bytes)


@needs_qemu
@pytest.mark.parametrize("options", ["compat=0.10", "compat=1.1,cluster_size=4k", "compat=1.1,cluster_size=2M", ""])
@pytest.mark.parametrize("compressed", [False, True])
def test_what_qemu_writes_is_read(tmp_path: Path, options: str, compressed: bool) -> None:
    disk = _disk(9, 8 << 20)
    raw, path = tmp_path / "a.raw", tmp_path / "a.qcow2"
    raw.write_bytes(disk.read(0, disk.size_bytes))
    flags = (["-c"] if compressed else []) + (["-o", options] if options else [])
    _qemu("convert", "-f", "raw", "-O", "qcow2", *flags, raw, path)
    assert qcow2.read(_file(path)).blocks == disk.blocks


@needs_qemu
def test_a_backing_file_is_refused(tmp_path: Path) -> None:
    base, path = tmp_path / "base.qcow2", tmp_path / "a.qcow2"
    _qemu("create", "-f", "qcow2", base, "1M")
    _qemu("create", "-f", "qcow2", "-b", base, "-F", "qcow2", path)
    with pytest.raises(qcow2.BadQcow2):
        qcow2.read(_file(path))


def test_a_cut_or_foreign_file_is_no_qcow2() -> None:
    file = qcow2.write(_disk(1, 4 << 20))
    cut = Disk(file.size_bytes - 5 * BLOCK)
    cut.write(0, file.read(0, cut.size_bytes))
    for bad in (cut, Disk(1000), Disk(0)):
        with pytest.raises(qcow2.BadQcow2):
            qcow2.read(bad)


def test_a_disk_forgets_zeros() -> None:
    disk = Disk(4 * BLOCK)
    disk.write(100, b"x" * BLOCK)
    assert len(disk.blocks) == 2
    disk.write(0, bytes(4 * BLOCK))
    assert disk.blocks == {} and disk.read(0, 10) == bytes(10)
    with pytest.raises(ValueError, match="behind the end"):
        disk.write(4 * BLOCK - 1, b"xx")
    grown = disk.clone(8 * BLOCK)
    grown.write(5 * BLOCK, b"y")
    assert (disk.blocks, grown.read(5 * BLOCK, 1), disk.read(5 * BLOCK, 1)) == ({}, b"y", b"")
