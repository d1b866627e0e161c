"""Disks by path: read without their holes, written byte for byte, and never onto what is too small or no disk."""

import errno
import os
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrate.disks.copy.attached_device import BlockSource, write_disk
from migrate.disks.copy.disk_source import Span
from migrate.disks.store.manifest import CHUNK_BYTES, DiskManifest, Origin, segment_count, segment_range
from migrate.errors import Cancelled, IntegrityError, ItemError, LeaseLost, TransientError
from migrate.messages import codes
from migrate.verify.disks.compare_content import verify_path
from migrate.verify.disks.expected_content import Captured
from tests.disks.disk_pair import MIB, SEGMENT_BYTES, DiskPair, flip_a_bit, noise, sparse_disk


def sparse_file(path: Path, size: int, writes: list[tuple[int, bytes]]) -> bytes:
    with path.open("wb") as file:
        file.truncate(size)
        for at, data in writes:
            file.seek(at)
            file.write(data)
    return path.read_bytes()


def capture(pair: DiskPair, path: Path, origin_id: str = "o", **options: Any) -> DiskManifest:
    with BlockSource(path) as source:
        return pair.capture_from(source, origin=Origin(image_id=origin_id), **options)


def write(pair: DiskPair, path: Path, manifest: DiskManifest, *, known_zeroed: bool) -> int:
    return write_disk(path, pair.store, manifest, known_zeroed=known_zeroed, attempt=pair.attempt("w"))


def differences(pair: DiskPair, path: Path, manifest: DiskManifest, *, may_be_larger: bool = False) -> tuple[str, ...]:
    return verify_path(path, Captured.of(pair.store, manifest), may_be_larger=may_be_larger).differences


@pytest.fixture
def block_device(tmp_path: Path) -> Iterator[Path]:
    """A real one, of 1 MiB."""
    file = tmp_path / "device"
    file.write_bytes(noise(1 << 20, 1))
    made = subprocess.run(["losetup", "--find", "--show", str(file)], capture_output=True, text=True)
    if made.returncode:
        pytest.skip("nobody may make block devices here")
    try:
        yield Path(made.stdout.strip())
    finally:
        subprocess.run(["losetup", "--detach", made.stdout.strip()], check=True)


# ---------------------------------------------------------------- reading


@pytest.mark.hostile
def test_a_block_device_is_read_unless_somebody_uses_it(block_device: Path) -> None:
    """A mounted disk is held as the file system holds it, and a part of LVM as LVM does."""
    pair = DiskPair()
    manifest = capture(pair, block_device)
    assert manifest.size_bytes == 1 << 20
    held = os.open(block_device, os.O_RDONLY | os.O_EXCL)
    try:
        for use in (capture, partial(write, manifest=manifest, known_zeroed=False)):
            with pytest.raises(ItemError) as caught:
                use(pair, block_device)
            assert (caught.value.code, caught.value.facts["why"]) == (codes.DEVICE_UNUSABLE, os.strerror(errno.EBUSY))
    finally:
        os.close(held)


@settings(max_examples=20, deadline=None)
@given(
    size=st.integers(1, 3 * SEGMENT_BYTES),
    writes=st.lists(st.tuples(st.floats(0, 1), st.integers(1, 300_000)), max_size=6),
)
def test_any_file_is_read_whole(
    tmp_path_factory: pytest.TempPathFactory, size: int, writes: list[tuple[float, int]]
) -> None:
    path = tmp_path_factory.mktemp("b") / "disk"
    disk = sparse_file(
        path, size, [(int(at * (size - 1)), noise(min(n, size - int(at * (size - 1))), n)) for at, n in writes]
    )
    pair = DiskPair()
    manifest = capture(pair, path)
    assert pair.stored(manifest) == disk
    assert pair.monitor.bytes_by_step["s"] == size


