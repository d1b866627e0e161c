"""The network port: networks and their resources."""

from collections.abc import Callable
from typing import Protocol

from migrate.clouds.strict_or_lenient_listings import EVERYTHING, Asking
from migrate.model import (
    FloatingIp,
    HostRoute,
    Kind,
    Network,
    Port,
    PortForwarding,
    Record,
    Router,
    SecurityGroup,
    SecurityGroupRule,
    Subnet,
    Trunk,
)


class NetworkState(Record, frozen=True, kw_only=True):
    """All network resources that the tenant can see and may own, sorted by id."""

    networks: tuple[Network, ...] = ()
    subnets: tuple[Subnet, ...] = ()
    routers: tuple[Router, ...] = ()
    ports: tuple[Port, ...] = ()
    security_groups: tuple[SecurityGroup, ...] = ()
    floating_ips: tuple[FloatingIp, ...] = ()
    trunks: tuple[Trunk, ...] = ()


class NetworkService(Protocol):
    """Networks, subnets, routers, ports, security groups, floating IPs and trunks."""

    def state(self, ask: Asking = EVERYTHING) -> NetworkState:
        """All network resources, in a handful of listing requests."""

    def marked(self, kind: Kind, mark: str) -> list[str]:
        """Ids of resources of `kind` whose description begins with `mark`, oldest first if the cloud has dates."""

    def create_network(self, want: Network) -> str:
        """Creates a tenant network and returns its id; ignores `want.id`. The description carries the mark.

        If the cloud refuses the MTU, the network is created with the cloud's default.
        """

    def create_subnet(self, want: Subnet) -> str: ...

    def enable_dhcp(self, subnet_id: str) -> None:
        """Turns DHCP on. Idempotent."""

    def create_router(self, want: Router) -> str:
        """Creates the router with its gateway; `add_interface` adds interfaces, `set_routes` routes."""

    def set_routes(self, router_id: str, routes: tuple[HostRoute, ...]) -> None:
        """Sets exactly these static routes. Raises Refused if a next hop is on none of its subnets."""

    def add_interface(self, router_id: str, subnet_id: str, ip_address: str | None) -> None:
        """Adds an interface on the subnet; for an address other than the gateway's, creates the port first."""

    def create_port(self, want: Port) -> str:
        """Creates a port; an empty `mac_address` lets the cloud choose."""

    def create_security_group(self, want: SecurityGroup) -> str:
        """Creates the group without `want.rules`, and without the default egress rules of clouds."""

    def replace_rules(
        self, group_id: str, rules: tuple[SecurityGroupRule, ...], check: Callable[[], None] = lambda: None
    ) -> None:
        """Sets exactly these rules: adds missing ones, then removes unwanted ones.

        `check` is called before each change; what it raises ends the method, with the changes so far.
        """

    def create_floating_ip(self, want: FloatingIp) -> FloatingIp:
        """Allocates an address on `want.external_network_id`, and associates it if `want.port_id` is set."""

    def associate(self, floating_ip_id: str, port_id: str, fixed_ip_address: str | None) -> None:
        """Associates the floating IP with the port. Idempotent."""

    def forward_port(self, floating_ip_id: str, want: PortForwarding) -> None:
        """Adds the forwarding; leaves an existing one (same protocol and external port) unchanged."""

    def create_trunk(self, want: Trunk) -> str:
        """Creates a trunk over existing ports, before its parent port's server is created."""

    def delete(self, kind: Kind, resource_id: str) -> None:
        """Deletes a port, subnet or network; accepts a missing one. DHCP ports go with their subnet.

        Raises Refused while something uses it, and Unsupported for other kinds.
        """
