"""Handles clouds that refuse our login during a run: their steps wait while the login is retried.

The people who could fix a cloud in its last weeks sleep at night. Ending the run at the first refusal would waste the
rest of the night; so it waits for hours, and says why.
"""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from migrate.clouds.ports import Cloud
from migrate.errors import AccessError, LoginRefused, Unreachable
from migrate.messages import codes
from migrate.monitor import log
from migrate.own_secrets import hidden

REFUSED = codes.WAITS_FOR_LOGIN
PATIENCE_S = 6 * 3600.0
_RELAPSE_S = 3600.0


def may_pass(error: AccessError) -> bool:
    """Whether the cloud may fix this itself: a refused login, an unreachable address, a certificate."""
    return isinstance(error, LoginRefused | Unreachable)


@dataclass
class _Outage:
    """The outage of one cloud. It is kept for a while after it ends (`over_at`), in case it returns."""

    error: AccessError
    since: float
    pause_s: float
    ask_at: float
    is_asking: bool = False
    over_at: float | None = None


class Outages:
    """Current outages by side. Thread-safe.

    Args:    clouds: by side.   patience_s: the maximum length of an outage.   first_s, most_s: the pause before the
             login is retried, doubled each time up to the maximum.
    """

    def __init__(
        self,
        clouds: Mapping[str, Cloud],
        *,
        patience_s: float = PATIENCE_S,
        first_s: float = 5.0,
        most_s: float = 300.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clouds, self._clock = clouds, clock
        self._patience_s, self._first_s, self._most_s = patience_s, first_s, most_s
        self._found: dict[str, _Outage] = {}
        self._lock = threading.Lock()

    def error(self, sides: Iterable[str]) -> AccessError | None:
        """The error of the first of these sides with an outage."""
        with self._lock:
            return next((self._found[side].error for side in sides if self._is_out(side)), None)

    def blame(self, sides: tuple[str, ...], error: Exception, *, believe: bool = True) -> bool:
        """Whether a failed login caused a step's failure; records the outage if so.

        Called by the step's worker. With `believe`, a service's complaint about the login is trusted; any other failure
        counts only if a new login fails as well.
        """
        refused = {side: found for side in sides if (found := self._refusal(side)) is not None}
        if believe and not refused and isinstance(error, LoginRefused):
            refused = dict.fromkeys(sides, error)
        for side, found in refused.items():
            self._begin(side, found)
        return bool(refused)

    def works(self, sides: Iterable[str]) -> None:
        """Ends outages for good after a step on these sides succeeded."""
        with self._lock:
            for side in sides:
                if side in self._found and not self._is_out(side):
                    del self._found[side]

    def tend(self) -> AccessError | None:
        """Retries due logins in the background. Returns the error of an outage that has lasted too long."""
        now = self._clock()
        with self._lock:
            for side, outage in self._found.items():
                if not self._is_out(side):
                    continue
                if now - outage.since >= self._patience_s:
                    return outage.error
                if now >= outage.ask_at and not outage.is_asking:
                    outage.is_asking = True
                    # A daemon, so that a stop does not wait for an unreachable address.
                    threading.Thread(target=self._ask, args=(side, outage), daemon=True, name=f"login-{side}").start()
        return None

    # ------------------------------------------------------------ internals

    def _is_out(self, side: str) -> bool:
        return side in self._found and self._found[side].over_at is None

    def _begin(self, side: str, error: AccessError) -> None:
        now = self._clock()
        with self._lock:
            before = self._found.get(side)
            if self._is_out(side):
                return
            if before is None or before.over_at is None or now - before.over_at > _RELAPSE_S:
                self._found[side] = _Outage(error, now, self._first_s, now + self._first_s)
            else:
                pause_s = min(2 * before.pause_s, self._most_s)
                self._found[side] = _Outage(error, before.since, pause_s, now + pause_s)
        log.warning("login refused side=%s code=%s", side, error.code)

    def _ask(self, side: str, outage: _Outage) -> None:
        error = self._refusal(side)
        with self._lock:
            outage.is_asking = False
            if error is None:
                outage.over_at = self._clock()
            else:
                outage.error = error
                outage.pause_s = min(2 * outage.pause_s, self._most_s)
                outage.ask_at = self._clock() + outage.pause_s
        log.warning("login asked side=%s works=%s", side, error is None)

    def _refusal(self, side: str) -> AccessError | None:
        """The error of a new login; None if it works, or there is no such cloud."""
        cloud = self._clouds.get(side)
        if cloud is None:
            return None
        try:
            cloud.identity()
        except AccessError as error:
            return error
        except Exception as error:  # any crash by a malformed answer: the login is not proved to work
            return Unreachable(codes.UNREACHABLE, url=side, reason=type(error).__name__)
        return None


def why(error: AccessError) -> str:
    """The cause as a fact: the code, and the library's name for it."""
    reason = error.facts.get("reason")
    return hidden(f"{error.code}, {reason}") if reason else error.code
