"""A server and its volume, captured encrypted into a container of the target's Swift, and rebuilt of it."""

import re
from pathlib import Path

import pytest

from tests.lab.conftest import start_servers
from tests.lab.harness import LAB, Workspace, facts, openstack, run, seed, sweep

pytestmark = pytest.mark.lab

PROJECT, STORE = "test-sealed", "sealed-disks"


def test_a_server_and_its_volume_are_moved_through_an_encrypted_container(lab: None, tmp_path: Path) -> None:
    """Referees: `openstack object`, which reads what Swift keeps; tree hashes and e2fsck of both clouds' own files."""
    seed(str(Path(__file__).with_name("sealed.json")), PROJECT, "--target-quota", "generous")
    sweep("target", PROJECT)
    start_servers(f"source-{PROJECT}")
    workspace, key = Workspace(tmp_path / "ws", PROJECT), tmp_path / "sealed.key"
    workspace.init()
    workspace.decamp("store", "key", str(key))
    policy = workspace.root / "policy.yaml"
    told = f"store: {{container: {STORE}, key: 'file:{key}'}}"
    policy.write_text(policy.read_text().replace('store: "store"', told))
    for step in ("scan", "check", "plan"):
        workspace.decamp(step)
    workspace.decamp("approve", "cut-over", "--who", "the tests")
    workspace.decamp("run", "--execute", "--only", "evacuate")
    workspace.decamp("store", "check", "--read-data")

    names = [one["Name"] for one in openstack(f"target-{PROJECT}", "object", "list", STORE)]
    assert "encryption" in names and any(name.startswith("packs/") for name in names)
    assert not [name for name in names if re.search("[0-9a-f]{64}", name)]
    for name in names:
        kept = tmp_path / "object"
        save = ("object", "save", "--file", str(kept), STORE, name)
        run(LAB / ".venv/bin/openstack", "--os-cloud", f"target-{PROJECT}", *save)
        assert kept.read_bytes().startswith(b"DECAMPE1"), name

    key.rename(key.with_suffix(".aside"))
    assert "DCP-132" in workspace.decamp("run", "--execute", expect=2).stderr
    key.with_suffix(".aside").rename(key)
    workspace.decamp("run", "--execute")
    workspace.decamp("verify", "--reread", "all", expect=None)
    both = facts(PROJECT)
    for kind in ("volumes", "root_disks"):
        trees = {side: {n: f["tree_sha256"] for n, f in both[side][kind].items()} for side in both}
        assert len(trees["source"]) == 1 and trees["target"] == trees["source"]
        assert all(f["fsck_clean"] for f in both["target"][kind].values())
