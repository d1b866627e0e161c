"""What a plan is decided on: the customer's own things, the target, the policy, and the questions asked of them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from migrate.model import Image, Inventory, Kind, Port, Router, Server, Subnet, Volume
from migrate.plan.mapping import Choice, Choices, propose
from migrate.plan.marks import moved, without_temporaries
from migrate.plan.selectors import item, skipped_item
from migrate.plan.settings import Policy

CARRIED_STATES = ("ACTIVE", "SHUTOFF")
"""Server states that are carried. Others are refused, each for its reason:

ERROR, UNKNOWN: nobody knows what the disk holds. RESCUE: the root disk is not the one that runs. PAUSED, SUSPENDED:
the memory, which a disk copy does not have, belongs to the disk. SHELVED, SHELVED_OFFLOADED: there is no disk, only
an image. BUILD, REBUILD, REBOOT, HARD_REBOOT, RESIZE, VERIFY_RESIZE, REVERT_RESIZE, MIGRATING, PASSWORD: on their
way; scan again when they have arrived. SOFT_DELETED, DELETED: gone.
"""
CAPTURED_VOLUMES = ("available", "in-use")
CARRIED_VISIBILITIES = ("private",)


@dataclass(frozen=True)
class Case:
    """`source` is without our temporaries; `ours` is what this migration has at the target already."""

    source: Inventory
    target: Inventory
    policy: Policy
    choices: Choices
    ours: dict[tuple[Kind, str], str]
    servers: dict[str, Server] = field(default_factory=dict)
    volumes: dict[str, Volume] = field(default_factory=dict)
    ports: dict[str, Port] = field(default_factory=dict)
    subnets: dict[str, Subnet] = field(default_factory=dict)
    own_networks: frozenset[str] = frozenset()
    volumes_by_server: dict[str, tuple[str, ...]] = field(default_factory=dict)
    ports_by_server: dict[str, tuple[str, ...]] = field(default_factory=dict)
    orphan_segments: frozenset[str] = frozenset()
    containers: frozenset[str] = frozenset()
    keypairs: frozenset[str] = frozenset()
    images: dict[str, Image] = field(default_factory=dict)

    def skips(self, kind: Kind, source_id: str, name: str) -> bool:
        return skipped_item(self.policy, item(kind, source_id), name) is not None

    def external(self, network_id: str | None) -> Choice | None:
        return self.choices.external_networks.get(network_id or "")

    def subnets_of(self, network_id: str) -> list[Subnet]:
        return [subnet for subnet in self.source.subnets if subnet.network_id == network_id]


def open_case(source: Inventory, target: Inventory, policy: Policy) -> Case:
    """Takes our temporaries out of the source, and looks everything up once."""
    own = without_temporaries(source)
    containers = frozenset(container.name for container in own.containers)
    return Case(
        source=own,
        target=target,
        policy=policy,
        choices=propose(own, target, policy),
        ours=moved(target, policy.migration),
        servers={server.id: server for server in own.servers},
        volumes={volume.id: volume for volume in own.volumes},
        ports={port.id: port for port in own.ports},
        subnets={subnet.id: subnet for subnet in own.subnets},
        own_networks=frozenset(n.id for n in own.networks if n.is_own and not n.is_external),
        volumes_by_server=_grouped((a.server_id, v.id) for v in own.volumes for a in v.attachments),
        ports_by_server=_grouped((p.device_id, p.id) for p in own.ports if p.device_owner.startswith("compute:")),
        orphan_segments=frozenset(n for n in containers if is_segments(n) and _segments_owner(n) not in containers),
        containers=containers,
        keypairs=frozenset(keypair.name for keypair in own.keypairs),
        images={image.id: image for image in own.images},
    )


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    groups: dict[str, list[str]] = {}
    for key, value in pairs:
        groups.setdefault(key, []).append(value)
    return {key: tuple(sorted(values)) for key, values in groups.items()}


def everything(case: Case) -> Iterator[tuple[Kind, str, str]]:
    """(kind, id, name) of all that the customer owns; a key pair's and a container's id is its name.

    Not among it: networks of others and what is on them, and ports that come and go with their router or subnet.
    """
    source = case.source
    yield from ((Kind.KEYPAIR, x.name, x.name) for x in source.keypairs)
    yield from ((Kind.SECURITY_GROUP, x.id, x.name) for x in source.security_groups)
    yield from ((Kind.NETWORK, x.id, x.name) for x in source.networks if x.id in case.own_networks)
    yield from ((Kind.SUBNET, x.id, x.name) for x in source.subnets if x.network_id in case.own_networks)
    yield from ((Kind.ROUTER, x.id, x.name) for x in source.routers)
    yield from ((Kind.PORT, x.id, x.name) for x in source.ports if not x.device_owner.startswith("network:"))
    yield from ((Kind.FLOATING_IP, x.id, x.address) for x in source.floating_ips)
    yield from ((Kind.IMAGE, x.id, x.name) for x in source.images)
    yield from ((Kind.VOLUME, x.id, x.name) for x in source.volumes)
    yield from ((Kind.SNAPSHOT, x.id, x.name) for x in source.snapshots)
    yield from ((Kind.SERVER, x.id, x.name) for x in source.servers)
    yield from ((Kind.CONTAINER, x.name, x.name) for x in source.containers)


# ---------------------------------------------------------------- servers and their disks


def boots_from_volume(server: Server) -> bool:
    return not server.image_id


def volumes_of(case: Case, server: Server) -> list[str]:
    """Ids of the server's volumes in attach order; those that only the volume's side tells come last."""
    told = [attachment.volume_id for attachment in server.attachments]
    return list(dict.fromkeys([*told, *case.volumes_by_server.get(server.id, ())]))


def disks_of(case: Case, server: Server) -> int:
    return len(volumes_of(case, server)) + (0 if boots_from_volume(server) else 1)


def wants_stop(case: Case, server: Server) -> bool:
    """The policy wants this server stopped for its capture, and there is something to stop."""
    if server.status != "ACTIVE" or case.skips(Kind.SERVER, server.id, server.name):
        return False
    consistency = case.policy.consistency
    return consistency == "stopped" or (consistency == "auto" and disks_of(case, server) > 1)


def nics_of(case: Case, server: Server) -> tuple[str, ...]:
    """Ids of the server's ports in NIC order; ports that only the network service tells of come last."""
    return tuple(dict.fromkeys([*server.port_ids, *case.ports_by_server.get(server.id, ())]))


