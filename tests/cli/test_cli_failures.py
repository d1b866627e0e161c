"""Whatever ends a command: one sentence, the documented status, no traceback, no secret."""

import logging
import os
import re
import signal
import stat
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from migrate.cli.log_file import ScrubbedFormatter, keep_log, set_up_logging
from migrate.errors import (
    Cancelled,
    ConfigError,
    ConflictError,
    DecampError,
    Exit,
    FatalError,
    IntegrityError,
    ItemError,
    TransientError,
    Unreachable,
)
from migrate.messages import codes
from migrate.redaction import scrub
from tests.cli.conftest import Decamp
from tests.matrix import rest

ERRORS: list[tuple[DecampError, int]] = [
    (FatalError(codes.CANNOT_WRITE, path="p", why="full"), 1),
    (ConfigError(codes.DOCUMENT_MISSING, path="p"), 2),
    (ItemError(codes.GONE, kind="server", id="x"), 3),
    (TransientError(codes.CLOUD_UNAVAILABLE, what="GET"), 3),
    (IntegrityError(codes.BYTES_DIFFER, what="x"), 4),
    (ConflictError(codes.SOURCE_CHANGED, item="x", what="y"), 5),
    (Unreachable(codes.UNREACHABLE, url="http://x"), 6),
]


def fail_with(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def raising(*_args: object, **_more: object) -> None:
        raise error

    monkeypatch.setattr("migrate.cli.commands.check.check", raising)


@pytest.mark.parametrize(("error", "status"), ERRORS)
def test_each_class_of_error_has_its_status(
    decamp: Decamp, planned: Path, monkeypatch: pytest.MonkeyPatch, error: DecampError, status: int
) -> None:
    fail_with(monkeypatch, error)
    result = decamp("-C", planned, "check")
    assert result.code == status and result.sentence.startswith(f"decamp: {error.code}: ")


def test_a_cancelled_command_says_how_to_go_on(decamp: Decamp, planned: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for error in (Cancelled(codes.STOPPED_ON_REQUEST), KeyboardInterrupt()):
        fail_with(monkeypatch, error)
        result = decamp("-C", planned, "check")
        assert result.code == Exit.INTERRUPTED
        first, second = result.err.splitlines()
        assert first.startswith("decamp: DCP-130: ") and second.startswith("To resume: decamp")


def test_the_unforeseen_goes_to_a_crash_file(decamp: Decamp, planned: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fail_with(monkeypatch, RuntimeError("broken with password=hunter2"))
    result = decamp("-C", planned, "check")
    assert result.code == 1 and result.sentence.startswith("decamp: DCP-100: ")
    found = re.search(r"RuntimeError, (\S+\.txt)", result.sentence)
    assert found and "hunter2" not in result.err
    crash = Path(found[1])
    assert crash.parent == planned / "private" and stat.S_IMODE(crash.stat().st_mode) == 0o600
    assert "Traceback" in crash.read_text() and "hunter2" not in crash.read_text()


def test_too_little_memory_is_one_sentence(decamp: Decamp, planned: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fail_with(monkeypatch, MemoryError())
    monkeypatch.setattr("sys.argv", ["decamp", "check", "--wide"])
    result = decamp("-C", planned, "check")
    assert (
        result.code == 1 and result.sentence.startswith("decamp: DCP-113: ") and "`decamp check --wide`" in result.err
    )
    assert not list((planned / "private").glob("crash-*"))


def test_a_crash_without_a_workspace_goes_to_the_temporary_folder(
    decamp: Decamp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("migrate.cli.workspace.Workspace.policy", lambda _self: 1 / 0)
    result = decamp("-C", tmp_path / "nowhere", "check")
    assert result.code == 1 and str(tmp_path / "crash-") in result.sentence


def test_an_error_of_the_file_system_is_one_sentence(
    decamp: Decamp, planned: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_with(monkeypatch, OSError(28, "No space left on device", "/full/disk"))
    result = decamp("-C", planned, "check")
    assert result.code == 1 and "/full/disk (No space left on device)" in result.sentence


@pytest.mark.parametrize(
    "args", [("nonsense",), ("--nonsense", "status"), ("-f", "xml", "status"), ("approve", "a", "b")]
)
def test_usage(decamp: Decamp, args: tuple[str, ...]) -> None:
    result = decamp(*args)
    assert result.code == 2 and result.sentence.startswith("decamp: DCP-200: ")


# ---------------------------------------------------------------- signals


DRIVER = textwrap.dedent("""
    import sys, time
    from migrate.demo.small_tenant import two_clouds
    from migrate.cli.main import main
    import migrate.execute.runner as runner, migrate.inventory.scan_project as scanning
    two_clouds(0.02)

    def polite(job):
        print("working", file=sys.stderr, flush=True)
        while True:
            job.ctx.stop.check()
            job.ctx.stop.wait(0.05)

    def deaf(*_args, **_said):
        print("working", file=sys.stderr, flush=True)
        while True:
            time.sleep(0.05)

    how = sys.argv.pop(1)
    if how == "scan":
        scanning.scan = deaf
    else:
        runner.perform = polite if how == "polite" else deaf
    main()
""")


Started = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def started() -> Iterator[Started]:
    """Starts `decamp` in a process of its own, and returns it once it is at work; none outlives its test, or 60 s."""
    processes: list[tuple[subprocess.Popen[str], threading.Timer]] = []

    def start(how: str, *args: str | Path) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-c", DRIVER, how, *map(str, args)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        processes.append((process, threading.Timer(60, process.kill)))
        processes[-1][1].start()
        until(process, "working\n")
        return process

    yield start
    for process, limit in processes:
        limit.cancel()
        process.kill()
        process.communicate()


def until(process: "subprocess.Popen[str]", text: str) -> None:
    """Reads what it says, up to the line with this text."""
    assert process.stderr is not None
    assert any(text in line for line in process.stderr), f"it ended with {process.wait()}"


@pytest.mark.parametrize("number", [signal.SIGINT, *rest(signal.SIGTERM)])
def test_the_first_signal_stops_a_run_softly(started: Started, planned: Path, number: signal.Signals) -> None:
    process = started("polite", "-C", planned, "run", "--execute")
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "stopping after the current chunk" in err and "decamp: DCP-130: " in err and "run --execute" in err
    assert "Traceback" not in err


def test_the_second_signal_ends_a_run_at_once(started: Started, planned: Path) -> None:
    """Its steps never end by themselves. Whichever the signals are: the first one is no end."""
    process = started("deaf", "-C", planned, "run", "--execute")
    process.send_signal(signal.SIGTERM)
    until(process, "stopping after the current chunk")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130 and "Traceback" not in err


def test_a_signal_ends_a_scan(started: Started, planned: Path) -> None:
    process = started("scan", "-C", planned, "scan")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "decamp: DCP-130: " in err and "To resume: decamp -C" in err and "Traceback" not in err


# ---------------------------------------------------------------- secrets


@pytest.mark.parametrize(
    "line",
    [
        "password=hunter2",
        "os_password: hunter2",
        '{"password": "hunter2 and more"}',
        "{'adminPass': 'hunter2'}",
        "X-Auth-Token: hunter2",
        "Authorization: Bearer hunter2",
        "user_data=hunter2",
        "GET /v1/x?temp_url_sig=hunter2&temp_url_expires=1",
        "application_credential_secret=hunter2, id=1",
    ],
)
def test_secrets_are_scrubbed_by_key(line: str) -> None:
    assert "hunter2" not in scrub(line) and "***" in scrub(line)


def test_what_is_no_secret_stays() -> None:
    line = "failed step=volume:1:capture code=DCP-503 path=/v2/images kind=keypair"
    assert scrub(line) == line


def test_a_log_line_is_scrubbed_with_its_arguments_and_without_a_traceback() -> None:
    try:
        raise ValueError("token=hunter2")
    except ValueError:
        record = logging.LogRecord("decamp", logging.ERROR, "f", 1, "x password=%s", ("hunter2",), sys.exc_info())
    short = ScrubbedFormatter(tracebacks=False).format(record)
    long = ScrubbedFormatter(tracebacks=True).format(record)
    assert "hunter2" not in short + long
    assert "Traceback" not in short and "\n" not in short and "Traceback" in long


def test_the_log_of_a_command_is_its_own_workspaces_and_holds_each_line_once(tmp_path: Path) -> None:
    """The wizard calls many commands in one process."""
    log, folders = logging.getLogger("decamp"), [tmp_path / name for name in ("a", "b")]
    for number, folder in enumerate([folders[0], folders[0], folders[1]]):
        folder.mkdir(exist_ok=True)
        set_up_logging(verbose=False)
        keep_log(folder)
        log.warning("command %d", number)
    lines = [[line.rpartition(" ")[2] for line in (one / "decamp.log").read_text().splitlines()] for one in folders]
    assert lines == [["0", "1"], ["2"]]
    (kept,) = [handler for handler in log.handlers if isinstance(handler, logging.FileHandler)]
    log.removeHandler(kept)
    kept.close()


def test_tracebacks_of_the_log_go_to_a_private_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = logging.getLogger("decamp")
    set_up_logging(verbose=False)
    keep_log(tmp_path)
    log.error("unexpected", exc_info=ValueError("why"))
    (handler,) = [handler for handler in log.handlers if isinstance(handler, logging.FileHandler)]
    log.removeHandler(handler)
    handler.close()
    kept = tmp_path / "decamp.log"
    assert "ValueError: why" in kept.read_text() and stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert "Traceback" not in capsys.readouterr().err
