"""What a capture reads from: a source of disk bytes, and how ranges of the disk map to what holds them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol


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


class DiskSource(Protocol):
    """The bytes that a capture reads: an image's file, the disk inside it, or a device.

    Reading the same range again gives the same bytes: whatever it reads is frozen for as long as the capture lasts.
    """

    @property
    def size_bytes(self) -> int:
        """Length of the content. May read tables, so that it raises what `pieces` raises."""

    def pieces(self, start: int, end: int) -> list[Piece]:
        """What [start, end) of the content is made of; nothing where the source's own tables say that it is zeros.

        Called from one thread, in rising order; may read tables, and begin to read ahead.
        Raises: Unsupported, IntegrityError: tables that we do not read.  TransientError: still, after several attempts.
        """

    def read(self, span: Span, counted: Callable[[int], None]) -> bytes:
        """The plain bytes of the span, all of them; `counted` is told of bytes as they come. Safe from any thread.

        Raises: TransientError: they came short; the caller asks again.  IntegrityError: what came is no such content.
        """


GAP_BYTES = 64 * 1024
"""Pieces that lie no farther apart than this in the file are read in one request: cheaper than another round trip."""


MOST_RANGE_BYTES = 16 << 20
"""Of one request: a table may name clusters of a few bytes each, all over the file."""


def coalesced(pieces: list[Piece]) -> list[tuple[int, int, list[Piece]]]:
    """Ranges (start, end, pieces in them) of the file that hold all pieces, as few as is sensible, by place."""
    ranges: list[tuple[int, int, list[Piece]]] = []
    for piece in sorted(pieces, key=lambda p: (p.host, p.at)):
        end = piece.host + piece.stored
        start, last, inside = ranges[-1] if ranges else (0, 0, [])
        if inside and piece.host <= last + GAP_BYTES and end - start <= MOST_RANGE_BYTES:
            inside.append(piece)
            ranges[-1] = (start, max(last, end), inside)
        else:
            ranges.append((piece.host, end, [piece]))
    return ranges


def joined(start: int, end: int, found: Iterable[tuple[int, bytes | memoryview]]) -> bytes:
    """Bytes [start, end) out of parts (place, bytes) in rising order; zeros between them."""
    parts: list[bytes | memoryview] = []
    at = start
    for place, plain in found:
        if place > at:
            parts.append(bytes(place - at))
        parts.append(plain)
        at = place + len(plain)
    if at < end:
        parts.append(bytes(end - at))
    first = parts[0] if len(parts) == 1 else None
    return first if isinstance(first, bytes) else b"".join(parts)
