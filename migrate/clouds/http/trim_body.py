"""Cuts a body to the requested bytes: a server may send more."""

from collections.abc import Iterable, Iterator

from migrate.errors import TransientError
from migrate.messages import codes


def exactly(chunks: Iterable[bytes], skip: int, want: int | None, url: str) -> Iterator[bytes]:
    """`chunks` without the first `skip` bytes, and at most `want` bytes. Raises TransientError if there are fewer."""
    left = want
    for chunk in chunks:
        if skip >= len(chunk):
            skip -= len(chunk)
            continue
        piece = chunk[skip:] if skip else chunk
        skip = 0
        if left is not None:
            piece = piece[:left]
            left -= len(piece)
        yield piece
        if left == 0:
            return
    if left or skip:
        raise TransientError(codes.CLOUD_UNAVAILABLE, what="fewer bytes than asked for", url=url, missing=left or skip)
