"""The report as a single HTML file: no scripts, no requests, with style and charts inside.

First a screen for decision makers, then information for users of the moved systems, then details for engineers. The
pages are in `templates/`; this module fills them.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from markupsafe import Markup

from migrate.messages.catalogue import phrases
from migrate.messages.numbers import moment, zone_of
from migrate.report import charts
from migrate.report.address_table import told_rows
from migrate.report.decisions import decisions
from migrate.report.dns_changes import dns_standing
from migrate.report.finding_lines import by_when, lines_of
from migrate.report.forecast_view import share_of, view_of
from migrate.report.headline import headline, headline_sentence
from migrate.report.jinja_environment import TEMPLATES, render
from migrate.report.moved_tables import moved_tables
from migrate.report.outcome import notes_text
from migrate.report.summary import Summary
from migrate.report.totals_and_steps import Story, When
from migrate.report.unknown import names_of
from migrate.report.words import Words

TABLE_CAP, GROUP_CAP, STEPS_CAP = 250, 100, 1000


def render_html(summary: Summary, story: Story, lang: str, made_at: str) -> str:
    """The whole report in one language; `made_at`: the time of the report."""
    forecast = story.forecast
    zone_name = forecast.time_zone if forecast else ""
    clouds = {"source": summary.source.cloud, "target": summary.target.cloud}
    words = Words(lang, zone_of(zone_name, summary.deadline), names=clouds)
    values = {
        "lang": lang,
        "summary": summary,
        "story": story,
        "view": view_of(forecast) if forecast else None,
        "tone": headline(summary, story).tone,
        "head": headline_sentence(summary, story),
        "unknown": names_of(summary.unknown, lang),
        "decisions": decisions(summary, story),
        "moved": moved_tables(summary, story),
        "addresses_told": told_rows(summary.addresses),
        "dns_standing": lambda one: dns_standing(one, lang),
        "made_at": made_at,
        "zone": zone_name or _offset(words, made_at),
        "share_of": share_of,
        **_charts(words, summary, story),
        **_groups(words, summary, story),
        **_tables(words),
        "address_counts": [("", one) for one in summary.address_counts.items()],
        "proofs": [("", proof) for proof in summary.proofs.items()],
        "notes_of": lambda row: notes_text(row, lang),
        "known": phrases(lang).get,
    }
    return render("report.html.j2", words, values) + "\n"


def _offset(words: Words, made_at: str) -> str:
    """The time zone's UTC offset, for zones without a name."""
    offset = moment(made_at).astimezone(words.zone).strftime("%z")
    return "UTC" if offset in ("+0000", "") else f"UTC{offset[:3]}:{offset[3:]}"


def _charts(words: Words, summary: Summary, story: Story) -> dict[str, charts.Chart | None]:
    forecast = story.forecast
    line = None
    if forecast and forecast.evacuated_p50 and forecast.steps_left:
        line = charts.both(lambda width: charts.timeline(words, forecast, width))
    return {
        "timeline": line,
        "bytes_by_kind": charts.both(lambda width: charts.bytes_by_kind(words, story, width)),
        "burn_down": charts.both(lambda width: charts.burn_down(words, summary, story, width)),
        "gantt": charts.both(lambda width: charts.gantt(words, story, width)),
    }


def _groups(words: Words, summary: Summary, story: Story) -> dict[str, Any]:
    """Functions for templates to select groups of findings and their lines."""
    return {
        "groups_of": story.groups_of,
        "by_when": lambda when: by_when(summary, story, when),
        "lines_of": lambda group: lines_of(words, summary, group, GROUP_CAP),
        "GROUP_CAP": GROUP_CAP,
        "whens": tuple(When),
    }


def _tables(words: Words) -> dict[str, Any]:
    """Table ids for templates, and the style for stacked tables on phones."""
    columns: list[Sequence[str]] = []

    def new_table(keys: Sequence[str]) -> str:
        columns.append([phrases(words.lang)[key.removeprefix("#")] for key in keys])
        return f"t{len(columns)}"

    style = (TEMPLATES / "style.css").read_text().replace("\n", "")
    return {
        "new_table": new_table,
        "style": lambda: Markup(style + stacked(columns)),
        "TABLE_CAP": TABLE_CAP,
        "STEPS_CAP": STEPS_CAP,
    }


def stacked(tables: Iterable[Sequence[str]]) -> str:
    """CSS that turns table rows into cards on phones, with the column's name in front of each cell but the first."""
    rules = [
        f"#t{number} td:nth-child({column})::before{{content:{_quoted(label)}}}"
        for number, labels in enumerate(tables, 1)
        for column, label in enumerate(labels, 1)
        if column > 1
    ]
    return f"@media screen and (max-width:640px){{{''.join(rules)}}}" if rules else ""


def _quoted(text: str) -> str:
    """A CSS string; only for our own labels, never for a customer's text."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("<", "\\3c ") + '"'
