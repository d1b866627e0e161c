"""Which servers are stopped together, and in which order all is done for it."""

from msgspec.structs import replace

from migrate.model.steps import StopServer
from migrate.plan.build_plan import build_plan
from migrate.plan.waves import Wave, fits, kept_from, may_be_stopped, places_of, waves_of
from migrate.policy.policy_records import Mappings
from tests.plan.tenants import (
    policy,
    target,
)
from tests.plan.waves import plan_of, several, shared

SIZES = {"small": 10, "middle": 40, "large": 400}


def names(wave: Wave) -> set[str]:
    return {one.name for one in wave.servers}


def test_the_steps_of_one_server_are_all_before_the_stop_of_the_next_and_the_largest_comes_first() -> None:
    plan = plan_of(several(**SIZES))
    waves = waves_of(plan.steps)
    assert [names(wave) for wave in waves.all] == [{"large"}, {"middle"}, {"small"}]
    ranks = {step.id: step.rank for step in plan.steps}
    spans = [sorted(ranks[i] for i in (*wave.stops, *wave.way)) for wave in waves.all]
    assert all(span == list(range(span[0], span[-1] + 1)) for span in spans)
    assert spans == sorted(spans)
    for wave in waves.all:
        (stop,) = wave.stops
        does = [step.do for step in plan.steps if step.id in {stop, *wave.way}]
        assert does[0] == "server.stop" and does[-2:] == ["server.make", "server.attach"]
        assert set(does[1 : 1 + len(wave.captures)]) == {"server.capture", "volume.capture"}


def test_what_needs_no_stop_comes_before_the_first_and_what_is_of_yesterday_after_the_last() -> None:
    plan = plan_of(several(**SIZES))
    waves = waves_of(plan.steps)
    inside = [step.rank for step in plan.steps if step.id in waves.by_step]
    history = [step for step in plan.steps if step.id.startswith(("snapshot:", "backup:"))]
    assert history and min(step.rank for step in history) > max(inside)
    others = [step for step in plan.steps if step not in history and step.id not in waves.by_step]
    assert max(step.rank for step in others) < min(inside)


def test_what_a_server_needs_at_the_target_is_named_and_needs_no_stop_itself() -> None:
    plan = plan_of(several(**SIZES))
    waves = waves_of(plan.steps)
    by_id = {step.id: step for step in plan.steps}
    for wave in waves.all:
        assert {by_id[i].do for i in wave.before} == {"port.make", "subnet.dhcp"}
        assert not set(wave.before) & set(waves.by_step)


def test_servers_that_hold_a_volume_together_are_one_wave_by_way_of_any_that_do() -> None:
    source = several(a=10, b=10, c=10, d=500)
    source = shared(shared(source, "of-a", "b"), "of-b", "c")
    waves = waves_of(plan_of(source).steps)
    assert [names(wave) for wave in waves.all] == [{"d"}, {"a", "b", "c"}]
    # Also where the one between them is off.
    off = replace(
        source, servers=tuple(replace(one, status="SHUTOFF") if one.name == "b" else one for one in source.servers)
    )
    assert [names(wave) for wave in waves_of(plan_of(off).steps).all] == [{"d"}, {"a", "c"}]


def test_a_server_that_is_not_made_is_down_until_its_disks_are_captured() -> None:
    source = several(a=10)
    said = policy(consistency="stopped", mappings=Mappings(flavors={"n1.cw.standard-1": "gone"}))
    (wave,) = waves_of(build_plan(source, target(), said).steps).all
    assert wave.up == () and wave.ends() == wave.captures != ()
    (made,) = waves_of(plan_of(source).steps).all
    assert made.ends() == made.up != () and made.ends(makes=False) == made.captures


def test_the_order_that_steps_come_in_makes_no_difference() -> None:
    plan = plan_of(shared(several(**SIZES), "of-small", "middle"))
    assert waves_of(plan.steps) == waves_of(plan.steps[::-1])
    assert waves_of(()) == ((), {}, {})


def test_the_rule_of_places_and_turns() -> None:
    plan = plan_of(several(a=10))
    places = {step.do: places_of(step) for step in plan.steps}
    assert places["server.stop"] == (True, True, True)
    assert places["volume.capture"] == places["snapshot.capture"] == (True, False, True)
    assert places["image.capture"] == (True, False, False) and places["server.make"] == (False, True, False)
    # While servers are down one place of each kind is theirs; where there is one in all, it is anybody's.
    assert kept_from(False, (4, 2, 1), is_down=True) == (1, 1, 0)
    assert kept_from(True, (4, 2, 1), is_down=True) == kept_from(False, (4, 2, 1), is_down=False) == (0, 0, 0)
    assert fits((True, False, True), (1, 0, 1)) and not fits((True, False, True), (1, 0, 1), (1, 0, 0))
    assert not fits((False, True, False), (1, 0, 1))
    assert may_be_stopped(3, {3}, 1) and not may_be_stopped(3, {4}, 1) and may_be_stopped(3, {4}, 2)
    assert sum(isinstance(step.action, StopServer) for step in plan.steps) == 1
