"""The format of packs and of the copies of their indexes (docs/formats/store.md). Pure: bytes in, bytes out.

    pack:  MAGIC, frames, index, footer        name: the SHA-256 of all of it
    index: one entry for each frame, in order: digest, stored bytes, plain bytes
    footer: length of MAGIC and frames, length of the index, SHA-256 over both lengths and the index, END
    copy:  COPY, the pack's name, index, footer

A frame is zstd, or the plain bytes if zstd does not save space: then its two lengths are equal.
"""

import hashlib
import struct
from dataclasses import dataclass, field
from typing import NamedTuple

from migrate.disks.store.compression import plain
from migrate.disks.store.manifest import CHUNK_BYTES
from migrate.errors import IntegrityError
from migrate.messages import codes

MAGIC = b"DECAMPK1"
END = b"KPMACED1"
COPY = b"DECAMPI1"
_ENTRY = struct.Struct(">32sII")
_FOOTER = struct.Struct(">QQ32s8s")
_LENGTHS = struct.Struct(">QQ")
ENTRY_BYTES = _ENTRY.size
FOOTER_BYTES = _FOOTER.size
_JOINED = 64
LIKELY_TAIL_BYTES = 64 * 1024
"""The first read at a pack's end: it holds index and footer of a pack of normal size."""


MOST_PACK_BYTES = 32 * 1024 * 1024
MOST_CONTENT_BYTES = 1024 * CHUNK_BYTES
"""A pack is sealed at this size, or once it represents this many bytes of content."""


class Entry(NamedTuple):
    """A chunk in a pack: `stored_bytes` at `at`."""

    digest: bytes
    at: int
    stored_bytes: int
    plain_bytes: int


@dataclass(frozen=True)
class Pack:
    """A sealed pack: `pieces` joined are its bytes; the last piece, `tail`, is index and footer."""

    id: str
    pieces: list[bytes]
    tail: bytes
    size_bytes: int
    entries: list[Entry]

    @property
    def copy(self) -> bytes:
        return copy_of(self.id, self.tail)


@dataclass
class PackBuilder:
    """A pack that is still being filled."""

    frames: list[bytes] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    body_bytes: int = len(MAGIC)

    def add(self, digest: bytes, frame: bytes, plain_bytes: int) -> None:
        self.entries.append(Entry(digest, self.body_bytes, len(frame), plain_bytes))
        self.frames.append(frame)
        self.body_bytes += len(frame)

    def seal(self) -> Pack:
        """Returns the finished pack and empties the builder. Joins frames, as each piece has a sending cost."""
        tail = _tail(self.body_bytes, self.entries)
        pieces, whole = [MAGIC], hashlib.sha256()
        while self.frames:
            pieces.append(b"".join(self.frames[:_JOINED]))
            del self.frames[:_JOINED]  # frames should not be in memory twice for long
        pieces.append(tail)
        for piece in pieces:
            whole.update(piece)
        return Pack(whole.hexdigest(), pieces, tail, self.body_bytes + len(tail), self.entries)


def copy_of(pack_id: str, tail: bytes) -> bytes:
    """The copy of a pack's index, with the pack's id, so that a copy under a wrong name is detected."""
    return COPY + bytes.fromhex(pack_id) + tail


def copy_bytes(chunks: int) -> int:
    """The length of the index copy for a pack with this many chunks."""
    return len(COPY) + 32 + chunks * ENTRY_BYTES + FOOTER_BYTES


def parse_copy(copy: bytes, pack_id: str) -> tuple[list[Entry], int]:
    """Like `parse_tail`, for a copy. Also raises if the copy belongs to another pack."""
    head = COPY + bytes.fromhex(pack_id)
    if not copy.startswith(head):
        raise _damaged(pack_id, "the copy of its index is another's")
    return parse_tail(copy[len(head) :], pack_id)


def parse_tail(tail: bytes, pack_id: str) -> tuple[list[Entry], int]:
    """The entries and the expected length of a pack, from its index and footer.

    Raises: IntegrityError DCP-422: they are damaged.
    """
    if len(tail) < FOOTER_BYTES:
        raise _damaged(pack_id, "its index is cut short")
    body_bytes, index_bytes, digest, end = _FOOTER.unpack(tail[-FOOTER_BYTES:])
    index = tail[:-FOOTER_BYTES]
    lengths = _LENGTHS.pack(body_bytes, index_bytes)
    is_cut = len(index) != index_bytes or index_bytes % ENTRY_BYTES
    if end != END or is_cut or hashlib.sha256(lengths + index).digest() != digest:
        raise _damaged(pack_id, "its index is not whole")
    entries, at = [], len(MAGIC)
    for chunk, stored, plain_bytes in _ENTRY.iter_unpack(index):
        if not 0 < stored <= plain_bytes <= CHUNK_BYTES:
            # A damaged size must not demand more memory than a chunk.
            raise _damaged(pack_id, "its index names a chunk of no such size")
        entries.append(Entry(chunk, at, stored, plain_bytes))
        at += stored
    if at != body_bytes:
        raise _damaged(pack_id, "its index does not fit its length")
    return entries, body_bytes + len(tail)


def tail_bytes(end: bytes, pack_id: str, pack_bytes: int) -> int:
    """The length of index and footer, from a pack's last bytes. Raises IntegrityError DCP-422."""
    if len(end) < FOOTER_BYTES:
        raise _damaged(pack_id, "it is cut short")
    body_bytes, index_bytes, _, magic = _FOOTER.unpack(end[-FOOTER_BYTES:])
    if magic != END or body_bytes + index_bytes + FOOTER_BYTES != pack_bytes:
        raise _damaged(pack_id, "it does not end as a pack does")
    return int(index_bytes) + FOOTER_BYTES


def unsound(data: bytes, entries: list[Entry]) -> list[bytes]:
    """Digests of chunks that are damaged in these bytes of a pack. Even a pack that matches its name may have some:
    memory can fail between computing a chunk's digest and its frame.
    """
    return [entry.digest for entry in entries if not _is_sound(data, entry)]


def _is_sound(data: bytes, entry: Entry) -> bool:
    chunk = plain(data[entry.at : entry.at + entry.stored_bytes], entry.plain_bytes)
    return chunk is not None and hashlib.sha256(chunk).digest() == entry.digest


def _tail(body_bytes: int, entries: list[Entry]) -> bytes:
    index = b"".join(_ENTRY.pack(entry.digest, entry.stored_bytes, entry.plain_bytes) for entry in entries)
    digest = hashlib.sha256(_LENGTHS.pack(body_bytes, len(index)) + index).digest()
    return index + _FOOTER.pack(body_bytes, len(index), digest, END)


def _damaged(pack_id: str, why: str) -> IntegrityError:
    return IntegrityError(codes.BYTES_DIFFER, what=f"pack {pack_id}: {why}")
