"""Decides which servers may be stopped next: the ledger lists those that are down, so that all runners share one limit.

A wave's stops are recorded before the first of them is claimed, by a compare-and-set on a single note: if two runners
want the last slot, one gets it. The entry is removed once the wave is up at the target.
"""

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from migrate.execute.held_back import Reason
from migrate.execute.open_windows import Hours, shown
from migrate.ledger.ledger import Ledger
from migrate.ledger.ledger_records import State, StepState
from migrate.messages import codes
from migrate.model.steps import Step, StopServer
from migrate.plan.waves import Count, Wave, Waves, fits, kept_from, may_be_stopped, places_of
from migrate.units import iso, utc_now

NOTE = "servers-down"
TURN, STANDS, TOGETHER = codes.WAITS_FOR_SERVERS_DOWN, codes.NOT_STOPPED_UNSETTLED, codes.NOT_STOPPED_WITHOUT_WAVE
WINDOW = codes.WAITS_FOR_WAVE_WINDOW
HELD = frozenset({TURN, STANDS, TOGETHER, WINDOW})
"""Codes of all reasons that delay a stop."""
_TRIES = 5


def down_since(ledger: Ledger) -> dict[str, str]:
    """Maps the stop steps of servers that are still down to the start of their downtime."""
    return _parsed(ledger.note(NOTE))


def not_stopped(ledger: Ledger, stop: str) -> None:
    """The server of this step was not stopped after all: it is up, and its place is free."""
    for _ in range(_TRIES):
        noted = ledger.note(NOTE)
        since = _parsed(noted)
        if since.pop(stop, None) is None or ledger.swap_note(NOTE, noted, json.dumps(since)):
            return


@dataclass
class Turns:
    """The turns of one run.

    Args: limit: the maximum number of waves down at once.   in_run: whether a step belongs to this run.   hours: the
    clock for windows of waves.
    """

    waves: Waves
    ledger: Ledger
    limit: int
    in_run: Callable[[str], bool]
    hours: Hours = field(default_factory=Hours)
    _states: Mapping[str, StepState] = field(default_factory=dict)
    _stuck: Collection[str] = ()
    _down: set[int] = field(default_factory=set)
    _coming_back: set[int] = field(default_factory=set)
    _makes: bool = field(init=False)

    def __post_init__(self) -> None:
        # A run that creates no servers at the target cannot bring them up: it continues once their disks are captured.
        self._makes = any(self.in_run(step_id) for wave in self.waves.all for step_id in wave.up)

    def before(self) -> dict[str, tuple[str, ...]]:
        """Maps each stop to the steps that must be done first, so that they do not lengthen the downtime."""
        return {
            stop: self.waves.awaited(wave, makes=self._makes and any(map(self.in_run, wave.up)))
            for wave in self.waves.all
            for stop in wave.stops
        }

    def sides(self, step: Step) -> tuple[str, ...]:
        """The clouds that a step needs: a stop needs the target too, so that no server is stopped in vain."""
        return ("source", "target") if self._makes and isinstance(step.action, StopServer) else step.sides

    def update(self, states: Mapping[str, StepState], stuck: Collection[str]) -> None:
        """Updates which servers are down. `stuck`: steps that this run has given up."""
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
        """The reason why the step's server may not be stopped now. `stuck`, `approved`: ids of steps."""
        if not isinstance(step.action, StopServer):
            return None
        wave = self.waves.by_step[step.id]
        missing = [one.name for one in self.waves.all[wave].servers if not self._may_go(one.stop, approved)]
        if missing:
            return TOGETHER, {"servers": ", ".join(missing), "gate": str(step.gate)}
        if wave not in self._down and (opens := self.opening(step)):
            return WINDOW, {"wave": self.waves.all[wave].name, "opens_at": shown(opens)}
        if may_be_stopped(wave, self._down, self.limit):
            return None
        for index in sorted(self._down):
            other = self.waves.all[index]
            gone = next((i for i in (*other.stops, *other.way) if i in stuck or i in self._stuck), None)
            if gone:
                return STANDS, {"servers": names_of(other), "step": gone}
        return TURN, {"limit": str(self.limit)}

    def opening(self, step: Step) -> datetime | None:
        """When the window of the step's wave opens; None while it is open, and for steps without a wave."""
        wave = self.waves.by_step.get(step.id)
        return None if wave is None else self.hours.opening_of(self.waves.all[wave].windows)

    def take(self, step: Step) -> bool:
        """Whether the step may be claimed. Records its server's wave as down first, if the limit allows it."""
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
        """Whether the step may start next to the busy ones. `places`: slots of source, target and disks."""
        taken = [places_of(one) for one in busy]
        free = [places[kind] - sum(one[kind] for one in taken) for kind in range(3)]
        return fits(
            places_of(step), free, kept_from(step.id in self.waves.by_step, places, is_down=bool(self._coming_back))
        )

    def _may_go(self, stop: str, approved: Collection[str]) -> bool:
        return stop in approved or self._states[stop].state is State.DONE

    def _are_down(self, since: Mapping[str, str]) -> set[int]:
        """Indexes of the waves that are down, according to the note or, for an earlier version, to their stops."""
        return {
            index
            for index, wave in enumerate(self.waves.all)
            if any(stop in since or self._states[stop].state is State.DONE for stop in wave.stops)
            and not self._is_over(wave, since, makes=self._makes)
        }

    def _is_over(self, wave: Wave, since: Mapping[str, str], *, makes: bool) -> bool:
        """Whether the wave is up again; a recorded wave is not brought back by resources from an earlier stop."""
        ends = wave.ends(makes=makes)
        if not any(stop in since for stop in wave.stops):
            return all(map(self._is_done, ends))
        steps = {*wave.stops, *ends, *(wave.back if makes else ())}
        return all(self._states[step_id].state is State.DONE for step_id in steps)

    def _is_done(self, step_id: str) -> bool:
        """Whether the step was done, even in an earlier form: its result exists."""
        row = self._states[step_id]
        return row.state is State.DONE or row.done_digest is not None

    def _comes_back(self, wave: Wave) -> bool:
        """Whether this run still works on the wave: then it keeps a slot of each kind."""
        steps = (*wave.stops, *wave.way)
        return not any(i in self._stuck for i in steps) and any(
            self.in_run(i) and self._states[i].state is not State.DONE for i in steps
        )


def names_of(wave: Wave) -> str:
    return ", ".join(server.name for server in wave.servers)


def _parsed(noted: str | None) -> dict[str, str]:
    return dict(json.loads(noted)) if noted else {}
