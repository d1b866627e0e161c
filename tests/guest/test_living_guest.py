"""A guest that runs until its cut-over: what it wrote and synced is there, a pass of it boots, and it answers after.

The lab's Nova runs no guest, so the test does what a hypervisor would: it boots the very file in which the source keeps
the volume, switches the guest off at the stop, and boots the target's file once the server is made there. The lab's
snapshot is a copy of that file, so the guest writes nothing while one is taken. The referees are the guests: what they
say on their consoles, and what they read from their own disks.
"""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest
import yaml

from tests.guest.image import WEB, WEB_PORT, boot_disk, debian
from tests.guest.machine import Machine, Wiring, machine
from tests.health.programs import script
from tests.lab.harness import HOME, LAB, ROOT, Workspace, environment, openstack, openstack_all, run, sweep

sys.path.insert(0, str(LAB))
from openstack_lab.tenants import ensure_tenant

pytestmark = [pytest.mark.soak, pytest.mark.timeout(1800)]

PROJECT = "test-living-guest"
SOURCE, TARGET = f"source-{PROJECT}", f"target-{PROJECT}"
ADDRESS = "127.81.0.20"
"""An address of the tenant's that is this machine's too: so a health check reaches the guest."""
REPLAYED = r"recovering journal|recovery complete"
WRITE = """
import os
with open(f"/srv/{name}", "w") as file:
    file.write(text)
    file.flush()
    os.fsync(file.fileno())
result = None
"""
READ = """
import os
result = {name: open(f"/srv/{name}").read() for name in os.listdir("/srv") if name.startswith("said-")}
"""


def born(folder: Path) -> Path:
    """A server at the source that boots from a volume with a guest on it. Returns the file behind the volume."""
    disk = folder / "boot.raw"
    boot_disk(debian(HOME / "cache"), disk, token_hex(8), WEB)
    for side in ("source", "target"):
        ensure_tenant(side, PROJECT)
        sweep(side, PROJECT)
    image = disk.with_suffix(".qcow2")
    run("qemu-img", "convert", "-O", "qcow2", disk, image)
    openstack_all(
        SOURCE,
        "network create net",
        "subnet create --network net --no-dhcp --gateway none --subnet-range 127.81.0.0/24 subnet",
        f"port create --network net --fixed-ip ip-address={ADDRESS} port",
        f"image create --disk-format qcow2 --container-format bare --file {image} guest",
        "server create --wait --flavor t1.cw.tiny --image guest --port port --boot-from-volume 1 guest",
    )
    return volume_file("source")


def volume_file(side: str) -> Path:
    (volume,) = openstack(f"{side}-{PROJECT}", "volume", "list")
    return HOME / side / "data/cinder/volumes" / f"volume-{volume['ID']}"


def say(workspace: Workspace, text: str) -> None:
    """The policy: the guest is switched off by a program before its stop, and must answer with this text at the end."""
    path = workspace.root / "policy.yaml"
    policy = yaml.safe_load(path.read_text())
    web = {"check": "http", "address": "first", "port": WEB_PORT, "path": "/said-last", "text": text}
    policy["servers"]["health"] = {"server:*": [{**web, "retries": 60, "interval": "5 seconds"}]}
    policy["servers"]["before_stop"] = {"server:*": ["./stop.sh"]}
    script(workspace.root, "touch asked; until [ -e off ]; do sleep 0.2; done", "stop.sh")
    path.write_text(yaml.safe_dump(policy))


def until(found: Callable[[], Any], what: str, process: "subprocess.Popen[str]", limit_s: float = 300) -> Any:
    end = time.monotonic() + limit_s
    while not (answer := found()):
        assert time.monotonic() < end and process.poll() is None, f"{what}: never"
        time.sleep(1)
    return answer


def write(guest: Machine, name: str, text: str) -> None:
    guest.python(WRITE, name=name, text=text)


def said(guest: Machine) -> dict[str, str]:
    """What is in the files of the guest, as it reads them."""
    found: dict[str, str] = guest.python(READ)
    return found


def switch_off(guest: Machine) -> None:
    """A clean shut-down, as far as a disk can tell."""
    assert remounted(guest, "ro") == 0
    guest.python("open('/proc/sysrq-trigger', 'w').write('o')")
    guest.wait_until_off(timeout_s=60)


def remounted(guest: Machine, how: str) -> int:
    status: int = guest.python("import os; result = os.system(f'mount -o remount,{how} /')", how=how)
    return status


def up(guest: Machine) -> None:
    guest.wait_for("guest agent is up", timeout_s=300)


@contextmanager
def cutting_over(workspace: Workspace) -> Iterator["subprocess.Popen[str]"]:
    """The cut-over, under way; it ends with the block at the latest."""
    command = [sys.executable, "-m", "migrate.cli.main", "-C", str(workspace.root), "cut-over", "guest", "--execute"]
    process = subprocess.Popen(
        command, env=environment(), cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def test_a_guest_runs_until_its_cut_over_and_answers_after_it(tmp_path: Path) -> None:
    first, second, last = (os.urandom(64).hex() for _ in range(3))
    disk, workspace = born(tmp_path), Workspace(tmp_path / "ws", PROJECT, passes=True)
    workspace.init()
    say(workspace, last)
    for step in ("scan", "check", "plan"):
        workspace.decamp(step)
    with ExitStack() as running:
        guest = running.enter_context(machine(tmp_path, disk, Wiring(writes=True)))
        up(guest)
        assert remounted(guest, "rw") == 0
        write(guest, "said-first", first)
        workspace.decamp("run", "--execute", expect=3)
        write(guest, "said-second", second)

        # The pass was taken while it ran: its copy replays the journal, and has what was synced by then.
        workspace.decamp("test-launch", "guest", "--execute", "--keep", "1h")
        with machine(tmp_path, volume_file("target")) as copy:
            up(copy)
            copy.wait_for(REPLAYED, timeout_s=1)
            assert said(copy) == {"said-first": first}
        workspace.decamp("test-launch", "guest", "--remove", "--execute")

        # It runs until the stop, and the target's copy from then on.
        workspace.decamp("approve", "cut-over", "--who", "the tests")
        cutting = running.enter_context(cutting_over(workspace))
        until((workspace.root / "asked").exists, "the stop", cutting)
        write(guest, "said-last", last)
        switch_off(guest)
        (workspace.root / "off").touch()
        until(lambda: openstack(TARGET, "server", "list", "--status", "ACTIVE"), "the server at the target", cutting)
        moved = running.enter_context(
            machine(tmp_path, volume_file("target"), Wiring(writes=True, web=(ADDRESS, WEB_PORT)))
        )
        up(moved)
        told, _ = cutting.communicate(timeout=400)
        assert cutting.returncode == 0, told
        moved.wait_for('"GET /said-last HTTP/1.[01]" 200', timeout_s=1)
        assert said(moved) == {"said-first": first, "said-second": second, "said-last": last}
        assert not re.search(REPLAYED, moved.said()), "it was switched off cleanly"
