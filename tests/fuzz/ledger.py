"""The ledger of a tenant that has moved: rows and notes that somebody changed, and a file that a disk has damaged."""

import json
import random
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing, suppress
from functools import cache
from typing import Any, NamedTuple

import msgspec

from migrate.cli.archives.without_secrets import Sharing
from migrate.cli.commands.status import as_values
from migrate.cli.context import App
from migrate.cli.overview import Overview, look
from migrate.cli.session import open_ledger
from migrate.cli.workspace import Workspace
from migrate.errors import DecampError
from migrate.ledger.ledger import Ledger
from migrate.ledger.ledger_copy import write_ledger_file
from migrate.ledger.pass_notes import adopted_passes
from migrate.messages import codes
from migrate.model import Kind as ResourceKind
from migrate.model import name_id
from migrate.own_files import read_below
from tests.fuzz.engine import Kind
from tests.fuzz.moved import AT, AT_S, TABLES, Moved, check_said, ledger_bytes, moved
from tests.fuzz.mutate import EDGES, EDGES_64, ODD, damage, document, words

COMMANDS = (
    *("status", "status -f json", "forecast", "report -o -", "run", "clean", "watch --once", "approve"),
    *("report --offline -o - --lang fr", "rollback tool-1", "accept tool-1", "cut-over tool-1", "test-launch tool-1"),
    *("run --only evacuate", "store prune", "support-bundle"),
)
"""None of these changes a cloud: they look, show what they would do, or ask first."""
_KEYS = {
    "meta": ("key",),
    "steps": ("step_id",),
    "effects": ("side", "kind", "resource_id"),
    "approvals": ("gate", "step_id"),
    "journal": ("id",),
}
_MOST_CHARACTERS = 1 << 20


class Soon(NamedTuple):
    """A moment so many seconds after the case is tried, as seconds since 1970: such as the end of a lease."""

    seconds: float


class Change(NamedTuple):
    """A statement and its values."""

    statement: str
    values: tuple[Any, ...]


class Case(NamedTuple):
    """`file`: what stands at these places of the file instead; `command`: what looks at it, empty for functions."""

    changes: tuple[Change, ...]
    file: bytes | None = None
    command: str = ""


@cache
def good() -> bytes:
    return ledger_bytes(moved().rows)


@cache
def _notes() -> dict[str, Any]:
    """Notes that this tenant's ledger does not have at its end, as they are written."""
    step = next(row["step_id"] for row in moved().rows["steps"] if row["step_id"].endswith(":stop"))
    server = step.split(":")[1]
    disk = f"server:{server}"
    of = {"server_id": server, "name": "tool-1", "wave": "tool-1"}
    held = {"origin_id": "o1", "tree_digest": "0" * 64}
    parked = {"server_id": "t1", "name": "tool-1", "at": AT, "made_at": AT, "actions": ["create 1"], "volumes": ["v1"]}
    return {
        f"cut:{step}": {**of, "asked_at": AT, "actions": ["stop 1"]},
        f"rollback:{step}": {
            **of,
            "who": "Ann",
            "began": AT,
            "stopped_at": AT,
            "back_at": AT,
            "started": True,
            "ended": "",
            "parked": parked,
        },
        f"accepted:{step}": {**of, "target_id": "t1", "who": "Ann", "at": AT},
        f"paused:{step}": {"at": AT, "who": "Ann", "until": ""},
        f"preloaded:{name_id(disk)}": {
            "disk": disk,
            "volume_id": "v1",
            "passes": [held, held],
            "by_changes": True,
            "proved": held,
            "proved_at": AT,
            "touched_at": AT,
        },
        f"adopted:{disk}": "o1",
        f"beyond:{name_id(disk)}": "o1",
        "servers-down": {step: AT},
        f"stop-asked:{step}": AT,
        f"left-down:{step}": AT,
        "test-launch": {"name": "tool-1", "owner": "elsewhere/1", "lease_until": AT_S, "kept_until": AT_S},
        "moved-away": {"to": "w.tar", "at": AT},
        f"tested:{server}": "0" * 64,
        f"up-before:{name_id(server)}": "t1",
    }


