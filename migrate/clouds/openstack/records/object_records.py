"""Translates Swift's headers and manifests to our records of containers and objects, and back."""

from collections.abc import Mapping
from typing import Any

import msgspec

from migrate.clouds.openstack.records.answers import number
from migrate.clouds.ports import ObjectInfo, Segment
from migrate.clouds.segment_etag import whole_etag, whole_size
from migrate.clouds.strict_or_lenient_listings import MalformedItem, report_item
from migrate.model import MARK_KEY, Container
from migrate.secret_looking import SIGNING_HEADERS

DEFAULT_TYPE = "application/octet-stream"
_MARK_HEADER = f"x-container-meta-{MARK_KEY}"
_CONTAINER_HEADERS = (
    "x-container-meta-",
    "x-container-read",
    "x-container-write",
    "x-container-sync-to",
    "x-container-sync-key",
    "x-versions-location",
    "x-history-location",
    "x-versions-enabled",
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
        "x-robots-tag",
        "x-symlink-target",
        "x-symlink-target-account",
        "x-symlink-target-etag",
    }
)


def listed_container(item: Mapping[str, Any]) -> Container:
    """A container from a row of the account's listing."""
    return Container(name=item["name"], objects=number(item["count"]), size_bytes=number(item["bytes"]))


def container_of(name: str, headers: Mapping[str, str]) -> Container:
    """A container from its headers. Headers that are not UTF-8 are decoded as Latin-1, which old clients used."""
    told = {_readable(key): _readable(value) for key, value in headers.items()}
    if told != headers:
        report_item(MalformedItem("container", 0, "", name, "latin-1", is_left_out=False), None)
        headers = told
    return Container(
        name=name,
        objects=number(headers.get("x-container-object-count", 0)),
        size_bytes=number(headers.get("x-container-bytes-used", 0)),
        headers={
            key: "" if key in SIGNING_HEADERS else value
            for key, value in sorted(headers.items())
            if key.startswith(_CONTAINER_HEADERS) and key != _MARK_HEADER
        },
        storage_policy=headers.get("x-storage-policy"),
        mark=headers.get(_MARK_HEADER),
    )


def _readable(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogateescape").decode("latin-1")
    return text


def info_of(name: str, headers: Mapping[str, str]) -> ObjectInfo:
    """The record of an object, except for a static large object."""
    return ObjectInfo(
        name=name,
        size_bytes=int(headers.get("content-length", 0)),
        etag=headers.get("etag", "").strip('"'),
        content_type=headers.get("content-type", DEFAULT_TYPE),
        headers=_kept(headers),
    )


def is_large(headers: Mapping[str, str]) -> bool:
    return headers.get("x-static-large-object", "").lower() == "true"


def large_of(name: str, headers: Mapping[str, str], content_type: str, segments: tuple[Segment, ...]) -> ObjectInfo:
    return ObjectInfo(
        name=name,
        size_bytes=whole_size(segments),
        etag=whole_etag(segments),
        content_type=content_type,
        headers=_kept(headers),
        is_slo=True,
        segments=segments,
    )


def _kept(headers: Mapping[str, str]) -> dict[str, str]:
    return {key: value for key, value in headers.items() if key in _OBJECT_HEADERS or key.startswith("x-object-meta-")}


def put_headers(info: ObjectInfo) -> dict[str, str]:
    headers = {**info.headers, "Content-Type": info.content_type or DEFAULT_TYPE}
    if info.etag:
        headers["ETag"] = info.etag
    return headers


class _SegmentRow(msgspec.Struct):
    """A segment: in the raw form (`path`, `etag`, `size_bytes`), which can be uploaded, or the stored one (`name`,
    `hash`, `bytes`).
    """

    path: str = ""
    etag: str | None = ""
    size_bytes: int | None = 0
    name: str = ""
    hash: str | None = ""
    bytes: int | None = 0
    range: str | None = None
    data: str | None = None


_MANIFEST = msgspec.json.Decoder(list[_SegmentRow])


def segments_of(body: bytes) -> tuple[tuple[Segment, ...], bool]:
    """The segments in a manifest, and whether it was in the raw form.

    Raises: msgspec.DecodeError, UnicodeDecodeError.
    """
    rows = _MANIFEST.decode(body)
    return tuple(map(_segment, rows)), not any(row.name for row in rows)


def _segment(row: _SegmentRow) -> Segment:
    if row.data is not None:
        return Segment(data=row.data)
    container, _, name = (row.path or row.name).removeprefix("/").partition("/")
    return Segment(
        container=container,
        name=name,
        size_bytes=row.size_bytes or row.bytes or 0,
        etag=row.etag or row.hash or "",
        range=row.range,
    )


def manifest_body(segments: tuple[Segment, ...]) -> bytes:
    return msgspec.json.encode([_segment_body(segment) for segment in segments])


def _segment_body(segment: Segment) -> dict[str, Any]:
    if segment.data is not None:
        return {"data": segment.data}
    body: dict[str, Any] = {"path": f"/{segment.container}/{segment.name}", "size_bytes": segment.size_bytes}
    if segment.etag:
        body["etag"] = segment.etag
    if segment.range:
        body["range"] = segment.range
    return body
