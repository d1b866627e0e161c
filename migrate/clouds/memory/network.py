"""Networks, subnets, routers, ports and floating IPs in memory."""

from migrate.clouds.memory import addresses, faults
from migrate.clouds.memory.groups import SecurityGroups
from migrate.clouds.memory.login import Login
from migrate.clouds.memory.table import Row
from migrate.clouds.ports import NetworkState
from migrate.model import (
    FixedIp,
    FloatingIp,
    HostRoute,
    Kind,
    Network,
    Port,
    Router,
    RouterInterface,
    Subnet,
)

_INTERFACE = "network:router_interface"
_LISTINGS = ("networks", "subnets", "routers", "ports", "security-groups", "floatingips")
_DEFAULT_MTU = 1450


class MemoryNetwork(SecurityGroups):
    """ports.NetworkService on a world."""

    def __init__(self, login: Login) -> None:
        super().__init__(login)
        # Routes that wait for an interface to reach their next hop: router id -> routes.
        self._routes: dict[str, tuple[HostRoute, ...]] = {}

    def state(self) -> NetworkState:
        for listing in _LISTINGS:
            with self._enter("GET", f"/{listing}"):
                pass
        world, mine = self._world, self._project_id
        with world.lock:
            networks = [
                row.record
                for row in world.networks.rows.values()
                if row.project_id == mine or row.record.is_external or row.record.is_shared
            ]
            return NetworkState(
                networks=tuple(sorted(networks, key=lambda network: network.id)),
                subnets=tuple(world.subnets.look_all(mine)),
                routers=tuple(world.routers.look_all(mine)),
                ports=tuple(world.ports.look_all(mine)),
                security_groups=tuple(world.security_groups.look_all(mine)),
                floating_ips=tuple(world.floating_ips.look_all(mine)),
            )

    def marked(self, kind: Kind, mark: str) -> list[str]:
        world = self._world
        tables = {
            Kind.NETWORK: ("networks", world.networks),
            Kind.SUBNET: ("subnets", world.subnets),
            Kind.ROUTER: ("routers", world.routers),
            Kind.PORT: ("ports", world.ports),
            Kind.SECURITY_GROUP: ("security-groups", world.security_groups),
            Kind.FLOATING_IP: ("floatingips", world.floating_ips),
        }
        if kind not in tables:
            raise faults.unsupported(f"marks on {kind}")
        listing, table = tables[kind]
        with self._enter("GET", f"/{listing}"):
            rows = table.of(self._project_id)  # type: ignore[attr-defined]
            return [row.record.id for row in rows if row.record.description.startswith(mark)]

    def create_network(self, want: Network) -> str:
        with self._enter("POST", "/networks", {"network": {"name": want.name, "description": want.description}}):
            self._need("networks", self._world.networks.count(self._project_id))
            network = Network(
                id=self._world.new_id(),
                name=want.name,
                description=want.description,
                admin_state_up=want.admin_state_up,
                mtu=want.mtu or _DEFAULT_MTU,
                port_security_enabled=want.port_security_enabled,
            )
            self._world.networks.add(network.id, Row(self._project_id, network))
            return network.id

    def create_subnet(self, want: Subnet) -> str:
        with self._enter("POST", "/subnets", {"subnet": {"network_id": want.network_id, "cidr": want.cidr}}):
            self._world.networks.row(want.network_id, self._project_id)
            self._need("subnets", self._world.subnets.count(self._project_id))
            addresses.check_subnet(self._world, want)
            row = Row(self._project_id, want)
            row.change(
                id=self._world.new_id(),
                allocation_pools=want.allocation_pools or addresses.default_pools(want.cidr, want.gateway_ip),
            )
            self._world.subnets.add(row.record.id, row)
            if want.enable_dhcp and self._world.offer.dhcp_ports:
                self._own_port(row.record, None, "network:dhcp", "dhcp")
            return row.record.id

    def create_router(self, want: Router) -> str:
        asked = {"name": want.name, "description": want.description}
        with self._enter("POST", "/routers", {"router": asked}):
            self._need("routers", self._world.routers.count(self._project_id))
            if want.external_network_id:
                self._external(want.external_network_id)
            router = Router(
                id=self._world.new_id(),
                name=want.name,
                description=want.description,
                admin_state_up=want.admin_state_up,
                external_network_id=want.external_network_id,
            )
            self._world.routers.add(router.id, Row(self._project_id, router))
        self._set_routes(router.id, want.routes)
        return router.id

    def _set_routes(self, router_id: str, routes: tuple[HostRoute, ...]) -> None:
        """As Neutron: a next hop must be on a subnet that the router is in. Others wait for `add_interface`."""
        router = self._world.routers.row(router_id, self._project_id)
        subnets = [self._world.subnets.rows[there.subnet_id].record for there in router.record.interfaces]
        reached = [route for route in routes if addresses.on_one_of(route.nexthop, subnets)]
        self._routes[router_id] = tuple(route for route in routes if route not in reached)
        if reached:
            with self._enter("PUT", f"/routers/{router_id}"):
                router.change(routes=(*router.record.routes, *reached))

    def add_interface(self, router_id: str, subnet_id: str, ip_address: str | None) -> None:
        with self._enter("GET", f"/subnets/{subnet_id}"):
            router = self._world.routers.row(router_id, self._project_id)
            subnet = self._world.subnets.row(subnet_id, self._project_id).record
        there = next((i for i in router.record.interfaces if i.subnet_id == subnet_id), None)
        if there is not None:
            if ip_address not in (None, there.ip_address):
                raise faults.taken("router interface", f"{router_id} {subnet_id} {there.ip_address}")
            return
        own_port = ip_address is not None and ip_address != subnet.gateway_ip
        if own_port:
            with self._enter("POST", "/ports", {"port": {"network_id": subnet.network_id}}):
                port = self._own_port(subnet, ip_address, "", "")
        with self._enter("PUT", f"/routers/{router_id}/add_router_interface"):
            if not own_port:
                if not subnet.gateway_ip:
                    raise faults.refused(f"subnet {subnet_id} has no gateway address")
                port = self._own_port(subnet, subnet.gateway_ip, "", "")
            self._world.ports.rows[port.id].change(device_owner=_INTERFACE, device_id=router_id)
            interface = RouterInterface(subnet_id=subnet_id, ip_address=port.fixed_ips[0].ip_address, port_id=port.id)
            router.change(interfaces=(*router.record.interfaces, interface))
        self._set_routes(router_id, self._routes.pop(router_id, ()))

    def create_port(self, want: Port) -> str:
        with self._enter("POST", "/ports", {"port": {"network_id": want.network_id, "name": want.name}}):
            network = self._world.networks.row(want.network_id, None)
            if network.project_id != self._project_id and not network.record.is_shared:
                raise faults.not_found("network", want.network_id)
            self._need("ports", self._world.ports.count(self._project_id))
            self._check_port(want)
            row = Row(self._project_id, want)
            row.change(
                id=self._world.new_id(),
                mac_address=want.mac_address.lower() or self._world.new_mac(),
                fixed_ips=self._fixed_ips(want),
                device_id="",
                device_owner="",
            )
            self._world.ports.add(row.record.id, row)
            return row.record.id

    def create_floating_ip(self, want: FloatingIp) -> FloatingIp:
        asked = {"floating_network_id": want.external_network_id, "port_id": want.port_id}
        with self._enter("POST", "/floatingips", {"floatingip": asked}):
            self._external(want.external_network_id)
            self._need("floating_ips", self._world.floating_ips.count(self._project_id))
            made = FloatingIp(
                id=self._world.new_id(),
                address=addresses.floating(self._world),
                external_network_id=want.external_network_id,
                description=want.description,
            )
            row = Row(self._project_id, made)
            if want.port_id:
                self._point(row, want.port_id, want.fixed_ip_address)
            self._world.floating_ips.add(made.id, row)
            return row.record

    def associate(self, floating_ip_id: str, port_id: str, fixed_ip_address: str | None) -> None:
        with self._enter("PUT", f"/floatingips/{floating_ip_id}", {"floatingip": {"port_id": port_id}}):
            self._point(self._world.floating_ips.row(floating_ip_id, self._project_id), port_id, fixed_ip_address)

    def _external(self, network_id: str) -> None:
        if not self._world.networks.row(network_id, None).record.is_external:
            raise faults.refused(f"network {network_id} is not external")

    def _own_port(self, subnet: Subnet, address: str | None, owner: str, device: str) -> Port:
        """A port that a router or DHCP holds."""
        port = Port(
            id=self._world.new_id(),
            network_id=subnet.network_id,
            mac_address=self._world.new_mac(),
            fixed_ips=(addresses.take(self._world, subnet, address),),
            device_owner=owner,
            device_id=device,
            port_security_enabled=False,
        )
        self._world.ports.add(port.id, Row(self._project_id, port))
        return port

    def _check_port(self, want: Port) -> None:
        if want.mac_address and not self._world.offer.mac_allowed:
            raise faults.denied("mac_address")
        for row in self._world.ports.rows.values():
            same_network = row.record.network_id == want.network_id
            if want.mac_address and same_network and row.record.mac_address == want.mac_address.lower():
                raise faults.taken("mac-address", want.mac_address)
        if not want.port_security_enabled and (want.security_group_ids or want.allowed_address_pairs):
            raise faults.refused("security groups or address pairs without port security")
        for group_id in want.security_group_ids:
            self._world.security_groups.row(group_id, self._project_id)

    def _fixed_ips(self, want: Port) -> tuple[FixedIp, ...]:
        subnets = [r.record for r in self._world.subnets.rows.values() if r.record.network_id == want.network_id]
        if want.fixed_ips:
            by_id = {subnet.id: subnet for subnet in subnets}
            unknown = [fixed.subnet_id for fixed in want.fixed_ips if fixed.subnet_id not in by_id]
            if unknown:
                raise faults.refused(f"subnets {unknown} are not on network {want.network_id}")
            return tuple(
                addresses.take(self._world, by_id[fixed.subnet_id], fixed.ip_address) for fixed in want.fixed_ips
            )
        # One address per IP version, as Neutron does it.
        versions = {subnet.ip_version: subnet for subnet in reversed(subnets)}
        return tuple(addresses.take(self._world, versions[version], None) for version in sorted(versions))

    def _point(self, row: Row[FloatingIp], port_id: str, fixed_ip_address: str | None) -> None:
        """Associates. Raises NotFound: no router between the port and the external network."""
        port = self._world.ports.row(port_id, self._project_id).record
        fixed = next((f for f in port.fixed_ips if fixed_ip_address in (None, f.ip_address)), None)
        if fixed is None:
            raise faults.refused(f"port {port_id} has no address {fixed_ip_address or ''}")
        external = row.record.external_network_id
        routed = any(
            router.record.external_network_id == external
            and any(interface.subnet_id == fixed.subnet_id for interface in router.record.interfaces)
            for router in self._world.routers.rows.values()
        )
        if not routed:
            raise faults.not_found("route to external network", fixed.subnet_id)
        for other in self._world.floating_ips.rows.values():
            there = (other.record.port_id, other.record.fixed_ip_address)
            if other is not row and there == (port_id, fixed.ip_address):
                raise faults.taken("floating-ip association", fixed.ip_address)
        row.change(port_id=port_id, fixed_ip_address=fixed.ip_address)
