"""Time windows for work, as written in the policy.

    mon-fri 20:00-06:00 Europe/Paris
    sat,sun Europe/Paris
    daily 22:00-05:00 UTC

A window is open while the wall clock of its time zone shows a time within it. Its days are those on which it begins; if
its end is not after its start, it continues into the next day. So a window whose start is skipped by a clock change
opens at the jump, and an hour that occurs twice is open both times. Minutes are the smallest unit.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, available_timezones

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAILY = "daily"
_HOURS = re.compile(r"(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})", re.ASCII)
_DAY_MINUTES = 24 * 60
# A window opens at least once a week; two weeks cover one whose only hour is skipped by a clock change.
_HORIZON_DAYS = 15
# The maximum difference between the start of a day in two time zones, including clock changes and skipped days.
_DAYS_APART = 2
_SHAPE = "must be days, hours and a time zone, such as `mon-fri 20:00-06:00 Europe/Paris` or `sat,sun Europe/Paris`"


@dataclass(frozen=True)
class Window:
    """One window: `days` (0 is Monday) on which it begins; `start`, `end` in minutes of the day, `end` 1 to 1440."""

    days: frozenset[int]
    start: int
    end: int
    zone: ZoneInfo

    def is_open(self, now: datetime) -> bool:
        """Whether the wall clock shows a time in the window. `now` has a time zone."""
        wall = now.astimezone(self.zone)
        minute, today = wall.hour * 60 + wall.minute, wall.weekday()
        if self.end > self.start:
            return today in self.days and self.start <= minute < self.end
        yesterday = (today - 1) % 7
        return (today in self.days and minute >= self.start) or (yesterday in self.days and minute < self.end)

    def edges(self, now: datetime, ahead: int) -> tuple[datetime, ...]:
        """Times within a day when the window may open or close. `ahead`: days after that of `now`."""
        today = now.astimezone(self.zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
        return _edges(self, today + timedelta(days=ahead))

    def edges_after(self, midnight: datetime) -> Iterator[datetime]:
        """The same for the day that begins at this local midnight."""
        for minute in (self.start, self.end):
            for fold in (0, 1):
                wall = midnight + timedelta(minutes=minute)
                yield wall.replace(tzinfo=self.zone, fold=fold).astimezone(UTC)
        yield from self._jump(midnight)

    def _jump(self, midnight: datetime) -> Iterator[datetime]:
        """Clock changes between this midnight and the next, to the minute."""
        low = midnight.replace(tzinfo=self.zone).astimezone(UTC)
        high = (midnight + timedelta(days=1)).replace(tzinfo=self.zone).astimezone(UTC)
        before = self._offset(low)
        if self._offset(high) == before:
            return
        while high - low > timedelta(minutes=1):
            middle = low + timedelta(minutes=int((high - low) / timedelta(minutes=2)))
            low, high = (middle, high) if self._offset(middle) == before else (low, middle)
        yield high

    def _offset(self, moment: datetime) -> timedelta | None:
        return moment.astimezone(self.zone).utcoffset()


@lru_cache(maxsize=10_000)
def _edges(window: Window, midnight: datetime) -> tuple[datetime, ...]:
    """Cached edges: following windows for years needs each day many times."""
    return tuple(window.edges_after(midnight))


@dataclass(frozen=True)
class Windows:
    """Several windows: open while any of them is; without windows, always open."""

    windows: tuple[Window, ...] = ()

    def is_open(self, now: datetime) -> bool:
        return not self.windows or any(window.is_open(now) for window in self.windows)

    def next_change(self, now: datetime) -> datetime | None:
        """The next opening or closing after `now`, in UTC; None if there is none."""
        now, state = now.astimezone(UTC), self.is_open(now)
        waiting: set[datetime] = set()
        for ahead in range(-1, _HORIZON_DAYS):
            waiting.update(edge for window in self.windows for edge in window.edges(now, ahead) if edge > now)
            # Days begin at different times in different zones: edges still to come are after this.
            known = now + timedelta(days=ahead - _DAYS_APART) if ahead < _HORIZON_DAYS - 1 else None
            for edge in sorted(edge for edge in waiting if known is None or edge <= known):
                if self.is_open(edge) is not state:
                    return edge
                waiting.discard(edge)
        return None

    def opens_at(self, now: datetime) -> datetime | None:
        """The next opening, in that window's time zone; None while one is open."""
        opening = None if self.is_open(now) else self.next_change(now)
        if opening is None:
            return None
        return opening.astimezone(next(window.zone for window in self.windows if window.is_open(opening)))


