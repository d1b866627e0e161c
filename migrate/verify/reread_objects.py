"""Reads objects back at the target and compares them with the MD5s from the source's server.

A plain object is read whole: its ETag is the MD5 of its bytes. In an object of several parts (a static large object, or
a multipart object on S3) each segment has its own ETag: of each such object the first, the last and one other segment
are read. Objects without such an MD5 (ranges of segments, data in a manifest, links, dynamic large objects, whose
segments are objects themselves) are not read. The selection depends on a seed and on the names.
"""

import hashlib
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import msgspec

from migrate.clouds.ports import ObjectStore
from migrate.clouds.segment_etag import length
from migrate.errors import ConfigError, FatalError, ItemError, NotFound, TransientError
from migrate.messages import codes
from migrate.model import Record
from migrate.model.s3_objects import is_md5
from migrate.monitor import StopFlag
from migrate.objects.listing.object_rows import Row, visible_line
from migrate.objects.listing.row_files import read_seal, rows_folder, rows_there, sealed_rows
from migrate.own_files import create_own
from migrate.verify.differences_file import Exceptions
from migrate.verify.in_parallel import in_order

SHARE = 0.01
MOST_BYTES = 1 << 30
"""The limit for plain objects read back in one container, unless all are."""
_THREADS = 8
_FILE = "proofs.jsonl"


class Piece(Record, frozen=True, kw_only=True):
    """Bytes `first` to `last` (inclusive) of an object, and their MD5 at the source. `of`: the segment they
    come from.
    """

    first: int
    last: int
    md5: str
    of: tuple[str, str] = ("", "")

    @property
    def size_bytes(self) -> int:
        return self.last - self.first + 1


class Pick(Record, frozen=True, kw_only=True):
    """An object and its `pieces` to read; none if the source has no MD5 for it."""

    name: str
    size_bytes: int
    pieces: tuple[Piece, ...]


class ObjectProof(StrEnum):
    """The kind of proof for the bytes of one object."""

    WHOLE = "re-read"
    PART = "re-read in part"
    WRONG = "wrong"
    LISTING = "listing"
    """Size and ETag match in the target's listing; nothing was read back."""
    NO_MD5 = "no MD5"
    """Like LISTING, but the source has no MD5 to compare bytes with."""


class ProofLine(Record, frozen=True, kw_only=True):
    """A line of `proofs.jsonl`. Objects without one are proved by the listing alone."""

    name: str
    proof: ObjectProof
    size_bytes: int
    read_bytes: int = 0


@dataclass
class Reread:
    """The result for one container: bytes read, numbers of objects by proof, and differences.

    `failed`: the code of an error that ended it early; earlier results count.
    """

    size_bytes: int = 0
    proofs: "Counter[str]" = field(default_factory=Counter)
    differences: tuple[str, ...] = ()
    failed: str | None = None

    @property
    def objects(self) -> int:
        return sum(self.proofs[proof] for proof in (ObjectProof.WHOLE, ObjectProof.PART, ObjectProof.WRONG))


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
    """Reads the selected objects, or all of them, and records the proof of each.

    Raises: ConfigError as `verify_container`; FatalError DCP-111.
    """
    folder, found = rows_folder(evidence_dir, container), Reread()

    def read(one: tuple[Pick, Piece | None]) -> str:
        pick, piece = one
        return _md5(target, container, pick.name, piece, advanced) if piece else ""

    picked = _picked(folder, seed, everything=everything, proofs=found.proofs)
    by_piece = in_order(lambda one: None if one[1] else "", read, _by_piece(picked), _THREADS, stop)
    with Exceptions(folder, is_more=True) as exceptions, _Proofs(folder) as proofs:
        try:
            for pick, told in _by_object(by_piece):
                if not all(md5 for _, md5 in told):
                    continue  # missing: the listing reports it
                wrong = [(p, md5) for p, md5 in told if md5 != p.md5 and not _is_large(evidence_dir, p)]
                exceptions.add(pick.name, [f"bytes {p.first}-{p.last}: MD5 {p.md5} ≠ {md5}" for p, md5 in wrong])
                line = _line(pick, is_wrong=bool(wrong))
                proofs.add(line)
                found.size_bytes += line.read_bytes
                found.proofs.update({line.proof: 1, ObjectProof.LISTING: -1})
        except (ItemError, TransientError) as err:
            found.failed = err.code
    found.differences = exceptions.first_ones()
    return found


def _by_piece(picked: Iterable[Pick]) -> Iterator[tuple[Pick, Piece | None]]:
    for pick in picked:
        yield from ((pick, piece) for piece in pick.pieces or (None,))


def _by_object(read: Iterable[tuple[tuple[Pick, Piece | None], str]]) -> Iterator[tuple[Pick, list[tuple[Piece, str]]]]:
    """Groups the pieces by object, each as soon as its last piece is read, as the next object may fail."""
    told: list[tuple[Piece, str]] = []
    for (pick, piece), md5 in read:
        told += [(piece, md5)] if piece else []
        if len(told) == len(pick.pieces):
            yield pick, told
            told = []


