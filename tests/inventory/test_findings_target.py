"""A target that differs in everything that the lab's does (lab/README.md): each difference is found where it is, and
nothing else; and a target like the source is found to be like it.
"""

from msgspec.structs import replace

from migrate.findings.finding import Finding
from migrate.messages import codes
from migrate.model import AddressPair, Container, Flavor, Inventory, Quota, SecurityGroupRule, Volume
from migrate.plan.readiness.check_all import check
from migrate.policy.policy_records import Policy
from tests.plan.tenants import (
    SERVICES,
    attached,
    empty,
    external,
    floating,
    group,
    image,
    in_id_order,
    keypair,
    network,
    policy,
    port,
    quotas,
    router,
    server,
    source_facts,
    subnet,
    target_facts,
    uid,
    volume,
)

STANDARD = Flavor(id="17", name="n1.cw.standard-1", vcpus=1, ram_mib=4096, disk_gib=1)
LARGE = Flavor(id="18", name="n1.cw.standard-4", vcpus=4, ram_mib=16384, disk_gib=4)
SOURCE_OFFER = source_facts(
    flavors=(STANDARD, LARGE),
    volume_types=("performant", "standard"),
    default_volume_type="standard",
    compute_zones=("nova",),
    volume_zones=("nova",),
    external_networks=(replace(external("public"), mtu=1500),),
    image_formats=("qcow2", "raw"),
    quotas=quotas(),
    services=SERVICES,
)
TARGET_OFFER = target_facts(
    flavors=(
        Flavor(id="a", name="s3.small.1", vcpus=1, ram_mib=1024, disk_gib=2),
        Flavor(id="b", name="s3.medium.4", vcpus=1, ram_mib=4096, disk_gib=2),
        Flavor(id="c", name="s3.xlarge.4", vcpus=4, ram_mib=16384, disk_gib=6),
    ),
    volume_types=("SATA", "SSD"),
    default_volume_type="SATA",
    compute_zones=("eu-west-0a",),
    volume_zones=("eu-west-0a",),
    external_networks=(replace(external("admin_external_net"), mtu=1500),),
    image_formats=("qcow2", "raw"),
    image_size_max_bytes=25 << 30,
    quotas=quotas(servers=10, cores=20, ram_mib=51200, volumes=10, volumes_gib=1000, floating_ips=50),
    services=SERVICES,
)


def tenant() -> Inventory:
    """Two servers with their volumes, nine free volumes, an image of its own, a network with a way out, a container."""
    front = port("web-1", allowed_address_pairs=(AddressPair(ip_address="10.20.0.100"),))
    back = port("db-1", "10.20.0.22")
    web = server(port_ids=(front.id,), flavor=STANDARD, availability_zone="nova", key_name="alice@laptop")
    web, data = attached(web, volume("data", 20, volume_type="standard", availability_zone="nova"))
    database = server("db-1", port_ids=(back.id,), flavor=LARGE, availability_zone="nova", root_device="/dev/sda")
    database, rows = attached(database, volume("rows", 5, volume_type="performant", availability_zone="nova"))
    free = [_free(number) for number in range(9)]
    http = SecurityGroupRule(direction="ingress", protocol="tcp", port_min=80, port_max=80)
    return in_id_order(
        empty(
            facts=SOURCE_OFFER,
            keypairs=(keypair(),),
            security_groups=(group("web", http), group("default")),
            networks=(network(mtu=1500),),
            subnets=(subnet(),),
            routers=(router("edge", "private"),),
            ports=(front, back),
            floating_ips=(floating(port_id=front.id, fixed_ip_address="10.20.0.21"),),
            images=(
                image(size_bytes=400 << 20, properties={"hw_disk_bus": "virtio", "os_distro": "debian"}),
                image("archive", size_bytes=30 << 30),
            ),
            volumes=(*data, *rows, *free),
            servers=(web, database),
            containers=(Container(name="photos", objects=2, size_bytes=10),),
        )
    )


def _free(number: int) -> Volume:
    return volume(f"free-{number}", 1, volume_type="standard", availability_zone="nova")


