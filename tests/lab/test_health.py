"""Health checks of a moved server: what Nova says of it and of its console, and what a command is told."""

import json
from pathlib import Path

import pytest
import yaml

from tests.health.test_programs import script
from tests.lab.harness import Workspace, openstack, seed, sweep

pytestmark = pytest.mark.lab

PROJECT = "test-health"


def check(workspace: Workspace, *checks: dict[str, object]) -> None:
    path = workspace.root / "policy.yaml"
    policy = yaml.safe_load(path.read_text())
    policy["servers"]["health"] = {"server:*": [{**one, "retries": 1, "interval": "1 second"} for one in checks]}
    path.write_text(yaml.safe_dump(policy))
    workspace.decamp("plan")


def test_a_moved_server_is_checked_and_one_that_fails_is_mended(lab: None, tmp_path: Path) -> None:
    """No guest runs here, so none answers at its address: Nova's word is real, and the console that its API tells."""
    for side in ("target", "source"):
        sweep(side, PROJECT)
    seed("small", PROJECT, "--target-quota", "generous")
    workspace = Workspace(tmp_path / "ws", PROJECT)
    workspace.init()
    workspace.decamp("scan")
    check(workspace, {"check": "active"}, {"check": "console", "matches": "a login that never comes"})
    workspace.decamp("approve", "cut-over", "--who", "the tests")
    workspace.decamp("run", "--execute", expect=3)
    (failed,) = [row for row in workspace.json("status")["held"] if row["state"] == "failed"]
    assert (failed["code"], failed["facts"]["tries"]) == ("DCP-541", "2")
    (made,) = openstack(f"target-{PROJECT}", "server", "list")
    assert made["Status"] == "ACTIVE"

    script(workspace.root, "cat > told.json", "look.sh")
    check(
        workspace,
        {"check": "active"},
        {"check": "console", "matches": "^lab: no console$"},
        {"check": "command", "run": ["./look.sh"]},
    )
    workspace.decamp("run", "--execute")
    assert openstack(f"target-{PROJECT}", "server", "list") == [made]
    told = json.loads((workspace.root / "told.json").read_text())
    assert told["server"]["target_id"] == made["ID"]
    fixed = [one["new"] for one in told["addresses"] if one["kind"] == "fixed"]
    assert fixed == [address for several in made["Networks"].values() for address in several if address in fixed]
    (row,) = [row for row in workspace.json("verify")["rows"] if row["kind"] == "server"]
    assert [(one["check"], one["code"]) for one in row["health"]] == [("active", ""), ("console", ""), ("command", "")]
