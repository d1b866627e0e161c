"""Capture: reads a disk or an image file out of the source cloud into the store, and seals it.

The store itself says what is there: a segment in it is never read again, whatever killed the run before.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from tenacity.wait import wait_base

from migrate.clouds.ports import Images
from migrate.errors import IntegrityError, Unsupported
from migrate.model import Image
from migrate.monitor import Monitor, StopFlag
from migrate.store.disks import DiskStore
from migrate.store.manifest import (
    SEGMENT_BYTES,
    ZERO,
    DiskManifest,
    Origin,
    SegmentRef,
    segment_count,
    segment_range,
    tree_digest,
)
from migrate.transfer.crew import Crew, Progress, Tally
from migrate.transfer.patience import WAIT, patiently
from migrate.transfer.qcow2_read import Qcow2Content
from migrate.transfer.ranges import Content, FileContent, Span, read_range, read_span
from migrate.transfer.segments import segments_in_order


def capture_disk(
    images: Images,
    image: Image,
    store: DiskStore,
    *,
    disk: str,
    content: str,
    virtual_size_bytes: int | None,
    origin: Origin,
    alive: Callable[[], None],
    monitor: Monitor,
    step_id: str,
    stop: StopFlag,
    reads: int,
    wait: wait_base = WAIT,
) -> DiskManifest:
    """Reads the image into the store with `reads` ranges in flight, and seals the manifest.

    Safe to repeat at any time: what is stored is not read again, and a sealed pass is returned as it is.

    Args:    content: `disk` (the plain disk inside a raw or qcow2 image) or `file` (the image file, byte for byte).
             virtual_size_bytes: the length that the disk must have, None to take what the image says.
             alive: raises LeaseLost once another runner owns the step; called before each write, from any thread.
    Returns: the sealed manifest.
    Raises:  Cancelled: the segments in flight are stored.  Unsupported: a format that we do not read.
             IntegrityError: wrong length, or the stored file does not have the source server's hash (then the pass
             is removed, so that a new attempt reads anew).  TransientError: still short after several attempts.
    """
    sealed = store.manifest(disk, origin.image_id)
    if sealed:
        Progress(monitor, step_id).advance(sealed.size_bytes)
        return sealed
    job = _Capture(images, image, store, disk, origin, alive, Progress(monitor, step_id), stop, wait)
    source = job.open(content)
    if virtual_size_bytes is not None and content == "disk" and source.size_bytes != virtual_size_bytes:
        what = f"image {image.id} holds a disk of {source.size_bytes} bytes instead of {virtual_size_bytes}"
        raise IntegrityError("DCP-422", what=what)
    job.read_all(source, reads)
    manifest = job.manifest(content, source.size_bytes)
    if content == "file":
        _prove_file(manifest, store, alive, stop, reads, wait)
    alive()
    store.seal(manifest)
    return manifest


@dataclass
class _Capture:
    """One pass: what it reads, where to, and the segments that are known."""

    images: Images
    image: Image
    store: DiskStore
    disk: str
    origin: Origin
    alive: Callable[[], None]
    progress: Progress
    stop: StopFlag
    wait: wait_base
    refs: dict[int, SegmentRef] = field(default_factory=dict)

    def open(self, content: str) -> Content:
        if content == "file" or self.image.disk_format == "raw":
            return FileContent(self.image.size_bytes)
        if self.image.disk_format == "qcow2":
            return Qcow2Content(self._read_table, self.image.size_bytes)
        raise Unsupported("DCP-415", what=f"the disk inside an image of format {self.image.disk_format}")

    def read_all(self, content: Content, reads: int) -> None:
        self.refs = self.store.have(self.disk, self.origin.image_id, content.size_bytes)
        self.progress.advance(sum(ref.size_bytes for ref in self.refs.values()))
        with Crew(reads) as crew:
            for index in range(segment_count(content.size_bytes)):
                if index in self.refs:
                    continue
                if self.stop.is_set():
                    break
                start, end = segment_range(content.size_bytes, index)
                span = Span(start, end, content.pieces(start, end))
                if span.pieces:
                    crew.do(partial(self._move, content, index, span))
                else:  # the file's own tables say so, now and after a restart: nothing to store
                    self.refs[index] = SegmentRef(index=index, size_bytes=end - start, digest=ZERO)
                    self.progress.advance(end - start)
            crew.finish()
        self.stop.check()

    def manifest(self, content: str, size_bytes: int) -> DiskManifest:
        segments = tuple(self.refs[index] for index in range(segment_count(size_bytes)))
        return DiskManifest(
            disk=self.disk,
            content=content,
            size_bytes=size_bytes,
            segment_bytes=SEGMENT_BYTES,
            segments=segments,
            tree_digest=tree_digest(segments),
            origin=self.origin,
        )

    # ------------------------------------------------------------ inside

    def _move(self, content: Content, index: int, span: Span) -> None:
        """One segment from the image to the store."""
        tally = Tally(self.progress)

        def attempt() -> SegmentRef:
            tally.settle(0)
            data = read_span(self.images, self.image.id, content, span, tally.add)
            self.alive()
            return self.store.put_segment(self.disk, self.origin.image_id, index, data)

        try:
            self.refs[index] = patiently(attempt, what=f"{self.disk} segment {index}", stop=self.stop, wait=self.wait)
        except BaseException:
            tally.settle(0)
            raise
        tally.settle(span.end - span.start)

    def _read_table(self, start: int, end: int) -> bytes:
        return patiently(
            lambda: read_range(self.images, self.image.id, start, end),
            what=f"{self.disk} table at {start}",
            stop=self.stop,
            wait=self.wait,
        )


def _prove_file(
    manifest: DiskManifest,
    store: DiskStore,
    alive: Callable[[], None],
    stop: StopFlag,
    reads: int,
    wait: wait_base,
) -> None:
    """Hashes the stored file from end to end and compares it with the source server's own hash, where it has one.

    Raises: IntegrityError: they differ. The pass is removed first: nothing of it may ever be taken as read.
    """
    origin = manifest.origin
    algorithm, expected = origin.hash_algo or "", origin.hash_value
    if algorithm not in hashlib.algorithms_available or not expected:
        algorithm, expected = "md5", origin.checksum
    if not expected:
        return
    digest = hashlib.new(algorithm, usedforsecurity=False)
    try:
        for data in segments_in_order(store, manifest, stop=stop, reads=reads, wait=wait):
            digest.update(data)
        if digest.hexdigest() != expected:
            raise IntegrityError("DCP-422", what=f"the file of {manifest.disk} against the source's {algorithm}")
    except IntegrityError:
        alive()
        store.remove(manifest.disk, origin.image_id)
        raise
