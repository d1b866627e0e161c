"""Processes many items in a few threads, with results in order."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from migrate.monitor import StopFlag

T = TypeVar("T")
R = TypeVar("R")


def in_order(
    quick: Callable[[T], R | None], slow: Callable[[T], R], items: Iterable[T], threads: int, stop: StopFlag
) -> Iterator[tuple[T, R]]:
    """Runs `quick` on every item, and `slow` in a few threads if it returns None. Results in order, few in flight."""
    waiting: deque[tuple[T, R | Future[R]]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        try:
            for item in items:
                stop.check()
                known = quick(item)
                waiting.append((item, pool.submit(slow, item) if known is None else known))
                if len(waiting) > 4 * threads:
                    yield _awaited(*waiting.popleft())
            while waiting:
                stop.check()
                yield _awaited(*waiting.popleft())
        finally:
            for _, result in waiting:
                if isinstance(result, Future):
                    result.cancel()


def _awaited(item: T, result: "R | Future[R]") -> tuple[T, R]:
    return item, result.result() if isinstance(result, Future) else result
