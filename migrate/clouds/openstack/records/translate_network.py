"""Translates Neutron JSON to our records and back."""

from collections.abc import Iterable
from ipaddress import ip_address
from typing import Any

from migrate.clouds.openstack.records.answers import as_list, boolean, no_text, number, one_of, text
from migrate.model import (
    AddressPair,
    AllocationPool,
    DhcpOption,
    FixedIp,
    FloatingIp,
    HostRoute,
    Network,
    Port,
    PortForwarding,
    Record,
    Router,
    RouterInterface,
    SecurityGroup,
    SecurityGroupRule,
    Subnet,
    SubPort,
    Trunk,
    spelt_rule,
)

Json = dict[str, Any]

INTERFACE_OWNERS = (
    "network:router_interface",
    "network:router_interface_distributed",
    "network:ha_router_replicated_interface",
)


def project(item: Json) -> str:
    """The owner's project, "" for the service's own items. Raises KeyError, ValueError: missing or not a text."""
    told = item["project_id"] if "project_id" in item else item["tenant_id"]
    if not isinstance(told, str):
        raise TypeError(no_text("project_id", told))
    return told


class Marked(Record, frozen=True, kw_only=True):
    """The fields that show whether a resource is ours, and its age."""

    id: str
    description: str
    created_at: str


def marked(item: Json) -> Marked:
    description, created_at = text(item.get("description")), text(item.get("created_at"))
    return Marked(id=item["id"], description=description, created_at=created_at)


def network(item: Json, project_id: str) -> Network:
    return Network(
        id=item["id"],
        name=text(item.get("name")),
        description=text(item.get("description")),
        admin_state_up=boolean(item.get("admin_state_up"), True),
        mtu=number(item["mtu"]) if item.get("mtu") else None,
        port_security_enabled=boolean(item.get("port_security_enabled"), True),
        is_external=boolean(item.get("router:external"), False),
        is_shared=boolean(item.get("shared"), False),
        is_own=text(item.get("project_id") or item.get("tenant_id")) == project_id,
    )


def subnet(item: Json) -> Subnet:
    return Subnet(
        id=item["id"],
        network_id=item["network_id"],
        name=text(item.get("name")),
        cidr=item["cidr"],
        description=text(item.get("description")),
        ip_version=number(item.get("ip_version", 4)),
        gateway_ip=item.get("gateway_ip") or None,
        enable_dhcp=boolean(item.get("enable_dhcp"), True),
        dns_nameservers=tuple(as_list(item.get("dns_nameservers"))),
        # Neutron's order of pools changes with each listing.
        allocation_pools=tuple(
            AllocationPool(start=pool["start"], end=pool["end"])
            for pool in sorted(as_list(item.get("allocation_pools")), key=lambda pool: int(ip_address(pool["start"])))
        ),
        host_routes=_routes(item.get("host_routes")),
        ipv6_address_mode=item.get("ipv6_address_mode") or None,
        ipv6_ra_mode=item.get("ipv6_ra_mode") or None,
    )


def _routes(items: Any) -> tuple[HostRoute, ...]:
    return tuple(HostRoute(destination=item["destination"], nexthop=item["nexthop"]) for item in as_list(items))


def router(item: Json, ports: list[Port]) -> Router:
    """A router with its interfaces, taken from its ports."""
    interfaces = [
        RouterInterface(subnet_id=fixed.subnet_id, ip_address=fixed.ip_address, port_id=port.id)
        for port in ports
        if port.device_id == item["id"] and port.device_owner in INTERFACE_OWNERS
        for fixed in port.fixed_ips
    ]
    gateway = item.get("external_gateway_info") or {}
    return Router(
        id=item["id"],
        name=text(item.get("name")),
        description=text(item.get("description")),
        admin_state_up=boolean(item.get("admin_state_up"), True),
        external_network_id=gateway.get("network_id"),
        routes=_routes(item.get("routes")),
        interfaces=tuple(sorted(interfaces, key=lambda one: (one.subnet_id, one.ip_address))),
        enable_snat=boolean(gateway.get("enable_snat"), True),
    )


