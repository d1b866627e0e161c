"""The examples of `plans/`: who moves, and what the cloud offers that they move to."""

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from migrate.model import (
    ON_S3,
    AddressPair,
    Container,
    FixedIp,
    Flavor,
    HostRoute,
    Inventory,
    OddObjects,
    Port,
    RouterInterface,
    SecurityGroup,
    SecurityGroupRule,
    Server,
)
from tests.plan.tenants import (
    archive,
    attached,
    backup,
    empty,
    external,
    floating,
    image,
    in_id_order,
    keypair,
    network,
    quotas,
    router,
    server,
    server_group,
    shop,
    snapshot,
    source_facts,
    subnet,
    target,
    target_facts,
    uid,
    volume,
    works,
)
from tests.plan.topologies import FLAVORS, stacks

GIB, TIB = 1 << 30, 1 << 40
COMPUTE = ("block-storage", "compute", "identity", "image", "network")

# ---------------------------------------------------------------- clouds


def on(cloud: str, auth_url: str, region: str, inventory: Inventory) -> Inventory:
    """The inventory as that cloud's: what `empty` says of who we are is of no real one."""
    identity = replace(inventory.identity, cloud=cloud, auth_url=auth_url, region=region, project_name="customer")
    return in_id_order(replace(inventory, identity=identity))


def cloudwatt(**parts: Any) -> Inventory:
    facts = source_facts(
        flavors=tuple(FLAVORS.values()),
        volume_types=("standard", "performant"),
        compute_zones=("nova",),
        volume_zones=("nova",),
        services=("block-storage", "compute", "identity", "image", "network", "object-store", "orchestration"),
    )
    return on("cloudwatt", "https://identity.fr1.cloudwatt.com/v2.0", "fr1", empty(facts=facts, **parts))


def flexible_engine() -> Inventory:
    """Two zones, flavors without disks, no object store of OpenStack's kind, and a project as it is handed out."""
    flavors = (
        Flavor(id="s3.small.1", name="s3.small.1", vcpus=1, ram_mib=1024, disk_gib=0),
        Flavor(id="s3.medium.2", name="s3.medium.2", vcpus=1, ram_mib=2048, disk_gib=0),
        Flavor(id="s3.medium.4", name="s3.medium.4", vcpus=1, ram_mib=4096, disk_gib=0),
        Flavor(id="s3.large.4", name="s3.large.4", vcpus=2, ram_mib=8192, disk_gib=0),
        Flavor(id="s3.xlarge.4", name="s3.xlarge.4", vcpus=4, ram_mib=16384, disk_gib=0),
    )
    facts = target_facts(
        flavors=flavors,
        volume_types=("SATA", "SAS", "SSD"),
        default_volume_type="SATA",
        compute_zones=("eu-west-0a", "eu-west-0b"),
        volume_zones=("eu-west-0a", "eu-west-0b"),
        external_networks=(external("admin_external_net"),),
        quotas=quotas(servers=20, cores=40, volumes=40, volumes_gib=5000, floating_ips=10, routers=5, snapshots=20),
        services=COMPUTE,
    )
    there = empty("target", facts=facts)
    return on("flexible-engine", "https://iam.eu-west-0.prod-cloud-ocb.orange-business.com/v3", "eu-west-0", there)


def ovhcloud() -> Inventory:
    flavors = tuple(
        Flavor(id=uid(f"flavor {name}"), name=name, vcpus=vcpus, ram_mib=ram_mib, disk_gib=disk)
        for name, vcpus, ram_mib, disk in (
            ("s1-2", 1, 2000, 10),
            ("s1-4", 1, 4000, 20),
            ("s1-8", 2, 8000, 40),
            ("b2-7", 2, 7000, 50),
            ("b2-15", 4, 15000, 100),
            ("b2-30", 8, 30000, 200),
        )
    )
    limits = quotas(servers=20, cores=40, ram_mib=100_000, volumes=40, volumes_gib=8000, floating_ips=10)
    facts = target_facts(flavors=flavors, volume_types=("classic", "high-speed"), quotas=limits)
    return on("ovh", "https://auth.cloud.ovh.net/v3", "GRA7", empty("target", facts=facts))


