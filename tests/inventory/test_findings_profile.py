"""Rules of a provider, each by the smallest plan that breaks it; and the profiles that ship."""

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from migrate.findings.finding import Finding
from migrate.findings.inputs import open_case
from migrate.messages import codes
from migrate.model import AddressPair, Attachment, FixedIp, Inventory, Snapshot
from migrate.model.steps import MakePort, MakeServer, MakeSubnet
from migrate.plan.build_plan import build_plan
from migrate.plan.readiness.check_all import check
from migrate.plan.readiness.provider_limits import judge_profile
from migrate.policy.policy_records import Disks, Policy
from migrate.policy.provider_profiles import Profile, parse_profile, profile_names, profile_of, read_profile
from migrate.user_data_files import keep, lengths
from tests.plan.tenants import (
    FLAVOR,
    empty,
    group,
    image,
    lan,
    network,
    policy,
    port,
    router,
    server,
    snapshot,
    subnet,
    target,
    uid,
    volume,
)

STRICT = Profile(
    key="strict",
    name="Strict Cloud",
    hosts=("*.strict.example",),
    as_of="2020-01",
    documents="Strict Handbook",
    subnet_ranges=("10.0.0.0/8", "192.168.0.0/16"),
    subnet_longest_prefix=28,
    reserved_first=1,
    reserved_last=3,
    ipv6_mode="dhcpv6-stateful",
    groups_required=True,
    refused_pairs=("0.0.0.0/0",),
    mac_chosen_by_cloud=True,
    no_config_drive=True,
    server_names=8,
    router_names=8,
    server_description=10,
    image_formats=("qcow2", "raw"),
    volume_text_bytes=16,
    shared_servers=2,
    no_shared_boot=True,
    image_below_gib=8,
    boot_volume_gib=(1, 100),
    data_volume_gib=(10, 500),
    metadata_value_bytes=5,
    user_data_bytes=1000,
    snapshots_per_volume=2,
    buckets=3,
    key_bytes=20,
    object_gib=1,
    refused_keys=("empty-part", "slash-with-content"),
    s3_style="virtual",
    no_double_hyphens=True,
)
FREE = Profile(key="free", name="Free", hosts=(), as_of="2020-01", documents="Free Handbook")


def judged(
    source: Inventory,
    profile: Profile = STRICT,
    said: Policy | None = None,
    user_data_bytes: dict[str, int] | None = None,
) -> list[Finding]:
    """What is found besides DCP-832."""
    said, there = said or policy(), target(shared_volume_types=("classic",))
    plan = build_plan(source, there, said)
    found = list(judge_profile(open_case(source, there, said), plan, profile, user_data_bytes or {}))
    assert [f.code for f in found].count(codes.PROFILE_USED) == 1
    return [f for f in found if f.code != codes.PROFILE_USED]


@dataclass(frozen=True)
class Rule:
    """`breaks` is found under `code` with these facts, as an item of `item`; `keeps` breaks nothing."""

    code: str
    item: str
    breaks: Inventory
    keeps: Inventory
    facts: dict[str, str] = field(default_factory=dict)
    said: Policy = field(default_factory=policy)


def range_of(cidr: str, gateway: str | None = None, **changes: object) -> Inventory:
    return empty(networks=(network(),), subnets=(subnet(cidr=cidr, gateway_ip=gateway, **changes),))


def dual(*, mode: str | None, ra: str | None = None, with_ipv4: bool = True) -> Inventory:
    six = subnet("six", "2001:db8::/64", ip_version=6, gateway_ip=None, network_id=uid("network private"))
    six = replace(six, ipv6_address_mode=mode, ipv6_ra_mode=ra or mode)
    four = (subnet(gateway_ip=None),) if with_ipv4 else ()
    return empty(networks=(network(),), subnets=(*four, six))


def nic(address: str = "10.20.0.21", **changes: object) -> Inventory:
    own = port("web-1", address, **changes)
    return empty(**lan() | {"ports": (own,), "servers": (server(port_ids=(own.id,)),), "routers": ()})


def pair(address: str) -> Inventory:
    return nic(allowed_address_pairs=(AddressPair(ip_address=address),))


def disk(size_gib: int, **changes: object) -> Inventory:
    return empty(volumes=(volume(size_gib=size_gib, **changes),))


def with_snapshots(count: int) -> Inventory:
    snapshots = tuple(
        Snapshot(id=uid(f"snapshot {n}"), volume_id=uid("volume data"), name="s", size_gib=10, status="available")
        for n in range(count)
    )
    return replace(disk(10), snapshots=snapshots)


