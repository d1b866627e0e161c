"""Containers and objects in memory, as Swift keeps them."""

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from urllib.parse import quote, unquote

from migrate.clouds.memory import faults
from migrate.clouds.memory.login import Service
from migrate.clouds.memory.objects_state import StoredContainer, StoredObject, manifest_text, slo_etag
from migrate.clouds.ports import ObjectInfo, Segment
from migrate.errors import NotFound
from migrate.model import MARK_KEY, Container, ObjectEntry

MARK_HEADER = f"x-container-meta-{MARK_KEY}"
_MAX_NAME, _MAX_CONTAINER, _MAX_OBJECT = 1024, 256, 5 * (1 << 30) + 2
_MAX_SEGMENTS = 1000
_PAGE = 10000
_PIECE = 1 << 20
_CONTAINER_HEADERS = (
    "x-container-meta-",
    "x-container-read",
    "x-container-write",
    "x-container-sync-",
    "x-versions-location",
    "x-history-location",
    "x-versions-enabled",
)
# Keys that sign: that they exist is told by an empty value, which a put ignores.
_SECRETS = frozenset(("x-container-meta-temp-url-key", "x-container-meta-temp-url-key-2", "x-container-sync-key"))
_OBJECT_HEADERS = (
    "x-object-meta-",
    "content-encoding",
    "content-disposition",
    "content-language",
    "cache-control",
    "expires",
    "x-delete-at",
    "x-object-manifest",
)