# ---------------------------------------------------------------- network


def is_movable_port(case: Case, port: Port) -> bool:
    """A port of a server that is there, or one that is bound to nothing."""
    if port.device_owner.startswith("compute:"):
        return port.device_id in case.servers
    return not port.device_owner and not port.device_id


def floating_subnet(port: Port, fixed_ip_address: str | None) -> str | None:
    """The subnet of the address that a floating IP points to."""
    fixed = [f for f in port.fixed_ips if fixed_ip_address in {None, f.ip_address}] or list(port.fixed_ips)
    return fixed[0].subnet_id if fixed else None


def routers_between(case: Case, subnet_id: str, external_network_id: str) -> list[Router]:
    """Routers with an interface in the subnet and a gateway to what the external network becomes at the target."""
    wanted = case.external(external_network_id)
    return [
        router
        for router in case.source.routers
        if any(interface.subnet_id == subnet_id for interface in router.interfaces)
        and (gateway := case.external(router.external_network_id))
        and wanted
        and gateway.target == wanted.target
    ]


# ---------------------------------------------------------------- containers

_SEGMENTS = ("_segments", "+segments")


def is_segments(name: str) -> bool:
    """The container holds segments of large objects, by the names that the common tools give."""
    return name.endswith(_SEGMENTS)


def _segments_owner(name: str) -> str:
    return next(name.removesuffix(end) for end in _SEGMENTS if name.endswith(end))


def segments_for(case: Case, name: str) -> list[str]:
    """Segment containers to be copied before this one: its own, and those whose owner cannot be told."""
    if is_segments(name):
        return []
    own = {f"{name}{end}" for end in _SEGMENTS} & case.containers
    return sorted(own | case.orphan_segments)
