"""ports.NetworkService, sentence by sentence."""

from collections.abc import Callable

import msgspec
import pytest
from msgspec.structs import replace

from migrate.errors import ConflictError, LeaseLost, NotFound, Refused, Unsupported
from migrate.messages import codes
from migrate.model import (
    AddressPair,
    AllocationPool,
    DhcpOption,
    FixedIp,
    FloatingIp,
    HostRoute,
    Kind,
    Network,
    Port,
    PortForwarding,
    Router,
    SecurityGroup,
    SecurityGroupRule,
    Subnet,
    SubPort,
    Trunk,
    canonical_rule,
    read_back,
)
from tests.contract.sandbox import Sandbox

NOBODY = "00000000-0000-4000-8000-000000000000"
MARK = "decamp-m-0123abcd-6f1e2d3c-0000-4000-8000-000000000000"
EGRESS = tuple(SecurityGroupRule(direction="egress", ethertype=family) for family in ("IPv4", "IPv6"))


def _port(box: Sandbox, port_id: str) -> Port:
    return next(port for port in box.cloud.network.state().ports if port.id == port_id)


def _router(box: Sandbox, router_id: str) -> Router:
    return next(router for router in box.cloud.network.state().routers if router.id == router_id)


def _floating_ip(box: Sandbox, floating_ip_id: str) -> FloatingIp:
    return next(one for one in box.cloud.network.state().floating_ips if one.id == floating_ip_id)


def _group(box: Sandbox, group_id: str) -> SecurityGroup:
    return next(group for group in box.cloud.network.state().security_groups if group.id == group_id)


def test_state_is_sorted_and_has_default_group_and_external_network(box: Sandbox) -> None:
    box.network()
    state = box.cloud.network.state()
    for rows in (
        state.networks,
        state.subnets,
        state.routers,
        state.ports,
        state.security_groups,
        state.floating_ips,
        state.trunks,
    ):
        ids = [row.id for row in rows]
        assert ids == sorted(ids)
    assert "default" in [group.name for group in state.security_groups]
    external = {network.id for network in box.cloud.facts().external_networks}
    assert external & {network.id for network in state.networks if network.is_external and not network.is_own}


def test_a_network_is_as_wanted_and_found_by_its_mark(box: Sandbox) -> None:
    want = Network(id="ignored", name=box.name("n"), description=f"{MARK} {box.prefix}", admin_state_up=False)
    network_id = box.kept("network", box.cloud.network.create_network(want))
    made = next(network for network in box.cloud.network.state().networks if network.id == network_id)
    assert (made.name, made.description, made.admin_state_up) == (want.name, want.description, False)
    assert made.is_own and not made.is_external and made.mtu
    assert network_id in box.cloud.network.marked(Kind.NETWORK, f"{MARK} {box.prefix}")
    assert box.cloud.network.marked(Kind.NETWORK, f"{MARK} {box.prefix} not this") == []
    assert box.cloud.network.marked(Kind.NETWORK, box.prefix) == [], "a mark is at the beginning"
    assert box.cloud.network.marked(Kind.SUBNET, f"{MARK} {box.prefix}") == []


def test_a_network_whose_mtu_is_too_large_gets_the_clouds_own(box: Sandbox) -> None:
    want = Network(id="", name=box.name("n"), description=f"{MARK} {box.prefix} jumbo", mtu=60000)
    network_id = box.kept("network", box.cloud.network.create_network(want))
    made = [network for network in box.cloud.network.state().networks if network.id == network_id]
    assert [0 < (network.mtu or 0) <= 60000 for network in made] == [True]
    assert box.cloud.network.marked(Kind.NETWORK, f"{MARK} {box.prefix} jumbo") == [network_id]


def test_marks_come_oldest_first(box: Sandbox) -> None:
    made = [
        box.kept("network", box.cloud.network.create_network(Network(id="", name="n", description=box.prefix)))
        for _ in range(3)
    ]
    found = box.cloud.network.marked(Kind.NETWORK, box.prefix)
    assert sorted(found) == sorted(made)


