"""Old and new values, one table for each kind, without columns for unused values."""

from typing import NamedTuple

from migrate.model import Kind
from migrate.report.moved import Moved
from migrate.report.summary import Summary
from migrate.report.totals_and_steps import Story
from migrate.report.words import pointer

# The kinds that people look for first.
_FIRST = (Kind.SERVER, Kind.FLOATING_IP, Kind.VOLUME, Kind.CONTAINER, Kind.IMAGE)
_KEYS = {
    Kind.SERVER: ("flavor",),
    Kind.FLOATING_IP: ("address",),
    Kind.VOLUME: ("type",),
    Kind.SUBNET: ("cidr",),
    Kind.PORT: ("address",),
}


class MovedTable(NamedTuple):
    """The moved resources of one kind. `rows`: each with its place in the JSON report; `keys`: values that change.

    `count_of`: the place of the row count in the JSON report.
    """

    kind: Kind
    rows: list[tuple[str, Moved]]
    keys: tuple[str, ...]
    count_of: str

    @property
    def has_objects(self) -> bool:
        return any(row.objects for _, row in self.rows)

    @property
    def has_size(self) -> bool:
        return any(row.size_bytes for _, row in self.rows)

    @property
    def has_id(self) -> bool:
        return any(row.new_id for _, row in self.rows)

    @property
    def columns(self) -> list[str]:
        """Phrase keys of the column names; those of numbers start with `#`."""
        columns = ["col.name", *(f"html.col.{key}" for key in self.keys)]
        columns += ["#html.col.objects"] if self.has_objects else []
        columns += ["#col.size"] if self.has_size else []
        columns += ["col.new-id"] if self.has_id else []
        return [*columns, "col.state"]


def moved_tables(summary: Summary, story: Story) -> list[MovedTable]:
    """A table for each kind with moved resources."""
    rows: dict[Kind, list[tuple[str, Moved]]] = {}
    for place, row in enumerate(summary.moved):
        rows.setdefault(row.kind, []).append((pointer("moved", place), row))
    places = {total.kind: place for place, total in enumerate(story.kinds)}
    return [
        MovedTable(kind, rows[kind], _KEYS.get(kind, ()), pointer("kinds", places[kind], "moved"))
        for kind in (*_FIRST, *(kind for kind in Kind if kind not in _FIRST))
        if kind in rows
    ]
