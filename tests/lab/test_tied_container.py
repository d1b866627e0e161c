"""One server's cut-over with all that hangs on it: a container of its wave, programs at both ends, health checks.

What the server writes last is there when it starts. No guest runs here, so none answers at its address: the program
before the stop writes in its place; Nova's word of it is real, and so is the console that its API tells.
"""

import json
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from migrate.messages import codes
from tests.health.programs import script
from tests.lab.harness import HOME, LAB, ROOT, Workspace, fresh, openstack
from tests.objects_bench.raw import Account

pytestmark = [pytest.mark.lab, pytest.mark.full]

PROJECT = "test-tied"
SOURCE, TARGET = f"source-{PROJECT}", f"target-{PROJECT}"
BOX = "up loads"


def client(cloud: str, *args: str) -> str:
    """A shell command that asks a cloud; programs of a hook get nothing of our environment."""
    words = ["env", f"OS_CLIENT_CONFIG_FILE={HOME / 'clouds.yaml'}", "no_proxy=*"]
    return shlex.join([*words, str(LAB / ".venv/bin/openstack"), "--os-cloud", cloud, *args])


def swift(*args: str) -> str:
    account, client = Account.of(SOURCE), str(Path(sys.executable).with_name("swift"))
    command = [client, "--os-storage-url", account.url, "--os-auth-token", account.token, *args]
    return str(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def check(workspace: Workspace, *checks: Mapping[str, object]) -> None:
    workspace.say(servers={"health": {"server:*": [{**one, "retries": 1, "interval": "1 second"} for one in checks]}})
    workspace.decamp("plan")


def test_what_is_written_last_is_there_and_a_server_that_fails_its_checks_is_mended(lab: None, tmp_path: Path) -> None:
    fresh(str(ROOT / "tests/kill/tiny.json"), PROJECT, "--target-quota", "generous")
    (server,) = openstack(SOURCE, "server", "list")
    account = Account.of(SOURCE)
    account.need("PUT", BOX, headers={"X-Container-Write": "otherproject:*"})
    account.need("PUT", BOX, "first", body=b"first")
    (tmp_path / "last").write_text("last words")
    write = client(SOURCE, "object", "create", BOX, str(tmp_path / "last"), "--name", "last")
    look = f"cat > after.json; {client(TARGET, 'object', 'list', BOX, '-f', 'json')} > seen.json"
    workspace = Workspace(tmp_path / "ws", PROJECT)
    workspace.init()
    script(workspace.root, write, "write.sh")
    script(workspace.root, look, "look.sh")
    script(workspace.root, "cat > told.json", "check.sh")
    programs = {"before_stop": {"server:*": ["./write.sh"]}, "after_up": {"server:*": ["./look.sh"]}}
    workspace.say(waves={"containers": {BOX: server["Name"]}}, servers=programs)
    workspace.decamp("scan")
    check(workspace, {"check": "active"}, {"check": "console", "matches": "a login that never comes"})

    # What `check` advises does what it says.
    (advice,) = [one for one in workspace.json("check") if one["code"] == codes.WAVE_CONTAINER_WRITABLE]
    words = shlex.split(advice["facts"]["command"])
    assert words[0] == "swift" and words[-1] == BOX
    swift(*words[1:])
    stat = swift("stat", BOX).splitlines()
    assert [line.split(":", 1)[1].strip() for line in stat if "Write ACL" in line] == [""]

    # A server that fails a check is up, and stays.
    workspace.decamp("approve", "cut-over", "--who", "the tests")
    workspace.decamp("cut-over", server["Name"], "--execute", expect=3)
    (failed,) = [row for row in workspace.json("status")["held"] if row["state"] == "failed"]
    assert (failed["code"], failed["facts"]["tries"]) == (codes.HEALTH_CONSOLE, "2")
    (made,) = openstack(TARGET, "server", "list")
    assert made["Status"] == "ACTIVE"
    assert sorted(row["Name"] for row in openstack(TARGET, "object", "list", BOX)) == ["first", "last"]

    # The checks are mended, and the same command ends.
    mended = {"check": "console", "matches": "^lab: no console$"}
    check(workspace, {"check": "active"}, mended, {"check": "command", "run": ["./check.sh"]})
    workspace.decamp("cut-over", server["Name"], "--execute")
    assert openstack(TARGET, "server", "list") == [made]
    assert sorted(row["Name"] for row in json.loads((workspace.root / "seen.json").read_text())) == ["first", "last"]
    assert sorted(row["Name"] for row in openstack(TARGET, "object", "list", BOX)) == ["first", "last"]
    addresses = {one for several in made["Networks"].values() for one in several}
    for file, stage in (("after.json", "after_up"), ("told.json", "")):
        told = json.loads((workspace.root / file).read_text())
        assert (told.get("stage", "") if stage else "", told["server"]["target_id"]) == (stage, made["ID"])
        assert addresses == {one["new"] for one in told["addresses"] if one["kind"] == "fixed"}
    assert json.loads((workspace.root / "after.json").read_text())["wave"] == server["Name"]
    workspace.decamp("run", "--execute")
    rows = workspace.json("verify", "--source")["rows"]
    (row,) = [row for row in rows if row["kind"] == "server"]
    assert [(one["check"], one["code"]) for one in row["health"]] == [("active", ""), ("console", ""), ("command", "")]
