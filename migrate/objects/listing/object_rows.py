"""The rows of a pass over a container: one for each object, in files of JSON lines.

A row is the source's listing row plus the facts read when the object was sent. A shard's finished rows are a gzip file,
sorted by the bytes of the name and sealed; during a pass they go to a plain log, so that a kill loses only what was in
flight (docs/formats/objects.md).
"""

import gzip
import hashlib
import json
import os
import threading
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec.structs import replace

from migrate.clouds.ports import ObjectInfo, Segment
from migrate.documents import new_file
from migrate.encrypted_values import PREFIX, concealed_headers, revealed_headers
from migrate.errors import ConfigError, DocumentUnreadable, FatalError, OtherVersion
from migrate.messages import codes
from migrate.model import ObjectEntry, Record
from migrate.own_files import open_own
from migrate.printable_text import visible_json

Facts = tuple[int, str]
"""Size in bytes and ETag, which identify the content of an object."""

FORMAT, VERSION = "decamp-rows", 1
# Rows are short and similar: a higher level hardly saves space.
_LEVEL = 1
_MOST_LINE_BYTES = 64 << 20
"""The limit for a row, which needs a few MiB at most: for a large object of 1,000 segments with very long names."""
T = TypeVar("T")


class Row(ObjectEntry, frozen=True, kw_only=True, omit_defaults=True):
    """An object as listed at the source, and the result of its copy.

    `headers`: read with the body; None if none of our passes has read them. `read`: size and ETag of the sent content,
    if the object had changed since the listing, or is a static large object. `there`: its ETag at the target, if
    different (S3 multipart uploads). `found`: it existed at the target before our first pass. `skip_reason`: why it is
    not at the target, or no longer at the source (`skip_reasons.py`); empty if copied. `dropped`: names of headers that
    the target's store cannot hold. `expires_on`: the day on which a rule of the target's bucket deletes it.
    """

    headers: dict[str, str] | None = None
    read: Facts | None = None
    segments: tuple[Segment, ...] = ()
    there: str = ""
    found: bool = False
    skip_reason: str = msgspec.field(default="", name="fate")
    dropped: tuple[str, ...] = ()
    expires_on: str = ""

    @property
    def facts(self) -> Facts:
        """Size and ETag of the content that was sent."""
        return self.read or (self.size_bytes, self.etag)

    @property
    def left(self) -> set[Facts]:
        """Size and ETag of every content that this row may have left at the target."""
        there = {(self.facts[0], self.there)} if self.there else set()
        return {self.facts, (self.size_bytes, self.etag)} | there


def row_of(entry: ObjectEntry, *, skip_reason: str = "") -> Row:
    """A row with only the facts of the listing."""
    return Row(
        name=entry.name,
        size_bytes=entry.size_bytes,
        etag=entry.etag,
        content_type=entry.content_type,
        last_modified=entry.last_modified,
        slo_etag=entry.slo_etag,
        is_link=entry.is_link,
        skip_reason=skip_reason,
    )


def row_sent(entry: ObjectEntry, info: ObjectInfo, there: str = "", *, found: bool = False) -> Row:
    """A row of an object that was read at the source and is at the target."""
    facts = (info.size_bytes, info.etag)
    return replace(
        row_of(entry),
        content_type=info.content_type,
        headers=info.headers,
        read=facts if facts != (entry.size_bytes, entry.etag) else None,
        segments=info.segments,
        there=there if there != info.etag else "",
        expires_on=info.expires_on,
        found=found,
    )


class RowsHead(Record, frozen=True, kw_only=True):
    """First line of a shard's file: the names in (`after`, `until`]; empty `until` for no end."""

    container: str
    after: str = ""
    until: str = ""
    format: str = FORMAT
    version: int = VERSION


class RowsSeal(Record, frozen=True, kw_only=True):
    """Last line of a shard's file: numbers of rows and bytes, and the SHA-256 of all lines before it."""

    objects: int
    size_bytes: int
    seal: str