def test_holes_are_not_read(tmp_path: Path) -> None:
    path = tmp_path / "disk"
    size = 4096 * SEGMENT_BYTES
    sparse_file(path, 0, [])
    with path.open("r+b") as file:
        file.truncate(size)
        file.seek(1000 * SEGMENT_BYTES)
        file.write(noise(MIB))
        file.seek(3000 * SEGMENT_BYTES + 8 * CHUNK_BYTES)
        file.write(noise(100))
    counted: list[int] = []
    with BlockSource(path) as source:
        spans = [
            Span(start, end, source.pieces(start, end))
            for index in range(segment_count(size))
            for start, end in [segment_range(size, index)]
        ]
        data = {span.start: source.read(span, counted.append) for span in spans if span.pieces}
    assert sorted(data) == [1000 * SEGMENT_BYTES, 3000 * SEGMENT_BYTES]
    assert sum(counted) <= MIB + CHUNK_BYTES
    assert data[1000 * SEGMENT_BYTES] == noise(MIB) + bytes(SEGMENT_BYTES - MIB)


def test_an_empty_file_is_an_empty_disk(tmp_path: Path) -> None:
    (tmp_path / "disk").touch()
    assert capture(DiskPair(), tmp_path / "disk").size_bytes == 0


def test_a_file_that_gets_shorter_is_never_sealed(tmp_path: Path) -> None:
    path = tmp_path / "disk"
    path.write_bytes(noise(2 * SEGMENT_BYTES))
    pair = DiskPair()
    with BlockSource(path) as source:
        os.truncate(path, SEGMENT_BYTES + 5)
        with pytest.raises(TransientError):
            pair.capture_from(source)
    assert pair.store.manifest("volume:v1") is None


