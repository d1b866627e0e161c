"""One attempt at a step, as the code that copies and verifies sees it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from tenacity.wait import wait_base

from migrate.monitor import Monitor, SilentMonitor, StopFlag
from migrate.pool import Progress
from migrate.retry import WAIT, with_retries

T = TypeVar("T")


def held_by_nobody() -> None:
    """For callers that hold no step: nothing can be lost."""


@dataclass(frozen=True)
class Attempt:
    """What every copy, upload and comparison is handed of the step that it is part of.

    check_running:  raises LeaseLost once another runner owns the step. Called before each change, from any thread.
    monitor, step_id:  where progress is told, and of what.
    stop:  set when the operator stops the run; asked between ranges and objects.
    reads:  ranges or objects in flight.
    wait:  between the attempts of one range or object, where the server names no time of its own.
    """

    check_running: Callable[[], None] = held_by_nobody
    monitor: Monitor = field(default_factory=SilentMonitor)
    step_id: str = ""
    stop: StopFlag = field(default_factory=StopFlag)
    reads: int = 4
    wait: wait_base = WAIT

    def progress(self) -> Progress:
        return Progress(self.monitor, self.step_id)

    def with_retries(self, call: Callable[[], T], *, what: str) -> T:
        """The call's result, `what` read or sent again while it breaks off (`migrate.retry`)."""
        return with_retries(call, what=what, stop=self.stop, wait=self.wait)

    def advanced(self, delta_bytes: int) -> None:
        """Bytes done since the last call."""
        self.monitor.item_advanced(self.step_id, delta_bytes)
