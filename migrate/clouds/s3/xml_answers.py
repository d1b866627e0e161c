"""XML documents from and to S3. Entities and document types are refused."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote_plus
from xml.etree.ElementTree import Element, ParseError, fromstring
from xml.sax.saxutils import escape

from migrate.clouds.ports import Part, Upload
from migrate.errors import TransientError
from migrate.messages import codes
from migrate.model import ObjectEntry
from migrate.model.s3_objects import EXPIRY_TAG, content_md5

_DIGITS = re.compile(r"[0-9]{1,16}")
_QUOTED = re.compile(r"[0-9A-Za-z%+*._~/!'()-]*")


@dataclass(frozen=True)
class Problem:
    """The content of an error document; empty if there is none."""

    code: str = ""
    message: str = ""
    region: str = ""


@dataclass(frozen=True)
class Page:
    """A page of a listing. `last`: the marker for the next page, None at the end.   `is_v2`: version 2 is supported."""

    entries: list[ObjectEntry]
    last: str | None
    is_v2: bool


def document(body: bytes, what: str) -> Element:
    """The root of a document, with names without namespace. Raises TransientError if it is not XML."""
    try:
        text = body.decode().strip()
        if "<!DOCTYPE" in text or "<!ENTITY" in text:
            raise ValueError("a document type")
        root = fromstring(text)
    except (ParseError, ValueError) as error:
        raise TransientError(codes.CLOUD_UNAVAILABLE, what=f"{what}: no XML of S3") from error
    space = root.tag.partition("}")[0] + "}" if root.tag.startswith("{") else ""
    if space:
        for element in root.iter():
            element.tag = element.tag.removeprefix(space)
    return root


def problem(body: bytes) -> Problem:
    """The error document of an answer; empty for any other content."""
    try:
        root = document(body, "")
    except TransientError:
        return Problem()
    return problem_of(root)


def problem_of(root: Element) -> Problem:
    if root.tag != "Error":
        return Problem()
    return Problem(*(root.findtext(name) or "" for name in ("Code", "Message", "Region")))


def page(body: bytes, what: str, prefix: str) -> Page:
    """A page of ListObjects, either version, with names after `prefix`. Raises TransientError if it cannot continue."""
    root = document(body, what)
    is_quoted = root.findtext("EncodingType") == "url"
    entries, last = [], None
    for item in root.iterfind("Contents"):
        told = {child.tag: child.text or "" for child in item}
        key = told.get("Key", "")
        last = unquote_plus(key) if is_quoted else key
        if not last or not last.startswith(prefix):
            # From another container: using such a name would affect somebody else's object.
            raise TransientError(codes.CLOUD_UNAVAILABLE, what=f"{what}: lists {last!r}, which was not asked for")
        if last != prefix:
            entries.append(
                ObjectEntry(
                    name=last.removeprefix(prefix),
                    size_bytes=_number(told.get("Size", ""), what),
                    etag=unquoted(told.get("ETag", "")),
                    content_type="",
                    last_modified=told.get("LastModified", ""),
                )
            )
    is_v2 = root.find("KeyCount") is not None
    if last is None and _is_truncated(root):
        raise TransientError(codes.CLOUD_UNAVAILABLE, what=f"{what}: the listing does not go on")
    return Page(entries, last if _is_truncated(root) else None, is_v2)


def uploads(body: bytes, what: str, prefix: str, asked: str) -> tuple[list[Upload], dict[str, str]]:
    """A page of unfinished uploads below `prefix`, and the query for the next page; empty at the end.

    Args:  asked: the requested key with prefix; empty for all.
    """
    root = document(body, what)
    keys = [item.findtext("Key") or "" for item in root.iterfind("Upload")]
    # Some stores claim to quote names but do not: names with illegal characters, or equal to the request, are unquoted.
    is_quoted = root.findtext("EncodingType") == "url" and all(map(_QUOTED.fullmatch, keys)) and asked not in keys

    def name(text: str) -> str:
        return unquote_plus(text) if is_quoted else text

    found = [
        Upload(
            name=name(key).removeprefix(prefix),
            upload_id=item.findtext("UploadId") or "",
            started_at=item.findtext("Initiated") or "",
        )
        for key, item in zip(keys, root.iterfind("Upload"), strict=True)
    ]
    behind = {
        "key-marker": name(root.findtext("NextKeyMarker") or ""),
        "upload-id-marker": root.findtext("NextUploadIdMarker") or "",
    }
    return found, behind if _is_truncated(root) else {}


def parts(body: bytes, what: str) -> tuple[list[Part], str]:
    """A page of an upload's parts, and the number to continue after; empty at the end."""
    root = document(body, what)
    found = [
        Part(
            number=_number(item.findtext("PartNumber") or "0", what),
            size_bytes=_number(item.findtext("Size") or "0", what),
            etag=unquoted(item.findtext("ETag") or ""),
        )
        for item in root.iterfind("Part")
    ]
    return found, (root.findtext("NextPartNumberMarker") or "") if _is_truncated(root) else ""


