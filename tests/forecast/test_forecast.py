"""The forecast as a whole: its verdict, what it says and why, what it keeps from the one before."""

import inspect
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from migrate.documents import parse_document, sealed_bytes
from migrate.forecast import simulate, verdict
from migrate.forecast.forecast_records import Forecast, Origin, Verdict
from migrate.forecast.make_forecast import Inputs, make_forecast
from migrate.ledger.ledger_records import Approval, Effect, State
from migrate.messages import codes
from migrate.messages.catalogue import phrases
from migrate.model import Kind, Role
from migrate.model.steps import LeftOut, Step
from migrate.policy.policy_records import Limits, Schedule
from migrate.units import GIB, iso
from tests.examples import few_examples
from tests.forecast.cases import DEADLINE, NOW, container, disk, disks, done, inputs, line, row
from tests.plan.tenants import policy

HOUR, DAY = 3600.0, 86400.0


@pytest.fixture(autouse=True, scope="module")
def few_runs() -> Iterator[None]:
    """A tenth of them: a forecast is no other by that, only its odds are less exact."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(simulate, "RUNS", 100)
        yield


def measured(count: int = 25, left: int = 3, took_s: float = 100.0, **more: Any) -> Inputs:
    """`count` disks are captured, `left` are not; as of the last capture's end."""
    steps = disks(count + left)
    captures = [step for step in steps if step.do == "volume.capture"]
    lines = [line(step, took_s * i, took_s) for i, step in enumerate(captures[:count])]
    as_of = NOW + timedelta(seconds=took_s * count)
    return inputs(steps, as_of=as_of, journal=lines, states=done(*captures[:count]), **more)


def keys(forecast: Forecast) -> set[str]:
    return {one.key for one in forecast.why}


def test_without_a_measurement_it_is_never_green() -> None:
    forecast = make_forecast(inputs(disk("d", 1)))
    assert (forecast.verdict, forecast.calibrated, forecast.p_on_time) == (Verdict.AMBER, False, 1.0)
    assert keys(forecast) == {"why.fits", "why.uncalibrated"}
    assert {one.origin for one in forecast.estimates} == {Origin.DEFAULT}


def test_once_20_items_are_measured_it_may_be_green() -> None:
    forecast = make_forecast(measured())
    assert (forecast.verdict, forecast.calibrated, keys(forecast)) == (Verdict.GREEN, True, {"why.fits"})
    # What is rebuilt at the target may come after the date, and has not been measured.
    assert {one.origin for one in forecast.estimates} == {Origin.MEASURED, Origin.DEFAULT}
    assert make_forecast(measured(19)).verdict is Verdict.AMBER


@few_examples(20)
@given(st.integers(0, 45), st.integers(0, 3), st.floats(1, 10**6), st.booleans())
def test_never_green_while_uncalibrated(count: int, left: int, took_s: float, fails: bool) -> None:
    said = measured(count, left, took_s)
    if fails and left:
        step = said.plan.steps[3 * count]
        failed = {step.id: row(step, State.FAILED)}
        said = said._replace(states={**said.states, **failed})
    forecast = make_forecast(said)
    assert forecast.verdict is not Verdict.GREEN or (forecast.calibrated and not (fails and left))
    assert forecast.calibrated is (left == 0 or count >= 20)


def test_too_much_for_the_time_is_red_and_says_what_holds_it_up() -> None:
    forecast = make_forecast(inputs(disks(40, 2000)))
    assert forecast.verdict is Verdict.RED and {"why.late-half", "why.bottleneck"} <= keys(forecast)
    assert forecast.bottleneck is not None and not forecast.bottleneck.fits
    assert forecast.p_on_time is not None and forecast.p_on_time < 0.5
    assert forecast.evacuated_p50 is not None and forecast.must_end is not None
    assert forecast.evacuated_p50 > forecast.must_end


def test_between_even_odds_and_nine_in_ten_it_is_amber() -> None:
    day = make_forecast(inputs(disks(8, 500)))
    assert day.evacuated_p50 is not None and day.evacuated_p90 is not None
    middle = (NOW + (datetime.fromisoformat(day.evacuated_p50) - NOW) * 1.15).isoformat()
    said = policy(deadline=middle, schedule=Schedule(guard_s=0))
    forecast = make_forecast(inputs(disks(8, 500), said))
    assert forecast.verdict is Verdict.AMBER and "why.late-tail" in keys(forecast)