def port(item: Json) -> Port:
    return Port(
        id=item["id"],
        network_id=item["network_id"],
        name=text(item.get("name")),
        description=text(item.get("description")),
        admin_state_up=boolean(item.get("admin_state_up"), True),
        mac_address=text(item.get("mac_address")).lower(),
        fixed_ips=tuple(
            FixedIp(subnet_id=fixed["subnet_id"], ip_address=fixed["ip_address"].lower())
            for fixed in as_list(item.get("fixed_ips"))
        ),
        security_group_ids=tuple(sorted(as_list(item.get("security_groups")))),
        allowed_address_pairs=tuple(
            _pair(pair, text(item.get("mac_address")).lower()) for pair in as_list(item.get("allowed_address_pairs"))
        ),
        port_security_enabled=boolean(item.get("port_security_enabled"), True),
        device_id=text(item.get("device_id")),
        device_owner=text(item.get("device_owner")),
        vnic_type=item.get("binding:vnic_type") or "normal",
        qos_policy_id=item.get("qos_policy_id") or None,
        dhcp_options=_dhcp_options(item),
    )


def _dhcp_options(item: Json) -> tuple[DhcpOption, ...]:
    options = [
        DhcpOption(
            name=text(one.get("opt_name")),
            value=text(one.get("opt_value")),
            ip_version=number(one.get("ip_version") or 4),
        )
        for one in as_list(item.get("extra_dhcp_opts"))
    ]
    return tuple(sorted(options, key=lambda option: (option.ip_version, option.name)))


def _pair(item: Json, port_mac: str) -> AddressPair:
    """An address pair. Neutron fills a missing MAC with the port's own, which may differ at the target, so that is
    dropped.
    """
    mac = text(item.get("mac_address")).lower()
    return AddressPair(ip_address=item["ip_address"], mac_address=mac if mac and mac != port_mac else None)


def floating_ip(item: Json, forwardings: Iterable[PortForwarding] = ()) -> FloatingIp:
    return FloatingIp(
        id=item["id"],
        address=item["floating_ip_address"],
        external_network_id=item["floating_network_id"],
        description=text(item.get("description")),
        port_id=item.get("port_id") or None,
        fixed_ip_address=item.get("fixed_ip_address") or None,
        port_forwardings=tuple(sorted(forwardings, key=forwarding_key)),
    )


def port_forwarding(item: Json) -> PortForwarding:
    """A forwarding of one port, or (since Victoria) of a range `first:last`; a single port may be given as
    a range too.
    """
    external, external_max = _ports(item, "external")
    internal, internal_max = _ports(item, "internal")
    return PortForwarding(
        protocol=text(item.get("protocol")).lower(),
        external_port=external,
        external_port_max=external_max,
        internal_port=internal,
        internal_port_max=internal_max,
        internal_ip_address=text(item.get("internal_ip_address")),
        internal_port_id=text(item.get("internal_port_id")),
        description=text(item.get("description")),
    )


def _ports(item: Json, side: str) -> tuple[int, int | None]:
    first, _, last = text(item.get(f"{side}_port_range") or item.get(f"{side}_port")).partition(":")
    return number(first), number(last) if last and last != first else None


def forwarding_key(one: PortForwarding) -> tuple[str, int]:
    """The key of a forwarding within one address."""
    return one.protocol.lower(), one.external_port


def trunk(item: Json) -> Trunk:
    sub_ports = [
        SubPort(
            port_id=sub["port_id"],
            segmentation_type=text(sub.get("segmentation_type")),
            segmentation_id=number(sub["segmentation_id"]),
        )
        for sub in as_list(item.get("sub_ports"))
    ]
    return Trunk(
        id=item["id"],
        name=text(item.get("name")),
        port_id=item["port_id"],
        description=text(item.get("description")),
        admin_state_up=boolean(item.get("admin_state_up"), True),
        sub_ports=tuple(sorted(sub_ports, key=lambda sub: (sub.segmentation_id, sub.port_id))),
    )


def security_group(item: Json) -> SecurityGroup:
    rules = {rule(one) for one in as_list(item.get("security_group_rules"))}
    return SecurityGroup(
        id=item["id"],
        name=text(item.get("name")),
        description=text(item.get("description")),
        stateful=boolean(item.get("stateful"), True),
        rules=tuple(sorted(rules, key=str)),
    )


