"""Whether another pass over a server's disks pays, from the passes that were taken. Pure.

With the server stopped, its last pass takes the longer of two times: to read all used bytes, whatever changed, and to
send what changed since the pass before. Another pass ahead of the stop only shortens the second. So it pays when that
is the longer one. An old pass is taken again in any case, because it is all that is left if the source is lost.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from migrate.forecast.default_estimates import LINK_BYTES_PER_S
from migrate.ledger.ledger_records import TakenPass
from migrate.units import utc_moment

HOUR_S = 3600.0
_LEAST_SENT = 16 << 20
"""New bytes from which a pass tells how fast they are sent; with fewer, most of its time is something else."""


class Why(StrEnum):
    """Why another pass is taken, or not."""

    OLD = "old"
    PAYS = "pays"
    FRESH = "fresh"
    """The rate of change is not known yet."""
    SAVES_NOTHING = "saves nothing"


class Speed(NamedTuple):
    """How fast the disks of one server are read, sent and changed, in bytes per second. `changed` None: unknown."""

    read: float
    sent: float
    changed: float | None


class Choice(NamedTuple):
    """`why` and the two times of a last pass now, in seconds; `send_s` None: unknown."""

    why: Why
    read_s: float
    send_s: float | None

    @property
    def takes(self) -> bool:
        return self.why in {Why.OLD, Why.PAYS}


class Limit(StrEnum):
    """What keeps a downtime long, however many passes are taken."""

    CHANGES = "changes"
    """The source changes faster than it is sent."""
    BUDGET = "budget"
    """The policy's budget is shorter than the last pass has to read."""


def choose(disks: Sequence[Sequence[TakenPass]], now: datetime, age_s: float) -> Choice:
    """The choice for one server. `disks`: the passes over each of its disks, oldest first, at least one of each."""
    speed = speed_of(disks)
    read_s = max(passes[-1].used_bytes for passes in disks) / speed.read
    age = max(_age_s(passes[-1], now) for passes in disks)
    send_s = None
    if speed.changed is not None:
        used = sum(passes[-1].used_bytes for passes in disks)
        send_s = min(speed.changed * age, used) / speed.sent
    if age >= age_s:
        return Choice(Why.OLD, read_s, send_s)
    if send_s is None:
        return Choice(Why.FRESH, read_s, send_s)
    return Choice(Why.PAYS if send_s > read_s else Why.SAVES_NOTHING, read_s, send_s)


def limit_of(disks: Sequence[Sequence[TakenPass]], budget_s: float | None) -> Limit | None:
    """What no further pass mends; None if nothing does, or too little is known."""
    speed = speed_of(disks)
    if speed.changed is not None and speed.changed > speed.sent:
        return Limit.CHANGES
    read_s = max((passes[-1].used_bytes for passes in disks), default=0) / speed.read
    return Limit.BUDGET if budget_s is not None and read_s > budget_s else None


def speed_of(disks: Sequence[Sequence[TakenPass]]) -> Speed:
    """The speeds that the passes show: the fastest read, and the sending of the pass with the most new bytes."""
    every = [one for passes in disks for one in passes if one.read_s and one.read_bytes]
    read = max((one.read_bytes / one.read_s for one in every if one.read_bytes and one.read_s), default=0.0)
    most = max(every, key=_new_bytes, default=None)
    sent = 0.0
    if most is not None and most.read_s and _new_bytes(most) >= _LEAST_SENT:
        sent = _new_bytes(most) / most.read_s
    changed = [rate for passes in disks if (rate := _change_rate(passes)) is not None]
    return Speed(read or LINK_BYTES_PER_S, sent or read or LINK_BYTES_PER_S, sum(changed) if changed else None)


def _new_bytes(one: TakenPass) -> int:
    return one.used_bytes if one.changed_bytes is None else one.changed_bytes


def _change_rate(passes: Sequence[TakenPass]) -> float | None:
    """Bytes per second between the last two passes. What changes often counts once, so it is a lower bound."""
    if len(passes) < 2 or passes[-1].changed_bytes is None:
        return None
    before, last = utc_moment(passes[-2].taken_at), utc_moment(passes[-1].taken_at)
    if before is None or last is None or last <= before:
        return None
    return passes[-1].changed_bytes / (last - before).total_seconds()


def _age_s(one: TakenPass, now: datetime) -> float:
    """An unknown time counts as long ago."""
    taken = utc_moment(one.taken_at)
    return float("inf") if taken is None else max(0.0, (now - taken).total_seconds())
