"""`decamp demo` tells its story to the end, and says so when it cannot."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from migrate.cli.context import App
from migrate.cli.demo_story import DemoStory, is_whole
from migrate.errors import ItemError
from migrate.messages import codes
from migrate.messages.catalogue import phrase
from tests.demo_run import DemoIn

ROOT = Path(__file__).parents[2]
LABEL = phrase("demo.label", "en")
REPORT: dict[str, Any] = {
    "moved": [],
    "differences": 0,
    "verdicts": {"same": 2},
    "unread": 0,
    "verified_at": "2026-01-01T00:00:00Z",
    "is_done": True,
    "evidence_fits": True,
}


def demo(folder: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "migrate.cli.main", "demo", str(folder), *options],
        env={**os.environ, "PYTHONIOENCODING": "utf-8", "PYTHONPATH": str(ROOT)},
        cwd=folder.parent,
        capture_output=True,
        encoding="utf-8",
    )


def test_the_whole_story(demo_in: DemoIn) -> None:
    demo = demo_in("en")
    told = demo.told
    assert demo.code == 0, told
    assert told.startswith(LABEL) and told.rstrip().endswith(LABEL)
    for part in ("main", "small"):
        assert re.search(rf"^{part}: 0 differences, items compared: [0-9]+, not read: 0,", told, re.MULTILINE)
        assert (demo.folder / part / "reports/report-en.html").is_file()
        assert f"report: demo/{part}/reports/report-en.html " in told
    commands = [line for line in told.splitlines() if line.startswith("$ decamp ")]
    steps = " ".join(line.split()[2] for line in commands if " -C " not in line)
    assert steps == "init scan check plan forecast run approve run verify forecast report clean init"
    # It has a date. Before anything is measured the forecast is AMBER at best; once the source is read it is over.
    before, after = told.split("$ decamp approve", 1)
    assert commands[0].count("--deadline") == 1 and "AMBER:" in before and "GREEN:" not in before and "GREEN:" in after
    assert any(line.endswith("run --execute --only evacuate") for line in commands)
    # A server that would run at both ends is refused, until somebody has chosen.
    refused, chosen = told.index(codes.TWIN_UNDECIDED), told.index("'s/consistency: crash/consistency: auto/'")
    assert (
        refused < chosen < told.rindex(codes.SERVER_STOPPED_FOR_CAPTURE) and codes.TWIN_UNDECIDED not in told[chosen:]
    )
    assert "203.0.113.2 → 198.51.100." in told
    assert "The source is no longer needed" in told
    assert "Traceback" not in told and "Warning" not in told


def test_in_french_it_is_french_to_the_report(demo_in: DemoIn) -> None:
    demo = demo_in("fr")
    assert demo.code == 0, demo.told
    assert demo.told.startswith("Clouds en mémoire") and "Terminé, après" in demo.told
    assert (demo.folder / "main/reports/report-fr.html").is_file()
    assert "0 différence" in demo.told.replace("\u202f", " ").replace("\xa0", " ")


def test_a_folder_that_exists_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    done = demo(tmp_path / "mine")
    assert done.returncode == 2 and codes.DEMO_FOLDER_EXISTS in done.stderr
    assert list((tmp_path / "mine").iterdir()) == []


def test_a_command_that_fails_ends_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "main").mkdir()
    (tmp_path / "main" / "policy.yaml").write_text("")
    with pytest.raises(ItemError, match=codes.DEMO_ENDED):
        DemoStory(App(), tmp_path).tell()
    assert codes.WORKSPACE_EXISTS in capsys.readouterr().err


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({}, True),
        ({"differences": 1, "verdicts": {"same": 1, "different": 1}}, False),
        ({"differences": None, "verdicts": {}}, False),
        ({"is_done": False}, False),
        ({"evidence_fits": False}, False),
    ],
)
def test_only_a_finished_move_without_differences_is_a_success(told: dict[str, Any], expected: bool) -> None:
    assert is_whole({**REPORT, **told}) is expected
