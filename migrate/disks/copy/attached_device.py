"""Disks by path: a device or file that a capture reads or a restore writes (the attached path)."""

import errno
import os
import stat
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import TracebackType

from migrate.disks.copy.disk_source import GAP_BYTES, Piece, Span, joined
from migrate.disks.copy.restore_disk import expect
from migrate.disks.formats.qcow2_write import data_runs
from migrate.disks.store.disk_store import DiskStore
from migrate.disks.store.manifest import CHUNK_BYTES, SEGMENT_BYTES, DiskManifest, segment_count, segment_range
from migrate.disks.store.pass_difference import chunks_unlike_any
from migrate.errors import ItemError, TransientError
from migrate.messages import codes
from migrate.pool import Pool, Tally
from migrate.step_attempt import Attempt

_ZEROS = memoryview(bytes(SEGMENT_BYTES))


class BlockSource:
    """disk_source.DiskSource over a device or file whose bytes must not change meanwhile. A context manager.

    Skips a file's holes if the file system reports them; a device has none. Reads ahead.

    Raises: ItemError DCP-418: it cannot be opened, or is in use.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with _local(path):
            self._tells_holes = _is_file(path)
            self._fd = _open(path, os.O_RDONLY)
            self.size_bytes = os.lseek(self._fd, 0, os.SEEK_END)
            if self.size_bytes:
                os.posix_fadvise(self._fd, 0, 0, os.POSIX_FADV_SEQUENTIAL)

    def __enter__(self) -> "BlockSource":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        os.close(self._fd)

    def pieces(self, start: int, end: int) -> list[Piece]:
        with _passing(self._path, start):
            found = [Piece(at, last - at, at, last - at) for at, last in self._data(start, end)]
            for piece in found:
                os.posix_fadvise(self._fd, piece.at, piece.size, os.POSIX_FADV_WILLNEED)
        return found

    def read(self, span: Span, counted: Callable[[int], None]) -> bytes:
        found = [(piece.at, self._bytes(piece.at, piece.size, counted)) for piece in span.pieces]
        return joined(span.start, span.end, found)

    # ------------------------------------------------------------ internals

    def _data(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Ranges that may hold data; small holes are included."""
        if not self._tells_holes:
            yield start, end
            return
        at = first = self._seek(start, os.SEEK_DATA)
        while at < end:
            hole = self._seek(at, os.SEEK_HOLE)
            at = self._seek(hole, os.SEEK_DATA) if hole < end else end
            if at >= end or at - hole > GAP_BYTES:
                yield first, min(hole, end)
                first = at

    def _seek(self, at: int, whence: int) -> int:
        try:
            return os.lseek(self._fd, at, whence)
        except OSError as err:
            if err.errno != errno.ENXIO:  # only a hole up to the end
                raise
        if (now := os.fstat(self._fd).st_size) != self.size_bytes:
            raise TransientError(
                codes.CLOUD_UNAVAILABLE, what=f"{self._path} has {now} bytes instead of {self.size_bytes}"
            )
        return self.size_bytes

    def _bytes(self, at: int, size: int, counted: Callable[[int], None]) -> bytes:
        parts: list[bytes] = []
        left = size
        with _passing(self._path, at):
            while left and (data := os.pread(self._fd, left, at + size - left)):
                parts.append(data)
                left -= len(data)
                counted(len(data))
        if left:
            raise TransientError(
                codes.CLOUD_UNAVAILABLE, what=f"{size - left} of {size} bytes at {at} of {self._path} came"
            )
        return parts[0] if len(parts) == 1 else b"".join(parts)