def test_without_a_deadline_there_is_no_verdict_and_still_a_date() -> None:
    forecast = make_forecast(inputs(disk("d"), policy()))
    assert (forecast.verdict, forecast.must_end, forecast.p_on_time) == (Verdict.UNKNOWN, None, None)
    assert forecast.evacuated_p50 and keys(forecast) >= {"why.no-deadline"}


def test_only_reading_the_source_has_a_deadline() -> None:
    steps = disk("d", 100)
    lines = [line(steps[0], 31 * DAY - 660, 60)]
    said = inputs(steps, states=done(steps[0]), journal=lines, as_of=NOW + timedelta(days=31, minutes=10))
    forecast = make_forecast(said)
    # The source is gone; what was read from it is still to be rebuilt.
    assert (forecast.verdict, forecast.p_on_time, forecast.steps_left) == (Verdict.GREEN, 1.0, 2)
    assert forecast.evacuated_p50 == "2020-01-31T23:50:00Z" and forecast.finish_p50 > forecast.as_of  # type: ignore[operator]
    missed = make_forecast(inputs(steps, as_of=NOW + timedelta(days=60)))
    assert missed.verdict is Verdict.RED and "why.missed" in keys(missed)


def test_everything_done_says_when() -> None:
    steps = disk("d")
    lines = [line(step, 60 * i, 60) for i, step in enumerate(steps)]
    forecast = make_forecast(inputs(steps, states=done(*steps), journal=lines, as_of=NOW + timedelta(days=1)))
    assert (forecast.steps_left, forecast.finish_p50, forecast.finish_p90) == (0, *["2020-01-01T00:03:00Z"] * 2)
    assert forecast.done_bytes == forecast.total_bytes == 30 * GIB and not forecast.slots
    assert forecast.stalled_since is None


def test_what_was_done_under_another_plan_is_left_to_do() -> None:
    """A step that has changed since, and one that was skipped by the plan before."""
    said = measured(left=0)
    first, second = (said.plan.steps[index].id for index in (0, 3))
    assert make_forecast(said).verdict is Verdict.GREEN
    for changed in (
        replace(said.states[first], digest="of an earlier plan"),
        replace(said.states[second], state=State.SKIPPED),
    ):
        forecast = make_forecast(said._replace(states={**said.states, changed.step_id: changed}))
        assert forecast.is_read is False and "why.evacuated" not in keys(forecast)
        assert forecast.steps_left == make_forecast(said).steps_left + 1


def test_calibrated_for_the_reading_is_not_calibrated_for_all() -> None:
    reading = make_forecast(measured())
    assert (reading.calibrated, reading.calibrated_all) == (True, False)
    all_done = disks(25)
    lines = [line(step, 100.0 * i, 100.0) for i, step in enumerate(all_done)]
    more = inputs([*all_done, *disk("more")], states=done(*all_done), journal=lines, as_of=NOW + timedelta(hours=3))
    assert make_forecast(more).calibrated_all


def test_windows_put_the_end_off() -> None:
    said = policy(deadline=DEADLINE, limits=Limits(windows=("sat UTC",)))
    always, saturdays = make_forecast(inputs(disk("d"))), make_forecast(inputs(disk("d"), said))
    assert str(always.evacuated_p50) < "2020-01-02" and str(saturdays.evacuated_p50).startswith("2020-01-04")


def test_no_slot_begins_before_what_its_step_needs_ends() -> None:
    steps = disks(10, 50)
    slots = {slot.step_id: slot for slot in make_forecast(inputs(steps)).slots}
    assert slots.keys() == {step.id for step in steps}
    for step in steps:
        assert all(slots[step.id].start_s >= slots[need].end_s for need in step.needs)


def test_same_inputs_same_bytes() -> None:
    steps = [*disks(30), container("c", 10**6)]
    first, second = (sealed_bytes(make_forecast(inputs(steps))) for _ in range(2))
    assert first == second
    assert parse_document(first, Forecast, name="forecast.json") == make_forecast(inputs(steps))


# ---------------------------------------------------------------- guard, history


def test_the_guard_is_of_the_time_that_was_left_at_the_first_forecast_and_is_held() -> None:
    first = make_forecast(inputs(disk("d")))
    assert first.guard_s == 15 * 31 * 864 and first.guard_origin is Origin.DEFAULT
    later = inputs(disk("d"), as_of=NOW + timedelta(days=20), earlier=first)
    held = make_forecast(later)
    assert (held.guard_s, held.must_end, held.first_as_of) == (first.guard_s, first.must_end, first.as_of)
    assert make_forecast(later._replace(earlier=None)).guard_s == 3 * DAY
    # Another migration's forecast says nothing of this one's.
    assert make_forecast(later._replace(earlier=replace(first, migration="1" * 32))).guard_s == 3 * DAY


