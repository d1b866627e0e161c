"""Holes that are known of the versions in constraints.txt: `make audit`.

Asks pip-audit, whose path is given. Where no source of advisories can be reached, what is left are the lowest versions
that have no known hole: `tests/test_dependencies.py` is run in any case.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
CONSTRAINTS = HERE.parent / "constraints.txt"


def asked(pip_audit: str) -> list[dict[str, Any]]:
    """What pip-audit says of each package; nothing where it could not ask."""
    options = ("--no-deps", "--disable-pip", "--progress-spinner", "off", "-f", "json")
    try:
        done = subprocess.run([pip_audit, *options, "-r", CONSTRAINTS], capture_output=True, text=True, timeout=300)
        found: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except (OSError, subprocess.TimeoutExpired, ValueError, KeyError):
        return []
    return found


def main() -> int:
    known = [one for one in asked(sys.argv[1]) if "skip_reason" not in one]
    print(f"advisories were found for {len(known)} of {len(CONSTRAINTS.read_text().splitlines())} packages", flush=True)
    holes = [(one["name"], one["version"], hole["id"]) for one in known for hole in one["vulns"]]
    for name, version, hole in holes:
        print(f"{name} {version}: {hole}")
    floors = subprocess.run([sys.executable, "-m", "pytest", "-q", str(HERE / "test_dependencies.py")]).returncode
    return 1 if holes else floors


if __name__ == "__main__":
    sys.exit(main())
