"""Swift: swiftclient lists the account and creates containers; the thin client does everything else.

The thin client quotes names byte for byte, and reads and sends headers as UTF-8.

The stored form of an object is requested with `multipart-manifest=get&format=raw&symlink=get`. Observed on Swift 2.38:

- A dynamic large object and a link answer with their own body, ETag, type and headers.
- A static large object answers with its manifest in a form that can be uploaded again, under its own type and headers.
  ETag and size are those of the manifest text; those of the whole object are computed from the segments.
- A HEAD for the raw form of a static large object fails (500), so HEAD omits `format=raw`; for a large object it then
  describes the manifest (`application/json`), and a GET follows. A server without the raw form answers a GET the same
  way: then a HEAD without parameters gives the type.
- In a versioned container the current object is an internal link (`x-symlink-target` ends in `?version-id=N`, and
  `x-object-version-id` is N), not customer data. Without `symlink=get` that link is followed; so are the customer's
  links, and `content-location` shows which one.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any
from urllib.parse import quote, unquote, urlencode, urlsplit

import msgspec

from migrate.clouds.http import Pages, Response, exactly
from migrate.clouds.openstack import faults, object_listing
from migrate.clouds.openstack.login import Login
from migrate.clouds.openstack.records import answers
from migrate.clouds.openstack.records.object_records import (
    container_of,
    info_of,
    is_large,
    large_of,
    listed_container,
    manifest_body,
    put_headers,
    segments_of,
)
from migrate.clouds.openstack.swift_account import Containers
from migrate.clouds.ports import LISTING_PAGE, BucketSettings, Expiring, Multipart, ObjectInfo, Orphans, Version
from migrate.errors import Denied, IntegrityError, NotFound, Refused, TransientError, Unsupported
from migrate.messages import codes
from migrate.model import Container, ObjectEntry, Quota
from migrate.secret_looking import SIGNING_HEADERS

# The query for the stored form, and its variant for HEAD.
_RAW = {"GET": "?multipart-manifest=get&format=raw", "HEAD": "?multipart-manifest=get"}
_NO_FOLLOWING = "&symlink=get"
# A body up to this size is sent in one piece with its head, and can be sent again.
_WHOLE_BYTES = 1 << 16
_PRECONDITION_FAILED = 412


class ObjectStore:
    """The object-store port over Swift's own API.

    The server checks a link that names its target's ETag during upload (409): Refused if the target is missing or
    different. In listings of a versioned container, links look like other objects.
    """

    multipart: Multipart | None = None
    expiring: Expiring | None = None
    settings: BucketSettings | None = None
    is_remote = True
    orphans: Orphans | None = None

    def __init__(self, login: Login) -> None:
        self._login = login
        self._limit = str(LISTING_PAGE)
        self._versioned: set[str] = set()

    # ------------------------------------------------------------ containers

    @answers.read
    def containers(self) -> list[Container]:
        return answers.records("container", _pages("account", Containers(self._login).page), listed_container)

    @answers.read
    def container(self, name: str) -> Container:
        # Not with swiftclient: it percent-decodes headers (100%41 becomes 100A), and its parser loses all headers after
        # a name that is not ASCII. These headers are copied and compared.
        with self._request("HEAD", name) as answer:
            return answers.checked_record(container_of(name, answer.headers))

    def free_bytes(self, container: str) -> int | None:
        """The space left by the quotas of account and container, if they exist and are visible."""
        return min((left for part in ("account", "container") for left in self._left(part, container)), default=None)

    def _left(self, part: str, container: str) -> Iterator[int]:
        if quota := self._quota(part, container):
            yield max(0, quota.limit - quota.used)

    def account_quota(self) -> Quota | None:
        return self._quota("account", "")

    def _quota(self, part: str, container: str) -> Quota | None:
        try:
            with self._request("HEAD", container if part == "container" else "") as answer:
                limit = answer.headers.get(f"x-{part}-meta-quota-bytes", "")
                used = answer.headers.get(f"x-{part}-bytes-used", "0")
        except (Denied, NotFound, Refused, Unsupported):
            return None
        known = all(re.fullmatch("[0-9]{1,18}", text) for text in (limit, used))
        return Quota(limit=int(limit), used=int(used)) if known else None

    def signing_keys(self, name: str) -> dict[str, str]:
        with self._request("HEAD", name) as answer:
            return {key: value for key, value in sorted(answer.headers.items()) if key in SIGNING_HEADERS and value}

    def put_container(self, name: str, headers: dict[str, str]) -> None:
        told = {key: value for key, value in headers.items() if value}
        if name in {".", ".."} or any(key.lower() in SIGNING_HEADERS for key in told):
            # Swift accepts these names, but below swiftclient dot segments are resolved, which changes the URL. Its log
            # would also show headers, of which it hides only tokens.
            self._request("PUT", name, headers=told, body=b"").close()
        else:
            Containers(self._login).put(name, told)

    def entries(self, container: str, prefix: str = "", marker: str = "", until: str = "") -> Iterator[ObjectEntry]:
        return object_listing.entries(self._asking(container), f"container {container}", prefix, marker, until)

    def versions(self, container: str) -> Iterator[Version]:
        return object_listing.versions(self._asking(container), f"container {container}")

    def _asking(self, container: str) -> object_listing.Ask:
        def ask(query: dict[str, str]) -> object_listing.Page:
            try:
                return self._page(container, query)
            except Refused as error:
                if error.facts.get("status") != _PRECONDITION_FAILED or not self._limit:
                    raise
                # This cloud allows fewer names per page: without a limit it uses its own.
                self._limit = ""
                return self._page(container, query)

        return ask

    def _page(self, container: str, query: dict[str, str]) -> object_listing.Page:
        told = {key: value for key, value in {"limit": self._limit, **query}.items() if value}
        with self._request("GET", container, query="?format=json&" + urlencode(told, quote_via=quote)) as answer:
            count = answer.headers.get("x-container-object-count", "")
            rows = object_listing.rows_of(answer.read(), f"container {container}")
            return object_listing.Page(rows, int(count) if count.isdecimal() else None)

    # ------------------------------------------------------------ objects

    @answers.read
    def head(self, container: str, name: str) -> ObjectInfo:
        with self._stored("HEAD", container, name) as answer:
            if not is_large(answer.headers):
                return info_of(name, answer.headers)
        with self._stored("GET", container, name) as answer:
            return self._info(container, name, answer)

    @contextmanager
    def get(self, container: str, name: str, version_id: str = "") -> Iterator[tuple[ObjectInfo, Iterator[bytes]]]:
        with self._stored("GET", container, name, version_id) as answer:
            yield self._info(container, name, answer), answer.chunks()

    @contextmanager
    def read(self, container: str, name: str, start: int, end: int) -> Iterator[Iterator[bytes]]:
        headers = {"Range": f"bytes={start}-{end - 1}"}
        with self._request("GET", container, name, headers=headers) as answer:
            yield exactly(answer.chunks(), 0 if answer.status == 206 else start, end - start, answer.url)

    def put(self, container: str, info: ObjectInfo, chunks: Iterable[bytes]) -> str:
        body = _whole(info, chunks) if info.size_bytes <= _WHOLE_BYTES else chunks
        headers = put_headers(info)
        with self._request("PUT", container, info.name, headers=headers, body=body, length=info.size_bytes) as answer:
            return answer.headers.get("etag", "").strip('"')

    def put_manifest(self, container: str, info: ObjectInfo) -> str:
        query, headers, body = "?multipart-manifest=put", put_headers(info), manifest_body(info.segments)
        with self._request("PUT", container, info.name, query=query, headers=headers, body=body) as answer:
            return answer.headers.get("etag", "").strip('"')

    def delete(self, container: str, name: str) -> None:
        try:
            self._request("DELETE", container, name).close()
        except NotFound:
            return

    @answers.read
    def limits(self) -> dict[str, int]:
        """Swift's published limits, by its own names; empty if they are hidden."""
        parts = urlsplit(self._base)
        with self._login.http.request("GET", f"{parts.scheme}://{parts.netloc}/info") as answer:
            document = answer.json() if answer.status == 200 else {}
        swift, slo = (document[part] if isinstance(document.get(part), dict) else {} for part in ("swift", "slo"))
        found = {**swift, **{f"slo_{key}": value for key, value in slo.items()}}
        return {key: value for key, value in sorted(found.items()) if type(value) is int}

    # ------------------------------------------------------------ stored form

    def _stored(self, method: str, container: str, name: str, version_id: str = "") -> Response:
        """The stored form of an object: one request; in a versioned container two for an object, and three
        for a link.
        """
        query = _RAW[method]
        if not version_id and container in self._versioned:
            answer = self._send(method, container, name, query)
            if answer.status < 300 and self._is_here(answer, container, name):
                return answer
            answer.close()
        if not version_id:
            answer = self._request(method, container, name, query=query + _NO_FOLLOWING)
            version_id = answer.headers.get("x-object-version-id", "")
            target = answer.headers.get("x-symlink-target", "")
            if not version_id or not target.endswith(f"?version-id={version_id}"):
                return answer
            answer.close()
            self._versioned.add(container)
        return self._request(method, container, name, query=f"{query}{_NO_FOLLOWING}&version-id={quote(version_id)}")

    def _is_here(self, answer: Response, container: str, name: str) -> bool:
        """Whether the answer is the object itself, not the target of a customer's link."""
        location = answer.headers.get("content-location", "").partition("?")[0]
        account = self._base.rpartition("/")[2]
        return not location or unquote(location).endswith(f"/{unquote(account)}/{container}/{name}")

    def _info(self, container: str, name: str, answer: Response) -> ObjectInfo:
        """The object's record from the answer to a GET; reads the manifest of a large object."""
        if not is_large(answer.headers):
            return info_of(name, answer.headers)
        try:
            segments, is_raw = segments_of(answer.read())
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise TransientError(
                codes.CLOUD_UNAVAILABLE, what=f"object {container}/{name}: no manifest in the answer"
            ) from error
        if is_raw:
            return large_of(name, answer.headers, answer.headers.get("content-type", ""), segments)
        with self._request("HEAD", container, name) as plain:
            return large_of(name, answer.headers, plain.headers.get("content-type", ""), segments)

    # ------------------------------------------------------------ requests

    @property
    def _base(self) -> str:
        return self._login.endpoint("object-store").url

    def _request(
        self,
        method: str,
        container: str,
        name: str = "",
        *,
        query: str = "",
        headers: dict[str, str] | None = None,
        body: bytes | Iterable[bytes] | None = None,
        length: int | None = None,
    ) -> Response:
        """Sends a request. Raises the matching exception for an error answer."""
        answer = self._send(method, container, name, query, headers, body, length)
        if answer.status < 300:
            return answer
        with answer:
            facts = faults.Answer("object-store", method, answer.url, answer.status, answer.headers, answer.read())
        # A 404 to a PUT is about the container: a missing object would not be refused.
        if name and not (method == "PUT" and answer.status == 404):
            raise faults.fault(facts, kind="object", resource_id=f"{container}/{name}")
        raise faults.fault(facts, kind="container", resource_id=container)

    def _send(
        self,
        method: str,
        container: str,
        name: str,
        query: str,
        headers: dict[str, str] | None = None,
        body: bytes | Iterable[bytes] | None = None,
        length: int | None = None,
    ) -> Response:
        url = self._base + _quoted(container)
        if name:
            url = f"{url}/{name if _PLAIN_NAME.fullmatch(name) else _quoted_name(name)}"
        return self._login.http.request(method, url + query, headers=headers, body=body, length=length)


