"""Time that passes for a workspace while no test waits: its records are dated back, and a run looks more often."""

import json
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from migrate.cli.session import open_ledger
from migrate.cli.workspace import Workspace
from migrate.demo.memory import worlds
from migrate.execute import wave_control
from migrate.execute.stop_turns import ASKED, NOTE
from migrate.ledger.ledger import Ledger
from migrate.ledger.ledger_records import State
from migrate.ledger.wave_pauses import Pause, pauses
from migrate.units import iso

STILL = 5
"""Of so many looks none may have found anything to do."""
LIMIT_S = 60.0


def down_for(root: Path, seconds: float) -> None:
    """The servers that are down have been so for this much longer."""
    workspace, ago = Workspace(root), timedelta(seconds=seconds)
    with open_ledger(workspace, workspace.policy()) as ledger:
        since = json.loads(ledger.note(NOTE) or "{}")
        assert since, "no server is down"
        ledger.set_note(NOTE, json.dumps({stop: iso(datetime.fromisoformat(at) - ago) for stop, at in since.items()}))
        for key, at in ledger.notes(ASKED).items():
            ledger.set_note(key, (datetime.fromisoformat(at) - ago).isoformat(timespec="milliseconds"))


def leases_expire(root: Path) -> None:
    """Those of a run that was killed in this process, which lives on: its claims end with their leases alone."""
    with closing(sqlite3.connect(root / "ledger.db")) as db, db:
        assert db.execute("UPDATE steps SET lease_until = 0 WHERE state = 'running'").rowcount, "no step is held"


def a_moment_later() -> None:
    """The source's clock goes on. It tells seconds: a scan of the same one could have come before the capture."""
    source = worlds["source"]
    source.clock_ahead = (source.clock_ahead or timedelta()) + timedelta(seconds=3)


class Looks:
    """The looks of runs in this process at what persons ask of waves; they come more often than in earnest.

    `then`: called once the run has done nothing but wait for a wave that is held, at some looks on end.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, then: Callable[[Ledger], None] = lambda _ledger: None) -> None:
        self._then, self._begun, self._claims, self.still = then, threading.Condition(), -1, 0
        self._count = 0
        monkeypatch.setattr(wave_control, "LOOK_S", 0.05)
        monkeypatch.setattr(wave_control, "pauses", self._look)

    def _look(self, ledger: Ledger) -> dict[str, Pause]:
        with self._begun:
            self._count += 1
            self._begun.notify_all()
        claims, states = ledger.claims(), ledger.states().values()
        stands = claims == self._claims and not any(one.state is State.RUNNING for one in states)
        self._claims = claims
        if stands and pauses(ledger):
            self.still += 1
            if self.still == STILL:
                self._then(ledger)
        elif self.still < STILL:
            self.still = 0
        return pauses(ledger)

    def pass_by(self) -> None:
        """Waits until one that begins from now on has been acted upon."""
        with self._begun:
            end = self._count + 2
            assert self._begun.wait_for(lambda: self._count >= end, LIMIT_S), "the run looks no more"
