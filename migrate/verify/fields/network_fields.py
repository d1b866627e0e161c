"""Compares network records field by field: the plan with the target. Pure.

Every function returns differences, none if all is as planned; arguments are the map of ids (if ids are compared), the
planned and the actual record. Intended changes (MAC, floating IP, rules with one) come from the plan's actions. Our
mark in a description is not a difference.
"""

from collections.abc import Iterable, Mapping

from msgspec import UNSET

from migrate.model import (
    DhcpOption,
    FloatingIp,
    HostRoute,
    Kind,
    Network,
    Port,
    PortForwarding,
    Router,
    RouterInterface,
    SecurityGroup,
    SecurityGroupRule,
    Subnet,
    Trunk,
    canonical_rule,
)
from migrate.model.steps import MakeFloatingIp, MakePort, MakeRouter
from migrate.verify.fields.differences import (
    Fact,
    TargetOf,
    description,
    differing,
    ip,
    mapped,
    net,
    only_one_has,
    quoted,
    single,
)


def security_group(
    target_of: TargetOf, source: SecurityGroup, target: SecurityGroup, addresses: Mapping[str, str] | None = None
) -> tuple[str, ...]:
    """Name, text and the set of canonical rules. The description of the target's own `default` group may differ.

    `addresses`: maps old floating IPs to their replacements, which rules must use.
    """
    facts: list[Fact] = [("name", source.name, target.name), ("stateful", source.stateful, target.stateful)]
    if source.name != "default":
        facts.append(description(source.description, target.description))
    wanted = (_rule_text(rule, target_of, addresses or {}) for rule in source.rules)
    return differing(*facts, *only_one_has("rule", wanted, (_rule_text(rule, None, {}) for rule in target.rules)))


def _rule_text(rule: SecurityGroupRule, target_of: TargetOf | None, addresses: Mapping[str, str]) -> str:
    rule = canonical_rule(rule)
    group, prefix = rule.remote_group_id, rule.remote_ip_prefix
    if group and target_of:
        group = mapped(target_of, Kind.SECURITY_GROUP, group)
    if (new := addresses.get(single(prefix) or "")) is not None:
        prefix = net(new)
    ports = "" if rule.port_min is None and rule.port_max is None else f"{rule.port_min}-{rule.port_max}"
    remote = f"group {group}" if group else prefix or "anywhere"
    words = (rule.direction, rule.ethertype, rule.protocol or "any", ports, remote, quoted(rule.description))
    return " ".join(word for word in words if word)


def network(source: Network, target: Network) -> tuple[str, ...]:
    facts: list[Fact] = [
        ("name", source.name, target.name),
        description(source.description, target.description),
        ("admin_state_up", source.admin_state_up, target.admin_state_up),
        ("port_security_enabled", source.port_security_enabled, target.port_security_enabled),
    ]
    if source.mtu is not None:
        facts.append(("mtu", source.mtu, target.mtu))
    return differing(*facts)


def subnet(target_of: TargetOf, source: Subnet, target: Subnet) -> tuple[str, ...]:
    return differing(
        ("network", mapped(target_of, Kind.NETWORK, source.network_id), target.network_id),
        ("name", source.name, target.name),
        description(source.description, target.description),
        ("cidr", net(source.cidr), net(target.cidr)),
        ("ip_version", source.ip_version, target.ip_version),
        ("gateway_ip", ip(source.gateway_ip), ip(target.gateway_ip)),
        ("enable_dhcp", source.enable_dhcp, target.enable_dhcp),
        ("dns_nameservers", _ips(source.dns_nameservers), _ips(target.dns_nameservers)),
        ("allocation_pools", _pools(source), _pools(target)),
        ("host_routes", _routes(source.host_routes), _routes(target.host_routes)),
        ("ipv6_address_mode", source.ipv6_address_mode, target.ipv6_address_mode),
        ("ipv6_ra_mode", source.ipv6_ra_mode, target.ipv6_ra_mode),
    )


def router(
    target_of: TargetOf,
    action: MakeRouter,
    interfaces: Iterable[RouterInterface],
    routes: Iterable[HostRoute],
    target: Router,
) -> tuple[str, ...]:
    """The router with the plan's interfaces and routes; an empty address stands for the subnet's gateway.

    SNAT is on by default for members: a source router without it is covered by a finding.
    """
    source = action.want
    facts: list[Fact] = [
        ("name", source.name, target.name),
        description(source.description, target.description),
        ("admin_state_up", source.admin_state_up, target.admin_state_up),
        ("external_network", action.external_network_id, target.external_network_id),
        ("routes", _routes(routes), _routes(target.routes)),
    ]
    if source.enable_snat and action.external_network_id:
        facts.append(("enable_snat", True, target.enable_snat))
    found = {i.subnet_id: ip(i.ip_address) for i in target.interfaces}
    for interface in interfaces:
        subnet_id = mapped(target_of, Kind.SUBNET, interface.subnet_id)
        have = found.pop(subnet_id, "missing")
        want = ip(interface.ip_address)
        facts.append((f"interface in {subnet_id}", want or "present", have if want or have == "missing" else "present"))
    facts += [(f"interface in {subnet_id}", "missing", address) for subnet_id, address in sorted(found.items())]
    return differing(*facts)


