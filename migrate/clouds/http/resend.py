"""Retry rules for requests, shared by both HTTP layers: which are sent again, how often, and when."""

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
"""How often a single request may be rate-limited before its caller gets the error."""


@dataclass(frozen=True)
class RetryPolicy:
    """How often and how long a safe request is retried; tests replace `sleep`."""

    attempts: int = 5
    base_s: float = 0.5
    ceiling_s: float = 30.0
    sleep: Callable[[float], None] = time.sleep

    def wait_s(self, attempt: int, retry_after_s: float | None) -> float:
        """The wait before a retry: the server's Retry-After, else exponential with full jitter; capped."""
        if retry_after_s is not None:
            return min(retry_after_s, self.ceiling_s)
        return random.uniform(0, min(self.base_s * 2.0**attempt, self.ceiling_s))


@dataclass
class Tries:
    """The attempts of one request.

    Requests that may have had an effect are retried only if `is_safe`. Rate-limited requests had none and are always
    retried.

    Args:    most: the maximum number of attempts of a safe request, not counting rate-limited ones.
    """

    policy: RetryPolicy
    is_safe: bool
    most: int
    _attempts: int = field(init=False, default=0)
    _refusals: int = field(init=False, default=0)

    def after(self, status: int, retry_after_s: float | None) -> float | None:
        """Seconds to wait before another attempt; None for none, after success, a permanent error or too many attempts.

        0 if the pacer already pauses the service: it waits before the next attempt.
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
        """Like `after`, for a request without an answer."""
        return self.policy.wait_s(self._attempts, None) if self._another() else None

    @property
    def count(self) -> int:
        return self._attempts + self._refusals

    def _another(self) -> bool:
        self._attempts += 1
        return self.is_safe and self._attempts < self.most


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """The seconds in a Retry-After header; None if it is missing, a date or invalid."""
    text = headers.get("retry-after") or headers.get("Retry-After") or ""
    return float(text) if _SECONDS.fullmatch(text) else None


def is_passing(status: int, asked_s: float | None) -> bool:
    """Whether the answer is transient."""
    return status in TRANSIENT_STATUSES or is_refused(status, asked_s)
