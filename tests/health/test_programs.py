"""Programs that a check runs: what they are given, how they end, and what is left of them."""

import gc
import os
import signal
import stat
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from migrate.errors import Cancelled
from migrate.health import program_outputs
from migrate.health.program_outputs import FILE, excerpt, keep_output
from migrate.health.programs import Ended, is_there, run_program
from migrate.messages import codes
from tests.health.programs import script


def run(
    folder: Path, text: str, *, stdin: bytes = b"", limit_s: float = 60, check: Callable[[], None] = lambda: None
) -> Ended:
    return run_program([str(script(folder, text)), "an argument"], stdin, folder=folder, limit_s=limit_s, check=check)


def gone(pid: int) -> bool:
    """Before long; who killed it does not wait for it."""
    for _ in range(1200):
        try:
            if Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] in "ZX":
                return True
        except OSError:
            return True
        time.sleep(0.05)
    return False


def test_status_output_arguments_stdin_and_folder(tmp_path: Path) -> None:
    found = run(tmp_path, 'cat; echo " [$1] $PWD"; echo wrong >&2; exit 3', stdin=b'{"server": 1}')
    assert found == Ended(3, f'{{"server": 1}} [an argument] {tmp_path} wrong')
    assert run(tmp_path, "exit 0") == Ended(0, "")


def test_a_program_of_the_workspace_is_found_from_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "checks").mkdir()
    script(tmp_path / "checks", "exit 0", "web.sh")
    monkeypatch.chdir("/")
    assert is_there("checks/web.sh", tmp_path) and not is_there("checks/db.sh", tmp_path)
    assert is_there("sh", tmp_path) and not is_there("no-such-program", tmp_path)
    assert run_program(["checks/web.sh"], b"", folder=tmp_path, limit_s=60, check=lambda: None) == Ended(0, "")


def test_no_login_of_ours_is_handed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OS_PASSWORD", "AWS_SECRET_ACCESS_KEY", "PGPASSWORD", "ACME_KEY"):
        monkeypatch.setenv(name, "hunter2")
    assert "hunter2" not in run(tmp_path, "env").output


def test_what_cannot_be_started(tmp_path: Path) -> None:
    for name, mode in (("none", 0), ("no-program", stat.S_IRUSR)):
        if mode:
            script(tmp_path, "exit 0", name).chmod(mode)
        with pytest.raises(OSError):
            run_program([str(tmp_path / name)], b"", folder=tmp_path, limit_s=60, check=lambda: None)


@pytest.fixture
def until_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """For `check`: an hour is over once the program has made the file `said`."""
    now, ahead_s = time.monotonic, [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now() + ahead_s[0])

    def look() -> None:
        if (tmp_path / "said").exists():
            ahead_s[0] = 3600.0

    return look


@pytest.mark.hostile
def test_one_that_never_ends_is_killed_with_what_it_has_started(tmp_path: Path, until_said: Callable[[], None]) -> None:
    text = "sleep 600 & echo $! > child; echo waiting; : > said; sleep 600"
    assert run(tmp_path, text, check=until_said) == Ended(None, "waiting")
    assert gone(int((tmp_path / "child").read_text()))


@pytest.mark.hostile
def test_one_that_ends_and_leaves_another_behind(tmp_path: Path) -> None:
    """The other holds its output open, and would hold up whoever reads it to its end."""
    assert run(tmp_path, "sleep 600 & echo $! > child; echo done") == Ended(0, "done")
    assert gone(int((tmp_path / "child").read_text()))


@pytest.mark.hostile
def test_one_that_leaves_its_group_holds_nobody_up(tmp_path: Path) -> None:
    try:
        began = time.monotonic()
        assert run(tmp_path, "setsid sleep 600 & echo $! > child; echo done", limit_s=100) == Ended(0, "done")
        assert time.monotonic() - began < 60
    finally:
        os.kill(int((tmp_path / "child").read_text()), signal.SIGKILL)


@pytest.mark.hostile
def test_one_that_ignores_signals_and_one_that_ends_by_one(tmp_path: Path) -> None:
    assert run(tmp_path, "trap '' TERM INT HUP; while :; do sleep 1; done", limit_s=1).status is None
    assert run(tmp_path, "kill -9 $$").status == -9


@pytest.mark.hostile
def test_output_without_end_is_bounded_and_cleaned(tmp_path: Path, until_said: Callable[[], None]) -> None:
    found = run(tmp_path, "yes '0123456789' | head -c 5000; : > said; yes '0123456789'", check=until_said)
    assert found.status is None and len(found.output) == 301 and found.output.startswith("…")
    found = run(tmp_path, r"printf '\033]0;title\007\033[2Jred\n\nnext\377'")
    assert found.output == r"\x1b]0;title\x07\x1b[2Jred next" + "�"


@pytest.mark.hostile
def test_one_that_does_not_read_what_it_is_told(tmp_path: Path) -> None:
    assert run(tmp_path, "exit 0", stdin=b"x" * (1 << 20)) == Ended(0, "")


def test_a_stop_of_the_run_ends_it(tmp_path: Path) -> None:
    calls = iter([None, None, Cancelled(codes.STOPPED_ON_REQUEST)])

    def check() -> None:
        if error := next(calls):
            raise error

    with pytest.raises(Cancelled):
        run(tmp_path, "echo $$ > child; exec sleep 600", check=check)
    assert gone(int((tmp_path / "child").read_text()))


def test_no_descriptor_is_left_open(tmp_path: Path) -> None:
    """Each run would leave one. Threads of earlier tests may close or open a few meanwhile."""
    gc.collect()
    runs, before = 10, len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(runs):
        run(tmp_path, "echo x")
    assert len(list(Path("/proc/self/fd").iterdir())) - before < runs


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("password hunter2 for root", "password ***"),
        ("mdp\n\nhunter2\nbye", "mdp *** bye"),
        ("la clé : hunter2", "la clé : ***"),
        ("motdepasse=hunter2", "motdepasse=***"),
        ("mysql -uroot -phunter2: refused", "mysql -uroot -p*** refused"),
        ("no such file", "no such file"),
    ],
)
def test_an_excerpt_has_nothing_behind_a_word_for_a_secret(said: str, shown: str) -> None:
    assert excerpt(said.encode()) == shown


def test_the_file_is_bounded_and_is_no_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program_outputs, "_MOST_BYTES", 2000)
    monkeypatch.setattr(program_outputs, "_KEPT_BYTES", 1000)
    for number in range(40):
        keep_output(tmp_path, b"x" * 100 + b"\x1b[2J", program="a.sh", name=f"web{number}\nweb")
    kept = (tmp_path / FILE).read_text()
    assert len(kept) < 2200 and kept.endswith("x\\x1b[2J\n") and "web39\\nweb: a.sh\n" in kept
    (tmp_path / FILE).unlink()
    (tmp_path / FILE).symlink_to(tmp_path / "elsewhere")
    keep_output(tmp_path, b"x", program="a.sh", name="web")
    assert not (tmp_path / "elsewhere").exists()
