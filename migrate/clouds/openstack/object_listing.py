"""Listings of a container: rows, and how to recognise the last page."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from migrate.clouds.http import MOST_NAMES, Pages
from migrate.clouds.openstack.records import answers
from migrate.clouds.openstack.records.object_records import DEFAULT_TYPE
from migrate.clouds.ports import Version
from migrate.clouds.strict_or_lenient_listings import report_object_row
from migrate.errors import TransientError, Unreadable, Unsupported
from migrate.messages import codes
from migrate.model import ObjectEntry

_DELETED = "application/x-deleted;swift_versions_deleted=1"


class Row(msgspec.Struct):
    """One name in a listing, or one version of it. Typed, because ten thousand rows are read at a time."""

    name: str
    bytes: int = 0
    hash: str = ""
    content_type: str | None = None
    last_modified: str = ""
    slo_etag: str = ""
    symlink_path: str | None = None
    # In a versioned container, each current object is an internal link to a version.
    version_symlink: bool = False
    version_id: str = ""
    is_latest: bool = False


_ROWS = msgspec.json.Decoder(list[Row])


@dataclass(frozen=True)
class OddRow:
    """A malformed row. `name`: a name that can be requested, if any; `shown`: a name for messages; `why`:
    the defect.
    """

    name: str
    shown: str
    why: str


Line = Row | OddRow


class Page(msgspec.Struct):
    """One answer: its rows, and the number of names in the container (None: unknown)."""

    rows: list[Line]
    count: int | None


Ask = Callable[[dict[str, str]], Page]
"""Requests one page with these parameters."""


def rows_of(body: bytes, what: str) -> list[Line]:
    """The rows in an answer. Raises TransientError: truncated.   Unreadable: complete, but not a listing."""
    try:
        return list[Line](_ROWS.decode(body)) if body else []
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        try:
            rows = json.loads(body)
        except (ValueError, RecursionError):
            raise TransientError(codes.CLOUD_UNAVAILABLE, what=f"{what}: no listing in the answer") from error
        if not isinstance(rows, list):
            raise Unreadable(codes.ANSWER_UNREADABLE, what=f"{what}: no list of objects") from error
        return [_line(row) for row in rows]


def _line(row: Any) -> Line:
    try:
        read = msgspec.convert(row, Row)
        # A text with a surrogate is valid JSON but not a name.
        msgspec.json.encode(read)
        return read
    except answers.ODD as error:
        name = row.get("name") if isinstance(row, dict) else None
        shown = answers.whole(name) if isinstance(name, str) else ""
        return OddRow(shown if shown == name else "", shown, answers.why(error))


def entries(ask: Ask, what: str, prefix: str, marker: str, until: str) -> Iterator[ObjectEntry]:
    """The names in the range, page by page. Raises TransientError: the listing does not continue.  Unreadable: a
    malformed row without a listener, or rows without names.

    A short page is not necessarily the last. The listing ends at `until`; or once it has exactly as many names as the
    container; or else at an empty page. More names than the container has mean nothing: the count of a sharded
    container lags behind. A malformed row is reported (`strict_or_lenient_listings.reporting_rows`) and left out.
    """
    is_whole, seen, before = not prefix and not marker, 0, Row("")
    # The end marker is exclusive; \0, which would sort first, is illegal in names.
    query = {"prefix": prefix, "end_marker": until and until + "\x01"}
    pages = Pages(what, MOST_NAMES)
    while True:
        page = ask({**query, "marker": marker})
        if not seen and page.count is not None:
            pages.most = _most_names(page.count)
        pages.turn(len(page.rows))
        last, rows = _up_to_a_name(page.rows)
        for place, row in enumerate(rows, seen + 1):
            # Old servers ignore `end_marker`.
            if until and row.name > until:
                return
            if isinstance(row, OddRow):
                report_object_row(what, place, row.shown, row.why)
            elif row.name > before.name:
                before = row
                yield _entry(row)
            elif not row.name:
                report_object_row(what, place, "", "no name")
            elif row != before:
                # With names out of order, some would seem to be missing.
                report_object_row(what, place, row.name, "listed twice" if row.name == before.name else "out of order")
        seen += len(rows)
        if not rows or (is_whole and seen == page.count) or (until and last >= until):
            return
        if not last and is_whole and page.count is not None and seen < page.count:
            raise Unreadable(codes.ANSWER_UNREADABLE, what=f"{what}: what comes behind row {seen} cannot be asked for")
        if not last:
            return
        if last <= marker:
            raise TransientError(codes.CLOUD_UNAVAILABLE, what=f"{what}: the listing does not go on")
        marker = last


def _up_to_a_name(rows: list[Line]) -> tuple[str, list[Line]]:
    """The last name in the rows, as the marker for the next page, and the rows up to it; the rest is listed again.

    An empty name and all rows if none has a name.
    """
    for at in range(len(rows), 0, -1):
        if rows[at - 1].name:
            return rows[at - 1].name, rows[:at] if at < len(rows) else rows
    return "", rows


def _most_names(count: int) -> int:
    """The maximum number of names for a container of this size: a sharded container's count lags, and
    others may write.
    """
    return 2 * count + 1_000_000


def versions(ask: Ask, what: str) -> Iterator[Version]:
    """All versions, page by page until an empty one: there is no total count.

    Raises TransientError: the listing does not continue.   Unsupported: the server has no versions, and lists names
    instead.
    """
    marker, version_marker = "", ""
    pages = Pages(what, MOST_NAMES)
    while page := ask({"versions": "true", "marker": marker, "version_marker": version_marker}).rows:
        pages.turn(len(page))
        for place, row in enumerate(page, 1):
            if isinstance(row, OddRow):
                raise Unreadable(codes.ANSWER_UNREADABLE, what=f"{what} #{place} {row.shown}", why=row.why)
            if not row.version_id:
                raise Unsupported(codes.UNSUPPORTED, what=f"{what}: listing of versions")
            last = row
            yield _version(row)
        if last.name < marker or (last.name, last.version_id) == (marker, version_marker):
            raise TransientError(codes.CLOUD_UNAVAILABLE, what=f"{what}: the listing does not go on")
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
