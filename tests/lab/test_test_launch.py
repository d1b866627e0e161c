"""A test launch on two real clouds: copies come up and go without a trace, and the move afterwards is whole."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.lab.conftest import listings
from tests.lab.harness import Witness, Workspace, fresh, openstack
from tests.matrix import rest

pytestmark = [pytest.mark.lab, pytest.mark.full]

PROJECT = "test-launch"
SUFFIX = "-decamp-test"


@pytest.mark.parametrize("tenant", ["sealed", *rest("launch")])
def test_copies_come_up_and_go_without_a_trace(lab: None, tmp_path: Path, tenant: str) -> None:
    """One server, or two of which the second is killed; those are moved afterwards."""
    source, target = f"source-{PROJECT}", f"target-{PROJECT}"
    fresh(str(Path(__file__).with_name(f"{tenant}.json")), PROJECT, "--target-quota", "generous")
    workspace = Workspace(tmp_path / "ws", PROJECT)
    workspace.init()
    health = {
        "server:*": [
            {"check": "console", "matches": "^lab: no console$"},
            {"check": "tcp", "port": 22, "address": "first"},
        ]
    }
    workspace.say(servers={"consistency": "crash", "start": "twin", "health": health})
    workspace.decamp("scan")
    workspace.decamp("plan")
    workspace.decamp("run", "--execute", "--only", "evacuate")
    servers = sorted(one["Name"] for one in openstack(source, "server", "list"))
    before = listings(target)

    # Made, looked at with the client of OpenStack, and removed.
    asked, done = Witness.now("source", PROJECT), Witness.now("target", PROJECT)
    name = servers[0]
    workspace.decamp("test-launch", name)
    assert done.writes() == [] and listings(target) == before
    workspace.decamp("test-launch", name, "--execute", "--keep", "1h")
    (made,) = openstack(target, "server", "list")
    assert (made["Name"], made["Status"]) == (f"{name}{SUFFIX}", "ACTIVE")
    (origin,) = [one for one in openstack(source, "server", "list") if one["Name"] == name]
    assert addresses(made) and set(addresses(made)) <= set(addresses(origin))
    assert openstack(target, "router", "list") == [] and openstack(target, "floating", "ip", "list") == []
    volumes = openstack(target, "volume", "list", "--long")
    assert volumes and all(one["Name"].endswith(SUFFIX) and one["Status"] == "in-use" for one in volumes)
    workspace.decamp("test-launch", name, "--execute", expect=5)
    workspace.decamp("test-launch", name, "--remove", "--execute")
    assert listings(target) == before

    # Killed while they are removed, and while they are made: healed by `clean`, and by the same command.
    launch = ("test-launch", servers[-1])
    points = (("before", "DELETE", "block-storage", "/volumes/.*"), ("after", "POST", "compute", "/servers"))
    for when, *point in points:
        assert listings(target) == before
        assert workspace.killed(when, ("target", *point), of=launch) == 0, "it never came to this point"
        assert listings(target) != before
        assert asked.ended().requests() == []
        if when == "before":
            workspace.decamp("clean", "--execute")  # it looks for leftovers at the source too
            asked = Witness.now("source", PROJECT)
    for name in servers:
        workspace.decamp("test-launch", name, "--execute")
    assert listings(target) == before
    assert asked.ended().requests() == []
    made_for_good = ("/routers", "/floatingips", "/security-groups", "/os-keypairs")
    assert [one for one in done.ended().writes() if one.method == "POST" and one.path.endswith(made_for_good)] == []
    kept = [json.loads(path.read_text()) for path in (workspace.root / "evidence" / "test-launches").iterdir()]
    assert len(kept) == len(servers) + 1
    for one in kept:
        (server,) = one["servers"]
        assert [(row["check"], row["code"]) for row in server["results"]] == [("active", ""), ("console", "")]
        assert server["not_possible"] == ["tcp"]

    if len(servers) > 1:
        moved(workspace, servers)


def moved(workspace: Workspace, servers: list[str]) -> None:
    """The move afterwards is whole, and a launch after it changes nothing."""
    target = f"target-{PROJECT}"
    workspace.say(servers={"consistency": "auto", "start": "cut-over"})
    workspace.plan()
    workspace.decamp("approve", "cut-over", "--who", "the tests")
    workspace.decamp("run", "--execute")
    workspace.decamp("verify", "--reread", "all")
    assert workspace.json("status")["differences"] == 0
    assert sorted(one["Name"] for one in openstack(target, "server", "list")) == servers
    there = listings(target)
    workspace.decamp("test-launch", servers[0], "--execute")
    assert listings(target) == there


def addresses(server: dict[str, Any]) -> list[str]:
    return [address for several in server["Networks"].values() for address in several]
