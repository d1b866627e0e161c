"""Comparisons by literals: what is the same in another spelling, what the plan changes on purpose, what differs."""

import msgspec
import pytest

from migrate.model import (
    AddressPair,
    AllocationPool,
    Attachment,
    FixedIp,
    Flavor,
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
)
from migrate.plan.steps import AttachVolume, MakeFloatingIp, MakePort, MakeRouter, MakeServer, RestoreVolume
from migrate.verify import fields
from tests.verify.verify_pair import mark

replace = msgspec.structs.replace
NAMES = {"s": "t", "net-s": "net-t", "sub-s": "sub-t", "sg-s": "sg-t", "v1-s": "v1-t", "v2-s": "v2-t", "p-s": "p-t"}


def moved(kind: Kind, source_id: str) -> str | None:
    return "root-t" if (kind, source_id) == (Kind.IMAGE, "srv-s") else NAMES.get(source_id)


MARK = str(mark("s"))

# ---------------------------------------------------------------- keys, groups


def test_a_key_may_lose_its_comment() -> None:
    key = Keypair(name="k", public_key="ssh-rsa AAAA me@home\n")
    assert fields.keypair(key, replace(key, public_key="ssh-rsa AAAA")) == ()
    assert fields.keypair(key, replace(key, public_key="ssh-rsa AAAB")) == ("public_key: ssh-rsa AAAA ≠ ssh-rsa AAAB",)


def group(*rules: SecurityGroupRule, **more) -> SecurityGroup:
    return SecurityGroup(**{"id": "sg-s", "name": "web", "rules": rules, **more})


def rule(**more) -> SecurityGroupRule:
    return SecurityGroupRule(**{"direction": "ingress", **more})


@pytest.mark.parametrize(
    ("source", "target"),
    [
        (rule(protocol="TCP", port_min=1, port_max=65535), rule(protocol="tcp")),
        (rule(remote_ip_prefix="0.0.0.0/0"), rule()),
        (rule(ethertype="IPv6", remote_ip_prefix="::/0"), rule(ethertype="ipv6")),
        (rule(remote_ip_prefix="1.2.3.4"), rule(remote_ip_prefix="1.2.3.4/32")),
        (rule(remote_group_id="sg-s"), rule(remote_group_id="sg-t")),
    ],
)
def test_a_rule_in_another_spelling_is_the_same(source: SecurityGroupRule, target: SecurityGroupRule) -> None:
    assert fields.security_group(moved, group(source), group(target)) == ()


def test_rules_are_a_set() -> None:
    one, two = rule(protocol="tcp"), rule(protocol="udp")
    assert fields.security_group(moved, group(one, two), group(two, one)) == ()
    assert fields.security_group(moved, group(one, one), group(one)) == ()


def test_a_rule_differs_in_whatever_it_allows() -> None:
    ssh = rule(protocol="tcp", port_min=22, port_max=22, remote_ip_prefix="10.0.0.0/8", description="ssh")
    for change in (
        {"direction": "egress"},
        {"ethertype": "IPv6"},
        {"protocol": "udp"},
        {"port_max": 23},
        {"remote_ip_prefix": "10.0.0.0/9"},
        {"description": ""},
    ):
        found = fields.security_group(moved, group(ssh), group(replace(ssh, **change)))
        assert set(found) >= {"rule ingress IPv4 tcp 22-22 10.0.0.0/8 “ssh”: present ≠ missing"}
        assert len(found) == 2


def test_a_rule_that_names_a_group_left_behind_says_so() -> None:
    found = fields.security_group(moved, group(rule(remote_group_id="other")), group())
    assert found == ("rule ingress IPv4 any group other (not moved): present ≠ missing",)


def test_the_default_group_keeps_the_targets_own_text() -> None:
    default = group(name="default", description="Default security group")
    assert fields.security_group(moved, default, replace(default, description="Groupe par défaut")) == ()
    web = group(description="mine")
    assert fields.security_group(moved, web, replace(web, description=f"{MARK} mine")) == ()
    assert fields.security_group(moved, web, replace(web, description=MARK)) == ("description: mine ≠ none",)


# ---------------------------------------------------------------- network


