"""A skip never goes by in silence: it is told with its reason, and where that matters it ends the tests with 1."""

import json
import os
import re
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
ROWS = [
    # reason, options, CI, exit code
    ("no such tool", ["--skips", "fail"], "", 1),
    ("no such tool", [], "true", 1),
    ("no such tool", [], "", 0),
    ("no such tool", ["--skips", "tell"], "true", 0),
    (min(EXPECTED), ["--skips", "fail"], "true", 0),
]
RUNS = """
import json, os, sys, pytest
for number, (ci, options) in enumerate(json.loads(sys.argv[1])):
    os.environ["CI"] = ci
    code = pytest.main(["-p", "xdist", "-p", "tests.skips", "-c", os.devnull, *options, f"test_{number}.py"])
    print(f"\\n{number} ends with {int(code)}", flush=True)
"""


@pytest.mark.parametrize("workers", [[], ["-n", "1"]])
def test_an_unexpected_skip_fails_where_that_is_asked_for(tmp_path: Path, workers: list[str]) -> None:
    """One process makes all the runs: it is the start that takes long. Beside workers one fails and one does not."""
    rows = [ROWS[0], ROWS[-1]] if workers else ROWS
    for number, (reason, _, _, _) in enumerate(rows):
        (tmp_path / f"test_{number}.py").write_text(MODULE.format(reason=reason))
    runs = json.dumps([(ci, [*options, *workers]) for _, options, ci, _ in rows])
    command = [sys.executable, "-c", RUNS, runs]
    # Other plugins that are installed have no part in it, and take as long to load as all else.
    own = {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env={**os.environ, **own})
    told = re.findall(r"(.*?)^(\d) ends with (\d)$", done.stdout, re.DOTALL | re.MULTILINE)
    assert len(told) == len(rows), done.stdout + done.stderr
    for (output, _, code), (reason, options, ci, expected) in zip(told, rows, strict=True):
        assert int(code) == expected, (reason, options, ci, output)
        assert f"skipped 1: {reason}" in output
