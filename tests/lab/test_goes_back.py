"""What has moved is rolled back, changes at the source, and moves again; a cut-over that fails goes back by itself.

Then the source runs again, the target is parked, and nothing is lost. Commands are killed on their way back, and run
again as they were. The referees: what `openstack` lists on both sides, the actions that the source's Nova lists of the
server, and the clouds' own files of the volume.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.kill.points import PARK, START, Point
from tests.lab.harness import HOME, LAB, ROOT, Workspace, fresh, openstack, run
from tests.matrix import rest

pytestmark = pytest.mark.lab

PROJECT = "test-goes-back"
AT, SINCE = 700 << 20, b"written since the rollback"
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
    workspace.plan()
    workspace.decamp("approve", "cut-over", "--who", "the tests")


def assert_moved(server_id: str, power_so_far: list[str]) -> None:
    assert (statuses("source"), statuses("target")) == (["SHUTOFF"], ["ACTIVE"])
    assert power(server_id) == [*power_so_far, "stop"]
    assert run("cmp", volume_file("source"), volume_file("target"), check=False).returncode == 0


@pytest.mark.parametrize("case", rest("unhealthy", "refused", "over budget"))
def test_a_failed_cut_over_goes_back_and_the_next_one_moves_all(lab: None, tmp_path: Path, case: str) -> None:
    gone_back_and_moved(case, tmp_path / "ws")


def gone_back_and_moved(case: str, root: Path) -> tuple[Workspace, dict[str, Any]]:
    """Returns the server too, as the source has it."""
    rules, meanwhile, dies, stays = CASES[case]
    fresh(str(ROOT / "tests/kill/tiny.json"), PROJECT, "--target-quota", "generous")
    (server,) = openstack(f"source-{PROJECT}", "server", "list")
    workspace = Workspace(root, PROJECT)
    workspace.init()
    workspace.say(cut_over={"on_failure": "back"})
    workspace.say(**rules)
    planned(workspace)
    with meanwhile():
        assert workspace.killed("after", dies, of=("cut-over", server["Name"])) == 0, "it never came to this point"
        failed = workspace.decamp("cut-over", server["Name"], "--execute", expect=3)
    assert "DCP-576" in failed.stderr, failed.stderr
    assert statuses("source") == ["ACTIVE"]
    assert statuses("target") == (["SHUTOFF"] if stays else [])
    assert power(server["ID"]) == ["stop", "start"]

    # Mended, it moves, with a new last pass.
    workspace.say(cut_over={"budget": "2 hours"}, servers={"health": {}})
    planned(workspace)
    workspace.decamp("cut-over", server["Name"], "--execute")
    workspace.decamp("verify", "--moved")
    assert_moved(server["ID"], ["stop", "start"])
    return workspace, server


def moved(root: Path) -> tuple[Workspace, dict[str, Any]]:
    fresh(str(ROOT / "tests/kill/tiny.json"), PROJECT, "--target-quota", "generous")
    (server,) = openstack(f"source-{PROJECT}", "server", "list")
    workspace = Workspace(root, PROJECT)
    workspace.init()
    planned(workspace)
    workspace.decamp("cut-over", server["Name"], "--execute")
    assert_moved(server["ID"], [])
    return workspace, server


@pytest.mark.parametrize("before", ["moved", *rest("unhealthy")])
def test_what_has_moved_is_rolled_back_changed_and_moves_again(lab: None, tmp_path: Path, before: str) -> None:
    """A server that moved at once, or went back by itself before."""
    root = tmp_path / "ws"
    workspace, server = moved(root) if before == "moved" else gone_back_and_moved(before, root)
    so_far = power(server["ID"])[:-1]
    (first,) = openstack(f"target-{PROJECT}", "server", "list")
    ports = {port["ID"] for port in openstack(f"target-{PROJECT}", "port", "list")}
    (wave,) = workspace.waves()
    (told,) = workspace.json("rollback", wave)["servers"]
    assert told["target_id"] == first["ID"] and told["starts"] and told["lost_from"] < told["lost_to"]
    workspace.decamp("rollback", wave, "--execute", expect=3)
    assert (statuses("source"), statuses("target")) == (["SHUTOFF"], ["ACTIVE"])
    back = ("rollback", wave, "--who", "the tests")
    assert workspace.killed("after", START, of=back) == 0, "it never came to this point"
    workspace.decamp(*back, "--execute")
    assert (statuses("source"), statuses("target")) == (["ACTIVE"], ["SHUTOFF"])
    assert [one["ID"] for one in openstack(f"target-{PROJECT}", "server", "list")] == [first["ID"]]

    with volume_file("source").open("r+b") as disk:
        disk.seek(AT)
        disk.write(SINCE)
    planned(workspace)
    workspace.decamp("run", "--execute")
    workspace.decamp("verify")
    assert_moved(server["ID"], [*so_far, "stop", "start"])
    (second,) = openstack(f"target-{PROJECT}", "server", "list")
    assert second["ID"] != first["ID"]
    assert {port["ID"] for port in openstack(f"target-{PROJECT}", "port", "list")} == ports
    with volume_file("target").open("rb") as disk:
        disk.seek(AT)
        assert disk.read(len(SINCE)) == SINCE

    # Once accepted, it stays.
    workspace.decamp("accept", wave, "--who", "the tests")
    workspace.decamp(*back, "--execute", expect=5)
    assert statuses("target") == ["ACTIVE"]
