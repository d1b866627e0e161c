"""What holds at every moment of a migration, whoever is killed and whatever fails. All raise AssertionError."""

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from migrate.demo.memory.resource_table import Row, Table
from migrate.demo.memory.sparse_disk import BLOCK
from migrate.demo.memory.world import LUKS_HEADER, World
from migrate.model import Role, mark_of
from tests.sim.simulated_time import new_owner

_MAY_UNDO = frozenset({"sync", "again", "undo", "set_again", "reopen"})
"""The ledger's methods after which a step that was done may be open again."""
_RUNS, _RUNNING = "ACTIVE", "running"


class _Step(NamedTuple):
    state: str
    fence: int
    owner: str | None


class LedgerWatch:
    """Looks at the ledger's file after each transaction.

    Args:  may_start: whether a step may be claimed now, by the time windows.
    """

    def __init__(self, path: Path, may_start: Callable[[], bool]) -> None:
        self._path, self._may_start = path, may_start
        self._before: dict[str, _Step] = {}
        self._db: sqlite3.Connection | None = None

    def __call__(self, name: str) -> None:
        rows = self._rows("SELECT step_id, state, fence, owner FROM steps")
        now = {step_id: _Step(*rest) for step_id, *rest in rows}
        for step_id, step in now.items():
            before = self._before.get(step_id)
            if before is None or before == step:
                continue
            told = f"{step_id} at {name}: {before} became {step}"
            assert step.fence >= before.fence, f"a fence went back: {told}"
            if step.state == _RUNNING:
                assert step.fence > before.fence, f"a claim without a new fence: {told}"
                assert self._may_start(), f"a step began outside the time windows: {told}"
            if before.state == _RUNNING and name == "finish":
                assert before.owner == new_owner(), f"{new_owner()} ended the step of another: {told}"
            assert before.state != "done" or name in _MAY_UNDO, f"what was done is no longer: {told}"
        self._before = now

    def asks(self, name: str) -> None:
        """Whoever asks a cloud for a change has a step, and its lease lives. All else is over, or has not begun."""
        rows = self._rows("SELECT max(lease_until) FROM steps WHERE state = ? AND owner = ?", _RUNNING, new_owner())
        until = rows[0][0]
        assert until is not None and until >= time.time(), f"{new_owner()} asks for a change without a lease: {name}"

    def _rows(self, query: str, *values: object) -> list[Any]:
        if self._db is None:
            self._db = sqlite3.connect(self._path, check_same_thread=False, isolation_level=None)
        return self._db.execute(query, values).fetchall()


class ServerWatch:
    """Looks at the servers of both sides after each change that a cloud was asked for.

    Args:  may_stop: whether the stops are approved.
    """

    def __init__(self, source: World, target: World, may_stop: Callable[[], bool]) -> None:
        self._source, self._target, self._may_stop = source, target, may_stop
        self._ran = running_servers(source)

    def __call__(self, name: str) -> None:
        for server_id in self._ran:
            row = self._source.servers.rows.get(server_id)
            assert row, f"a server of the source is gone at {name}: {server_id}"
            assert row.record.status == _RUNS or self._may_stop(), f"stopped and not approved at {name}: {server_id}"
        for row in self._target.servers.rows.values():
            mark = mark_of(row.record)
            if mark and mark.role is Role.MOVED and row.record.status == _RUNS:
                there = self._source.servers.rows.get(mark.source_id)
                is_twice = there is not None and there.record.status == _RUNS
                assert not is_twice, f"a server runs at both sides at {name}: {mark.source_id}"


def assert_same_disks(source: World, target: World) -> None:
    """What was moved has, byte by byte, what it has at the source, unless a server goes on writing there."""
    running = running_servers(source)
    for kind in ("servers", "volumes"):
        before: Table[Any] = getattr(source, kind)
        after: Table[Any] = getattr(target, kind)
        for row in after.rows.values():
            mark = mark_of(row.record)
            old = before.rows.get(mark.source_id) if mark and mark.role is Role.MOVED else None
            if not old or not old.disk or not row.disk:
                continue
            if not running & {one.server_id for one in getattr(old.record, "attachments", ())}:
                assert content(row) == content(old), f"another content: {old.record.name} {mark}"


def running_servers(world: World) -> set[str]:
    """Their ids."""
    return {server_id for server_id, row in world.servers.rows.items() if row.record.status == _RUNS}


def content(row: Row[Any]) -> dict[int, bytes]:
    """The blocks of a disk that a server sees, by their number: of an encrypted one those behind its header."""
    assert row.disk
    hidden = header_blocks(row)
    return {number - hidden: block for number, block in row.disk.blocks.items() if number >= hidden}


def header_blocks(row: Row[Any]) -> int:
    """How many blocks of a disk no server sees: the header of an encrypted one."""
    return LUKS_HEADER // BLOCK if getattr(row.record, "encrypted", False) else 0