def named(name: str, **changes: object) -> Inventory:
    return empty(servers=(server(name, **changes),))


def routed(name: str) -> Inventory:
    return empty(**lan() | {"routers": (router(name),)})


def shared(*names: str, boots: bool = False) -> Inventory:
    """A volume on all of these servers; the first boots from it, or none does."""
    held = tuple(
        Attachment(server_id=uid(f"server {n}"), volume_id=uid("volume data"), device="/dev/vdb") for n in names
    )
    disk_of_all = volume(size_gib=10, multiattach=True, bootable=boots, attachments=held)
    servers = [server(name, attachments=(one,)) for name, one in zip(names, held, strict=True)]
    if boots:
        servers[0] = replace(servers[0], image_id=None, root_device="/dev/vdb")
    return empty(servers=tuple(servers), volumes=(disk_of_all,), images=(image(),))


PORT = f"port:{uid('port web-1 10.20.0.21')}"
SUBNET = f"subnet:{uid('subnet private')}"
VOLUME = f"volume:{uid('volume data')}"

RULES = [
    Rule(
        codes.SUBNET_RANGE_REFUSED,
        SUBNET,
        range_of("203.0.113.0/24"),
        range_of("192.168.7.0/24"),
        {"cidr": "203.0.113.0/24", "limit": "10.0.0.0/8, 192.168.0.0/16"},
    ),
    Rule(
        codes.SUBNET_TOO_SMALL,
        SUBNET,
        range_of("10.0.0.0/29"),
        range_of("10.0.0.0/28"),
        {"cidr": "10.0.0.0/29", "limit": "/28"},
    ),
    Rule(
        codes.SUBNET_ADDRESS_RESERVED,
        SUBNET,
        range_of("10.0.0.0/24", "10.0.0.254"),
        range_of("10.0.0.0/24", "10.0.0.1"),
        {"address": "10.0.0.254", "limit": "10.0.0.0, 10.0.0.253-10.0.0.255", "subnet": "private"},
    ),
    Rule(
        codes.SUBNET_ADDRESS_RESERVED,
        f"port:{uid('port web-1 10.20.0.253')}",
        nic("10.20.0.253"),
        nic("10.20.0.252"),
        {"address": "10.20.0.253"},
    ),
    Rule(
        codes.IPV6_SUBNET_REFUSED,
        f"subnet:{uid('subnet six')}",
        dual(mode="slaac"),
        dual(mode="dhcpv6-stateful"),
        {"cidr": "2001:db8::/64", "limit": "dhcpv6-stateful + IPv4"},
    ),
    Rule(
        codes.IPV6_SUBNET_REFUSED,
        f"subnet:{uid('subnet six')}",
        dual(mode="dhcpv6-stateful", with_ipv4=False),
        dual(mode="dhcpv6-stateful"),
    ),
    Rule(
        codes.IPV6_SUBNET_REFUSED,
        f"subnet:{uid('subnet six')}",
        dual(mode="dhcpv6-stateful", ra="slaac"),
        dual(mode="dhcpv6-stateful"),
    ),
    Rule(codes.SECURITY_GROUP_MISSING, PORT, nic(security_group_ids=()), nic(), {"address": "10.20.0.21"}),
    Rule(codes.ADDRESS_PAIR_REFUSED, PORT, pair("0.0.0.0/0"), pair("10.20.0.0/24"), {"address": "0.0.0.0/0"}),
    Rule(
        codes.MAC_CHOICE_REFUSED,
        PORT,
        nic(),
        nic(mac_address=""),
        {"mac": "fa:16:3e:00:00:01"},
        said=policy(keep_mac=True),
    ),
    Rule(
        codes.IMAGE_OVER_PROVIDER_LIMIT,
        f"image:{uid('image debian')}",
        empty(images=(image(size_bytes=8 << 30),)),
        empty(images=(image(size_bytes=(8 << 30) - 1),)),
        {"size": "8589934592", "limit": "8589934592"},
    ),
    Rule(codes.DISK_SIZE_REFUSED, VOLUME, disk(9), disk(10), {"size_gib": "9", "limit": "10-500"}),
    Rule(codes.DISK_SIZE_REFUSED, VOLUME, disk(501), disk(500), {"size_gib": "501"}),
    Rule(
        codes.DISK_SIZE_REFUSED,
        VOLUME,
        disk(101, bootable=True),
        disk(1, bootable=True),
        {"size_gib": "101", "limit": "1-100"},
    ),
    Rule(
        codes.METADATA_TOO_LONG,
        f"server:{uid('server web-1')}",
        empty(servers=(server(metadata={"role": "été!!"}),)),
        empty(servers=(server(metadata={"role": "heure"}),)),
        {"key": "role", "length": "7", "limit": "5"},
    ),
    Rule(
        codes.METADATA_TOO_LONG,
        VOLUME,
        disk(10, metadata={"k": "123456"}),
        disk(10, metadata={"k": "12345"}),
        {"length": "6"},
    ),
    Rule(codes.CONFIG_DRIVE_LOST, f"server:{uid('server web-1')}", named("web-1", config_drive=True), named("web-1")),
    Rule(codes.NAME_REFUSED, f"server:{uid('server web 1')}", named("web 1"), named("web_1.a"), {"limit": "8"}),
    Rule(
        codes.NAME_REFUSED, f"server:{uid('server web-12345')}", named("web-12345"), named("web-1234"), {"limit": "8"}
    ),
    Rule(codes.NAME_REFUSED, f"router:{uid('router é')}", routed("é"), routed("edge"), {"limit": "8"}),
    Rule(
        codes.DESCRIPTION_REFUSED,
        f"server:{uid('server web-1')}",
        named("web-1", description="eleven long"),
        named("web-1", description="ten = long"),
        {"length": "11", "limit": "10"},
    ),
    Rule(
        codes.DESCRIPTION_REFUSED,
        f"server:{uid('server web-1')}",
        named("web-1", description="<b>"),
        named("web-1", description="b"),
    ),
    Rule(
        codes.PROVIDER_IMAGE_FORMAT_REFUSED,
        f"image:{uid('image debian')}",
        empty(images=(image(disk_format="vmdk"),)),
        empty(images=(image(disk_format="raw"),)),
        {"format": "vmdk", "known": "qcow2, raw"},
    ),
    Rule(
        codes.VOLUME_TEXT_TOO_LONG,
        VOLUME,
        disk(10, description="ééééééééé"),
        disk(10, description="éééééééé"),
        {"what": "description", "length": "18", "limit": "16"},
    ),
    Rule(codes.TOO_MANY_HOLDERS, VOLUME, shared("a", "b", "c"), shared("a", "b"), {"servers": "3", "limit": "2"}),
    Rule(codes.SHARED_BOOT_VOLUME_REFUSED, VOLUME, shared("a", "b", boots=True), shared("a", "b")),
    Rule(codes.TOO_MANY_SNAPSHOTS, VOLUME, with_snapshots(3), with_snapshots(2), {"count": "3", "limit": "2"}),
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.code} {rule.item.split(':')[0]}")
def test_a_rule_that_is_broken_and_one_that_is_just_kept(rule: Rule) -> None:
    found = [f for f in judged(rule.breaks, said=rule.said) if f.code == rule.code]
    assert [f.item for f in found] == [rule.item]
    assert found[0].facts["profile"] == "strict"
    assert rule.facts.items() <= found[0].facts.items()
    assert rule.code not in {f.code for f in judged(rule.keeps, said=rule.said)}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.code} {rule.item.split(':')[0]}")