# ---------------------------------------------------------------- a case


def _make(rng: random.Random) -> Case:
    command = rng.choice(COMMANDS) if rng.random() < 0.1 else ""
    if rng.random() < 0.12:
        data = good()
        # Its head, and the heads of its pages, are what all else hangs on.
        places = [*range(0, 108, 2), *range(0, len(data), 4096), *range(8, len(data), 4096)]
        return Case((), damage(rng, data, places if rng.random() < 0.6 else ()), command)
    changes = []
    known = sorted(_notes())
    for key in rng.sample(known, rng.choice((0, 0, 1, 2, 5))):
        value = _notes()[key]
        changes.append(_put(key, value if isinstance(value, str) else json.dumps(value)))
    for _ in range(rng.choice((1, 1, 1, 2, 3, 5))):
        changes.append(rng.choice(_WAYS)(rng))
    return Case(tuple(changes), None, command)


def _put(key: Any, value: Any) -> Change:
    return Change("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))


def _row(rng: random.Random) -> tuple[str, dict[str, Any]]:
    table = rng.choice(("meta", "steps", "steps", "effects", "approvals", "journal"))
    return table, rng.choice(moved().rows[table])


def _where(table: str) -> str:
    return " AND ".join(f"{name} = ?" for name in _KEYS[table])


def _key(table: str, row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in _KEYS[table])


def _cell(rng: random.Random) -> Change:
    table, row = _row(rng)
    column = rng.choice(sorted(row))
    value, how = _other(rng, column, row[column]), "?"
    if isinstance(value, bytes) and rng.random() < 0.6:
        how = "CAST(? AS TEXT)"
    return Change(f"UPDATE OR IGNORE {table} SET {column} = {how} WHERE {_where(table)}", (value, *_key(table, row)))


def _state(rng: random.Random) -> Change:
    """A step in another state, as a run that is under way, was killed or failed leaves it: all of it is possible."""
    row = rng.choice(moved().rows["steps"])
    lease = rng.choice((0.0, AT_S, Soon(60.0), Soon(-60.0), Soon(3600.0), Soon(1e9)))
    state = rng.choice(("pending", "running", "waiting", "blocked", "done", "failed", "skipped"))
    code = rng.choice(
        (
            None,
            codes.PROJECT_DIFFERS,
            codes.MADE_FROM_PASS,
            codes.WAVE_ROLLING_BACK,
            "DCP-999",
            "",
            "x",
            str(rng.choice(ODD))[:300],
        )
    )
    facts = json.dumps({rng.choice(("why", "name", "step", "x")): str(rng.choice(ODD))[:300]})
    values = (state, rng.choice((None, "elsewhere/1", "a/b/c/d")), lease, code, rng.choice(("{}", facts)))
    told = "state = ?, owner = ?, lease_until = ?, code = ?, facts = ?, done_digest = ?"
    done = rng.choice((None, row["digest"], "0" * 64))
    return Change(f"UPDATE steps SET {told} WHERE step_id = ?", (*values, done, row["step_id"]))


def _note(rng: random.Random) -> Change:
    """A note, changed inside; or under another key."""
    key = rng.choice(sorted(_notes()))
    value = _notes()[key]
    changed = document(rng, value) if rng.random() < 0.9 else rng.choice(ODD)
    if rng.random() < 0.15:
        start = key.partition(":")[0]
        key = rng.choice((start, f"{start}:", f"{start}:{str(rng.choice(ODD))[:200]}", f"{start}:server:x:stop"))
    if isinstance(changed, str) and rng.random() < 0.7:
        return _put(key, changed)
    return _put(key, _jsoned(rng, changed))


def _inside(rng: random.Random) -> Change:
    """JSON in a cell of the good ledger, changed inside."""
    table = rng.choice(("meta", "steps"))
    column = "value" if table == "meta" else "facts"
    row = rng.choice([one for one in moved().rows[table] if one[column][:1] in "{["])
    value = json.loads(row[column])
    changed = document(rng, value) if value else {"why": rng.choice(ODD)}
    return Change(f"UPDATE {table} SET {column} = ? WHERE {_where(table)}", (_jsoned(rng, changed), *_key(table, row)))


def _jsoned(rng: random.Random, value: Any) -> str | bytes:
    text = json.dumps(value)[:_MOST_CHARACTERS]
    if rng.random() < 0.1:
        return words(rng, text.encode())[:_MOST_CHARACTERS]
    return text


def _deleted(rng: random.Random) -> Change:
    table, row = _row(rng)
    return Change(f"DELETE FROM {table} WHERE {_where(table)}", _key(table, row))


def _twice(rng: random.Random) -> Change:
    """A row with the key of none, or of another one."""
    table, row = _row(rng)
    new = dict(row)
    for name in _KEYS[table] if rng.random() < 0.8 else ():
        new[name] = _other(rng, name, row[name])
    other = rng.choice(moved().rows[table])
    for name in rng.sample(sorted(new), rng.choice((0, 1, 2))):
        new[name] = other[name]
    marks = ", ".join("?" * len(new))
    return Change(f"INSERT OR REPLACE INTO {table} ({', '.join(new)}) VALUES ({marks})", tuple(new.values()))


def _swapped(rng: random.Random) -> Change:
    """What another row says, all but its key."""
    table, row = _row(rng)
    other = rng.choice(moved().rows[table])
    names = [name for name in sorted(row) if name not in _KEYS[table]]
    told = ", ".join(f"{name} = ?" for name in names)
    return Change(f"UPDATE {table} SET {told} WHERE {_where(table)}", (*(other[n] for n in names), *_key(table, row)))


def _column_of_all(rng: random.Random) -> Change:
    table, row = _row(rng)
    column = rng.choice(sorted(row))
    return Change(f"UPDATE OR IGNORE {table} SET {column} = ?", (_other(rng, column, row[column]),))


def _table(rng: random.Random) -> Change:
    """Tables that are others than ours."""
    table, row = _row(rng)
    column = rng.choice(sorted(row))
    return Change(
        rng.choice(
            (
                f"DROP TABLE {table}",
                f"DELETE FROM {table}",
                f"ALTER TABLE {table} RENAME COLUMN {column} TO other",
                f"ALTER TABLE {table} ADD COLUMN other TEXT",
                f"ALTER TABLE {table} RENAME TO other",
                f"CREATE TABLE other AS SELECT * FROM {table}",
                "UPDATE meta SET value = '1' WHERE key = 'version'",
                f"CREATE TRIGGER t AFTER UPDATE ON {table} BEGIN DELETE FROM steps; END",
            )
        ),
        (),
    )


_WAYS: tuple[Callable[[random.Random], Change], ...] = (
    *((_cell,) * 9),
    *((_state, _note) * 4),
    *((_inside,) * 3),
    *((_deleted, _twice, _swapped) * 2),
    *(_column_of_all, _table),
)
_WORDS = ("moved", "gone", "done", "running", "source", "target", "server", "volume", "m", "t", "q", "x", AT)


def _other(rng: random.Random, column: str, value: Any) -> Any:
    """Something else for this cell: of its own type or any."""
    how = rng.random()
    if how < 0.12:
        return _of_this_column(rng, column)
    if how < 0.3 and isinstance(value, str):
        return words(rng, value.encode())[:_MOST_CHARACTERS] if rng.random() < 0.5 else value[: rng.randrange(70)]
    if how < 0.5:
        number = rng.choice((*EDGES, *EDGES_64, -1, -(1 << 63)))
        return number if -(1 << 63) <= number < 1 << 63 else float(number)
    if how < 0.6:
        return rng.choice((float("inf"), float("-inf"), 1e308, -1e308, 5e-324, 0.5, -0.5, 1e18, 7.3e9, Soon(30.0)))
    if how < 0.68:
        return rng.choice((b"", b"\xff", b"\xff\xfe\x00", b"\xed\xa0\x80", b"\x00", rng.randbytes(40)))
    if how < 0.71:
        return rng.choice(("é", "0", "[", "x\n")) * rng.choice((1000, 65_536, _MOST_CHARACTERS // 2))
    if how < 0.74:
        return None
    return rng.choice((*ODD, *_WORDS, column))


def _of_this_column(rng: random.Random, column: str) -> Any:
    rows = [row for table in TABLES for row in moved().rows[table] if column in row]
    return rng.choice(rows)[column]


def _storable(value: Any) -> Any:
    """As SQLite takes it: there is no surrogate in its text but as bytes, and no large number."""
    if isinstance(value, Soon):
        return time.time() + value.seconds
    if isinstance(value, list | dict):
        return json.dumps(value)
    if isinstance(value, int) and not -(1 << 63) <= value < 1 << 63:
        return str(value)
    if isinstance(value, str):
        with suppress(UnicodeEncodeError):
            value.encode()
            return value
        return value.encode("utf-8", "surrogatepass")
    return value


# ---------------------------------------------------------------- trying it


def _attempt(case: Case) -> None:
    there = moved()
    for ending in ("-wal", "-shm", "-journal"):
        there.ledger.with_name(there.ledger.name + ending).unlink(missing_ok=True)
    there.ledger.write_bytes(good() if case.file is None else case.file)
    if case.changes:
        _edit(there, case.changes)
    if case.command:
        check_said(there.said("-C", there.root, *case.command.split()))
        (there.root / "private" / "decamp.log").unlink(missing_ok=True)
        (there.root / "forecast.json").unlink(missing_ok=True)
        return
    with there.operated():
        _read_all(there)


def _edit(there: Moved, changes: tuple[Change, ...]) -> None:
    with closing(sqlite3.connect(there.ledger)) as db, suppress(sqlite3.Error), db:
        for statement, values in changes:
            # One change may be in the way of the next: a table without that column, a key that is there.
            with suppress(sqlite3.Error):
                db.execute(statement, [_storable(one) for one in values])


def _read_all(there: Moved) -> None:
    """All that commands read of a ledger, whatever one of them makes of it."""
    workspace = Workspace(there.root)
    app = App(directory=there.root, is_quiet=True)
    with suppress(DecampError):
        found = look(app, workspace)
        assert isinstance(found, Overview)
        msgspec.to_builtins(as_values(app, found, found.next_decision or found.following))
    with open_ledger(workspace, workspace.policy()) as ledger:
        for read in _READS:
            with suppress(DecampError):
                read(ledger)


def _copied(ledger: Ledger) -> None:
    """As `pack` and `support-bundle` take it with them."""
    rows = ledger.all_rows()
    sharing = Sharing(program_output=False)
    for table, found in rows.items():
        for row in found:
            sharing.row(table, row)
    copy = moved().root / "cache" / "copy.db"
    try:
        write_ledger_file(copy, rows)
        again = read_below(moved().root, "cache/copy.db")
    finally:
        for path in copy.parent.glob("copy.db*"):
            path.unlink()
    assert again[:16] == good()[:16]


@cache
def _some_effects() -> list[dict[str, Any]]:
    return moved().rows["effects"][:2]


_READS: tuple[Callable[[Ledger], object], ...] = (
    Ledger.claims,
    Ledger.held,
    Ledger.approvals,
    Ledger.effects,
    adopted_passes,
    lambda ledger: ledger.effects(side="target", removed=True),
    lambda ledger: ledger.temporaries("source", "x"),
    lambda ledger: [ledger.target_id(kind, row["source_id"]) for kind in ResourceKind for row in _some_effects()],
    lambda ledger: ledger.is_temporary("source", list(ResourceKind), "x"),
    _copied,
)

KINDS = {"ledger": Kind(_make, _attempt, cases=40_000, few=100)}
