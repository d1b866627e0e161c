"""Report lines for a group of findings: the item concerned, and the text."""

from typing import Any, NamedTuple

from migrate.findings.finding import Finding
from migrate.messages.catalogue import texts
from migrate.policy.selectors import item
from migrate.report.summary import Summary
from migrate.report.totals_and_steps import Group, Story, When
from migrate.report.words import Fact, Form, Sentence, Words

# Enough of an id to distinguish items without a name; the JSON report has the full id.
_ID = 8


class Line(NamedTuple):
    """Item and text; plain, or our own markup."""

    who: str
    what: str


def lines_of(words: Words, summary: Summary, group: Group, cap: int | None = None) -> list[Line]:
    """The first `cap` lines of a group; none for temporaries, which are only counted."""
    if group.of == "temporaries":
        return []
    return [_line(words, summary, group.of, row) for row in group.rows[:cap]]


def _line(words: Words, summary: Summary, of: str, row: int) -> Line:
    record: Any = getattr(summary, of)[row]
    if of == "left_out":
        return Line(f"{words.word('kind', record.kind.value)} {record.name or record.id}", _why(words, summary, record))
    if of == "moved":
        new = record.new.get("address")
        what = words.say("html.point-to", new=words.strong(new)) if new else words.say("html.point-later")
        return Line(record.old["address"], what)
    return Line(name_of(words, record), words.text_of(record.code, record.facts))


def by_when(summary: Summary, story: Story, when: When) -> Sentence:
    """The heading for manual work due at one time, with a date if known."""
    if when not in (When.BEFORE, When.CUT_OVER):
        return Sentence(f"html.when.{when.value}")
    forecast = story.forecast
    if forecast and forecast.must_end:
        at = Fact(Form.DAY, forecast.must_end, "/forecast/must_end")
    elif summary.deadline:
        at = Fact(Form.DAY, summary.deadline, "/deadline")
    else:
        return Sentence(f"html.when.{when.value}-undated")
    return Sentence(f"html.when.{when.value}", {"at": at})


def name_of(words: Words, found: Finding) -> str:
    """The item's name; else its kind and a short id; else the phrase for the migration as a whole."""
    if found.name:
        return found.name
    kind, _, source_id = found.item.partition(":")
    return f"{words.word('kind', kind)} {source_id[:_ID]}" if source_id else found.item or words.say("everything")


def _why(words: Words, summary: Summary, left_out: Any) -> str:
    """The reason for leaving an item out: its finding's text, else the general text of the code."""
    wanted = item(left_out.kind, left_out.id)
    for found in (*summary.losses, *summary.blocks, *summary.changes):
        if found.code == left_out.code and found.item == wanted:
            return words.text_of(found.code, found.facts)
    known = texts(words.lang).get(left_out.code, "")
    return known if "{" not in known else ""