def encoded(line: Record) -> bytes:
    """A line of JSON. Headers that are not UTF-8 contain surrogates, which only the slow encoder accepts.

    Conceals header values that look like secrets. Raises FatalError DCP-111.
    """
    if isinstance(line, Row) and line.headers:
        headers = concealed_headers(line.headers)
        line = line if headers is line.headers else msgspec.structs.replace(line, headers=headers)
    try:
        return msgspec.json.encode(line)
    except UnicodeEncodeError:
        return json.dumps(msgspec.to_builtins(line), separators=(",", ":")).encode()


def visible_line(line: Record) -> bytes:
    """Like `encoded`, for a file that people read: escapes control characters."""
    return visible_json(encoded(line).decode()).encode() + b"\n"


_DECODER, _CONCEALED = msgspec.json.Decoder(Row), PREFIX.encode()


def decoded_row(line: bytes) -> Row:
    """The row in a line. Raises msgspec.DecodeError, UnicodeDecodeError.   ConfigError DCP-229: a concealed value is
    unreadable.
    """
    try:
        row = _DECODER.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        if b"\\ud" not in line or not line.endswith(b"}\n"):
            raise
        try:
            row = msgspec.convert(json.loads(line), Row)
        except (ValueError, RecursionError) as err:
            raise msgspec.DecodeError(str(err)) from err
    if _CONCEALED in line and row.headers:
        return msgspec.structs.replace(row, headers=revealed_headers(row.headers))
    return row


# ---------------------------------------------------------------- finished files

_ROW = b'{"name"'


def write_rows(path: Path, head: RowsHead, rows: Iterable[Row]) -> RowsSeal:
    """Writes a shard's file atomically. `rows`: sorted by name. Raises FatalError DCP-111."""
    with (
        new_file(path, is_ours_alone=True) as raw,
        gzip.GzipFile(filename="", fileobj=raw, mode="wb", compresslevel=_LEVEL, mtime=0) as out,
    ):
        return _write(out, head, rows)


def _write(out: gzip.GzipFile, head: RowsHead, rows: Iterable[Row]) -> RowsSeal:
    objects, size_bytes, digest = 0, 0, hashlib.sha256()
    block = [encoded(head)]
    for row in rows:
        objects, size_bytes = objects + 1, size_bytes + row.size_bytes
        block.append(encoded(row))
        if len(block) == 500:
            _put(out, digest, block)
            block = []
    _put(out, digest, block)
    seal = RowsSeal(objects=objects, size_bytes=size_bytes, seal=digest.hexdigest())
    out.write(encoded(seal) + b"\n")
    return seal


def _put(out: gzip.GzipFile, digest: "hashlib._Hash", lines: list[bytes]) -> None:
    if lines:
        data = b"\n".join(lines) + b"\n"
        digest.update(data)
        out.write(data)