def port(target_of: TargetOf, action: MakePort, target: Port) -> tuple[str, ...]:
    """The MAC only if the plan keeps it; for a port on another project's network only the addresses that it keeps."""
    source = action.want
    network_id = mapped(target_of, Kind.NETWORK, source.network_id) if action.network_id is UNSET else action.network_id
    groups = sorted(mapped(target_of, Kind.SECURITY_GROUP, group) for group in source.security_group_ids)
    facts: list[Fact] = [
        ("network", network_id, target.network_id),
        ("name", source.name, target.name),
        description(source.description, target.description),
        ("admin_state_up", source.admin_state_up, target.admin_state_up),
        ("fixed_ips", *_addresses(target_of, action, target)),
        ("security_groups", groups, sorted(target.security_group_ids)),
        ("allowed_address_pairs", _pairs(source), _pairs(target)),
        ("port_security_enabled", source.port_security_enabled, target.port_security_enabled),
        ("vnic_type", source.vnic_type, target.vnic_type),
        ("dhcp_options", _options(source.dhcp_options), _options(target.dhcp_options)),
    ]
    if action.keep_mac:
        facts.append(("mac_address", source.mac_address.lower(), target.mac_address.lower()))
    return differing(*facts)


def _addresses(target_of: TargetOf, action: MakePort, target: Port) -> tuple[object, object]:
    """Expected and actual addresses. For an address chosen by the target, only its existence is checked."""
    there = sorted((i.subnet_id, ip(i.ip_address)) for i in target.fixed_ips)
    if action.fixed_ips is UNSET:
        wanted = ((mapped(target_of, Kind.SUBNET, i.subnet_id), ip(i.ip_address)) for i in action.want.fixed_ips)
        return sorted(wanted), there
    kept = sorted((i.subnet_id, ip(i.ip_address)) for i in action.fixed_ips if i.ip_address)
    if action.want.fixed_ips and not there:
        return "an address", "none"
    return kept, [one for one in there if one in kept]


def trunk(target_of: TargetOf, source: Trunk, target: Trunk) -> tuple[str, ...]:
    """The parent port, and the VLAN of each subport."""
    carried = (
        f"{sub.segmentation_type} {sub.segmentation_id} {mapped(target_of, Kind.PORT, sub.port_id)}"
        for sub in source.sub_ports
    )
    found = (f"{sub.segmentation_type} {sub.segmentation_id} {sub.port_id}" for sub in target.sub_ports)
    return differing(
        ("name", source.name, target.name),
        description(source.description, target.description),
        ("admin_state_up", source.admin_state_up, target.admin_state_up),
        ("port", mapped(target_of, Kind.PORT, source.port_id), target.port_id),
        *only_one_has("sub-port", carried, found),
    )


def floating_ip(
    target_of: TargetOf, action: MakeFloatingIp, forwardings: Iterable[PortForwarding], target: FloatingIp
) -> tuple[str, ...]:
    """The association or port forwardings; the address itself always differs."""
    source = action.want
    port_id = mapped(target_of, Kind.PORT, source.port_id) if source.port_id else None
    facts: list[Fact] = [
        ("external_network", action.external_network_id, target.external_network_id),
        description(source.description, target.description),
        ("port", port_id, target.port_id),
    ]
    if source.port_id and source.fixed_ip_address:
        facts.append(("fixed_ip_address", ip(source.fixed_ip_address), ip(target.fixed_ip_address)))
    wanted = (_forwarding(one, mapped(target_of, Kind.PORT, one.internal_port_id)) for one in forwardings)
    found = (_forwarding(one, one.internal_port_id) for one in target.port_forwardings)
    return differing(*facts, *only_one_has("forwarding", wanted, found))


# ---------------------------------------------------------------- as text


def _forwarding(one: PortForwarding, port_id: str) -> str:
    outside, inside = _ports(one.external_port, one.external_port_max), _ports(one.internal_port, one.internal_port_max)
    where = f"{one.protocol.lower()} {outside} to {port_id} {ip(one.internal_ip_address)} {inside}"
    return f"{where} {quoted(one.description)}".strip()


def _ports(first: int, last: int | None) -> str:
    return str(first) if last in (None, first) else f"{first}-{last}"


def _options(options: Iterable[DhcpOption]) -> list[str]:
    return sorted(f"{one.name}={one.value} (IPv{one.ip_version})" for one in options)


def _ips(addresses: Iterable[str]) -> list[str]:
    return [ip(address) for address in addresses]


def _pools(subnet: Subnet) -> list[str]:
    return sorted(f"{ip(pool.start)}-{ip(pool.end)}" for pool in subnet.allocation_pools)


def _routes(routes: Iterable[HostRoute]) -> list[str]:
    return sorted(f"{net(route.destination)} via {ip(route.nexthop)}" for route in routes)


def _pairs(port: Port) -> list[str]:
    """Address pairs as text; one without a MAC is returned with the port's own."""
    own = port.mac_address.lower()
    macs = ((p, (p.mac_address or "").lower()) for p in port.allowed_address_pairs)
    return sorted(f"{net(p.ip_address)} {'' if mac == own else mac}".strip() for p, mac in macs)