def test_every_field_of_a_subnet_survives(box: Sandbox) -> None:
    network_id = box.kept("network", box.cloud.network.create_network(Network(id="", name=box.name("n"))))
    want = Subnet(
        id="ignored",
        network_id=network_id,
        name=box.name("s"),
        cidr="10.88.0.0/24",
        description=f"{MARK} mine",
        gateway_ip="10.88.0.254",
        enable_dhcp=False,
        dns_nameservers=("9.9.9.9", "1.1.1.1"),
        allocation_pools=(
            AllocationPool(start="10.88.0.10", end="10.88.0.20"),
            AllocationPool(start="10.88.0.30", end="10.88.0.40"),
        ),
        host_routes=(HostRoute(destination="192.168.9.0/24", nexthop="10.88.0.5"),),
    )
    subnet_id = box.kept("subnet", box.cloud.network.create_subnet(want))
    made = next(subnet for subnet in box.cloud.network.state().subnets if subnet.id == subnet_id)
    pools = tuple(sorted(made.allocation_pools, key=lambda pool: pool.start))
    assert msgspec.structs.replace(made, allocation_pools=pools) == msgspec.structs.replace(want, id=subnet_id)


def test_a_subnet_without_gateway_stays_without(box: Sandbox) -> None:
    network_id = box.kept("network", box.cloud.network.create_network(Network(id="", name=box.name("n"))))
    want = Subnet(id="", network_id=network_id, name="s", cidr="10.89.0.0/24", gateway_ip=None)
    subnet_id = box.kept("subnet", box.cloud.network.create_subnet(want))
    made = next(subnet for subnet in box.cloud.network.state().subnets if subnet.id == subnet_id)
    assert made.gateway_ip is None and made.allocation_pools, "the cloud fills in the pools"
    with pytest.raises(Refused):
        box.cloud.network.create_subnet(want)


def test_an_interface_at_the_gateways_address_or_at_another(box: Sandbox) -> None:
    network_id, subnet_id = box.network()
    first = box.router(subnet_id)
    new = Router(id="", name=box.name("second"), description=MARK)
    second = box.kept("router", box.cloud.network.create_router(new))
    box.cloud.network.add_interface(second, subnet_id, "10.77.0.254")
    box.kept("interface", f"{second} {subnet_id}")
    routers = {router.id: router for router in box.cloud.network.state().routers}
    assert routers[first].external_network_id == box.cloud.facts().external_networks[0].id
    assert routers[second].external_network_id is None and routers[second].description == MARK
    assert [(i.subnet_id, i.ip_address) for i in routers[first].interfaces] == [(subnet_id, "10.77.0.1")]
    assert [(i.subnet_id, i.ip_address) for i in routers[second].interfaces] == [(subnet_id, "10.77.0.254")]
    port = _port(box, routers[second].interfaces[0].port_id)
    assert port.network_id == network_id and port.device_id == second
    assert port.device_owner == "network:router_interface"


def test_an_interface_that_is_there_is_not_made_twice(box: Sandbox) -> None:
    _, subnet_id = box.network()
    router_id = box.router(subnet_id)
    for address in (None, "10.77.0.1"):
        box.cloud.network.add_interface(router_id, subnet_id, address)
    with pytest.raises((ConflictError, Refused)):
        box.cloud.network.add_interface(router_id, subnet_id, "10.77.0.254")
    made = next(router for router in box.cloud.network.state().routers if router.id == router_id)
    assert [interface.ip_address for interface in made.interfaces] == ["10.77.0.1"]


