"""Every field of every record: a change at the target is named, or the field is on the list, with the reason.

A field that a later version adds to a record fails here until somebody says what is to become of it.
"""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from migrate.model import (
    AddressPair,
    AllocationPool,
    Attachment,
    DhcpOption,
    FixedIp,
    Flavor,
    FloatingIp,
    HostRoute,
    Image,
    Keypair,
    Kind,
    Network,
    Port,
    PortForwarding,
    Record,
    Router,
    RouterInterface,
    SecurityGroup,
    SecurityGroupRule,
    Server,
    ServerGroup,
    Subnet,
    SubPort,
    Trunk,
    Volume,
)
from migrate.model.steps import AttachVolume, MakeFloatingIp, MakePort, MakeRouter, MakeServer, RestoreVolume
from migrate.verify.fields import disk_fields, network_fields, server_fields

replace = msgspec.structs.replace
Compare = Callable[[Any, Any], tuple[str, ...]]


def same(_: Kind, source_id: str) -> str:
    """The target's ids are the source's, so that one record stands for both sides."""
    return source_id


RULE = SecurityGroupRule(
    direction="ingress",
    protocol="tcp",
    port_min=22,
    port_max=23,
    remote_ip_prefix="10.0.0.0/8",
    description="ssh",
)
NAMED = SecurityGroupRule(direction="ingress", remote_group_id="sg")
GROUP = SecurityGroup(id="sg", name="web", description="d", rules=(NAMED, RULE))
SUBNET = Subnet(
    id="sub",
    network_id="net",
    name="n",
    cidr="10.0.0.0/24",
    description="d",
    gateway_ip="10.0.0.1",
    dns_nameservers=("9.9.9.9",),
    allocation_pools=(AllocationPool(start="10.0.0.5", end="10.0.0.9"),),
    host_routes=(HostRoute(destination="10.1.0.0/16", nexthop="10.0.0.7"),),
    ipv6_address_mode="a",
    ipv6_ra_mode="a",
)
ROUTER = Router(
    id="rou",
    name="r",
    description="d",
    external_network_id="ext",
    routes=(HostRoute(destination="10.2.0.0/16", nexthop="10.0.0.7"),),
    interfaces=(RouterInterface(subnet_id="sub", ip_address="10.0.0.1", port_id="p9"),),
)
PORT = Port(
    id="p",
    network_id="net",
    name="n",
    description="d",
    mac_address="fa:16:3e:00:00:01",
    fixed_ips=(FixedIp(subnet_id="sub", ip_address="10.0.0.5"),),
    security_group_ids=("sg",),
    allowed_address_pairs=(AddressPair(ip_address="10.0.0.9", mac_address="fa:16:3e:00:00:02"),),
    dhcp_options=(DhcpOption(name="mtu", value="1400"),),
)
FORWARDING = PortForwarding(
    protocol="tcp",
    external_port=80,
    internal_port=8080,
    internal_ip_address="10.0.0.5",
    internal_port_id="p",
    external_port_max=81,
    internal_port_max=8081,
    description="d",
)
FLOATING = FloatingIp(
    id="fip",
    address="192.0.2.1",
    external_network_id="ext",
    description="d",
    port_id="p",
    fixed_ip_address="10.0.0.5",
    port_forwardings=(FORWARDING,),
)
TRUNK = Trunk(
    id="t",
    name="t",
    port_id="p",
    description="d",
    sub_ports=(SubPort(port_id="p2", segmentation_type="vlan", segmentation_id=100),),
)
IMAGE = Image(
    id="i",
    name="i",
    status="active",
    visibility="shared",
    tags=("a",),
    properties={"hw_disk_bus": "scsi"},
    members=("friend",),
)
VOLUME = Volume(
    id="v",
    name="v",
    size_gib=1,
    status="available",
    description="d",
    volume_type="fast",
    availability_zone="az",
    metadata={"a": "b"},
    image_metadata={"hw_disk_bus": "scsi"},
    attachments=(Attachment(server_id="srv", volume_id="v"),),
)
SERVER = Server(
    id="srv",
    name="srv",
    status="ACTIVE",
    flavor=Flavor(name="m1", vcpus=1, ram_mib=1, disk_gib=1, id="1"),
    key_name="k",
    description="d",
    availability_zone="az",
    metadata={"a": "b"},
    tags=("x",),
    root_device="/dev/vda",
    port_ids=("p",),
    security_group_names=("web",),
    attachments=(
        Attachment(server_id="srv", volume_id="v", device="/dev/vda"),
        Attachment(server_id="srv", volume_id="v2", device="/dev/vdb"),
    ),
)
SERVER_GROUP = ServerGroup(id="sgr", name="g", policy="affinity", member_ids=("srv",))


def router(source: Router, target: Router) -> tuple[str, ...]:
    action = MakeRouter(want=source, external_network_id=source.external_network_id)
    return network_fields.router(same, action, source.interfaces, source.routes, target)


def port(source: Port, target: Port) -> tuple[str, ...]:
    return network_fields.port(same, MakePort(want=source, keep_mac=True), target)


def floating_ip(source: FloatingIp, target: FloatingIp) -> tuple[str, ...]:
    action = MakeFloatingIp(want=source, external_network_id=source.external_network_id)
    return network_fields.floating_ip(same, action, source.port_forwardings, target)


def volume(source: Volume, target: Volume) -> tuple[str, ...]:
    action = RestoreVolume(volume=source, volume_type=source.volume_type, availability_zone=source.availability_zone)
    return disk_fields.volume(action, target)


