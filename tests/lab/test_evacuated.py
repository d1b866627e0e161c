"""Servers captured into a container at the target; then their cloud is gone, and nothing is kept on this machine.

Half-way, the report is held against the ledger. Referees: `openstack object`, which reads what Swift keeps; tree hashes
and e2fsck of both clouds' own files.
"""

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from migrate.messages import codes
from tests.lab.harness import HOME, LAB, Workspace, facts, fresh, in_days, openstack, openstack_all, run
from tests.lab.shape import shape_of
from tests.matrix import rest

pytestmark = pytest.mark.lab

PROJECT, STORE = "test-evacuated", "disks"
AMBER = 10
SERVERS = {"sealed": 1, "five": 5}
"""Tenant -> how many servers it has. The store of the first one is encrypted."""


@dataclass
class Evacuated:
    """All that must be read of the source is at the target; nothing is rebuilt yet."""

    tenant: str
    workspace: Workspace
    before: dict[str, Any]
    half_way: dict[str, Any]
    key: Path

    @property
    def encrypted(self) -> bool:
        return self.tenant == "sealed"


@pytest.fixture(scope="module", params=["sealed", *rest("five")])
def evacuated(
    lab: None, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Evacuated]:
    tenant, folder = request.param, tmp_path_factory.mktemp("evacuated")
    fresh(str(Path(__file__).with_name(f"{tenant}.json")), PROJECT, "--target-quota", "generous")
    workspace, key = Workspace(folder / "ws", PROJECT, deadline=in_days(60)), folder / "sealed.key"
    workspace.init()
    workspace.decamp("store", "key", str(key))
    told = f"{{container: {STORE}, key: 'file:{key}'}}" if tenant == "sealed" else f"{{container: {STORE}}}"
    policy = workspace.root / "policy.yaml"
    policy.write_text(policy.read_text().replace('store: "store"', f"store: {told}"))
    workspace.plan()
    workspace.decamp("forecast", expect=AMBER)
    workspace.decamp("approve", "cut-over", "--who", "the tests")
    before = shape_of(f"source-{PROJECT}")
    workspace.decamp("run", "--execute", "--only", "evacuate")
    yield Evacuated(tenant, workspace, before, workspace.json("forecast", expect=None), key)


@pytest.fixture(scope="module")
def rebuilt(evacuated: Evacuated, tmp_path_factory: pytest.TempPathFactory) -> Evacuated:
    """Half of it was told; then all is rebuilt and verified, with nobody at home where the source was."""
    told_as_moved(evacuated.workspace)
    elsewhere = Workspace(evacuated.workspace.root, PROJECT, clouds=without_source(tmp_path_factory.mktemp("clouds")))
    elsewhere.decamp("run", "--execute")
    elsewhere.decamp("verify")
    return evacuated


def without_source(folder: Path) -> Path:
    """The lab's clouds.yaml, with nobody at home where the source was."""
    clouds = yaml.safe_load((HOME / "clouds.yaml").read_text())
    clouds["clouds"][f"source-{PROJECT}"]["auth"]["auth_url"] = "http://127.0.0.1:9/v3"
    path = folder / "clouds.yaml"
    path.write_text(yaml.safe_dump(clouds))
    return path


def test_disks_are_in_a_container_alone_and_encrypted_where_there_is_a_key(
    evacuated: Evacuated, tmp_path: Path
) -> None:
    workspace = evacuated.workspace
    assert not (workspace.root / "store").exists(), "something was kept on this machine"
    workspace.decamp("store", "check", "--read-data")
    names = [one["Name"] for one in openstack(f"target-{PROJECT}", "object", "list", STORE)]
    assert any(name.startswith("packs/") for name in names)
    assert ("encryption" in names) == evacuated.encrypted
    # An encrypted store tells no digests of what it holds, in no name either.
    assert bool([name for name in names if re.search("[0-9a-f]{64}", name)]) != evacuated.encrypted
    if not evacuated.encrypted:
        return
    kept = tmp_path / "object"
    for name in names:
        save = ("object", "save", "--file", str(kept), STORE, name)
        run(LAB / ".venv/bin/openstack", "--os-cloud", f"target-{PROJECT}", *save)
        assert kept.read_bytes().startswith(b"DECAMPE1"), name
    aside = evacuated.key.rename(evacuated.key.with_suffix(".aside"))
    assert codes.STORE_KEY_UNREADABLE in workspace.decamp("run", "--execute", expect=2).stderr
    aside.rename(evacuated.key)


def test_servers_are_rebuilt_and_proved_after_their_cloud_is_gone(rebuilt: Evacuated) -> None:
    after, before = shape_of(f"target-{PROJECT}"), rebuilt.before
    assert [name for name, _ in after["servers"]] == [name for name, _ in before["servers"]]
    assert {status for _, status in after["servers"]} == {"ACTIVE"} and after["addresses"] == before["addresses"]
    both = facts(PROJECT)
    for kind in ("volumes", "root_disks"):
        trees = {side: {n: f["tree_sha256"] for n, f in both[side][kind].items()} for side in both}
        assert len(trees["source"]) == SERVERS[rebuilt.tenant] and trees["target"] == trees["source"]
        assert all(f["fsck_clean"] for f in both["target"][kind].values())
    (containers,) = openstack_all(f"target-{PROJECT}", "container list")
    assert STORE in {c["Name"] for c in containers}


def test_the_report_tells_what_the_ledger_has_and_what_was_foretold_half_way(rebuilt: Evacuated) -> None:
    workspace, half_way = rebuilt.workspace, rebuilt.half_way
    assert 0 < half_way["done_bytes"] < half_way["total_bytes"]
    workspace.decamp("forecast", expect=0)
    report = told_as_moved(workspace)
    assert report["steps_done"] == report["steps_total"]
    foretold = [one for one in report["forecast"]["history"] if one["as_of"] == half_way["as_of"]]
    assert [one["finish_p50"] for one in foretold] == [half_way["finish_p50"]]
    workspace.decamp("report")
    page = (workspace.root / "reports/report-en.html").read_text()
    assert half_way["as_of"] in page and report["forecast"]["finish_p50"] in page


def told_as_moved(workspace: Workspace) -> dict[str, Any]:
    """The JSON report, its sums held against the ledger as SQLite reads it."""
    report: dict[str, Any] = json.loads(workspace.decamp("report", "-f", "json", "--offline", "-o", "-").stdout)
    with closing(sqlite3.connect(workspace.root / "ledger.db")) as ledger:
        lines, moved_bytes = ledger.execute("SELECT count(*), sum(size_bytes) FROM journal").fetchone()
        (done,) = ledger.execute("SELECT count(*) FROM steps WHERE state = 'done'").fetchone()
    assert (report["moved_bytes"], report["steps_done"]) == (moved_bytes, done)
    assert lines >= done > 0
    return report
