"""Comparisons of network records by literals: what is the same in another spelling, what is changed on purpose."""

import pytest

from migrate.model import (
    AddressPair,
    AllocationPool,
    FixedIp,
    FloatingIp,
    HostRoute,
    Network,
    Port,
    PortForwarding,
    Router,
    RouterInterface,
    SecurityGroup,
    SecurityGroupRule,
    Subnet,
    SubPort,
    Trunk,
)
from migrate.model.steps import MakeFloatingIp, MakePort, MakeRouter
from migrate.verify.fields import network_fields as fields
from tests.verify.verify_names import MARK, moved, replace


def group(*rules: SecurityGroupRule, **more: object) -> SecurityGroup:
    return replace(SecurityGroup(id="sg-s", name="web", rules=rules), **more)


def rule(**more: object) -> SecurityGroupRule:
    return replace(SecurityGroupRule(direction="ingress"), **more)


@pytest.mark.parametrize(
    ("source", "target"),
    [
        (rule(protocol="TCP", port_min=1, port_max=65535), rule(protocol="tcp")),
        (rule(remote_ip_prefix="0.0.0.0/0"), rule()),
        (rule(ethertype="IPv6", remote_ip_prefix="::/0"), rule(ethertype="ipv6")),
        (rule(remote_ip_prefix="1.2.3.4"), rule(remote_ip_prefix="1.2.3.4/32")),
        (rule(remote_group_id="sg-s"), rule(remote_group_id="sg-t")),
    ],
)
def test_a_rule_in_another_spelling_is_the_same(source: SecurityGroupRule, target: SecurityGroupRule) -> None:
    assert fields.security_group(moved, group(source), group(target)) == ()


def test_rules_are_a_set() -> None:
    one, two = rule(protocol="tcp"), rule(protocol="udp")
    assert fields.security_group(moved, group(one, two), group(two, one)) == ()
    assert fields.security_group(moved, group(one, one), group(one)) == ()


def test_a_rule_differs_in_whatever_it_allows() -> None:
    ssh = rule(protocol="tcp", port_min=22, port_max=22, remote_ip_prefix="10.0.0.0/8", description="ssh")
    for change in (
        {"direction": "egress"},
        {"ethertype": "IPv6"},
        {"protocol": "udp"},
        {"port_max": 23},
        {"remote_ip_prefix": "10.0.0.0/9"},
        {"description": ""},
    ):
        found = fields.security_group(moved, group(ssh), group(replace(ssh, **change)))
        assert set(found) >= {"rule ingress IPv4 tcp 22-22 10.0.0.0/8 “ssh”: present ≠ missing"}
        assert len(found) == 2


def test_a_rule_that_names_a_group_left_behind_says_so() -> None:
    found = fields.security_group(moved, group(rule(remote_group_id="other")), group())
    assert found == ("rule ingress IPv4 any group other (not moved): present ≠ missing",)


def test_the_default_group_keeps_the_targets_own_text() -> None:
    default = group(name="default", description="Default security group")
    assert fields.security_group(moved, default, replace(default, description="Groupe par défaut")) == ()
    web = group(description="mine")
    assert fields.security_group(moved, web, replace(web, description=f"{MARK} mine")) == ()
    assert fields.security_group(moved, web, replace(web, description=MARK)) == ("description: mine ≠ none",)


# ---------------------------------------------------------------- network


def test_a_network_whose_mtu_the_plan_leaves_open() -> None:
    net = Network(id="net-s", name="n")
    assert fields.network(net, replace(net, mtu=1450)) == ()
    assert fields.network(replace(net, mtu=1500), replace(net, mtu=1450)) == ("mtu: 1500 ≠ 1450",)
    assert fields.network(net, replace(net, port_security_enabled=False)) == ("port_security_enabled: True ≠ False",)


SUBNET = Subnet(
    id="sub-s",
    network_id="net-s",
    name="n",
    cidr="2001:db8::/64",
    ip_version=6,
    gateway_ip="2001:db8::1",
    allocation_pools=(AllocationPool(start="2001:db8::5", end="2001:db8::9"),),
    host_routes=(HostRoute(destination="10.0.0.0/8", nexthop="10.0.0.1"),),
)


def test_a_subnet_in_another_spelling_is_the_same() -> None:
    other = replace(SUBNET, network_id="net-t", cidr="2001:0db8::/64", gateway_ip="2001:0DB8::0001", description=MARK)
    assert fields.subnet(moved, SUBNET, other) == ()


@pytest.mark.parametrize(
    "change",
    [
        {"network_id": "net-x"},
        {"name": "x"},
        {"description": "x"},
        {"cidr": "2001:db8::/63"},
        {"ip_version": 4},
        {"gateway_ip": None},
        {"enable_dhcp": False},
        {"dns_nameservers": ("9.9.9.9",)},
        {"allocation_pools": ()},
        {"host_routes": ()},
        {"ipv6_address_mode": "slaac"},
        {"ipv6_ra_mode": "slaac"},
    ],
)
def test_every_field_of_a_subnet_counts(change: dict[str, object]) -> None:
    found = fields.subnet(moved, SUBNET, replace(SUBNET, **{"network_id": "net-t", **change}))
    assert len(found) == 1
    assert found[0].startswith(next(iter(change)).removesuffix("_id"))