def test_a_rule_that_the_profile_has_not_got_is_not_judged(rule: Rule) -> None:
    assert judged(rule.breaks, FREE, said=rule.said) == []


def test_what_does_not_move_breaks_no_rule() -> None:
    assert judged(disk(9), said=policy(skip=("volume:data",))) == []


def test_user_data_that_is_too_long_where_it_is_given() -> None:
    plan = build_plan(nic(), target(), policy())
    given = tuple(
        replace(step, action=replace(step.action, user_data="d")) if isinstance(step.action, MakeServer) else step
        for step in plan.steps
    )
    case = open_case(nic(), target(), policy())
    for length, expected in ((1001, [codes.USER_DATA_TOO_LONG]), (1000, [])):
        found = judge_profile(case, replace(plan, steps=given), STRICT, {"d": length})
        assert [f.code for f in found if f.code == codes.USER_DATA_TOO_LONG] == expected
    assert codes.USER_DATA_TOO_LONG not in {f.code for f in judge_profile(case, plan, STRICT, {"d": 1001})}


def too_large(source: Inventory, said: Policy | None = None, **there: object) -> set[str]:
    """Items whose image may be larger than the provider takes: 128 GiB, by its documents."""
    at = replace(FLEXIBLE_ENGINE, facts=replace(FLEXIBLE_ENGINE.facts, **there))
    return {f.item for f in check(source, at, said or policy()) if f.code == codes.DISK_OVER_IMAGE_LIMIT}