def test_a_network_whose_mtu_the_plan_leaves_open() -> None:
    net = Network(id="net-s", name="n")
    assert fields.network(net, replace(net, mtu=1450)) == ()
    assert fields.network(replace(net, mtu=1500), replace(net, mtu=1450)) == ("mtu: 1500 ≠ 1450",)
    assert fields.network(net, replace(net, port_security_enabled=False)) == ("port_security_enabled: True ≠ False",)


SUBNET = Subnet(
    id="sub-s",
    network_id="net-s",
    name="n",
    cidr="2001:db8::/64",
    ip_version=6,
    gateway_ip="2001:db8::1",
    allocation_pools=(AllocationPool(start="2001:db8::5", end="2001:db8::9"),),
    host_routes=(HostRoute(destination="10.0.0.0/8", nexthop="10.0.0.1"),),
)


def test_a_subnet_in_another_spelling_is_the_same() -> None:
    other = replace(SUBNET, network_id="net-t", cidr="2001:0db8::/64", gateway_ip="2001:0DB8::0001", description=MARK)
    assert fields.subnet(moved, SUBNET, other) == ()


@pytest.mark.parametrize(
    "change",
    [
        {"network_id": "net-x"},
        {"name": "x"},
        {"description": "x"},
        {"cidr": "2001:db8::/63"},
        {"ip_version": 4},
        {"gateway_ip": None},
        {"enable_dhcp": False},
        {"dns_nameservers": ("9.9.9.9",)},
        {"allocation_pools": ()},
        {"host_routes": ()},
        {"ipv6_address_mode": "slaac"},
        {"ipv6_ra_mode": "slaac"},
    ],
)
def test_every_field_of_a_subnet_counts(change: dict) -> None:
    found = fields.subnet(moved, SUBNET, replace(SUBNET, **{"network_id": "net-t", **change}))
    assert len(found) == 1
    assert found[0].startswith(next(iter(change)).removesuffix("_id"))


def test_a_router_and_its_interfaces() -> None:
    action = MakeRouter(want=Router(id="s", name="r", external_network_id="old"), external_network_id="new")
    wanted = [RouterInterface(subnet_id="sub-s", ip_address="10.0.0.1")]
    there = Router(
        id="t",
        name="r",
        external_network_id="new",
        interfaces=(RouterInterface(subnet_id="sub-t", ip_address="10.0.0.1", port_id="p"),),
    )
    assert fields.router(moved, action, wanted, there) == ()
    assert fields.router(moved, action, wanted, replace(there, external_network_id=None)) == (
        "external_network: new ≠ none",
    )
    assert fields.router(moved, action, [], there) == ("interface in sub-t: missing ≠ 10.0.0.1",)
    assert fields.router(moved, action, wanted, replace(there, interfaces=())) == (
        "interface in sub-t: 10.0.0.1 ≠ missing",
    )
    other = (RouterInterface(subnet_id="sub-t", ip_address="10.0.0.9"),)
    assert fields.router(moved, action, wanted, replace(there, interfaces=other)) == (
        "interface in sub-t: 10.0.0.1 ≠ 10.0.0.9",
    )
    unaddressed = [RouterInterface(subnet_id="sub-s", ip_address="")]
    assert fields.router(moved, action, unaddressed, there) == ()
    assert len(fields.router(moved, action, unaddressed, replace(there, interfaces=()))) == 1


PORT = Port(
    id="p-s",
    network_id="net-s",
    mac_address="FA:16:3E:00:00:01",
    fixed_ips=(FixedIp(subnet_id="sub-s", ip_address="10.0.0.5"),),
    security_group_ids=("sg-s",),
    allowed_address_pairs=(AddressPair(ip_address="10.0.0.9", mac_address="fa:16:3e:00:00:01"),),
)
PORT_THERE = replace(
    PORT,
    id="p-t",
    network_id="net-t",
    mac_address="fa:16:3e:ff:ff:ff",
    fixed_ips=(FixedIp(subnet_id="sub-t", ip_address="10.0.0.5"),),
    security_group_ids=("sg-t",),
    allowed_address_pairs=(AddressPair(ip_address="10.0.0.9/32", mac_address="fa:16:3e:ff:ff:ff"),),
    device_id="srv-t",
    device_owner="compute:nova",
)


