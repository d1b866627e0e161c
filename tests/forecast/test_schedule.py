"""The demand bound, list scheduling, and many runs of it: what must hold for every plan."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from migrate.documents import seal_of
from migrate.forecast import simulate
from migrate.forecast.bottlenecks import bottleneck_of, demand_s, demands_of
from migrate.forecast.downtime import downtimes_of, median_spans
from migrate.forecast.forecast_inputs import Inputs, draw_picture
from migrate.forecast.forecast_records import Capacity
from migrate.forecast.simulate import RUNS, Shape, schedule
from migrate.forecast.work_left import Work
from migrate.ledger.ledger_records import State
from migrate.model.steps import Step
from migrate.plan.build_plan import build_plan
from migrate.plan.schedule_problems import moment as instant
from migrate.plan.waves import waves_of
from migrate.policy.policy_records import Limits, Policy, Schedule, WaveRules
from migrate.policy.windows import parse_windows
from migrate.units import iso
from tests.examples import few_examples
from tests.forecast.cases import DEADLINE, NOW, container, disk, disks, inputs, row
from tests.plan import tenants
from tests.plan.tenants import policy
from tests.plan.waves import several as servers_of

SIZES = st.lists(st.integers(1, 500), min_size=1, max_size=8)
MBIT = 125_000


def said(source: int = 100, at_once: int = 2, **limits: object) -> Policy:
    return policy(
        deadline=DEADLINE,
        schedule=Schedule(source_bytes_per_s=source * MBIT),
        limits=Limits(disks=at_once, **limits),  # type: ignore[arg-type]
    )


def bound(steps: Sequence[Step], policy: Policy) -> dict[tuple[str, str], float]:
    """(date, resource) -> demand over supply; it follows from no simulated run, so a few are enough."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(simulate, "RUNS", 10)
        picture = draw_picture(inputs(list(steps), policy))
    demands = demands_of(picture.work, picture.capacities, picture.calendar.work_until)
    return {(one.date, one.resource): one.demand_s / one.supply_s for one in demands}


def several(sizes: Sequence[int]) -> list[Step]:
    return [step for number, gib in enumerate(sizes) for step in disk(f"d{number}", gib, rank=1 + 3 * number)]


@few_examples(15)
@given(SIZES, st.integers(1, 1000), st.integers(0, 1000))
def test_a_wider_line_never_tightens_the_bound(sizes: list[int], mbit: int, more: int) -> None:
    narrow, wide = bound(several(sizes), said(mbit)), bound(several(sizes), said(mbit + more))
    assert all(wide[key] <= narrow[key] + 1e-9 for key in narrow)


@few_examples(15)
@given(SIZES, st.integers(1, 6), st.integers(0, 6))
def test_more_places_never_tighten_the_bound(sizes: list[int], places: int, more: int) -> None:
    few = bound(several(sizes), said(at_once=places, source=20))
    many = bound(several(sizes), said(at_once=places + more, source=20))
    # With more at once each gets a smaller share of the line: all together they are never slower.
    assert many["2020-01-27T08:24:00Z", "slots.disks"] <= few["2020-01-27T08:24:00Z", "slots.disks"] + 1e-9


@few_examples(15)
@given(SIZES, st.integers(1, 500))
def test_one_item_more_never_improves_the_bound(sizes: list[int], more: int) -> None:
    less, with_it = bound(several(sizes), said()), bound(several([*sizes, more]), said())
    assert all(with_it[key] >= less[key] - 1e-9 for key in less)


def test_the_bound_names_the_first_date_and_resource_that_fail() -> None:
    early = "2020-01-02T00:00:00Z"
    (of,) = {step.id.rpartition(":")[0] for step in disk("big", 500)}
    policy_ = replace(said(10), schedule=Schedule(source_bytes_per_s=10 * MBIT, deadlines={of: early}))
    picture = draw_picture(inputs([*disk("big", 500), *disk("other", 500, rank=4)], policy_))
    demands = demands_of(picture.work, picture.capacities, picture.calendar.work_until)
    found = bottleneck_of(demands)
    assert found is not None and found.date == early and not found.fits
    assert [one.date for one in demands] == sorted(one.date for one in demands)
    assert found.demand_s / found.supply_s == max(d.demand_s / d.supply_s for d in demands if d.date == early)
    fitting = [one for one in demands if one.fits]
    assert fitting and bottleneck_of(fitting) in fitting and bottleneck_of([]) is None


