"""What stands in the place of Python's locks, threads and clocks within a simulation. `install` comes before all other
imports: what keeps a name of these modules keeps what it was then.
"""

import _thread
import functools
import itertools
import queue
import random
import threading
import time
import uuid
from collections.abc import Callable
from threading import Thread as _RealThread
from typing import Any

from tests.sim.scheduler import Process, Scheduler, Task, current, ident

_real_monotonic, _real_time, _real_sleep, _real_gettime = time.monotonic, time.time, time.sleep, time.clock_gettime
_BOOTED_S = 1000.0
"""What the monotonic clocks show when a simulation begins."""


class _Owned:
    """`_owner`: who has the lock; None: nobody."""

    _owner: object = None

    def _is_free(self, blocking: bool, timeout: float) -> bool:
        """Whether nobody has it, now or before the time is over."""
        if self._owner is not None and blocking:
            scheduler = current()
            assert scheduler, "a lock is waited for outside a simulation"
            scheduler.wait(lambda: self._owner is None, None if timeout is None or timeout < 0 else timeout)
        return self._owner is None


class Lock(_Owned):
    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        if not self._is_free(blocking, timeout):
            return False
        scheduler = current()
        me = scheduler.me if scheduler else None
        self._owner = me or self
        if me:
            me.held.append(self)
        return True

    def release(self) -> None:
        if self._owner is None:
            raise RuntimeError("release unlocked lock")
        if isinstance(self._owner, Task):
            self._owner.held.remove(self)
        self._owner = None

    def forget(self) -> None:
        """Its owner is dead."""
        self._owner = None

    def locked(self) -> bool:
        return self._owner is not None

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_error: object) -> None:
        self.release()

    def _at_fork_reinit(self) -> None:
        self._owner = None


class RLock(_Owned):
    _count = 0

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        scheduler = current()
        me: object = scheduler.me if scheduler else ident()
        if self._owner == me:
            self._count += 1
            return True
        if not self._is_free(blocking, timeout):
            return False
        self._owner, self._count = me, 1
        if isinstance(me, Task):
            me.held.append(self)
        return True

    def release(self) -> None:
        if not self._is_owned():
            raise RuntimeError("cannot release un-acquired lock")
        self._count -= 1
        if not self._count:
            self._free()

    def _free(self) -> None:
        if isinstance(self._owner, Task):
            self._owner.held.remove(self)
        self._owner, self._count = None, 0

    def forget(self) -> None:
        """Its owner is dead."""
        self._owner, self._count = None, 0

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_error: object) -> None:
        self.release()

    # What `threading.Condition` asks of a lock.

    def _is_owned(self) -> bool:
        scheduler = current()
        return self._owner is not None and self._owner == (scheduler.me if scheduler else ident())

    def _release_save(self) -> int:
        count = self._count
        self._free()
        return count

    def _acquire_restore(self, count: int) -> None:
        self.acquire()
        self._count = count

    def _at_fork_reinit(self) -> None:
        self.forget()


_numbers = itertools.count()


class Thread(_RealThread):
    """`process`: the one that it is of; the one of its maker, if nobody says."""

    process: Process | None = None
    task: Task | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # A set of threads is gone through in the order of hashes, which must not be addresses.
        self._number = next(_numbers)
        super().__init__(*args, **kwargs)

    def __hash__(self) -> int:
        return self._number

    def __eq__(self, other: object) -> bool:
        return self is other

    def start(self) -> None:
        scheduler = current()
        if scheduler is None:
            super().start()
            return
        maker = scheduler.me
        assert maker
        task = self.task = Task(self.name, self.process or maker.process)
        scheduler.tasks.append(task)
        self._started.set()  # type: ignore[attr-defined]
        self._ident = _thread.start_new_thread(self._live, (scheduler, task))
        scheduler.point("starts a thread")

    def _live(self, scheduler: Scheduler, task: Task) -> None:
        scheduler.enter(task)
        active: dict[int, Any] = threading._active  # type: ignore[attr-defined]
        active[ident()] = self
        try:
            self.run()
        except BaseException as err:
            scheduler.event(f"thread {task.name} ended with {err!r}")
        active.pop(ident(), None)
        scheduler.leave(task)

    def join(self, timeout: float | None = None) -> None:
        task, scheduler = self.task, current()
        if task is None or scheduler is None:
            super().join(timeout)
        elif not task.is_done:
            scheduler.wait(lambda: task.is_done or task.process.is_dead, timeout)

    def is_alive(self) -> bool:
        return not self.task.is_done if self.task else super().is_alive()


def start(scheduler: Scheduler, process: Process, do: Callable[[], object]) -> Thread:
    """The first thread of a process, as yet at its beginning."""
    scheduler.processes[process.name] = process
    thread = Thread(target=do, name=f"{process.name} main", daemon=True)
    thread.process = process
    thread.start()
    return thread


def _monotonic() -> float:
    scheduler = current()
    return _BOOTED_S + scheduler.now_s if scheduler else _real_monotonic()


def _time() -> float:
    scheduler = current()
    return scheduler.start_s + scheduler.now_s if scheduler else _real_time()


def _sleep(seconds: float) -> None:
    scheduler = current()
    if scheduler:
        scheduler.sleep(seconds)
    else:
        _real_sleep(seconds)


def _uuid4() -> uuid.UUID:
    scheduler = current()
    return uuid.UUID(int=scheduler.rng.getrandbits(128), version=4) if scheduler else uuid.UUID(bytes=_entropy(16))


def _entropy(count: int) -> bytes:
    return random.SystemRandom().randbytes(count)


def install() -> None:
    """From here on, what is imported takes its locks, threads and clocks from here."""
    patched: list[tuple[Any, dict[str, Any]]] = [
        (threading, {"Lock": Lock, "RLock": RLock, "_allocate_lock": Lock, "Thread": Thread, "_time": _monotonic}),
        (queue, {"SimpleQueue": queue._PySimpleQueue, "time": _monotonic}),  # type: ignore[attr-defined]
        (time, {"monotonic": _monotonic, "perf_counter": _monotonic, "time": _time, "sleep": _sleep}),
        (time, {"clock_gettime": lambda clock: _monotonic() if current() else _real_gettime(clock)}),
        (uuid, {"uuid4": _uuid4}),
    ]
    for module, names in patched:
        for name, value in names.items():
            setattr(module, name, value)
    if hasattr(functools, "RLock"):  # before Python 3.12, of `cached_property`
        functools.RLock = RLock
    _count_futures()


def _count_futures() -> None:
    """Sets of futures are gone through in the order of hashes too. Imported late, for its own locks."""
    from concurrent.futures import Future

    made = Future.__init__

    def make(self: Any) -> None:
        self._number = next(_numbers)
        made(self)

    Future.__init__ = make  # type: ignore[method-assign]
    Future.__hash__ = lambda self: self._number  # type: ignore[method-assign, attr-defined]
