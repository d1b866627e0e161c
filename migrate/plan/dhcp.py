"""Turns DHCP on late: after ports with fixed addresses, which a DHCP port could take."""

from migrate.findings.at_target.kept_parts import interfaces_kept, subnet_moves
from migrate.findings.decide_what_moves import Decision
from migrate.findings.inputs import is_movable_port
from migrate.model import Kind, Router, RouterInterface, Subnet
from migrate.policy.provider_profiles import profile_of
from migrate.policy.selectors import item


def interface_id(router_id: str, subnet_id: str) -> str:
    """The id of the step that connects the router to the subnet."""
    return item(Kind.ROUTER, router_id, f"interface-{subnet_id}")


class LateDhcp:
    """Subnets that start without DHCP, and the dependencies of turning it on."""

    def __init__(self, decision: Decision) -> None:
        case = decision.case
        self._case = case
        self._moves = decision.moves
        profile = profile_of(case.policy.profile, case.target.identity)
        self._always = profile is not None and profile.dhcp_always
        self._ports: dict[str, list[str]] = {}
        for port in case.source.ports:
            if is_movable_port(case, port) and decision.moves(Kind.PORT, port.id):
                self._ports.setdefault(port.network_id, []).append(item(Kind.PORT, port.id))
        self._interfaces: dict[str, list[str]] = {}
        for router in case.source.routers:
            for interface in _interfaces(decision, router):
                # The service reserves the gateway's own address.
                if interface.ip_address != case.subnets[interface.subnet_id].gateway_ip:
                    item_id = interface_id(router.id, interface.subnet_id)
                    self._interfaces.setdefault(interface.subnet_id, []).append(item_id)

    def waits_for(self, subnet: Subnet) -> tuple[str, ...]:
        """Steps that come before the subnet's DHCP, sorted; empty if it has DHCP from the start, or never.

        IPv6 subnets with an address mode cannot be created without DHCP, nor get a mode later. Some providers require
        DHCP for all subnets.
        """
        if not subnet.enable_dhcp or subnet.ipv6_address_mode or subnet.ipv6_ra_mode or self._always:
            return ()
        return tuple(sorted((*self._ports.get(subnet.network_id, ()), *self._interfaces.get(subnet.id, ()))))

    def steps_of(self, network_id: str) -> list[str]:
        """The steps that turn DHCP on in this network."""
        return [
            item(Kind.SUBNET, subnet.id, "dhcp")
            for subnet in self._case.subnets_of(network_id)
            if subnet_moves(self._case, self._moves, subnet.id) and self.waits_for(subnet)
        ]


def _interfaces(decision: Decision, router: Router) -> tuple[RouterInterface, ...]:
    return interfaces_kept(decision.case, decision.moves, router) if decision.moves(Kind.ROUTER, router.id) else ()
