"""Services that are only listed: which are asked, in what shape they answer, and what is told when they do not."""

from typing import Any

import pytest

from migrate.clouds.guard import SourceGuard
from migrate.errors import AccessError, NotFound
from migrate.messages import codes
from migrate.model import Kind, ServiceResource, StackSource
from tests.openstack.fake_openstack import PROJECT, FakeServer, Open, Reply, Seen, keystone

CORE = ("volumev3", "compute", "image", "network", "object-store")
Rows = list[ServiceResource]


def catalogue(fake: FakeServer, *more: tuple[str, str]) -> None:
    """Nothing but these services; each without a version document, as behind most front ends."""
    keystone(fake, leave_out=CORE, more=more)


def rows(open_shop: Open) -> Rows:
    found: Rows = open_shop(SourceGuard()).others.resources()
    return found


def test_what_the_catalogue_does_not_name_is_not_asked(fake: FakeServer, open_shop: Open) -> None:
    catalogue(fake, ("placement", "/placement"), ("cloudformation", "/cfn/v1"), ("metric", "/metric"))
    assert rows(open_shop) == []
    assert {seen.path for seen in fake.seen} <= {"/v3", "/v3/", "/v3/auth/tokens"}


def test_load_balancers(fake: FakeServer, open_shop: Open) -> None:
    """The catalogue's address has no version: it stands before the path."""
    catalogue(fake, ("load-balancer", "/load-balancer"))
    item = {
        "id": "lb1",
        "name": "front",
        "project_id": PROJECT,
        "provisioning_status": "ACTIVE",
        "operating_status": "ONLINE",
        "vip_address": "10.0.0.9",
        "vip_port_id": "p1",
        "vip_subnet_id": "s1",
        "provider": "amphora",
        "listeners": [{"id": "l1"}],
        "pools": [],
    }
    links = [{"rel": "next", "href": "http://inner.invalid/v2/lbaas/loadbalancers?marker=lb1"}]
    fake.on(
        "GET /load-balancer/v2/lbaas/loadbalancers",
        Reply(200, {"loadbalancers": [item], "loadbalancers_links": links}),
        Reply(200, {"loadbalancers": [{**item, "id": "lb2", "name": None, "vip_port_id": None}]}),
    )
    details = {"address": "10.0.0.9", "port": "p1", "provider": "amphora", "status": "ACTIVE"}
    assert rows(open_shop) == [
        ServiceResource(kind=Kind.LOAD_BALANCER, id="lb1", name="front", service="load-balancer", details=details),
        ServiceResource(
            kind=Kind.LOAD_BALANCER,
            id="lb2",
            name="",
            service="load-balancer",
            details={key: value for key, value in details.items() if key != "port"},
        ),
    ]


def test_zones_and_names_of_addresses(fake: FakeServer, open_shop: Open) -> None:
    catalogue(fake, ("dns", "/dns/v2"))
    zone = {
        "id": "z1",
        "name": "shop.example.",
        "type": "PRIMARY",
        "email": "a@b.example",
        "status": "ACTIVE",
        "ttl": 60,
    }
    fake.on(
        "GET /dns/v2/zones",
        Reply(200, {"zones": [zone], "links": {"self": "x", "next": "http://inner.invalid/v2/zones?marker=z1"}}),
        Reply(200, {"zones": [{**zone, "id": "z2", "name": "b.example."}], "links": {"self": "x"}}),
    )
    addresses = [
        {"id": "fr1:f1", "ptrdname": "mail.shop.example.", "address": "203.0.113.7"},
        {"id": "fr1:f2", "ptrdname": None, "address": "203.0.113.8"},
    ]
    fake.on("GET /dns/v2/reverse/floatingips", Reply(200, {"floatingips": addresses, "links": {"self": "x"}}))
    found = {row.id: row for row in rows(open_shop)}
    assert list(found) == ["fr1:f1", "z1", "z2"]
    assert found["z1"].details == {"type": "PRIMARY", "email": "a@b.example", "status": "ACTIVE"}
    assert found["fr1:f1"].name == "mail.shop.example."
    assert found["fr1:f1"].details == {"what": "PTR record", "address": "203.0.113.7"}


