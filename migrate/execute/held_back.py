"""What holds a ready step back without being a failure: closed time windows, and a cloud that refuses our login."""

from collections.abc import Callable
from dataclasses import dataclass, field

from migrate.execute.login_outages import REFUSED, Outages, why
from migrate.execute.open_windows import CLOSED, LOOK_S, Hours, shown
from migrate.model.steps import Plan
from migrate.monitor import log

Reason = tuple[str, dict[str, str]]
"""Why a step does not run, as the ledger keeps it: a code and its facts."""

REASONS = frozenset({CLOSED, REFUSED})
_LOOK_AT_LOGIN_S = 0.2


@dataclass
class Waiting:
    """Of one run. Safe from any thread.

    Args: tell: hears of each reason once, when it comes up.
    """

    plan: Plan
    hours: Hours
    outages: Outages
    tell: Callable[[str, dict[str, str]], None]
    _told: set[str] = field(default_factory=set)

    def reason_for(self, sides: tuple[str, ...]) -> Reason | None:
        """Why a step that needs these clouds may not begin now."""
        return self._closed() or self.refusal(sides)

    def refusal(self, sides: tuple[str, ...]) -> Reason | None:
        """Which of the clouds refuses our login, and why."""
        for side in sides:
            error = self.outages.error((side,))
            if error:
                identity = self.plan.source if side == "source" else self.plan.target
                return self._told_once(side, (REFUSED, {"cloud": identity.cloud, "why": why(error)}))
            self._told.discard(side)
        return None

    def pause_s(self, reason: Reason) -> float | None:
        """How long until it is worth looking again; None when the run does not stay for it."""
        if reason[0] == REFUSED:
            return _LOOK_AT_LOGIN_S
        opens = self.hours.opens_at()
        if not self.hours.stays:
            return None
        return min(self.hours.seconds_to(opens), LOOK_S) if opens else _LOOK_AT_LOGIN_S

    def _closed(self) -> Reason | None:
        opens = self.hours.opens_at()
        if opens is None:
            self._told.discard(CLOSED)
            return None
        return self._told_once(CLOSED, (CLOSED, {"opens_at": shown(opens)}))

    def _told_once(self, key: str, reason: Reason) -> Reason:
        if key not in self._told:
            self._told.add(key)
            log.warning("held code=%s facts=%s", *reason)
            self.tell(*reason)
        return reason
