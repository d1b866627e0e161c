"""Decides what moves: everything found of each item, and what is left out with all that depends on it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from migrate.model import Inventory, Kind
from migrate.plan.case import (
    Case,
    everything,
    floating_subnet,
    nics_of,
    open_case,
    routers_between,
    segments_for,
    volumes_of,
)
from migrate.plan.findings import Finding, Level, finding, in_order, takes_out
from migrate.plan.judge_compute import judge_compute
from migrate.plan.judge_network import judge_network
from migrate.plan.judge_target import judge_target
from migrate.plan.selectors import item, skipped_item
from migrate.plan.settings import Policy
from migrate.plan.steps import LeftOut

# Said of a server even when it does not move itself: it is stopped for the sake of its volumes.
_SAID_ANYWAY = frozenset({"DCP-624"})


@dataclass(frozen=True)
class Decision:
    """`left_out` by item. `findings` are of items only; `readiness.check` adds those of the whole."""

    case: Case
    findings: list[Finding]
    left_out: dict[str, LeftOut]

    def moves(self, kind: Kind, source_id: str) -> bool:
        return item(kind, source_id) not in self.left_out


def decide(source: Inventory, target: Inventory, policy: Policy) -> Decision:
    """Judges every item of the source."""
    case = open_case(source, target, policy)
    names = {item(kind, own_id): (kind, own_id, name) for kind, own_id, name in everything(case)}
    skips = {of: s for of, (_, _, name) in names.items() if (s := skipped_item(policy, of, name)) is not None}
    judged = [f for judge in (judge_compute, judge_network, judge_target) for f in judge(case) if f.item not in skips]
    judged += [finding("DCP-670", of, names[of][2], selector=selector) for of, selector in skips.items()]
    out = {f.item: f.code for f in in_order(judged) if takes_out(f, policy)}
    judged += _closure(case, names, out)
    judged += [f for f in _consequences(case, out) if f.item not in out]
    left_out = {of: _left_out(of, names[of], out[of]) for of in sorted(out) if of in names}
    said = [f for f in judged if f.item not in out or f.level in {Level.BLOCKS, Level.LOSES} or f.code in _SAID_ANYWAY]
    return Decision(case, in_order(said), left_out)


def _left_out(of: str, named: tuple[Kind, str, str], code: str) -> LeftOut:
    kind, _, name = named
    return LeftOut(kind=kind, id=of.split(":")[1], name=name, code=code)


def _closure(case: Case, names: dict[str, tuple[Kind, str, str]], out: dict[str, str]) -> list[Finding]:
    """Adds to `out` what depends on something in it, until nothing more does."""
    found: list[Finding] = []
    depends = {of: _DEPENDS[kind](case, own_id) for of, (kind, own_id, _) in names.items() if kind in _DEPENDS}
    ways = _ways(case)
    growing = True
    while growing:
        growing = False
        for of in sorted(depends.keys() - out.keys()):
            because = next((need for need in depends[of] if _hinders(need, out)), None)
            routers = ways.get(of, [])
            if because is None and routers and all(router in out for router in routers):
                because = routers[0]
            if because is not None:
                out[of] = "DCP-671"
                found.append(finding("DCP-671", of, names[of][2], because=because))
                growing = True
    return found


def _hinders(need: str, out: dict[str, str]) -> bool:
    # A server can do without the key pair that the policy skips (DCP-626), not with another's of the same name.
    return need in out and not (need.startswith(f"{Kind.KEYPAIR}:") and out[need] == "DCP-670")


def _ways(case: Case) -> dict[str, list[str]]:
    """Floating address -> the routers, of which it needs one."""
    ways: dict[str, list[str]] = {}
    for floating_ip in case.source.floating_ips:
        port = case.ports.get(floating_ip.port_id or "")
        subnet_id = floating_subnet(port, floating_ip.fixed_ip_address) if port else None
        if subnet_id:
            routers = routers_between(case, subnet_id, floating_ip.external_network_id)
            ways[item(Kind.FLOATING_IP, floating_ip.id)] = [item(Kind.ROUTER, router.id) for router in routers]
    return ways


def _subnet_depends(case: Case, own_id: str) -> list[str]:
    return [item(Kind.NETWORK, case.subnets[own_id].network_id)]


def _port_depends(case: Case, own_id: str) -> list[str]:
    port = case.ports[own_id]
    needs = [item(Kind.NETWORK, port.network_id)]
    needs += [item(Kind.SUBNET, fixed.subnet_id) for fixed in port.fixed_ips]
    needs += [item(Kind.SECURITY_GROUP, group_id) for group_id in port.security_group_ids]
    return needs + ([item(Kind.SERVER, port.device_id)] if port.device_owner.startswith("compute:") else [])


def _server_depends(case: Case, own_id: str) -> list[str]:
    server = case.servers[own_id]
    ports = [item(Kind.PORT, port_id) for port_id in nics_of(case, server)]
    return ports + ([item(Kind.KEYPAIR, server.key_name)] if server.key_name else [])


def _floating_depends(case: Case, own_id: str) -> list[str]:
    port_id = next(f.port_id for f in case.source.floating_ips if f.id == own_id)
    return [item(Kind.PORT, port_id)] if port_id else []


def _container_depends(case: Case, own_id: str) -> list[str]:
    return [item(Kind.CONTAINER, name) for name in segments_for(case, own_id)]


_DEPENDS: dict[Kind, Callable[[Case, str], list[str]]] = {
    Kind.SUBNET: _subnet_depends,
    Kind.PORT: _port_depends,
    Kind.SERVER: _server_depends,
    Kind.FLOATING_IP: _floating_depends,
    Kind.CONTAINER: _container_depends,
}


def _consequences(case: Case, out: dict[str, str]) -> Iterator[Finding]:
    """What those that move lose by what is left out."""
    for server in case.source.servers:
        for volume_id in volumes_of(case, server):
            if item(Kind.VOLUME, volume_id) in out or volume_id not in case.volumes:
                yield finding("DCP-627", item(Kind.SERVER, server.id), server.name, volume=volume_id)
    groups = {group.id for group in case.source.security_groups}
    for group in case.source.security_groups:
        for other in sorted({rule.remote_group_id for rule in group.rules if rule.remote_group_id}):
            if other not in groups or item(Kind.SECURITY_GROUP, other) in out:
                yield finding("DCP-666", item(Kind.SECURITY_GROUP, group.id), group.name, group=other)
    for port in case.source.ports:
        for group_id in sorted(set(port.security_group_ids) - groups):
            yield finding("DCP-666", item(Kind.PORT, port.id), port.name, group=group_id)
    for router in case.source.routers:
        for interface in router.interfaces:
            subnet = case.subnets.get(interface.subnet_id)
            if not subnet or subnet.network_id not in case.own_networks or item(Kind.SUBNET, subnet.id) in out:
                yield finding(
                    "DCP-664", item(Kind.ROUTER, router.id), router.name, subnet=subnet.name if subnet else "?"
                )
