"""Swift objects on an S3 store: the mapping of headers, and those that S3 cannot hold. Pure: handles headers only.

System headers are sent unchanged, if they are ASCII. `x-object-meta-K` becomes `x-amz-meta-K`; a value that is not
plain ASCII becomes one RFC 2047 word (`=?UTF-8?B?…?=`), as usual for S3: AWS decodes it for storage and returns such a
word. AWS's limits apply everywhere, so that an object is the same on every store.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from email.errors import HeaderParseError
from email.header import decode_header, make_header

META, S3_META = "x-object-meta-", "x-amz-meta-"
SYSTEM_HEADERS = frozenset(
    {"cache-control", "content-disposition", "content-encoding", "content-language", "content-type", "expires"}
)

SOURCE_ETAG = f"{META}decamp-md5"
"""The source's ETag of a multipart object, whose own ETag on S3 is not an MD5 of its content."""

MOST_BYTES = 2048
"""The limit for all names (without their prefix) and values of user metadata, and likewise for system headers."""

EXPIRES_AT = "x-delete-at"
EXPIRY_TAG = "decamp-expires"
"""The tag with the day on which a bucket rule deletes the object."""
_JOINED = "x-object-manifest"
"""The header of a dynamic large object, whose bytes are joined at the target, so that nothing is lost."""

RULE, KEEP, SKIP = EXPIRING = ("rule", "keep", "skip")
"""The handling of expiring objects (policy.yaml, `objects.expiring`)."""

MOST_EXAMPLES = 3
_LAST_DAY = (date.max - date(1970, 1, 1)).days

_NAME = re.compile(r"[0-9a-z!#$%&'*+.^_`|~-]+")
# A signature would fold repeated spaces, and encoded words would be decoded: such values are encoded as one word.
_PLAIN = re.compile(r"[!-~]+( [!-~]+)*")
_MD5 = re.compile(r"[0-9a-f]{32}")


def split_representable(headers: Mapping[str, str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """The headers that an S3 store returns for an object, and the names of those it cannot hold, sorted.

    If the headers are too large in total, small ones take precedence, in order of their names.

    Args:  headers: from ObjectInfo, optionally with `content-type`.
    """
    meta = {key: value for key, value in headers.items() if _is_meta(key, value) and key != SOURCE_ETAG}
    system = {key: value for key, value in headers.items() if key in SYSTEM_HEADERS and _PLAIN.fullmatch(value)}
    room = MOST_BYTES - len(SOURCE_ETAG.removeprefix(META)) - 32
    fitting = _fitting({key: _size(key.removeprefix(META), value) for key, value in meta.items()}, room)
    fitting |= _fitting({key: _size(key, value) for key, value in system.items()}, MOST_BYTES)
    kept = {key: value for key, value in headers.items() if key in fitting}
    return kept, tuple(sorted(headers.keys() - kept.keys()))


def not_carried(headers: Mapping[str, str], content_type: str) -> tuple[str, ...]:
    """Names of an object's headers that `put` to an S3 store drops, sorted."""
    _, lost = split_representable({**headers, "content-type": content_type})
    return tuple(name for name in lost if name != _JOINED)


def expiry_day(headers: Mapping[str, str]) -> str:
    """The first day that begins (UTC) at or after the object's expiry; empty without expiry.

    S3 deletes by whole days: no object is deleted earlier than at the source.
    """
    expires = headers.get(EXPIRES_AT, "")
    if not expires.isascii() or not expires.isdigit():
        return ""
    days = -(-int(expires) // 86400)
    return (date(1970, 1, 1) + timedelta(days=days)).isoformat() if days <= _LAST_DAY else ""


def examples(name: str, headers: Iterable[str]) -> dict[str, str]:
    """An example for each kind of lost header: the object's name, with the key for custom metadata."""
    found: dict[str, str] = {}
    for header in headers:
        told = f"{name} ({header})" if header.startswith(META) else name
        # A key that is not UTF-8 contains surrogates, which documents cannot hold.
        found.setdefault(header_kind(header), told.encode("utf-8", "backslashreplace").decode())
    return found


def header_kind(name: str) -> str:
    """The kind of a header in counts: all custom metadata (`x-object-meta-*`) is one kind, other headers
    are their own.
    """
    return f"{META}*" if name.startswith(META) else name


def to_s3(headers: Mapping[str, str]) -> dict[str, str]:
    """The S3 form of representable headers."""
    return {
        S3_META + key.removeprefix(META) if key.startswith(META) else key: _word(value)
        for key, value in headers.items()
    }


def from_s3(headers: Mapping[str, str]) -> dict[str, str]:
    """An answer's headers in the form of ObjectInfo: sorted, without the content type."""
    found = {}
    for key, value in sorted(headers.items()):
        if key.startswith(S3_META):
            found[META + key.removeprefix(S3_META)] = _decoded_rfc2047(value)
        elif key in SYSTEM_HEADERS and key != "content-type":
            found[key] = value
    return found


def content_md5(etag: str) -> str:
    """The Content-MD5 header for a body with this ETag; empty if the ETag is not an MD5."""
    return base64.b64encode(bytes.fromhex(etag)).decode() if is_md5(etag) else ""


def is_md5(etag: str) -> bool:
    return bool(_MD5.fullmatch(etag))


def multipart_etag(part_md5s: Iterable[str]) -> str:
    """S3's ETag for an object made of parts with these MD5s, in order."""
    parts = [bytes.fromhex(md5) for md5 in part_md5s]
    return f"{hashlib.md5(b''.join(parts), usedforsecurity=False).hexdigest()}-{len(parts)}"


def _is_meta(key: str, value: str) -> bool:
    if not key.startswith(META) or not _NAME.fullmatch(key.removeprefix(META)):
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        # Not UTF-8: no store would return these bytes.
        return False
    return bool(value)


def _size(name: str, value: str) -> int:
    return len(name) + len(_word(value))


def _fitting(sizes: Mapping[str, int], room: int) -> set[str]:
    fitting = set()
    for key in sorted(sizes, key=lambda key: (sizes[key], key)):
        if sizes[key] > room:
            break
        room -= sizes[key]
        fitting.add(key)
    return fitting


def _word(value: str) -> str:
    if _PLAIN.fullmatch(value) and "=?" not in value:
        return value
    return f"=?UTF-8?B?{base64.b64encode(value.encode()).decode()}?="


def _decoded_rfc2047(value: str) -> str:
    if "=?" not in value:
        return value
    try:
        return str(make_header(decode_header(value)))
    except (HeaderParseError, LookupError, UnicodeError, binascii.Error):
        return value
