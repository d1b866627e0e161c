"""All orders in which a few threads can go through a class, up to a number of switches that nothing forces.

The threads are real, but one at a time runs (`tests.sim.scheduler`). It may be made to stop for another wherever the
watched code reads or writes an attribute or an element, between two instructions of Python: there a switch costs one of
`most_switches`. Where a thread waits or ends, the next one is chosen for nothing. A case is gone through once for each
order, depth first, and starts anew each time.
"""

import dis
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from types import CodeType, FrameType, ModuleType
from typing import Any

from tests.sim.scheduler import Process, Scheduler, Stuck, Task, begin, current
from tests.sim.stand_ins import start

_SHARED = ("LOAD_ATTR", "STORE_ATTR", "DELETE_ATTR", "LOAD_METHOD", "BINARY_SUBSCR", "STORE_SUBSCR", "DELETE_SUBSCR")
_MOST_POINTS = 100_000


class Case:
    """What the threads share, made anew for each order.

    `watched`: where a thread may be made to stop.   `most_switches`: how often, in `make test`.
    """

    watched: Sequence[ModuleType] = ()
    most_switches = 2

    def threads(self) -> Sequence[Callable[[], object]]:
        raise NotImplementedError

    def outcome(self) -> object:
        """What the threads have left: it must be as if each call had been made at once. None: only `check` tells."""

    def check(self) -> None:
        """Raises if what the threads have left is wrong, whatever their order."""

    def end(self) -> None:
        """Closes what was opened."""


def between() -> None:
    """Between two calls: here a thread may be made to stop, also where calls are made at once."""
    if scheduler := current():
        scheduler.point("between")


@dataclass
class Orders:
    """The tree of choices. `path`: at each fork of the order that is under way, the choice, and of how many."""

    most_switches: int
    path: list[list[int]] = field(default_factory=list)
    depth: int = 0

    def choose(self, count: int) -> int:
        if self.depth == len(self.path):
            self.path.append([0, count])
        chosen, of = self.path[self.depth]
        if of != count:
            raise Stuck(f"{count} threads could go on where there were {of}: the same choices led elsewhere")
        self.depth += 1
        return chosen

    def go_to_next(self) -> bool:
        """False after the last."""
        self.depth = 0
        while self.path and self.path[-1][0] + 1 == self.path[-1][1]:
            self.path.pop()
        if self.path:
            self.path[-1][0] += 1
        return bool(self.path)


class _Ordered(Scheduler):
    """Takes its choices from `orders`."""

    def __init__(self, orders: Orders, watched: Sequence[ModuleType]) -> None:
        super().__init__(0, start_s=1_600_000_000, most_points=_MOST_POINTS)
        self.orders, self.switches = orders, 0
        self.files = {module.__file__ for module in watched}
        self.course: list[str] = []
        self._running, self._at = self.driver, ""

    def point(self, what: str) -> None:
        me = self.me
        if me is None or me.quiet or self.switches == self.orders.most_switches:
            return
        self.points += 1
        if self.points > self.most_points:
            raise Stuck(f"no end after {self.points} points, at {what}")
        self._at = what
        self._switch(me)

    def choose(self, able: list[Task]) -> Task:
        was = self._running
        if was not in able:
            return able[self.orders.choose(len(able))]
        if self.switches == self.orders.most_switches:
            return was
        able = [was, *(task for task in able if task is not was)]
        chosen = able[self.orders.choose(len(able))]
        if chosen is not was:
            self.switches += 1
            self.course.append(f"{was.name} at {self._at}")
        return chosen

    def _next(self) -> Task:
        self._running = super()._next()
        return self._running

    def note(self, what: str) -> None:
        """The choices are the course: there is no digest."""

    def enter(self, task: Task) -> None:
        super().enter(task)
        if self.files:
            sys.settrace(self._on_call)

    def leave(self, task: Task) -> None:
        sys.settrace(None)
        super().leave(task)

    def _on_call(self, frame: FrameType, _event: str, _arg: Any) -> Any:
        if frame.f_code.co_filename not in self.files:
            return None
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        return self._on_instruction

    def _on_instruction(self, frame: FrameType, event: str, _arg: Any) -> Any:
        if event == "opcode" and frame.f_lasti in _points_of(frame.f_code):
            self.point(f"{frame.f_code.co_qualname}:{frame.f_lineno}")
        return self._on_instruction


@cache
def _points_of(code: CodeType) -> frozenset[int]:
    return frozenset(one.offset for one in dis.get_instructions(code) if one.opname.startswith(_SHARED))


@dataclass
class Found:
    """`orders`: how many there were.   `why`: what was wrong after the last; empty: nothing after any.

    `course`: where threads were made to stop in that one.
    """

    orders: int = 0
    why: str = ""
    course: list[str] = field(default_factory=list)
    outcomes: list[object] = field(default_factory=list)


def explore(make: Callable[[], Case], most_switches: int | None = None) -> Found:
    """Goes through all orders, until one is wrong."""
    at_once = _through(make, (), 1_000, None)
    if at_once.why:
        return at_once
    case = make()
    case.end()
    most = case.most_switches if most_switches is None else most_switches
    return _through(make, case.watched, most, at_once.outcomes)


def _through(
    make: Callable[[], Case], watched: Sequence[ModuleType], most_switches: int, allowed: list[object] | None
) -> Found:
    orders, found = Orders(most_switches), Found()
    while True:
        found.orders += 1
        scheduler = _Ordered(orders, watched)
        begin(scheduler)
        case = make()
        try:
            found.why = _run(scheduler, case)
            if not found.why:
                case.check()
                outcome = case.outcome()
                if allowed is None:
                    found.outcomes += [] if outcome in found.outcomes else [outcome]
                elif outcome not in allowed:
                    found.why = f"{outcome} is none of {allowed}"
        except Exception as err:
            found.why = str(err) or "wrong"
        if found.why:
            found.course = scheduler.course
            return found
        case.end()
        if not orders.go_to_next():
            return found


def _run(scheduler: _Ordered, case: Case) -> str:
    errors: list[str] = []

    def told(do: Callable[[], object]) -> Callable[[], None]:
        def run() -> None:
            try:
                do()
            except BaseException as err:
                errors.append(f"{type(err).__name__}: {err}")

        return run

    process = Process("case")
    try:
        with scheduler.at_once():
            threads = [start(scheduler, process, told(do)) for do in case.threads()]
        for number, thread in enumerate(threads, 1):
            assert thread.task
            thread.task.name = f"thread {number}"
        scheduler.wait(lambda: all(task.is_done for task in scheduler.tasks[1:]))
    except Stuck as err:
        return str(err)
    if errors:
        return errors[0]
    left = [task.name for task in scheduler.tasks[1:] if not task.is_done]
    return f"{', '.join(left)} never ended: {scheduler.events[-1:]}" if left else ""
