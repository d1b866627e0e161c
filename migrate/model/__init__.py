"""The records that every room speaks: what a tenant owns, what a cloud offers, how we mark what we make.

Frozen msgspec structs, so that documents decode and validate in one pass. Ids are those of the cloud that the
record was read from. Field names carry their unit. This module imports nothing of ours.
"""

import hashlib
import re
from contextlib import suppress
from enum import StrEnum
from ipaddress import ip_network

import msgspec


class Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of all records: frozen, by keyword, an unknown field is an error."""


class Kind(StrEnum):
    """Kinds of resource, spelt as in step ids."""

    KEYPAIR = "keypair"
    SECURITY_GROUP = "security-group"
    NETWORK = "network"
    SUBNET = "subnet"
    ROUTER = "router"
    PORT = "port"
    FLOATING_IP = "floating-ip"
    IMAGE = "image"
    VOLUME = "volume"
    SNAPSHOT = "snapshot"
    SERVER = "server"
    CONTAINER = "container"
    TRUNK = "trunk"
    SERVER_GROUP = "server-group"
    BACKUP = "backup"
    LOAD_BALANCER = "load-balancer"
    STACK = "stack"
    DNS_ZONE = "dns-zone"
    SECRET = "secret"
    SHARE = "share"
    CLUSTER = "cluster"
    DATABASE = "database"
    OTHER = "other"


OTHER_KINDS = (
    Kind.LOAD_BALANCER,
    Kind.STACK,
    Kind.DNS_ZONE,
    Kind.SECRET,
    Kind.SHARE,
    Kind.CLUSTER,
    Kind.DATABASE,
    Kind.OTHER,
)
"""What a tenant may own besides, that no tool can carry: it is named, and done by hand."""


# ---------------------------------------------------------------- marks


class Role(StrEnum):
    """Why a resource of ours exists."""

    TEMPORARY = "t"
    MOVED = "m"


_MARK = re.compile(r"decamp-([tm])-([0-9a-f]{8})-([0-9A-Za-z-]{1,40})\b")

MARK_KEY = "decamp-mark"
"""Metadata key of a mark on servers, volumes, snapshots and (as x-container-meta-decamp-mark) containers."""

MARK_PROPERTY = "decamp_mark"
"""Image property of a mark, for temporaries at the source alone: properties are inherited, tags are not."""


class Mark(Record, frozen=True, kw_only=True):
    """Says that Decamp made this, for which migration and from which source resource (docs/formats/marks.md).

    `source_id` is a uuid, or 32 hex digits derived from a name where the source has no uuid (`name_id`).
    """

    role: Role
    migration: str
    source_id: str

    def __str__(self) -> str:
        return f"decamp-{self.role.value}-{self.migration[:8]}-{self.source_id}"


def parse_mark(text: str) -> Mark | None:
    """The first mark found in `text` (a tag, a metadata value, a description), or None."""
    found = _MARK.search(text or "")
    if not found:
        return None
    return Mark(role=Role(found[1]), migration=found[2], source_id=found[3])


def marked_description(mark: Mark, text: str) -> str:
    """A description that carries the mark first and the customer's own text behind it."""
    return f"{mark} {text}" if text else str(mark)


def own_description(text: str) -> str:
    """The customer's own text of a description that may begin with a mark of what we moved."""
    found = _MARK.match(text or "")
    if not found or found[1] != Role.MOVED.value:
        return text or ""
    return text[found.end() :].removeprefix(" ")


# ---------------------------------------------------------------- network


class SecurityGroupRule(Record, frozen=True, kw_only=True):
    """One rule, as `spelt_rule` leaves it: lower-case protocol, `None` for any. Compared by `canonical_rule`."""

    direction: str
    ethertype: str = "IPv4"
    protocol: str | None = None
    port_min: int | None = None
    port_max: int | None = None
    remote_ip_prefix: str | None = None
    remote_group_id: str | None = None
    description: str = ""


_EVERYWHERE = frozenset({"0.0.0.0/0", "::/0"})
_ALL_PORTS = (1, 65535)


