"""A tenant in memory that runners move, while they are killed, suspended and let down, until it has moved."""

import random
import shutil
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC
from pathlib import Path
from typing import Any

from migrate.demo.memory.resource_table import Table
from migrate.demo.memory.world import World
from migrate.errors import DecampError
from migrate.execute.leftovers import Made, clean, left_over
from migrate.execute.open_windows import Hours
from migrate.execute.runner import Runner
from migrate.ledger.ledger_records import State
from migrate.policy.policy_records import Passes
from migrate.policy.windows import Windows, parse_windows
from tests.execute.end_state import assert_whole, changes_asked
from tests.execute.rig import MIGRATION, Rig
from tests.sim.invariants import LedgerWatch, ServerWatch, assert_same_disks
from tests.sim.owner import Owner
from tests.sim.planted import PLANTED
from tests.sim.scheduler import Process, Scheduler, Stuck, begin
from tests.sim.simulated_time import SimulatedDatetime
from tests.sim.stand_ins import Thread, start
from tests.sim.world import Faults, Port, SharedLedger

START_S = 1_790_000_000.0
"""2026-09-21T14:13:20Z."""
TENANTS: dict[str, Callable[[Path], Rig]] = {
    "one": Rig.one_server,
    "small": lambda root: Rig.make(root, "small", lag=1),
    "warm": lambda root: Rig.one_server(root, passes=Passes(warm=True)),
    "whole": Rig.everything,
}
OFF = (*Faults.__dataclass_fields__, "hours", "late approval")
"""What may be switched off."""
_LEFT = "3, all done"
_DONE = ("0", _LEFT)
_PATIENCE_S = 48 * 3600.0
_MOST_ROUNDS, _PAUSE_S, _SOMETIMES = 60, 4.0, 0.3


@dataclass(frozen=True)
class Settings:
    """What a seed does not choose, and what shrinking takes away from it.

    `kills`: runs may die until so many have.   `off`: what does not happen, of OFF.
    `planted`: a defect to find (`planted.py`).
    """

    tenant: str = "small"
    runners: int = 2
    kills: int = 3
    off: frozenset[str] = frozenset()
    planted: str = ""


@dataclass
class Outcome:
    """How a seed ended: `why` is empty if all was well."""

    seed: int
    why: str = ""
    exits: dict[str, str] = field(default_factory=dict)
    events: list[str] = field(default_factory=list)
    points: int = 0
    kills: int = 0
    simulated_s: float = 0.0
    digest: int = 0


def simulate(seed: int, settings: Settings, trace: Callable[[str], object] | None = None) -> Outcome:
    """One migration, from an approved plan to its end."""
    most = 600_000 if settings.tenant == "whole" else 100_000
    scheduler = Scheduler(seed, start_s=START_S, most_points=most)
    scheduler.trace = trace
    begin(scheduler)
    random.seed(seed)
    found = Outcome(seed)
    if settings.planted:
        PLANTED[settings.planted]()
    root = Path(tempfile.mkdtemp(prefix="decamp-sim-"))
    try:
        _Migration(scheduler, settings, root, found.exits).run()
    except (AssertionError, Stuck, Exception) as err:
        at = traceback.extract_tb(err.__traceback__)[-1]
        found.why = scheduler.broken or f"{type(err).__name__} at {Path(at.filename).name}:{at.lineno}: {err}"[:4000]
    finally:
        shutil.rmtree(root, ignore_errors=True)
    found.events, found.points = scheduler.events, scheduler.points
    found.kills = sum(process.is_dead for process in scheduler.processes.values())
    found.simulated_s, found.digest = scheduler.now_s, scheduler.digest
    return found


