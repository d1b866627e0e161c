"""Whose turn it is to be stopped: the ledger says which servers are down, so that all runners share one limit.

A wave's stops are noted before the first of them is claimed, by a compare-and-set of the one note that holds them
all: of two runners that want the last place one gets it. The note goes once the wave is up at the target.
"""

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from migrate.execute.held_back import Reason
from migrate.ledger.ledger import Ledger
from migrate.ledger.ledger_records import State, StepState
from migrate.messages import codes
from migrate.model.steps import Step, StopServer
from migrate.plan.waves import Count, Wave, Waves, fits, kept_from, may_be_stopped, places_of
from migrate.units import iso, utc_now

NOTE = "servers-down"
TURN, STANDS, TOGETHER = codes.WAITS_FOR_SERVERS_DOWN, codes.NOT_STOPPED_UNSETTLED, codes.NOT_STOPPED_SHARED_VOLUMES
_TRIES = 5


def down_since(ledger: Ledger) -> dict[str, str]:
    """Stop step -> when its server's downtime began; of those that are not up again, as far as runners have seen."""
    return _parsed(ledger.note(NOTE))


@dataclass
class Turns:
    """Of one run.

    Args: limit: waves that may be down at once.   in_run: whether a step is one of this run's.
    """

    waves: Waves
    ledger: Ledger
    limit: int
    in_run: Callable[[str], bool]
    _states: Mapping[str, StepState] = field(default_factory=dict)
    _stuck: Collection[str] = ()
    _down: set[int] = field(default_factory=set)
    _coming_back: set[int] = field(default_factory=set)
    _makes: bool = field(init=False)

    def __post_init__(self) -> None:
        # A run that makes no server at the target brings none back: it goes on once their disks are captured.
        self._makes = any(self.in_run(step_id) for wave in self.waves.all for step_id in wave.up)

    def before(self) -> dict[str, tuple[str, ...]]:
        """Stop -> what must be there at the target first, so that no downtime is spent on it, or on its failure."""
        if not self._makes:
            return {}
        return {stop: wave.before for wave in self.waves.all if any(map(self.in_run, wave.up)) for stop in wave.stops}

    def sides(self, step: Step) -> tuple[str, ...]:
        """The clouds that must let us in for the step to begin: nobody is stopped whom the target has no place for."""
        return ("source", "target") if self._makes and isinstance(step.action, StopServer) else step.sides

    def update(self, states: Mapping[str, StepState], stuck: Collection[str]) -> None:
        """Sees who is down now. `stuck`: steps that this run has given up."""
        self._states, self._stuck = states, stuck
        noted = self.ledger.note(NOTE)
        since = _parsed(noted)
        over = {stop for wave in self.waves.all if self._is_over(wave, since, makes=True) for stop in wave.stops}
        if over & set(since):
            kept = {stop: at for stop, at in since.items() if stop not in over}
            self.ledger.swap_note(NOTE, noted, json.dumps(kept))
        self._down = self._are_down(since)
        self._coming_back = {index for index in self._down if self._comes_back(self.waves.all[index])}

    def reason_for(self, step: Step, stuck: Collection[str], approved: Collection[str]) -> Reason | None:
        """Why the step's server may not be stopped now. `stuck`, `approved`: ids of steps."""
        if not isinstance(step.action, StopServer):
            return None
        wave = self.waves.by_step[step.id]
        missing = [one.name for one in self.waves.all[wave].servers if not self._may_go(one.stop, approved)]
        if missing:
            return TOGETHER, {"servers": ", ".join(missing), "gate": str(step.gate)}
        if may_be_stopped(wave, self._down, self.limit):
            return None
        for index in sorted(self._down):
            other = self.waves.all[index]
            gone = next((i for i in (*other.stops, *other.way) if i in stuck or i in self._stuck), None)
            if gone:
                return STANDS, {"servers": names_of(other), "step": gone}
        return TURN, {"limit": str(self.limit)}

    def take(self, step: Step) -> bool:
        """Whether the step may be claimed. Its server's wave is noted as down first, if there is still room for it."""
        if not isinstance(step.action, StopServer):
            return True
        index = self.waves.by_step[step.id]
        for _ in range(_TRIES):
            noted = self.ledger.note(NOTE)
            since = _parsed(noted)
            down = self._are_down(since)
            if not may_be_stopped(index, down, self.limit):
                return False
            at = iso(utc_now())
            wanted = dict.fromkeys(self.waves.all[index].stops, at) | since
            if wanted == since or self.ledger.swap_note(NOTE, noted, json.dumps(wanted)):
                self._down = down | {index}
                self._coming_back.add(index)
                return True
        return False

    def finds_place(self, step: Step, busy: Collection[Step], places: Count) -> bool:
        """Whether the step may begin beside those that are busy. `places`: of source, target and disks in all."""
        taken = [places_of(one) for one in busy]
        free = [places[kind] - sum(one[kind] for one in taken) for kind in range(3)]
        return fits(
            places_of(step), free, kept_from(step.id in self.waves.by_step, places, is_down=bool(self._coming_back))
        )

    def _may_go(self, stop: str, approved: Collection[str]) -> bool:
        return stop in approved or self._states[stop].state is State.DONE

    def _are_down(self, since: Mapping[str, str]) -> set[int]:
        """Noted, or stopped by a version that noted nothing; and not back."""
        return {
            index
            for index, wave in enumerate(self.waves.all)
            if any(stop in since or self._states[stop].state is State.DONE for stop in wave.stops)
            and not self._is_over(wave, since, makes=self._makes)
        }

    def _is_over(self, wave: Wave, since: Mapping[str, str], *, makes: bool) -> bool:
        """One that is noted is stopped, and what was made of an earlier stop does not bring it back."""
        ends = wave.ends(makes=makes)
        if not any(stop in since for stop in wave.stops):
            return all(map(self._is_done, ends))
        steps = {*wave.stops, *ends, *(wave.back if makes else ())}
        return all(self._states[step_id].state is State.DONE for step_id in steps)

    def _is_done(self, step_id: str) -> bool:
        """Also of a step that has changed since: what it made is there."""
        row = self._states[step_id]
        return row.state is State.DONE or row.done_digest is not None

    def _comes_back(self, wave: Wave) -> bool:
        """This run still does something for it: until then it keeps a place of each kind."""
        steps = (*wave.stops, *wave.way)
        return not any(i in self._stuck for i in steps) and any(
            self.in_run(i) and self._states[i].state is not State.DONE for i in steps
        )


def names_of(wave: Wave) -> str:
    return ", ".join(server.name for server in wave.servers)


def _parsed(noted: str | None) -> dict[str, str]:
    return dict(json.loads(noted)) if noted else {}
