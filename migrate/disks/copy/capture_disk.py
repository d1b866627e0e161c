"""Capture: reads a disk or an image file from the source cloud into the store, and seals it.

The store's content is the checkpoint: stored segments are never read again, however the last run ended.
"""

import threading
import time
from dataclasses import dataclass, field
from functools import partial

from migrate.disks.copy.disk_source import DiskSource, Span
from migrate.disks.copy.file_hash import FileHash, source_hash
from migrate.disks.copy.read_ahead import segments_in_order
from migrate.disks.store.disk_store import DamagedSegment, DiskStore
from migrate.disks.store.manifest import DiskManifest, Origin, segment_count, segment_range
from migrate.disks.store.pass_writer import PassWriter
from migrate.errors import Cancelled, IntegrityError
from migrate.messages import codes
from migrate.pool import Pool, Progress, Tally
from migrate.step_attempt import Attempt


@dataclass
class Taking:
    """A pass to take, and the figures of the attempt: bytes received, added to the store, and how long that took.

    `is_warm`: it is sealed as a warm pass (`DiskStore.warm_pass`).
    """

    disk: str
    origin: Origin
    is_warm: bool = False
    read_bytes: int = 0
    stored_bytes: int = 0
    read_s: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def has_read(self, size_bytes: int) -> None:
        """Thread-safe."""
        with self._lock:
            self.read_bytes += size_bytes


def capture_disk(
    source: DiskSource,
    store: DiskStore,
    taking: Taking,
    *,
    content: str,
    virtual_size_bytes: int | None,
    attempt: Attempt,
) -> DiskManifest:
    """Reads the source into the store with `attempt.reads` ranges in flight, and seals the manifest.

    Safe to repeat at any time: stored segments are not read again, and a sealed pass is returned unchanged.

    Args:    content: `disk` (the plain disk) or `file` (an image file, byte for byte).
             virtual_size_bytes: the required length of the disk, None to accept the source's.
    Returns: the sealed manifest.
    Raises:  Cancelled: the segments read so far are stored.  Unsupported: an unsupported format.
             IntegrityError: wrong length.  OtherFile: the file's hash differs from the source server's; the pass is
             removed, so that a new attempt reads everything.  DamagedSegment: a stored segment is damaged; a new
             attempt reads it again.  TransientError: still incomplete after several attempts.
    """
    disk, origin = taking.disk, taking.origin
    progress = attempt.progress()
    sealed = (store.warm_pass if taking.is_warm else store.manifest)(disk, origin.image_id)
    if sealed:
        progress.advance(sealed.size_bytes)
        return sealed
    size_bytes = source.size_bytes
    if virtual_size_bytes is not None and content == "disk" and size_bytes != virtual_size_bytes:
        what = f"{origin.image_id} holds a disk of {size_bytes} bytes instead of {virtual_size_bytes}"
        raise IntegrityError(codes.BYTES_DIFFER, what=what)
    # A raw disk is the same as its file. A device has no file and no hash.
    algorithm, expected = source_hash(origin) if content == "file" or origin.image_format == "raw" else ("", "")
    started = time.monotonic()
    hashing = FileHash(algorithm, window=2 * attempt.reads) if expected else None
    try:
        with store.begin(disk, origin.image_id, size_bytes) as writer:
            work = _Capture(source, writer, taking, attempt, progress, hashing)
            work.read_all(size_bytes)
            attempt.check_running()
            proof = _Proof(hashing, expected, store, attempt) if hashing else None
            manifest = writer.seal(content, origin, proof, is_warm=taking.is_warm)
            taking.stored_bytes, taking.read_s = writer.stored_bytes, time.monotonic() - started
            return manifest
    except OtherFile:
        attempt.check_running()
        store.remove(disk, origin.image_id)
        raise


class OtherFile(IntegrityError):
    """The file's hash differs from the source server's."""


@dataclass(frozen=True)
class _Capture:
    """One pass: its source and its writer."""

    source: DiskSource
    writer: PassWriter
    taking: Taking
    attempt: Attempt
    progress: Progress
    hashing: FileHash | None

    def read_all(self, size_bytes: int) -> None:
        try:
            self._read_all(size_bytes)
            self.attempt.stop.check()
        except Cancelled:
            self.attempt.check_running()  # data is stored only while the step is ours
            raise

    def _read_all(self, size_bytes: int) -> None:
        with Pool(self.attempt.reads) as pool:
            for index in range(segment_count(size_bytes)):
                if self.attempt.stop.is_set():
                    break
                start, end = segment_range(size_bytes, index)
                if self.writer.has(index):
                    self.progress.advance(end - start)
                    continue
                span = Span(start, end, self.source.pieces(start, end))
                if span.pieces or self.hashing:
                    pool.do(partial(self._move, index, span))
                else:
                    self.writer.put_zeros(index)
                    self.progress.advance(end - start)
            pool.finish()

    def _move(self, index: int, span: Span) -> None:
        """Copies one segment from the source to the store."""
        tally, attempt = Tally(self.progress), self.attempt

        def read() -> bytes:
            tally.settle(0)
            return self.source.read(span, tally.add)

        def store() -> None:
            attempt.check_running()
            self.writer.put(index, data)

        what = f"{self.taking.disk} segment {index}"
        try:
            data = attempt.with_retries(read, what=what)
            # A failed put is retried without another read: the hashed bytes must be the stored ones.
            attempt.with_retries(store, what=what)
        except BaseException:
            tally.settle(0)
            raise
        tally.settle(span.end - span.start)
        self.taking.has_read(sum(piece.size for piece in span.pieces))
        if self.hashing:
            self.hashing.offer(index, data)


@dataclass(frozen=True)
class _Proof:
    """Compares the hash of the whole file with the source server's. Segments not hashed during the copy (stored by an
    earlier run, or late) are read from the store.

    Called with the manifest before it is sealed. Raises OtherFile DCP-422: the hashes differ.  DamagedSegment: a
    segment of an earlier run is damaged; it is no longer reused, and a new attempt reads it again.
    """

    hashing: FileHash
    expected: str
    store: DiskStore
    attempt: Attempt

    def __call__(self, manifest: DiskManifest) -> None:
        rest = range(self.hashing.hashed, segment_count(manifest.size_bytes))
        stored = segments_in_order(self.store, manifest, self.attempt, rest)
        try:
            for data in stored:
                self.hashing.add(data)
        except DamagedSegment:
            self.store.set_aside(manifest.disk, check_running=self.attempt.check_running, go_on=self.attempt.stop.check)
            raise
        if self.hashing.hexdigest() != self.expected:
            raise OtherFile(codes.BYTES_DIFFER, what=f"the file of {manifest.disk} against the source's own hash of it")
        self.attempt.check_running()
