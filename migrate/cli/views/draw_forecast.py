"""Makes the forecast for `forecast`, `status` and `report` from documents and ledger, and puts it into words."""

from datetime import datetime

from migrate.cli.context import App
from migrate.cli.fitting_documents import Documents
from migrate.cli.views.server_downtimes import inputs_of
from migrate.cli.workspace import Workspace, shown
from migrate.documents import read_document
from migrate.errors import DocumentMissing, DocumentUnreadable
from migrate.findings.finding import blocking
from migrate.findings.inputs import open_case
from migrate.forecast.forecast_records import Forecast, Verdict
from migrate.forecast.make_forecast import first_as_of, make_forecast
from migrate.messages.numbers import moment, zone_of
from migrate.plan.schedule_problems import Items, items_of, schedule_problems
from migrate.policy.policy_records import Policy
from migrate.policy.schema import Problem
from migrate.report.forecast_view import End, ForecastView
from migrate.report.headline import switch_off_warning
from migrate.report.summary import Inputs as Known
from migrate.report.words import Marks, Words


def earlier_forecast(app: App, workspace: Workspace) -> Forecast | None:
    """The last forecast, for its safety margin and history. Reports an unreadable one and starts a new history."""
    try:
        return read_document(workspace.forecast_path, Forecast)
    except DocumentMissing:
        return None
    except DocumentUnreadable as err:
        app.tell("forecast.anew", path=shown(workspace.forecast_path), code=err.code)
        return None


def refuse_mistakes(workspace: Workspace, earlier: Forecast | None, now: datetime) -> None:
    """Raises ConfigError DCP-220 with all mistakes in the policy, including those that need inventories or
    the clock.
    """
    reading, late = workspace.read_policy(), []
    paths = [workspace.inventory_path(side) for side in ("source", "target")]
    if all(path.exists() for path in paths):
        late = late_mistakes(reading.policy, _items(workspace, reading.policy), earlier, now)
    reading.checked(late)


def late_mistakes(policy: Policy, items: Items, earlier: Forecast | None, now: datetime) -> list[Problem]:
    """Mistakes in the policy that need inventories or the clock. A deadline is checked once, when it first appears."""
    heard = earlier is not None and earlier.deadline is not None and policy.deadline is not None
    same = heard and earlier is not None and moment(str(earlier.deadline)) == moment(str(policy.deadline))
    return schedule_problems(policy, items, first_as_of(earlier, policy.migration, now) if same else now)


def draw_forecast(documents: Documents, known: Known, earlier: Forecast | None, now: datetime) -> Forecast:
    """The forecast as of `now`. `known`: the facts from ledger and findings."""
    open_blocks = len(blocking(known.findings, documents.policy))
    return make_forecast(inputs_of(documents, known, now)._replace(earlier=earlier, open_blocks=open_blocks))


def foretell(app: App, workspace: Workspace, documents: Documents, known: Known, now: datetime) -> Forecast | None:
    """The current forecast for `status` and `report`, with the safety margin and history of the last one on disk.

    Prints a message and returns None while the policy has mistakes, which `forecast` reports.
    """
    earlier, policy = earlier_forecast(app, workspace), documents.policy
    items = items_of(open_case(documents.source, documents.target, policy))
    if late_mistakes(policy, items, earlier, now):
        app.tell("forecast.stale", command=f"{app.prefix} forecast")
        return None
    return draw_forecast(documents, known, earlier, now)


def _items(workspace: Workspace, policy: Policy) -> Items:
    return items_of(open_case(workspace.inventory("source"), workspace.inventory("target"), policy))


# ---------------------------------------------------------------- text


def words_of(app: App, forecast: Forecast) -> Words:
    """The formatter for this forecast's numbers on a terminal, in its time zone."""
    return Words(app.lang, zone_of(forecast.time_zone), Marks.TEXT, str)


def verdict_text(app: App, forecast: Forecast) -> str:
    """The verdict in words; a separate text once everything is read and no date can be missed."""
    is_out = forecast.verdict is Verdict.GREEN and forecast.is_read
    return app.say(f"forecast.verdict.{forecast.verdict.value}{'-read' if is_out else ''}")


def headline(app: App, view: ForecastView) -> list[str]:
    """The finish, the deadline and the certainty: lines that `forecast` and `status` share."""
    forecast, words = view.forecast, words_of(app, view.forecast)
    lines = [_end(app, words, end) for end in view.ends]
    if forecast.deadline and forecast.must_end:
        facts = {"at": words.at(forecast.deadline), "end": words.at(forecast.must_end)}
        origin = app.say(f"forecast.guard.{forecast.guard_origin.value}")
        lines.append(app.say("forecast.deadline", **facts, guard=words.span(forecast.guard_s), origin=origin))
        if switch_off_warning(forecast):
            lines.append(app.say("forecast.after-off", at=words.at(forecast.deadline)))
    lines.append(app.say("forecast.as-of", at=words.at(forecast.as_of), zone=forecast.time_zone))
    return [line for line in lines if line]


def _end(app: App, words: Words, end: End) -> str:
    if end.is_over:
        return app.say(f"forecast.was-{end.name}", p50=words.at(end.p50)) if end.p50 else ""
    return app.say(f"forecast.{end.name}", p50=when(app, words, end.p50), p90=when(app, words, end.p90))


def when(app: App, words: Words, at: str | None) -> str:
    """A time in the forecast, or the phrase for no end in sight."""
    return str(words.at(at)) if at else app.say("forecast.not-in-sight")
