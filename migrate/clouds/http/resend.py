"""Which requests are sent again, how often, and when: the one rule of both HTTP layers."""

import random
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from migrate.clouds.http.pace import MOST_PAUSE_S, is_refused

TRANSIENT_STATUSES = frozenset({408, 429, 498, 500, 502, 503, 504, 507})
SAFE_METHODS = frozenset({"GET", "HEAD", "DELETE", "PUT"})
_SECONDS = re.compile("[0-9]{1,9}")
MOST_REFUSALS = 10
"""How often one request lets itself be refused for its rate, before its caller hears of it."""


@dataclass(frozen=True)
class RetryPolicy:
    """How often and how long a safe request is repeated; tests replace `sleep`."""

    attempts: int = 5
    base_s: float = 0.5
    ceiling_s: float = 30.0
    sleep: Callable[[float], None] = time.sleep

    def wait_s(self, attempt: int, retry_after_s: float | None) -> float:
        """What the server asked for, else exponential with full jitter; never above the ceiling."""
        if retry_after_s is not None:
            return min(retry_after_s, self.ceiling_s)
        return random.uniform(0, min(self.base_s * 2.0**attempt, self.ceiling_s))


@dataclass
class Tries:
    """The attempts of one request.

    What may have had an effect is repeated only where `is_safe`. What was refused for its rate had none, and is always.

    Args:    most: attempts of a safe request; a refusal is none.
    """

    policy: RetryPolicy
    is_safe: bool
    most: int
    _attempts: int = field(init=False, default=0)
    _refusals: int = field(init=False, default=0)

    def after(self, status: int, retry_after_s: float | None) -> float | None:
        """Seconds to wait after an answer before the next attempt, None for no other: good, wrong, or enough.

        0 where the service is left alone for a while anyway: the pacer waits before the next attempt.
        """
        if is_refused(status, retry_after_s):
            self._refusals += 1
            return None if self._refusals >= MOST_REFUSALS or (retry_after_s or 0) > MOST_PAUSE_S else 0.0
        if status == 503:
            return 0.0 if self._another() and (retry_after_s or 0) <= MOST_PAUSE_S else None
        if status in TRANSIENT_STATUSES and (retry_after_s or 0) <= self.policy.ceiling_s:
            return self.policy.wait_s(self._attempts, retry_after_s) if self._another() else None
        return None

    def after_silence(self) -> float | None:
        """The same after no answer at all."""
        return self.policy.wait_s(self._attempts, None) if self._another() else None

    @property
    def count(self) -> int:
        return self._attempts + self._refusals

    def _another(self) -> bool:
        self._attempts += 1
        return self.is_safe and self._attempts < self.most


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Seconds of a Retry-After header; dates and nonsense count as absent."""
    text = headers.get("retry-after") or headers.get("Retry-After") or ""
    return float(text) if _SECONDS.fullmatch(text) else None


def is_passing(status: int, asked_s: float | None) -> bool:
    """An answer that may be another one next time."""
    return status in TRANSIENT_STATUSES or is_refused(status, asked_s)
