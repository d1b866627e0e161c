"""What the cloud offers to this project. A service that it has not got leaves its part empty."""

from msgspec import UNSET

from migrate.clouds.openstack.block import BlockStorage
from migrate.clouds.openstack.compute import Compute
from migrate.clouds.openstack.images import Images
from migrate.clouds.openstack.login import Endpoint, Login
from migrate.clouds.openstack.network import Networking
from migrate.clouds.openstack.objects import ObjectStore
from migrate.errors import Denied
from migrate.model import CloudFacts, Quota

_VERSIONED = ("block-storage", "compute", "identity", "image", "network", "object-store")
_NOVA_LIMITS = {
    "servers": ("maxTotalInstances", "totalInstancesUsed"),
    "cores": ("maxTotalCores", "totalCoresUsed"),
    "ram_mib": ("maxTotalRAMSize", "totalRAMUsed"),
    "server_groups": ("maxServerGroups", "totalServerGroupsUsed"),
}


def read_facts(
    login: Login, compute: Compute, network: Networking, block: BlockStorage, images: Images, objects: ObjectStore
) -> CloudFacts:
    services = login.services()
    wanted = ("compute", "block-storage", "network", "image")
    has_compute, has_block, has_network, has_images = (service in services for service in wanted)
    types = block.types() if has_block else {}
    return CloudFacts(
        flavors=tuple(compute.flavors()) if has_compute else (),
        volume_types=tuple(sorted(types)),
        shared_volume_types=tuple(sorted(name for name, shared in types.items() if shared)) or UNSET,
        default_volume_type=block.default_type() if has_block else None,
        compute_zones=compute.zones() if has_compute else (),
        volume_zones=block.zones() if has_block else (),
        external_networks=network.external_networks() if has_network else (),
        quotas={
            **(_compute_quotas(compute) if has_compute else {}),
            **(block.quotas() if has_block else {}),
            **(network.quotas() if has_network else {}),
        },
        services=services,
        versions={service: _newest(login.endpoint(service)) for service in _VERSIONED if service in services},
        image_size_max_bytes=images.size_max_bytes() if has_images else None,
        object_limits=_object_limits(objects) if "object-store" in services else {},
        image_formats=images.disk_formats() if has_images else (),
        network_extensions=network.extensions() if has_network else (),
        login_ends_at=login.ends_at,
    )


def _compute_quotas(compute: Compute) -> dict[str, Quota]:
    limits = compute.limits()
    quotas = {
        ours: Quota(limit=limits[most], used=limits.get(used, 0))
        for ours, (most, used) in _NOVA_LIMITS.items()
        if most in limits
    }
    if "maxTotalKeypairs" in limits:
        # Keypairs are counted per user; Nova says the limit and not the use.
        quotas["keypairs"] = Quota(limit=limits["maxTotalKeypairs"], used=len(compute.keypairs()))
    return quotas


def _object_limits(objects: ObjectStore) -> dict[str, int]:
    try:
        return objects.limits()
    except Denied:
        return {}


def _newest(endpoint: Endpoint) -> str:
    """The newest microversion, or the version of a service that has none."""
    return "{}.{}".format(*endpoint.max_microversion) if endpoint.max_microversion else endpoint.version
