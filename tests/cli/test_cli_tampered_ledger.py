"""A ledger that was damaged or edited, as each command takes it; and a lease that a wrong clock has written."""

import sqlite3
import tarfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from migrate.demo.memory import worlds
from migrate.messages import codes
from tests.cli.conftest import Decamp

pytestmark = pytest.mark.hostile

ODD = [
    ("steps", "state", "gone"),
    ("steps", "facts", '{"why": [1]}'),
    ("steps", "lease_until", "soon"),
    ("steps", "updated_at", "2026-02-30T00:00:00Z"),
    ("effects", "role", "q"),
    ("approvals", "at", 1e300),
    ("journal", "started_at", 1e300),
    ("journal", "size_bytes", "[]"),
]
COMMANDS = [
    ("status",),
    ("watch", "--once"),
    ("forecast",),
    ("approve",),
    ("run", "--execute"),
    ("report", "-o", "-"),
    ("clean",),
]


def write(root: Path, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(root / "ledger.db")) as db, db:
        assert db.execute(statement, values).rowcount


def ids_at_target() -> set[str]:
    return set(worlds["target"].servers.rows)


def refusals(decamp: Decamp, root: Path) -> Iterator[str]:
    for command in COMMANDS:
        result = decamp("-C", root, *command)
        assert codes.UNEXPECTED not in result.err, command
        if result.code == 2:
            yield result.sentence


@pytest.mark.parametrize(("table", "column", "value"), ODD, ids=lambda value: str(value)[:12])
def test_a_row_that_decamp_never_writes_is_named_by_each_command(
    decamp: Decamp, moved: Path, table: str, column: str, value: object
) -> None:
    write(moved, f"UPDATE {table} SET {column} = ?", value)
    told = list(refusals(decamp, moved))
    assert told and all(f"of the table {table} ({column})" in one for one in told), told
    assert all(one.startswith(f"decamp: {codes.LEDGER_ROW_UNREADABLE}: ") for one in told)


@pytest.mark.parametrize("note", ["[]", "3", "[" * 5000 + "]" * 5000])
def test_a_note_of_a_move_that_decamp_never_writes_holds_all_the_same(decamp: Decamp, planned: Path, note: str) -> None:
    assert decamp("-C", planned, "approve", "cut-over").code == 0
    with closing(sqlite3.connect(planned / "ledger.db")) as db, db:
        db.execute("INSERT INTO meta (key, value) VALUES ('moved-away', ?)", (note,))
    result = decamp("-C", planned, "run", "--execute")
    assert result.code == 2 and f"decamp: {codes.WORKSPACE_MOVED}: " in result.err, result.err


def test_a_support_bundle_says_that_the_ledger_is_damaged(decamp: Decamp, moved: Path, tmp_path: Path) -> None:
    write(moved, "UPDATE journal SET started_at = 'x'")
    result = decamp("-C", moved, "support-bundle", "--yes", "-o", tmp_path / "bundle.tar.gz")
    assert result.code == 0 and "ledger.db: cannot be read" in result.out
    with tarfile.open(tmp_path / "bundle.tar.gz") as archive:
        assert not [name for name in archive.getnames() if name.endswith("ledger.db")]


def test_a_ledger_moved_away_is_made_again_and_nothing_twice(decamp: Decamp, moved: Path) -> None:
    """What that sentence tells to do when there is no intact copy."""
    write(moved, "UPDATE steps SET state = 'gone'")
    assert decamp("-C", moved, "run", "--execute").code == 2
    before = ids_at_target()
    for path in moved.glob("ledger.db*"):
        path.rename(path.with_name(f"damaged-{path.name}"))
    assert decamp("-C", moved, "approve", "cut-over", "--who", "Ann").code == 0
    assert decamp("-C", moved, "run", "--execute").code == 0
    assert ids_at_target() == before


