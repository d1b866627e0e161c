"""Kinds that show what is told of a case that goes wrong; they load nothing of the product."""

import itertools
import os
import random
import signal
import time

from tests.fuzz.engine import Kind

_made = itertools.count()


def _make(rng: random.Random) -> int:
    """How many were made in this process before."""
    return next(_made)


def _without_end(case: int) -> None:
    while case == 2:
        time.sleep(0.1)


def _killed(case: int) -> None:
    if case == 2:
        os.kill(os.getpid(), signal.SIGKILL)


def _large(case: int) -> None:
    if case == 2:
        assert len(bytes(700 << 20).replace(b"\0", b"\1")) > 0


WRONG = {
    "no end": Kind(_make, _without_end, 0),
    "killed": Kind(_make, _killed, 0),
    "memory": Kind(_make, _large, 0),
}
