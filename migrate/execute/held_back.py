"""Reasons that hold back a ready step without a failure: closed time windows, and a cloud that refuses our login."""

from collections.abc import Callable
from dataclasses import dataclass, field

from migrate.execute.login_outages import REFUSED, Outages, why
from migrate.execute.open_windows import CLOSED, LOOK_AGAIN_S, Hours, shown
from migrate.model.steps import Plan
from migrate.monitor import log

Reason = tuple[str, dict[str, str]]
"""The reason why a step does not run, as in the ledger: a code and its facts."""

REASONS = frozenset({CLOSED, REFUSED})


@dataclass
class Waiting:
    """The waits of one run. Thread-safe.

    Args: tell: called once with each new reason.
    """

    plan: Plan
    hours: Hours
    outages: Outages
    tell: Callable[[str, dict[str, str]], None]
    _told: set[str] = field(default_factory=set)

    def reason_for(self, sides: tuple[str, ...]) -> Reason | None:
        """The reason why a step that needs these clouds cannot start now, if any."""
        return self._closed() or self.refusal(sides)

    def refusal(self, sides: tuple[str, ...]) -> Reason | None:
        """The cloud that refuses our login, and why."""
        for side in sides:
            error = self.outages.error((side,))
            if error:
                identity = self.plan.source if side == "source" else self.plan.target
                return self.told_once(side, (REFUSED, {"cloud": identity.cloud, "why": why(error)}))
            self._told.discard(side)
        return None

    def pause_s(self, reason: Reason) -> float | None:
        """The seconds until the next check; None if the run does not wait for this."""
        return LOOK_AGAIN_S if reason[0] == REFUSED else self.hours.pause_s(self.hours.opens_at())

    def _closed(self) -> Reason | None:
        opens = self.hours.opens_at()
        if opens is None:
            self._told.discard(CLOSED)
            return None
        return self.told_once(CLOSED, (CLOSED, {"opens_at": shown(opens)}))

    def told_once(self, key: str, reason: Reason) -> Reason:
        """The reason, which `tell` and the log hear of once for each key."""
        if key not in self._told:
            self._told.add(key)
            log.warning("held code=%s facts=%s", *reason)
            self.tell(*reason)
        return reason