def test_a_router_and_its_interfaces() -> None:
    action = MakeRouter(want=Router(id="s", name="r", external_network_id="old"), external_network_id="new")
    wanted = [RouterInterface(subnet_id="sub-s", ip_address="10.0.0.1")]
    there = Router(
        id="t",
        name="r",
        external_network_id="new",
        interfaces=(RouterInterface(subnet_id="sub-t", ip_address="10.0.0.1", port_id="p"),),
    )
    assert fields.router(moved, action, wanted, (), there) == ()
    assert fields.router(moved, action, wanted, (), replace(there, external_network_id=None)) == (
        "external_network: new ≠ none",
    )
    assert fields.router(moved, action, [], (), there) == ("interface in sub-t: missing ≠ 10.0.0.1",)
    assert fields.router(moved, action, wanted, (), replace(there, interfaces=())) == (
        "interface in sub-t: 10.0.0.1 ≠ missing",
    )
    other = (RouterInterface(subnet_id="sub-t", ip_address="10.0.0.9"),)
    assert fields.router(moved, action, wanted, (), replace(there, interfaces=other)) == (
        "interface in sub-t: 10.0.0.1 ≠ 10.0.0.9",
    )
    unaddressed = [RouterInterface(subnet_id="sub-s", ip_address="")]
    assert fields.router(moved, action, unaddressed, (), there) == ()
    assert len(fields.router(moved, action, unaddressed, (), replace(there, interfaces=()))) == 1


PORT = Port(
    id="p-s",
    network_id="net-s",
    mac_address="FA:16:3E:00:00:01",
    fixed_ips=(FixedIp(subnet_id="sub-s", ip_address="10.0.0.5"),),
    security_group_ids=("sg-s",),
    allowed_address_pairs=(AddressPair(ip_address="10.0.0.9", mac_address="fa:16:3e:00:00:01"),),
)
PORT_THERE = replace(
    PORT,
    id="p-t",
    network_id="net-t",
    mac_address="fa:16:3e:ff:ff:ff",
    fixed_ips=(FixedIp(subnet_id="sub-t", ip_address="10.0.0.5"),),
    security_group_ids=("sg-t",),
    allowed_address_pairs=(AddressPair(ip_address="10.0.0.9/32", mac_address="fa:16:3e:ff:ff:ff"),),
    device_id="srv-t",
    device_owner="compute:nova",
)


def test_a_port_with_another_mac_and_pairs_that_follow_it() -> None:
    assert fields.port(moved, MakePort(want=PORT), PORT_THERE) == ()
    assert fields.port(moved, MakePort(want=PORT, keep_mac=True), PORT_THERE) == (
        "mac_address: fa:16:3e:00:00:01 ≠ fa:16:3e:ff:ff:ff",
    )


@pytest.mark.parametrize(
    "change",
    [
        {"name": "x"},
        {"description": "x"},
        {"admin_state_up": False},
        {"fixed_ips": (FixedIp(subnet_id="sub-t", ip_address="10.0.0.6"),)},
        {"allowed_address_pairs": (AddressPair(ip_address="10.0.0.9", mac_address="fa:16:3e:00:00:01"),)},
        {"port_security_enabled": False},
    ],
)
def test_every_field_of_a_port_counts(change: dict[str, object]) -> None:
    found = fields.port(moved, MakePort(want=PORT), replace(PORT_THERE, **change))
    assert [difference.partition(":")[0] for difference in found] == list(change)


def test_a_floating_ip_has_another_address_by_nature() -> None:
    want = FloatingIp(
        id="s", address="198.51.100.1", external_network_id="old", port_id="p-s", fixed_ip_address="10.0.0.5"
    )
    action = MakeFloatingIp(want=want, external_network_id="new")
    there = FloatingIp(
        id="t",
        address="203.0.113.9",
        external_network_id="new",
        description=MARK,
        port_id="p-t",
        fixed_ip_address="10.0.0.5",
    )
    assert fields.floating_ip(moved, action, (), there) == ()
    assert fields.floating_ip(moved, action, (), replace(there, port_id=None)) == ("port: p-t ≠ none",)
    assert fields.floating_ip(moved, action, (), replace(there, fixed_ip_address="10.0.0.6")) == (
        "fixed_ip_address: 10.0.0.5 ≠ 10.0.0.6",
    )
    unbound = MakeFloatingIp(want=replace(want, port_id=None), external_network_id="new")
    assert fields.floating_ip(moved, unbound, (), there) == ("port: none ≠ p-t",)