def both_open_at(one: Windows, other: Windows, now: datetime, until: datetime) -> datetime | None:
    """The first moment from `now` on at which both are open; None where there is none before `until`."""
    while now < until:
        opens = one.opens_at(now) or other.opens_at(now)
        if opens is None:
            return now
        now = opens
    return None


def parse_windows(texts: Iterable[str]) -> Windows:
    """The windows of a valid policy. Raises ValueError for an invalid window."""
    found = [parse_window(text) for text in texts]
    for one in found:
        if isinstance(one, str):
            raise ValueError(one)
    return Windows(tuple(window for window in found if isinstance(window, Window)))


def parsed_windows(texts: Iterable[str]) -> Windows | None:
    """The same of a policy that is still being read; None if one is wrong."""
    found = [parse_window(text) for text in texts]
    return None if any(isinstance(one, str) for one in found) else parse_windows(texts)


def parse_window(text: str) -> Window | str:
    """The window in `text`, or all its mistakes in one sentence."""
    words = text.split()
    if len(words) == 2 and _HOURS.fullmatch(words[1]):
        return "has no time zone: add one, such as Europe/Paris or UTC"
    if len(words) not in {2, 3}:
        return _SHAPE
    days, hours, zone = _days(words[0]), _hours(words[1] if len(words) == 3 else "00:00-24:00"), parse_zone(words[-1])
    if isinstance(days, str) or isinstance(hours, str) or isinstance(zone, str):
        return "; ".join(one for one in (days, hours, zone) if isinstance(one, str))
    return Window(days, *hours, zone)


def _days(text: str) -> frozenset[int] | str:
    """The days in a text: `daily`, or days and ranges separated by commas; a range may include Sunday to Monday."""
    if text.lower() == _DAILY:
        return frozenset(range(7))
    found: set[int] = set()
    for part in text.lower().split(","):
        first, dash, last = part.partition("-")
        if first not in DAYS or (dash and last not in DAYS):
            return f"{part or text} is no day: use {', '.join(DAYS)}, a span such as mon-fri, or {_DAILY}"
        begin = DAYS.index(first)
        found.update((begin + step) % 7 for step in range((DAYS.index(last or first) - begin) % 7 + 1))
    return frozenset(found)


def _hours(text: str) -> tuple[int, int] | str:
    found = _HOURS.fullmatch(text)
    if not found:
        return f"{text} are no hours: write them as 20:00-06:00"
    hour, minute, end_hour, end_minute = (int(group) for group in found.groups())
    start, end = hour * 60 + minute, (end_hour * 60 + end_minute) or _DAY_MINUTES
    if max(minute, end_minute) > 59 or start >= _DAY_MINUTES or end > _DAY_MINUTES:
        return f"{text} is no time of a day: hours go from 00:00 to 24:00"
    if start == end:
        return f"{text} begins when it ends: leave the hours out for whole days"
    return start, end


@cache
def _zones() -> frozenset[str]:
    """The names of all time zones here; finding them reads hundreds of files."""
    return frozenset(available_timezones())


def parse_zone(text: str) -> ZoneInfo | str:
    """The time zone of this name, or the mistake."""
    known = _zones()
    if text in known:
        return ZoneInfo(text)
    near = get_close_matches(text, sorted(known), n=1)
    hint = f", did you mean {near[0]}?" if near else ": use one such as Europe/Paris or UTC"
    return f"{text} is no time zone{hint}"
