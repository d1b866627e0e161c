"""Containers: the source's listing as it was recorded at copy time, against the target as it is now.

A recording is a gzip file of JSON lines: what it is of, one line for every object in the order of the names' bytes,
and a line that seals it (docs/formats/evidence.md). 10^8 objects are never held in memory on either side.
"""

import gzip
import hashlib
import re
import zlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TypeVar

import msgspec

from migrate.clouds.ports import ObjectInfo, ObjectStore, Segment
from migrate.documents import canonical
from migrate.errors import ConfigError, FatalError, NotFound
from migrate.model import Record, name_id
from migrate.monitor import StopFlag

T = TypeVar("T")
R = TypeVar("R")

_THREADS = 8
_MOST = 1000
_MARK_HEADER = "x-container-meta-decamp-mark"
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")


class Recorded(Record, frozen=True, kw_only=True):
    """An object of the source: its facts, and the segments of a static large one."""

    info: ObjectInfo
    segments: tuple[Segment, ...] = ()


class ListingHead(Record, frozen=True, kw_only=True):
    """First line of a recording."""

    container: str
    headers: dict[str, str]
    format: str = "decamp-listing"
    version: int = 1


class ListingSeal(Record, frozen=True, kw_only=True):
    """Last line of a recording: how many objects and bytes, and the SHA-256 of all lines before it."""

    objects: int
    size_bytes: int
    seal: str


class ContainerCheck(Record, frozen=True, kw_only=True):
    """What came out; `objects` and `size_bytes` are the recording's."""

    objects: int
    size_bytes: int
    differences: tuple[str, ...] = ()


def listing_path(evidence_dir: Path, container: str) -> Path:
    """Where a container's recording lives; a name that is no plain file name becomes 32 hex digits."""
    name = container if _PLAIN_NAME.fullmatch(container) else name_id(container)
    return evidence_dir / "objects" / f"{name}.jsonl.gz"


# ---------------------------------------------------------------- recording


