"""What a person sees on a screen of 80 columns, what a pipe gets, and where colours are."""

import json
import os
import pty
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from migrate.demo.small_tenant import two_clouds
from tests.cli.conftest import Decamp
from tests.cli.odd_tenant import fill
from tests.cli.screens import UUID, too_wide
from tests.matrix import rest

READING = ("scan", "check", "plan", "forecast", "run", "approve", "status")
DOING = ("approve cut-over", "run --execute", "status", "verify", "clean", "store check", "store prune")
IN_TABLES = {"check", "plan", "forecast", "run", "verify", "clean"}
"""Commands whose tables hold ids."""
RED, YELLOW, PLAIN = "\x1b[31m", "\x1b[33m", "\x1b[0m"


@pytest.fixture(params=["small", "odd"])
def work(request: pytest.FixtureRequest, decamp: Decamp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    source, target = two_clouds(0.02)
    if request.param == "odd":
        for world in (source, target):
            limits = ("volumes", "snapshots", "networks", "subnets", "ports", "security_groups", "security_group_rules")
            world.project("small", dict.fromkeys(limits, 500) | {"volumes_gib": 5000})
        fill(source)
    dated = ("--deadline", "2099-02-01T00:00:00+01:00")
    clouds = ("--source", "memory:source/small", "--target", "memory:target/small")
    assert decamp("init", tmp_path / "work", *clouds, *dated).code == 0
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setenv("COLUMNS", "80")
    return tmp_path / "work"


@pytest.mark.parametrize("work", ["small", *rest("odd")], indirect=True)
def test_no_line_is_over_80_columns(work: Path, decamp: Decamp) -> None:
    """In French each command, whose sentences are the longer ones. `test_odd_tenant` has most of it for odd names."""
    for line in (*READING, *DOING):
        for lang in ("en", "fr") if line in READING else ("fr",):
            result = decamp(*line.split(), "--lang", lang)
            assert result.out or result.err, line
            assert not too_wide(result), (line, lang)
            whole_ids = UUID.findall(result.out)
            assert not whole_ids or line == "check", [row for row in result.out.splitlines() if UUID.search(row)]
    for line in ("status", "verify", "clean", "store check"):
        assert not too_wide(decamp(*line.split(), "--lang", "en")), line


@pytest.mark.parametrize("work", ["small"], indirect=True)
def test_wide_shows_whole_ids_and_a_row_on_a_line(work: Path, decamp: Decamp) -> None:
    for line in ("scan", *READING[1:6], *DOING):
        narrow, wide = decamp(*line.split()).out, decamp(*line.split(), "--wide").out
        if line in IN_TABLES:
            assert UUID.search(wide) and not UUID.search(narrow), line
    assert decamp("--wide", "check").out == decamp("check", "--wide").out
    found = decamp("check", "--wide").out.splitlines()
    assert len([row for row in found if " DCP-" in row]) == len(found) - 2
    assert UUID.search(decamp("check", "-f", "json").out)


@pytest.mark.parametrize("work", ["small"], indirect=True)
def test_a_pipe_gets_each_row_on_a_line(work: Path, decamp: Decamp, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS")
    for line in ("scan", "check", "plan"):
        result = decamp(*line.split())
    check = decamp("check").out.splitlines()
    assert all(" DCP-" in row for row in check[2:]) and max(map(len, check)) > 80
    assert len(result.err.splitlines()) == 1


END = "-- the end --\n"
PROGRAM = f"""
import json, os, sys
from migrate.cli.failures import run_guarded
from migrate.cli.main import make_group
for root, environment in json.loads(sys.argv[1]):
    os.environ.update(environment)
    run_guarded(make_group(), ["-C", root, "check"])
    print({END!r}, end="", flush=True)
    for name in environment:
        del os.environ[name]
"""


def checks_on_a_terminal(*checks: tuple[Path, dict[str, str]]) -> list[str]:
    """What each writes, of its workspace and in its environment, to a terminal that says nothing of its size."""
    master, slave = pty.openpty()
    kept = {key: value for key, value in os.environ.items() if key not in {"COLUMNS", "NO_COLOR", "TERM"}}
    command = [sys.executable, "-c", PROGRAM, json.dumps([(str(root), said) for root, said in checks])]
    done = subprocess.Popen(command, stdout=slave, stderr=subprocess.DEVNULL, env=kept)
    os.close(slave)
    text = b"".join(read_all(master))
    done.wait()
    *told, after = text.decode().replace("\r\n", "\n").split(END)
    assert not after and len(told) == len(checks)
    return told


def read_all(master: int) -> Iterator[bytes]:
    while True:
        try:
            part = os.read(master, 65536)
        except OSError:  # Linux says so when the other end is closed
            break
        if not part:
            break
        yield part
    os.close(master)


def test_levels_have_colours_on_a_terminal_alone(decamp: Decamp, planned: Path) -> None:
    blocked = planned.with_name("blocked")
    shutil.copytree(planned, blocked)
    policy = blocked / "policy.yaml"
    policy.write_text(policy.read_text().replace("  flavors: {}", "  flavors: {t1.cw.tiny: not-there}"))
    xterm = {"TERM": "xterm"}
    seen, uncoloured, dumb, red = checks_on_a_terminal(
        (planned, xterm), (planned, xterm | {"NO_COLOR": "1"}), (planned, {"TERM": "dumb"}), (blocked, xterm)
    )
    assert f"{YELLOW}changes{PLAIN}" in seen and "advice " in seen
    assert seen.count("\x1b") == 2 * seen.count(YELLOW)
    plain = re.sub(r"\x1b\[[0-9]*m", "", seen)
    assert max(map(len, plain.splitlines())) <= 80
    assert uncoloured == dumb == plain
    piped = decamp("-C", blocked, "check")
    assert "\x1b" not in piped.out + piped.err and "blocks" in piped.out
    assert f"{RED}blocks{PLAIN}" in red