def test_the_bandwidth_counts_a_byte_once_for_each_side_that_it_moves_on() -> None:
    whole = Capacity(
        resource="bandwidth",
        value=1.0,
        unit="bytes/s",
        usable=1.0,
        origin=draw_picture(inputs(disk("d"))).capacities[0].origin,
    )
    work = draw_picture(inputs([container("c", size_bytes=10), disk("d")[0]])).work
    by_id = {one.step.id: one for one in work}
    assert demand_s([by_id["container:c"]], whole) == 20


# ---------------------------------------------------------------- schedules


@st.composite
def shapes(draw: st.DrawFn) -> tuple[Shape, list[float]]:
    count = draw(st.integers(1, 25))
    needs = [draw(st.sets(st.integers(0, index - 1), max_size=3)) if index else set() for index in range(count)]
    followers = tuple(tuple(i for i in range(count) if index in needs[i]) for index in range(count))
    sides = st.sampled_from([(True, False, True), (True, False, False), (False, True, False), (True, True, False)])
    free = tuple(draw(st.integers(1, 3)) for _ in range(3))
    shape = Shape(followers, tuple(len(some) for some in needs), tuple(draw(sides) for _ in range(count)), free)  # type: ignore[arg-type]
    return shape, draw(st.lists(st.floats(0, 100), min_size=count, max_size=count))


@few_examples(50)
@given(shapes())
def test_no_step_begins_before_what_it_needs_and_no_place_is_given_twice(case: tuple[Shape, list[float]]) -> None:
    shape, durations = case
    spans = schedule(shape, durations)
    for index, followers in enumerate(shape.followers):
        assert spans.ends[index] == spans.starts[index] + durations[index]
        assert all(spans.starts[follower] >= spans.ends[index] for follower in followers)
    for moment in spans.starts:
        busy = [i for i in range(len(durations)) if spans.starts[i] <= moment < spans.ends[i]]
        for place, free in enumerate(shape.free):
            assert sum(shape.places[i][place] for i in busy) <= free


@few_examples(50)
@given(shapes(), st.floats(0.1, 10))
def test_a_shared_factor_stretches_a_schedule_and_changes_nothing_else(
    case: tuple[Shape, list[float]], factor: float
) -> None:
    # By a power of two: so that no rounding makes two ends equal that were not, or the other way round.
    shape, durations = case
    factor = 2.0 ** round(factor)
    once, stretched = schedule(shape, durations), schedule(shape, [factor * one for one in durations])
    assert stretched.ends == [factor * end for end in once.ends]


def test_lower_ranks_go_first_and_one_that_finds_no_place_is_passed_by() -> None:
    steps = [*disks(3), container("c", rank=20)]
    picture = draw_picture(inputs(steps, said(at_once=1)))
    spans = schedule(picture.shape, [10.0] * len(picture.work))
    started = {one.step.id: spans.starts[index] for index, one in enumerate(picture.work)}
    captures = [started[step.id] for step in steps if step.do == "volume.capture"]
    assert captures == [0, 10, 20] and started["container:c"] == 0


def test_there_are_a_thousand_runs_however_many_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulate, "STEPS_AT_MOST", 20_000)
    for count in (1, 5, 100):
        picture = draw_picture(inputs(disks(count)))
        assert RUNS <= len(picture.runs.finished) <= RUNS + picture.runs.schedules


