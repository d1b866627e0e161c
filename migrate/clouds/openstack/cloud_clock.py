"""The cloud's own time, by the `Date` of its answers: what it dates is compared with that, not with our clock."""

import time
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime


class CloudClock:
    """Safe from any thread. The steps of the machine's own clock do not matter between two answers."""

    def __init__(self) -> None:
        self._last: tuple[datetime, float] | None = None

    def heard(self, date: str | None) -> None:
        """An answer's `Date`; one that is none is passed over."""
        try:
            moment = parsedate_to_datetime(date or "").astimezone(UTC)
        except (ValueError, OverflowError):
            return
        if 2000 < moment.year < 9000:
            self._last = moment, time.monotonic()

    def now(self) -> str:
        """As `exact_now` has it, to the second below; empty where no answer has told."""
        if self._last is None:
            return ""
        moment, heard_s = self._last
        return (moment + timedelta(seconds=time.monotonic() - heard_s)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
