"""Restore: what reaches the target is the disk, or nothing is published."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from migrate.clouds.memory import qcow2
from migrate.errors import ConfigError, IntegrityError, LeaseLost
from migrate.transfer.qcow2_write import CLUSTER
from migrate.transfer.restore import upload_file
from tests.transfer.rig import MIB, SEGMENT_BYTES, Rig, noise, read_all, sparse_disk


def restored_disk(rig: Rig, image_id: str) -> bytes:
    """What the memory cloud's own qcow2 reader finds in the image."""
    disk = qcow2.read(rig.target.world.image_file(image_id))
    return disk.read(0, disk.size_bytes)


def test_disk_comes_back_equal_and_holes_are_not_sent() -> None:
    rig = Rig()
    disk = sparse_disk(10 * SEGMENT_BYTES, [(SEGMENT_BYTES, noise(MIB)), (9 * SEGMENT_BYTES + 4096, b"end")])
    image, sent = rig.restore(rig.capture(rig.image(disk)))
    assert restored_disk(rig, image.id) == disk
    assert sent == image.size_bytes <= 2 * SEGMENT_BYTES + 8 * CLUSTER
    assert image.virtual_size_bytes == len(disk)
    assert rig.monitor.bytes_by_step["r"] == len(disk)


def test_file_comes_back_byte_for_byte() -> None:
    rig = Rig()
    file = noise(2 * SEGMENT_BYTES + 13)
    source = rig.image(file)
    image, sent = rig.restore(rig.capture(source, content="file"))
    assert read_all(rig.target.images, image.id) == file
    assert sent == len(file)
    assert image.hash_value == source.hash_value


@settings(max_examples=15, deadline=None)
@given(
    sectors=st.integers(1, 3 * SEGMENT_BYTES // 512),
    writes=st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=2000)), max_size=5),
)
def test_any_disk_comes_back(sectors: int, writes: list[tuple[float, bytes]]) -> None:
    rig = Rig()
    size = sectors * 512
    disk = sparse_disk(size, [(int(at * (size - 1)), data) for at, data in writes])[:size]
    # Image services refuse a raw image that begins like a qcow2 file.
    assume(not disk.startswith(b"QFI\xfb"))
    image, _ = rig.restore(rig.capture(rig.image(disk)))
    assert restored_disk(rig, image.id) == disk


def test_a_flipped_bit_in_the_store_publishes_nothing() -> None:
    rig = Rig()
    manifest = rig.capture(rig.image(noise(3 * SEGMENT_BYTES)))
    flip_a_bit(rig, 1)
    with pytest.raises(IntegrityError):
        rig.restore(manifest)
    assert [image.status for image in rig.target.images.images()] == ["queued"]
    assert rig.monitor.bytes_by_step["r"] == 0


def flip_a_bit(rig: Rig, index: int) -> None:
    """Damages a stored segment behind the server's back."""
    stored = rig.target.login.project.account.containers["decamp-store"].objects
    name = next(name for name in stored if f"/{index:08d}-" in name)
    data = bytearray(stored[name].data)
    data[len(data) // 2] ^= 1
    object.__setattr__(stored[name], "data", bytes(data))


def test_lost_lease_ends_the_upload() -> None:
    rig = Rig()
    manifest = rig.capture(rig.image(noise(3 * SEGMENT_BYTES)))

    def alive() -> None:
        raise LeaseLost("DCP-303", step="r")

    rig.alive = alive
    with pytest.raises(LeaseLost):
        rig.restore(manifest)
    assert [image.status for image in rig.target.images.images()] == ["queued"]


def test_content_is_not_mixed_up() -> None:
    rig = Rig()
    manifest = rig.capture(rig.image(noise(512)))
    with pytest.raises(ConfigError):
        upload_file(
            rig.target.images,
            "any",
            manifest,
            rig.store,
            alive=rig.alive,
            monitor=rig.monitor,
            step_id="r",
            stop=rig.stop,
        )


def test_a_short_body_from_the_store_is_read_again() -> None:
    rig = Rig()
    disk = noise(2 * SEGMENT_BYTES)
    manifest = rig.capture(rig.image(disk))
    rig.target.world.cut_next("decamp-store/disks/.*/0000000", MIB)
    image, _ = rig.restore(manifest)
    assert restored_disk(rig, image.id) == disk
