"""One pass over one container: the state shared by its shards, and the handling of their results. Thread-safe."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from migrate.clouds.ports import ObjectStore
from migrate.clouds.strict_or_lenient_listings import MalformedItem, reporting_rows
from migrate.errors import (
    ConflictError,
    DecampError,
    IntegrityError,
    ItemError,
    NotFound,
    QuotaExceeded,
    TransientError,
    Unreadable,
)
from migrate.messages import codes
from migrate.messages.catalogue import reason_text
from migrate.messages.reason import reason
from migrate.model import ObjectEntry
from migrate.model.s3_objects import RULE
from migrate.objects.copy.copy_object import Sender, has_expired
from migrate.objects.copy.counters import Counts
from migrate.objects.listing import skip_reasons
from migrate.objects.listing.object_rows import Logged, Row
from migrate.objects.listing.row_files import PassFolder, Range, UnreadRows
from migrate.pool import Pool, Progress, Tally
from migrate.step_attempt import Attempt

MAX_FAILURES = 20
"""The number of failed objects, after all attempts, at which the pass stops until the next attempt."""
_EXTRA_NAMES = 20
_MOST_ODD = 10_000
"""The limit for unreadable rows of the source's listing: their names are held in memory."""
_DAMAGED_TRIES = 3
"""Attempts at an object whose body the target rejects, as a bit may have flipped on the way."""


class Failed(Exception):
    """An object has failed; the reason is recorded for the end of the pass."""


def _refuses_nothing(entry: ObjectEntry) -> str:
    return ""


@dataclass(frozen=True)
class ContainerCopy:
    """The container to copy, and the options.

    headers: its settable headers.   mark: ours, for the container at the target.
    project: the source project's id, whose account links may name.
    history: copies earlier versions too; the target's container is versioned from its first object on.
    expiring: the handling of expiring objects if the target has no expiry times.
    refusal: the skip reason of an object that the target's store cannot hold, else empty.
    may_remove: whether an object that we copied and that has vanished from the source may be removed at the target, if
        unchanged there. None: never.
    sets_again: also resets container settings that somebody has changed at the target.
    """

    name: str
    headers: dict[str, str]
    mark: str
    project: str = ""
    history: bool = False
    expiring: str = RULE
    refusal: Callable[[ObjectEntry], str] = _refuses_nothing
    may_remove: Callable[[Row], bool] | None = None
    sets_again: bool = False


@dataclass
class OddRows:
    """Unreadable rows of the source's listing. Thread-safe."""

    count: int = 0
    names: set[str] = field(default_factory=set)
    _shown: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, odd: MalformedItem, container: str) -> None:
        """Adds a row. Raises Unreadable DCP-713 if there are too many."""
        with self._lock:
            self.count += 1
            self.names.add(odd.name)
            if len(self._shown) < _EXTRA_NAMES:
                self._shown.append(odd.name or f"#{odd.place}")
            if self.count > _MOST_ODD:
                why = reason("too-many", most=_MOST_ODD, name=odd.name, why=odd.why)
                raise Unreadable(codes.ANSWER_UNREADABLE, what=f"container {container}", why=why)

    def summary(self) -> UnreadRows:
        return UnreadRows(self.count, tuple(sorted(self._shown)))


@dataclass
class Pass:
    """One pass over one container. Thread-safe."""

    source: ObjectStore
    target: ObjectStore
    what: ContainerCopy
    folder: PassFolder
    sender: Sender
    pool: Pool
    counts: Counts
    attempt: Attempt
    logged: Logged
    failures: list[DecampError] = field(default_factory=list)
    extra_names: list[str] = field(default_factory=list)
    odd: OddRows = field(default_factory=OddRows)
    progress: Progress = field(init=False)

    def __post_init__(self) -> None:
        self.progress = self.attempt.progress()

    @property
    def name(self) -> str:
        return self.what.name

    # ------------------------------------------------------------ queries by shards

    def listed(self, names: Range) -> Iterator[ObjectEntry]:
        """The source's listing of a range; records unreadable rows."""

        def note(odd: MalformedItem) -> None:
            self.odd.add(odd, self.name)
            self.progress.note(f"{self.name}/{odd.name or f'#{odd.place}'}: {reason_text(odd.why)}")

        return reporting_rows(self.source.entries(self.name, marker=names.after, until=names.until), note)

    # ------------------------------------------------------------ reports by shards

    def skipped(self, entry: ObjectEntry) -> None:
        self.counts.one("skipped")
        self.progress.advance(entry.size_bytes)

    def found_extra(self, name: str) -> None:
        self.counts.one("extra")
        if len(self.extra_names) < _EXTRA_NAMES:
            self.extra_names.append(name)

    def attempts(self, entry: ObjectEntry, once: Callable[[Tally], Row]) -> Row | None:
        """Copies one object with retries: returns its row, None if it is gone. Raises Failed, so that the
        pass goes on.
        """
        what = f"{self.name}/{entry.name}"
        tally = Tally(self.progress)
        try:
            row = self.attempt.with_retries(_Tries(tally, once), what=what)
            tally.settle(entry.size_bytes)
        except QuotaExceeded:
            tally.settle(0)
            raise
        except (ItemError, IntegrityError, ConflictError, TransientError) as err:
            if isinstance(err, NotFound) and self._is_gone(entry.name):
                self.counts.one("gone")
                tally.settle(entry.size_bytes)
                self.progress.note(f"{what}: gone at the source since it was listed")
                return None
            tally.settle(0)
            self.failures.append(err)
            self.progress.note(f"{what}: {err}")
            if len(self.failures) >= MAX_FAILURES:
                raise
            raise Failed from err
        if row.skip_reason:
            self.left(entry, row.skip_reason)
        return row

    def left(self, entry: ObjectEntry, skip_reason: str) -> None:
        """Counts and reports an object that is not copied."""
        if skip_reason in skip_reasons.VANISHED:
            return
        self.counts.one("lost" if skip_reason == skip_reasons.LOST else "left")
        self.progress.note(f"{self.name}/{entry.name}: {skip_reason}")

    def _is_gone(self, name: str) -> bool:
        """Whether the object has vanished or expired. A large object without one of its segments is
        damaged, not gone.
        """
        try:
            return has_expired(self.source.head(self.name, name))
        except NotFound:
            return True

    def raise_failures(self) -> None:
        """Raises the worst of all failures."""
        for kind in (IntegrityError, ItemError, DecampError):
            for error in self.failures:
                if isinstance(error, kind):
                    raise error


class _Tries:
    """The attempts of one object, each counting its bytes from zero. Damaged data is read and sent again at once.

    All retries for an object share one budget of damaged bodies, so that they do not multiply.
    """

    def __init__(self, tally: Tally, once: Callable[[Tally], Row]) -> None:
        self._tally, self._once, self._damaged = tally, once, 0

    def __call__(self) -> Row:
        while True:
            self._tally.settle(0)
            try:
                return self._once(self._tally)
            except IntegrityError:
                self._damaged += 1
                if self._damaged >= _DAMAGED_TRIES:
                    raise
