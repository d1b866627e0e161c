"""The verdict by itself: everything that keeps a forecast from being GREEN, one by one."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from migrate.forecast.bottlenecks import _least_known_origin
from migrate.forecast.forecast_records import ClassModel, Demand, Origin, Rate, Verdict
from migrate.forecast.verdict import Case, End, judge

NOW = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
DUE = NOW + 10 * DAY
RATE = Rate(value=1.0, origin=Origin.DEFAULT)
UNSURE = ClassModel(
    work_class="disk.capture", samples=3, calibrated=False, origin=Origin.MEASURED, fixed=RATE, used=RATE, q50=1, q90=2
)
TIGHT = Demand(date="2026-01-11T00:00:00Z", resource="source", demand_s=2, supply_s=1, origin=Origin.MEASURED)


def case(**changes: Any) -> Case:
    """In time, and nothing speaks against it."""
    good = Case(
        as_of=NOW,
        deadline=DUE,
        must_end=DUE,
        reading=1,
        evacuated=End(NOW + DAY, NOW + 2 * DAY),
        late=(),
        left_out=(),
        bottleneck=None,
        doubtful=(),
        gates=0,
        failed=0,
        stalled=None,
        blocks=0,
        is_part=False,
    )
    return good._replace(**changes)


def test_in_time_with_nothing_against_it_is_green() -> None:
    assert judge(case())[0] is Verdict.GREEN
    assert judge(case(gates=2))[0] is Verdict.GREEN, "an approval that is missing is for a person to give"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"failed": 1}, "why.failed"),
        ({"blocks": 1}, "why.blocks"),
        ({"stalled": NOW}, "why.stalled"),
        ({"doubtful": (UNSURE,)}, "why.uncalibrated"),
        ({"bottleneck": TIGHT}, "why.bottleneck"),
        ({"left_out": ("server:db",)}, "why.own-left-out"),
    ],
)
def test_what_speaks_against_it_makes_it_amber(change: dict[str, Any], why: str) -> None:
    verdict, reasons = judge(case(**change))
    assert verdict is Verdict.AMBER
    assert why in {reason.key for reason in reasons}


@pytest.mark.parametrize(
    ("end", "verdict"),
    [
        (End(DUE, DUE), Verdict.GREEN),
        (End(DUE, DUE + timedelta(seconds=1)), Verdict.AMBER),
        (End(DUE, None), Verdict.AMBER),
        (End(DUE + timedelta(seconds=1), DUE + DAY), Verdict.RED),
        (End(None, None), Verdict.RED),
    ],
)
def test_the_date_is_still_in_time_and_no_end_in_sight_is_not(end: End, verdict: Verdict) -> None:
    assert judge(case(evacuated=end))[0] is verdict


def test_a_sum_is_no_better_known_than_the_least_known_of_its_parts() -> None:
    assert _least_known_origin({Origin.MEASURED, Origin.DECLARED}) is Origin.DECLARED
    assert _least_known_origin({Origin.MEASURED, Origin.DECLARED, Origin.DEFAULT}) is Origin.DEFAULT
    assert _least_known_origin({Origin.MEASURED}) is Origin.MEASURED
