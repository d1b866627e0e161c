"""Glance: members, pages, what it tells of formats and sizes, and images that stand for volume snapshots."""

import json
from typing import Any

import pytest

from migrate.clouds.openstack.records import translate
from migrate.errors import Denied
from migrate.model import Quota
from tests.openstack.fake_openstack import PROJECT, FakeServer, Open, Reply, Seen, keystone

IMAGES = "/image/v2/images"


def image(image_id: str, **fields: Any) -> dict[str, Any]:
    return {"id": image_id, "name": image_id, "status": "active", "owner": PROJECT, "size": 1, **fields}


def members(*project_ids: str) -> Reply:
    items = [{"member_id": one, "image_id": "i", "status": "pending"} for one in project_ids]
    return Reply(200, {"members": items, "schema": "/v2/schemas/members"})


def test_members_are_asked_for_where_an_image_of_ours_may_have_some(fake: FakeServer, open_shop: Open) -> None:
    items = [
        image("a", visibility="shared"),
        image("b", visibility="private"),
        image("c", visibility="shared", owner="another"),
        image("d", visibility="public"),
    ]
    fake.on(f"GET {IMAGES}", lambda seen: Reply(200, {"images": [] if "os_hidden" in seen.query else items}))
    fake.on(f"GET {IMAGES}/a/members", members("p2", "p1"))
    found = {one.id: one.members for one in open_shop().images.images()}
    assert found == {"a": ("p1", "p2"), "b": (), "d": ()}
    assert len(fake.calls("GET .*/members")) == 1


def test_one_image_is_read_with_its_members(fake: FakeServer, open_shop: Open) -> None:
    fake.on(f"GET {IMAGES}/a", Reply(200, image("a", visibility="shared")))
    fake.on(f"GET {IMAGES}/a/members", members("p1"))
    assert open_shop().images.image("a").members == ("p1",)


def test_members_are_asked_for_once_until_they_change(fake: FakeServer, open_shop: Open) -> None:
    """A run lists all images for each disk that it captures."""
    item = image("a", visibility="shared")
    fake.on(f"GET {IMAGES}", lambda seen: Reply(200, {"images": [] if "os_hidden" in seen.query else [item]}))
    fake.on(f"GET {IMAGES}/a", Reply(200, item))
    fake.on(f"GET {IMAGES}/a/members", members("p1"))
    fake.on(f"POST {IMAGES}/a/members", Reply(200, {"member_id": "p2"}))
    images = open_shop().images
    for _ in range(3):
        assert images.images()[0].members == ("p1",)
    assert len(fake.calls("GET .*/members")) == 1
    fake.on(f"GET {IMAGES}/a/members", members("p1", "p2"))
    images.share("a", "p2")
    assert images.images()[0].members == ("p1", "p2")
    fake.on(f"GET {IMAGES}/a/members", members())
    assert images.image("a").members == images.images()[0].members == ()


def test_before_visibility_shared_private_images_have_members(fake: FakeServer, open_shop: Open) -> None:
    version = {"id": "v2.3", "status": "CURRENT", "links": [{"rel": "self", "href": f"{fake.url}/image/v2/"}]}
    fake.on("GET /image/?", Reply(300, {"versions": [version]}))
    fake.on(f"GET {IMAGES}/a", Reply(200, image("a", visibility="private")))
    fake.on(f"GET {IMAGES}/a/members", members("p1"))
    assert open_shop().images.image("a").members == ("p1",)


def test_pages_are_asked_for_as_large_as_glance_gives_them(fake: FakeServer, open_shop: Open) -> None:
    """Its own choice is 25."""
    items = [image(f"i{number:03}") for number in range(60)]

    def listing(seen: Seen) -> Reply:
        if "os_hidden" in seen.query:
            return Reply(200, {"images": []})
        start = int(seen.query["marker"][0][1:]) + 1 if "marker" in seen.query else 0
        page = items[start : start + min(int(seen.query["limit"][0]), 40)]
        more = {"next": f"/v2/images?limit=40&marker={page[-1]['id']}"} if start + len(page) < len(items) else {}
        return Reply(200, {"images": page, **more})

    fake.on(f"GET {IMAGES}", listing)
    assert len(open_shop().images.images()) == 60
    asked = [seen.query["limit"] for seen in fake.calls(f"GET {IMAGES}") if "os_hidden" not in seen.query]
    assert asked == [["1000"], ["40"]]


# ---------------------------------------------------------------- sharing

FORBIDDEN = Reply(403, b"<html><body>Only shared images have members.</body></html>", {"Content-Type": "text/html"})


def test_a_shared_image_takes_a_member(fake: FakeServer, open_shop: Open) -> None:
    fake.on(f"POST {IMAGES}/a/members", Reply(200, {"member_id": "p1"}))
    open_shop().images.share("a", "p1")
    assert fake.calls("POST .*/members")[0].json == {"member": "p1"}
    assert not fake.calls("PATCH .*")


