"""A wave is launched for a test, moved, rolled back, changed at the source and moved again, on two real clouds.

The referees: both Novas' access logs, what `openstack` lists, and the clouds' own files.
"""

import json
import re
from pathlib import Path

import pytest

from tests.lab.harness import HOME, READING, Witness, Workspace, fresh, openstack, same_bytes

pytestmark = [pytest.mark.lab, pytest.mark.full]

PROJECT, SERVERS = "test-rollback", 2
AT, SINCE = 700 << 20, b"written since the rollback"


def volume_file(side: str) -> Path:
    """Where the cloud itself keeps the volume's bytes."""
    (volume,) = openstack(f"{side}-{PROJECT}", "volume", "list")
    return HOME / side / "data/cinder/volumes" / f"volume-{volume['ID']}"


def statuses(side: str) -> list[str]:
    return sorted(server["Status"] for server in openstack(f"{side}-{PROJECT}", "server", "list"))


def actions(server_id: str) -> list[str]:
    """What was done to the server at the source, as its cloud lists it, oldest first."""
    events = openstack(f"source-{PROJECT}", "server", "event", "list", server_id)
    return [event["Action"] for event in sorted(events, key=lambda one: one["Start Time"])]


def server_writes(witness: Witness) -> list[str]:
    """Paths of all that was asked of Nova besides reading."""
    return [one.path for one in witness.writes() if one.service == "nova" and one.method not in READING]


def rehearsed(workspace: Workspace) -> None:
    """A test launch from the first passes; nothing of it stays, and the source hears of no server action but images."""
    for step in ("scan", "check", "plan"):
        workspace.decamp(step)
    workspace.decamp("run", "--execute", expect=3)
    (wave,) = json.loads((workspace.root / "plan.json").read_text())["waves"]
    workspace.decamp("test-launch", wave["name"], "--execute")
    assert (statuses("source"), statuses("target")) == (["ACTIVE"] * SERVERS, [])


def moved_again(workspace: Workspace) -> None:
    for step in ("scan", "check", "plan"):
        workspace.decamp(step)
    workspace.decamp("approve", "cut-over", "--who", "the tests")
    workspace.decamp("run", "--execute")
    workspace.decamp("verify")


def test_launched_moved_rolled_back_changed_and_moved_again(lab: None, tmp_path: Path) -> None:
    fresh(str(Path(__file__).with_name("rollback.json")), PROJECT, "--target-quota", "generous")
    witness = Witness.now("source", PROJECT)
    ids = sorted(server["ID"] for server in openstack(f"source-{PROJECT}", "server", "list"))
    workspace = Workspace(tmp_path / "ws", PROJECT, passes=True)
    workspace.init()
    rehearsed(workspace)
    moved_again(workspace)
    assert (statuses("source"), statuses("target")) == (["SHUTOFF"] * SERVERS, ["ACTIVE"] * SERVERS)
    first = {server["ID"] for server in openstack(f"target-{PROJECT}", "server", "list")}
    ports = {port["ID"] for port in openstack(f"target-{PROJECT}", "port", "list")}

    (wave,) = json.loads((workspace.root / "plan.json").read_text())["waves"]
    told = workspace.json("rollback", wave["name"])
    assert {one["target_id"] for one in told["servers"]} == first and all(one["starts"] for one in told["servers"])
    assert all(one["lost_from"] < one["lost_to"] for one in told["servers"])
    workspace.decamp("rollback", wave["name"], "--execute", expect=3)
    assert (statuses("source"), statuses("target")) == (["SHUTOFF"] * SERVERS, ["ACTIVE"] * SERVERS)
    workspace.decamp("rollback", wave["name"], "--execute", "--who", "the tests")
    assert (statuses("source"), statuses("target")) == (["ACTIVE"] * SERVERS, ["SHUTOFF"] * SERVERS)
    assert {server["ID"] for server in openstack(f"target-{PROJECT}", "server", "list")} == first

    with volume_file("source").open("r+b") as disk:
        disk.seek(AT)
        disk.write(SINCE)
    moved_again(workspace)
    second = {server["ID"] for server in openstack(f"target-{PROJECT}", "server", "list")}
    assert len(second) == SERVERS and not second & first
    assert {port["ID"] for port in openstack(f"target-{PROJECT}", "port", "list")} == ports
    assert (statuses("source"), statuses("target")) == (["SHUTOFF"] * SERVERS, ["ACTIVE"] * SERVERS)
    with volume_file("target").open("rb") as disk:
        disk.seek(AT)
        assert disk.read(len(SINCE)) == SINCE
    assert same_bytes(volume_file("source"), volume_file("target"))

    for server_id in ids:
        power = [one for one in actions(server_id) if one not in {"create", "createImage", "attach_volume"}]
        assert power == ["stop", "start", "stop"]
    action = re.compile(r"/v2\.1/servers/([^/]+)/action")
    assert {found[1] for path in server_writes(witness) if (found := action.fullmatch(path))} == {*ids}
    assert [path for path in server_writes(witness) if not action.fullmatch(path)] == []

    # Once accepted, it stays.
    workspace.decamp("accept", wave["name"], "--who", "the tests")
    workspace.decamp("rollback", wave["name"], "--execute", "--who", "the tests", expect=5)
    assert statuses("target") == ["ACTIVE"] * SERVERS
