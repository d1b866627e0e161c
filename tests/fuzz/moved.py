"""A small tenant that was moved in memory, with its workspace and its ledger: the same to the byte in each process."""

import atexit
import copy
import io
import json
import os
import re
import shutil
import signal
import sqlite3
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

from sqlalchemy.dialects import registry

from migrate.cli.failures import run_guarded
from migrate.cli.main import make_group
from migrate.demo.memory import worlds
from migrate.demo.memory.world import World
from migrate.demo.small_tenant import two_clouds
from migrate.documents import document_bytes
from migrate.errors import Exit
from migrate.forecast import simulate
from migrate.ledger.ledger import Rows
from migrate.ledger.ledger_copy import write_ledger_file
from migrate.messages import codes
from migrate.trust.consents import NAMED
from tests.compiled_once import SameDialect
from tests.trusted import agree_to

MIGRATION = "8763f7e53e44458d8d49c9ec62e73b93"
AT = "2026-11-27T10:00:00Z"
AT_S = 1_795_773_600.0
_MOMENT = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d[\d.]*(?:Z|\+00:00)")
_RANDOM_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
TABLES = ("meta", "steps", "effects", "approvals", "journal")
_TOOK = re.compile(r'"(read_s|stored_bytes|p50_s|p90_s)":[\d.e-]+')


class Said(NamedTuple):
    code: int
    text: str


@dataclass(frozen=True)
class Moved:
    """`root`: its workspace, for whoever puts another ledger there; `rows`: of the ledger as it was."""

    root: Path
    rows: Rows
    clouds: tuple[World, World]

    @property
    def ledger(self) -> Path:
        return self.root / "ledger.db"

    def said(self, *words: str | Path) -> Said:
        """What a command says and returns, its clouds as they were."""
        for world in self.clouds:
            worlds[world.name] = world
        with _as_an_operator(self.root):
            return _call(words)

    @contextmanager
    def operated(self) -> Iterator[None]:
        """As this operator, for functions that a command calls."""
        with _as_an_operator(self.root):
            yield


def check_said(said: Said) -> None:
    """That a command has ended as the documentation says."""
    assert said.code in set(Exit), f"exit code {said.code}"
    told = said.text[-300:]
    assert codes.UNEXPECTED not in said.text and "Traceback" not in said.text, f"it crashed: {told}"


def _call(words: Sequence[str | Path]) -> Said:
    # Both as a terminal has them: text that is none does not go through.
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", errors) for errors in ("strict", "backslashreplace"))
    with _signals_kept(), redirect_stdout(out), redirect_stderr(err):
        code = run_guarded(make_group(), [str(word) for word in words])
    out.flush()
    err.flush()
    return Said(code, b"".join(one.buffer.getvalue() for one in (out, err)).decode())


@contextmanager
def _signals_kept() -> Iterator[None]:
    """A command takes them over."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    kept, umask = [signal.getsignal(number) for number in numbers], os.umask(0o077)
    try:
        yield
    finally:
        os.umask(umask)
        for number, handler in zip(numbers, kept, strict=True):
            signal.signal(number, handler)


@contextmanager
def _as_an_operator(root: Path) -> Iterator[None]:
    """With consents of its own, and forecasts of few runs, as these are most of what a command costs here."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("OS_")}
    told = {**own, NAMED: str(root.parent / "trust")}
    few = mock.patch.multiple(simulate, RUNS=10, LEAST_OWN_SCHEDULES=10)
    with mock.patch.dict(os.environ, told, clear=True), few:
        yield


def place() -> str | None:
    """Where folders of cases are made: in memory where there is such a place."""
    return "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


@cache
def moved() -> Moved:
    # SQL is compiled once for all ledgers of a process.
    registry.register("sqlite", SameDialect.__module__, SameDialect.__name__)
    folder = Path(tempfile.mkdtemp(prefix="decamp-fuzz-", dir=place()))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    root = folder / "work"
    before = dict(worlds)
    with _as_an_operator(root):
        _move(root)
    clouds = copy.deepcopy((worlds["source"], worlds["target"]))
    worlds.clear()
    worlds.update(before)
    rows = _same_rows(root / "ledger.db", _same_ids(root))
    found = Moved(root, rows, clouds)
    for path in (root / "forecast.json", root / "private" / "decamp.log"):
        path.unlink(missing_ok=True)
    return found


def _move(root: Path) -> None:
    two_clouds(0.02)
    _done("init", str(root), "--source", "memory:source/small", "--target", "memory:target/small")
    policy = root / "policy.yaml"
    policy.write_text(re.sub("^migration: .*$", f'migration: "{MIGRATION}"', policy.read_text(), flags=re.MULTILINE))
    agree_to(root)
    _done("-C", str(root), "scan")
    for side in ("source", "target"):
        path = root / f"{side}.json"
        body = json.loads(_MOMENT.sub(AT, path.read_text()))
        del body["seal"]
        path.write_bytes(document_bytes(body))
    for words in ("plan", "approve cut-over --who Ann", "run --execute"):
        _done("-C", str(root), *words.split())


def _done(*words: str) -> None:
    said = _call(words)
    assert said.code == 0, said.text


# ---------------------------------------------------------------- the same in each process


def _same_ids(root: Path) -> frozenset[str]:
    """Ids that clouds in memory give alike each time; a run with several threads gets others in another order."""
    texts = [(root / f"{name}.json").read_text() for name in ("source", "target", "plan")]
    return frozenset(one for text in texts for one in _RANDOM_ID.findall(text))


def _same_rows(path: Path, known: frozenset[str]) -> Rows:
    with closing(sqlite3.connect(path)) as db:
        db.row_factory = sqlite3.Row
        found = {table: [dict(row) for row in db.execute(f"SELECT * FROM {table}")] for table in TABLES}
    for rows in found.values():
        rows.sort(key=lambda row: tuple(str(row.get(name)) for name in ("key", "step_id", "stage", "kind", "name")))
    ids = dict.fromkeys(one for one in _RANDOM_ID.findall(json.dumps(found)) if one not in known)
    new = {old: f"{number:08x}-0000-4000-8000-000000000000" for number, old in enumerate(ids, 1)}
    for rows in found.values():
        for number, row in enumerate(rows, 1):
            row |= {name: _same(value, new) for name, value in row.items()}
            row |= {"id": number} if "id" in row else {}
            row |= {"removed": bool(row["removed"])} if "removed" in row else {}
    return found


def _same(value: Any, new: dict[str, str]) -> Any:
    if isinstance(value, float):
        return AT_S if value else value
    if not isinstance(value, str):
        return value
    text = _TOOK.sub(r'"\1":50', _MOMENT.sub(AT, value))
    return _RANDOM_ID.sub(lambda one: new.get(one[0], one[0]), text)


def ledger_bytes(rows: Rows) -> bytes:
    """A ledger's file with these rows."""
    with tempfile.TemporaryDirectory(dir=place()) as folder:
        path = Path(folder) / "ledger.db"
        write_ledger_file(path, rows)
        return path.read_bytes()
