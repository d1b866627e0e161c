"""One range of a container's names: merges the listings, gives differences to the workers, and writes the rows."""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial

from msgspec.structs import replace

from migrate.errors import ConflictError
from migrate.model import ObjectEntry
from migrate.objects.copy.container_pass import Failed, Pass
from migrate.objects.copy.copy_object import Known, known_too
from migrate.objects.listing import skip_reasons
from migrate.objects.listing.merge import Name, Need, is_unchanged, merged, need
from migrate.objects.listing.object_rows import Facts, Row, row_of
from migrate.objects.listing.row_files import Range
from migrate.pool import Tally


class Shard:
    """The work on one range, in one thread; pool workers send the objects.

    Args: now: the source's listing of the range, if already read.
    """

    def __init__(self, names: Range, work: Pass, now: Iterable[ObjectEntry] | None) -> None:
        self._of, self._work, self._now = names, work, now
        self._then = work.folder.rows(names)
        self._number, self._log = work.folder.new_log()
        # Logs of interrupted passes may be older than a finished shard: both show which contents are ours.
        self._filed = {row.name: row for row in self._then} if work.logged.rows else {}
        self._changed: dict[str, Row | None] = {}
        """Name -> its new row, None for one that goes."""
        self._in_flight, self._failed = 1, False
        self._lock, self._landed_all = threading.Lock(), threading.Event()

    def run(self) -> None:
        """Processes every object. A shard with a failure keeps its log and is repeated."""
        try:
            for name in merged(self._source(), self._known_rows(), self._target()):
                if self._work.attempt.stop.is_set():
                    break
                self._one(name)
        finally:
            self._landed(failed=False)  # counts as a task itself, so that the last task comes after all names
            self._landed_all.wait()
            self._log.close()
        if self._failed or self._work.attempt.stop.is_set():
            return
        if self._changed or not self._of.number:
            self._work.folder.finish(self._of, self._number, self._rows())
        else:
            self._work.folder.forget(self._number)

    # ------------------------------------------------------------ listings

    def _source(self) -> Iterable[ObjectEntry]:
        if self._now is not None:
            return self._now
        return self._work.listed(self._of)

    def _target(self) -> Iterable[ObjectEntry]:
        return self._work.target.entries(self._work.name, marker=self._of.after, until=self._of.until)

    def _known_rows(self) -> Iterator[Row]:
        """The shard's rows, replaced by those of interrupted passes if these are newer."""
        names, logged = self._of, self._work.logged
        if not logged.rows:
            yield from self._then
            return
        inside = (name for name in logged.rows if name > names.after and (not names.until or name <= names.until))
        younger = [name for name in sorted(inside) if not self._is_filed_since(logged.rows[name])]
        yield from _newer_rows_over(self._then, [logged.rows[name] for name in younger])

    def _is_filed_since(self, row: Row) -> bool:
        """Whether a later pass has finished this shard with a newer row, by the source's clock."""
        filed = self._filed.get(row.name)
        return filed is not None and filed.last_modified > row.last_modified

    def _rows(self) -> Iterator[Row]:
        changed = [row for _, row in sorted(self._changed.items()) if row is not None]
        kept = [row for row in self._then if row.name not in self._changed]
        return _newer_rows_over(kept, changed)

    # ------------------------------------------------------------ names

    def _one(self, name: Name) -> None:
        match need(name):
            case Need.EXTRA:
                assert name.there
                self._work.found_extra(name.there.name)
            case Need.GONE if name.then and name.then.name in self._work.odd.names:
                # It has an unreadable row: its copy stays.
                self._keep(name.then)
            case Need.GONE:
                assert name.then
                self._gone(name.then, is_there=name.there is not None)
            case Need.NOTHING:
                assert name.now and name.then
                if not self._work.sender.is_settled(self._work.name, name.then):
                    self._begin(name.now, name, looks=False)
                    return
                self._work.skipped(name.now)
                self._keep(name.then)
            case wanted:
                assert name.now
                self._begin(name.now, name, looks=wanted is Need.LOOK)

    def _gone(self, then: Row, *, is_there: bool) -> None:
        """Handles a vanished object: the copy stays unless the policy wants it removed; its row stays as a record."""
        self._work.counts.one("gone")
        was_copied = then.headers is not None and then.skip_reason in {"", *skip_reasons.VANISHED}
        if then.skip_reason == skip_reasons.REMOVED:
            self._keep(then)
            self._work.folder.vanish(then, "removed")
        elif not is_there:
            self._changed[then.name] = None
            if was_copied:
                self._work.folder.vanish(then, "absent")
        elif was_copied and self._work.what.may_remove and not then.found:
            self._hand_out(partial(self._remove, then))
        else:
            self._left_there(then, was_copied=was_copied)

    def _left_there(self, then: Row, *, was_copied: bool = True) -> None:
        if then.skip_reason != skip_reasons.GONE:
            self._changed[then.name] = replace(then, skip_reason=skip_reasons.GONE)
        else:
            self._keep(then)
        if was_copied:
            self._work.folder.vanish(then, "kept")

    def _keep(self, row: Row) -> None:
        """Records the row for the shard's file, if that does not have it in this form."""
        told = self._work.sender.with_dropped_headers(row)
        if told is not row or self._work.logged.rows.get(row.name) is row:
            self._changed[row.name] = told

    def _begin(self, now: ObjectEntry, name: Name, *, looks: bool) -> None:
        then = name.then
        if then and is_unchanged(now, then) and self._work.sender.skips_still(then):
            self._work.left(now, then.skip_reason)
            self._keep(then)
            return
        if skip_reason := self._work.what.refusal(now):
            self._done(now.name, row_of(now, skip_reason=skip_reason))
            self._work.left(now, skip_reason)
            return
        logged = self._work.logged
        known = Known(
            name.there,
            self._ours(now.name, name.then),
            name.then,
            begun=now.name in logged.sent,
            made=logged.made.get(now.name, {}),
        )
        self._hand_out(partial(self._work_on, now, known, looks))

    def _hand_out(self, work: Callable[[], None]) -> None:
        with self._lock:
            self._in_flight += 1
        try:
            self._work.pool.do(work)
        except BaseException:
            self._landed(failed=True)
            raise

    def _ours(self, name: str, then: Row | None) -> frozenset[Facts]:
        """Contents that our passes may have left under the name."""
        found = self._work.logged.sent.get(name, set())
        rows = (row for row in (then, self._filed.get(name)) if row is not None)
        return frozenset(found.union(*(row.left for row in rows)))

    # ------------------------------------------------------------ in pool threads

    def _work_on(self, now: ObjectEntry, known: Known, looks: bool) -> None:
        with self._landing():
            row = self._work.attempts(now, partial(self._attempt, now, known, looks))
            if row is None:
                # Listed but not readable: the row says so, and its copy at the target stays known as ours.
                row = replace(known.then or row_of(now), skip_reason=skip_reasons.GONE)
                if row.headers is not None:
                    self._work.folder.vanish(row, "absent" if known.there is None else "kept")
            if row.skip_reason and known.there is not None:
                # Content from an earlier pass stays known as ours.
                facts = (known.there.size_bytes, known.there.slo_etag or known.there.etag)
                row = replace(row, read=facts) if facts in known.ours else row
            self._done(now.name, row)
            self._work.sender.brought.pop((self._work.name, now.name), None)

    def _remove(self, then: Row) -> None:
        """Removes the copy of a vanished object, if it is unchanged."""
        with self._landing():
            # Its bytes are not part of the expected total.
            row = self._work.attempts(replace(then, size_bytes=0), lambda _tally: self._removed(then))
            if row is not None and row.skip_reason == skip_reasons.REMOVED:
                self._done(then.name, row)
                self._work.counts.one("removed")
                self._work.folder.vanish(then, "removed")
            elif row is then:
                self._keep(then)
            else:
                self._left_there(then)

    def _removed(self, then: Row) -> Row:
        assert self._work.what.may_remove
        if not self._work.what.may_remove(then):
            return replace(then, skip_reason=skip_reasons.GONE)
        return self._work.sender.remove(self._work.name, then)

    def _attempt(self, now: ObjectEntry, known: Known, looks: bool, tally: Tally) -> Row:
        work = self._work
        if brought := work.sender.brought.get((work.name, now.name)):
            # The listing may be newer than the segment copied early.
            looks, known = True, known_too(known, brought)
        if looks and (row := work.sender.look(work.name, now, known)):
            work.counts.one("skipped")
            return row
        try:
            return work.sender.send(work.name, now, known, tally, self._log.add)
        except ConflictError as err:
            then = known.then
            if (
                then is None
                or then.skip_reason
                or not is_unchanged(now, then)
                or err.facts.get("name") != _full(work, now)
            ):
                raise
            # Somebody changed it at the target on purpose, and the source has nothing newer. Verify reports it.
            work.counts.one("theirs")
            return then

    def _done(self, name: str, row: Row) -> None:
        row = self._work.sender.with_dropped_headers(row)
        self._log.add(row)
        self._changed[name] = row

    @contextmanager
    def _landing(self) -> Iterator[None]:
        """Reports the end of the work on one object. A Failed is recorded already and ends here."""
        failed = True
        try:
            yield
            failed = False
        except Failed:
            pass
        finally:
            self._landed(failed=failed)

    def _landed(self, *, failed: bool) -> None:
        with self._lock:
            self._in_flight -= 1
            self._failed = self._failed or failed
            if not self._in_flight:
                self._landed_all.set()


def _full(work: Pass, entry: ObjectEntry) -> str:
    return f"{work.name}/{entry.name}"


def _newer_rows_over(under: Iterable[Row], over: Iterable[Row]) -> Iterator[Row]:
    """Merges two sorted sequences; rows from `over` take precedence."""
    for name in merged((), under, over):
        row = name.there if name.there is not None else name.then
        assert isinstance(row, Row)
        yield row
