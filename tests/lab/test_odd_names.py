"""A tenant with every odd name that real clouds take moves, and moves again; `openstack` and raw Swift are referees."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import openstack as sdk
import pytest
from openstack.exceptions import HttpException

from migrate.messages import codes
from tests.cli.odd_tenant import NAMES, volumes
from tests.lab.harness import LAB, Workspace, environment, fresh, openstack_all, run
from tests.lab.shared_tenant import topology
from tests.objects_bench.raw import Account

pytestmark = [pytest.mark.lab, pytest.mark.full]

PROJECT = "test-odd-names"
LISTINGS = {
    "security group": "security group list",
    "network": "network list --no-share",
    "volume": "volume list",
    "server": "server list",
}


@pytest.fixture
def tenant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    fresh(topology(tmp_path), PROJECT)
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", environment()["OS_CLIENT_CONFIG_FILE"])
    kinds = ("networks", "secgroups", "secgroup-rules", "volumes", "gigabytes", "snapshots", "ports")
    room = [word for kind in kinds for word in (f"--{kind}", "-1")]
    for entry in ("source", "target"):
        Account.of(f"{entry}-{PROJECT}").empty()
        run(LAB / ".venv/bin/openstack", "--os-cloud", f"{entry}-admin", "quota", "set", *room, PROJECT)
    return Workspace(tmp_path / "migration", PROJECT)


def fill(cloud: Any) -> dict[str, set[str]]:
    """One of each kind by each name that the cloud takes. Returns the names that it took."""
    makers: dict[str, Callable[[str], Any]] = {
        "security group": lambda name: cloud.network.create_security_group(name=name, description=name[:150]),
        "network": lambda name: cloud.network.create_network(name=name),
        "volume": lambda name: cloud.block_storage.create_volume(size=1, name=name, metadata={"said": name}),
    }
    taken: dict[str, set[str]] = {kind: set() for kind in makers}
    for kind, make in makers.items():
        for name in volumes() if kind == "volume" else NAMES.values():
            with suppress(HttpException):
                make(name)
                taken[kind].add(name)
    return taken


def names(cloud: str) -> dict[str, list[str]]:
    answers = openstack_all(f"{cloud}-{PROJECT}", *LISTINGS.values())
    return {kind: sorted(one["Name"] for one in rows) for kind, rows in zip(LISTINGS, answers, strict=True)}


def objects(cloud: str) -> dict[str, list[str]]:
    account = Account.of(f"{cloud}-{PROJECT}")
    return {box: sorted(one["name"] for one in account.listing(box)) for box in account.containers()}


def test_every_odd_name_that_the_clouds_take_moves_and_moves_again(tenant: Workspace) -> None:
    taken = fill(sdk.connect(cloud=f"source-{PROJECT}"))
    # Some are refused: real clouds take no control characters everywhere, and not more than 255 bytes.
    assert all(len(found) > 5 for found in taken.values()), taken
    account = Account.of(f"source-{PROJECT}")
    account.need("PUT", "all names")
    for name in NAMES.values():
        account.need("PUT", name.replace("/", "-"))
        account.need("PUT", "all names", name, body=b"x")

    def told(*args: str) -> str:
        done = tenant.decamp(*args, expect=None)
        if done.returncode not in (0, 3):
            print(tenant.decamp("check", expect=None).stdout[-4000:])
        assert done.returncode in (0, 3), (args, done.returncode, done.stdout[-3000:], done.stderr[-3000:])
        assert codes.UNEXPECTED not in done.stderr and "\x1b" not in done.stdout + done.stderr
        return done.stdout + done.stderr

    tenant.init()
    for args in (("scan", "--objects"), ("check",), ("plan",), ("approve", "cut-over", "--who", "Ann")):
        told(*args)
    told("run", "--execute")
    told("verify", "--full")
    before, there = names("source"), names("target")
    for kind, found in before.items():
        kept = {name for name in found if kind == "volume" and name == NAMES["a mark"]}  # a mark of another migration
        kept |= {"public"}  # the provider's own network
        assert set(found) - kept <= set(there[kind]), (kind, set(found) - kept - set(there[kind]))
    assert objects("target").items() >= objects("source").items()

    account.need("PUT", "all names", "\u202elate", body=b"y")
    for args in (
        ("scan", "--objects"),
        ("plan",),
        ("run", "--execute"),
        ("verify", "--full"),
        ("report",),
        ("status",),
    ):
        told(*args)
    assert objects("target").items() >= objects("source").items()
