"""Which device is a volume's: by links as udev makes them, and never by a guess."""

import os
import shutil
from pathlib import Path

import pytest

from migrate.execute.attached.device_links import devices_of, links_of, size_of

pytestmark = pytest.mark.hostile

VOLUME = "6ea98324-0f14-49f6-97c0-885d1b8dc517"
OTHER = "6ea98324-0f14-49f6-a7c0-885d1b8dc517"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "by-id"
    made.mkdir()
    return made


def link(folder: Path, name: str, device: str = "vdb") -> Path:
    target = folder.parent / device
    target.touch()
    (folder / name).symlink_to(f"../{device}")
    return target


@pytest.mark.parametrize(
    "name",
    [
        f"virtio-{VOLUME[:20]}",
        f"scsi-0QEMU_QEMU_HARDDISK_{VOLUME}",
        f"scsi-0QEMU_QEMU_HARDDISK_{VOLUME[:20]}",
        f"scsi-SQEMU_QEMU_HARDDISK_{VOLUME}",
        f"ata-QEMU_HARDDISK_{VOLUME[:20]}",
    ],
)
def test_a_device_is_found_by_every_name_that_udev_gives_its_volume(folder: Path, name: str) -> None:
    device = link(folder, name)
    link(folder, f"virtio-{OTHER[:20]}", "vdc")
    assert devices_of(folder, VOLUME) == [device.resolve()]


@pytest.mark.parametrize(
    "name",
    [
        f"nvme-somebody_{VOLUME}",
        f"dm-name-{VOLUME}",
        f"lvm-pv-uuid-{VOLUME}",
        f"scsi-0ATA_HARDDISK_{VOLUME}",
        VOLUME,
        f"virtio-{VOLUME[:20]}-part1",
        f"scsi-0QEMU_QEMU_HARDDISK_{VOLUME}-part14",
        f"virtio-{VOLUME[:19]}",
        f"virtio-{OTHER[:20]}",
        f"scsi-SQEMU_QEMU_HARDDISK_{OTHER}",
        f"virtio-{VOLUME[1:21]}",
        "virtio-",
    ],
)
def test_partitions_and_other_volumes_are_not_it(folder: Path, name: str) -> None:
    link(folder, name)
    assert devices_of(folder, VOLUME) == []
    assert links_of(folder, VOLUME) == []


@pytest.mark.parametrize(
    "name", [f"virtio-x{VOLUME[:20]}", f"scsi-0QEMU_x{VOLUME}", f"usb-1-{VOLUME}", f"a.b_{VOLUME}"]
)
def test_an_id_is_matched_whole(folder: Path, name: str) -> None:
    link(folder, name)
    assert devices_of(folder, VOLUME) == []


@pytest.mark.parametrize(
    ("volume_id", "name"),
    [
        ("", "virtio-"),
        ("name-ubuntu--vg-ubuntu--lv", "dm-name-ubuntu--vg-ubuntu--lv"),
        ("our-database-disk", "virtio-our-database-disk"),
        ("QEMU_HARDDISK_QM00001", "ata-QEMU_HARDDISK_QM00001"),
        (f"{VOLUME}\n", f"virtio-{VOLUME[:20]}"),
        (VOLUME.upper(), f"virtio-{VOLUME[:20].upper()}"),
    ],
)
def test_an_id_that_cinder_does_not_give_matches_nothing(folder: Path, volume_id: str, name: str) -> None:
    """A cloud that means harm could call its volume after a disk of this machine."""
    link(folder, name)
    assert links_of(folder, volume_id) == []


def test_below_dev_what_is_no_block_device_is_none() -> None:
    folder = Path("/dev") / f"by-id-{os.getpid()}"
    try:
        folder.mkdir()
    except OSError:
        pytest.skip("nobody may write below /dev here")
    try:
        link = folder / f"virtio-{VOLUME[:20]}"
        for target in ("/etc/hostname", "/dev/null"):
            link.symlink_to(target)
            assert devices_of(folder, VOLUME) == []
            link.unlink()
    finally:
        shutil.rmtree(folder)


def test_several_links_to_one_device_are_one_device(folder: Path) -> None:
    for name in (f"scsi-0QEMU_QEMU_HARDDISK_{VOLUME}", f"scsi-SQEMU_QEMU_HARDDISK_{VOLUME}", f"virtio-{VOLUME[:20]}"):
        device = link(folder, name)
    assert devices_of(folder, VOLUME) == [device.resolve()]


def test_links_to_several_devices_are_several_devices(folder: Path) -> None:
    devices = [link(folder, f"virtio-{VOLUME[:20]}", "vdb"), link(folder, f"scsi-0QEMU_QEMU_HARDDISK_{VOLUME}", "sdb")]
    assert devices_of(folder, VOLUME) == sorted(device.resolve() for device in devices)


def test_a_link_that_leads_nowhere_is_none_yet(folder: Path) -> None:
    link(folder, f"virtio-{VOLUME[:20]}").unlink()
    assert devices_of(folder, VOLUME) == []
    assert links_of(folder, VOLUME), "it is still to be waited for until it is gone"


def test_a_folder_that_is_not_there_has_no_links(tmp_path: Path) -> None:
    assert devices_of(tmp_path / "by-id", VOLUME) == []


def test_the_size_of_a_device_is_where_it_ends(folder: Path) -> None:
    device = link(folder, f"virtio-{VOLUME[:20]}")
    with device.open("wb") as file:
        file.truncate(3 << 30)
    assert size_of(folder / f"virtio-{VOLUME[:20]}") == 3 << 30
