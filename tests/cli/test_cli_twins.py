"""No server runs at both ends unasked: it is stopped first, or waits until somebody has chosen a twin."""

import json
from pathlib import Path
from typing import Any

from migrate.clouds.memory import worlds
from tests.cli.conftest import Decamp


def status_at(side: str, name: str) -> str | None:
    """The server's status in that cloud, None where it is not there."""
    found = (row.record for row in worlds[side].servers.rows.values())
    return next((server.status for server in found if server.name == name), None)


def say(workspace: Path, old: str, new: str) -> None:
    """Somebody edits the policy."""
    policy = workspace / "policy.yaml"
    assert old in policy.read_text()
    policy.write_text(policy.read_text().replace(old, new))


def findings(decamp: Decamp, workspace: Path, code: str) -> list[dict[str, Any]]:
    return [one for one in json.loads(decamp("-C", workspace, "check", "-f", "json").out) if one["code"] == code]


def only_server(workspace: Path) -> str:
    """The small tenant has one server, with one disk."""
    (server,) = json.loads((workspace / "source.json").read_text())["servers"]
    assert server["status"] == "ACTIVE" and not server["attachments"]
    return str(server["name"])


def test_a_server_with_one_disk_is_stopped_behind_the_gate_as_any_other(decamp: Decamp, workspace: Path) -> None:
    for command in ("scan", "plan"):
        assert decamp("-C", workspace, command).code == 0
    name = only_server(workspace)
    assert [one["name"] for one in findings(decamp, workspace, "DCP-624")] == [name]
    assert decamp("-C", workspace, "run", "--execute").code == 3
    assert (status_at("source", name), status_at("target", name)) == ("ACTIVE", None)
    assert decamp("-C", workspace, "approve", "cut-over", "--who", "Ann").code == 0
    assert decamp("-C", workspace, "run", "--execute").code == 0
    assert (status_at("source", name), status_at("target", name)) == ("SHUTOFF", "ACTIVE")


def test_a_server_that_is_not_to_be_stopped_waits_for_a_choice_and_nothing_else_does(
    decamp: Decamp, workspace: Path
) -> None:
    say(workspace, "consistency: auto", "consistency: crash")
    decamp("-C", workspace, "scan")
    name = only_server(workspace)
    check = decamp("-C", workspace, "check")
    assert check.code == 3 and "would run at both ends" in check.out
    assert [one["undecided"] for one in findings(decamp, workspace, "DCP-695")] == [True]
    assert decamp("-C", workspace, "plan").code == 3
    run = decamp("-C", workspace, "run", "--execute")
    assert run.code == 3 and "blocks by itself: 1" in run.err
    # Its disk is in the store, and all else is there.
    assert status_at("target", name) is None and worlds["target"].networks.rows
    assert list((workspace / "store").rglob("*server*"))
    say(workspace, "start: cut-over", f'start: {{"server:{name}": twin}}')
    assert decamp("-C", workspace, "check").code == 0
    assert findings(decamp, workspace, "DCP-695") == []
    assert [one["facts"] for one in findings(decamp, workspace, "DCP-696")] == [{"copy": "running"}]
    assert decamp("-C", workspace, "plan").code == 0
    assert decamp("-C", workspace, "run", "--execute").code == 0
    assert (status_at("source", name), status_at("target", name)) == ("ACTIVE", "ACTIVE")


def test_somebody_who_accepts_the_finding_leaves_the_server_out(decamp: Decamp, workspace: Path) -> None:
    say(workspace, "consistency: auto", "consistency: crash")
    say(workspace, "accept: []", "accept: [DCP-695]")
    for command in (["scan"], ["plan"], ["run", "--execute"], ["verify"]):
        assert decamp("-C", workspace, *command).code == 0
    assert status_at("target", only_server(workspace)) is None
