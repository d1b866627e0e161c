"""The inventory of a project and of its cloud's offer: `source.json` and `target.json`."""

from datetime import datetime

import msgspec

from migrate.model.containers import Container
from migrate.model.images_and_volumes import Backup, Image, Snapshot, Volume
from migrate.model.listings import ServiceResource
from migrate.model.network_records import FloatingIp, Network, Port, Router, Subnet, Trunk
from migrate.model.records import Record
from migrate.model.security_group_rules import SecurityGroup
from migrate.model.server_records import Flavor, Keypair, Server, ServerGroup
from migrate.units import utc_moment


class Quota(Record, frozen=True, kw_only=True):
    """A limit and the current use; `limit` -1 means unlimited. The key in `CloudFacts.quotas` includes the unit."""

    limit: int
    used: int = 0


def quota_of_type(resource: str, volume_type: str) -> str:
    """The key of a quota for a single volume type."""
    return f"{resource}:{volume_type}"


OBJECT_BYTES = "object_bytes"
"""The quota for all objects of the project in Swift."""


class CloudFacts(Record, frozen=True, kw_only=True):
    """The cloud's offer and permissions: optional features are data here, never a provider's name in the code.

    `quotas` keys: servers, cores, ram_mib, keypairs, volumes, volumes_gib, snapshots, networks, subnets, routers,
    ports, floating_ips, security_groups, security_group_rules, server_groups, backups, backups_gib, trunks.
    `server_group_members`: the limit of each group, with use 0. `images` and `images_mib`: if Glance reports limits.
    `volumes:TYPE`, `volumes_gib:TYPE`, `snapshots:TYPE`: for a volume type with its own limits. OBJECT_BYTES: for an
    account with a quota.
    `services`: types in the catalogue, and ON_S3.
    `image_size_max_bytes`: None if unknown. `shared_volume_types`: those that allow multi-attach. `image_formats`: disk
    formats in Glance's schema, empty if unknown.
    `network_extensions`: aliases. `login_ends_at`: the expiry of a login that cannot renew itself, None for all others.
    `endpoints`: maps the official type of a service to its catalogue addresses in this region; unset in inventories of
    earlier versions. `clock`: the cloud's own time during the scan; unset if unknown, and in those inventories.
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
    """The login's identity. `project_domain_id`: unset if the login does not report it (identity 2.0)."""

    cloud: str
    auth_url: str
    region: str
    project_id: str
    project_name: str
    user_id: str
    project_domain_id: str | msgspec.UnsetType = msgspec.UNSET


class Inventory(Record, frozen=True, kw_only=True):
    """All resources of one project on one cloud, each kind sorted by id (or name): `source.json`, `target.json`.

    Raises: ValueError: `taken_at` is no time, or two resources of a kind have one id.
    """

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

    def __post_init__(self) -> None:
        if utc_moment(self.taken_at) is None:
            raise ValueError("`taken_at` is no time")
        for kind in _LISTED:
            found = getattr(self, kind)
            key = "name" if kind in _BY_NAME else "id"
            if len({getattr(one, key) for one in found}) < len(found):
                raise ValueError(f"`{kind}` has an {key} twice")

    @property
    def scanned_at(self) -> datetime:
        """`taken_at`."""
        moment = utc_moment(self.taken_at)
        assert moment
        return moment


_BY_NAME = ("keypairs", "containers")
_LISTED = (
    *("security_groups", "networks", "subnets", "routers", "ports", "floating_ips", "images", "volumes", "snapshots"),
    *("servers", "trunks", "server_groups", "backups", *_BY_NAME),
)