def record_listing(
    objects: ObjectStore, container: str, path: Path, *, threads: int = _THREADS, stop: StopFlag | None = None
) -> ListingSeal:
    """Writes the source's listing with the headers of every object, atomically; repeating it replaces the file.

    One HEAD for every object, and one manifest for every static large one. An object that went while we listed is
    not in the recording. Raises NotFound: no such container.  FatalError DCP-111: the file cannot be written.
    """
    stop = stop or StopFlag()
    head = ListingHead(container=container, headers=_settable(objects.container(container).headers))
    partial = path.with_name(path.name + ".partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("wb") as raw, gzip.GzipFile(filename="", fileobj=raw, mode="wb", mtime=0) as out:
            seal = _write(out, head, _recorded(objects, container, threads, stop))
        partial.replace(path)
    except OSError as err:
        raise FatalError("DCP-111", path=str(path), why=err.strerror or str(err)) from err
    finally:
        partial.unlink(missing_ok=True)
    return seal


def _write(out: "IO[bytes] | gzip.GzipFile", head: ListingHead, recorded: Iterable[Recorded]) -> ListingSeal:
    total, size_bytes, digest = 0, 0, hashlib.sha256()

    def line(value: Record) -> None:
        data = canonical(value) + b"\n"
        digest.update(data)
        out.write(data)

    line(head)
    for one in recorded:
        line(one)
        total, size_bytes = total + 1, size_bytes + one.info.size_bytes
    seal = ListingSeal(objects=total, size_bytes=size_bytes, seal=digest.hexdigest())
    out.write(canonical(seal) + b"\n")
    return seal


def _recorded(objects: ObjectStore, container: str, threads: int, stop: StopFlag) -> Iterator[Recorded]:
    names = (entry.name for entry in objects.entries(container))
    found = _in_order(lambda name: _look(objects, container, name), names, threads, stop)
    return (one for one in found if one is not None)


def _look(objects: ObjectStore, container: str, name: str) -> Recorded | None:
    """One object, fresh; None when there is none, whatever a listing that lags behind says."""
    try:
        info = objects.head(container, name)
        return Recorded(info=info, segments=objects.manifest(container, name) if info.is_slo else ())
    except NotFound:
        return None


# ---------------------------------------------------------------- comparing


def verify_container(
    target: ObjectStore,
    name: str,
    listing: Path,
    *,
    headers: dict[str, str] | None = None,
    now: float = 0.0,
    threads: int = _THREADS,
    stop: StopFlag | None = None,
) -> ContainerCheck:
    """Compares the target's container with the recording: names, sizes, ETags, types, headers, segments.

    Listings may lag: an object missing or surplus there is looked at itself before it counts. What has expired by
    `now` (seconds since 1970) may be gone.

    Args:    headers: the container's planned ones; None for the recorded ones.
    Raises:  ConfigError DCP-703: no recording.  DCP-211: cut short or damaged.  NotFound: no container at the target.
    """
    recording = _Recording(listing)
    wanted = _settable(recording.head.headers if headers is None else headers)
    differences = _Some()
    found = _settable(target.container(name).headers)
    differences.add(_by_key("header", wanted, found))
    pairs = _merge(recording, (entry.name for entry in target.entries(name)))
    looked = _in_order(lambda pair: _compare(target, name, pair, now), pairs, threads, stop or StopFlag())
    for some in looked:
        differences.add(some)
    if recording.seal is None:  # the merge has read the recording to its end
        raise ConfigError("DCP-211", path=str(listing), why="no seal")
    return ContainerCheck(
        objects=recording.seal.objects, size_bytes=recording.seal.size_bytes, differences=differences.told()
    )


Pair = tuple[Recorded | None, str]
"""What was recorded under a name, if anything, and the name."""


def _merge(recorded: Iterable[Recorded], names: Iterable[str]) -> Iterator[Pair]:
    """Both sides in the order of the names' bytes, each name once."""
    left, right = iter(recorded), iter(names)
    want, have = next(left, None), next(right, None)
    while want is not None or have is not None:
        key = want.info.name.encode() if want else None
        other = have.encode() if have is not None else None
        if want is not None and (other is None or (key is not None and key <= other)):
            if key == other:
                have = next(right, None)
            yield want, want.info.name
            want = next(left, None)
        elif have is not None:
            yield None, have
            have = next(right, None)


def _compare(target: ObjectStore, container: str, pair: Pair, now: float) -> tuple[str, ...]:
    want, name = pair
    have = _look(target, container, name)
    if want is None:
        return () if have is None else (f"{_object(name)}: missing ≠ present",)
    if have is None:
        expires = want.info.headers.get("x-delete-at", "")
        gone_by_itself = expires.isdigit() and int(expires) <= now
        return () if gone_by_itself else (f"{_object(name)}: present ≠ missing",)
    return tuple(f"{_object(name)} {difference}" for difference in _object_differences(want, have))


def _object_differences(want: Recorded, have: Recorded) -> tuple[str, ...]:
    facts = (
        ("size_bytes", want.info.size_bytes, have.info.size_bytes),
        ("etag", want.info.etag, have.info.etag),
        ("content_type", want.info.content_type, have.info.content_type),
        ("static large object", want.info.is_slo, have.info.is_slo),
        ("segments", len(want.segments), len(have.segments)),
    )
    plain = tuple(f"{fact}: {source} ≠ {found}" for fact, source, found in facts if source != found)
    segments = tuple(
        f"segment {number}: {_segment(a)} ≠ {_segment(b)}"
        for number, (a, b) in enumerate(zip(want.segments, have.segments, strict=False))
        if a != b
    )
    return plain + segments + _by_key("header", want.info.headers, have.info.headers)


def _by_key(what: str, source: dict[str, str], target: dict[str, str]) -> tuple[str, ...]:
    return tuple(
        f"{what} {key}: {source.get(key, 'missing')} ≠ {target.get(key, 'missing')}"
        for key in sorted({*source, *target})
        if source.get(key) != target.get(key)
    )


def _segment(segment: Segment) -> str:
    part = f" [{segment.range}]" if segment.range else ""
    return f"{segment.container}/{segment.name}{part} {segment.size_bytes} {segment.etag}"


def _object(name: str) -> str:
    """The name in quotes, on one line whatever it holds."""
    return f"object {msgspec.json.encode(name).decode()}"


def _settable(headers: dict[str, str]) -> dict[str, str]:
    return {key: value for key, value in headers.items() if key != _MARK_HEADER}


# ---------------------------------------------------------------- reading a recording


class _Recording:
    """A recording's objects, once, in order; `seal` is there when all have been read and the digest fits."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._digest = hashlib.sha256()
        self._lines = self._read()
        self.seal: ListingSeal | None = None
        first = next(self._lines, b"")
        self.head = self._decoded(first, ListingHead)
        if (self.head.format, self.head.version) != ("decamp-listing", 1):
            raise ConfigError("DCP-212", path=str(path), expected="decamp-listing 1")
        self._digest.update(first)

    def __iter__(self) -> Iterator[Recorded]:
        for line in self._lines:
            if self.seal is not None:
                raise ConfigError("DCP-211", path=str(self._path), why="something behind the seal")
            if line.startswith(b'{"info"'):
                self._digest.update(line)
                yield self._decoded(line, Recorded)
                continue
            self.seal = self._decoded(line, ListingSeal)
            if self.seal.seal != self._digest.hexdigest():
                raise ConfigError("DCP-213", path=str(self._path))

    def _read(self) -> Iterator[bytes]:
        try:
            with gzip.open(self._path, "rb") as lines:
                yield from lines
        except FileNotFoundError as err:
            raise ConfigError("DCP-703", path=str(self._path)) from err
        except (OSError, EOFError, zlib.error) as err:
            raise ConfigError("DCP-211", path=str(self._path), why=str(err)) from err

    def _decoded(self, line: bytes, kind: type[T]) -> T:
        try:
            return msgspec.json.decode(line, type=kind)
        except msgspec.DecodeError as err:
            raise ConfigError("DCP-211", path=str(self._path), why=str(err)) from err


# ---------------------------------------------------------------- many at once, in order


@dataclass
class _Some:
    """The first differences, and how many more there were."""

    kept: list[str] = field(default_factory=list)
    more: int = 0

    def add(self, some: Iterable[str]) -> None:
        for one in some:
            if len(self.kept) < _MOST:
                self.kept.append(one)
            else:
                self.more += 1

    def told(self) -> tuple[str, ...]:
        return (*self.kept, f"and {self.more} more differences") if self.more else tuple(self.kept)


def _in_order(work: Callable[[T], R], items: Iterable[T], threads: int, stop: StopFlag) -> Iterator[R]:
    """`work` on every item by a few threads, results in the items' order, few in flight."""
    waiting: deque[Future[R]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        try:
            for item in items:
                stop.check()
                waiting.append(pool.submit(work, item))
                if len(waiting) > 4 * threads:
                    yield waiting.popleft().result()
            while waiting:
                stop.check()
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
