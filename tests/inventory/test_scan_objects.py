"""What a scan looks at beyond a summary: places on S3, whose names may be anybody's; listings, when it is asked to."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from migrate.clouds.guard import ReadOnly
from migrate.clouds.objects_at_s3 import CloudWithS3
from migrate.clouds.ports import ObjectInfo
from migrate.demo.memory import MemoryCloud
from migrate.demo.memory.world import World
from migrate.errors import Cancelled, Denied, Refused, TransientError
from migrate.inventory.diff import changes
from migrate.inventory.inventory_file import read_inventory, write_inventory
from migrate.inventory.object_names_check import count_refused_names
from migrate.inventory.scan_project import scan
from migrate.messages import codes
from migrate.model import ON_S3, Inventory, Kind, OddObjects, ServiceResource
from migrate.monitor import StopFlag
from migrate.policy.s3_object_limits import ObjectLimits, oddness

LIMITS = ObjectLimits(key_bytes=20, refused_keys=("empty-part",))


def put(cloud: MemoryCloud, container: str, *names: str) -> None:
    cloud.objects.put_container(container, {})
    for name in names:
        cloud.objects.put(container, ObjectInfo(name=name, size_bytes=1, etag="", content_type="x/y"), [b"x"])


@pytest.fixture
def store() -> World:
    """Any store of objects that answers by its port: three places, of which one is somebody else's."""
    world = World("s3")
    cloud = MemoryCloud("s3", world=world)
    put(cloud, "photos", "a", "b")
    put(cloud, "empty")
    put(cloud, "strangers")
    put(cloud, "beside")
    world.fail_next("HEAD", "/strangers", Denied(codes.NOT_ALLOWED, what="HEAD", status=403))
    return world


def on_s3(store: World, *places: str) -> Inventory:
    there = CloudWithS3(
        MemoryCloud("new", world=World("new"), gatekeeper=ReadOnly()),
        MemoryCloud("s3", world=store, gatekeeper=ReadOnly()).objects,
    )
    return scan(there, "target", places)


def test_of_s3_the_places_are_looked_at_and_nothing_else(store: World) -> None:
    found = on_s3(store, "photos", "empty", "strangers", "free")
    assert ON_S3 in found.facts.services and found.facts.object_limits == {}
    assert [(one.name, one.objects) for one in found.containers] == [("empty", 0), ("photos", 1)]
    row = ServiceResource(
        kind=Kind.CONTAINER, id="strangers", name="strangers", service=ON_S3, details={"why": "HTTP 403"}
    )
    assert row in found.others


def test_a_bucket_of_another_region_is_not_ours_to_look_at(store: World) -> None:
    store.fail_next("HEAD", "/beside", Refused(codes.BAD_REQUEST, what="HEAD", status=301))
    assert [row.details for row in on_s3(store, "beside").others if row.name == "beside"] == [{"why": "HTTP 301"}]


def test_a_store_that_understands_nothing_ends_the_scan(store: World) -> None:
    store.fail_next("HEAD", "/beside", Refused(codes.BAD_REQUEST, what="HEAD", status=400))
    with pytest.raises(Refused):
        on_s3(store, "beside")


def test_a_look_at_s3_writes_nothing(store: World) -> None:
    before = len([one for one in store.log if one[0] == "PUT"])
    on_s3(store, "photos", "empty", "strangers", "free")
    assert len([one for one in store.log if one[0] == "PUT"]) == before


def test_the_targets_own_swift_is_not_asked_where_containers_go_to_s3(store: World) -> None:
    there = World("new")
    scan(CloudWithS3(MemoryCloud("new", world=there), MemoryCloud("s3", world=store).objects), "target", ["photos"])
    assert [path for _, service, path in there.log if service == "object-store"] == ["/info"]


def test_a_store_that_does_not_answer_ends_the_scan(store: World) -> None:
    store.fail_next("HEAD", "/photos", TransientError(codes.CLOUD_UNAVAILABLE, what="x"))
    with pytest.raises(TransientError):
        on_s3(store, "empty", "photos", *(f"free{number}" for number in range(50)))


# ---------------------------------------------------------------- listings


@pytest.fixture
def tenant() -> MemoryCloud:
    cloud = MemoryCloud("old", world=World("old"))
    put(cloud, "plain", "a", "b/c")
    put(cloud, "odd", "a", "b//c", "d//e", "x" * 30, "y" * 31)
    cloud.objects.put_container("empty", {})
    return cloud


def counted(cloud: MemoryCloud, *, key_prefix: str = "", stop: StopFlag | None = None) -> Inventory:
    inventory = scan(cloud, "source")
    return count_refused_names(
        cloud.objects, inventory, lambda _, entry: oddness(entry, LIMITS, key_prefix), stop or StopFlag()
    )


def test_what_is_odd_is_counted_with_an_example(tenant: MemoryCloud) -> None:
    found = {container.name: container.odd for container in counted(tenant).containers}
    assert found == {
        "plain": (),
        "empty": (),
        "odd": (
            OddObjects(why="empty-part", objects=2, example="b//c"),
            OddObjects(why="key-too-long", objects=2, example="x" * 30),
        ),
    }


def test_the_place_of_a_container_counts(tenant: MemoryCloud) -> None:
    found = {container.name: container.odd for container in counted(tenant, key_prefix="p" * 19).containers}
    assert found["plain"] == (OddObjects(why="key-too-long", objects=1, example="b/c"),)


def test_a_scan_that_did_not_look_says_nothing_of_it(tenant: MemoryCloud, tmp_path: Path) -> None:
    """As before: the document, and so its seal, is the same."""
    write_inventory(tmp_path / "source.json", scan(tenant, "source"))
    assert '"odd":' not in (tmp_path / "source.json").read_text()
    looked = counted(tenant)
    write_inventory(tmp_path / "source.json", looked)
    assert read_inventory(tmp_path / "source.json") == looked


def test_that_one_scan_looked_and_the_other_did_not_is_no_change(tenant: MemoryCloud) -> None:
    before = counted(tenant)
    assert changes(scan(tenant, "source"), before) == changes(before, scan(tenant, "source")) == []
    put(tenant, "plain", "new//name")
    assert "containers plain odd" in {change.path for change in changes(before, counted(tenant))}


def test_a_container_that_is_gone_by_then_is_left_as_it_was(tenant: MemoryCloud) -> None:
    inventory = scan(tenant, "source")
    gone = replace(inventory, containers=(replace(inventory.containers[0], name="gone"),))
    assert count_refused_names(tenant.objects, gone, lambda _, entry: "x", StopFlag()) == gone


def test_ctrl_c_ends_it(tenant: MemoryCloud) -> None:
    stop = StopFlag()
    stop.set()
    with pytest.raises(Cancelled):
        counted(tenant, stop=stop)
