"""Reads a disk back at the target, in pieces, with independent code for images, qcow2 and devices.

A raw image is digested as it arrives; a qcow2 file is saved first, because its tables may be anywhere.

Source: QEMU docs/interop/qcow2.rst.
"""

import os
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path
from typing import BinaryIO

from migrate.clouds.ports import Images
from migrate.errors import IntegrityError, ItemError, ReadBackDamaged, TransientError, Unsupported
from migrate.messages import codes
from migrate.monitor import StopFlag
from migrate.units import KIB, MIB
from migrate.verify.disks.chunk_digests import Piece, is_zero

PLAIN_FORMATS = frozenset({"raw", "iso"})
"""Disk formats whose file is the disk itself."""

_BLOCK = 64 * KIB
_READ_BYTES = MIB
_RETRIES = 5

_HEADER = struct.Struct(">4sIQIIQIIQQIIQ")
_FEATURES = struct.Struct(">QQQII")
_OFFSET = 0x00FFFFFFFFFFFE00
_COMPRESSED = 1 << 62
_READS_AS_ZERO = 1
_DIRTY = 1  # refcounts may be stale, but the mapping is valid
_CORRUPT = 2


def image_bytes(
    images: Images, image_id: str, size_bytes: int, *, stop: StopFlag, advanced: Callable[[int], None]
) -> Iterator[bytes]:
    """The image's file from first byte to last; resumes after a broken connection.

    Raises: TransientError after five interruptions without progress.  IntegrityError DCP-707: more or fewer bytes than
            the image's size.
    """
    at = tries = 0
    while at < size_bytes:
        try:
            with images.read(image_id, at) as chunks:
                for chunk in chunks:
                    stop.check()
                    at, tries = at + len(chunk), 0
                    advanced(len(chunk))
                    yield chunk
            break
        except TransientError:
            tries += 1
            if tries > _RETRIES:
                raise
            stop.wait(0.3 * 2**tries)
            stop.check()
    if at != size_bytes:
        raise ReadBackDamaged(codes.READ_BACK_DAMAGED, id=image_id, why=f"{at} bytes came of {size_bytes}")


def path_size(path: Path) -> int:
    """The length of a device or file. Raises ItemError DCP-418: it cannot be read."""
    with _readable(path) as file:
        return file.seek(0, os.SEEK_END)


def path_bytes(path: Path, *, stop: StopFlag, advanced: Callable[[int], None]) -> Iterator[bytes]:
    """A device or file from first byte to last, read from the storage itself: drops this machine's cache first.

    Raises: ItemError DCP-418: it cannot be read.
    """
    with _readable(path) as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        while data := file.read(_READ_BYTES):
            stop.check()
            advanced(len(data))
            yield data


@contextmanager
def path_places(path: Path) -> Iterator[Callable[[int, int], bytes]]:
    """Reads single places of a device or file from the storage itself, by position and size.

    Raises: ItemError DCP-418: it cannot be read.
    """
    with _readable(path) as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        # What lies around a place was not written, and is not read ahead.
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_RANDOM)

        def read(at: int, size: int) -> bytes:
            return os.pread(file.fileno(), size, at)

        yield read


@contextmanager
def _readable(path: Path) -> Iterator[FileIO]:
    try:
        with path.open("rb", buffering=0) as file:
            yield file
    except OSError as err:
        raise ItemError(codes.DEVICE_UNUSABLE, path=str(path), why=err.strerror or str(err)) from err


def spool(chunks: Iterable[bytes], file: BinaryIO) -> int:
    """Writes the chunks in order, zero blocks as holes; returns the length. Raises OSError: the disk is full."""
    at = 0
    for chunk in chunks:
        for start in range(0, len(chunk), _BLOCK):
            block = chunk[start : start + _BLOCK]
            if not is_zero(block):
                file.seek(at)
                file.write(block)
            at += len(block)
    file.truncate(at)
    file.flush()
    return at


