"""Decides which servers may be stopped next: the ledger lists those that are down, so that all runners share one limit.

A wave's stops are recorded before the first of them is claimed, by a compare-and-set on a single note: if two runners
want the last slot, one gets it. The entry is removed once the wave is up at the target.
"""

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from migrate.errors import WindowClosed
from migrate.execute.held_back import Reason
from migrate.execute.open_windows import Hours, shown
from migrate.execute.test_launch.launch_turn import LaunchLeft, launch_left
from migrate.ledger.ledger import Ledger
from migrate.ledger.ledger_records import Accepted, Moment, Rollback, State, StepState, rows_of
from migrate.ledger.wave_notes import acceptances, end_rollback, forget_cut, rollbacks
from migrate.messages import codes
from migrate.model.steps import Plan, Step, StopServer
from migrate.plan.schedule_problems import moment
from migrate.plan.waves import Count, Wave, Waves, fits, kept_from, may_be_stopped, places_of, stops_behind, waves_of
from migrate.units import iso, utc_now

NOTE, ASKED, LEFT_DOWN = "servers-down", "stop-asked:", "left-down:"
TURN, STANDS, TOGETHER = codes.WAITS_FOR_SERVERS_DOWN, codes.NOT_STOPPED_UNSETTLED, codes.NOT_STOPPED_WITHOUT_WAVE
WINDOW, PART, REPLANNED = codes.WAITS_FOR_WAVE_WINDOW, codes.NOT_STOPPED_PART_OF_WAVE, codes.NOT_STOPPED_PLANNED_AGAIN
UNTESTED, LAUNCHED = codes.WAITS_FOR_TEST_LAUNCH, codes.WAITS_FOR_LAUNCH_REMOVED
GOES_BACK, WENT_BACK, ACCEPTED = codes.WAVE_ROLLING_BACK, codes.WAVE_ROLLED_BACK, codes.WAVE_ACCEPTED
HELD = frozenset({TURN, STANDS, TOGETHER, WINDOW, PART, REPLANNED, UNTESTED, LAUNCHED, GOES_BACK, WENT_BACK, ACCEPTED})
"""Codes of all reasons that delay a stop, or the steps that follow from it."""
_TRIES = 5


def down_since(ledger: Ledger) -> dict[str, str]:
    """Maps the stop steps of servers that are still down to the start of their downtime."""
    return _down_in(ledger, ledger.note(NOTE))


def asked_at(ledger: Ledger) -> dict[str, str]:
    """Maps stop steps to when the source was last asked to stop the server, unless it was seen running since."""
    return ledger.moments(ASKED)


def began_at(since: Mapping[str, str], asked: Mapping[str, str]) -> dict[str, str]:
    """Maps the stops of servers that are down to when the source was asked for them.

    `since`: as in `down_since`; `asked`: as in `asked_at`. A request from before is that of an earlier move.
    """
    return {stop: asked[stop] for stop, at in since.items() if stop in asked and moment(asked[stop]) >= moment(at)}


def note_asked(ledger: Ledger, stop: str) -> str:
    """Records that the source is now asked to stop the server. Returns the time."""
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    ledger.set_note(ASKED + stop, at)
    return at


def note_running(ledger: Ledger, stop: str) -> None:
    """Records that the server was seen running: no earlier request stopped it."""
    forget_cut(ledger, stop)
    ledger.forget(ASKED + stop)


def note_down(ledger: Ledger, stops: Collection[str]) -> None:
    """Records that the servers of these steps are down, or about to be, whatever the limit: each has its place."""
    for _ in range(_TRIES):
        noted = ledger.note(NOTE)
        since = _down_in(ledger, noted)
        wanted = dict.fromkeys(stops, iso(utc_now())) | since
        if wanted == since or ledger.swap_note(NOTE, noted, json.dumps(wanted)):
            return


def not_stopped(ledger: Ledger, stop: str) -> None:
    """The server of this step was not stopped after all: it is up, and its place is free."""
    for _ in range(_TRIES):
        noted = ledger.note(NOTE)
        since = _down_in(ledger, noted)
        if since.pop(stop, None) is None or ledger.swap_note(NOTE, noted, json.dumps(since)):
            return


