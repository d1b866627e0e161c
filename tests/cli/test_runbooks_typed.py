"""The commands of runbooks, typed in the order of the page, end as the page says."""

import shlex
from pathlib import Path

import pytest

from tests.cli.conftest import Decamp
from tests.cli.wave_tenant import Tenant, planned_of
from tests.docs.quoted import code_lines

PAGES = Path(__file__).parents[2] / "docs/runbooks"


def typed(decamp: Decamp, page: str, root: Path, **words: str) -> list[str]:
    """Runs each command of the page's code blocks; returns them. `words`: what stands for its words in capitals."""
    said = {"WORKSPACE": str(root), "NAME": "Night Shift", **words}
    done = []
    for line in code_lines((PAGES / page).read_text()):
        args = [said.get(word, word) for word in shlex.split(line, comments=True)]
        if args[:1] != ["decamp"]:
            continue
        result = decamp(*args[1:])
        assert result.code == 0, f"{line}\n{result.out}\n{result.err}"
        done.append(" ".join(args[3:]))
    return done


@pytest.fixture
def tenant() -> Tenant:
    return Tenant(2)


def test_the_way_back_and_forth_again(decamp: Decamp, tenant: Tenant, tmp_path: Path) -> None:
    root = planned_of(decamp, tmp_path / "work")
    for command in (("approve", "cut-over"), ("run", "--execute")):
        assert decamp("-C", root, *command).code == 0
    done = typed(decamp, "rollback.md", root, WAVE="tool-2")
    assert [command.split()[0] for command in done] == [
        *("rollback", "rollback", "rollback", "status"),
        *("scan", "plan", "approve", "run", "verify", "accept"),
    ]
    assert tenant.events().count(("create", "")) == 3, "two servers, and one of them again"


def test_the_page_for_the_night(decamp: Decamp, tenant: Tenant, tmp_path: Path) -> None:
    root = planned_of(decamp, tmp_path / "work")
    done = typed(decamp, "cut-over.md", root, WAVE="tool-2")
    assert [command.split()[0] for command in done[:6]] == [
        "status",
        "cut-over",
        "approve",
        "cut-over",
        "verify",
        "report",
    ]
    assert tenant.events() == [("stop", "tool-2"), ("create", "")]