def by_item(findings: list[Finding]) -> dict[str, set[str]]:
    """item, by the name of what it is -> codes; the whole migration under an empty name.

    Without what depends on our own tests (DCP-609).
    """
    told = [f for f in findings if f.code != codes.UNPROVEN_FEATURE]
    names = {f.item: f.name or f.item for f in told}
    return {names[of]: {f.code for f in told if f.item == of} for of in names}


def found(offer_there: object, said: Policy) -> list[Finding]:
    return check(tenant(), empty("target", facts=offer_there), said)


ALWAYS = {
    # New machines, and what nobody uses: whatever the target is like.
    "web-1": {codes.SERVER_STOPPED_FOR_CAPTURE, codes.FIRST_BOOT_AGAIN, codes.VIRTUAL_ADDRESSES},
    "db-1": {codes.SERVER_STOPPED_FOR_CAPTURE, codes.DEVICE_NAMES_CHANGE, codes.FIRST_BOOT_AGAIN},
    "archive": {codes.IMAGE_UNUSED},
    **{f"free-{number}": {codes.VOLUME_UNUSED} for number in range(9)},
    # Addresses are never taken along.
    "203.0.113.9": {codes.ADDRESS_CHANGES},
    "": {codes.USER_DATA_UNKNOWN},
}

DIFFERENT = {
    # Flavor (nearest, never smaller), zone, interface names as the MAC address changes.
    "web-1": {codes.FLAVOR_CHANGES, codes.ZONE_CHANGES, codes.INTERFACE_NAMES_CHANGE},
    "db-1": {codes.FLAVOR_CHANGES, codes.ZONE_CHANGES, codes.INTERFACE_NAMES_CHANGE},
    # Type and zone.
    "data": {codes.VOLUME_TYPE_CHANGES, codes.ZONE_CHANGES},
    "rows": {codes.VOLUME_TYPE_CHANGES, codes.ZONE_CHANGES},
    **{f"free-{number}": {codes.VOLUME_TYPE_CHANGES, codes.ZONE_CHANGES} for number in range(9)},
    # Larger than the largest image: it stays, and nothing more is said of it but that it is kept in the store.
    "archive": {codes.IMAGE_TOO_LARGE, codes.CAPTURED_ONLY},
    # No name of its own.
    f"port:{uid('port web-1 10.20.0.21')}": {codes.MAC_CHANGES},
    f"port:{uid('port db-1 10.20.0.22')}": {codes.MAC_CHANGES},
    # Eleven volumes where ten may be.
    "": {codes.TARGET_QUOTA_SHORT},
}


def test_every_difference_is_found_where_it_is_and_nothing_else() -> None:
    expected = {name: ALWAYS.get(name, set()) | DIFFERENT.get(name, set()) for name in ALWAYS | DIFFERENT}
    expected["archive"] -= {codes.IMAGE_UNUSED}
    all_found = found(TARGET_OFFER, policy())
    assert by_item(all_found) == expected
    (short,) = [f.facts for f in all_found if f.code == codes.TARGET_QUOTA_SHORT]
    assert (short["resource"], short["need"], short["limit"], short["short"]) == ("volumes", "11", "10", "1")
    flavors = {f.name: f.facts["target"] for f in all_found if f.code == codes.FLAVOR_CHANGES}
    assert flavors == {"web-1": "s3.medium.4", "db-1": "s3.xlarge.4"}
    assert {f.facts["target"] for f in all_found if f.code == codes.VOLUME_TYPE_CHANGES} == {"SATA"}


def test_a_target_like_the_source_is_found_to_be_like_it() -> None:
    same = replace(SOURCE_OFFER, external_networks=(replace(external("public"), id="there", mtu=1500),))
    assert by_item(found(same, policy(keep_mac=True))) == ALWAYS


def test_a_quota_that_is_used_already_counts() -> None:
    tight = quotas() | {"volumes": Quota(limit=20, used=10)}
    (short,) = [
        f.facts for f in found(replace(TARGET_OFFER, quotas=tight), policy()) if f.code == codes.TARGET_QUOTA_SHORT
    ]
    assert (short["used"], short["short"]) == ("10", "1")
