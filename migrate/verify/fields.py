"""Field by field: what the plan wanted against what the target has. Pure.

Every function returns differences, `field: source ≠ target`, none where all is as planned; arguments are the map of
ids (where ids are compared), what was wanted, what is there. What the plan changes on purpose (flavor, zone, type, MAC,
address) is taken from its actions. A mark of ours in a description, in metadata or among tags is no difference.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from ipaddress import ip_address, ip_network

from migrate.model import (
    MARK_KEY,
    MARK_PROPERTY,
    FloatingIp,
    HostRoute,
    Image,
    Keypair,
    Kind,
    Network,
    Port,
    Router,
    RouterInterface,
    SecurityGroup,
    SecurityGroupRule,
    Server,
    Subnet,
    Volume,
    canonical_rule,
    own_description,
    parse_mark,
)
from migrate.plan.steps import AttachVolume, MakeFloatingIp, MakePort, MakeRouter, MakeServer, RestoreVolume

TargetOf = Callable[[Kind, str], str | None]
"""What a source id became at the target. A server's restored root image is asked for as (IMAGE, server id)."""

Fact = tuple[str, object, object]

BOOKKEEPING = frozenset(
    {
        "base_image_ref", "bdm_v2", "block_device_mapping", "boot_roles", "image_location", "image_state",
        "image_type", "instance_uuid", "owner_id", "owner_project_name", "owner_user_name", "root_device_name",
        "user_id", "locations", "direct_url", "stores", MARK_PROPERTY,
    }
)  # fmt: skip
"""Image properties that a cloud writes about its own snapshots and stores, and our own mark: not the customer's."""

SERVICE_IMAGE_METADATA = frozenset(
    {
        "checksum", "container_format", "disk_format", "image_id", "image_name", "min_disk", "min_ram", "size",
        "os_hash_algo", "os_hash_value", "signature_verified",
    }
)  # fmt: skip
"""Image metadata of a volume that Cinder sets by itself from the image a volume was made of."""

SERVICE_VOLUME_METADATA = frozenset({"attached_mode", "readonly"})


def differing(*facts: Fact) -> tuple[str, ...]:
    """The facts (name, source, target) whose two sides are not equal, one line each."""
    return tuple(f"{name}: {_shown(source)} ≠ {_shown(target)}" for name, source, target in facts if source != target)


# ---------------------------------------------------------------- keys, groups


def keypair(source: Keypair, target: Keypair) -> tuple[str, ...]:
    """The key itself; its comment may be lost on the way."""
    return differing(
        ("name", source.name, target.name),
        ("type", source.type, target.type),
        ("public_key", " ".join(source.public_key.split()[:2]), " ".join(target.public_key.split()[:2])),
    )


def security_group(target_of: TargetOf, source: SecurityGroup, target: SecurityGroup) -> tuple[str, ...]:
    """Name, text and the set of canonical rules. `default` is the target's own: its text may be another."""
    facts: list[Fact] = [("name", source.name, target.name), ("stateful", source.stateful, target.stateful)]
    if source.name != "default":
        facts.append(_description(source.description, target.description))
    wanted = {_rule_text(rule, target_of) for rule in source.rules}
    found = {_rule_text(rule, None) for rule in target.rules}
    facts += [(f"rule {text}", "present", "missing") for text in sorted(wanted - found)]
    facts += [(f"rule {text}", "missing", "present") for text in sorted(found - wanted)]
    return differing(*facts)


def _rule_text(rule: SecurityGroupRule, target_of: TargetOf | None) -> str:
    rule = canonical_rule(rule)
    group = rule.remote_group_id
    if group and target_of:
        group = _mapped(target_of, Kind.SECURITY_GROUP, group)
    ports = "" if rule.port_min is None and rule.port_max is None else f"{rule.port_min}-{rule.port_max}"
    remote = f"group {group}" if group else rule.remote_ip_prefix or "anywhere"
    words = (rule.direction, rule.ethertype, rule.protocol or "any", ports, remote, _quoted(rule.description))
    return " ".join(word for word in words if word)


