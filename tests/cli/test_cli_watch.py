"""`decamp watch`: beside a run, in a terminal, read out, as JSON; and whatever can be wrong with a workspace."""

import codecs
import io
import json
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from fcntl import ioctl
from pathlib import Path
from typing import Any

import pytest

from migrate.cli.failures import run_guarded
from migrate.cli.main import make_group
from migrate.cli.session import open_ledger
from migrate.cli.views.draw_forecast import foretell
from migrate.cli.workspace import Workspace
from migrate.demo.memory import worlds
from migrate.ledger.ledger_records import State
from migrate.ledger.step_claim import new_owner
from migrate.messages import codes
from migrate.model.steps import Step
from tests.cli.conftest import Decamp
from tests.cli.hostile import ATTACKS
from tests.cli.reached import reached
from tests.cli.screens import columns
from tests.cli.wave_tenant import Tenant, Timeline, Watched, change, planned_of
from tests.cli.workspaces import approve, name_ledger
from tests.ledger.conftest import POSTGRESQL, postgresql, server_url
from tests.matrix import one_each

__all__ = ["postgresql", "server_url"]

DECAMP = [sys.executable, "-m", "migrate.cli.main"]
WAVE = "tool-2"


def seen(decamp: Decamp, root: Path, *args: str) -> Any:
    shown = decamp("-C", root, "watch", "--once", "--json", *args)
    assert shown.code == 0, shown.err
    (line,) = shown.out.splitlines()
    return json.loads(line)


def claim(root: Path, step: Step, lease_s: float = 3600, owner: str = "") -> None:
    workspace = Workspace(root)
    with open_ledger(workspace, workspace.policy()) as ledger:
        assert ledger.claim(step.id, owner or new_owner(), lease_s)


def fail(root: Path, step: Step, code: str, facts: dict[str, str], state: State = State.FAILED) -> None:
    workspace = Workspace(root)
    with open_ledger(workspace, workspace.policy()) as ledger:
        claim = ledger.claim(step.id, new_owner(), 60)
        assert claim
        ledger.finish(claim, state, code=code, facts=facts)


def begun(decamp: Decamp, root: Path) -> list[Step]:
    """A run that did what it could without an approval; the steps that are left."""
    decamp("-C", root, "run", "--execute", "--only", "network:*")
    return left_of(root)


def left_of(root: Path) -> list[Step]:
    workspace = Workspace(root)
    with open_ledger(workspace, workspace.policy()) as ledger:
        states = ledger.states()
    return [one for one in workspace.plan().steps if one.id not in states or states[one.id].state is not State.DONE]


# ---------------------------------------------------------------- what it tells


def test_before_a_run(decamp: Decamp, planned: Path) -> None:
    assert "Nothing has been run yet; steps done: 0 of " in decamp("-C", planned, "watch", "--once").out
    first = seen(decamp, planned)
    assert (first["format"], first["version"], first["phase"]) == ("decamp-watch", 1, "not-begun")
    assert first["next"]["command"] == "run --execute" and first["share"]["steps_done"] == 0


def test_from_the_last_step_to_a_verified_end(decamp: Decamp, moved: Path) -> None:
    assert "Every step of the plan is done; not verified yet" in decamp("-C", moved, "watch", "--once").out
    assert decamp("-C", moved, "verify").code == 0
    done = seen(decamp, moved)
    assert (done["phase"], done["differences"], done["running"], done["errors"]) == ("done", 0, [], [])
    assert done["share"]["done_bytes"] == done["share"]["size_bytes"] > 0
    (wave,) = done["waves"]
    assert wave["state"] == "up" and wave["share"]["steps"] == wave["share"]["steps_done"] and wave["down_s"] is None
    french = decamp("-C", moved, "--lang", "fr", "watch", "--once").out
    assert "Toutes les étapes du plan sont faites" in french and "différences trouvées par la dernière" in french