def canonical_rule(rule: SecurityGroupRule) -> SecurityGroupRule:
    """What rules are compared by: as `read_back`, with 0.0.0.0/0 as no prefix."""
    rule = read_back(rule)
    return msgspec.structs.replace(rule, remote_ip_prefix=None) if rule.remote_ip_prefix in _EVERYWHERE else rule


def read_back(rule: SecurityGroupRule) -> SecurityGroupRule:
    """As Neutron tells a rule that it was given as `spelt_rule` has it: 1-65535 as no ports, the prefix as it is."""
    rule = spelt_rule(rule)
    if rule.protocol in {"tcp", "udp"} and (rule.port_min, rule.port_max) == _ALL_PORTS:
        return msgspec.structs.replace(rule, port_min=None, port_max=None)
    return rule


def spelt_rule(rule: SecurityGroupRule) -> SecurityGroupRule:
    """A rule in the customer's own spelling, as far as every cloud takes it and reads it back.

    `TCP` is `tcp` everywhere, `1.2.3.4` is `1.2.3.4/32`; no cloud of today takes -1 or 0 for all ports. An unparsable
    prefix is kept as it is.
    """
    protocol = (rule.protocol or "").lower() or None
    ports: tuple[int | None, int | None] = (rule.port_min, rule.port_max)
    if protocol in {"any", "0"}:
        protocol = None
    if (ports in {(0, 65535), (-1, -1)} and protocol in {"tcp", "udp", None}) or (ports == _ALL_PORTS and not protocol):
        ports = (None, None)
    prefix = rule.remote_ip_prefix
    with suppress(ValueError):
        prefix = str(ip_network(prefix, strict=False)) if prefix else None
    return msgspec.structs.replace(
        rule,
        direction=rule.direction.lower(),
        ethertype="IPv6" if rule.ethertype.lower() == "ipv6" else "IPv4",
        protocol=protocol,
        port_min=ports[0],
        port_max=ports[1],
        remote_ip_prefix=prefix,
        description=rule.description or "",
    )


class SecurityGroup(Record, frozen=True, kw_only=True):
    id: str
    name: str
    description: str = ""
    stateful: bool = True
    rules: tuple[SecurityGroupRule, ...] = ()


class AllocationPool(Record, frozen=True, kw_only=True):
    start: str
    end: str


class HostRoute(Record, frozen=True, kw_only=True):
    destination: str
    nexthop: str


class Network(Record, frozen=True, kw_only=True):
    id: str
    name: str
    description: str = ""
    admin_state_up: bool = True
    mtu: int | None = None
    port_security_enabled: bool = True
    is_external: bool = False
    is_shared: bool = False
    is_own: bool = True


class Subnet(Record, frozen=True, kw_only=True):
    id: str
    network_id: str
    name: str
    cidr: str
    description: str = ""
    ip_version: int = 4
    gateway_ip: str | None = None
    enable_dhcp: bool = True
    dns_nameservers: tuple[str, ...] = ()
    allocation_pools: tuple[AllocationPool, ...] = ()
    host_routes: tuple[HostRoute, ...] = ()
    ipv6_address_mode: str | None = None
    ipv6_ra_mode: str | None = None


class RouterInterface(Record, frozen=True, kw_only=True):
    subnet_id: str
    ip_address: str
    port_id: str = ""


class Router(Record, frozen=True, kw_only=True):
    id: str
    name: str
    description: str = ""
    admin_state_up: bool = True
    external_network_id: str | None = None
    routes: tuple[HostRoute, ...] = ()
    interfaces: tuple[RouterInterface, ...] = ()
    enable_snat: bool = True


class FixedIp(Record, frozen=True, kw_only=True):
    subnet_id: str
    ip_address: str


class AddressPair(Record, frozen=True, kw_only=True):
    ip_address: str
    mac_address: str | None = None


class DhcpOption(Record, frozen=True, kw_only=True):
    """An extra DHCP option of a port, as Neutron spells it (`mtu`, `tftp-server`)."""

    name: str
    value: str
    ip_version: int = 4