def test_routes_become_exactly_these(box: Sandbox) -> None:
    network, (_, subnet_id) = box.cloud.network, box.network()
    first = HostRoute(destination="192.168.50.0/24", nexthop="10.77.0.9")
    second = HostRoute(destination="192.168.51.0/24", nexthop="10.77.0.10")
    new = Router(id="", name=box.name("r"), routes=(first,))
    router_id = box.kept("router", network.create_router(new))
    assert _router(box, router_id).routes == (), "routes come later, by a call of their own"
    with pytest.raises(Refused):
        network.set_routes(router_id, (first,))
    network.add_interface(router_id, subnet_id, None)
    box.kept("interface", f"{router_id} {subnet_id}")
    box.kept("routes", router_id)
    for routes in ((first, second), (first, second), (second,), ()):
        network.set_routes(router_id, routes)
        assert set(_router(box, router_id).routes) == set(routes)
    network.set_routes(router_id, (first,))
    for nexthop in ("10.99.0.1", "10.77.0.1"):  # on none of its subnets; the router itself
        with pytest.raises(Refused):
            network.set_routes(router_id, (second, HostRoute(destination="192.168.52.0/24", nexthop=nexthop)))
    assert _router(box, router_id).routes == (first,), "all or nothing"
    with pytest.raises(NotFound):
        network.set_routes(NOBODY, (first,))


def test_dhcp_is_turned_on_later(box: Sandbox) -> None:
    network = box.cloud.network
    network_id = box.kept("network", network.create_network(Network(id="", name=box.name("n"))))
    want = Subnet(id="", network_id=network_id, name="s", cidr="10.90.0.0/24", gateway_ip=None, enable_dhcp=False)
    subnet_id = box.kept("subnet", network.create_subnet(want))
    before = next(subnet for subnet in network.state().subnets if subnet.id == subnet_id)
    for _ in range(2):
        network.enable_dhcp(subnet_id)
        now = next(subnet for subnet in network.state().subnets if subnet.id == subnet_id)
        assert now == msgspec.structs.replace(before, enable_dhcp=True), "and nothing else changes"
    with pytest.raises(NotFound):
        network.enable_dhcp(NOBODY)


def test_every_field_of_a_port_survives(box: Sandbox) -> None:
    network_id, subnet_id = box.network()
    group_id = box.kept(
        "security-group", box.cloud.network.create_security_group(SecurityGroup(id="", name=box.name("g")))
    )
    want = Port(
        id="ignored",
        network_id=network_id,
        name=box.name("p"),
        description=f"{MARK} mine",
        mac_address="FA:16:3E:00:AB:CD",
        fixed_ips=(FixedIp(subnet_id=subnet_id, ip_address="10.77.0.61"),),
        security_group_ids=(group_id,),
        allowed_address_pairs=(AddressPair(ip_address="10.77.0.200"),),
        dhcp_options=(DhcpOption(name="mtu", value="1400"), DhcpOption(name="tftp-server", value="10.77.0.2")),
    )
    port_id = box.kept("port", box.cloud.network.create_port(want))
    made = _port(box, port_id)
    assert (made.name, made.description, made.fixed_ips) == (want.name, want.description, want.fixed_ips)
    assert made.mac_address == "fa:16:3e:00:ab:cd", "one spelling"
    assert made.security_group_ids == (group_id,)
    assert [pair.ip_address for pair in made.allowed_address_pairs] == ["10.77.0.200"]
    assert made.device_id == "" and made.port_security_enabled and made.vnic_type == "normal"
    assert made.dhcp_options == want.dhcp_options, "sorted by name"
    assert port_id in box.cloud.network.marked(Kind.PORT, MARK)


def test_a_port_has_as_many_addresses_as_it_is_given(box: Sandbox) -> None:
    network_id, subnet_id = box.network()
    fixed = tuple(FixedIp(subnet_id=subnet_id, ip_address=f"10.77.0.{host}") for host in (61, 62, 63))
    port_id = box.kept("port", box.cloud.network.create_port(Port(id="", network_id=network_id, fixed_ips=fixed)))
    assert sorted(_port(box, port_id).fixed_ips, key=lambda ip: ip.ip_address) == list(fixed)


