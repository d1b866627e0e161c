"""ImageSource: reads a disk from an image by ranges of its file."""

import threading
from collections.abc import Callable
from typing import Protocol

from migrate.clouds.ports import Images
from migrate.disks.copy.disk_source import Piece, Span, coalesced, joined
from migrate.disks.formats.qcow2_read import Qcow2Content
from migrate.errors import TransientError, Unsupported
from migrate.messages import codes
from migrate.messages.reason import reason
from migrate.model import Image
from migrate.step_attempt import Attempt


class _Content(Protocol):
    """How a file holds the content: directly, or as a disk inside it."""

    size_bytes: int

    def pieces(self, start: int, end: int) -> list[Piece]: ...

    def expand(self, piece: Piece, stored: bytes) -> bytes:
        """The plain bytes of a compressed piece. Thread-safe."""


class _FileContent:
    """The file itself, byte for byte."""

    def __init__(self, size_bytes: int) -> None:
        self.size_bytes = size_bytes

    def pieces(self, start: int, end: int) -> list[Piece]:
        return [Piece(start, end - start, start, end - start)] if end > start else []

    def expand(self, piece: Piece, stored: bytes) -> bytes:
        return stored


class ImageSource:
    """disk_source.DiskSource over an image: its file itself, or the plain disk inside a raw or qcow2 file.

    Sends nothing before the first use.

    Args:    content: `disk` or `file`.
    Raises:  on use, Unsupported DCP-415: unsupported format.
    """

    def __init__(self, images: Images, image: Image, content: str, attempt: Attempt) -> None:
        self._images, self._image, self._whole_file = images, image, content == "file"
        self._attempt = attempt
        self._lock = threading.Lock()
        self._found: _Content | None = None

    @property
    def size_bytes(self) -> int:
        return self._content.size_bytes

    def pieces(self, start: int, end: int) -> list[Piece]:
        return self._content.pieces(start, end)

    def read(self, span: Span, counted: Callable[[int], None]) -> bytes:
        found: list[tuple[int, bytes | memoryview]] = []
        for first, last, inside in coalesced(span.pieces):
            data = self._range(first, last, counted)
            if len(inside) == 1 and not inside[0].compressed:
                found.append((inside[0].at, data))
                continue
            # Small pieces all over the file: a view of each would keep all that lies between them in memory.
            copies = 2 * sum(piece.stored for piece in inside) < len(data)
            view = memoryview(data)
            for piece in inside:
                stored = view[piece.host - first : piece.host - first + piece.stored]
                if piece.compressed:
                    found.append((piece.at, self._content.expand(piece, bytes(stored))))
                else:
                    found.append((piece.at, bytes(stored) if copies else stored))
        found.sort(key=lambda part: part[0])
        return joined(span.start, span.end, found)

    # ------------------------------------------------------------ internals

    @property
    def _content(self) -> _Content:
        # Not a cached_property: in Python 3.11 its one lock for the class would let one image read its table at a time.
        with self._lock:
            if self._found is None:
                self._found = self._open()
            return self._found

    def _open(self) -> _Content:
        if self._whole_file or self._image.disk_format == "raw":
            return _FileContent(self._image.size_bytes)
        if self._image.disk_format == "qcow2":
            return Qcow2Content(self._table, self._image.size_bytes)
        raise Unsupported(codes.UNSUPPORTED, what=reason("disk-format", format=self._image.disk_format))

    def _table(self, start: int, end: int) -> bytes:
        what = f"image {self._image.id} table at {start}"
        return self._attempt.with_retries(lambda: self._range(start, end), what=what)

    def _range(self, start: int, end: int, counted: Callable[[int], None] = lambda _: None) -> bytes:
        """Bytes [start, end) of the image's file. Raises TransientError for any other number of bytes."""
        chunks: list[bytes] = []
        size = 0
        with self._images.read(self._image.id, start, end) as body:
            for chunk in body:
                chunks.append(chunk)
                size += len(chunk)
                counted(len(chunk))
        if size != end - start:
            raise TransientError(
                codes.CLOUD_UNAVAILABLE, what=f"{size} of {end - start} bytes of image {self._image.id} came"
            )
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)
