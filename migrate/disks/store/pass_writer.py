"""PassWriter: turns the segments of a pass into packs, parts, tables and finally a sealed manifest."""

import hashlib
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType

from migrate.disks.store.compression import AdaptiveCompressor, is_zero
from migrate.disks.store.container import StoreContainer
from migrate.disks.store.manifest import (
    CHUNK_BYTES,
    ZERO_DIGEST,
    DiskManifest,
    Origin,
    check_shape,
    segment_range,
    tree_digest,
)
from migrate.disks.store.object_names import MANIFEST, WARM
from migrate.disks.store.pack_format import MOST_CONTENT_BYTES, MOST_PACK_BYTES, Pack, PackBuilder
from migrate.disks.store.packs import Packs
from migrate.disks.store.pass_progress import PassProgress
from migrate.documents import sealed_bytes
from migrate.errors import Cancelled, DecampError


@dataclass
class _Cut:
    """One segment in chunks: their digests, and the frames of chunks that may have to be stored."""

    row: bytes
    size_bytes: int
    frames: dict[bytes, tuple[bytes, int]]


@dataclass
class _Batch:
    """Segments that are stored together: with the next pack, and the part after it."""

    pack: PackBuilder = field(default_factory=PackBuilder)
    digests: set[bytes] = field(default_factory=set)
    rows: dict[int, bytes] = field(default_factory=dict)
    content_bytes: int = 0
    sealed: Pack | None = None
    is_stored: bool = False

    @property
    def is_full(self) -> bool:
        return self.pack.body_bytes >= MOST_PACK_BYTES or self.content_bytes >= MOST_CONTENT_BYTES


