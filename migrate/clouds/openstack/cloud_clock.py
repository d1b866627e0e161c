"""The cloud's own time, from the `Date` of its answers, for comparison with its timestamps."""

import time
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime


class CloudClock:
    """The cloud's clock. Thread-safe; adjustments of the machine's own clock do not affect it."""

    def __init__(self) -> None:
        self._last: tuple[datetime, float] | None = None

    def heard(self, date: str | None) -> None:
        """Records the `Date` of an answer; ignores an invalid one."""
        try:
            moment = parsedate_to_datetime(date or "").astimezone(UTC)
        except (ValueError, OverflowError):
            return
        if 2000 < moment.year < 9000:
            self._last = moment, time.monotonic()

    def now(self) -> str:
        """The cloud's current time in the format of `exact_now`, rounded down to the second; empty before the first
        answer.
        """
        if self._last is None:
            return ""
        moment, heard_s = self._last
        return (moment + timedelta(seconds=time.monotonic() - heard_s)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
