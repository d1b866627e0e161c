"""The services that are only listed, as data: a listing for each kind, and the fields that identify an item.

Details are chosen one by one, so that no secret can slip in (a VPN's key, a secret's payload).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from migrate.model import Kind, ServiceResource

Json = dict[str, Any]


@dataclass(frozen=True)
class Listing:
    """One listing. `key`: of the list in the answer, "" for a bare one.

    `id`, `name`: fields of an item; an id may be the last part of a URL. `details`: maps our name to their field, with
    dots for nesting. `only`: items without this field are ignored; `not_named`: the name of an item that every project
    has by default. `what` distinguishes listings of the same kind.
    """

    kind: Kind
    path: str
    key: str
    details: Mapping[str, str] = field(default_factory=dict)
    id: str = "id"
    name: str = "name"
    what: str = ""
    only: str = ""
    not_named: str = ""
    params: tuple[tuple[str, str], ...] = ()

    def is_ours(self, item: Json, project_id: str) -> bool:
        """Whether the item belongs to the project: some services also list items published by others."""
        owner = _text(item.get("project_id") or item.get("tenant_id"))
        is_own = not owner or owner.replace("-", "") == project_id.replace("-", "")
        is_made = not self.not_named or item.get(self.name) != self.not_named
        return is_own and is_made and (not self.only or bool(item.get(self.only)))

    def row(self, item: Json, service: str) -> ServiceResource:
        details = {ours: _inner(item, theirs) for ours, theirs in self.details.items()}
        return ServiceResource(
            kind=self.kind,
            # Never empty, which would mean the whole service.
            id=_text(item.get(self.id)).rstrip("/").rpartition("/")[2] or _text(item.get(self.name)) or "?",
            name=_text(item.get(self.name)),
            service=service,
            details={key: value for key, value in {"what": self.what, **details}.items() if value},
        )


@dataclass(frozen=True)
class Service:
    """A service. `version`: the path prefix, if the catalogue's address has none."""

    version: str
    listings: tuple[Listing, ...]


def _text(value: Any) -> str:
    """Any value as text, for people to read."""
    return "" if value is None else str(value)


def _inner(item: Json, path: str) -> str:
    value: Any = item
    for word in path.split("."):
        value = value.get(word) if isinstance(value, dict) else None
    return _text(value)


_STATUS = {"status": "status"}

SERVICES: dict[str, Service] = {
    "load-balancer": Service(
        "v2",
        (
            Listing(
                Kind.LOAD_BALANCER,
                "/lbaas/loadbalancers",
                "loadbalancers",
                {
                    "address": "vip_address",
                    "port": "vip_port_id",
                    "provider": "provider",
                    "status": "provisioning_status",
                },
            ),
        ),
    ),
    "orchestration": Service(
        "v1/{project}",
        (
            Listing(
                Kind.STACK,
                "/stacks",
                "stacks",
                {"status": "stack_status", "created": "creation_time", "description": "description"},
                name="stack_name",
            ),
        ),
    ),
    "dns": Service(
        "v2",
        (
            Listing(Kind.DNS_ZONE, "/zones", "zones", {"type": "type", "email": "email", **_STATUS}),
            Listing(
                Kind.DNS_ZONE,
                "/reverse/floatingips",
                "floatingips",
                {"address": "address"},
                name="ptrdname",
                what="PTR record",
                only="ptrdname",
            ),
        ),
    ),
    "key-manager": Service(
        "v1",
        (
            Listing(
                Kind.SECRET,
                "/secrets",
                "secrets",
                {"type": "secret_type", "algorithm": "algorithm", "ends": "expiration", **_STATUS},
                id="secret_ref",
                params=(("limit", "100"), ("offset", "0")),
            ),
            Listing(
                Kind.SECRET,
                "/containers",
                "containers",
                {"type": "type", **_STATUS},
                id="container_ref",
                what="container",
                params=(("limit", "100"), ("offset", "0")),
            ),
        ),
    ),
    "shared-file-system": Service(
        "v2/{project}",
        (
            Listing(
                Kind.SHARE,
                "/shares/detail",
                "shares",
                {"protocol": "share_proto", "size_gib": "size", **_STATUS},
            ),
        ),
    ),
    "container-infrastructure-management": Service(
        "v1",
        (
            Listing(
                Kind.CLUSTER,
                "/clusters",
                "clusters",
                {"nodes": "node_count", "masters": "master_count", "stack": "stack_id", **_STATUS},
                id="uuid",
            ),
        ),
    ),
    "database": Service(
        "v1.0/{project}",
        (
            Listing(
                Kind.DATABASE,
                "/instances",
                "instances",
                {"type": "datastore.type", "version": "datastore.version", "size_gib": "volume.size", **_STATUS},
            ),
        ),
    ),
    "data-processing": Service(
        "v1.1/{project}",
        (Listing(Kind.CLUSTER, "/clusters", "clusters", {"plugin": "plugin_name", **_STATUS}),),
    ),
    "clustering": Service("v1", (Listing(Kind.CLUSTER, "/clusters", "clusters", _STATUS),)),
    "application-container": Service(
        "v1", (Listing(Kind.OTHER, "/containers", "containers", {"image": "image", **_STATUS}, id="uuid"),)
    ),
    "workflow": Service(
        "v2",
        (
            Listing(Kind.OTHER, "/workflows", "workflows", {"scope": "scope"}, what="workflow", only="project_id"),
            Listing(Kind.OTHER, "/cron_triggers", "cron_triggers", {"pattern": "pattern"}, what="cron trigger"),
        ),
    ),
    "alarm": Service("v2", (Listing(Kind.OTHER, "/alarms", "", {"type": "type", "state": "state"}, id="alarm_id"),)),
    "application-catalog": Service("v1", (Listing(Kind.OTHER, "/environments", "environments", _STATUS),)),
    "nfv-orchestration": Service("v1.0", (Listing(Kind.OTHER, "/vnfs", "vnfs", _STATUS),)),
    "reservation": Service("v1", (Listing(Kind.OTHER, "/leases", "leases", {"ends": "end_date", **_STATUS}),)),
}
"""Services by official type."""

