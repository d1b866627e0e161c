"""ports.BlockStorage, sentence by sentence."""

import time

import pytest

from migrate.clouds.ports import NewVolume
from migrate.demo.memory.qcow2 import read as qcow2_disk
from migrate.demo.memory.sparse_disk import Disk
from migrate.errors import NotFound, Refused
from tests.contract.sandbox import BackedUp, Sandbox, small_disk

MARK = "decamp-t-0123abcd-6f1e2d3c-0000-4000-8000-000000000000"
NOBODY = "00000000-0000-4000-8000-000000000000"


def test_a_volume_is_asked_for_and_becomes_available(box: Sandbox) -> None:
    new = NewVolume(name=box.name("v"), size_gib=1, description="d", metadata={"decamp-mark": MARK})
    volume_id = box.kept("volume", box.cloud.block.create_volume(new))
    first = box.cloud.block.volume(volume_id)
    assert first.status in ("creating", "available")
    assert first.metadata == {"decamp-mark": MARK}, "the mark is there as soon as the effect is"
    volume = box.available(volume_id)
    assert (volume.name, volume.size_gib, volume.description) == (new.name, 1, "d")
    assert volume.bootable is False and volume.image_metadata == {} and volume.attachments == ()
    assert volume.volume_type in box.cloud.facts().volume_types
    assert volume_id in [v.id for v in box.cloud.block.volumes()]


def test_what_is_not_there_is_not_found(box: Sandbox) -> None:
    with pytest.raises(NotFound):
        box.cloud.block.volume(NOBODY)
    with pytest.raises(NotFound):
        box.cloud.block.snapshot(NOBODY)
    with pytest.raises(NotFound):
        box.cloud.block.create_snapshot(NOBODY, "x", {})


def test_removing_what_is_gone_is_no_error(box: Sandbox) -> None:
    box.cloud.block.delete_volume(NOBODY)
    box.cloud.block.delete_snapshot(NOBODY)
    volume = box.volume()
    box.cloud.block.delete_volume(volume.id)
    box.gone(lambda: box.cloud.block.volume(volume.id))
    box.cloud.block.delete_volume(volume.id)


def test_a_clone_of_a_snapshot_inherits_boot_facts_and_no_mark(box: Sandbox) -> None:
    image = box.image(properties={"hw_disk_bus": "virtio"})
    volume = box.volume(image_id=image.id, metadata={"own": "1"})
    snapshot_id = box.kept("snapshot", box.cloud.block.create_snapshot(volume.id, box.name("s"), {"decamp-mark": MARK}))
    snapshot = box.until(lambda: box.cloud.block.snapshot(snapshot_id), lambda s: s.status == "available")
    assert (snapshot.volume_id, snapshot.size_gib, snapshot.metadata) == (volume.id, 1, {"decamp-mark": MARK})
    assert snapshot_id in [s.id for s in box.cloud.block.snapshots()]
    clone = box.volume(snapshot_id=snapshot_id)
    assert clone.snapshot_id == snapshot_id and clone.bootable
    assert clone.image_metadata["hw_disk_bus"] == "virtio"
    assert clone.metadata == {}, "metadata is not inherited"
    box.cloud.block.delete_volume(clone.id)
    box.gone(lambda: box.cloud.block.volume(clone.id))
    box.cloud.block.delete_snapshot(snapshot_id)
    box.gone(lambda: box.cloud.block.snapshot(snapshot_id))


def test_a_volume_from_an_image_has_its_bytes_and_its_properties(box: Sandbox) -> None:
    image = box.image(properties={"hw_disk_bus": "scsi", "os_distro": "debian"}, tags=("golden",))
    volume = box.volume(image_id=image.id)
    assert volume.bootable
    kept = volume.image_metadata
    assert (kept["hw_disk_bus"], kept["os_distro"]) == ("scsi", "debian")
    assert kept["image_id"] == image.id and kept["disk_format"] == "qcow2" and kept["checksum"] == image.checksum
    assert "golden" not in str(kept), "tags are not inherited"
    image_id = box.kept("image", box.cloud.block.upload_to_image(volume.id, box.name("up"), "qcow2"))
    up = box.until(lambda: box.cloud.images.image(image_id), lambda i: i.status == "active")
    assert up.properties["hw_disk_bus"] == "scsi"
    assert not set(up.properties) & {"checksum", "image_id", "size", "image_name"}
    with box.cloud.images.read(image_id) as chunks:
        data = b"".join(chunks)
    file = Disk(len(data))
    file.write(0, data)
    assert qcow2_disk(file).read(0, 4 << 20) == small_disk().read(0, 4 << 20)
    assert qcow2_disk(file).size_bytes == 1 << 30, "grown to the volume's size"
    box.available(volume.id)


def test_upload_needs_an_available_volume(box: Sandbox) -> None:
    volume = box.volume()
    box.attach(box.base_server().id, volume.id)
    with pytest.raises(Refused):
        box.cloud.block.upload_to_image(volume.id, box.name("up"), "raw")
    snapshot_id = box.kept("snapshot", box.cloud.block.create_snapshot(volume.id, box.name("s"), {}))
    box.until(lambda: box.cloud.block.snapshot(snapshot_id), lambda s: s.status == "available")


