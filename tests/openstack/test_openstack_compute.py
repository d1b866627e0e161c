"""Nova: what a server is asked for with, server groups on old and new clouds, and what is read of either."""

from collections.abc import Callable
from typing import Any

import pytest

from migrate.clouds.openstack.records import translate
from migrate.clouds.ports import NewServer
from migrate.errors import NotFound, QuotaExceeded, Refused, Unreadable, Unsupported
from migrate.model import Quota, ServerGroup
from tests.openstack.fake_openstack import PROJECT, FakeServer, Open, Reply, Seen, keystone

SERVERS, GROUPS = "POST /compute/v2.1/servers", "/compute/v2.1/os-server-groups"


def new(**fields: Any) -> NewServer:
    return NewServer(**{"name": "web", "flavor_id": "f", "image_id": None, "port_ids": ("p1",), **fields})


def test_a_server_boots_from_a_volume_and_from_nothing_else(fake: FakeServer, open_shop: Open) -> None:
    fake.on(SERVERS, Reply(202, {"server": {"id": "s1"}}))
    open_shop().compute.create_server(new(boot_volume_id="v1", boot_volume_delete=True))
    body = fake.calls(SERVERS)[0].json["server"]
    assert body["block_device_mapping_v2"] == [
        {
            "uuid": "v1",
            "source_type": "volume",
            "destination_type": "volume",
            "boot_index": 0,
            "delete_on_termination": True,
        }
    ]
    assert "imageRef" not in body


def test_a_server_that_boots_from_an_image_has_no_device_mapping(fake: FakeServer, open_shop: Open) -> None:
    fake.on(SERVERS, Reply(202, {"server": {"id": "s1"}}))
    open_shop().compute.create_server(new(image_id="i1"))
    request = fake.calls(SERVERS)[0].json
    assert request["server"]["imageRef"] == "i1"
    assert "block_device_mapping_v2" not in request["server"]
    assert set(request) == {"server"}


@pytest.mark.parametrize("both", [{}, {"image_id": "i1", "boot_volume_id": "v1"}])
def test_no_boot_disk_or_two_are_not_sent(fake: FakeServer, open_shop: Open, both: dict[str, str]) -> None:
    with pytest.raises(Refused):
        open_shop().compute.create_server(new(**both))
    assert not fake.calls(SERVERS)


def test_the_group_of_a_server_stands_beside_it(fake: FakeServer, open_shop: Open) -> None:
    fake.on(SERVERS, Reply(202, {"server": {"id": "s1"}}))
    open_shop().compute.create_server(new(image_id="i1", server_group_id="g1"))
    assert fake.calls(SERVERS)[0].json["os:scheduler_hints"] == {"group": "g1"}


# ---------------------------------------------------------------- console

ACTION, SERVER = "POST /compute/v2.1/servers/s1/action", "GET /compute/v2.1/servers/s1"


def test_the_console_is_asked_for_its_last_lines(fake: FakeServer, open_shop: Open) -> None:
    fake.on(ACTION, Reply(200, {"output": "login: \x1b[0m"}))
    assert open_shop().compute.console_output("s1", 500) == "login: \x1b[0m"
    assert fake.calls(ACTION)[0].json == {"os-getConsoleOutput": {"length": 500}}


@pytest.mark.parametrize("status", [404, 409])
def test_a_console_that_is_not_there_yet_is_empty_and_a_server_that_is_not_there_an_error(
    fake: FakeServer, open_shop: Open, status: int
) -> None:
    fake.on(ACTION, Reply(status, {"itemNotFound": {"message": "Unable to get console", "code": status}}))
    fake.on(SERVER, Reply(200, {"server": {"id": "s1", "status": "BUILD"}}))
    assert open_shop().compute.console_output("s1", 500) == ""
    fake.on(SERVER, Reply(404, {"itemNotFound": {"message": "no such server", "code": 404}}))
    with pytest.raises(NotFound):
        open_shop().compute.console_output("s1", 500)


