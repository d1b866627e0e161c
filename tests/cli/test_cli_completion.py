"""Completion as a shell asks for it: what is offered, how fast, and that nothing is written, fails or leaks."""

import json
import os
import pty
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from migrate.cli.main import main
from tests.cli.conftest import Decamp
from tests.cli.large_workspace import LARGE, plan
from tests.cli.loaded_modules import REDACTION, assert_light, loaded_by
from tests.docs.commands import files

Complete = Callable[..., list[str]]
BIN = Path(sys.executable).parent


def asking(line: str, shell: str) -> dict[str, str]:
    return {**os.environ, "COMP_LINE": line, "_DECAMP_COMPLETE": f"{shell}_complete"}


def asked(line: str, shell: str = "bash", cwd: Path | None = None, **env: str) -> subprocess.CompletedProcess[str]:
    command, more = [sys.executable, "-m", "migrate.cli.main"], {**asking(line, shell), **env}
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=more, timeout=60)


@pytest.fixture
def complete(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Complete:
    """As `asked`, in this process: starting one takes ten times as long as the answer."""

    def it(line: str, shell: str = "bash", cwd: Path = tmp_path, **env: str) -> list[str]:
        with monkeypatch.context() as patch, pytest.raises(SystemExit) as ended:
            patch.chdir(cwd)
            for name, value in {**asking(line, shell), **env}.items():
                patch.setenv(name, value)
            main()
        out, err = capsys.readouterr()
        assert (ended.value.code, err) == (0, "")
        return [row.split("\t")[1] for row in out.splitlines() if row]

    return it


def test_what_is_made_of_the_commands_is_as_they_are() -> None:
    """`python -m tests.docs.commands` makes it."""
    for path, text in files().items():
        assert path.read_text() == text, path


@pytest.mark.parametrize(
    ("line", "some"),
    [
        ("decamp ", ["run", "verify", "cut-over"]),
        ("decamp ve", ["verify"]),
        ("/opt/bin/decamp ve", ["verify"]),
        ("sudo decamp ve", ["verify"]),
        ("decamp store ", ["check", "key", "prune"]),
        ("decamp run --exe", ["--execute"]),
        ("decamp --lang ", ["en", "fr"]),
        ("decamp scan --side s", ["source"]),
        ("decamp report -f h", ["html", "hosts"]),
        ("decamp explain DCP-61", [f"DCP-61{n}" for n in range(10)]),
        ("decamp explain 611 62", [f"62{n}" for n in range(10) if n != 8] + ["628"]),
        ("decamp completion ", ["bash", "zsh", "fish"]),
    ],
)
def test_commands_options_and_choices(complete: Complete, line: str, some: list[str]) -> None:
    found = complete(line)
    assert set(some) <= set(found)
    assert all(one.startswith(line.rpartition(" ")[2]) for one in found)


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("cut-over ", ["tool-1"]),
        ("test-launch t", ["tool-1"]),
        ("rollback x", []),
        ("approve ", ["cut-over"]),
        ("approve cut-over --server ", ["tool-1"]),
        ("approve --wave ", ["tool-1"]),
        ("run --only ev", ["evacuate"]),
        ("run --only server:to", ["server:tool-1"]),
        ("run --only=server:to", ["server:tool-1"]),
        ("run --again ", ["container:notes"]),
        ("run --set-again container:", ["container:notes"]),
    ],
)
def test_names_of_the_plan(complete: Complete, planned: Path, line: str, offered: list[str]) -> None:
    prefix = "--only=" if "=" in line else ""
    assert complete(f"decamp {line}", "zsh", planned) == offered
    assert complete(f"decamp -C {planned} {line}", "fish") == [prefix + one for one in offered]
    name, _, rest = line.partition(" ")
    assert complete(f"decamp {name} -C {planned} {rest}", "zsh") == offered


