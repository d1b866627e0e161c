"""What a hostile input may cost at most: 512 MiB more than the tests have already, and 30 s of CPU."""

import ctypes
import os
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

MOST_BYTES, MOST_S = 512 << 20, 30.0
_OWN = Path("/proc/self")
_TICK_S = 1 / os.sysconf("SC_CLK_TCK")


@contextmanager
def bounded(most_bytes: int = MOST_BYTES) -> Iterator[None]:
    """Counts this thread and those that begin within; what others do meanwhile, as a server of the test, is not it."""
    # What earlier tests freed, glibc may still hold: memory that is taken of it would not show.
    ctypes.CDLL(None).malloc_trim(0)
    (_OWN / "clear_refs").write_text("5")  # the peak begins anew
    before, began, others = _kib("VmRSS"), time.process_time(), _of_others_s()
    yield
    took_s, more_bytes = time.process_time() - began, (_kib("VmHWM") - before) << 10
    now = _of_others_s()
    took_s -= sum(now.get(thread, spent_s) - spent_s for thread, spent_s in others.items())
    assert took_s < MOST_S and more_bytes < most_bytes, f"{took_s:.1f} s of CPU, {more_bytes >> 20} MiB"


def _of_others_s() -> dict[str, float]:
    """The CPU time that each other thread of this process has had so far."""
    found = {}
    for task in (_OWN / "task").iterdir():
        # One may end meanwhile.
        with suppress(OSError):
            if task.name != str(threading.get_native_id()):
                fields = (task / "stat").read_text().rpartition(")")[2].split()
                found[task.name] = (int(fields[11]) + int(fields[12])) * _TICK_S
    return found


def _kib(field: str) -> int:
    found = re.search(rf"^{field}:\s+(\d+) kB$", (_OWN / "status").read_text(), re.MULTILINE)
    assert found
    return int(found[1])