@pytest.mark.parametrize("odd", [[], {"output": None}, {"output": {"a": 1}}, {}])
def test_an_odd_console_is_empty_or_unreadable(fake: FakeServer, open_shop: Open, odd: Any) -> None:
    fake.on(ACTION, Reply(200, odd))
    try:
        assert open_shop().compute.console_output("s1", 500) == ""
    except Unreadable:
        assert odd == {"output": {"a": 1}}


# ---------------------------------------------------------------- attachments

ATTACHMENTS = "POST /compute/v2.1/servers/s1/os-volume_attachments"


@pytest.mark.parametrize(
    ("delete", "asked", "sent"),
    [(False, "2.60", {"volumeId": "v1"}), (True, "2.79", {"volumeId": "v1", "delete_on_termination": True})],
)
def test_a_volume_is_attached_without_a_device_name(
    fake: FakeServer, open_shop: Open, delete: bool, asked: str, sent: dict[str, Any]
) -> None:
    """A name that is asked for is not the one that the guest sees, nor the one that reads back."""
    fake.on(ATTACHMENTS, Reply(200, {"volumeAttachment": {"id": "v1", "device": "/dev/sdb"}}))
    open_shop().compute.attach("s1", "v1", delete_on_termination=delete)
    (seen,) = fake.calls(ATTACHMENTS)
    assert seen.json == {"volumeAttachment": sent}
    assert seen.headers["openstack-api-version"] == f"compute {asked}"


@pytest.mark.parametrize(("newest", "asked"), [("2.79", "2.60"), ("2.59", "2.59"), ("", None)])
def test_a_volume_of_a_type_for_several_servers_needs_a_newer_nova(
    fake: FakeServer, open_shop: Open, newest: str, asked: str | None
) -> None:
    """Nova says 400 to such a volume below 2.60, also where nobody else holds it; it may be too old for 2.60."""
    keystone(fake, nova=newest)
    fake.on(ATTACHMENTS, Reply(200, {"volumeAttachment": {"id": "v1"}}))
    fake.on(SERVERS, Reply(202, {"server": {"id": "s1"}}))
    compute = open_shop().compute
    compute.attach("s1", "v1")
    compute.create_server(new(boot_volume_id="v1"))
    for call in (ATTACHMENTS, SERVERS):
        assert fake.calls(call)[0].headers.get("openstack-api-version") == (f"compute {asked}" if asked else None)


@pytest.mark.parametrize("newest", ["2.78", ""])
def test_delete_on_termination_is_never_dropped_without_a_word(fake: FakeServer, open_shop: Open, newest: str) -> None:
    keystone(fake, nova=newest)
    with pytest.raises(Unsupported):
        open_shop().compute.attach("s1", "v1", delete_on_termination=True)
    assert not fake.calls(ATTACHMENTS)


def test_a_volume_that_is_on_its_way_off_is_not_refused(fake: FakeServer, open_shop: Open) -> None:
    """Nova says 400 to the second request; what the volume says decides. One that is neither stays refused."""
    one = f"GET /volume/v3/{PROJECT}/volumes/v1"
    fake.on("DELETE /compute/v2.1/servers/s1/os-volume_attachments/v1", Reply(400, {"badRequest": {"message": "no"}}))
    held = [{"server_id": "s1", "device": "/dev/vdb"}]
    for status, attachments in (("detaching", held), ("available", []), ("in-use", [{"server_id": "s2"}])):
        fake.on(one, Reply(200, {"volume": {"id": "v1", "size": 1, "status": status, "attachments": attachments}}))
        open_shop().compute.detach("s1", "v1")
    fake.on(one, Reply(200, {"volume": {"id": "v1", "size": 1, "status": "in-use", "attachments": held}}))
    with pytest.raises(Refused):
        open_shop().compute.detach("s1", "v1")


def test_attachments_are_listed_in_one_request(fake: FakeServer, open_shop: Open) -> None:
    row = {"id": "v1", "volumeId": "v1", "serverId": "s1", "device": "/dev/vdb", "delete_on_termination": True}
    fake.on("GET /compute/v2.1/servers/s1/os-volume_attachments", Reply(200, {"volumeAttachments": [row]}))
    (found,) = open_shop().compute.attachments("s1")
    assert (found.volume_id, found.server_id, found.delete_on_termination) == ("v1", "s1", True)
    assert len(fake.calls("GET .*/servers/s1.*")) == 1 and not fake.calls("GET /volume/.*")


