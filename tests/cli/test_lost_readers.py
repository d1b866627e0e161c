"""Whoever stops reading what a command says, a run goes on: each in a process of its own, as a shell starts it."""

import fcntl
import json
import os
import pty
import signal
import sqlite3
import subprocess
import sys
import termios
import textwrap
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Decamp
from tests.matrix import rest

DRIVER = textwrap.dedent("""
    from migrate.cli.main import main
    from migrate.demo.small_tenant import two_clouds
    from migrate.forecast import simulate

    simulate.RUNS = simulate.LEAST_OWN_SCHEDULES = 10
    two_clouds(0.02)
    main()
""")


def start(root: Path, *args: str, **how: Any) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **how.pop("env", {})}
    return subprocess.Popen([sys.executable, "-c", DRIVER, "-C", str(root), *args], env=environment, **how)


def a_pipe(root: Path) -> subprocess.Popen[bytes]:
    """`run 2>&1 | head -1`."""
    process = start(root, "run", "--execute", stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert process.stdout is not None and process.stdout.readline()
    process.stdout.close()
    return process


def a_terminal(root: Path) -> subprocess.Popen[bytes]:
    """A window that is closed once the run has begun to say something."""
    master, slave = pty.openpty()
    process = start(root, "run", "--execute", stdin=slave, stdout=slave, stderr=slave, start_new_session=True)
    os.close(slave)
    assert os.read(master, 1)
    os.close(master)
    return process


def a_full_disk(root: Path) -> subprocess.Popen[bytes]:
    """`run 2> log`, where there is no room left."""
    with Path("/dev/full").open("wb") as full:
        return start(root, "run", "--execute", stdout=subprocess.DEVNULL, stderr=full)


def nothing_open(root: Path) -> subprocess.Popen[bytes]:
    """`run <&- >&- 2>&-`: what is opened next, such as the ledger, must not be taken for stderr."""
    shell = ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", sys.executable, "-c", DRIVER, "-C", str(root)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.Popen([*shell, "run", "--execute"], env=environment)


@pytest.mark.parametrize("lost", [a_pipe, a_terminal, *rest(a_full_disk, nothing_open)])
def test_a_run_goes_on_to_its_end(
    decamp: Decamp, planned: Path, lost: Callable[[Path], "subprocess.Popen[bytes]"]
) -> None:
    assert lost(planned).wait(timeout=100) == 0
    with closing(sqlite3.connect(planned / "ledger.db")) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert {state for (state,) in db.execute("SELECT state FROM steps")} == {"done"}
    assert not list((planned / "private").glob("crash-*"))
    assert json.loads(decamp("-C", planned, "status", "-f", "json").out)["down"] == []


def test_a_failure_is_no_success_where_nobody_reads(planned: Path) -> None:
    """`check | head -1` of a plan that is blocked."""
    policy = planned / "policy.yaml"
    policy.write_text(policy.read_text().replace("  flavors: {}", "  flavors: {t1.cw.tiny: not-there}"))
    process = start(planned, "check", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.close()
    _, err = process.communicate(timeout=100)
    assert process.returncode == 3 and b"Traceback" not in err and b"Exception" not in err


def test_data_that_a_full_disk_does_not_take_is_an_error(planned: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        process = start(planned, "check", "-f", "json", stdout=full, stderr=subprocess.PIPE)
    _, err = process.communicate(timeout=100)
    assert process.returncode == 1 and err.startswith(b"decamp: DCP-111: cannot write stdout ")


def test_a_watch_that_nobody_reads_ends(planned: Path) -> None:
    process = start(planned, "watch", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.close()
    _, err = process.communicate(timeout=100)
    assert process.returncode == 0 and b"Traceback" not in err


@pytest.mark.parametrize(
    ("encoding", "command"), [("iso8859-15", "status"), *rest(("cp1252", "check"), ("ascii", "forecast"))]
)
def test_a_terminal_that_does_not_know_a_sign_shows_an_escape(planned: Path, encoding: str, command: str) -> None:
    done = start(planned, command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={"PYTHONIOENCODING": encoding})
    out, err = done.communicate(timeout=100)
    assert out and done.returncode in {0, 10} and b"DCP-100" not in err, err


def test_json_stays_json_there() -> None:
    program = "from migrate.cli.console import print_json; print_json({'name': 'é 😀'})"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONIOENCODING": "iso8859-15"}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, env=environment)
    assert json.loads(done.stdout) == {"name": "é 😀"}


WORKING = (
    DRIVER.replace("main()", "").replace(
        "from migrate.forecast", "import migrate.execute.runner as runner\nfrom migrate.forecast"
    )
    + """
import sys

def polite(job):
    print("working", file=sys.stderr, flush=True)
    while True:
        job.ctx.stop.check()
        job.ctx.stop.wait(0.05)

runner.perform = polite
main()
"""
)


def at_work(root: Path, on_hang_up: int = signal.SIG_DFL) -> subprocess.Popen[bytes]:
    """A run in the middle of a step. `on_hang_up`: what it was started with, as `nohup` chooses for all below it."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", WORKING, "-C", str(root), "run", "--execute"]
    process = subprocess.Popen(
        command,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGHUP, on_hang_up),
    )
    assert process.stderr is not None
    assert any(b"working" in line for line in process.stderr)
    return process


def test_a_terminal_that_hangs_up_interrupts_a_run_as_ctrl_c_does_however_often_it_says_so(planned: Path) -> None:
    process = at_work(planned)
    process.send_signal(signal.SIGHUP)
    assert process.stderr is not None and any(b"stopping" in line for line in process.stderr)
    process.send_signal(signal.SIGHUP)
    _, err = process.communicate(timeout=100)
    assert process.returncode == 130 and b"decamp: DCP-130: " in err
    # Nobody has read that sentence: the terminal is gone.
    assert "ended code=DCP-130" in (planned / "private" / "decamp.log").read_text()


def test_a_pipe_that_somebody_has_set_not_to_block_loses_nothing(planned: Path) -> None:
    reading, writing = os.pipe()
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 4096)
    os.set_blocking(writing, False)
    process = start(planned, "report", "-o", "-", stdout=writing)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        while process.poll() is None and waiting_bytes(reading) < 4096:
            time.sleep(0.02)
        said = pipe.read()
    assert process.wait(timeout=100) == 0 and len(said) > 4096


def waiting_bytes(pipe: int) -> int:
    return int.from_bytes(fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)), sys.byteorder)


def test_under_nohup_nothing_is_interrupted(planned: Path) -> None:
    process = at_work(planned, signal.SIG_IGN)
    process.send_signal(signal.SIGHUP)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(timeout=0.2)
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=100)
    # Had the hang-up been heeded, the second signal would have ended it at once, without a sentence.
    assert process.returncode == 130 and b"decamp: DCP-130: " in err
