"""What tests of verify make manifests and objects with: the shortest code there is, apart from reader and copier."""

import hashlib
from collections.abc import Callable
from functools import cache

import msgspec
from msgspec.structs import replace

from migrate.clouds.memory import GIB, MemoryCloud
from migrate.clouds.ports import ObjectInfo, Segment
from migrate.model import Mark, Role
from migrate.monitor import StopFlag
from migrate.store.manifest import ZERO, DiskManifest, Origin, SegmentRef, tree_digest
from migrate.units import MIB

MIGRATION = "0badcafe"
SEGMENT = 4 * MIB
BYTES = bytes(range(256)) * 1024


class NoSleep(StopFlag):
    """Waits no time at all."""

    def wait(self, seconds: float) -> None: ...


def mark(source_id: str, role: Role = Role.MOVED) -> Mark:
    return Mark(role=role, migration=MIGRATION, source_id=source_id)


def manifest_of(disk: str, content: str, size_bytes: int, read: Callable[[int, int], bytes], origin: Origin):
    """A manifest made by the shortest code there is, apart from reader and copier."""
    segments = []
    for index in range(-(-size_bytes // SEGMENT)):
        data = read(index * SEGMENT, min(SEGMENT, size_bytes - index * SEGMENT))
        digest = hashlib.sha256(data).hexdigest() if data != bytes(len(data)) else ZERO
        segments.append(SegmentRef(index=index, size_bytes=len(data), digest=digest))
    return DiskManifest(
        disk=disk,
        content=content,
        size_bytes=size_bytes,
        segment_bytes=SEGMENT,
        segments=tuple(segments),
        tree_digest=tree_digest(segments),
        origin=origin,
    )


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
def _sparse_manifest(writes: Writes) -> DiskManifest:
    return manifest_of("", "disk", GIB, sparse(dict(writes)), Origin(image_id="gone", consistency="stopped"))


def volume_manifest(disk: str, writes: dict[int, bytes]) -> DiskManifest:
    """The manifest of a disk of 1 GiB that holds nothing but these writes."""
    return msgspec.structs.replace(_sparse_manifest(tuple(writes.items())), disk=disk)


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
