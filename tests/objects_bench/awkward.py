"""A tenant of everything that movers of objects lose, made by raw requests; each thing is an item by name.

Two tenants that are built by this, on whichever clouds, hold the same: times, bodies and names are fixed.
"""

import gzip
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from tests.objects_bench.raw import Account

DELETE_AT = "4102444800"
"""2100: far enough for any test, and an integer that every release of Swift takes."""

PLAIN = "application/octet-stream"

LEADING = ("there", "kind", "leads to", "content", "content type")
"""The aspects of what leads elsewhere; its metadata are a row of their own."""


class Item(NamedTuple):
    """One thing that a move keeps, changes or loses. `name` is empty for a container; `aspects` empty for all."""

    row: str
    container: str
    name: str = ""
    aspects: tuple[str, ...] = ()


def build(cloud_entry: str, clouds: Path | None = None) -> list[Item]:
    """Empties the tenant's account, builds everything in it, and returns what there is to be kept."""
    builder = _Builder(Account.of(cloud_entry, clouds))
    builder.account.empty()
    for part in (_headers, _types, _names, _static_large, _dynamic_large, _links, _containers, _versions):
        part(builder)
    return builder.items


@dataclass
class _Builder:
    account: Account
    items: list[Item] = field(default_factory=list)

    def container(self, name: str, **headers: str) -> None:
        self.account.need("PUT", name, headers=headers)

    def put(
        self,
        container: str,
        name: str,
        body: bytes | None = None,
        *,
        kind: str = PLAIN,
        query: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> bytes:
        """Stores the object; its body says whose it is unless one is given. Returns the body."""
        content = f"the content of {container}/{name}\n".encode() * 40 if body is None else body
        self.account.need(
            "PUT", container, name, query=query, body=content, headers={"Content-Type": kind, **(headers or {})}
        )
        return content

    def item(self, row: str, container: str, name: str = "", *aspects: str) -> None:
        self.items.append(Item(row, container, name, aspects))

    def manifest(
        self, container: str, name: str, segments: list[dict[str, Any]], headers: Mapping[str, str] | None = None
    ) -> None:
        self.put(
            container, name, json.dumps(segments).encode(), query="multipart-manifest=put", kind="video/mp4",
            headers=headers,
        )  # fmt: skip


def _headers(make: _Builder) -> None:
    make.container("headers")
    metadata = {"X-Object-Meta-Colour": "grün", "X-Object-Meta-Owner": "日本 Ltd", "X-Object-Meta-Ticket": "A-17"}
    make.put("headers", "metadata", headers=metadata)
    make.item("custom metadata, UTF-8", "headers", "metadata", "metadata")
    body = gzip.compress(b"one line of text\n" * 300, mtime=0)
    make.put("headers", "packed.txt", body, kind="text/plain", headers={"Content-Encoding": "gzip"})
    make.item("Content-Encoding: gzip", "headers", "packed.txt", "there", "content", "content-encoding")
    for header, value in (
        ("Content-Disposition", 'attachment; filename="Zeugnis.pdf"'),
        ("Cache-Control", "public, max-age=86400"),
        ("Content-Language", "de-AT"),
        ("Expires", "Thu, 01 Jan 2099 00:00:00 GMT"),
        ("X-Delete-At", DELETE_AT),
    ):
        name = header.lower()
        make.put("headers", name, headers={header: value})
        make.item(header, "headers", name, name)
    make.put("headers", "empty", b"")
    make.item("an empty object", "headers", "empty")


def _types(make: _Builder) -> None:
    make.container("types")
    for row, name, kind in (
        ("content type: does not match the name", "photo.jpg", "text/x-not-a-picture"),
        ("content type: with parameters", "page.html", 'text/html; charset="iso-8859-1"; level=1'),
        ("content type: name without an extension", "picture", "image/png"),
        ("content type: unknown type", "thing.zzz", "application/vnd.acme.thing+json"),
    ):
        make.put("types", name, kind=kind)
        make.item(row, "types", name, "there", "content type")


def _names(make: _Builder) -> None:
    make.container("names")
    for name in ("a/b", "a//b", "/leading", "//two", "../x", "./here", "x/../y", "pseudo", "pseudo/", "pseudo/child"):
        make.put("names", name)
        make.item(f"name `{name}`", "names", name)
    make.put("names", "a directory/", b"", kind="application/directory")
    make.item("directory marker `a directory/`", "names", "a directory/")
    make.put("names", "trailing slash/")
    make.item("name `trailing slash/`, with bytes", "names", "trailing slash/")
    for row, name in (
        ("name with spaces, `%25`, `?`, `#`, `&`", "50%25 off? #1 & more"),
        ("name with a line break", "two\nlines"),
        ("name in Unicode, composed and not", "caf\u00e9"),
        ("name in Unicode, composed and not", "cafe\u0301"),
        ("name of 1,005 bytes", "n" * 600 + "ü" * 202 + "n"),
        ("name with a trailing dot", "dot."),
        ("name with a backslash, a colon, quotes", 'C:\\it\'s "here"'),
    ):
        make.put("names", name)
        make.item(row, "names", name)


def _segment(container: str, name: str, body: bytes, **more: Any) -> dict[str, Any]:
    return {
        "path": f"/{container}/{name}",
        "etag": hashlib.md5(body, usedforsecurity=False).hexdigest(),
        "size_bytes": len(body),
        **more,
    }


def _static_large(make: _Builder) -> None:
    for container in ("large", "large_segments", "more segments ü"):
        make.container(container)
    here, there = "large_segments", "more segments ü"
    bodies = {f"part/{n}": make.put(here, f"part/{n}", bytes([65 + n]) * 70_000) for n in range(3)}
    bodies["último"] = make.put(there, "último", b"z" * 30_000)
    parts = [_segment(here, f"part/{n}", bodies[f"part/{n}"]) for n in range(3)]
    elsewhere = _segment(there, "último", bodies["último"])

    make.manifest("large", "static", parts, {"X-Object-Meta-Film": "Le départ"})
    make.item("static large object", "large", "static", *LEADING)
    make.item("custom metadata of manifests and links", "large", "static", "metadata")
    make.manifest("large", "across", [*parts[:2], elsewhere])
    make.item("static large object, segments in several containers", "large", "across")
    make.manifest("large", "ranges", [{**parts[0], "range": "0-999"}, {**parts[1], "range": "-500"}, elsewhere])
    make.item("static large object, ranges of segments", "large", "ranges")
    make.manifest("large", "inline", [{"data": "SGVhZGVyIG9mIHRoZSBmaWxl"}, parts[0]])
    make.item("static large object, bytes in the manifest", "large", "inline")
    make.manifest("large", "nested", [{"path": "/large/static"}, elsewhere])
    make.item("static large object, nested", "large", "nested")
    mine = make.put("large", "zz/own/1", b"q" * 50_000)
    make.manifest("large", "own segments", [_segment("large", "zz/own/1", mine)])
    make.item("static large object, segments in the same container", "large", "own segments")


def _dynamic_large(make: _Builder) -> None:
    for n in range(3):
        make.put("large_segments", f"film/{n:04}", bytes([97 + n]) * 40_000)
    headers = {"X-Object-Manifest": "large_segments/film/", "X-Object-Meta-Reel": "un"}
    make.put("large", "dynamic", b"", kind="video/ogg", headers=headers)
    make.item("dynamic large object", "large", "dynamic", *LEADING)
    make.item("custom metadata of manifests and links", "large", "dynamic", "metadata")
    headers = {"X-Object-Manifest": "more%20segments%20%C3%BC/%C3%BAlt"}
    make.put("large", "dynamic, quoted", b"", kind="video/ogg", headers=headers)
    make.item("dynamic large object, prefix in UTF-8", "large", "dynamic, quoted")


def _links(make: _Builder) -> None:
    make.container("links")
    body = make.put("links", "end")
    make.put("links", "dynamic", b"", headers={"X-Symlink-Target": "links/end", "X-Object-Meta-Why": "alias"})
    make.item("symbolic link, dynamic", "links", "dynamic", *LEADING)
    make.item("custom metadata of manifests and links", "links", "dynamic", "metadata")
    etag = hashlib.md5(body, usedforsecurity=False).hexdigest()
    make.put("links", "static", b"", headers={"X-Symlink-Target": "links/end", "X-Symlink-Target-Etag": etag})
    make.item("symbolic link, static", "links", "static")
    make.put("links", "other container", b"", headers={"X-Symlink-Target": "names/caf%C3%A9"})
    make.item("symbolic link into another container", "links", "other container")
    make.put("links", "dangling", b"", headers={"X-Symlink-Target": "links/is not there"})
    make.item("dangling symbolic link", "links", "dangling")
    make.put("links", "to large", b"", headers={"X-Symlink-Target": "large/static"})
    make.item("symbolic link to a static large object", "links", "to large")


def _containers(make: _Builder) -> None:
    make.container("empty")
    make.item("an empty container", "empty")
    make.container("Ünïque Name_1")
    make.put("Ünïque Name_1", "object")
    make.item("container name in UTF-8", "Ünïque Name_1")
    settings = (
        ("container metadata, UTF-8", "metadata", {"X-Container-Meta-Team": "Zürich", "X-Container-Meta-Cost": "42"}),
        ("read ACL", "read ACL", {"X-Container-Read": ".r:*,.rlistings"}),
        ("write ACL", "write ACL", {"X-Container-Write": "*:0123456789abcdef0123456789abcdef"}),
        ("quotas", "quota", {"X-Container-Meta-Quota-Bytes": "104857600", "X-Container-Meta-Quota-Count": "5000"}),
        (
            "CORS",
            "CORS",
            {
                "X-Container-Meta-Access-Control-Allow-Origin": "https://example.org",
                "X-Container-Meta-Access-Control-Expose-Headers": "X-Object-Meta-Colour",
                "X-Container-Meta-Access-Control-Max-Age": "600",
            },
        ),
        ("website", "web", {"X-Container-Meta-Web-Index": "index.html", "X-Container-Meta-Web-Error": "err"}),
        ("temporary URL keys", "signing keys", {"X-Container-Meta-Temp-URL-Key": "not-a-real-key"}),
    )
    for row, aspect, headers in settings:
        container = f"set {aspect}"
        make.container(container, **headers)
        make.put(container, "object")
        make.item(row, container, "", aspect)


def _versions(make: _Builder) -> None:
    make.container("versions")
    make.put("versions", "before", b"the one of the time before versions")
    make.account.need("POST", "versions", headers={"X-Versions-Enabled": "true"})
    for n in range(3):
        make.put("versions", "letter", f"draft {n}".encode(), headers={"X-Object-Meta-Draft": str(n)})
    make.put("versions", "gone", b"deleted, and kept as a version")
    make.account.need("DELETE", "versions", "gone")
    make.item("versioning enabled", "versions", "", "versioning")
    make.item("the latest version", "versions", "letter", "there", "content", "metadata")
    make.item("history of an object", "versions", "letter", "versions")
    make.item("history and delete marker of a deleted object", "versions", "gone", "versions")
    make.container("archive")
    # As the server names them; by hand, because a name holds the time.
    make.put("archive", "004file/1600000000.00000", b"state 0")
    make.container("old versions")
    make.put("old versions", "file", b"state 1")
    make.account.need("POST", "old versions", headers={"X-Versions-Location": "archive"})
    make.item("versions in a separate container", "old versions", "", "versioning")
    make.item("versions in a separate container", "archive", "004file/1600000000.00000")