def test_a_guard_that_is_declared_is_as_declared() -> None:
    said = policy(deadline=DEADLINE, schedule=Schedule(guard_s=3600))
    forecast = make_forecast(inputs(disk("d"), said))
    assert (forecast.guard_s, forecast.guard_origin) == (3600, Origin.DECLARED)
    assert forecast.must_end == "2020-01-31T23:00:00Z"


def test_what_was_said_at_each_percent_is_kept() -> None:
    steps = disks(2)
    first = make_forecast(inputs(steps))
    again = make_forecast(inputs(steps, as_of=NOW + timedelta(hours=1), earlier=first))
    assert again.history == first.history and len(first.history) == 1
    halfway = make_forecast(inputs(steps, as_of=NOW + timedelta(hours=2), states=done(*steps[:3]), earlier=again))
    assert [one.done_bytes for one in halfway.history] == [0, 30 * GIB]
    assert halfway.history[1].finish_p50 == halfway.finish_p50


# ---------------------------------------------------------------- own dates, alarms


def own(date: str, steps: list[Step]) -> Forecast:
    said = policy(deadline=DEADLINE, schedule=Schedule(deadlines={"volume:d0": date}))
    return make_forecast(inputs(steps, said))


def test_an_item_with_a_date_of_its_own_must_be_there_by_then() -> None:
    soon, later = own("2020-01-01T00:05:00Z", disks(2)), own("2020-01-20T00:00:00Z", disks(2))
    assert soon.verdict is Verdict.RED and "why.own-late" in keys(soon)
    # It decides, and not that the source will be read in time.
    assert [one.key for one in soon.why][:2] == ["why.own-late", "why.fits"]
    assert (soon.late[0].selector, soon.late[0].p_on_time) == ("volume:d0", 0.0)
    assert later.verdict is Verdict.AMBER and "why.own-late" not in keys(later) and later.late[0].p_on_time == 1.0
    due = [one.step_id.rpartition(":")[2] for one in soon.estimates if one.due]
    assert due == ["capture", "restore", "verify"] and {d.date for d in soon.demands} > {"2020-01-01T00:05:00Z"}


def test_an_item_with_a_date_that_the_plan_does_not_move_is_named() -> None:
    assert "why.own-left-out" in keys(own("2020-01-20T00:00:00Z", disk("other")))


def test_a_name_that_two_items_have_means_one_of_them_for_dates_and_tiers() -> None:
    """The same one as the policy's reader means, the first by id; also where the plan leaves the other one."""
    first, second = (replace(step, name="twin") for step in disks(2) if step.do == "volume.capture")
    first, second = sorted((first, second), key=lambda step: step.id)
    said = policy(
        deadline=DEADLINE,
        schedule=Schedule(tiers={"volume:twin": 10}, deadlines={"volume:twin": "2020-01-20T00:00:00Z"}),
    )
    both = {one.step_id: one for one in make_forecast(inputs([second, first], said)).estimates}
    assert (both[first.id].tier, both[second.id].tier) == (10, 3)
    assert both[first.id].due and not both[second.id].due
    by_id = replace(said, schedule=Schedule(tiers={second.id.rpartition(":")[0]: 10}))
    assert {one.step_id for one in make_forecast(inputs([first, second], by_id)).estimates if one.tier == 10} == {
        second.id
    }
    alone = inputs([second], said)
    left = LeftOut(kind=Kind.VOLUME, id=first.id.split(":")[1], name="twin", code=codes.SNAPSHOTS_LEFT)
    forecast = make_forecast(alone._replace(plan=replace(alone.plan, left_out=(left,))))
    assert "why.own-left-out" in keys(forecast) and forecast.estimates[0].tier == 3


def test_tiers_are_told() -> None:
    said = policy(deadline=DEADLINE, schedule=Schedule(tiers={"volume:d0": 10}))
    tiers = {one.step_id: one.tier for one in make_forecast(inputs(disks(2), said)).estimates}
    assert sorted(tiers.values()) == [3, 3, 3, 10, 10, 10]