def write_disk(
    path: Path,
    store: DiskStore,
    manifest: DiskManifest,
    *,
    known_zeroed: bool,
    attempt: Attempt,
) -> int:
    """Writes a captured disk to an existing device or file, each byte in its place; fsync at the end.

    Also zeros the rest after the disk's end. Safe to repeat: an interrupted run takes back its counted progress and
    starts again.

    Args:    known_zeroed: it all reads as zeros now, so zeros need no writing. After an interrupted run this still
             holds, but only for the same disk.
    Returns: bytes written.
    Raises:  ItemError DCP-417: it is smaller than the disk.  DCP-418: it cannot be written, or is in use.
             IntegrityError: a segment is damaged.  ConfigError: not a disk.  LeaseLost, Cancelled, TransientError.
    """
    with _writing(path, store, manifest, attempt) as work:
        written = work.write_all(known_zeroed=known_zeroed)
        if not known_zeroed:
            written += work.zero(manifest.size_bytes, work.size_bytes)
        return written


def write_changes(
    path: Path,
    store: DiskStore,
    manifest: DiskManifest,
    held: Sequence[DiskManifest],
    *,
    attempt: Attempt,
) -> int:
    """Like `write_disk`, where each chunk on the device is that of one of the `held` passes, all of this length: writes
    only chunks that may differ from the manifest's.

    Safe to repeat: until it returns, the manifest's pass is another one that chunks may be of.
    Raises: OlderPassDamaged: of a held pass, so that only `write_disk` helps.  Otherwise as `write_disk`.
    """
    assert held and all(one.size_bytes == manifest.size_bytes for one in held)
    with _writing(path, store, manifest, attempt) as work:
        return work.write_unlike(held)


@contextmanager
def _writing(path: Path, store: DiskStore, manifest: DiskManifest, attempt: Attempt) -> Iterator["_Writing"]:
    """A disk being written, within the block; synced at its end."""
    expect(manifest, "disk")
    with _opened(path) as fd:
        size_bytes = os.lseek(fd, 0, os.SEEK_END)
        if size_bytes < manifest.size_bytes:
            raise ItemError(
                codes.DEVICE_TOO_SMALL, path=str(path), size_bytes=size_bytes, wanted_bytes=manifest.size_bytes
            )
        work = _Writing(fd, path, size_bytes, store, manifest, attempt, Tally(attempt.progress()))
        try:
            yield work
            with _local(path):
                os.fsync(fd)
        except BaseException:
            work.tally.settle(0)
            raise


