"""Quotas of parts of a service, set by the cloud's administrator: told before the run, as the cloud then refuses."""

import json
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.lab.harness import LAB, Workspace, fresh, openstack, run

pytestmark = pytest.mark.lab

PROJECT = "test-quotas"
ADMIN: list[str | Path] = [LAB / ".venv/bin/openstack", "--os-cloud", "target-admin"]
SET_QUOTA = """
import sys, openstack
cloud = openstack.connect(cloud="target-admin")
url = cloud.session.get_endpoint(service_type="object-store").rsplit("AUTH_", 1)[0] + "AUTH_" + sys.argv[1]
print(cloud.session.post(url, headers={"X-Account-Meta-Quota-Bytes": sys.argv[2]}).status_code)
"""


@pytest.fixture(scope="module")
def tenant(lab: None) -> None:
    fresh(str(LAB.parent / "tests/lab/bare.json"), PROJECT, "--target-quota", "generous")


@pytest.fixture
def workspace(tenant: None, tmp_path: Path) -> Workspace:
    made = Workspace(tmp_path / "ws", PROJECT)
    made.init()
    return made


@pytest.fixture
def account_quota(workspace: Workspace) -> Iterator[Any]:
    """Sets the quota of the target's account; an empty one takes it away."""
    admin = openstack("target-admin", "token", "issue")
    role = ["--user", admin["user_id"], "--project", admin["project_id"], "ResellerAdmin"]
    run(*ADMIN, "role", "add", *role)
    project = openstack("target-admin", "project", "show", PROJECT)["id"]

    def limit(size_bytes: str) -> None:
        done = run(LAB / ".venv/bin/python", "-c", SET_QUOTA, project, size_bytes)
        assert done.stdout.strip() == "204", done.stdout

    yield limit
    limit("")
    run(*ADMIN, "role", "remove", *role)


def told(workspace: Workspace, code: str) -> list[dict[str, Any]]:
    workspace.decamp("scan")
    rows = json.loads(workspace.decamp("check", "-f", "json", expect=None).stdout)
    return [row["facts"] for row in rows if row["code"] == code]


def test_a_volume_type_that_is_full_is_told_before_the_run(workspace: Workspace) -> None:
    volume_type = next(
        step["action"]["volume_type"] for step in _plan(workspace)["steps"] if step["action"]["do"] == "volume.restore"
    )
    run(*ADMIN, "quota", "set", "--volume-type", volume_type, "--volumes", "0", PROJECT)
    try:
        (found,) = told(workspace, "DCP-602")
        assert found["resource"] == f"volumes (type {volume_type})" and found["short"] == "1"
        refused = run(
            LAB / ".venv/bin/openstack", "--os-cloud", f"target-{PROJECT}", "volume", "create",
            "--size", "1", "--type", volume_type, f"full-{secrets.token_hex(4)}", check=False,
        )  # fmt: skip
        assert refused.returncode and "exceed" in refused.stderr.lower()
    finally:
        run(*ADMIN, "quota", "set", "--volume-type", volume_type, "--volumes", "-1", PROJECT)
    assert not told(workspace, "DCP-602")


def _plan(workspace: Workspace) -> dict[str, Any]:
    for step in ("scan", "check", "plan"):
        workspace.decamp(step)
    plan: dict[str, Any] = json.loads((workspace.root / "plan.json").read_text())
    return plan


def test_an_account_that_is_too_small_is_told_before_the_run(workspace: Workspace, account_quota: Any) -> None:
    swift: list[str | Path] = [LAB / ".venv/bin/openstack", "--os-cloud", f"source-{PROJECT}"]
    (workspace.root / "object").write_bytes(bytes(5000))
    run(*swift, "container", "create", "papers")
    run(*swift, "object", "create", "papers", workspace.root / "object", "--name", "one")
    account_quota("4000")
    (found,) = told(workspace, "DCP-903")
    assert (found["limit"], found["short"]) == ("4000", "1000")
    there: list[str | Path] = [LAB / ".venv/bin/openstack", "--os-cloud", f"target-{PROJECT}"]
    run(*there, "container", "create", "theirs")
    refused = run(*there, "object", "create", "theirs", workspace.root / "object", "--name", "one", check=False)
    assert "413" in refused.stderr + refused.stdout
    run(*there, "container", "delete", "--recursive", "theirs")
    account_quota("5000")
    assert not told(workspace, "DCP-903")
