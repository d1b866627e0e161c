"""Reads the disk inside a qcow2 file through ranged reads: header, L1, and L2 tables as needed.

Holes cost no data request. Only a few tables are cached, so that memory use does not grow with the disk.

Source: QEMU docs/interop/qcow2.rst.
"""

import struct
import sys
import zlib
from array import array
from collections import OrderedDict
from collections.abc import Callable
from itertools import takewhile

from migrate.disks.copy.disk_source import Piece
from migrate.errors import IntegrityError, Unsupported
from migrate.messages import codes
from migrate.messages.reason import reason

ReadRange = Callable[[int, int], bytes]
"""Reads bytes [start, end) of the file, with retries."""

MAGIC = b"QFI\xfb"
_HEADER_2 = struct.Struct(">4sIQIIQIIQQIIQ")
_HEADER_3 = struct.Struct(">QQQII")  # fields of version 3: feature bits, refcount order, header length
_COMPRESSION_TYPE_AT = 104
_HEAD_BYTES = 512

_OFFSET = 0x00FFFFFFFFFFFE00
_COMPRESSED = 1 << 62
_ZERO = 1

_DIRTY, _CORRUPT, _EXTERNAL, _COMPRESSION, _EXTENDED_L2 = (1 << bit for bit in range(5))
_REFUSED = {
    _EXTERNAL: "qcow2-external-data",
    _EXTENDED_L2: "qcow2-extended-l2",
    _COMPRESSION: "qcow2-compression",
}

_ZLIB, _ZSTD = 0, 1
_MOST_WINDOW_BYTES = 8 << 20  # the limit for all zstd decoders; QEMU's frames need 2 MiB

_MOST_L1_BYTES = 32 << 20  # the same limit as QEMU's
_MOST_DISK_BYTES = 1 << 50

_RUN_BYTES = 1 << 20
_WINDOW_BYTES = 4 << 20


