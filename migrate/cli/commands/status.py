"""`decamp status`: shows progress, waits with their reasons, and the next command. Reads only the workspace."""

from collections.abc import Sequence

import click
from msgspec import UNSET

from migrate.cli.commands.approve import why
from migrate.cli.console import echo, print_json
from migrate.cli.context import App, pass_app
from migrate.cli.next_step import Next
from migrate.cli.options import SharedCommand
from migrate.cli.overview import Overview, look
from migrate.cli.views.draw_forecast import headline, verdict_text, words_of
from migrate.cli.views.launch_left_view import holds_text, left_text
from migrate.cli.views.server_downtimes import lasts
from migrate.cli.workspace import Workspace
from migrate.errors import Exit
from migrate.execute.test_launch.launch_turn import LaunchLeft
from migrate.forecast.forecast_records import Forecast
from migrate.forecast.further_pass import HOUR_S, Limit
from migrate.forecast.measured_downtimes import MeasuredDowntime
from migrate.forecast.passes_so_far import ServerPasses
from migrate.ledger.ledger_records import State
from migrate.messages import codes
from migrate.messages.numbers import rate, size, span
from migrate.plan.wave_state import WaveState
from migrate.report.forecast_view import view_of
from migrate.report.outcome import counts_text, differences_text
from migrate.report.summary import Held, LaunchedWave, ServerDown, Summary
from migrate.units import utc_now

HELD_SHOWN = 20


@click.command("status", cls=SharedCommand)
@pass_app
def command(app: App) -> int:
    """Show progress, what is waiting and why, and the next command."""
    found = look(app, Workspace(app.directory))
    overview, following = (None, found) if isinstance(found, Next) else (found, found.following)
    if app.is_json:
        print_json(as_values(app, overview, following))
        return Exit.OK
    if overview:
        show(app, overview.summary, overview.forecast, overview.policy.passes.age_s)
        for line in left_lines(app, overview.ledger.launch_left):
            echo(line)
        echo()
    echo(app.say("status.next", command=f"{app.prefix} {following.command}", why=app.say(following.why)))
    return Exit.OK


def left_lines(app: App, left: LaunchLeft | None) -> list[str]:
    """Until when it is kept, or since when it is only left, and what it holds up."""
    if left is None:
        return []
    return ["", *filter(None, (left_text(app, left), holds_text(app, left)))]


def show(app: App, summary: Summary, forecast: Forecast | None, age_s: float) -> None:
    lines = [
        app.say(
            "status.title",
            migration=summary.migration[:8],
            source=summary.source.cloud,
            target=summary.target.cloud,
        ),
        app.say("status.deadline", deadline=summary.deadline or app.say("no-deadline")),
        *forecast_lines(app, forecast),
        app.say("status.steps", counts=counts_text(summary, app.lang)),
        app.say("status.bytes", done=size(summary.done_bytes, app.lang), planned=size(summary.planned_bytes, app.lang)),
        app.say("status.verified", text=differences_text(summary, app.lang)),
        *health_lines(app, summary),
    ]
    if summary.down:
        rows: list[tuple[object, ...]] = [_down(app, one) for one in summary.down]
        lines += ["", app.say("status.down"), *app.table(("name", "since", "stage", "budget"), rows)]
    if summary.downtimes:
        lines += ["", app.say("status.downtimes"), *downtimes_table(app, summary.downtimes)]
    if summary.launches:
        lines += ["", app.say("status.launches"), *launches_table(app, summary.launches)]
    if summary.passes:
        lines += ["", app.say("status.passes"), *passes_lines(app, summary, age_s)]
    if summary.waves:
        lines += ["", app.say("status.waves"), *waves_table(app, summary.waves)]
    if summary.open_gates:
        rows = [(gate.name, len(gate.steps), why(app, gate.why)) for gate in summary.open_gates]
        lines += ["", app.say("status.gates"), *app.table(("gate", "steps", "why"), rows)]
    if summary.held:
        lines += ["", app.say("status.held"), *held_lines(app, summary.held)]
    for line in lines:
        echo(line)


def _down(app: App, one: ServerDown) -> tuple[object, ...]:
    stage = app.say(f"stage.{one.stage}") if one.stage else "—"
    held = app.say("status.held-at", stage=stage, at=one.held) if one.held else stage
    return one.name, one.since, held, "—" if one.budget_s is None else span(one.budget_s, app.lang)


def downtimes_table(app: App, downtimes: Sequence[MeasuredDowntime]) -> list[str]:
    """Measured against predicted; `—` where no prediction was made before the stop."""
    rows = [
        (one.name, span(one.measured_s, app.lang), *(_predicted(app, one, s) for s in (one.p50_s, one.p90_s)))
        for one in downtimes
    ]
    return app.table(("server", "lasted", "even", "sure"), rows)


def launches_table(app: App, launches: Sequence[LaunchedWave]) -> list[str]:
    """The last test launch of each wave."""
    rows = [(one.name, one.at, one.taken_at, launch_outcome(app, one)) for one in launches]
    return app.table(("wave", "at", "launch.taken", "outcome"), rows)


def launch_outcome(app: App, one: LaunchedWave) -> str:
    counts = {"passed": one.passed, "failed": one.failed, "impossible": one.not_possible}
    said = app.say("launch.outcome-passed" if one.has_passed else "launch.outcome-failed", **counts)
    return f"{said}; {app.explain(one.code, dict(one.facts))}" if one.code else said