def test_step_ids(complete: Complete, planned: Path) -> None:
    ids = [step["id"] for step in json.loads((planned / "plan.json").read_text())["steps"]]
    start = next(one for one in ids if one.startswith("server:"))[:12]
    assert complete(f"decamp run --only {start}", "zsh", planned) == [one for one in ids if one.startswith(start)]


def test_in_bash_a_word_begins_behind_a_colon(complete: Complete, tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text(plan(("server:1:stop", "web-1")))
    assert complete("decamp run --only server:we") == ["web-1"]
    assert complete("decamp run --only server:we", DECAMP_BREAKS=" ") == ["server:web-1"]
    assert complete('decamp run --only "server:we') == ["server:web-1"]


HOSTILE = "web $(touch x); `y` 'q\" & |"


def test_a_tenants_name_is_quoted_and_does_nothing(complete: Complete, tmp_path: Path) -> None:
    names = [HOSTILE, "two\nlines", "\x1b[2J", "tab\there", "\u202eltr"]
    (tmp_path / "plan.json").write_text(plan(*((f"server:{n}:stop", name) for n, name in enumerate(names))))
    (whole,) = (one for one in complete("decamp run --only server:web") if one.startswith("web"))
    done = subprocess.run(["bash", "-c", f"printf %s {whole}"], capture_output=True, text=True, cwd=tmp_path)
    assert (done.stdout, done.stderr) == (HOSTILE, "")
    assert not (tmp_path / "x").exists()
    # What would act on the terminal is not offered at all, and within quotes nothing that bash would read.
    offered = complete("decamp run --only server:", "zsh")
    assert [one for one in offered if not one.endswith(":stop")] == [f"server:{HOSTILE}"]
    assert complete('decamp run --only "server:web') == []


@pytest.mark.parametrize(
    "content",
    [
        None,
        b"",
        b"{",
        b"[]",
        b'{"steps": 3}',
        b'{"steps": [{"id": "x"}], "waves": [{"name": 1}]}',
        b"\xff\xfe",
        b"[" * 99999,
    ],
)
def test_a_plan_that_cannot_be_read_offers_nothing(complete: Complete, tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "plan.json").write_bytes(content)
    assert complete("decamp cut-over ") == []
    assert "verify" in complete("decamp ve")


def test_no_link_and_no_pipe_is_read(complete: Complete, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text(plan(("server:1:stop", "web-1")))
    (tmp_path / "plan.json").symlink_to(tmp_path / "elsewhere")
    assert complete("decamp cut-over ") == []
    (tmp_path / "plan.json").unlink()
    os.mkfifo(tmp_path / "plan.json")
    assert complete("decamp cut-over ") == []


@pytest.mark.parametrize(
    "line", ["", "decamp", "decamp 'open", "decamp \\", "decamp -C", "decamp -C ", "x\udcff", "decamp -C /\0"]
)
def test_no_line_makes_it_fail(line: str, tmp_path: Path) -> None:
    done = asked(line.replace("\0", ""), cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_question_that_is_none(tmp_path: Path) -> None:
    for question in ("bash", "tcsh_complete", "bash_dance"):
        done = asked("decamp ", cwd=tmp_path, _DECAMP_COMPLETE=question)
        assert (done.returncode, done.stdout, done.stderr) == (1, "", "")


def test_nothing_is_written_and_nothing_secret_offered(complete: Complete, planned: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in planned.rglob("*")}
    planned.chmod(0o755)
    for line in ("decamp cut-over ", "decamp run --only ", "decamp "):
        complete(line, cwd=planned)
    assert {path: path.stat().st_mtime_ns for path in planned.rglob("*")} == before
    assert planned.stat().st_mode & 0o777 == 0o755


OURS = {
    *("migrate.cli.completion", "migrate.cli.console", "migrate.cli.tables", "migrate.own_files"),
    *("migrate.printable_text", *REDACTION),
}


def test_an_answer_loads_no_command(tmp_path: Path) -> None:
    """Of a plan with 20,000 steps; loading the commands takes 0.8 s. How long it takes: `tests.cli.measure`."""
    (tmp_path / "plan.json").write_text(LARGE)
    env = asking("decamp run --only server:web-19", "zsh")
    modules, offered = loaded_by(sys.executable, "-m", "migrate.cli.main", cwd=tmp_path, env=env)
    assert len(offered) > 1000
    assert_light(modules, others={"click", "msgspec", "typing_extensions"}, ours=OURS)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_is_printed_and_is_one(decamp: Decamp, shell: str, tmp_path: Path) -> None:
    script = decamp("completion", shell).out
    assert asked("", _DECAMP_COMPLETE=f"{shell}_source").stdout == script
    if program := shutil.which(shell):
        (tmp_path / "it").write_text(script)
        assert subprocess.run([program, "-n", str(tmp_path / "it")], capture_output=True).returncode == 0


PROMPT = "%%> "
"""In no line that is typed here; a zsh shows the first two signs as one."""
READY = PROMPT[1:]


def typed(program: list[str], lines: list[tuple[str, str]], cwd: Path) -> None:
    """An interactive shell: each line is typed once what the one before it brings about is there."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(cwd)
        os.environ.update(
            PATH=f"{BIN}:{os.environ['PATH']}", PS1=PROMPT, TERM="dumb", HOME=str(cwd), INPUTRC="/dev/null"
        )
        os.execvp(program[0], program)
    try:
        # A shell that still starts reads what is typed before its line editor is there.
        _until(terminal, READY)
        for line, then in lines:
            os.write(terminal, line.encode())
            _until(terminal, then)
    finally:
        os.kill(child, 9)
        os.waitpid(child, 0)
        os.close(terminal)


def _until(terminal: int, text: str, limit_s: float = 60) -> None:
    """Reads what is printed until the text is there."""
    shown, end = "", time.monotonic() + limit_s
    while text not in shown:
        assert select.select([terminal], [], [], max(0.0, end - time.monotonic()))[0], (text, shown)
        shown += os.read(terminal, 65536).decode(errors="replace")


LINES = [
    ("decamp cut-over too\t", "decamp cut-over tool-1"),
    ("decamp run --only server:too\t", "--only server:tool-1"),
]


@pytest.mark.parametrize(("keys", "line"), LINES)
def test_in_a_real_bash(planned: Path, keys: str, line: str) -> None:
    """The rest of the name is what the shell adds: it is in no line that is typed."""
    if not shutil.which("bash"):
        pytest.skip("bash is not there")
    tell = 'bind -x \'"\\C-g": printf "<%s>\\n" "$READLINE_LINE"\'\n'
    load = 'eval "$(decamp completion bash)"\n'
    shell = ["bash", "--norc", "--noprofile", "-i"]
    typed(shell, [(load, READY), (tell, READY), (keys, "l-1"), ("\x07", f"{line} >")], planned)


@pytest.mark.parametrize(("keys", "line"), LINES)
def test_in_a_real_zsh(planned: Path, keys: str, line: str) -> None:
    if not shutil.which("zsh"):
        pytest.skip("zsh is not there")
    load = 'autoload -Uz compinit; compinit -u -D; eval "$(decamp completion zsh)"\n'
    tell = "tell() { print -r -- \"<$BUFFER>\" }; zle -N tell; bindkey '^G' tell\n"
    typed(["zsh", "-f", "-i"], [(load, READY), (tell, READY), (keys, "l-1"), ("\x07", f"{line} >")], planned)


@pytest.mark.parametrize(("keys", "line"), LINES)
def test_in_a_real_fish(planned: Path, keys: str, line: str) -> None:
    if not shutil.which("fish"):
        pytest.skip("fish is not there")
    asks = f"decamp completion fish | source; complete -C '{keys.strip()}'"
    env = {**os.environ, "PATH": f"{BIN}:{os.environ['PATH']}", "HOME": str(planned)}
    done = subprocess.run(["fish", "-N", "-c", asks], capture_output=True, text=True, cwd=planned, env=env, timeout=60)
    assert done.stdout.splitlines()[0].strip() == line.rpartition(" ")[2]
