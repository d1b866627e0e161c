"""What the ports send, and what they make of the answers."""

import hashlib

import pytest

from migrate.clouds.ports import NewImage, NewServer
from migrate.errors import ConflictError, IntegrityError, NotFound, Refused, TransientError, Unsupported
from migrate.messages import codes
from migrate.model import Keypair, Kind, Router, SecurityGroup, SecurityGroupRule
from tests.openstack.fake_openstack import PROJECT, FakeServer, Open, Reply, Seen

DATA = bytes(range(256)) * 40
FILE = "GET /image/v2/images/i1/file"


def span(seen: Seen) -> tuple[int, int]:
    first, _, last = seen.headers["range"].removeprefix("bytes=").partition("-")
    return int(first), int(last) + 1 if last else len(DATA)


def ranged(seen: Seen) -> Reply:
    if "range" not in seen.headers:
        return Reply(200, DATA)
    start, end = span(seen)
    if start >= len(DATA):
        return Reply(416)
    # Glance sends the checksum of the whole image, whatever the range.
    whole = hashlib.md5(DATA, usedforsecurity=False).hexdigest()
    return Reply(206, DATA[start:end], {"Content-MD5": whole})


@pytest.mark.parametrize("answer", [ranged, Reply(200, DATA), Reply(200, DATA, chunked=True)])
@pytest.mark.parametrize(("start", "end"), [(0, None), (0, 10), (5, 1000), (9000, None), (10239, 10240), (7, 7)])
def test_a_range_is_the_same_from_every_cloud(
    fake: FakeServer, open_shop: Open, answer: Reply, start: int, end: int | None
) -> None:
    fake.on(FILE, answer)
    with open_shop().images.read("i1", start, end) as chunks:
        assert b"".join(chunks) == DATA[start:end]


@pytest.mark.parametrize(
    "answer", [Reply(206, DATA[5:50], claimed_length=95), Reply(206, DATA[5:50]), Reply(200, DATA[:50])]
)
def test_a_range_that_is_short_is_transient(fake: FakeServer, open_shop: Open, answer: Reply) -> None:
    fake.on(FILE, answer)
    with open_shop().images.read("i1", 5, 100) as chunks, pytest.raises(TransientError):
        b"".join(chunks)


def test_ranges_that_cannot_be(fake: FakeServer, open_shop: Open) -> None:
    fake.on(FILE, ranged)
    images = open_shop().images
    with pytest.raises(Refused), images.read("i1", len(DATA), len(DATA) + 5):
        pass
    fake.on(FILE, Reply(204))
    with pytest.raises(NotFound), images.read("i1"):
        pass


def test_hidden_images_are_listed_and_others_are_not(fake: FakeServer, open_shop: Open) -> None:
    def image(image_id: str, owner: str = PROJECT) -> dict[str, object]:
        return {"id": image_id, "name": image_id, "status": "active", "owner": owner, "size": 1}

    def listing(seen: Seen) -> Reply:
        if "os_hidden" in seen.query:
            return Reply(200, {"images": [{**image("h"), "os_hidden": True}]})
        if "marker" in seen.query:
            return Reply(200, {"images": [image("b"), image("x", "another")]})
        following = f"/v2/images?limit=1&owner={PROJECT}&marker=c"
        return Reply(200, {"images": [image("c")], "next": following})

    fake.on("GET /image/v2/images", listing)
    assert [image.id for image in open_shop().images.images()] == ["b", "c", "h"]


def test_an_image_is_born_with_tags_and_properties(fake: FakeServer, open_shop: Open) -> None:
    fake.on("POST /image/v2/images", Reply(201, {"id": "i1"}))
    new = NewImage(name="n", disk_format="raw", tags=("decamp-m-12345678-x",), properties={"hw_disk_bus": "scsi"})
    assert open_shop().images.create(new) == "i1"
    body = fake.calls("POST /image/v2/images")[0].json
    assert (body["tags"], body["hw_disk_bus"]) == (["decamp-m-12345678-x"], "scsi")
    assert "os_hidden" not in body


def test_a_broken_off_upload_that_went_active_is_said(fake: FakeServer, open_shop: Open) -> None:
    fake.on("GET /image/v2/images/i1", Reply(200, {"id": "i1", "status": "active", "size": 3}))
    with pytest.raises(IntegrityError, match="active"):
        open_shop().images.upload("i1", [b"abc"], 10)


# ---------------------------------------------------------------- compute


def test_a_server_is_asked_for_with_a_pinned_microversion(fake: FakeServer, open_shop: Open) -> None:
    fake.on("POST /compute/v2.1/servers", Reply(202, {"server": {"id": "s1"}}))
    new = NewServer(
        name="web",
        flavor_id="f",
        image_id="i",
        port_ids=("p2", "p1"),
        tags=("t",),
        description="d",
        metadata={"decamp-mark": "m"},
        user_data=b"#!",
    )
    assert open_shop().compute.create_server(new) == "s1"
    sent = fake.calls("POST /compute/v2.1/servers")[0]
    assert sent.headers["openstack-api-version"] == "compute 2.52"
    body = sent.json["server"]
    assert body["networks"] == [{"port": "p2"}, {"port": "p1"}]
    assert (body["metadata"], body["tags"], body["user_data"]) == ({"decamp-mark": "m"}, ["t"], "IyE=")
    assert not {"config_drive", "key_name", "availability_zone", "security_groups"} & set(body)