def test_of_a_secret_its_name_is_read_and_never_its_payload(fake: FakeServer, open_shop: Open) -> None:
    catalogue(fake, ("key-manager", "/key-manager"))
    secret = {
        "secret_ref": "http://inner.invalid/v1/secrets/6ea98324",
        "name": "tls key",
        "secret_type": "private",
        "algorithm": None,
        "bit_length": None,
        "status": "ACTIVE",
        "expiration": None,
        "content_types": {"default": "text/plain"},
        "creator_id": "u1",
        "payload": "hunter2",
    }
    container = {"container_ref": "http://inner.invalid/v1/containers/77", "name": "tls", "type": "certificate"}
    following = "http://inner.invalid/v1/secrets?limit=100&offset=100"
    fake.on(
        "GET /key-manager/v1/secrets",
        Reply(200, {"secrets": [secret], "total": 101, "next": following}),
        Reply(200, {"secrets": [], "total": 101}),
    )
    fake.on("GET /key-manager/v1/containers", Reply(200, {"containers": [container], "total": 1}))
    found = rows(open_shop)
    assert [(row.kind, row.id, row.name) for row in found] == [
        (Kind.SECRET, "6ea98324", "tls key"),
        (Kind.SECRET, "77", "tls"),
    ]
    assert found[0].details == {"type": "private", "status": "ACTIVE"}
    assert "hunter2" not in str(found)
    assert [seen.query["offset"] for seen in fake.calls("GET .*/secrets")] == [["0"], ["100"]]
    assert not [seen for seen in fake.seen if "payload" in seen.path]


@pytest.mark.parametrize(
    ("service", "address", "path", "key", "item", "kind", "details"),
    [
        (
            "sharev2",
            f"/share/v2/{PROJECT}",
            f"/share/v2/{PROJECT}/shares/detail",
            "shares",
            {"id": "x1", "name": "docs", "share_proto": "NFS", "size": 5, "status": "available", "project_id": PROJECT},
            Kind.SHARE,
            {"protocol": "NFS", "size_gib": "5", "status": "available"},
        ),
        (
            "container-infra",
            "/container-infra/v1",
            "/container-infra/v1/clusters",
            "clusters",
            {
                "uuid": "x1",
                "name": "docs",
                "node_count": 2,
                "master_count": 1,
                "status": "CREATE_COMPLETE",
                "labels": {},
            },
            Kind.CLUSTER,
            {"nodes": "2", "masters": "1", "status": "CREATE_COMPLETE"},
        ),
        (
            "database",
            f"/database/v1.0/{PROJECT}",
            f"/database/v1.0/{PROJECT}/instances",
            "instances",
            {
                "id": "x1",
                "name": "docs",
                "status": "ACTIVE",
                "datastore": {"type": "mysql", "version": "5.7"},
                "volume": {"size": 2},
                "flavor": {"id": "1"},
            },
            Kind.DATABASE,
            {"type": "mysql", "version": "5.7", "size_gib": "2", "status": "ACTIVE"},
        ),
        (
            "data-processing",
            f"/sahara/v1.1/{PROJECT}",
            f"/sahara/v1.1/{PROJECT}/clusters",
            "clusters",
            {"id": "x1", "name": "docs", "status": "Active", "plugin_name": "vanilla"},
            Kind.CLUSTER,
            {"plugin": "vanilla", "status": "Active"},
        ),
        (
            "alarming",
            "/alarm",
            "/alarm/v2/alarms",
            "",
            {"alarm_id": "x1", "name": "docs", "type": "threshold", "state": "ok", "project_id": PROJECT},
            Kind.OTHER,
            {"type": "threshold", "state": "ok"},
        ),
        (
            "workflowv2",
            "/workflow/v2",
            "/workflow/v2/workflows",
            "workflows",
            {"id": "x1", "name": "docs", "scope": "private", "project_id": PROJECT},
            Kind.OTHER,
            {"what": "workflow", "scope": "private"},
        ),
    ],
)
def test_a_listing_of_each_service(
    fake: FakeServer,
    open_shop: Open,
    service: str,
    address: str,
    path: str,
    key: str,
    item: dict[str, Any],
    kind: Kind,
    details: dict[str, str],
) -> None:
    catalogue(fake, (service, address))
    other = {**item, "project_id": "another", "id": "x2", "uuid": "x2", "alarm_id": "x2"}
    items = [item, other]
    fake.on("GET /workflow/v2/cron_triggers", Reply(200, {"cron_triggers": []}))
    fake.on(f"GET {path}", Reply(200, {key: items} if key else items))
    (row,) = rows(open_shop)
    assert (row.kind, row.id, row.name, row.details) == (kind, "x1", "docs", details)


