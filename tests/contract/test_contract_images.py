"""ports.Images, sentence by sentence."""

import hashlib

import pytest

from migrate.clouds.ports import NewImage
from migrate.demo.memory.qcow2 import write as qcow2_file
from migrate.errors import DecampError, NotFound, TransientError
from tests.contract.sandbox import Sandbox, small_disk

NOBODY = "00000000-0000-4000-8000-000000000000"


def _read(box: Sandbox, image_id: str, start: int = 0, end: int | None = None) -> bytes:
    with box.cloud.images.read(image_id, start, end) as chunks:
        return b"".join(chunks)


def test_an_image_is_registered_with_everything_in_one_call(box: Sandbox) -> None:
    new = NewImage(
        name=box.name("i"),
        disk_format="qcow2",
        min_disk_gib=2,
        min_ram_mib=64,
        tags=("decamp-m-0123abcd-1", "blue"),
        properties={"os_distro": "debian"},
        hidden=True,
    )
    image_id = box.kept("image", box.cloud.images.create(new))
    image = box.cloud.images.image(image_id)
    assert (image.status, image.name, image.disk_format) == ("queued", new.name, "qcow2")
    assert (image.min_disk_gib, image.min_ram_mib, image.hidden) == (2, 64, True)
    assert image.tags == ("blue", "decamp-m-0123abcd-1") and image.properties == {"os_distro": "debian"}
    listed = [i.id for i in box.cloud.images.images()]
    assert image_id in listed and listed == sorted(listed), "hidden ones too, sorted by id"
    assert [i.id for i in box.cloud.images.images("no-such-tag")] == []
    assert image_id in [i.id for i in box.cloud.images.images("blue")]


def test_bytes_go_in_and_come_out_of_any_range(box: Sandbox) -> None:
    file = qcow2_file(small_disk())
    image = box.image()
    data = file.read(0, file.size_bytes)
    assert (image.status, image.size_bytes) == ("active", len(data))
    assert image.virtual_size_bytes in (4 << 20, None)
    assert image.checksum == hashlib.md5(data).hexdigest()
    if image.hash_algo:
        assert image.hash_value == hashlib.new(image.hash_algo, data).hexdigest()
    assert _read(box, image.id) == data
    assert _read(box, image.id, 100, 70_000) == data[100:70_000]
    assert _read(box, image.id, len(data) - 10) == data[-10:]
    assert _read(box, image.id, 5, 5) == b""


def test_less_than_asked_is_transient(box: Sandbox) -> None:
    image = box.image()
    with pytest.raises(TransientError):
        _read(box, image.id, image.size_bytes - 10, image.size_bytes + 10)


def test_an_early_end_leaves_it_queued_and_it_can_be_sent_again(box: Sandbox) -> None:
    file = qcow2_file(small_disk())
    data = file.read(0, file.size_bytes)
    image_id = box.kept("image", box.cloud.images.create(NewImage(name=box.name("i"), disk_format="qcow2")))
    with pytest.raises(DecampError):
        box.cloud.images.upload(image_id, iter([data[:70_000]]), len(data))
    # A server may notice the broken connection a little later.
    box.until(lambda: box.cloud.images.image(image_id), lambda i: i.status == "queued")
    box.cloud.images.upload(image_id, iter([data[:70_000], data[70_000:]]), len(data))
    box.until(lambda: box.cloud.images.image(image_id), lambda i: i.status == "active")


def test_an_error_of_the_sender_comes_through(box: Sandbox) -> None:
    image_id = box.kept("image", box.cloud.images.create(NewImage(name=box.name("i"), disk_format="raw")))

    def broken() -> "object":
        yield b"x" * 1000
        raise ZeroDivisionError

    with pytest.raises((ZeroDivisionError, DecampError)):
        box.cloud.images.upload(image_id, broken(), 2000)  # type: ignore[arg-type]
    box.until(lambda: box.cloud.images.image(image_id), lambda i: i.status == "queued")


def test_a_second_upload_is_refused(box: Sandbox) -> None:
    image = box.image()
    with pytest.raises(DecampError):
        box.cloud.images.upload(image.id, iter([b"x"]), 1)
    assert box.cloud.images.image(image.id).checksum == image.checksum


def test_what_is_not_there(box: Sandbox) -> None:
    with pytest.raises(NotFound):
        box.cloud.images.image(NOBODY)
    with pytest.raises(NotFound):
        _read(box, NOBODY)
    box.cloud.images.delete(NOBODY)
    image = box.image()
    box.cloud.images.delete(image.id)
    box.gone(lambda: box.cloud.images.image(image.id))
    box.cloud.images.delete(image.id)


FRIEND = "0123456789abcdef0123456789abcdef"


def test_an_image_is_shared_with_a_project(box: Sandbox) -> None:
    image = box.image(visibility="shared")
    assert (image.visibility, image.members) == ("shared", ()), "shared with nobody yet"
    for _ in range(2):
        box.cloud.images.share(image.id, FRIEND)
        assert box.cloud.images.image(image.id).members == (FRIEND,)
    box.cloud.images.share(image.id, NOBODY)
    listed = next(one for one in box.cloud.images.images() if one.id == image.id)
    assert listed.members == tuple(sorted((FRIEND, NOBODY)))


def test_an_image_that_was_private_is_shared_from_then_on(box: Sandbox) -> None:
    image = box.image(visibility="private")
    box.cloud.images.share(image.id, FRIEND)
    now = box.cloud.images.image(image.id)
    assert (now.visibility, now.members) == ("shared", (FRIEND,))
    with pytest.raises(NotFound):
        box.cloud.images.share(NOBODY, FRIEND)


def test_a_block_device_mapping_is_taken_for_what_it_says(box: Sandbox) -> None:
    """The service checks nothing: an image that points at nobody's snapshot is a trap that is kept."""
    mapping = f'[{{"snapshot_id": "{NOBODY}", "boot_index": 0, "source_type": "snapshot"}}]'
    new = NewImage(name=box.name("i"), disk_format="raw", properties={"block_device_mapping": mapping, "own": "1"})
    image = box.cloud.images.image(box.kept("image", box.cloud.images.create(new)))
    assert image.volume_backed and image.snapshot_ids == (NOBODY,)
    assert image.properties == {"own": "1"}