class Port(Record, frozen=True, kw_only=True):
    """A port of the tenant; `device_owner` tells servers' ports from routers', DHCP's and trunks' (`trunk:subport`)."""

    id: str
    network_id: str
    name: str = ""
    description: str = ""
    admin_state_up: bool = True
    mac_address: str = ""
    fixed_ips: tuple[FixedIp, ...] = ()
    security_group_ids: tuple[str, ...] = ()
    allowed_address_pairs: tuple[AddressPair, ...] = ()
    port_security_enabled: bool = True
    device_id: str = ""
    device_owner: str = ""
    vnic_type: str = "normal"
    qos_policy_id: str | None = None
    dhcp_options: tuple[DhcpOption, ...] = ()


class SubPort(Record, frozen=True, kw_only=True):
    port_id: str
    segmentation_type: str
    segmentation_id: int


class Trunk(Record, frozen=True, kw_only=True):
    """A server's parent port with the VLANs that it carries, sorted by segmentation id."""

    id: str
    name: str
    port_id: str
    description: str = ""
    admin_state_up: bool = True
    sub_ports: tuple[SubPort, ...] = ()


class PortForwarding(Record, frozen=True, kw_only=True):
    """One port of a floating address, led to one port of an inner one. `port_max` fields: None for a single port."""

    protocol: str
    external_port: int
    internal_port: int
    internal_ip_address: str
    internal_port_id: str
    external_port_max: int | None = None
    internal_port_max: int | None = None
    description: str = ""


class FloatingIp(Record, frozen=True, kw_only=True):
    id: str
    address: str
    external_network_id: str
    description: str = ""
    port_id: str | None = None
    fixed_ip_address: str | None = None
    port_forwardings: tuple[PortForwarding, ...] = ()


# ---------------------------------------------------------------- disks


class Image(Record, frozen=True, kw_only=True):
    """An image; `size_bytes` is the file's, `virtual_size_bytes` the disk's inside it (None when unknown).

    `server_id`: the server that it is a copy of, as the cloud notes it; a copy of the copy has it too.
    `members`: ids of the projects that it is shared with. `volume_backed`: it has no bytes and stands for the volume
    snapshots `snapshot_ids`, in the order of its block device mapping.
    """

    id: str
    name: str
    status: str
    disk_format: str = "raw"
    container_format: str = "bare"
    size_bytes: int = 0
    virtual_size_bytes: int | None = None
    min_disk_gib: int = 0
    min_ram_mib: int = 0
    visibility: str = "private"
    owner_id: str = ""
    checksum: str | None = None
    hash_algo: str | None = None
    hash_value: str | None = None
    hidden: bool = False
    protected: bool = False
    tags: tuple[str, ...] = ()
    properties: dict[str, str] = {}
    volume_backed: bool = False
    created_at: str = ""
    members: tuple[str, ...] = ()
    snapshot_ids: tuple[str, ...] = ()
    server_id: str = ""


class Attachment(Record, frozen=True, kw_only=True):
    """A volume on a server, from the volume's side and from the server's."""

    server_id: str
    volume_id: str
    device: str = ""
    delete_on_termination: bool = False


class Volume(Record, frozen=True, kw_only=True):
    id: str
    name: str
    size_gib: int
    status: str
    description: str = ""
    volume_type: str | None = None
    availability_zone: str | None = None
    bootable: bool = False
    encrypted: bool = False
    multiattach: bool = False
    metadata: dict[str, str] = {}
    image_metadata: dict[str, str] = {}
    attachments: tuple[Attachment, ...] = ()
    snapshot_id: str | None = None
    created_at: str = ""
    group_id: str | None = None


class Snapshot(Record, frozen=True, kw_only=True):
    id: str
    volume_id: str
    name: str
    size_gib: int
    status: str
    description: str = ""
    metadata: dict[str, str] = {}
    created_at: str = ""


