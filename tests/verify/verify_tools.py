"""What tests of verify make manifests and objects with: the shortest code there is, apart from reader and copier."""

import hashlib
from collections.abc import Callable
from functools import cache

import msgspec
from msgspec.structs import replace

from migrate.clouds.ports import ObjectInfo, Segment
from migrate.demo.memory import GIB, MemoryCloud
from migrate.disks.store.manifest import DiskManifest, Origin, TableRef, tree_digest
from migrate.model import Mark, Role
from migrate.monitor import StopFlag
from migrate.verify.disks.expected_content import Captured

MIGRATION = "0badcafe"
CHUNK = 64 << 10
TABLE = 16 << 30
BYTES = bytes(range(256)) * 1024


class NoSleep(StopFlag):
    """Waits no time at all."""

    def wait(self, seconds: float) -> None: ...


def mark(source_id: str, role: Role = Role.MOVED) -> Mark:
    return Mark(role=role, migration=MIGRATION, source_id=source_id)


def captured_of(
    disk: str, content: str, size_bytes: int, read: Callable[[int, int], bytes], origin: Origin
) -> Captured:
    """What a store would say of that disk, by the shortest code there is, apart from store, reader and copier."""
    digests, tables = [], []
    for at in range(0, size_bytes, CHUNK):
        data = read(at, min(CHUNK, size_bytes - at))
        digests.append(hashlib.sha256(data).digest() if data != bytes(len(data)) else bytes(32))
    for index in range(-(-size_bytes // TABLE)):
        part = digests[index * TABLE // CHUNK : (index + 1) * TABLE // CHUNK]
        if data_chunks := sum(any(digest) for digest in part):
            digest = hashlib.sha256(b"".join(part)).hexdigest()
            tables.append(TableRef(index=index, digest=digest, data_chunks=data_chunks))
    manifest = DiskManifest(
        disk=disk,
        content=content,
        size_bytes=size_bytes,
        tables=tuple(tables),
        data_chunks=sum(table.data_chunks for table in tables),
        tree_digest=tree_digest(size_bytes, tables),
        origin=origin,
    )
    return Captured(manifest, lambda: iter(digests))


def sparse(writes: dict[int, bytes]) -> Callable[[int, int], bytes]:
    """Reads of a disk that holds nothing but these writes."""

    def read(offset: int, length: int) -> bytes:
        data = bytearray(length)
        for at, written in writes.items():
            start, end = max(at, offset), min(at + len(written), offset + length)
            if start < end:
                data[start - offset : end - offset] = written[start - at : end - at]
        return bytes(data)

    return read


Writes = tuple[tuple[int, bytes], ...]


@cache
def _sparse_volume(writes: Writes) -> Captured:
    return captured_of("", "disk", GIB, sparse(dict(writes)), Origin(image_id="gone", consistency="stopped"))


def captured_volume(disk: str, writes: dict[int, bytes]) -> Captured:
    """A disk of 1 GiB that holds nothing but these writes."""
    found = _sparse_volume(tuple(writes.items()))
    return Captured(msgspec.structs.replace(found.manifest, disk=disk), found.digests)


def object_info(name: str, data: bytes, headers: dict[str, str] | None = None, kind: str = "text/x") -> ObjectInfo:
    return ObjectInfo(name=name, size_bytes=len(data), etag="", content_type=kind, headers=headers or {})


def put(cloud: MemoryCloud, container: str, name: str, data: bytes, headers: dict[str, str] | None = None) -> None:
    cloud.objects.put(container, object_info(name, data, headers), [data])


def segments_of(cloud: MemoryCloud, order: tuple[str, ...] = ("1", "2")) -> tuple[Segment, ...]:
    infos = [cloud.objects.head("box_segments", name) for name in order]
    return tuple(Segment(container="box_segments", name=i.name, size_bytes=i.size_bytes, etag=i.etag) for i in infos)


def large(segments: tuple[Segment, ...]) -> ObjectInfo:
    """A static large object `large` over those segments."""
    return replace(object_info("large", b""), segments=segments)
