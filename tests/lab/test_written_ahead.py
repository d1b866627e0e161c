"""Volumes read and written ahead of the stop by a worker in either real cloud: what a cut-over then has left to do."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import yaml

from tests.kill.points import Point
from tests.lab.attached import ON_SERVER, WORKER, Udev, attachments, client, make_worker
from tests.lab.harness import Witness, Workspace, fresh, openstack
from tests.lab.warm_servers import CHANGED, CHUNK, backing_file, digest, say, write_as_a_guest_would

pytestmark = [pytest.mark.lab, pytest.mark.full]

PROJECT = "test-ahead"
SOURCE, TARGET = f"source-{PROJECT}", f"target-{PROJECT}"
GIB = 1 << 30


def prepared(root: Path, worker: str, source_worker: str = "") -> Workspace:
    workspace = Workspace(root / "ws", PROJECT, passes=True)
    workspace.init()
    path = workspace.root / "policy.yaml"
    policy = yaml.safe_load(path.read_text())
    policy["disks"] = {"restore": "attached", "target_worker": worker, "devices": str(root / "by-id")}
    if source_worker:
        policy["disks"] |= {"capture": "attached", "source_worker": source_worker}
        policy["skip"] = [f"server:{WORKER}"]
    path.write_text(yaml.safe_dump(policy))
    for step in ("scan", "check", "plan"):
        workspace.decamp(step)
    return workspace


@pytest.fixture
def worker(lab: None, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    tenant = json.loads(Path(__file__).with_name("warm_tenant.json").read_text())
    for resource in tenant["resources"]:
        if resource["name"] == "data":
            resource["properties"] |= getattr(request, "param", {})
    (tmp_path / "tenant.json").write_text(json.dumps(tenant))
    fresh(str(tmp_path / "tenant.json"), PROJECT, "--target-quota", "generous")
    return make_worker(TARGET)


def written(workspace: Workspace, do: str) -> list[tuple[int, float]]:
    """What steps of this action have written, and how long that took, oldest first."""
    with closing(sqlite3.connect(f"file:{workspace.root / 'ledger.db'}?mode=ro", uri=True)) as db:
        rows = db.execute(
            "SELECT size_bytes, ended_at - started_at FROM journal WHERE stage = ? ORDER BY ended_at", (do,)
        )
        return [(int(size), float(took)) for size, took in rows]


def only_volume(cloud: str) -> str:
    return next(str(one["ID"]) for one in openstack(cloud, "volume", "list"))


def on_worker(worker: str) -> list[str]:
    return [one["volume_id"] for one in attachments(client(TARGET)) if one["instance"] == worker]


def test_behind_the_stop_only_what_has_changed_is_written_whatever_was_killed(worker: str, tmp_path: Path) -> None:
    """The referees: both clouds' own files of the volume, Nova's listings and access logs, the source's events."""
    disk = backing_file("source", only_volume(SOURCE))
    source_worker = make_worker(SOURCE, "warm base")
    with Udev(tmp_path / "by-id", {SOURCE: source_worker, TARGET: worker}):
        workspace = prepared(tmp_path, worker, source_worker)
        source = Witness.now("source", PROJECT)
        workspace.decamp("run", "--execute", expect=3)
        made = only_volume(TARGET)
        assert digest(backing_file("target", made)) == digest(disk), "the first pass is at the target"
        assert on_worker(worker) == [] and openstack(SOURCE, "server", "list")[0]["Status"] == "ACTIVE"
        (first,) = written(workspace, "disk.preload")
        assert first[0] == GIB

        # A pass that is killed once its first bytes may be on the device, and one over what is there then.
        write_as_a_guest_would(disk, 1)
        say(workspace, age="0 minutes")  # Every pass is an old one.
        detach = Point("target", "DELETE", "compute", f"{ON_SERVER}/[^/]+")
        assert workspace.killed("before", detach) is not None
        write_as_a_guest_would(disk, 2)
        workspace.decamp("run", "--execute", expect=3)
        assert digest(backing_file("target", made)) == digest(disk)
        assert on_worker(worker) == []

        write_as_a_guest_would(disk, 3)
        say(workspace, age="1 day")
        workspace.decamp("approve", "cut-over", "--who", "the tests")
        log, ahead = Witness.now("target", PROJECT), len(written(workspace, "disk.preload"))
        workspace.decamp("run", "--execute")
        workspace.decamp("verify")
        # Where this machine was slow, another pass pays, and nothing is left to write behind the stop.
        last = [*written(workspace, "disk.preload")[ahead:], *written(workspace, "volume.restore")]
        assert sorted(size for size, _ in last if size) == [CHANGED * CHUNK]
        assert only_volume(TARGET) == made, "the volume that was written ahead is the one that was moved"
        assert digest(backing_file("target", made)) == digest(disk)
        here = f"/servers/{worker}/os-volume_attachments"
        put_on = [r for r in log.ended().writes() if here in r.path and r.method == "POST" and r.status < 300]
        assert len(put_on) == 1, "the changes were read back where they were written, and no clone was made"
        assert on_worker(worker) == []
        (volume,) = openstack(TARGET, "volume", "list", "--long")
        assert "decamp-unwritten" not in volume["Properties"]
        assert [one["Name"] for one in openstack(TARGET, "server", "list") if one["Name"] != WORKER]
    asked = [r for r in source.writes() if f"/servers/{source_worker}/os-volume_attachments" in r.path]
    taken_off = {r.path.rpartition("/")[2] for r in asked if r.method == "DELETE" and r.status < 300}
    put_on = [r for r in asked if r.method == "POST" and r.status < 300]
    assert len(taken_off) == len(put_on) >= 3, "each pass is read as a device of the worker, which is put on it once"
    assert not [r for r in source.writes() if r.path.endswith("/action") and r.path.split("/")[-2] in taken_off]
    assert [r for r in attachments(client(SOURCE)) if r["instance"] == source_worker] == []