def test_one_disk_takes_as_long_as_its_prior_says() -> None:
    picture = draw_picture(inputs(disk("d", 60)))
    runs = sorted(picture.runs.evacuated)
    work: Work = picture.work[0]
    assert abs(runs[len(runs) // 2] / work.predicted_s - 1) < 0.08
    spread = runs[int(0.9 * len(runs))] / work.predicted_s
    # An item's own spread (1.6 at P90) and the shared factor's (sd 0.30), together.
    assert 1.65 < spread < 2.05


def test_a_line_that_is_declared_slow_holds_all_disks_together() -> None:
    slow = draw_picture(inputs(disks(8, 100), said(source=10, at_once=8)))
    at_least = 8 * 100 * (1 << 30) / (10 * MBIT * 0.7)
    assert min(slow.runs.evacuated) / at_least > 0.35 and sorted(slow.runs.evacuated)[500] >= at_least * 0.95


@pytest.mark.parametrize("limit", [1, 2])
@pytest.mark.parametrize("places", [1, 4])
def test_no_more_servers_are_down_than_the_policy_allows_and_each_has_what_it_needs_first(
    limit: int, places: int
) -> None:
    limits = Limits(servers_down=limit, source=places, target=places, disks=places)
    said = tenants.policy(consistency="stopped", deadline=DEADLINE, limits=limits)
    plan = build_plan(servers_of(a=400, b=300, c=200, d=100), tenants.target(), said)
    picture = draw_picture(Inputs(plan, seal_of(plan), said, NOW))
    spans = schedule(picture.shape, [one.estimate.p50_s for one in picture.work])
    at = {one.step.id: (spans.starts[i], spans.ends[i]) for i, one in enumerate(picture.work)}
    waves = waves_of(plan.steps).all
    downs = [(at[wave.stops[0]][0], max(at[i][1] for i in wave.up)) for wave in waves]
    assert all(begins > 0 and ends > begins for begins, ends in downs)
    # With one place of each kind nothing runs beside the first, and no other is stopped only to wait.
    most = max(sum(begins <= moment < ends for begins, ends in downs) for moment, _ in downs)
    assert most == (limit if places > 1 else 1)
    assert all(at[i][1] <= at[wave.stops[0]][0] for wave in waves for i in wave.before)
    found = downtimes_of(picture, spans)
    assert [one.name for one in found] == ["a", "b", "c", "d"]
    assert all(one.p50_s and one.p90_s and one.p50_s < one.p90_s for one in found)


def test_a_server_that_is_down_already_keeps_its_place_and_is_told_with_the_time_since() -> None:
    said = tenants.policy(consistency="stopped", deadline=DEADLINE)
    plan = build_plan(servers_of(a=400, b=100), tenants.target(), said)
    (stop,) = [step for step in plan.steps if step.do == "server.stop" and step.name == "b"]
    states = {stop.id: row(stop, State.DONE, attempts=1)}
    since = {stop.id: iso(NOW - timedelta(hours=2))}
    picture = draw_picture(Inputs(plan, seal_of(plan), said, NOW, states=states, down_since=since))
    spans = schedule(picture.shape, [one.estimate.p50_s for one in picture.work])
    first, second = downtimes_of(picture, spans)
    assert (first.name, first.is_down, first.begins) == ("b", True, since[stop.id])
    assert first.p50_s and first.p50_s > 2 * 3600 and not second.is_down and second.begins
    assert instant(second.begins) > NOW


def test_a_wave_waits_for_its_window_and_holds_no_other_up() -> None:
    """`a` may be stopped on Saturdays alone, `b` goes meanwhile, and no error of an estimate stretches the wait."""
    said = tenants.policy(
        consistency="stopped",
        deadline=DEADLINE,
        waves=WaveRules(servers={"server:a": "late"}, windows={"late": "sat UTC"}),
    )
    plan = build_plan(servers_of(a=400, b=300), tenants.target(), said)
    picture = draw_picture(Inputs(plan, seal_of(plan), said, NOW))
    late, other = sorted(downtimes_of(picture, median_spans(picture)), key=lambda one: one.name)
    assert (late.wave, other.wave) == ("late", "b")
    assert late.begins and other.begins
    opens = parse_windows(["sat UTC"]).opens_at(NOW)
    assert opens and datetime.fromisoformat(late.begins) == opens > datetime.fromisoformat(other.begins)
    wait_s = (opens - NOW).total_seconds()
    assert min(picture.runs.finished) >= wait_s
    assert late.p50_s and late.p50_s < wait_s / 2
