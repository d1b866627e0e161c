"""Neutron: trunks, port forwardings, DHCP, routes, and what else a port, a router or a whole cloud tells."""

from typing import Any

import pytest
from msgspec.structs import replace

from migrate.clouds.openstack.records import translate_network as net
from migrate.clouds.ports import NetworkState
from migrate.errors import QuotaExceeded, Refused, TransientError
from migrate.model import (
    DhcpOption,
    FloatingIp,
    HostRoute,
    Kind,
    Network,
    Port,
    PortForwarding,
    Quota,
    Router,
    SubPort,
    Trunk,
)
from tests.openstack.fake_openstack import PROJECT, FakeServer, Open, Reply

BASE = "/network/v2.0"
EMPTY = {"networks", "subnets", "routers", "ports", "security_groups", "floatingips"}
TRUNK, FORWARDING = "trunk", "floating-ip-port-forwarding"


def network(fake: FakeServer, *aliases: str, **lists: list[dict[str, Any]]) -> None:
    """The listings of a network service, empty but for `lists`; with these extensions."""
    for key in sorted(EMPTY | set(lists)):
        path = key.replace("security_groups", "security-groups")
        items = [{"project_id": PROJECT, **item} for item in lists.get(key, [])]
        fake.on(f"GET {BASE}/{path}", Reply(200, {key: items}))
    extensions(fake, *aliases)


def extensions(fake: FakeServer, *aliases: str) -> None:
    fake.on(f"GET {BASE}/extensions", Reply(200, {"extensions": [{"alias": alias} for alias in aliases]}))


def state(open_shop: Open) -> NetworkState:
    found: NetworkState = open_shop().network.state()
    return found


# ---------------------------------------------------------------- trunks

ITEM = {
    "id": "t1",
    "name": "router-vm",
    "description": "mine",
    "port_id": "p0",
    "admin_state_up": True,
    "status": "ACTIVE",
    "sub_ports": [
        {"port_id": "p2", "segmentation_type": "vlan", "segmentation_id": 200},
        {"port_id": "p1", "segmentation_type": "vlan", "segmentation_id": 100},
    ],
}
RECORD = Trunk(
    id="t1",
    name="router-vm",
    port_id="p0",
    description="mine",
    sub_ports=(
        SubPort(port_id="p1", segmentation_type="vlan", segmentation_id=100),
        SubPort(port_id="p2", segmentation_type="vlan", segmentation_id=200),
    ),
)


def test_trunks_are_listed_with_their_ports(fake: FakeServer, open_shop: Open) -> None:
    network(fake, TRUNK, trunks=[ITEM, {**ITEM, "id": "t0", "project_id": "another"}])
    assert state(open_shop).trunks == (RECORD,)


def test_trunks_are_not_asked_for_where_there_are_none(fake: FakeServer, open_shop: Open) -> None:
    network(fake, "router", trunks=[ITEM])
    assert state(open_shop).trunks == ()
    assert open_shop().network.marked(Kind.TRUNK, "decamp-m-1") == []
    assert not fake.calls(".*/trunks")


@pytest.mark.parametrize("answer", [Reply(404), Reply(403)])
def test_a_cloud_that_does_not_list_its_extensions_is_asked(fake: FakeServer, open_shop: Open, answer: Reply) -> None:
    network(fake, trunks=[ITEM])
    fake.on(f"GET {BASE}/extensions", answer)
    assert state(open_shop).trunks == (RECORD,)
    fake.on(f"GET {BASE}/trunks", Reply(404))
    assert state(open_shop).trunks == ()


def test_extensions_are_asked_for_once(fake: FakeServer, open_shop: Open) -> None:
    network(fake, TRUNK, trunks=[])
    service = open_shop().network
    service.state()
    service.state()
    assert len(fake.calls(f"GET {BASE}/extensions")) == 1


def test_a_passing_fault_is_not_taken_for_a_cloud_without_extensions(fake: FakeServer, open_shop: Open) -> None:
    network(fake, TRUNK, trunks=[ITEM])
    listing = Reply(200, {"extensions": [{"alias": TRUNK}]})
    fake.on(f"GET {BASE}/extensions", *[Reply(503)] * 4, listing)
    service: Any = open_shop().network
    with pytest.raises(TransientError):
        service.extensions()
    assert service.extensions() == (TRUNK,)


