"""Containers that become buckets."""

from collections import Counter
from pathlib import Path
from typing import Any

import tenacity
from msgspec.structs import replace

from migrate.clouds.ports import ObjectInfo, Segment
from migrate.demo.memory.cloud import MemoryCloud
from migrate.demo.memory.world import World
from migrate.objects.copy.container_pass import ContainerCopy
from migrate.objects.copy.copy_container import copy_container
from migrate.objects.copy.counters import CopyStats
from migrate.objects.listing.object_rows import Row
from migrate.objects.listing.row_files import PassFolder, read_seal, rows_folder, sealed_rows
from migrate.step_attempt import Attempt
from migrate.verify.compare_objects import ContainerCheck, verify_container
from tests.s3.servers import StoreContainer, md5

MIB = 1 << 20
MARK = "decamp-m-01234567-" + "0" * 32


class Move:
    """A container `box` in memory, and the way to its place at the S3 server."""

    def __init__(self, box: StoreContainer, root: Path) -> None:
        self.box, self.root = box, root
        self.source = MemoryCloud("old", world=World("s3-copy"))
        for container in ("box", "parts"):
            self.source.objects.put_container(container, {})

    def put(self, name: str, data: bytes, container: str = "box", **headers: str) -> None:
        told = {key.replace("_", "-"): value for key, value in headers.items()}
        info = ObjectInfo(name=name, size_bytes=len(data), etag=md5(data), content_type="text/x", headers=told)
        self.source.objects.put(container, info, [data])

    def large(self, name: str, sizes: list[int], **headers: str) -> bytes:
        """A static large object of segments of these sizes; returns its bytes."""
        segments, whole = [], b""
        for number, size in enumerate(sizes):
            data = bytes([65 + number]) * size
            self.put(f"{name}/{number}", data, "parts")
            segments.append(Segment(container="parts", name=f"{name}/{number}", size_bytes=size, etag=md5(data)))
            whole += data
        told = {key.replace("_", "-"): value for key, value in headers.items()}
        info = ObjectInfo(name=name, size_bytes=0, etag="", content_type="video/x", headers=told)
        self.source.objects.put_manifest("box", replace(info, segments=tuple(segments)))
        return whole

    def copy(self, check_running: Any = lambda: None, **options: Any) -> CopyStats:
        what = ContainerCopy("box", {}, MARK, **options)
        attempt = Attempt(check_running, reads=2, wait=tenacity.wait_none())
        return copy_container(self.source.objects, self.box.store, what, PassFolder(self.folder, "box"), attempt)

    @property
    def folder(self) -> Path:
        return rows_folder(self.root, "box")

    def rows(self) -> dict[str, Row]:
        return {row.name: row for row in sealed_rows(self.folder, read_seal(self.folder))}

    def check(self) -> ContainerCheck:
        return verify_container(self.box.store, "box", self.folder, headers={}, sample=1.0)

    def verify(self) -> tuple[str, ...]:
        return self.check().differences

    def asked(self, method: str) -> int:
        return Counter(request.method for request, _ in self.box.seen)[method]
