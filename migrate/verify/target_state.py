"""The target's state at the start of a verification, and resources that exist twice."""

from collections import defaultdict
from dataclasses import dataclass
from itertools import chain

from migrate.clouds.ports import Cloud, NetworkState
from migrate.model import Container, Image, Keypair, Kind, Record, Role, Server, ServerGroup, Volume, mark_of
from migrate.verify.evidence import EvidenceRow, Proof, Verdict
from migrate.verify.fields.differences import TargetOf


@dataclass(frozen=True)
class TargetState:
    """Records of the target project by id (key pairs by name)."""

    network: NetworkState
    keypairs: dict[str, Keypair]
    images: dict[str, Image]
    volumes: dict[str, Volume]
    servers: dict[str, Server]
    containers: dict[str, Container]
    server_groups: dict[str, ServerGroup]


def read_state(target: Cloud, *, objects: bool = True, server_groups: bool = True) -> TargetState:
    """The state, from a handful of listing requests; both options skip listings that the plan does not need."""
    return TargetState(
        network=target.network.state(),
        keypairs={k.name: k for k in target.compute.keypairs()},
        images={i.id: i for i in target.images.images()},
        volumes={v.id: v for v in target.block.volumes()},
        servers={s.id: s for s in target.compute.servers()},
        containers={c.name: c for c in target.objects.containers()} if objects else {},
        server_groups={g.id: g for g in target.compute.server_groups()} if server_groups else {},
    )


def surplus(state: TargetState, migration: str, target_of: TargetOf, at: str) -> list[EvidenceRow]:
    """A row for every moved resource of ours whose source id already has another one."""
    network = state.network
    by_kind: tuple[tuple[Kind, tuple[Record, ...]], ...] = (
        (Kind.SECURITY_GROUP, network.security_groups),
        (Kind.NETWORK, network.networks),
        (Kind.SUBNET, network.subnets),
        (Kind.ROUTER, network.routers),
        (Kind.PORT, network.ports),
        (Kind.FLOATING_IP, network.floating_ips),
        (Kind.TRUNK, network.trunks),
        (Kind.IMAGE, tuple(state.images.values())),
        (Kind.VOLUME, tuple(state.volumes.values())),
        (Kind.SERVER, tuple(state.servers.values())),
    )
    carrying: defaultdict[tuple[Kind, str], list[tuple[str, str]]] = defaultdict(list)
    for kind, record in chain.from_iterable(((kind, r) for r in records) for kind, records in by_kind):
        mark = mark_of(record)
        if mark and mark.role is Role.MOVED and mark.migration == migration[:8]:
            name = getattr(record, "name", "") or getattr(record, "address", "")
            carrying[kind, mark.source_id].append((record.id, name))  # type: ignore[attr-defined]
    rows = []
    for (kind, source_id), found in carrying.items():
        ids = [resource_id for resource_id, _ in found]
        kept = target_of(kind, source_id)
        kept = kept if kept in ids else ids[0]
        rows += [
            EvidenceRow(
                item=f"{kind.value}:{source_id}",
                kind=kind,
                name=name,
                verdict=Verdict.SURPLUS,
                proof=Proof.FIELDS,
                target_id=resource_id,
                differences=(f"resources with this mark: 1 ≠ {len(ids)}",),
                at=at,
            )
            for resource_id, name in found
            if resource_id != kept
        ]
    return rows
