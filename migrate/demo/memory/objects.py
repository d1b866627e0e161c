"""Containers and objects in memory, with Swift's behaviour."""

import base64
import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from urllib.parse import quote, unquote

import msgspec

from migrate.clouds.ports import (
    LISTING_PAGE,
    BucketSettings,
    Expiring,
    Multipart,
    ObjectInfo,
    Orphans,
    Segment,
    Version,
)
from migrate.clouds.segment_etag import length, whole_etag, whole_size
from migrate.clouds.strict_or_lenient_listings import report_object_row
from migrate.demo.memory import error_answers
from migrate.demo.memory.account_state import Account, StoredContainer, StoredObject, manifest_text, md5
from migrate.demo.memory.login import Service
from migrate.errors import Denied, NotFound
from migrate.model import MARK_KEY, OBJECT_BYTES, Container, ObjectEntry, Quota
from migrate.secret_looking import SIGNING_HEADERS

MARK_HEADER = f"x-container-meta-{MARK_KEY}"
_MAX_NAME, _MAX_CONTAINER, _MAX_OBJECT = 1024, 256, 5 * (1 << 30) + 2
_MAX_SEGMENTS = 1000
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
_QUOTA = "x-container-meta-quota-bytes"
_QUOTA_COUNT = "x-container-meta-quota-count"
_OBJECT_HEADERS = (
    "x-object-meta-",
    "content-encoding",
    "content-disposition",
    "content-language",
    "cache-control",
    "expires",
    "x-delete-at",
    "x-object-manifest",
    "x-robots-tag",
    "x-symlink-target",
)


