"""Temporaries of a verification: only while the step is ours, and never sent a deletion that the cloud refuses."""

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from migrate.clouds.ports import NewVolume
from migrate.demo.memory import MemoryCloud, World
from migrate.demo.memory.resource_table import GONE
from migrate.demo.memory.sparse_disk import Disk
from migrate.disks.store.manifest import Origin
from migrate.errors import LeaseLost
from migrate.messages import codes
from migrate.model import MARK_KEY, Role
from migrate.step_attempt import Attempt, held_by_nobody
from migrate.verify.disks.expected_content import Captured
from migrate.verify.disks.read_volume import ReadBack, verify_volume
from tests.verify.verify_tools import NoSleep, captured_of, mark

GIB = 1 << 30
MINE = mark("v", Role.TEMPORARY)


@pytest.fixture
def cloud() -> MemoryCloud:
    return MemoryCloud("t", world=World("temporaries"))


@cache
def captured() -> Captured:
    """What a store would say of it: made once, as the volume of each test holds the same."""
    disk = Disk(GIB)
    disk.write(100, b"here")
    return captured_of("volume:v", "disk", GIB, disk.read, Origin(image_id="src"))


def volume_of(cloud: MemoryCloud) -> str:
    volume_id = cloud.block.create_volume(NewVolume(name="data", size_gib=1))
    cloud.world.settle()
    cloud.world.write_volume(volume_id, 100, b"here")
    return volume_id


def check(
    cloud: MemoryCloud, volume_id: str, tmp_path: Path, claim: Callable[[], None] = held_by_nobody
) -> tuple[str, ...]:
    how = ReadBack(MINE.migration, tmp_path, Attempt(claim, stop=NoSleep()))
    found = verify_volume(cloud.block, cloud.images, volume_id, captured(), MINE.source_id, how)
    return found.differences


def left_behind(cloud: MemoryCloud, status: str, then: list[dict[str, Any]]) -> str:
    """A clone of an earlier attempt, or of the runner that has the step now."""
    made = cloud.block.create_volume(NewVolume(name=str(MINE), size_gib=1, metadata={MARK_KEY: str(MINE)}))
    cloud.world.settle()
    row = cloud.world.volumes.rows[made]
    row.change(status=status)
    row.later.extend(then)
    return made


def writes(cloud: MemoryCloud) -> list[tuple[str, str, str]]:
    return [entry for entry in cloud.world.log if entry[0] not in {"GET", "HEAD"}]


class Asked:
    """A claim: says no from the `lost_at`th question on, and notes what the cloud had been sent by then."""

    def __init__(self, cloud: MemoryCloud, lost_at: int = 0) -> None:
        self.cloud, self.lost_at, self.times, self.sent = cloud, lost_at, 0, 0

    def __call__(self) -> None:
        self.times += 1
        if self.times == self.lost_at:
            self.sent = len(writes(self.cloud))
            raise LeaseLost(codes.CLAIM_LOST, step="s")


@pytest.mark.parametrize("held", [False, True])
def test_a_runner_that_has_lost_its_step_makes_and_deletes_nothing(
    cloud: MemoryCloud, tmp_path: Path, held: bool
) -> None:
    """Its successor's temporaries carry the same mark. Lost at each point in turn: nothing is sent from there on."""
    volume_id = volume_of(cloud)
    if held:
        cloud.world.volumes.rows[volume_id].change(status="in-use")
    asked = Asked(cloud)
    assert check(cloud, volume_id, tmp_path, asked) == ()
    # One question for each of: image, and where a server holds the volume snapshot, clone, its mark; then deletions.
    assert asked.times == (7 if held else 2)
    for lost_at in range(1, asked.times + 1):
        losing = Asked(cloud, lost_at)
        with pytest.raises(LeaseLost):
            check(cloud, volume_id, tmp_path, losing)
        assert losing.sent == len(writes(cloud))
        assert check(cloud, volume_id, tmp_path) == ()


@pytest.mark.parametrize("status", ["uploading", "creating"])
def test_what_is_busy_is_deleted_once_it_is_not(cloud: MemoryCloud, tmp_path: Path, status: str) -> None:
    volume_id = volume_of(cloud)
    made = left_behind(cloud, status, [{}, {}, {"status": "available"}])
    assert check(cloud, volume_id, tmp_path) == ()
    assert made not in cloud.world.volumes.rows


def test_what_is_being_deleted_is_not_deleted_again(cloud: MemoryCloud, tmp_path: Path) -> None:
    volume_id = volume_of(cloud)
    made = left_behind(cloud, "deleting", [{}, {}, GONE])
    assert check(cloud, volume_id, tmp_path) == ()
    assert not [entry for entry in writes(cloud) if entry[0] == "DELETE" and made in entry[2]]


def test_what_ended_in_an_error_of_its_own_is_deleted(cloud: MemoryCloud, tmp_path: Path) -> None:
    volume_id = volume_of(cloud)
    made = left_behind(cloud, "error_restoring", [])
    assert check(cloud, volume_id, tmp_path) == ()
    assert made not in cloud.world.volumes.rows
