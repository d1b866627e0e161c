"""The report as Markdown: for decision makers, and to store with the evidence."""

import re

from migrate.messages.numbers import zone_of
from migrate.printable_text import one_line, visible
from migrate.report.address_table import told_rows
from migrate.report.dns_changes import dns_standing
from migrate.report.finding_lines import by_when, lines_of
from migrate.report.forecast_view import view_of
from migrate.report.headline import headline_sentence
from migrate.report.jinja_environment import render
from migrate.report.outcome import counts_text, differences, notes_text, old_new
from migrate.report.summary import Summary
from migrate.report.totals_and_steps import Story, When
from migrate.report.unknown import names_of
from migrate.report.words import Marks, Words

# An ampersand that would start an entity.
_ENTITY = re.compile(r"&(?=#?\w+;)")
# Text that some Markdown reader turns into a link: web or mail addresses, mentions. Ends at separators of table rows,
# and at backslashes, which would be escapes in code.
_LINK = re.compile(r"[^\s|\\]*(?://|www\.|@|mailto:|xmpp:)[^\s|\\]*", re.IGNORECASE)
_GAP = re.compile(r"\n{3,}")


def render_markdown(summary: Summary, story: Story, lang: str, made_at: str) -> str:
    """The whole report in one language; `made_at`: the time of the report."""
    forecast = story.forecast
    clouds = {"source": summary.source.cloud, "target": summary.target.cloud}
    zone = zone_of(forecast.time_zone if forecast else "", summary.deadline)
    words = Words(lang, zone, Marks.TEXT, escape, clouds)
    values = {
        "summary": summary,
        "story": story,
        "view": view_of(forecast) if forecast else None,
        "head": headline_sentence(summary, story),
        "unknown": names_of(summary.unknown, lang),
        "counts": counts_text(summary, lang),
        "differences": differences(summary),
        "made_at": made_at,
        "whens": tuple(When),
        "groups_of": story.groups_of,
        "by_when": lambda when: by_when(summary, story, when),
        "lines_of": lambda group: lines_of(words, summary, group),
        "addresses_told": told_rows(summary.addresses),
        "dns_standing": lambda one: dns_standing(one, lang),
        "old_new": lambda row: old_new(row, lang),
        "notes_of": lambda row: notes_text(row, lang),
    }
    return _GAP.sub("\n\n", render("report.md.j2", words, values, keeps_breaks=True)).strip() + "\n"


def escape(value: object) -> str:
    """A customer's text on one line, escaped so that none of it becomes Markdown, HTML or a link."""
    line = one_line(visible(str(value)))
    told, end = "", 0
    for link in _LINK.finditer(line):
        told += _plain(line[end : link.start()]) + _code(link[0])
        end = link.end()
    return told + _plain(line[end:])


def _plain(text: str) -> str:
    for sign in "\\|`*_[]>~$":
        text = text.replace(sign, "\\" + sign)
    return _ENTITY.sub("&amp;", text).replace("<", "&lt;")


def _code(text: str) -> str:
    """Inline code, where addresses never become links; a backslash would not prevent that."""
    fence = "`" * (max(map(len, re.findall("`+", text)), default=0) + 1)
    room = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{room}{text}{room}{fence}"
