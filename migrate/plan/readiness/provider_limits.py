"""Findings about parts of the plan that the target's provider would refuse, according to its profile."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from msgspec import UNSET

from migrate.findings.finding import Finding, finding
from migrate.findings.inputs import Case
from migrate.messages import codes
from migrate.model import Image, Kind, Subnet, Volume
from migrate.model.steps import (
    AttachVolume,
    MakePort,
    MakeRouter,
    MakeServer,
    MakeSubnet,
    Plan,
    RestoreImage,
    RestoreVolume,
)
from migrate.policy.provider_profiles import Profile
from migrate.policy.selectors import item
from migrate.units import GIB

_Range = IPv4Network | IPv6Network
_PLAIN = re.compile(r"[A-Za-z0-9_.-]+")


def judge_profile(case: Case, plan: Plan, profile: Profile, user_data_bytes: Mapping[str, int]) -> Iterator[Finding]:
    """`DCP-820` to `DCP-833`, `DCP-893` to `DCP-899`.

    `user_data_bytes`: maps digests of files in `private/user-data/` to lengths.
    """
    told = f"{profile.documents}, {profile.as_of}"
    yield finding(codes.PROFILE_USED, profile=profile.key, provider=profile.name, source=told)
    for step in plan.steps:
        match step.action:
            case MakeSubnet():
                yield from _subnet(case, profile, step.action.want)
            case MakePort():
                yield from _port(case, profile, step.action)
            case MakeRouter():
                item_id = item(Kind.ROUTER, step.action.want.id)
                yield from _name(profile, profile.router_names, step.action.want.name, item_id)
            case RestoreImage():
                yield from _image(profile, step.action.image)
            case RestoreVolume():
                item_id = item(step.action.of, step.action.volume.id)
                yield from _volume(profile, step.action.volume, item_id)
            case MakeServer():
                length = user_data_bytes.get(step.action.user_data or "", 0)
                yield from _server(case, profile, step.action, length)
    yield from _shared(case, plan, profile)
    yield from _snapshots(case, plan, profile)


# ---------------------------------------------------------------- network


def _subnet(case: Case, profile: Profile, subnet: Subnet) -> Iterator[Finding]:
    item_id, name = item(Kind.SUBNET, subnet.id), subnet.name
    whole = _range(subnet.cidr)
    if whole is None:
        return
    facts = {"cidr": subnet.cidr, "profile": profile.key}
    if whole.version == 4:
        allowed = [_range(one) for one in profile.subnet_ranges]
        if allowed and not any(isinstance(one, IPv4Network) and _inside(whole, one) for one in allowed):
            yield finding(codes.SUBNET_RANGE_REFUSED, item_id, name, limit=", ".join(profile.subnet_ranges), **facts)
        if profile.subnet_longest_prefix is not None and whole.prefixlen > profile.subnet_longest_prefix:
            yield finding(codes.SUBNET_TOO_SMALL, item_id, name, limit=f"/{profile.subnet_longest_prefix}", **facts)
    elif profile.ipv6_mode is not None:
        modes = {subnet.ipv6_address_mode, subnet.ipv6_ra_mode}
        if modes != {profile.ipv6_mode} or not _has_ipv4(case, subnet.network_id):
            yield finding(codes.IPV6_SUBNET_REFUSED, item_id, name, limit=f"{profile.ipv6_mode} + IPv4", **facts)
    if subnet.gateway_ip:
        yield from _reserved(profile, subnet, subnet.gateway_ip, item_id, name)


def _has_ipv4(case: Case, network_id: str) -> bool:
    return any(subnet.ip_version == 4 for subnet in case.subnets_of(network_id))


def _port(case: Case, profile: Profile, action: MakePort) -> Iterator[Finding]:
    port = action.want
    item_id, name = item(Kind.PORT, port.id), port.name
    for fixed in port.fixed_ips if action.network_id is UNSET else ():
        subnet = case.subnets.get(fixed.subnet_id)
        # A router's interface at the gateway address is covered by the subnet's finding.
        if subnet and fixed.ip_address != subnet.gateway_ip:
            yield from _reserved(profile, subnet, fixed.ip_address, item_id, name)
    if profile.groups_required and not any(one in case.groups for one in case.ports[port.id].security_group_ids):
        address = port.fixed_ips[0].ip_address if port.fixed_ips else "-"
        code = codes.DEFAULT_GROUP_ADDED if port.security_group_ids else codes.SECURITY_GROUP_MISSING
        yield finding(code, item_id, name, address=address, profile=profile.key)
    for pair in port.allowed_address_pairs:
        if pair.ip_address in profile.refused_pairs:
            yield finding(codes.ADDRESS_PAIR_REFUSED, item_id, name, address=pair.ip_address, profile=profile.key)
    if action.keep_mac and profile.mac_chosen_by_cloud and port.mac_address:
        yield finding(codes.MAC_CHOICE_REFUSED, item_id, name, mac=port.mac_address, profile=profile.key)


def _reserved(profile: Profile, subnet: Subnet, address: str, item: str, name: str) -> Iterator[Finding]:
    whole = _range(subnet.cidr)
    if not isinstance(whole, IPv4Network) or not (profile.reserved_first or profile.reserved_last):
        return
    place = int(ip_address(address)) - int(whole.network_address)
    if profile.reserved_first <= place < whole.num_addresses - profile.reserved_last:
        return
    where = subnet.name or subnet.id
    kept = ", ".join(_reserved_spans(profile, whole))
    yield finding(
        codes.SUBNET_ADDRESS_RESERVED, item, name, address=address, subnet=where, limit=kept, profile=profile.key
    )


def _reserved_spans(profile: Profile, whole: IPv4Network) -> Iterator[str]:
    ends = (whole.network_address, whole.network_address + profile.reserved_first - 1)
    tail = (whole.broadcast_address - profile.reserved_last + 1, whole.broadcast_address)
    for (first, last), count in ((ends, profile.reserved_first), (tail, profile.reserved_last)):
        if count:
            yield str(first) if first == last else f"{first}-{last}"


def _range(cidr: str) -> _Range | None:
    try:
        return ip_network(cidr, strict=False)
    except ValueError:
        return None


def _inside(inner: _Range, outer: IPv4Network) -> bool:
    return isinstance(inner, IPv4Network) and inner.subnet_of(outer)


# ---------------------------------------------------------------- disks and servers


def _image(profile: Profile, image: Image) -> Iterator[Finding]:
    item_id, limit = item(Kind.IMAGE, image.id), profile.image_below_gib
    if limit is not None and image.size_bytes >= limit * GIB:
        sizes = {"size": image.size_bytes, "limit": limit * GIB}
        yield finding(codes.IMAGE_OVER_PROVIDER_LIMIT, item_id, image.name, profile=profile.key, **sizes)
    if profile.image_formats and image.disk_format not in profile.image_formats:
        known = ", ".join(profile.image_formats)
        yield finding(
            codes.PROVIDER_IMAGE_FORMAT_REFUSED,
            item_id,
            image.name,
            format=image.disk_format,
            known=known,
            profile=profile.key,
        )


def _volume(profile: Profile, volume: Volume, item: str) -> Iterator[Finding]:
    allowed = profile.boot_volume_gib if volume.bootable else profile.data_volume_gib
    if allowed is not None and not allowed[0] <= volume.size_gib <= allowed[1]:
        limit = f"{allowed[0]}-{allowed[1]}"
        yield finding(
            codes.DISK_SIZE_REFUSED, item, volume.name, size_gib=volume.size_gib, limit=limit, profile=profile.key
        )
    yield from _metadata(profile, volume.metadata, item, volume.name)
    for what, text in (("name", volume.name), ("description", volume.description)):
        length, most = len(text.encode()), profile.volume_text_bytes
        if most is not None and length > most:
            yield finding(
                codes.VOLUME_TEXT_TOO_LONG, item, volume.name, what=what, length=length, limit=most, profile=profile.key
            )


def _server(case: Case, profile: Profile, action: MakeServer, user_data_length: int) -> Iterator[Finding]:
    server = action.server
    item_id, most = item(Kind.SERVER, server.id), profile.server_description
    yield from _name(profile, profile.server_names, server.name, item_id)
    yield from _metadata(profile, server.metadata, item_id, server.name)
    if most is not None and (len(server.description) > most or set(server.description) & set("<>")):
        yield finding(
            codes.DESCRIPTION_REFUSED,
            item_id,
            server.name,
            length=len(server.description),
            limit=most,
            profile=profile.key,
        )
    if profile.no_config_drive and case.servers[server.id].config_drive:
        yield finding(codes.CONFIG_DRIVE_LOST, item_id, server.name, profile=profile.key)
    limit = profile.user_data_bytes
    if limit is not None and user_data_length > limit:
        yield finding(
            codes.USER_DATA_TOO_LONG, item_id, server.name, length=user_data_length, limit=limit, profile=profile.key
        )


def _name(profile: Profile, limit: int | None, name: str, item: str) -> Iterator[Finding]:
    if limit is not None and (len(name) > limit or not _PLAIN.fullmatch(name)):
        yield finding(codes.NAME_REFUSED, item, name, limit=limit, profile=profile.key)


def _shared(case: Case, plan: Plan, profile: Profile) -> Iterator[Finding]:
    """Findings about shared volumes, as far as the plan attaches them."""
    boots = {s.action.boot_volume_id for s in plan.steps if isinstance(s.action, MakeServer)}
    holders = Counter(s.action.volume_id for s in plan.steps if isinstance(s.action, AttachVolume) and s.action.shared)
    limit = profile.shared_servers
    for volume_id, attached in sorted(holders.items()):
        is_boot, volume = volume_id in boots, case.volumes[volume_id]
        item_id = item(Kind.VOLUME, volume_id)
        if limit is not None and attached + is_boot > limit:
            yield finding(
                codes.TOO_MANY_HOLDERS,
                item_id,
                volume.name,
                servers=attached + is_boot,
                limit=limit,
                profile=profile.key,
            )
        if profile.no_shared_boot and is_boot:
            yield finding(codes.SHARED_BOOT_VOLUME_REFUSED, item_id, volume.name, profile=profile.key)


def _metadata(profile: Profile, metadata: dict[str, str], item: str, name: str) -> Iterator[Finding]:
    limit = profile.metadata_value_bytes
    for key, value in sorted(metadata.items()):
        length = len(value.encode())
        if limit is not None and length > limit:
            yield finding(codes.METADATA_TOO_LONG, item, name, key=key, length=length, limit=limit, profile=profile.key)


def _snapshots(case: Case, plan: Plan, profile: Profile) -> Iterator[Finding]:
    limit = profile.snapshots_per_volume
    counts = Counter(snapshot.volume_id for snapshot in case.source.snapshots)
    for step in plan.steps:
        if limit is None or not isinstance(step.action, RestoreVolume) or step.action.of is not Kind.VOLUME:
            continue
        volume = step.action.volume
        if counts[volume.id] > limit:
            facts = {"count": counts[volume.id], "limit": limit, "profile": profile.key}
            yield finding(codes.TOO_MANY_SNAPSHOTS, item(Kind.VOLUME, volume.id), volume.name, **facts)