@dataclass
class _Writing:
    """One disk being written to one path of `size_bytes`."""

    fd: int
    path: Path
    size_bytes: int
    store: DiskStore
    manifest: DiskManifest
    attempt: Attempt
    tally: Tally
    counting: threading.Lock = field(default_factory=threading.Lock)

    def write_all(self, *, known_zeroed: bool) -> int:
        chunks, written = self.store.chunks(self.manifest), 0
        with Pool(self.attempt.reads) as pool:
            for index in range(segment_count(self.manifest.size_bytes)):
                if self.attempt.stop.is_set():
                    break
                start, end = segment_range(self.manifest.size_bytes, index)
                runs = list(data_runs(chunks.segment(index)))
                if not runs and known_zeroed:
                    self._count(end - start)
                    continue
                places = [(a * CHUNK_BYTES, min(b * CHUNK_BYTES, end - start)) for a, b in runs]
                if not known_zeroed:
                    places = [(0, end - start)]
                written += sum(last - first for first, last in places)
                pool.do(partial(self._write, index, places, zeros=not runs))
            pool.finish()
        self.attempt.stop.check()
        return written

    def write_unlike(self, held: Sequence[DiskManifest]) -> int:
        """Writes the chunks that differ from those of any of the passes; returns their bytes."""
        size_bytes, written, passed = self.manifest.size_bytes, 0, 0
        with Pool(self.attempt.reads) as pool:
            for index, chunks in chunks_unlike_any(self.store, held, self.manifest):
                if self.attempt.stop.is_set():
                    break
                start, end = segment_range(size_bytes, index)
                self._count(start - passed)
                passed = end
                written += sum(min(CHUNK_BYTES, end - start - at * CHUNK_BYTES) for at in chunks)
                pool.do(partial(self._write_chunks, index, chunks))
            pool.finish()
        self.attempt.stop.check()
        self._count(size_bytes - passed)
        return written

    def zero(self, start: int, end: int) -> int:
        """Writes zeros in [start, end); returns their number."""
        for at in range(start, end, SEGMENT_BYTES):
            self.attempt.stop.check()
            self.attempt.check_running()
            self._put(_ZEROS[: min(SEGMENT_BYTES, end - at)], at)
        return max(0, end - start)

    def _write(self, index: int, places: list[tuple[int, int]], *, zeros: bool) -> None:
        """Writes these places of one segment."""
        start, end = segment_range(self.manifest.size_bytes, index)
        chunks = [] if zeros else self._chunks(index)
        self.attempt.check_running()
        for first, last in places:
            if zeros:
                self._put(_ZEROS[first:last], start + first)
            else:
                self._put_all(chunks[first // CHUNK_BYTES : -(-last // CHUNK_BYTES)], start + first)
        self._count(end - start)

    def _write_chunks(self, index: int, numbers: list[int]) -> None:
        """Writes these chunks of one segment; those next to each other at once."""
        start, end = segment_range(self.manifest.size_bytes, index)
        chunks = self._chunks(index, numbers)
        self.attempt.check_running()
        first = 0
        for last in range(1, len(numbers) + 1):
            if last == len(numbers) or numbers[last] != numbers[last - 1] + 1:
                self._put_all(chunks[first:last], start + numbers[first] * CHUNK_BYTES)
                first = last
        self._count(end - start)

    def _count(self, size_bytes: int) -> None:
        with self.counting:
            self.tally.add(size_bytes)

    def _chunks(self, index: int, only: Sequence[int] | None = None) -> list[bytes]:
        read = partial(self.store.pieces, self.manifest, index, only)
        return self.attempt.with_retries(read, what=f"{self.manifest.disk} segment {index}")

    def _put_all(self, chunks: list[bytes], at: int) -> None:
        """Writes the chunks consecutively from `at`, without joining them first."""
        with _local(self.path):
            written = os.pwritev(self.fd, chunks, at)
        if written < sum(map(len, chunks)):
            self._put(memoryview(b"".join(chunks))[written:], at + written)

    def _put(self, data: memoryview, at: int) -> None:
        with _local(self.path):
            while data:
                count = os.pwrite(self.fd, data, at)
                data, at = data[count:], at + count


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    with _local(path):
        fd = _open(path, os.O_RDWR)
    try:
        yield fd
    finally:
        os.close(fd)


def _open(path: Path, flags: int) -> int:
    """On a block device, O_EXCL refuses one that is mounted, or part of an array or of LVM: a wrong one, or one that
    changes while it is read.
    """
    return os.open(path, flags | os.O_CLOEXEC | (0 if _is_file(path) else os.O_EXCL))


def _is_file(path: Path) -> bool:
    """Whether the path is a file; False for a block device. Raises OSError: neither."""
    mode = path.stat().st_mode
    if not stat.S_ISREG(mode) and not stat.S_ISBLK(mode):
        raise OSError(errno.ENOTBLK, os.strerror(errno.ENOTBLK))
    return stat.S_ISREG(mode)


@contextmanager
def _local(path: Path) -> Iterator[None]:
    """Turns OS errors into ours. EIO counts as transient, because a failing device may recover and is then written
    again.
    """
    try:
        yield
    except OSError as err:
        if err.errno == errno.EIO:
            raise TransientError(codes.CLOUD_UNAVAILABLE, what=f"{path}: {err.strerror or err}") from err
        raise ItemError(codes.DEVICE_UNUSABLE, path=str(path), why=err.strerror or str(err)) from err


@contextmanager
def _passing(path: Path, at: int) -> Iterator[None]:
    """Turns a device's read errors into TransientError, because the device may return."""
    try:
        yield
    except OSError as err:
        raise TransientError(codes.CLOUD_UNAVAILABLE, what=f"{path} at {at}: {err.strerror or err}") from err
