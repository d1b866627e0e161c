"""Converts between work seconds and wall-clock time: closed windows give no work, and a congested cloud gives less.

The forecast computes in work seconds from `as_of`; only this module converts them to times.
"""

from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import inf, sqrt
from typing import NamedTuple

from migrate.forecast.default_estimates import LATE_LOSS, LATE_SHARE
from migrate.policy.windows import Windows, both_open_at

EXACT_S = 2 * 365 * 86400.0
"""Windows are followed to the minute for two years; beyond that their average counts."""
FARTHEST_S = 10 * 365 * 86400.0


class Congestion(NamedTuple):
    """Speed lost because other tenants leave too: growing evenly from `begins` to `ends`, then constant.

    Both in seconds from `as_of`.
    """

    begins: float = inf
    ends: float = inf

    @classmethod
    def before(cls, deadline: datetime | None, first: datetime, as_of: datetime) -> "Congestion":
        """The congestion before a deadline. `first`: the time of the first forecast, which fixes its start."""
        if deadline is None or deadline <= first:
            return cls()
        ends = (deadline - as_of).total_seconds()
        return cls(ends - (deadline - first).total_seconds() * LATE_SHARE, ends)

    def worth(self, at: float) -> float:
        """Seconds at full speed that fit between the origin and `at`."""
        into = at - self.begins
        if into <= 0:
            return at
        ramp = self.ends - self.begins
        return at - LATE_LOSS * (into * into / (2 * ramp) if into <= ramp else into - ramp / 2)

    def when(self, worth: float) -> float:
        """The inverse of `worth`."""
        if worth <= self.begins:
            return worth
        ramp, at_end = self.ends - self.begins, self.worth(self.ends)
        if worth > at_end:
            return self.ends + (worth - at_end) / (1 - LATE_LOSS)
        return self.begins + ramp / LATE_LOSS * (1 - sqrt(1 - 2 * LATE_LOSS * (worth - self.begins) / ramp))


@dataclass
class Calendar:
    """The calendar from `as_of` on. Open windows are computed on demand."""

    as_of: datetime
    windows: Windows = field(default_factory=Windows)
    congestion: Congestion = field(default_factory=Congestion)
    _begins: list[float] = field(default_factory=list, init=False)
    _ends: list[float] = field(default_factory=list, init=False)
    _done: list[float] = field(default_factory=list, init=False)

    def __post_init__(self) -> None:
        """Prepares the lists of open spans: start and end on the wall clock, and the work done at their end."""
        self.as_of = self.as_of.astimezone(UTC)
        self._at, self._is_open = 0.0, self.windows.is_open(self.as_of)

    def work_until(self, moment: datetime) -> float:
        """Work seconds from `as_of` to `moment`; 0 for past times."""
        wall = (moment - self.as_of).total_seconds()
        if wall <= 0:
            return 0.0
        self._follow(lambda: self._at >= wall)
        index = bisect_left(self._ends, wall)
        before = self._done[index - 1] if index else 0.0
        if index == len(self._ends):
            return before + max(0.0, wall - EXACT_S) * self._mean()
        return before + self._worth(self._begins[index], max(wall, self._begins[index]))

    def wall_s(self, work: float) -> float | None:
        """Wall-clock seconds from `as_of` until this much work is done; None if that takes more than ten years."""
        if work <= 0:
            return 0.0
        self._follow(lambda: self._total() >= work)
        index = bisect_left(self._done, work)
        if index == len(self._done):
            wall = EXACT_S + (work - self._total()) / self._mean()
            return wall if wall <= FARTHEST_S else None
        begins, before = self._begins[index], self._done[index - 1] if index else 0.0
        return self.congestion.when(self.congestion.worth(begins) + work - before)

    def moment(self, work: float) -> datetime | None:
        wall = self.wall_s(work)
        return None if wall is None else self.as_of + timedelta(seconds=wall)

    def work_when_open(self, windows: Windows, work: float) -> float:
        """Work seconds, at least `work`, at which these windows are open while work goes on.

        What does not come within ten years counts as just after these.
        """
        wall, until = self.wall_s(work), self.as_of + timedelta(seconds=FARTHEST_S)
        now = until if wall is None else self.as_of + timedelta(seconds=wall)
        return max(work, self.work_until(both_open_at(self.windows, windows, now, until) or until))

    def _worth(self, since: float, until: float) -> float:
        return self.congestion.worth(until) - self.congestion.worth(since)

    def _total(self) -> float:
        return self._done[-1] if self._done else 0.0

    def _follow(self, is_enough: Callable[[], bool]) -> None:
        """Extends the open spans until `is_enough`, or for two years."""
        while self._at < EXACT_S and not is_enough():
            now = self.as_of + timedelta(seconds=self._at)
            change = self.windows.next_change(now)
            until = min((change - self.as_of).total_seconds(), EXACT_S) if change else EXACT_S
            if self._is_open:
                done = self._total() + self._worth(self._at, until)
                self._begins.append(self._at)
                self._ends.append(until)
                self._done.append(done)
            self._at, self._is_open = until, not self._is_open

    def _mean(self) -> float:
        return max(self._total() / EXACT_S, 1e-9)