class Qcow2Content:
    """The disk inside a qcow2 file of `file_bytes`; supports clusters compressed with zlib or zstd.

    Raises: Unsupported DCP-415: not qcow2, backing file, encryption, external data, extended L2, or too large.
            IntegrityError DCP-422: a table or cluster is past the end of the file.
    """

    def __init__(self, read: ReadRange, file_bytes: int) -> None:
        self._read = read
        self._file_bytes = file_bytes
        head = read(0, min(_HEAD_BYTES, file_bytes))
        self._bits, self.size_bytes, l1_at, l1_entries = _parse_header(head)
        self._unpack = _unzstd if _compression(head) == _ZSTD else _inflate
        self._cluster = 1 << self._bits
        self._per_table = self._cluster // 8
        if self.size_bytes > _MOST_DISK_BYTES:
            raise Unsupported(codes.UNSUPPORTED, what=reason("qcow2-too-large", size=self.size_bytes))
        needed = -(-self.size_bytes // (self._cluster * self._per_table))
        if l1_entries < needed:
            raise IntegrityError(
                codes.BYTES_DIFFER, what=f"a qcow2 file whose L1 table has {l1_entries} of {needed} entries"
            )
        if needed * 8 > _MOST_L1_BYTES:
            raise Unsupported(codes.UNSUPPORTED, what=reason("qcow2-too-large", size=self.size_bytes))
        self._l1 = array("Q", (entry & _OFFSET for entry in self._entries(l1_at, needed)))
        self._tables: OrderedDict[int, array[int]] = OrderedDict()
        self._window = max(1, _WINDOW_BYTES // self._cluster)

    def pieces(self, start: int, end: int) -> list[Piece]:
        """The pieces of a range; consecutive clusters in the file form one piece."""
        found: list[Piece] = []
        at, size = start, self._cluster
        while at < end:
            number, index = divmod(at // size, self._per_table)
            behind = min(end, (number + 1) * self._per_table * size)
            if self._l1[number]:
                first = at // size
                entries = self._table(number)[index : index + -(-behind // size) - first]
                for cluster, entry in enumerate(entries, first):
                    # Most of a disk is holes.
                    if entry and (piece := self._piece(entry, max(at, cluster * size), min(end, (cluster + 1) * size))):
                        _append(found, piece)
            at = behind
        return found

    def expand(self, piece: Piece, stored: bytes) -> bytes:
        within = piece.at % self._cluster
        plain = self._unpack(stored, self._cluster)
        if len(plain) != self._cluster:
            raise IntegrityError(codes.BYTES_DIFFER, what=f"a compressed cluster at {piece.host} of the qcow2 file")
        return plain[within : within + piece.size]

    # ------------------------------------------------------------ internals

    def _piece(self, entry: int, at: int, stop: int) -> Piece | None:
        """The piece with [at, stop), which is within one cluster; None for zeros."""
        if entry & _COMPRESSED:
            return self._compressed(entry, at, stop)
        host = entry & _OFFSET
        if entry & _ZERO or not host:
            return None
        host += at % self._cluster
        # The last cluster of a file may be truncated and then reads as zeros; a cluster past the end is damage.
        size = min(stop - at, self._file_bytes - host)
        if size <= 0:
            raise IntegrityError(codes.BYTES_DIFFER, what=f"a cluster at {host} behind the end of the qcow2 file")
        return Piece(at, size, host, size)

    def _compressed(self, entry: int, at: int, stop: int) -> Piece:
        shift = 62 - (self._bits - 8)
        host = entry & ((1 << shift) - 1)
        sectors = ((entry & (_COMPRESSED - 1)) >> shift) + 1
        end = min(host // 512 * 512 + sectors * 512, self._file_bytes)
        if end <= host:
            raise IntegrityError(codes.BYTES_DIFFER, what=f"a cluster at {host} behind the end of the qcow2 file")
        return Piece(at, stop - at, host, end - host, compressed=True)

    def _table(self, number: int) -> "array[int]":
        """An L2 table; reads it together with the tables that closely follow it in the file."""
        if number not in self._tables:
            self._load(number)
        return self._tables[number]

    def _load(self, number: int) -> None:
        first = self._l1[number]
        behind = range(number, min(number + self._window, len(self._l1)))
        run = list(takewhile(lambda n: self._in_run(first, self._l1[n]), behind))
        last = max(self._l1[n] for n in run)
        raw = self._raw(first, last + self._cluster - first)
        for n in run:
            if at := self._l1[n]:
                self._tables[n] = _numbers(raw[at - first : at - first + self._cluster])
        while len(self._tables) > self._window:
            self._tables.popitem(last=False)

    def _in_run(self, first: int, at: int) -> bool:
        """Whether the table is a hole, or follows the first one closely enough for the same read."""
        return at in (0, first) or first < at <= first + _RUN_BYTES - self._cluster

    def _entries(self, at: int, entries: int) -> "array[int]":
        return _numbers(self._raw(at, entries * 8))

    def _raw(self, at: int, size: int) -> bytes:
        if at + size > self._file_bytes:
            raise IntegrityError(codes.BYTES_DIFFER, what=f"a table at {at} behind the end of the qcow2 file")
        return self._read(at, at + size) if size else b""


def _numbers(raw: bytes) -> "array[int]":
    """Big-endian 64-bit numbers, with eight bytes each in memory too."""
    numbers = array("Q", raw)
    if sys.byteorder == "little":
        numbers.byteswap()
    return numbers


def _append(found: list[Piece], piece: Piece) -> None:
    """Appends a piece, or extends the last one if both are consecutive in file and disk."""
    if found and not piece.compressed:
        last = found[-1]
        if not last.compressed and last.at + last.size == piece.at and last.host + last.stored == piece.host:
            size = last.size + piece.size
            found[-1] = Piece(last.at, size, last.host, size)
            return
    found.append(piece)


def _parse_header(head: bytes) -> tuple[int, int, int, int]:
    """Cluster bits, disk size, position and length of the L1 table. Raises Unsupported."""
    if len(head) < _HEADER_2.size or head[:4] != MAGIC:
        raise Unsupported(codes.UNSUPPORTED, what="qcow2-not-one")
    _, version, backing, _, bits, size, crypt, l1_entries, l1_at, *_ = _HEADER_2.unpack_from(head)
    if version not in (2, 3):
        raise Unsupported(codes.UNSUPPORTED, what=reason("qcow2-version", version=version))
    if not 9 <= bits <= 21:
        # Two to the power of a damaged number would take hundreds of MiB.
        raise Unsupported(
            codes.UNSUPPORTED, what=reason("qcow2-clusters", size=1 << bits) if bits < 64 else "qcow2-not-one"
        )
    if backing:
        raise Unsupported(codes.UNSUPPORTED, what="qcow2-backing-file")
    if crypt:
        raise Unsupported(codes.UNSUPPORTED, what="qcow2-encrypted")
    if version == 3:
        _refuse_features(head)
    return bits, size, l1_at, l1_entries


def _refuse_features(head: bytes) -> None:
    if len(head) < _HEADER_2.size + _HEADER_3.size:
        raise Unsupported(codes.UNSUPPORTED, what="qcow2-not-one")
    features, *_ = _HEADER_3.unpack_from(head, _HEADER_2.size)
    features &= ~(_DIRTY | _CORRUPT)  # only relevant for writing: refcounts are not read here
    if _compression(head) in {_ZLIB, _ZSTD}:
        features &= ~_COMPRESSION
    for bit, what in _REFUSED.items():
        if features & bit:
            raise Unsupported(codes.UNSUPPORTED, what=what)
    if features:
        raise Unsupported(codes.UNSUPPORTED, what=reason("qcow2-features", features=f"{features:#x}"))


def _compression(head: bytes) -> int:
    """The header's compression type; zlib if the header is too short for one, or its features do not mention one."""
    if head[7] < 3 or len(head) <= _COMPRESSION_TYPE_AT:
        return _ZLIB
    features, *_, header_length = _HEADER_3.unpack_from(head, _HEADER_2.size)
    named = features & _COMPRESSION and header_length > _COMPRESSION_TYPE_AT
    return head[_COMPRESSION_TYPE_AT] if named else _ZLIB


def _inflate(stored: bytes, size: int) -> bytes:
    """`size` plain bytes; fewer if the data is damaged. Ignores the padding of the last sector."""
    try:
        return zlib.decompressobj(-12).decompress(stored, size)
    except zlib.error:
        return b""


def _unzstd(stored: bytes, size: int) -> bytes:
    """Like `_inflate`, for zstd. A cluster may consist of several frames."""
    import zstandard

    unpack = zstandard.ZstdDecompressor(max_window_size=_MOST_WINDOW_BYTES)
    try:
        return unpack.stream_reader(stored, read_across_frames=True).read(size)
    except zstandard.ZstdError:
        return b""