def rule(item: Json) -> SecurityGroupRule:
    prefix = item.get("remote_ip_prefix")
    if item.get("remote_address_group_id"):
        # Our records have no address groups: with an invalid prefix the target refuses the rule, without any it would
        # allow all.
        prefix = f"address-group:{item['remote_address_group_id']}"
    return spelt_rule(
        SecurityGroupRule(
            direction=one_of(item["direction"], "ingress", "egress"),
            ethertype=one_of(item.get("ethertype") or "IPv4", "ipv4", "ipv6"),
            protocol=item.get("protocol"),
            port_min=item.get("port_range_min"),
            port_max=item.get("port_range_max"),
            remote_ip_prefix=prefix,
            remote_group_id=item.get("remote_group_id"),
            description=text(item.get("description")),
        )
    )


# ---------------------------------------------------------------- to JSON


def rule_body(one: SecurityGroupRule, group_id: str) -> Json:
    body: Json = {
        "security_group_id": group_id,
        "direction": one.direction,
        "ethertype": one.ethertype,
        "protocol": one.protocol,
        "port_range_min": one.port_min,
        "port_range_max": one.port_max,
        "remote_ip_prefix": one.remote_ip_prefix,
        "remote_group_id": one.remote_group_id,
        "description": one.description,
    }
    return {key: value for key, value in body.items() if value not in (None, "")}


def subnet_body(want: Subnet) -> Json:
    """The subnet with every field that a member may set; `gateway_ip` null means no gateway, absent the
    first address.
    """
    body: Json = {
        "network_id": want.network_id,
        "name": want.name,
        "description": want.description,
        "cidr": want.cidr,
        "ip_version": want.ip_version,
        "gateway_ip": want.gateway_ip,
        "enable_dhcp": want.enable_dhcp,
        "dns_nameservers": list(want.dns_nameservers),
        "host_routes": [{"destination": r.destination, "nexthop": r.nexthop} for r in want.host_routes],
    }
    if want.allocation_pools:
        body["allocation_pools"] = [{"start": pool.start, "end": pool.end} for pool in want.allocation_pools]
    if want.ipv6_address_mode:
        body["ipv6_address_mode"] = want.ipv6_address_mode
    if want.ipv6_ra_mode:
        body["ipv6_ra_mode"] = want.ipv6_ra_mode
    return body


def port_body(want: Port) -> Json:
    """The port's settings that can move, without QoS policy and special bindings, which belong to the old cloud."""
    body: Json = {
        "network_id": want.network_id,
        "name": want.name,
        "description": want.description,
        "admin_state_up": want.admin_state_up,
        "security_groups": list(want.security_group_ids),
    }
    if want.fixed_ips:
        # Without an address the service chooses one on that subnet.
        body["fixed_ips"] = [
            {"subnet_id": f.subnet_id, "ip_address": f.ip_address} if f.ip_address else {"subnet_id": f.subnet_id}
            for f in want.fixed_ips
        ]
    if want.mac_address:
        body["mac_address"] = want.mac_address
    if want.allowed_address_pairs:
        body["allowed_address_pairs"] = [_pair_body(pair) for pair in want.allowed_address_pairs]
    if want.dhcp_options:
        body["extra_dhcp_opts"] = [
            {"opt_name": one.name, "opt_value": one.value, "ip_version": one.ip_version} for one in want.dhcp_options
        ]
    if not want.port_security_enabled:
        # Without port security, security groups are not allowed.
        body["port_security_enabled"] = False
        body["security_groups"] = []
    return body


def _pair_body(pair: AddressPair) -> Json:
    body = {"ip_address": pair.ip_address}
    return {**body, "mac_address": pair.mac_address} if pair.mac_address else body


def port_forwarding_body(want: PortForwarding) -> Json:
    body: Json = {
        "protocol": want.protocol,
        "internal_ip_address": want.internal_ip_address,
        "internal_port_id": want.internal_port_id,
    }
    if want.external_port_max is None and want.internal_port_max is None:
        # Single ports, which every service with the extension accepts.
        body["external_port"], body["internal_port"] = want.external_port, want.internal_port
    else:
        body["external_port_range"] = f"{want.external_port}:{want.external_port_max or want.external_port}"
        body["internal_port_range"] = f"{want.internal_port}:{want.internal_port_max or want.internal_port}"
    if want.description:
        body["description"] = want.description
    return body


def trunk_body(want: Trunk) -> Json:
    return {
        "port_id": want.port_id,
        "name": want.name,
        "description": want.description,
        "admin_state_up": want.admin_state_up,
        "sub_ports": [
            {
                "port_id": sub.port_id,
                "segmentation_type": sub.segmentation_type,
                "segmentation_id": sub.segmentation_id,
            }
            for sub in want.sub_ports
        ],
    }
