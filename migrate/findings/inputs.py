"""The inputs of a plan: the customer's resources, the target, the policy, and lookups over them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from msgspec.structs import replace

from migrate.findings.at_target.floating_ip_paths import Ways, find_ways
from migrate.findings.at_target.foreign_networks import Landing, landings, network_choices
from migrate.model import (
    Backup,
    FloatingIp,
    Image,
    Inventory,
    Kind,
    Port,
    S3Place,
    Server,
    ServerGroup,
    ServiceResource,
    Snapshot,
    Subnet,
    Trunk,
    Volume,
)
from migrate.model.marked_resources import moved, without_temporaries, without_test_launch
from migrate.policy.bucket_places import container_places
from migrate.policy.mapping import Choice, Choices, propose, root_disk_gib
from migrate.policy.policy_records import TWIN, Policy
from migrate.policy.provider_profiles import profile_of
from migrate.policy.scan_left_out import unlisted
from migrate.policy.selectors import item, skipped_item, start_of
from migrate.units import GIB

CARRIED_STATES = ("ACTIVE", "SHUTOFF")

MEMORY_STATES = ("PAUSED", "SUSPENDED")
"""States with memory content, which a copy of the disk lacks: moved without it if that is accepted."""

SHELVED_STATES = ("SHELVED", "SHELVED_OFFLOADED")
RESCUE_STATES = ("RESCUE",)

CAPTURED_VOLUMES = ("available", "in-use")
CAPTURED_SNAPSHOTS = ("available",)

SERVER_PORTS = "compute:"
SUB_PORTS = "trunk:subport"
_SERVICE_PORTS = "network:"


@dataclass(frozen=True)
class Case:
    """The inputs with lookups. `source` excludes our temporaries; `ours`: resources of this migration at the target."""

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

    # ------------------------------------------------------------ cached lookups

    @cached_property
    def target_image_limit_bytes(self) -> int | None:
        """The largest image that the target accepts: from its own limits, else from its provider's documentation."""
        told = self.target.facts.image_size_max_bytes
        if told is not None:
            return told
        profile = profile_of(self.policy.profile, self.target.identity)
        return profile.image_below_gib * GIB if profile and profile.image_below_gib is not None else None

    @cached_property
    def snapshots(self) -> dict[str, Snapshot]:
        return {snapshot.id: snapshot for snapshot in self.source.snapshots}

    @cached_property
    def backups(self) -> dict[str, Backup]:
        return {backup.id: backup for backup in self.source.backups}

    @cached_property
    def made_servers(self) -> dict[str, Server]:
        """Maps source servers to those that this migration has created at the target."""
        there = {server.id: server for server in self.target.servers}
        made = ((source_id, own_id) for (kind, source_id), own_id in self.ours.items() if kind == Kind.SERVER)
        return {source_id: there[own_id] for source_id, own_id in made if own_id in there}

    @cached_property
    def floating_ips(self) -> dict[str, FloatingIp]:
        return {floating_ip.id: floating_ip for floating_ip in self.source.floating_ips}

    @cached_property
    def addresses(self) -> dict[str, FloatingIp]:
        """The tenant's floating IPs by address; all addresses change."""
        return {floating_ip.address: floating_ip for floating_ip in self.source.floating_ips}

    @cached_property
    def landings(self) -> dict[str, Landing]:
        """Target networks for ports on other projects' networks, by port; only ports with a chosen network."""
        return landings(self.source, self.target, self.choices.networks, self.ours)

    @cached_property
    def changed_addresses(self) -> frozenset[str]:
        """Fixed addresses that change for their ports."""
        return frozenset(address for lies in self.landings.values() for address in lies.changed)

    @cached_property
    def groups(self) -> frozenset[str]:
        return frozenset(group.id for group in self.source.security_groups)

    @cached_property
    def trunks(self) -> dict[str, Trunk]:
        return {trunk.id: trunk for trunk in self.source.trunks}

    @cached_property
    def trunks_by_port(self) -> dict[str, str]:
        """Maps parent ports to their trunks."""
        return {trunk.port_id: trunk.id for trunk in self.source.trunks}

    @cached_property
    def group_of_server(self) -> dict[str, ServerGroup]:
        return {server_id: group for group in self.source.server_groups for server_id in group.member_ids}

    @cached_property
    def backup_containers(self) -> dict[str, tuple[str, ...]]:
        """Maps containers in the tenant's account to the backups stored in them."""
        pairs = ((backup.container, backup.id) for backup in self.source.backups if backup.container)
        return {name: held for name, held in _grouped(pairs).items() if name in self.containers}

    @cached_property
    def types_that_encrypt(self) -> dict[str, bool]:
        """Whether each volume type of the target encrypts, as far as existing volumes show it."""
        shown = _grouped((v.volume_type, str(v.encrypted)) for v in self.target.volumes if v.volume_type)
        return {name: told[0] == "True" for name, told in shown.items() if len(set(told)) == 1}

    @cached_property
    def places(self) -> dict[str, S3Place]:
        """The S3 places of containers that move; empty if they move to the target's own Swift."""
        return container_places(self.source, self.policy, self.ours)

    @cached_property
    def ways(self) -> Ways:
        """Routers between floating IPs (without those that the policy skips) and their ports."""
        wanted = [one for one in self.source.floating_ips if not self.skips(Kind.FLOATING_IP, one.id, one.address)]
        return find_ways(self.source, self.choices, wanted, self.own_networks)

    @cached_property
    def _subnets_by_network(self) -> dict[str, tuple[str, ...]]:
        return _grouped((subnet.network_id, subnet.id) for subnet in self.source.subnets)

    @cached_property
    def _network_names(self) -> dict[str, str]:
        return {network.id: network.name for network in self.source.networks}

    @cached_property
    def unlisted(self) -> dict[str, ServiceResource]:
        """Listings that the source refused, or that the scan left out."""
        return unlisted(self.source)

    # ------------------------------------------------------------ questions

    def skips(self, kind: Kind, source_id: str, name: str) -> bool:
        return skipped_item(self.policy, item(kind, source_id), name) is not None

    def external(self, network_id: str | None) -> Choice | None:
        return self.choices.external_networks.get(network_id or "")

    def network_name(self, network_id: str) -> str:
        return self._network_names.get(network_id) or network_id

    def subnet_name(self, subnet_id: str) -> str:
        subnet = self.subnets.get(subnet_id)
        return subnet.name if subnet and subnet.name else subnet_id

    def subnets_of(self, network_id: str) -> list[Subnet]:
        return [self.subnets[subnet_id] for subnet_id in self._subnets_by_network.get(network_id, ())]


