"""One process measured: time, the CPU of it and its children, its peak memory."""

import os
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple


class Usage(NamedTuple):
    """`status`: as a shell tells it. `peak_mib`: of the largest of its processes."""

    status: int
    wall_s: float
    cpu_s: float
    peak_mib: float
    output: str


def measured(command: Sequence[str], env: Mapping[str, str], cwd: Path | None = None) -> Usage:
    """Runs the command to its end.

    The kernel counts the memory of whoever starts a process into that process' peak, so the caller has to be small:
    this package imports no SDK.
    """
    with tempfile.TemporaryFile() as output:
        started = time.perf_counter()
        child = subprocess.Popen(
            command, env=dict(env), cwd=cwd, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
        _, status, used = os.wait4(child.pid, 0)
        wall_s = time.perf_counter() - started
        child.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        told = output.read().decode(errors="replace")
    return Usage(child.returncode, wall_s, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, told)