def test_a_trunk_is_made_with_its_mark_and_its_ports(fake: FakeServer, open_shop: Open) -> None:
    fake.on(f"POST {BASE}/trunks", Reply(201, {"trunk": {"id": "t9"}}))
    assert open_shop().network.create_trunk(RECORD) == "t9"
    assert fake.calls(f"POST {BASE}/trunks")[0].json["trunk"] == {
        "port_id": "p0",
        "name": "router-vm",
        "description": "mine",
        "admin_state_up": True,
        "sub_ports": [
            {"port_id": "p1", "segmentation_type": "vlan", "segmentation_id": 100},
            {"port_id": "p2", "segmentation_type": "vlan", "segmentation_id": 200},
        ],
    }


def test_a_marked_trunk_is_found(fake: FakeServer, open_shop: Open) -> None:
    network(fake, TRUNK, trunks=[{**ITEM, "description": "decamp-m-1 mine"}])
    assert open_shop().network.marked(Kind.TRUNK, "decamp-m-1") == ["t1"]


# ---------------------------------------------------------------- port forwardings

ADDRESS = {"floating_network_id": "x", "floating_ip_address": "203.0.113.7", "port_id": None}
SINGLE = {
    "id": "f1",
    "protocol": "tcp",
    "external_port": 2222,
    "internal_port": 22,
    "internal_ip_address": "10.0.0.5",
    "internal_port_id": "p1",
    "description": "ssh",
}
RANGE = {
    **SINGLE,
    "id": "f2",
    "protocol": "udp",
    "external_port": None,
    "internal_port": None,
    "external_port_range": "5000:5010",
    "internal_port_range": "6000:6010",
}
SSH = PortForwarding(
    protocol="tcp",
    external_port=2222,
    internal_port=22,
    internal_ip_address="10.0.0.5",
    internal_port_id="p1",
    description="ssh",
)


def forwardings(fake: FakeServer, address: str, *items: dict[str, Any]) -> None:
    fake.on(f"GET {BASE}/floatingips/{address}/port_forwardings", Reply(200, {"port_forwardings": list(items)}))


def test_forwardings_are_read_of_addresses_that_may_have_some(fake: FakeServer, open_shop: Open) -> None:
    addresses: list[dict[str, Any]] = [
        {"id": "a", **ADDRESS, "port_forwardings": [{"id": "f1"}]},
        {"id": "b", **ADDRESS, "port_forwardings": []},
        {"id": "c", **ADDRESS, "port_id": "p1"},
        {"id": "d", **ADDRESS},
    ]
    network(fake, FORWARDING, floatingips=addresses)
    forwardings(fake, "a", RANGE, SINGLE)
    forwardings(fake, "d")
    found = {one.id: one.port_forwardings for one in state(open_shop).floating_ips}
    assert found["a"] == (
        SSH,
        PortForwarding(
            protocol="udp",
            external_port=5000,
            external_port_max=5010,
            internal_port=6000,
            internal_port_max=6010,
            internal_ip_address="10.0.0.5",
            internal_port_id="p1",
            description="ssh",
        ),
    )
    assert (found["b"], found["c"], found["d"]) == ((), (), ())
    assert sorted(seen.path for seen in fake.calls("GET .*/port_forwardings")) == [
        f"{BASE}/floatingips/{address}/port_forwardings" for address in ("a", "d")
    ]


def test_no_forwardings_are_asked_for_without_the_extension(fake: FakeServer, open_shop: Open) -> None:
    network(fake, "router", floatingips=[{"id": "a", **ADDRESS}])
    assert state(open_shop).floating_ips[0].port_forwardings == ()
    assert not fake.calls("GET .*/port_forwardings")


@pytest.mark.parametrize(
    ("ports", "expected"),
    [
        ({"external_port": 80, "internal_port": 8080}, (80, None, 8080, None)),
        ({"external_port_range": "80:80", "internal_port_range": "8080:8080"}, (80, None, 8080, None)),
        ({"external_port_range": "80:90", "internal_port_range": "8080:8080"}, (80, 90, 8080, None)),
        (
            {"external_port": 80, "internal_port": 8080, "external_port_range": "80:80", "internal_port_range": "8080"},
            (80, None, 8080, None),
        ),
    ],
)
def test_ports_and_ranges(ports: dict[str, Any], expected: tuple[int | None, ...]) -> None:
    one = net.port_forwarding({"protocol": "TCP", "internal_ip_address": "10.0.0.5", "internal_port_id": "p", **ports})
    assert (one.external_port, one.external_port_max, one.internal_port, one.internal_port_max) == expected
    assert one.protocol == "tcp"


def test_a_port_is_forwarded_once(fake: FakeServer, open_shop: Open) -> None:
    forwardings(fake, "a", RANGE)
    fake.on(f"POST {BASE}/floatingips/a/port_forwardings", Reply(201, {"port_forwarding": SINGLE}))
    service = open_shop().network
    service.forward_port("a", SSH)
    (sent,) = fake.calls("POST .*/port_forwardings")
    assert sent.json["port_forwarding"] == {key: value for key, value in SINGLE.items() if key != "id"}
    forwardings(fake, "a", RANGE, {**SINGLE, "description": "another word"})
    service.forward_port("a", SSH)
    assert len(fake.calls("POST .*/port_forwardings")) == 1