def test_set_boot_makes_it_exactly_so_and_leaves_the_services_keys(box: Sandbox) -> None:
    image = box.image(properties={"hw_disk_bus": "scsi", "os_distro": "debian"})
    volume = box.volume(image_id=image.id)
    want = {"hw_disk_bus": "virtio", "decamp_mark": MARK, "checksum": "not yours to set"}
    for _ in range(2):
        box.cloud.block.set_boot(volume.id, bootable=False, image_metadata=want)
        now = box.cloud.block.volume(volume.id)
        assert now.bootable is False
        assert (now.image_metadata["hw_disk_bus"], now.image_metadata["decamp_mark"]) == ("virtio", MARK)
        assert "os_distro" not in now.image_metadata
        assert now.image_metadata["checksum"] == image.checksum


def test_a_request_that_is_wrong_is_refused(box: Sandbox) -> None:
    with pytest.raises((Refused, NotFound)):
        box.volume(volume_type="no-such-type")
    with pytest.raises((Refused, NotFound)):
        box.volume(image_id=NOBODY)


# ---------------------------------------------------------------- backups


def _bytes_of(box: Sandbox, volume_id: str) -> bytes:
    """The first 4 MiB of an available volume."""
    image_id = box.kept("image", box.cloud.block.upload_to_image(volume_id, box.name("up"), "qcow2"))
    box.until(lambda: box.cloud.images.image(image_id), lambda i: i.status == "active")
    with box.cloud.images.read(image_id) as chunks:
        data = b"".join(chunks)
    file = Disk(len(data))
    file.write(0, data)
    box.available(volume_id)
    return qcow2_disk(file).read(0, 4 << 20)


@pytest.mark.full_on_lab
def test_a_backup_is_listed_with_what_it_is_of(backed_up: BackedUp) -> None:
    volume, name, backup = backed_up
    assert (backup.name, backup.volume_id, backup.size_gib) == (name, volume.id, 1)
    assert not backup.incremental and backup.created_at


@pytest.mark.full_on_lab
def test_a_backup_is_written_over_a_volume(box: Sandbox) -> None:
    block = box.cloud.block
    volume = box.volume(image_id=box.base_image().id)
    backup = box.backup(volume.id)
    new = NewVolume(name=MARK, size_gib=1, metadata={"decamp-mark": MARK})
    into = box.available(box.kept("volume", block.create_volume(new)))
    block.restore_backup(backup.id, into.id)
    assert block.volume(into.id).status in ("restoring-backup", "available")
    now = box.available(into.id)
    assert (now.name, now.metadata) == (MARK, {"decamp-mark": MARK, "src_backup_id": backup.id})
    assert now.bootable and now.image_metadata["disk_format"] == "qcow2"
    assert _bytes_of(box, into.id) == small_disk().read(0, 4 << 20)
    box.until(lambda: {b.id: b.status for b in block.backups()}, lambda found: found[backup.id] == "available")


@pytest.mark.full_on_lab
def test_the_metadata_of_what_was_backed_up_takes_the_place_of_a_mark(box: Sandbox, backed_up: BackedUp) -> None:
    block, backup = box.cloud.block, backed_up.backup
    new = NewVolume(name=MARK, size_gib=1, metadata={"decamp-mark": MARK})
    into = box.available(box.kept("volume", block.create_volume(new)))
    block.restore_backup(backup.id, into.id)
    now = box.available(into.id)
    assert (now.name, now.metadata, now.bootable) == (MARK, {"own": "1", "src_backup_id": backup.id}, False)


@pytest.mark.full_on_lab
def test_a_restore_that_makes_no_sense_is_refused(box: Sandbox, backed_up: BackedUp) -> None:
    block, backup = box.cloud.block, backed_up.backup
    volume = box.volume()
    for backup_id, volume_id in ((NOBODY, volume.id), (backup.id, NOBODY)):
        with pytest.raises(NotFound):
            block.restore_backup(backup_id, volume_id)
    box.attach(box.base_server().id, volume.id)
    with pytest.raises(Refused):
        block.restore_backup(backup.id, volume.id)


def test_a_key_of_the_metadata_is_dropped_and_the_others_stay(box: Sandbox) -> None:
    volume, block = box.volume(metadata={"kept": "1", "dropped": "2"}), box.cloud.block
    for _ in range(2):
        block.drop_metadata(volume.id, "dropped")
        assert block.volume(volume.id).metadata == {"kept": "1"}
    with pytest.raises(NotFound):
        block.drop_metadata("00000000-0000-4000-8000-000000000000", "dropped")


def test_who_attaches_a_volume_and_takes_it_off_leaves_a_trace_in_its_last_change(box: Sandbox) -> None:
    """What is read of it leaves none. Clouds tell whole seconds."""
    server, volume, block = box.base_server(), box.volume(), box.cloud.block
    before = block.last_change(volume.id)
    assert before and block.last_change(volume.id) == before
    second = int(time.time())
    while int(time.time()) == second:
        time.sleep(0.05)
    box.attach(server.id, volume.id)
    box.cloud.compute.detach(server.id, volume.id)
    box.until(lambda: block.volume(volume.id), lambda v: v.status == "available")
    assert block.last_change(volume.id) != before
    with pytest.raises(NotFound):
        block.last_change(NOBODY)
