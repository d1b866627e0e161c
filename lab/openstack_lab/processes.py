"""Starts and stops the lab's processes, and never touches anybody else's."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from openstack_lab.config import LabError


@dataclass(frozen=True)
class Process:
    """How to run one process of the lab."""

    name: str
    group: str  # source, target, shared or postgres
    command: tuple[str, ...]
    env: Mapping[str, str]
    home: Path  # the folder of its group: pids/ and log/ lie there
    port: int | None = None
    user: str | None = None  # whom it runs as, where that is not ourselves

    @property
    def pid_file(self) -> Path:
        return self.home / "pids" / self.name

    @property
    def log_file(self) -> Path:
        return self.home / "log" / f"{self.name}.log"


def start(process: Process) -> None:
    """Start the process unless it runs already. Its output is appended to its log file."""
    if running_pid(process.pid_file):
        return
    if not shutil.which(process.command[0], path=process.env["PATH"]):
        raise LabError(f'{process.command[0]} is missing: run "lab/lab install" first.')
    refuse_taken_port(process)
    for folder in (process.pid_file.parent, process.log_file.parent):
        folder.mkdir(parents=True, exist_ok=True)
    with process.log_file.open("ab") as log:
        child = subprocess.Popen(
            process.command,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=dict(process.env),
            cwd=process.home,
            start_new_session=True,
            user=process.user,
            group=process.user,
            extra_groups=[] if process.user else None,
        )
    process.pid_file.write_text(f"{child.pid} {_start_time(child.pid)}\n")


def running_pid(pid_file: Path) -> int | None:
    """The pid in the file, if it is still the very process that we started.

    The kernel gives pids out again, and services rename themselves (setproctitle overwrites even /proc/PID/environ):
    only the start time tells.
    """
    try:
        pid, started = pid_file.read_text().split()
        return int(pid) if _start_time(int(pid)) == started else None
    except (OSError, ValueError):
        return None


def refuse_taken_port(process: Process) -> None:
    """Raise if somebody else listens where the process is to listen."""
    if process.port is None or running_pid(process.pid_file):
        return
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", process.port))
        except OSError:
            raise LabError(
                f"Port {process.port} on 127.0.0.1, needed by {process.name} of {process.group}, is taken by a "
                "process that this lab did not start."
            ) from None


def stop(pid_files: Iterable[Path], *, patience_s: float, how: signal.Signals = signal.SIGTERM) -> list[str]:
    """End the processes together; those that outstay patience_s are killed with their children. Returns their names."""
    live = {f: pid for f in pid_files if (pid := running_pid(f))}
    for pid in live.values():
        os.kill(pid, how)
    deadline = time.monotonic() + patience_s
    while any(map(running_pid, live)) and time.monotonic() < deadline:
        _reap_children()
        time.sleep(0.05)
    killed = []
    for pid_file, pid in live.items():
        if running_pid(pid_file):
            killed.append(pid_file.name)
        # A service's workers share its process group: none may be left behind with the port still open.
        _signal_group(pid, signal.SIGKILL)
        pid_file.unlink(missing_ok=True)
    return killed


def pid_files_in(home: Path) -> list[Path]:
    folder = home / "pids"
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _start_time(pid: int) -> str | None:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return None if fields[0] == "Z" else fields[19]


def _reap_children() -> None:
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def _signal_group(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, number)
