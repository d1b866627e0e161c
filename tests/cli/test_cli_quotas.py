"""Quotas of parts of a service, which the totals do not show: what they leave no room for is told before the run."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from migrate.clouds.ports import NewImage, NewServer, NewVolume
from migrate.demo.memory import MemoryCloud, worlds
from migrate.demo.small_tenant import put_object
from migrate.messages import codes
from migrate.model import ServerGroup
from tests.cli.conftest import Decamp

WORKER = "00000000-0000-4000-8000-000000000001"


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
    found = told(decamp, disks, codes.TARGET_QUOTA_SHORT)
    assert found["volumes (type classic)"] == {
        "resource": "volumes (type classic)", "need": "2", "limit": "1", "used": "0", "short": "1",
    }  # fmt: skip
    assert found["volumes_gib (type classic)"]["short"] == "1"
    assert [decamp("-C", disks, *command).code for command in (("plan",), ("run", "--execute"))] == [3, 2]
    assert not worlds["target"].volumes.rows
    policy = disks / "policy.yaml"
    policy.write_text(policy.read_text().replace("  volume_types: {}", '  volume_types: {"volume:logs": high-speed}'))
    assert not told(decamp, disks, codes.TARGET_QUOTA_SHORT)
    move(decamp, disks)
    made = {row.record.name: row.record.volume_type for row in worlds["target"].volumes.rows.values()}
    assert made == {"data": "classic", "logs": "high-speed"}
    # What has moved needs no room of its type a second time.
    move(decamp, disks, approve=False)
    assert len(worlds["target"].volumes.rows) == 2


def test_a_root_disk_that_becomes_a_boot_volume_counts_in_its_type(decamp: Decamp, workspace: Path) -> None:
    limit("target", **{"volumes__high-speed": 0})
    policy = workspace / "policy.yaml"
    said = policy.read_text().replace("\n  boot: auto", "\n  boot: volume")
    policy.write_text(said.replace("\n  boot_volume_type:\n", "\n  boot_volume_type: high-speed\n"))
    assert told(decamp, workspace, codes.TARGET_QUOTA_SHORT)["volumes (type high-speed)"]["short"] == "1"


def test_a_volume_type_that_is_full_at_the_source_leaves_no_room_for_the_temporaries(
    decamp: Decamp, disks: Path
) -> None:
    limit("source", snapshots__standard=0, volumes_gib__standard=6)
    found = told(decamp, disks, codes.SOURCE_QUOTA_SHORT)
    assert {name: (one["need"], one["short"]) for name, one in found.items()} == {
        "snapshots (type standard)": ("1", "1"), "volumes_gib (type standard)": ("4", "1"),
    }  # fmt: skip
    limit("source", snapshots__standard=-1, volumes_gib__standard=-1)
    assert not told(decamp, disks, codes.SOURCE_QUOTA_SHORT)


# ---------------------------------------------------------------- server groups


def test_a_server_group_that_may_not_have_as_many_members_is_told_before(decamp: Decamp, workspace: Path) -> None:
    source = MemoryCloud("source", world=worlds["source"], project="small")
    group_id = source.compute.create_server_group(ServerGroup(id="", name="spread", policy="soft-anti-affinity"))
    for name in ("app-1", "app-2"):
        image_id = source.images.images()[0].id
        source.compute.create_server(
            NewServer(name=name, flavor_id="16", image_id=image_id, port_ids=(), server_group_id=group_id)
        )
    worlds["source"].settle()
    limit("target", server_group_members=1)
    assert told(decamp, workspace, codes.TARGET_QUOTA_SHORT)["server_group_members (spread)"]["short"] == "1"
    limit("target", server_group_members=2)
    assert not told(decamp, workspace, codes.TARGET_QUOTA_SHORT)


# ---------------------------------------------------------------- the object store


def findings(decamp: Decamp, root: Path, *wanted: str) -> list[dict[str, Any]]:
    assert decamp("-C", root, "scan").code == 0
    found = json.loads(decamp("-C", root, "check", "-f", "json").out)
    return [one for one in found if one["code"] in wanted]


def write(content: bytes, name: str = "more.txt") -> None:
    put_object(MemoryCloud("source", world=worlds["source"], project="small"), "notes", name, content, {}, "text/plain")


def test_an_account_that_is_too_small_at_the_target_is_told_before_and_skipping_helps(
    decamp: Decamp, workspace: Path
) -> None:
    write(bytes(2000))
    limit("target", object_bytes=1500)
    (found,) = findings(decamp, workspace, codes.ACCOUNT_QUOTA_SHORT)
    assert (found["level"], found["item"]) == ("blocks", "")
    assert found["facts"] == {"need": "2009", "limit": "1500", "used": "0", "short": "509"}
    assert "the target's Swift account quota is too small" in decamp("-C", workspace, "check").out
    assert [decamp("-C", workspace, *command).code for command in (("plan",), ("run", "--execute"))] == [3, 2]
    assert not worlds["target"].projects["small"].account.containers
    limit("target", object_bytes=2009)
    move(decamp, workspace)
    # What is there needs no room a second time, and what is new does.
    assert not findings(decamp, workspace, codes.ACCOUNT_QUOTA_SHORT)
    write(b"one more", "third.txt")
    (found,) = findings(decamp, workspace, codes.ACCOUNT_QUOTA_SHORT)
    assert (found["facts"]["need"], found["facts"]["short"]) == ("8", "8")
    policy = workspace / "policy.yaml"
    policy.write_text(policy.read_text().replace("\nskip: []", '\nskip: ["container:notes"]'))
    assert not findings(decamp, workspace, codes.ACCOUNT_QUOTA_SHORT)


def test_a_container_that_is_there_with_a_quota_too_small_is_told_before_the_next_pass(
    decamp: Decamp, workspace: Path
) -> None:
    """The quotas are the source's of the first pass; by now it has larger ones, and more in it."""
    of_bytes, of_objects = "x-container-meta-quota-bytes", "x-container-meta-quota-count"
    enough = {of_bytes: "5000", of_objects: "5000"}
    source, target = (MemoryCloud(one, world=worlds[one], project="small").objects for one in ("source", "target"))
    source.put_container("notes", {of_bytes: "1000", of_objects: "1"})
    move(decamp, workspace)
    assert not findings(decamp, workspace, codes.CONTAINER_QUOTA_SHORT)
    source.put_container("notes", enough)
    write(bytes(1000))
    found = findings(decamp, workspace, codes.CONTAINER_QUOTA_SHORT)
    assert {(one["level"], one["name"]) for one in found} == {("blocks", "notes")}
    assert sorted((one["facts"] for one in found), key=str) == [
        {"header": of_bytes, "need": "1009", "limit": "1000"},
        {"header": of_objects, "need": "2", "limit": "1"},
    ]
    # Each of the two blocks alone.
    target.put_container("notes", {of_bytes: "5000"})
    (left,) = findings(decamp, workspace, codes.CONTAINER_QUOTA_SHORT)
    assert left["facts"]["header"] == of_objects
    target.put_container("notes", enough)
    move(decamp, workspace, approve=False)
    assert set(worlds["target"].projects["small"].account.containers["notes"].objects) == {"todo.txt", "more.txt"}


