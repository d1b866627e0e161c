"""A tenant in memory that runners move, while they are killed, suspended and let down, until it has moved."""

import random
import shutil
import tempfile
import traceback
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import UTC
from pathlib import Path
from typing import Any

from migrate.demo.memory.resource_table import Table
from migrate.demo.memory.world import World
from migrate.errors import DecampError
from migrate.execute.job import Context
from migrate.execute.leftovers import Made, clean, left_over
from migrate.execute.open_windows import Hours
from migrate.execute.runner import Runner
from migrate.ledger.ledger import Ledger
from migrate.ledger.ledger_records import State
from migrate.plan.waves import waves_of
from migrate.policy.windows import Windows, parse_windows
from tests.execute.end_state import assert_whole, changes_asked
from tests.execute.rig import MIGRATION, Rig
from tests.sim.invariants import LedgerWatch, ServerWatch, assert_same_disks
from tests.sim.owner import Owner
from tests.sim.planted import PLANTED
from tests.sim.rollback import UNFIT, Rollback
from tests.sim.scheduler import Process, Scheduler, Stuck, begin
from tests.sim.simulated_time import SimulatedDatetime
from tests.sim.stand_ins import Thread, start
from tests.sim.tenants import TENANTS
from tests.sim.world import Faults, Port, SharedLedger

START_S = 1_790_000_000.0
"""2026-09-21T14:13:20Z."""
OFF = (*Faults.__dataclass_fields__, "hours", "late approval")
"""What may be switched off."""
_LEFT = "3, all done"
_DONE = ("0", _LEFT)
_PATIENCE_S = 48 * 3600.0
_MOST_ROUNDS, _PAUSE_S, _SOMETIMES, _OFTEN = 60, 4.0, 0.3, 0.7


