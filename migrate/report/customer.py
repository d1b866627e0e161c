"""For those who use what is moved: what moves, what changes, what is lost, what to do by hand and by when."""

from migrate.ledger.ledger_records import State
from migrate.model import Kind
from migrate.report.blocks import NOTHING, Row, groups_of, section, table
from migrate.report.charts import both, bytes_by_kind
from migrate.report.markup import Content, Markup, join, tag
from migrate.report.moved import Moved
from migrate.report.page import Page, pointer
from migrate.report.story import Story, When
from migrate.report.summary import Summary

# Whose old and new stand first: what people look for.
_FIRST = (Kind.SERVER, Kind.FLOATING_IP, Kind.VOLUME, Kind.CONTAINER, Kind.IMAGE)
_COLUMNS = {
    Kind.SERVER: ("flavor",),
    Kind.FLOATING_IP: ("address",),
    Kind.VOLUME: ("type",),
    Kind.SUBNET: ("cidr",),
    Kind.PORT: ("address",),
}


def customer_sections(page: Page, summary: Summary, story: Story) -> Markup:
    return join(
        _moves(page, summary, story),
        _changes(page, summary, story),
        _lost(page, summary, story),
        _todo(page, summary, story),
    )


# ---------------------------------------------------------------- what moves


def _moves(page: Page, summary: Summary, story: Story) -> Markup:
    chart = both(lambda width: bytes_by_kind(page, story, width) or Markup("")) if story.read_bytes else None
    heading = tag("h3", page.say("html.content-title")) if chart else None
    note = tag("p", page.say("html.at-most"), class_="note") if chart else None
    order = [*_FIRST, *(kind for kind in Kind if kind not in _FIRST)]
    tables = [made for kind in order if (made := _old_and_new(page, summary, story, kind))]
    return section(
        page,
        "moves",
        "report.moved",
        _kinds(page, story),
        heading,
        chart,
        note,
        tag("h3", page.say("html.old-new")) if tables else tag("p", page.say("report.moved-none")),
        *tables,
        lead=page.say("html.moves-lead", source=summary.source.cloud, target=summary.target.cloud),
    )


def _kinds(page: Page, story: Story) -> Markup:
    rows: list[Row] = []
    for index, total in enumerate(story.kinds):
        rows.append(
            (
                pointer("kinds", index),
                (
                    page.word("html.kinds", total.kind.value),
                    page.count(total.moved, "moved") if total.moved else NOTHING,
                    page.count(total.done, "done") if total.moved else NOTHING,
                    page.count(total.left_out, "left_out") if total.left_out else NOTHING,
                    page.size(total.size_bytes, "size_bytes") if total.size_bytes else NOTHING,
                ),
            )
        )
    columns = ("col.kind", "html.col.moves", "html.col.done", "html.col.stays", "html.col.content")
    if not rows:
        return Markup("")
    return table(page, "html.by-kind", columns, rows, numeric=(1, 2, 3, 4), fold=False, compact=True)


def _old_and_new(page: Page, summary: Summary, story: Story, kind: Kind) -> Markup | None:
    """The table of one kind; what exists under one value only has no columns for it."""
    found = [(i, row) for i, row in enumerate(summary.moved) if row.kind is kind]
    if not found:
        return None
    keys = _COLUMNS.get(kind, ())
    has_size = any(row.size_bytes for _, row in found)
    has_objects = any(row.objects for _, row in found)
    has_id = any(row.new_id for _, row in found)
    columns = ["col.name", *(f"html.col.{key}" for key in keys)]
    columns += ["html.col.objects"] if has_objects else []
    columns += ["col.size"] if has_size else []
    columns += ["col.new-id"] if has_id else []
    columns += ["col.state"]
    rows: list[Row] = []
    for index, row in found:
        cells: list[Content] = [row.name or row.old_id, *(_change(page, row, key) for key in keys)]
        cells += [page.count(row.objects, "objects")] if has_objects else []
        cells += [page.size(row.size_bytes, "size_bytes") if row.size_bytes else NOTHING] if has_size else []
        cells += [tag("code", row.new_id or NOTHING)] if has_id else []
        cells += [_state(page, row.state)]
        rows.append((pointer("moved", index), cells))
    at = next(i for i, total in enumerate(story.kinds) if total.kind is kind)
    numeric = [i for i, key in enumerate(columns) if key in ("col.size", "html.col.objects")]
    whole = page.count(len(found), pointer("kinds", at, "moved"))
    return table(page, f"html.kinds.{kind.value}", columns, rows, whole=whole, numeric=numeric)


def _state(page: Page, state: State) -> Markup:
    return tag("span", page.say(f"html.moved.{state.value}"), class_=f"state {state.value}")


def _change(page: Page, row: Moved, key: str) -> Content:
    old, new = row.old.get(key, ""), row.new.get(key, "")
    if key == "address" and old and not new:
        return join(old, " → ", tag("i", page.say("unknown-yet")))
    if old == new:
        return old or NOTHING
    return join(old or NOTHING, " → ", tag("b", new or NOTHING))


# ---------------------------------------------------------------- what changes, what is lost


def _changes(page: Page, summary: Summary, story: Story) -> Markup:
    return _findings(page, summary, story, "changes", "changes", "report.changes", "html.changes-lead")


def _lost(page: Page, summary: Summary, story: Story) -> Markup:
    return _findings(page, summary, story, "losses", "lost", "report.losses", "html.lost-lead")


def _findings(page: Page, summary: Summary, story: Story, of: str, anchor: str, title: str, lead: str) -> Markup:
    groups = [(i, one) for i, one in enumerate(story.groups) if one.of == of and one.when is None]
    if not groups:
        return section(page, anchor, title, tag("p", page.say(f"{title}-none")))
    return section(page, anchor, title, groups_of(page, summary, groups), lead=page.say(lead))


# ---------------------------------------------------------------- by hand, and by when


def _todo(page: Page, summary: Summary, story: Story) -> Markup:
    parts: list[Content] = []
    for when in When:
        groups = [(i, one) for i, one in enumerate(story.groups) if one.when is when]
        if groups:
            parts += [tag("h3", _by_when(page, summary, story, when)), groups_of(page, summary, groups)]
    if not parts:
        parts = [tag("p", page.say("report.by-hand-none"))]
    return section(page, "todo", "html.todo", *parts)


def _by_when(page: Page, summary: Summary, story: Story, when: When) -> Markup:
    """The heading of a part: a date where there is one."""
    forecast = story.forecast
    if when in (When.BEFORE, When.CUT_OVER):
        if forecast and forecast.must_end:
            return page.say(f"html.when.{when.value}", at=page.at(forecast.must_end, "/forecast/must_end"))
        if summary.deadline:
            return page.say(f"html.when.{when.value}", at=page.at(summary.deadline, "/deadline"))
        return page.say(f"html.when.{when.value}-undated")
    return page.say(f"html.when.{when.value}")
