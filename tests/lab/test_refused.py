"""A login that one service refuses: the scan goes on, says what is unknown, and the right login sees it."""

import json
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.lab.harness import HOME, LAB, Workspace, fresh, run

pytestmark = pytest.mark.lab

PROJECT = "test-refused"


@pytest.fixture
def clouds(lab: None, tmp_path: Path) -> Iterator[Path]:
    """The lab's logins, and `reader-…`: a user of the tenant's project who may read everything but its containers."""
    fresh(str(LAB.parent / "tests/lab/bare.json"), PROJECT, "--target-quota", "generous")
    admin: list[str | Path] = [LAB / ".venv/bin/openstack", "--os-cloud", "source-admin"]
    user, password = f"reader-{secrets.token_hex(4)}", secrets.token_hex(12)
    run(*admin, "role", "create", "--or-show", "reader")
    run(*admin, "user", "create", "--password", password, user)
    run(*admin, "role", "add", "--user", user, "--project", PROJECT, "reader")
    known = yaml.safe_load((HOME / "clouds.yaml").read_text())
    entry = known["clouds"][f"source-{PROJECT}"]
    known["clouds"][f"reader-{PROJECT}"] = entry | {"auth": entry["auth"] | {"username": user, "password": password}}
    path = tmp_path / "clouds.yaml"
    path.write_text(yaml.safe_dump(known))
    yield path
    run(*admin, "user", "delete", user)


def test_a_refused_service_ends_no_scan_and_is_named(clouds: Path, tmp_path: Path) -> None:
    """The referee: `openstack`, as that user."""
    asked: list[str | Path] = [LAB / ".venv/bin/openstack", "--os-cloud", f"reader-{PROJECT}"]
    refused = run(*asked, "container", "list", check=False, clouds=clouds)
    assert refused.returncode and "403" in refused.stderr
    assert run(*asked, "volume", "list", "-f", "value", clouds=clouds).stdout

    workspace = Workspace(tmp_path / "ws", PROJECT, source="reader", clouds=clouds)
    workspace.init()
    scan = workspace.decamp("scan", expect=3)
    assert "NOT listed: containers (object-store: HTTP 403)" in scan.stderr
    seen = json.loads(workspace.decamp("scan", "-f", "json", expect=3).stdout)["source"]
    assert seen["counts"]["volumes"] and [row["name"] for row in seen["unlisted"]] == ["container"]
    rows = json.loads(workspace.decamp("check", "-f", "json", expect=None).stdout)
    (found,) = [row for row in rows if row["code"] == "DCP-816"]
    assert (found["level"], found["facts"]["listing"]) == ("loses", "container")
    path = workspace.root / "policy.yaml"
    policy = yaml.safe_load(path.read_text())
    policy["scan"]["skip"] = ["object-store"]
    path.write_text(yaml.safe_dump(policy))
    assert "excluded from the scan: containers" in workspace.decamp("scan").stderr

    right = Workspace(tmp_path / "right", PROJECT, clouds=clouds)
    right.init()
    assert "NOT listed" not in right.decamp("scan").stderr