# ---------------------------------------------------------------- server groups

ANTI = ServerGroup(id="", name="ha", policy="anti-affinity")
SOFT = ServerGroup(id="", name="ha", policy="soft-affinity")


@pytest.mark.parametrize(
    ("newest", "want", "asked", "sent"),
    [
        ("2.79", SOFT, "2.64", {"name": "ha", "policy": "soft-affinity"}),
        ("2.64", ANTI, "2.64", {"name": "ha", "policy": "anti-affinity"}),
        ("2.63", SOFT, "2.63", {"name": "ha", "policies": ["soft-affinity"]}),
        ("2.14", ANTI, "2.14", {"name": "ha", "policies": ["anti-affinity"]}),
        ("", ANTI, None, {"name": "ha", "policies": ["anti-affinity"]}),
    ],
)
def test_a_group_is_made_in_the_words_of_the_cloud(
    fake: FakeServer, open_shop: Open, newest: str, want: ServerGroup, asked: str | None, sent: dict[str, Any]
) -> None:
    keystone(fake, nova=newest)
    fake.on(f"POST {GROUPS}", Reply(200, {"server_group": {"id": "g1"}}))
    assert open_shop().compute.create_server_group(want) == "g1"
    seen = fake.calls(f"POST {GROUPS}")[0]
    assert seen.json == {"server_group": sent}
    assert seen.headers.get("openstack-api-version") == (f"compute {asked}" if asked else None)


@pytest.mark.parametrize("newest", ["2.14", ""])
def test_a_soft_policy_is_never_made_a_hard_one(fake: FakeServer, open_shop: Open, newest: str) -> None:
    keystone(fake, nova=newest)
    with pytest.raises(Unsupported):
        open_shop().compute.create_server_group(SOFT)
    assert not fake.calls(f"POST {GROUPS}")


def test_too_many_groups_are_a_quota_and_no_refusal(fake: FakeServer, open_shop: Open) -> None:
    full = {"forbidden": {"code": 403, "message": "Quota exceeded, too many server groups."}}
    fake.on(f"POST {GROUPS}", Reply(403, full))
    with pytest.raises(QuotaExceeded):
        open_shop().compute.create_server_group(ANTI)


def group(group_id: str, **fields: Any) -> dict[str, Any]:
    return {"id": group_id, "name": group_id.upper(), "members": [], "project_id": PROJECT, **fields}


def paged(items: list[dict[str, Any]], size: int) -> Callable[[Seen], Reply]:
    def answer(seen: Seen) -> Reply:
        start = int(seen.query.get("offset", ["0"])[0])
        return Reply(200, {"server_groups": items[start : start + size]})

    return answer


def test_groups_come_page_by_page_in_both_shapes(fake: FakeServer, open_shop: Open) -> None:
    items = [
        group("c", policy="affinity", members=["s2", "s1"]),
        group("a", policies=["soft-anti-affinity"], metadata={}),
        group("b", policies=[]),
    ]
    fake.on(f"GET {GROUPS}", paged(items, 2))
    found = open_shop().compute.server_groups()
    assert [(one.id, one.policy, one.member_ids) for one in found] == [
        ("a", "soft-anti-affinity", ()),
        ("b", "", ()),
        ("c", "affinity", ("s1", "s2")),
    ]
    assert [seen.query for seen in fake.calls(f"GET {GROUPS}")] == [{}, {"offset": ["2"]}, {"offset": ["3"]}]


def test_a_cloud_without_server_groups_has_none(fake: FakeServer, open_shop: Open) -> None:
    fake.on(f"GET {GROUPS}", Reply(404, {}))
    assert open_shop().compute.server_groups() == []


