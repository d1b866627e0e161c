"""Digests of a disk's chunks as read at the target, and comparison with those in the store. Pure.

A disk is a sequence of pieces: bytes, or an int for that many zero bytes.
"""

import hashlib
from collections.abc import Iterable, Iterator
from itertools import repeat

from migrate.disks.store.manifest import CHUNK_BYTES, ZERO_DIGEST, DiskManifest
from migrate.errors import IntegrityError
from migrate.messages import codes
from migrate.units import MIB

Piece = bytes | int
"""Bytes of a disk, or a number of zero bytes."""

_ZEROS = bytes(MIB)
_MOST_RANGES = 100


def is_zero(data: bytes) -> bool:
    """Whether all bytes are zero."""
    if len(data) <= MIB:
        return _ZEROS.startswith(data)
    return all(_ZEROS.startswith(data[at : at + MIB]) for at in range(0, len(data), MIB))


def chunk_digests(pieces: Iterable[Piece], disk_bytes: int) -> Iterator[tuple[bytes, int]]:
    """Digest and length of each chunk; also split at `disk_bytes`, where the target may continue after the disk."""
    at, size, parts = 0, 0, list[Piece]()
    for read in pieces:
        # A disk is mostly zeros: many chunks of them are passed over at once.
        piece = len(read) if isinstance(read, bytes) and is_zero(read) else read
        start, length = 0, piece if isinstance(piece, int) else len(piece)
        while start < length:
            room = CHUNK_BYTES if at + CHUNK_BYTES <= disk_bytes or at >= disk_bytes else disk_bytes - at
            take = min(room - size, length - start)
            if take == room:  # nearly always: the whole chunk is in this piece
                if isinstance(piece, int):
                    here = length - start if at >= disk_bytes else min(length - start, disk_bytes - at)
                    chunks = max(1, here // CHUNK_BYTES)  # a hole often has many
                    yield from repeat((ZERO_DIGEST, take), chunks)
                    take *= chunks
                else:
                    yield _digest([piece[start : start + take]]), take
                start, at = start + take, at + take
                continue
            parts.append(take if isinstance(piece, int) else piece[start : start + take])
            start, size = start + take, size + take
            if size == room:
                yield _digest(parts), size
                at, size, parts = at + size, 0, []
    if parts:
        yield _digest(parts), size


def differing_ranges(
    manifest: DiskManifest, wanted: Iterable[bytes], found: Iterable[tuple[bytes, int]]
) -> tuple[str, ...]:
    """Ranges of the target that differ from the capture; zeros are expected after the disk's end.

    Neighbours are joined: `bytes 4194304-8388607`; of many, the first hundred and the end of the last one.
    Raises: IntegrityError DCP-708: the number of digests does not match the disk.
    """
    digests, ranges, at, disk_bytes = iter(wanted), _Ranges(), 0, manifest.size_bytes
    for digest, size in found:
        want = next(digests, None) if at < disk_bytes else ZERO_DIGEST
        if digest != want:
            if want is None:
                raise IntegrityError(codes.MANIFEST_CONTRADICTS, disk=manifest.disk)
            ranges.add(at, at + size)
        elif size != CHUNK_BYTES and at + size < disk_bytes:  # cut short
            ranges.add(at, at + size)
        at += size
    if at < disk_bytes:
        ranges.add(at, disk_bytes)
    elif next(digests, None) is not None:
        raise IntegrityError(codes.MANIFEST_CONTRADICTS, disk=manifest.disk)
    return ranges.named()


class _Ranges:
    """Ascending ranges with neighbours joined. Stores a limited number."""

    def __init__(self) -> None:
        self._kept: list[tuple[int, int]] = []
        self._count = self._end = 0

    def add(self, start: int, end: int) -> None:
        if self._count and start == self._end:
            if self._count <= _MOST_RANGES:
                self._kept[-1] = (self._kept[-1][0], end)
        else:
            self._count += 1
            if self._count <= _MOST_RANGES:
                self._kept.append((start, end))
        self._end = end

    def named(self) -> tuple[str, ...]:
        named = tuple(f"bytes {start}-{end - 1}" for start, end in self._kept)
        more = self._count - len(self._kept)
        return (*named, f"and {more} more ranges up to byte {self._end - 1}") if more else named


def _digest(parts: list[Piece]) -> bytes:
    if all(isinstance(part, int) or is_zero(part) for part in parts):
        return ZERO_DIGEST
    digest = hashlib.sha256()
    for part in parts:
        digest.update(_ZEROS[:part] if isinstance(part, int) else part)
    return digest.digest()
