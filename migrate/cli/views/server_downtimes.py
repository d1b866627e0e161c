"""The downtime of each server that the plan stops, for `plan`, `forecast` and `approve`, from one forecast."""

from collections.abc import Sequence
from datetime import datetime

from migrate.cli.context import App
from migrate.cli.fitting_documents import Documents
from migrate.cli.summary_inputs import recorded
from migrate.cli.workspace import Workspace
from migrate.execute.stop_turns import asked_at
from migrate.forecast.downtime import downtimes
from migrate.forecast.forecast_records import Downtime
from migrate.forecast.make_forecast import Inputs
from migrate.ledger.downtime_notes import note_predictions
from migrate.ledger.ledger import Ledger
from migrate.ledger.ledger_records import Predicted
from migrate.messages.numbers import size, span
from migrate.model.steps import Step, StopServer
from migrate.plan.waves import waves_of
from migrate.report.summary import Inputs as Known
from migrate.units import iso, utc_now


def foretold(documents: Documents, known: Known, now: datetime) -> tuple[Downtime, ...]:
    """Current downtimes, the same as `decamp forecast` reports."""
    return downtimes(inputs_of(documents, known, now))


def inputs_of(documents: Documents, known: Known, now: datetime) -> Inputs:
    """Forecast inputs from plan, policy and ledger, without an earlier forecast or findings."""
    return Inputs(
        plan=documents.plan,
        plan_seal=known.plan_seal,
        policy=documents.policy,
        as_of=now,
        states=known.states,
        journal=known.journal,
        approvals=known.approvals,
        effects=known.effects,
        down_since=known.down_since,
        preloaded=known.preloaded,
        taken_passes=known.taken_passes,
    )


def keep_predictions(workspace: Workspace, documents: Documents, ledger: Ledger, todo: Sequence[Step]) -> None:
    """Records the predicted downtime of each server that is not stopped yet, to compare the measured one with."""
    stops = {step.action.server_id: step.id for step in todo if isinstance(step.action, StopServer)}
    if not stops:
        return
    now, plan, asked, known = utc_now(), documents.plan, asked_at(ledger), recorded(workspace, documents)
    # One that was asked to stop by a run that was killed may be down; one that was moved before is asked again.
    begun = {stop for stop in asked if stop in known.states and known.states[stop].done_digest is None}
    up = {server.server_id: server.up for wave in waves_of(plan.steps, plan.waves).all for server in wave.servers}
    note_predictions(
        ledger,
        {
            stops[one.server_id]: Predicted(
                p50_s=one.p50_s, p90_s=one.p90_s, origin=one.origin.value, at=iso(now), up=up[one.server_id]
            )
            for one in foretold(documents, known, now)
            if one.server_id in stops and stops[one.server_id] not in begun and not one.is_down
        },
    )


def downtime_lines(app: App, found: Sequence[Downtime], most: int | None = None) -> list[str]:
    """A title and a table of downtimes; empty if no server is stopped. `most`: the maximum number of rows."""
    if not found:
        return []
    columns = ("server", "size", "even", "sure", "floor", "origin")
    shown = found[:most]
    more = [f"… +{len(found) - len(shown)}"] if len(shown) < len(found) else []
    notes = [app.say("downtime.evacuate")] if any(one.is_made for one in found) else []
    return [app.say("downtime.title"), *app.table(columns, [_row(app, one) for one in shown]), *more, *notes]


def lasts(app: App, seconds: float | None) -> str:
    return app.say("forecast.not-in-sight") if seconds is None else span(seconds, app.lang)


def _row(app: App, one: Downtime) -> tuple[object, ...]:
    name = one.name if one.is_made else app.say("downtime.stays", name=one.name)
    if one.is_down:
        name = app.say("downtime.is-down", name=name, at=one.begins)
    origin = app.say(f"origin.{one.origin.value}")
    sizes = (size(one.size_bytes, app.lang), lasts(app, one.p50_s), lasts(app, one.p90_s))
    return name, *sizes, _floor(app, one), origin


def _floor(app: App, one: Downtime) -> str:
    """The floor and the stage that takes most of it; a record of an earlier version has none."""
    if one.floor_s is None or not one.floor_stage:
        return "—"
    return f"{span(one.floor_s, app.lang)} ({app.say(f'stage.{one.floor_stage}')})"
