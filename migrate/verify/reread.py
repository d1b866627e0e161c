"""Bytes of objects, read back at the target and held against the MD5s that the source's own server gave.

A plain object is read whole: its ETag is the MD5 of its bytes. Of an object of several parts (a static large object, or
one of parts at S3) each segment has an ETag of its own, and its range of the whole is read: of each such object the
first, the last and one between. What has no such MD5 (ranges of segments, data in a manifest, links, dynamic large
objects, whose segments are objects themselves) is not read. Which ones are picked hangs on a seed and on their names.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from migrate.clouds.ports import ObjectStore
from migrate.clouds.segments import length
from migrate.errors import ConfigError, NotFound
from migrate.listing.folder import read_seal, rows_folder, rows_there, sealed_rows
from migrate.listing.rows import Row
from migrate.model import Record
from migrate.monitor import StopFlag
from migrate.s3_objects import is_md5

SHARE = 0.01
MOST_BYTES = 1 << 30
"""Of the plain objects of one container, how much is read unless all is."""


class Piece(Record, frozen=True, kw_only=True):
    """Bytes `first` to `last` (included) of an object, and their MD5 by the source. `of`: the segment that they are."""

    name: str
    first: int
    last: int
    md5: str
    of: tuple[str, str] = ("", "")

    @property
    def size_bytes(self) -> int:
        return self.last - self.first + 1


@dataclass
class Reread:
    """What was read of one container, and what was other than at the source."""

    objects: int = 0
    size_bytes: int = 0
    wrong: list[tuple[str, str]] = field(default_factory=list)
    """Name of the object, and the difference."""


def reread(
    target: ObjectStore,
    container: str,
    evidence_dir: Path,
    *,
    seed: str,
    everything: bool,
    advanced: Callable[[int], None],
    stop: StopFlag,
) -> Reread:
    """Reads what the seed picks, or everything. Raises ConfigError as `verify_container`; TransientError, ItemError."""
    folder, found, names = rows_folder(evidence_dir, container), Reread(), set[str]()
    for piece in _picked(folder, seed, everything=everything):
        stop.check()
        try:
            md5 = _md5(target, container, piece, advanced)
        except NotFound:
            continue  # the listing tells
        found.size_bytes += piece.size_bytes
        names.add(piece.name)
        if md5 != piece.md5 and not _is_large(evidence_dir, piece):
            found.wrong.append((piece.name, f"bytes {piece.first}-{piece.last}: MD5 {piece.md5} ≠ {md5}"))
    found.objects = len(names)
    return found


def _md5(target: ObjectStore, container: str, piece: Piece, advanced: Callable[[int], None]) -> str:
    digest = hashlib.md5(usedforsecurity=False)
    with target.read(container, piece.name, piece.first, piece.last + 1) as chunks:
        for chunk in chunks:
            digest.update(chunk)
            advanced(len(chunk))
    return digest.hexdigest()


def _is_large(evidence_dir: Path, piece: Piece) -> bool:
    """The segment is a large object itself, by the rows of its own container: its ETag is no MD5 of its bytes."""
    container, name = piece.of
    if not container:
        return False
    try:
        rows = (row for row in rows_there(rows_folder(evidence_dir, container)) if row.name == name)
        return any(row.segments or row.slo_etag or row.is_link for row in rows)
    except ConfigError:
        return False


def _picked(folder: Path, seed: str, *, everything: bool) -> Iterator[Piece]:
    """In the order of the names. Where nothing else is picked, the first object that has bytes."""
    left, spare, any_picked = MOST_BYTES, None, False
    for row in sealed_rows(folder, read_seal(folder)):
        pieces = _pieces(row)
        if row.segments and not everything and len(pieces) > 3:
            between = 1 + _number(seed, row.name) % (len(pieces) - 2)
            pieces = [pieces[0], pieces[between], pieces[-1]]
        elif not row.segments and not everything:
            size = row.facts[0]
            spare = spare or (pieces[0] if pieces else None)
            if _number(seed, row.name) >= SHARE * 2**32 or size > left:
                continue
            left -= size
        any_picked = any_picked or bool(pieces)
        yield from pieces
    if not any_picked and spare is not None:
        yield spare


def _pieces(row: Row) -> list[Piece]:
    """All of the object that the source has MD5s of."""
    if row.fate or row.headers is None:
        return []
    if row.segments:
        return list(_segments(row))
    size, etag = row.facts
    if not size or row.is_link or not is_md5(etag) or "x-object-manifest" in row.headers:
        return []
    return [Piece(name=row.name, first=0, last=size - 1, md5=etag)]


def _segments(row: Row) -> Iterator[Piece]:
    at = 0
    for segment in row.segments:
        size = length(segment)
        if size and segment.data is None and not segment.range and is_md5(segment.etag):
            of = (segment.container, segment.name)
            yield Piece(name=row.name, first=at, last=at + size - 1, md5=segment.etag, of=of)
        at += size


def _number(seed: str, name: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{seed}\0{name}".encode()).digest()[:4], "big")