def test_an_old_cloud_refuses_tags_rather_than_to_lose_them(fake: FakeServer, open_shop: Open) -> None:
    cloud = open_shop()
    links = [{"rel": "self", "href": f"{fake.url}/compute/v2.1/"}]
    old = {"id": "v2.1", "status": "CURRENT", "version": "2.38", "min_version": "2.1", "links": links}
    fake.on("GET /compute/v2.1/?", Reply(200, {"version": old}))
    fake.on("POST /compute/v2.1/servers", Reply(202, {"server": {"id": "s1"}}))
    new = NewServer(name="x", flavor_id="f", image_id="i", port_ids=())
    assert cloud.compute.create_server(new) == "s1"
    sent = fake.calls("POST /compute/v2.1/servers")[0]
    assert (sent.headers["x-openstack-nova-api-version"], sent.json["server"]["networks"]) == ("2.38", "none")
    with pytest.raises(Unsupported):
        cloud.compute.create_server(NewServer(name="x", flavor_id="f", image_id="i", port_ids=(), tags=("t",)))


def test_a_keypair_name_that_is_taken(fake: FakeServer, open_shop: Open) -> None:
    fake.on("POST /compute/v2.1/os-keypairs", Reply(409, {"conflictingRequest": {"code": 409, "message": "exists"}}))
    with pytest.raises(ConflictError) as caught:
        open_shop().compute.create_keypair(Keypair(name="k", public_key="ssh-rsa A"))
    assert caught.value.code == codes.IN_THE_WAY


@pytest.mark.parametrize(("status", "raises"), [("SHUTOFF", False), ("PAUSED", True)])
def test_a_409_on_stop_is_looked_into(fake: FakeServer, open_shop: Open, status: str, raises: bool) -> None:
    fake.on("POST /compute/v2.1/servers/s1/action", Reply(409, {"conflictingRequest": {"code": 409, "message": "m"}}))
    fake.on("GET /compute/v2.1/servers/s1", Reply(200, {"server": {"id": "s1", "status": status}}))
    compute = open_shop().compute
    if raises:
        with pytest.raises(Refused):
            compute.stop("s1")
    else:
        compute.stop("s1")


@pytest.mark.parametrize(
    ("server", "raises"),
    [
        ({"status": "ACTIVE"}, False),
        ({"status": "SHUTOFF", "OS-EXT-STS:task_state": "powering-on"}, False),
        ({"status": "SHUTOFF"}, True),
        ({"status": "SUSPENDED"}, True),
    ],
)
def test_a_409_on_start_is_looked_into(fake: FakeServer, open_shop: Open, server: dict[str, str], raises: bool) -> None:
    fake.on("POST /compute/v2.1/servers/s1/action", Reply(409, {"conflictingRequest": {"code": 409, "message": "m"}}))
    fake.on("GET /compute/v2.1/servers/s1", Reply(200, {"server": {"id": "s1", **server}}))
    compute = open_shop().compute
    if raises:
        with pytest.raises(Refused):
            compute.start("s1")
    else:
        compute.start("s1")


@pytest.mark.parametrize(
    ("server", "off"),
    [
        ({"status": "SHUTOFF"}, True),
        ({"status": "SHELVED_OFFLOADED"}, True),
        ({"status": "ACTIVE", "hostId": "h"}, False),
        ({"status": "PAUSED", "hostId": "h"}, False),
        ({"status": "ERROR", "hostId": "h"}, False),
        ({"status": "ERROR", "hostId": ""}, True),
        ({"status": "ERROR", "hostId": "", "OS-EXT-STS:task_state": "spawning"}, False),
    ],
)
def test_a_server_in_error_is_off_if_no_host_ever_took_it(
    fake: FakeServer, open_shop: Open, server: dict[str, str], off: bool
) -> None:
    fake.on("GET /compute/v2.1/servers/s1", Reply(200, {"server": {"id": "s1", **server}}))
    assert open_shop().compute.is_off("s1") is off


@pytest.mark.parametrize(
    "reply",
    [Reply(202, {"image_id": "i9"}), Reply(202, b"", {"Location": "http://glance.inner/v2/images/i9"})],
)
def test_the_image_of_a_server_is_named_by_body_or_header(fake: FakeServer, open_shop: Open, reply: Reply) -> None:
    fake.on("POST /compute/v2.1/servers/s1/action", reply)
    assert open_shop().compute.create_image("s1", "n", {"decamp_mark": "m"}) == "i9"


# ---------------------------------------------------------------- block storage


