"""How many requests a scan costs: pages, a constant, one for each container and one for each shared image of ours.

The fake pages as the services do when nobody has changed their limits: Nova and Cinder by 1,000, Swift by 10,000,
Glance by what it is asked for and 1,000 at most, Neutron not at all.
"""

import threading
from urllib.parse import quote

import pytest

from migrate.clouds.guard import SourceGuard
from migrate.inventory.scan_project import scan
from migrate.model import Inventory, Kind, ServiceResource
from migrate.policy.scan_left_out import left_out_by
from tests.matrix import one_each, rest
from tests.openstack.fake_openstack import PROJECT, FakeServer, Open, Reply, Seen
from tests.openstack.served_tenant import ACCOUNT, Tenant, serve


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
