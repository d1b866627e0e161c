"""Chooses the next command from the documents and their state. Pure."""

import shlex
from typing import NamedTuple

from migrate.forecast.forecast_records import Forecast, Verdict
from migrate.ledger.ledger_records import State
from migrate.messages import codes
from migrate.plan.wave_state import Stage
from migrate.report.summary import Summary


class Next(NamedTuple):
    """A command (without `decamp`) and the phrase that explains it."""

    command: str
    why: str


INIT = Next("init", "next.init")
SCAN = Next("scan", "next.scan")
CHECK = Next("check", "next.check")


def next_step(summary: Summary, forecast: Forecast | None = None) -> Next:
    """The next command for a workspace whose plan fits."""
    if going := [one.name for one in summary.waves or () if one.stage is Stage.ROLLING_BACK]:
        return Next(f"rollback {shlex.quote(going[0])} --execute", "next.rollback")
    if not summary.is_done:
        return _next_in_run(summary, forecast)
    if summary.differences is None or not summary.evidence_fits:
        if summary.outdated:
            return Next("run --execute", "next.again")
        return Next("verify", "next.verify")
    if summary.differences or summary.unread:
        return Next("report", "next.differences")
    if summary.temporaries:
        return Next("clean --execute", "next.clean")
    return Next("report", "next.report")


def next_beside_a_run(summary: Summary) -> Next | None:
    """What a person may do while a run is at work; None if nothing waits for a decision."""
    if summary.open_gates and any(held.code == codes.WAITS_FOR_APPROVAL for held in summary.held):
        return Next(f"approve {summary.open_gates[0].name}", "next.approve-meanwhile")
    return None


def _next_in_run(summary: Summary, forecast: Forecast | None) -> Next:
    """The next command during a run. Suggests an approval only when nothing else can continue without it."""
    if forecast and any(reason.key == "why.blocks" for reason in forecast.why):
        # Because `run --execute` would refuse.
        return Next("check", "next.blocks")
    counts = summary.counts
    can_go_on = sum(counts.get(state.value, 0) for state in (State.PENDING, State.RUNNING))
    if summary.open_gates and any(held.code == codes.WAITS_FOR_APPROVAL for held in summary.held) and not can_go_on:
        return Next(f"approve {summary.open_gates[0].name}", "next.approve")
    if not can_go_on and counts.get(State.FAILED.value):
        return Next("run --execute", "next.rerun")
    if forecast and forecast.stalled_since:
        return Next("run --execute", "next.restart")
    if forecast and forecast.verdict is Verdict.RED and not summary.done_bytes:
        # Once the run has begun, the next step is to continue it; the report covers the rest.
        return Next("forecast", "next.forecast")
    return Next("run --execute", "next.run")