@dataclass
class Turns:
    """The turns of one run.

    Args: limit: the maximum number of waves down at once.   in_run: whether a step belongs to this run.   hours: the
    clock for windows of waves.   untested: names of a wave's servers that lack a test launch which the policy requires.
    plan: whose waves they are.
    """

    waves: Waves
    ledger: Ledger
    limit: int
    in_run: Callable[[str], bool]
    hours: Hours = field(default_factory=Hours)
    is_same_plan: Callable[[], bool] = lambda: True
    untested: Callable[[Wave], list[str]] = lambda _wave: []
    began: Mapping[str, str] = field(default_factory=dict)
    """Maps stops under way to when the source was asked for them."""
    plan: Plan | None = None
    _back: Mapping[str, Rollback] = field(default_factory=dict)
    _accepted: Mapping[str, Accepted] = field(default_factory=dict)
    _states: Mapping[str, StepState] = field(default_factory=dict)
    _stuck: Collection[str] = ()
    _down: set[int] = field(default_factory=set)
    _others: set[str] = field(default_factory=set)
    _launch: LaunchLeft | None = None
    _coming_back: set[int] = field(default_factory=set)
    _makes: bool = field(init=False)
    _behind: Mapping[str, tuple[str, ...]] = field(init=False)
    _replaces: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        # A run that creates no servers at the target cannot bring them up: it continues once their disks are captured.
        self._makes = any(self.in_run(step_id) for wave in self.waves.all for step_id in wave.up)
        steps = self.plan.steps if self.plan else ()
        self._behind = stops_behind(steps)
        self._replaces = {step.id: step.action.replaces or "" for step in steps if isinstance(step.action, StopServer)}

    def before(self) -> dict[str, tuple[str, ...]]:
        """Maps each stop to the steps that must be done first, so that they do not lengthen the downtime; and programs
        after a cut-over to its end.
        """
        return self.waves.before_programs() | {
            stop: self.waves.awaited(wave, makes=self._makes and any(map(self.in_run, wave.up)))
            for wave in self.waves.all
            for stop in wave.stops
        }

    def sides(self, step: Step) -> tuple[str, ...]:
        """The clouds that a step needs: a stop needs the target too, so that no server is stopped in vain."""
        return ("source", "target") if self._makes and isinstance(step.action, StopServer) else step.sides

    def update(self, states: Mapping[str, StepState], stuck: Collection[str]) -> None:
        """Determines which waves are down. `stuck`: steps that this run has given up."""
        self._states, self._stuck = states, stuck
        self._back = {stop: one for stop, one in rollbacks(self.ledger).items() if one.counts}
        self._accepted = acceptances(self.ledger)
        noted = self.ledger.note(NOTE)
        since = _down_in(self.ledger, noted)
        over = {stop for wave in self.waves.all if self._is_over(wave, since, makes=True) for stop in wave.stops}
        over |= {stop for stop in self._not_of_a_wave(since) if self._are_up(stop)}
        if over & set(since):
            kept = {stop: at for stop, at in since.items() if stop not in over}
            self.ledger.swap_note(NOTE, noted, json.dumps(kept))
        self.began = began_at(since, asked_at(self.ledger)) if self.waves.all else {}
        self._down = self._are_down(since)
        self._others = self._others_down(since)
        self._launch = launch_left(self.ledger) if self.waves.all and self._makes else None
        self._coming_back = {index for index in self._down if self._comes_back(self.waves.all[index])}

    def reason_for(self, step: Step, stuck: Collection[str], approved: Collection[str]) -> Reason | None:
        """Why the step's server may not be stopped now, or a step that follows from a stop may not be begun.

        `stuck`, `approved`: ids of steps.
        """
        if taken_back := self._taken_back(step):
            return taken_back
        if not isinstance(step.action, StopServer):
            return None
        # A new plan may have other waves, windows and orders, and none of them changes a step.
        if not self.is_same_plan():
            return REPLANNED, {}
        index = self.waves.by_step[step.id]
        wave = self.waves.all[index]
        missing = [one.name for one in wave.servers if not self._may_go(one.stop, approved)]
        if missing:
            return TOGETHER, {"servers": ", ".join(missing), "gate": str(step.gate)}
        outside = [one.name for one in wave.servers if not (self.in_run(one.stop) or self._is_stopped(one.stop))]
        if outside:
            return PART, {"servers": ", ".join(outside), "wave": wave.name}
        if (untested := self.untested(wave)) and not self._is_under_way(wave):
            return UNTESTED, {"servers": ", ".join(untested), "wave": wave.name}
        if self._launch and not self._is_under_way(wave):
            return LAUNCHED, self._launch.facts
        if not may_be_stopped(index, {*self._down, *self._others}, self.limit):
            return self._turn(stuck)
        if (opens := self.opening(step)) and not self._is_under_way(wave):
            return WINDOW, {"wave": wave.name, "opens_at": shown(opens)}
        return None

    def _taken_back(self, step: Step) -> Reason | None:
        """That the step's wave goes or went back, or that its result at the target is the customer's."""
        stops = self._behind.get(step.id, ())
        if not stops or not (self._back or self._accepted):
            return None
        # A wave goes back whole, and its servers' records are written one by one.
        index = self.waves.by_step.get(step.id)
        mates = [self._back.get(one) for one in (stops if index is None else self.waves.all[index].stops)]
        if going := next((one for one in mates if one and not one.ended), None):
            return GOES_BACK, {"wave": going.wave}
        for stop in stops:
            if isinstance(step.action, StopServer) and (word := self._accepted.get(stop)):
                return ACCEPTED, {"wave": word.wave, "who": word.who, "at": word.at}
            if (back := self._back.get(stop)) and not self._is_planned_again(stop, back):
                return WENT_BACK, {"wave": back.wave, "at": back.ended}
        return None

    def _is_planned_again(self, stop: str, back: Rollback) -> bool:
        """Whether this plan stops the server again, and replaces what is parked of it at the target, if a scan since
        still found it there. A server that is off at the source has no stop: then the scan is enough.
        """
        is_newer = self.plan is not None and self.plan.inputs.get("target", "") != back.target_seal
        if stop not in self.waves.by_step:
            return is_newer
        return back.parked is None or is_newer or self._replaces.get(stop) == back.parked.server_id

    def goes_back(self, step: Step) -> bool:
        """Whether the rollback of the step's wave has begun, as the ledger has it at this moment."""
        if step.id not in self._behind:
            return False
        self._back = {stop: one for stop, one in rollbacks(self.ledger).items() if one.counts}
        reason = self._taken_back(step)
        return reason is not None and reason[0] == GOES_BACK

    def require_open(self, step: Step) -> None:
        """Just before the request. Raises WindowClosed: the wave's window has closed, and none of it is stopped."""
        wave = self.waves.all[self.waves.by_step[step.id]]
        if (opens := self.opening(step)) and not any(map(self._is_stopped, wave.stops)):
            raise WindowClosed(WINDOW, wave=wave.name, opens_at=shown(opens))

    def _turn(self, stuck: Collection[str]) -> Reason:
        """That others are down, go back, or cannot come up."""
        waves = [self.waves.all[index] for index in sorted(self._down)]
        backs = (self._back.get(stop) for wave in waves for stop in wave.stops)
        if going := next((one for one in backs if one and not one.ended), None):
            return GOES_BACK, {"wave": going.wave}
        found = [(names_of(wave), wave.cut_over) for wave in waves]
        found += [(stop.removesuffix(":stop"), self.waves.up_of[stop]) for stop in sorted(self._others)]
        for servers, steps in found:
            if gone := next((i for i in steps if i in stuck or i in self._stuck), None):
                return STANDS, {"servers": servers, "step": gone}
        return TURN, {"limit": str(self.limit)}

    def _is_stopped(self, stop: str) -> bool:
        return self._states[stop].state is State.DONE

    def _is_under_way(self, wave: Wave) -> bool:
        """A server of it is stopped, or was asked to and is not up yet: what is down must come up."""
        return any(self._is_stopped(stop) or stop in self.began for stop in wave.stops)

    def opening(self, step: Step) -> datetime | None:
        """When the window of the step's wave opens; None while it is open, and for steps without a wave."""
        wave = self.waves.by_step.get(step.id)
        return None if wave is None else self.hours.opening_of(self.waves.all[wave].windows)

    def take(self, step: Step) -> bool:
        """Whether the step may be claimed. Records its server's wave as down first, if the limit allows it."""
        if not isinstance(step.action, StopServer):
            self._end_rollbacks(step)
            return True
        index = self.waves.by_step[step.id]
        for _ in range(_TRIES):
            noted = self.ledger.note(NOTE)
            since = _down_in(self.ledger, noted)
            down = self._are_down(since)
            if not may_be_stopped(index, {*down, *self._others_down(since)}, self.limit):
                return False
            at = iso(utc_now())
            wanted = dict.fromkeys(self.waves.all[index].stops, at) | since
            self._note_purpose(self.waves.all[index], since)
            if wanted == since or self.ledger.swap_note(NOTE, noted, json.dumps(wanted)):
                if self._makes and not self._is_under_way(self.waves.all[index]) and launch_left(self.ledger):
                    # One began meanwhile. It looks at our note after its own: at least one of the two goes back.
                    self.ledger.swap_note(NOTE, json.dumps(wanted), noted or json.dumps({}))
                    return False
                self._down = down | {index}
                self._coming_back.add(index)
                return True
        return False

    def _end_rollbacks(self, step: Step) -> None:
        """A server that is off at the source is moved again without a stop: its rollback no longer counts."""
        for stop in self._behind.get(step.id, ()):
            if stop in self._back and stop not in self.waves.by_step:
                end_rollback(self.ledger, stop, iso(utc_now()))

    def _note_purpose(self, wave: Wave, since: Mapping[str, str]) -> None:
        """Whether the wave's servers are to stay down, as this run only captures their disks."""
        for stop in wave.stops:
            if stop not in since and self.is_brought_up(wave):
                self.ledger.forget(LEFT_DOWN + stop)
            elif stop not in since:
                self.ledger.remember(LEFT_DOWN + stop, iso(utc_now()))

    def may_go_back(self, wave: Wave) -> bool:
        """Whether the policy may send the wave back: one that was stopped to stay down is not started again."""
        return self.is_brought_up(wave) and not any(self.ledger.note(LEFT_DOWN + stop) for stop in wave.stops)

    def going_back(self, who: str) -> list[str]:
        """The stops whose rollback this approver has begun, and nobody has finished."""
        return [stop for stop, one in self._back.items() if one.who == who and not one.ended]

    def names_down(self) -> list[str]:
        """Names of the waves that are down, and ids of servers outside them."""
        others = [stop.removesuffix(":stop") for stop in sorted(self._others)]
        return [*(self.waves.all[index].name for index in sorted(self._down)), *others]

    def is_brought_up(self, wave: Wave) -> bool:
        """Whether this run creates the wave's servers at the target; otherwise it leaves them down on purpose."""
        return any(map(self.in_run, wave.up))

    def finds_place(self, step: Step, busy: Collection[Step], places: Count) -> bool:
        """Whether the step may start next to the busy ones. `places`: slots of source, target and disks."""
        taken = [places_of(one) for one in busy]
        free = [places[kind] - sum(one[kind] for one in taken) for kind in range(3)]
        return fits(
            places_of(step), free, kept_from(self.waves.ends_downtime(step), places, is_down=bool(self._coming_back))
        )

    def _not_of_a_wave(self, since: Mapping[str, str]) -> list[str]:
        """Stops that an earlier plan made, of servers that this one creates at the target without a stop."""
        return [stop for stop in since if stop not in self.waves.by_step and stop in self.waves.up_of]

    def _others_down(self, since: Mapping[str, str]) -> set[str]:
        """Those of them whose servers are not up yet. A run that creates no server brings none back."""
        others = self._not_of_a_wave(since) if self._makes else []
        return {stop for stop in others if not self._are_up(stop)}

    def _are_up(self, stop: str) -> bool:
        """What was made of an earlier copy does not count."""
        return all(self._states[step_id].state is State.DONE for step_id in self.waves.up_of[stop])

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
        return not any(i in self._stuck for i in wave.cut_over) and any(
            self.in_run(i) and self._states[i].state is not State.DONE for i in wave.cut_over
        )


def waves_down(plan: Plan, ledger: Ledger) -> list[str]:
    """Names of the waves whose servers are down and not up at the target yet."""
    turns = Turns(waves_of(plan.steps, plan.waves), ledger, 1, lambda _step_id: True, plan=plan)
    turns.update(rows_of(plan.steps, ledger.states()), ())
    return turns.names_down()


def names_of(wave: Wave) -> str:
    return ", ".join(server.name for server in wave.servers)


def _down_in(ledger: Ledger, noted: str | None) -> dict[str, str]:
    return dict(ledger.read_as(dict[str, Moment], NOTE, noted)) if noted is not None else {}