LARGE = {"size": 20, "content": {"files_mib": 1024, "random_mib": 1024}}


@pytest.mark.soak
@pytest.mark.parametrize("capture", ["glance", "attached"])
@pytest.mark.parametrize("worker", [LARGE], indirect=True)
def test_the_downtime_of_a_large_disk_of_which_a_hundredth_has_changed(
    worker: str, capture: str, tmp_path: Path
) -> None:
    """Its figures are for docs/benchmarks.md: nothing is asserted about speed."""
    disk = backing_file("source", only_volume(SOURCE))
    workers = {TARGET: worker}
    if capture == "attached":
        workers[SOURCE] = make_worker(SOURCE, "warm base")
    with Udev(tmp_path / "by-id", workers):
        workspace = prepared(tmp_path, worker, workers.get(SOURCE, ""))
        workspace.decamp("run", "--execute", expect=3)
        ((whole, whole_s),) = written(workspace, "disk.preload")
        assert whole == 20 * GIB
        with disk.open("r+b") as file:
            for number in range(20 * GIB // 100 // CHUNK):
                file.seek(number * 100 * CHUNK)
                file.write(number.to_bytes(8, "big") * (CHUNK // 8))
        workspace.decamp("approve", "cut-over", "--who", "the tests")
        workspace.decamp("run", "--execute")
        workspace.decamp("verify")
    changes, changes_s = written(workspace, "volume.restore")[-1]
    (down,) = workspace.json("status")["downtimes"]
    print(f"\n{capture}: whole restore {whole} bytes in {whole_s:.1f} s; {down}")
    print(f"changes {changes} bytes in {changes_s:.1f} s")
    for do in ("volume.capture", "server.capture", "server.image", "disk.verify", "server.stop", "server.make"):
        print(do, written(workspace, do))
    assert digest(backing_file("target", only_volume(TARGET))) == digest(disk)
    assert changes <= 20 * GIB // 50
