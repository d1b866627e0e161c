"""The format of an object in an encrypted store (docs/formats/store.md). Pure: bytes in, bytes out.

    object:  head, segments
    head:    SEALED, id of the key, salt, length of the plain bytes
    segment: up to 64 KiB of them by AES-256-GCM, with its tag; all but the last are full, and there is at least one

An object's key is derived from the store's key and the salt. The nonce of a segment is its number, plus a flag for the
last one; head and name are authenticated with each. So a segment cannot be changed, left out, added, moved or used in
another object.
"""

import struct
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from cryptography.exceptions import InvalidTag

from migrate.disks.store.encryption_key import StoreKey
from migrate.disks.store.object_names import SEALED

_HEAD = struct.Struct(">8s8s32sQ")
HEAD_BYTES = _HEAD.size
SEGMENT_BYTES = 64 * 1024
TAG_BYTES = 16
_STORED_SEGMENT = SEGMENT_BYTES + TAG_BYTES


class Head(NamedTuple):
    """The head of an object. `size_bytes`: of the plain bytes. `raw`: the head as stored."""

    key_id: str
    salt: bytes
    size_bytes: int
    raw: bytes


def parse_head(data: bytes) -> Head | None:
    """The head; None if the data is not the start of an encrypted object."""
    raw = data[:HEAD_BYTES]
    if len(raw) < HEAD_BYTES or not raw.startswith(SEALED):
        return None
    _, key_id, salt, size_bytes = _HEAD.unpack(raw)
    return Head(key_id.hex(), salt, size_bytes, raw)


def stored_bytes(size_bytes: int) -> int:
    """The length of an object with this many plain bytes."""
    return HEAD_BYTES + size_bytes + TAG_BYTES * _count(size_bytes)


def plain_bytes(stored: int) -> int | None:
    """The number of plain bytes in an object of this length; None if no encrypted object has this length."""
    body = stored - HEAD_BYTES
    size_bytes = body - TAG_BYTES * -(-body // _STORED_SEGMENT)
    return size_bytes if size_bytes >= 0 and stored_bytes(size_bytes) == stored else None


def seal(key: StoreKey, name: str, pieces: Sequence[bytes], digest: bytes) -> list[bytes]:
    """The encrypted object with these pieces. `digest`: their SHA-256; the same content and name give the
    same bytes.
    """
    size_bytes = sum(map(len, pieces))
    salt = key.salt(name, digest)
    head = _HEAD.pack(SEALED, bytes.fromhex(key.id), salt, size_bytes)
    cipher, bound, last = key.cipher(salt), head + name.encode(), _count(size_bytes) - 1
    segments = enumerate(_segments(pieces))
    return [head, *(cipher.encrypt(_nonce(number, last), segment, bound) for number, segment in segments)]


def unseal(key: StoreKey, name: str, head: Head, body: bytes | memoryview, first: int = 0) -> Iterator[bytes | None]:
    """The plain bytes of the segments from number `first`; None for each damaged one.

    Args:  body: whole segments as stored, possibly including the object's last one.
    """
    cipher, bound, last = key.cipher(head.salt), head.raw + name.encode(), _count(head.size_bytes) - 1
    view = memoryview(body)  # slices of it cost no copy
    for number, at in enumerate(range(0, len(body), _STORED_SEGMENT), first):
        try:
            yield cipher.decrypt(_nonce(number, last), view[at : at + _STORED_SEGMENT], bound)
        except InvalidTag:
            yield None


def place(size_bytes: int, start: int, end: int) -> tuple[int, int, int]:
    """The first segment that holds bytes [start, end), and the start and end of the segments as stored."""
    first, behind = start // SEGMENT_BYTES, -(-end // SEGMENT_BYTES)
    at, end_at = HEAD_BYTES + first * _STORED_SEGMENT, HEAD_BYTES + behind * _STORED_SEGMENT
    return first, at, min(end_at, stored_bytes(size_bytes))


def _count(size_bytes: int) -> int:
    return max(1, -(-size_bytes // SEGMENT_BYTES))


def _nonce(number: int, last: int) -> bytes:
    return number.to_bytes(11, "big") + bytes([number == last])


def _segments(pieces: Iterable[bytes]) -> Iterator[bytes | memoryview]:
    """The same bytes in pieces of a segment's length, the last one shorter; at least one."""
    left = b""
    for piece in pieces:
        data = left + piece if left else piece
        whole = max(0, len(data) - 1) // SEGMENT_BYTES * SEGMENT_BYTES
        view = memoryview(data)
        yield from (view[at : at + SEGMENT_BYTES] for at in range(0, whole, SEGMENT_BYTES))
        left = data[whole:]
    yield left