def test_a_disk_passes_through_an_image() -> None:
    assert too_large(disk(129)) == {f"volume:{uid('volume data')}"}
    assert not too_large(disk(128))
    told = 1 << 40  # the cloud's own word counts
    assert not too_large(disk(129), image_size_max_bytes=told)
    assert too_large(disk(1025), image_size_max_bytes=told)
    assert not too_large(disk(129), policy(profile="none"))


def test_a_volume_that_is_written_as_a_device_passes_through_none() -> None:
    assert not too_large(disk(129), policy(disks=Disks(restore="attached", target_worker=uid("worker"))))
    assert too_large(disk(129), policy(disks=Disks(capture="attached", source_worker=uid("worker"))))


def test_a_router_at_a_reserved_gateway_is_told_of_the_subnet_alone() -> None:
    own = port("web-1", "10.20.0.254", fixed_ips=(FixedIp(subnet_id=uid("subnet private"), ip_address="10.20.0.254"),))
    source = empty(**lan() | {"ports": (own,), "servers": (server(port_ids=(own.id,)),), "routers": ()})
    source = replace(source, subnets=(subnet(gateway_ip="10.20.0.254"),))
    assert [f.item for f in judged(source) if f.code == codes.SUBNET_ADDRESS_RESERVED] == [SUBNET]


def test_the_profile_that_was_used_says_where_its_rules_come_from() -> None:
    plan = build_plan(empty(), target(), policy())
    (found,) = judge_profile(open_case(empty(), target(), policy()), plan, STRICT, {})
    assert found.facts == {
        "profile": "strict",
        "provider": "Strict Cloud",
        "source": "Strict Handbook, 2020-01",
    }


# ---------------------------------------------------------------- in the whole


def at(url: str) -> Inventory:
    return replace(target(), identity=replace(target().identity, auth_url=url))


FLEXIBLE_ENGINE = at("https://iam.eu-west-0.prod-cloud-ocb.orange-business.com/v3")


def codes_of(
    source: Inventory, there: Inventory, said: Policy, user_data_bytes: dict[str, int] | None = None
) -> set[str]:
    return {f.code for f in check(source, there, said, user_data_bytes) if f.code.startswith("DCP-8")}


def test_check_judges_by_the_targets_address_unless_the_policy_says_otherwise() -> None:
    small = range_of("10.0.0.0/29")
    assert codes_of(small, FLEXIBLE_ENGINE, policy()) == {codes.SUBNET_TOO_SMALL, codes.PROFILE_USED}
    assert codes_of(small, FLEXIBLE_ENGINE, policy(profile="none")) == set()
    assert codes_of(small, target(), policy(profile="flexible-engine")) == {codes.SUBNET_TOO_SMALL, codes.PROFILE_USED}
    assert codes_of(small, target(), policy()) == set()


def test_check_knows_how_long_kept_user_data_is(tmp_path: Path) -> None:
    digest = keep(tmp_path, b"#cloud-config\n" + b"x" * 32768)
    keep(tmp_path, b"short")
    source = replace(nic(), servers=(replace(nic().servers[0], user_data=digest),))
    assert codes.USER_DATA_TOO_LONG in codes_of(source, FLEXIBLE_ENGINE, policy(user_data="give"), lengths(tmp_path))
    assert codes.USER_DATA_TOO_LONG not in codes_of(source, FLEXIBLE_ENGINE, policy(), lengths(tmp_path))
    assert lengths(tmp_path / "nowhere") == {}


def test_a_port_without_a_group_gets_the_default_one_where_it_must_have_one() -> None:
    source = replace(nic(security_group_ids=()), security_groups=(group("web"), group("default")))
    for there, expected in ((FLEXIBLE_ENGINE, (uid("group default"),)), (target(), ())):
        plan = build_plan(source, there, policy())
        step = plan.step(PORT)
        assert isinstance(step.action, MakePort)
        assert step.action.want.security_group_ids == expected
        assert set(step.needs) >= {f"security-group:{one}:rules" for one in expected}
    assert codes_of(source, FLEXIBLE_ENGINE, policy()) == {codes.DEFAULT_GROUP_ADDED, codes.PROFILE_USED}


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (replace(nic(security_group_ids=()), security_groups=(group("web"),)), policy()),
        (
            replace(nic(security_group_ids=()), security_groups=(group("default"),)),
            policy(skip=("security-group:default",)),
        ),
        # A group is refused where port security is off.
        (
            replace(nic(security_group_ids=(), port_security_enabled=False), security_groups=(group("default"),)),
            policy(),
        ),
    ],
)
def test_a_port_that_can_get_no_group_blocks_where_it_must_have_one(source: Inventory, said: Policy) -> None:
    action = build_plan(source, FLEXIBLE_ENGINE, said).step(PORT).action
    assert isinstance(action, MakePort)
    assert action.want.security_group_ids == ()
    assert codes_of(source, FLEXIBLE_ENGINE, said) == {codes.SECURITY_GROUP_MISSING, codes.PROFILE_USED}