# ---------------------------------------------------------------- network


def network(source: Network, target: Network) -> tuple[str, ...]:
    facts: list[Fact] = [
        ("name", source.name, target.name),
        _description(source.description, target.description),
        ("admin_state_up", source.admin_state_up, target.admin_state_up),
        ("port_security_enabled", source.port_security_enabled, target.port_security_enabled),
    ]
    if source.mtu is not None:
        facts.append(("mtu", source.mtu, target.mtu))
    return differing(*facts)


def subnet(target_of: TargetOf, source: Subnet, target: Subnet) -> tuple[str, ...]:
    return differing(
        ("network", _mapped(target_of, Kind.NETWORK, source.network_id), target.network_id),
        ("name", source.name, target.name),
        _description(source.description, target.description),
        ("cidr", _net(source.cidr), _net(target.cidr)),
        ("ip_version", source.ip_version, target.ip_version),
        ("gateway_ip", _ip(source.gateway_ip), _ip(target.gateway_ip)),
        ("enable_dhcp", source.enable_dhcp, target.enable_dhcp),
        ("dns_nameservers", _ips(source.dns_nameservers), _ips(target.dns_nameservers)),
        ("allocation_pools", _pools(source), _pools(target)),
        ("host_routes", _routes(source.host_routes), _routes(target.host_routes)),
        ("ipv6_address_mode", source.ipv6_address_mode, target.ipv6_address_mode),
        ("ipv6_ra_mode", source.ipv6_ra_mode, target.ipv6_ra_mode),
    )


def router(
    target_of: TargetOf, action: MakeRouter, interfaces: Iterable[RouterInterface], target: Router
) -> tuple[str, ...]:
    """The router and its interfaces, those of the plan; an empty address stands for the subnet's gateway."""
    source = action.want
    facts: list[Fact] = [
        ("name", source.name, target.name),
        _description(source.description, target.description),
        ("admin_state_up", source.admin_state_up, target.admin_state_up),
        ("external_network", action.external_network_id, target.external_network_id),
        ("routes", _routes(source.routes), _routes(target.routes)),
    ]
    found = {i.subnet_id: _ip(i.ip_address) for i in target.interfaces}
    for interface in interfaces:
        subnet_id = _mapped(target_of, Kind.SUBNET, interface.subnet_id)
        have = found.pop(subnet_id, "missing")
        want = _ip(interface.ip_address)
        facts.append((f"interface in {subnet_id}", want or "present", have if want or have == "missing" else "present"))
    facts += [(f"interface in {subnet_id}", "missing", address) for subnet_id, address in sorted(found.items())]
    return differing(*facts)


def port(target_of: TargetOf, action: MakePort, target: Port) -> tuple[str, ...]:
    """The MAC only where the plan keeps it."""
    source = action.want
    addresses = sorted((_mapped(target_of, Kind.SUBNET, i.subnet_id), _ip(i.ip_address)) for i in source.fixed_ips)
    groups = sorted(_mapped(target_of, Kind.SECURITY_GROUP, group) for group in source.security_group_ids)
    facts: list[Fact] = [
        ("network", _mapped(target_of, Kind.NETWORK, source.network_id), target.network_id),
        ("name", source.name, target.name),
        _description(source.description, target.description),
        ("admin_state_up", source.admin_state_up, target.admin_state_up),
        ("fixed_ips", addresses, sorted((i.subnet_id, _ip(i.ip_address)) for i in target.fixed_ips)),
        ("security_groups", groups, sorted(target.security_group_ids)),
        ("allowed_address_pairs", _pairs(source), _pairs(target)),
        ("port_security_enabled", source.port_security_enabled, target.port_security_enabled),
    ]
    if action.keep_mac:
        facts.append(("mac_address", source.mac_address.lower(), target.mac_address.lower()))
    return differing(*facts)


