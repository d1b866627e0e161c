"""How many requests a scan costs: pages, a constant, one for each container and one for each shared image of ours.

The fake pages as the services do when nobody has changed their limits: Nova and Cinder by 1,000, Swift by 10,000,
Glance by what it is asked for and 1,000 at most, Neutron not at all.
"""

import threading
from dataclasses import dataclass
from math import ceil
from typing import Any
from urllib.parse import quote

import pytest

from migrate.clouds.guard import SourceGuard
from migrate.inventory.scan_project import scan
from migrate.model import Inventory, Kind, ServiceResource
from migrate.policy.scan_left_out import left_out_by
from tests.matrix import one_each, rest
from tests.openstack.fake_openstack import PROJECT, FakeServer, Open, Reply, Seen, keystone

NOVA = CINDER = 1000
GLANCE, SWIFT = 1000, 10_000
ACCOUNT = f"/swift/v1/AUTH_{PROJECT}"


@dataclass
class Tenant:
    servers: int
    volumes: int
    containers: int
    images: int = 0
    shared: int = 0
    listed: int = SWIFT
    """Containers on a page."""

    def requests(self) -> int:
        """What the scan of this tenant may cost, logins and version documents aside."""
        pages = (
            _pages(self.servers, NOVA)
            # Once as they are, once for the servers' devices.
            + 2 * _pages(self.volumes, CINDER)
            + _pages(self.images, GLANCE)
            # Swift's listing goes on until an empty page.
            + ceil(self.containers / self.listed)
            + 1
        )
        return CONSTANT + pages + self.containers + self.shared


def _pages(items: int, size: int) -> int:
    return max(1, ceil(items / size))


CONSTANT = (
    # Facts: flavors, limits, keypairs for their use, zones; volume types, default type, zones, quotas;
    4
    + 4
    # extensions, external networks, quotas; the image schema, usage; Swift's limits, its account's quota.
    + 3
    + 2
    + 2
    # Networks, subnets, routers, ports, groups, floating addresses, trunks.
    + 7
    # Keypairs, server groups, snapshots, backups, hidden images.
    + 5
    # With servers: their flavors and ports.
    + 2
)


def serve(fake: FakeServer, tenant: Tenant) -> None:
    """A whole tenant behind the listings of each service."""
    keystone(fake)
    _nova(fake, tenant)
    _cinder(fake, tenant)
    _neutron(fake, tenant)
    _glance(fake, tenant)
    _swift(fake, tenant)


def _linked(fake: FakeServer, path: str, key: str, items: list[dict[str, Any]], size: int) -> None:
    """Pages with `<key>_links`, as Nova and Cinder have them: a full page has a link to the next."""
    places = {item["id"]: place for place, item in enumerate(items)}

    def answer(seen: Seen) -> Reply:
        start = places[seen.query["marker"][0]] + 1 if "marker" in seen.query else 0
        page = items[start : start + size]
        links = (
            [{"rel": "next", "href": f"http://inner.invalid{path}?marker={page[-1]['id']}"}]
            if len(page) == size
            else []
        )
        return Reply(200, {key: page, f"{key}_links": links})

    fake.on(f"GET {path}", answer)


def _nova(fake: FakeServer, tenant: Tenant) -> None:
    flavor = {"vcpus": 1, "ram": 1024, "disk": 5, "ephemeral": 0, "swap": 0, "original_name": "n1", "extra_specs": {}}
    servers = [
        {
            "id": f"s{number:05}",
            "name": f"web-{number}",
            "status": "ACTIVE",
            "flavor": flavor,
            "image": {"id": "i0"},
            "metadata": {},
            "addresses": {},
            "os-extended-volumes:volumes_attached": [{"id": f"v{number:05}", "delete_on_termination": False}],
        }
        for number in range(tenant.servers)
    ]
    _linked(fake, "/compute/v2.1/servers/detail", "servers", servers, NOVA)
    fake.on("GET /compute/v2.1/flavors/detail", Reply(200, {"flavors": []}))
    fake.on("GET /compute/v2.1/limits", Reply(200, {"limits": {"absolute": {"maxTotalKeypairs": 100}}}))
    fake.on("GET /compute/v2.1/os-availability-zone", Reply(200, {"availabilityZoneInfo": []}))
    fake.on("GET /compute/v2.1/os-keypairs", Reply(200, {"keypairs": []}))
    fake.on("GET /compute/v2.1/os-server-groups", Reply(200, {"server_groups": []}))


def _cinder(fake: FakeServer, tenant: Tenant) -> None:
    base = f"/volume/v3/{PROJECT}"
    volumes = [
        {
            "id": f"v{number:05}",
            "name": "",
            "size": 1,
            "status": "in-use",
            "attachments": [{"server_id": f"s{number:05}", "device": "/dev/vdb"}],
        }
        for number in range(tenant.volumes)
    ]
    _linked(fake, f"{base}/volumes/detail", "volumes", volumes, CINDER)
    for path, answer in {
        "snapshots/detail": {"snapshots": []},
        "backups/detail": {"backups": []},
        "types": {"volume_types": []},
        "types/default": {"volume_type": {"name": "standard"}},
        "os-availability-zone": {"availabilityZoneInfo": []},
        f"os-quota-sets/{PROJECT}": {"quota_set": {}},
    }.items():
        fake.on(f"GET {base}/{path}", Reply(200, answer))