def test_the_next_page_of_a_plain_list_of_links(fake: FakeServer, open_shop: Open) -> None:
    """Trove's, 20 instances at a time."""
    catalogue(fake, ("database", f"/database/v1.0/{PROJECT}"))
    link = [{"rel": "next", "href": f"https://inner.invalid/v1.0/{PROJECT}/instances?marker=a"}]
    fake.on(
        f"GET /database/v1.0/{PROJECT}/instances",
        Reply(200, {"instances": [{"id": "a", "links": []}], "links": link}),
        Reply(200, {"instances": [{"id": "b", "links": []}], "links": []}),
    )
    assert [row.id for row in rows(open_shop)] == ["a", "b"]


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Reply(403, {"error": {"code": 403, "message": "policy"}}), "HTTP 403"),
        (Reply(404), "HTTP 404"),
        (Reply(500), "HTTP 500"),
        (Reply(503), "HTTP 503"),
        (Reply(401, {"error": {"code": 401, "message": "m"}}), "HTTP 401"),
        (Reply(200, b"<html>Welcome</html>"), codes.CLOUD_UNAVAILABLE),
    ],
)
def test_a_service_that_refuses_is_told_by_one_row(fake: FakeServer, open_shop: Open, answer: Reply, why: str) -> None:
    catalogue(fake, ("key-manager", "/key-manager/v1"), ("database", f"/database/v1.0/{PROJECT}"))
    fake.on("GET /key-manager/v1/.*", answer)
    fake.on(f"GET /database/v1.0/{PROJECT}/instances", Reply(200, {"instances": [{"id": "a"}]}))
    refused, listed = sorted(rows(open_shop), key=lambda row: row.id)
    assert refused == ServiceResource(kind=Kind.SECRET, id="", name="", service="key-manager", details={"why": why})
    assert listed.id == "a"


def test_a_service_where_nobody_answers_is_told(fake: FakeServer, open_shop: Open) -> None:
    catalogue(fake, ("key-manager", "/key-manager/v1"), ("database", f"/database/v1.0/{PROJECT}"))
    fake.on("GET /key-manager/v1.*", Reply(hang_up=True))
    fake.on(f"GET /database/v1.0/{PROJECT}/instances", Reply(200, {"instances": [{"id": "a"}]}))
    silent, listed = sorted(rows(open_shop), key=lambda row: row.id)
    assert (silent.kind, silent.service, listed.id) == (Kind.SECRET, "key-manager", "a")
    assert silent.details["why"].endswith("ConnectFailure")


def test_a_service_that_nobody_knows_is_told(fake: FakeServer, open_shop: Open) -> None:
    catalogue(fake, ("sandwich", "/sandwich/v1"))
    assert rows(open_shop) == [
        ServiceResource(kind=Kind.OTHER, id="", name="", service="sandwich", details={"why": "unknown"})
    ]
    assert not fake.calls("GET /sandwich/.*")


def test_a_login_that_fails_is_no_row(fake: FakeServer, open_shop: Open) -> None:
    catalogue(fake, ("key-manager", "/key-manager/v1"))
    others = open_shop().others
    assert others.resources()[0].details == {"why": "HTTP 404"}
    fake.on("GET /key-manager/v1/.*", Reply(401))
    fake.on("POST /v3/auth/tokens", Reply(401, {"error": {"code": 401, "message": "m"}}))
    with pytest.raises(AccessError):
        others.resources()


# ---------------------------------------------------------------- extensions of the network service