class MemoryObjects(Service):
    """ports.ObjectStore on a world."""

    service = "object-store"
    multipart: Multipart | None = None
    expiring: Expiring | None = None
    settings: BucketSettings | None = None
    is_remote = True
    orphans: Orphans | None = None

    def containers(self) -> list[Container]:
        """One listing of the account, without headers; use `container` for those."""
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
                    key: "" if key in SIGNING_HEADERS else value
                    for key, value in sorted(found.headers.items())
                    if key != MARK_HEADER
                },
                storage_policy=found.storage_policy,
                mark=found.headers.get(MARK_HEADER),
            )

    def free_bytes(self, container: str) -> int | None:
        with self._enter("HEAD", _path(container)):
            found = self._all().get(container)
            quotas = [self._account_quota(), _bytes_quota(found) if found else None]
            return min((max(0, quota.limit - quota.used) for quota in quotas if quota), default=None)

    def account_quota(self) -> Quota | None:
        try:
            with self._enter("HEAD", "/"):
                return self._account_quota()
        except (Denied, NotFound):
            return None

    def _account_quota(self) -> Quota | None:
        limit = self._login.project.limits.get(OBJECT_BYTES, -1)
        return Quota(limit=limit, used=_account_bytes(self._login.project.account)) if limit >= 0 else None

    def signing_keys(self, name: str) -> dict[str, str]:
        with self._enter("HEAD", _path(name)):
            return {
                key: value for key, value in sorted(self._container(name).headers.items()) if key in SIGNING_HEADERS
            }

    def put_container(self, name: str, headers: dict[str, str]) -> None:
        with self._enter("PUT", _path(name)):
            if not name or "/" in name or len(name.encode()) > _MAX_CONTAINER:
                raise error_answers.refused(f"container name {name!r}")
            found = self._all().get(name)
            if found is None:
                found = StoredContainer(name, storage_policy=headers.get("x-storage-policy", "Policy-0"))
                self._all()[name] = found
            for key, value in headers.items():
                if value and key.lower().startswith("x-remove-"):
                    found.headers.pop(f"x-{key.lower().removeprefix('x-remove-')}", None)
                if value and key.lower().startswith(_CONTAINER_HEADERS):
                    found.headers[key.lower()] = value

    def entries(self, container: str, prefix: str = "", marker: str = "", until: str = "") -> Iterator[ObjectEntry]:
        more = True
        while more:
            with self._enter("GET", _path(container)):
                page, more = self._page(container, prefix, marker, until)
                odd = self._odd(container, marker, page[-1].name if more else until)
            for place, (name, why) in enumerate(odd, 1):
                report_object_row(f"container {container}", place, name, why)
            yield from page
            marker = page[-1].name if page else ""

    def versions(self, container: str) -> Iterator[Version]:
        with self._enter("GET", _path(container)):
            found = [_version(stored, is_latest) for stored, is_latest in self._container(container).versions()]
        yield from found

    def head(self, container: str, name: str) -> ObjectInfo:
        with self._enter("HEAD", _path(container, name)):
            return _info(self._object(container, name))

    @contextmanager
    def get(self, container: str, name: str, version_id: str = "") -> Iterator[tuple[ObjectInfo, Iterator[bytes]]]:
        path = _path(container, name)
        with self._enter("GET", path):
            stored = self._object(container, name, version_id)
        data = stored.data if stored.segments is None else b""
        pieces = (data[at : at + _PIECE] for at in range(0, len(data), _PIECE))
        yield _info(stored), self._body(path, pieces, len(data))

    @contextmanager
    def read(self, container: str, name: str, start: int, end: int) -> Iterator[Iterator[bytes]]:
        path = _path(container, name)
        with self._enter("GET", path):
            data = self._joined(container, name)[start:end]
        yield self._body(path, (data[at : at + _PIECE] for at in range(0, len(data), _PIECE)), end - start)

    def put(self, container: str, info: ObjectInfo, chunks: Iterable[bytes]) -> str:
        """Stores an object. A link that names its target's ETag is Refused if the target is missing or different."""
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
                raise error_answers.differs(f"{info.name}: {got} of {info.size_bytes} bytes")
            if info.etag and info.etag.lower() != digest.hexdigest():
                raise error_answers.differs(f"{info.name}: ETag {info.etag} is not {digest.hexdigest()}")
            with self._world.lock:
                self._check_link(container, info)
                self._store(container, info, b"".join(parts), digest.hexdigest(), None)
            return digest.hexdigest()

    def put_manifest(self, container: str, info: ObjectInfo) -> str:
        with self._enter("PUT", _path(container, info.name)):
            self._container(container)
            self._check(info)
            if not info.segments or len(info.segments) > _MAX_SEGMENTS:
                raise error_answers.refused(f"{info.name}: {len(info.segments)} segments")
            segments = tuple(self._checked_segment(info.name, segment) for segment in info.segments)
            etag, text, size = whole_etag(segments), manifest_text(segments), whole_size(segments)
            if (info.etag and info.etag != etag) or (info.size_bytes and info.size_bytes != size):
                raise error_answers.differs(f"{info.name}: the manifest makes {size} bytes with ETag {etag}")
            self._store(container, info, text, md5(text), segments)
            return etag

    def delete(self, container: str, name: str) -> None:
        with self._enter("DELETE", _path(container, name)):
            found = self._all().get(container)
            if found:
                found.remove(name)

    # ------------------------------------------------------------ internals

    def _joined(self, container: str, name: str) -> bytes:
        """All bytes of the content: joins large objects, and follows links."""
        stored = self._object(container, name)
        if stored.segments is not None:
            return b"".join(self._part(segment) for segment in stored.segments)
        if "x-symlink-target" in stored.headers:
            return self._joined(*_named(stored.headers["x-symlink-target"]))
        if "x-object-manifest" in stored.headers:
            of, prefix = _named(stored.headers["x-object-manifest"])
            names = sorted((one for one in self._container(of).objects if one.startswith(prefix)), key=str.encode)
            return b"".join(self._joined(of, one) for one in names)
        return stored.data

    def _part(self, segment: Segment) -> bytes:
        if segment.data is not None:
            return base64.b64decode(segment.data)
        data = self._joined(segment.container, segment.name)
        if not segment.range:
            return data
        first, _, last = segment.range.partition("-")
        return data[int(first) : int(last) + 1]

    def _all(self) -> dict[str, StoredContainer]:
        return self._login.project.account.containers

    def _container(self, name: str) -> StoredContainer:
        found = self._all().get(name)
        if found is None:
            raise error_answers.not_found("container", name)
        return found

    def _object(self, container: str, name: str, version_id: str = "") -> StoredObject:
        there = self._container(container)
        found = there.version(name, version_id) if version_id else there.objects.get(name)
        if found is None or found.is_delete_marker or found.expired():
            raise error_answers.not_found("object", f"{container}/{name}")
        return found

    def _page(self, container: str, prefix: str, marker: str, until: str) -> tuple[list[ObjectEntry], bool]:
        """The next names, and whether more follow."""
        found = self._container(container)
        stored = found.objects.keys() - found.odd.keys()
        # The order of code points equals that of UTF-8 bytes.
        names = sorted(n for n in stored if n > marker and n.startswith(prefix) and not (until and n > until))
        return [_entry(found.objects[name]) for name in names[:LISTING_PAGE]], len(names) > LISTING_PAGE

    def _odd(self, container: str, marker: str, until: str) -> list[tuple[str, str]]:
        odd = sorted(self._container(container).odd.items())
        return [(name, why) for name, why in odd if name > marker and not (until and name > until)]

    def _check(self, info: ObjectInfo) -> None:
        """Raises Refused for a name, size or expiry that Swift rejects."""
        if not info.name or len(info.name.encode()) > _MAX_NAME:
            raise error_answers.refused(f"object name of {len(info.name.encode())} bytes")
        if not info.is_slo and info.size_bytes > _MAX_OBJECT:
            raise error_answers.refused(f"{info.name}: {info.size_bytes} bytes")
        expiry = info.headers.get("x-delete-at")
        if expiry and int(expiry) <= datetime.now(UTC).timestamp():
            raise error_answers.refused(f"{info.name}: x-delete-at in the past")
        if "x-symlink-target" in info.headers and info.size_bytes:
            raise error_answers.refused(f"{info.name}: a link with a body")

    def _check_link(self, container: str, info: ObjectInfo) -> None:
        """Checks a link in this account: not to itself, and with a matching target ETag. Raises Refused."""
        target = unquote(info.headers.get("x-symlink-target", ""))
        wanted = info.headers.get("x-symlink-target-etag", "").strip('"')
        if not target or "x-symlink-target-account" in info.headers:
            return
        if target == f"{container}/{info.name}":
            raise error_answers.refused(f"{info.name}: a link to itself")
        if not wanted:
            return
        within, _, name = target.partition("/")
        try:
            there = self._object(within, name)
        except NotFound as err:
            raise error_answers.refused(f"{info.name}: no target {target}") from err
        if there.etag != wanted:
            raise error_answers.refused(f"{info.name}: the ETag of the target is {there.etag}")

    def _checked_segment(self, name: str, segment: Segment) -> Segment:
        """The segment as stored in the manifest: with defaults filled in, and its range from first to last byte."""
        if segment.data is not None:
            return segment
        try:
            there = _info(self._object(segment.container, segment.name))
        except NotFound as err:
            raise error_answers.refused(f"{name}: no segment {segment.container}/{segment.name}") from err
        if segment.size_bytes not in (0, there.size_bytes) or segment.etag not in ("", there.etag):
            raise error_answers.differs(f"{name}: segment {segment.container}/{segment.name} is another one")
        whole = msgspec.structs.replace(segment, size_bytes=there.size_bytes, etag=there.etag)
        if not whole.range:
            return whole
        count = length(whole)
        if not count:
            raise error_answers.refused(f"{name}: range {whole.range} of {there.size_bytes} bytes")
        first = int(whole.range.partition("-")[0] or there.size_bytes - count)
        return msgspec.structs.replace(whole, range=f"{first}-{first + count - 1}")

    def _store(
        self, container: str, info: ObjectInfo, data: bytes, etag: str, segments: tuple[Segment, ...] | None
    ) -> None:
        headers = {k.lower(): v for k, v in sorted(info.headers.items()) if k.lower().startswith(_OBJECT_HEADERS)}
        content_type = info.content_type or "application/octet-stream"
        there = self._container(container)
        # Like Swift: the replaced object is not subtracted.
        counted = (
            (self._account_quota(), len(data)),
            (_bytes_quota(there), len(data)),
            (_quota(there, _QUOTA_COUNT, len(there.objects)), 1),
        )
        if any(quota and quota.used + more > quota.limit for quota, more in counted):
            raise error_answers.over_quota("object-store")
        version = there.next_version()
        there.store(StoredObject(info.name, data, etag, content_type, headers, segments, version_id=version))


