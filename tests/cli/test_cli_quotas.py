"""Quotas of parts of a service, which the totals do not show: what they leave no room for is told before the run."""

import json
from pathlib import Path

import pytest

from migrate.clouds.memory import MemoryCloud, worlds
from migrate.clouds.ports import NewVolume
from tests.cli.conftest import Decamp


@pytest.fixture
def disks(workspace: Path) -> Path:
    """The small tenant with two volumes, of 2 and 1 GiB."""
    block = MemoryCloud("source", world=worlds["source"], project="small").block
    for name, size_gib in (("data", 2), ("logs", 1)):
        block.create_volume(NewVolume(name=name, size_gib=size_gib))
    worlds["source"].settle()
    return workspace


def limit(world: str, **limits: int) -> None:
    worlds[world].project("small", {key.replace("__", ":"): value for key, value in limits.items()})


def told(decamp: Decamp, root: Path, code: str) -> dict[str, dict[str, str]]:
    """Resource -> facts of the findings with that code."""
    assert decamp("-C", root, "scan").code == 0
    found = json.loads(decamp("-C", root, "check", "-f", "json").out)
    return {one["facts"]["resource"]: one["facts"] for one in found if one["code"] == code}


def move(decamp: Decamp, root: Path, *, approve: bool = True) -> None:
    gate = (("approve", "cut-over", "--who", "Ann"),) if approve else ()
    for command in (("scan",), ("check",), ("plan",), *gate, ("run", "--execute"), ("verify",)):
        result = decamp("-C", root, *command)
        assert result.code == 0, (command, result.out, result.err)


# ---------------------------------------------------------------- volume types


def test_a_volume_type_that_is_full_at_the_target_is_told_before_and_moves_with_another(
    decamp: Decamp, disks: Path
) -> None:
    limit("target", volumes__classic=1, volumes_gib__classic=2)
    found = told(decamp, disks, "DCP-602")
    assert found["volumes (type classic)"] == {
        "resource": "volumes (type classic)", "need": "2", "limit": "1", "used": "0", "short": "1",
    }  # fmt: skip
    assert found["volumes_gib (type classic)"]["short"] == "1"
    assert [decamp("-C", disks, *command).code for command in (("plan",), ("run", "--execute"))] == [3, 2]
    assert not worlds["target"].volumes.rows
    policy = disks / "policy.yaml"
    policy.write_text(policy.read_text().replace("  volume_types: {}", '  volume_types: {"volume:logs": high-speed}'))
    assert not told(decamp, disks, "DCP-602")
    move(decamp, disks)
    made = {row.record.name: row.record.volume_type for row in worlds["target"].volumes.rows.values()}
    assert made == {"data": "classic", "logs": "high-speed"}


def test_what_has_moved_needs_no_room_of_its_type_a_second_time(decamp: Decamp, disks: Path) -> None:
    limit("target", volumes__classic=2, volumes_gib__classic=3)
    move(decamp, disks)
    move(decamp, disks, approve=False)
    assert len(worlds["target"].volumes.rows) == 2


def test_a_root_disk_that_becomes_a_boot_volume_counts_in_its_type(decamp: Decamp, workspace: Path) -> None:
    limit("target", **{"volumes__high-speed": 0})
    policy = workspace / "policy.yaml"
    said = policy.read_text().replace("\n  boot: auto", "\n  boot: volume")
    policy.write_text(said.replace("\n  boot_volume_type:\n", "\n  boot_volume_type: high-speed\n"))
    assert told(decamp, workspace, "DCP-602")["volumes (type high-speed)"]["short"] == "1"


def test_a_volume_type_that_is_full_at_the_source_leaves_no_room_for_the_temporaries(
    decamp: Decamp, disks: Path
) -> None:
    limit("source", snapshots__standard=0, volumes_gib__standard=6)
    found = told(decamp, disks, "DCP-603")
    assert {name: (one["need"], one["short"]) for name, one in found.items()} == {
        "snapshots (type standard)": ("1", "1"), "volumes_gib (type standard)": ("4", "1"),
    }  # fmt: skip
    limit("source", snapshots__standard=-1, volumes_gib__standard=-1)
    assert not told(decamp, disks, "DCP-603")