class Qcow2File:
    """The disk inside a qcow2 file, versions 2 and 3, plain and zlib clusters.

    Raises: Unsupported DCP-706: backing file, encryption, external data, other compression, extended L2 entries.
            IntegrityError DCP-707: damaged.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._file_bytes = file.seek(0, 2)
        raw = self._at(0, 104)
        if len(raw) < _HEADER.size or raw[:4] != b"QFI\xfb":
            raise _damaged("no qcow2 header")
        (_, self._version, backing, _, bits, self.size_bytes, crypt, l1_entries, l1_at, *_) = _HEADER.unpack_from(raw)
        if self._version not in (2, 3):
            raise Unsupported(codes.READ_BACK_FORMAT, format=f"qcow2 version {self._version}")
        if not 9 <= bits <= 21:
            raise _damaged(f"cluster bits {bits}")
        if backing or crypt:
            raise Unsupported(
                codes.READ_BACK_FORMAT, format="qcow2 with a backing file" if backing else "encrypted qcow2"
            )
        if self._version == 3:
            self._check_features(raw)
        self._bits, self._cluster = bits, 1 << bits
        self._per_table = self._cluster // 8
        tables = -(-self.size_bytes // (self._cluster * self._per_table))
        if tables > l1_entries:
            raise _damaged(f"an L1 table of {l1_entries} entries for {tables}")
        self._l1 = self._table(l1_at, tables)

    def pieces(self) -> Iterator[Piece]:
        """The disk from first byte to last; neighbouring clusters of zeros are one piece."""
        cluster, zeros = self._cluster, 0
        span = cluster * self._per_table
        for number, entry in enumerate(self._l1):
            left = self.size_bytes - number * span
            if not entry & _OFFSET:
                zeros += min(span, left)
                continue
            for mapping in self._table(entry & _OFFSET, self._per_table):
                if left <= 0:
                    break
                data = self._data(mapping) if mapping else None
                if data is None:
                    zeros += cluster if left > cluster else left
                else:
                    if zeros:
                        yield zeros
                        zeros = 0
                    yield data[:left]
                left -= cluster
        if zeros:
            yield zeros

    def _data(self, mapping: int) -> bytes | None:
        """The bytes of one cluster; None if it reads as zeros."""
        if mapping & _COMPRESSED:
            return self._inflated(mapping)
        if not mapping & _OFFSET or (self._version == 3 and mapping & _READS_AS_ZERO):
            return None
        data = self._at(mapping & _OFFSET, self._cluster)
        if not data:
            raise _damaged(f"a cluster at {mapping & _OFFSET} lies behind the end")
        return data.ljust(self._cluster, b"\0")  # QEMU may truncate the last cluster of a file

    def _inflated(self, mapping: int) -> bytes:
        shift = 62 - (self._bits - 8)
        at = mapping & ((1 << shift) - 1)
        sectors = ((mapping & (_COMPRESSED - 1)) >> shift) + 1
        try:
            data = zlib.decompressobj(-12).decompress(self._at(at, sectors * 512 - at % 512), self._cluster)
        except zlib.error as err:
            raise _damaged(f"a compressed cluster at {at}: {err}") from err
        if len(data) != self._cluster:
            raise _damaged(f"a compressed cluster at {at} of {len(data)} bytes")
        return data

    def _check_features(self, raw: bytes) -> None:
        if len(raw) < 104:
            raise _damaged("the header ends early")
        incompatible, *_ = _FEATURES.unpack_from(raw, 72)
        if incompatible & _CORRUPT:
            raise _damaged("the file is flagged as corrupt")
        if incompatible & ~(_DIRTY | _CORRUPT):
            raise Unsupported(codes.READ_BACK_FORMAT, format=f"qcow2 with features {incompatible:#x}")

    def _table(self, at: int, entries: int) -> tuple[int, ...]:
        raw = self._at(at, entries * 8)
        if len(raw) < entries * 8:
            raise _damaged(f"a table at {at} ends behind the file")
        return struct.unpack(f">{entries}Q", raw)

    def _at(self, offset: int, length: int) -> bytes:
        self._file.seek(offset)
        return self._file.read(length)


def _damaged(why: str) -> IntegrityError:
    return ReadBackDamaged(codes.READ_BACK_DAMAGED, id="qcow2", why=why)