def _neutron(fake: FakeServer, tenant: Tenant) -> None:
    base = "/network/v2.0"
    ports = [
        {"id": f"p{number}", "network_id": "n", "device_id": f"s{number:05}", "project_id": PROJECT}
        for number in range(tenant.servers)
    ]
    lists: dict[str, list[Any]] = {"ports": ports, "extensions": [{"alias": "trunk"}]}
    for key in ("extensions", "networks", "subnets", "routers", "ports", "security_groups", "floatingips", "trunks"):
        fake.on(f"GET {base}/{key.replace('_', '-')}", Reply(200, {key: lists.get(key, [])}))
    fake.on(f"GET {base}/quotas/{PROJECT}/details.json", Reply(200, {"quota": {}}))


def _glance(fake: FakeServer, tenant: Tenant) -> None:
    items = [
        {
            "id": f"i{number:05}",
            "status": "active",
            "owner": PROJECT,
            "visibility": "shared" if number < tenant.shared else "private",
        }
        for number in range(tenant.images)
    ]

    def listing(seen: Seen) -> Reply:
        if "os_hidden" in seen.query:
            return Reply(200, {"images": []})
        start = int(seen.query["marker"][0][1:]) + 1 if "marker" in seen.query else 0
        limit = min(int(seen.query.get("limit", ["25"])[0]), GLANCE)
        page = items[start : start + limit]
        more = {"next": f"/v2/images?limit={limit}&marker={page[-1]['id']}"} if len(page) == limit else {}
        return Reply(200, {"images": page, **more})

    fake.on("GET /image/v2/images", listing)
    fake.on("GET /image/v2/images/[^/]+/members", Reply(200, {"members": [{"member_id": "friend"}]}))
    fake.on("GET /image/v2/schemas/image", Reply(200, {}))
    fake.on("GET /image/v2/info/usage", Reply(200, {"usage": {}}))


def _swift(fake: FakeServer, tenant: Tenant) -> None:
    names = sorted(f"box é {number:06}" for number in range(tenant.containers))

    def listing(seen: Seen) -> Reply:
        marker = seen.query.get("marker", [""])[0]
        page = [name for name in names if name > marker][: tenant.listed]
        return Reply(200, [{"name": name, "count": 1, "bytes": 2} for name in page]) if page else Reply(204)

    fake.on(f"GET {ACCOUNT}", listing)
    fake.on(f"HEAD {ACCOUNT}/.*", Reply(204, b"", {"X-Container-Object-Count": "1", "X-Container-Meta-Color": "blue"}))
    fake.on("GET /info", Reply(200, {"swift": {}}))


def counted(fake: FakeServer) -> list[Seen]:
    """Requests but for logins, version documents and the one by which a service is found to be there at all."""
    versions = ("/", "/v3", "/v3/", "/v3/auth/tokens", "/compute/v2.1/", "/volume/v3/", "/image", "/image/")
    endpoints = ("/network", ACCOUNT)
    return [
        seen
        for seen in fake.seen
        if seen.path not in versions and not (seen.path in endpoints and seen.query == {"limit": ["1"]})
    ]


def taken(open_shop: Open) -> Inventory:
    return scan(open_shop(SourceGuard()), "source")


@pytest.mark.parametrize(
    "tenant",
    [
        Tenant(servers=1, volumes=1, containers=1),
        Tenant(servers=20, volumes=40, containers=100, images=60, shared=3),
        Tenant(servers=1001, volumes=2001, containers=3, images=1001, shared=10),
        Tenant(servers=1, volumes=1, containers=101, listed=100),
        *rest(Tenant(servers=1, volumes=1, containers=10_001)),
    ],
    ids=lambda tenant: f"{tenant.servers}-servers-{tenant.containers}-containers",
)
def test_a_scan_costs_what_its_formula_says(fake: FakeServer, open_shop: Open, tenant: Tenant) -> None:
    serve(fake, tenant)
    inventory = taken(open_shop)
    assert (len(inventory.servers), len(inventory.volumes)) == (tenant.servers, tenant.volumes)
    assert (len(inventory.containers), len(inventory.images)) == (tenant.containers, tenant.images)
    assert len(counted(fake)) == tenant.requests()


def test_what_it_reads_is_whole_and_in_order(fake: FakeServer, open_shop: Open) -> None:
    serve(fake, Tenant(servers=3, volumes=3, containers=40, images=2, shared=1))
    inventory = taken(open_shop)
    assert [one.attachments[0].device for one in inventory.servers] == ["/dev/vdb"] * 3
    assert [one.port_ids for one in inventory.servers] == [("p0",), ("p1",), ("p2",)]
    names = [one.name for one in inventory.containers]
    assert names == sorted(names, key=str.encode) and len(set(names)) == 40
    assert all(one.headers == {"x-container-meta-color": "blue"} for one in inventory.containers)
    assert [one.members for one in inventory.images] == [("friend",), ()]