def test_a_port_with_another_mac_and_pairs_that_follow_it() -> None:
    assert fields.port(moved, MakePort(want=PORT), PORT_THERE) == ()
    assert fields.port(moved, MakePort(want=PORT, keep_mac=True), PORT_THERE) == (
        "mac_address: fa:16:3e:00:00:01 ≠ fa:16:3e:ff:ff:ff",
    )


@pytest.mark.parametrize(
    "change",
    [
        {"name": "x"},
        {"description": "x"},
        {"admin_state_up": False},
        {"fixed_ips": (FixedIp(subnet_id="sub-t", ip_address="10.0.0.6"),)},
        {"allowed_address_pairs": (AddressPair(ip_address="10.0.0.9", mac_address="fa:16:3e:00:00:01"),)},
        {"port_security_enabled": False},
    ],
)
def test_every_field_of_a_port_counts(change: dict) -> None:
    found = fields.port(moved, MakePort(want=PORT), replace(PORT_THERE, **change))
    assert [difference.partition(":")[0] for difference in found] == list(change)


def test_a_floating_ip_has_another_address_by_nature() -> None:
    want = FloatingIp(
        id="s", address="198.51.100.1", external_network_id="old", port_id="p-s", fixed_ip_address="10.0.0.5"
    )
    action = MakeFloatingIp(want=want, external_network_id="new")
    there = FloatingIp(
        id="t",
        address="203.0.113.9",
        external_network_id="new",
        description=MARK,
        port_id="p-t",
        fixed_ip_address="10.0.0.5",
    )
    assert fields.floating_ip(moved, action, there) == ()
    assert fields.floating_ip(moved, action, replace(there, port_id=None)) == ("port: p-t ≠ none",)
    assert fields.floating_ip(moved, action, replace(there, fixed_ip_address="10.0.0.6")) == (
        "fixed_ip_address: 10.0.0.5 ≠ 10.0.0.6",
    )
    unbound = MakeFloatingIp(want=replace(want, port_id=None), external_network_id="new")
    assert fields.floating_ip(moved, unbound, there) == ("port: none ≠ p-t",)


# ---------------------------------------------------------------- disks

IMAGE = Image(id="s", name="i", status="active", visibility="shared", tags=("a",), properties={"hw_disk_bus": "scsi"})
IMAGE_THERE = replace(IMAGE, id="t", visibility="private", tags=("a", MARK))


def test_an_image_with_our_mark_and_the_clouds_own_properties_is_the_same() -> None:
    own = {"hw_disk_bus": "scsi", "stores": "file", "os_glance_importing_to_stores": "", "owner_id": "x"}
    assert fields.image(IMAGE, replace(IMAGE_THERE, properties=own)) == ()
    snapshot = replace(IMAGE, properties={"hw_disk_bus": "scsi", "instance_uuid": "x", "image_type": "snapshot"})
    assert fields.image(snapshot, IMAGE_THERE) == ()


@pytest.mark.parametrize(
    "change",
    [
        {"status": "queued"},
        {"name": "x"},
        {"disk_format": "qcow2"},
        {"container_format": "ovf"},
        {"min_disk_gib": 1},
        {"min_ram_mib": 1},
        {"protected": True},
        {"hidden": True},
        {"tags": (MARK,)},
        {"visibility": "public"},
    ],
)
def test_every_field_of_an_image_counts(change: dict) -> None:
    found = fields.image(IMAGE, replace(IMAGE_THERE, **change))
    assert [difference.partition(":")[0] for difference in found] == list(change)


def test_properties_are_named_one_by_one() -> None:
    other = replace(IMAGE_THERE, properties={"hw_scsi_model": "x"})
    assert fields.image(IMAGE, other) == (
        "property hw_disk_bus: scsi ≠ none",
        "property hw_scsi_model: none ≠ x",
    )
    assert fields.root_image({"os": "linux"}, replace(IMAGE_THERE, properties={})) == ("property os: linux ≠ none",)
    assert fields.root_image({}, replace(IMAGE_THERE, properties={}, visibility="public")) == (
        "visibility: private ≠ public",
    )


VOLUME = Volume(id="s", name="v", size_gib=2, status="in-use", bootable=True, metadata={"a": "b"}, volume_type="ssd")
VOLUME_THERE = replace(
    VOLUME,
    id="t",
    metadata={"a": "b", "decamp-mark": MARK, "readonly": "False"},
    image_metadata={"image_id": "x", "size": "1", "min_disk": "0"},
    volume_type="fast",
    availability_zone="az-9",
)


