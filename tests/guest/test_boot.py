"""Disks with an operating system, moved from cloud to cloud by `decamp run --execute`, boot a machine afterwards."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

import pytest

from tests.guest.image import PARTITION_AT, boot_disk, debian
from tests.guest.machine import Machine, machine
from tests.lab.harness import HOME, LAB, Workspace, openstack_all, run, sweep

sys.path.insert(0, str(LAB))
from openstack_lab.tenants import ensure_tenant

pytestmark = pytest.mark.soak

PROJECT = "test-guest"
UP = r"guest is up: (\S+) ([0-9a-f]{64})"
EXT4_MAGIC_AT = PARTITION_AT + 0x438


@dataclass(frozen=True)
class Moved:
    """The files behind the target's disks, and what they must say as they boot: the token, and the hash of a file."""

    volume: Path
    root_disk: Path
    says: tuple[str, str]


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Moved]:
    """Two servers made of one image, one on a root disk, one on a volume; moved."""
    folder = tmp_path_factory.mktemp("boot")
    token = token_hex(8)
    proof = boot_disk(debian(HOME / "cache"), folder / "boot.raw", token)
    for side in ("source", "target"):
        ensure_tenant(side, PROJECT)
        sweep(side, PROJECT)
    _two_servers(folder / "boot.raw")
    workspace = Workspace(folder / "ws", PROJECT)
    workspace.prepare()
    workspace.decamp("run", "--execute")
    servers, volumes = openstack_all(f"target-{PROJECT}", "server list", "volume list")
    root = next(one["ID"] for one in servers if one["Name"] == "on-root-disk")
    data = HOME / "target/data"
    yield Moved(
        data / "cinder/volumes" / f"volume-{volumes[0]['ID']}", data / "nova/instances" / f"{root}.raw", (token, proof)
    )
    for side in ("source", "target"):
        sweep(side, PROJECT)


def _two_servers(disk: Path) -> None:
    image = disk.with_suffix(".qcow2")
    run("qemu-img", "convert", "-O", "qcow2", disk, image)
    create = "server create --wait --flavor t1.cw.tiny --image guest --network net"
    openstack_all(
        f"source-{PROJECT}",
        "network create net",
        "subnet create --network net --subnet-range 10.81.0.0/24 subnet",
        f"image create --disk-format qcow2 --container-format bare --file {image} guest",
        f"{create} on-root-disk",
        f"{create} --boot-from-volume 1 on-volume",
    )


def boots(guest: Machine, moved: Moved) -> None:
    said = guest.wait_for(UP, timeout_s=250)
    assert said.groups() == moved.says
    guest.wait_for("guest agent is up", timeout_s=100)
    guest.python("open('/proc/sysrq-trigger', 'w').write('o')")
    guest.wait_until_off(timeout_s=60)


def test_a_moved_volume_boots(moved: Moved, tmp_path: Path) -> None:
    with machine(tmp_path, moved.volume) as guest:
        boots(guest, moved)


def test_a_moved_root_disk_boots(moved: Moved, tmp_path: Path) -> None:
    with machine(tmp_path, moved.root_disk) as guest:
        boots(guest, moved)


def test_a_disk_with_one_wrong_byte_does_not_boot(moved: Moved, tmp_path: Path) -> None:
    """GRUB starts, finds no file system, and asks what to do: it is these bytes that the machines above boot from."""
    copy = tmp_path / "copy.raw"
    run("cp", "--sparse=always", moved.volume, copy)
    with copy.open("r+b") as disk:
        disk.seek(EXT4_MAGIC_AT)
        byte = disk.read(1)[0]
        disk.seek(EXT4_MAGIC_AT)
        disk.write(bytes([byte ^ 1]))
    with machine(tmp_path, copy) as guest:
        guest.wait_for("grub>", timeout_s=250)
        assert "GRUB loads" not in guest.said()