# ---------------------------------------------------------------- pieces


def nic(of: str, on_network: str, address: str, *groups: str, **changes: Any) -> Port:
    """The port of the server `of`, on the network and subnet of one name."""
    made = Port(
        id=uid(f"port {of} {address}"),
        network_id=uid(f"network {on_network}"),
        mac_address="fa:16:3e:" + ":".join(f"{int(part):02x}" for part in address.split(".")[1:]),
        fixed_ips=(FixedIp(subnet_id=uid(f"subnet {on_network}"), ip_address=address),),
        security_group_ids=tuple(uid(f"group {name}") for name in groups),
        device_id=uid(f"server {of}"),
        device_owner="compute:nova",
    )
    return replace(made, **changes)


def rules(*ports: int, sources: str | None = None, of: str | None = None) -> tuple[SecurityGroupRule, ...]:
    """TCP on these ports, from a range or from a group."""
    remote = uid(f"group {of}") if of else None
    return tuple(
        SecurityGroupRule(
            direction="ingress",
            protocol="tcp",
            port_min=number,
            port_max=number,
            remote_ip_prefix=sources,
            remote_group_id=remote,
        )
        for number in ports
    )


def firewall(name: str, *allowed: SecurityGroupRule) -> SecurityGroup:
    out = (SecurityGroupRule(direction="egress"), SecurityGroupRule(direction="egress", ethertype="IPv6"))
    return SecurityGroup(id=uid(f"group {name}"), name=name, rules=(*out, *allowed))


def interface(on_network: str, address: str) -> RouterInterface:
    return RouterInterface(subnet_id=uid(f"subnet {on_network}"), ip_address=address)


# ---------------------------------------------------------------- tenants


def three_tier() -> Inventory:
    """Two front servers that share an address, an application server, a database; an inner router joins the three."""
    lans = {"front": "10.1.0", "app": "10.2.0", "data": "10.3.0"}
    inward = tuple(HostRoute(destination=f"{lans[n]}.0/24", nexthop="10.1.0.254") for n in ("app", "data"))
    outward = (HostRoute(destination="0.0.0.0/0", nexthop="10.1.0.1"),)
    shared = (AddressPair(ip_address="10.1.0.100"),)
    vip = nic("", "front", "10.1.0.100", "front", name="front-vip", device_id="", device_owner="", mac_address="")
    nics = [
        *(nic(f"front-{n}", "front", f"10.1.0.1{n}", "front", allowed_address_pairs=shared) for n in (1, 2)),
        nic("app", "app", "10.2.0.11", "app"),
        nic("db", "data", "10.3.0.11", "data", qos_policy_id=uid("qos steady")),
    ]
    nova = {"availability_zone": "dc1", "key_name": "ops@bastion"}
    plain = [
        server(of, port_ids=(held.id,), **nova) for of, held in zip(("front-1", "front-2", "app"), nics, strict=False)
    ]
    db, disks = attached(
        server("db", image_id=None, port_ids=(nics[-1].id,), **nova),
        volume("db-root", 20, bootable=True, volume_type="standard", availability_zone="dc1"),
        volume("db-data", 200, volume_type="standard", availability_zone="dc1"),
    )
    # It boots from the first, which is `vda`, as far as Nova tells.
    named = tuple(replace(a, device=name) for a, name in zip(db.attachments, ("/dev/vda", "/dev/vdb"), strict=True))
    db = replace(db, attachments=named)
    disks = tuple(replace(disk, attachments=(link,)) for disk, link in zip(disks, named, strict=True))
    inner = tuple(interface(name, f"{base}.1") for name, base in lans.items() if name != "front")
    return in_id_order(
        empty(
            keypairs=(keypair("ops@bastion"),),
            networks=tuple(network(name) for name in lans),
            subnets=tuple(subnet(name, f"{base}.0/24") for name, base in lans.items()),
            routers=(
                router("edge", interfaces=(interface("front", "10.1.0.1"),), routes=inward),
                router(
                    "inner",
                    external_network_id=None,
                    interfaces=(interface("front", "10.1.0.254"), *inner),
                    routes=outward,
                ),
            ),
            security_groups=(
                firewall("front", *rules(80, 443)),
                firewall("app", *rules(8080, of="front")),
                firewall("data", *rules(5432, of="app")),
            ),
            ports=(*nics, vip),
            server_groups=(server_group("fronts-apart", "front-1", "front-2"),),
            servers=(*plain, db),
            volumes=disks,
            snapshots=(snapshot("before-upgrade", "db-data", size_gib=200),),
            images=(image(properties={"hw_disk_bus": "virtio", "os_distro": "debian"}),),
            floating_ips=(floating("203.0.113.40", port_id=vip.id, fixed_ip_address="10.1.0.100"),),
        )
    )


