"""Losses caused to resources that move by dependencies that do not."""

from collections.abc import Iterator
from urllib.parse import unquote

from migrate.findings.at_target.header_meanings import ARCHIVES
from migrate.findings.at_target.kept_parts import Moves, forwardings, routes_kept, sub_ports_kept, subnet_moves
from migrate.findings.finding import Finding, finding
from migrate.findings.inputs import Case, is_movable_port, volumes_of
from migrate.messages import codes
from migrate.model import Container, FloatingIp, Kind, PortForwarding, Router, SecurityGroup, Server, Trunk
from migrate.policy.selectors import item


def consequences(case: Case, moves: Moves) -> Iterator[Finding]:
    """Losses for all items; callers drop those of items that do not move."""
    for server in case.source.servers:
        yield from _server(case, moves, server)
    for group in case.source.security_groups:
        yield from _group(case, moves, group)
    for port in case.source.ports:
        if is_movable_port(case, port):
            for group_id in sorted(set(port.security_group_ids) - case.groups):
                yield finding(codes.GROUP_OF_OTHERS_LOST, item(Kind.PORT, port.id), port.name, group=group_id)
    for router in case.source.routers:
        yield from _router(case, moves, router)
    for trunk in case.source.trunks:
        yield from _trunk(case, moves, trunk)
    for floating_ip in case.source.floating_ips:
        yield from _floating(case, moves, floating_ip)
    for container in case.source.containers if case.policy.s3 is None else ():
        yield from _archives(case, moves, container)


def _server(case: Case, moves: Moves, server: Server) -> Iterator[Finding]:
    for volume_id in volumes_of(case, server):
        if volume_id not in case.volumes or not moves(Kind.VOLUME, volume_id):
            yield finding(codes.VOLUME_NOT_ATTACHED, item(Kind.SERVER, server.id), server.name, volume=volume_id)


def _group(case: Case, moves: Moves, group: SecurityGroup) -> Iterator[Finding]:
    for named in sorted({rule.remote_group_id for rule in group.rules if rule.remote_group_id}):
        if named not in case.groups or not moves(Kind.SECURITY_GROUP, named):
            yield finding(codes.RULE_GROUP_LOST, item(Kind.SECURITY_GROUP, group.id), group.name, group=named)


def _router(case: Case, moves: Moves, router: Router) -> Iterator[Finding]:
    item_id, name = item(Kind.ROUTER, router.id), router.name
    for interface in router.interfaces:
        if not subnet_moves(case, moves, interface.subnet_id):
            known = interface.subnet_id in case.subnets
            yield finding(
                codes.ROUTER_INTERFACE_LOST,
                item_id,
                name,
                subnet=case.subnets[interface.subnet_id].name if known else "?",
            )
    kept = routes_kept(case, moves, router)
    for route in router.routes:
        if route not in kept:
            yield finding(codes.ROUTE_LOST, item_id, name, destination=route.destination, nexthop=route.nexthop)


def _trunk(case: Case, moves: Moves, trunk: Trunk) -> Iterator[Finding]:
    kept = sub_ports_kept(case, moves, trunk)
    for sub in trunk.sub_ports:
        if sub not in kept:
            yield finding(
                codes.TRUNK_PORT_LOST,
                item(Kind.TRUNK, trunk.id),
                trunk.name,
                vlan=sub.segmentation_id,
                port=sub.port_id,
            )


def _floating(case: Case, moves: Moves, floating_ip: FloatingIp) -> Iterator[Finding]:
    item_id = item(Kind.FLOATING_IP, floating_ip.id)
    for one, why in forwardings(case, moves, floating_ip):
        if why is not None:
            yield finding(
                codes.PORT_FORWARDING_LOST, item_id, floating_ip.address, forwarding=_forwarding_text(one), why=why
            )


def _archives(case: Case, moves: Moves, container: Container) -> Iterator[Finding]:
    """Losses from missing archive containers, without which Swift refuses to overwrite objects (412)."""
    archives = {unquote(container.headers[header]) for header in ARCHIVES if container.headers.get(header)}
    for name in sorted(archives):
        if name not in case.containers or not moves(Kind.CONTAINER, name):
            yield finding(
                codes.VERSIONS_CONTAINER_LEFT, item(Kind.CONTAINER, container.name), container.name, archive=name
            )


def _forwarding_text(one: PortForwarding) -> str:
    """A forwarding as text: `tcp 8080 -> 10.0.0.5:80`, or with port ranges."""
    return (
        f"{one.protocol} {_ports(one.external_port, one.external_port_max)} -> "
        f"{one.internal_ip_address}:{_ports(one.internal_port, one.internal_port_max)}"
    )


def _ports(first: int, last: int | None) -> str:
    return str(first) if last is None else f"{first}-{last}"
