"""Image files against manifests: whose hash counts, when the bytes are read."""

import hashlib
import resource
import signal
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from migrate.clouds.ports import NewImage
from migrate.demo.memory import MemoryCloud, World
from migrate.disks.store.disk_store import DamagedSegment
from migrate.disks.store.manifest import Origin
from migrate.errors import FatalError, IntegrityError, ItemError, TransientError
from migrate.messages import codes
from migrate.model import Kind
from migrate.units import MIB
from migrate.verify.disks.compare_content import verify_disk, verify_image_file
from migrate.verify.disks.expected_content import Captured
from migrate.verify.disks.prove_disk import Disk, prove_disk
from migrate.verify.disks.read_volume import ReadBack
from migrate.verify.evidence import Proof
from migrate.verify.wait_for_status import GONE, until
from tests.verify.verify_tools import CHUNK, NoSleep, captured_of

DATA = b"".join(bytes([n]) * MIB for n in range(9)) + b"tail"


@pytest.fixture
def cloud() -> MemoryCloud:
    return MemoryCloud("t", world=World("disks"))


def image_of(cloud: MemoryCloud, data: bytes = DATA, disk_format: str = "raw") -> str:
    image_id = cloud.images.create(NewImage(name="i", disk_format=disk_format))
    cloud.images.upload(image_id, [data], len(data))
    return image_id


def captured(content: str = "file", **origin: str) -> Captured:
    found = replace(Origin(image_id="src"), **origin)
    return captured_of("image:src", content, len(DATA), lambda at, n: DATA[at : at + n], found)


SHA512 = {"hash_algo": "sha512", "hash_value": hashlib.sha512(DATA).hexdigest()}
MD5 = {"checksum": hashlib.md5(DATA).hexdigest()}


@pytest.mark.parametrize("hashes", [SHA512, MD5, SHA512 | MD5])
def test_equal_server_hashes_are_enough(cloud: MemoryCloud, hashes: dict[str, str]) -> None:
    check = verify_image_file(cloud.images, image_of(cloud), captured(**hashes))
    assert (check.proof, check.differences, check.read_bytes) == (Proof.SOURCE_HASH, (), 0)


def test_without_a_source_hash_the_bytes_are_read(cloud: MemoryCloud) -> None:
    check = verify_image_file(cloud.images, image_of(cloud), captured())
    assert (check.proof, check.differences, check.read_bytes) == (Proof.REREAD, (), len(DATA))


def test_without_a_target_hash_the_bytes_must_give_the_sources(cloud: MemoryCloud) -> None:
    image_id = image_of(cloud)
    cloud.world.images.rows[image_id].change(checksum=None, hash_algo=None, hash_value=None)
    check = verify_image_file(cloud.images, image_id, captured(**MD5))
    assert (check.proof, check.differences, check.read_bytes) == (Proof.SOURCE_HASH, (), len(DATA))


def test_bytes_of_another_hash_than_the_sources_server_has_are_a_difference(cloud: MemoryCloud) -> None:
    """Though they are those of the manifest: then it was captured wrong."""
    other = hashlib.sha512(b"other").hexdigest()
    check = verify_image_file(
        cloud.images, image_of(cloud), captured(hash_algo="sha512", hash_value=other), reread=True
    )
    assert check.proof is Proof.REREAD
    assert any("sha512 of the bytes" in difference for difference in check.differences)


def test_hashes_of_two_kinds_cannot_be_compared(cloud: MemoryCloud) -> None:
    image_id = image_of(cloud)
    sha256 = {"hash_algo": "sha256", "hash_value": hashlib.sha256(DATA).hexdigest()}
    check = verify_image_file(cloud.images, image_id, captured(**sha256))
    assert (check.read_bytes, check.differences) == (len(DATA), ())


def test_unequal_hashes_name_the_bytes(cloud: MemoryCloud) -> None:
    other = DATA[: 8 * MIB] + b"X" + DATA[8 * MIB + 1 :]
    check = verify_image_file(cloud.images, image_of(cloud, other), captured(**SHA512))
    assert check.differences[0].startswith("sha512: ")
    assert f"bytes {8 * MIB}-{8 * MIB + CHUNK - 1}" in check.differences


def test_an_image_cut_short_is_named(cloud: MemoryCloud) -> None:
    check = verify_image_file(cloud.images, image_of(cloud, DATA[: 5 * MIB]), captured())
    assert check.differences == (
        f"size_bytes: {len(DATA)} ≠ {5 * MIB}",
        f"bytes {5 * MIB}-{len(DATA) - 1}",
    )


