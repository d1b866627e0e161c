"""Routers in memory: their gateways, interfaces and static routes."""

from ipaddress import ip_address, ip_network

from migrate.demo.memory import error_answers
from migrate.demo.memory.login import Service
from migrate.demo.memory.networks import addresses
from migrate.demo.memory.resource_table import Row
from migrate.model import HostRoute, Router, RouterInterface

_INTERFACE = "network:router_interface"


class Routers(Service):
    """The router part of ports.NetworkService."""

    service = "network"

    def create_router(self, want: Router) -> str:
        """Creates a router. Of the gateway, a member may set only the external network: SNAT is always on."""
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
            return router.id

    def set_routes(self, router_id: str, routes: tuple[HostRoute, ...]) -> None:
        asked = [{"destination": route.destination, "nexthop": route.nexthop} for route in routes]
        with self._enter("PUT", f"/routers/{router_id}", {"router": {"routes": asked}}):
            router = self._world.routers.row(router_id, self._project_id)
            for route in routes:
                self._check_route(router.record, route)
            router.change(routes=tuple(sorted(set(routes), key=lambda route: (route.destination, route.nexthop))))

    def _check_route(self, router: Router, route: HostRoute) -> None:
        """Raises Refused: not a route, or a next hop that is on none of the router's subnets or is the
        router itself.
        """
        cidrs = [self._world.subnets.rows[there.subnet_id].record.cidr for there in router.interfaces]
        cidrs += [self._world.offer.external_cidr] if router.external_network_id else []
        try:
            ip_network(route.destination)
            reached = any(ip_address(route.nexthop) in ip_network(cidr) for cidr in cidrs)
        except ValueError as err:
            raise error_answers.refused(f"route {route.destination} via {route.nexthop}") from err
        if not reached or route.nexthop in {there.ip_address for there in router.interfaces}:
            raise error_answers.refused(f"next hop {route.nexthop} of router {router.id}")

    def add_interface(self, router_id: str, subnet_id: str, ip_address: str | None) -> None:
        with self._enter("GET", f"/subnets/{subnet_id}"):
            router = self._world.routers.row(router_id, self._project_id)
            subnet = self._world.subnets.row(subnet_id, self._project_id).record
        there = next((i for i in router.record.interfaces if i.subnet_id == subnet_id), None)
        if there is not None:
            if ip_address not in (None, there.ip_address):
                raise error_answers.taken("router interface", f"{router_id} {subnet_id} {there.ip_address}")
            return
        own_port = ip_address is not None and ip_address != subnet.gateway_ip
        if own_port:
            with self._enter("POST", "/ports", {"port": {"network_id": subnet.network_id}}):
                port = addresses.service_port(self._world, self._project_id, subnet, ip_address)
        with self._enter("PUT", f"/routers/{router_id}/add_router_interface"):
            if not own_port:
                if not subnet.gateway_ip:
                    raise error_answers.refused(f"subnet {subnet_id} has no gateway address")
                port = addresses.service_port(self._world, self._project_id, subnet, subnet.gateway_ip)
            self._world.ports.rows[port.id].change(device_owner=_INTERFACE, device_id=router_id)
            interface = RouterInterface(subnet_id=subnet_id, ip_address=port.fixed_ips[0].ip_address, port_id=port.id)
            router.change(interfaces=(*router.record.interfaces, interface))

    def _external(self, network_id: str) -> None:
        if not self._world.networks.row(network_id, None).record.is_external:
            raise error_answers.refused(f"network {network_id} is not external")

    def _is_routed(self, subnet_id: str, external_network_id: str) -> bool:
        """Whether a router connects the subnet to the external network; some old clouds do not require one."""
        return self._world.offer.floating_without_router or any(
            router.record.external_network_id == external_network_id
            and any(interface.subnet_id == subnet_id for interface in router.record.interfaces)
            for router in self._world.routers.rows.values()
        )