def test_containers_are_asked_for_several_at_a_time_and_not_all(fake: FakeServer, open_shop: Open) -> None:
    serve(fake, Tenant(servers=0, volumes=0, containers=60))
    lock, meet = threading.Lock(), threading.Event()
    now, most = 0, 0

    def head(_seen: Seen) -> Reply:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
            if now >= 4:
                meet.set()
        # The first ones wait for company, which one at a time would never come.
        if not meet.wait(60):
            meet.set()
        with lock:
            now -= 1
        return Reply(204, b"", {"X-Container-Object-Count": "1"})

    fake.on(f"HEAD {ACCOUNT}/.*", head)
    inventory = taken(open_shop)
    assert 4 <= most <= 8
    assert len(inventory.containers) == 60


def test_a_container_that_vanishes_meanwhile_is_still_listed(fake: FakeServer, open_shop: Open) -> None:
    serve(fake, Tenant(servers=0, volumes=0, containers=5))
    gone = "box é 000002"
    fake.on(f"HEAD {ACCOUNT}/{quote(gone)}", Reply(404))
    found = {one.name: one.headers for one in taken(open_shop).containers}
    assert len(found) == 5 and found[gone] == {}


def test_a_container_that_may_not_be_read_is_named(fake: FakeServer, open_shop: Open) -> None:
    """An entry without its access list would look like a private container."""
    serve(fake, Tenant(servers=0, volumes=0, containers=5))
    fake.on(f"HEAD {ACCOUNT}/.*", Reply(403))
    inventory = taken(open_shop)
    rows = [row for row in inventory.others if row.kind is Kind.CONTAINER]
    assert [row.name for row in rows] == [one.name for one in inventory.containers] and len(rows) == 5
    assert {(row.id, row.details["why"]) for row in rows} == {("", "HTTP 403")}


_LISTINGS = {
    "/compute/v2.1/servers/detail": {"server"},
    "/compute/v2.1/os-keypairs": {"keypair", "compute-quota"},
    "/compute/v2.1/flavors/detail": {"flavor"},
    f"/volume/v3/{PROJECT}/volumes/detail": {"volume"},
    f"/volume/v3/{PROJECT}/snapshots/detail": {"snapshot"},
    "/network/v2.0/networks": {"network", "external-network"},
    "/network/v2.0/ports": {"port"},
    "/network/v2.0/floatingips": {"floating-ip"},
    "/network/v2.0/security-groups": {"security-group"},
    "/network/v2.0/extensions": {"extension"},
    "/image/v2/images": {"image"},
    ACCOUNT: {"container"},
}


@pytest.mark.parametrize(("path", "status"), one_each(sorted(_LISTINGS), [403, 404]))
def test_a_listing_that_is_refused_is_a_row_and_the_rest_is_read(
    fake: FakeServer, open_shop: Open, path: str, status: int
) -> None:
    serve(fake, Tenant(servers=2, volumes=2, containers=2, images=1))
    fake.on(f"GET {path}", Reply(status, {"forbidden": {"code": status, "message": "policy"}}))
    inventory = taken(open_shop)
    rows = {row.name: row.details for row in inventory.others}
    assert rows == {name: {"why": f"HTTP {status}"} for name in _LISTINGS[path]}
    lists = (inventory.servers, inventory.volumes, inventory.containers, inventory.images)
    emptied = {"server", "volume", "container", "image"} & _LISTINGS[path]
    assert [len(one) for one in lists].count(0) == len(emptied)


def test_a_service_that_the_policy_leaves_out_hears_nothing(fake: FakeServer, open_shop: Open) -> None:
    serve(fake, Tenant(servers=2, volumes=2, containers=2, images=1))
    inventory = scan(open_shop(), "source", left_out=left_out_by(("cinder", "swift")))
    assert not fake.calls(".* /volume.*") and not fake.calls(".* /swift.*")
    assert len(inventory.servers) == 2 and inventory.servers[0].attachments[0].device == ""


@pytest.mark.parametrize(
    ("path", "service", "what"),
    [
        ("/compute/v2.1/os-server-groups", "compute", "server-group"),
        (f"/volume/v3/{PROJECT}/backups/detail", "block-storage", "backup"),
    ],
)
def test_what_a_policy_forbids_to_list_is_told(
    fake: FakeServer, open_shop: Open, path: str, service: str, what: str
) -> None:
    serve(fake, Tenant(servers=1, volumes=1, containers=0))
    fake.on(f"GET {path}", Reply(403, {"forbidden": {"code": 403, "message": "policy"}}))
    (row,) = taken(open_shop).others
    assert row == ServiceResource(kind=row.kind, id="", name=what, service=service, details={"why": "HTTP 403"})
