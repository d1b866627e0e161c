"""Dependencies between items, and the consequences of leaving one out."""

from collections.abc import Callable

from migrate.findings.at_target.floating_ip_paths import floating_subnet
from migrate.findings.finding import Finding, finding
from migrate.findings.inputs import (
    SERVER_PORTS,
    Case,
    boot_volume,
    boots_from_volume,
    is_segments,
    nic_port_ids,
    own_segments,
)
from migrate.messages import codes
from migrate.model import Kind
from migrate.policy.selectors import item

Named = dict[str, tuple[Kind, str, str]]
"""Maps an item to its kind, id and name."""


def close(case: Case, names: Named, out: dict[str, str]) -> list[Finding]:
    """Adds to `out` (item: code) all dependents of its items, repeatedly; returns a finding for each."""
    found: list[Finding] = []
    depends = {
        item_id: _DEPENDS[kind](case, own_id) for item_id, (kind, own_id, _) in names.items() if kind in _DEPENDS
    }
    ways = _ways(case)
    orphans = () if case.places else sorted(case.orphan_segments)
    lost = next((item_id for name in orphans if (item_id := item(Kind.CONTAINER, name)) in out), None)
    growing = True
    while growing:
        growing = False
        for item_id in sorted(depends.keys() - out.keys()):
            missing = next((need for need in depends[item_id] if _hinders(need, out)), None)
            because = missing or _no_way(ways.get(item_id, []), out)
            if because is None and names[item_id][0] == Kind.CONTAINER and not is_segments(names[item_id][1]):
                # Any container may consist of segments with an unknown owner.
                because = lost
            if because is not None:
                one = _left_behind(case, item_id, names[item_id], because)
                out[item_id] = one.code
                found.append(one)
                growing = True
    return found


def _left_behind(case: Case, item: str, named: tuple[Kind, str, str], because: str) -> Finding:
    kind, own_id, name = named
    if kind == Kind.SERVER and because.startswith(f"{Kind.VOLUME}:"):
        return finding(codes.BOOT_VOLUME_UNKNOWN, item, name, volume=boot_volume(case, case.servers[own_id]) or "-")
    return finding(codes.DEPENDENCY_LEFT_OUT, item, name, because=because)


def _hinders(need: str, out: dict[str, str]) -> bool:
    # A server can do without a key pair that the policy skips (DCP-626), but not with a different one of the same name.
    return need in out and not (need.startswith(f"{Kind.KEYPAIR}:") and out[need] == codes.SKIPPED_BY_POLICY)


def _no_way(routers: list[str], out: dict[str, str]) -> str | None:
    """The first router if all of them are left out: one is needed."""
    return routers[0] if routers and all(router in out for router in routers) else None


def _ways(case: Case) -> dict[str, list[str]]:
    """Maps a floating IP to its possible routers; it needs one of them."""
    found: dict[str, list[str]] = {}
    for floating_ip in case.source.floating_ips:
        port = case.ports.get(floating_ip.port_id or "")
        subnet_id = floating_subnet(port, floating_ip.fixed_ip_address) if port else None
        way = case.ways.of(subnet_id, floating_ip.external_network_id) if subnet_id else None
        if way:
            found[item(Kind.FLOATING_IP, floating_ip.id)] = [item(Kind.ROUTER, router_id) for router_id in way.routers]
    return found


# ---------------------------------------------------------------- by kind


def _subnet(case: Case, own_id: str) -> list[str]:
    return [item(Kind.NETWORK, case.subnets[own_id].network_id)]


def _port(case: Case, own_id: str) -> list[str]:
    port = case.ports[own_id]
    needs = [item(Kind.NETWORK, port.network_id)]
    needs += [item(Kind.SUBNET, fixed.subnet_id) for fixed in port.fixed_ips]
    needs += [item(Kind.SECURITY_GROUP, group_id) for group_id in port.security_group_ids]
    return needs + ([item(Kind.SERVER, port.device_id)] if port.device_owner.startswith(SERVER_PORTS) else [])


def _server(case: Case, own_id: str) -> list[str]:
    server = case.servers[own_id]
    needs = [item(Kind.PORT, port_id) for port_id in nic_port_ids(case, server)]
    if boots_from_volume(server) and (boot := boot_volume(case, server)):
        needs.append(item(Kind.VOLUME, boot))
    return needs + ([item(Kind.KEYPAIR, server.key_name)] if server.key_name else [])


def _floating(case: Case, own_id: str) -> list[str]:
    port_id = case.floating_ips[own_id].port_id
    return [item(Kind.PORT, port_id)] if port_id else []


def _trunk(case: Case, own_id: str) -> list[str]:
    return [item(Kind.PORT, case.trunks[own_id].port_id)]


def _container(case: Case, own_id: str) -> list[str]:
    # On S3 the parts of a large object are read at the source, even if their container does not move.
    return [] if case.places else [item(Kind.CONTAINER, name) for name in own_segments(case, own_id)]


_DEPENDS: dict[Kind, Callable[[Case, str], list[str]]] = {
    Kind.SUBNET: _subnet,
    Kind.PORT: _port,
    Kind.SERVER: _server,
    Kind.FLOATING_IP: _floating,
    Kind.TRUNK: _trunk,
    Kind.CONTAINER: _container,
}
