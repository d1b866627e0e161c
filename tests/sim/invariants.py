"""What holds at every moment of a migration, whoever is killed and whatever fails. All raise AssertionError."""

import json
import sqlite3
import time
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any, NamedTuple

from migrate.demo.memory.resource_table import Row, Table
from migrate.demo.memory.sparse_disk import BLOCK
from migrate.demo.memory.world import LUKS_HEADER, World
from migrate.execute.stop_turns import NOTE
from migrate.model import Kind, Role, mark_of
from migrate.policy.selectors import item
from tests.sim.simulated_time import new_owner

_MAY_UNDO = frozenset({"sync", "again", "undo", "set_again", "reopen", "start_over"})
"""The ledger's methods after which a step that was done may be open again."""
_RUNS, _RUNNING = "ACTIVE", "running"


class _Step(NamedTuple):
    state: str
    fence: int
    owner: str | None


class LedgerWatch:
    """Looks at the ledger's file after each transaction.

    Args:  may_start: whether a step may be claimed now, by the time windows.   takes_turn: looks at the stops that a
           run is about to claim, as it has noted that their servers go down, and at those that were noted before.
    """

    def __init__(
        self, path: Path, may_start: Callable[[], bool], takes_turn: Callable[[set[str], set[str]], object]
    ) -> None:
        self._path, self._may_start, self._takes_turn = path, may_start, takes_turn
        self._before: dict[str, _Step] = {}
        self._down: set[str] = set()
        self._db: sqlite3.Connection | None = None

    def __call__(self, name: str) -> None:
        noted = self._rows("SELECT value FROM meta WHERE key = ?", NOTE)
        self._down = set(json.loads(noted[0][0])) if noted else set()
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

    def of_a_run(self, name: str) -> None:
        """As all others, and it takes turns: the operator who rolls a wave back need not."""
        before = self._down
        self(name)
        if new := self._down - before:
            self._takes_turn(new, before)

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

    Args:  waves: those of the plan of now, each with the ids of its servers.   limit: how many waves may be down.
    """

    def __init__(
        self, source: World, target: World, waves: Callable[[], Collection[Collection[str]]], limit: int
    ) -> None:
        self._source, self._target, self._waves, self._limit = source, target, waves, limit
        self._ran = self._run = running_servers(source)
        self._may_stop: set[str] = set()

    def approve(self, server_ids: Collection[str] | None = None) -> None:
        """The stops of all servers, or of these: each for one time."""
        self._may_stop |= self._ran if server_ids is None else {*server_ids}

    def went_back(self, server_ids: Collection[str]) -> None:
        """Somebody was told so: whatever was approved of these servers was good for the stop before."""
        self._may_stop -= {*server_ids}

    def __call__(self, name: str) -> None:
        for server_id in self._ran:
            assert server_id in self._source.servers.rows, f"a server of the source is gone at {name}: {server_id}"
        now = running_servers(self._source)
        stopped = self._run - now - self._may_stop
        assert not stopped, f"stopped and not approved at {name}: {stopped}"
        self._may_stop -= now - self._run
        self._run = now
        twice = now & running_moved(self._target)
        assert not twice, f"a server runs at both sides at {name}: {twice}"

    def takes_turn(self, stops: Collection[str], noted: Collection[str]) -> None:
        """A run is about to stop servers of one wave. `noted`: the stops of those that have a place already."""
        going, kept = self._of(stops), self._of(noted)
        down = (kept | self._ran - running_servers(self._source)) - running_moved(self._target)
        others = [wave for wave in self._waves() if down & {*wave} and not going & {*wave}]
        assert len(others) < self._limit, f"{going} out of turn: of {others} there are {down} down"

    def _of(self, stops: Collection[str]) -> set[str]:
        return {one for one in self._ran if item(Kind.SERVER, one, "stop") in stops}


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


def running_moved(target: World) -> set[str]:
    """The ids that servers which were moved, and run at the target, have at the source."""
    marks = (mark_of(row.record) for row in target.servers.rows.values() if row.record.status == _RUNS)
    return {mark.source_id for mark in marks if mark and mark.role is Role.MOVED}


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