def test_a_cloud_that_knows_no_offset_ends_the_listing_too(fake: FakeServer, open_shop: Open) -> None:
    fake.on(f"GET {GROUPS}", Reply(200, {"server_groups": [group("a", policies=["affinity"])]}))
    assert [one.id for one in open_shop().compute.server_groups()] == ["a"]
    assert len(fake.calls(f"GET {GROUPS}")) == 2


# ---------------------------------------------------------------- an old cloud


def test_a_cloud_of_version_2_1_alone_is_read(fake: FakeServer, open_shop: Open) -> None:
    """Flavors by id, nothing about locks, tags or descriptions, and no header that it would not know."""
    keystone(fake, nova="")
    item = {
        "id": "s1",
        "name": "web",
        "status": "ACTIVE",
        "flavor": {"id": "f1"},
        "image": {"id": "i1"},
        "addresses": {},
        "os-extended-volumes:volumes_attached": [{"id": "v1"}],
        "created": "2016-01-01T00:00:00Z",
    }
    flavor = {"id": "f1", "name": "n1", "vcpus": 1, "ram": 1024, "disk": 5, "swap": 512}
    volume = {"id": "v1", "name": "d", "size": 1, "status": "in-use"}
    fake.on("GET /compute/v2.1/servers/detail", Reply(200, {"servers": [item]}))
    fake.on("GET /compute/v2.1/flavors/detail", Reply(200, {"flavors": [flavor]}))
    fake.on(f"GET /volume/v3/{PROJECT}/volumes/detail", Reply(200, {"volumes": [volume]}))
    fake.on("GET /network/v2.0/ports", Reply(200, {"ports": []}))
    (server,) = open_shop().compute.servers()
    assert (server.flavor.name, server.flavor.swap_mib, server.locked, server.tags) == ("n1", 512, False, ())
    assert [(one.volume_id, one.delete_on_termination) for one in server.attachments] == [("v1", False)]
    sent = [seen.headers for seen in fake.calls("GET /compute/v2.1/servers/detail")]
    assert not any("openstack-api-version" in headers for headers in sent)


def test_a_flavor_that_is_not_listed_is_asked_for_by_its_id(fake: FakeServer, open_shop: Open) -> None:
    """A private one, or one that nobody may take any more; one that is gone leaves its id."""
    keystone(fake, nova="")
    item = {"status": "ACTIVE", "image": {"id": "i1"}, "addresses": {}}
    servers = [{**item, "id": one, "flavor": {"id": one}} for one in ("hidden", "gone")]
    hidden = {"id": "hidden", "name": "gpu", "vcpus": 8, "ram": 65536, "disk": 40}
    fake.on("GET /compute/v2.1/servers/detail", Reply(200, {"servers": servers}))
    fake.on("GET /compute/v2.1/flavors/detail", Reply(200, {"flavors": []}))
    fake.on("GET /compute/v2.1/flavors/hidden", Reply(200, {"flavor": hidden}))
    fake.on(f"GET /volume/v3/{PROJECT}/volumes/detail", Reply(200, {"volumes": []}))
    fake.on("GET /network/v2.0/ports", Reply(200, {"ports": []}))
    found = {server.id: server.flavor for server in open_shop().compute.servers()}
    assert (found["hidden"].name, found["hidden"].ram_mib) == ("gpu", 65536)
    assert (found["gone"].id, found["gone"].vcpus) == ("gone", 0)


def test_no_older_microversion_is_asked_for_than_the_cloud_still_has(fake: FakeServer, open_shop: Open) -> None:
    cloud = open_shop()
    links = [{"rel": "self", "href": f"{fake.url}/compute/v2.1/"}]
    recent = {"id": "v2.1", "status": "CURRENT", "version": "2.99", "min_version": "2.60", "links": links}
    fake.on("GET /compute/v2.1/?", Reply(200, {"version": recent}))
    fake.on("GET /compute/v2.1/os-keypairs", Reply(200, {"keypairs": []}))
    cloud.compute.keypairs()
    assert fake.calls("GET .*/os-keypairs")[0].headers["openstack-api-version"] == "compute 2.60"


# ---------------------------------------------------------------- records


