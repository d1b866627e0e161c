"""Threads with one bounded queue, and progress that can be taken back."""

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType

from migrate.monitor import Monitor


class Crew:
    """Does calls on `hands` threads and never holds more than `hands` of them: memory stays flat.

    A context manager: leaving it waits for the calls in flight. An error in one stops the intake: `do` and
    `finish` raise the first of them.
    """

    def __init__(self, hands: int) -> None:
        self._pool = ThreadPoolExecutor(hands, thread_name_prefix="decamp-transfer")
        self._free = threading.Semaphore(hands)
        self._error: BaseException | None = None

    def __enter__(self) -> "Crew":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._pool.shutdown(wait=True)

    def do(self, call: Callable[[], None]) -> None:
        """Hands a call out as soon as a hand is free. Raises what an earlier call raised."""
        self._free.acquire()
        if self._error:
            self._free.release()
            raise self._error
        self._pool.submit(self._run, call)

    def finish(self) -> None:
        """Waits for everything handed out. Raises the first error."""
        self._pool.shutdown(wait=True)
        if self._error:
            raise self._error

    def _run(self, call: Callable[[], None]) -> None:
        try:
            call()
        except BaseException as err:
            self._error = self._error or err
        finally:
            self._free.release()


class Progress:
    """One step's bytes, told to the monitor one call at a time."""

    def __init__(self, monitor: Monitor, step_id: str) -> None:
        self._monitor = monitor
        self._step_id = step_id
        self._lock = threading.Lock()

    def advance(self, delta_bytes: int) -> None:
        if delta_bytes:
            with self._lock:
                self._monitor.item_advanced(self._step_id, delta_bytes)

    def note(self, line: str) -> None:
        with self._lock:
            self._monitor.note(line)


class Tally:
    """What one attempt has counted, so that the next one can take it back."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self.counted = 0

    def add(self, delta_bytes: int) -> None:
        self.counted += delta_bytes
        self._progress.advance(delta_bytes)

    def settle(self, total_bytes: int) -> None:
        """Makes the count exactly this: 0 takes everything back."""
        self.add(total_bytes - self.counted)

    def counting(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            yield chunk
            self.add(len(chunk))