def test_a_store_at_the_target_that_may_be_too_small_for_the_disks_is_told(decamp: Decamp, workspace: Path) -> None:
    """Their sizes are the most that they take: it holds nothing up."""
    policy = workspace / "policy.yaml"
    policy.write_text(policy.read_text().replace('store: "store"', "store:\n  container: decamp-chunks"))
    assert not findings(decamp, workspace, codes.STORE_CONTAINER_SHORT)
    limit("target", object_bytes=500 << 20)
    (found,) = findings(decamp, workspace, codes.STORE_CONTAINER_SHORT)
    assert found["level"] == "advice"
    assert found["facts"] == {"container": "decamp-chunks", "disks": "1074331648", "room": "524287991"}
    move(decamp, workspace)
    assert not findings(decamp, workspace, codes.STORE_CONTAINER_SHORT)


# ---------------------------------------------------------------- images


def image(cloud: str, name: str, content: bytes) -> None:
    images = MemoryCloud(cloud, world=worlds[cloud], project="small").images
    image_id = images.create(NewImage(name=name, disk_format="raw"))
    images.upload(image_id, iter([content]), len(content))


def test_what_images_may_hold_together_at_the_target_is_told_before_and_skipping_helps(
    decamp: Decamp, workspace: Path
) -> None:
    image("source", "golden", bytes(3 << 20))
    image("target", "theirs", bytes(1 << 20))
    limit("target", images_mib=3)
    found = told(decamp, workspace, codes.TARGET_QUOTA_SHORT)
    have = int(found["images_mib"]["need"])
    assert have >= 3 and found["images_mib"]["used"] == "1"
    assert found["images_mib"]["short"] == str(have + 1 - 3)
    assert [decamp("-C", workspace, *command).code for command in (("plan",), ("run", "--execute"))] == [3, 2]
    limit("target", images_mib=have + 1)
    assert not told(decamp, workspace, codes.TARGET_QUOTA_SHORT)
    move(decamp, workspace)
    # What is there needs no room a second time, and what is new does.
    assert not told(decamp, workspace, codes.TARGET_QUOTA_SHORT)
    image("source", "newer", bytes(5 << 20))
    assert told(decamp, workspace, codes.TARGET_QUOTA_SHORT)["images_mib"]["need"] == "5"