class MemoryObjects(Service):
    """ports.ObjectStore on a world."""

    service = "object-store"

    def containers(self) -> list[Container]:
        """One listing of the account, which shows no headers: `container` does."""
        with self._enter("GET", "/"):
            found = sorted(self._all().values(), key=lambda container: container.name.encode())
            return [Container(name=one.name, objects=len(one.objects), size_bytes=_stored_bytes(one)) for one in found]

    def container(self, name: str) -> Container:
        with self._enter("HEAD", _path(name)):
            found = self._container(name)
            return Container(
                name=name,
                objects=len(found.objects),
                size_bytes=_stored_bytes(found),
                headers={
                    key: "" if key in _SECRETS else value
                    for key, value in sorted(found.headers.items())
                    if key != MARK_HEADER
                },
                storage_policy=found.storage_policy,
                mark=found.headers.get(MARK_HEADER),
            )

    def put_container(self, name: str, headers: dict[str, str]) -> None:
        with self._enter("PUT", _path(name)):
            if not name or "/" in name or len(name.encode()) > _MAX_CONTAINER:
                raise faults.refused(f"container name {name!r}")
            found = self._all().get(name)
            if found is None:
                found = StoredContainer(name, storage_policy=headers.get("x-storage-policy", "Policy-0"))
                self._all()[name] = found
            for key, value in headers.items():
                if value and key.lower().startswith(_CONTAINER_HEADERS):
                    found.headers[key.lower()] = value

    def entries(self, container: str, prefix: str = "", marker: str = "") -> Iterator[ObjectEntry]:
        while True:
            with self._enter("GET", _path(container)):
                page = self._page(container, prefix, marker)
            yield from page
            if len(page) < _PAGE:
                return
            marker = page[-1].name

    def head(self, container: str, name: str) -> ObjectInfo:
        with self._enter("HEAD", _path(container, name)):
            return self._info(self._object(container, name))

    @contextmanager
    def get(self, container: str, name: str) -> Iterator[tuple[ObjectInfo, Iterator[bytes]]]:
        path = _path(container, name)
        with self._enter("GET", path):
            stored = self._object(container, name)
            info, data = self._info(stored), self._content(stored)
        pieces = (data[at : at + _PIECE] for at in range(0, len(data), _PIECE))
        yield info, self._body(path, pieces, info.size_bytes)

    def put(self, container: str, info: ObjectInfo, chunks: Iterable[bytes]) -> str:
        with self._enter_streaming("PUT", _path(container, info.name)):
            with self._world.lock:
                self._container(container)
            self._check(info)
            parts, got, digest = [], 0, hashlib.md5(usedforsecurity=False)
            for chunk in chunks:
                got += len(chunk)
                if got > info.size_bytes:
                    break
                digest.update(chunk)
                parts.append(chunk)
            if got != info.size_bytes:
                raise faults.differs(f"{info.name}: {got} of {info.size_bytes} bytes")
            if info.etag and info.etag.lower() != digest.hexdigest():
                raise faults.differs(f"{info.name}: ETag {info.etag} is not {digest.hexdigest()}")
            with self._world.lock:
                self._store(container, info, b"".join(parts), digest.hexdigest(), None)
            return digest.hexdigest()

    def manifest(self, container: str, name: str) -> tuple[Segment, ...]:
        with self._enter("GET", _path(container, name)):
            stored = self._object(container, name)
            if stored.segments is None:
                raise faults.refused(f"{name} is no static large object")
            return stored.segments

    def put_manifest(self, container: str, info: ObjectInfo, segments: tuple[Segment, ...]) -> str:
        with self._enter("PUT", _path(container, info.name)):
            self._container(container)
            self._check(info)
            if not segments or len(segments) > _MAX_SEGMENTS:
                raise faults.refused(f"{info.name}: {len(segments)} segments")
            for segment in segments:
                self._check_segment(info.name, segment)
            etag, text = slo_etag(segments), manifest_text(segments)
            size = sum(_segment_length(segment) for segment in segments)
            if (info.etag and info.etag != etag) or (info.size_bytes and info.size_bytes != size):
                raise faults.differs(f"{info.name}: the manifest makes {size} bytes with ETag {etag}")
            self._store(container, info, text, hashlib.md5(text, usedforsecurity=False).hexdigest(), segments)
            return etag

    def delete(self, container: str, name: str) -> None:
        with self._enter("DELETE", _path(container, name)):
            found = self._all().get(container)
            if found:
                found.objects.pop(name, None)

    # ------------------------------------------------------------ inside

    def _all(self) -> dict[str, StoredContainer]:
        return self._login.project.account.containers

    def _container(self, name: str) -> StoredContainer:
        found = self._all().get(name)
        if found is None:
            raise faults.not_found("container", name)
        return found

    def _object(self, container: str, name: str) -> StoredObject:
        found = self._container(container).objects.get(name)
        if found is None or found.expired():
            raise faults.not_found("object", f"{container}/{name}")
        return found

    def _page(self, container: str, prefix: str, marker: str) -> list[ObjectEntry]:
        stored = self._container(container).objects
        after = marker.encode()
        names = sorted(n for n in (name.encode() for name in stored) if n > after and n.startswith(prefix.encode()))
        return [_entry(stored[name.decode()]) for name in names[:_PAGE]]

    def _info(self, stored: StoredObject) -> ObjectInfo:
        size, etag = len(stored.data), stored.etag
        if stored.segments is not None:
            size, etag = sum(map(_segment_length, stored.segments)), slo_etag(stored.segments)
        elif "x-object-manifest" in stored.headers:
            parts = self._dlo_parts(stored)
            size = sum(len(part.data) for part in parts)
            etag = hashlib.md5("".join(part.etag for part in parts).encode(), usedforsecurity=False).hexdigest()
        return ObjectInfo(
            name=stored.name,
            size_bytes=size,
            etag=etag,
            content_type=stored.content_type,
            headers=dict(stored.headers),
            is_slo=stored.segments is not None,
        )

    def _content(self, stored: StoredObject) -> bytes:
        """What a plain GET sends: large objects are put together."""
        if stored.segments is not None:
            return b"".join(self._segment_data(segment) for segment in stored.segments)
        if "x-object-manifest" in stored.headers:
            return b"".join(part.data for part in self._dlo_parts(stored))
        return stored.data

    def _segment_data(self, segment: Segment) -> bytes:
        data = self._content(self._object(segment.container, segment.name))
        if not segment.range:
            return data
        first, last = segment.range.split("-")
        return data[int(first) : int(last) + 1]

    def _dlo_parts(self, stored: StoredObject) -> list[StoredObject]:
        container, _, prefix = unquote(stored.headers["x-object-manifest"]).partition("/")
        there = self._all().get(container, StoredContainer(container)).objects
        return [there[name] for name in sorted(there, key=str.encode) if name.startswith(prefix)]

    def _check(self, info: ObjectInfo) -> None:
        """Raises Refused: name, size or expiry that Swift does not take."""
        if not info.name or len(info.name.encode()) > _MAX_NAME:
            raise faults.refused(f"object name of {len(info.name.encode())} bytes")
        if not info.is_slo and info.size_bytes > _MAX_OBJECT:
            raise faults.refused(f"{info.name}: {info.size_bytes} bytes")
        expiry = info.headers.get("x-delete-at")
        if expiry and int(expiry) <= datetime.now(UTC).timestamp():
            raise faults.refused(f"{info.name}: x-delete-at in the past")

    def _check_segment(self, name: str, segment: Segment) -> None:
        try:
            there = self._info(self._object(segment.container, segment.name))
        except NotFound as err:
            raise faults.refused(f"{name}: no segment {segment.container}/{segment.name}") from err
        if (there.size_bytes, there.etag) != (segment.size_bytes, segment.etag):
            raise faults.differs(f"{name}: segment {segment.container}/{segment.name} is another one")

    def _store(
        self, container: str, info: ObjectInfo, data: bytes, etag: str, segments: tuple[Segment, ...] | None
    ) -> None:
        headers = {k.lower(): v for k, v in sorted(info.headers.items()) if k.lower().startswith(_OBJECT_HEADERS)}
        content_type = info.content_type or "application/octet-stream"
        stored = StoredObject(info.name, data, etag, content_type, headers, segments)
        self._container(container).objects[info.name] = stored


def _segment_length(segment: Segment) -> int:
    if not segment.range:
        return segment.size_bytes
    first, last = segment.range.split("-")
    return int(last) + 1 - int(first)


def _stored_bytes(container: StoredContainer) -> int:
    """What Swift counts for a container: a large object counts as its manifest alone."""
    return sum(len(stored.data) for stored in container.objects.values())


def _entry(stored: StoredObject) -> ObjectEntry:
    """Swift lists a static large object with its whole size and the ETag of its manifest."""
    size = len(stored.data) if stored.segments is None else sum(map(_segment_length, stored.segments))
    return ObjectEntry(
        name=stored.name,
        size_bytes=size,
        etag=stored.etag,
        content_type=stored.content_type,
        last_modified=stored.stamp,
    )


def _path(container: str, name: str | None = None) -> str:
    return f"/{quote(container)}" + ("" if name is None else f"/{quote(name)}")
