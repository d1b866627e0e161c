"""What goes wrong at an old cloud, switched at run time. Chance is seeded: the same requests meet the same faults."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

READING = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass
class _Wanted:
    lost_answers: float = 0.0
    slow_bytes_per_s: float = 0.0
    login_status: int = 503


_MEANT: dict[str, Callable[[float], bool]] = {
    "reject_tokens_s": lambda value: value >= 0,
    "lost_answers": lambda value: 0 <= value <= 1,
    "slow_bytes_per_s": lambda value: value >= 0,
    "login_status": lambda value: value in {401, 503},
}


class Faults:
    """Asked by all threads.

    reject_tokens_s:   for so long every token is refused (401) and there is no login. The tokens of before are refused
                       for ever: their holders must log in again.
    login_status:      how a login is refused meanwhile: 503, as without its database, or 401.
    lost_answers:      share of the changing calls that are done and answered with 504.
    slow_bytes_per_s:  rate of all bodies together, in both directions; 0 for no limit.
    """

    def __init__(self, seed: int) -> None:
        self._lock = threading.Lock()
        self._chance = random.Random(seed)
        self._wanted = _Wanted()
        self._dark_until = self._line_free_at = 0.0
        self._issued: dict[str, float] = {}
        self._counts = {"rejected": 0, "refused_logins": 0, "lost": 0}

    def set(self, wanted: dict[str, Any]) -> None:
        """Changes what is named, and leaves the rest. Raises ValueError, and then changes nothing."""
        for key, value in wanted.items():
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            if key not in _MEANT or not is_number or not _MEANT[key](value):
                raise ValueError(f"{key}: {value!r}")
        with self._lock:
            if "reject_tokens_s" in wanted:
                self._dark_until = time.time() + wanted["reject_tokens_s"]
            self._wanted.lost_answers = wanted.get("lost_answers", self._wanted.lost_answers)
            self._wanted.slow_bytes_per_s = wanted.get("slow_bytes_per_s", self._wanted.slow_bytes_per_s)
            self._wanted.login_status = int(wanted.get("login_status", self._wanted.login_status))

    def told(self) -> dict[str, Any]:
        """What is set, and how often it has struck."""
        with self._lock:
            return {
                "reject_tokens_s": max(0.0, self._dark_until - time.time()),
                "lost_answers": self._wanted.lost_answers,
                "slow_bytes_per_s": self._wanted.slow_bytes_per_s,
                "login_status": self._wanted.login_status,
                **self._counts,
            }

    def issued(self, token: str) -> None:
        with self._lock:
            self._issued[token] = time.time()

    def refuses_login(self) -> int | None:
        """The status of the refusal, None for none."""
        with self._lock:
            is_dark = time.time() < self._dark_until
            self._counts["refused_logins"] += is_dark
            return self._wanted.login_status if is_dark else None

    def rejects(self, token: str) -> bool:
        with self._lock:
            is_rejected = self._issued.get(token, 0.0) < self._dark_until
            self._counts["rejected"] += is_rejected
            return is_rejected

    def loses(self, method: str, status: int) -> bool:
        """Whether the answer to a call that was done goes astray."""
        if method in READING or status >= 400:
            return False
        with self._lock:
            is_lost = self._chance.random() < self._wanted.lost_answers
            self._counts["lost"] += is_lost
            return is_lost

    def pass_bytes(self, count: int) -> None:
        """Returns when the line has taken so many bytes."""
        with self._lock:
            rate = self._wanted.slow_bytes_per_s
            if not rate:
                return
            now = time.monotonic()
            self._line_free_at = max(now, self._line_free_at) + count / rate
            wait_s = self._line_free_at - now
        time.sleep(wait_s)