def test_a_volume_of_the_planned_type_is_the_same() -> None:
    assert fields.volume(RestoreVolume(volume=VOLUME), VOLUME_THERE) == ()
    assert fields.volume(RestoreVolume(volume=VOLUME, volume_type="fast"), VOLUME_THERE) == ()
    planned = RestoreVolume(volume=VOLUME, volume_type="slow", availability_zone="az-1")
    assert fields.volume(planned, VOLUME_THERE) == ("volume_type: slow ≠ fast", "availability_zone: az-1 ≠ az-9")


@pytest.mark.parametrize(
    "change",
    [
        {"name": "x"},
        {"size_gib": 3},
        {"description": "x"},
        {"bootable": False},
        {"metadata": {}},
        {"image_metadata": {"hw_x": "y"}},
        {"status": "error"},
    ],
)
def test_every_field_of_a_volume_counts(change: dict) -> None:
    found = fields.volume(RestoreVolume(volume=VOLUME), replace(VOLUME_THERE, **change))
    assert len(found) == 1
    assert found[0].startswith(next(iter(change)))


# ---------------------------------------------------------------- servers

SERVER = Server(
    id="srv-s",
    name="srv",
    status="SHUTOFF",
    flavor=Flavor(name="n1.cw.standard-1", vcpus=1, ram_mib=1, disk_gib=1),
    image_id="long-gone",
    metadata={"a": "b"},
    tags=("x",),
    port_ids=("p-s",),
    attachments=(
        Attachment(server_id="srv-s", volume_id="v2-s"),
        Attachment(server_id="srv-s", volume_id="skipped"),
        Attachment(server_id="srv-s", volume_id="v1-s"),
    ),
)
ACTION = MakeServer(server=SERVER, flavor_id="2", flavor_name="m1", availability_zone="az-t")
ATTACHED = [
    AttachVolume(server_id="srv-s", volume_id="v1-s"),
    AttachVolume(server_id="srv-s", volume_id="v2-s", delete_on_termination=True),
]
SERVER_THERE = Server(
    id="srv-t",
    name="srv",
    status="ACTIVE",
    flavor=Flavor(name="m1", vcpus=2, ram_mib=2, disk_gib=2),
    image_id="root-t",
    availability_zone="az-t",
    metadata={"a": "b", "decamp-mark": MARK},
    tags=("x",),
    port_ids=("p-t",),
    security_group_names=("web",),
    attachments=(
        Attachment(server_id="srv-t", volume_id="v2-t", delete_on_termination=True),
        Attachment(server_id="srv-t", volume_id="v1-t"),
    ),
)


def test_a_server_as_planned_is_the_same() -> None:
    assert fields.server(moved, ACTION, ATTACHED, {"web"}, SERVER_THERE) == ()
    assert fields.server(moved, ACTION, ATTACHED, {"web"}, replace(SERVER_THERE, status="SHUTOFF")) == ()


@pytest.mark.parametrize(
    "change",
    [
        {"name": "x"},
        {"flavor": SERVER.flavor},
        {"key_name": "k"},
        {"description": "x"},
        {"metadata": {"a": "c"}},
        {"tags": ()},
        {"config_drive": True},
        {"port_ids": ()},
        {"attachments": SERVER_THERE.attachments[::-1]},
        {"attachments": SERVER_THERE.attachments[:1]},
        {"security_group_names": ("default",)},
        {"image_id": "another"},
        {"availability_zone": "az-x"},
        {"status": "ERROR"},
    ],
)
def test_every_field_of_a_server_counts(change: dict) -> None:
    found = fields.server(moved, ACTION, ATTACHED, {"web"}, replace(SERVER_THERE, **change))
    assert len(found) == 1
    names = {"port_ids": "ports", "security_group_names": "security_groups", "image_id": "image"}
    assert found[0].startswith(names.get(next(iter(change)), next(iter(change))))


def test_delete_on_termination_counts() -> None:
    kept = tuple(replace(a, delete_on_termination=False) for a in SERVER_THERE.attachments)
    assert fields.server(moved, ACTION, ATTACHED, {"web"}, replace(SERVER_THERE, attachments=kept)) == (
        "delete_on_termination v2-t: True ≠ False",
    )