def test_the_cloud_chooses_what_is_left_open(box: Sandbox) -> None:
    network_id, subnet_id = box.network()
    want = Port(id="", network_id=network_id, port_security_enabled=False)
    made = _port(box, box.kept("port", box.cloud.network.create_port(want)))
    assert made.mac_address and made.fixed_ips[0].subnet_id == subnet_id
    assert made.security_group_ids == () and not made.port_security_enabled


def test_an_address_in_use_is_a_conflict(box: Sandbox) -> None:
    network_id, subnet_id = box.network()
    box.port(network_id, subnet_id, "10.77.0.61")
    with pytest.raises((ConflictError, Refused)):
        box.port(network_id, subnet_id, "10.77.0.61")
    with pytest.raises(Refused):
        box.port(network_id, subnet_id, "10.99.0.1")


def test_networks_go_with_their_subnets_once_no_port_is_left(box: Sandbox) -> None:
    network_id, subnet_id = box.network()
    port_id, network = box.port(network_id, subnet_id, "10.77.0.9"), box.cloud.network
    for kind, there in ((Kind.SUBNET, subnet_id), (Kind.NETWORK, network_id)):
        with pytest.raises(Refused):
            network.delete(kind, there)
    assert port_id in {port.id for port in network.state().ports}
    for kind, there in ((Kind.PORT, port_id), (Kind.SUBNET, subnet_id), (Kind.NETWORK, network_id)) * 2:
        network.delete(kind, there)
    state = network.state()
    assert network_id not in {one.id for one in state.networks} and subnet_id not in {one.id for one in state.subnets}
    assert port_id not in {one.id for one in state.ports}
    assert [port for port in state.ports if port.network_id == network_id] == []
    with pytest.raises(Unsupported):
        network.delete(Kind.ROUTER, NOBODY)


def test_a_new_group_lets_nothing_through(box: Sandbox) -> None:
    want = SecurityGroup(id="", name=box.name("g"), description=f"{MARK} mine", rules=EGRESS)
    made = _group(box, box.kept("security-group", box.cloud.network.create_security_group(want)))
    assert made.rules == () and (made.name, made.description) == (want.name, want.description)
    assert made.id in box.cloud.network.marked(Kind.SECURITY_GROUP, MARK)


def test_rules_become_exactly_these(box: Sandbox) -> None:
    network = box.cloud.network
    group_id = box.kept("security-group", network.create_security_group(SecurityGroup(id="", name=box.name("g"))))
    first = (
        *EGRESS,
        SecurityGroupRule(direction="ingress", protocol="TCP", port_min=22, port_max=22, description="ssh"),
        SecurityGroupRule(direction="ingress", protocol="tcp", port_min=1, port_max=65535, remote_ip_prefix="10.0.0.7"),
        SecurityGroupRule(direction="ingress", protocol="icmp", remote_ip_prefix="0.0.0.0/0"),
        SecurityGroupRule(direction="ingress", protocol="udp", port_min=53, port_max=53, remote_group_id=group_id),
    )
    for _ in range(2):
        network.replace_rules(group_id, first)
        there = _group(box, group_id).rules
        # Neutron reads 1-65535 back as no ports; the prefix stays as it was spelt.
        assert set(there) == {read_back(rule) for rule in first}
        assert {(one.protocol, one.port_min, one.remote_ip_prefix) for one in there} >= {
            ("tcp", None, "10.0.0.7/32"),
            ("icmp", None, "0.0.0.0/0"),
        }
    second = (first[0], first[5], SecurityGroupRule(direction="ingress", protocol="tcp", port_min=443, port_max=443))
    network.replace_rules(group_id, second)
    assert set(_group(box, group_id).rules) == {canonical_rule(rule) for rule in second}
    network.replace_rules(group_id, ())
    assert _group(box, group_id).rules == ()


