"""Listings of a container: their rows, and when the last page has been seen."""

import json
from collections.abc import Callable, Iterator

import msgspec

from migrate.clouds.openstack import answers
from migrate.clouds.openstack.object_records import DEFAULT_TYPE
from migrate.clouds.ports import Version
from migrate.errors import TransientError, Unreadable, Unsupported
from migrate.model import ObjectEntry

_DELETED = "application/x-deleted;swift_versions_deleted=1"


class Row(msgspec.Struct):
    """One name of a listing, or one version of it. Typed, because ten thousand of them are read at a time."""

    name: str
    bytes: int = 0
    hash: str = ""
    content_type: str | None = None
    last_modified: str = ""
    slo_etag: str = ""
    symlink_path: str | None = None
    # In a container that keeps versions each current object is a link of the server's own to one of them.
    version_symlink: bool = False
    version_id: str = ""
    is_latest: bool = False


_ROWS = msgspec.json.Decoder(list[Row])


class Page(msgspec.Struct):
    """One answer: its rows, and how many names the container has in all (None: not told)."""

    rows: list[Row]
    count: int | None


Ask = Callable[[dict[str, str]], Page]
"""Asks for one page with these parameters."""


def rows_of(body: bytes, what: str) -> list[Row]:
    """Raises TransientError: no listing, or one that was cut.   Unreadable: a whole one, with a row that is none."""
    try:
        return _ROWS.decode(body) if body else []
    except msgspec.DecodeError as error:
        if odd := _odd_row(body):
            raise Unreadable("DCP-713", what=f"{what}: {odd}") from error
        raise TransientError("DCP-503", what=f"{what}: no listing in the answer") from error


def _odd_row(body: bytes) -> str:
    """The first row of a whole listing that is none, and why; empty where that is not what is wrong with it."""
    try:
        rows = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    for place, row in enumerate(rows if isinstance(rows, list) else (), 1):
        try:
            # A text with half a character in it is JSON, and no name.
            msgspec.json.encode(msgspec.convert(row, Row))
        except answers.ODD as error:
            name = row.get("name") if isinstance(row, dict) else None
            return f"row {place} {answers.whole(name) if isinstance(name, str) else ''}: {answers.why(error)}"
    return ""


def entries(ask: Ask, what: str, prefix: str, marker: str, until: str) -> Iterator[ObjectEntry]:
    """The names in the range, page by page. Raises TransientError: the listing does not go on.

    A short page may be the server's choice and not the end. The end is where `until` lies; or where exactly as many
    names have come as the container has; or else where nothing comes. More names than it has are no end: the count of
    a container in shards is late.
    """
    is_whole, seen = not prefix and not marker, 0
    # Exclusive there; and \0, which would come sooner, is in no legal name.
    query = {"prefix": prefix, "end_marker": until and until + "\x01"}
    while True:
        page = ask({**query, "marker": marker})
        for row in page.rows:
            # Old servers do not know `end_marker`.
            if until and row.name > until:
                return
            yield _entry(row)
        seen += len(page.rows)
        if not page.rows or (is_whole and seen == page.count) or (until and page.rows[-1].name >= until):
            return
        if page.rows[-1].name <= marker:
            raise TransientError("DCP-503", what=f"{what}: the listing does not go on")
        marker = page.rows[-1].name


def versions(ask: Ask, what: str) -> Iterator[Version]:
    """All versions, page by page until an empty one: how many there are nobody tells.

    Raises TransientError: the listing does not go on.   Unsupported: the server does not know versions, and lists
    names instead.
    """
    marker, version_marker = "", ""
    while page := ask({"versions": "true", "marker": marker, "version_marker": version_marker}).rows:
        for row in page:
            if not row.version_id:
                raise Unsupported("DCP-415", what=f"{what}: listing of versions")
            yield _version(row)
        last = page[-1]
        if last.name < marker or (last.name, last.version_id) == (marker, version_marker):
            raise TransientError("DCP-503", what=f"{what}: the listing does not go on")
        marker, version_marker = last.name, last.version_id


def _entry(row: Row) -> ObjectEntry:
    return ObjectEntry(
        name=row.name,
        size_bytes=row.bytes,
        etag=row.hash,
        content_type=row.content_type or DEFAULT_TYPE,
        last_modified=row.last_modified,
        slo_etag=row.slo_etag.strip('"'),
        is_link=row.symlink_path is not None and not row.version_symlink,
    )


def _version(row: Row) -> Version:
    return Version(
        name=row.name,
        version_id=row.version_id,
        size_bytes=row.bytes,
        etag=row.slo_etag.strip('"') or row.hash,
        last_modified=row.last_modified,
        is_latest=row.is_latest,
        is_delete_marker=row.content_type == _DELETED,
    )
