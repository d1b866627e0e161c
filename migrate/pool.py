"""A thread pool with a bounded queue, and progress that can be taken back."""

import threading
from collections.abc import Callable, Iterable, Iterator
from queue import SimpleQueue
from types import TracebackType

from migrate.monitor import Monitor, SilentMonitor


class Pool:
    """Runs calls on `hands` threads and holds at most `hands` pending ones, so that memory use stays constant.

    A context manager that waits for the calls in flight at the end. After an error no new calls are accepted: `do` and
    `finish` raise the first one. (An executor's futures would cost as much as copying a small object.)
    """

    def __init__(self, threads: int) -> None:
        self._calls: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._free: SimpleQueue[None] = SimpleQueue()
        self._error: BaseException | None = None
        self._threads = [
            threading.Thread(target=self._work, name=f"decamp-transfer-{number}", daemon=True)
            for number in range(threads)
        ]
        for thread in self._threads:
            self._free.put(None)
            thread.start()

    def __enter__(self) -> "Pool":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._end()

    def do(self, call: Callable[[], None]) -> None:
        """Hands a call to the next free thread. Raises an earlier call's error."""
        self._free.get()
        if self._error:
            self._free.put(None)
            raise self._error
        self._calls.put(call)

    def finish(self) -> None:
        """Waits for all calls. Raises the first error."""
        self._end()
        if self._error:
            raise self._error

    def _end(self) -> None:
        threads, self._threads = self._threads, []
        for _ in threads:
            self._calls.put(None)
        for thread in threads:
            thread.join()

    def _work(self) -> None:
        while (call := self._calls.get()) is not None:
            try:
                call()
            except BaseException as err:
                self._error = self._error or err
            finally:
                self._free.put(None)


class Progress:
    """Reports one step's bytes to the monitor, one call at a time."""

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
    """The bytes counted by one attempt, so that the next one can take them back."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self.counted = 0

    def add(self, delta_bytes: int) -> None:
        self.counted += delta_bytes
        self._progress.advance(delta_bytes)

    def settle(self, total_bytes: int) -> None:
        """Sets the count: 0 takes everything back."""
        self.add(total_bytes - self.counted)

    @classmethod
    def uncounted(cls) -> "Tally":
        """A tally whose progress is not shown."""
        return cls(Progress(SilentMonitor(), ""))

    def counting(self, chunks: Iterable[bytes]) -> "Counted":
        """The same bytes, each chunk counted when the next is requested."""
        return Counted(self, chunks)


class Counted:
    """Counted chunks. Those of an answer can be passed to a request without a copy, like
    `clouds.http.connection.Chunks`.
    """

    def __init__(self, tally: Tally, chunks: Iterable[bytes]) -> None:
        self._tally, self._chunks = tally, chunks

    def __iter__(self) -> Iterator[bytes]:
        return self._counted(self._chunks)

    def passing(self) -> Iterator[bytes]:
        passing = getattr(self._chunks, "passing", None)
        return self._counted(passing() if passing else self._chunks)

    def _counted(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            yield chunk
            self._tally.add(len(chunk))
