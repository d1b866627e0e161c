"""One kind of input: how its cases, each by seed and number alone, are made, tried and, when one fails, kept."""

import os
import random
import struct
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from migrate.errors import DecampError
from tests.bounds import bounded


@dataclass(frozen=True)
class Kind:
    """`make` gives a case, of bytes or whatever shows it; `attempt` gives it to our code, and checks what comes back.

    `cases`: how many a soak takes, `few` how many `make test` does.
    """

    make: Callable[[random.Random], Any]
    attempt: Callable[[Any], None]
    cases: int
    few: int = 150


class Failed(AssertionError):
    """A case that ended in something else than a right answer or a documented error."""


def case_of(kind: Kind, name: str, seed: int, number: int) -> Any:
    return kind.make(random.Random(f"{seed}:{name}:{number}"))


def run(name: str, kind: Kind, seed: int, numbers: range, begun: Callable[[int], None] = lambda number: None) -> None:
    """Tries these cases. Raises Failed at the first that fails; `begun` is told of each before it is tried."""
    for number in numbers:
        case = case_of(kind, name, seed, number)
        begun(number)
        try:
            with bounded(), suppress(DecampError):
                kind.attempt(case)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            why = f"{type(error).__name__}: {error}"[:500]
            raise Failed(failure(name, seed, number, case, why)) from error


def failure(name: str, seed: int, number: int, case: Any, why: str) -> str:
    """What to say of a case that failed; its input is kept in a file."""
    folder = Path(tempfile.gettempdir()) / "decamp-fuzz"
    folder.mkdir(exist_ok=True)
    kept = folder / f"{name}-{seed}-{number}"
    kept.write_bytes(case if isinstance(case, bytes) else repr(case).encode("utf-8", "backslashreplace"))
    again = f"python -m tests.fuzz {name} --seed {seed} --first {number} --count 1"
    return f"{name}: case {number} of seed {seed} fails: {why}. Its input: {kept}. Again: {again}"


class Progress:
    """The number of the case in hand, in a file that another process reads."""

    def __init__(self, path: Path) -> None:
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)

    def begun(self, number: int) -> None:
        os.pwrite(self._fd, struct.pack(">q", number), 0)

    @property
    def number(self) -> int:
        raw = os.pread(self._fd, 8, 0)
        return int(struct.unpack(">q", raw)[0]) if raw else -1

    def close(self) -> None:
        os.close(self._fd)
