"""A tenant that a server of ours plays."""

from dataclasses import dataclass
from math import ceil
from typing import Any

from tests.openstack.fake_openstack import PROJECT, FakeServer, Reply, Seen, keystone

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
