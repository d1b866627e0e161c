"""What an operator does in a workspace."""

import re
from pathlib import Path

from tests.cli.conftest import Decamp


def edit(root: Path, **values: str) -> None:
    """Sets keys of policy.yaml that stand empty in it; of two with one name the one that is in no section."""
    path = root / "policy.yaml"
    text = path.read_text()
    for key, value in values.items():
        places = re.findall(rf"^( *){key}:(?: \{{\}}| \[\])?$", text, flags=re.MULTILINE)
        indent = min(places, key=len)
        assert places.count(indent) == 1, key
        empty = rf"^{indent}{key}:(?: \{{\}}| \[\])?$"
        text = f"{indent}{key}: {value}".join(re.split(empty, text, flags=re.MULTILINE))
    path.write_text(text)


def approve(decamp: Decamp, workspace: Path) -> None:
    """In the ledger that the policy names, and nowhere else."""
    (workspace / "ledger.db").unlink()
    assert decamp("-C", workspace, "approve", "cut-over", "--who", "Ann").code == 0


def name_ledger(decamp: Decamp, workspace: Path, url: str) -> None:
    policy = workspace / "policy.yaml"
    lines = [f'ledger: "{url}"' if line.startswith("ledger:") else line for line in policy.read_text().splitlines()]
    policy.write_text("\n".join(lines) + "\n")
    assert decamp("-C", workspace, "plan").code == 0


def packs(root: Path) -> list[Path]:
    """Of the evacuation store."""
    return sorted((root / "store").glob("*/??/packs%2f*.data"))