_PLAIN_NAME = re.compile(r"(?!\.|.*/\.)[A-Za-z0-9_.~/-]+")
"""A name without characters to quote: matching is much faster than quoting."""
_DOTS = re.compile(r"(?<![^/])\.{1,2}(?![^/])")
"""Dot segments, which some software would resolve to another folder."""


def _quoted_name(name: str) -> str:
    """The quoted name; escapes dot segments, which would otherwise lead to another object."""
    return _DOTS.sub(lambda dots: "%2E" * len(dots[0]), quote(name, safe="/"))


@lru_cache(maxsize=1024)
def _quoted(container: str) -> str:
    return "/" + _DOTS.sub(lambda dots: "%2E" * len(dots[0]), quote(container, safe=""))


def _whole(info: ObjectInfo, chunks: Iterable[bytes]) -> bytes:
    """A small body in one piece. Raises IntegrityError if its length is not the declared one."""
    body, got = [], 0
    for chunk in chunks:
        got += len(chunk)
        if got > info.size_bytes:
            break
        body.append(chunk)
    if got != info.size_bytes:
        raise IntegrityError(codes.BYTES_DIFFER, what="body to send", expected=info.size_bytes, got=got)
    return b"".join(body)


def _pages(what: str, page_behind: Callable[[str], list[dict[str, Any]]]) -> Iterator[Any]:
    """All rows, page by page until an empty one, as a short page is not necessarily the last."""
    marker, behind, pages = "", list[Any](), Pages(what)
    while (page := answers.as_list(page_behind(marker))) and page != behind:
        pages.turn(len(page), json.dumps(page).encode())
        yield from page
        named = [place for place, row in enumerate(page) if _name_of(row)]
        if not named:
            # The start of the next page is unknown.
            answers.tell_end("container")
            return
        last = _name_of(page[named[-1]])
        if last <= marker:
            raise TransientError(codes.CLOUD_UNAVAILABLE, what=f"{what}: the listing does not go on")
        marker, behind = last, page[named[-1] + 1 :]


def _name_of(row: Any) -> str:
    """The name in a row, if it can be requested, else ""."""
    name = row.get("name") if isinstance(row, dict) else None
    return name if isinstance(name, str) and not answers.SURROGATES.search(name) else ""