def floating_ip(target_of: TargetOf, action: MakeFloatingIp, target: FloatingIp) -> tuple[str, ...]:
    """Where it points; the address itself is another by nature."""
    source = action.want
    port_id = _mapped(target_of, Kind.PORT, source.port_id) if source.port_id else None
    facts: list[Fact] = [
        ("external_network", action.external_network_id, target.external_network_id),
        _description(source.description, target.description),
        ("port", port_id, target.port_id),
    ]
    if source.port_id and source.fixed_ip_address:
        facts.append(("fixed_ip_address", _ip(source.fixed_ip_address), _ip(target.fixed_ip_address)))
    return differing(*facts)


# ---------------------------------------------------------------- disks


def image(source: Image, target: Image) -> tuple[str, ...]:
    """All but the bytes. A target that shows the image to fewer than the source did is no difference here."""
    wanted, found = _own_properties(source.properties), _own_properties(target.properties)
    facts: list[Fact] = [
        ("status", "active", target.status),
        ("name", source.name, target.name),
        ("disk_format", source.disk_format, target.disk_format),
        ("container_format", source.container_format, target.container_format),
        ("min_disk_gib", source.min_disk_gib, target.min_disk_gib),
        ("min_ram_mib", source.min_ram_mib, target.min_ram_mib),
        ("protected", source.protected, target.protected),
        ("hidden", source.hidden, target.hidden),
        ("tags", _own_tags(source.tags), _own_tags(target.tags)),
        *_by_key("property", wanted, found),
    ]
    if target.visibility != "private":
        facts.append(("visibility", source.visibility, target.visibility))
    if "block_device_mapping" in target.properties:
        facts.append(("property block_device_mapping", None, target.properties["block_device_mapping"]))
    return differing(*facts)


def root_image(properties: Mapping[str, str], target: Image) -> tuple[str, ...]:
    """The image that a moved server boots from: active, private, with the planned properties.

    It may have more of them: those of a base image that the plan could not see, taken over from the captured one.
    """
    there = _own_properties(target.properties)
    wanted = _own_properties(properties)
    return differing(
        ("status", "active", target.status),
        ("visibility", "private", target.visibility),
        *_by_key("property", wanted, {key: value for key, value in there.items() if key in wanted}),
    )


def volume(action: RestoreVolume, target: Volume) -> tuple[str, ...]:
    """All but the bytes; type and zone as the plan wants them, where it says so."""
    source = action.volume
    facts: list[Fact] = [
        ("name", source.name, target.name),
        ("size_gib", source.size_gib, target.size_gib),
        _description(source.description, target.description),
        ("bootable", source.bootable, target.bootable),
        *_by_key("metadata", _own_volume_metadata(source), _own_volume_metadata(target)),
        *_by_key("image_metadata", _own_image_metadata(source), _own_image_metadata(target)),
    ]
    if action.volume_type is not None:
        facts.append(("volume_type", action.volume_type, target.volume_type))
    if action.availability_zone is not None:
        facts.append(("availability_zone", action.availability_zone, target.availability_zone))
    if target.status not in {"available", "in-use"}:
        facts.append(("status", "available or in-use", target.status))
    return differing(*facts)


# ---------------------------------------------------------------- servers


