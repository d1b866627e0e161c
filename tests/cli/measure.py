"""Measures what a person or a shell waits for at each key: `python -m tests.cli.measure`.

The bars, of CPU: 0.15 s for `--help`, 0.25 s for a completion beside a plan of 20,000 steps.
"""

import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.cli.large_workspace import LARGE

DECAMP = [sys.executable, "-m", "migrate.cli.main"]


def cpu_s(*args: str, **env: str) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([*DECAMP, *args], capture_output=True, check=True, env={**os.environ, **env})
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    print(f"help: {min(cpu_s('--help') for _ in range(5)):.3f} s")
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "plan.json").write_text(LARGE)
        asked = {"COMP_LINE": f"decamp -C {folder} run --only server:web-19", "_DECAMP_COMPLETE": "zsh_complete"}
        print(f"completion: {min(cpu_s(**asked) for _ in range(5)):.3f} s")


if __name__ == "__main__":
    main()