def test_a_run_at_work_with_its_items_errors_and_waits(decamp: Decamp, tmp_path: Path) -> None:
    Tenant(3)
    root = planned_of(decamp, tmp_path / "work")
    left = begun(decamp, root)
    idle = seen(decamp, root)
    assert idle["phase"] == "idle" and idle["last_sign"] and idle["next"]["command"]
    fail(root, left[0], codes.UNSUPPORTED, {"what": "the odd thing"})
    fail(root, left[1], codes.WAITS_FOR_WINDOW, {"opens_at": "2099-01-01T00:00:00Z"}, State.WAITING)
    claim(root, left[2])
    claim(root, left[3], owner="elsewhere/1/2/3")
    now = seen(decamp, root)
    assert now["phase"] == "running" and now["next"] is None
    assert {one["step_id"]: one["is_held"] for one in now["running"]} == {left[2].id: True, left[3].id: True}
    assert [one["code"] for one in now["errors"]] == [codes.UNSUPPORTED]
    assert codes.WAITS_FOR_WINDOW in [one["code"] for one in now["waits"]]
    out = decamp("-C", root, "watch", "--once").out
    for text in (
        "Failed",
        "the odd thing",
        "Waiting",
        "2099",
        "Being worked on",
        "A run is at work",
        "nothing for you",
    ):
        assert text in out, text

    # A copy of the folder: the lease of the other machine has expired, and that of our dead process counts for nothing.
    claim(root, left[4], lease_s=0.0, owner="elsewhere/1/2/3")
    gone = {one["step_id"]: one["is_held"] for one in seen(decamp, root)["running"]}
    assert gone[left[4].id] is False and "abandoned" in decamp("-C", root, "watch", "--once").out


def test_an_approval_that_a_run_waits_for_is_the_next_decision(decamp: Decamp, tmp_path: Path) -> None:
    Tenant(2)
    root = planned_of(decamp, tmp_path / "work")
    assert decamp("-C", root, "run", "--execute").code == 3
    left = [one for one in begun(decamp, root) if one.gate is None]
    claim(root, left[0])
    now = seen(decamp, root)
    assert now["phase"] == "running" and now["next"]["command"] == "approve cut-over"
    assert "meanwhile" in decamp("-C", root, "watch", "--once").out


def test_beside_a_run_the_wave_that_is_down_shows_its_stage_and_clock(decamp: Decamp, tmp_path: Path) -> None:
    """While a server of the wave is made at the target."""
    tenant = Tenant(2)
    root = planned_of(decamp, tmp_path / "work")
    change(root, "^  budget:$", "  budget: 2 hours")
    # One step at once: its volume is not still being verified when it is made.
    change(root, r"^  target: \d+$", "  target: 1")
    assert decamp("-C", root, "plan").code == 0
    assert decamp("-C", root, "approve", "cut-over").code == 0
    told: list[str] = []

    def look() -> None:
        for form in ("--json", "--plain"):
            with redirect_stdout(io.StringIO()) as shown:
                assert run_guarded(make_group(), ["-C", str(root), "watch", "--once", form]) == 0
            told.append(shown.getvalue())

    assert isinstance(tenant.target.log, Timeline)
    tenant.target.log = Watched(tenant.target.log, "/servers", look)
    assert decamp("-C", root, "cut-over", WAVE, "--execute").code == 0
    now = json.loads(told[0])
    (wave,) = [one for one in now["waves"] if one["name"] == WAVE]
    assert (wave["state"], wave["stage"], wave["budget_s"]) == ("down", "start", 7200) and wave["down_s"] >= 0
    assert now["phase"] == "running" and f"server:{tenant.ids[WAVE]}" in {one["step_id"] for one in now["running"]}
    assert "start at the target" in told[1] and " of 2 h" in told[1]