def server(
    target_of: TargetOf, action: MakeServer, attached: Iterable[AttachVolume], groups: Iterable[str], target: Server
) -> tuple[str, ...]:
    """The server with its ports in NIC order and the planned volumes in the source's order.

    `groups` are the names of its ports' planned security groups: one that the plan leaves out is no difference here.
    """
    source = action.server
    ports = tuple(_mapped(target_of, Kind.PORT, port_id) for port_id in source.port_ids)
    volumes = [
        (_mapped(target_of, Kind.VOLUME, a.volume_id), a.delete_on_termination) for a in _ordered(source, attached)
    ]
    facts: list[Fact] = [
        ("name", source.name, target.name),
        ("flavor", action.flavor_name, target.flavor.name),
        ("key_name", source.key_name, target.key_name),
        ("description", source.description, own_description(target.description)),
        *_by_key("metadata", _without(source.metadata, {MARK_KEY}), _without(target.metadata, {MARK_KEY})),
        ("tags", _own_tags(source.tags), _own_tags(target.tags)),
        ("config_drive", source.config_drive, target.config_drive),
        ("ports", ports, target.port_ids),
        ("attachments", [v for v, _ in volumes], [a.volume_id for a in target.attachments]),
        ("security_groups", sorted(set(groups)), sorted(set(target.security_group_names))),
    ]
    deleted = {a.volume_id: a.delete_on_termination for a in target.attachments}
    facts += [(f"delete_on_termination {v}", want, deleted.get(v, want)) for v, want in volumes]
    image_id = target_of(Kind.IMAGE, source.id)
    if image_id is not None:
        facts.append(("image", image_id, target.image_id))
    if action.availability_zone is not None:
        facts.append(("availability_zone", action.availability_zone, target.availability_zone))
    if target.status not in {"ACTIVE", "SHUTOFF"}:
        facts.append(("status", "ACTIVE or SHUTOFF", target.status))
    return differing(*facts)


def _ordered(source: Server, attached: Iterable[AttachVolume]) -> list[AttachVolume]:
    order = {a.volume_id: number for number, a in enumerate(source.attachments)}
    return sorted(attached, key=lambda a: order.get(a.volume_id, len(order)))


# ---------------------------------------------------------------- one spelling


def _mapped(target_of: TargetOf, kind: Kind, source_id: str) -> str:
    return target_of(kind, source_id) or f"{source_id} (not moved)"


def _description(source: str, target: str) -> Fact:
    return "description", own_description(source), own_description(target)


def _by_key(name: str, source: Mapping[str, str], target: Mapping[str, str]) -> list[Fact]:
    return [(f"{name} {key}", source.get(key), target.get(key)) for key in sorted({*source, *target})]


def _without(values: Mapping[str, str], keys: Iterable[str]) -> dict[str, str]:
    left_out = frozenset(keys)
    return {key: value for key, value in values.items() if key not in left_out}


def _own_properties(properties: Mapping[str, str]) -> dict[str, str]:
    own = _without(properties, BOOKKEEPING)
    return {k: v for k, v in own.items() if not k.startswith("os_glance_") and parse_mark(v) is None}


def _own_volume_metadata(volume: Volume) -> dict[str, str]:
    return _without(volume.metadata, {MARK_KEY, *SERVICE_VOLUME_METADATA})


def _own_image_metadata(volume: Volume) -> dict[str, str]:
    return _own_properties(_without(volume.image_metadata, SERVICE_IMAGE_METADATA))


def _own_tags(tags: Iterable[str]) -> list[str]:
    return sorted(tag for tag in tags if parse_mark(tag) is None)


def _ip(address: str | None) -> str:
    if not address:
        return ""
    with suppress(ValueError):
        return str(ip_address(address))
    return address


def _net(cidr: str) -> str:
    with suppress(ValueError):
        return str(ip_network(cidr, strict=False))
    return cidr


def _ips(addresses: Iterable[str]) -> list[str]:
    return [_ip(address) for address in addresses]


def _pools(subnet: Subnet) -> list[str]:
    return sorted(f"{_ip(pool.start)}-{_ip(pool.end)}" for pool in subnet.allocation_pools)


def _routes(routes: Iterable[HostRoute]) -> list[str]:
    return sorted(f"{_net(route.destination)} via {_ip(route.nexthop)}" for route in routes)


def _pairs(port: Port) -> list[str]:
    """A pair without a MAC of its own is read back with the port's."""
    own = port.mac_address.lower()
    macs = ((p, (p.mac_address or "").lower()) for p in port.allowed_address_pairs)
    return sorted(f"{_net(p.ip_address)} {'' if mac == own else mac}".strip() for p, mac in macs)


def _quoted(text: str) -> str:
    return f"“{text}”" if text else ""


def _shown(value: object) -> str:
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_shown(one) for one in value) + "]"
    return "none" if value is None or value == "" else str(value)
