"""The state of each wave, from the plan and the ledger's records. Pure."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from msgspec.structs import replace

from migrate.ledger.ledger_records import Accepted, Cut, Parked, Rollback, State, StepState, rows_of
from migrate.model import Record
from migrate.model.steps import Plan
from migrate.plan.waves import Down, Member, Wave, earlier_waves, waves_of


class Stage(StrEnum):
    """How far a wave is."""

    PLANNED = "planned"
    """None of its servers has been stopped."""
    DOWN = "down"
    """Servers were stopped at the source, and are not up at the target yet."""
    UP = "up"
    """All its servers are up at the target."""
    ACCEPTED = "accepted"
    """Somebody has accepted all its servers: what is at the target is the customer's."""
    ROLLING_BACK = "rolling-back"
    """A rollback has begun, and must be ended first: no step of the wave is begun meanwhile."""
    ROLLED_BACK = "rolled-back"
    """Its servers run at the source again; what was made of them at the target is off."""


class Facts(Record, frozen=True, kw_only=True):
    """What the ledger has on waves. All but `states` (by step) are by the id of the stop.

    `down_since`: start of a downtime that has not ended.  `cuts`: stops that we requested, unless the server was seen
    running since.
    """

    states: Mapping[str, StepState] = {}
    down_since: Mapping[str, str] = {}
    cuts: Mapping[str, Cut] = {}
    rollbacks: Mapping[str, Rollback] = {}
    accepted: Mapping[str, Accepted] = {}

    def rollback_of(self, stop: str) -> Rollback | None:
        """The server's rollback, unless a later cut-over stopped it again."""
        found = self.rollbacks.get(stop)
        return found if found and found.counts else None


class ServerNow(Record, frozen=True, kw_only=True):
    """A server of a wave. `parked`: what a rollback keeps of it at the target."""

    server_id: str
    name: str
    stop: str
    parked: Parked | None = None


class WaveState(Record, frozen=True, kw_only=True):
    """A wave and its stage. `at`: since when (ISO time), empty for a planned one.  `who`: of a rollback, or who
    accepted it.
    """

    name: str
    stage: Stage
    servers: tuple[ServerNow, ...]
    at: str = ""
    who: str = ""


def known_waves(plan: Plan, facts: Facts) -> tuple[Wave, ...]:
    """The plan's waves, then those that an earlier plan stopped."""
    waves = waves_of(plan.steps, plan.waves)
    back = {stop: one for stop, one in facts.rollbacks.items() if one.counts}
    members: dict[str, Member] = {**facts.accepted, **back, **facts.cuts}
    return (*waves.all, *earlier_waves(plan.steps, waves, members.values()))


def wave_states(plan: Plan, facts: Facts) -> tuple[WaveState, ...]:
    """The state of each wave, in the order of `known_waves`."""
    # A row of an earlier form of a step does not count here: the step is still to be done.
    now = replace(facts, states=rows_of(plan.steps, facts.states))
    return tuple(_state(wave, now, facts.states) for wave in known_waves(plan, facts))


def _state(wave: Wave, facts: Facts, rows: Mapping[str, StepState]) -> WaveState:
    stage, at, who = _stage(wave, facts, rows)
    servers = tuple(_server(one, facts) for one in wave.servers)
    return WaveState(name=wave.name, stage=stage, servers=servers, at=at, who=who)


def _stage(wave: Wave, facts: Facts, rows: Mapping[str, StepState]) -> tuple[Stage, str, str]:
    back = [found for stop in wave.stops if (found := facts.rollback_of(stop))]
    if going := [one for one in back if not one.ended]:
        first = min(going, key=lambda one: one.began)
        return Stage.ROLLING_BACK, first.began, first.who
    words = [facts.accepted[stop] for stop in wave.stops if stop in facts.accepted]
    if words and len(words) == len(wave.stops):
        last = max(words, key=lambda one: one.at)
        return Stage.ACCEPTED, last.at, last.who
    # A later cut-over may have stopped some of them again, and ended before the others.
    if back and len(back) == len(wave.stops):
        ended = max(back, key=lambda one: one.ended)
        return Stage.ROLLED_BACK, ended.ended, ended.who
    stopped = [stop for stop in wave.stops if _is_stopped(stop, facts)]
    if not stopped:
        return Stage.PLANNED, "", ""
    if wave.up and len(stopped) == len(wave.stops) and _is_up(wave, facts, rows):
        return Stage.UP, max(rows[one].updated_at for one in wave.up), ""
    return Stage.DOWN, _stopped_at(wave.stops, facts), ""


def _is_stopped(stop: str, facts: Facts) -> bool:
    """What we stopped stays stopped, even if this plan stops it again, perhaps in another form."""
    return stop in facts.down_since or _is_done(stop, facts) or stop in facts.cuts


def _is_up(wave: Wave, facts: Facts, rows: Mapping[str, StepState]) -> bool:
    """Whether its servers are up. What was done in an earlier form counts too, unless the wave is down again."""
    is_down = any(stop in facts.down_since for stop in wave.stops)
    was_done = {step_id for step_id, row in rows.items() if row.done_digest is not None}
    return all(_is_done(one, facts) or (not is_down and one in was_done) for one in (*wave.up, *wave.back))


def _is_done(step_id: str, facts: Facts) -> bool:
    row = facts.states.get(step_id)
    return row is not None and row.state is State.DONE


def _stopped_at(stops: Sequence[str], facts: Facts) -> str:
    told = [facts.down_since[stop] for stop in stops if stop in facts.down_since]
    return min(told or [facts.cuts[stop].asked_at for stop in stops if stop in facts.cuts], default="")


def _server(one: Down, facts: Facts) -> ServerNow:
    found = facts.rollback_of(one.stop)
    parked = found.parked if found else None
    return ServerNow(server_id=one.server_id, name=one.name, stop=one.stop, parked=parked)
