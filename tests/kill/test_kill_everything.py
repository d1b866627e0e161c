"""kill -9 at requests of every kind, in one migration of the tenant that holds all; the servers judge the end."""

from pathlib import Path

import pytest

from tests.kill.points import EVERY_KIND, MOMENTS, Point
from tests.lab.everything import Shape, assert_same_disks, assert_same_tenant, decide, shape
from tests.lab.harness import Workspace, fresh

PROJECT = "test-kill-everything"
SOURCE, TARGET = f"source-{PROJECT}", f"target-{PROJECT}"


def planned(root: Path) -> tuple[Workspace, Shape]:
    fresh("everything", PROJECT, "--target-quota", "generous")
    workspace = Workspace(root, PROJECT)
    workspace.init()
    decide(workspace)
    before = shape(SOURCE)
    for step in ("scan", "check", "plan"):
        workspace.decamp(step)
    workspace.decamp("approve", "cut-over", "--who", "the tests")
    return workspace, before


def killed_at_every(workspace: Workspace, when: str) -> list[Point]:
    """Dies at point after point, and goes on from what each has left, until there is nothing more to do."""
    left, died = list(EVERY_KIND), []
    while (at := workspace.killed(when, *left)) is not None:
        died.append(left.pop(at))
    return died


@pytest.mark.soak
@pytest.mark.parametrize("when", MOMENTS)
def test_killed_at_every_kind_and_run_again(when: str, tmp_path: Path) -> None:
    workspace, before = planned(tmp_path / "ws")
    died = killed_at_every(workspace, when)
    print(f"died {when}: {', '.join(map(str, died))}")
    workspace.decamp("verify", "--reread", "all")
    assert_same_tenant(before, shape(TARGET))
    assert shape(SOURCE) == before
    assert_same_disks(PROJECT)
    # What another worker asked for in the moment of a kill is done, and may have been the last of its kind.
    assert len(died) >= len(EVERY_KIND) * 3 // 4, f"never reached: {set(EVERY_KIND) - set(died)}"
