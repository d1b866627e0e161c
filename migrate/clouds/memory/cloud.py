"""MemoryCloud: one login on a world, with the six ports; and the register of worlds by name."""

from msgspec import UNSET

from migrate.clouds.guard import Gatekeeper, OpenDoor, Request
from migrate.clouds.memory.block import MemoryBlock
from migrate.clouds.memory.compute import MemoryCompute
from migrate.clouds.memory.images import MemoryImages
from migrate.clouds.memory.login import Login
from migrate.clouds.memory.network import MemoryNetwork
from migrate.clouds.memory.objects import MemoryObjects
from migrate.clouds.memory.others import MemoryOtherServices
from migrate.clouds.memory.world import World
from migrate.clouds.ports import BlockStorage, Compute, Images, NetworkService, ObjectStore, OtherServices
from migrate.errors import AccessError
from migrate.model import CloudFacts, Identity, Quota

_OBJECT_LIMITS = {
    "container_listing_limit": 10000,
    "max_container_name_length": 256,
    "max_file_size": 5368709122,
    "max_meta_count": 90,
    "max_meta_overall_size": 4096,
    "max_object_name_length": 1024,
    "slo_max_manifest_segments": 1000,
}
_IMAGE_FORMATS = ("qcow2", "raw")
_SERVICES = ("block-storage", "compute", "identity", "image", "network", "object-store")
_VERSIONS = {"block-storage": "3.70", "image": "2.17", "network": "2.0"}

worlds: dict[str, World] = {}
"""The worlds that `open_memory` finds, by name."""


class MemoryCloud:
    """ports.Cloud on a world.

    Args:  name: what the caller calls this cloud.   project: the world's project to log in to, `main` by default.
    """

    def __init__(self, name: str, *, gatekeeper: Gatekeeper | None = None, world: World, project: str = "main") -> None:
        self.name = name
        self.world = world
        self.login = Login(world, world.project(project), gatekeeper or OpenDoor())
        self.compute: Compute = MemoryCompute(self.login)
        self.network: NetworkService = MemoryNetwork(self.login)
        self.block: BlockStorage = MemoryBlock(self.login)
        self.images: Images = MemoryImages(self.login)
        self.objects: ObjectStore = MemoryObjects(self.login)
        self.others: OtherServices = MemoryOtherServices(self.login)

    def identity(self) -> Identity:
        self._ask("POST", "identity", "/v3/auth/tokens")
        project = self.login.project
        return Identity(
            cloud=self.name,
            auth_url=f"memory://{self.world.name}/v3",
            region=self.world.offer.region,
            project_id=project.id,
            project_name=project.name,
            user_id=project.user_id,
        )

    def facts(self) -> CloudFacts:
        for service, path in (
            ("compute", "/flavors/detail"),
            ("compute", "/os-availability-zone"),
            ("compute", "/limits"),
            ("block-storage", "/types"),
            ("block-storage", "/os-availability-zone"),
            ("block-storage", "/limits"),
            ("network", "/networks"),
            ("network", f"/quotas/{self.login.project.id}"),
            ("network", "/extensions"),
            ("image", "/schemas/image"),
            ("object-store", "/info"),
        ):
            self._ask("GET", service, path)
        world, offer = self.world, self.world.offer
        with world.lock:
            return CloudFacts(
                flavors=offer.flavors,
                volume_types=offer.volume_types,
                shared_volume_types=offer.shared_volume_types or UNSET,
                default_volume_type=offer.default_volume_type,
                compute_zones=offer.zones,
                volume_zones=offer.zones,
                external_networks=tuple(r.record for r in world.networks.rows.values() if r.record.is_external),
                quotas=self._quotas(),
                services=tuple(sorted({*_SERVICES, *(other.service for other in self.login.project.others)})),
                versions=_VERSIONS | {"compute": "{}.{}".format(*offer.compute_version)},
                image_size_max_bytes=offer.image_size_max_bytes,
                object_limits=dict(_OBJECT_LIMITS),
                image_formats=_IMAGE_FORMATS,
                network_extensions=offer.network_extensions,
                login_ends_at=offer.login_ends_at,
            )

    def _quotas(self) -> dict[str, Quota]:
        world, project = self.world, self.login.project
        servers = [row.record for row in world.servers.of(project.id)]
        volumes = [row.record for row in world.volumes.of(project.id)]
        snapshots = [row.record for row in world.snapshots.of(project.id)]
        groups = [row.record for row in world.security_groups.of(project.id)]
        backups = [row.record for row in world.backups.of(project.id)]
        used = {
            "servers": len(servers),
            "cores": sum(server.flavor.vcpus for server in servers),
            "ram_mib": sum(server.flavor.ram_mib for server in servers),
            "keypairs": sum(1 for user, _ in world.keypairs if user == project.user_id),
            "volumes": len(volumes),
            "volumes_gib": sum(v.size_gib for v in volumes) + sum(s.size_gib for s in snapshots),
            "snapshots": len(snapshots),
            "networks": world.networks.count(project.id),
            "subnets": world.subnets.count(project.id),
            "routers": world.routers.count(project.id),
            "ports": world.ports.count(project.id),
            "floating_ips": world.floating_ips.count(project.id),
            "security_groups": len(groups),
            "security_group_rules": sum(len(group.rules) for group in groups),
            "server_groups": world.server_groups.count(project.id),
            "backups": len(backups),
            "backups_gib": sum(backup.size_gib for backup in backups),
            "trunks": world.trunks.count(project.id),
        }
        return {key: Quota(limit=project.limits.get(key, -1), used=count) for key, count in used.items()}

    def _ask(self, method: str, service: str, path: str) -> None:
        request = Request(method, service, path)
        self.login.gatekeeper.check(request)
        with self.world.serve(request):
            pass


def open_memory(name: str, gatekeeper: Gatekeeper | None = None) -> MemoryCloud:
    """A login on a registered world: `NAME`, or `NAME/PROJECT`. Raises AccessError: no such world."""
    world_name, _, project = name.partition("/")
    world = worlds.get(world_name)
    if world is None:
        raise AccessError("DCP-401", cloud=name, user="memory")
    return MemoryCloud(name, gatekeeper=gatekeeper, world=world, project=project or "main")