@pytest.mark.parametrize("name", ["missing", "folder", "/dev/null"])
def test_what_is_no_disk_is_neither_read_nor_written(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(ItemError) as caught:
        BlockSource(tmp_path / name)
    assert caught.value.code == codes.DEVICE_UNUSABLE
    pair = DiskPair()
    (tmp_path / "disk").write_bytes(b"x")
    manifest = capture(pair, tmp_path / "disk")
    with pytest.raises(ItemError):
        write(pair, tmp_path / name, manifest, known_zeroed=True)
    with pytest.raises(ItemError):
        verify_path(tmp_path / name, Captured.of(pair.store, manifest))
    assert not (tmp_path / "missing").exists()


# ---------------------------------------------------------------- writing


@pytest.fixture
def disk() -> bytes:
    return sparse_disk(5 * SEGMENT_BYTES + 777, [(0, noise(MIB)), (3 * SEGMENT_BYTES - 9, noise(100)), (5 << 22, b"e")])


def captured(pair: DiskPair, tmp_path: Path, disk: bytes) -> DiskManifest:
    (tmp_path / "source").write_bytes(disk)
    return capture(pair, tmp_path / "source")


@pytest.mark.parametrize("larger", [0, 1, SEGMENT_BYTES + 12345])
def test_old_bytes_are_all_written_over(tmp_path: Path, disk: bytes, larger: int) -> None:
    pair = DiskPair()
    manifest = captured(pair, tmp_path, disk)
    target = tmp_path / "target"
    target.write_bytes(b"\xff" * (len(disk) + larger))
    assert write(pair, target, manifest, known_zeroed=False) == len(disk) + larger
    assert target.read_bytes() == disk + bytes(larger)
    assert differences(pair, target, manifest, may_be_larger=larger > 0) == ()
    assert pair.monitor.bytes_by_step["w"] == len(disk)


def test_zeros_are_not_written_where_they_are(tmp_path: Path, disk: bytes) -> None:
    pair = DiskPair()
    manifest = captured(pair, tmp_path, disk)
    sparse_file(tmp_path / "target", len(disk), [])
    written = write(pair, tmp_path / "target", manifest, known_zeroed=True)
    assert written <= manifest.data_chunks * CHUNK_BYTES
    assert (tmp_path / "target").read_bytes() == disk
    assert (tmp_path / "target").stat().st_blocks * 512 <= written + MIB
    assert pair.monitor.bytes_by_step["w"] == len(disk)


def test_a_smaller_target_is_refused_untouched(tmp_path: Path, disk: bytes) -> None:
    pair = DiskPair()
    manifest = captured(pair, tmp_path, disk)
    (tmp_path / "target").write_bytes(b"x" * (len(disk) - 1))
    with pytest.raises(ItemError) as caught:
        write(pair, tmp_path / "target", manifest, known_zeroed=False)
    assert caught.value.code == codes.DEVICE_TOO_SMALL
    assert (tmp_path / "target").read_bytes() == b"x" * (len(disk) - 1)


@pytest.mark.parametrize("known_zeroed", [False, True])
@pytest.mark.parametrize("error", [LeaseLost(codes.CLAIM_LOST, step="w"), Cancelled(codes.STOPPED_ON_REQUEST)])
def test_an_interrupted_restore_starts_over(tmp_path: Path, disk: bytes, error: Exception, known_zeroed: bool) -> None:
    pair = DiskPair()
    manifest = captured(pair, tmp_path, disk)
    target = tmp_path / "target"
    target.write_bytes((b"\0" if known_zeroed else b"\xff") * len(disk))
    asked: list[int] = []

    def check_running() -> None:
        asked.append(1)
        if len(asked) > 1:
            raise error

    pair.check_running = check_running
    with pytest.raises(type(error)):
        write(pair, target, manifest, known_zeroed=known_zeroed)
    assert pair.monitor.bytes_by_step["w"] == 0
    pair.check_running = lambda: None
    write(pair, target, manifest, known_zeroed=known_zeroed)
    assert target.read_bytes() == disk
    assert pair.monitor.bytes_by_step["w"] == len(disk)


def test_a_stop_ends_it(tmp_path: Path, disk: bytes) -> None:
    pair = DiskPair()
    manifest = captured(pair, tmp_path, disk)
    sparse_file(tmp_path / "target", len(disk), [])
    pair.stop.set()
    with pytest.raises(Cancelled):
        write(pair, tmp_path / "target", manifest, known_zeroed=True)


def test_a_damaged_chunk_is_never_written(tmp_path: Path) -> None:
    pair = DiskPair()
    (tmp_path / "source").write_bytes(noise(MIB))
    manifest = capture(pair, tmp_path / "source")
    flip_a_bit(pair)
    sparse_file(tmp_path / "target", MIB, [])
    with pytest.raises(IntegrityError):
        write(pair, tmp_path / "target", manifest, known_zeroed=True)
    assert (tmp_path / "target").read_bytes() == bytes(MIB)


# ---------------------------------------------------------------- one byte is enough


@pytest.mark.parametrize(
    "at",
    [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, MIB - 1, MIB, 2 << 22, (3 << 22) - 9, 3 << 22, (5 << 22) - 1, (5 << 22) + 776],
)
def test_a_flipped_byte_is_named_by_its_chunk(tmp_path: Path, disk: bytes, at: int) -> None:
    """In data, in zeros between data, in segments of zeros, at every kind of edge."""
    pair = DiskPair()
    manifest = captured(pair, tmp_path, disk)
    target = tmp_path / "target"
    sparse_file(target, len(disk), [])
    write(pair, target, manifest, known_zeroed=True)
    with target.open("r+b") as file:
        file.seek(at)
        file.write(bytes([disk[at] ^ 0x10]))
    start = at // CHUNK_BYTES * CHUNK_BYTES
    end = min(start + CHUNK_BYTES, len(disk))
    assert differences(pair, target, manifest) == (f"bytes {start}-{end - 1}",)


@pytest.mark.parametrize("call", ["pwritev", "fsync"])
@pytest.mark.parametrize(("number", "expected"), [(errno.EIO, TransientError), (errno.ENOSPC, ItemError)])
def test_a_device_that_fails_while_it_is_written_is_written_again(
    tmp_path: Path, disk: bytes, monkeypatch: pytest.MonkeyPatch, call: str, number: int, expected: type[Exception]
) -> None:
    """What the machine had taken and lost is written by the next attempt: each starts over."""
    pair = DiskPair()
    manifest, target = captured(pair, tmp_path, disk), tmp_path / "target"
    sparse_file(target, len(disk), [])

    def fails(*_: object) -> int:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as broken, pytest.raises(expected):
        broken.setattr(os, call, fails)
        write(pair, target, manifest, known_zeroed=True)
    write(pair, target, manifest, known_zeroed=True)
    assert target.read_bytes() == disk
