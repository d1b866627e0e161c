"""Records shared by all rooms: a tenant's resources, a cloud's offer, and our marks.

Frozen msgspec structs, so that documents are decoded and validated in one pass. Ids are those of the cloud that the
record comes from. Field names include their unit.
"""

from migrate.model.containers import ON_S3, Container, LostHeaders, ObjectEntry, OddObjects, S3Place, S3Settings
from migrate.model.dns_records import ADDRESS_TYPES, OFFLINE, DnsRecord, NameLookup
from migrate.model.images_and_volumes import Attachment, Backup, Image, Snapshot, Volume
from migrate.model.inventory import OBJECT_BYTES, CloudFacts, Identity, Inventory, Quota, quota_of_type
from migrate.model.listings import LEFT_OUT, LISTINGS, ODD, OTHER_SERVICE, ServiceResource, StackSource
from migrate.model.marks import (
    MARK_KEY,
    MARK_PROPERTY,
    Mark,
    Role,
    mark_of,
    marked_description,
    own_description,
    parse_mark,
)
from migrate.model.network_records import (
    AddressPair,
    AllocationPool,
    DhcpOption,
    FixedIp,
    FloatingIp,
    HostRoute,
    Network,
    Port,
    PortForwarding,
    Router,
    RouterInterface,
    Subnet,
    SubPort,
    Trunk,
)
from migrate.model.records import OTHER_KINDS, Kind, Record, is_plain_id, name_id
from migrate.model.security_group_rules import SecurityGroup, SecurityGroupRule, canonical_rule, read_back, spelt_rule
from migrate.model.server_records import Flavor, Keypair, Server, ServerGroup

__all__ = [
    "ADDRESS_TYPES",
    "LEFT_OUT",
    "LISTINGS",
    "MARK_KEY",
    "MARK_PROPERTY",
    "OBJECT_BYTES",
    "ODD",
    "OFFLINE",
    "ON_S3",
    "OTHER_KINDS",
    "OTHER_SERVICE",
    "AddressPair",
    "AllocationPool",
    "Attachment",
    "Backup",
    "CloudFacts",
    "Container",
    "DhcpOption",
    "DnsRecord",
    "FixedIp",
    "Flavor",
    "FloatingIp",
    "HostRoute",
    "Identity",
    "Image",
    "Inventory",
    "Keypair",
    "Kind",
    "LostHeaders",
    "Mark",
    "NameLookup",
    "Network",
    "ObjectEntry",
    "OddObjects",
    "Port",
    "PortForwarding",
    "Quota",
    "Record",
    "Role",
    "Router",
    "RouterInterface",
    "S3Place",
    "S3Settings",
    "SecurityGroup",
    "SecurityGroupRule",
    "Server",
    "ServerGroup",
    "ServiceResource",
    "Snapshot",
    "StackSource",
    "SubPort",
    "Subnet",
    "Trunk",
    "Volume",
    "canonical_rule",
    "is_plain_id",
    "mark_of",
    "marked_description",
    "name_id",
    "own_description",
    "parse_mark",
    "quota_of_type",
    "read_back",
    "spelt_rule",
]
