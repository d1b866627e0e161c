"""How much memory and time a large chunk store takes: `python -m tests.disks.store.measure WHAT [ARGUMENTS]`.

index [CHUNKS]            the index of so many chunks: 167,772,160 are 10 TiB
sparse [SIZE_GIB [DATA_GIB]]  a pass over a sparse disk into a store that keeps nothing
raw [MIB]                 how fast chunks are cut, hashed and compressed: noise, text, zeros
encrypted [MIB]           a disk stored in a folder and read back, plain and encrypted
grains IMAGE              what chunks of 64, 128 and 256 KiB of a file take, at first and after a scattered change
"""

import hashlib
import os
import random
import resource
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from migrate.clouds.folder.object_store import FolderStore
from migrate.clouds.ports import ObjectInfo
from migrate.disks.store import compression
from migrate.disks.store.chunk_index import LIVE, ChunkIndex
from migrate.disks.store.disk_store import DiskStore
from migrate.disks.store.encryption_key import StoreKey
from migrate.disks.store.manifest import CHUNK_BYTES, SEGMENT_BYTES, SEGMENT_CHUNKS, Origin, segment_count
from migrate.disks.store.pack_format import Entry
from migrate.errors import NotFound
from migrate.messages import codes
from migrate.model import ObjectEntry
from migrate.units import GIB, KIB, MIB

_CHUNKS_OF_A_PACK = 1024


@contextmanager
def measured(what: str) -> Iterator[None]:
    before, started = resource.getrusage(resource.RUSAGE_SELF), time.monotonic()
    yield
    after, took = resource.getrusage(resource.RUSAGE_SELF), time.monotonic() - started
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"{what}: {took:.1f} s, CPU {cpu:.1f} s, peak RSS {after.ru_maxrss // 1024} MiB", flush=True)


# ---------------------------------------------------------------- index