def test_rules_are_no_longer_set_once_the_check_refuses(box: Sandbox) -> None:
    """Before each change: one is made, then none is."""
    network = box.cloud.network
    group_id = box.kept("security-group", network.create_security_group(SecurityGroup(id="", name=box.name("g"))))
    rules = tuple(SecurityGroupRule(direction="ingress", protocol="tcp", port_min=n, port_max=n) for n in (22, 80))

    def checks(allowed: int) -> Callable[[], None]:
        left = iter(range(allowed))

        def check() -> None:
            if next(left, None) is None:
                raise LeaseLost(codes.CLAIM_LOST, step="s")

        return check

    with pytest.raises(LeaseLost):
        network.replace_rules(group_id, rules, checks(1))
    assert len(_group(box, group_id).rules) == 1
    network.replace_rules(group_id, rules, checks(1))
    with pytest.raises(LeaseLost):
        network.replace_rules(group_id, (), checks(1))
    assert len(_group(box, group_id).rules) == 1


def test_two_spellings_of_one_rule_are_one_rule(box: Sandbox) -> None:
    network = box.cloud.network
    group_id = box.kept("security-group", network.create_security_group(SecurityGroup(id="", name=box.name("g"))))
    spelt = tuple(
        SecurityGroupRule(direction="ingress", protocol=protocol, port_min=22, port_max=22, remote_ip_prefix=prefix)
        for protocol, prefix in (("tcp", "1.2.3.4"), ("TCP", "1.2.3.4/32"))
    )
    network.replace_rules(group_id, spelt)
    assert _group(box, group_id).rules == (canonical_rule(spelt[0]),)


def test_default_exists_already(box: Sandbox) -> None:
    with pytest.raises(ConflictError):
        box.cloud.network.create_security_group(SecurityGroup(id="", name="default"))


def test_a_floating_ip_needs_a_router(box: Sandbox) -> None:
    network_id, subnet_id = box.network()
    port_id = box.port(network_id, subnet_id, "10.77.0.61")
    external = box.cloud.facts().external_networks[0].id
    want = FloatingIp(id="", address="", external_network_id=external, description=f"{MARK} mine")
    made = box.cloud.network.create_floating_ip(want)
    box.kept("floating-ip", made.id)
    assert made.address and made.port_id is None and made.description == want.description
    assert made.id in box.cloud.network.marked(Kind.FLOATING_IP, MARK)
    with pytest.raises((NotFound, Refused)):
        box.cloud.network.associate(made.id, port_id, None)
    box.router(subnet_id)
    for _ in range(2):
        box.cloud.network.associate(made.id, port_id, None)
        now = next(f for f in box.cloud.network.state().floating_ips if f.id == made.id)
        assert (now.port_id, now.fixed_ip_address, now.address) == (port_id, "10.77.0.61", made.address)


def test_a_floating_ip_is_born_associated(box: Sandbox) -> None:
    network_id, subnet_id = box.network()
    box.router(subnet_id)
    port_id = box.port(network_id, subnet_id, "10.77.0.62")
    external = box.cloud.facts().external_networks[0].id
    want = FloatingIp(id="", address="", external_network_id=external, port_id=port_id, fixed_ip_address="10.77.0.62")
    made = box.cloud.network.create_floating_ip(want)
    box.kept("floating-ip", made.id)
    assert (made.port_id, made.fixed_ip_address) == (port_id, "10.77.0.62")


# ---------------------------------------------------------------- forwardings


def _forwarding(port_id: str, outside: int, inside: int, address: str = "10.77.0.61", **fields: str) -> PortForwarding:
    base = PortForwarding(
        protocol="tcp",
        external_port=outside,
        internal_port=inside,
        internal_ip_address=address,
        internal_port_id=port_id,
    )
    return replace(base, **fields)


def _free_address(box: Sandbox) -> str:
    external = box.cloud.facts().external_networks[0].id
    made = box.cloud.network.create_floating_ip(FloatingIp(id="", address="", external_network_id=external))
    box.kept("forwardings", box.kept("floating-ip", made.id))
    return made.id