def _info(stored: StoredObject) -> ObjectInfo:
    return ObjectInfo(
        name=stored.name,
        size_bytes=stored.size_bytes,
        etag=stored.slo_etag or stored.etag,
        content_type=stored.content_type,
        headers=dict(stored.headers),
        is_slo=stored.segments is not None,
        segments=stored.segments or (),
    )


def _quota(container: StoredContainer, header: str, used: int) -> Quota | None:
    limit = container.headers.get(header, "")
    return Quota(limit=int(limit), used=used) if limit.isdecimal() else None


def _bytes_quota(container: StoredContainer) -> Quota | None:
    return _quota(container, _QUOTA, _stored_bytes(container)) if _QUOTA in container.headers else None


def _account_bytes(account: Account) -> int:
    """The size of an account, as Swift counts it."""
    return sum(map(_stored_bytes, account.containers.values()))


def _stored_bytes(container: StoredContainer) -> int:
    """The size of a container, as Swift counts it: a large object counts only as its manifest."""
    return sum(len(stored.data) for stored in container.objects.values())


def _entry(stored: StoredObject) -> ObjectEntry:
    """A listing row. Swift lists a static large object with its whole size, its manifest's ETag and the
    whole's ETag.
    """
    return ObjectEntry(
        name=stored.name,
        size_bytes=stored.size_bytes,
        etag=stored.etag,
        content_type=stored.content_type,
        last_modified=stored.stamp,
        slo_etag=stored.slo_etag,
        is_link=stored.is_link,
    )


def _version(stored: StoredObject, is_latest: bool) -> Version:
    return Version(
        name=stored.name,
        version_id=stored.version_id,
        size_bytes=stored.size_bytes,
        etag=stored.slo_etag or stored.etag,
        last_modified=stored.stamp,
        is_latest=is_latest,
        is_delete_marker=stored.is_delete_marker,
    )


def _path(container: str, name: str | None = None) -> str:
    return f"/{quote(container)}" + ("" if name is None else f"/{quote(name)}")


def _named(path: str) -> tuple[str, str]:
    """Container and name from a header that refers to an object."""
    container, _, name = unquote(path).partition("/")
    return container, name