def test_steps_that_end_while_it_looks_are_not_taken_for_abandoned(
    decamp: Decamp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The forecast takes a while, and the ledger goes on meanwhile."""
    Tenant(2)
    root = planned_of(decamp, tmp_path / "work")
    step = begun(decamp, root)[0]
    workspace = Workspace(root)
    with open_ledger(workspace, workspace.policy()) as ledger:
        claim = ledger.claim(step.id, new_owner(), 60)
        assert claim

        def slow(*args: Any) -> Any:
            ledger.finish(claim, State.DONE)
            return foretell(*args)

        monkeypatch.setattr("migrate.cli.overview.foretell", slow)
        now = seen(decamp, root)
    (running,) = now["running"]
    assert running["step_id"] == step.id and running["is_held"] and now["phase"] == "running"


def test_it_opens_no_cloud_and_writes_nothing(decamp: Decamp, planned: Path) -> None:
    before = {name: len(world.log) for name, world in worlds.items()}
    kept = {
        path: path.stat().st_mtime_ns for path in planned.rglob("*") if path.is_file() and "ledger" not in path.name
    }
    policy = planned / "policy.yaml"
    for _ in range(2):
        assert decamp("-C", planned, "watch", "--once").code == 0
    assert {name: len(world.log) for name, world in worlds.items()} == before
    assert {path: path.stat().st_mtime_ns for path in kept} == kept and policy in kept


@pytest.mark.parametrize("where", ["file", POSTGRESQL])
def test_the_ledger_may_be_on_another_machine(
    where: str, decamp: Decamp, planned: Path, request: pytest.FixtureRequest
) -> None:
    url = "sqlite:///shared.db" if where == "file" else str(request.getfixturevalue("postgresql"))
    name_ledger(decamp, planned, url)
    approve(decamp, planned)
    assert decamp("-C", planned, "run", "--execute").code == 0
    assert seen(decamp, planned)["phase"] == "done"


# ---------------------------------------------------------------- what may be wrong


def test_before_the_plan_it_says_what_to_do(decamp: Decamp, workspace: Path) -> None:
    shown = decamp("-C", workspace, "watch", "--once")
    assert shown.code == 0 and "nothing to watch" in shown.out and "decamp" in shown.out and " scan" in shown.out
    assert seen(decamp, workspace)["phase"] == "unplanned"


def test_a_damaged_ledger_is_one_sentence(decamp: Decamp, planned: Path) -> None:
    (planned / "ledger.db").write_bytes(b"this is no database at all, whatever its name says" * 40)
    shown = decamp("-C", planned, "watch", "--once")
    assert shown.code == 2 and shown.sentence.startswith("decamp: DCP-215: ") and shown.out == ""


def test_a_policy_with_mistakes_for_the_forecast_is_told_on_the_screen(decamp: Decamp, planned: Path) -> None:
    change(planned, "^deadline:.*$", "deadline: 2001-01-01T00:00:00+01:00")
    decamp("-C", planned, "plan")
    shown = decamp("-C", planned, "watch", "--once")
    assert shown.code == 0 and shown.err == "" and "No forecast: fix policy.yaml first" in shown.out


# ---------------------------------------------------------------- live


@dataclass
class Live:
    """A terminal with `decamp watch` in it."""

    process: "subprocess.Popen[bytes]"
    master: int
    text: str = ""
    decoder: codecs.IncrementalDecoder = field(default_factory=codecs.getincrementaldecoder("utf-8"))

    def until(self, expected: str, seconds: float = 60) -> str:
        """What it has shown, once that is in it."""
        end = time.monotonic() + seconds
        while expected not in self.text:
            assert select.select([self.master], [], [], max(0.0, end - time.monotonic()))[0], self.text
            try:
                self.text += self.decoder.decode(os.read(self.master, 65536))
            except OSError:
                break
        assert expected in self.text, self.text
        return self.text

    def interrupted(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(60)


@contextmanager
def terminal(root: Path, *args: str, size: tuple[int, int] = (80, 24)) -> Iterator[Live]:
    master, slave = pty.openpty()
    ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
    environment = {key: value for key, value in os.environ.items() if key not in {"COLUMNS", "LINES", "NO_COLOR"}}
    environment |= {"TERM": "xterm", "PYTHONUTF8": "1"}
    command = [*DECAMP, "-C", str(root), "watch", "--interval", "0.5", *args]
    process = subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, env=environment)
    os.close(slave)
    try:
        yield Live(process, master)
    finally:
        process.kill()
        process.wait()
        os.close(master)


@pytest.mark.parametrize(("lang", "size"), one_each(["fr", "en"], [(80, 24), (120, 40)]))
def test_nothing_wraps_or_scrolls_whatever_the_names(
    size: tuple[int, int], lang: str, decamp: Decamp, tmp_path: Path
) -> None:
    attacks = [sign for sign, _ in ATTACKS.values()]

    def lead(root: Path) -> tuple[Tenant, None]:
        tenant = Tenant(8)
        for number, (name, own) in enumerate(list(tenant.ids.items())):
            tenant.source.servers.rows[own].change(name=f"{attacks[number]}{name}{'日本' * 30}"[:200])
        begun(decamp, planned_of(decamp, root))
        return tenant, None

    reached(root := tmp_path / "work", "eight names that act", lead)
    left = left_of(root)
    for number, step in enumerate(left[:12]):
        facts = {"what": f"{attacks[number]} " + "long words " * 40}
        fail(root, step, codes.UNSUPPORTED, facts, State.FAILED if number % 2 else State.WAITING)
    for step in left[12:20]:
        claim(root, step)
    last = {"en": "nothing for you", "fr": "rien à faire"}[lang]
    with terminal(root, "--lang", lang, size=size) as live:
        frame = live.until("\x1b[J").partition("\x1b[H")[2].partition("\x1b[J")[0]
    lines = frame.replace("\x1b[K", "").split("\r\n")
    assert not any(ord(sign) < 32 or 127 <= ord(sign) < 160 for line in lines for sign in line)
    assert max(map(columns, lines)) <= size[0] and len(lines) <= size[1], lines
    # It uses the height that it is given, and what a person has to do is in sight.
    assert len(lines) >= size[1] - 3 and last in lines[-1], lines
    for title in ("Waves", "Failed", "Waiting") if lang == "en" else ("Vagues", "En échec", "En attente"):
        assert title in lines
    assert any("…" in line for line in lines)


def test_a_ledger_that_goes_away_is_told_and_its_return_too_and_ctrl_c_ends_it_with_its_code(
    decamp: Decamp, planned: Path
) -> None:
    ledger = planned / "ledger.db"
    assert ledger.exists()
    with terminal(planned) as live:
        assert "DCP-" not in live.until("Nothing has been run")
        ledger.rename(planned / "kept.db")
        live.until(codes.LEDGER_GONE)
        live.text = ""
        (planned / "kept.db").rename(ledger)
        live.until("Nothing has been run")
        assert live.interrupted() == 130
    assert not (planned / "kept.db").exists()


def test_read_out_only_what_is_new_is_told(decamp: Decamp, tmp_path: Path) -> None:
    Tenant(2)
    root = planned_of(decamp, tmp_path / "work")
    left = begun(decamp, root)
    with terminal(root, "--plain") as live:
        live.until("are not done yet)")
        assert "\x1b" not in live.text and "#" not in live.text
        live.text = ""
        fail(root, left[0], codes.UNSUPPORTED, {"what": "the odd thing"})
        text = live.until("the odd thing")
    assert "everything else" not in text and "Next: " not in text


def test_json_lines_one_for_each_refresh(planned: Path) -> None:
    command = [*DECAMP, "-C", str(planned), "watch", "--json", "--interval", "0.5"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        limit = threading.Timer(60, process.kill)
        limit.start()
        assert process.stdout is not None
        found = [json.loads(process.stdout.readline()) for _ in range(2)]
        limit.cancel()
        process.kill()
    assert [one["format"] for one in found] == ["decamp-watch"] * 2 and found[0]["as_of"] <= found[1]["as_of"]
