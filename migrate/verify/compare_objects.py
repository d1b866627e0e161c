"""Compares containers: the rows of a pass over the source with the target's current content.

Names, sizes, ETags and types from the target's listing; large objects and links from their stored form; headers by a
HEAD of a sample, or of every object. 10^8 objects are never held in memory on either side.
"""

import hashlib
import threading
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from migrate.clouds.ports import ObjectInfo, ObjectStore, Segment
from migrate.errors import NotFound
from migrate.model import ObjectEntry, Record
from migrate.model.s3_objects import EXPIRES_AT, MOST_EXAMPLES, SOURCE_ETAG, examples, not_carried, split_representable
from migrate.monitor import StopFlag
from migrate.objects.listing import skip_reasons
from migrate.objects.listing.merge import Name, is_alike, merged
from migrate.objects.listing.object_rows import Row
from migrate.objects.listing.row_files import read_seal, sealed_rows
from migrate.objects.listing.skip_reasons import UNREADABLE
from migrate.secret_looking import safe_to_show
from migrate.verify.differences_file import PRESENCE, Exceptions
from migrate.verify.evidence import Dropped
from migrate.verify.in_parallel import in_order

_THREADS = 8
_MARK_HEADER = "x-container-meta-decamp-mark"
SAMPLE = 0.01
"""The share of plain objects whose headers are checked, by default."""
_GRACE_S = 2 * 86400
"""A rule deletes at the next midnight, and a service applies its rules once a day."""
_DLO, _ACCOUNT = "x-object-manifest", "x-symlink-target-account"
_SURPLUS, _MISSING = PRESENCE


class ContainerCheck(Record, frozen=True, kw_only=True):
    """The result. `objects` and `size_bytes`: of the rows; `looked`: objects with compared headers.

    `left`: maps skip reasons to numbers of objects not at the target, or gone from the source; `vanished`: examples of
    the latter. `listed_at`: when the source was listed, None for rows of an earlier version. `dropped`: headers that
    the target's store cannot hold. `expiring`: numbers of objects with a deletion `rule`, and of those `overdue`, which
    still exist.
    `unreadable`: examples of unreadable rows in the source's listing; `left` has their number.
    """

    objects: int
    size_bytes: int
    looked: int = 0
    left: dict[str, int] = {}
    dropped: tuple[Dropped, ...] = ()
    expiring: dict[str, int] = {}
    vanished: tuple[str, ...] = ()
    listed_at: str | None = None
    unreadable: tuple[str, ...] = ()
    differences: tuple[str, ...] = ()


def verify_container(
    target: ObjectStore,
    name: str,
    rows: Path,
    *,
    headers: dict[str, str] | None = None,
    sample: float = SAMPLE,
    now: float = 0.0,
    stop: StopFlag | None = None,
) -> ContainerCheck:
    """Compares the target's container with the rows of the last pass over the source's.

    Listings may lag: an object missing, surplus or different in one is checked itself before it counts. Objects that
    have expired by `now` (seconds since 1970) may be gone. Every difference is written to `exceptions.jsonl` next to
    the rows; the first thousand are returned.

    Args:    rows: the container's folder.   headers: the container's planned headers; None for the source's.
             sample: the share (0 to 1) of plain objects whose headers are checked, chosen by their names.
    Raises:  ConfigError DCP-703: no pass has ended.  DCP-211, DCP-213: damaged.  NotFound: no container at the target.
    """
    seal = read_seal(rows)
    check = _Check(target, name, sample, now)
    wanted = _settable(seal.headers if headers is None else headers)
    with Exceptions(rows) as exceptions:
        check.of_itself(wanted, exceptions)
        names = merged((), sealed_rows(rows, seal), target.entries(name))
        for one, found in in_order(check.listed, check.look, names, _THREADS, stop or StopFlag()):
            exceptions.add(_name(one), found)
        exceptions.add("", check.missing_rules())
    gone = sum(seal.skipped_by_reason.get(skip_reason, 0) for skip_reason in skip_reasons.VANISHED)
    return ContainerCheck(
        objects=seal.objects - gone,
        size_bytes=seal.size_bytes,
        looked=check.looked.total(),
        left=seal.skipped_by_reason if not seal.unreadable else {**seal.skipped_by_reason, UNREADABLE: seal.unreadable},
        expiring=dict(check.expiring),
        dropped=tuple(check.dropped[kind] for kind in sorted(check.dropped)),
        vanished=seal.vanished_names,
        listed_at=seal.listed_at or None,
        unreadable=seal.unreadable_names or (),
        differences=exceptions.first_ones(),
    )


