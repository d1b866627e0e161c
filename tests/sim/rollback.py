"""An operator who rolls a wave back, plans and approves again: while it moves, or once it is up and was written to."""

from typing import TYPE_CHECKING

from migrate.errors import DecampError
from migrate.execute.wave_rollback import facts_of, roll_back
from migrate.model import Kind
from migrate.plan.wave_state import Stage, WaveState, known_waves, wave_states
from tests.sim.invariants import running_servers
from tests.sim.owner import write_something
from tests.sim.scheduler import Process
from tests.sim.stand_ins import start

if TYPE_CHECKING:
    from tests.sim.migration import Migration

UNFIT = frozenset({"late", "asleep"})
"""Faults that a rollback does not stand: it has no lease that would tell whether its request is still to come."""
_MOST_TRIES, _MOST_LOOKS, _MOST_POINTS = 80, 200, 400
_SOON_S, _PAUSE_S, _PATIENCE_S = 300.0, 20.0, 48 * 3600.0
_BACK = "back"


class Rollback:
    """One rollback, by as many processes as it takes. `is_under_way`: from its begin until there is another plan."""

    def __init__(self, migration: "Migration", name: str) -> None:
        self._migration, self._rig, self._name = migration, migration.rig, name
        self._scheduler, self._rng = migration.scheduler, migration.scheduler.rng
        self.is_under_way = False
        self._operator = Process(f"operator of {name}")
        start(self._scheduler, self._operator, self._work)

    def ends(self) -> None:
        """Waits for its end."""
        self._scheduler.wait(lambda: self._operator.has_ended, _PATIENCE_S)
        assert self._operator.has_ended, f"{self._name} does not end"

    def _work(self) -> None:
        self._scheduler.sleep(self._rng.uniform(0, _SOON_S))
        if chosen := self._chosen():
            self.is_under_way = True
            self._rolls_back(chosen)
            for do in (self._migration.plan_again, self._migration.approve):
                self._scheduler.sleep(self._rng.expovariate(1 / _PAUSE_S))
                with self._scheduler.at_once():
                    do()
                self._scheduler.event(do.__name__)
            self.is_under_way = False
        self._operator.has_ended = True

    def _chosen(self) -> WaveState | None:
        """A wave that is down or up, once there is one. Where it is up it is used: what is written there is lost."""
        for _ in range(_MOST_LOOKS):
            with self._scheduler.at_once():
                waves = [one for one in self._states() if one.stage in {Stage.DOWN, Stage.UP}]
                if waves:
                    chosen = waves[self._rng.randrange(len(waves))]
                    self._scheduler.event(f"{self._name} of {chosen.name}, which is {chosen.stage}")
                    self._use(chosen)
                    return chosen
            self._scheduler.sleep(self._rng.expovariate(1 / _PAUSE_S))
        return None

    def _states(self) -> tuple[WaveState, ...]:
        ledger = self._rig.ledger()
        try:
            return wave_states(self._rig.plan, facts_of(ledger))
        finally:
            ledger.close()

    def _use(self, wave: WaveState) -> None:
        ledger = self._rig.ledger()
        ids = {ledger.target_id(Kind.SERVER, one.server_id) for one in wave.servers}
        ledger.close()
        world = self._rig.target_world
        write_something(self._rng, world, running_servers(world) & ids)

    def _rolls_back(self, wave: WaveState) -> None:
        for number in range(_MOST_TRIES):
            if self._tries(f"{self._name}, {number}", wave) == _BACK:
                return
            self._scheduler.sleep(self._rng.expovariate(1 / _PAUSE_S))
        self._scheduler.look(self._fails)

    def _tries(self, name: str, wave: WaveState) -> str:
        """How a process has ended that rolls the wave back; empty if it was killed."""
        process, exits = self._migration.process(name, _MOST_POINTS), self._migration.exits

        def roll() -> None:
            ledger = self._migration.ledger(is_run=False)
            ctx = self._migration.context(ledger, is_run=False)
            waves = known_waves(ctx.plan, facts_of(ledger))
            try:
                roll_back(ctx, next(one for one in waves if one.name == wave.name), who="tests")
                exits[name] = _BACK
                self._migration.server_watch.went_back([one.server_id for one in wave.servers])
            except DecampError as err:
                exits[name] = err.code
            finally:
                ledger.close()
                process.has_ended = True
            self._scheduler.event(f"{name}: {exits[name]}")

        start(self._scheduler, process, roll)
        self._scheduler.wait(lambda: process.is_dead or process.has_ended, _PATIENCE_S)
        return exits.get(name, "")

    def _fails(self) -> None:
        raise AssertionError(f"{self._name} does not succeed: {self._migration.exits}")