@pytest.mark.parametrize(
    ("quiet_s", "windows", "stalls"),
    [
        (0.5 * HOUR, (), False),
        (2 * HOUR, (), True),
        (2 * HOUR, ("daily 20:00-22:00 UTC",), False),
        (30 * HOUR, ("daily 20:00-22:00 UTC",), True),
    ],
)
def test_no_progress_is_an_alarm(quiet_s: float, windows: tuple[str, ...], stalls: bool) -> None:
    said = measured()
    said = said._replace(
        as_of=said.as_of + timedelta(seconds=quiet_s), policy=replace(said.policy, limits=Limits(windows=windows))
    )
    forecast = make_forecast(said)
    assert bool(forecast.stalled_since) is stalls
    assert forecast.verdict is (Verdict.AMBER if stalls else Verdict.GREEN)


def test_while_a_long_step_runs_the_alarm_waits() -> None:
    said = measured(took_s=2 * HOUR)
    quiet = said._replace(as_of=said.as_of + timedelta(hours=2))
    assert make_forecast(quiet).stalled_since
    step = said.plan.steps[-3]
    running = {**said.states, step.id: row(step, State.RUNNING, lease_until=quiet.as_of.timestamp() + 60)}
    assert not make_forecast(quiet._replace(states=running)).stalled_since
    # Nobody is at work on it any more.
    broken = {**said.states, step.id: row(step, State.RUNNING, lease_until=said.as_of.timestamp() + 60)}
    assert make_forecast(quiet._replace(states=broken)).stalled_since


def test_before_the_first_step_has_ended_the_alarm_goes_by_the_first_trace_of_work() -> None:
    steps, later = disk("d"), NOW + timedelta(days=9)
    assert not make_forecast(inputs(steps, as_of=later)).stalled_since
    hangs = {steps[0].id: row(steps[0], State.RUNNING, attempts=1, updated_at=iso(later))}
    assert not make_forecast(inputs(steps, as_of=later, states=hangs)).stalled_since
    effect = Effect(
        step_id=steps[0].id,
        side="source",
        kind=Kind.SNAPSHOT,
        resource_id="s",
        role=Role.TEMPORARY,
        source_id="d",
        made_at=iso(NOW),
    )
    told = make_forecast(inputs(steps, as_of=later, states=hangs, effects=[effect]))
    assert told.stalled_since == iso(NOW) and told.last_progress is None
    failed = {steps[0].id: row(steps[0], State.FAILED, attempts=2, updated_at=iso(NOW))}
    assert make_forecast(inputs(steps, as_of=later, states=failed)).stalled_since == iso(NOW)


def test_what_is_left_at_the_source_is_not_called_evacuated() -> None:
    said = measured(left=0)
    assert "why.evacuated" in keys(make_forecast(said))
    left = LeftOut(kind=Kind.SNAPSHOT, id="n", name="old", code=codes.SNAPSHOTS_LEFT)
    forecast = make_forecast(said._replace(plan=replace(said.plan, left_out=(left,))))
    assert forecast.is_read and forecast.why[0].key == "why.evacuated-part"


def test_while_a_finding_blocks_the_run_it_is_never_green() -> None:
    forecast = make_forecast(measured()._replace(open_blocks=2))
    assert (forecast.verdict, forecast.why[1].key, forecast.why[1].facts["count"]) == (
        Verdict.AMBER,
        "why.blocks",
        "2",
    )


def test_missing_approvals_are_told_and_count_as_given() -> None:
    steps = [replace(step, gate="cut-over") if step.do == "volume.capture" else step for step in disk("d")]
    waits = make_forecast(inputs(steps))
    grant = Approval(gate="cut-over", step_id=steps[0].id, digest=steps[0].digest, who="Ann", at="")
    granted = make_forecast(inputs(steps, approvals=[grant]))
    assert "why.gates" in keys(waits) and "why.gates" not in keys(granted)


def test_rates_needed_and_seen() -> None:
    forecast = make_forecast(measured(25, 3, 100.0))
    assert forecast.observed_rate == pytest.approx(10 * GIB / 100)
    left = (datetime.fromisoformat(str(forecast.must_end)) - datetime.fromisoformat(forecast.as_of)).total_seconds()
    assert forecast.required_rate == pytest.approx(30 * GIB / left)
    # The line has given more than is supposed of it.
    (source,) = (one for one in forecast.capacities if one.resource == "source")
    assert (source.origin, source.usable) == (Origin.MEASURED, forecast.observed_rate)


def test_every_reason_has_its_words_in_both_languages() -> None:
    used = set(re.findall(r'"(why\.[a-z-]+)"', inspect.getsource(verdict)))
    for lang in ("en", "fr"):
        assert {key for key in phrases(lang) if key.startswith("why.")} == used