def test_what_extensions_hold_is_listed_and_no_key_of_theirs(fake: FakeServer, open_shop: Open) -> None:
    keystone(fake, leave_out=("volumev3", "compute", "image", "object-store"))
    aliases = ("lbaasv2", "vpnaas", "fwaas_v2", "policy")
    fake.on("GET /network/v2.0/extensions", Reply(200, {"extensions": [{"alias": alias} for alias in aliases]}))
    balancer = {"id": "lb", "name": "front", "tenant_id": PROJECT, "vip_address": "10.0.0.9", "vip_port_id": "p"}
    tunnel = {"id": "vpn", "name": "office", "peer_address": "192.0.2.9", "psk": "hunter2", "status": "ACTIVE"}
    groups = [{"id": "g1", "name": "default"}, {"id": "g2", "name": "web"}]
    fake.on("GET /network/v2.0/lbaas/loadbalancers", Reply(200, {"loadbalancers": [balancer]}))
    fake.on("GET /network/v2.0/vpn/vpnservices", Reply(200, {"vpnservices": []}))
    fake.on("GET /network/v2.0/vpn/ipsec-site-connections", Reply(200, {"ipsec_site_connections": [tunnel]}))
    fake.on("GET /network/v2.0/fwaas/firewall_groups", Reply(200, {"firewall_groups": groups}))
    fake.on("GET /network/v2.0/policys", Reply(403))
    found = rows(open_shop)
    assert [(row.kind, row.id, row.service) for row in found] == [
        (Kind.LOAD_BALANCER, "lb", "network"),
        (Kind.OTHER, "", "network"),
        (Kind.OTHER, "g2", "network"),
        (Kind.OTHER, "vpn", "network"),
    ]
    assert (found[1].name, found[1].details) == ("policy", {"why": "HTTP 403"})
    assert found[3].details == {"what": "IPsec connection", "peer": "192.0.2.9", "status": "ACTIVE"}
    assert "hunter2" not in str(found)
    assert not fake.calls("GET .*/(lb/vips|fw/firewalls|qos/policies|subnetpools)")


# ---------------------------------------------------------------- stacks

HEAT = f"/heat/v1/{PROJECT}"


def stack(fake: FakeServer, name: str = "shop front") -> None:
    catalogue(fake, ("orchestration", HEAT))
    item = {
        "id": "k1",
        "stack_name": name,
        "stack_status": "CREATE_COMPLETE",
        "description": "web",
        "creation_time": "2016-01-01T00:00:00Z",
        "links": [],
    }
    elder = {**item, "id": "k0", "stack_name": "elder"}

    def listing(seen: Seen) -> Reply:
        # Releases before the filter by id ignore it.
        return Reply(200, {"stacks": [elder, item]})

    fake.on(f"GET {HEAT}/stacks", listing)


def test_stacks_are_listed(fake: FakeServer, open_shop: Open) -> None:
    stack(fake)
    found = rows(open_shop)
    assert [(row.kind, row.id, row.name) for row in found] == [
        (Kind.STACK, "k0", "elder"),
        (Kind.STACK, "k1", "shop front"),
    ]
    assert found[1].details == {
        "status": "CREATE_COMPLETE",
        "created": "2016-01-01T00:00:00Z",
        "description": "web",
    }


def test_a_stack_is_read_with_what_it_was_made_of(fake: FakeServer, open_shop: Open) -> None:
    stack(fake)
    at = f"{HEAT}/stacks/shop%20front/k1"
    resources = [
        {"resource_name": "web", "resource_type": "OS::Nova::Server", "physical_resource_id": "s1"},
        {"resource_name": "group", "resource_type": "OS::Heat::ResourceGroup", "physical_resource_id": "k2"},
        {"resource_name": "late", "resource_type": "OS::Cinder::Volume", "physical_resource_id": ""},
    ]
    parameters = {"key": "me", "password": "******", "OS::stack_id": "k1", "size": 3}
    fake.on(f"GET {at}", Reply(200, {"stack": {"id": "k1", "parameters": parameters}}))
    template = {"heat_template_version": "2013-05-23", "resources": {"web": {"type": "OS::Nova::Server"}}}
    fake.on(f"GET {at}/template", Reply(200, template))
    fake.on(f"GET {at}/resources", Reply(200, {"resources": resources}))
    found = open_shop(SourceGuard()).others.stack("k1")
    assert isinstance(found, StackSource)
    assert (found.id, found.name) == ("k1", "shop front")
    assert found.parameters == {"key": "me", "password": "******", "OS::stack_id": "k1", "size": "3"}
    assert found.resources == {
        "group": ("OS::Heat::ResourceGroup", "k2"),
        "late": ("OS::Cinder::Volume", ""),
        "web": ("OS::Nova::Server", "s1"),
    }
    assert '"heat_template_version": "2013-05-23"' in found.template
    assert fake.calls(f"GET {HEAT}/stacks")[0].query == {"id": ["k1"], "show_nested": ["true"]}


def test_a_stack_that_is_gone(fake: FakeServer, open_shop: Open) -> None:
    stack(fake)
    with pytest.raises(NotFound) as caught:
        open_shop().others.stack("k9")
    assert caught.value.facts["kind"] == "stack"
