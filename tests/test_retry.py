"""Repeating what may pass: how often, and that a stop is heard in between."""

import pytest
import tenacity

from migrate.errors import Cancelled, Refused, TransientError
from migrate.messages import codes
from migrate.monitor import StopFlag
from migrate.retry import ATTEMPTS, with_retries


class Failing:
    """A call that fails so many times, and then gives `done`."""

    def __init__(self, times: int, error: Exception, stop: StopFlag | None = None) -> None:
        self.times, self.error, self.stop = times, error, stop
        self.calls = 0

    def __call__(self) -> str:
        self.calls += 1
        if self.calls > self.times:
            return "done"
        if self.stop:
            self.stop.set()
        raise self.error


def test_what_passes_is_tried_again_a_few_times() -> None:
    call = Failing(ATTEMPTS - 1, TransientError(codes.CLOUD_UNAVAILABLE, what="x"))
    assert with_retries(call, what="x", stop=StopFlag(), wait=tenacity.wait_none()) == "done"
    call = Failing(ATTEMPTS, TransientError(codes.CLOUD_UNAVAILABLE, what="x"))
    with pytest.raises(TransientError):
        with_retries(call, what="x", stop=StopFlag(), wait=tenacity.wait_none())
    assert call.calls == ATTEMPTS


def test_what_does_not_pass_is_not_tried_again() -> None:
    call = Failing(1, Refused(codes.BAD_REQUEST, what="x"))
    with pytest.raises(Refused):
        with_retries(call, what="x", stop=StopFlag(), wait=tenacity.wait_none())
    assert call.calls == 1


def test_a_stop_is_heard_between_two_attempts() -> None:
    stop = StopFlag()
    call = Failing(1, TransientError(codes.CLOUD_UNAVAILABLE, what="x"), stop)
    with pytest.raises(Cancelled):
        with_retries(call, what="x", stop=stop, wait=tenacity.wait_none())
    assert call.calls == 1
