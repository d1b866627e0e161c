"""Changes to the target's network that verify must name, for every kind of action that makes some of it."""

import msgspec

from migrate.model import AddressPair, DhcpOption, HostRoute, Keypair, Kind, SecurityGroupRule, steps
from tests.verify.moved_pair import MovedPair
from tests.verify.verify_change import Change, dropped, first, gone, swapped, to, with_
from tests.verify.verify_uncommon import OLD_ADDRESS

replace = msgspec.structs.replace


def other_key(pair: MovedPair) -> None:
    ((user, name), _) = next(iter(pair.target_world.keypairs.items()))
    pair.target_world.keypairs[user, name] = Keypair(name=name, public_key="ssh-rsa AAAAother me@home")


def old_address(rules: tuple[SecurityGroupRule, ...]) -> tuple[SecurityGroupRule, ...]:
    """The rule that was rewritten, as it was before."""
    return tuple(replace(r, remote_ip_prefix=f"{OLD_ADDRESS}/32") if r.remote_ip_prefix else r for r in rules)


def moved_to_another_port(pair: MovedPair) -> None:
    there = pair.target_id(Kind.PORT, "port-4")
    with_(Kind.FLOATING_IP, "fip-2", "port_forwardings", first(internal_port_id=there))(pair)


NETWORK = (
    Change("key", steps.ImportKeypair, "keypair:key", "public_key: ", other_key),
    Change(
        "group renamed",
        steps.MakeSecurityGroup,
        "security-group:sg-web",
        "name: web ≠ x",
        to(Kind.SECURITY_GROUP, "sg-web", name="x"),
    ),
    Change(
        "rule dropped",
        steps.SetRules,
        "security-group:sg-web",
        "rule ingress IPv4 tcp 22-22 anywhere: present ≠ missing",
        with_(Kind.SECURITY_GROUP, "sg-web", "rules", lambda rules: tuple(r for r in rules if r.protocol != "tcp")),
    ),
    Change(
        "rule widened",
        steps.SetRules,
        "security-group:sg-web",
        "rule ingress IPv4 udp anywhere: missing ≠ present",
        with_(
            Kind.SECURITY_GROUP,
            "sg-web",
            "rules",
            lambda rules: tuple(replace(r, remote_group_id=None) for r in rules),
        ),
    ),
    Change(
        "rule names the old address",
        steps.SetRules,
        "security-group:sg-partners",
        f"rule ingress IPv4 tcp 22-22 {OLD_ADDRESS}/32: missing ≠ present",
        with_(Kind.SECURITY_GROUP, "sg-partners", "rules", old_address),
    ),
    Change("MTU", steps.MakeNetwork, "network:net-1", "mtu: 1400 ≠ 1500", to(Kind.NETWORK, "net-1", mtu=1500)),
    Change(
        "gateway",
        steps.MakeSubnet,
        "subnet:sub-1",
        "gateway_ip: 10.0.0.1 ≠ 10.0.0.254",
        to(Kind.SUBNET, "sub-1", gateway_ip="10.0.0.254"),
    ),
    Change(
        "DNS order",
        steps.MakeSubnet,
        "subnet:sub-1",
        "dns_nameservers: [9.9.9.9, 1.1.1.1] ≠ [1.1.1.1, 9.9.9.9]",
        to(Kind.SUBNET, "sub-1", dns_nameservers=("1.1.1.1", "9.9.9.9")),
    ),
    Change("host routes", steps.MakeSubnet, "subnet:sub-1", "host_routes: ", to(Kind.SUBNET, "sub-1", host_routes=())),
    Change(
        "DHCP off",
        steps.EnableDhcp,
        "subnet:sub-1",
        "enable_dhcp: True ≠ False",
        to(Kind.SUBNET, "sub-1", enable_dhcp=False),
    ),
    Change("interface", steps.AddInterface, "router:rou-1", "interface in ", to(Kind.ROUTER, "rou-1", interfaces=())),
    Change(
        "gateway of the router",
        steps.MakeRouter,
        "router:rou-1",
        "external_network: ",
        to(Kind.ROUTER, "rou-1", external_network_id=None),
    ),
    Change(
        "addresses no longer translated",
        steps.MakeRouter,
        "router:rou-1",
        "enable_snat: True ≠ False",
        to(Kind.ROUTER, "rou-1", enable_snat=False),
    ),
    Change(
        "static route dropped",
        steps.SetRoutes,
        "router:rou-1",
        "routes: [192.168.7.0/24 via 10.0.0.7] ≠ []",
        with_(Kind.ROUTER, "rou-1", "routes", dropped),
    ),
    Change(
        "static route elsewhere",
        steps.SetRoutes,
        "router:rou-1",
        "routes: ",
        to(Kind.ROUTER, "rou-1", routes=(HostRoute(destination="192.168.7.0/24", nexthop="10.0.0.8"),)),
    ),
    Change(
        "port's groups",
        steps.MakePort,
        "port:port-1",
        "security_groups: ",
        to(Kind.PORT, "port-1", security_group_ids=()),
    ),
    Change(
        "pairs dropped",
        steps.MakePort,
        "port:port-2",
        "allowed_address_pairs: [10.0.0.50/32] ≠ []",
        to(Kind.PORT, "port-2", allowed_address_pairs=()),
    ),
    Change(
        "pairs widened",
        steps.MakePort,
        "port:port-2",
        "allowed_address_pairs: [10.0.0.50/32] ≠ [10.0.0.0/24]",
        to(Kind.PORT, "port-2", allowed_address_pairs=(AddressPair(ip_address="10.0.0.0/24"),)),
    ),
    Change(
        "DHCP option dropped",
        steps.MakePort,
        "port:port-3",
        "dhcp_options: [mtu=1400 (IPv4)] ≠ []",
        to(Kind.PORT, "port-3", dhcp_options=()),
    ),
    Change(
        "DHCP option changed",
        steps.MakePort,
        "port:port-3",
        "dhcp_options: [mtu=1400 (IPv4)] ≠ [mtu=9000 (IPv4)]",
        to(Kind.PORT, "port-3", dhcp_options=(DhcpOption(name="mtu", value="9000"),)),
    ),
    Change(
        "floating IP moved",
        steps.MakeFloatingIp,
        "floating-ip:fip-1",
        "port: ",
        lambda p: p.change(Kind.FLOATING_IP, "fip-1", port_id=p.target_id(Kind.PORT, "port-2")),
    ),
    Change(
        "forwarding dropped",
        steps.ForwardPort,
        "floating-ip:fip-2",
        "forwarding tcp 8080 to ",
        with_(Kind.FLOATING_IP, "fip-2", "port_forwardings", dropped),
    ),
    Change(
        "forwardings swapped",
        steps.ForwardPort,
        "floating-ip:fip-2",
        "forwarding tcp 8080 to ",
        with_(Kind.FLOATING_IP, "fip-2", "port_forwardings", swapped("internal_port")),
    ),
    Change(
        "forwarded elsewhere",
        steps.ForwardPort,
        "floating-ip:fip-2",
        "forwarding tcp 8080 to ",
        moved_to_another_port,
    ),
    Change("trunk gone", steps.MakeTrunk, "trunk:trunk-1", "present ≠ missing", gone(Kind.TRUNK, "trunk-1")),
    Change(
        "sub-port dropped",
        steps.MakeTrunk,
        "trunk:trunk-1",
        "sub-port vlan 100 ",
        with_(Kind.TRUNK, "trunk-1", "sub_ports", dropped),
    ),
    Change(
        "VLAN changed",
        steps.MakeTrunk,
        "trunk:trunk-1",
        "sub-port vlan 100 ",
        with_(Kind.TRUNK, "trunk-1", "sub_ports", first(segmentation_id=101)),
    ),
)
