"""Five servers, captured into a container at the target; their cloud is gone, and nothing is kept on this machine."""

from pathlib import Path

import pytest
import yaml

from tests.lab.conftest import start_servers
from tests.lab.harness import HOME, Workspace, facts, openstack_all, seed, sweep
from tests.lab.test_topologies import shape_of

pytestmark = pytest.mark.lab

PROJECT, STORE = "test-five", "five-disks"


def without_source(folder: Path) -> Path:
    """The lab's clouds.yaml, with nobody at home where the source was."""
    clouds = yaml.safe_load((HOME / "clouds.yaml").read_text())
    clouds["clouds"][f"source-{PROJECT}"]["auth"]["auth_url"] = "http://127.0.0.1:9/v3"
    path = folder / "clouds.yaml"
    path.write_text(yaml.safe_dump(clouds))
    return path


def test_five_servers_are_rebuilt_and_proved_after_their_cloud_is_gone(lab: None, tmp_path: Path) -> None:
    seed(str(Path(__file__).with_name("five.json")), PROJECT, "--target-quota", "generous")
    sweep("target", PROJECT)
    start_servers(f"source-{PROJECT}")
    before = shape_of(f"source-{PROJECT}")
    assert len(before["servers"]) == 5
    workspace = Workspace(tmp_path / "ws", PROJECT)
    workspace.init()
    policy = workspace.root / "policy.yaml"
    policy.write_text(policy.read_text().replace('store: "store"', f"store: {{container: {STORE}}}"))
    for step in ("scan", "check", "plan"):
        workspace.decamp(step)
    workspace.decamp("approve", "cut-over", "--who", "the tests")
    workspace.decamp("run", "--execute", "--only", "evacuate")
    assert not (workspace.root / "store").exists(), "something was kept on this machine"

    elsewhere = Workspace(workspace.root, PROJECT, clouds=without_source(tmp_path))
    elsewhere.decamp("run", "--execute")
    elsewhere.decamp("verify")

    after = shape_of(f"target-{PROJECT}")
    assert [name for name, _ in after["servers"]] == [name for name, _ in before["servers"]]
    assert {status for _, status in after["servers"]} == {"ACTIVE"} and after["addresses"] == before["addresses"]
    both = facts(PROJECT)
    for kind in ("volumes", "root_disks"):
        trees = {side: {n: f["tree_sha256"] for n, f in both[side][kind].items()} for side in both}
        assert len(trees["source"]) == 5 and trees["target"] == trees["source"]
        assert all(f["fsck_clean"] for f in both["target"][kind].values())
    (containers,) = openstack_all(f"target-{PROJECT}", "container list")
    assert STORE in {c["Name"] for c in containers}
