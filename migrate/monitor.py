"""Progress and log lines: the work reports them, the CLI displays them.

Rates and ETAs use only these reports; a retry takes back its counted progress.
"""

import logging
from dataclasses import dataclass, field
from threading import Event
from typing import Protocol

from migrate.errors import Cancelled
from migrate.messages import codes

log = logging.getLogger("decamp")


class Monitor(Protocol):
    """Receives progress reports. Thread-safe."""

    def item_started(self, step_id: str, name: str, total_bytes: int) -> None:
        """A step begins; `total_bytes` is 0 if it moves no content."""

    def item_advanced(self, step_id: str, delta_bytes: int) -> None:
        """Bytes done since the last call; negative when a retry takes them back."""

    def item_finished(self, step_id: str, outcome: str) -> None:
        """The step ended: done, failed, waiting, blocked."""

    def note(self, line: str) -> None:
        """One line for the operator (already free of secrets)."""


class SilentMonitor:
    """Ignores all reports."""

    def item_started(self, step_id: str, name: str, total_bytes: int) -> None: ...
    def item_advanced(self, step_id: str, delta_bytes: int) -> None: ...
    def item_finished(self, step_id: str, outcome: str) -> None: ...
    def note(self, line: str) -> None: ...


@dataclass
class RecordingMonitor:
    """Records all reports, for tests."""

    events: list[tuple[str, ...]] = field(default_factory=list)
    bytes_by_step: dict[str, int] = field(default_factory=dict)

    def item_started(self, step_id: str, name: str, total_bytes: int) -> None:
        self.events.append(("started", step_id, name, str(total_bytes)))

    def item_advanced(self, step_id: str, delta_bytes: int) -> None:
        self.bytes_by_step[step_id] = self.bytes_by_step.get(step_id, 0) + delta_bytes

    def item_finished(self, step_id: str, outcome: str) -> None:
        self.events.append(("finished", step_id, outcome))

    def note(self, line: str) -> None:
        self.events.append(("note", line))


class StopFlag:
    """Set once by Ctrl-C; long work checks it between ranges."""

    def __init__(self) -> None:
        self._event = Event()

    def set(self) -> None:
        self._event.set()

    def is_set(self) -> bool:
        return self._event.is_set()

    def wait(self, seconds: float) -> None:
        """Sleeps, but not longer than until the operator stops the run."""
        self._event.wait(seconds)

    def check(self) -> None:
        """Raises Cancelled once the operator has asked to stop."""
        if self._event.is_set():
            raise Cancelled(codes.STOPPED_ON_REQUEST)
