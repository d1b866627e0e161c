"""Copies a container: every object as it is, straight from the source's answer into the target's request.

The source's MD5 goes along as ETag, so that the target server refuses a body that differs: nothing is hashed here.
A large object stays one: its segments are copied first, then its manifest is written over them. A dynamic large
object is its own empty body and the header that names its segments.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from msgspec.structs import replace
from tenacity.wait import wait_base

from migrate.clouds.ports import ObjectInfo, ObjectStore, Segment
from migrate.errors import (
    ConflictError,
    DecampError,
    IntegrityError,
    ItemError,
    NotFound,
    QuotaExceeded,
    Refused,
    TransientError,
)
from migrate.model import MARK_KEY, Mark, ObjectEntry, name_id, parse_mark
from migrate.monitor import Monitor, StopFlag
from migrate.transfer.crew import Crew, Progress, Tally
from migrate.transfer.merge import looks_same, merged
from migrate.transfer.patience import WAIT, patiently
from migrate.transfer.provenance import Known, Provenance
from migrate.transfer.tallies import CopyStats, Counts

MAX_FAILURES = 20
"""Objects that may fail, each after its attempts, before the rest of the container is left for the next attempt."""

_EMPTY_MD5 = "d41d8cd98f00b204e9800998ecf8427e"
_DLO = "x-object-manifest"


def copy_container(
    source: ObjectStore,
    target: ObjectStore,
    name: str,
    headers: dict[str, str],
    mark: str,
    *,
    alive: Callable[[], None],
    monitor: Monitor,
    step_id: str,
    stop: StopFlag,
    workers: int,
    since: str = "",
    provenance: Provenance | None = None,
    wait: wait_base = WAIT,
) -> CopyStats:
    """Makes the container at the target with its headers and `mark`, and copies every object that is not there.

    Safe to repeat. An object is taken as copied when both listings show the same ETag, size and type; its headers
    came with it in one request. A source object whose listing time is `since` or later has its headers compared too
    (a metadata change keeps the ETag): give the source's time of the last finished pass. Objects that only the
    target has are left alone.

    Args:    headers: the container's settable headers.   alive: called before each write, from any thread.
             provenance: what may be written over; None for everything that differs.
    Returns: CopyStats. `gone` counts objects that vanished or expired between listing and reading.
    Raises:  ConflictError DCP-506: a container of that name that this migration did not make; an object that differs
             from the source's and is none that an earlier copy has left.
             Cancelled: the objects in flight are finished.  LeaseLost, QuotaExceeded, AccessError: at once.
             IntegrityError, ItemError, TransientError: some objects failed; the others were copied.
    """
    copy = _Copy(source, target, mark, alive, Progress(monitor, step_id), stop, since, wait, provenance)
    copy.make_container(name, headers)
    with Crew(workers) as crew:
        for entry, there in merged(source.entries(name), target.entries(name)):
            if stop.is_set():
                break
            if there is not None and looks_same(entry, there) and not (since and entry.last_modified >= since):
                copy.skip(entry)
            else:
                known = provenance.of(entry.name)._replace(listed=there is not None) if provenance else None
                crew.do(partial(copy.one, name, entry, there, known))
        crew.finish()
    stop.check()
    # A manifest may be listed before its segments in the same container, so all of them come last.
    with Crew(workers) as crew:
        for entry, known in copy.large:
            if stop.is_set():
                break
            crew.do(partial(copy.large_one, name, entry, known))
        crew.finish()
    stop.check()
    copy.raise_failures()
    return copy.counts.stats()


@dataclass
class _Copy:
    """One pass over one container. Methods are called from many threads."""

    source: ObjectStore
    target: ObjectStore
    mark: str
    alive: Callable[[], None]
    progress: Progress
    stop: StopFlag
    since: str
    wait: wait_base
    provenance: Provenance | None = None
    counts: Counts = field(default_factory=Counts)
    large: list[tuple[ObjectEntry, Known | None]] = field(default_factory=list)
    failures: list[DecampError] = field(default_factory=list)

    # ------------------------------------------------------------ containers

    def make_container(self, name: str, headers: dict[str, str]) -> None:
        try:
            found = self.target.container(name)
        except NotFound:
            pass
        else:
            if not self._is_ours(found.mark):
                raise ConflictError("DCP-506", kind="container", name=name)
        self.alive()
        self.target.put_container(name, {**headers, f"x-container-meta-{MARK_KEY}": self.mark})

    def _is_ours(self, mark: str | None) -> bool:
        """Made by this migration: on its own step, or ahead of it for the segments of a large object."""
        found, mine = parse_mark(mark or ""), parse_mark(self.mark)
        return mark == self.mark or (found is not None and mine is not None and found.migration == mine.migration)

    def _make_segment_container(self, name: str) -> bool:
        """The container of segments, where its own step has not made it yet. False: there is one, somebody else's."""
        try:
            return self._is_ours(self.target.container(name).mark)
        except NotFound:
            mine = parse_mark(self.mark)
            mark = Mark(role=mine.role, migration=mine.migration, source_id=name_id(name)) if mine else self.mark
            headers = self.source.container(name).headers
            self.alive()
            self.target.put_container(name, {**headers, f"x-container-meta-{MARK_KEY}": str(mark)})
            return True

    # ------------------------------------------------------------ objects

    def skip(self, entry: ObjectEntry) -> None:
        self.counts.skipped_one()
        self.progress.advance(entry.size_bytes)

    def one(self, container: str, entry: ObjectEntry, there: ObjectEntry | None, known: Known | None) -> None:
        """Copies a plain object or a dynamic manifest; puts a static large object aside for later."""

        def attempt(tally: Tally) -> None:
            if there is not None and looks_same(entry, there) and self._same_headers(container, entry.name):
                self.counts.skipped_one()
            elif not self._plain(container, entry.name, tally, known):
                self.large.append((entry, known))

        self._guarded(container, entry, attempt)

    def large_one(self, container: str, entry: ObjectEntry, known: Known | None) -> None:
        self._guarded(container, entry, lambda tally: self._large(container, entry.name, tally, known))

    def raise_failures(self) -> None:
        """The worst of what failed."""
        for kind in (IntegrityError, ItemError, DecampError):
            for error in self.failures:
                if isinstance(error, kind):
                    raise error

    # ------------------------------------------------------------ inside

    def _guarded(self, container: str, entry: ObjectEntry, attempt: Callable[[Tally], None]) -> None:
        """Attempts of one object: gone is counted, failed is kept for the end, the rest goes on."""
        what = f"{container}/{entry.name}"
        tally = Tally(self.progress)

        def fresh() -> None:
            tally.settle(0)
            attempt(tally)

        try:
            patiently(fresh, what=what, stop=self.stop, wait=self.wait)
            tally.settle(entry.size_bytes)
        except QuotaExceeded:
            tally.settle(0)
            raise
        except (ItemError, IntegrityError, ConflictError, TransientError) as err:
            if isinstance(err, NotFound) and self._is_gone(container, entry.name):
                self.counts.gone_one()
                tally.settle(entry.size_bytes)
                self.progress.note(f"{what}: gone at the source since it was listed")
                return
            tally.settle(0)
            self.failures.append(err)
            self.progress.note(f"{what}: {err}")
            if len(self.failures) >= MAX_FAILURES:
                raise

    def _is_gone(self, container: str, name: str) -> bool:
        """It vanished or expired. A large object that is there but lacks a segment is not gone: it is damaged."""
        try:
            return _expired(self.source.head(container, name))
        except NotFound:
            return True

    def _plain(self, container: str, name: str, tally: Tally, known: Known | None = None) -> bool:
        """Copies the object. False: it is a static large object, nothing was copied."""
        with self.source.get(container, name) as (info, chunks):
            if info.is_slo:
                return False
            if _expired(info):
                raise NotFound("DCP-404", kind="object", id=f"{container}/{name}")
            self._may_write(container, info, known)
            self.alive()
            if _DLO in info.headers:
                self.target.put(container, replace(info, size_bytes=0, etag=_EMPTY_MD5), [])
                self.counts.copied_one(0)
            else:
                self.target.put(container, info, tally.counting(chunks))
                self.counts.copied_one(info.size_bytes)
        return True

    def _large(self, container: str, name: str, tally: Tally, known: Known | None = None) -> None:
        """Writes the manifest over segments that are there; copies those that are not."""
        info = self.source.head(container, name)
        if _expired(info):
            raise NotFound("DCP-404", kind="object", id=f"{container}/{name}")
        segments = self.source.manifest(container, name)
        if self._same_large(container, info, segments):
            self.counts.skipped_one()
            return
        self._may_write(container, info, known)
        self.alive()
        try:
            self.target.put_manifest(container, info, segments)
        except (Refused, NotFound, IntegrityError):
            # The server says that one is missing or another one. Once they are there its word is final.
            for segment in segments:
                self._bring(segment, tally)
            self.alive()
            self.target.put_manifest(container, info, segments)
        self.counts.copied_one(0)

    def _may_write(self, container: str, info: ObjectInfo, known: Known | None) -> None:
        """Raises ConflictError: what is there is neither this object nor one that an earlier copy has left.

        A segment that is brought along has no provenance: its name is the source's own affair.
        """
        if self.provenance is None or known is None:
            return
        there = self._target_head(container, info.name) if known.listed else None
        # A dynamic large object shows the size and the ETag of its segments, which may be on their way.
        if there and not (_DLO in there.headers and _DLO in info.headers):
            facts = (there.size_bytes, there.etag)
            if facts != (info.size_bytes, info.etag) and facts not in known.ours:
                raise ConflictError("DCP-506", kind="object", name=f"{container}/{info.name}")
        self.provenance.sending(info.name, known, (info.size_bytes, info.etag))

    def _bring(self, segment: Segment, tally: Tally) -> None:
        """The segment at the target, whole; a segment may be a large object of its own.

        Raises: IntegrityError: it is no longer at the source, so the large object cannot be whole.  ConflictError
        DCP-506: another segment, or none, in a container that is not ours to write to.
        """
        may_write = self._make_segment_container(segment.container)
        try:
            there = self.target.head(segment.container, segment.name)
            if (there.size_bytes, there.etag) == (segment.size_bytes, segment.etag):
                return
        except NotFound:
            pass
        if not may_write:
            raise ConflictError("DCP-506", kind="object", name=f"{segment.container}/{segment.name}")
        try:
            if not self._plain(segment.container, segment.name, tally):
                self._large(segment.container, segment.name, tally)
        except NotFound as err:
            what = f"segment {segment.container}/{segment.name} of a large object is missing at the source"
            raise IntegrityError("DCP-422", what=what) from err

    def _same_headers(self, container: str, name: str) -> bool:
        source, target = self.source.head(container, name), self._target_head(container, name)
        return target is not None and _facts(source) == _facts(target)

    def _same_large(self, container: str, info: ObjectInfo, segments: tuple[Segment, ...]) -> bool:
        there = self._target_head(container, info.name)
        if there is None or not there.is_slo or _facts(there) != _facts(info):
            return False
        return self.target.manifest(container, info.name) == segments

    def _target_head(self, container: str, name: str) -> ObjectInfo | None:
        try:
            return self.target.head(container, name)
        except NotFound:
            return None


def _expired(info: ObjectInfo) -> bool:
    """Servers go on listing what has expired, and refuse to store it again."""
    at = info.headers.get("x-delete-at", "")
    return at.isdecimal() and int(at) <= time.time()


def _facts(info: ObjectInfo) -> tuple[int, str, str, dict[str, str], bool]:
    return info.size_bytes, info.etag, info.content_type, info.headers, info.is_slo
