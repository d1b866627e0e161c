"""Works out what a tenant needs and sets its quotas: barely enough at the target, as a real customer meets it."""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .errors import SeedError
from .topology import Topology, ref_of

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
    servers = [flavors[str(s.properties["flavor"])] for s in topology.of_kind("server")]
    volumes = topology.of_kind("volume")
    snapshots = topology.of_kind("snapshot")
    groups = [g for g in topology.of_kind("security_group") if g.cloud_name != "default"]
    rules = sum(len(g.properties.get("rules", [])) + BORN_RULES for g in groups)
    sizes = {v.name: int(v.properties["size"]) for v in volumes}
    # Cinder counts a snapshot's size on top of its volume's.
    snapshot_gib = sum(sizes.get(ref_of(s.properties.get("volume_id")) or "", 0) for s in snapshots)
    direct_nics = sum("port" not in nic for s in topology.of_kind("server") for nic in s.properties.get("networks", []))
    return {
        "compute": {
            "instances": len(servers),
            "cores": sum(f.vcpus for f in servers),
            "ram": sum(f.ram for f in servers),
        },
        "volume": {
            "volumes": len(volumes),
            "snapshots": len(snapshots),
            "gigabytes": sum(sizes.values()) + snapshot_gib,
        },
        "network": {
            "network": len(topology.of_kind("network")),
            "subnet": len(topology.of_kind("subnet")),
            "router": len(topology.of_kind("router")),
            "port": len(topology.of_kind("port")) + direct_nics + len(topology.of_kind("router_interface")),
            "floatingip": len(topology.of_kind("floating_ip")),
            "security_group": 1 + len(groups),
            "security_group_rule": DEFAULT_GROUP_RULES + rules,
        },
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
