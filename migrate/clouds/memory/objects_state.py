"""What a project keeps in the object store of a world."""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime

from migrate.clouds.ports import Segment


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

    def expired(self) -> bool:
        return int(self.headers.get("x-delete-at", "0") or 0) - datetime.now(UTC).timestamp() <= 0 and (
            "x-delete-at" in self.headers
        )


@dataclass
class StoredContainer:
    name: str
    headers: dict[str, str] = field(default_factory=dict)
    storage_policy: str | None = None
    objects: dict[str, StoredObject] = field(default_factory=dict)


@dataclass
class Account:
    """All containers of a project."""

    containers: dict[str, StoredContainer] = field(default_factory=dict)


def slo_etag(segments: tuple[Segment, ...]) -> str:
    """The ETag of a static large object: MD5 over its segments' ETags, a range behind a colon."""
    text = "".join(f"{s.etag}:{s.range};" if s.range else s.etag for s in segments)
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def manifest_text(segments: tuple[Segment, ...]) -> bytes:
    rows = [
        {"name": f"/{s.container}/{s.name}", "bytes": s.size_bytes, "hash": s.etag}
        | ({"range": s.range} if s.range else {})
        for s in segments
    ]
    return json.dumps(rows).encode()
