"""Progress on stderr: bars on a terminal, plain lines elsewhere. Thread-safe.

A line and its end are one write: the log goes to stderr too, from other threads, and would come between the two.
"""

import sys
import time
from dataclasses import dataclass
from threading import RLock
from typing import IO, Any, Protocol

from tqdm import tqdm

from migrate.cli.console import line_width
from migrate.cli.tables import fold
from migrate.messages.numbers import rate, size, span
from migrate.monitor import Monitor
from migrate.printable_text import visible

INTERVAL_S = 10.0
_LANG = "en"
_BAR = "{desc:<28.28} {percentage:3.0f}%|{bar:10}| {n_fmt}/{total_fmt} {rate_fmt} {remaining}"


@dataclass
class _Item:
    name: str
    total_bytes: int
    done_bytes: int = 0
    bar: Any = None

    def surplus(self, outcome: str) -> int:
        """The difference between actual and planned size, once this item is done."""
        return self.done_bytes - self.total_bytes if outcome == "done" else 0


class ClosableMonitor(Monitor, Protocol):
    """A monitor that occupies part of the screen."""

    def close(self) -> None:
        """Removes the bars. Can be called again."""


def make_monitor(total_bytes: int, label: str, stream: IO[str] | None = None) -> ClosableMonitor:
    """A monitor with bars if stderr is a terminal, with lines for a file or a pipe."""
    stream = stream or sys.stderr
    return BarMonitor(total_bytes, label, stream) if stream.isatty() else LineMonitor(total_bytes, label, stream)


class BarMonitor:
    """One bar for each item that moves bytes, and one for the total with its rate and remaining time."""

    def __init__(self, total_bytes: int, label: str, stream: IO[str]) -> None:
        self._lock = RLock()
        self._stream = stream
        self._items: dict[str, _Item] = {}
        self._total = self._bar(label, total_bytes, position=0, leave=True)

    def _bar(self, label: str, total_bytes: int, *, position: int | None, leave: bool) -> Any:
        return tqdm(
            total=total_bytes or None,
            desc=visible(label),
            unit="B",
            unit_scale=True,
            unit_divisor=1024,
            file=self._stream,
            position=position,
            leave=leave,
            dynamic_ncols=True,
            bar_format=_BAR,
        )

    def item_started(self, step_id: str, name: str, total_bytes: int) -> None:
        with self._lock:
            bar = self._bar(_label(step_id, name), total_bytes, position=None, leave=False) if total_bytes else None
            self._items[step_id] = _Item(_label(step_id, name), total_bytes, bar=bar)

    def item_advanced(self, step_id: str, delta_bytes: int) -> None:
        with self._lock:
            item = self._items.get(step_id)
            if item:
                item.done_bytes += delta_bytes
            if item and item.bar is not None:
                item.bar.update(delta_bytes)
            self._total.update(delta_bytes)

    def item_finished(self, step_id: str, outcome: str) -> None:
        with self._lock:
            item = self._items.pop(step_id, None)
            if item and item.bar is not None:
                item.bar.close()
            if item and self._total.total:
                self._total.total = max(self._total.total + item.surplus(outcome), self._total.n)
            self._write(f"{outcome:<8} {item.name if item else step_id}")

    def note(self, line: str) -> None:
        with self._lock:
            self._write(line)

    def close(self) -> None:
        with self._lock:
            for item in self._items.values():
                if item.bar is not None:
                    item.bar.close()
            self._items.clear()
            self._total.close()

    def _write(self, line: str) -> None:
        for part in fold(visible(line), line_width(self._stream)):
            tqdm.write(f"{part}\n", file=self._stream, end="")


class LineMonitor:
    """A line when an item starts, ends or makes progress; no carriage returns, so it fits a log file."""

    def __init__(self, total_bytes: int, label: str, stream: IO[str], interval_s: float = INTERVAL_S) -> None:
        self._lock = RLock()
        self._stream = stream
        self._label = label
        self._total_bytes = total_bytes
        self._done_bytes = 0
        self._interval_s = interval_s
        self._started_s = self._last_s = time.monotonic()
        self._items: dict[str, _Item] = {}

    def item_started(self, step_id: str, name: str, total_bytes: int) -> None:
        with self._lock:
            self._items[step_id] = _Item(_label(step_id, name), total_bytes)
            self._print(f"started  {_label(step_id, name)}" + (f" ({size(total_bytes, _LANG)})" if total_bytes else ""))

    def item_advanced(self, step_id: str, delta_bytes: int) -> None:
        with self._lock:
            self._done_bytes += delta_bytes
            if step_id in self._items:
                self._items[step_id].done_bytes += delta_bytes
            now_s = time.monotonic()
            if now_s - self._last_s >= self._interval_s:
                self._last_s = now_s
                self._print(self._progress_text(now_s))

    def item_finished(self, step_id: str, outcome: str) -> None:
        with self._lock:
            item = self._items.pop(step_id, None)
            self._total_bytes += item.surplus(outcome) if item else 0
            moved = f" ({size(item.done_bytes, _LANG)})" if item and item.done_bytes else ""
            self._print(f"{outcome:<8} {item.name if item else step_id}{moved}")

    def note(self, line: str) -> None:
        with self._lock:
            self._print(line)

    def close(self) -> None: ...

    def _progress_text(self, now_s: float) -> str:
        elapsed_s = now_s - self._started_s
        bytes_per_s = self._done_bytes / elapsed_s if elapsed_s > 0 else 0.0
        left_bytes = max(self._total_bytes - self._done_bytes, 0)
        eta = f", {span(left_bytes / bytes_per_s, _LANG)} left" if bytes_per_s > 0 and left_bytes else ""
        total = f"/{size(self._total_bytes, _LANG)}" if self._total_bytes else ""
        return f"{self._label}: {size(self._done_bytes, _LANG)}{total}, {rate(bytes_per_s, _LANG)}{eta}"

    def _print(self, line: str) -> None:
        for part in fold(visible(line), line_width(self._stream)):
            self._stream.write(f"{part}\n")
            self._stream.flush()


def _label(step_id: str, name: str) -> str:
    """The label of a bar, `server:capture web-1`: kind and part of the step id, then the name."""
    kind, _, rest = step_id.partition(":")
    part = rest.partition(":")[2].partition("-")[0]
    return f"{kind}:{part} {name}" if part else f"{kind} {name}"
