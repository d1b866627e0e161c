"""One thread at a time, in an order that a seed chooses, and a clock that nobody waits for.

Threads stay threads, but only the one with the baton runs. It passes the baton on where it waits, and at points that
the code under test goes through: there the seed picks one of those that could run. If none could, the clock jumps to
the next deadline; if there is none either, that is a deadlock.
"""

import _thread
import random
import sys
import traceback
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

ident = _thread.get_ident


class Held(Protocol):
    """A lock that a task has."""

    def forget(self) -> None:
        """Its owner is dead: it is nobody's."""


class Stuck(BaseException):
    """Nothing can run any more, or the simulation takes too many turns. Nothing of ours catches it."""


@dataclass(eq=False)
class Process:
    """What a kill -9 ends and a suspended machine stops: the tasks of one run of a command.

    `is_near`: others can tell whether it still lives; a far one is on another machine, so that only its lease tells.
    `dies_at`: the number of the point at which it is killed; 0: never.
    """

    name: str
    is_near: bool = True
    dies_at: int = 0
    points: int = 0
    is_dead: bool = False
    has_ended: bool = False
    asleep_until_s: float = 0.0


@dataclass(eq=False)
class Task:
    """A thread. It can run if it waits for nothing, or what it waits for is so, or its time is over."""

    name: str
    process: Process
    baton: Any = field(default_factory=_thread.allocate_lock)
    is_so: Callable[[], bool] | None = None
    until_s: float | None = None
    is_done: bool = False
    quiet: int = 0
    held: list[Held] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.baton.acquire()


class Scheduler:
    """`start_s`: seconds since 1970 at which the simulation begins.   `most_points`: after so many it is stuck."""

    def __init__(self, seed: int, *, start_s: float, most_points: int) -> None:
        self.rng = random.Random(seed)
        self.now_s, self.start_s, self.most_points = 0.0, start_s, most_points
        self.points = self.digest = 0
        self.events: list[str] = []
        self.broken = ""
        """Which invariant did not hold, first of all."""
        self.is_late = False
        """Whether something may have taken effect after its caller had stopped waiting, or had lost its step."""
        self.trace: Callable[[str], object] | None = None
        self.driver = Task("driver", Process("driver"))
        self.tasks = [self.driver]
        self.processes = {"driver": self.driver.process}
        self._by_ident = {ident(): self.driver}

    @property
    def me(self) -> Task | None:
        """The task of this thread; None for one that is not of the simulation."""
        return self._by_ident.get(ident())

    # ------------------------------------------------------------ what tasks call

    def point(self, what: str) -> None:
        """A moment at which another task may go on, or this process may end."""
        me = self.me
        if me is None or me.quiet:
            return
        self.points += 1
        me.process.points += 1
        self.note(f"{me.name} {what}")
        if self.points > self.most_points:
            raise Stuck(f"no end after {self.points} points, at {what}")
        if me.process.points == me.process.dies_at:
            self.kill(me.process, what)
        self._switch(me)

    def wait(self, is_so: Callable[[], bool], timeout_s: float | None = None) -> None:
        """Until it is so, or as many seconds are over. Raises Stuck."""
        me = self.me
        assert me
        me.is_so = is_so
        me.until_s = None if timeout_s is None else self.now_s + max(0.0, timeout_s)
        self._switch(me)
        me.is_so = me.until_s = None
        if self.broken and me is self.driver:
            raise Stuck(self.broken)

    def sleep(self, seconds: float) -> None:
        self.wait(lambda: False, seconds)

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Within it no other task runs, as in a transaction, but while this one has to wait for another."""
        me = self.me
        assert me
        me.quiet += 1
        try:
            yield
        finally:
            me.quiet -= 1

    def look(self, invariant: Callable[..., object], *args: object) -> None:
        """Calls what raises AssertionError if something is wrong: then the simulation ends, whoever catches that."""
        try:
            invariant(*args)
        except AssertionError as err:
            self.broken = self.broken or str(err)
            raise Stuck(self.broken) from err

    # ------------------------------------------------------------ what happens to processes

    def kill(self, process: Process, at: str = "") -> None:
        """As kill -9: none of its tasks ever runs again, not even a `finally`; its locks in memory are nobody's."""
        process.is_dead = True
        self.event(f"kill -9 {process.name} at point {process.points} {at}".rstrip())
        for task in self.tasks:
            if task.process is process:
                for lock in task.held:
                    lock.forget()
                task.held.clear()

    def suspend(self, process: Process, seconds: float) -> None:
        """As a laptop's lid or a stopped virtual machine."""
        process.asleep_until_s = self.now_s + seconds
        self.is_late = True
        self.event(f"{process.name} is suspended for {seconds:.0f} s")

    def event(self, what: str) -> None:
        self.events.append(f"{self.now_s:10.2f} s  {what}")
        self.note(what)

    def note(self, what: str) -> None:
        """Enters the digest by which two runs of a seed are compared."""
        self.digest = zlib.crc32(what.encode("utf-8", "backslashreplace"), self.digest)
        if self.trace:
            self.trace(f"{self.now_s:10.2f} {what}\n")

    # ------------------------------------------------------------ passing the baton on

    def choose(self, able: list[Task]) -> Task:
        """Which of several goes on."""
        return able[self.rng.randrange(len(able))]

    def _switch(self, me: Task) -> None:
        task = self._next()
        if task is me:
            return
        self.note(f"-> {task.name}")
        task.baton.release()
        if not me.is_done:
            me.baton.acquire()

    def _next(self) -> Task:
        while True:
            able = [task for task in self.tasks if self._can_run(task)]
            if able:
                return self.choose(able) if len(able) > 1 else able[0]
            moments = [moment for task in self.tasks if (moment := self._moment(task)) is not None]
            if not moments:
                raise Stuck(f"nothing can run any more: {self._stacks()}")
            self.now_s = max(self.now_s, min(moments))

    def _can_run(self, task: Task) -> bool:
        if self.broken:
            return task is self.driver
        if task.is_done or task.process.is_dead or task.process.asleep_until_s > self.now_s:
            return False
        return task.is_so is None or (task.until_s is not None and task.until_s <= self.now_s) or task.is_so()

    def _moment(self, task: Task) -> float | None:
        """When a task that cannot run could at the earliest, as far as the clock decides."""
        if task.is_done or task.process.is_dead:
            return None
        if task.process.asleep_until_s > self.now_s:
            return task.process.asleep_until_s
        return task.until_s

    def _stacks(self) -> str:
        frames = sys._current_frames()
        told = []
        for ident, task in self._by_ident.items():
            if not task.is_done and not task.process.is_dead and ident in frames:
                lines = [f"{one.name}:{one.lineno}" for one in traceback.extract_stack(frames[ident])[-12:-4]]
                told.append(f"{task.name} of {task.process.name} at {' > '.join(lines)}")
        return "; ".join(told)

    # ------------------------------------------------------------ threads

    def enter(self, task: Task) -> None:
        self._by_ident[ident()] = task
        task.baton.acquire()

    def leave(self, task: Task) -> None:
        task.is_done = True
        self._by_ident.pop(ident(), None)
        try:
            self._switch(task)
        except Stuck as err:
            self.event(f"stuck: {err}")
            self.driver.is_so = None
            self.driver.baton.release()


_current: Scheduler | None = None


def current() -> Scheduler | None:
    """The simulation, for a thread of it; None for all others."""
    found = _current
    return found if found is not None and found.me is not None else None


def begin(scheduler: Scheduler) -> None:
    """This thread is the driver of a simulation from now on."""
    global _current
    _current = scheduler
