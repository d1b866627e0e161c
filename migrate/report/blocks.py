"""Pieces that several sections use: tables that fold and stack, groups of findings, links."""

from collections.abc import Iterable, Sequence
from typing import Any

from migrate.findings.finding import Finding
from migrate.messages.catalogue import text, texts
from migrate.policy.selectors import item
from migrate.report.markup import Content, Markup, join, tag
from migrate.report.page import Page, pointer
from migrate.report.story import Group
from migrate.report.summary import Summary

TABLE_CAP, GROUP_CAP = 250, 100
_OPEN_ROWS, _OPEN_ITEMS, _NAMES = 12, 3, 3
# So much of an id tells things without a name apart; the JSON report has all of it.
_ID = 8

NOTHING = "—"

Row = tuple[str, Sequence[Content]]
"""Where a row stands in the JSON report, and its cells."""


def section(page: Page, anchor: str, title: str, *parts: Content, level: int = 2, lead: Content = None) -> Markup:
    intro = tag("p", lead, class_="lead") if lead else None
    return tag(
        "section",
        tag(f"h{level}", page.say(title), id=f"{anchor}-h"),
        intro,
        *parts,
        id=anchor,
        aria_labelledby=f"{anchor}-h",
    )


def table(
    page: Page,
    name: str,
    columns: Sequence[str],
    rows: Sequence[Row],
    *,
    whole: Content = None,
    numeric: Iterable[int] = (),
    cap: int = TABLE_CAP,
    fold: bool | None = None,
    compact: bool = False,
) -> Markup:
    """A table called `name`; beyond `cap` rows it says how many there are (`whole`, a number of the JSON report).

    `fold`: behind its name, to be opened; by itself where it is long. `compact`: stays a table on a phone too.
    """
    right = set(numeric)
    anchor = page.new_table([] if compact else [str(page.say(key)) for key in columns])
    heads = (tag("th", page.say(key), scope="col", class_=_class(i in right)) for i, key in enumerate(columns))
    body = [tag("tr", *_cells(cells, right), data_of=of or None) for of, cells in rows[:cap]]
    is_folded = fold if fold is not None else len(rows) > _OPEN_ROWS
    made = tag(
        "table",
        None if is_folded else tag("caption", page.say(name)),
        tag("thead", tag("tr", *heads)),
        tag("tbody", *body),
        id=anchor,
        aria_label=str(page.say(name)) if is_folded else None,
        class_="compact" if compact else None,
    )
    note = None
    if len(rows) > cap and whole is not None:
        shown = page.count(cap, "#rows")
        note = tag("p", page.say("html.capped", shown=shown, whole=whole), class_="note")
    if is_folded:
        return folded(join(page.say(name), " (", whole or "", ")") if whole else page.say(name), made, note)
    return join(made, note)


def _cells(cells: Sequence[Content], right: set[int]) -> Iterable[Markup]:
    for index, cell in enumerate(cells):
        yield tag("td", cell, class_=_class(index in right, cell == NOTHING))


def _class(is_number: bool, is_empty: bool = False) -> str | None:
    return " ".join(name for name, so in (("n", is_number), ("no", is_empty)) if so) or None


def folded(summary: Content, *parts: Content, class_: str = "fold") -> Markup:
    return tag("details", tag("summary", summary), *parts, class_=class_)


def facts(pairs: Iterable[tuple[Content, Content]]) -> Markup:
    """A list of terms with their values."""
    return tag("dl", *(tag("div", tag("dt", term), tag("dd", value)) for term, value in pairs if value))


def groups_of(page: Page, summary: Summary, groups: Iterable[tuple[int, Group]]) -> Markup:
    return tag("ul", *(tag("li", group(page, summary, i, one)) for i, one in groups), class_="groups")


def group(page: Page, summary: Summary, index: int, one: Group) -> Markup:
    """One code: each of its items where they are few, else the first and how many there are, to be opened."""
    if one.of == "temporaries":
        return tag("p", page.say("html.temporaries", count=page.count(one.count, pointer("groups", index, "count"))))
    told = [_line(page, summary, one.of, row) for row in one.rows[:GROUP_CAP]]
    code = tag("span", one.code, class_="code") if one.code else None
    if one.count <= _OPEN_ITEMS:
        return join(*(tag("p", tag("b", who), " ", what, " ", code) for who, what in told))
    count = page.count(one.count, pointer("groups", index, "count"))
    names = ", ".join(dict.fromkeys(who for who, _ in told[:_NAMES]))
    same = len({what for _, what in told}) == 1
    head = join(tag("b", count, " · ", names, "…"), " ", told[0][1], " ", code)
    if same:
        inner: Markup = tag("p", ", ".join(who for who, _ in told), class_="names")
    else:
        inner = tag("ul", *(tag("li", tag("b", who), " ", what) for who, what in told))
    note = None
    if one.count > GROUP_CAP:
        note = tag("p", page.say("html.capped", shown=page.count(GROUP_CAP, "#rows"), whole=count), class_="note")
    return folded(head, inner, note, class_="group")


def _line(page: Page, summary: Summary, of: str, row: int) -> tuple[str, Content]:
    """Whom it is about, and what there is to know."""
    record: Any = getattr(summary, of)[row]
    if of == "left_out":
        who = record.name or record.id
        return f"{page.word('kind', record.kind.value)} {who}", _why_left_out(page, summary, record)
    if of == "moved":
        new = record.new.get("address")
        told = page.say("html.point-to", new=tag("b", new)) if new else page.say("html.point-later")
        return record.old["address"], told
    return name_of(page, record), text(record.code, page.lang, record.facts)


def name_of(page: Page, found: Finding) -> str:
    if found.name:
        return found.name
    kind, _, source_id = found.item.partition(":")
    return f"{page.word('kind', kind)} {source_id[:_ID]}" if source_id else found.item or str(page.say("everything"))


def _why_left_out(page: Page, summary: Summary, record: Any) -> str:
    """The finding that keeps it out, with its facts; else what its code says in general."""
    wanted = item(record.kind, record.id)
    for found in (*summary.losses, *summary.blocks, *summary.changes):
        if found.code == record.code and found.item == wanted:
            return text(found.code, page.lang, found.facts)
    known = texts(page.lang).get(record.code, "")
    return known if "{" not in known else ""
