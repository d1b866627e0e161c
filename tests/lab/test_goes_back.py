"""A cut-over that fails goes back by itself, moves once it is mended, and may be rolled back even so.

Then the source runs again, the target is parked, and nothing is lost. Commands are killed on their way back, and run
again as they were. tests/kill/test_kill_lab.py rolls back what has moved at once.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from migrate.messages import codes
from tests.kill.points import PARK, START, Point
from tests.lab.harness import LAB, ROOT, Workspace, fresh, run
from tests.lab.moved_again import OneServer, planned, rolled_back_changed_and_moved_again

pytestmark = [pytest.mark.lab, pytest.mark.full]

PROJECT = "test-goes-back"
NEVER = {
    "check": "console",
    "matches": "what no guest says",
    "timeout": "2 seconds",
    "retries": 1,
    "interval": "1 second",
}


@contextmanager
def no_cores() -> Iterator[None]:
    """The target takes no server of the project meanwhile."""
    client = (LAB / ".venv/bin/openstack", "--os-cloud", "target-admin")
    run(*client, "quota", "set", "--cores", "0", PROJECT)
    try:
        yield
    finally:
        run(*client, "quota", "set", "--cores", "100", PROJECT)


@contextmanager
def nothing() -> Iterator[None]:
    yield


CASES: dict[str, tuple[dict[str, Any], Any, Point, bool]] = {
    # What the policy says more; what happens meanwhile; what it is killed after; whether the target keeps a server.
    "refused": ({}, no_cores, START, False),
    "unhealthy": ({"servers": {"health": {"server:*": [NEVER]}}}, nothing, PARK, True),
    "over budget": ({"cut_over": {"budget": "5 seconds"}}, nothing, START, False),
}


@pytest.mark.parametrize("case", CASES)
def test_a_failed_cut_over_goes_back_and_the_next_one_moves_all(lab: None, tmp_path: Path, case: str) -> None:
    """What it kept at the target is then rolled back once more, by hand."""
    rules, meanwhile, dies, stays = CASES[case]
    fresh(str(ROOT / "tests/kill/tiny.json"), PROJECT, "--target-quota", "generous")
    tenant, workspace = OneServer.of(PROJECT), Workspace(tmp_path / "ws", PROJECT)
    workspace.init()
    workspace.say(cut_over={"on_failure": "back"})
    workspace.say(**rules)
    planned(workspace)
    with meanwhile():
        assert workspace.killed("after", dies, of=("cut-over", tenant.name)) == 0, "it never came to this point"
        failed = workspace.decamp("cut-over", tenant.name, "--execute", expect=3)
    assert codes.WAVE_GOES_BACK in failed.stderr, failed.stderr
    assert tenant.statuses("source") == ["ACTIVE"]
    assert tenant.statuses("target") == (["SHUTOFF"] if stays else [])
    assert tenant.power() == ["stop", "start"]

    # Mended, it moves, with a new last pass.
    workspace.say(cut_over={"budget": "2 hours"}, servers={"health": {}})
    planned(workspace)
    workspace.decamp("cut-over", tenant.name, "--execute")
    workspace.decamp("verify", "--moved")
    tenant.assert_moved(["stop", "start"])
    if stays:
        rolled_back_changed_and_moved_again(workspace, tenant)