def test_a_router_has_the_planned_routes() -> None:
    route = HostRoute(destination="192.168.9.0/24", nexthop="10.0.0.7")
    there = Router(id="t", name="r", routes=(replace(route, destination="192.168.9.0/24"),))
    action = MakeRouter(want=Router(id="s", name="r"))
    assert fields.router(moved, action, [], (route,), there) == ()
    assert fields.router(moved, action, [], (), there) == ("routes: [] ≠ [192.168.9.0/24 via 10.0.0.7]",)
    other = replace(there, routes=(replace(route, nexthop="10.0.0.8"),))
    assert fields.router(moved, action, [], (route,), other) == (
        "routes: [192.168.9.0/24 via 10.0.0.7] ≠ [192.168.9.0/24 via 10.0.0.8]",
    )


def test_a_router_translates_addresses_unless_the_source_did_not() -> None:
    there = Router(id="t", name="r", external_network_id="new", enable_snat=False)
    action = MakeRouter(want=Router(id="s", name="r", external_network_id="old"), external_network_id="new")
    assert fields.router(moved, action, [], (), there) == ("enable_snat: True ≠ False",)
    quiet = MakeRouter(want=replace(action.want, enable_snat=False), external_network_id="new")
    for enable_snat in (False, True):
        assert fields.router(moved, quiet, [], (), replace(there, enable_snat=enable_snat)) == ()


FORWARDING = PortForwarding(
    protocol="tcp",
    external_port=80,
    internal_port=8080,
    internal_ip_address="10.0.0.5",
    internal_port_id="p-s",
    description="shop",
)


def test_forwardings_are_a_set_of_what_they_lead_to() -> None:
    action = MakeFloatingIp(want=FloatingIp(id="s", address="a", external_network_id="o"), external_network_id="new")
    http, dns = FORWARDING, replace(FORWARDING, protocol="udp", external_port=53, internal_port=53, description="")
    there = [replace(one, internal_port_id="p-t") for one in (dns, http)]
    target = FloatingIp(id="t", address="b", external_network_id="new", port_forwardings=tuple(there))
    assert fields.floating_ip(moved, action, (http, dns), target) == ()
    assert fields.floating_ip(moved, action, (http,), target) == (
        "forwarding udp 53 to p-t 10.0.0.5 53: missing ≠ present",
    )
    for change in (
        {"protocol": "udp"},
        {"external_port": 81},
        {"external_port_max": 81},
        {"internal_port": 81},
        {"internal_port_max": 8081},
        {"internal_ip_address": "10.0.0.6"},
        {"internal_port_id": "p2-t"},
        {"description": ""},
    ):
        changed = replace(target, port_forwardings=(there[0], replace(there[1], **change)))
        found = fields.floating_ip(moved, action, (http, dns), changed)
        assert found[0] == "forwarding tcp 80 to p-t 10.0.0.5 8080 “shop”: present ≠ missing"
        assert len(found) == 2, change


def test_a_rule_that_names_an_old_floating_address_names_the_new_one() -> None:
    old, new = (
        rule(protocol="tcp", remote_ip_prefix="198.51.100.7"),
        rule(protocol="tcp", remote_ip_prefix="203.0.113.9"),
    )
    addresses = {"198.51.100.7": "203.0.113.9"}
    assert fields.security_group(moved, group(old), group(new), addresses) == ()
    assert fields.security_group(moved, group(old), group(old), addresses) == (
        "rule ingress IPv4 tcp 203.0.113.9/32: present ≠ missing",
        "rule ingress IPv4 tcp 198.51.100.7/32: missing ≠ present",
    )
    wide = rule(protocol="tcp", remote_ip_prefix="198.51.100.0/24")
    assert fields.security_group(moved, group(wide), group(wide), addresses) == (), "a network stays as it is"
    lost = {"198.51.100.7": "198.51.100.7 (not moved)"}
    assert fields.security_group(moved, group(old), group(new), lost)[0].startswith(
        "rule ingress IPv4 tcp 198.51.100.7 (not moved)"
    )


TRUNK = Trunk(
    id="s",
    name="t",
    port_id="p-s",
    sub_ports=(SubPort(port_id="p2-s", segmentation_type="vlan", segmentation_id=100),),
)
TRUNK_THERE = replace(
    TRUNK,
    id="t",
    port_id="p-t",
    description=MARK,
    sub_ports=(SubPort(port_id="p2-t", segmentation_type="vlan", segmentation_id=100),),
)


def test_a_trunk_is_its_parent_and_its_vlans() -> None:
    assert fields.trunk(moved, TRUNK, TRUNK_THERE) == ()
    assert fields.trunk(moved, TRUNK, replace(TRUNK_THERE, port_id="x")) == ("port: p-t ≠ x",)
    assert fields.trunk(moved, TRUNK, replace(TRUNK_THERE, sub_ports=())) == (
        "sub-port vlan 100 p2-t: present ≠ missing",
    )
    other = replace(TRUNK_THERE, sub_ports=(replace(TRUNK_THERE.sub_ports[0], segmentation_id=101),))
    assert fields.trunk(moved, TRUNK, other) == (
        "sub-port vlan 100 p2-t: present ≠ missing",
        "sub-port vlan 101 p2-t: missing ≠ present",
    )
