"""Ranged reads of an image's file, and how a disk's segments map to them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from migrate.clouds.ports import Images
from migrate.errors import TransientError


@dataclass(frozen=True)
class Piece:
    """`size` bytes of the content from `at` on, and where the file holds them: `stored` bytes from `host` on.

    `stored` differs from `size` for compressed clusters alone.
    """

    at: int
    size: int
    host: int
    stored: int
    compressed: bool = False


@dataclass(frozen=True)
class Span:
    """Bytes [start, end) of the content and the pieces that it is made of; what no piece covers is zero."""

    start: int
    end: int
    pieces: list[Piece]


class Content(Protocol):
    """What a capture reads: the file itself, or the disk inside it."""

    size_bytes: int

    def pieces(self, start: int, end: int) -> list[Piece]:
        """What [start, end) of the content is made of. Called from one thread; may read tables of the file."""

    def expand(self, piece: Piece, stored: bytes) -> bytes:
        """The plain bytes of a compressed piece. Safe from any thread."""


class FileContent:
    """The file, byte for byte: a raw image, or any image whose file is wanted as it is."""

    def __init__(self, size_bytes: int) -> None:
        self.size_bytes = size_bytes

    def pieces(self, start: int, end: int) -> list[Piece]:
        return [Piece(start, end - start, start, end - start)] if end > start else []

    def expand(self, piece: Piece, stored: bytes) -> bytes:
        return stored


def read_range(
    images: Images, image_id: str, start: int, end: int, counted: Callable[[int], None] = lambda _: None
) -> bytes:
    """Bytes [start, end) of an image's file. Raises TransientError when other than that many came."""
    chunks: list[bytes] = []
    size = 0
    with images.read(image_id, start, end) as body:
        for chunk in body:
            chunks.append(chunk)
            size += len(chunk)
            counted(len(chunk))
    if size != end - start:
        raise TransientError("DCP-503", what=f"{size} of {end - start} bytes of image {image_id} came")
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


GAP_BYTES = 64 * 1024
"""Pieces that lie no farther apart than this in the file are read in one request: cheaper than another round trip."""


def coalesced(pieces: list[Piece]) -> list[tuple[int, int, list[Piece]]]:
    """Ranges (start, end, pieces in them) of the file that hold all pieces, as few as is sensible, by place."""
    ranges: list[tuple[int, int, list[Piece]]] = []
    for piece in sorted(pieces, key=lambda p: (p.host, p.at)):
        end = piece.host + piece.stored
        if ranges and piece.host <= ranges[-1][1] + GAP_BYTES:
            start, last, inside = ranges[-1]
            ranges[-1] = (start, max(last, end), [*inside, piece])
        else:
            ranges.append((piece.host, end, [piece]))
    return ranges


def read_span(images: Images, image_id: str, content: Content, span: Span, counted: Callable[[int], None]) -> bytes:
    """The plain bytes of a span. Raises TransientError when the file's body came short."""
    found: list[tuple[int, bytes | memoryview]] = []
    for first, last, inside in coalesced(span.pieces):
        data = read_range(images, image_id, first, last, counted)
        if len(inside) == 1 and not inside[0].compressed and inside[0].size == span.end - span.start:
            return data
        view = memoryview(data)
        for piece in inside:
            stored = view[piece.host - first : piece.host - first + piece.stored]
            found.append((piece.at, content.expand(piece, bytes(stored)) if piece.compressed else stored))
    found.sort(key=lambda pair: pair[0])
    parts: list[bytes | memoryview] = []
    at = span.start
    for place, plain in found:
        parts += [bytes(place - at), plain]
        at = place + len(plain)
    return b"".join([*parts, bytes(span.end - at)])