class Backup(Record, frozen=True, kw_only=True):
    """A Cinder backup. `container` is where its driver keeps it: with Swift, in the tenant's own account."""

    id: str
    name: str
    volume_id: str
    size_gib: int
    status: str
    container: str | None = None
    description: str = ""
    incremental: bool = False
    created_at: str = ""


# ---------------------------------------------------------------- compute


class Keypair(Record, frozen=True, kw_only=True):
    """A user's public key; its name is its identity."""

    name: str
    public_key: str
    fingerprint: str = ""
    type: str = "ssh"


class Flavor(Record, frozen=True, kw_only=True):
    name: str
    vcpus: int
    ram_mib: int
    disk_gib: int
    id: str = ""
    ephemeral_gib: int = 0
    swap_mib: int = 0


class ServerGroup(Record, frozen=True, kw_only=True):
    """Servers kept apart or together. `policy`: affinity, anti-affinity, soft-affinity or soft-anti-affinity.

    It can carry no mark: name and policy are its natural key.
    """

    id: str
    name: str
    policy: str
    member_ids: tuple[str, ...] = ()


class Server(Record, frozen=True, kw_only=True):
    """A server. `port_ids` are in NIC order as far as the cloud tells; `attachments` are in attach order.

    `user_data` is the SHA-256 of what is kept under `private/user-data/`, None when it is not known (yet);
    `stack_id` the Heat stack that owns it.
    """

    id: str
    name: str
    status: str
    flavor: Flavor
    image_id: str | None = None
    key_name: str | None = None
    description: str = ""
    availability_zone: str | None = None
    metadata: dict[str, str] = {}
    tags: tuple[str, ...] = ()
    config_drive: bool = False
    locked: bool = False
    task_state: str | None = None
    root_device: str | None = None
    port_ids: tuple[str, ...] = ()
    security_group_names: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    created_at: str = ""
    user_data: str | None = None
    stack_id: str | None = None


# ---------------------------------------------------------------- other services


class ServiceResource(Record, frozen=True, kw_only=True):
    """Something of a service whose things cannot be carried: named, so that its owner makes it anew by hand.

    `service` is the catalogue's type. `details` are what tells it apart and never a secret's value. An empty `id`
    stands for the whole service, which is in the catalogue and may not be listed; `details["why"]` says why.
    """

    kind: Kind
    id: str
    name: str
    service: str
    details: dict[str, str] = {}


LISTINGS = {
    "keypair": "compute",
    "server": "compute",
    "server-group": "compute",
    "flavor": "compute",
    "compute-zone": "compute",
    "compute-quota": "compute",
    "volume": "block-storage",
    "snapshot": "block-storage",
    "backup": "block-storage",
    "volume-type": "block-storage",
    "volume-zone": "block-storage",
    "volume-quota": "block-storage",
    "network": "network",
    "subnet": "network",
    "router": "network",
    "port": "network",
    "floating-ip": "network",
    "port-forwarding": "network",
    "security-group": "network",
    "trunk": "network",
    "external-network": "network",
    "network-quota": "network",
    "extension": "network",
    "image": "image",
    "image-member": "image",
    "container": "object-store",
}
"""What a scan lists -> the service that is asked. Where a listing is refused, or left out on purpose, an inventory has
a row in `others` with this as its name, no id, `details["why"]`, and `details["skip"]` where the policy leaves it out.
"""

ODD = "odd"
"""A row's detail that says of one item of a listing (`details["listing"]`) that it could not be read and is left out
(`left-out`), or that something harmless in it had to be set right (`kept`); `details["why"]` says what. Its name is
that of the item, or its id, or its place in the listing; `details["id"]` its id, `details["owner"]` a port's device.
"""

OTHER_SERVICE = "service:"
"""How the listings of a service are called, all together, whose things are not moved."""

LEFT_OUT = "left-out"
"""`why` of a listing that the policy leaves out: it was not asked for."""


class StackSource(Record, frozen=True, kw_only=True):
    """What a Heat stack was made from: evidence for its owner, and where user data may be read.

    `template` is the document as text; `resources` maps logical names to (type, physical id).
    """

    id: str
    name: str
    template: str
    parameters: dict[str, str] = {}
    resources: dict[str, tuple[str, str]] = {}


