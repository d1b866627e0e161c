"""Image files against manifests: whose hash counts, when the bytes are read."""

import hashlib
from pathlib import Path

import msgspec
import pytest

from migrate.clouds.memory import MemoryCloud, World
from migrate.clouds.ports import NewImage
from migrate.errors import IntegrityError, ItemError, TransientError
from migrate.model import Kind
from migrate.store.manifest import DiskManifest, Origin
from migrate.units import MIB
from migrate.verify.disks import verify_disk, verify_image_file
from migrate.verify.evidence import Proof
from migrate.verify.waiting import GONE, until
from tests.verify.verify_tools import NoSleep, manifest_of

DATA = b"".join(bytes([n]) * MIB for n in range(9)) + b"tail"


@pytest.fixture
def cloud() -> MemoryCloud:
    return MemoryCloud("t", world=World("disks"))


def image_of(cloud: MemoryCloud, data: bytes = DATA, disk_format: str = "raw") -> str:
    image_id = cloud.images.create(NewImage(name="i", disk_format=disk_format))
    cloud.images.upload(image_id, [data], len(data))
    return image_id


def manifest(content: str = "file", **origin: str) -> DiskManifest:
    found = Origin(image_id="src", **origin)
    return manifest_of("image:src", content, len(DATA), lambda at, n: DATA[at : at + n], found)


SHA512 = {"hash_algo": "sha512", "hash_value": hashlib.sha512(DATA).hexdigest()}
MD5 = {"checksum": hashlib.md5(DATA).hexdigest()}


@pytest.mark.parametrize("hashes", [SHA512, MD5, SHA512 | MD5])
def test_equal_server_hashes_are_enough(cloud: MemoryCloud, hashes: dict[str, str]) -> None:
    check = verify_image_file(cloud.images, image_of(cloud), manifest(**hashes))
    assert (check.proof, check.differences, check.read_bytes) == (Proof.SOURCE_HASH, (), 0)


def test_without_a_source_hash_the_bytes_are_read(cloud: MemoryCloud) -> None:
    check = verify_image_file(cloud.images, image_of(cloud), manifest())
    assert (check.proof, check.differences, check.read_bytes) == (Proof.REREAD, (), len(DATA))


def test_without_a_target_hash_the_bytes_must_give_the_sources(cloud: MemoryCloud) -> None:
    image_id = image_of(cloud)
    cloud.world.images.rows[image_id].change(checksum=None, hash_algo=None, hash_value=None)
    check = verify_image_file(cloud.images, image_id, manifest(**MD5))
    assert (check.proof, check.differences, check.read_bytes) == (Proof.SOURCE_HASH, (), len(DATA))


def test_hashes_of_two_kinds_cannot_be_compared(cloud: MemoryCloud) -> None:
    image_id = image_of(cloud)
    sha256 = {"hash_algo": "sha256", "hash_value": hashlib.sha256(DATA).hexdigest()}
    assert verify_image_file(cloud.images, image_id, manifest(**sha256)).read_bytes == len(DATA)


def test_unequal_hashes_name_the_bytes(cloud: MemoryCloud) -> None:
    other = DATA[: 8 * MIB] + b"X" + DATA[8 * MIB + 1 :]
    check = verify_image_file(cloud.images, image_of(cloud, other), manifest(**SHA512))
    assert check.differences[0].startswith("sha512: ")
    assert f"bytes {8 * MIB}-{9 * MIB + 3}" in check.differences


def test_an_image_cut_short_is_named(cloud: MemoryCloud) -> None:
    check = verify_image_file(cloud.images, image_of(cloud, DATA[: 5 * MIB]), manifest())
    assert check.differences == (
        f"size_bytes: {len(DATA)} ≠ {5 * MIB}",
        f"bytes {4 * MIB}-{len(DATA) - 1}",
    )


def test_a_broken_qcow2_is_a_difference(cloud: MemoryCloud, tmp_path: Path) -> None:
    image_id = image_of(cloud)
    cloud.world.images.rows[image_id].change(disk_format="qcow2")
    check = verify_disk(cloud.images, image_id, manifest("disk"), tmp_path)
    assert check.differences == ("file: a whole qcow2 ≠ no qcow2 header",)
    assert list(tmp_path.iterdir()) == []


def test_an_image_of_another_length_than_it_says(cloud: MemoryCloud, tmp_path: Path) -> None:
    image_id = image_of(cloud)
    cloud.world.images.rows[image_id].change(size_bytes=len(DATA) - 1)
    with pytest.raises(IntegrityError):
        verify_disk(cloud.images, image_id, manifest("disk"), tmp_path)


def test_a_manifest_that_contradicts_itself_proves_nothing(cloud: MemoryCloud, tmp_path: Path) -> None:
    wrong = msgspec.structs.replace(manifest("disk"), tree_digest="0" * 64)
    with pytest.raises(IntegrityError):
        verify_disk(cloud.images, image_of(cloud), wrong, tmp_path)


def test_many_ranges_are_cut_off(cloud: MemoryCloud, tmp_path: Path) -> None:
    small = manifest_of("image:src", "disk", 1000, lambda at, n: bytes(n), Origin(image_id="src"))
    segments = tuple(type(small.segments[0])(index=i, size_bytes=1, digest="zero") for i in range(1000))
    from migrate.store.manifest import tree_digest

    cut = msgspec.structs.replace(small, segments=segments, segment_bytes=1, tree_digest=tree_digest(segments))
    check = verify_disk(cloud.images, image_of(cloud, b"\0x" * 500), cut, tmp_path)
    assert len(check.differences) == 101
    assert check.differences[0] == "bytes 1-1"
    assert check.differences[-1] == "and 400 more ranges up to byte 999"


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
