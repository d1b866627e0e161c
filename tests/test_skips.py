"""A skip never goes by in silence: it is told with its reason, and where that matters it ends the tests with 1."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.skips import EXPECTED

ROOT = Path(__file__).parents[1]
MODULE = """
import pytest
def test_runs(): ...
def test_lacks_a_tool(): pytest.skip({reason!r})
"""


@pytest.mark.parametrize("workers", [[], ["-n", "1"]])
@pytest.mark.parametrize(
    ("reason", "options", "ci", "exit_code"),
    [
        ("no such tool", ["--skips", "fail"], "", 1),
        ("no such tool", [], "true", 1),
        ("no such tool", [], "", 0),
        ("no such tool", ["--skips", "tell"], "true", 0),
        (min(EXPECTED), ["--skips", "fail"], "true", 0),
    ],
)
def test_an_unexpected_skip_fails_where_that_is_asked_for(
    tmp_path: Path, reason: str, options: list[str], ci: str, exit_code: int, workers: list[str]
) -> None:
    (tmp_path / "test_it.py").write_text(MODULE.format(reason=reason))
    command = [sys.executable, "-m", "pytest", "-p", "tests.skips", "-c", os.devnull, *options, *workers, str(tmp_path)]
    env = {**os.environ, "CI": ci, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=env)
    assert done.returncode == exit_code, done.stdout + done.stderr
    assert f"skipped 1: {reason}" in done.stdout


def test_make_test_asks_for_it() -> None:
    """All parts of it: those that need no lab, those that do, and those that need it for themselves."""
    recipe = (ROOT / "Makefile").read_text().split("\ntest:\n")[1].split("\n\n")[0]
    calls = [line for line in recipe.splitlines() if "$(PYTEST)" in line]
    assert len(calls) == 3 and all("--skips fail" in line for line in calls)