# ---------------------------------------------------------------- objects


class OddObjects(Record, frozen=True, kw_only=True):
    """How many objects of a container are odd in one way, and the name of one of them. `why`: which way."""

    why: str
    objects: int
    example: str


class LostHeaders(Record, frozen=True, kw_only=True):
    """Objects of a container that have a header which an S3 store cannot hold, and the names of some of them.

    `header`: its kind (`migrate.model.s3_objects.header_kind`).
    """

    header: str
    objects: int
    examples: tuple[str, ...]


class Container(Record, frozen=True, kw_only=True):
    """A container as a summary; objects are listed when they are needed, never kept here.

    `headers` are the settable ones in lower case (metadata, ACL, quotas, web, versions); `mark` is ours, if any.
    `odd`: what a scan that looked through the listings has found; absent where none did. `lost_headers`: what one that
    asked for the headers of objects has found that S3 cannot hold; absent likewise. `sampled`: of how many, where it
    was not of all.
    """

    name: str
    objects: int = 0
    size_bytes: int = 0
    headers: dict[str, str] = {}
    storage_policy: str | None = None
    mark: str | None = None
    odd: tuple[OddObjects, ...] | msgspec.UnsetType = msgspec.UNSET
    lost_headers: tuple[LostHeaders, ...] | msgspec.UnsetType = msgspec.UNSET
    sampled: int | msgspec.UnsetType = msgspec.UNSET


class S3Settings(Record, frozen=True, kw_only=True):
    """Where an S3 store is and as whom it is asked; no secret in it.

    `endpoint`: its URL, empty for AWS's own of the region.   `region`: empty for the profile's, else us-east-1.
    `profile`: of ~/.aws, empty for the usual chain (environment, files, instance).   `style`: `path` or `virtual`.
    """

    endpoint: str = ""
    region: str = ""
    profile: str = ""
    style: str = "path"


class S3Place(Record, frozen=True, kw_only=True):
    """Where a container's objects are at an S3 store: a bucket, and what their keys begin with there."""

    bucket: str
    prefix: str = ""


class ObjectEntry(Record, frozen=True, kw_only=True):
    """A line of a container listing. `slo_etag`: of a static large object, where the service tells it.

    `content_type` may be empty: not told (S3). Of a large object or a link, `etag` is that of the manifest or of
    nothing.
    """

    name: str
    size_bytes: int
    etag: str
    content_type: str = "application/octet-stream"
    last_modified: str = ""
    slo_etag: str = ""
    is_link: bool = False


# ---------------------------------------------------------------- what a cloud offers

ON_S3 = "containers-on-s3"
"""Among the services of a target whose containers are looked for at the S3 service that the policy names.

No catalogue has that word; `s3` is in some, of clouds whose containers are Swift's all the same.
"""


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


_PLAIN_ID = re.compile(r"[0-9A-Za-z_.:-]{1,255}")


def is_plain_id(own_id: str) -> bool:
    """An id that may stand in an address, in a step's name and in a policy, as those of all clouds do."""
    return bool(_PLAIN_ID.fullmatch(own_id)) and own_id not in {".", ".."}


def name_id(name: str) -> str:
    """32 hex digits that stand for a resource whose only identity is its name (container, keypair)."""
    return hashlib.sha256(name.encode()).hexdigest()[:32]


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


def mark_of(record: Record) -> Mark | None:
    """The mark that a record carries in the place of its kind (docs/formats/marks.md), or None."""
    match record:
        case Server() | Volume() | Snapshot():
            return parse_mark(record.metadata.get(MARK_KEY, ""))
        case Image():
            marks = (parse_mark(text) for text in (*record.tags, record.properties.get(MARK_PROPERTY, "")))
            return next((mark for mark in marks if mark), None)
        case Container():
            return parse_mark(record.mark or "")
        case Network() | Subnet() | Router() | Port() | SecurityGroup() | FloatingIp() | Trunk():
            return parse_mark(record.description.partition(" ")[0])
        case _:
            return None
