"""The stage of a wave, from the plan and the ledger's records alone."""

from msgspec import UNSET
from msgspec.structs import replace

from migrate.ledger.ledger_records import Accepted, Cut, Parked, Rollback, State, StepState
from migrate.model.steps import Plan, StopServer
from migrate.plan.wave_state import Facts, Stage, known_waves, wave_states
from migrate.plan.waves import Wave
from tests.plan.waves import plan_of, several, shared

AT = "2026-11-20T10:00:00Z"
LATER = "2026-11-20T11:00:00Z"


def two_waves() -> tuple[Plan, Wave, Wave]:
    """A plan of a wave of two servers, which share a volume, and of another of one."""
    plan = plan_of(shared(several(a=1, b=2, c=3), "of-a", "b"))
    together, alone = sorted(known_waves(plan, Facts()), key=lambda wave: -len(wave.servers))
    assert [len(together.servers), len(alone.servers)] == [2, 1]
    return plan, together, alone


def rows(plan: Plan, *done: str) -> dict[str, StepState]:
    return {i: StepState(step_id=i, digest=plan.step(i).digest, state=State.DONE, updated_at=AT) for i in done}


def cut(wave: Wave, at: str = AT) -> dict[str, Cut]:
    return {one.stop: Cut(server_id=one.server_id, name=one.name, wave=wave.name, asked_at=at) for one in wave.servers}


def back(wave: Wave, ended: str = "") -> dict[str, Rollback]:
    return {
        one.stop: Rollback(server_id=one.server_id, name=one.name, wave=wave.name, who="Ann", began=AT, ended=ended)
        for one in wave.servers
    }


def stages(plan: Plan, facts: Facts) -> dict[str, Stage]:
    return {state.name: state.stage for state in wave_states(plan, facts)}


def test_a_wave_goes_from_planned_over_down_to_up_by_itself() -> None:
    plan, wave, other = two_waves()
    assert set(stages(plan, Facts()).values()) == {Stage.PLANNED}
    first = wave.stops[0]
    for facts in (Facts(down_since={first: AT}), Facts(states=rows(plan, first))):
        assert stages(plan, facts) == {wave.name: Stage.DOWN, other.name: Stage.PLANNED}
    whole = rows(plan, *wave.stops, *wave.way)
    assert stages(plan, Facts(states=whole, down_since={first: AT}))[wave.name] is Stage.UP
    for missing in (wave.stops[1], wave.up[-1], wave.captures[0]):
        left = {i: row for i, row in whole.items() if i != missing}
        assert stages(plan, Facts(states=left))[wave.name] is Stage.DOWN, missing


def test_a_step_that_was_done_in_another_form_is_still_to_be_done() -> None:
    plan, wave, _ = two_waves()
    states = rows(plan, *wave.stops, *wave.way)
    states[wave.up[0]] = replace(states[wave.up[0]], digest="another")
    assert stages(plan, Facts(states=states))[wave.name] is Stage.DOWN


def test_a_moved_wave_that_is_planned_again_in_another_form_stays_moved() -> None:
    plan, wave, _ = two_waves()
    states = {
        i: replace(row, state=State.PENDING, done_digest="another")
        for i, row in rows(plan, *wave.stops, *wave.way).items()
    }
    facts = Facts(states=states, cuts=cut(wave))
    assert stages(plan, facts)[wave.name] is Stage.UP
    again = replace(facts, down_since={wave.stops[0]: LATER})
    assert stages(plan, again)[wave.name] is Stage.DOWN, "it is stopped again, and what is there is the earlier copy"


def test_a_wave_that_this_plan_no_longer_stops_is_known_by_its_stops() -> None:
    """Once it is moved, a new scan finds its servers off: there is nothing left to stop."""
    plan, wave, _ = two_waves()
    later = replace(
        plan, steps=tuple(s for s in plan.steps if not isinstance(s.action, StopServer)), gates=(), waves=UNSET
    )
    facts = Facts(states=rows(later, *wave.way), cuts=cut(wave))
    (found,) = known_waves(later, facts)
    assert (found.name, found.stops, found.up) == (wave.name, wave.stops, wave.up)
    assert {*wave.captures, *wave.back} <= {*found.way}
    assert stages(later, facts) == {wave.name: Stage.UP}
    assert stages(later, Facts(states=rows(later, *wave.captures), cuts=cut(wave))) == {wave.name: Stage.DOWN}
    assert stages(later, Facts(rollbacks=back(wave, ended=LATER))) == {wave.name: Stage.ROLLED_BACK}
    assert known_waves(later, Facts()) == ()


def test_a_rollback_counts_until_the_wave_is_stopped_again() -> None:
    plan, wave, other = two_waves()
    states = rows(plan, *wave.stops, *wave.way)
    going = Facts(states=states, rollbacks=back(wave))
    assert stages(plan, going)[wave.name] is Stage.ROLLING_BACK
    half = {**back(wave, ended=LATER), wave.stops[0]: back(wave)[wave.stops[0]]}
    assert stages(plan, Facts(rollbacks=half))[wave.name] is Stage.ROLLING_BACK
    kept = Parked(server_id="t1", name="a", at=LATER)
    ended = {stop: replace(one, parked=kept) for stop, one in back(wave, ended=LATER).items()}
    (state,) = [one for one in wave_states(plan, Facts(rollbacks=ended)) if one.name == wave.name]
    assert (state.stage, state.at, state.who) == (Stage.ROLLED_BACK, LATER, "Ann")
    assert {one.parked for one in state.servers} == {kept}
    again = {stop: replace(one, again_at=LATER) for stop, one in ended.items()}
    assert stages(plan, Facts(states=states, rollbacks=again))[wave.name] is Stage.UP
    assert stages(plan, Facts(states=states, rollbacks=ended))[other.name] is Stage.PLANNED
    # Its second cut-over has stopped one server and not the other: it is down, and can go back.
    first = wave.stops[0]
    assert stages(plan, Facts(states=rows(plan, first), rollbacks={**ended, first: again[first]}))[wave.name] is (
        Stage.DOWN
    )
    assert stages(plan, Facts(rollbacks={first: ended[first]}))[wave.name] is Stage.PLANNED, "one joined it since"


def test_what_is_accepted_stays_accepted() -> None:
    plan, wave, _ = two_waves()
    words = {
        one.stop: Accepted(server_id=one.server_id, name=one.name, wave=wave.name, target_id="t", who="Ann", at=AT)
        for one in wave.servers
    }
    (state,) = [one for one in wave_states(plan, Facts(accepted=words)) if one.name == wave.name]
    assert (state.stage, state.at, state.who) == (Stage.ACCEPTED, AT, "Ann")
    one = wave.stops[0]
    assert stages(plan, Facts(accepted={one: words[one]}))[wave.name] is Stage.PLANNED, "the other was never moved"
    half = Facts(accepted={one: words[one]}, states=rows(plan, *wave.stops, *wave.way))
    assert stages(plan, half)[wave.name] is Stage.UP, "both are up, and the other can be accepted"
