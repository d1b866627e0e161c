"""The JSON records of objects and containers: one line of content, one line with its digest."""

import hashlib
import re
from pathlib import Path
from typing import TypeVar

import msgspec

from migrate.clouds.folder.whole_files import opened
from migrate.errors import IntegrityError
from migrate.messages import codes
from migrate.model import Record


class ContainerRecord(Record, frozen=True, kw_only=True):
    name: str
    headers: dict[str, str] = {}


class ObjectRecord(Record, frozen=True, kw_only=True):
    name: str
    size_bytes: int
    etag: str
    content_type: str
    headers: dict[str, str] = {}
    last_modified: str = ""


_ETAG = re.compile(r"[0-9A-Za-z-]{1,100}")
"""Part of the data file's name."""
_MOST_BYTES = 4 << 20
"""Of a record. What is longer is cut, and its digest does not fit."""
_R = TypeVar("_R", ContainerRecord, ObjectRecord)


def seal(record: Record) -> bytes:
    """The file's content: the record, and the SHA-256 of that line."""
    line = msgspec.json.encode(record)
    return line + b"\n" + hashlib.sha256(line).hexdigest().encode() + b"\n"


def read_container(path: Path) -> ContainerRecord:
    return _read(path, ContainerRecord)


def read_object(path: Path) -> ObjectRecord:
    return _read(path, ObjectRecord)


def _read(path: Path, kind: type[_R]) -> _R:
    """The record in a file. Raises IntegrityError: truncated or changed.  ConfigError DCP-311: a link, or another
    user's.
    """
    with opened(path) as file:
        line, _, digest = file.read(_MOST_BYTES).partition(b"\n")
    if digest.strip().decode("ascii", "replace") != hashlib.sha256(line).hexdigest():
        raise IntegrityError(codes.BYTES_DIFFER, what=f"{path}: the record is damaged")
    try:
        found = msgspec.json.decode(line, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as err:
        raise IntegrityError(codes.BYTES_DIFFER, what=f"{path}: {err}") from err
    if isinstance(found, ObjectRecord) and not _ETAG.fullmatch(found.etag):
        raise IntegrityError(codes.BYTES_DIFFER, what=f"{path}: its ETag is none")
    return found