def test_a_range_is_asked_for_as_one(fake: FakeServer, open_shop: Open) -> None:
    forwardings(fake, "a")
    fake.on(f"POST {BASE}/floatingips/a/port_forwardings", Reply(201, {"port_forwarding": RANGE}))
    open_shop().network.forward_port("a", net.port_forwarding(RANGE))
    body = fake.calls("POST .*/port_forwardings")[0].json["port_forwarding"]
    assert (body["external_port_range"], body["internal_port_range"]) == ("5000:5010", "6000:6010")
    assert not {"external_port", "internal_port"} & set(body)


# ---------------------------------------------------------------- what only an operator may choose


def test_a_network_is_asked_for_without_what_only_an_operator_sets(fake: FakeServer, open_shop: Open) -> None:
    """The source's type and VLAN would be refused to a member, and mean another wire at the target."""
    told = {
        "provider:network_type": "vlan",
        "provider:segmentation_id": 7,
        "provider:physical_network": "p1",
        "router:external": False,
        "shared": True,
        "segments": [],
    }
    fake.on(f"POST {BASE}/networks", Reply(201, {"network": {"id": "n9"}}))
    want = net.network({"id": "n1", "name": "lan", "mtu": 1450, **told}, PROJECT)
    open_shop().network.create_network(want)
    assert fake.calls(f"POST {BASE}/networks")[0].json == {
        "network": {"name": "lan", "description": "", "admin_state_up": True, "mtu": 1450}
    }


JUMBO = Network(id="n1", name="lan", mtu=9000)
TOO_BIG = Reply(400, {"NeutronError": {"type": "InvalidInput", "message": "Requested MTU is too big, maximum is 1450"}})
ASKED = [{"name": "lan", "description": "", "admin_state_up": True, **mtu} for mtu in ({"mtu": 9000}, {})]


def test_an_mtu_that_is_refused_is_left_to_the_cloud(fake: FakeServer, open_shop: Open) -> None:
    fake.on(f"POST {BASE}/networks", TOO_BIG, Reply(201, {"network": {"id": "n9"}}))
    assert open_shop().network.create_network(JUMBO) == "n9"
    assert [seen.json["network"] for seen in fake.calls(f"POST {BASE}/networks")] == ASKED


@pytest.mark.parametrize(
    ("want", "answer", "sent"),
    [
        # Refused for another reason: the second answer says it.
        (JUMBO, TOO_BIG, 2),
        # Nothing to leave out; and what is no word on the request is not sent again.
        (replace(JUMBO, mtu=None), TOO_BIG, 1),
        (JUMBO, Reply(409, {"NeutronError": {"type": "Conflict", "message": "m"}}), 1),
    ],
)
def test_a_network_that_is_refused_whatever_its_mtu(
    fake: FakeServer, open_shop: Open, want: Network, answer: Reply, sent: int
) -> None:
    fake.on(f"POST {BASE}/networks", answer)
    with pytest.raises(Refused):
        open_shop().network.create_network(want)
    assert len(fake.calls(f"POST {BASE}/networks")) == sent


def test_a_floating_address_is_taken_as_it_comes(fake: FakeServer, open_shop: Open) -> None:
    """A member may not choose one (403), and the old one is the old cloud's."""
    made = {"id": "a", **ADDRESS, "floating_ip_address": "198.51.100.7"}
    fake.on(f"POST {BASE}/floatingips", Reply(201, {"floatingip": made}))
    want = FloatingIp(id="old", address="203.0.113.7", external_network_id="x", description="decamp-m-1 front")
    assert open_shop().network.create_floating_ip(want).address == "198.51.100.7"
    assert fake.calls(f"POST {BASE}/floatingips")[0].json == {
        "floatingip": {"floating_network_id": "x", "description": "decamp-m-1 front"}
    }


# ---------------------------------------------------------------- DHCP and routes


def test_dhcp_is_turned_on_and_nothing_else(fake: FakeServer, open_shop: Open) -> None:
    fake.on(f"PUT {BASE}/subnets/s1", Reply(200, {"subnet": {"id": "s1"}}))
    open_shop().network.enable_dhcp("s1")
    assert fake.calls("PUT .*")[0].json == {"subnet": {"enable_dhcp": True}}


