"""File names for object names: each UTF-8 name maps to one safe, distinct and stable file name.

Names are percent-encoded, upper-case letters too, so that two names never collide on a case-insensitive file system. A
name that is too long ends in a digest; the record next to the file holds the full name.
"""

import hashlib
from pathlib import Path
from urllib.parse import unquote_to_bytes

_SAFE = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789-_")
_LONGEST = 200
_KEPT = 120
_CUT = "%-"
"""Separates the digest in a shortened file name."""


def file_name(name: str) -> str:
    """A file name of at most 200 ASCII characters; never hidden, never `..`, never a device name such as `con`."""
    encoded = _encoded(name)
    if len(encoded) > _LONGEST:
        return f"{encoded[:_KEPT]}{_CUT}{hashlib.sha256(name.encode()).hexdigest()}"
    return encoded


def file_name_start(prefix: str) -> str:
    """The start of the file names of all objects whose names begin with `prefix`."""
    return _encoded(prefix)[:_KEPT]


def record_path(folder: Path, name: str) -> Path:
    """The path of an object's record."""
    shard = hashlib.sha256(name.encode()).hexdigest()[:2]
    return folder / shard / f"{file_name(name)}.json"


def data_path(record: Path, etag: str) -> Path:
    """The path of the object's data with this ETag."""
    return record.with_name(f"{record.stem}.{etag}.data")


def record_of(data: Path) -> Path:
    """The path of the record that may name this data file."""
    return data.with_name(f"{data.name.partition('.')[0]}.json")


def name_by(record: Path) -> str | None:
    """The object's name, decoded from its record's file name; None if the name was shortened or the file is not a
    record.
    """
    if _CUT in record.stem:
        return None
    name = unquote_to_bytes(record.stem).decode("utf-8", "replace")
    return name if record_path(record.parents[1], name) == record else None


def _encoded(name: str) -> str:
    return "".join(chr(byte) if byte in _SAFE else f"%{byte:02x}" for byte in name.encode())
