"""Servers are stopped wave by wave: none of a wave is stopped before the one before it runs at the target."""

import re
from pathlib import Path

import pytest
import yaml

from tests.lab.harness import Witness, Workspace, fresh, openstack
from tests.matrix import rest

pytestmark = [pytest.mark.lab, pytest.mark.full]

PROJECT, SERVERS = "test-order", 2
Waves = dict[str, object]


def first_actions(witness: Witness) -> dict[str, float]:
    """Server -> when the first thing was done to it. Of ours that is its stop: nothing else comes before it."""
    found: dict[str, float] = {}
    for request in witness.writes():
        if request.service == "nova" and (hit := re.search(r"/servers/([^/]+)/action$", request.path)):
            found.setdefault(hit[1], request.time)
    return found


def made(witness: Witness) -> list[float]:
    writes = [request for request in witness.writes() if (request.service, request.method) == ("nova", "POST")]
    return [request.time for request in writes if request.path.endswith("/servers")]


@pytest.mark.parametrize(("apart", "at_once"), [(True, 1), *rest((False, 1), (True, 2))])
def test_no_wave_is_stopped_before_the_last_one_is_made(lab: None, tmp_path: Path, apart: bool, at_once: int) -> None:
    """The referee: the access logs of both clouds' Nova.

    The two servers share a network without a router, and are one wave; the policy may take them apart, in its order.
    With a limit of 2, and no order, both are stopped before one is made.
    """
    fresh(str(Path(__file__).with_name("two.json")), PROJECT, "--target-quota", "generous")
    ids = sorted(server["ID"] for server in openstack(f"source-{PROJECT}", "server", "list"))
    later, first = ids
    workspace = Workspace(tmp_path / "ws", PROJECT)
    workspace.init()
    path = workspace.root / "policy.yaml"
    policy = yaml.safe_load(path.read_text())
    policy["limits"]["servers_down"] = at_once
    if apart:
        policy["waves"]["servers"] = {f"server:{first}": "first", f"server:{later}": "later"}
        policy["waves"]["order"] = ["first", "later"] if at_once == 1 else []
    path.write_text(yaml.safe_dump(policy))
    for step in ("scan", "check", "plan"):
        workspace.decamp(step)
    workspace.decamp("approve", "cut-over", "--who", "the tests")
    source, target = Witness.now("source", PROJECT), Witness.now("target", PROJECT)
    workspace.decamp("run", "--execute")
    stops, makes = first_actions(source), sorted(made(target))
    assert (set(stops), len(makes)) == (set(ids), SERVERS)
    one_by_one = apart and at_once == 1
    assert (max(stops.values()) > makes[0]) == one_by_one
    assert not one_by_one or stops[first] < stops[later]
    workspace.decamp("verify")
    there = openstack(f"target-{PROJECT}", "server", "list")
    assert [server["Status"] for server in there] == ["ACTIVE"] * SERVERS
    assert [server["Status"] for server in openstack(f"source-{PROJECT}", "server", "list")] == ["SHUTOFF"] * SERVERS