def tags(body: bytes, what: str) -> dict[str, str]:
    return dict(_tags(document(body, what)))


def _tags(root: Element) -> Iterator[tuple[str, str]]:
    for item in root.iter("Tag"):
        yield item.findtext("Key") or "", item.findtext("Value") or ""


def unquoted(etag: str) -> str:
    return etag.removeprefix("W/").strip('"')


def _number(text: str, what: str) -> int:
    """A number. Raises TransientError: not a number, or larger than any object."""
    if not _DIGITS.fullmatch(text):
        raise TransientError(codes.CLOUD_UNAVAILABLE, what=f"{what}: {text[:40]!r} where a number is wanted")
    return int(text)


def _is_truncated(root: Element) -> bool:
    return root.findtext("IsTruncated") == "true"


# ---------------------------------------------------------------- requests


def location_body(region: str) -> bytes:
    """The document that sets a new bucket's region."""
    inner = f"<LocationConstraint>{escape(region)}</LocationConstraint>"
    return f'<CreateBucketConfiguration xmlns="{_SPACE}">{inner}</CreateBucketConfiguration>'.encode()


def tags_body(wanted: Mapping[str, str]) -> bytes:
    items = (f"<Tag><Key>{escape(key)}</Key><Value>{escape(value)}</Value></Tag>" for key, value in wanted.items())
    return f'<Tagging xmlns="{_SPACE}"><TagSet>{"".join(items)}</TagSet></Tagging>'.encode()


def parts_body(wanted: Sequence[Part]) -> bytes:
    items = (
        f'<Part><PartNumber>{part.number}</PartNumber><ETag>"{escape(part.etag)}"</ETag></Part>' for part in wanted
    )
    return f'<CompleteMultipartUpload xmlns="{_SPACE}">{"".join(items)}</CompleteMultipartUpload>'.encode()


def life_cycle_body(rules: Iterable[str]) -> bytes:
    return f'<{LIFE_CYCLE} xmlns="{_SPACE}">{"".join(rules)}</{LIFE_CYCLE}>'.encode()


def expiry_rule(day: str, status: str = "Enabled") -> Element:
    """A rule that deletes objects with the day's tag at 00:00 UTC of that day."""
    return fromstring(
        f"<Rule><ID>{EXPIRY_TAG}-{day}</ID><Filter><Tag><Key>{EXPIRY_TAG}</Key><Value>{day}</Value></Tag></Filter>"
        f"<Status>{status}</Status><Expiration><Date>{day}T00:00:00.000Z</Date></Expiration></Rule>"
    )


def xml_headers(body: bytes) -> dict[str, str]:
    """The headers that S3 requires for an XML document."""
    md5 = content_md5(hashlib.md5(body, usedforsecurity=False).hexdigest())
    return {"content-md5": md5, "content-type": "application/xml"}


LIFE_CYCLE = "LifecycleConfiguration"
_SPACE = "http://s3.amazonaws.com/doc/2006-03-01/"