@dataclass
class _Check:
    target: ObjectStore
    container: str
    sample: float
    now: float
    looked: "Counter[int]" = field(default_factory=Counter)
    """By thread."""
    dropped: dict[str, Dropped] = field(default_factory=dict)
    """By kind of header."""
    expiring: "Counter[str]" = field(default_factory=Counter)
    ruled: set[str] = field(default_factory=set)
    """Days for which a rule must exist."""

    def of_itself(self, wanted: dict[str, str], exceptions: "Exceptions") -> None:
        """Checks the container's own headers; for a bucket, settings that the store refused count as dropped."""
        there = _settable(self.target.container(self.container).headers)
        if self.target.settings is not None and wanted:
            found = self.target.settings.there(self.container)
            there = {key: value for key, value in found.items() if _family(key) in set(map(_family, wanted))}
            refused = {key for key in wanted if _family(key) not in set(map(_family, there))}
            for key in sorted(refused):
                self.dropped[key] = Dropped(header=key, objects=0, examples=(safe_to_show(key, wanted[key]),))
            wanted = {key: value for key, value in wanted.items() if key not in refused}
        exceptions.add("", _by_key("header", wanted, there))

    def listed(self, name: Name) -> tuple[str, ...] | None:
        """The differences in the listing; None if the object itself must be checked."""
        row, there = name.then, name.there
        if row is None:
            return None
        if row.skip_reason:
            return self._left(row, there)
        self._count_dropped(row)
        self._count_expiring(row, is_there=there is not None)
        if there is None or not _listed_alike(row, there) or self._is_looked_at(row):
            return None
        return ()

    def _count_dropped(self, row: Row) -> None:
        """Counts dropped headers from the source's headers, as rows of earlier versions do not list them."""
        if self.target.multipart is None or row.headers is None:
            return
        lost = [name for name in not_carried(row.headers, row.content_type) if name != EXPIRES_AT or not row.expires_on]
        for kind, example in examples(row.name, lost).items():
            before = self.dropped.get(kind, Dropped(header=kind, objects=0, examples=()))
            shown = before.examples if len(before.examples) == MOST_EXAMPLES else (*before.examples, example)
            self.dropped[kind] = Dropped(header=kind, objects=before.objects + 1, examples=shown)

    def _count_expiring(self, row: Row, *, is_there: bool) -> None:
        if row.expires_on:
            self.expiring["rule"] += 1
            self.ruled.add(row.expires_on)
        expires = (row.headers or {}).get(EXPIRES_AT, "")
        if is_there and expires.isdigit() and int(expires) + _GRACE_S < self.now:
            self.expiring["overdue"] += 1

    def missing_rules(self) -> tuple[str, ...]:
        """Future days without a deletion rule."""
        if not self.ruled or self.target.expiring is None:
            return ()
        today = datetime.fromtimestamp(self.now, UTC).date().isoformat()
        lacking = {day for day in self.ruled if day > today} - self.target.expiring.days(self.container)
        return tuple(f"rule that deletes on {day}: {_MISSING}" for day in sorted(lacking))

    def look(self, name: Name) -> tuple[str, ...]:
        """Checks the stored object itself."""
        if name.then is not None:
            return self._stored(name.then)
        assert name.there is not None
        return () if self._head(name.there.name) is None else (_SURPLUS,)

    def _left(self, row: Row, there: ObjectEntry | None) -> tuple[str, ...]:
        """Checks an object that was not copied: it must not exist, unless it vanished from the source later."""
        is_wrong = row.skip_reason in skip_reasons.NEVER_THERE and there is not None
        return (_SURPLUS,) if is_wrong else ()

    def _is_looked_at(self, row: Row) -> bool:
        """Whether an object is checked individually: large objects, links, and a sample of the others, chosen by a
        digest of the name.
        """
        if row.segments or row.is_link or _DLO in (row.headers or {}):
            return True
        if self.sample <= 0 or row.headers is None:
            return False
        return self.sample >= 1 or _share(row.name) < self.sample

    def _stored(self, row: Row) -> tuple[str, ...]:
        self.looked[threading.get_ident()] += 1
        have = self._head(row.name)
        if have is None:
            expires = (row.headers or {}).get(EXPIRES_AT, "")
            gone_by_itself = expires.isdigit() and int(expires) <= self.now
            return () if gone_by_itself else (_MISSING,)
        return (*_differences(row, have, joined=self.target.multipart is not None), *self._other_day(row))

    def _other_day(self, row: Row) -> tuple[str, ...]:
        if self.target.expiring is None or not row.expires_on:
            return ()
        day = self.target.expiring.day_of(self.container, row.name)
        return () if day == row.expires_on else (f"deleted by a rule on: {row.expires_on} ≠ {day or 'no day'}",)

    def _head(self, name: str) -> ObjectInfo | None:
        """The object's current record; None if it does not exist, regardless of a lagging listing."""
        try:
            return self.target.head(self.container, name)
        except NotFound:
            return None


