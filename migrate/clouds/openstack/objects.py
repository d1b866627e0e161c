"""Swift: the account's listing and making a container by swiftclient, all else by the thin client.

The thin client quotes names byte for byte, and reads and sends headers as UTF-8.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from migrate.clouds.http import Response
from migrate.clouds.openstack import faults
from migrate.clouds.openstack.login import Login
from migrate.clouds.openstack.swift import Containers
from migrate.clouds.ports import ObjectInfo, Segment
from migrate.errors import NotFound, Refused, TransientError, Unsupported
from migrate.model import MARK_KEY, Container, ObjectEntry

_MARK_HEADER = f"x-container-meta-{MARK_KEY}"
_CONTAINER_HEADERS = (
    "x-container-meta-",
    "x-container-read",
    "x-container-write",
    "x-container-sync-to",
    "x-versions-location",
    "x-history-location",
    "x-versions-enabled",
)
# Keys that sign: that they exist is told by an empty value, which a put ignores; what they are is not ours to show.
_SECRET_HEADERS = frozenset(
    {"x-container-meta-temp-url-key", "x-container-meta-temp-url-key-2", "x-container-sync-key"}
)
_OBJECT_HEADERS = frozenset(
    {
        "content-encoding",
        "content-disposition",
        "cache-control",
        "content-language",
        "expires",
        "x-delete-at",
        "x-object-manifest",
    }
)
_DEFAULT_TYPE = "application/octet-stream"


class ObjectStore:
    """The object-store port over Swift's own API."""

    def __init__(self, login: Login) -> None:
        self._login = login

    # ------------------------------------------------------------ containers

    def containers(self) -> list[Container]:
        items = _pages("account", Containers(self._login).page)
        return [
            Container(name=item["name"], objects=int(item["count"]), size_bytes=int(item["bytes"])) for item in items
        ]

    def container(self, name: str) -> Container:
        # Not by swiftclient: it percent-decodes what it reads (100%41 becomes 100A), and the reader below it loses
        # every header behind one whose name is not ASCII. These headers are what is copied and compared.
        with self._request("HEAD", name) as answer:
            headers = answer.headers
            return Container(
                name=name,
                objects=int(headers.get("x-container-object-count", 0)),
                size_bytes=int(headers.get("x-container-bytes-used", 0)),
                headers={
                    key: "" if key in _SECRET_HEADERS else value
                    for key, value in sorted(headers.items())
                    if key.startswith(_CONTAINER_HEADERS) and key != _MARK_HEADER
                },
                storage_policy=headers.get("x-storage-policy"),
                mark=headers.get(_MARK_HEADER),
            )

    def put_container(self, name: str, headers: dict[str, str]) -> None:
        told = {key: value for key, value in headers.items() if value}
        if name in {".", ".."}:
            # Swift takes these names; below swiftclient they are folded into the path, which is another address.
            self._request("PUT", name, headers=told).close()
        else:
            Containers(self._login).put(name, told)

    def entries(self, container: str, prefix: str = "", marker: str = "") -> Iterator[ObjectEntry]:
        for item in self._listing(container, {"prefix": prefix} if prefix else {}, marker):
            yield ObjectEntry(
                name=item["name"],
                size_bytes=int(item["bytes"]),
                etag=str(item["hash"]),
                content_type=item.get("content_type") or _DEFAULT_TYPE,
                last_modified=item.get("last_modified", ""),
            )

    def _listing(self, container: str, query: dict[str, str], marker: str = "") -> Iterator[dict[str, Any]]:
        def page(marker: str) -> list[dict[str, Any]]:
            with self._request("GET", container, query={"format": "json", "marker": marker, **query}) as answer:
                return answer.json() or []

        return _pages(f"container {container}", page, marker)

    # ------------------------------------------------------------ objects

    def head(self, container: str, name: str) -> ObjectInfo:
        with self._request("HEAD", container, name) as answer:
            return _info(name, answer.headers)

    @contextmanager
    def get(self, container: str, name: str) -> Iterator[tuple[ObjectInfo, Iterator[bytes]]]:
        with self._request("GET", container, name) as answer:
            yield _info(name, answer.headers), answer.chunks()

    def put(self, container: str, info: ObjectInfo, chunks: Iterable[bytes]) -> str:
        body = chunks if info.size_bytes else b"".join(chunks)
        with self._request(
            "PUT", container, info.name, headers=_put_headers(info), body=body, length=info.size_bytes
        ) as answer:
            return answer.headers.get("etag", "").strip('"')

    def manifest(self, container: str, name: str) -> tuple[Segment, ...]:
        with self._request("GET", container, name, query={"multipart-manifest": "get", "format": "raw"}) as answer:
            if answer.headers.get("x-static-large-object", "").lower() != "true":
                raise Refused("DCP-400", what=f"object {container}/{name} is no static large object")
            return tuple(_segment(item) for item in answer.json())

    def put_manifest(self, container: str, info: ObjectInfo, segments: tuple[Segment, ...]) -> str:
        body = json.dumps([_segment_body(segment) for segment in segments]).encode()
        query = {"multipart-manifest": "put"}
        with self._request("PUT", container, info.name, query=query, headers=_put_headers(info), body=body) as answer:
            return answer.headers.get("etag", "").strip('"')

    def delete(self, container: str, name: str) -> None:
        try:
            self._request("DELETE", container, name).close()
        except NotFound:
            return

    def limits(self) -> dict[str, int]:
        """Swift's published limits, by its own names; none where it does not publish them."""
        parts = urlsplit(self._base())
        with self._login.http.request("GET", f"{parts.scheme}://{parts.netloc}/info") as answer:
            document = answer.json() if answer.status == 200 else {}
        found = {**document.get("swift", {}), **{f"slo_{k}": v for k, v in document.get("slo", {}).items()}}
        return {key: value for key, value in sorted(found.items()) if type(value) is int}

    # ------------------------------------------------------------ one request

    def _base(self) -> str:
        return self._login.endpoint("object-store").url

    def _request(
        self,
        method: str,
        container: str,
        name: str = "",
        *,
        query: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
        body: bytes | Iterable[bytes] | None = None,
        length: int | None = None,
    ) -> Response:
        url = self._base()
        if container:
            url += "/" + quote(container, safe="")
        if name:
            url += "/" + quote(name, safe="/")
        if query:
            url += "?" + urlencode(query, quote_via=quote)
        if method == "PUT" and body is None:
            body = b""
        answer = self._login.http.request(method, url, headers=headers, body=body, length=length)
        if answer.status < 300:
            return answer
        with answer:
            facts = faults.Answer("object-store", method, url, answer.status, answer.headers, answer.read())
        # A PUT's 404 is about the container: an object that is missing is no reason to refuse it.
        if name and not (method == "PUT" and answer.status == 404):
            raise faults.fault(facts, kind="object", resource_id=f"{container}/{name}")
        raise faults.fault(facts, kind="container", resource_id=container)


