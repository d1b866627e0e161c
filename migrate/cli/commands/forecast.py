"""`decamp forecast`: forecasts the finish and writes forecast.json. Reads the workspace and contacts no cloud."""

import click

from migrate.cli.console import echo, print_json
from migrate.cli.context import App, pass_app
from migrate.cli.fitting_documents import load_fitting
from migrate.cli.options import SharedCommand
from migrate.cli.summary_inputs import known
from migrate.cli.views.draw_forecast import (
    draw_forecast,
    earlier_forecast,
    headline,
    refuse_mistakes,
    verdict_text,
    when,
    words_of,
)
from migrate.cli.views.server_downtimes import downtime_lines
from migrate.cli.workspace import Workspace, shown
from migrate.documents import write_document
from migrate.errors import Exit
from migrate.forecast.forecast_records import ClassModel, Forecast, Verdict
from migrate.report.forecast_view import view_of
from migrate.report.words import Words
from migrate.units import utc_now

DOWNTIMES_SHOWN = 20
EXITS = {
    Verdict.GREEN: Exit.OK,
    Verdict.UNKNOWN: Exit.OK,
    Verdict.AMBER: Exit.AMBER,
    Verdict.RED: Exit.RED,
}


@click.command("forecast", cls=SharedCommand)
@pass_app
def command(app: App) -> int:
    """Forecast when the migration will finish and whether that is in time. Changes nothing on any cloud.

    Exits with status 0 for GREEN or without a deadline, 10 for AMBER, 11 for RED.
    """
    workspace, now = Workspace(app.directory), utc_now()
    earlier = earlier_forecast(app, workspace)
    refuse_mistakes(workspace, earlier, now)
    documents = load_fitting(workspace)
    forecast = draw_forecast(documents, known(workspace, documents), earlier, now)
    write_document(workspace.forecast_path, forecast)
    if app.is_json:
        print_json(forecast)
    else:
        for line in lines_of(app, forecast):
            echo(line)
    app.tell("forecast.done", path=shown(workspace.forecast_path), command=f"{app.prefix} report")
    return EXITS[forecast.verdict]


def lines_of(app: App, forecast: Forecast) -> list[str]:
    """The forecast as lines of text: the verdict first, its basis last."""
    words, view = words_of(app, forecast), view_of(forecast)
    lines = [verdict_text(app, forecast), *headline(app, view)]
    if forecast.p_on_time is not None and not forecast.is_read:
        lines.append(app.say("forecast.chance", share=words.chance(forecast.p_on_time), runs=forecast.runs))
    if forecast.required_rate is not None:
        observed = "–" if forecast.observed_rate is None else words.rate(forecast.observed_rate)
        lines.append(app.say("forecast.rates", required=words.rate(forecast.required_rate), observed=observed))
    lines += ["", app.say("forecast.why"), *(f"- {one}" for one in words.tell_all((*view.against, *view.others)))]
    downs = downtime_lines(app, forecast.downtimes, DOWNTIMES_SHOWN)
    lines += ["", *downs] if downs else []
    for title, table in (
        ("forecast.own", _own(app, words, forecast)),
        ("forecast.resources", _resources(app, words, forecast)),
        ("forecast.critical", _critical(app, words, forecast)),
        ("forecast.classes", _classes(app, words, forecast)),
    ):
        lines += ["", app.say(title), *table] if table else []
    return lines


def _own(app: App, words: Words, forecast: Forecast) -> list[str]:
    return app.table(
        ("item", "date", "even", "sure", "in-time"),
        [
            (
                one.selector,
                words.at(one.due),
                when(app, words, one.finish_p50),
                when(app, words, one.finish_p90),
                words.chance(one.p_on_time),
            )
            for one in forecast.late
        ],
    )


def _resources(app: App, words: Words, forecast: Forecast) -> list[str]:
    return app.table(
        ("resource", "date", "needs", "has", "origin"),
        [
            (
                app.say(f"resource.{one.resource}"),
                words.at(one.date),
                words.span(one.demand_s),
                words.span(one.supply_s),
                app.say(f"origin.{one.origin.value}"),
            )
            for one in forecast.demands
        ],
    )


def _critical(app: App, words: Words, forecast: Forecast) -> list[str]:
    columns = ("name", "share", "step")
    return app.table(columns, [(one.name, words.percent(one.share), one.step_id) for one in forecast.critical])


def _classes(app: App, words: Words, forecast: Forecast) -> list[str]:
    keys = ("class", "left", "measured", "origin", "fixed", "read", "send", "range")
    rows = [_class_row(app, words, one) for one in forecast.classes if one.items_left]
    return app.table(keys, rows)


def _class_row(app: App, words: Words, one: ClassModel) -> tuple[object, ...]:
    return (
        app.say(f"class.{one.work_class}"),
        one.items_left,
        one.samples,
        app.say(f"origin.{one.origin.value}"),
        words.span(one.fixed.value),
        words.rate(one.read.value) if one.read else "",
        words.rate(one.send.value) if one.send else "",
        f"×{words.decimal(one.q50)}–{words.decimal(one.q90)}",
    )
