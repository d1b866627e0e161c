"""The remaining parts of a moved resource if some of its references do not move."""

from collections.abc import Callable, Iterator
from ipaddress import ip_address, ip_network

from migrate.findings.at_target.features import FORWARDING_RANGES, FORWARDINGS, has_extension
from migrate.findings.at_target.floating_ip_paths import Way, floating_subnet
from migrate.findings.at_target.group_rules import address_group
from migrate.findings.inputs import Case
from migrate.model import (
    FloatingIp,
    HostRoute,
    Kind,
    PortForwarding,
    Router,
    RouterInterface,
    SecurityGroup,
    SecurityGroupRule,
    SubPort,
    Trunk,
)

Moves = Callable[[Kind, str], bool]
"""Whether a source resource moves."""


def subnet_moves(case: Case, moves: Moves, subnet_id: str) -> bool:
    subnet = case.subnets.get(subnet_id)
    return subnet is not None and subnet.network_id in case.own_networks and moves(Kind.SUBNET, subnet_id)


def rules_kept(case: Case, moves: Moves, group: SecurityGroup) -> tuple[SecurityGroupRule, ...]:
    """The rules, without those that refer to an address group or to a security group that stays."""

    def has_same_headers(rule: SecurityGroupRule) -> bool:
        named = rule.remote_group_id
        return address_group(rule) is None and (
            named is None or (named in case.groups and moves(Kind.SECURITY_GROUP, named))
        )

    return tuple(rule for rule in group.rules if has_same_headers(rule))


def interfaces_kept(case: Case, moves: Moves, router: Router) -> tuple[RouterInterface, ...]:
    return tuple(i for i in router.interfaces if subnet_moves(case, moves, i.subnet_id))


def routes_kept(case: Case, moves: Moves, router: Router) -> tuple[HostRoute, ...]:
    """Routes whose next hop is on one of the router's remaining subnets: one bad route makes a cloud refuse all."""
    networks = [case.subnets[i.subnet_id].cidr for i in interfaces_kept(case, moves, router)]
    return tuple(route for route in router.routes if any(_is_in(route.nexthop, cidr) for cidr in networks))


def _is_in(address: str, cidr: str) -> bool:
    try:
        return ip_address(address) in ip_network(cidr, strict=False)
    except ValueError:
        return False


def sub_ports_kept(case: Case, moves: Moves, trunk: Trunk) -> tuple[SubPort, ...]:
    return tuple(sub for sub in trunk.sub_ports if sub.port_id in case.ports and moves(Kind.PORT, sub.port_id))


def forwardings_kept(case: Case, moves: Moves, floating_ip: FloatingIp) -> tuple[PortForwarding, ...]:
    return tuple(one for one, why in forwardings(case, moves, floating_ip) if why is None)


def forwardings(case: Case, moves: Moves, floating_ip: FloatingIp) -> Iterator[tuple[PortForwarding, str | None]]:
    """Each port forwarding, with the reason why it cannot move, or None."""
    for one in floating_ip.port_forwardings:
        yield one, _hindrance(case, moves, floating_ip, one)


def _hindrance(case: Case, moves: Moves, floating_ip: FloatingIp, one: PortForwarding) -> str | None:
    facts = case.target.facts
    if not has_extension(facts, FORWARDINGS):
        return "no-forwardings"
    if one.external_port_max is not None and not has_extension(facts, FORWARDING_RANGES):
        return "no-ranges"
    if one.internal_port_id not in case.ports or not moves(Kind.PORT, one.internal_port_id):
        return "no-port"
    way = way_of(case, floating_ip, one.internal_port_id, one.internal_ip_address)
    return None if way and routers_kept(case, moves, way) else "no-router"


def way_of(case: Case, floating_ip: FloatingIp, port_id: str, fixed_ip_address: str | None) -> Way | None:
    """The way from the floating IP to this port."""
    port = case.ports.get(port_id)
    subnet_id = floating_subnet(port, fixed_ip_address) if port else None
    return case.ways.of(subnet_id, floating_ip.external_network_id) if subnet_id else None


def routers_kept(case: Case, moves: Moves, way: Way) -> list[str]:
    """Ids of the way's routers that move or are created."""
    return [router_id for router_id in way.routers if router_id in case.ways.made or moves(Kind.ROUTER, router_id)]