@dataclass
class _Migration:
    scheduler: Scheduler
    settings: Settings
    root: Path
    exits: dict[str, str]
    started: int = 0

    def run(self) -> None:
        rig = TENANTS[self.settings.tenant](self.root)
        self.rng = self.scheduler.rng
        self.windows = self._drawn_windows()
        self.is_approved = False
        self.ledger_watch = LedgerWatch(
            self.root / "ledger.db", lambda: self.windows.is_open(SimulatedDatetime.now(UTC))
        )
        self.server_watch = ServerWatch(rig.source_world, rig.target_world, lambda: self.is_approved)
        drawn = Faults.drawn(self.scheduler)
        self.faults = replace(drawn, **{name: 0.0 for name in self.settings.off if hasattr(drawn, name)})
        self._approves(rig)
        owner = Owner(self.scheduler, rig.source_world)
        self._until_moved(rig)
        owner.is_over = True
        self._until_nothing_is_left(rig)
        assert_whole(rig)
        assert_same_disks(rig.source_world, rig.target_world)
        self._is_settled(rig)

    def _drawn_windows(self) -> Windows:
        """Open all the time, or for a minute or two twice within the hour after START_S, and after that."""
        first, second, is_on = self.rng.randrange(13, 20), self.rng.randrange(23, 57), self.rng.random() < _SOMETIMES
        if not is_on or "hours" in self.settings.off:
            return Windows()
        return parse_windows(
            (f"daily 14:{first}-14:{first + 1} UTC", f"daily 14:{second}-14:{second + 2} UTC", "daily 15:00-14:00 UTC")
        )

    def _approves(self, rig: Rig) -> None:
        """Somebody does: before the first run, or when runs are under way."""

        def approve() -> None:
            self.scheduler.sleep(after_s)
            with self.scheduler.at_once():
                self.is_approved = True
                rig.approve()
            self.scheduler.event("approved")

        after_s, is_late = self.rng.uniform(0, 120), self.rng.random() < _SOMETIMES
        if is_late and "late approval" not in self.settings.off:
            start(self.scheduler, Process("operator"), approve)
        else:
            self.is_approved = True
            rig.approve()

    def _until_nothing_is_left(self, rig: Rig) -> None:
        """All that is late has come; each thing that a plain run names is removed as its sentence says."""
        self.faults = Faults()
        late = [one for one in self.scheduler.processes.values() if one.name.startswith("cloud")]
        self.scheduler.wait(lambda: all(one.has_ended for one in late), _PATIENCE_S)
        for _ in range(3):
            if self._ran(rig) == "0":
                return
            assert self.scheduler.is_late, "something is left, and no request took effect behind its runner's back"
            ledger = rig.ledger()
            for one in left_over(rig.context(ledger))[0]:
                self.scheduler.event(f"left: {one.side} {one.kind.value} {one.name} {one.code}")
                if one.code:
                    _delete(rig.target_world, one)
            clean(rig.context(ledger))
            ledger.close()
        raise AssertionError("a plain run names what is left, and removing it does not help")

    def _until_moved(self, rig: Rig) -> None:
        """Runs follow one another, so many side by side, until all that were side by side have ended with all done."""
        alive: list[Thread] = []
        for _ in range(_MOST_ROUNDS):
            while len(alive) < self.settings.runners:
                self.scheduler.sleep(self.rng.expovariate(1 / _PAUSE_S))
                alive.append(self._start(rig))
            over = self._next_over(alive)
            alive = [thread for thread in alive if thread not in over]
            if any(self._exit(thread) in _DONE for thread in over):
                over += self._all_over(alive)
                if all(self._exit(thread) in _DONE for thread in over if self._exit(thread)):
                    return
                alive = []
        raise AssertionError(f"no end after {_MOST_ROUNDS} runs")

    def _next_over(self, alive: list[Thread]) -> list[Thread]:
        self.scheduler.wait(lambda: any(map(_is_over, alive)), _PATIENCE_S)
        over = [thread for thread in alive if _is_over(thread)]
        assert over, "nothing ends for two days"
        return over

    def _all_over(self, alive: list[Thread]) -> list[Thread]:
        self.scheduler.wait(lambda: all(map(_is_over, alive)), _PATIENCE_S)
        return alive

    def _exit(self, thread: Thread) -> str:
        """Of a run; empty for one that was killed."""
        return self.exits.get(_process(thread).name, "")

    def _start(self, rig: Rig) -> Thread:
        self.started += 1
        process = Process(f"run {self.started}", is_near=self.rng.random() < 0.7)
        dies_at = 1 + int(self.rng.random() ** 2 * 1400)
        if sum(one.is_dead for one in self.scheduler.processes.values()) < self.settings.kills:
            process.dies_at = dies_at
        return start(self.scheduler, process, lambda: self._run(rig, process))

    def _run(self, rig: Rig, process: Process) -> None:
        try:
            self.exits[process.name] = self._ran(rig)
        except DecampError as err:
            self.exits[process.name] = err.code
        finally:
            process.has_ended = True

    def _ran(self, rig: Rig) -> str:
        ledger = SharedLedger.open(f"sqlite:///{self.root / 'ledger.db'}", MIGRATION)
        assert isinstance(ledger, SharedLedger)
        ledger.watch = self.ledger_watch
        ledger.sync({step.id: step.digest for step in rig.plan.steps})
        made = rig.context(ledger)
        faulty: dict[str, Any] = {
            side: Port(getattr(made, side), side, self.scheduler, self.faults, self._looks)
            for side in ("source", "target")
        }
        ctx = replace(made, poll_s=1.0, **faulty)
        report = Runner(ctx, lease_s=30, retry_first_s=2.0, hours=Hours(self.windows, ctx.stop)).run()
        left, unseen = ([], []) if report.exit_code else left_over(ctx)
        ledger.close()
        if left or unseen:
            return _LEFT
        if report.exit_code:
            held = Counter(f"{one.state} {one.code}" for one in report.steps if one.state is not State.DONE)
            failed = [(one.step_id, one.facts) for one in report.steps if one.state is State.FAILED]
            self.scheduler.event(f"exit {report.exit_code}: {dict(held)} {failed[:2]}")
        return str(report.exit_code)

    def _looks(self, name: str, is_before: bool) -> None:
        if is_before:
            self.ledger_watch.asks(name)
        else:
            self.server_watch(name)

    def _is_settled(self, rig: Rig) -> None:
        """A plain second run asks for no change."""
        before = {side: changes_asked(rig, side) for side in ("source", "target")}
        assert rig.run().exit_code == 0
        for side, count in before.items():
            more: Counter[Any] = changes_asked(rig, side) - count
            assert not more, f"a second run asks for changes at the {side}: {more}"


def _process(thread: Thread) -> Process:
    assert thread.task
    return thread.task.process


def _is_over(thread: Thread) -> bool:
    assert thread.task
    return thread.task.is_done or thread.task.process.is_dead


def _delete(world: World, made: Made) -> None:
    """As its owner would by hand."""
    tables = [table for table in vars(world).values() if isinstance(table, Table)]
    next(table for table in tables if table.kind == made.kind.value).pass_away(made.id, 0)
