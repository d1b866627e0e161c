"""The attached path where it ends: a guest's own kernel and udev, disks plugged in and out, our code inside."""

import hashlib
import os
import random
import struct
import tarfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import migrate
from migrate.messages import codes
from tests.guest.image import HERE, MIB, boot_disk, debian
from tests.guest.machine import Bus, Machine, machine
from tests.lab.harness import HOME

pytestmark = pytest.mark.soak

SEES = "from tests.guest import inside; result = inside.{}(**given)"


@pytest.fixture(scope="module")
def guest(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """A guest that has our code."""
    folder = tmp_path_factory.mktemp("guest")
    disk = folder / "boot.raw"
    boot_disk(debian(HOME / "cache"), disk, "devices")
    with machine(folder, disk) as running:
        running.wait_for("guest agent is up", timeout_s=250)
        running.plug("code", _code(folder / "code.tar"), "code")
        running.python(
            "import sys, tarfile, time, os\n"
            "while not os.path.exists('/dev/disk/by-id/virtio-code'): time.sleep(0.2)\n"
            "os.system('mount -t tmpfs tmpfs /tmp')\n"
            "tarfile.open('/dev/disk/by-id/virtio-code').extractall('/tmp/code', filter='data')\n"
            "sys.path.insert(0, '/tmp/code')\n"
        )
        yield running


def _code(archive: Path) -> Path:
    ours = Path(migrate.__file__).parent
    with tarfile.open(archive, "w") as tar:
        for path in sorted(ours.rglob("*.py")):
            tar.add(path, Path("migrate") / path.relative_to(ours))
        tar.add(HERE / "inside.py", "tests/guest/inside.py")
    return archive


def asks(guest: Machine, what: str, **given: str) -> Any:
    return guest.python(SEES.format(what), given=given)


def volume(folder: Path, size_mib: int) -> tuple[str, Path]:
    """An id, and a file of that size full of random bytes."""
    volume_id = str(uuid.uuid4())
    file = folder / volume_id
    file.write_bytes(os.urandom(size_mib * MIB))
    return volume_id, file


def partitioned(file: Path) -> None:
    """Gives the disk a partition, which has links of its own in the guest."""
    table = struct.pack("<B3sB3sII", 0, b"\xfe\xff\xff", 0x83, b"\xfe\xff\xff", 2048, 2048) + bytes(48) + b"\x55\xaa"
    with file.open("r+b") as disk:
        disk.seek(446)
        disk.write(table)


def sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def test_each_disk_is_found_by_its_volume_reads_equal_and_is_gone_once_detached(guest: Machine, tmp_path: Path) -> None:
    buses: tuple[Bus, ...] = ("virtio", "scsi", "old scsi", "virtio", "scsi", "virtio")
    disks = [(*volume(tmp_path, 4 + n), bus) for n, bus in enumerate(buses)]
    for _, file, _ in disks[:3]:
        partitioned(file)
    random.shuffle(disks)
    for volume_id, file, bus in disks:
        guest.plug(volume_id, file, volume_id[:20] if bus == "virtio" else volume_id, bus)
    random.shuffle(disks)
    devices = set()
    for volume_id, file, bus in disks:
        found = asks(guest, "read", volume_id=volume_id)
        assert (found["size_bytes"], found["sha256"]) == (file.stat().st_size, sha256(file)), found
        assert found["links"][0].startswith(bus.split()[-1])
        devices.add(found["device"])
    assert len(devices) == len(disks)
    for volume_id, _, _ in disks:
        guest.unplug(volume_id)
        assert asks(guest, "wait_until_gone", volume_id=volume_id) == []


def test_a_disk_that_was_carried_through_the_store_is_equal_on_the_host(guest: Machine, tmp_path: Path) -> None:
    (source, source_file), (target, target_file) = volume(tmp_path, 24), volume(tmp_path, 32)
    with source_file.open("r+b") as file:
        file.seek(6 * MIB)
        file.write(bytes(9 * MIB))
    before = source_file.read_bytes()
    guest.plug(source, source_file, source[:20])
    guest.plug(target, target_file, target, "scsi")
    assert asks(guest, "carry", source_id=source, target_id=target) == 32 * MIB
    guest.unplug(source)
    guest.unplug(target)
    assert source_file.read_bytes() == before
    assert target_file.read_bytes() == before + bytes(8 * MIB)
    # The root of the guest is mounted, and larger than the disk: nothing but its use stands in the way.
    assert asks(guest, "refusal", path="/dev/vda", source_id=source) == codes.DEVICE_UNUSABLE
    assert asks(guest, "refusal", path="/dev/vda1", source_id=source) == codes.DEVICE_UNUSABLE
