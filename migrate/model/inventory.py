"""What one project has, and what its cloud offers to it: `source.json` and `target.json`."""

import msgspec

from migrate.model.containers import Container
from migrate.model.images_and_volumes import Backup, Image, Snapshot, Volume
from migrate.model.listings import ServiceResource
from migrate.model.network_records import FloatingIp, Network, Port, Router, Subnet, Trunk
from migrate.model.records import Record
from migrate.model.security_group_rules import SecurityGroup
from migrate.model.server_records import Flavor, Keypair, Server, ServerGroup


class Quota(Record, frozen=True, kw_only=True):
    """A limit and its use; `limit` -1 is no limit. Units are in the key of `CloudFacts.quotas`."""

    limit: int
    used: int = 0


def quota_of_type(resource: str, volume_type: str) -> str:
    """The key of what is counted of one volume type alone, beside the total."""
    return f"{resource}:{volume_type}"


OBJECT_BYTES = "object_bytes"
"""The quota of what all of the project's objects may hold together, where they are in Swift."""


class CloudFacts(Record, frozen=True, kw_only=True):
    """What the cloud offers and allows: optional abilities are data here, never a provider's name in the code.

    `quotas` keys: servers, cores, ram_mib, keypairs, volumes, volumes_gib, snapshots, networks, subnets,
    routers, ports, floating_ips, security_groups, security_group_rules, server_groups, backups, backups_gib, trunks.
    `server_group_members` is the limit of each group, its use 0. `images` and `images_mib` where Glance tells limits.
    A volume type that has limits of its own: `volumes:TYPE`, `volumes_gib:TYPE`, `snapshots:TYPE`. OBJECT_BYTES of an
    account that has a quota.
    `services`: types of the catalogue, and ON_S3.
    `image_size_max_bytes` None: not told. `shared_volume_types`: those whose
    volumes several servers may hold. `image_formats`: disk formats that Glance's schema lists, empty: not told.
    `network_extensions`: aliases. `login_ends_at`: when a login that cannot renew itself ends, None for all others.
    `endpoints`: official type of a service -> its addresses in the catalogue, of this region; unset in inventories of
    earlier versions. `clock`: the cloud's own time when all this was read; unset where it does not tell, and in those.
    """

    flavors: tuple[Flavor, ...] = ()
    volume_types: tuple[str, ...] = ()
    shared_volume_types: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET
    default_volume_type: str | None = None
    compute_zones: tuple[str, ...] = ()
    volume_zones: tuple[str, ...] = ()
    external_networks: tuple[Network, ...] = ()
    quotas: dict[str, Quota] = {}
    services: tuple[str, ...] = ()
    versions: dict[str, str] = {}
    image_size_max_bytes: int | None = None
    object_limits: dict[str, int] = {}
    image_formats: tuple[str, ...] = ()
    network_extensions: tuple[str, ...] = ()
    login_ends_at: str | None = None
    endpoints: dict[str, tuple[str, ...]] | msgspec.UnsetType = msgspec.UNSET
    clock: str | msgspec.UnsetType = msgspec.UNSET


class Identity(Record, frozen=True, kw_only=True):
    """Who we are logged in as. `project_domain_id`: unset where the login does not tell (identity 2.0)."""

    cloud: str
    auth_url: str
    region: str
    project_id: str
    project_name: str
    user_id: str
    project_domain_id: str | msgspec.UnsetType = msgspec.UNSET


class Inventory(Record, frozen=True, kw_only=True):
    """Everything one project has on one cloud, each kind sorted by id (or name): `source.json`, `target.json`."""

    identity: Identity
    facts: CloudFacts
    side: str
    taken_at: str
    format: str = "decamp-inventory"
    version: int = 2
    keypairs: tuple[Keypair, ...] = ()
    security_groups: tuple[SecurityGroup, ...] = ()
    networks: tuple[Network, ...] = ()
    subnets: tuple[Subnet, ...] = ()
    routers: tuple[Router, ...] = ()
    ports: tuple[Port, ...] = ()
    floating_ips: tuple[FloatingIp, ...] = ()
    images: tuple[Image, ...] = ()
    volumes: tuple[Volume, ...] = ()
    snapshots: tuple[Snapshot, ...] = ()
    servers: tuple[Server, ...] = ()
    containers: tuple[Container, ...] = ()
    trunks: tuple[Trunk, ...] = ()
    server_groups: tuple[ServerGroup, ...] = ()
    backups: tuple[Backup, ...] = ()
    others: tuple[ServiceResource, ...] = ()