@dataclass(frozen=True)
class Settings:
    """What a seed does not choose, and what shrinking takes away from it.

    `kills`: runs and rollbacks may die until so many have.   `goes_back`: a wave is rolled back, once or twice.
    `off`: what does not happen, of OFF.   `planted`: a defect to find (`planted.py`).
    """

    tenant: str = "small"
    runners: int = 2
    kills: int = 3
    goes_back: bool = False
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
    most = (600_000 if settings.tenant == "whole" else 100_000) * (3 if settings.goes_back else 1)
    scheduler = Scheduler(seed, start_s=START_S, most_points=most)
    scheduler.trace = trace
    begin(scheduler)
    random.seed(seed)
    found = Outcome(seed)
    if settings.planted:
        PLANTED[settings.planted]()
    root = Path(tempfile.mkdtemp(prefix="decamp-sim-"))
    try:
        Migration(scheduler, settings, root, found.exits).run()
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
class Migration:
    """One tenant's, in a workspace of its own. `exits`: how each process has ended, by its name."""

    scheduler: Scheduler
    settings: Settings
    root: Path
    exits: dict[str, str]
    started: int = 0
    rollback: Rollback | None = None

    def __post_init__(self) -> None:
        self.rig = rig = TENANTS[self.settings.tenant](self.root)
        self.rng = self.scheduler.rng
        self.windows = self._drawn_windows()
        self.server_watch = ServerWatch(
            rig.source_world, rig.target_world, lambda: servers_of_waves(rig), rig.policy.limits.servers_down
        )
        self.ledger_watch = LedgerWatch(
            self.root / "ledger.db",
            lambda: self.windows.is_open(SimulatedDatetime.now(UTC)),
            self.server_watch.takes_turn,
        )
        drawn = Faults.drawn(self.scheduler)
        off = self.settings.off | (UNFIT if self.settings.goes_back else set())
        self.faults = replace(drawn, **{name: 0.0 for name in off if hasattr(drawn, name)})

    def run(self) -> None:
        """Until it has moved, and nothing is left to be done. Raises AssertionError, Stuck."""
        rig = self.rig
        self._approves()
        owner = Owner(self.scheduler, rig.source_world, comes_back=self.settings.goes_back)
        if self.settings.goes_back:
            for number in range(1, self.rng.randint(1, 2) + 1):
                self.rollback = Rollback(self, f"rollback {number}")
                self._until_moved()
                self.rollback.ends()
        self._until_moved()
        owner.is_over = True
        self._until_nothing_is_left()
        assert_whole(rig)
        assert_same_disks(rig.source_world, rig.target_world)
        self._is_settled(rig)

    def process(self, name: str, most_points: int) -> Process:
        """One that others may take for far away, and that is killed before so many points, as long as some are."""
        process = Process(name, is_near=self.rng.random() < 0.7)
        dies_at = 1 + int(self.rng.random() ** 2 * most_points)
        if sum(one.is_dead for one in self.scheduler.processes.values()) < self.settings.kills:
            process.dies_at = dies_at
        return process

    def ledger(self, *, is_run: bool = True) -> Ledger:
        """For the process that asks for it."""
        ledger = SharedLedger.open(f"sqlite:///{self.root / 'ledger.db'}", MIGRATION)
        assert isinstance(ledger, SharedLedger)
        ledger.watch = self.ledger_watch.of_a_run if is_run else self.ledger_watch
        ledger.sync({step.id: step.digest for step in self.rig.plan.steps})
        return ledger

    def context(self, ledger: Ledger, *, is_run: bool = True) -> Context:
        """With clouds behind a network. `is_run`: what it asks for it asks for a step that it has."""
        made = self.rig.context(ledger)
        looks = self._looks if is_run else self._looks_after
        faulty: dict[str, Any] = {
            side: Port(getattr(made, side), side, self.scheduler, self.faults, looks) for side in ("source", "target")
        }
        return replace(made, poll_s=1.0, **faulty)

    def approve(self, server_ids: Collection[str] | None = None) -> None:
        """The stops of all servers, or of these, in the plan of now."""
        self.server_watch.approve(server_ids)
        self.rig.approve(server_ids)

    def plan_again(self) -> None:
        """The ledger learns of the new plan."""
        self.rig.plan_again()
        self.rig.ledger().close()
        self.ledger_watch("sync")

    def _drawn_windows(self) -> Windows:
        """Open all the time, or for a minute or two twice within the hour after START_S, and after that."""
        first, second, is_on = self.rng.randrange(13, 20), self.rng.randrange(23, 57), self.rng.random() < _SOMETIMES
        if not is_on or "hours" in self.settings.off:
            return Windows()
        return parse_windows(
            (f"daily 14:{first}-14:{first + 1} UTC", f"daily 14:{second}-14:{second + 2} UTC", "daily 15:00-14:00 UTC")
        )

    def _approves(self) -> None:
        """Somebody does: before the first run, or wave by wave when runs are under way, or a wave goes back."""

        def approve() -> None:
            for number, server_ids in enumerate(waves, 1):
                self.scheduler.wait(self._goes_back, self.rng.uniform(0, 120 * number))
                self.scheduler.sleep(self.rng.uniform(0, _PAUSE_S * number))
                with self.scheduler.at_once():
                    self.approve(server_ids)
                self.scheduler.event(f"approved: {len(server_ids)}")

        waves = servers_of_waves(self.rig)
        is_late = self.rng.random() < (_OFTEN if self.settings.goes_back else _SOMETIMES)
        if is_late and "late approval" not in self.settings.off:
            start(self.scheduler, Process("operator"), approve)
        else:
            self.approve()

    def _goes_back(self) -> bool:
        return self.rollback is not None and self.rollback.is_under_way

    def _until_nothing_is_left(self) -> None:
        """All that is late has come; each thing that a plain run names is removed as its sentence says."""
        self.faults = Faults()
        late = [one for one in self.scheduler.processes.values() if one.name.startswith("cloud")]
        self.scheduler.wait(lambda: all(one.has_ended for one in late), _PATIENCE_S)
        for _ in range(3):
            if self._ran() == "0":
                return
            assert self.scheduler.is_late, "something is left, and no request took effect behind its runner's back"
            ledger = self.rig.ledger()
            for one in left_over(self.rig.context(ledger))[0]:
                self.scheduler.event(f"left: {one.side} {one.kind.value} {one.name} {one.code}")
                if one.code:
                    _delete(self.rig.target_world, one)
            clean(self.rig.context(ledger))
            ledger.close()
        raise AssertionError("a plain run names what is left, and removing it does not help")

    def _until_moved(self) -> None:
        """Runs follow one another, so many side by side, until all that were side by side have ended with all done.

        Those that begin while a wave goes back do not count: they say that it does, and end.
        """
        alive: list[Thread] = []
        rounds = 0
        while rounds < _MOST_ROUNDS:
            rounds += not self._goes_back()
            while len(alive) < self.settings.runners:
                self.scheduler.sleep(self.rng.expovariate(1 / _PAUSE_S))
                alive.append(self._start())
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

    def _start(self) -> Thread:
        self.started += 1
        process = self.process(f"run {self.started}", 1400)
        return start(self.scheduler, process, lambda: self._run(process))

    def _run(self, process: Process) -> None:
        try:
            self.exits[process.name] = self._ran()
        except DecampError as err:
            self.exits[process.name] = err.code
        finally:
            process.has_ended = True

    def _ran(self) -> str:
        ledger, plan = self.ledger(), self.rig.plan
        ctx = self.context(ledger)
        report = Runner(
            ctx,
            lease_s=30,
            retry_first_s=2.0,
            hours=Hours(self.windows, ctx.stop),
            is_same_plan=lambda: self.rig.plan is plan,
        ).run()
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
        self._looks_after(name, is_before)

    def _looks_after(self, name: str, is_before: bool) -> None:
        if not is_before:
            self.server_watch(name)

    def _is_settled(self, rig: Rig) -> None:
        """A plain second run asks for no change."""
        before = {side: changes_asked(rig, side) for side in ("source", "target")}
        assert rig.run().exit_code == 0
        for side, count in before.items():
            more: Counter[Any] = changes_asked(rig, side) - count
            assert not more, f"a second run asks for changes at the {side}: {more}"


def servers_of_waves(rig: Rig) -> list[set[str]]:
    """The ids of the servers of each wave of the plan of now."""
    return [{one.server_id for one in wave.servers} for wave in waves_of(rig.plan.steps, rig.plan.waves).all]


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
