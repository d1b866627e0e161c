"""Polls until a cloud has finished an operation: with growing pauses and a time limit."""

from collections.abc import Callable
from typing import Generic, TypeVar

from migrate.monitor import StopFlag

T = TypeVar("T")

FIRST_S, LONGEST_S, _GROWTH = 0.5, 5.0, 1.5


class StillWaiting(Exception, Generic[T]):
    """The time limit was reached. `last`: the last result, after `waited_s`."""

    def __init__(self, last: T, waited_s: float) -> None:
        super().__init__(f"still waiting after {waited_s:.0f} s")
        self.last, self.waited_s = last, waited_s


def poll(
    look: Callable[[], T],
    is_over: Callable[[T], bool],
    *,
    limit_s: Callable[[T], float] | float,
    stop: StopFlag,
    first_s: float = FIRST_S,
    on_pause: Callable[[float], None] = lambda _seconds: None,
) -> T:
    """The first result of `look` for which `is_over` is true; either may raise to end the wait.

    Args:    limit_s: of waiting; a function of the result if it depends on a size.   on_pause: called with each pause.
    Raises:  StillWaiting: it took longer.   Cancelled: the operator stops the run.
    """
    waited_s, pause_s = 0.0, first_s
    while True:
        seen = look()
        if is_over(seen):
            return seen
        if waited_s >= (limit_s(seen) if callable(limit_s) else limit_s):
            raise StillWaiting(seen, waited_s)
        stop.check()
        stop.wait(pause_s)
        on_pause(pause_s)
        waited_s, pause_s = waited_s + pause_s, min(pause_s * _GROWTH, LONGEST_S)
