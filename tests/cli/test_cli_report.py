"""`decamp report` and the forecast: it is told as of now, and where there is none that is said."""

import json
import os
import re
import socket
import stat
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO

import pytest
from msgspec.structs import replace

from migrate.documents import read_document, write_document
from migrate.forecast.forecast_records import Forecast
from migrate.messages import codes
from tests.cli.conftest import Decamp
from tests.cli.workspaces import edit


def test_without_a_forecast_every_format_says_how_to_have_one(decamp: Decamp, planned: Path) -> None:
    """There is none while the policy has mistakes that only a clock or an inventory tells."""
    edit(planned, tiers='{"server:nobody": 10}')
    assert "nobody" in decamp("-C", planned, "forecast").sentence
    for form in ("html", "md"):
        assert "decamp forecast" in decamp("-C", planned, "report", "-f", form, "-o", "-").out
    assert json.loads(decamp("-C", planned, "report", "-f", "json", "-o", "-").out)["forecast"] is None


def test_the_forecast_is_told_as_of_now_whatever_the_last_one_said(decamp: Decamp, planned: Path) -> None:
    """The one on disk gives its guard and its history, and is left as it is."""
    path = planned / "forecast.json"
    decamp("-C", planned, "forecast")
    long_ago = replace(read_document(path, Forecast), as_of="2020-01-01T00:00:00Z", first_as_of="2020-01-01T00:00:00Z")
    write_document(path, long_ago)
    before = path.read_bytes()
    assert decamp("-C", planned, "run", "--execute").code == 0
    values = json.loads(decamp("-C", planned, "report", "-f", "json", "-o", "-").out)
    told = values["forecast"]
    assert (told["as_of"], told["steps_left"]) == (values["made_at"], 0) and values["forecast_fits"]
    assert told["first_as_of"] == "2020-01-01T00:00:00Z" and len(told["history"]) == 2
    assert path.read_bytes() == before


def test_a_damaged_forecast_is_begun_anew_and_that_is_said(decamp: Decamp, planned: Path) -> None:
    (planned / "forecast.json").write_text("{")
    told = decamp("-C", planned, "report")
    assert told.code == 0 and codes.DOCUMENT_DAMAGED in told.err


def test_the_name_of_the_file_decides_its_format(decamp: Decamp, planned: Path, tmp_path: Path) -> None:
    for name, begins in (("a.html", "<!doctype html>"), ("a.md", "# "), ("a.json", "{"), ("a", "<!doctype html>")):
        decamp("-C", planned, "report", "-o", tmp_path / name)
        assert (tmp_path / name).read_text().startswith(begins)


@pytest.mark.hostile
@pytest.mark.parametrize("kind", ["link", "link to nothing", "link to a folder", "folder", "socket", "unread pipe"])
@pytest.mark.parametrize("form", ["md", "hosts"])
def test_what_is_no_plain_file_is_never_replaced(
    decamp: Decamp, planned: Path, tmp_path: Path, form: str, kind: str
) -> None:
    path, other = tmp_path / "out", tmp_path / "other"
    other.write_text("other")
    match kind:
        case "folder":
            path.mkdir()
        case "socket":
            with socket.socket(socket.AF_UNIX) as made:
                made.bind(str(path))
        case "unread pipe":
            os.mkfifo(path)
        case _:
            path.symlink_to({"link": other, "link to a folder": tmp_path}.get(kind, tmp_path / "nothing"))
    before = path.lstat()
    refused = decamp("-C", planned, "report", "--offline", "-f", form, "-o", path)
    assert refused.code == 2 and f"{codes.OUTPUT_REFUSED}: nothing was written to {path}" in refused.err, refused.err
    for words in (("support-bundle", "--yes", "-o"), ("pack",)):
        code = codes.ARCHIVE_EXISTS if path.is_symlink() else codes.OUTPUT_REFUSED
        refused = decamp("-C", planned, *words, path)
        assert refused.code == 2 and f"decamp: {code}: " in refused.err, refused.err
    assert stat.S_IFMT(path.lstat().st_mode) == stat.S_IFMT(before.st_mode) and path.lstat().st_ino == before.st_ino
    assert other.read_text() == "other" and not (tmp_path / "nothing").exists()


_END, _BEGINNING, _MOST_OTHERWISE = b"\nthe end\n", 15, 60
_CHART = re.compile(rb"<svg.*?</svg>", re.DOTALL)


@pytest.mark.parametrize("form", ["md", "html", "json", "addresses"])
def test_a_pipe_and_a_terminal_are_written_into(decamp: Decamp, planned: Path, tmp_path: Path, form: str) -> None:
    told, pipe = list[bytes](), tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    thread = threading.Thread(target=lambda: told.append(pipe.read_bytes()))
    thread.start()
    words = ("-C", planned, "report", "--offline", "-f", form, "-o")
    assert decamp(*words, pipe).code == 0
    pipe.write_bytes(b"")  # should the thread have been later than the command
    thread.join()
    os.close(reader)
    assert decamp(*words, tmp_path / "file").code == 0
    assert are_alike((tmp_path / "file").read_bytes(), told[0]) and stat.S_ISFIFO(pipe.lstat().st_mode)
    ours, theirs = os.openpty()
    with os.fdopen(ours, "rb", buffering=0) as screen:
        shown = bytearray()
        thread = threading.Thread(target=_read_screen, args=(screen, shown))
        thread.start()
        assert decamp(*words, os.ttyname(theirs)).code == 0
        os.write(theirs, _END)
        thread.join()
        os.close(theirs)
    assert are_alike(bytes(shown).removesuffix(_END.replace(b"\n", b"\r\n")), told[0])


def are_alike(one: bytes, other: bytes) -> bool:
    """Not the same: each report says when it was made, and how long ago the scan was.

    A chart has one more tick or one fewer as its time goes on, so that none is looked at: two reports of one minute
    may differ by all that a tick takes.
    """
    one, other = (_CHART.sub(b"", text.replace(b"\r\n", b"\n")) for text in (one, other))
    return one[:_BEGINNING] == other[:_BEGINNING] and abs(len(one) - len(other)) < _MOST_OTHERWISE


def _read_screen(screen: IO[bytes], shown: bytearray) -> None:
    while not shown.endswith(_END.replace(b"\n", b"\r\n")):
        shown.extend(screen.read(1 << 16))


@pytest.mark.parametrize("how", ["a pipe", "a file that goes on"])
def test_another_name_of_stdout_is_stdout(planned: Path, tmp_path: Path, how: str) -> None:
    """`report -o /dev/stdout >> log` adds to the log."""
    log = tmp_path / "log"
    log.write_text("before\n")
    # As /dev/stdout is; that one itself would be replaced, should this ever break again.
    (name := tmp_path / "stdout").symlink_to("/proc/self/fd/1")
    words = [sys.executable, "-m", "migrate.cli.main", "-C", str(planned), "report", "--offline", "-o", str(name)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with log.open("ab") as file:
        out = subprocess.PIPE if how == "a pipe" else file
        done = subprocess.run(words, stdout=out, env=environment, check=True)
    said = done.stdout.decode() if how == "a pipe" else log.read_text().removeprefix("before\n")
    assert said.startswith("# ") and log.read_text().startswith("before\n")
