"""The resources of one kind in a world: rows by id, each with its project, some with pending changes."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import msgspec

from migrate.clouds.strict_or_lenient_listings import MalformedItem, report_item
from migrate.demo.memory import error_answers
from migrate.demo.memory.sparse_disk import Disk
from migrate.model import Record

R = TypeVar("R", bound=Record)

GONE: dict[str, Any] = {"": "gone"}
"""A pending change that removes the row."""


@dataclass
class Row(Generic[R]):
    """A resource (`record`), its pending changes (`later`: one applied per read), and its bytes if it has any.

    `changes`: how often the record was changed.
    """

    project_id: str
    record: R
    disk: Disk | None = None
    later: deque[dict[str, Any]] = field(default_factory=deque)
    extra: dict[str, str] = field(default_factory=dict)
    changes: int = 0

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "record" and hasattr(self, "changes"):
            self.changes += 1
        super().__setattr__(name, value)

    def change(self, **changes: Any) -> None:
        self.record = msgspec.structs.replace(self.record, **changes)


class Table(Generic[R]):
    """Rows of one kind, in order of creation."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.rows: dict[str, Row[R]] = {}
        self.odd: list[MalformedItem] = []
        """What a listing of this kind holds besides, and no adapter can read."""

    def add(self, row_id: str, row: Row[R]) -> None:
        self.rows[row_id] = row

    def row(self, row_id: str, project_id: str | None) -> Row[R]:
        """The row, without applying changes. Raises NotFound, also for another project's row."""
        found = self.rows.get(row_id)
        if found is None or project_id not in (None, found.project_id):
            raise error_answers.not_found(self.kind, row_id)
        return found

    def look(self, row_id: str, project_id: str | None) -> R:
        """The record for a GET, which then applies one pending change. Raises NotFound."""
        row = self.row(row_id, project_id)
        shown = row.record
        self._go_on(row_id, row)
        return shown

    def look_all(self, project_id: str) -> list[R]:
        """All records of the project for a listing, sorted by id."""
        mine = sorted((i, row) for i, row in self.rows.items() if row.project_id == project_id)
        for odd in self.odd:
            report_item(odd, None)
        shown = [row.record for _, row in mine]
        for row_id, row in mine:
            self._go_on(row_id, row)
        return shown

    def of(self, project_id: str) -> Iterator[Row[R]]:
        """The project's rows in order of creation, without applying changes."""
        return (row for row in list(self.rows.values()) if row.project_id == project_id)

    def count(self, project_id: str) -> int:
        return sum(1 for _ in self.of(project_id))

    def pass_to(self, row_id: str, lag: int, **changes: Any) -> None:
        """Schedules changes of the row after `lag` reads; immediately if that is 0."""
        self._pass(row_id, lag, changes)

    def settle(self, row_id: str, status: str) -> None:
        """Applies pending changes until the row leaves this transitional status."""
        row = self.rows.get(row_id)
        while row is not None and row.later and getattr(row.record, "status", None) == status:
            self._go_on(row_id, row)

    def pass_away(self, row_id: str, lag: int) -> None:
        """Schedules the removal of the row after `lag` reads."""
        self._pass(row_id, lag, GONE)

    def _pass(self, row_id: str, lag: int, changes: dict[str, Any]) -> None:
        row = self.rows[row_id]
        row.later.extend([{}] * (lag - 1))
        row.later.append(changes)
        if lag < 1:
            while row.later:
                self._go_on(row_id, row)

    def _go_on(self, row_id: str, row: Row[R]) -> None:
        if not row.later:
            return
        changes = row.later.popleft()
        if changes is GONE:
            self.rows.pop(row_id, None)
        elif changes:
            row.change(**changes)
