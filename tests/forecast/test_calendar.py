"""Work seconds and the clock on the wall: windows, the clocks' own changes, and what is lost late."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from migrate.forecast.work_calendar import FARTHEST_S, Calendar, Congestion
from migrate.policy.windows import parse_windows
from tests.examples import few_examples

NOW = datetime(2020, 1, 1, tzinfo=UTC)
DAY = 86400.0
WINDOWS = st.sampled_from(
    [(), ("daily 20:00-06:00 Europe/Paris",), ("sat,sun UTC",), ("mon 2:00-3:00 Europe/Paris", "fri UTC")]
)
MOMENTS = st.integers(0, 400 * 86400).map(lambda s: NOW + timedelta(seconds=s))


def test_without_windows_a_second_is_a_second() -> None:
    calendar = Calendar(NOW)
    assert calendar.wall_s(12.5) == 12.5
    assert calendar.work_until(NOW + timedelta(days=5)) == 5 * DAY
    assert calendar.work_until(NOW - timedelta(days=5)) == 0


def test_a_closed_window_gives_nothing() -> None:
    calendar = Calendar(NOW, parse_windows(["daily 20:00-22:00 UTC"]))
    assert calendar.wall_s(3600) == 21 * 3600
    assert calendar.wall_s(2 * 3600) == 22 * 3600
    assert calendar.wall_s(3 * 3600) == DAY + 21 * 3600
    assert calendar.work_until(NOW + timedelta(days=10)) == 20 * 3600


def test_the_night_on_which_the_clocks_go_forward_is_an_hour_shorter() -> None:
    eve = datetime(2020, 3, 28, 12, tzinfo=UTC)
    calendar = Calendar(eve, parse_windows(["daily 1:00-5:00 Europe/Paris"]))
    assert calendar.work_until(eve + timedelta(days=1)) == 3 * 3600
    later = Calendar(eve + timedelta(days=1), parse_windows(["daily 1:00-5:00 Europe/Paris"]))
    assert later.work_until(eve + timedelta(days=2)) == 4 * 3600


def test_late_it_goes_more_and_more_slowly() -> None:
    deadline = NOW + timedelta(days=100)
    calendar = Calendar(NOW, congestion=Congestion.before(deadline, NOW, NOW))
    assert calendar.work_until(NOW + timedelta(days=70)) == 70 * DAY
    # Over the last 30 days the loss grows from nothing to a quarter: an eighth of them is lost.
    assert abs(calendar.work_until(deadline) - (100 - 30 / 8) * DAY) < 1e-3


def test_what_is_late_does_not_move_with_the_day() -> None:
    deadline, day = NOW + timedelta(days=100), NOW + timedelta(days=80)
    calendar = Calendar(day, congestion=Congestion.before(deadline, NOW, day))
    whole = Calendar(NOW, congestion=Congestion.before(deadline, NOW, NOW))
    assert abs(calendar.work_until(deadline) - (whole.work_until(deadline) - whole.work_until(day))) < 1e-3


def test_what_takes_longer_than_ten_years_has_no_end() -> None:
    calendar = Calendar(NOW, parse_windows(["mon 2:00-3:00 UTC"]))
    assert calendar.wall_s(FARTHEST_S) is None and calendar.moment(FARTHEST_S) is None
    three_years = calendar.wall_s(3 * 52 * 3600.0)
    assert three_years is not None and 2.9 * 365 * DAY < three_years < 3.1 * 365 * DAY


@few_examples(40)
@given(WINDOWS, MOMENTS, MOMENTS, st.floats(0, 300 * DAY))
def test_work_and_wall_are_inverses(windows: tuple[str, ...], as_of: datetime, deadline: datetime, work: float) -> None:
    calendar = Calendar(as_of, parse_windows(windows), Congestion.before(deadline, NOW, as_of))
    wall = calendar.wall_s(work)
    assert wall is None or abs(calendar.work_until(as_of + timedelta(seconds=wall)) - work) < 0.01 * max(
        1.0, work / DAY
    )


@few_examples(40)
@given(WINDOWS, MOMENTS, MOMENTS, st.floats(0, 30 * DAY), st.floats(0, 30 * DAY))
def test_more_work_never_ends_earlier(
    windows: tuple[str, ...], as_of: datetime, deadline: datetime, a: float, b: float
) -> None:
    calendar = Calendar(as_of, parse_windows(windows), Congestion.before(deadline, NOW, as_of))
    first, second = calendar.wall_s(min(a, b)), calendar.wall_s(max(a, b))
    assert second is None or (first is not None and first <= second + 1e-6)


def test_when_windows_of_a_wave_are_open_while_work_goes_on() -> None:
    """Work goes on by night, the wave may be stopped on Saturdays: the first moment of both, in work seconds."""
    monday = datetime(2026, 3, 2, 12, tzinfo=UTC)
    calendar = Calendar(monday, parse_windows(["daily 20:00-06:00 UTC"]))
    saturdays, nights = parse_windows(["sat UTC"]), 10 * 3600
    # Nights of Monday to Thursday whole, Friday's until midnight.
    assert calendar.work_when_open(saturdays, 0) == 4 * nights + 4 * 3600
    assert calendar.work_when_open(saturdays, 5 * nights) == 5 * nights
    # Saturday's 20:00 to 24:00 are over: a week later.
    late = 5 * nights + 4 * 3600
    assert calendar.work_when_open(saturdays, late + 1) == 11 * nights + 4 * 3600
    # Windows that never meet those of the policy.
    assert calendar.work_when_open(parse_windows(["sat 10:00-12:00 UTC"]), 0) > 3600 * 3600
