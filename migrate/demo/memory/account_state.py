"""A project's account in the object store of a world."""

import hashlib
import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from migrate.clouds.ports import Segment
from migrate.clouds.segment_etag import whole_etag, whole_size

NO_VERSION = "null"
_numbers = itertools.count(1)


@dataclass(frozen=True)
class StoredObject:
    """One object: a plain one has `data`; a static large one has `segments`, and its manifest's text as data."""

    name: str
    data: bytes
    etag: str
    content_type: str
    headers: dict[str, str]
    segments: tuple[Segment, ...] | None = None
    stamp: str = field(default_factory=lambda: datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f"))
    version_id: str = NO_VERSION
    is_delete_marker: bool = False

    def expired(self) -> bool:
        return int(self.headers.get("x-delete-at", "0") or 0) - datetime.now(UTC).timestamp() <= 0 and (
            "x-delete-at" in self.headers
        )

    @property
    def slo_etag(self) -> str:
        """The ETag of a whole static large object, else empty."""
        return whole_etag(self.segments) if self.segments is not None else ""

    @property
    def size_bytes(self) -> int:
        return whole_size(self.segments) if self.segments is not None else len(self.data)

    @property
    def is_link(self) -> bool:
        return "x-symlink-target" in self.headers


@dataclass
class StoredContainer:
    """One container. `history`: all versions, oldest first, of names written or removed during versioning.

    `odd`: maps a name to the defect of its malformed listing row.
    """

    name: str
    headers: dict[str, str] = field(default_factory=dict)
    storage_policy: str | None = None
    objects: dict[str, StoredObject] = field(default_factory=dict)
    history: dict[str, list[StoredObject]] = field(default_factory=dict)
    odd: dict[str, str] = field(default_factory=dict)

    @property
    def keeps_versions(self) -> bool:
        return self.headers.get("x-versions-enabled", "").lower() in {"true", "1", "yes", "on"}

    def next_version(self) -> str:
        """A version id larger than all earlier ones."""
        return f"{datetime.now(UTC).timestamp():.0f}.{next(_numbers):05d}" if self.keeps_versions else NO_VERSION

    def store(self, new: StoredObject) -> None:
        """Makes `new` the current version of its name; a delete marker leaves none."""
        if self.keeps_versions or new.name in self.history:
            before = self.history.setdefault(new.name, [o for o in (self.objects.get(new.name),) if o])
            before[:] = [old for old in before if old.version_id != new.version_id]
            before.append(new)
        if new.is_delete_marker:
            self.objects.pop(new.name, None)
        else:
            self.objects[new.name] = new

    def remove(self, name: str) -> None:
        """Removes an object like a DELETE: with versioning it adds a delete marker, even for a missing object."""
        if self.keeps_versions or name in self.history:
            version = self.next_version()
            self.store(StoredObject(name, b"", "", "", {}, version_id=version, is_delete_marker=True))
        else:
            self.objects.pop(name, None)

    def versions(self) -> Iterator[tuple[StoredObject, bool]]:
        """All versions by name, newest first, each with whether it is the latest of its name."""
        for name in sorted({*self.objects, *self.history}, key=str.encode):
            newest_first = self.history[name][::-1] if name in self.history else [self.objects[name]]
            for at, stored in enumerate(newest_first):
                yield stored, at == 0

    def version(self, name: str, version_id: str) -> StoredObject | None:
        return next((o for o, _ in self.versions() if (o.name, o.version_id) == (name, version_id)), None)


@dataclass
class Account:
    """All containers of a project."""

    containers: dict[str, StoredContainer] = field(default_factory=dict)


def manifest_text(segments: tuple[Segment, ...]) -> bytes:
    return json.dumps([_manifest_row(segment) for segment in segments]).encode()


def md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def _manifest_row(segment: Segment) -> dict[str, object]:
    if segment.data is not None:
        return {"data": segment.data}
    row = {"name": f"/{segment.container}/{segment.name}", "bytes": segment.size_bytes, "hash": segment.etag}
    return row | ({"range": segment.range} if segment.range else {})