class RowsFile:
    """A shard's rows, to be read once, in order. The seal is checked after the last row.

    Raises ConfigError: DCP-703 missing file.  DCP-211 truncated or damaged.  DCP-212 of another version.  DCP-213
    edited.
    """

    def __init__(self, path: Path) -> None:
        self.path, self._digest = path, hashlib.sha256()
        self._lines = self._read()
        self.seal: RowsSeal | None = None
        first = next(self._lines, b"")
        self.head = self._decoded(first, RowsHead)
        if (self.head.format, self.head.version) != (FORMAT, VERSION):
            raise OtherVersion(codes.DOCUMENT_VERSION, path=str(path), expected=f"{FORMAT} {VERSION}")
        self._digest.update(first)

    def __iter__(self) -> Iterator[Row]:
        update = self._digest.update
        for line in self._lines:
            if self.seal is not None:
                raise DocumentUnreadable(codes.DOCUMENT_DAMAGED, path=str(self.path), why="something behind the seal")
            if line.startswith(_ROW):
                update(line)
                try:
                    row = decoded_row(line)
                except (msgspec.DecodeError, UnicodeDecodeError) as err:
                    raise DocumentUnreadable(codes.DOCUMENT_DAMAGED, path=str(self.path), why=str(err)) from err
                yield row
                continue
            self.seal = self._decoded(line, RowsSeal)
            if self.seal.seal != self._digest.hexdigest():
                raise DocumentUnreadable(codes.DOCUMENT_EDITED, path=str(self.path))
        if self.seal is None:
            raise DocumentUnreadable(codes.DOCUMENT_DAMAGED, path=str(self.path), why="no seal")

    def _read(self) -> Iterator[bytes]:
        try:
            with gzip.open(self.path, "rb") as lines:
                while line := lines.readline(_MOST_LINE_BYTES + 1):
                    if len(line) > _MOST_LINE_BYTES:
                        raise DocumentUnreadable(
                            codes.DOCUMENT_DAMAGED, path=str(self.path), why="a line longer than any row"
                        )
                    yield line
        except FileNotFoundError as err:
            raise ConfigError(codes.COPY_RECORD_MISSING, path=str(self.path)) from err
        except (OSError, EOFError, zlib.error) as err:
            raise DocumentUnreadable(codes.DOCUMENT_DAMAGED, path=str(self.path), why=str(err)) from err

    def _decoded(self, line: bytes, kind: type[T]) -> T:
        try:
            return msgspec.json.decode(line, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError) as err:
            raise DocumentUnreadable(codes.DOCUMENT_DAMAGED, path=str(self.path), why=str(err)) from err


# ---------------------------------------------------------------- the log of a pass in progress


class Sending(Record, frozen=True, kw_only=True, omit_defaults=True):
    """Announces a write to the target: the object is ours, whatever happens next.

    `of`: set once all its parts are uploaded; their digest at the source.
    """

    sending: str
    size_bytes: int
    etag: str
    of: str = ""


class RowLog:
    """The log of a pass in a shard, in chronological order. Thread-safe.

    Each line is a single write to the operating system: a kill loses no complete line, and cuts at most the last one.
    """

    def __init__(self, path: Path, before: Callable[[], None] = lambda: None) -> None:
        """`before`: called before the first line is written."""
        self.path, self._before, self._file = path, before, -1
        self._opening = threading.Lock()

    def add(self, line: "Row | Sending") -> None:
        """Appends a line. Raises FatalError DCP-111: the disk is full."""
        data = encoded(line) + b"\n"
        try:
            if self._file < 0:
                with self._opening:
                    self._file = self._open() if self._file < 0 else self._file
            # A single O_APPEND write is atomic: threads need no lock. A short one means that the disk is full.
            if os.write(self._file, data) != len(data):
                raise OSError("no room")
        except OSError as err:
            raise FatalError(codes.CANNOT_WRITE, path=str(self.path), why=err.strerror or str(err)) from err

    def close(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _open(self) -> int:
        self._before()
        return open_own(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)


class Logged:
    """The content of all logs: the last row of each name, and all contents possibly at the target under it."""

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}
        self.sent: dict[str, set[Facts]] = {}
        self.made: dict[str, dict[Facts, str]] = {}

    def read(self, path: Path) -> None:
        """Adds the content of a log. Ignores a truncated line: nothing was sent after it."""
        with path.open("rb") as lines:
            for line in lines:
                with suppress(msgspec.DecodeError, UnicodeDecodeError):
                    self._take(line)

    def _take(self, line: bytes) -> None:
        if line.startswith(_ROW):
            row = decoded_row(line)
            self.rows[row.name] = row
        else:
            sending = msgspec.json.decode(line, type=Sending)
            facts = (sending.size_bytes, sending.etag)
            self.sent.setdefault(sending.sending, set()).add(facts)
            if sending.of:
                self.made.setdefault(sending.sending, {})[facts] = sending.of
