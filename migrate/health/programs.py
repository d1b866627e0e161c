"""Programs that a check runs on this machine: ended with all that they have started, their output bounded.

No shell is asked, and no login is handed on: of our environment a program gets only what `_ENVIRONMENT` names.
"""

import os
import selectors
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from migrate.health.program_outputs import excerpt, keep_output

_ENVIRONMENT = ("PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "TZ", "TMPDIR")
_KEPT_BYTES = 64 << 10
_LOOK_S = 0.1
NOT_AGREED = "not-agreed"
"""Why a program is not run: nobody has agreed to it on this machine."""


class Ended(NamedTuple):
    """How a program ended: its status (-9: killed by signal 9), None where its time was up; what it said, cut."""

    status: int | None
    output: str = ""


def is_there(program: str, folder: Path) -> bool:
    """The program can be found on this machine; a name with a slash is one below the folder, or absolute."""
    return shutil.which(_place(program, folder)) is not None


def _place(program: str, folder: Path) -> str:
    return str(folder.absolute() / program) if "/" in program else program


def run_program(
    arguments: Sequence[str], stdin: bytes, *, folder: Path, limit_s: float, check: Callable[[], None], name: str = ""
) -> Ended:
    """Runs a program in the folder until it ends or its time is up, and kills what is left of its process group.

    Args:    check: called repeatedly while waiting; what it raises ends the wait.   name: of the server that it runs
             for: where it fails, the end of its output is kept whole in `private/`; empty: nowhere.
    Raises:  OSError: it cannot be started.
    """
    environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    with tempfile.TemporaryFile() as given:
        # A file and no pipe: a program that does not read would hold up who writes to it.
        given.write(stdin)
        given.seek(0)
        with subprocess.Popen(
            [_place(arguments[0], folder), *arguments[1:]],
            stdin=given,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=environment,
            start_new_session=True,
        ) as process:
            try:
                kept, ended = _watch(process, time.monotonic() + limit_s, check)
            finally:
                _kill_group(process)
            status = process.wait()
    if name and (status or not ended):
        keep_output(folder / "private", kept, program=arguments[0], name=name)
    return Ended(status if ended else None, excerpt(kept))


def _watch(process: subprocess.Popen[bytes], until: float, check: Callable[[], None]) -> tuple[bytes, bool]:
    """The end of its output, and whether it ended in time. What it has started may go on and hold the pipe open."""
    assert process.stdout is not None
    kept, is_open = b"", True
    os.set_blocking(process.stdout.fileno(), False)
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while True:
            # Asked before the last look at its output. Not reaped: its group's number must stay its own until then.
            ended = os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
            if is_open and (ended or selector.select(_LOOK_S)):
                got = process.stdout.read(65536)
                is_open = got != b""
                kept = (kept + (got or b""))[-_KEPT_BYTES:]
            elif not ended:
                time.sleep(_LOOK_S)
            if ended or time.monotonic() >= until:
                return kept, ended
            check()


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        # On some systems a group of nothing but the dead may not be signalled.
        return