EXTENSIONS: dict[str, tuple[Listing, ...]] = {
    "lbaasv2": (
        Listing(
            Kind.LOAD_BALANCER,
            "/lbaas/loadbalancers",
            "loadbalancers",
            {"address": "vip_address", "port": "vip_port_id"},
        ),
    ),
    "lbaas": (Listing(Kind.LOAD_BALANCER, "/lb/vips", "vips", {"address": "address", "port": "port_id"}),),
    "vpnaas": (
        Listing(Kind.OTHER, "/vpn/vpnservices", "vpnservices", _STATUS, what="VPN service"),
        Listing(
            Kind.OTHER,
            "/vpn/ipsec-site-connections",
            "ipsec_site_connections",
            {"peer": "peer_address", **_STATUS},
            what="IPsec connection",
        ),
    ),
    "fwaas": (Listing(Kind.OTHER, "/fw/firewalls", "firewalls", _STATUS, what="firewall"),),
    "fwaas_v2": (
        Listing(
            Kind.OTHER,
            "/fwaas/firewall_groups",
            "firewall_groups",
            _STATUS,
            what="firewall group",
            not_named="default",
        ),
    ),
    "bgpvpn": (Listing(Kind.OTHER, "/bgpvpn/bgpvpns", "bgpvpns", {"type": "type"}, what="BGP VPN"),),
    "address-group": (Listing(Kind.OTHER, "/address-groups", "address_groups", what="address group"),),
    "rbac-policies": (
        Listing(
            Kind.OTHER,
            "/rbac-policies",
            "rbac_policies",
            {"type": "object_type", "object": "object_id", "action": "action", "project": "target_tenant"},
            what="sharing rule",
        ),
    ),
    "qos": (Listing(Kind.OTHER, "/qos/policies", "policies", what="QoS policy", only="name"),),
    "subnet_allocation": (Listing(Kind.OTHER, "/subnetpools", "subnetpools", what="subnet pool"),),
    # From OpenContrail.
    "policy": (Listing(Kind.OTHER, "/policys", "policys", what="network policy"),),
    "route-table": (Listing(Kind.OTHER, "/route-tables", "route_tables", what="route table"),),
}
"""Listings by the alias of a network extension."""

NOTHING_TO_LIST = frozenset(
    {
        # Moved by their own ports.
        *("block-storage", "compute", "compute_legacy", "identity", "image", "network", "object-store"),
        # Other APIs for the same resources.
        *("cloudformation", "ec2", "ec2-api", "s3"),
        # For operators, or measurements.
        *("accelerator", "admin-logic", "baremetal-introspection", "event", "instance-ha", "log-management", "meter"),
        *("metric", "monitoring", "monitoring-events", "monitoring-logging", "multi-region-network-automation"),
        *("operator-policy", "placement", "rating", "resource-optimization", "root-cause-analysis", "search"),
    }
)
"""Catalogue services without further resources of a tenant."""
