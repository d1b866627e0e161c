"""A cut-over that fails goes back by itself: the source runs again, the target is parked, and nothing is lost.

It is killed on its way back, and run again as it was. The referees: what `openstack` lists on both sides, the actions
that the source's Nova lists of the server, and the clouds' own files of the volume after the next, successful cut-over.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.kill.points import PARK, START, Point
from tests.lab.conftest import start_servers
from tests.lab.harness import HOME, LAB, ROOT, Workspace, openstack, run, seed, sweep
from tests.matrix import rest

pytestmark = pytest.mark.lab

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
    yield
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


def say(workspace: Workspace, **sections: Any) -> None:
    path = workspace.root / "policy.yaml"
    policy = yaml.safe_load(path.read_text())
    for section, keys in sections.items():
        policy[section].update(keys)
    path.write_text(yaml.safe_dump(policy, sort_keys=False))


def statuses(side: str) -> list[str]:
    return [server["Status"] for server in openstack(f"{side}-{PROJECT}", "server", "list")]


def power(server_id: str) -> list[str]:
    """What was done to the server at the source, oldest first, without its making and the images of it."""
    events = openstack(f"source-{PROJECT}", "server", "event", "list", server_id)
    actions = [event["Action"] for event in sorted(events, key=lambda one: one["Start Time"])]
    return [action for action in actions if action in {"start", "stop", "reboot", "delete"}]


def volume_file(side: str) -> Path:
    """Where the cloud itself keeps the volume's bytes."""
    (volume,) = openstack(f"{side}-{PROJECT}", "volume", "list")
    return HOME / side / "data/cinder/volumes" / f"volume-{volume['ID']}"


def planned(workspace: Workspace) -> None:
    for step in ("scan", "check", "plan"):
        workspace.decamp(step)
    workspace.decamp("approve", "cut-over", "--who", "the tests")


@pytest.mark.parametrize("case", ["unhealthy", "refused", *rest("over budget")])
def test_a_failed_cut_over_goes_back_and_the_next_one_moves_all(lab: None, tmp_path: Path, case: str) -> None:
    rules, meanwhile, dies, stays = CASES[case]
    for side in ("target", "source"):
        sweep(side, PROJECT)
    seed(str(ROOT / "tests/kill/tiny.json"), PROJECT, "--target-quota", "generous")
    start_servers(f"source-{PROJECT}")
    (server,) = openstack(f"source-{PROJECT}", "server", "list")
    before = power(server["ID"])
    workspace = Workspace(tmp_path / "ws", PROJECT)
    workspace.init()
    say(
        workspace, cut_over={"on_failure": "back"}, **{name: keys for name, keys in rules.items() if name != "cut_over"}
    )
    say(workspace, cut_over=rules.get("cut_over", {}))
    planned(workspace)
    with meanwhile():
        assert workspace.killed("after", dies, of=("cut-over", server["Name"])) == 0, "it never came to this point"
        failed = workspace.decamp("cut-over", server["Name"], "--execute", expect=3)
    assert "DCP-576" in failed.stderr, failed.stderr
    assert statuses("source") == ["ACTIVE"]
    assert statuses("target") == (["SHUTOFF"] if stays else [])
    assert power(server["ID"]) == [*before, "stop", "start"]

    # Mended, it moves, with a new last pass.
    say(workspace, cut_over={"budget": "2 hours"}, servers={"health": {}})
    planned(workspace)
    workspace.decamp("cut-over", server["Name"], "--execute")
    workspace.decamp("verify", "--moved")
    assert (statuses("source"), statuses("target")) == (["SHUTOFF"], ["ACTIVE"])
    assert power(server["ID"]) == [*before, "stop", "start", "stop"]
    assert run("cmp", volume_file("source"), volume_file("target"), check=False).returncode == 0
