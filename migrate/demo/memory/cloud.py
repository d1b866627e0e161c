"""MemoryCloud: one login to a world, with the six ports; and the register of worlds by name."""

from contextlib import suppress
from typing import TypeVar

from msgspec import UNSET

from migrate.clouds.guard import Gatekeeper, NoGuard, Request
from migrate.clouds.ports import BlockStorage, Compute, Images, NetworkService, ObjectStore, OtherServices
from migrate.clouds.strict_or_lenient_listings import EVERYTHING, Asking
from migrate.demo.memory.block import MemoryBlock, used_of_type
from migrate.demo.memory.compute import MemoryCompute
from migrate.demo.memory.images import MemoryImages, images_of
from migrate.demo.memory.login import Login
from migrate.demo.memory.networks.network import MemoryNetwork
from migrate.demo.memory.objects import MemoryObjects
from migrate.demo.memory.other_services import MemoryOtherServices
from migrate.demo.memory.world import World
from migrate.errors import ItemError, LoginRefused
from migrate.messages import codes
from migrate.model import LISTINGS, CloudFacts, Identity, Quota

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
_QUOTAS = {
    "compute": ("servers", "cores", "ram_mib", "keypairs", "server_groups", "server_group_members"),
    "block-storage": ("volumes", "volumes_gib", "snapshots", "backups", "backups_gib"),
}
"""The quotas of each service; the network service has all others."""

T = TypeVar("T")
_VERSIONS = {"block-storage": "3.70", "image": "2.17", "network": "2.0"}

worlds: dict[str, World] = {}
"""The worlds for `open_memory`, by name."""


class MemoryCloud:
    """ports.Cloud on a world.

    Args:  name: the caller's name for this cloud.   project: the world's project to log in to, `main` by default.
    """

    def __init__(self, name: str, *, gatekeeper: Gatekeeper | None = None, world: World, project: str = "main") -> None:
        self.name = name
        self.world = world
        self.login = Login(world, world.project(project), gatekeeper or NoGuard())
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

    def endpoints(self) -> dict[str, tuple[str, ...]]:
        shared, at = self.world.offer.shared_services, f"{self.world.offer.region}.{self.world.name}.example".lower()
        services = sorted({*self.world.offer.services, *(other.service for other in self.login.project.others)})
        return {
            service: (shared.get(service, f"https://{service}.{at}/v1/{self.login.project.id}"),)
            for service in services
        }

    def facts(self, ask: Asking = EVERYTHING) -> CloudFacts:
        world, offer = self.world, self.world.offer
        services = tuple(sorted({*offer.services, *(other.service for other in self.login.project.others)}))

        def told(listing: str, path: str, offered: T) -> T | None:
            def read() -> T:
                self._ask("GET", LISTINGS[listing], path)
                return offered

            return ask(listing, read) if LISTINGS[listing] in services else None

        with world.lock:
            quotas = self._quotas()
            outside = tuple(r.record for r in world.networks.rows.values() if r.record.is_external)
        for service, path in (("image", "/schemas/image"), ("object-store", "/info")):
            if service in services and not ask.leaves_out(service):
                with suppress(ItemError):
                    self._ask("GET", service, path)
        zones, quota = offer.zones, f"/quotas/{self.login.project.id}"
        return CloudFacts(
            flavors=told("flavor", "/flavors/detail", offer.flavors) or (),
            volume_types=told("volume-type", "/types", offer.volume_types) or (),
            shared_volume_types=offer.shared_volume_types or UNSET,
            default_volume_type=offer.default_volume_type,
            compute_zones=told("compute-zone", "/os-availability-zone", zones) or (),
            volume_zones=told("volume-zone", "/os-availability-zone", zones) or (),
            external_networks=told("external-network", "/networks", outside) or (),
            quotas={
                **(told("compute-quota", "/limits", _of("compute", quotas)) or {}),
                **(told("volume-quota", "/limits", _of("block-storage", quotas)) or {}),
                **(told("network-quota", quota, _of("network", quotas)) or {}),
                **self._quotas_of_images(),
            },
            services=services,
            versions={k: v for k, v in self._versions().items() if k in services and not ask.leaves_out(k)},
            image_size_max_bytes=offer.image_size_max_bytes,
            object_limits=dict(_OBJECT_LIMITS) if "object-store" in services else {},
            image_formats=_IMAGE_FORMATS,
            network_extensions=told("extension", "/extensions", offer.network_extensions) or (),
            login_ends_at=offer.login_ends_at,
            endpoints=self.endpoints(),
            clock=world.now() if world.clock_ahead is not None else UNSET,
        )

    def _versions(self) -> dict[str, str]:
        return _VERSIONS | {"compute": "{}.{}".format(*self.world.offer.compute_version)}

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
            "server_group_members": 0,
            "backups": len(backups),
            "backups_gib": sum(backup.size_gib for backup in backups),
            "trunks": world.trunks.count(project.id),
        }
        quotas = {key: Quota(limit=project.limits.get(key, -1), used=count) for key, count in used.items()}
        return quotas | self._quotas_of_types()

    def _quotas_of_types(self) -> dict[str, Quota]:
        """The limited quotas of single volume types."""
        project = self.login.project
        split = {key: key.partition(":") for key, limit in project.limits.items() if ":" in key and limit >= 0}
        return {
            key: Quota(limit=project.limits[key], used=used_of_type(self.world, project.id, volume_type)[what])
            for key, (what, _, volume_type) in split.items()
        }

    def _quotas_of_images(self) -> dict[str, Quota]:
        """The limited quotas of images."""
        project = self.login.project
        used = images_of(self.world, project.id)
        return {
            key: Quota(limit=project.limits[key], used=count)
            for key, count in used.items()
            if project.limits.get(key, -1) >= 0
        }

    def _ask(self, method: str, service: str, path: str) -> None:
        request = Request(method, service, path)
        self.login.gatekeeper.check(request)
        with self.world.serve(request):
            pass


def _of(service: str, quotas: dict[str, Quota]) -> dict[str, Quota]:
    others = {key for keys in _QUOTAS.values() for key in keys}
    if service in _QUOTAS:
        return {key: quota for key, quota in quotas.items() if key.partition(":")[0] in _QUOTAS[service]}
    return {key: quota for key, quota in quotas.items() if key.partition(":")[0] not in others}


def open_memory(name: str, gatekeeper: Gatekeeper | None = None) -> MemoryCloud:
    """A login to a registered world: `NAME`, or `NAME/PROJECT`. Raises AccessError: no such world."""
    world_name, _, project = name.partition("/")
    world = worlds.get(world_name)
    if world is None:
        raise LoginRefused(codes.LOGIN_REFUSED, cloud=name, user="memory")
    return MemoryCloud(name, gatekeeper=gatekeeper, world=world, project=project or "main")