def test_links_to_an_inner_host_are_followed_on_the_outer_one(fake: FakeServer, open_shop: Open) -> None:
    volume = {"name": "", "size": 1, "status": "available"}
    link = {"rel": "next", "href": "http://inner.invalid:8776/v3/x/volumes/detail?marker=b&limit=1"}
    fake.on(
        f"GET /volume/v3/{PROJECT}/volumes/detail",
        Reply(200, {"volumes": [{"id": "b", **volume}], "volumes_links": [link]}),
        Reply(200, {"volumes": [{"id": "a", **volume}]}),
    )
    assert [one.id for one in open_shop().block.volumes()] == ["a", "b"]
    assert fake.calls("GET .*/detail")[1].query == {"marker": ["b"], "limit": ["1"]}


def test_set_boot_sends_differences_alone(fake: FakeServer, open_shop: Open) -> None:
    now = {"hw_disk_bus": "scsi", "old": "1", "image_id": "i", "size": "5"}
    item = {"id": "v1", "name": "", "size": 1, "status": "available", "bootable": "true", "volume_image_metadata": now}
    fake.on(f"GET /volume/v3/{PROJECT}/volumes/v1", Reply(200, {"volume": item}))
    fake.on(f"POST /volume/v3/{PROJECT}/volumes/v1/action", Reply(200, {}))
    block = open_shop().block
    block.set_boot("v1", bootable=True, image_metadata={"hw_disk_bus": "scsi", "new": "2", "image_id": "z"})
    assert [seen.json for seen in fake.calls("POST .*/action")] == [
        {"os-set_image_metadata": {"metadata": {"new": "2"}}},
        {"os-unset_image_metadata": {"key": "old"}},
    ]


def test_what_is_gone_is_deleted(fake: FakeServer, open_shop: Open) -> None:
    cloud = open_shop()
    cloud.block.delete_volume("v1")
    cloud.block.delete_snapshot("n1")
    cloud.images.delete("i1")
    cloud.objects.delete("c", "o")


# ---------------------------------------------------------------- network


def test_marks_are_found_at_the_beginning_of_own_descriptions(fake: FakeServer, open_shop: Open) -> None:
    items = [
        {"id": "b", "project_id": PROJECT, "description": "decamp-m-1 text", "created_at": "2020-01-02"},
        {"id": "a", "project_id": PROJECT, "description": "decamp-m-1", "created_at": "2020-01-03"},
        {"id": "c", "project_id": PROJECT, "description": "see decamp-m-1"},
        {"id": "d", "project_id": "another", "description": "decamp-m-1"},
    ]
    fake.on("GET /network/v2.0/networks", Reply(200, {"networks": items}))
    assert open_shop().network.marked(Kind.NETWORK, "decamp-m-1") == ["b", "a"]


def test_a_new_group_loses_the_rules_that_clouds_add(fake: FakeServer, open_shop: Open) -> None:
    made = {"id": "g1", "security_group_rules": [{"id": "r1"}, {"id": "r2"}]}
    fake.on("POST /network/v2.0/security-groups", Reply(201, {"security_group": made}))
    fake.on("DELETE /network/v2.0/security-group-rules/.*", Reply(204))
    assert open_shop().network.create_security_group(SecurityGroup(id="", name="web")) == "g1"
    assert [seen.path[-2:] for seen in fake.calls("DELETE .*")] == ["r1", "r2"]


def test_rules_are_added_before_others_are_removed(fake: FakeServer, open_shop: Open) -> None:
    has = [
        {"id": "keep", "direction": "ingress", "ethertype": "IPv4", "protocol": "tcp", "description": "words"},
        {"id": "drop", "direction": "egress", "ethertype": "IPv4"},
    ]
    fake.on("GET /network/v2.0/security-groups/g1", Reply(200, {"security_group": {"security_group_rules": has}}))
    duplicate = {"NeutronError": {"type": "SecurityGroupRuleExists", "message": "m"}}
    fake.on("POST /network/v2.0/security-group-rules", Reply(409, duplicate))
    fake.on("DELETE /network/v2.0/security-group-rules/.*", Reply(204))
    want = (
        SecurityGroupRule(direction="ingress", protocol="TCP", port_min=1, port_max=65535),
        SecurityGroupRule(direction="ingress", protocol="udp", remote_ip_prefix="1.2.3.4"),
    )
    open_shop().network.replace_rules("g1", want)
    writes = [seen for seen in fake.seen if "security-group-rules" in seen.path]
    assert [(seen.method, seen.path[-4:]) for seen in writes] == [("POST", "ules"), ("DELETE", "drop")]
    assert writes[0].json["security_group_rule"]["remote_ip_prefix"] == "1.2.3.4/32"


def test_a_gateway_is_its_network_and_nothing_else(fake: FakeServer, open_shop: Open) -> None:
    fake.on("POST /network/v2.0/routers", Reply(201, {"router": {"id": "r1"}}))
    open_shop().network.create_router(Router(id="", name="r", external_network_id="x"))
    assert fake.calls("POST .*/routers")[0].json["router"]["external_gateway_info"] == {"network_id": "x"}
