"""Resources that nobody seems to use: they move unless skipped, and are reported so that their owner can decide."""

from collections.abc import Iterator

from migrate.findings.decide_what_moves import Decision
from migrate.findings.finding import Finding, finding
from migrate.messages import codes
from migrate.model import FloatingIp, Image, Inventory, Kind, Port, SecurityGroup, Volume
from migrate.policy.selectors import item


def judge_unused(decision: Decision) -> Iterator[Finding]:
    """`DCP-690` to `DCP-694`, for resources that move."""
    source = decision.case.source
    for volume in unused_volumes(source):
        if decision.moves(Kind.VOLUME, volume.id):
            yield finding(codes.VOLUME_UNUSED, item(Kind.VOLUME, volume.id), volume.name, size_gib=volume.size_gib)
    for image in unused_images(source):
        if decision.moves(Kind.IMAGE, image.id):
            yield finding(codes.IMAGE_UNUSED, item(Kind.IMAGE, image.id), image.name, size=image.size_bytes)
    for group in unused_groups(source):
        if decision.moves(Kind.SECURITY_GROUP, group.id):
            yield finding(codes.SECURITY_GROUP_UNUSED, item(Kind.SECURITY_GROUP, group.id), group.name)
    for port in unused_ports(source):
        if decision.moves(Kind.PORT, port.id):
            address = port.fixed_ips[0].ip_address if port.fixed_ips else port.id
            yield finding(codes.PORT_UNUSED, item(Kind.PORT, port.id), port.name, address=address)
    for floating_ip in unused_addresses(source):
        if decision.moves(Kind.FLOATING_IP, floating_ip.id):
            address = floating_ip.address
            yield finding(codes.FLOATING_IP_UNUSED, item(Kind.FLOATING_IP, floating_ip.id), address, address=address)


def unused_volumes(source: Inventory) -> list[Volume]:
    """Volumes attached to no server, according to the volume and the servers."""
    held = {attachment.volume_id for server in source.servers for attachment in server.attachments}
    return [v for v in source.volumes if v.status == "available" and not v.attachments and v.id not in held]


def unused_images(source: Inventory) -> list[Image]:
    """Images that no server or boot volume was created from, except shared ones and copies of servers: a copy may be a
    backup, or all that is left of a shelved server.
    """
    used = {server.image_id for server in source.servers}
    used |= {volume.image_metadata.get("image_id") for volume in source.volumes}
    return [
        image
        for image in source.images
        if image.id not in used
        and image.visibility in {"private", "shared"}
        and not (image.members or image.volume_backed or image.server_id)
    ]


def unused_groups(source: Inventory) -> list[SecurityGroup]:
    """Groups without ports that no other group's rule refers to. Excludes the project's `default`."""
    used = {group_id for port in source.ports for group_id in port.security_group_ids}
    for group in source.security_groups:
        used |= {rule.remote_group_id for rule in group.rules if rule.remote_group_id not in {None, group.id}}
    return [group for group in source.security_groups if group.name != "default" and group.id not in used]


def unused_ports(source: Inventory) -> list[Port]:
    """Ports without a device, except those that reserve a virtual IP: other ports answer for their address."""
    answered = {pair.ip_address.partition("/")[0] for port in source.ports for pair in port.allowed_address_pairs}
    led_to = {floating_ip.port_id for floating_ip in source.floating_ips}
    led_to |= {f.internal_port_id for floating_ip in source.floating_ips for f in floating_ip.port_forwardings}
    in_trunks = {trunk.port_id for trunk in source.trunks}
    in_trunks |= {sub.port_id for trunk in source.trunks for sub in trunk.sub_ports}
    by_servers = {port_id for server in source.servers for port_id in server.port_ids}
    in_use = led_to | in_trunks | by_servers
    return [
        port
        for port in source.ports
        if not (port.device_id or port.device_owner)
        and port.id not in in_use
        and not any(fixed.ip_address in answered for fixed in port.fixed_ips)
    ]


def unused_addresses(source: Inventory) -> list[FloatingIp]:
    return [one for one in source.floating_ips if not (one.port_id or one.port_forwardings)]
