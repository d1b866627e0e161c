"""The listings that a scan reads: where each is, one good item, and values that its fields must not have."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from migrate.model import Inventory
from tests.openstack.fake_openstack import PROJECT

Json = dict[str, Any]

NOVA, CINDER, NEUTRON = "/compute/v2.1", f"/volume/v3/{PROJECT}", "/network/v2.0"
ACCOUNT = f"/swift/v1/AUTH_{PROJECT}"
GONE = object()
"""Stands for a key that is not there."""

FLAVOR = {"vcpus": 1, "ram": 1024, "disk": 5, "original_name": "n1"}
SERVER = {
    "id": "s1",
    "name": "good",
    "status": "ACTIVE",
    "flavor": FLAVOR,
    "image": {"id": "i1"},
    "metadata": {"color": "blue"},
    "addresses": {},
    "os-extended-volumes:volumes_attached": [],
}
OWN = {"project_id": PROJECT, "name": "good"}


@dataclass(frozen=True)
class Listing:
    """Where a listing is, one good item of it, where that ends up, and values that its fields must not have."""

    path: str
    key: str
    good: Json
    found: Callable[[Inventory], Any]
    odd: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    id: str = "id"
    wrap: str = ""
    free_ids: tuple[Any, ...] = ()
    """Ids that are allowed here, as they are names."""


IDS = ("..", ".", "/../../../../x", "a b", "a/b", "a\x00b", "\ud800half", "x" * 300, "", 7, {"a": 1}, ["a"], None, GONE)
_NUMBERS = (GONE, None, "", "many", math.nan, math.inf, 5.5, -5, 10**30, True, [1], {"a": 1})
_TEXTS = ([1], {"a": 1})
_LISTS = (7, "text", {"a": 1}, [None], [7])
_ADDRESSES = ("nowhere", 7, [1], "10.0.0.0/99", "")
_REFERENCES = (GONE, None, 7, [1], {"a": 1})

LISTINGS = {
    "server": Listing(
        f"{NOVA}/servers/detail",
        "servers",
        SERVER,
        lambda found: found.servers,
        {
            "name": _TEXTS,
            "status": _TEXTS,
            "metadata": ([1], "text", 7, {"a": {"b": 1}}),
            "addresses": ([1], "text", {"lan": 7}, {"lan": [7]}),
            "flavor": ("text", [1], {**FLAVOR, "ram": math.nan}, {**FLAVOR, "vcpus": None}, {**FLAVOR, "disk": "big"}),
            "image": ("text", [1], {"id": 7}),
            "os-extended-volumes:volumes_attached": _LISTS,
            "security_groups": _LISTS,
            "tags": ("text", [1, "a"], {"a": 1}),
            "key_name": (7, [1]),
        },
    ),
    "keypair": Listing(
        f"{NOVA}/os-keypairs",
        "keypairs",
        {"name": "good", "public_key": "ssh-rsa AAAA"},
        lambda found: found.keypairs,
        {"public_key": _TEXTS, "type": (7, [1])},
        id="name",
        wrap="keypair",
        free_ids=("..", ".", "/../../../../x", "a b", "a/b", "a\x00b"),
    ),
    "server-group": Listing(
        f"{NOVA}/os-server-groups",
        "server_groups",
        {"id": "sg1", "name": "good", "policy": "affinity", "members": ["s1"]},
        lambda found: found.server_groups,
        {"members": ("text", [7, "a"], {"a": 1}, 7), "policy": ([1], {"a": 1}), "name": _TEXTS},
    ),
    "flavor": Listing(
        f"{NOVA}/flavors/detail",
        "flavors",
        {"id": "f1", "name": "good", "vcpus": 1, "ram": 1024, "disk": 5},
        lambda found: found.facts.flavors,
        {"vcpus": _NUMBERS, "ram": _NUMBERS, "disk": _NUMBERS, "swap": ("many", [1])},
        free_ids=("a b", ""),
    ),
    "volume": Listing(
        f"{CINDER}/volumes/detail",
        "volumes",
        {"id": "v1", "name": "good", "size": 1, "status": "available"},
        lambda found: found.volumes,
        {
            "size": _NUMBERS,
            "metadata": ([1], "text", 7),
            "attachments": _LISTS,
            "volume_type": (7, [1], {"a": 1}),
            "name": _TEXTS,
        },
    ),
    "snapshot": Listing(
        f"{CINDER}/snapshots/detail",
        "snapshots",
        {"id": "sn1", "name": "good", "size": 1, "status": "available", "volume_id": "v1"},
        lambda found: found.snapshots,
        {"size": _NUMBERS, "volume_id": _REFERENCES, "metadata": ([1], "text", 7)},
    ),
    "backup": Listing(
        f"{CINDER}/backups/detail",
        "backups",
        {"id": "b1", "name": "good", "size": 1, "status": "available", "volume_id": "v1"},
        lambda found: found.backups,
        {"size": (5.5, -5, "many", [1], math.inf), "volume_id": ([1], {"a": 1}), "container": (7, [1])},
    ),
    "network": Listing(
        f"{NEUTRON}/networks",
        "networks",
        {"id": "n1", "mtu": 1500, **OWN},
        lambda found: found.networks,
        {
            "mtu": ("many", math.nan, [1], 5.5),
            "admin_state_up": ("perhaps", [1], 7),
            "shared": ("perhaps", [1]),
            "project_id": (GONE, None, 7, [1]),
        },
    ),
    "subnet": Listing(
        f"{NEUTRON}/subnets",
        "subnets",
        {"id": "sub1", "network_id": "n1", "cidr": "10.0.0.0/24", "ip_version": 4, **OWN},
        lambda found: found.subnets,
        {
            "cidr": (GONE, None, *_ADDRESSES),
            "network_id": _REFERENCES,
            "gateway_ip": ("nowhere", 7, [1]),
            "ip_version": (5, 6, None, "four", [1]),
            "allocation_pools": (*_LISTS, [{"start": "nowhere", "end": "10.0.0.9"}], [{"start": "10.0.0.2"}]),
            "dns_nameservers": ("8.8.8.8", [7], {"a": 1}),
            "host_routes": (*_LISTS, [{"destination": "x", "nexthop": "10.0.0.1"}]),
            "enable_dhcp": ("perhaps", [1]),
        },
    ),
    "router": Listing(
        f"{NEUTRON}/routers",
        "routers",
        {"id": "r1", **OWN},
        lambda found: found.routers,
        {"external_gateway_info": (7, "text", [1]), "routes": _LISTS, "project_id": (GONE, None, 7)},
    ),
    "port": Listing(
        f"{NEUTRON}/ports",
        "ports",
        {"id": "p1", "network_id": "n1", **OWN},
        lambda found: found.ports,
        {
            "network_id": _REFERENCES,
            "fixed_ips": (
                *(*_LISTS, [{"subnet_id": "sub1"}]),
                *([{"subnet_id": "sub1", "ip_address": address}] for address in ("nowhere", "fe80::1%\n10.0.0.1 db")),
            ),
            "security_groups": ("text", [7], {"a": 1}),
            "allowed_address_pairs": (*_LISTS, [{"ip_address": "nowhere"}]),
            "extra_dhcp_opts": (*_LISTS, [{"ip_version": "four"}]),
            "mac_address": _TEXTS,
            "project_id": (GONE, None, 7),
        },
    ),
    "security-group": Listing(
        f"{NEUTRON}/security-groups",
        "security_groups",
        {"id": "g1", "security_group_rules": [{"direction": "ingress"}], **OWN},
        lambda found: found.security_groups,
        {
            "security_group_rules": (
                *_LISTS,
                [{}],
                [{"direction": "sideways"}],
                [{"direction": "ingress", "ethertype": "IPv9"}],
                [{"direction": "ingress", "port_range_min": "many"}],
                [{"direction": "ingress", "protocol": {"a": 1}}],
            ),
            "project_id": (GONE, None, 7),
        },
    ),
    "floating-ip": Listing(
        f"{NEUTRON}/floatingips",
        "floatingips",
        {"id": "fl1", "floating_ip_address": "203.0.113.1", "floating_network_id": "x1", "port_id": "p1", **OWN},
        lambda found: found.floating_ips,
        {
            "floating_ip_address": (GONE, None, *_ADDRESSES[:-1]),
            "floating_network_id": _REFERENCES,
            "port_id": (7, [1], {"a": 1}),
            "fixed_ip_address": ("nowhere", 7, [1]),
        },
    ),
    "trunk": Listing(
        f"{NEUTRON}/trunks",
        "trunks",
        {"id": "t1", "port_id": "p1", **OWN},
        lambda found: found.trunks,
        {"port_id": _REFERENCES, "sub_ports": (*_LISTS, [{"port_id": "p2"}], [{"port_id": 1, "segmentation_id": 5}])},
    ),
    "image": Listing(
        "/image/v2/images",
        "images",
        {"id": "i1", "name": "good", "status": "active", "owner": PROJECT, "visibility": "private"},
        lambda found: found.images,
        {
            "owner": (GONE,),
            "size": ("many", 5.5, -5, 10**30, [1], True),
            "min_disk": ("many", [1], -5),
            "tags": ("text", [7], {"a": 1}),
            "checksum": (7, [1]),
            "disk_format": (7, {"a": 1}),
        },
    ),
    "container": Listing(
        ACCOUNT,
        "",
        {"name": "good", "count": 1, "bytes": 2},
        lambda found: found.containers,
        {"count": _NUMBERS, "bytes": _NUMBERS},
        id="name",
        free_ids=("..", ".", "a b"),
    ),
    "volume-type": Listing(
        f"{CINDER}/types", "volume_types", {"id": "x", "name": "good"}, lambda found: found.facts.volume_types
    ),
    "service:dns": Listing(
        "/dns/v2/zones",
        "zones",
        {"id": "z1", "name": "good"},
        lambda found: found.others,
        # Only a line for people is made of these.
        free_ids=IDS,
    ),
}


def served(listing: Listing, items: list[Any]) -> Json | list[Any]:
    told = [{listing.wrap: item} if listing.wrap and isinstance(item, dict) and item else item for item in items]
    return {listing.key: told} if listing.key else told