def big_buckets() -> Inventory:
    """A film archive's website: nine million objects and twenty million lines of a log, and no server."""
    containers = (
        Container(
            name="films",
            objects=3_100,
            size_bytes=40 << 20,
            headers={"x-container-meta-owner": "archive", "x-versions-location": "films-versions"},
        ),
        Container(name="films-versions", objects=240, size_bytes=300 * GIB),
        Container(name="films_segments", objects=96_000, size_bytes=9 * TIB // 2),
        Container(
            name="stills", objects=4_200_000, size_bytes=6 * TIB, headers={"x-container-read": ".r:*,.rlistings"}
        ),
        Container(name="thumbnails", objects=4_200_000, size_bytes=70 * GIB, headers={"x-container-read": ".r:*"}),
        Container(
            name="subtitles", objects=610_000, size_bytes=18 * GIB, headers={"x-container-write": "partner:editor"}
        ),
        Container(name="access-logs", objects=20_000_000, size_bytes=900 * GIB),
    )
    return in_id_order(empty(containers=containers))


def office() -> Inventory:
    """A company's own cloud: a forge with its runner, files, mail that is no longer used."""
    made = {"availability_zone": "dc1", "key_name": "it@office"}
    sizes = {
        "m1.large": Flavor(id="4", name="m1.large", vcpus=4, ram_mib=8192, disk_gib=80),
        "m1.small": Flavor(id="2", name="m1.small", vcpus=1, ram_mib=2048, disk_gib=20),
    }
    nics = {
        of: nic(of, "office", f"192.168.20.{number}", "web" if of in {"forge", "cloud"} else "inside")
        for number, of in enumerate(("forge", "runner", "cloud", "mail-2016"), start=10)
    }
    # On the landlord's network, which all tenants of the house share.
    nics["display"] = nic("display", "campus", "10.40.0.77", "inside")

    def held(of: str, flavor: str, **changes: Any) -> Server:
        return server(of, flavor=sizes[flavor], port_ids=(nics[of].id,), **(made | changes))

    forge, repositories = attached(
        held("forge", "m1.large", tags=("prod",)),
        volume("repositories", 150, volume_type="ssd", availability_zone="dc1"),
    )
    cloud, files = attached(
        held("cloud", "m1.small", tags=("prod",)), volume("files", 800, volume_type="lvm", availability_zone="dc1")
    )
    lan = replace(subnet("office", "192.168.20.0/24", dns_nameservers=("9.9.9.9",)), gateway_ip="192.168.20.254")
    facts = source_facts(flavors=tuple(sizes.values()), volume_types=("lvm", "ssd"), default_volume_type="lvm")
    debian = image("debian-10", properties={"hw_disk_bus": "virtio", "acme_owner": "it"})
    return on(
        "office",
        "https://openstack.example.com:5000/v3",
        "RegionOne",
        empty(
            facts=facts,
            keypairs=(keypair("it@office"),),
            networks=(network("office"), network("campus", is_own=False, is_shared=True)),
            subnets=(lan, subnet("campus", "10.40.0.0/24")),
            routers=(router("way-out", interfaces=(interface("office", "192.168.20.254"),)),),
            security_groups=(
                firewall(
                    "web",
                    *rules(80, 443),
                    *rules(22, sources="198.51.100.0/24"),
                    *rules(8080, sources="203.0.113.51/32"),
                ),
                firewall("inside", *rules(22, of="web")),
            ),
            ports=tuple(nics.values()),
            servers=(
                forge,
                held("runner", "m1.large", image_id=debian.id),
                cloud,
                held("mail-2016", "m1.small", status="SHUTOFF"),
                held("display", "m1.small", image_id=debian.id),
            ),
            volumes=(*repositories, *files),
            backups=(backup("files-december", "files", size_gib=800),),
            images=(debian, image()),
            floating_ips=(
                floating("203.0.113.50", port_id=nics["forge"].id, fixed_ip_address="192.168.20.10"),
                floating("203.0.113.51", port_id=nics["cloud"].id, fixed_ip_address="192.168.20.12"),
            ),
            containers=(
                Container(name="artifacts", objects=48_000, size_bytes=220 * GIB),
                Container(name="volumebackups", objects=9_400, size_bytes=390 * GIB),
            ),
        ),
    )


def two_stacks() -> Inventory:
    """A database and the directory that joins its network, as two templates made them; a container beside them."""
    made = stacks("blueprint-coreos-couchbase", "bundle-trusty-ldap.restore", joined={"subnet_id": "couchbase"})
    return cloudwatt(**made, containers=(Container(name="exports", objects=12, size_bytes=3 * GIB),))


def gallery() -> Inventory:
    """A photographer's site: containers alone, with names, rights and settings that S3 does not have."""
    containers = (
        Container(
            name="Photos",
            objects=1_240_000,
            size_bytes=3 * TIB,
            headers={
                "x-container-meta-access-control-allow-origin": "*",
                "x-container-meta-temp-url-key": "",
                "x-container-meta-web-index": "index.html",
                "x-container-read": ".r:*",
            },
            odd=(OddObjects(why="link", objects=12, example="2018/cover.jpg"),),
        ),
        Container(name="videos", objects=310, size_bytes=6 << 20, odd=()),
        Container(name="videos_segments", objects=5_200, size_bytes=4 * TIB, odd=()),
        Container(
            name="été 2018",
            objects=88_000,
            size_bytes=410 * GIB,
            odd=(OddObjects(why="key-too-long", objects=3, example="essais/" + "très-long-" * 99 + ".jpg"),),
        ),
        Container(
            name="exports",
            objects=40,
            size_bytes=90 * GIB,
            headers={"x-container-meta-quota-bytes": "200000000000"},
            odd=(),
        ),
        Container(
            name="www.example.org", objects=2_100, size_bytes=3 * GIB, headers={"x-versions-enabled": "True"}, odd=()
        ),
    )
    return cloudwatt(containers=containers)


def flexible_engine_with_s3() -> Inventory:
    """As the scan sees it when the policy names its S3 service: no place of the plan's is anybody's yet."""
    there = flexible_engine()
    return in_id_order(replace(there, facts=replace(there.facts, services=(*COMPUTE, ON_S3))))


def one_stack(name: str = "bundle-trusty-pgsql") -> Inventory:
    """A customer like hundreds of others: one template, as it came."""
    return cloudwatt(**stacks(name))


EXAMPLES: dict[str, tuple[Callable[[], Inventory], Callable[[], Inventory]]] = {
    "archive": (archive, target),
    "big-buckets": (big_buckets, target),
    "cloudwatt-to-flexible-engine": (two_stacks, flexible_engine),
    "openstack-to-ovhcloud": (office, ovhcloud),
    "swift-to-s3": (gallery, flexible_engine_with_s3),
    "shop": (shop, target),
    "support-batch": (one_stack, flexible_engine),
    "three-tier": (three_tier, target),
    "works": (works, target),
}
"""Name -> the source's inventory and the target's, as `tests.plan.make_golden` writes them where they are not there."""