def test_routes_are_set_whole_and_not_with_the_router(fake: FakeServer, open_shop: Open) -> None:
    fake.on(f"POST {BASE}/routers", Reply(201, {"router": {"id": "r1"}}))
    fake.on(f"PUT {BASE}/routers/r1", Reply(200, {"router": {"id": "r1"}}))
    routes = (HostRoute(destination="10.9.0.0/16", nexthop="10.0.0.7"),)
    service = open_shop().network
    assert service.create_router(Router(id="", name="r", routes=routes)) == "r1"
    assert not fake.calls("PUT .*") and "routes" not in fake.calls("POST .*/routers")[0].json["router"]
    service.set_routes("r1", routes)
    service.set_routes("r1", ())
    assert [seen.json["router"] for seen in fake.calls("PUT .*")] == [
        {"routes": [{"destination": "10.9.0.0/16", "nexthop": "10.0.0.7"}]},
        {"routes": []},
    ]


def test_a_next_hop_that_nobody_reaches_is_refused(fake: FakeServer, open_shop: Open) -> None:
    error = {"NeutronError": {"type": "InvalidRoutes", "message": "the nexthop is not connected with router"}}
    fake.on(f"PUT {BASE}/routers/r1", Reply(400, error))
    with pytest.raises(Refused):
        open_shop().network.set_routes("r1", (HostRoute(destination="10.9.0.0/16", nexthop="192.0.2.1"),))


@pytest.mark.parametrize(
    ("gateway", "snat"),
    [
        ({"network_id": "x", "enable_snat": False}, False),
        ({"network_id": "x", "enable_snat": True}, True),
        ({"network_id": "x"}, True),
        (None, True),
    ],
)
def test_a_router_that_translates_no_addresses(gateway: dict[str, Any] | None, snat: bool) -> None:
    assert net.router({"id": "r", "external_gateway_info": gateway}, []).enable_snat is snat


# ---------------------------------------------------------------- ports

PORT = {
    "id": "p",
    "network_id": "n",
    "binding:vnic_type": "direct",
    "qos_policy_id": "q1",
    "extra_dhcp_opts": [
        {"opt_name": "tftp-server", "opt_value": "10.0.0.2", "ip_version": 4},
        {"opt_name": "mtu", "opt_value": "1400", "ip_version": 4},
        {"opt_name": "mtu", "opt_value": "1300", "ip_version": 6},
    ],
}


def test_a_port_with_all_that_a_member_sees() -> None:
    port = net.port(PORT)
    assert (port.vnic_type, port.qos_policy_id) == ("direct", "q1")
    assert port.dhcp_options == (
        DhcpOption(name="mtu", value="1400"),
        DhcpOption(name="tftp-server", value="10.0.0.2"),
        DhcpOption(name="mtu", value="1300", ip_version=6),
    )
    plain = net.port({"id": "p", "network_id": "n", "binding:vnic_type": None, "qos_policy_id": None})
    assert plain == Port(id="p", network_id="n")


def test_dhcp_options_are_carried_and_the_old_clouds_own_is_not(fake: FakeServer, open_shop: Open) -> None:
    fake.on(f"POST {BASE}/ports", Reply(201, {"port": {"id": "p9"}}))
    open_shop().network.create_port(net.port(PORT))
    body = fake.calls("POST .*/ports")[0].json["port"]
    assert {"opt_name": "mtu", "opt_value": "1300", "ip_version": 6} in body["extra_dhcp_opts"]
    assert len(body["extra_dhcp_opts"]) == 3
    assert not {"binding:vnic_type", "qos_policy_id"} & set(body)
    assert "extra_dhcp_opts" not in net.port_body(Port(id="", network_id="n"))


# ---------------------------------------------------------------- the cloud


def test_extensions_and_the_quota_of_trunks_are_facts(fake: FakeServer, open_shop: Open) -> None:
    network(fake, "router", TRUNK, "address-group")
    quota = {"trunk": {"limit": 5, "used": 1, "reserved": 0}, "port": {"limit": 100, "used": 7, "reserved": 1}}
    fake.on(f"GET {BASE}/quotas/{PROJECT}/details.json", Reply(200, {"quota": quota}))
    service: Any = open_shop().network
    assert service.extensions() == ("address-group", "router", "trunk")
    assert service.quotas() == {"trunks": Quota(limit=5, used=1), "ports": Quota(limit=100, used=8)}


def test_too_many_trunks_are_a_quota(fake: FakeServer, open_shop: Open) -> None:
    error = {"NeutronError": {"type": "OverQuota", "message": "Quota exceeded for resources: ['trunk']."}}
    fake.on(f"POST {BASE}/trunks", Reply(409, error))
    with pytest.raises(QuotaExceeded):
        open_shop().network.create_trunk(RECORD)