def test_a_broken_qcow2_is_a_difference(cloud: MemoryCloud, tmp_path: Path) -> None:
    image_id = image_of(cloud)
    cloud.world.images.rows[image_id].change(disk_format="qcow2")
    check = verify_disk(cloud.images, image_id, captured("disk"), tmp_path)
    assert check.differences == ("file: a whole qcow2 ≠ no qcow2 header",)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_without_room_for_the_file_is_named(cloud: MemoryCloud, tmp_path: Path) -> None:
    image_id = image_of(cloud)
    cloud.world.images.rows[image_id].change(disk_format="qcow2")
    limits, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limits[1]))
    try:
        with pytest.raises(FatalError) as caught:
            verify_disk(cloud.images, image_id, captured("disk"), tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert (caught.value.code, caught.value.facts["path"]) == (codes.CANNOT_WRITE, str(tmp_path))


def test_an_image_of_another_length_than_it_says(cloud: MemoryCloud, tmp_path: Path) -> None:
    image_id = image_of(cloud)
    cloud.world.images.rows[image_id].change(size_bytes=len(DATA) - 1)
    with pytest.raises(IntegrityError):
        verify_disk(cloud.images, image_id, captured("disk"), tmp_path)


def test_a_manifest_that_contradicts_itself_proves_nothing(cloud: MemoryCloud, tmp_path: Path) -> None:
    right = captured("disk")
    wrong = Captured(msgspec.structs.replace(right.manifest, tree_digest="0" * 64), right.digests)
    with pytest.raises(IntegrityError) as caught:
        verify_disk(cloud.images, image_of(cloud), wrong, tmp_path)
    assert caught.value.code == codes.MANIFEST_CONTRADICTS


@pytest.mark.parametrize("change", [-1, 1])
def test_digests_for_fewer_or_more_chunks_prove_nothing(cloud: MemoryCloud, tmp_path: Path, change: int) -> None:
    """Those that are missing are never taken for zeros."""
    right = captured("disk")
    digests = list(right.digests())
    wrong = Captured(right.manifest, lambda: iter(digests[:-1] if change < 0 else [*digests, bytes(32)]))
    with pytest.raises(IntegrityError) as caught:
        verify_disk(cloud.images, image_of(cloud), wrong, tmp_path)
    assert caught.value.code == codes.MANIFEST_CONTRADICTS


def test_damage_in_the_store_is_no_difference_of_the_target(cloud: MemoryCloud, tmp_path: Path) -> None:
    right = captured("disk")

    def damaged() -> Iterator[bytes]:
        yield next(right.digests())
        raise DamagedSegment(codes.BYTES_DIFFER, what="a table")

    with pytest.raises(DamagedSegment):
        verify_disk(cloud.images, image_of(cloud), Captured(right.manifest, damaged), tmp_path)


def test_damage_in_the_store_makes_no_row_of_the_target(cloud: MemoryCloud, tmp_path: Path) -> None:
    right = captured("disk")

    def damaged() -> Iterator[bytes]:
        yield next(right.digests())
        raise DamagedSegment(codes.BYTES_DIFFER, what="a table")

    with pytest.raises(DamagedSegment):
        prove_disk(
            cloud,
            Captured(right.manifest, damaged),
            Disk(Kind.SERVER, "s", "web", Kind.IMAGE),
            image_of(cloud),
            ReadBack("0badcafe", tmp_path),
        )


@pytest.mark.parametrize("larger", [False, True])
def test_a_disk_is_as_long_as_it_was_unless_it_is_sold_by_the_gib(
    cloud: MemoryCloud, tmp_path: Path, larger: bool
) -> None:
    image_id = image_of(cloud, DATA + bytes(MIB))
    check = verify_disk(cloud.images, image_id, captured("disk"), tmp_path, may_be_larger=larger)
    assert check.differences == (() if larger else (f"size_bytes: {len(DATA)} ≠ {len(DATA) + MIB}",))


def test_many_ranges_are_cut_off(cloud: MemoryCloud, tmp_path: Path) -> None:
    """Of a thousand chunks every other one differs, and the last three do."""
    size = 1000 * CHUNK
    zeros = captured_of("image:src", "disk", size, lambda at, n: bytes(n), Origin(image_id="src"))
    data = (bytes(CHUNK) + b"x".ljust(CHUNK, b"\0")) * 499 + b"x" * 2 * CHUNK
    check = verify_disk(cloud.images, image_of(cloud, data), zeros, tmp_path)
    assert len(check.differences) == 101
    assert check.differences[0] == f"bytes {CHUNK}-{2 * CHUNK - 1}"
    assert check.differences[-1] == f"and 399 more ranges up to byte {size - 1}"


# ---------------------------------------------------------------- waiting


def wait(statuses: list[str], wanted: str, limit_s: float = 60) -> str:
    left = iter(statuses)
    return until(
        lambda: next(left), frozenset({wanted}), kind=Kind.VOLUME, resource_id="v", stop=NoSleep(), limit_s=limit_s
    )


def test_waiting_ends_with_the_wanted_status() -> None:
    assert wait(["creating", "Creating", "AVAILABLE"], "available") == "available"
    assert wait(["deleting", GONE], GONE) == GONE


@pytest.mark.parametrize("status", ["error", "error_deleting", "killed", GONE])
def test_waiting_for_what_will_never_come_is_an_error(status: str) -> None:
    with pytest.raises(ItemError):
        wait(["creating", status], "available")


def test_waiting_has_a_ceiling() -> None:
    with pytest.raises(TransientError):
        wait(["creating"] * 1000, "available", limit_s=10)
