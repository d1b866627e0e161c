"""Capture: each range is read once over all runs, and nothing half or wrong is ever sealed."""

import hashlib

import msgspec
import pytest

from migrate.demo.memory.qcow2 import write as qcow2_file
from migrate.demo.memory.sparse_disk import Disk
from migrate.disks.store.disk_store import DamagedSegment
from migrate.disks.store.manifest import CHUNK_BYTES, ZERO_DIGEST
from migrate.errors import Cancelled, IntegrityError, LeaseLost, TransientError, Unsupported
from migrate.messages import codes
from tests.disks.disk_pair import DISK, MIB, SEGMENT_BYTES, DiskPair, flip_a_bit, noise, sparse_disk
from tests.matrix import rest


def test_raw_disk_with_a_short_last_segment() -> None:
    pair = DiskPair()
    disk = sparse_disk(3 * SEGMENT_BYTES + 5 * 512, [(0, noise(MIB)), (2 * SEGMENT_BYTES + 7, b"x")])
    manifest = pair.capture(pair.image(disk))
    assert pair.stored(manifest) == disk
    digests = list(pair.store.chunks(manifest).digests())
    chunks = [disk[at : at + CHUNK_BYTES] for at in range(0, len(disk), CHUNK_BYTES)]
    assert digests == [hashlib.sha256(one).digest() if any(one) else ZERO_DIGEST for one in chunks]
    assert manifest.data_chunks == MIB // CHUNK_BYTES + 1
    assert pair.monitor.bytes_by_step == {"s": len(disk)}
    assert pair.store.manifest(DISK) == manifest


def test_empty_file() -> None:
    pair = DiskPair()
    manifest = pair.capture(pair.image(b""), content="file")
    assert (manifest.size_bytes, manifest.data_chunks) == (0, 0)


def test_a_sealed_pass_is_not_read_again() -> None:
    pair = DiskPair()
    image = pair.image(noise(SEGMENT_BYTES + 1))
    first = pair.capture(image)
    pair.images.ranges.clear()
    assert pair.capture(image) == first
    assert pair.images.ranges == []


@pytest.mark.parametrize("after", [1, 3, *rest(2)])
def test_stopped_after_some_segments_reads_each_range_once(after: int) -> None:
    pair = DiskPair()
    disk = noise(5 * SEGMENT_BYTES + 512)
    image = pair.image(disk)
    pair.images.on_read = lambda count: pair.stop.set() if count == after else None
    with pytest.raises(Cancelled):
        pair.capture(image, reads=2)
    assert pair.store.manifest(DISK) is None
    done = sum(min(SEGMENT_BYTES, len(disk) - index * SEGMENT_BYTES) for index in pair.there(image))
    assert 0 < done < len(disk)
    assert pair.monitor.bytes_by_step["s"] == done

    again = DiskPair(source=pair.source, target=pair.target)
    manifest = again.capture(image)
    assert again.stored(manifest) == disk
    read = pair.images.ranges + again.images.ranges
    assert sorted(read) == [(at, min(len(disk), at + SEGMENT_BYTES)) for at in range(0, len(disk), SEGMENT_BYTES)]
    assert again.monitor.bytes_by_step["s"] == len(disk)


def test_zero_segments_that_were_read_are_not_read_again() -> None:
    pair = DiskPair()
    image = pair.image(bytes(4 * SEGMENT_BYTES))
    pair.images.on_read = lambda count: pair.stop.set() if count == 3 else None
    with pytest.raises(Cancelled):
        pair.capture(image, reads=1)
    again = DiskPair(source=pair.source, target=pair.target)
    manifest = again.capture(image)
    assert manifest.data_chunks == 0
    assert len(pair.images.ranges) + len(again.images.ranges) == 4


def test_lost_lease_writes_nothing_more() -> None:
    """Not even what was read: another runner owns the pass now."""
    pair = DiskPair()
    image = pair.image(noise(4 * SEGMENT_BYTES))

    def check_running() -> None:
        if len(pair.images.ranges) > 2:
            raise LeaseLost(codes.CLAIM_LOST, step="s")

    pair.check_running = check_running
    before = list(pair.target.objects.entries("decamp-store"))
    with pytest.raises(LeaseLost):
        pair.capture(image, reads=1)
    assert list(pair.target.objects.entries("decamp-store")) == before
    assert pair.there(image) == set()


def test_lease_is_asked_before_the_seal() -> None:
    pair = DiskPair()
    asked: list[int] = []
    pair.check_running = lambda: asked.append(1)
    pair.capture(pair.image(noise(SEGMENT_BYTES)))
    assert len(asked) == 3, "before the put, before the seal, and once the hash has been compared"


def test_a_short_body_is_read_again_and_its_progress_taken_back() -> None:
    pair = DiskPair()
    disk = noise(2 * SEGMENT_BYTES)
    image = pair.image(disk)
    pair.source.world.cut_next(f"/images/{image.id}/file", 3 * MIB)
    manifest = pair.capture(image, reads=1)
    assert pair.stored(manifest) == disk
    assert pair.monitor.bytes_by_step["s"] == len(disk)
    assert len(pair.images.ranges) == 3


