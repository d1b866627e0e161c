"""What binds servers of the source to each other, so that they are better stopped and moved together. Pure."""

from collections.abc import Iterable, Iterator
from ipaddress import ip_network

from migrate.findings.inputs import Case, nic_port_ids, volumes_of
from migrate.model import Kind, Port, Server
from migrate.model.wave_records import Tie, TieKind
from migrate.policy.selectors import Lines, item


def ties_of(case: Case, stopped: frozenset[str]) -> list[Tie]:
    """Strongest first. Ties of at least two of the servers that are `stopped` (ids); a shared volume also binds by way
    of a server that is off, as its content is captured while all of them are."""
    found = [*_volumes(case), *_addresses(case), *_groups(case), *_networks(case)]
    order = list(TieKind)
    ties = [
        tie if tie.kind is TieKind.VOLUME else _only(tie, stopped)
        for tie in found
        if len(stopped & {*tie.servers}) > 1 or tie.kind is TieKind.VOLUME
    ]
    return sorted(ties, key=lambda tie: (order.index(tie.kind), tie.id))


def wave_of(case: Case, lines: Lines, server: Server) -> tuple[str, tuple[str, ...]]:
    """The wave that the policy names for this server, or empty; and the patterns that disagree about it."""
    said = lines.of([(item(Kind.SERVER, server.id), server.name)], ())
    return said.target or "", said.lines


def _only(tie: Tie, stopped: frozenset[str]) -> Tie:
    return Tie(kind=tie.kind, id=tie.id, name=tie.name, servers=tuple(one for one in tie.servers if one in stopped))


def _tie(kind: TieKind, own_id: str, name: str, servers: Iterable[str]) -> Iterator[Tie]:
    several = sorted(set(servers))
    if len(several) > 1:
        yield Tie(kind=kind, id=own_id, name=name or own_id, servers=tuple(several))


def _volumes(case: Case) -> Iterator[Tie]:
    holders: dict[str, list[str]] = {}
    for server in case.source.servers:
        for volume_id in volumes_of(case, server):
            holders.setdefault(volume_id, []).append(server.id)
    for volume_id, servers in holders.items():
        volume = case.volumes.get(volume_id)
        yield from _tie(TieKind.VOLUME, volume_id, volume.name if volume else "", servers)


def _groups(case: Case) -> Iterator[Tie]:
    for group in case.source.server_groups:
        yield from _tie(TieKind.GROUP, group.id, group.name, (one for one in group.member_ids if one in case.servers))


def _addresses(case: Case) -> Iterator[Tie]:
    """One address that ports of several servers on one network may use: a virtual IP, or one that fails over."""
    users: dict[tuple[str, str], set[str]] = {}
    owners: dict[tuple[str, str], str] = {}
    for server_id, port in _server_ports(case):
        own = {fixed.ip_address for fixed in port.fixed_ips}
        owners.update({(port.network_id, address): server_id for address in own})
        for pair in port.allowed_address_pairs:
            address = _single(pair.ip_address)
            if address and address not in own:
                users.setdefault((port.network_id, address), set()).add(server_id)
    for (network_id, address), servers in users.items():
        owner = owners.get((network_id, address))
        yield from _tie(TieKind.ADDRESS, address, address, servers | ({owner} if owner else set()))


def _single(address: str) -> str:
    """The address, empty where it stands for several: a port that may use any address is a router's or a firewall's."""
    try:
        network = ip_network(address, strict=False)
    except ValueError:
        return ""
    return str(network.network_address) if network.num_addresses == 1 else ""


def _networks(case: Case) -> Iterator[Tie]:
    """Own networks that no router reaches: their servers talk to each other there and nowhere else."""
    routed = {face.subnet_id for router in case.source.routers for face in router.interfaces}
    reached = {subnet.network_id for subnet in case.source.subnets if subnet.id in routed}
    members: dict[str, set[str]] = {}
    for server_id, port in _server_ports(case):
        members.setdefault(port.network_id, set()).add(server_id)
    for network_id, servers in members.items():
        if network_id in case.own_networks and network_id not in reached:
            yield from _tie(TieKind.NETWORK, network_id, case.network_name(network_id), servers)


def _server_ports(case: Case) -> Iterator[tuple[str, Port]]:
    for server in case.source.servers:
        for port_id in nic_port_ids(case, server):
            if port_id in case.ports:
                yield server.id, case.ports[port_id]
