"""Quotas of parts of a service, set by the cloud's administrator: told before the run, as the cloud then refuses."""

import json
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from migrate.messages import codes
from tests.lab.harness import LAB, Workspace, fresh, openstack, run

pytestmark = pytest.mark.lab

PROJECT = "test-quotas"
TYPE_IS_FULL, ACCOUNT_IS_TOO_SMALL = codes.TARGET_QUOTA_SHORT, codes.ACCOUNT_QUOTA_SHORT
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


def told(workspace: Workspace) -> dict[str, dict[str, Any]]:
    """What a new scan and check find of these quotas: code -> facts."""
    workspace.decamp("scan")
    rows = json.loads(workspace.decamp("check", "-f", "json", expect=None).stdout)
    return {row["code"]: row["facts"] for row in rows if row["code"] in {TYPE_IS_FULL, ACCOUNT_IS_TOO_SMALL}}


def test_a_full_volume_type_and_an_account_that_is_too_small_are_told_before_the_run(
    workspace: Workspace, account_quota: Any
) -> None:
    source, target = ((LAB / ".venv/bin/openstack", "--os-cloud", f"{side}-{PROJECT}") for side in ("source", "target"))
    file = workspace.root / "object"
    file.write_bytes(bytes(5000))
    run(*source, "container", "create", "papers")
    run(*source, "object", "create", "papers", file, "--name", "one")
    volume_type = next(
        step["action"]["volume_type"] for step in _plan(workspace)["steps"] if step["action"]["do"] == "volume.restore"
    )
    account_quota("4000")
    run(*ADMIN, "quota", "set", "--volume-type", volume_type, "--volumes", "0", PROJECT)
    try:
        found = told(workspace)
        full, small = found[TYPE_IS_FULL], found[ACCOUNT_IS_TOO_SMALL]
        assert (full["resource"], full["short"]) == (f"volumes (type {volume_type})", "1")
        assert (small["limit"], small["short"]) == ("4000", "1000")

        # As the cloud then refuses.
        full_volume = ("--size", "1", "--type", volume_type, f"full-{secrets.token_hex(4)}")
        refused = run(*target, "volume", "create", *full_volume, check=False)
        assert refused.returncode and "exceed" in refused.stderr.lower()
        run(*target, "container", "create", "theirs")
        refused = run(*target, "object", "create", "theirs", file, "--name", "one", check=False)
        assert "413" in refused.stderr + refused.stdout
        run(*target, "container", "delete", "--recursive", "theirs")
    finally:
        run(*ADMIN, "quota", "set", "--volume-type", volume_type, "--volumes", "-1", PROJECT)
    account_quota("5000")
    assert told(workspace) == {}


def _plan(workspace: Workspace) -> dict[str, Any]:
    workspace.plan()
    plan: dict[str, Any] = json.loads((workspace.root / "plan.json").read_text())
    return plan
