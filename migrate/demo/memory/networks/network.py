"""Networks, subnets and ports in memory; and the listing of the whole network service."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from msgspec.structs import replace

from migrate.clouds.ports import NetworkState
from migrate.clouds.strict_or_lenient_listings import EVERYTHING, Asking
from migrate.demo.memory import error_answers
from migrate.demo.memory.networks import addresses
from migrate.demo.memory.networks.floating_addresses import FloatingIps
from migrate.demo.memory.networks.security_groups import SecurityGroups
from migrate.demo.memory.networks.trunks import Trunks
from migrate.demo.memory.resource_table import Row
from migrate.errors import Refused
from migrate.model import FixedIp, Kind, Network, Port, Subnet

_DHCP = "network:dhcp"
_DEFAULT_MTU = 1450

T = TypeVar("T")


class MemoryNetwork(SecurityGroups, FloatingIps, Trunks):
    """ports.NetworkService on a world."""

    def state(self, ask: Asking = EVERYTHING) -> NetworkState:
        world, mine = self._world, self._project_id

        def listed(listing: str, path: str, read: Callable[[], Iterable[T]]) -> tuple[T, ...]:
            def look() -> tuple[T, ...]:
                with self._enter("GET", path):
                    return tuple(read())

            return ask(listing, look) or ()

        networks = listed("network", "/networks", self._networks)
        subnets = listed("subnet", "/subnets", lambda: self._subnets(networks))
        routers = listed("router", "/routers", lambda: world.routers.look_all(mine))
        ports = listed("port", "/ports", lambda: world.ports.look_all(mine))
        if not ports:
            # Interfaces are derived from ports.
            routers = tuple(replace(router, interfaces=()) for router in routers)
        has_trunks = "trunk" in world.offer.network_extensions
        return NetworkState(
            networks=networks,
            subnets=subnets,
            routers=routers,
            ports=ports,
            security_groups=listed("security-group", "/security-groups", lambda: world.security_groups.look_all(mine)),
            floating_ips=listed("floating-ip", "/floatingips", lambda: world.floating_ips.look_all(mine)),
            trunks=listed("trunk", "/trunks", lambda: world.trunks.look_all(mine)) if has_trunks else (),
        )

    def _networks(self) -> list[Network]:
        mine = self._project_id
        rows = [
            replace(row.record, is_own=row.project_id == mine)
            for row in self._world.networks.rows.values()
            if row.project_id == mine or row.record.is_external or row.record.is_shared
        ]
        return sorted(rows, key=lambda network: network.id)

    def _subnets(self, networks: tuple[Network, ...]) -> list[Subnet]:
        """Our own subnets, and those of visible networks of other projects."""
        theirs = {network.id for network in networks if not network.is_own}
        shared = [row.record for row in self._world.subnets.rows.values() if row.record.network_id in theirs]
        return sorted([*self._world.subnets.look_all(self._project_id), *shared], key=lambda subnet: subnet.id)

    def marked(self, kind: Kind, mark: str) -> list[str]:
        world = self._world
        tables = {
            Kind.NETWORK: ("networks", world.networks),
            Kind.SUBNET: ("subnets", world.subnets),
            Kind.ROUTER: ("routers", world.routers),
            Kind.PORT: ("ports", world.ports),
            Kind.SECURITY_GROUP: ("security-groups", world.security_groups),
            Kind.FLOATING_IP: ("floatingips", world.floating_ips),
            Kind.TRUNK: ("trunks", world.trunks),
        }
        if kind not in tables:
            raise error_answers.unsupported(f"marks on {kind}")
        listing, table = tables[kind]
        with self._enter("GET", f"/{listing}"):
            rows = table.of(self._project_id)  # type: ignore[attr-defined]
            return [row.record.id for row in rows if row.record.description.startswith(mark)]

    def create_network(self, want: Network) -> str:
        try:
            return self._create_network(want)
        except Refused:
            if want.mtu is None:
                raise
        return self._create_network(replace(want, mtu=None))

    def _create_network(self, want: Network) -> str:
        with self._enter("POST", "/networks", {"network": {"name": want.name, "description": want.description}}):
            if (want.mtu or 0) > self._world.offer.largest_mtu:
                raise error_answers.refused(f"an MTU of {want.mtu}")
            self._need("networks", self._world.networks.count(self._project_id))
            network = Network(
                id=self._world.new_id(),
                name=want.name,
                description=want.description,
                admin_state_up=want.admin_state_up,
                mtu=want.mtu or min(_DEFAULT_MTU, self._world.offer.largest_mtu),
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
            if want.enable_dhcp:
                self._serve_dhcp(row.record)
            return row.record.id

    def enable_dhcp(self, subnet_id: str) -> None:
        with self._enter("PUT", f"/subnets/{subnet_id}", {"subnet": {"enable_dhcp": True}}):
            row = self._world.subnets.row(subnet_id, self._project_id)
            row.change(enable_dhcp=True)
            self._serve_dhcp(row.record)

    def _serve_dhcp(self, subnet: Subnet) -> None:
        """Gives the DHCP port the first free address. The port belongs to the project and appears in every listing."""
        ports = [row.record for row in self._world.ports.rows.values() if row.record.device_owner == _DHCP]
        served = any(fixed.subnet_id == subnet.id for port in ports for fixed in port.fixed_ips)
        if self._world.offer.dhcp_ports and not served:
            addresses.service_port(self._world, self._project_id, subnet, None, owner=_DHCP, device="dhcp")

    def create_port(self, want: Port) -> str:
        with self._enter("POST", "/ports", {"port": {"network_id": want.network_id, "name": want.name}}):
            network = self._world.networks.row(want.network_id, None)
            if network.project_id != self._project_id:
                self._check_on_others(network.record, want)
            self._need("ports", self._world.ports.count(self._project_id))
            self._check_port(want)
            row = Row(self._project_id, want)
            row.change(
                id=self._world.new_id(),
                mac_address=want.mac_address.lower() or self._world.new_mac(),
                fixed_ips=self._fixed_ips(want),
                dhcp_options=tuple(sorted(want.dhcp_options, key=lambda option: (option.name, option.ip_version))),
                device_id="",
                device_owner="",
            )
            self._world.ports.add(row.record.id, row)
            return row.record.id

    def _check_on_others(self, network: Network, want: Port) -> None:
        """Neutron's policy for members: refuses these settings on another project's network."""
        if not network.is_shared:
            if not network.is_external:
                raise error_answers.not_found("network", want.network_id)
            if not self._world.offer.ports_on_external:
                raise error_answers.denied("create_port")
        chosen = {
            "mac_address": want.mac_address,
            "fixed_ips:ip_address": any(fixed.ip_address for fixed in want.fixed_ips),
            "allowed_address_pairs": want.allowed_address_pairs,
            "port_security_enabled": not want.port_security_enabled,
        }
        for what in chosen:
            if chosen[what]:
                raise error_answers.denied(what)

    def _check_port(self, want: Port) -> None:
        if want.mac_address and not self._world.offer.mac_allowed:
            raise error_answers.denied("mac_address")
        for row in self._world.ports.rows.values():
            same_network = row.record.network_id == want.network_id
            if want.mac_address and same_network and row.record.mac_address == want.mac_address.lower():
                raise error_answers.taken("mac-address", want.mac_address)
        if not want.port_security_enabled and (want.security_group_ids or want.allowed_address_pairs):
            raise error_answers.refused("security groups or address pairs without port security")
        for group_id in want.security_group_ids:
            self._world.security_groups.row(group_id, self._project_id)

    def _fixed_ips(self, want: Port) -> tuple[FixedIp, ...]:
        subnets = [r.record for r in self._world.subnets.rows.values() if r.record.network_id == want.network_id]
        if want.fixed_ips:
            by_id = {subnet.id: subnet for subnet in subnets}
            unknown = [fixed.subnet_id for fixed in want.fixed_ips if fixed.subnet_id not in by_id]
            if unknown:
                raise error_answers.refused(f"subnets {unknown} are not on network {want.network_id}")
            return tuple(
                addresses.take(self._world, by_id[fixed.subnet_id], fixed.ip_address) for fixed in want.fixed_ips
            )
        # One address per IP version, like Neutron.
        versions = {subnet.ip_version: subnet for subnet in reversed(subnets)}
        return tuple(addresses.take(self._world, versions[version], None) for version in sorted(versions))

    def delete(self, kind: Kind, resource_id: str) -> None:
        world = self._world
        tables = {Kind.PORT: world.ports, Kind.SUBNET: world.subnets, Kind.NETWORK: world.networks}
        if kind not in tables:
            raise error_answers.unsupported(f"deletion of {kind}")
        with self._enter("DELETE", f"/{kind}s/{resource_id}"):
            row = tables[kind].rows.get(resource_id)  # type: ignore[attr-defined]
            if row is None or row.project_id != self._project_id:
                return
            if kind is Kind.PORT:
                self._check_unused(resource_id)
            else:
                self._let_go(kind, resource_id)
            del tables[kind].rows[resource_id]  # type: ignore[attr-defined]

    def _check_unused(self, port_id: str) -> None:
        trunks = [row.record for row in self._world.trunks.rows.values()]
        held = {port for trunk in trunks for port in (trunk.port_id, *(sub.port_id for sub in trunk.sub_ports))}
        owner = self._world.ports.rows[port_id].record.device_owner
        if port_id in held or owner.startswith("network:router"):
            raise error_answers.refused(f"port {port_id} is in use")

    def _let_go(self, kind: Kind, resource_id: str) -> None:
        """Removes DHCP ports on the network or subnet, and subnets of the network. Raises Refused: in use by others."""
        subnets = self._world.subnets.rows
        gone = {i for i, row in subnets.items() if resource_id in (i, row.record.network_id)}
        ports = {
            i: row.record.device_owner
            for i, row in self._world.ports.rows.items()
            if row.record.network_id == resource_id or any(fixed.subnet_id in gone for fixed in row.record.fixed_ips)
        }
        if any(owner != _DHCP for owner in ports.values()):
            raise error_answers.refused(f"{kind} {resource_id} is in use")
        for port_id in ports:
            del self._world.ports.rows[port_id]
        if kind is Kind.NETWORK:
            for subnet_id in gone:
                del subnets[subnet_id]