def test_a_snapshot_that_becomes_an_image_passes_through_it_too() -> None:
    source = empty(
        volumes=(volume(size_gib=129),), snapshots=(snapshot("big", size_gib=129), snapshot("small", size_gib=8))
    )
    said = policy(snapshots="image", skip=("volume:data",))
    assert too_large(source, said) == {f"snapshot:{uid('snapshot big')}"}


def test_the_root_disk_of_a_flavor_without_one_is_as_large_as_its_image_says() -> None:
    bare = server(flavor=replace(FLAVOR, disk_gib=0))
    for gib, expected in ((129, {f"server:{bare.id}"}), (128, set())):
        source = empty(servers=(bare,), images=(image(min_disk_gib=gib),))
        assert {of for of in too_large(source) if of.startswith("server:")} == expected


def test_a_subnet_begins_with_dhcp_where_the_provider_makes_none_without() -> None:
    for there, later in ((FLEXIBLE_ENGINE, False), (target(), True)):
        action = build_plan(nic(), there, policy()).step(SUBNET).action
        assert isinstance(action, MakeSubnet)
        assert action.dhcp_later is later


# ---------------------------------------------------------------- which profile


@pytest.mark.parametrize(
    ("wanted", "url", "expected"),
    [
        ("auto", "https://iam.eu-west-0.prod-cloud-ocb.orange-business.com/v3", "flexible-engine"),
        ("auto", "https://IAM.eu-de.otc.t-systems.com:443/v3", "flexible-engine"),
        ("auto", "https://auth.cloud.ovh.net/v3", "ovhcloud"),
        ("auto", "https://auth.cloud.ovh.net.example/v3", None),
        ("auto", "http://127.0.0.1:25000/v3", None),
        ("none", "https://auth.cloud.ovh.net/v3", None),
        ("ovhcloud", "http://127.0.0.1:25000/v3", "ovhcloud"),
    ],
)
def test_a_profile_is_found_by_the_address_or_by_name(wanted: str, url: str, expected: str | None) -> None:
    found = profile_of(wanted, replace(target().identity, auth_url=url))
    assert (found.key if found else None) == expected


def test_a_profile_that_nobody_wrote() -> None:
    with pytest.raises(KeyError):
        read_profile("nobody")
    with pytest.raises(KeyError):
        read_profile("../capabilities")


@pytest.mark.parametrize("key", profile_names())
def test_a_profile_that_ships_has_a_source_for_each_rule(key: str) -> None:
    profile = read_profile(key)
    assert profile.hosts
    assert profile.documents
    without = {f.name for f in msgspec.structs.fields(Profile)} - {"key", "name", "hosts", "as_of", "documents"}
    assert any(getattr(profile, rule) for rule in without)


@pytest.mark.parametrize(
    "rule",
    ["snapshots_per_volume: 7", "snapshots_per_volume: {value: 7}", "snapshots_per_volume: {value: 7, source: ''}"],
)
def test_a_rule_without_a_source_is_refused(rule: str) -> None:
    with pytest.raises(ValueError, match="snapshots_per_volume"):
        parse_profile("x", f"name: X\nhosts: []\ndocuments: X\nas_of: '2020'\n{rule}\n")


def test_a_rule_that_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="subnet_rangez"):
        parse_profile("x", "name: X\nhosts: []\ndocuments: X\nas_of: '2020'\nsubnet_rangez: {value: [], source: a}\n")


def test_every_rule_is_tried() -> None:
    """A rule that is added gets its row."""
    rules = {f.name for f in msgspec.structs.fields(Profile)} - {"key", "name", "hosts", "as_of", "documents"}
    assert dataclasses.is_dataclass(Rule)
    assert rules - {"dhcp_always"} == {name for name in rules if getattr(STRICT, name)}