def open_case(source: Inventory, target: Inventory, policy: Policy) -> Case:
    """The inputs, with our temporaries removed from the source, and a test launch from the target."""
    own, target = without_temporaries(source), without_test_launch(target, policy.migration)
    containers = frozenset(container.name for container in own.containers)
    ours = moved(target, policy.migration)
    choices = replace(propose(own, target, policy), networks=network_choices(own, target, policy, ours))
    return Case(
        source=own,
        target=target,
        policy=policy,
        choices=choices,
        ours=ours,
        servers={server.id: server for server in own.servers},
        volumes={volume.id: volume for volume in own.volumes},
        ports={port.id: port for port in own.ports},
        subnets={subnet.id: subnet for subnet in own.subnets},
        own_networks=frozenset(n.id for n in own.networks if n.is_own and not n.is_external),
        volumes_by_server=_grouped((a.server_id, v.id) for v in own.volumes for a in v.attachments),
        ports_by_server=_grouped((p.device_id, p.id) for p in own.ports if p.device_owner.startswith(SERVER_PORTS)),
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
    """(kind, id, name) of all the customer's resources; the id of a key pair or container is its name.

    Excludes other projects' networks and resources on them, ports that belong to routers or subnets, and services that
    do not list their content.
    """
    source = case.source
    yield from ((Kind.KEYPAIR, x.name, x.name) for x in source.keypairs)
    yield from ((Kind.SECURITY_GROUP, x.id, x.name) for x in source.security_groups)
    yield from ((Kind.NETWORK, x.id, x.name) for x in source.networks if x.id in case.own_networks)
    yield from ((Kind.SUBNET, x.id, x.name) for x in source.subnets if x.network_id in case.own_networks)
    yield from ((Kind.ROUTER, x.id, x.name) for x in source.routers)
    yield from ((Kind.PORT, x.id, x.name) for x in source.ports if not is_service_port(x))
    yield from ((Kind.TRUNK, x.id, x.name) for x in source.trunks)
    yield from ((Kind.FLOATING_IP, x.id, x.address) for x in source.floating_ips)
    yield from ((Kind.IMAGE, x.id, x.name) for x in source.images)
    yield from ((Kind.VOLUME, x.id, x.name) for x in source.volumes)
    yield from ((Kind.SNAPSHOT, x.id, x.name) for x in source.snapshots)
    yield from ((Kind.BACKUP, x.id, x.name) for x in source.backups)
    yield from ((Kind.SERVER_GROUP, x.id, x.name) for x in source.server_groups)
    yield from ((Kind.SERVER, x.id, x.name) for x in source.servers)
    yield from ((Kind.CONTAINER, x.name, x.name) for x in source.containers)
    yield from ((x.kind, x.id, x.name) for x in source.others if x.id)


# ---------------------------------------------------------------- servers and their disks


def boots_from_volume(server: Server) -> bool:
    return not server.image_id


def boot_volume(case: Case, server: Server) -> str | None:
    """The boot volume of a server without an image; None if it is ambiguous.

    Inferred, because clouds hide it from members: the volume at the known root device; the only volume; else the
    bootable one with the lowest device name, unless a lower volume is not bootable: machines boot from the first disk,
    whose flag may be missing.
    """
    held = volumes_of(case, server)
    devices = _devices(case, server)
    at_root = [volume_id for volume_id in held if server.root_device and devices.get(volume_id) == server.root_device]
    if len(at_root) == 1 or len(held) == 1:
        return (at_root or held)[0]
    bootable = [volume_id for volume_id in held if volume_id in case.volumes and case.volumes[volume_id].bootable]
    if len(bootable) > 1 and any(volume_id not in devices for volume_id in bootable):
        return None

    def place(volume_id: str) -> tuple[int, str, str]:
        # `/dev/vdb` comes before `/dev/vdaa`.
        device = devices.get(volume_id, "")
        return len(device), device, volume_id

    lowest = min((volume_id for volume_id in held if volume_id in devices), key=place, default=None)
    if lowest is not None and lowest not in bootable:
        return None
    return min(bootable, key=place, default=None)


def _devices(case: Case, server: Server) -> dict[str, str]:
    """Maps volumes to their device names, as reported by server or volume."""
    of_volumes = (a for v in volumes_of(case, server) if v in case.volumes for a in case.volumes[v].attachments)
    both = (*of_volumes, *server.attachments)
    return {a.volume_id: a.device for a in both if a.server_id == server.id and a.device}


def volumes_of(case: Case, server: Server) -> list[str]:
    """Ids of the server's volumes in attach order, then those reported only by the volume."""
    told = [attachment.volume_id for attachment in server.attachments]
    return list(dict.fromkeys([*told, *case.volumes_by_server.get(server.id, ())]))


def disks_of(case: Case, server: Server) -> int:
    return len(volumes_of(case, server)) + (0 if boots_from_volume(server) else 1)


def root_gib(case: Case, server: Server) -> int:
    """The size of the server's own root disk; 0 if it boots from a volume."""
    return 0 if boots_from_volume(server) else root_disk_gib(server, case.images.get(server.image_id or ""))


def is_twin(case: Case, server: Server) -> bool:
    """Whether somebody has chosen that the server may run on both clouds."""
    return start_of(case.policy, item(Kind.SERVER, server.id), server.name) == TWIN


def wants_stop(case: Case, server: Server, *, starts: bool = True) -> bool:
    """Whether the policy requires a stop for this server's capture, and it runs.

    `auto`: if its disks would otherwise be inconsistent, or if it would run on both clouds: it `starts` at the target
    and is not a twin.
    """
    if server.status != "ACTIVE" or case.skips(Kind.SERVER, server.id, server.name):
        return False
    if case.policy.consistency != "auto":
        return case.policy.consistency == "stopped"
    return disks_of(case, server) > 1 or (starts and not is_twin(case, server))


def nic_port_ids(case: Case, server: Server) -> tuple[str, ...]:
    """Ids of the server's ports in NIC order, then those reported only by the network service."""
    return tuple(dict.fromkeys([*server.port_ids, *case.ports_by_server.get(server.id, ())]))


# ---------------------------------------------------------------- network


def is_service_port(port: Port) -> bool:
    """Whether the port belongs to a router or subnet, not to the customer."""
    return port.device_owner.startswith(_SERVICE_PORTS)


def is_movable_port(case: Case, port: Port) -> bool:
    """Whether the port belongs to an existing server or a trunk, or is not in use."""
    if port.device_owner.startswith(SERVER_PORTS):
        return port.device_id in case.servers
    return port.device_owner == SUB_PORTS or (not port.device_owner and not port.device_id)


# ---------------------------------------------------------------- containers

_SEGMENTS = ("_segments", "+segments")


def is_segments(name: str) -> bool:
    """Whether the container holds segments of large objects, judging by the names that common tools use."""
    return name.endswith(_SEGMENTS)


def _segments_owner(name: str) -> str:
    return next(name.removesuffix(end) for end in _SEGMENTS if name.endswith(end))


def own_segments(case: Case, name: str) -> list[str]:
    """The segment containers of this container, judging by their names."""
    return [] if is_segments(name) else sorted({f"{name}{end}" for end in _SEGMENTS} & case.containers)