def test_a_private_image_is_made_a_shared_one_first(fake: FakeServer, open_shop: Open) -> None:
    fake.on(f"POST {IMAGES}/a/members", FORBIDDEN, Reply(200, {"member_id": "p1"}))
    fake.on(f"GET {IMAGES}/a", Reply(200, image("a", visibility="private")))
    fake.on(f"PATCH {IMAGES}/a", Reply(200, image("a", visibility="shared")))
    open_shop().images.share("a", "p1")
    (patch,) = fake.calls("PATCH .*")
    assert patch.json == [{"op": "replace", "path": "/visibility", "value": "shared"}]
    assert patch.headers["content-type"] == "application/openstack-images-v2.1-json-patch"
    assert len(fake.calls("POST .*/members")) == 2


def test_an_image_is_protected_by_a_change_of_that_alone(fake: FakeServer, open_shop: Open) -> None:
    fake.on(f"PATCH {IMAGES}/a", Reply(200, image("a", protected=True)))
    open_shop().images.protect("a")
    (patch,) = fake.calls("PATCH .*")
    assert patch.json == [{"op": "replace", "path": "/protected", "value": True}]


def test_sharing_twice_changes_nothing(fake: FakeServer, open_shop: Open) -> None:
    fake.on(f"POST {IMAGES}/a/members", Reply(409, b"<html><body>Member p1 is duplicated</body></html>"))
    open_shop().images.share("a", "p1")


def test_a_member_that_may_not_be_added_is_told(fake: FakeServer, open_shop: Open) -> None:
    fake.on(f"POST {IMAGES}/a/members", FORBIDDEN)
    fake.on(f"GET {IMAGES}/a", Reply(200, image("a", visibility="shared")))
    with pytest.raises(Denied):
        open_shop().images.share("a", "p1")
    assert not fake.calls("PATCH .*")


# ---------------------------------------------------------------- what Glance tells of itself


def facts_of_images(fake: FakeServer, open_shop: Open) -> Any:
    keystone(fake, leave_out=("compute", "volumev3", "network", "object-store"))
    return open_shop().facts()


def test_formats_and_the_largest_image_are_told(fake: FakeServer, open_shop: Open) -> None:
    schema = {"properties": {"disk_format": {"type": ["null", "string"], "enum": [None, "raw", "qcow2"]}}}
    usage = {"image_size_total": {"usage": 10, "limit": 1000}, "image_count_total": {"usage": 1, "limit": 100}}
    fake.on("GET /image/v2/schemas/image", Reply(200, schema))
    fake.on("GET /image/v2/info/usage", Reply(200, {"usage": usage}))
    facts = facts_of_images(fake, open_shop)
    assert (facts.image_formats, facts.image_size_max_bytes) == (("qcow2", "raw"), 1000 << 20)
    assert facts.quotas == {"images": Quota(limit=100, used=1), "images_mib": Quota(limit=1000, used=10)}


@pytest.mark.parametrize(
    ("schema", "usage"),
    [
        (Reply(404), Reply(404)),
        (Reply(403), Reply(403)),
        (Reply(200, {"properties": {}}), Reply(200, {"usage": {}})),
        (Reply(200, {}), Reply(200, {"usage": {"image_size_total": {"usage": 0, "limit": -1}}})),
    ],
)
def test_what_is_not_told_is_not_known(fake: FakeServer, open_shop: Open, schema: Reply, usage: Reply) -> None:
    fake.on("GET /image/v2/schemas/image", schema)
    fake.on("GET /image/v2/info/usage", usage)
    facts = facts_of_images(fake, open_shop)
    assert (facts.image_formats, facts.image_size_max_bytes, facts.quotas) == ((), None, {})


# ---------------------------------------------------------------- records


def test_the_snapshots_of_a_volume_booted_servers_image() -> None:
    mapping = [
        {"boot_index": 0, "snapshot_id": "n2", "source_type": "snapshot", "device_name": "/dev/vda", "volume_size": 1},
        {"boot_index": None, "snapshot_id": None, "source_type": "blank", "device_name": "/dev/vdc"},
        {"boot_index": None, "snapshot_id": "n1", "source_type": "snapshot", "device_name": "/dev/vdb"},
    ]
    item = image("i", size=0, disk_format=None, bdm_v2="True", block_device_mapping=json.dumps(mapping))
    found = translate.image(item)
    assert (found.volume_backed, found.snapshot_ids, found.properties) == (True, ("n2", "n1"), {})


@pytest.mark.parametrize("mapping", ["", "no JSON", '"text"', "{}", "[1]", None])
def test_a_mapping_that_says_nothing(mapping: Any) -> None:
    assert translate.image(image("i", block_device_mapping=mapping)).snapshot_ids == ()


def test_properties_are_kept_for_the_plan_to_judge() -> None:
    """It names what it drops: kernels, traits, the customer's own words are not the service's."""
    kept = {
        "kernel_id": "k",
        "ramdisk_id": "r",
        "trait:HW_CPU_X86_AVX": "required",
        "os_admin_user": "root",
        "img_hide_hypervisor_id": "true",
        "cw_origin": "Cloudwatt",
        "team": "shop",
    }
    assert (
        translate.image(image("i", **kept, os_glance_importing_to_stores="x", image_type="snapshot")).properties == kept
    )
