"""A disk that two servers hold, on real Nova and Cinder: one copy of it arrives, and both get it."""

import hashlib
import random
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.lab.conftest import start_servers
from tests.lab.harness import HOME, LAB, Workspace, openstack, run, seed, sweep

pytestmark = pytest.mark.lab

PROJECT, SHARED = "test-two", "cluster"


def client(cloud: str, *command: str) -> str:
    version = ("--os-compute-api-version", "2.60")  # from here on Nova attaches what others hold already
    return run(LAB / ".venv/bin/openstack", "--os-cloud", cloud, *version, *command).stdout


def make_type(side: str) -> None:
    """By the operator: a member sees it, and that its volumes may be shared."""
    asked = ("volume", "type", "create", "--property", "multiattach=<is> True", SHARED)
    done = run(LAB / ".venv/bin/openstack", "--os-cloud", f"{side}-admin", *asked, check=False)
    assert done.returncode == 0 or "409" in done.stderr, done.stderr


def hold(cloud: str) -> None:
    """One volume on both servers; what an earlier run of this test has made is taken as it is."""
    if not openstack(cloud, "volume", "list"):
        client(cloud, "volume", "create", "--size", "1", "--type", SHARED, "quorum")
    for server in openstack(cloud, "server", "list"):
        wait_until(lambda: openstack(cloud, "volume", "show", "quorum")["status"] in {"available", "in-use"})
        if server["ID"] not in holders(cloud):
            client(cloud, "server", "add", "volume", server["ID"], "quorum")
            wait_until(partial(is_held, cloud, server["ID"]))


def is_held(cloud: str, server_id: str) -> bool:
    return server_id in holders(cloud)


def holders(cloud: str) -> set[str]:
    return {each["server_id"] for each in openstack(cloud, "volume", "show", "quorum")["attachments"]}


def backing_file(side: str) -> Path:
    """Where the cloud itself keeps the bytes."""
    volume = openstack(f"{side}-{PROJECT}", "volume", "show", "quorum")["id"]
    return HOME / side / "data/cinder/volumes" / f"volume-{volume}"


def write_as_guests_would(path: Path) -> None:
    """Noise at the beginning, in the middle and at the end: the lab has no guests."""
    with path.open("r+b") as disk:
        for at in (0, 300 << 20, (1 << 30) - (3 << 20)):
            disk.seek(at)
            disk.write(random.Random(at).randbytes(3 << 20))


def digest(path: Path) -> str:
    with path.open("rb") as disk:
        return hashlib.file_digest(disk, "sha256").hexdigest()


def wait_until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end, "the volume did not become what it should"


def test_one_copy_arrives_and_both_servers_get_it(lab: None, tmp_path: Path) -> None:
    source, target = f"source-{PROJECT}", f"target-{PROJECT}"
    for side in ("source", "target"):
        make_type(side)
    seed(str(Path(__file__).with_name("two.json")), PROJECT, "--target-quota", "generous")
    sweep("target", PROJECT)
    start_servers(source)
    hold(source)
    assert len(holders(source)) == 2
    write_as_guests_would(backing_file("source"))
    written = digest(backing_file("source"))
    workspace = Workspace(tmp_path / "ws", PROJECT)
    workspace.prepare()
    found = {f["code"]: f["facts"] for f in workspace.json("check") if f["item"].startswith("volume:")}
    assert found["DCP-641"] == {"servers": "2", "type": SHARED}
    workspace.decamp("approve", "cut-over", "--who", "the tests")
    workspace.decamp("run", "--execute")
    workspace.decamp("verify")
    assert len(openstack(target, "volume", "list")) == 1
    assert digest(backing_file("target")) == written == digest(backing_file("source"))
    names = {each["ID"]: each["Name"] for each in openstack(target, "server", "list")}
    assert {names[each] for each in holders(target)} == set(names.values()) and len(names) == 2
