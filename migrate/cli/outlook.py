"""Draws the forecast for `forecast`, `status` and `report`, and tells it: out of documents and ledger alone."""

from datetime import datetime

from migrate.cli.context import App
from migrate.cli.fitting_documents import Documents
from migrate.cli.workspace import Workspace, shown
from migrate.documents import read_document
from migrate.errors import DocumentMissing, DocumentUnreadable
from migrate.findings.finding import blocking
from migrate.findings.inputs import open_case
from migrate.forecast.forecast_records import Forecast, Late, Reason, Verdict
from migrate.forecast.make_forecast import Inputs, first_as_of, make_forecast
from migrate.messages.numbers import moment, number, percent, short_day_and_time, size, span, zone_of
from migrate.plan.schedule import Items, items_of, schedule_problems
from migrate.policy.reader import refuse
from migrate.policy.settings import Policy
from migrate.report.summary import Inputs as Known


def earlier_forecast(app: App, workspace: Workspace) -> Forecast | None:
    """The last forecast, for its guard and history; one that cannot be read is said, and begun anew."""
    try:
        return read_document(workspace.forecast_path, Forecast)
    except DocumentMissing:
        return None
    except DocumentUnreadable as err:
        app.tell("forecast.anew", path=shown(workspace.forecast_path), code=err.code)
        return None


def refuse_mistakes(workspace: Workspace, earlier: Forecast | None, now: datetime) -> None:
    """Everything that is wrong with the policy, whoever finds it. Raises ConfigError DCP-220 with all of it."""
    policy, problems = workspace.read_policy()
    paths = [workspace.inventory_path(side) for side in ("source", "target")]
    if all(path.exists() for path in paths):
        problems = [*problems, *late_mistakes(policy, _items(workspace, policy), earlier, now)]
    refuse(problems, name=str(workspace.policy_path))


def late_mistakes(policy: Policy, items: Items, earlier: Forecast | None, now: datetime) -> list[str]:
    """What a clock or an inventory finds. A deadline is judged when it is first heard of, and then held to."""
    heard = earlier is not None and earlier.deadline is not None and policy.deadline is not None
    same = heard and earlier is not None and moment(str(earlier.deadline)) == moment(str(policy.deadline))
    return schedule_problems(policy, items, first_as_of(earlier, policy.migration, now) if same else now)


def draw_forecast(documents: Documents, known: Known, earlier: Forecast | None, now: datetime) -> Forecast:
    """The forecast as of `now`. `known`: what ledger and findings say."""
    return make_forecast(
        Inputs(
            plan=documents.plan,
            plan_seal=known.plan_seal,
            policy=documents.policy,
            as_of=now,
            states=known.states,
            journal=known.journal,
            approvals=known.approvals,
            effects=known.effects,
            earlier=earlier,
            down_since=known.down_since,
            open_blocks=len(blocking(known.findings, documents.policy)),
        )
    )


def foretell(app: App, workspace: Workspace, documents: Documents, known: Known, now: datetime) -> Forecast | None:
    """The forecast as of now, for `status` and `report`: the last one on disk is there for its guard and history.

    None, and a word about it, while the policy has mistakes that `forecast` tells of.
    """
    earlier, policy = earlier_forecast(app, workspace), documents.policy
    items = items_of(open_case(documents.source, documents.target, policy))
    if late_mistakes(policy, items, earlier, now):
        app.tell("forecast.stale", command=f"{app.prefix} forecast")
        return None
    return draw_forecast(documents, known, earlier, now)


def _items(workspace: Workspace, policy: Policy) -> Items:
    return items_of(open_case(workspace.inventory("source"), workspace.inventory("target"), policy))


# ---------------------------------------------------------------- how it is told


class Words:
    """The numbers of one forecast as people write them, in its time zone."""

    def __init__(self, app: App, forecast: Forecast) -> None:
        self.app, self.lang, self.forecast = app, app.lang, forecast
        self._zone = zone_of(forecast.time_zone)

    def at(self, text: str | None) -> str:
        if text is None:
            return self.app.say("forecast.not-in-sight")
        return short_day_and_time(moment(text).astimezone(self._zone), self.lang)

    def span(self, seconds: float) -> str:
        return span(seconds, self.lang)

    def rate(self, bytes_per_s: float | None) -> str:
        return "–" if bytes_per_s is None else f"{size(bytes_per_s, self.lang)}/s"

    def share(self, share: float) -> str:
        return percent(share, self.lang)

    def chance(self, share: float) -> str:
        """Of what is still to come: that every simulated run holds a date makes it no certainty."""
        if share == 1.0:
            return self.app.say("forecast.more-than", share=self.share(0.99))
        return self.app.say("forecast.less-than", share=self.share(0.01)) if share == 0.0 else self.share(share)

    def reason(self, one: Reason) -> str:
        """Of an item's own date: what even the middle run misses will not be there."""
        key = one.key
        if key == "why.own-late" and any(_is_missed(late, one) for late in self.forecast.late):
            key = "forecast.own-missed"
        return self.app.say(key, **{name: self._fact(name, value) for name, value in one.facts.items()})

    def _fact(self, name: str, value: str) -> str:
        if name in {"at", "date"}:
            return self.at(value)
        if name.endswith("_s"):
            return self.span(float(value))
        if name in {"resource", "klass"}:
            return self.app.say(f"{'class' if name == 'klass' else name}.{value}")
        return number(int(value), self.lang) if value.isdigit() else value


def verdict_text(app: App, forecast: Forecast) -> str:
    """The verdict in words; once all is read there is no date left to be in time for."""
    is_out = forecast.verdict is Verdict.GREEN and forecast.is_read
    return app.say(f"forecast.verdict.{forecast.verdict.value}{'-read' if is_out else ''}")


def headline(app: App, forecast: Forecast) -> list[str]:
    """When, until when, and how sure: the lines that `forecast` and `status` share."""
    words = Words(app, forecast)
    lines = [_end(app, words, "evacuated", forecast.evacuated_p50, forecast.evacuated_p90, done=forecast.is_read)]
    lines.append(_end(app, words, "finished", forecast.finish_p50, forecast.finish_p90, done=not forecast.steps_left))
    if forecast.deadline and forecast.must_end:
        facts = {"at": words.at(forecast.deadline), "end": words.at(forecast.must_end)}
        origin = app.say(f"forecast.guard.{forecast.guard_origin.value}")
        lines.append(app.say("forecast.deadline", **facts, guard=words.span(forecast.guard_s), origin=origin))
        if forecast.steps_left and _is_after(forecast.finish_p90, forecast.deadline):
            lines.append(app.say("forecast.after-off", at=words.at(forecast.deadline)))
    lines.append(app.say("forecast.as-of", at=words.at(forecast.as_of), zone=forecast.time_zone))
    return [line for line in lines if line]


def _is_missed(late: Late, one: Reason) -> bool:
    is_told = (late.selector, late.due) == (one.facts["selector"], one.facts["date"])
    return is_told and _is_after(late.finish_p50, late.due)


def _is_after(end: str | None, date: str) -> bool:
    return end is None or moment(end) > moment(date)


def _end(app: App, words: Words, what: str, p50: str | None, p90: str | None, *, done: bool) -> str:
    if done:
        return app.say(f"forecast.was-{what}", p50=words.at(p50)) if p50 else ""
    key = "forecast.finish" if what == "finished" else f"forecast.{what}"
    return app.say(key, p50=words.at(p50), p90=words.at(p90))