@pytest.mark.parametrize(
    ("metadata", "stack_id"),
    [
        ({"metering.stack": "k1"}, "k1"),
        ({"metering.server_group": "k2"}, "k2"),
        ({"metering.stack": ""}, None),
        ({}, None),
    ],
)
def test_the_stack_that_a_template_notes_on_its_servers(metadata: dict[str, str], stack_id: str | None) -> None:
    assert translate.server({"id": "s1", "metadata": metadata}, [], {}, []).stack_id == stack_id


@pytest.mark.parametrize(("swap", "mib"), [("", 0), (0, 0), (1024, 1024), ("512", 512), (None, 0)])
def test_swap_of_a_flavor(swap: Any, mib: int) -> None:
    item = {"id": "f", "name": "n", "vcpus": 1, "ram": 1, "disk": 1, "swap": swap}
    assert translate.flavor(item).swap_mib == mib
    embedded = {"id": "s", "flavor": {**item, "original_name": "n"}}
    assert translate.server(embedded, [], {}, []).flavor.swap_mib == mib


def test_locked_and_the_state_are_told(fake: FakeServer, open_shop: Open) -> None:
    item = {"id": "s1", "status": "SHELVED_OFFLOADED", "locked": True, "OS-EXT-STS:task_state": "shelving"}
    fake.on("GET /compute/v2.1/servers/s1", Reply(200, {"server": item}))
    fake.on("GET /compute/v2.1/flavors/detail", Reply(200, {"flavors": []}))
    fake.on("GET /network/v2.0/ports", Reply(200, {"ports": []}))
    server = open_shop().compute.server("s1")
    assert (server.status, server.locked, server.task_state) == ("SHELVED_OFFLOADED", True, "shelving")


def test_server_groups_have_a_quota(fake: FakeServer, open_shop: Open) -> None:
    absolute = {"maxServerGroups": 10, "totalServerGroupsUsed": 3, "maxTotalInstances": -1, "totalInstancesUsed": 1}
    absolute["maxServerGroupMembers"] = 7
    fake.on("GET /compute/v2.1/limits", Reply(200, {"limits": {"absolute": absolute}}))
    empty: dict[str, Any] = {"flavors": [], "availabilityZoneInfo": []}
    fake.on("GET /compute/v2.1/(flavors/detail|os-availability-zone)", Reply(200, empty))
    keystone(fake, leave_out=("volumev3", "network", "image", "object-store"))
    quotas = open_shop().facts().quotas
    assert quotas == {
        "server_groups": Quota(limit=10, used=3),
        "server_group_members": Quota(limit=7),
        "servers": Quota(limit=-1, used=1),
    }


# ---------------------------------------------------------------- what was done to a server

ACTIONS = "GET /compute/v2.1/servers/s1/os-instance-actions"


def done(action: str, second: int) -> dict[str, str]:
    return {"action": action, "request_id": f"req-{action}-{second}", "start_time": f"2026-01-01T00:00:{second:02d}.5"}


def test_the_last_thing_that_was_done_to_a_server_tells_its_stops_apart(fake: FakeServer, open_shop: Open) -> None:
    """Our own images of it are no such thing, nor is a lock: each capture would be one of another stop."""
    told = [done("createImage", 9), done("lock", 8), done("stop", 7), done("create", 1), done("start", 3)]
    fake.on(ACTIONS, Reply(200, {"instanceActions": told}))
    assert open_shop().compute.last_action("s1") == "req-stop-7"


@pytest.mark.parametrize("answer", [Reply(403, {}), Reply(404, {}), Reply(200, {"instanceActions": []})])
def test_a_cloud_that_tells_nothing_of_it_says_so(fake: FakeServer, open_shop: Open, answer: Reply) -> None:
    fake.on(ACTIONS, answer)
    assert open_shop().compute.last_action("s1") == ""


def test_all_that_was_done_to_a_server_is_listed_by_name(fake: FakeServer, open_shop: Open) -> None:
    told = [done("attach_volume", 2), done("create", 1)]
    fake.on(ACTIONS, Reply(200, {"instanceActions": told}))
    assert open_shop().compute.actions("s1") == ("attach_volume", "create")
