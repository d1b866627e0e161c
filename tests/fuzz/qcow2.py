"""qcow2 files: headers, tables and compressed streams, each as the capture of an image reads it."""

import random
import struct
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import islice
from typing import Any

import tenacity
import zstandard

from migrate.demo.memory import qcow2 as other
from migrate.demo.memory.sparse_disk import Disk
from migrate.disks.copy.disk_source import Span
from migrate.disks.copy.image_source import ImageSource
from migrate.disks.store.manifest import segment_count, segment_range
from migrate.model import Image
from migrate.step_attempt import Attempt
from tests.fuzz.engine import Kind
from tests.fuzz.mutate import damage, number

_MIB = 1 << 20
_LOOKED_AT = 6
"""Segments of a disk that are read: the first ones, the last, and one in between."""


def built(version: int, bits: int, size: int, *, packed: str = "", most_tables: int = 3) -> bytes:
    """A small file: every third cluster holds data, at most 24 of them, compressed or not; one is marked as zeros."""
    cluster = 1 << bits
    per_table = cluster // 8
    clusters = -(-size // cluster)
    l1_entries = max(1, -(-clusters // per_table))
    l1_at = cluster
    tables_at = l1_at + -(-l1_entries * 8 // cluster) * cluster
    tables = [[0] * per_table for _ in range(min(l1_entries, most_tables))]
    data, data_at = bytearray(), tables_at + len(tables) * cluster
    for index in [n for n in range(0, clusters, 3) if n < len(tables) * per_table][:24]:
        plain = random.Random(index).randbytes(cluster // 4).ljust(cluster, b"\x55")
        entry = (data_at + len(data)) | 1 << 63
        if packed and index % 2 == 0:
            stored = _squeezed(plain, packed)
            at = data_at + len(data)
            sectors = (at + len(stored) - 1) // 512 - at // 512
            entry = 1 << 62 | sectors << (62 - (bits - 8)) | at
            data += stored
        else:
            data += bytes(-len(data) % cluster)
            entry = (data_at + len(data)) | 1 << 63
            data += plain
        tables[index // per_table][index % per_table] = entry
    tables[0][1 % per_table] |= 1
    l1 = [(tables_at + n * cluster) | 1 << 63 if n < len(tables) else 0 for n in range(l1_entries)]
    head = struct.pack(">4sIQIIQIIQQIIQ", other.MAGIC, version, 0, 0, bits, size, 0, l1_entries, l1_at, 0, 0, 0, 0)
    if version == 3:
        head += struct.pack(">QQQIIB7x", 8 if packed == "zstd" else 0, 0, 0, 4, 112, packed == "zstd")
    body = struct.pack(f">{l1_entries}Q", *l1)
    parts = [head.ljust(cluster, b"\0"), body.ljust(tables_at - l1_at, b"\0")]
    parts += [struct.pack(f">{per_table}Q", *table) for table in tables]
    return b"".join([*parts, bytes(data)])


def _squeezed(plain: bytes, how: str) -> bytes:
    if how == "zstd":
        return zstandard.ZstdCompressor().compress(plain)
    packer = zlib.compressobj(wbits=-12)
    return packer.compress(plain) + packer.flush()


BASES = (
    built(2, 9, 200_000),
    built(3, 9, 200_000, packed="zlib"),
    built(3, 12, 3 * _MIB, packed="zlib"),
    built(3, 12, 3 * _MIB, packed="zstd"),
    built(2, 16, 9 * _MIB + 512, packed="zlib"),
    built(3, 16, 40 * _MIB),
    built(3, 9, 1 << 28, packed="zlib"),
    built(2, 9, 5 * _MIB, most_tables=200),
)


def _make(rng: random.Random) -> tuple[bytes, int]:
    """A file, and how long it is said to be: what is behind its bytes is zeros."""
    base = rng.choice(BASES)
    cluster = 1 << base[23]
    l1_at = int.from_bytes(base[40:48], "big")
    tables = [at for at in range(l1_at, min(len(base), l1_at + 3 * cluster), 8) if any(base[at : at + 8])]
    heads = [*range(24, 48, 4), *range(0, 112, 4)] if rng.random() < 0.4 else tables
    places = [*heads, *tables[:64], *rng.sample(range(l1_at, len(base)), 32)]
    case = bytearray(damage(rng, base, places, most=rng.choice((1, 2, 8))))
    is_scattered = rng.random() < 0.3
    if is_scattered:
        _scatter(rng, case, range(int.from_bytes(base[l1_at : l1_at + 8], "big") & (1 << 56) - 1, len(base), 8))
    said = (
        len(case)
        if rng.random() < (0.4 if is_scattered else 0.85)
        else rng.choice((1 << 20, 1 << 34, 1 << 44, len(case) // 2 + 1))
    )
    return bytes(case), said


def _scatter(rng: random.Random, case: bytearray, tables: Iterable[int]) -> None:
    """Entries of L2 tables that point all over the place, as no writer would leave them."""
    step = rng.choice((0, 512, 65536, 131072, 1 << 21))
    first = rng.randrange(1 << 20)
    for count, at in enumerate(islice(tables, 10_000)):
        if at + 8 <= len(case):
            host = (first + count * step) & 0x00FFFFFFFFFFFE00 if rng.random() < 0.9 else number(rng, 8)
            struct.pack_into(">Q", case, at, host | rng.choice((0, 1 << 62, 1 << 63)))


class File:
    """The source's image service, with one file."""

    def __init__(self, data: bytes, size: int) -> None:
        self._data, self._size = data, size

    @contextmanager
    def read(self, image_id: str, start: int = 0, end: int | None = None) -> Iterator[Iterator[bytes]]:
        end = min(self._size if end is None else end, self._size)
        yield iter([self._data[start:end].ljust(max(0, end - start), b"\0")])


def _attempt(case: tuple[bytes, int]) -> None:
    data, size = case
    image = Image(id="i", name="i", status="active", disk_format="qcow2", size_bytes=size)
    files: Any = File(data, size)
    source = ImageSource(files, image, "disk", Attempt(wait=tenacity.wait_none()))
    count = segment_count(source.size_bytes)
    chosen = sorted({*range(min(count, _LOOKED_AT - 2)), count // 2, count - 1} & set(range(count)))
    answers: dict[int, bytes] = {}
    for index in chosen:
        start, end = segment_range(source.size_bytes, index)
        answers[start] = source.read(Span(start, end, source.pieces(start, end)), lambda size: None)
        assert len(answers[start]) == end - start, "a piece of another length"
    if size == len(data) and source.size_bytes <= 64 * _MIB:
        _agree(data, answers)


def _agree(data: bytes, answers: dict[int, bytes]) -> None:
    """With the other reader, which knows no zstd, where both can read it."""
    if data[7] == 3 and data[72:80] != bytes(8):
        return
    file = Disk(len(data))
    file.write(0, data)
    with suppress(ValueError):
        disk = other.read(file)
        for start, found in answers.items():
            assert found == disk.read(start, len(found)), "two readers of one file differ"


KINDS = {"qcow2": Kind(_make, _attempt, cases=25_000, few=100)}
