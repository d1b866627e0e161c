"""A time axis: the position of a time in a chart, and the choice of ticks."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from migrate.messages.numbers import clock, short_day

_HOUR, _DAY = 3600, 86400
_MINUTES, _HOURS, _DAYS = (1, 5, 15, 30), (1, 3, 6, 12), (1, 2, 7, 14, 30, 91, 365, 3650)
_STEPS_S = (*(60 * n for n in _MINUTES), *(_HOUR * n for n in _HOURS), *(_DAY * n for n in _DAYS))
# Every offset from UTC is a multiple of this.
_QUARTER = 900


@dataclass(frozen=True)
class Axis:
    """The axis from `start` at `left` to `end` at `right`."""

    start: datetime
    end: datetime
    left: float
    right: float

    def x(self, at: datetime) -> float:
        """The position of a time, limited to the chart."""
        whole = (self.end - self.start).total_seconds()
        share = (at - self.start).total_seconds() / whole if whole > 0 else 0.0
        return self.left + (self.right - self.left) * min(max(share, 0.0), 1.0)

    def shows(self, at: datetime) -> bool:
        return self.start <= at <= self.end

    def ticks(self, zone: tzinfo, at_most: int, lang: str) -> Iterator[tuple[datetime, str]]:
        """Round wall-clock times with labels, at most `at_most`, or one more around a clock change."""
        whole = (self.end - self.start).total_seconds()
        step = next((step for step in _STEPS_S if whole / step <= at_most), _STEPS_S[-1])
        moments = self._days(zone, step // _DAY, at_most) if step >= _DAY else self._hours(zone, step)
        for at in moments:
            if self.shows(at):
                is_day = step >= _DAY or (at.hour, at.minute) == (0, 0)
                yield at, short_day(at, lang) if is_day else clock(at, lang)

    def _days(self, zone: tzinfo, days: int, at_most: int) -> Iterator[datetime]:
        first = self.start.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
        for number in range(at_most + 3):
            yield (first + timedelta(days=days * number)).replace(tzinfo=zone)

    def _hours(self, zone: tzinfo, step: int) -> Iterator[datetime]:
        """Times at which the wall clock shows a round time, including clock changes that skip or repeat an hour.

        Of a repeated hour only the first counts if ticks are further apart.
        """
        pitch = min(step, _QUARTER)
        at = self.start.timestamp() // pitch * pitch
        while at <= self.end.timestamp():
            local = datetime.fromtimestamp(at, UTC).astimezone(zone)
            if (local.hour * _HOUR + local.minute * 60) % step == 0 and not (local.fold and step > _HOUR):
                yield local
            at += pitch
