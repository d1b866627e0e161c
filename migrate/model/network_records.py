"""Networks, subnets, routers, ports, trunks and floating IPs of a tenant."""

from migrate.model.records import Record


class AllocationPool(Record, frozen=True, kw_only=True):
    start: str
    end: str


class HostRoute(Record, frozen=True, kw_only=True):
    destination: str
    nexthop: str


class Network(Record, frozen=True, kw_only=True):
    id: str
    name: str
    description: str = ""
    admin_state_up: bool = True
    mtu: int | None = None
    port_security_enabled: bool = True
    is_external: bool = False
    is_shared: bool = False
    is_own: bool = True


class Subnet(Record, frozen=True, kw_only=True):
    id: str
    network_id: str
    name: str
    cidr: str
    description: str = ""
    ip_version: int = 4
    gateway_ip: str | None = None
    enable_dhcp: bool = True
    dns_nameservers: tuple[str, ...] = ()
    allocation_pools: tuple[AllocationPool, ...] = ()
    host_routes: tuple[HostRoute, ...] = ()
    ipv6_address_mode: str | None = None
    ipv6_ra_mode: str | None = None


class RouterInterface(Record, frozen=True, kw_only=True):
    subnet_id: str
    ip_address: str
    port_id: str = ""


class Router(Record, frozen=True, kw_only=True):
    id: str
    name: str
    description: str = ""
    admin_state_up: bool = True
    external_network_id: str | None = None
    routes: tuple[HostRoute, ...] = ()
    interfaces: tuple[RouterInterface, ...] = ()
    enable_snat: bool = True


class FixedIp(Record, frozen=True, kw_only=True):
    subnet_id: str
    ip_address: str


class AddressPair(Record, frozen=True, kw_only=True):
    ip_address: str
    mac_address: str | None = None


class DhcpOption(Record, frozen=True, kw_only=True):
    """An extra DHCP option of a port, with Neutron's name (`mtu`, `tftp-server`)."""

    name: str
    value: str
    ip_version: int = 4


class Port(Record, frozen=True, kw_only=True):
    """A port of the tenant; `device_owner` distinguishes ports of servers, routers, DHCP and trunks
    (`trunk:subport`).
    """

    id: str
    network_id: str
    name: str = ""
    description: str = ""
    admin_state_up: bool = True
    mac_address: str = ""
    fixed_ips: tuple[FixedIp, ...] = ()
    security_group_ids: tuple[str, ...] = ()
    allowed_address_pairs: tuple[AddressPair, ...] = ()
    port_security_enabled: bool = True
    device_id: str = ""
    device_owner: str = ""
    vnic_type: str = "normal"
    qos_policy_id: str | None = None
    dhcp_options: tuple[DhcpOption, ...] = ()


class SubPort(Record, frozen=True, kw_only=True):
    port_id: str
    segmentation_type: str
    segmentation_id: int


class Trunk(Record, frozen=True, kw_only=True):
    """A trunk: a server's parent port with its VLAN subports, sorted by segmentation id."""

    id: str
    name: str
    port_id: str
    description: str = ""
    admin_state_up: bool = True
    sub_ports: tuple[SubPort, ...] = ()


class PortForwarding(Record, frozen=True, kw_only=True):
    """The forwarding of a port (or range) of a floating IP to an internal address. `port_max` fields: None for one
    port.
    """

    protocol: str
    external_port: int
    internal_port: int
    internal_ip_address: str
    internal_port_id: str
    external_port_max: int | None = None
    internal_port_max: int | None = None
    description: str = ""


class FloatingIp(Record, frozen=True, kw_only=True):
    id: str
    address: str
    external_network_id: str
    description: str = ""
    port_id: str | None = None
    fixed_ip_address: str | None = None
    port_forwardings: tuple[PortForwarding, ...] = ()
