"""Time windows: what is read, when they are open, and what the clock changes do to them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrate.policy.windows import DAYS, Window, Windows, _edges, parse_window, parse_windows
from tests.examples import few_examples

PARIS = ZoneInfo("Europe/Paris")
# In Paris the clocks went forward on 2026-03-29 at 02:00 (01:00 UTC), back on 2026-10-25 at 03:00 (01:00 UTC).


def windows(*texts: str) -> Windows:
    return parse_windows(texts)


def paris(text: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS, fold=fold)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-10-05T19:59", False),  # a Monday
        ("2026-10-05T20:00", True),
        ("2026-10-06T05:59:59", True),
        ("2026-10-06T06:00", False),
        ("2026-10-09T23:00", True),  # Friday night
        ("2026-10-10T05:59", True),  # goes on into Saturday
        ("2026-10-10T20:00", False),
        ("2026-10-11T20:00", False),
        ("2026-10-05T05:00", False),  # Monday morning belongs to Sunday night
    ],
)
def test_nights_go_on_into_the_next_day(moment: str, is_open: bool) -> None:
    assert windows("mon-fri 20:00-06:00 Europe/Paris").is_open(paris(moment)) is is_open


def test_whole_days_and_several_windows() -> None:
    both = windows("sat,sun Europe/Paris", "mon-fri 20:00-06:00 Europe/Paris")
    assert both.is_open(paris("2026-10-10T12:00"))
    # From Friday evening to Monday morning without a break: Sunday is open to midnight, Monday's night begins at 20:00.
    assert both.next_change(paris("2026-10-09T21:00")) == paris("2026-10-12T00:00")
    assert both.opens_at(paris("2026-10-12T00:00")) == paris("2026-10-12T20:00")


def test_no_windows_are_always_open() -> None:
    assert Windows().is_open(utc("2026-01-01"))
    assert Windows().next_change(utc("2026-01-01")) is None
    assert Windows().opens_at(utc("2026-01-01")) is None


def test_windows_that_never_close() -> None:
    assert windows("daily UTC").next_change(utc("2026-01-01")) is None
    assert windows("daily 00:00-12:00 UTC", "daily 12:00-24:00 UTC").next_change(utc("2026-01-01")) is None


def test_windows_are_followed_for_two_years_in_no_time() -> None:
    """By how many days are looked at: a change that is near asks for none that is far."""
    both = windows("mon-fri 20:00-06:00 Europe/Paris", "sat,sun 01:30-04:10 Pacific/Apia")
    asked: list[int] = []
    now = utc("2026-01-01")
    before = _edges.cache_info().misses
    for _ in range(365):
        change = both.next_change(now)
        assert change and change > now
        now = change
        asked.append(_edges.cache_info().misses - before)
    # Each day of each window once, and no more than the days that passed and a few beyond.
    assert asked[0] <= 2 * 7 and asked[-1] <= 2 * ((now - utc("2026-01-01")).days + 8)


def test_the_zone_decides() -> None:
    here, there = windows("daily 20:00-22:00 Europe/Paris"), windows("daily 20:00-22:00 America/New_York")
    assert here.opens_at(utc("2026-01-05T12:00")) == utc("2026-01-05T19:00")
    assert there.opens_at(utc("2026-01-05T12:00")) == utc("2026-01-06T01:00")
    told = there.opens_at(utc("2026-01-05T12:00"))
    assert told and told.isoformat(timespec="minutes") == "2026-01-05T20:00-05:00"


def test_a_start_that_the_clocks_skip_opens_at_the_jump() -> None:
    night = windows("sun 02:30-05:00 Europe/Paris")
    assert night.opens_at(paris("2026-03-29T01:00")) == utc("2026-03-29T01:00")
    assert not night.is_open(utc("2026-03-29T00:59"))
    assert night.is_open(utc("2026-03-29T01:00"))
    assert night.next_change(utc("2026-03-29T01:00")) == utc("2026-03-29T03:00")


def test_an_end_that_the_clocks_skip_closes_at_the_jump() -> None:
    night = windows("sat 22:00-02:30 Europe/Paris")
    assert night.next_change(paris("2026-03-28T23:00")) == utc("2026-03-29T01:00")


def test_a_window_that_the_clocks_skip_whole_opens_a_week_later() -> None:
    night = windows("sun 02:10-02:50 Europe/Paris")
    assert night.opens_at(paris("2026-03-29T00:00")) == paris("2026-04-05T02:10")


def test_an_hour_that_comes_twice_is_in_the_window_both_times() -> None:
    night = windows("sat 22:00-02:30 Europe/Paris")
    assert night.next_change(paris("2026-10-24T23:00")) == utc("2026-10-25T00:30")
    again = night.opens_at(paris("2026-10-25T02:30"))
    # Compared in UTC: Python calls no two times of different zones equal where one is of the doubled hour.
    assert again and again.astimezone(UTC) == utc("2026-10-25T01:00")
    assert again.isoformat(timespec="minutes") == "2026-10-25T02:00+01:00"
    assert night.next_change(utc("2026-10-25T01:00")) == utc("2026-10-25T01:30")


def test_the_night_of_the_change_is_an_hour_longer_or_shorter() -> None:
    night = windows("daily 20:00-06:00 Europe/Paris")
    for day, hours in (("2026-03-28", 9), ("2026-10-24", 11), ("2026-06-01", 10)):
        start = paris(f"{day}T20:00").astimezone(UTC)
        closes = night.next_change(start)
        assert closes and closes - start == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("daily UTC", range(7)),
        ("mon UTC", [0]),
        ("Mon-Fri UTC", range(5)),
        ("fri-mon UTC", [4, 5, 6, 0]),
        ("mon,wed-thu UTC", [0, 2, 3]),
    ],
)
def test_days(text: str, days: list[int]) -> None:
    window = parse_window(text)
    assert isinstance(window, Window)
    assert (window.days, window.start, window.end) == (frozenset(days), 0, 1440)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "must be days"),
        ("daily", "must be days"),
        ("mon 20:00 - 06:00 UTC", "must be days"),
        ("daily 20:00-06:00", "no time zone"),
        ("lundi UTC", "lundi is no day"),
        ("mon- UTC", "mon- is no day"),
        ("mon, UTC", "mon, is no day"),
        ("mon 8-10 UTC", "8-10 are no hours"),
        ("mon 25:00-06:00 UTC", "no time of a day"),
        ("mon 20:00-24:01 UTC", "no time of a day"),
        ("mon 20:60-22:00 UTC", "no time of a day"),
        ("mon 24:00-06:00 UTC", "no time of a day"),
        ("mon 20:00-20:00 UTC", "begins when it ends"),
        ("mon 00:00-00:00x UTC", "are no hours"),
        ("mon Europe/Pariss", "did you mean Europe/Paris?"),
        ("mon ../../etc/passwd", "is no time zone"),
        ("mon Europe", "is no time zone"),
    ],
)
def test_what_is_wrong_is_told(text: str, told: str) -> None:
    problem = parse_window(text)
    assert isinstance(problem, str) and told in problem
    with pytest.raises(ValueError, match=r"."):
        parse_windows([text])


def test_everything_that_is_wrong_is_told_at_once() -> None:
    problem = parse_window("lundi 99:00-06:00 Nowhere/X")
    assert isinstance(problem, str)
    assert all(part in problem for part in ("lundi", "99:00-06:00", "Nowhere/X"))


TEXTS = st.builds(
    "{}-{} {:02}:{:02}-{:02}:{:02} {}".format,
    st.sampled_from(DAYS),
    st.sampled_from(DAYS),
    st.integers(0, 23),
    st.integers(0, 59),
    st.integers(0, 23),
    st.integers(0, 59),
    st.sampled_from(["Europe/Paris", "UTC", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]),
)


@few_examples(20)
@given(
    texts=st.lists(TEXTS.filter(lambda text: isinstance(parse_window(text), Window)), min_size=1, max_size=3),
    start=st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)),
)
def test_the_next_change_is_the_first_minute_that_differs(texts: list[str], start: datetime) -> None:
    """Held against the simplest thing that could be right: looking at every minute."""
    now = start.replace(second=0, microsecond=0, tzinfo=UTC)
    found, state = windows(*texts), windows(*texts).is_open(now)
    change = found.next_change(now)
    minutes = int((change - now) / timedelta(minutes=1)) if change else 0
    looked_at = min(minutes, 2 * 24 * 60) if change else 2 * 24 * 60
    assert all(found.is_open(now + timedelta(minutes=ahead)) is state for ahead in range(looked_at))
    if change:
        assert found.is_open(change) is not state