def test_a_lease_of_a_wrong_clock_is_taken_over_and_told(decamp: Decamp, planned: Path) -> None:
    """A machine whose clock was ten years ahead claimed a step, and never came back."""
    assert decamp("-C", planned, "run").code in (0, 3)
    decamp("-C", planned, "run", "--execute", "--only", "evacuate")
    write(
        planned,
        "UPDATE steps SET state = 'running', owner = 'elsewhere/1', lease_until = ? WHERE step_id LIKE '%capture'",
        time.time() + 10 * 31_557_600,
    )
    result = decamp("-C", planned, "run", "--execute")
    assert result.code == 0, result.err
    assert codes.LEASE_TOO_LONG in result.err and "check the clock" in result.err


OTHER_TABLES = [
    ("CREATE TABLE other AS SELECT * FROM steps", "INSERT INTO other SELECT * FROM steps", "DROP TABLE steps"),
    ("ALTER TABLE journal RENAME TO other", "CREATE VIEW journal AS SELECT * FROM other"),
    ("CREATE TRIGGER other BEFORE UPDATE ON steps BEGIN SELECT RAISE(IGNORE); END",),
]


@pytest.mark.parametrize("statements", OTHER_TABLES, ids=["each row twice", "view", "trigger"])
def test_tables_that_are_not_ours_are_refused_by_each_command(
    decamp: Decamp, planned: Path, statements: tuple[str, ...]
) -> None:
    """No claim would ever succeed, or a query never end, and `run` would wait for ever."""
    decamp("-C", planned, "run", "--execute", "--only", "evacuate")
    with closing(sqlite3.connect(planned / "ledger.db")) as db, db:
        for statement in statements:
            db.execute(statement)
        if "DROP TABLE steps" in statements:
            db.execute("ALTER TABLE other RENAME TO steps")
    for command in COMMANDS:
        assert codes.LEDGER_DAMAGED in decamp("-C", planned, *command).err, command


def test_a_step_without_a_resource_in_its_id_is_nobodys(decamp: Decamp, planned: Path) -> None:
    decamp("-C", planned, "run", "--execute", "--only", "evacuate")
    write(planned, "UPDATE steps SET state = 'pending' WHERE step_id LIKE '%capture'")
    write(
        planned,
        "INSERT INTO steps (step_id, digest, state, facts, owner, fence, lease_until, attempts, updated_at) "
        "SELECT 'x', digest, 'running', facts, 'elsewhere/1', 1, ?, 1, updated_at FROM steps LIMIT 1",
        time.time() + 600,
    )
    for command in (("clean",), ("run", "--execute")):
        assert codes.UNEXPECTED not in str(decamp("-C", planned, *command)), command


def test_a_note_of_a_packed_workspace_may_be_nested_without_end(decamp: Decamp, planned: Path) -> None:
    decamp("-C", planned, "run")
    decamp("-C", planned, "approve", "cut-over", "--who", "Ann")
    write(planned, "INSERT INTO meta VALUES ('moved-away', ?)", '{"to":' * 5000)
    result = decamp("-C", planned, "run", "--execute")
    assert result.code == 2 and codes.WORKSPACE_MOVED in result.err


@pytest.mark.parametrize(
    "words",
    [
        ("approve", "cut-over", "--who", "Ann\udcff"),
        ("rollback", "vm", "--who", "\udcff"),
        ("cut-over", "vm", "--pause", "--who", "\udcff"),
        ("accept", "vm", "--who", "\ud800"),
    ],
    ids=lambda words: words[0],
)
def test_a_name_that_is_no_text_is_refused(decamp: Decamp, planned: Path, words: tuple[str, ...]) -> None:
    result = decamp("-C", planned, *words)
    assert result.code == 2 and "it is not text in this terminal's encoding" in result.err


def test_a_login_name_that_is_no_text_is_asked_for(
    decamp: Decamp, planned: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", "ann\udcff")
    result = decamp("-C", planned, "approve", "cut-over")
    assert result.code == 2 and codes.APPROVER_MISSING in result.err


def test_a_lease_longer_than_an_hour_is_refused(decamp: Decamp, planned: Path) -> None:
    result = decamp("-C", planned, "run", "--lease", "7200")
    assert result.code == 2 and "3600" in result.err