def test_the_count_of_images_is_told_for_what_stays_and_for_what_disks_pass_through(
    decamp: Decamp, disks: Path
) -> None:
    limit("target", images=0)
    stays = int(told(decamp, disks, codes.TARGET_QUOTA_SHORT)["images"]["need"])
    limit("target", images=stays + 1)
    assert not told(decamp, disks, codes.TARGET_QUOTA_SHORT)
    assert told(decamp, disks, codes.TARGET_QUOTA_TIGHT)["images"]["disks"] == "1"
    limit("target", images=stays + 2)
    assert not told(decamp, disks, codes.TARGET_QUOTA_TIGHT)
    move(decamp, disks)
    # At the source, those that disks are read through.
    limit("source", images=len(list(worlds["source"].images.of(worlds["source"].projects["small"].id))))
    assert told(decamp, disks, codes.SOURCE_QUOTA_SHORT)["images"]["need"] == "1"


def test_a_total_that_disks_may_go_over_as_they_pass_is_told_with_a_way_out(decamp: Decamp, disks: Path) -> None:
    """Volumes of 2 and 1 GiB, whose images hold what is written to them: nothing."""
    for cloud in worlds:
        limit(cloud, images_mib=2000)
    found = findings(decamp, disks, codes.IMAGE_QUOTA_SHORT)
    assert {(one["level"], one["facts"]["cloud"]): one["facts"]["key"] for one in found} == {
        ("advice", "source/small"): "disks.capture",
        ("advice", "target/small"): "disks.restore",
    }
    assert len(found) == 2 and all(int(one["facts"]["need"]) >= 3072 for one in found)
    policy = disks / "policy.yaml"
    text = policy.read_text()
    for way, worker, other in (
        ("capture", "source_worker", "target/small"),
        ("restore", "target_worker", "source/small"),
    ):
        attached = re.sub(rf"^  {way}: glance$", f"  {way}: attached", text, flags=re.MULTILINE)
        attached = re.sub(rf"^  {worker}:.*$", f"  {worker}: {WORKER}", attached, flags=re.MULTILINE)
        assert attached.count("attached\n") > text.count("attached\n") and WORKER in attached
        policy.write_text(attached)
        left = [one for one in findings(decamp, disks, codes.IMAGE_QUOTA_SHORT) if int(one["facts"]["need"]) >= 3072]
        assert [one["facts"]["cloud"] for one in left] == [other]
    policy.write_text(text)
    move(decamp, disks)


def test_a_disk_larger_than_an_image_may_be_waits_for_a_decision(decamp: Decamp, disks: Path) -> None:
    """The rest moves; the disk is in the store, and moves once somebody knows that what it holds is smaller."""
    worlds["target"].offer = replace(worlds["target"].offer, image_size_max_bytes=3 << 29)
    (found,) = findings(decamp, disks, codes.DISK_OVER_IMAGE_LIMIT)
    assert (found["level"], found["name"]) == ("blocks", "data")
    assert found["facts"] == {"size": "2147483648", "limit": "1610612736", "cloud": "target/small"}
    shown = decamp("-C", disks, "check").out
    assert "disks.restore to attached" in shown and "accept DCP-906" in shown
    names = [("plan",), ("approve", "cut-over", "--who", "Ann"), ("run", "--execute"), ("verify",)]
    assert [decamp("-C", disks, *command).code for command in names] == [3, 0, 3, 0]
    made = {row.record.name for row in worlds["target"].volumes.rows.values()}
    assert made == {"logs"}
    text = decamp("-C", disks, "report", "-f", "md", "-o", "-").out
    assert codes.DISK_OVER_IMAGE_LIMIT in text and "data" in text
    policy = disks / "policy.yaml"
    policy.write_text(policy.read_text().replace("\naccept: []", '\naccept: ["DCP-906:volume:data"]'))
    move(decamp, disks, approve=False)
    made = {row.record.name for row in worlds["target"].volumes.rows.values()}
    assert made == {"logs", "data"}
