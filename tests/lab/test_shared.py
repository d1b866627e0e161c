"""Two servers that share things, on real services: a disk that both hold, a network of the operator's, and a flavor
without a disk, which one of them gets.

A member chooses neither its address nor its MAC on a shared network. Of the disk one copy arrives, and both get it.
"""

import hashlib
import json
import random
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from migrate.messages import codes
from tests.lab.harness import HOME, LAB, Workspace, facts, fresh, openstack, run, same_bytes, wait_until
from tests.lab.shared_tenant import NETWORK, PROJECT, SHARED_TYPE, nics, ports, topology

sys.path.insert(0, str(LAB))
from seeding.facts import fsck_clean, tree_hash, volume_file

pytestmark = [pytest.mark.lab, pytest.mark.full]

SOURCE, TARGET = f"source-{PROJECT}", f"target-{PROJECT}"


def client(cloud: str, *command: str) -> str:
    version = ("--os-compute-api-version", "2.96")  # 2.60 and newer attach what others hold already
    return run(LAB / ".venv/bin/openstack", "--os-cloud", cloud, *version, *command).stdout


def shown(cloud: str, *command: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(client(cloud, *command, "-f", "json"))
    return found


def hold(cloud: str) -> None:
    """One volume on all servers."""
    client(cloud, "volume", "create", "--size", "1", "--type", SHARED_TYPE, "quorum")
    for each in openstack(cloud, "server", "list"):
        wait_until(lambda: status(cloud) in {"available", "in-use"}, "a volume that can be attached")
        client(cloud, "server", "add", "volume", each["ID"], "quorum")
    wait_until(lambda: len(holders(cloud)) == 2, "a volume on both servers")


def status(cloud: str) -> str:
    return str(shown(cloud, "volume", "show", "quorum")["status"])


def holders(cloud: str) -> set[str]:
    return {each["server_id"] for each in shown(cloud, "volume", "show", "quorum")["attachments"]}


def backing_file(side: str) -> Path:
    """Where the cloud itself keeps the bytes."""
    volume = shown(f"{side}-{PROJECT}", "volume", "show", "quorum")["id"]
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


@dataclass
class Moved:
    """`findings`: those of `check`, code and name -> facts. `written`: the digest of the shared disk at the stop."""

    workspace: Workspace
    findings: dict[tuple[str, str], dict[str, str]]
    written: str


@pytest.fixture(scope="module")
def moved(lab: None, tmp_path_factory: pytest.TempPathFactory) -> Moved:
    folder = tmp_path_factory.mktemp("shared")
    fresh(topology(folder), PROJECT, "--target-quota", "generous")
    hold(SOURCE)
    assert len(holders(SOURCE)) == 2
    write_as_guests_would(backing_file("source"))
    written = digest(backing_file("source"))
    workspace = Workspace(folder / "ws", PROJECT)
    workspace.init()
    workspace.say(mappings={"flavors": {"s1.cw.small-1": "s6.medium.2"}}, servers={"boot_volume_type": "SSD"})
    workspace.plan()
    findings = {(one["code"], one["name"]): one["facts"] for one in workspace.json("check")}
    workspace.decamp("approve", "cut-over", "--who", "the tests")
    workspace.decamp("run", "--execute")
    workspace.decamp("verify")
    return Moved(workspace, findings, written)


def test_one_copy_of_a_shared_disk_arrives_and_both_servers_get_it(moved: Moved) -> None:
    assert moved.findings[codes.VOLUME_SHARED, "quorum"] == {"servers": "2", "type": SHARED_TYPE}
    assert [one["Name"] for one in openstack(TARGET, "volume", "list")].count("quorum") == 1
    assert digest(backing_file("target")) == moved.written == digest(backing_file("source"))
    names = {each["ID"]: each["Name"] for each in openstack(TARGET, "server", "list")}
    assert {names[each] for each in holders(TARGET)} == set(names.values()) == {"kiosk", "till"}


def test_a_server_on_a_shared_network_moves_and_its_new_address_is_told(moved: Moved) -> None:
    (old,) = [address for name, (_, address) in ports(SOURCE).items() if name.endswith("front")]
    found = {code: told for (code, _), told in moved.findings.items()}
    assert found[codes.PORT_NETWORK_CHANGES] == {"network": NETWORK, "becomes": NETWORK}
    assert found[codes.FIXED_ADDRESS_CHANGES] == {"address": old, "becomes": NETWORK}
    there = ports(TARGET)
    assert len(there) == 3, "no port twice, none left over"
    (new,) = [address for name, (_, address) in there.items() if name.endswith("front")]
    assert new.startswith("172.28.0.") and old.startswith("172.29.0.")
    assert nics(TARGET) == sorted(address for _, address in there.values())
    assert f"{old} → {new}" in moved.workspace.decamp("report", "-f", "md", "-o", "-").stdout


def test_a_root_disk_becomes_a_boot_volume_where_the_flavor_has_no_disk(moved: Moved) -> None:
    assert moved.findings[codes.ROOT_DISK_BECOMES_VOLUME, "kiosk"] == {"size_gib": "1", "type": "SSD"}
    kiosk = shown(TARGET, "server", "show", "kiosk")
    assert "booted from volume" in str(kiosk["image"]) or not kiosk["image"]
    held = {one["id"]: one["delete_on_termination"] for one in kiosk["volumes_attached"]}
    (root,) = [volume_id for volume_id, goes in held.items() if goes]
    assert len(held) == 2
    volume = openstack(TARGET, "volume", "show", root)
    told = (volume["name"], volume["type"], volume["size"], str(volume["bootable"]).lower())
    assert told == ("kiosk-root", "SSD", 1, "true")
    before, file = facts(PROJECT)["source"]["root_disks"]["kiosk"], volume_file("target", root)
    assert fsck_clean(file) and tree_hash(file) == before["tree_sha256"]
    assert same_bytes(Path(before["file"]), file)


def test_the_second_time_nothing_is_asked_again_nor_made_beside_what_is_there(moved: Moved) -> None:
    there = ports(TARGET)
    for step in (("scan",), ("plan",), ("run", "--execute"), ("verify",)):
        moved.workspace.decamp(*step)
    assert ports(TARGET) == there
