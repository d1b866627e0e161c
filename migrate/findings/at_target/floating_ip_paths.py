"""Routers that connect floating IPs to their ports: the target refuses a floating IP without one.

Some clouds need no router for that, so a tenant may lack one. It then gets one: the router on the subnet's gateway
address gets an external gateway, or a new router is created there.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from migrate.model import FloatingIp, Inventory, Port, Router, RouterInterface, Subnet, name_id
from migrate.policy.mapping import Choice, Choices

_SERVICE_OWNER = "network:"


class Way(NamedTuple):
    """Routers to a subnet; any one of `routers` (source ids) is enough. `is_new`: there was none at the source."""

    routers: tuple[str, ...]
    is_new: bool


@dataclass(frozen=True)
class Ways:
    """All ways. `found`: maps (subnet, external network; source ids) to a way, None if there is none.

    `given`: maps a source router to the target's external network for its new gateway. `made`: new routers, each with
    one interface; their `external_network_id` is the target's.
    """

    found: dict[tuple[str, str], Way | None] = field(default_factory=dict)
    given: dict[str, str] = field(default_factory=dict)
    made: dict[str, Router] = field(default_factory=dict)

    def of(self, subnet_id: str, external_network_id: str) -> Way | None:
        return self.found.get((subnet_id, external_network_id))


def made_router_id(subnet_id: str) -> str:
    """The id of the new router for this subnet: the same in every plan."""
    return name_id(f"router for {subnet_id}")


def floating_subnet(port: Port, fixed_ip_address: str | None) -> str | None:
    """The subnet of the address behind a floating IP."""
    fixed = [f for f in port.fixed_ips if fixed_ip_address in {None, f.ip_address}] or list(port.fixed_ips)
    return fixed[0].subnet_id if fixed else None


def subnets_reached(floating_ip: FloatingIp, ports: dict[str, Port]) -> Iterator[str]:
    """Subnets behind the floating IP: its port's, and those of its port forwardings."""
    ends = [(floating_ip.port_id or "", floating_ip.fixed_ip_address)]
    ends += [(one.internal_port_id, one.internal_ip_address) for one in floating_ip.port_forwardings]
    for port_id, address in ends:
        port = ports.get(port_id)
        subnet_id = floating_subnet(port, address) if port else None
        if subnet_id:
            yield subnet_id


def find_ways(
    source: Inventory, choices: Choices, floating_ips: list[FloatingIp], own_networks: Collection[str]
) -> Ways:
    """A way for each of these floating IPs, if possible. If two compete for a router, the first id wins.

    Subnets of other projects' networks get no new router or gateway, because they do not move.
    """
    ports = {port.id: port for port in source.ports}
    finder = _Finder(
        choices.external_networks,
        {subnet.id: subnet for subnet in source.subnets if subnet.network_id in own_networks},
        _by_subnet(source.routers),
        frozenset(
            (fixed.subnet_id, fixed.ip_address)
            for port in source.ports
            if not port.device_owner.startswith(_SERVICE_OWNER)
            for fixed in port.fixed_ips
        ),
        Ways(),
    )
    for floating_ip in sorted(floating_ips, key=lambda one: one.id):
        for subnet_id in subnets_reached(floating_ip, ports):
            finder.look(subnet_id, floating_ip.external_network_id)
    return finder.ways


def _by_subnet(routers: tuple[Router, ...]) -> dict[str, list[Router]]:
    found: dict[str, list[Router]] = {}
    for router in sorted(routers, key=lambda one: one.id):
        for subnet_id in dict.fromkeys(interface.subnet_id for interface in router.interfaces):
            found.setdefault(subnet_id, []).append(router)
    return found


@dataclass(frozen=True)
class _Finder:
    external: dict[str, Choice]
    subnets: dict[str, Subnet]
    routers: dict[str, list[Router]]
    taken: frozenset[tuple[str, str]]
    ways: Ways

    def look(self, subnet_id: str, external_network_id: str) -> None:
        choice = self.external.get(external_network_id)
        if choice is None or choice.target is None or (subnet_id, external_network_id) in self.ways.found:
            return
        self.ways.found[subnet_id, external_network_id] = self._way(subnet_id, choice.target)

    def _way(self, subnet_id: str, wanted: str) -> Way | None:
        leading = [r.id for r in self.routers.get(subnet_id, ()) if self._gateway(r) == wanted]
        if leading:
            return Way(tuple(leading), is_new=False)
        subnet = self.subnets.get(subnet_id)
        if subnet is None or not subnet.gateway_ip or subnet.ip_version != 4:
            return None
        sitting = self._sitting(subnet)
        if sitting is not None:
            if sitting.external_network_id or self.ways.given.setdefault(sitting.id, wanted) != wanted:
                return None
            return Way((sitting.id,), is_new=True)
        if (subnet_id, subnet.gateway_ip) in self.taken:
            return None
        made = self.ways.made.setdefault(made_router_id(subnet_id), _router_for(subnet, wanted))
        return Way((made.id,), is_new=True) if made.external_network_id == wanted else None

    def _gateway(self, router: Router) -> str | None:
        choice = self.external.get(router.external_network_id or "")
        return choice.target if choice else None

    def _sitting(self, subnet: Subnet) -> Router | None:
        """The router on the subnet's gateway address."""
        return next(
            (
                router
                for router in self.routers.get(subnet.id, ())
                if any((i.subnet_id, i.ip_address) == (subnet.id, subnet.gateway_ip) for i in router.interfaces)
            ),
            None,
        )


def _router_for(subnet: Subnet, external_network_id: str) -> Router:
    return Router(
        id=made_router_id(subnet.id),
        name=f"decamp-{subnet.name or subnet.id}",
        external_network_id=external_network_id,
        interfaces=(RouterInterface(subnet_id=subnet.id, ip_address=subnet.gateway_ip or ""),),
    )
