"""Works out what a tenant needs and sets its quotas: barely enough at the target, as a real customer meets it."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .errors import SeedError
from .topology import Resource, Topology, ref_of

TIGHT = 1.1
GENEROUS = 3
# Each group is born with two rules that let everything out, and `default` with two more that let its members in.
BORN_RULES = 2
DEFAULT_GROUP_RULES = 4
Quotas = dict[str, dict[str, int]]


@dataclass(frozen=True)
class Flavor:
    vcpus: int
    ram: int
    disk: int


def fitting(wanted: Flavor, offered: Iterable[Flavor]) -> Flavor:
    """The smallest flavor that has at least as much of everything: what a mover has to choose on the other side."""
    large = [f for f in offered if f.vcpus >= wanted.vcpus and f.ram >= wanted.ram and f.disk >= wanted.disk]
    if not large:
        raise SeedError(f"no flavor of the target holds {wanted.vcpus} vCPU, {wanted.ram} MiB and {wanted.disk} GiB")
    return min(large, key=lambda f: (f.vcpus, f.ram, f.disk))


def need(topology: Topology, flavors: Mapping[str, Flavor]) -> Quotas:
    """How much of each quota the topology takes, by service.  `flavors`: what each source flavor becomes."""
    return {"compute": _compute(topology, flavors), "volume": _volume(topology), "network": _network(topology)}


def _compute(topology: Topology, flavors: Mapping[str, Flavor]) -> dict[str, int]:
    servers = topology.of_kind("server")
    sizes = [flavors[str(s.properties["flavor"])] for s in servers]
    members = Counter(ref_of(s.properties.get("group")) for s in servers if "group" in s.properties)
    return {
        "instances": len(servers),
        "cores": sum(f.vcpus for f in sizes),
        "ram": sum(f.ram for f in sizes),
        "server_groups": len(topology.of_kind("server_group")),
        "server_group_members": max(members.values(), default=0),
    }


def _volume(topology: Topology) -> dict[str, int]:
    """A snapshot or a backup of the source becomes a volume at the target; Cinder counts each by its volume's size."""
    sizes = {v.name: int(v.properties["size"]) for v in topology.of_kind("volume")}
    snapshots = [ref_of(s.properties.get("volume_id")) or "" for s in topology.of_kind("snapshot")]
    for image in topology.of_kind("server_image"):
        snapshots += _volumes_of(topology, topology.get(ref_of(image.properties.get("server")) or ""))
    backups = [ref_of(b.properties.get("volume_id")) or "" for b in topology.of_kind("backup")]
    kept = snapshots + backups
    return {
        "volumes": len(sizes) + len(kept),
        "snapshots": len(snapshots),
        "gigabytes": sum(sizes.values()) + sum(sizes.get(volume, 0) for volume in kept),
    }


def _volumes_of(topology: Topology, server: Resource) -> list[str]:
    """Of which volumes Nova takes snapshots for an image of the server: of none when it boots from an image itself."""
    boot = ref_of(server.properties.get("boot_volume"))
    attachments = topology.of_kind("volume_attachment")
    mine = [a for a in attachments if ref_of(a.properties.get("instance_uuid")) == server.name]
    return [boot, *(ref_of(a.properties.get("volume_id")) or "" for a in mine)] if boot else []


def _network(topology: Topology) -> dict[str, int]:
    groups = topology.of_kind("security_group")
    born = sum(DEFAULT_GROUP_RULES if g.cloud_name == "default" else BORN_RULES for g in groups)
    if all(g.cloud_name != "default" for g in groups):
        born += DEFAULT_GROUP_RULES
    direct_nics = sum("port" not in nic for s in topology.of_kind("server") for nic in s.properties.get("networks", []))
    return {
        "network": len(topology.of_kind("network")),
        "subnet": len(topology.of_kind("subnet")),
        "router": len(topology.of_kind("router")),
        "port": len(topology.of_kind("port")) + direct_nics + len(topology.of_kind("router_interface")),
        "trunk": len(topology.of_kind("trunk")),
        "floatingip": len(topology.of_kind("floating_ip")),
        "security_group": 1 + sum(g.cloud_name != "default" for g in groups),
        "security_group_rule": born + sum(len(g.properties.get("rules", [])) for g in groups),
    }


def tight(needed: int) -> int:
    """About a tenth above the need, and always room for one more."""
    return max(needed + 1, math.ceil(needed * TIGHT))


def generous(needed: int) -> int:
    return max(20, needed * GENEROUS)


def source_flavors_at_target(source: Any, target: Any) -> dict[str, Flavor]:
    """What each flavor of the source becomes at the target.  The arguments are administrators' connections."""
    offered = [_flavor(f) for f in target.compute.flavors()]
    return {f.name: fitting(_flavor(f), offered) for f in source.compute.flavors()}


def set_quotas(admin: Any, project_id: str, needed: Quotas, room: Callable[[int], int]) -> None:
    """Set a project's quotas as the cloud's administrator."""
    limits = {service: {key: room(value) for key, value in counts.items()} for service, counts in needed.items()}
    admin.set_compute_quotas(project_id, **limits["compute"])
    admin.set_volume_quotas(project_id, **limits["volume"])
    admin.set_network_quotas(project_id, **limits["network"])


def _flavor(flavor: Any) -> Flavor:
    return Flavor(flavor.vcpus, flavor.ram, flavor.disk)
