"""The evidence row of a resource without content: key pairs, groups, networks, servers."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TypeVar

from migrate.model import FloatingIp, Kind, Network, Port, Router, SecurityGroup, ServerGroup, Subnet, Trunk
from migrate.model.steps import (
    Action,
    ImportKeypair,
    MakeFloatingIp,
    MakeNetwork,
    MakePort,
    MakeRouter,
    MakeSecurityGroup,
    MakeServer,
    MakeServerGroup,
    MakeSubnet,
    MakeTrunk,
)
from migrate.units import iso
from migrate.verify.evidence import EvidenceRow, Proof, Verdict
from migrate.verify.fields import network_fields, server_fields
from migrate.verify.fields.differences import TargetOf
from migrate.verify.fields.planned_records import Wanted
from migrate.verify.target_state import TargetState

T = TypeVar("T")

_Named = SecurityGroup | Network | Subnet | Router | Port | FloatingIp | Trunk | ServerGroup


@dataclass(frozen=True)
class Rows:
    """Compares the plan with the target's records; contacts no cloud."""

    wanted: Wanted
    state: TargetState
    target_of: TargetOf
    now: Callable[[], datetime]

    def at(self) -> str:
        return iso(self.now())

    def of(self, action: Action) -> list[EvidenceRow]:
        """The row of the resource that the action creates; none if it creates none, or a disk."""
        match action:
            case ImportKeypair(keypair=key):
                same_name, compare = self.state.keypairs.get(key.name), partial(server_fields.keypair, key)
                return [self.row(Kind.KEYPAIR, key.name, key.name, key.name, same_name, compare)]
            case MakeServerGroup(want=group):
                there = self.state.server_groups.values()
                return [self._found(Kind.SERVER_GROUP, group, there, self._server_group(group))]
            case MakeServer():
                return [self._server(action)]
            case _:
                return self._network(action)

    def _network(self, action: Action) -> list[EvidenceRow]:
        net, of = self.state.network, self.target_of
        match action:
            case MakeSecurityGroup(want=group):
                return [self._found(Kind.SECURITY_GROUP, group, net.security_groups, self._group(group))]
            case MakeNetwork(want=network):
                compare = partial(network_fields.network, network)
                return [self._found(Kind.NETWORK, network, net.networks, compare)]
            case MakeSubnet(want=subnet):
                return [self._found(Kind.SUBNET, subnet, net.subnets, partial(network_fields.subnet, of, subnet))]
            case MakeRouter(want=router):
                interfaces, routes = self.wanted.interfaces(router.id), self.wanted.routes(router)
                compare_router = partial(network_fields.router, of, action, interfaces, routes)
                return [self._found(Kind.ROUTER, router, net.routers, compare_router)]
            case MakePort(want=port):
                return [self._found(Kind.PORT, port, net.ports, partial(network_fields.port, of, action))]
            case MakeTrunk(want=trunk):
                return [self._found(Kind.TRUNK, trunk, net.trunks, partial(network_fields.trunk, of, trunk))]
            case MakeFloatingIp(want=address):
                compare_ip = partial(network_fields.floating_ip, of, action, self.wanted.forwardings(address.id))
                return [self._found(Kind.FLOATING_IP, address, net.floating_ips, compare_ip)]
            case _:
                return []

    def _group(self, made: SecurityGroup) -> Callable[[SecurityGroup], tuple[str, ...]]:
        """The comparison of a group, with its last rules and with old floating IPs replaced."""
        ruled, named = self.wanted.rules(made)
        addresses = {old: self._new_address(old, source_id) for old, source_id in named.items()}
        return partial(network_fields.security_group, self.target_of, ruled, addresses=addresses)

    def _new_address(self, old: str, floating_ip_id: str) -> str:
        target_id = self.target_of(Kind.FLOATING_IP, floating_ip_id)
        found = (address for address in self.state.network.floating_ips if address.id == target_id)
        return next((address.address for address in found), f"{old} (not moved)")

    def _server_group(self, group: ServerGroup) -> Callable[[ServerGroup], tuple[str, ...]]:
        members, moved = self.wanted.members(group.id), self.wanted.servers()
        return partial(server_fields.server_group, self.target_of, group, members, moved)

    def _server(self, action: MakeServer) -> EvidenceRow:
        server, wanted = action.server, self.wanted
        target_id = self.target_of(Kind.SERVER, server.id)
        found = self.state.servers.get(target_id or "")
        attached, groups = wanted.attached(server.id), wanted.group_names(server)
        compare = partial(server_fields.server, self.target_of, action, attached, groups)
        return self.row(Kind.SERVER, server.id, server.name, target_id, found, compare)

    def _found(
        self, kind: Kind, source: _Named, there: Iterable[T], compare: Callable[[T], tuple[str, ...]]
    ) -> EvidenceRow:
        """The row of a resource that the target identifies by id; `source`: the original, for id and name."""
        target_id = self.target_of(kind, source.id)
        found = next((record for record in there if getattr(record, "id", None) == target_id), None)
        name = source.address if isinstance(source, FloatingIp) else source.name
        return self.row(kind, source.id, name, target_id, found, compare)

    def row(
        self,
        kind: Kind,
        source_id: str,
        name: str,
        target_id: str | None,
        found: T | None,
        compare: Callable[[T], tuple[str, ...]],
    ) -> EvidenceRow:
        differences = ("present ≠ missing",) if found is None else compare(found)
        verdict = Verdict.MISSING if found is None else Verdict.DIFFERENT if differences else Verdict.SAME
        return EvidenceRow(
            item=f"{kind.value}:{source_id}",
            kind=kind,
            name=name,
            verdict=verdict,
            proof=Proof.FIELDS,
            target_id=target_id,
            differences=differences,
            at=self.at(),
        )
