"""The source of a capture: disk bytes, and the mapping from disk ranges to stored ranges."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Piece:
    """`size` bytes of content at `at`, stored in the file as `stored` bytes at `host`.

    `stored` differs from `size` only for compressed clusters.
    """

    at: int
    size: int
    host: int
    stored: int
    compressed: bool = False


@dataclass(frozen=True)
class Span:
    """Bytes [start, end) of the content and their pieces; bytes without a piece are zero."""

    start: int
    end: int
    pieces: list[Piece]


class DiskSource(Protocol):
    """The bytes for a capture: an image's file, the disk inside it, or a device.

    Repeated reads of a range give the same bytes: the content is frozen during the capture.
    """

    @property
    def size_bytes(self) -> int:
        """The length of the content. May read tables, and then raises the same errors as `pieces`."""

    def pieces(self, start: int, end: int) -> list[Piece]:
        """The pieces of [start, end); none for ranges that the source's tables mark as zeros.

        Called from one thread, in ascending order; may read tables, and start to read ahead.
        Raises: Unsupported, IntegrityError: unsupported tables.  TransientError: several attempts failed.
        """

    def read(self, span: Span, counted: Callable[[int], None]) -> bytes:
        """The plain bytes of the span; calls `counted` with the bytes received. Thread-safe.

        Raises: TransientError: too few bytes; the caller retries.  IntegrityError: invalid content.
        """


GAP_BYTES = 64 * 1024
"""Pieces no farther apart than this in the file are read with one request: cheaper than another round trip."""


MOST_RANGE_BYTES = 16 << 20
"""The limit for one request: a table may refer to tiny clusters all over the file."""


def coalesced(pieces: list[Piece]) -> list[tuple[int, int, list[Piece]]]:
    """File ranges (start, end, their pieces) that hold all pieces, merged where sensible, in order."""
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
    """Bytes [start, end) assembled from parts (position, bytes) in ascending order; gaps become zeros."""
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