def _listed_alike(row: Row, there: ObjectEntry) -> bool:
    """Whether the target's listing matches the source's row, or the facts read if the object had changed since."""
    if row.read is None or row.slo_etag:
        return is_alike(row, there, row)
    size, etag = row.read
    sent = msgspec.structs.replace(row, size_bytes=size, etag=etag, slo_etag="")
    return is_alike(sent, there, sent)


def _share(name: str) -> float:
    """A number from 0 to 1, the same for a name on every machine."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big") / 2**32


def _differences(row: Row, have: ObjectInfo, *, joined: bool) -> tuple[str, ...]:
    size, etag = row.facts
    facts: list[tuple[str, object, object]] = [
        ("size_bytes", size, have.size_bytes),
        ("etag", row.there or etag, have.etag),
    ]
    if not joined or not split_representable({"content-type": row.content_type})[1]:
        facts.append(("content_type", row.content_type, have.content_type))
    if not joined:
        facts.append(("static large object", bool(row.segments), have.is_slo))
        facts.append(("segments", len(row.segments), len(have.segments)))
    plain = tuple(f"{fact}: {source} ≠ {found}" for fact, source, found in facts if source != found)
    segments = tuple(
        f"segment {number}: {_segment(a)} ≠ {_segment(b)}"
        for number, (a, b) in enumerate(zip(row.segments, () if joined else have.segments, strict=False))
        if a != b
    )
    if row.headers is None:
        return plain + segments
    wanted = {key: value for key, value in row.headers.items() if key != _ACCOUNT and not (joined and key == _DLO)}
    if joined:
        wanted, _ = split_representable(wanted)
    there = {key: value for key, value in have.headers.items() if key != SOURCE_ETAG}
    return plain + segments + _by_key("header", wanted, there)


def _by_key(what: str, source: dict[str, str], target: dict[str, str]) -> tuple[str, ...]:
    return tuple(
        f"{what} {key}: {safe_to_show(key, source[key]) if key in source else 'missing'} ≠ "
        f"{safe_to_show(key, target[key]) if key in target else 'missing'}"
        for key in sorted({*source, *target})
        if source.get(key) != target.get(key)
    )


def _segment(segment: Segment) -> str:
    part = f" [{segment.range}]" if segment.range else ""
    return f"{segment.container}/{segment.name}{part} {segment.size_bytes} {segment.etag}"


def _family(header: str) -> str:
    """The first four words of a header: `x-container-meta-web`."""
    return "-".join(header.split("-")[:4])


def _settable(headers: dict[str, str]) -> dict[str, str]:
    return {key: value for key, value in headers.items() if key != _MARK_HEADER}


def _name(name: Name) -> str:
    one = name.then or name.there
    assert one is not None
    return one.name
