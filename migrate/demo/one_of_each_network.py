"""The network of `everything`: six networks, four routers, a trunk, forwardings, rules that name a floating IP."""

from dataclasses import dataclass, field

from migrate.demo.memory.cloud import MemoryCloud
from migrate.model import (
    AddressPair,
    AllocationPool,
    DhcpOption,
    FixedIp,
    FloatingIp,
    HostRoute,
    Network,
    Port,
    PortForwarding,
    Router,
    SecurityGroup,
    SecurityGroupRule,
    Subnet,
    SubPort,
    Trunk,
)

VIP = "10.41.0.100"


@dataclass
class Nets:
    """Ids by name. A subnet is `10.N.0.0/24` and has its network's name."""

    networks: dict[str, str] = field(default_factory=dict)
    subnets: dict[str, str] = field(default_factory=dict)
    ports: dict[str, str] = field(default_factory=dict)


def make_networks(cloud: MemoryCloud) -> Nets:
    """Creates the network; DHCP last, so that a server still gets the first address of `front`."""
    nets = Nets()
    for number, name in enumerate(("front", "back", "lonely", "inner", "vlan-a", "vlan-b"), start=40):
        _network(cloud, nets, name, f"10.{number}.0")
    _routers(cloud, nets)
    _ports(cloud, nets)
    _trunk(cloud, nets)
    _floating(cloud, nets)
    for subnet_id in nets.subnets.values():
        cloud.network.enable_dhcp(subnet_id)
    return nets


def _network(cloud: MemoryCloud, nets: Nets, name: str, stem: str) -> None:
    network_id = cloud.network.create_network(Network(id="", name=name, description=f"the {name}"))
    subnet = Subnet(
        id="",
        network_id=network_id,
        name=name,
        cidr=f"{stem}.0/24",
        gateway_ip=f"{stem}.1",
        enable_dhcp=False,
        dns_nameservers=("9.9.9.9",),
        allocation_pools=(AllocationPool(start=f"{stem}.10", end=f"{stem}.200"),),
    )
    nets.networks[name], nets.subnets[name] = network_id, cloud.network.create_subnet(subnet)


def _routers(cloud: MemoryCloud, nets: Nets) -> None:
    """`edge` has a gateway; `inner` has none and holds the subnet's gateway address; `quiet` has no SNAT.

    `lonely` and `vlan-b` have no router.
    """
    external = cloud.facts().external_networks[0].id
    for name, gateway, inside in (
        ("edge", external, ("front", "back")),
        ("inner", None, ("inner",)),
        ("quiet", external, ("vlan-a",)),
    ):
        router_id = cloud.network.create_router(Router(id="", name=name, external_network_id=gateway))
        for subnet in inside:
            cloud.network.add_interface(router_id, nets.subnets[subnet], None)
        if name == "edge":
            routes = (
                HostRoute(destination="192.168.60.0/24", nexthop="10.41.0.254"),
                HostRoute(destination="192.168.61.0/24", nexthop="10.40.0.253"),
            )
            cloud.network.set_routes(router_id, routes)
        if name == "quiet":
            cloud.world.routers.row(router_id, None).change(enable_snat=False)


def _ports(cloud: MemoryCloud, nets: Nets) -> None:
    default = tuple(group.id for group in cloud.network.state().security_groups if group.name == "default")
    mtu = (DhcpOption(name="mtu", value="1400"),)
    pairs = (AddressPair(ip_address=VIP),)
    _port(cloud, nets, "app-1 front", "front", "10.40.0.10", security_group_ids=default, dhcp_options=mtu)
    _port(cloud, nets, "app-1 back", "back", "10.41.0.10", security_group_ids=default, allowed_address_pairs=pairs)
    _port(cloud, nets, "app-2", "front", "10.40.0.12", security_group_ids=default)
    _port(cloud, nets, "db-1", "back", "10.41.0.20", security_group_ids=default)
    _port(cloud, nets, "web-9", "front", "10.40.0.19", security_group_ids=default)
    _port(cloud, nets, "fw-1 parent", "front", "10.40.0.30", port_security_enabled=False)
    _port(cloud, nets, "fw-1 vlan 100", "vlan-a", "10.44.0.30", port_security_enabled=False)
    _port(cloud, nets, "fw-1 vlan 200", "vlan-b", "10.45.0.30", port_security_enabled=False)
    _port(cloud, nets, "kiosk-1", "lonely", "10.42.0.10", security_group_ids=default)
    _port(cloud, nets, "free", "inner", "10.43.0.10", security_group_ids=default)
    special = _port(cloud, nets, "special", "back", "10.41.0.40", security_group_ids=default)
    cloud.world.ports.row(special, None).change(
        vnic_type="direct", qos_policy_id="90500000-0000-4000-8000-000000000001"
    )


def _port(cloud: MemoryCloud, nets: Nets, name: str, network: str, address: str, **fields: object) -> str:
    port = Port(
        id="",
        network_id=nets.networks[network],
        name=name,
        fixed_ips=(FixedIp(subnet_id=nets.subnets[network], ip_address=address),),
        **fields,  # type: ignore[arg-type]
    )
    nets.ports[name] = cloud.network.create_port(port)
    return nets.ports[name]


def _trunk(cloud: MemoryCloud, nets: Nets) -> None:
    carried = tuple(
        SubPort(port_id=nets.ports[f"fw-1 vlan {vlan}"], segmentation_type="vlan", segmentation_id=vlan)
        for vlan in (200, 100)
    )
    parent = nets.ports["fw-1 parent"]
    cloud.network.create_trunk(
        Trunk(id="", name="fw-1", port_id=parent, description="two more networks", sub_ports=carried)
    )


def _floating(cloud: MemoryCloud, nets: Nets) -> None:
    """Four floating IPs: one on a port behind `edge`, two that need a router, and one with port forwardings."""
    external = cloud.facts().external_networks[0].id
    addresses: dict[str, FloatingIp] = {}
    for name, port in (("shop", "app-1 front"), ("kiosk", "kiosk-1"), ("inner", "free"), ("database", None)):
        want = FloatingIp(
            id="",
            address="",
            external_network_id=external,
            description=name,
            port_id=nets.ports[port] if port else None,
        )
        addresses[name] = cloud.network.create_floating_ip(want)
    for protocol, outside, inside, text in (("tcp", 15432, 5432, "orders"), ("udp", 5353, 53, "")):
        forwarding = PortForwarding(
            protocol=protocol,
            external_port=outside,
            internal_port=inside,
            internal_ip_address="10.41.0.20",
            internal_port_id=nets.ports["db-1"],
            description=text,
        )
        cloud.network.forward_port(addresses["database"].id, forwarding)
    _rules(cloud, addresses["shop"].address)


def _rules(cloud: MemoryCloud, shop_address: str) -> None:
    """A security group with a rule for an address that will change."""
    group_id = cloud.network.create_security_group(SecurityGroup(id="", name="partners", description="who may call"))
    rules = (
        SecurityGroupRule(direction="egress"),
        SecurityGroupRule(
            direction="ingress", protocol="tcp", port_min=443, port_max=443, remote_ip_prefix=f"{shop_address}/32"
        ),
        SecurityGroupRule(
            direction="ingress", protocol="tcp", port_min=443, port_max=443, remote_ip_prefix="192.0.2.0/24"
        ),
    )
    cloud.network.replace_rules(group_id, rules)
