"""kill -9 at requests of a test launch, a cut-over and its rollback, on two real clouds.

Each command dies at request after request, and is run again as it was until it ends. A few requests are taken at
several moments, and in `make soak` every one at each moment. The referees: what both clouds list, their access logs,
the actions that Nova lists of each server, and the clouds' own files of the disks.
"""

import json
import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.kill.points import (
    ATTACH,
    CREATE_IMAGE,
    CUT_OVER,
    LAUNCH,
    MAKE_IMAGE,
    MAKE_SERVER,
    MOMENTS,
    ROLLBACK,
    STOP,
    Point,
)
from tests.lab.conftest import listings
from tests.lab.harness import ROOT, Witness, Workspace, facts, fresh, openstack

PROJECT, SERVERS = "test-kill-waves", 2
SOURCE, TARGET = f"source-{PROJECT}", f"target-{PROJECT}"
SERVICES = {"nova": "compute", "cinder": "block-storage", "glance": "image", "neutron": "network"}
"""As the access logs call a service, and the catalogue."""


def prepared(root: Path) -> tuple[Workspace, str]:
    """A tenant of two servers in one wave, planned, with a pass of each disk. Returns the wave's name too."""
    fresh(str(ROOT / "tests/lab/rollback.json"), PROJECT, "--target-quota", "generous")
    workspace = Workspace(root, PROJECT, passes=True)
    workspace.init()
    workspace.one_by_one()
    workspace.plan()
    workspace.decamp("run", "--execute", expect=3)
    (wave,) = workspace.waves()
    return workspace, wave


Kill = tuple[str, tuple[Point, ...]]
"""A moment, and the requests to die at."""


def killed(workspace: Workspace, command: tuple[str, ...], *kills: Kill) -> None:
    """The command dies once at each of these requests, moment by moment; then it runs to its end."""
    for when, points in kills:
        left = list(points)
        while left and (at := workspace.killed(when, *left, of=command)) is not None:
            print(f"{command[0]}: died {when} {left.pop(at)}")
        assert left == [], f"{command[0]}: never reached {when}: {[*map(str, left)]}"
    workspace.decamp(*command, "--execute")


def statuses(side: str) -> list[str]:
    return sorted(server["Status"] for server in openstack(f"{side}-{PROJECT}", "server", "list"))


def power() -> list[list[str]]:
    """What was done to each server at the source, oldest first, without its making and what leaves it as it is."""
    found = []
    for server in openstack(SOURCE, "server", "list"):
        events = openstack(SOURCE, "server", "event", "list", server["ID"])
        actions = [one["Action"] for one in sorted(events, key=lambda one: one["Start Time"])]
        found.append([one for one in actions if one in {"start", "stop", "reboot", "delete"}])
    return found


def assert_up_once(workspace: Workspace) -> None:
    """The wave is at the target, each thing once, with the bytes of its stop; the source keeps nothing of ours."""
    workspace.decamp("verify", "--moved")
    assert (statuses("source"), statuses("target")) == (["SHUTOFF"] * SERVERS, ["ACTIVE"] * SERVERS)
    there = listings(TARGET)
    assert [one["Status"] for one in there["volumes"]] == ["in-use"]
    root_disks = [one["Name"] for one in there["images"] if one["Name"].endswith("(root disk)")]
    assert len({*root_disks}) == len(root_disks) == SERVERS and not there["snapshots"]
    assert "decamp-t-" not in json.dumps([there, listings(SOURCE)])
    both = facts(PROJECT)
    for kind in ("volumes", "root_disks"):
        trees = [{name: one["tree_sha256"] for name, one in both[side][kind].items()} for side in ("source", "target")]
        assert trees[0] == trees[1] and trees[0], kind


def unlisted(writes: Witness, points: Sequence[Point]) -> set[tuple[str, str]]:
    """Requests by which something changes that no point stands for."""
    known = [(one.method, one.service, re.compile(rf".*{one.path.partition(' ')[0]}")) for one in points]
    return {
        (one.method, re.sub(r"[0-9a-f-]{32,36}", "ID", one.path))
        for one in writes.writes()
        if not any(
            (one.method, SERVICES.get(one.service)) == (method, service) and path.fullmatch(one.path)
            for method, service, path in known
        )
    }


def rolled_back(workspace: Workspace, wave: str, *kills: Kill) -> None:
    killed(workspace, ("rollback", wave, "--who", "the tests"), *kills)
    assert (statuses("source"), statuses("target")) == (["ACTIVE"] * SERVERS, ["SHUTOFF"] * SERVERS)
    assert power() == [["stop", "start"]] * SERVERS


SOME_OF_CUT_OVER: tuple[Kill, ...] = (
    ("before", (STOP,)),
    ("after", (STOP, CREATE_IMAGE)),
    ("recorded", (MAKE_IMAGE,)),
    ("after", (MAKE_SERVER,)),
    ("recorded", (MAKE_SERVER,)),
    ("before", (ATTACH,)),
)
ALL_OF_ROLLBACK = tuple((when, (point,)) for point in ROLLBACK for when in MOMENTS)


@pytest.mark.lab
@pytest.mark.full
def test_a_cut_over_and_its_rollback_are_killed_and_end_whole(tmp_path: Path) -> None:
    workspace, wave = prepared(tmp_path / "ws")
    workspace.decamp("approve", "cut-over", "--who", "the tests")
    killed(workspace, ("cut-over", wave), *SOME_OF_CUT_OVER)
    assert_up_once(workspace)
    assert power() == [["stop"]] * SERVERS
    rolled_back(workspace, wave, *ALL_OF_ROLLBACK)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("when", MOMENTS)
def test_killed_at_every_request_of_a_test_launch_a_cut_over_and_its_rollback(when: str, tmp_path: Path) -> None:
    workspace, wave = prepared(tmp_path / "ws")
    source, target, before = Witness.now("source", PROJECT), Witness.now("target", PROJECT), listings(TARGET)
    killed(workspace, ("test-launch", wave), (when, LAUNCH))
    assert unlisted(target.ended(), LAUNCH) == set()
    assert listings(TARGET) == before and source.ended().requests() == []

    source, target = Witness.now("source", PROJECT), Witness.now("target", PROJECT)
    workspace.decamp("approve", "cut-over", "--who", "the tests")
    killed(workspace, ("cut-over", wave), (when, CUT_OVER))
    assert_up_once(workspace)
    assert power() == [["stop"]] * SERVERS
    rolled_back(workspace, wave, (when, ROLLBACK))
    assert unlisted(source.ended(), (*CUT_OVER, *ROLLBACK)) == unlisted(target.ended(), (*CUT_OVER, *ROLLBACK)) == set()
