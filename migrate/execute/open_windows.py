"""The policy's time windows, for the runner and for all content.

Outside of them no step starts and no content moves. A running step's small requests (status, recording a result,
removing a temporary) continue, because half-finished work is worse.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache

from migrate.errors import WindowClosed
from migrate.messages import codes
from migrate.monitor import StopFlag
from migrate.policy.windows import Windows, parse_windows

CLOSED = codes.WAITS_FOR_WINDOW
LOOK_S = 10.0
"""How often the wall clock is checked while the windows are closed: it may be set, and a machine may sleep."""
LOOK_AGAIN_S = 0.2

parsed = cache(parse_windows)


def _utc() -> datetime:
    return datetime.now(UTC)


@dataclass
class Hours:
    """The windows of one run. Thread-safe.

    Args:    stop: ends a wait.   stays: whether the run waits for the next window or ends.
    """

    windows: Windows = field(default_factory=Windows)
    stop: StopFlag = field(default_factory=StopFlag)
    stays: bool = True
    now: Callable[[], datetime] = _utc
    _seen_closed: datetime | None = None

    def opens_at(self) -> datetime | None:
        """The next opening of a window, in that window's time zone; None while one is open."""
        return self.windows.opens_at(self.now())

    def opening_of(self, windows: tuple[str, ...]) -> datetime | None:
        """The same of other windows, as the policy writes them: those of a wave."""
        return parsed(windows).opens_at(self.now())

    def pause_s(self, opens: datetime | None) -> float | None:
        """How long until it is worth looking again; None where the run does not stay until then."""
        if not self.stays:
            return None
        return min(self.seconds_to(opens), LOOK_S) if opens else LOOK_AGAIN_S

    def gate(self) -> None:
        """Waits until content may move. Raises Cancelled: stopped.  WindowClosed: the run does not wait."""
        while (opens := self.opens_at()) is not None:
            self._seen_closed = self.now()
            if not self.stays:
                raise WindowClosed(CLOSED, opens_at=shown(opens))
            self.stop.check()
            self.stop.wait(min(self.seconds_to(opens), LOOK_S))

    def seconds_to(self, moment: datetime) -> float:
        """The seconds until then, but always a positive wait."""
        return max(0.1, (moment - self.now()).total_seconds())

    def held_since(self, moment: datetime) -> bool:
        """Whether a closed window has held content since then: idle connections may have broken."""
        return self._seen_closed is not None and self._seen_closed >= moment


def shown(moment: datetime) -> str:
    """A time to the minute, with its UTC offset."""
    return moment.isoformat(timespec="minutes")
