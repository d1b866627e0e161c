"""When this run may work: the policy's time windows, as the runner and all content meet them.

Outside of them no step is begun and no content moves. What a step in hand asks besides (whether a volume is there yet,
to record a result, to remove a temporary of its own) goes on: it is little, and half a thing is worse than none.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from migrate.errors import WindowClosed
from migrate.messages import codes
from migrate.monitor import StopFlag
from migrate.policy.windows import Windows

CLOSED = codes.WAITS_FOR_WINDOW
LOOK_S = 10.0
"""How often the clock on the wall is looked at while the windows are closed: it may be set, and a machine may sleep."""


def _utc() -> datetime:
    return datetime.now(UTC)


@dataclass
class Hours:
    """The windows of one run. Safe from any thread.

    Args:    stop: ends a wait.   stays: a run outside the windows waits for them, else it ends.
    """

    windows: Windows = field(default_factory=Windows)
    stop: StopFlag = field(default_factory=StopFlag)
    stays: bool = True
    now: Callable[[], datetime] = _utc
    _seen_closed: datetime | None = None

    def opens_at(self) -> datetime | None:
        """When the windows open, in the zone of the one that does; None while they are open."""
        return self.windows.opens_at(self.now())

    def gate(self) -> None:
        """Returns once content may move. Raises Cancelled: stopped.  WindowClosed: the run does not stay for it."""
        while (opens := self.opens_at()) is not None:
            self._seen_closed = self.now()
            if not self.stays:
                raise WindowClosed(CLOSED, opens_at=shown(opens))
            self.stop.check()
            self.stop.wait(min(self.seconds_to(opens), LOOK_S))

    def seconds_to(self, moment: datetime) -> float:
        """Never less than a moment, lest a wait for it be none at all."""
        return max(0.1, (moment - self.now()).total_seconds())

    def held_since(self, moment: datetime) -> bool:
        """Content was held by a closed window since then: whatever waited on a connection meanwhile may have broken."""
        return self._seen_closed is not None and self._seen_closed >= moment


def shown(moment: datetime) -> str:
    """To the minute, with its offset."""
    return moment.isoformat(timespec="minutes")
