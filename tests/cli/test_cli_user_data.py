"""`scan` and the user data of servers: a file of the customer's is kept, the plan names it where it is to be given."""

import hashlib
import json
from pathlib import Path

from migrate.demo.memory.cloud import worlds
from tests.cli.conftest import Decamp

TEXT = b"#!/bin/sh\necho hunter2\n"
SHA = hashlib.sha256(TEXT).hexdigest()


def name_a_file(root: Path, user_data: str) -> None:
    policy = (root / "policy.yaml").read_text()
    changed = policy.replace("user_data: keep", f"user_data: {user_data}")
    changed = changed.replace("user_data_files: {}", "user_data_files: {tool-1: boot.sh}")
    assert "boot.sh" in changed
    (root / "policy.yaml").write_text(changed)


def test_a_file_of_the_customers_is_kept_and_given(decamp: Decamp, workspace: Path) -> None:
    name_a_file(workspace, "give")
    missing = decamp("-C", workspace, "scan")
    assert missing.code == 2 and "decamp: DCP-223: " in missing.err
    assert f"{workspace / 'boot.sh'}, which cannot be read" in missing.err
    assert not (workspace / "source.json").exists()
    (workspace / "boot.sh").write_bytes(TEXT)
    for command in (["scan"], ["plan"], ["approve", "cut-over", "--who", "Ann"], ["run", "--execute"]):
        result = decamp("-C", workspace, *command)
        assert result.code == 0, result.err
    (server,) = json.loads((workspace / "source.json").read_text())["servers"]
    assert server["user_data"] == SHA
    kept = workspace / "private/user-data" / SHA
    assert kept.read_bytes() == TEXT and kept.stat().st_mode & 0o777 == 0o600
    assert len(worlds["target"].servers.rows) == 1
    for path in workspace.rglob("*"):
        if path.is_file() and path not in {kept, workspace / "boot.sh"} and "store" not in path.parts:
            assert b"hunter2" not in path.read_bytes(), path


def test_it_is_no_part_of_the_plan_where_it_is_not_given(decamp: Decamp, workspace: Path) -> None:
    (workspace / "boot.sh").write_bytes(TEXT)
    name_a_file(workspace, "keep")
    assert decamp("-C", workspace, "scan").code == 0
    assert decamp("-C", workspace, "plan").code == 0
    steps = json.loads((workspace / "plan.json").read_text())["steps"]
    assert [s["action"]["user_data"] for s in steps if s["action"]["do"] == "server.make"] == [None]
