"""A move that an earlier version began and left half-way is finished by the version of today, with nothing done twice.

The earlier version is taken out of the repository's history and runs on the Python packages of today. Judged from
outside: by the access logs of both clouds over the runs of both versions, `openstack`, e2fsck and tree hashes.
"""

import json
import subprocess
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.kill.points import Point
from tests.lab.conftest import listings
from tests.lab.harness import ROOT, Request, Witness, Workspace, facts, fresh

pytestmark = pytest.mark.lab

EARLIER = "a36c0a9e95fffc0587ccfb54f5b03e7a07a3f493"
PROJECT = "test-older"

AT_RESTORES = Point("target", "POST", "block-storage", "/volumes")
"""All disks are captured and all containers copied; volumes are being made, and one of them is in no ledger."""

CAPTURES = 4
"""An image, two volumes and a root disk."""

ASKED_FOR_BY = {
    ("nova", "/v2.1/os-keypairs"): {"keypair.import"},
    ("nova", "/v2.1/servers"): {"server.make"},
    ("neutron", "/v2.0/networks"): {"network.make"},
    ("neutron", "/v2.0/subnets"): {"subnet.make"},
    ("neutron", "/v2.0/routers"): {"router.make"},
    ("neutron", "/v2.0/ports"): {"port.make"},
    ("neutron", "/v2.0/floatingips"): {"floating-ip.make"},
    ("cinder", "/v3/volumes"): {"volume.restore"},
    # A volume is made of an image, which is deleted then.
    ("glance", "/v2/images"): {"image.restore", "server.image", "volume.restore"},
}
"""Service and path of each POST that makes a thing at the target: the actions that send it once for each step."""


@pytest.fixture(scope="module")
def earlier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout of the earlier version."""
    known = subprocess.run(["git", "cat-file", "-e", f"{EARLIER}^{{commit}}"], cwd=ROOT, capture_output=True)
    if known.returncode:
        pytest.skip("the history does not go back to the earlier version")
    checkout = tmp_path_factory.mktemp("earlier")
    archive = subprocess.run(["git", "archive", EARLIER], cwd=ROOT, capture_output=True, check=True)
    subprocess.run(["tar", "-x", "-C", str(checkout)], input=archive.stdout, check=True)
    return checkout


@dataclass
class Left:
    """What the earlier version left when it was killed."""

    workspace: Workspace
    before: dict[str, Any]
    source: Witness
    target: Witness


@pytest.fixture
def left(earlier: Path, tmp_path: Path) -> Left:
    fresh("showcase", PROJECT, "--scale", "0.25", "--target-quota", "generous")
    before = listings(f"source-{PROJECT}")
    source, target = Witness.now("source", PROJECT), Witness.now("target", PROJECT)
    workspace = Workspace(tmp_path / "ws", PROJECT, code=earlier)
    workspace.prepare()
    workspace.decamp("approve", "cut-over", "--who", "the tests")
    assert workspace.killed("after", AT_RESTORES) == 0, "the run never came to this point"
    return Left(Workspace(tmp_path / "ws", PROJECT), before, source.ended(), target.ended())


@pytest.mark.full
def test_the_version_of_today_finishes_it_and_makes_nothing_twice(left: Left) -> None:
    workspace = left.workspace
    assert [step.endswith(":capture") for step in workspace.steps_in("done")].count(True) == CAPTURES
    assert [step for step in workspace.steps_in("running") if step.endswith(":restore")]
    source, target = Witness.now("source", PROJECT), Witness.now("target", PROJECT)
    for command in (["status"], ["forecast"], ["run"], ["run", "--execute"]):
        workspace.decamp(*command)
    source, target = source.ended(), target.ended()

    _each_thing_was_asked_for_once([*left.target.writes(), *target.writes()], workspace)
    _the_target_has_each_thing_once(left.before, listings(f"target-{PROJECT}"))
    _the_source_hears_nothing_but_listings(left.source, source)
    _all_is_the_same(workspace)


def _each_thing_was_asked_for_once(writes: list[Request], workspace: Workspace) -> None:
    planned = Counter(step["action"]["do"] for step in _plan(workspace)["steps"])
    made = Counter((w.service, w.path.partition("?")[0]) for w in writes if w.method == "POST" and w.status < 300)
    for asked, actions in ASKED_FOR_BY.items():
        assert made[asked] == sum(planned[action] for action in actions) > 0, asked


def _plan(workspace: Workspace) -> Any:
    return json.loads((workspace.root / "plan.json").read_text())


def _the_target_has_each_thing_once(before: dict[str, Any], there: dict[str, Any]) -> None:
    assert [(s["Name"], s["Status"]) for s in there["servers"]] == [("web1", "ACTIVE")]
    assert {v["Status"] for v in there["volumes"]} == {"in-use"}
    assert there["snapshots"] == []
    for kind in ("volumes", "containers"):
        assert sorted(one["Name"] for one in there[kind]) == sorted(one["Name"] for one in before[kind]), kind
    assert sorted(n["Name"] for n in there["networks"] if n["Name"] in {"front", "back"}) == ["back", "front"]
    images = [*(one["Name"] for one in before["images"]), "web1 (root disk)"]
    assert sorted(one["Name"] for one in there["images"]) == sorted(images)
    assert len(there["addresses"]) == len(before["addresses"])


def _the_source_hears_nothing_but_listings(earlier: Witness, today: Witness) -> None:
    """Every disk and object was read by the earlier version; today's compares the listings of the containers again."""
    read = [r for r in earlier.requests() if _is_content(r)]
    assert {r.service for r in read} == {"glance", "swift"} and len(read) > 100
    assert [r for r in today.requests() if _is_content(r)] == []
    assert today.requests() and today.writes() == []


def _is_content(request: Request) -> bool:
    """The bytes of an image, or /v1/ACCOUNT/CONTAINER/OBJECT; not the listing of a container."""
    path = request.path.partition("?")[0]
    of_image = request.service == "glance" and path.endswith("/file")
    return request.method == "GET" and (of_image or (request.service == "swift" and path.count("/") > 3))


def _all_is_the_same(workspace: Workspace) -> None:
    workspace.decamp("verify", "--full", "--reread", "all")
    evidence = json.loads((workspace.root / "evidence/verify.json").read_text())
    assert {row["verdict"] for row in evidence["rows"]} == {"same"}
    both = facts(PROJECT)
    for kind in ("volumes", "root_disks"):
        trees = {side: {name: disk["tree_sha256"] for name, disk in both[side][kind].items()} for side in both}
        assert trees["source"] == trees["target"] != {}, kind
        assert all(disk["fsck_clean"] for disk in both["target"][kind].values())
