"""File names for object names: any UTF-8 name becomes one safe, distinct file name, the same one each time.

A name is percent-encoded, upper-case letters too, so that two names never meet on a file system that ignores case.
A name that would be too long ends in a digest of the whole; the true name is in the record beside the file.
"""

import hashlib
from pathlib import Path
from urllib.parse import unquote_to_bytes

_SAFE = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789-_")
_LONGEST = 200
_KEPT = 120
_CUT = "%-"
"""Stands before the digest in a file name that does not hold all of the name."""


def file_name(name: str) -> str:
    """A name of at most 200 ASCII characters; never hidden, never `..`, never a device name such as `con`."""
    encoded = _encoded(name)
    if len(encoded) > _LONGEST:
        return f"{encoded[:_KEPT]}{_CUT}{hashlib.sha256(name.encode()).hexdigest()}"
    return encoded


def file_name_start(prefix: str) -> str:
    """How the file name of every object begins whose name begins with `prefix`."""
    return _encoded(prefix)[:_KEPT]


def record_path(folder: Path, name: str) -> Path:
    """Where the record of an object lies."""
    shard = hashlib.sha256(name.encode()).hexdigest()[:2]
    return folder / shard / f"{file_name(name)}.json"


def data_path(record: Path, etag: str) -> Path:
    """Where the bytes of that ETag lie, of the object with this record."""
    return record.with_name(f"{record.stem}.{etag}.data")


def record_of(data: Path) -> Path:
    """The record that may name this data file."""
    return data.with_name(f"{data.name.partition('.')[0]}.json")


def name_by(record: Path) -> str | None:
    """The object's name out of that of its record; None where not all of it is in there, or it is no record of ours."""
    if _CUT in record.stem:
        return None
    name = unquote_to_bytes(record.stem).decode("utf-8", "replace")
    return name if record_path(record.parents[1], name) == record else None


def _encoded(name: str) -> str:
    return "".join(chr(byte) if byte in _SAFE else f"%{byte:02x}" for byte in name.encode())
