"""Restore: what reaches the target is the disk, or nothing is published."""

from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from migrate.demo.memory import qcow2
from migrate.disks.copy.restore_disk import upload_file
from migrate.disks.formats.qcow2_read import Qcow2Content
from migrate.disks.formats.qcow2_write import CLUSTER
from migrate.errors import ConfigError, IntegrityError, LeaseLost
from migrate.messages import codes
from migrate.verify.disks.compare_content import verify_disk
from migrate.verify.disks.expected_content import Captured
from tests.disks.disk_pair import MIB, SEGMENT_BYTES, DiskPair, flip_a_bit, noise, read_all, sparse_disk


def restored_disk(pair: DiskPair, image_id: str) -> bytes:
    """What the memory cloud's own qcow2 reader finds in the image."""
    disk = qcow2.read(pair.target.world.image_file(image_id))
    return disk.read(0, disk.size_bytes)


def test_disk_comes_back_equal_and_holes_are_not_sent() -> None:
    pair = DiskPair()
    disk = sparse_disk(10 * SEGMENT_BYTES, [(SEGMENT_BYTES, noise(MIB)), (9 * SEGMENT_BYTES + 4096, b"end")])
    image, sent = pair.restore(pair.capture(pair.image(disk)))
    assert restored_disk(pair, image.id) == disk
    assert sent == image.size_bytes == MIB + (1 + 5) * CLUSTER  # a chunk at the end; header, 2 of refcounts, L1, L2
    assert image.virtual_size_bytes == len(disk)
    assert pair.monitor.bytes_by_step["r"] == len(disk)


def test_file_comes_back_byte_for_byte() -> None:
    pair = DiskPair()
    file = noise(2 * SEGMENT_BYTES + 13)
    source = pair.image(file)
    image, sent = pair.restore(pair.capture(source, content="file"))
    assert read_all(pair.target.images, image.id) == file
    assert sent == len(file)
    assert image.hash_value == source.hash_value


@settings(max_examples=15, deadline=None)
@given(
    sectors=st.integers(1, 3 * SEGMENT_BYTES // 512),
    writes=st.lists(st.tuples(st.floats(0, 1), st.binary(min_size=1, max_size=2000)), max_size=5),
)
def test_any_disk_comes_back(sectors: int, writes: list[tuple[float, bytes]]) -> None:
    pair = DiskPair()
    size = sectors * 512
    disk = sparse_disk(size, [(int(at * (size - 1)), data) for at, data in writes])[:size]
    # Image services refuse a raw image that begins like a qcow2 file.
    assume(not disk.startswith(b"QFI\xfb"))
    image, _ = pair.restore(pair.capture(pair.image(disk)))
    assert restored_disk(pair, image.id) == disk


def test_a_flipped_bit_in_the_store_publishes_nothing() -> None:
    pair = DiskPair()
    manifest = pair.capture(pair.image(noise(3 * SEGMENT_BYTES)))
    flip_a_bit(pair)
    with pytest.raises(IntegrityError):
        pair.restore(manifest)
    assert [image.status for image in pair.target.images.images()] == ["queued"]
    assert pair.monitor.bytes_by_step["r"] == 0


def test_a_flipped_byte_of_a_restored_image_is_named_by_its_chunk(tmp_path: Path) -> None:
    """Where data was sent, each of these places is in the file; the byte is flipped there behind the server's back."""
    pair = DiskPair()
    data = [(0, noise(CLUSTER)), (SEGMENT_BYTES, noise(MIB)), (9 * SEGMENT_BYTES + 4096, b"end")]
    manifest = pair.capture(pair.image(sparse_disk(9 * SEGMENT_BYTES + 5120, data)))
    image, _ = pair.restore(manifest)
    held = Captured.of(pair.store, manifest)
    assert verify_disk(pair.target.images, image.id, held, tmp_path).differences == ()

    file = pair.target.world.image_file(image.id)
    content = Qcow2Content(lambda start, end: file.read(start, end - start), image.size_bytes)
    for at in (0, CLUSTER - 1, SEGMENT_BYTES, SEGMENT_BYTES + 3 * CLUSTER + 5, 9 * SEGMENT_BYTES + 4096):
        (piece,) = [p for p in content.pieces(0, manifest.size_bytes) if p.at <= at < p.at + p.size]
        place = piece.host + at - piece.at
        whole = file.read(place, 1)
        file.write(place, bytes([whole[0] ^ 0x20]))
        start = at // CLUSTER * CLUSTER
        end = min(start + CLUSTER, manifest.size_bytes)
        assert verify_disk(pair.target.images, image.id, held, tmp_path).differences == (f"bytes {start}-{end - 1}",)
        file.write(place, whole)


@pytest.mark.parametrize("entry", range(3))
def test_a_flipped_mapping_of_a_restored_image_is_never_the_same(tmp_path: Path, entry: int) -> None:
    """A cluster that is mapped elsewhere, or to nothing, or where none was: the disk reads otherwise."""
    pair = DiskPair()
    manifest = pair.capture(pair.image(noise(2 * CLUSTER) + bytes(2 * CLUSTER)))
    image, _ = pair.restore(manifest)
    file = pair.target.world.image_file(image.id)
    place = 4 * CLUSTER + 8 * entry + 5  # header, two of refcounts, L1: then the L2 table
    file.write(place, bytes([file.read(place, 1)[0] ^ 1]))
    held = Captured.of(pair.store, manifest)
    assert verify_disk(pair.target.images, image.id, held, tmp_path).differences


def test_lost_lease_ends_the_upload() -> None:
    pair = DiskPair()
    manifest = pair.capture(pair.image(noise(3 * SEGMENT_BYTES)))

    def check_running() -> None:
        raise LeaseLost(codes.CLAIM_LOST, step="r")

    pair.check_running = check_running
    with pytest.raises(LeaseLost):
        pair.restore(manifest)
    assert [image.status for image in pair.target.images.images()] == ["queued"]


def test_content_is_not_mixed_up() -> None:
    pair = DiskPair()
    manifest = pair.capture(pair.image(noise(512)))
    with pytest.raises(ConfigError):
        upload_file(pair.target.images, "any", manifest, pair.store, pair.attempt("r"))


def test_a_short_body_from_the_store_is_read_again() -> None:
    pair = DiskPair()
    disk = noise(2 * SEGMENT_BYTES)
    manifest = pair.capture(pair.image(disk))
    pair.target.world.cut_next("decamp-store/packs/", 1000)
    image, _ = pair.restore(manifest)
    assert restored_disk(pair, image.id) == disk
