"""One attempt at a step, the context of code that copies and verifies."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from tenacity.wait import wait_base

from migrate.monitor import Monitor, SilentMonitor, StopFlag
from migrate.pool import Progress
from migrate.retry import WAIT, with_retries

T = TypeVar("T")


def held_by_nobody() -> None:
    """For callers without a step: never raises."""


@dataclass(frozen=True)
class Attempt:
    """The context of every copy, upload and comparison within a step.

    check_running:  raises LeaseLost once another runner owns the step. Called before each change. Thread-safe.
    monitor, step_id:  for progress reports.
    stop:  set when the operator stops the run; checked between ranges and objects.
    reads:  ranges or objects in flight.
    wait:  the pause between attempts at one range or object, if the server requests none.
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
        """The call's result, retried after interruptions; `what`: for the error (`migrate.retry`)."""
        return with_retries(call, what=what, stop=self.stop, wait=self.wait)

    def advanced(self, delta_bytes: int) -> None:
        """Reports bytes done since the last call."""
        self.monitor.item_advanced(self.step_id, delta_bytes)
