"""Networks and what hangs on them, as the job needs them of a cloud."""

from typing import Protocol

from migrate.clouds.listing_requests import EVERYTHING, Asking
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
    """Everything of the network service that the tenant can see and may own, sorted by id."""

    networks: tuple[Network, ...] = ()
    subnets: tuple[Subnet, ...] = ()
    routers: tuple[Router, ...] = ()
    ports: tuple[Port, ...] = ()
    security_groups: tuple[SecurityGroup, ...] = ()
    floating_ips: tuple[FloatingIp, ...] = ()
    trunks: tuple[Trunk, ...] = ()


class NetworkService(Protocol):
    """Networks, and what hangs on them. Floating IPs and ports included."""

    def state(self, ask: Asking = EVERYTHING) -> NetworkState:
        """Everything, in a handful of listing requests."""

    def marked(self, kind: Kind, mark: str) -> list[str]:
        """Ids of resources of `kind` whose description begins with `mark`, oldest first where the cloud tells."""

    def create_network(self, want: Network) -> str:
        """Creates a tenant network; `want.id` is ignored, its description carries the mark. Returns the id.

        An MTU that the cloud refuses is left to it: the network is made all the same, with the cloud's own.
        """

    def create_subnet(self, want: Subnet) -> str: ...

    def enable_dhcp(self, subnet_id: str) -> None:
        """Turns DHCP on. Repeating it changes nothing."""

    def create_router(self, want: Router) -> str:
        """Creates the router with its gateway; interfaces are added by `add_interface`, routes by `set_routes`."""

    def set_routes(self, router_id: str, routes: tuple[HostRoute, ...]) -> None:
        """Makes the static routes exactly these. Raises Refused when a next hop is on none of its subnets."""

    def add_interface(self, router_id: str, subnet_id: str, ip_address: str | None) -> None:
        """Puts an interface into the subnet. With another address than the gateway's, makes the port itself."""

    def create_port(self, want: Port) -> str:
        """Creates a port; an empty `mac_address` lets the cloud choose."""

    def create_security_group(self, want: SecurityGroup) -> str:
        """Creates the group without `want.rules`, and without the egress rules that clouds add by themselves."""

    def replace_rules(self, group_id: str, rules: tuple[SecurityGroupRule, ...]) -> None:
        """Makes the group's rules exactly `rules`: adds what is missing, then removes what is not wanted."""

    def create_floating_ip(self, want: FloatingIp) -> FloatingIp:
        """Allocates an address on `want.external_network_id`, and associates it when `want.port_id` is set."""

    def associate(self, floating_ip_id: str, port_id: str, fixed_ip_address: str | None) -> None:
        """Points the floating IP at the port. Repeating it changes nothing."""

    def forward_port(self, floating_ip_id: str, want: PortForwarding) -> None:
        """Adds the forwarding; one that is there already (same protocol and external port) is left as it is."""

    def create_trunk(self, want: Trunk) -> str:
        """Makes a trunk over ports that exist, before its parent port's server is made."""
