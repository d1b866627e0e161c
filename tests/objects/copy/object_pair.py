"""Two clouds in memory and a container between them, for the tests of its copy."""

import hashlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tenacity
from msgspec.structs import replace

from migrate.clouds.ports import ObjectInfo, Segment
from migrate.demo.memory.cloud import MemoryCloud
from migrate.demo.memory.world import World
from migrate.model import name_id
from migrate.monitor import RecordingMonitor, StopFlag
from migrate.objects.copy.container_pass import ContainerCopy
from migrate.objects.copy.copy_container import copy_container
from migrate.objects.copy.counters import CopyStats
from migrate.objects.listing.object_rows import Row
from migrate.objects.listing.row_files import PassFolder, PassSeal, read_seal, rows_folder, sealed_rows
from migrate.step_attempt import Attempt

MARK = f"decamp-m-01234567-{name_id('box')}"
AWKWARD = ["pseudo", "pseudo/", "a//b", "/leading", "../x", "é ü ☃", "?#&=%41+;", "x" * 1005, "new\tline", "z/"]


def md5(data: bytes) -> str:
    return hashlib.md5(data).hexdigest()


@dataclass
class ObjectPair:
    """A source with the container `box`, and a target that it is copied to. `root`: where the rows are kept."""

    root: Path
    source: MemoryCloud = field(default_factory=lambda: MemoryCloud("old", world=World("old")))
    target: MemoryCloud = field(default_factory=lambda: MemoryCloud("new", world=World("new")))
    monitor: RecordingMonitor = field(default_factory=RecordingMonitor)
    stop: StopFlag = field(default_factory=StopFlag)
    check_running: Callable[[], None] = lambda: None

    def __post_init__(self) -> None:
        self.source.objects.put_container("box", {})

    def put(self, name: str, data: bytes, container: str = "box", **headers: str) -> ObjectInfo:
        named = {key.replace("_", "-"): value for key, value in headers.items()}
        info = ObjectInfo(name=name, size_bytes=len(data), etag=md5(data), content_type="text/x", headers=named)
        self.source.objects.put(container, info, [data])
        return info

    def large(self, name: str, parts: list[tuple[str, str, bytes]], **headers: str) -> None:
        """A static large object over segments (container, name, bytes)."""
        for container, part, data in parts:
            self.source.objects.put_container(container, {})
            self.put(part, data, container)
        segments = tuple(Segment(container=c, name=n, size_bytes=len(d), etag=md5(d)) for c, n, d in parts)
        named = {key.replace("_", "-"): value for key, value in headers.items()}
        info = ObjectInfo(name=name, size_bytes=0, etag="", content_type="video/x", headers=named)
        self.source.objects.put_manifest("box", replace(info, segments=segments))

    def copy(self, name: str = "box", /, *, workers: int = 4, **options: Any) -> CopyStats:
        folder, stop = PassFolder(rows_folder(self.root, name), name), options.pop("stop", self.stop)
        what = ContainerCopy(
            name,
            self.source.objects.container(name).headers,
            f"decamp-m-01234567-{name_id(name)}",
            **options,
        )
        attempt = Attempt(self.check_running, self.monitor, "s", stop, workers, tenacity.wait_none())
        return copy_container(self.source.objects, self.target.objects, what, folder, attempt)

    def seal(self, name: str = "box") -> PassSeal:
        return read_seal(rows_folder(self.root, name))

    def rows(self, name: str = "box") -> list[Row]:
        return list(sealed_rows(rows_folder(self.root, name), self.seal(name)))

    def there(self, name: str = "box") -> list[str]:
        return [entry.name for entry in self.target.objects.entries(name)]

    def requests(self, cloud: MemoryCloud, method: str) -> int:
        return sum(1 for each, service, path in cloud.world.log if (each, service) == (method, "object-store"))

    def same(self, name: str, container: str = "box") -> bool:
        there, here = self.target.objects, self.source.objects
        with there.get(container, name) as (info, chunks), here.get(container, name) as (expected, wanted):
            return info == expected and b"".join(chunks) == b"".join(wanted)

    def forget_requests(self) -> None:
        self.source.world.log.clear()
        self.target.world.log.clear()


def asked(cloud: MemoryCloud) -> Counter[str]:
    """Requests to the object store, by method."""
    return Counter(method for method, service, _ in cloud.world.log if service == "object-store")
