"""Comparisons of images and volumes by literals: the target's own words are no difference, all else is named."""

import pytest

from migrate.model import Image, Snapshot, Volume
from migrate.model.steps import RestoreVolume
from migrate.verify.fields import disk_fields as fields
from tests.verify.verify_names import MARK, replace

IMAGE = Image(id="s", name="i", status="active", visibility="shared", tags=("a",), properties={"hw_disk_bus": "scsi"})
IMAGE_THERE = replace(IMAGE, id="t", visibility="private", tags=("a", MARK))


def test_an_image_with_our_mark_and_the_clouds_own_properties_is_the_same() -> None:
    own = {"hw_disk_bus": "scsi", "stores": "file", "os_glance_importing_to_stores": "", "owner_id": "x"}
    assert fields.image(IMAGE, (), replace(IMAGE_THERE, properties=own)) == ()
    snapshot = replace(IMAGE, properties={"hw_disk_bus": "scsi", "instance_uuid": "x", "image_type": "snapshot"})
    assert fields.image(snapshot, (), IMAGE_THERE) == ()


@pytest.mark.parametrize(
    "change",
    [
        {"status": "queued"},
        {"name": "x"},
        {"disk_format": "qcow2"},
        {"container_format": "ovf"},
        {"min_disk_gib": 1},
        {"min_ram_mib": 1},
        {"protected": True},
        {"hidden": True},
        {"tags": (MARK,)},
        {"visibility": "public"},
    ],
)
def test_every_field_of_an_image_counts(change: dict[str, object]) -> None:
    found = fields.image(IMAGE, (), replace(IMAGE_THERE, **change))
    assert [difference.partition(":")[0] for difference in found] == list(change)


def test_an_image_is_seen_by_the_planned_projects_and_no_others() -> None:
    shared = replace(IMAGE_THERE, visibility="shared", members=("b", "a"))
    assert fields.image(IMAGE, ("a", "b"), shared) == ()
    assert fields.image(IMAGE, ("a", "b"), replace(shared, members=("a",))) == ("members: [a, b] ≠ [a]",)
    assert fields.image(IMAGE, (), shared) == ("members: [] ≠ [a, b]",)
    assert fields.image(IMAGE, ("a", "b"), replace(shared, visibility="private")) == ("visibility: shared ≠ private",)


def test_an_image_that_points_at_snapshots_is_a_trap() -> None:
    for change in ({"snapshot_ids": ("x",)}, {"properties": {"hw_disk_bus": "scsi", "block_device_mapping": "x"}}):
        assert fields.image(IMAGE, (), replace(IMAGE_THERE, **change)) == ("block_device_mapping: none ≠ x",)
    assert fields.root_image({}, replace(IMAGE_THERE, volume_backed=True)) == ("block_device_mapping: none ≠ present",)


def test_a_snapshot_that_became_an_image_has_its_name() -> None:
    snapshot = Snapshot(id="s", volume_id="v", name="", size_gib=1, status="available")
    there = replace(IMAGE_THERE, name="snapshot of v")
    assert fields.snapshot_image(snapshot, {"hw_disk_bus": "scsi"}, there) == ()
    assert fields.snapshot_image(replace(snapshot, name="before"), {}, there) == ("name: before ≠ snapshot of v",)


def test_properties_are_named_one_by_one() -> None:
    other = replace(IMAGE_THERE, properties={"hw_scsi_model": "x"})
    assert fields.image(IMAGE, (), other) == (
        "property hw_disk_bus: scsi ≠ none",
        "property hw_scsi_model: none ≠ x",
    )
    assert fields.root_image({"os": "linux"}, replace(IMAGE_THERE, properties={})) == ("property os: linux ≠ none",)
    assert fields.root_image({}, replace(IMAGE_THERE, properties={}, visibility="public")) == (
        "visibility: private ≠ public",
    )


VOLUME = Volume(id="s", name="v", size_gib=2, status="in-use", bootable=True, metadata={"a": "b"}, volume_type="ssd")
VOLUME_THERE = replace(
    VOLUME,
    id="t",
    metadata={"a": "b", "decamp-mark": MARK, "readonly": "False"},
    image_metadata={"image_id": "x", "size": "1", "min_disk": "0"},
    volume_type="fast",
    availability_zone="az-9",
)


def test_a_volume_of_the_planned_type_is_the_same() -> None:
    assert fields.volume(RestoreVolume(volume=VOLUME), VOLUME_THERE) == ()
    assert fields.volume(RestoreVolume(volume=VOLUME, volume_type="fast"), VOLUME_THERE) == ()
    planned = RestoreVolume(volume=VOLUME, volume_type="slow", availability_zone="az-1")
    assert fields.volume(planned, VOLUME_THERE) == ("volume_type: slow ≠ fast", "availability_zone: az-1 ≠ az-9")


@pytest.mark.parametrize(
    "change",
    [
        {"name": "x"},
        {"size_gib": 3},
        {"description": "x"},
        {"bootable": False},
        {"metadata": {}},
        {"image_metadata": {"hw_x": "y"}},
        {"status": "error"},
    ],
)
def test_every_field_of_a_volume_counts(change: dict[str, object]) -> None:
    found = fields.volume(RestoreVolume(volume=VOLUME), replace(VOLUME_THERE, **change))
    assert len(found) == 1
    assert found[0].startswith(next(iter(change)))