def test_short_bodies_without_end_leave_nothing_sealed() -> None:
    pair = DiskPair()
    image = pair.image(noise(SEGMENT_BYTES))
    for _ in range(5):
        pair.source.world.cut_next(f"/images/{image.id}/file", MIB)
    with pytest.raises(TransientError):
        pair.capture(image)
    assert pair.store.manifest(DISK) is None
    assert pair.monitor.bytes_by_step["s"] == 0
    assert len(pair.images.ranges) == 5


def test_file_is_checked_against_the_source_servers_hash() -> None:
    pair = DiskPair()
    file = noise(SEGMENT_BYTES + 77)
    manifest = pair.capture(pair.image(file), content="file")
    assert pair.stored(manifest) == file
    assert manifest.origin.hash_algo == "sha512"


@pytest.mark.parametrize("content", ["file", "disk"])
@pytest.mark.parametrize("field", ["hash_value", "checksum"])
def test_file_with_another_hash_is_refused_and_removed(field: str, content: str) -> None:
    """A raw disk is its file: the server's hash is that of the disk's own bytes, zeros and all."""
    pair = DiskPair()
    image = pair.image(noise(SEGMENT_BYTES) + bytes(2 * SEGMENT_BYTES + 77))
    wrong = msgspec.structs.replace(image, **({"hash_value": None} | {field: "0" * 32}))
    with pytest.raises(IntegrityError):
        pair.capture(wrong, content=content)
    assert pair.store.manifest(DISK) is None
    assert pair.there(image) == set()


def test_a_disk_of_another_length_is_refused() -> None:
    pair = DiskPair()
    with pytest.raises(IntegrityError):
        pair.capture(pair.image(bytes(MIB)), virtual_size_bytes=2 * MIB)


def test_other_formats_are_refused() -> None:
    pair = DiskPair()
    image = msgspec.structs.replace(pair.image(bytes(MIB)), disk_format="vmdk")
    with pytest.raises(Unsupported):
        pair.capture(image)


@pytest.mark.parametrize("content", ["file", *rest("disk")])
def test_a_file_of_several_runs_is_hashed_whole(content: str) -> None:
    """What an earlier run has stored did not pass this one: it is read from the store."""
    pair = DiskPair()
    file = noise(3 * SEGMENT_BYTES + 77)
    image = pair.image(file)
    pair.images.on_read = lambda count: pair.stop.set() if count == 2 else None
    with pytest.raises(Cancelled):
        pair.capture(image, content=content, reads=1)
    again = DiskPair(source=pair.source, target=pair.target)
    assert again.stored(again.capture(image, content=content)) == file
    assert len(pair.images.ranges) + len(again.images.ranges) == 4

    pair.store.remove(DISK, image.id)
    pair = DiskPair(source=pair.source, target=pair.target)
    pair.images.on_read = lambda count: pair.stop.set() if count == 2 else None
    with pytest.raises(Cancelled):
        pair.capture(image, content=content, reads=1)
    other = msgspec.structs.replace(image, hash_value="0" * 128)
    with pytest.raises(IntegrityError):
        DiskPair(source=pair.source, target=pair.target).capture(other, content=content)
    assert pair.there(image) == set()


def test_the_disk_inside_another_format_has_no_hash_to_be_compared() -> None:
    """The server's is that of the file, which holds the disk in another order."""
    pair = DiskPair()
    disk = Disk(3 * SEGMENT_BYTES)
    disk.write(SEGMENT_BYTES, noise(MIB))
    image = pair.image(b"".join(qcow2_file(disk).pieces()), "qcow2")
    assert image.hash_value
    assert pair.stored(pair.capture(image)) == sparse_disk(3 * SEGMENT_BYTES, [(SEGMENT_BYTES, noise(MIB))])


def test_a_file_whose_stored_part_is_damaged_is_read_again_there() -> None:
    pair = DiskPair()
    file = noise(10 * SEGMENT_BYTES)
    image = pair.image(file)
    pair.images.on_read = lambda count: pair.stop.set() if count == 9 else None
    with pytest.raises(Cancelled):
        pair.capture(image, content="file", reads=1)
    flip_a_bit(pair)

    second = DiskPair(source=pair.source, target=pair.target)
    with pytest.raises(DamagedSegment):
        second.capture(image, content="file")
    assert second.store.manifest(DISK) is None

    third = DiskPair(source=pair.source, target=pair.target)
    manifest = third.capture(image, content="file")
    assert third.stored(manifest) == file
    assert 0 < len(third.images.ranges) < 10


def test_what_is_in_flight_is_bounded() -> None:
    pair = DiskPair()
    waiting: list[int] = []
    image = pair.image(noise(7 * SEGMENT_BYTES))
    pair.images.on_read = lambda count: waiting.append(count - pair.monitor.bytes_by_step.get("s", 0) // SEGMENT_BYTES)
    pair.capture(image, reads=2)
    assert max(waiting) <= 2 + 1