def test_ports_of_an_address_are_forwarded_once_each(box: Sandbox) -> None:
    network, (network_id, subnet_id) = box.cloud.network, box.network()
    box.router(subnet_id)
    port_id, floating_ip_id = box.port(network_id, subnet_id, "10.77.0.61"), _free_address(box)
    web = _forwarding(port_id, 8080, 80, description="shop")
    dns = _forwarding(port_id, 53, 53, protocol="udp")
    for want in (web, dns, web, msgspec.structs.replace(web, internal_port=81)):
        network.forward_port(floating_ip_id, want)
    now = _floating_ip(box, floating_ip_id)
    assert now.port_forwardings == (web, dns), "sorted by protocol and port; what is there already stays as it is"
    assert now.port_id is None
    with pytest.raises((ConflictError, Refused)):
        network.associate(floating_ip_id, port_id, None)


def test_what_cannot_be_forwarded_is_refused(box: Sandbox) -> None:
    network, (network_id, subnet_id) = box.cloud.network, box.network()
    port_id, floating_ip_id = box.port(network_id, subnet_id, "10.77.0.61"), _free_address(box)
    with pytest.raises((NotFound, Refused)):
        network.forward_port(floating_ip_id, _forwarding(port_id, 80, 80))
    box.router(subnet_id)
    for wrong in (_forwarding(port_id, 80, 80, "10.77.0.62"), _forwarding(NOBODY, 80, 80)):
        with pytest.raises((NotFound, Refused)):
            network.forward_port(floating_ip_id, wrong)
    with pytest.raises(NotFound):
        network.forward_port(NOBODY, _forwarding(port_id, 80, 80))
    whole = _free_address(box)
    network.associate(whole, port_id, None)
    for either in (floating_ip_id, whole):
        with pytest.raises((ConflictError, Refused)):
            network.forward_port(either, _forwarding(port_id, 80, 80))
    assert _floating_ip(box, floating_ip_id).port_forwardings == ()


# ---------------------------------------------------------------- trunks


def test_a_trunk_carries_its_sub_ports_and_its_server_comes_up(box: Sandbox) -> None:
    network = box.cloud.network
    parent = box.port(*box.network(), "10.77.0.61")
    subs = [box.port(*box.network(), "10.77.0.62") for _ in range(2)]
    sub_ports = tuple(
        SubPort(port_id=port_id, segmentation_type="vlan", segmentation_id=vlan)
        for port_id, vlan in zip(subs, (200, 100), strict=True)
    )
    want = Trunk(id="", name=box.name("t"), port_id=parent, description=f"{MARK} mine", sub_ports=sub_ports)
    trunk_id = box.kept("trunk", network.create_trunk(want))
    made = next(trunk for trunk in network.state().trunks if trunk.id == trunk_id)
    assert made == msgspec.structs.replace(want, id=trunk_id, sub_ports=sub_ports[::-1]), "sorted by VLAN"
    assert trunk_id in network.marked(Kind.TRUNK, MARK)
    server = box.server(box.base_image(), parent)
    assert server.port_ids == (parent,), "sub-ports are no NICs"


def test_a_port_is_in_one_trunk(box: Sandbox) -> None:
    network = box.cloud.network
    parent, other, sub = (box.port(*box.network(), "10.77.0.61") for _ in range(3))
    carried = SubPort(port_id=sub, segmentation_type="vlan", segmentation_id=100)
    box.kept("trunk", network.create_trunk(Trunk(id="", name="t", port_id=parent, sub_ports=(carried,))))
    twice = msgspec.structs.replace(carried, port_id=other)
    for wrong in (
        Trunk(id="", name="t", port_id=parent),
        Trunk(id="", name="t", port_id=sub),
        Trunk(id="", name="t", port_id=other, sub_ports=(carried,)),
        Trunk(id="", name="t", port_id=other, sub_ports=(twice,)),
        Trunk(id="", name="t", port_id=NOBODY),
    ):
        with pytest.raises((ConflictError, NotFound, Refused)):
            network.create_trunk(wrong)
    assert [t.port_id for t in network.state().trunks if t.port_id in (parent, other, sub)] == [parent]
