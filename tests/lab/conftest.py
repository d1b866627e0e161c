"""The lab must be whole: a half-ready lab fails the tests, it does not skip them."""

import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.lab.harness import LAB, Witness, Workspace, fresh, in_days, openstack, openstack_all, run, wait_until

PROJECT = "test-showcase"
AMBER = 10


@pytest.fixture(scope="session", autouse=True)
def lab() -> None:
    status = subprocess.run([str(LAB / "lab"), "status"], capture_output=True, text=True)
    if status.returncode:
        pytest.fail(f"the lab is not up: run lab/lab up\n{status.stdout}{status.stderr}", pytrace=False)


LISTINGS = {
    "servers": "server list --long -c ID -c Name -c Networks -c Status",
    "volumes": "volume list --long",
    "snapshots": "volume snapshot list",
    "images": "image list --private",
    "ports": "port list",
    "networks": "network list",
    "rules": "security group rule list --long",
    "addresses": "floating ip list",
    "containers": "container list",
}


def listings(cloud: str) -> dict[str, Any]:
    """What `openstack` lists of everything that a tenant owns."""
    return dict(zip(LISTINGS, openstack_all(cloud, *LISTINGS.values()), strict=True))


def shows_addresses(cloud: str) -> bool:
    """Whether Nova shows each floating IP that a server has: Neutron tells it of one a little later."""
    servers, addresses = openstack_all(cloud, LISTINGS["servers"], LISTINGS["addresses"])
    shown = str([server["Networks"] for server in servers])
    return all(one["Floating IP Address"] in shown for one in addresses if one["Fixed IP Address"])


def start_servers(cloud: str) -> None:
    """Starts what an earlier migration has stopped, as it must."""
    end = time.monotonic() + 300
    asked: set[str] = set()
    while stopped := [s["ID"] for s in openstack(cloud, "server", "list") if s["Status"] == "SHUTOFF"]:
        for server in set(stopped) - asked:
            run(LAB / ".venv/bin/openstack", "--os-cloud", cloud, "server", "start", server)
        asked.update(stopped)
        assert time.monotonic() < end, f"{stopped} did not start"
        time.sleep(0.3)


@dataclass
class Moved:
    """A tenant that has been moved, and what was seen before and after."""

    workspace: Workspace
    before: dict[str, Any]
    after: dict[str, Any]
    source: Witness
    target: Witness
    until_the_report: tuple[Witness, Witness]
    """What both clouds saw of the commands from `init` to the first report."""
    first_report: str
    """Its page."""


@pytest.fixture(scope="session")
def showcase(lab: None) -> None:
    """The showcase tenant at a smaller scale, for the files that share it (tests/lab_groups.py)."""
    fresh("showcase", PROJECT, "--scale", "0.25", "--target-quota", "generous")


@pytest.fixture(scope="session")
def moved(showcase: None, tmp_path_factory: pytest.TempPathFactory) -> Moved:
    """It is moved once for all of them."""
    workspace = Workspace(Path(tmp_path_factory.mktemp("moved")) / "ws", PROJECT, deadline=in_days(60))
    wait_until(lambda: shows_addresses(f"source-{PROJECT}"), "the floating IPs of the source's servers")
    source, target = Witness.now("source", PROJECT), Witness.now("target", PROJECT)
    before = listings(f"source-{PROJECT}")
    workspace.prepare()
    # Nothing has been measured on this path: however much time there is, nobody says GREEN.
    workspace.decamp("forecast", expect=AMBER)
    workspace.decamp("report")
    reported = source.ended(), target.ended()
    page = (workspace.root / "reports/report-en.html").read_text()
    workspace.decamp("run")
    workspace.decamp("approve", "cut-over", "--who", "the tests")
    workspace.decamp("run", "--execute")
    workspace.decamp("verify")
    source, target = source.ended(), target.ended()
    return Moved(workspace, before, listings(f"source-{PROJECT}"), source, target, reported, page)