def measure_index(chunks: int = 10_000_000) -> None:
    """Made again out of packs that are all there, then grown by a tenth, pack by pack, as a capture does it."""
    made = random.Random(1)
    packs = chunks // _CHUNKS_OF_A_PACK
    kept: list[bytes] = []
    with tempfile.TemporaryDirectory() as folder:
        index = ChunkIndex(Path(folder) / "chunks.sqlite")
        with measured(f"{packs * _CHUNKS_OF_A_PACK:,} chunks read in"):
            for number in range(packs):
                entries = entries_of_a_pack(made)
                kept += [entry.digest for entry in entries[:SEGMENT_CHUNKS]] if number % 100 == 0 else []
                index.stage(made.randbytes(32).hex(), 31_000_000, entries, LIVE)
        with measured("and sorted in"):
            index.merge()
        with measured(f"{packs // 10 * _CHUNKS_OF_A_PACK:,} chunks more, one pack at a time"):
            for _ in range(packs // 10):
                index.add(made.randbytes(32).hex(), 31_000_000, entries_of_a_pack(made))
        with measured(f"{len(kept):,} chunks that are there found"):
            assert len(index.find(kept)) == len(kept)
        with measured(f"{len(kept):,} chunks that are not there not found"):
            assert not index.find(made.randbytes(32) for _ in kept)
        index.close()
        print(f"{sum(path.stat().st_size for path in Path(folder).iterdir()) / MIB:,.0f} MiB on disk")


def entries_of_a_pack(made: random.Random) -> list[Entry]:
    return [Entry(made.randbytes(32), 8 + i * 30_000, 30_000, CHUNK_BYTES) for i in range(_CHUNKS_OF_A_PACK)]


# ---------------------------------------------------------------- a sparse disk


class Nowhere:
    """An object store that remembers lengths alone."""

    multipart = None
    expiring = None
    settings = None

    def __init__(self) -> None:
        self.sizes: dict[str, int] = {}

    def put_container(self, name: str, headers: dict[str, str]) -> None: ...

    def put(self, container: str, info: ObjectInfo, chunks: Iterable[bytes]) -> str:
        self.sizes[info.name] = sum(map(len, chunks))
        return info.etag

    def entries(self, container: str, prefix: str = "", marker: str = "", until: str = "") -> Iterator[ObjectEntry]:
        for name in sorted(name for name in self.sizes if name.startswith(prefix) and name > marker):
            yield ObjectEntry(name=name, size_bytes=self.sizes[name], etag="")

    def head(self, container: str, name: str) -> ObjectInfo:
        if name not in self.sizes:
            raise NotFound(codes.GONE, kind="object", id=name)
        return ObjectInfo(name=name, size_bytes=self.sizes[name], etag="", content_type="")

    def delete(self, container: str, name: str) -> None:
        self.sizes.pop(name, None)


def numbered(base: bytearray, number: int) -> bytes:
    """Noise like no other: each chunk begins with a number of its own."""
    for at in range(SEGMENT_CHUNKS):
        base[at * CHUNK_BYTES : at * CHUNK_BYTES + 8] = (number * SEGMENT_CHUNKS + at).to_bytes(8, "big")
    return bytes(base)


def measure_sparse(size_gib: int = 1024, data_gib: int = 20) -> None:
    objects: Any = Nowhere()
    count = segment_count(size_gib * GIB)
    every = size_gib // data_gib
    base = bytearray(os.urandom(SEGMENT_BYTES))
    with tempfile.TemporaryDirectory() as folder:
        store = DiskStore(objects, "store", Path(folder))
        what = f"{size_gib} GiB with {data_gib} GiB of data"
        with measured(what), store.begin("volume:v", "o", size_gib * GIB) as writer:
            for index in range(count):
                if index % every:
                    writer.put_zeros(index)
                else:
                    writer.put(index, numbered(base, index))
            manifest = writer.seal("disk", Origin(image_id="o"))
        stored = sum(objects.sizes.values())
        print(f"{manifest.data_chunks:,} chunks, {len(manifest.tables)} tables, {stored / GIB:.2f} GiB stored")


# ---------------------------------------------------------------- rates


def measure_raw(mib: int = 512) -> None:
    kinds = {"noise": os.urandom(SEGMENT_BYTES), "text": text(SEGMENT_BYTES), "zeros": bytes(SEGMENT_BYTES)}
    for name, segment in kinds.items():
        chunks = [segment[at : at + CHUNK_BYTES] for at in range(0, SEGMENT_BYTES, CHUNK_BYTES)]
        for thrifty in (True, False):
            started, stored = time.process_time(), 0
            for _ in range(mib * MIB // SEGMENT_BYTES):
                compressor = compression.AdaptiveCompressor()
                for chunk in chunks:
                    if compression.is_zero(chunk, 0):
                        continue
                    hashlib.sha256(chunk).digest()
                    compressor = compressor if thrifty else compression.AdaptiveCompressor()
                    stored += len(compressor.frame(chunk))
            took = time.process_time() - started
            print(f"{name}, {'giving up' if thrifty else 'always trying'}: {mib / took:,.0f} MiB/s, {stored >> 20} MiB")


def measure_encrypted(mib: int = 1024, rounds: int = 3) -> None:
    """Noise, which does not shrink, and text. Who goes first changes from round to round."""
    sides = {"plain": None, "encrypted": StoreKey(os.urandom(32))}
    for kind in ("noise", "text"):
        base, count = bytearray(os.urandom(SEGMENT_BYTES) if kind == "noise" else text(SEGMENT_BYTES)), mib // 4
        for number in range(rounds):
            for side in list(sides)[:: 1 if number % 2 else -1]:
                with tempfile.TemporaryDirectory() as folder:
                    objects = FolderStore(Path(folder) / "objects", keeps_md5=False)
                    store = DiskStore(objects, "store", Path(folder), sides[side])
                    store.prepare("decamp-t-00000000-store")
                    what = f"{kind}, {mib} MiB, {side}"
                    with measured(f"{what}: stored"), store.begin("volume:v", "o", mib * MIB) as writer:
                        for index in range(count):
                            writer.put(index, numbered(base, index))
                        manifest = writer.seal("disk", Origin(image_id="o"))
                    with measured(f"{what}: read"):
                        for index in range(count):
                            store.pieces(manifest, index)
                    print(f"{sum(entry.size_bytes for entry in objects.entries('store')):,} bytes")


def text(size: int) -> bytes:
    words = [f"word{number * 7919 % 10007} " for number in range(10007)]
    made = random.Random(3)
    return "".join(made.choices(words, k=size // 7)).encode()[:size].ljust(size, b".")


def measure_grains(image: str) -> None:
    for grain in (64 * KIB, 128 * KIB, 256 * KIB):
        known: set[bytes] = set()
        started = time.process_time()
        first = _stored(_cut(Path(image), grain), known)
        took = time.process_time() - started
        places = random.Random(5)
        size = Path(image).stat().st_size
        data = [at for at, chunk in _cut_at(Path(image), 64 * KIB) if not compression.is_zero(chunk, 0)]
        changed = places.sample(data, max(1, len(data) // 100))
        told = [f"{grain // KIB} KiB: {first / MIB:.1f} MiB stored, CPU {took:.1f} s"]
        for shift in (0, 4 * KIB):
            hit = {at // grain for start in changed for at in (start + shift, min(start + shift + 64 * KIB, size) - 1)}
            made = random.Random(6)
            again = sum(
                _frame_bytes(_mixed(Path(image), number * grain, grain, changed, shift, made)) for number in hit
            )
            ratio = again / (len(changed) * 64 * KIB)
            told.append(f"{'aligned' if not shift else 'unaligned'} 1 %: {again / MIB:.1f} MiB, {ratio:.2f} x changed")
        print("; ".join(told), flush=True)


def _mixed(path: Path, start: int, grain: int, changed: list[int], shift: int, made: random.Random) -> bytes:
    """A grain of the image in which the changed blocks are noise."""
    with path.open("rb") as file:
        file.seek(start)
        data = bytearray(file.read(grain))
    for at in changed:
        first, last = max(start, at + shift), min(start + len(data), at + shift + 64 * KIB)
        if first < last:
            data[first - start : last - start] = made.randbytes(last - first)
    return bytes(data)


def _stored(chunks: Iterable[bytes], known: set[bytes]) -> int:
    """Bytes of chunks that are new, with what pack, copy of the index and table say of each."""
    size = 0
    for chunk in chunks:
        if compression.is_zero(chunk, 0):
            continue
        digest = hashlib.sha256(chunk).digest()
        if digest not in known:
            known.add(digest)
            size += _frame_bytes(chunk)
    return size


def _frame_bytes(chunk: bytes) -> int:
    return len(compression.AdaptiveCompressor().frame(chunk)) + 112


def _cut(path: Path, grain: int) -> Iterator[bytes]:
    return (chunk for _, chunk in _cut_at(path, grain))


def _cut_at(path: Path, grain: int) -> Iterator[tuple[int, bytes]]:
    with path.open("rb") as file:
        at = 0
        while chunk := file.read(grain):
            yield at, chunk
            at += len(chunk)


if __name__ == "__main__":
    what, *arguments = sys.argv[1:] or ["raw"]
    if what == "grains":
        measure_grains(arguments[0])
    else:
        measures: dict[str, Any] = {
            "index": measure_index,
            "sparse": measure_sparse,
            "raw": measure_raw,
            "encrypted": measure_encrypted,
        }
        measures[what](*map(int, arguments))