def passes_lines(app: App, summary: Summary, age_s: float) -> list[str]:
    """What the last pass of each server was, and of each that no further pass helps why.

    The pass of a moved server needs no successor, however old it is.
    """
    passes, now, lang = summary.passes or (), utc_now(), app.lang
    moved = {one.server_id for one in summary.downtimes}
    rows = [
        (
            one.name,
            one.taken_at
            if one.server_id in moved or one.is_fresh(now, age_s)
            else app.say("status.pass-old", at=one.taken_at),
            *(_bytes(value, lang) for value in (one.read_bytes, one.changed_bytes, one.stored_bytes)),
            "—" if one.read_s is None else span(one.read_s, lang),
            "—" if one.changes_per_h is None else f"{size(one.changes_per_h, lang)}/h",
        )
        for one in passes
    ]
    limits = [text for one in passes if (text := _limit(app, one))]
    return [*app.table(("server", "pass", "was-read", "changed", "stored", "took", "changes"), rows), *limits]


def _bytes(value: int | None, lang: str) -> str:
    return "—" if value is None else size(value, lang)


def _limit(app: App, one: ServerPasses) -> str:
    """What no further pass mends, with its figures; empty for none."""
    match one.limit:
        case Limit.CHANGES:
            changed = rate((one.changes_per_h or 0.0) / HOUR_S, app.lang)
            facts = {"server": one.name, "changed": changed, "sent": rate(one.sent_per_s, app.lang)}
            return app.explain(codes.CHANGES_FASTER, facts)
        case Limit.BUDGET:
            read, budget = span(one.last_read_s, app.lang), span(one.budget_s or 0.0, app.lang)
            return app.explain(codes.BUDGET_BELOW_READ, {"server": one.name, "read": read, "budget": budget})
    return ""


def waves_table(app: App, waves: Sequence[WaveState]) -> list[str]:
    """Waves that went back, with what is parked of them at the target, and accepted ones."""
    return app.table(
        ("wave", "stage", "since", "who", "parked"),
        [(one.name, app.say(f"wave-stage.{one.stage}"), one.at, one.who, ", ".join(parked_of(one))) for one in waves],
    )


def parked_of(wave: WaveState) -> list[str]:
    """Ids at the target of the wave's parked servers."""
    return [one.parked.server_id for one in wave.servers if one.parked]


def _predicted(app: App, one: MeasuredDowntime, seconds: float | None) -> str:
    return lasts(app, seconds) if one.origin else "—"


def forecast_lines(app: App, forecast: Forecast | None) -> list[str]:
    """The verdict with its dates, after an alarm if the migration has stalled."""
    if forecast is None:
        return []
    words = words_of(app, forecast)
    alarm = [app.say("status.alarm", at=words.at(forecast.stalled_since))] if forecast.stalled_since else []
    return [*alarm, app.say("status.forecast", verdict=verdict_text(app, forecast)), *headline(app, view_of(forecast))]


def health_lines(app: App, summary: Summary) -> list[str]:
    """How many servers have passed the policy's health checks, where it has any."""
    if not summary.health:
        return []
    states = [one.state for one in summary.health]
    passed, failed = states.count(State.DONE), states.count(State.FAILED)
    return [app.say("status.health", count=len(states), passed=passed, failed=failed)]


def held_lines(app: App, held: tuple[Held, ...]) -> list[str]:
    """Steps that cannot continue, blocked ones last; no more than fit on a screen."""
    rows = [
        (one.name, app.state(one.state), one.step_id, app.explain(one.code, dict(one.facts)))
        for one in held[:HELD_SHOWN]
    ]
    more = len(held) - len(rows)
    return [*app.table(("name", "state", "step", "why"), rows), *([f"… +{more}"] if more > 0 else [])]


FORECAST_FIELDS = (
    "as_of",
    "verdict",
    "calibrated",
    "why",
    "must_end",
    "evacuated_p50",
    "evacuated_p90",
    "finish_p50",
    "finish_p90",
    "p_on_time",
    "stalled_since",
)


def as_values(app: App, overview: Overview | None, following: Next) -> dict[str, object]:
    values: dict[str, object] = {"next": {"command": following.command, "why": app.say(following.why)}}
    if overview is None:
        return values
    summary, forecast = overview.summary, overview.forecast
    if forecast:
        values["forecast"] = {name: getattr(forecast, name) for name in FORECAST_FIELDS}
    values |= {
        "migration": summary.migration,
        "deadline": summary.deadline,
        "counts": summary.counts,
        "planned_bytes": summary.planned_bytes,
        "done_bytes": summary.done_bytes,
        "differences": summary.differences,
        "unread": summary.unread,
        "evidence_fits": summary.evidence_fits,
        "down": summary.down,
        "downtimes": summary.downtimes,
        "gates": summary.gates,
        "held": summary.held,
        "temporaries": len(summary.temporaries),
    }
    if overview.ledger.launch_left:
        values["launch_left"] = overview.ledger.launch_left
    if summary.launches:
        values["test_launches"] = summary.launches
    if summary.passes:
        values["passes"] = summary.passes
    return values | {
        name: found for name in ("health", "waves", "rollbacks") if (found := getattr(summary, name)) is not UNSET
    }
