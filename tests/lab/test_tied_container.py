"""A container of a wave: what its server writes last is there when it starts; and programs at both ends of a cut-over.

No guest runs here: the program before the stop writes in the server's place.
"""

import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.health.test_programs import script
from tests.lab.harness import HOME, LAB, Workspace, openstack, run, seed, sweep
from tests.objects_bench.raw import Account

pytestmark = pytest.mark.lab

PROJECT = "test-tied"
SOURCE, TARGET = f"source-{PROJECT}", f"target-{PROJECT}"
BOX = "up loads"


def client(cloud: str, *args: str) -> str:
    """A shell command that asks a cloud; programs of a hook get nothing of our environment."""
    words = ["env", f"OS_CLIENT_CONFIG_FILE={HOME / 'clouds.yaml'}", "no_proxy=*"]
    return shlex.join([*words, str(LAB / ".venv/bin/openstack"), "--os-cloud", cloud, *args])


def say(workspace: Workspace) -> None:
    """Ties the container to the server's wave, and names the two programs."""
    (server,) = openstack(SOURCE, "server", "list")
    path = workspace.root / "policy.yaml"
    policy = yaml.safe_load(path.read_text())
    policy["waves"]["containers"] = {BOX: server["Name"]}
    policy["servers"]["before_stop"] = {"server:*": ["./write.sh"]}
    policy["servers"]["after_up"] = {"server:*": ["./look.sh"]}
    path.write_text(yaml.safe_dump(policy))


def test_what_is_written_last_is_there_when_the_server_starts(lab: None, tmp_path: Path) -> None:
    for side in ("target", "source"):
        sweep(side, PROJECT)
    seed("small", PROJECT, "--target-quota", "generous")
    workspace = Workspace(tmp_path / "ws", PROJECT)
    workspace.init()
    (tmp_path / "first").write_text("first")
    run(LAB / ".venv/bin/openstack", "--os-cloud", SOURCE, "container", "create", BOX)
    run(
        LAB / ".venv/bin/openstack",
        "--os-cloud",
        SOURCE,
        "object",
        "create",
        BOX,
        tmp_path / "first",
        "--name",
        "first",
    )
    account = Account.of(SOURCE)
    swift = [
        str(Path(sys.executable).with_name("swift")),
        "--os-storage-url",
        account.url,
        "--os-auth-token",
        account.token,
    ]
    subprocess.run([*swift, "post", "-w", "otherproject:*", BOX], check=True)
    say(workspace)
    (tmp_path / "last").write_text("last words")
    script(
        workspace.root, client(SOURCE, "object", "create", BOX, str(tmp_path / "last"), "--name", "last"), "write.sh"
    )
    script(
        workspace.root, f"cat > told.json; {client(TARGET, 'object', 'list', BOX, '-f', 'json')} > seen.json", "look.sh"
    )
    for step in ("scan", "plan"):
        workspace.decamp(step)

    # What `check` advises does what it says.
    (advice,) = [one for one in workspace.json("check") if one["code"] == "DCP-963"]
    words = shlex.split(advice["facts"]["command"])
    assert words[0] == "swift" and words[-1] == BOX
    subprocess.run([*swift, *words[1:]], check=True)
    stat = subprocess.run([*swift, "stat", BOX], check=True, capture_output=True, text=True).stdout
    assert [line.split(":", 1)[1].strip() for line in stat.splitlines() if "Write ACL" in line] == [""]

    workspace.decamp("approve", "cut-over", "--who", "the tests")
    (server,) = openstack(SOURCE, "server", "list")
    workspace.decamp("cut-over", server["Name"], "--execute")
    assert sorted(row["Name"] for row in json.loads((workspace.root / "seen.json").read_text())) == ["first", "last"]
    assert sorted(row["Name"] for row in openstack(TARGET, "object", "list", BOX)) == ["first", "last"]
    (made,) = openstack(TARGET, "server", "list")
    told = json.loads((workspace.root / "told.json").read_text())
    assert (told["stage"], told["wave"], told["server"]["target_id"]) == ("after_up", server["Name"], made["ID"])
    addresses = {one for several in made["Networks"].values() for one in several}
    assert addresses == {one["new"] for one in told["addresses"]}
    workspace.decamp("run", "--execute")
    workspace.decamp("verify", "--source")