def server(source: Server, target: Server) -> tuple[str, ...]:
    action = MakeServer(
        server=source,
        flavor_id="1",
        flavor_name="m1",
        availability_zone=source.availability_zone,
        boot_volume_id="v",
        server_group_id="sgr",
    )
    attached = [AttachVolume(server_id="srv", volume_id="v2")]
    return server_fields.server(same, action, attached, set(source.security_group_names), target)


def server_group(source: ServerGroup, target: ServerGroup) -> tuple[str, ...]:
    return server_fields.server_group(same, source, source.member_ids, source.member_ids, target)


ID = "is another one by nature"
OPERATORS = "is the operator's to say, not a member's"
BYTES = "the bytes themselves are read"
TOLD = "is told by the row of the server"
TIME = "is when it was made"

COMPARED: list[tuple[Record, Compare, dict[str, str]]] = [
    (Keypair(name="k", public_key="ssh-rsa AAAA", fingerprint="f"), server_fields.keypair, {"fingerprint": "follows"}),
    (GROUP, lambda a, b: network_fields.security_group(same, a, b), {"id": ID}),
    (
        Network(id="net", name="n", description="d", mtu=1400),
        network_fields.network,
        {"id": ID, "is_external": OPERATORS, "is_shared": OPERATORS, "is_own": "is what it is by being made by us"},
    ),
    (SUBNET, lambda a, b: network_fields.subnet(same, a, b), {"id": ID}),
    (ROUTER, router, {"id": ID}),
    (PORT, port, {"id": ID, "device_id": TOLD, "device_owner": TOLD, "qos_policy_id": OPERATORS}),
    (FLOATING, floating_ip, {"id": ID, "address": ID}),
    (TRUNK, lambda a, b: network_fields.trunk(same, a, b), {"id": ID}),
    (
        IMAGE,
        lambda a, b: disk_fields.image(a, a.members, b),
        {"id": ID, "owner_id": ID, "created_at": TIME, "server_id": "no service notes it of an image that is sent"}
        | dict.fromkeys(("size_bytes", "virtual_size_bytes", "checksum", "hash_algo", "hash_value"), BYTES),
    ),
    (
        VOLUME,
        volume,
        {"id": ID, "created_at": TIME, "attachments": TOLD, "snapshot_id": ID, "group_id": OPERATORS}
        | dict.fromkeys(("encrypted", "multiattach"), "follows from the type"),
    ),
    (
        SERVER,
        server,
        {"id": ID, "created_at": TIME, "locked": "is its owner's to change", "stack_id": "its stack does not move"}
        | {"task_state": "passes", "user_data": "no cloud shows it"},
    ),
    (SERVER_GROUP, server_group, {"id": ID}),
]

NESTED: list[tuple[Record, str, Compare, dict[str, str]]] = [
    (GROUP, "rules", lambda a, b: network_fields.security_group(same, a, b), {}),
    (SUBNET, "allocation_pools", lambda a, b: network_fields.subnet(same, a, b), {}),
    (SUBNET, "host_routes", lambda a, b: network_fields.subnet(same, a, b), {}),
    (ROUTER, "interfaces", router, {"port_id": ID}),
    (ROUTER, "routes", router, {}),
    (PORT, "fixed_ips", port, {}),
    (PORT, "allowed_address_pairs", port, {}),
    (PORT, "dhcp_options", port, {}),
    (FLOATING, "port_forwardings", floating_ip, {}),
    (TRUNK, "sub_ports", lambda a, b: network_fields.trunk(same, a, b), {}),
    (SERVER, "attachments", server, {"server_id": "is the server itself", "device": "see the boot volume"}),
    (SERVER, "flavor", server, dict.fromkeys(("vcpus", "ram_mib", "disk_gib", "id", "ephemeral_gib", "swap_mib"), ID)),
]


def other(value: Any) -> Any:
    """Another value of the same kind."""
    match value:
        case "IPv4":
            return "IPv6"
        case bool():
            return not value
        case int():
            return value + 1
        case str():
            return f"{value}x"
        case tuple():
            return value[1:] if value else ("added",)
        case dict():
            return {**value, "added": "x"}
        case Flavor():
            return replace(value, name="x")
        case _:
            return "x"


def unnamed(record: Record, put_in: Callable[[Any], Any], compare: Callable[[Any], tuple[str, ...]]) -> set[str]:
    """Fields of `record` whose change is no difference."""
    fields = record.__struct_fields__
    return {f for f in fields if not compare(put_in(replace(record, **{f: other(getattr(record, f))})))}


@pytest.mark.parametrize(
    ("record", "compare", "listed"), COMPARED, ids=[type(record).__name__ for record, _, _ in COMPARED]
)
def test_every_field_is_compared_or_listed(record: Record, compare: Compare, listed: dict[str, str]) -> None:
    assert compare(record, record) == ()
    assert unnamed(record, lambda changed: changed, lambda target: compare(record, target)) == set(listed)


@pytest.mark.parametrize(
    ("record", "part", "compare", "listed"), NESTED, ids=[f"{type(r).__name__} {part}" for r, part, _, _ in NESTED]
)
def test_every_field_of_its_parts_is_compared_or_listed(
    record: Record, part: str, compare: Compare, listed: dict[str, str]
) -> None:
    parts = getattr(record, part)
    one, rest = (parts[-1], parts[:-1]) if isinstance(parts, tuple) else (parts, None)

    def put_in(changed: Any) -> Any:
        return replace(record, **{part: changed if rest is None else (*rest, changed)})

    assert unnamed(one, put_in, lambda target: compare(record, target)) == set(listed)
