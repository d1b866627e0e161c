"""A server that was moved as it ran, and ran on: moved again after a stop, its older copy at the target is replaced."""

from pathlib import Path

import pytest
import yaml

from tests.lab.harness import HOME, Workspace, fresh, openstack

pytestmark = [pytest.mark.lab, pytest.mark.full]

PROJECT = "test-refresh"
AT, SINCE = 900 << 20, b"written since!"


def say(workspace: Workspace, **servers: str) -> None:
    path = workspace.root / "policy.yaml"
    policy = yaml.safe_load(path.read_text())
    policy["servers"].update(servers)
    path.write_text(yaml.safe_dump(policy))


def root_disk(side: str, server_id: str) -> Path:
    """Where the cloud itself keeps the bytes."""
    (file,) = (HOME / side / "data/nova/instances").glob(f"{server_id}*.raw")
    return file


def moved_again(workspace: Workspace) -> None:
    for step in ("scan", "check", "plan"):
        workspace.decamp(step)
    workspace.decamp("approve", "cut-over", "--who", "the tests")
    workspace.decamp("run", "--execute")
    workspace.decamp("verify")


def test_a_moved_server_whose_original_ran_on_is_replaced_by_a_newer_copy(lab: None, tmp_path: Path) -> None:
    source, target = f"source-{PROJECT}", f"target-{PROJECT}"
    fresh("small", PROJECT, "--target-quota", "generous")
    workspace = Workspace(tmp_path / "ws", PROJECT)
    workspace.init()
    say(workspace, consistency="crash", start="twin")
    for step in ("scan", "check", "plan"):
        workspace.decamp(step)
    workspace.decamp("run", "--execute")
    (first,) = openstack(target, "server", "list")
    ports = {port["ID"] for port in openstack(target, "port", "list")}

    (running,) = openstack(source, "server", "list")
    with root_disk("source", running["ID"]).open("r+b") as disk:
        disk.seek(AT)
        disk.write(SINCE)
    say(workspace, consistency="auto", start="cut-over")
    moved_again(workspace)

    (second,) = openstack(target, "server", "list")
    assert second["ID"] != first["ID"]
    assert {port["ID"] for port in openstack(target, "port", "list")} == ports
    with root_disk("target", second["ID"]).open("rb") as disk:
        disk.seek(AT)
        assert disk.read(len(SINCE)) == SINCE
    workspace.decamp("run", "--execute")
    assert [each["ID"] for each in openstack(target, "server", "list")] == [second["ID"]]
