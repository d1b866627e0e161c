"""Retries an interrupted body, the only retry that a port cannot do itself."""

from collections.abc import Callable
from typing import TypeVar

import tenacity
from tenacity.wait import wait_base

from migrate.errors import TransientError
from migrate.monitor import StopFlag, log

T = TypeVar("T")

ATTEMPTS = 5
WAIT: wait_base = tenacity.wait_exponential(multiplier=0.5, max=30) + tenacity.wait_random(0, 1)
"""The wait between attempts if the server requests none. Tests use `tenacity.wait_none()`."""


class _AsAsked(wait_base):
    """Waits as long as the server requested, or else `usual`."""

    def __init__(self, usual: wait_base) -> None:
        self._usual = usual

    def __call__(self, retry_state: tenacity.RetryCallState) -> float:
        error = retry_state.outcome.exception() if retry_state.outcome else None
        asked = error.retry_after_s if isinstance(error, TransientError) else None
        return self._usual(retry_state) if asked is None else asked


def with_retries(call: Callable[[], T], *, what: str, stop: StopFlag, wait: wait_base = WAIT) -> T:
    """Calls until no TransientError is raised, at most ATTEMPTS times; raises the last error.

    Raises: Cancelled: the operator stopped the run during a wait.
    """
    try:
        return call()  # mostly a single call: the machinery below would cost as much as copying a small object
    except TransientError as error:
        failed = [error]

    def again() -> T:
        if failed:
            raise failed.pop()
        return call()

    def sleep(seconds: float) -> None:
        stop.wait(seconds)
        stop.check()

    def warn(state: tenacity.RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        wait_s = state.next_action.sleep if state.next_action else 0.0
        log.warning("retry what=%s attempt=%d wait_s=%.1f reason=%s", what, state.attempt_number, wait_s, error)

    return tenacity.Retrying(
        stop=tenacity.stop_after_attempt(ATTEMPTS),
        wait=_AsAsked(wait),
        retry=tenacity.retry_if_exception_type(TransientError),
        sleep=sleep,
        before_sleep=warn,
        reraise=True,
    )(again)
