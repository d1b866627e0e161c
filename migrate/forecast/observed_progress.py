"""Progress and speed according to the journal, the only counter."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from migrate.forecast.work_calendar import Calendar
from migrate.forecast.work_classes import class_of, links_of
from migrate.ledger.ledger_records import Effect, JournalLine, StepState
from migrate.model.steps import Plan
from migrate.plan.schedule_problems import moment
from migrate.policy.windows import Windows

QUIET_S = 3600.0
"""Time in open windows without a finished step before an alarm; more while a longer step runs."""
PATIENCE = 1.5
_LEAST_BUSY_S = 60.0
"""The minimum time for a meaningful rate."""


class Progress(NamedTuple):
    """`began`: the first sign of work. `read_rate`: bytes per second from the source during transfers.

    `links`: the same for each link.
    """

    began: datetime | None = None
    last: datetime | None = None
    last_read: datetime | None = None
    read_rate: float | None = None
    links: dict[str, float] = {}


def progress_of(plan: Plan, journal: Sequence[JournalLine], whole: Sequence[JournalLine]) -> Progress:
    """The progress of a plan. `whole`: lines whose times cover their whole step, for the rates."""
    steps = {step.id: step for step in plan.steps}
    read = {step.id for step in plan.steps if step.reads_source}
    crossed: dict[str, list[JournalLine]] = {}
    for line in whole:
        if line.step_id in steps and line.size_bytes:
            for link in links_of(class_of(steps[line.step_id])):
                crossed.setdefault(link, []).append(line)
    rates = {link: rate for link, lines in crossed.items() if (rate := _rate(lines, _LEAST_BUSY_S)) is not None}
    return Progress(
        last=_last(journal),
        last_read=_last(line for line in journal if line.step_id in read),
        read_rate=_rate(crossed.get("source", ()), 0.0),
        links=rates,
    )


def began_at(states: Mapping[str, StepState], effects: Iterable[Effect]) -> datetime | None:
    """The earliest sign of work in the ledger; None if no step was ever started."""
    taken = [row.updated_at for row in states.values() if row.attempts and row.updated_at]
    made = [effect.made_at for effect in effects if effect.made_at]
    return min(map(moment, (*taken, *made)), default=None) if taken else None


def stalled_since(last: datetime | None, as_of: datetime, windows: Windows, longest_s: float) -> datetime | None:
    """The last progress, if it is too long ago, counting only open windows. `longest_s`: of a running step."""
    if last is None or last >= as_of:
        return None
    quiet = Calendar(last, windows).work_until(as_of)
    return last if quiet > max(QUIET_S, PATIENCE * longest_s) else None


def _last(lines: Iterable[JournalLine]) -> datetime | None:
    ended = max((line.ended_at for line in lines), default=None)
    return None if ended is None else datetime.fromtimestamp(int(ended), UTC)


def _rate(lines: Sequence[JournalLine], least_s: float) -> float | None:
    """Bytes per second of the time during which any of the lines ran."""
    busy, reached = 0.0, float("-inf")
    for line in sorted(lines, key=lambda line: line.started_at):
        busy += max(0.0, line.ended_at - max(line.started_at, reached))
        reached = max(reached, line.ended_at)
    moved = sum(line.size_bytes for line in lines)
    return round(moved / busy, 3) if busy > least_s and moved else None
