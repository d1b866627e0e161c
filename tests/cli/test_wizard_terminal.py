"""`decamp wizard` at a real terminal of 80 × 24: typed at, killed with -9 at every question, and started again."""

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.matrix import rest

PROGRAM = """
from migrate.demo.small_tenant import two_clouds
two_clouds(0.02)
from migrate.cli.main import main
main()
"""
"""The clouds are in the memory of this process, the same each time: nothing is done on them before the move begins."""
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]|\x1b[=>]|[\r\x08]")
STORY = (
    ("How do you log in to the old cloud", "entry:memory:source/small"),
    ("How do you log in to the new cloud", "entry:memory:target/small"),
    ("When is the old cloud switched off", "2099-02-01 00:00 Europe/Paris"),
    ("Is this what you have", ""),
    ("other sizes of servers", ""),
    ("be stopped at the old cloud before", ""),
    ("When may servers be stopped", ""),
    ("Begin the move", "1"),
    ("Stop these servers now", "tool-1"),
)
"""What is asked, and what is typed."""


class Terminal:
    """A process at a terminal of its own, and all that it has shown."""

    def __init__(self, root: Path, home: Path, *options: str, term: str = "xterm") -> None:
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        env = {**os.environ, "HOME": str(home), "TERM": term, "PROMPT_TOOLKIT_NO_CPR": "1"}
        self._process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, "-C", str(root), "wizard", *options],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=env,
            cwd=home,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(theirs)
        self.shown = ""

    def until(self, text: str, limit_s: float = 60) -> None:
        """Reads until the text stands there with a prompt after it."""
        end = time.monotonic() + limit_s
        while not self._asks(text):
            assert time.monotonic() < end, self.shown[-2000:]
            if not self._read(end):
                break
        assert text in self._flat(), self.shown[-2000:]

    def _asks(self, text: str) -> bool:
        flat = self._flat()
        return text in flat and flat.rpartition(text)[2].rstrip().endswith("›")

    def _flat(self) -> str:
        return " ".join(ESCAPES.sub("", self.shown).split())

    def _read(self, end: float) -> bool:
        if not select.select([self._ours], [], [], max(0.0, end - time.monotonic()))[0]:
            return True
        try:
            piece = os.read(self._ours, 65536)
        except OSError:
            return False
        self.shown += piece.decode("utf-8", "replace")
        return bool(piece)

    def type(self, line: str) -> None:
        os.write(self._ours, f"{line}\r".encode())

    def kill(self, number: int = signal.SIGKILL) -> int:
        os.kill(self._process.pid, number)
        return self.ended()

    def interrupt(self) -> int:
        os.write(self._ours, b"\x03")
        return self.ended()

    def ended(self, limit_s: float = 60) -> int:
        end = time.monotonic() + limit_s
        while self._process.poll() is None and time.monotonic() < end:
            self._read(min(end, time.monotonic() + 0.2))
        while self._read(time.monotonic() + 0.1) and select.select([self._ours], [], [], 0.1)[0]:
            pass
        return self._process.wait(1)

    def close(self) -> None:
        if self._process.poll() is None:
            self.kill()
        os.close(self._ours)


@pytest.fixture
def terminals(tmp_path: Path) -> Iterator[list[Terminal]]:
    opened: list[Terminal] = []
    yield opened
    for one in opened:
        one.close()


def started(terminals: list[Terminal], tmp_path: Path) -> Terminal:
    terminals.append(Terminal(tmp_path / "move", tmp_path))
    return terminals[-1]


BEFORE_THE_MOVE = STORY[:-2]


def answer(screen: Terminal, *story: tuple[str, str]) -> None:
    for question, line in story:
        screen.until(question)
        screen.type(line)


def moved_to_the_end(screen: Terminal, tmp_path: Path) -> None:
    assert screen.ended() == 0, screen.shown[-3000:]
    assert "compared without a difference" in " ".join(screen.shown.split())
    rows = json.loads((tmp_path / "move" / "evidence" / "verify.json").read_text())["rows"]
    assert rows and {row["verdict"] for row in rows} <= {"same", "not re-read"}


def test_killed_interrupted_or_answered_wrong_it_goes_on_there(terminals: list[Terminal], tmp_path: Path) -> None:
    """One move, left at a question that was answered wrong, in the middle of a command, and by Ctrl-C at a question."""
    (tmp_path / "hello.sh").write_text("hello\n")
    screen = started(terminals, tmp_path)
    answer(screen, (STORY[0][0], "rc"), ("Where is the RC file", "~/hello.sh"))
    screen.until("there is no OS_ variable in it")
    screen.kill()
    # The way in is known by now: the file is asked for again, and another way is one step back.
    screen = started(terminals, tmp_path)
    answer(screen, ("Where is the RC file", "b"), *STORY[:3])
    end = time.monotonic() + 60
    while "scan" not in screen.shown:
        assert time.monotonic() < end, screen.shown[-2000:]
        screen._read(time.monotonic() + 0.05)
    screen.kill()
    screen = started(terminals, tmp_path)
    answer(screen, STORY[3])
    assert "When is the old cloud" not in screen.shown
    screen.until(STORY[4][0])
    assert screen.interrupt() == 130 and "decamp: DCP-130" in screen.shown
    screen = started(terminals, tmp_path)
    answer(screen, *STORY[4:])
    moved_to_the_end(screen, tmp_path)


@pytest.mark.full
@pytest.mark.timeout(600)
def test_killed_or_interrupted_at_every_question_it_goes_on_there(terminals: list[Terminal], tmp_path: Path) -> None:
    screen = started(terminals, tmp_path)
    for number, (question, line) in enumerate(BEFORE_THE_MOVE):
        screen.until(question)
        if number % 2:
            assert screen.interrupt() == 130 and "decamp: DCP-130" in screen.shown
        else:
            screen.kill()
        screen = started(terminals, tmp_path)
        answer(screen, (question, line))
        # Killed at the very next question too.
        screen.until(STORY[number + 1][0])
        screen.kill()
        screen = started(terminals, tmp_path)
    answer(screen, *STORY[-2:])
    moved_to_the_end(screen, tmp_path)


@pytest.mark.parametrize(("options", "term"), [((), "dumb"), *rest((("--plain",), "xterm"))])
def test_lines_pasted_at_a_plain_terminal_are_all_read_and_none_is_shown(
    terminals: list[Terminal], tmp_path: Path, options: tuple[str, ...], term: str
) -> None:
    screen = Terminal(tmp_path / "move", tmp_path, *options, term=term)
    terminals.append(screen)
    screen.until("How do you log in to the old cloud")
    screen.type("paste")
    screen.until("Paste")
    lines = (
        "OS_AUTH_URL=http://127.0.0.1:9/v3",
        "OS_USERNAME=me",
        "OS_PROJECT_NAME=p",
        "",
        "OS_PASSWORD=pasted-s3cret",
    )
    screen.type("\r".join(("export OS_REGION_NAME=R", *lines, "")))
    screen.until("Try again")
    assert "s3cret" not in screen.shown
    secure = (tmp_path / "move" / "private" / "login" / "secure.yaml").read_text()
    assert "pasted-s3cret" in secure