def _line(pick: Pick, *, is_wrong: bool) -> ProofLine:
    read_bytes = sum(piece.size_bytes for piece in pick.pieces)
    proof = ObjectProof.WHOLE if read_bytes == pick.size_bytes else ObjectProof.PART
    proof = ObjectProof.WRONG if is_wrong else proof if pick.pieces else ObjectProof.NO_MD5
    return ProofLine(name=pick.name, proof=proof, size_bytes=pick.size_bytes, read_bytes=read_bytes)


def _md5(target: ObjectStore, container: str, name: str, piece: Piece, advanced: Callable[[int], None]) -> str:
    """The MD5 of the bytes at the target; empty if the object does not exist."""
    digest = hashlib.md5(usedforsecurity=False)
    try:
        with target.read(container, name, piece.first, piece.last + 1) as chunks:
            for chunk in chunks:
                digest.update(chunk)
                advanced(len(chunk))
    except NotFound:
        return ""
    return digest.hexdigest()


def _is_large(evidence_dir: Path, piece: Piece) -> bool:
    """Whether the segment is itself a large object, whose ETag is not the MD5 of its bytes."""
    container, name = piece.of
    if not container:
        return False
    try:
        rows = (row for row in rows_there(rows_folder(evidence_dir, container)) if row.name == name)
        return any(row.segments or row.slo_etag or row.is_link for row in rows)
    except ConfigError:
        return False


# ---------------------------------------------------------------- selection


def _picked(folder: Path, seed: str, *, everything: bool, proofs: "Counter[str]") -> Iterator[Pick]:
    """The selected objects in the order of their names; at least the first one with content.

    `proofs`: counts every object at the target as proved by the listing.
    """
    left, spare, any_picked = MOST_BYTES, None, False
    for row in sealed_rows(folder, read_seal(folder)):
        if row.skip_reason:
            continue
        proofs[ObjectProof.LISTING] += 1
        pick = _whole(row)
        if pick is None:
            continue
        if pick.pieces and not everything:
            if row.segments:
                pick = _ends_and_one_between(pick, seed)
            else:
                spare = spare or pick
                if _number(seed, row.name) >= SHARE * 2**32 or pick.size_bytes > left:
                    continue
                left -= pick.size_bytes
        any_picked = any_picked or bool(pick.pieces)
        yield pick
    if not any_picked and spare is not None:
        yield spare


def _ends_and_one_between(pick: Pick, seed: str) -> Pick:
    pieces = pick.pieces
    if len(pieces) <= 3:
        return pick
    between = 1 + _number(seed, pick.name) % (len(pieces) - 2)
    return msgspec.structs.replace(pick, pieces=(pieces[0], pieces[between], pieces[-1]))


def _whole(row: Row) -> Pick | None:
    """The pieces that cover an object as far as the source has MD5s. None if there is nothing to read."""
    if row.headers is None:
        return None
    if row.segments:
        return Pick(name=row.name, size_bytes=sum(map(length, row.segments)), pieces=tuple(_segments(row)))
    size, etag = row.facts
    is_elsewhere = row.is_link or "x-object-manifest" in row.headers
    if not size and not is_elsewhere:
        return None
    pieces = (Piece(first=0, last=size - 1, md5=etag),) if is_md5(etag) and not is_elsewhere else ()
    return Pick(name=row.name, size_bytes=size, pieces=pieces)


def _segments(row: Row) -> Iterator[Piece]:
    at = 0
    for segment in row.segments:
        size = length(segment)
        if size and segment.data is None and not segment.range and is_md5(segment.etag):
            of = (segment.container, segment.name)
            yield Piece(first=at, last=at + size - 1, md5=segment.etag, of=of)
        at += size


def _number(seed: str, name: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{seed}\0{name}".encode()).digest()[:4], "big")


# ---------------------------------------------------------------- output


@dataclass
class _Proofs:
    """Writes `proofs.jsonl`, only once the verification is complete."""

    rows: Path

    def __enter__(self) -> "_Proofs":
        self._path = self.rows / _FILE
        self._partial = self._path.with_name(_FILE + ".partial")
        try:
            self._file = os.fdopen(create_own(self._partial), "wb")
        except OSError as err:
            raise FatalError(codes.CANNOT_WRITE, path=str(self._path), why=err.strerror or str(err)) from err
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._file.close()
        if kind is None:
            self._partial.replace(self._path)
        else:
            self._partial.unlink(missing_ok=True)

    def add(self, line: ProofLine) -> None:
        try:
            self._file.write(visible_line(line))
        except OSError as err:
            raise FatalError(codes.CANNOT_WRITE, path=str(self._path), why=err.strerror or str(err)) from err