def _pages(what: str, page_behind: Callable[[str], list[dict[str, Any]]], marker: str = "") -> Iterator[dict[str, Any]]:
    """Page by page until an empty one: a short page may be the server's choice and not the end."""
    while page := page_behind(marker):
        yield from page
        if page[-1]["name"] <= marker:
            raise TransientError("DCP-503", what=f"{what}: the listing does not go on")
        marker = page[-1]["name"]


def _info(name: str, headers: dict[str, str]) -> ObjectInfo:
    return ObjectInfo(
        name=name,
        size_bytes=int(headers.get("content-length", 0)),
        etag=headers.get("etag", "").strip('"'),
        content_type=headers.get("content-type", _DEFAULT_TYPE),
        headers={
            key: value
            for key, value in sorted(headers.items())
            if key.startswith("x-object-meta-") or key in _OBJECT_HEADERS
        },
        is_slo=headers.get("x-static-large-object", "").lower() == "true",
    )


def _put_headers(info: ObjectInfo) -> dict[str, str]:
    headers = {**info.headers, "Content-Type": info.content_type or _DEFAULT_TYPE}
    return {**headers, "ETag": info.etag} if info.etag else headers


def _segment(item: dict[str, Any]) -> Segment:
    """The raw form (`path`, `etag`, `size_bytes`), or the older one (`name`, `hash`, `bytes`)."""
    path = item.get("path") or item.get("name")
    if not path:
        raise Unsupported("DCP-415", what="a static large object with data inside its manifest")
    container, _, name = str(path).lstrip("/").partition("/")
    return Segment(
        container=container,
        name=name,
        size_bytes=int(item.get("size_bytes") or item.get("bytes") or 0),
        etag=str(item.get("etag") or item.get("hash") or ""),
        range=item.get("range"),
    )


def _segment_body(segment: Segment) -> dict[str, Any]:
    body: dict[str, Any] = {"path": f"/{segment.container}/{segment.name}", "size_bytes": segment.size_bytes}
    if segment.etag:
        body["etag"] = segment.etag
    if segment.range:
        body["range"] = segment.range
    return body
