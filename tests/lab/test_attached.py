"""The attached path on real Nova and Cinder, with a worker in either cloud.

The lab's volumes are files of this machine. What udev does on a worker, a thread of the test does here: it makes the
links, out of what Cinder tells the tenant of its attachments.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.kill.points import Point
from tests.lab.attached import ON_SERVER, WORKER, Udev, attachments, client, make_worker
from tests.lab.conftest import listings, start_servers
from tests.lab.harness import ROOT, Witness, Workspace, environment, facts, fresh, openstack, sweep

pytestmark = [pytest.mark.lab, pytest.mark.full]

PROJECT = "test-attached"
SOURCE, TARGET = f"source-{PROJECT}", f"target-{PROJECT}"
AT_ONCE = 2
KILLS = [
    ("after", Point("source", "POST", "compute", ON_SERVER)),
    ("before", Point("source", "DELETE", "compute", f"{ON_SERVER}/[^/]+")),
    ("after", Point("source", "DELETE", "compute", f"{ON_SERVER}/[^/]+")),
    ("after", Point("target", "POST", "block-storage", "/volumes")),
    ("after", Point("target", "POST", "compute", ON_SERVER)),
    ("before", Point("target", "DELETE", "compute", f"{ON_SERVER}/[^/]+")),
    ("after", Point("target", "DELETE", "block-storage", "/volumes/[^/]+/metadata/[^/]+")),
]


@pytest.fixture(scope="module")
def source_worker(lab: None) -> str:
    fresh(str(ROOT / "tests/lab/attached_tenant.json"), PROJECT, "--target-quota", "generous")
    return make_worker(SOURCE, "attached base")


@dataclass
class Move:
    """A planned and approved migration, and what was at the source before."""

    workspace: Workspace
    udev: Udev
    before: dict[str, Any]

    def worker_of(self, cloud: str) -> str:
        return self.udev.workers[cloud]

    def on_workers(self) -> list[str]:
        clouds = {cloud: client(cloud) for cloud in self.udev.workers}
        return [one["volume_id"] for cloud, sdk in clouds.items() for one in self._here(cloud, sdk)]

    def _here(self, cloud: str, sdk: Any) -> list[dict[str, Any]]:
        return [one for one in attachments(sdk) if one["instance"] == self.worker_of(cloud)]


@pytest.fixture
def move(source_worker: str, tmp_path: Path) -> Iterator[Move]:
    sweep("target", PROJECT)
    start_servers(SOURCE)
    workspace = Workspace(tmp_path / "ws", PROJECT)
    workspace.init()
    workers = {SOURCE: source_worker, TARGET: make_worker(TARGET)}
    policy_file = workspace.root / "policy.yaml"
    policy = yaml.safe_load(policy_file.read_text())
    policy["disks"] = {
        "capture": "attached",
        "restore": "attached",
        "source_worker": workers[SOURCE],
        "target_worker": workers[TARGET],
        "devices": str(tmp_path / "by-id"),
        "attachments": AT_ONCE,
    }
    policy["limits"] = {"disks": 4, "source": 6, "target": 6}
    policy["skip"] = [f"server:{WORKER}"]
    policy_file.write_text(yaml.safe_dump(policy))
    for step in ("scan", "check", "plan"):
        workspace.decamp(step)
    workspace.decamp("approve", "cut-over", "--who", "the tests")
    with Udev(tmp_path / "by-id", workers) as udev:
        yield Move(workspace, udev, listings(SOURCE))


def ended_well(move: Move) -> None:
    """The volumes are the same on both sides, and nothing of ours is left attached, or left at all."""
    move.workspace.decamp("run", "--execute")
    move.workspace.decamp("verify", "--reread", "all")
    assert move.on_workers() == []
    after = listings(SOURCE)
    for server in (*move.before["servers"], *after["servers"]):
        server.pop("Status", None)
    assert after == move.before, "something of ours was left at the source, or something of the customer's changed"
    assert not [made for made in move.workspace.json("clean") if made["code"] is None], "something to be cleaned"
    both = facts(PROJECT)
    trees = {side: {n: v["tree_sha256"] for n, v in both[side]["volumes"].items()} for side in ("source", "target")}
    assert len(trees["source"]) == 4 and trees["source"] == trees["target"]
    for volume in openstack(TARGET, "volume", "list", "--long"):
        assert "decamp-unwritten" not in volume["Properties"]


def at_once(witness: Witness, server_id: str) -> int:
    """How many volumes of ours were on the server at once, as Nova's access log tells."""
    now = most = 0
    path = f"/servers/{server_id}/os-volume_attachments"
    for request in sorted(witness.writes(), key=lambda r: r.time):
        if request.service == "nova" and path in request.path and request.status < 300:
            now += 1 if request.method == "POST" else -1
            most = max(most, now)
    return most


def test_volumes_move_as_devices_of_the_workers_and_no_image_is_made_of_them(move: Move) -> None:
    source, target = Witness.now("source", PROJECT), Witness.now("target", PROJECT)
    move.workspace.decamp("run", "--execute")
    source, target = source.ended(), target.ended()
    ended_well(move)
    # Others may be moving their tenants through the same clouds meanwhile: what is looked at is ours.
    here = f"/servers/{move.worker_of(SOURCE)}/os-volume_attachments"
    asked = [r for r in source.writes() if here in r.path and r.status < 300]
    clones = {r.path.rpartition("/")[2] for r in asked if r.method == "DELETE"}
    assert (len(clones), len(asked)) == (4, 8), "four volumes, each put on once and taken off once"
    assert not [r for r in source.writes() if r.path.endswith("/action") and r.path.split("/")[-2] in clones]
    there = f"/servers/{move.worker_of(TARGET)}/os-volume_attachments"
    attach = [r for r in target.writes() if there in r.path and r.method == "POST" and r.status < 300]
    assert len(attach) == 8, "four volumes, each put on to be written, and a clone of each to be read back"
    images = {image["ID"] for image in openstack(TARGET, "image", "list", "--private")}
    uploads = {r.path for r in target.writes() if r.method == "PUT" and r.path.split("/")[-2] in images}
    assert len(uploads) == 2, "the image, and the root disk: no volume"
    for witness, cloud in ((source, SOURCE), (target, TARGET)):
        assert 1 <= at_once(witness, move.worker_of(cloud)) <= AT_ONCE


@pytest.mark.soak
def test_killed_at_request_after_request_the_next_run_takes_off_and_goes_on(move: Move) -> None:
    died = [str(point) for when, point in KILLS if move.workspace.killed(when, point) == 0]
    assert len(died) >= 6, died
    ended_well(move)


@pytest.mark.soak
def test_killed_while_a_volume_is_attached_the_next_run_takes_it_off(move: Move) -> None:
    command = [sys.executable, "-m", "migrate.cli.main", "-C", str(move.workspace.root), "run", "--execute"]
    child = subprocess.Popen(command, cwd=ROOT, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    end = time.monotonic() + 120
    while not list(move.udev.folder.iterdir()):
        assert child.poll() is None and time.monotonic() < end, "nothing was ever attached"
        time.sleep(0.05)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    left = move.on_workers()
    assert left, "it was killed too late"
    since = Witness.now("source", PROJECT)
    ended_well(move)
    asked = [r.path.rpartition("/")[2] for r in since.writes() if r.method == "DELETE" and "_attachments" in r.path]
    assert set(left) <= set(asked)
