"""The base of all records, and the kinds of resources."""

import hashlib
import re
from enum import StrEnum

import msgspec


class Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base class of all records: frozen, keyword-only, without unknown fields."""


class Kind(StrEnum):
    """Kinds of resources, named as in step ids."""

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
"""Kinds of resources that Decamp cannot move: they are listed, to be created by hand."""


_PLAIN_ID = re.compile(r"[0-9A-Za-z_.:-]{1,255}")


def is_plain_id(own_id: str) -> bool:
    """Whether an id is safe in a URL, a step id and a policy, as all clouds' ids are."""
    return bool(_PLAIN_ID.fullmatch(own_id)) and own_id not in {".", ".."}


def name_id(name: str) -> str:
    """32 hex digits for a resource that is identified only by its name (container, key pair)."""
    return hashlib.sha256(name.encode()).hexdigest()[:32]
