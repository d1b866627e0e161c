"""Pending decisions as sentences in no particular language, each with the section of the report that has details."""

from collections.abc import Iterator
from typing import NamedTuple

from migrate.forecast.forecast_records import Verdict
from migrate.ledger.ledger_records import State
from migrate.report.summary import Summary
from migrate.report.totals_and_steps import Story
from migrate.report.words import Fact, Form, Sentence, pointer


class Decision(NamedTuple):
    """A decision. `anchor`: its section in the report, or empty."""

    sentence: Sentence
    anchor: str = ""


def decisions(summary: Summary, story: Story) -> tuple[Decision, ...]:
    """The decisions, most important first; commands that refresh the report last."""
    return (*_findings(summary, story), *_gates(summary), *_results(summary, story), *_commands(summary, story))


def _findings(summary: Summary, story: Story) -> Iterator[Decision]:
    forecast = story.forecast
    if story.open_blocks:
        yield Decision(_counted("html.decide.blocks", story.open_blocks, "/open_blocks"), "todo")
    if not summary.deadline:
        yield Decision(Sentence("html.decide.deadline", {"setting": Fact(Form.COMMAND, "deadline")}))
    if forecast is None or summary.is_done:
        return
    if forecast.verdict is Verdict.RED and story.forecast_fits:
        yield Decision(Sentence("html.decide.red"), "forecast")
    if forecast.stalled_since:
        at = Fact(Form.MOMENT, forecast.stalled_since, "/forecast/stalled_since")
        yield Decision(Sentence("html.decide.stalled", {"at": at}), "held")


def _gates(summary: Summary) -> Iterator[Decision]:
    for place, gate in enumerate(summary.gates):
        if not gate.granted_by and not gate.is_over:
            command = Fact(Form.COMMAND, f"decamp approve {gate.name}")
            steps = f"#length:{pointer('gates', place, 'steps')}"
            yield Decision(_counted("html.decide.gate", len(gate.steps), steps, command=command), "todo")


def _results(summary: Summary, story: Story) -> Iterator[Decision]:
    if story.open_losses:
        setting = Fact(Form.COMMAND, "accept")
        yield Decision(_counted("html.decide.losses", story.open_losses, "/open_losses", setting=setting), "lost")
    failed = summary.counts.get(State.FAILED.value, 0)
    if failed:
        yield Decision(_counted("html.decide.failed", failed, "/counts/failed"), "held")
    if summary.differences:
        yield Decision(_counted("html.decide.differences", summary.differences, "/differences"), "proof")


def _commands(summary: Summary, story: Story) -> Iterator[Decision]:
    if not summary.is_done and not (story.forecast and story.forecast_fits):
        yield Decision(Sentence("html.decide.forecast", {"command": Fact(Form.COMMAND, "decamp forecast")}))
    if summary.is_done and (summary.differences is None or not summary.evidence_fits):
        yield Decision(Sentence("html.decide.verify", {"command": Fact(Form.COMMAND, "decamp verify")}))


def _counted(key: str, count: int, of: str, **more: Fact) -> Sentence:
    return Sentence(key, {"count": Fact(Form.COUNT, count, of), **more})