class PassWriter:
    """Accepts the segments of one pass from many threads, in any order; nearly sorted order uses the least memory.

    At most two packs are in memory: one being filled, one being stored. A kill loses only these. After a put that
    raised, the data is kept and the next put tries again.
    """

    def __init__(self, container: StoreContainer, packs: Packs, progress: PassProgress) -> None:
        self._container = container
        self._packs = packs
        self._progress = progress
        self._changing = threading.Condition()
        self._open = _Batch()
        self._closing: _Batch | None = None
        self._busy = False
        self._is_sealed = False
        self.stored_bytes = 0
        """The size of the packs that this writer stored."""

    def __enter__(self) -> "PassWriter":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Saves everything after an orderly stop; any other end loses at most the open packs."""
        if not self._is_sealed and (kind is None or issubclass(kind, Cancelled)):
            with suppress(DecampError):
                self._advance(flush=True)

    def has(self, index: int) -> bool:
        """Whether the segment is stored or known to be zeros, from this or an earlier run."""
        with self._changing:
            return self._has(index)

    def put(self, index: int, data: bytes) -> None:
        """Accepts the plain bytes of one segment; may return before its pack is sealed. Idempotent.

        Raises: errors from sealing a pack with any segments: put this one again, or give up the pass.
        """
        start, end = segment_range(self._progress.size_bytes, index)
        if len(data) != end - start:
            raise ValueError(f"segment {index} of {self._progress.disk}: {len(data)} bytes, not {end - start}")
        if not self.has(index):
            cut = self._cut(data)
            while not self._take(index, cut):
                self._advance()
        self._advance()

    def put_zeros(self, index: int) -> None:
        """Records that the segment is all zeros according to the source's tables; stores nothing."""
        if not self.has(index):
            self._progress.settle_zeros(index)

    def seal(
        self,
        content: str,
        origin: Origin,
        prove: Callable[[DiskManifest], None] | None = None,
        *,
        is_warm: bool = False,
    ) -> DiskManifest:
        """Stores open packs, tables and the manifest, which completes the pass. Idempotent.

        Args:   prove: called with the manifest after everything that it lists is stored; if it raises, nothing is
                sealed.   is_warm: seals a warm pass (`DiskStore.warm_pass`).
        Raises: IntegrityError: segments were never put.  DamagedSegment: packs have gone; begin the pass again, which
                asks for the segments that were in them.
        """
        progress = self._progress
        if origin.image_id != progress.origin_id:
            raise ValueError(f"origin {origin.image_id} of the pass {progress.origin_id}")
        self._advance(flush=True)
        tables = progress.finish()
        manifest = DiskManifest(
            disk=progress.disk,
            content=content,
            size_bytes=progress.size_bytes,
            tables=tables,
            data_chunks=sum(table.data_chunks for table in tables),
            tree_digest=tree_digest(progress.size_bytes, tables),
            origin=origin,
        )
        check_shape(manifest)
        if prove:
            prove(manifest)
            progress.finish()  # that may have taken hours
        self._container.put(
            progress.prefix + (WARM if is_warm else MANIFEST), [sealed_bytes(manifest)], "application/json"
        )
        self._is_sealed = True
        progress.drop_leftovers(tables)
        return manifest

    # ------------------------------------------------------------ internals

    def _has(self, index: int) -> bool:
        pending = index in self._open.rows or (self._closing is not None and index in self._closing.rows)
        return pending or self._progress.knows(index)

    def _cut(self, data: bytes) -> _Cut:
        row: list[bytes] = []
        chunks: dict[bytes, memoryview] = {}
        view = memoryview(data)  # slices of it cost no copy
        for at in range(0, len(data), CHUNK_BYTES):
            if is_zero(data, at):
                row.append(ZERO_DIGEST)
            else:
                chunk = view[at : at + CHUNK_BYTES]
                row.append(hashlib.sha256(chunk).digest())
                chunks[row[-1]] = chunk
        # In this order: chunks that leave a batch are already in the index. The other way round they might be stored
        # twice.
        known = self._on_their_way(chunks)
        known |= self._progress.match(chunks.keys() - known)
        compressor = AdaptiveCompressor()
        frames = {
            digest: (compressor.frame(chunk), len(chunk)) for digest, chunk in chunks.items() if digest not in known
        }
        return _Cut(b"".join(row), len(data), frames)

    def _on_their_way(self, digests: Iterable[bytes]) -> set[bytes]:
        with self._changing:
            batches = (self._open, self._closing)
            return {digest for batch in batches if batch for digest in digests if digest in batch.digests}

    def _take(self, index: int, cut: _Cut) -> bool:
        """Adds the segment to the open batch; False while there is no room."""
        with self._changing:
            if self._has(index):
                return True
            batch, closing = self._open, self._closing
            if batch.is_full:
                return False
            for digest, (frame, plain_bytes) in cut.frames.items():
                if digest not in batch.digests and not (closing and digest in closing.digests):
                    batch.digests.add(digest)
                    batch.pack.add(digest, frame, plain_bytes)
            batch.rows[index] = cut.row
            batch.content_bytes += cut.size_bytes
            return True

    def _advance(self, *, flush: bool = False) -> None:
        """Stores full and previously failed batches; with `flush` the open one too."""
        while batch := self._claim(flush):
            try:
                self._store(batch)
            except BaseException:
                with self._changing:
                    self._busy = False
                    self._changing.notify_all()
                raise
            with self._changing:
                self._closing, self._busy = None, False
                self._changing.notify_all()

    def _claim(self, flush: bool) -> _Batch | None:
        with self._changing:
            while self._busy and (flush or self._open.is_full):
                self._changing.wait()
            if self._busy:
                return None
            if self._closing is None and (self._open.is_full or (flush and self._open.rows)):
                self._closing, self._open = self._open, _Batch()
            self._busy = self._closing is not None
            return self._closing

    def _store(self, batch: _Batch) -> None:
        """Stores the pack, then the part that relies on it and earlier packs: batches are stored in order."""
        if batch.pack.entries and not batch.is_stored:
            batch.sealed = batch.sealed or batch.pack.seal()
            self._progress.rely_on(self._packs.put(batch.sealed))
            self.stored_bytes += batch.sealed.size_bytes
            batch.is_stored = True
        self._progress.record(batch.rows)
