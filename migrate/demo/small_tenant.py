"""Two clouds for a migration in seconds: a small but complete tenant, and a target that differs from its source.

`two_clouds` registers the worlds `source` and `target`. The source has two projects: `main`, with one of each common
resource (some 80 MiB of content), and `small`. All of it is created through the ports, with the same bytes each time.
`everything` has a tenant with the uncommon resources too.
"""

import base64
import copy
import hashlib
import random
from functools import cache

from migrate.clouds.ports import NewImage, NewServer, NewVolume, ObjectInfo, Segment
from migrate.demo.memory.cloud import MemoryCloud, worlds
from migrate.demo.memory.qcow2 import write as qcow2_file
from migrate.demo.memory.sparse_disk import Disk
from migrate.demo.memory.world import GIB, Offer, World
from migrate.model import (
    AddressPair,
    AllocationPool,
    FixedIp,
    Flavor,
    FloatingIp,
    HostRoute,
    Keypair,
    Network,
    Port,
    Router,
    SecurityGroup,
    SecurityGroupRule,
    Subnet,
)

MIB = 1 << 20

SOURCE_OFFER = Offer(
    flavors=(
        Flavor(id="16", name="t1.cw.tiny", vcpus=1, ram_mib=1024, disk_gib=1),
        Flavor(id="21", name="n1.cw.standard-1", vcpus=1, ram_mib=4096, disk_gib=2),
        Flavor(id="22", name="n1.cw.standard-2", vcpus=2, ram_mib=8192, disk_gib=4),
    ),
    volume_types=("standard", "performant"),
    default_volume_type="standard",
    zones=("dc1",),
    external_network="public",
    external_cidr="203.0.113.0/24",
    region="fr1",
)

TARGET_OFFER = Offer(
    flavors=(
        Flavor(id="a1f0", name="s1-2", vcpus=1, ram_mib=2048, disk_gib=2),
        Flavor(id="a1f1", name="b2-7", vcpus=2, ram_mib=7168, disk_gib=5),
        Flavor(id="a1f2", name="b2-15", vcpus=4, ram_mib=15360, disk_gib=10),
    ),
    volume_types=("classic", "high-speed"),
    default_volume_type="classic",
    zones=("az-a",),
    external_network="Ext-Net",
    external_cidr="198.51.100.0/24",
    region="GRA1",
    mac_allowed=False,
)

AWKWARD_NAMES = (
    "a b/ü?.txt",
    "trailing/",
    "x//y",
    "100%41",
    "#hash&amp",
    "日本語/ファイル.bin",
    "quote\"'s",
    "plus+and;semi",
    "../up",
    "UPPER",
    "upper",
)


def two_clouds(scale: float = 1.0, *, lag: int = 0) -> tuple[World, World]:
    """Registers new worlds `source` and `target` with empty logs, and returns them. `scale` multiplies the content.

    `lag`: as for `World`.
    """
    return register(*_filled(scale, lag))


@cache
def _filled(scale: float, lag: int) -> tuple[World, World]:
    source, target = World("source", SOURCE_OFFER, lag=lag), World("target", TARGET_OFFER, lag=lag)
    _fill_main(MemoryCloud("source", world=source), scale)
    _fill_small(MemoryCloud("source/small", world=source, project="small"), scale)
    target.project("main")
    target.project("small")
    return settled(source, target)


def settled(source: World, target: World) -> tuple[World, World]:
    """Both worlds, without pending changes and with empty logs."""
    for world in (source, target):
        world.settle()
        world.log.clear()
    return source, target


def register(source: World, target: World) -> tuple[World, World]:
    """Registers copies of both worlds by name and returns them: a copy is much faster than filling them again."""
    source, target = copy.deepcopy((source, target))
    for world in (source, target):
        worlds[world.name] = world
    return source, target


def public_key(owner: str) -> str:
    """A well-formed ed25519 public key, always the same for an owner."""
    kind = b"ssh-ed25519"
    blob = len(kind).to_bytes(4, "big") + kind + (32).to_bytes(4, "big") + hashlib.sha256(owner.encode()).digest()
    return f"ssh-ed25519 {base64.b64encode(blob).decode()} {owner}"


def noise(seed: str, count: int) -> bytes:
    """Incompressible bytes, always the same for a seed."""
    return random.Random(seed).randbytes(count)


def base_image(
    cloud: MemoryCloud, name: str, used_bytes: int, properties: dict[str, str], *, visibility: str = "private"
) -> str:
    """A qcow2 image of a 1 GiB disk with `used_bytes` of data in 4 MiB stretches."""
    disk = Disk(GIB)
    stretches = max(1, used_bytes // (4 * MIB))
    for i in range(stretches):
        disk.write(i * (GIB // stretches) // MIB * MIB, noise(f"{name}{i}", min(used_bytes, 4 * MIB)))
    file = qcow2_file(disk)
    new = NewImage(
        name=name,
        disk_format="qcow2",
        min_disk_gib=1,
        visibility=visibility,
        tags=("golden",),
        properties=properties,
    )
    image_id = cloud.images.create(new)
    cloud.images.upload(image_id, file.pieces(), file.size_bytes)
    return image_id


def _fill_main(cloud: MemoryCloud, scale: float) -> None:
    cloud.compute.create_keypair(Keypair(name="alice@laptop", public_key=public_key("alice@laptop")))
    image_id = base_image(
        cloud,
        "debian-9-base",
        max(MIB, int(24 * MIB * scale)),
        {"os_distro": "debian", "hw_disk_bus": "virtio", "hw_rng_model": "virtio", "cw_os": "Debian"},
    )
    groups = _groups(cloud)
    subnet_id = _network(cloud, "10.20.0.0/24")
    port_id = _port(cloud, "web-1-eth0", subnet_id, "10.20.0.21", groups)
    new = NewServer(
        name="web-1",
        flavor_id="21",
        image_id=image_id,
        port_ids=(port_id,),
        key_name="alice@laptop",
        description="the shop",
        metadata={"role": "web", "cost-centre": "4711"},
        tags=("prod",),
    )
    server_id = cloud.compute.create_server(new)
    cloud.world.settle()
    # Data written by the guest: a few changed stretches, one after the image's own end.
    for i in range(4):
        cloud.world.write_root_disk(server_id, i * 300 * MIB + 7 * 4096, noise(f"root{i}", int(2 * MIB * scale)))
    _data_volume(cloud, server_id, scale)
    external = cloud.facts().external_networks[0].id
    cloud.network.create_floating_ip(
        FloatingIp(id="", address="", external_network_id=external, description="shop", port_id=port_id)
    )
    _containers(cloud, scale)


def _groups(cloud: MemoryCloud) -> tuple[str, ...]:
    """The groups `web`, and `db`, which accepts traffic from `web`."""
    web = cloud.network.create_security_group(SecurityGroup(id="", name="web", description="from the world"))
    database = cloud.network.create_security_group(SecurityGroup(id="", name="db"))
    everywhere = tuple(SecurityGroupRule(direction="egress", ethertype=family) for family in ("IPv4", "IPv6"))
    opened = tuple(
        SecurityGroupRule(direction="ingress", protocol="tcp", port_min=port, port_max=port) for port in (22, 80, 443)
    )
    cloud.network.replace_rules(web, (*everywhere, *opened))
    from_web = SecurityGroupRule(
        direction="ingress", protocol="tcp", port_min=5432, port_max=5432, remote_group_id=web, description="web only"
    )
    cloud.network.replace_rules(database, (*everywhere, from_web))
    return web, database


def _network(cloud: MemoryCloud, cidr: str) -> str:
    """Creates a network with one subnet, behind a router with a gateway. Returns the subnet."""
    stem = cidr.rpartition(".")[0]
    network_id = cloud.network.create_network(Network(id="", name="private", description="back end"))
    subnet = Subnet(
        id="",
        network_id=network_id,
        name="private-v4",
        cidr=cidr,
        gateway_ip=f"{stem}.1",
        dns_nameservers=("9.9.9.9", "1.1.1.1"),
        allocation_pools=(AllocationPool(start=f"{stem}.10", end=f"{stem}.200"),),
        host_routes=(HostRoute(destination="192.168.77.0/24", nexthop=f"{stem}.254"),),
    )
    subnet_id = cloud.network.create_subnet(subnet)
    external = cloud.facts().external_networks[0].id
    router_id = cloud.network.create_router(Router(id="", name="edge", external_network_id=external))
    cloud.network.add_interface(router_id, subnet_id, None)
    return subnet_id


def _port(cloud: MemoryCloud, name: str, subnet_id: str, address: str, groups: tuple[str, ...]) -> str:
    network_id = cloud.world.subnets.row(subnet_id, None).record.network_id
    vip = address.rpartition(".")[0] + ".100"
    port = Port(
        id="",
        network_id=network_id,
        name=name,
        fixed_ips=(FixedIp(subnet_id=subnet_id, ip_address=address),),
        security_group_ids=groups,
        allowed_address_pairs=(AddressPair(ip_address=vip),),
    )
    return cloud.network.create_port(port)


def _data_volume(cloud: MemoryCloud, server_id: str, scale: float) -> None:
    """A volume of 2 GiB with 20 MiB of scattered data and holes."""
    new = NewVolume(name="shop-data", size_gib=2, description="orders", metadata={"backup": "daily"})
    volume_id = cloud.block.create_volume(new)
    cloud.world.settle()
    for i in range(10):
        cloud.world.write_volume(volume_id, i * 197 * MIB + 512 * i, noise(f"data{i}", int(2 * MIB * scale)))
    cloud.compute.attach(server_id, volume_id)
    cloud.world.settle()


def _containers(cloud: MemoryCloud, scale: float) -> None:
    objects = cloud.objects
    objects.put_container("photos & été", {"x-container-meta-owner": "alice", "x-container-meta-colour": "bleu"})
    for i, name in enumerate(AWKWARD_NAMES):
        put_object(cloud, "photos & été", name, noise(name, 4096 * i), {"x-object-meta-nr": str(i)})
    objects.put_container(
        "www.shop", {"x-container-read": ".r:*,.rlistings", "x-container-meta-web-index": "index.html"}
    )
    page = {"cache-control": "max-age=60", "content-disposition": "inline"}
    put_object(cloud, "www.shop", "index.html", b"<h1>shop</h1>\n", page, "text/html; charset=utf-8")
    for i in range(40):
        put_object(cloud, "www.shop", f"img/{i:04d}.jpg", noise(f"img{i}", int(100_000 * scale)), {}, "image/jpeg")
    objects.put_container("empty", {})
    objects.put_container("backups_segments", {})
    objects.put_container("backups", {})
    segments = tuple(_segment(cloud, f"dump/{i:08d}", int(4 * MIB * scale) if i < 3 else 12345) for i in range(4))
    size = sum(segment.size_bytes for segment in segments)
    info = ObjectInfo(
        name="dump.sql",
        size_bytes=size,
        etag="",
        content_type="application/sql",
        headers={"x-object-meta-host": "db-1"},
        is_slo=True,
        segments=segments,
    )
    objects.put_manifest("backups", info)


def _segment(cloud: MemoryCloud, name: str, count: int) -> Segment:
    etag = put_object(cloud, "backups_segments", name, noise(name, count), {})
    return Segment(container="backups_segments", name=name, size_bytes=count, etag=etag)


def put_object(
    cloud: MemoryCloud,
    container: str,
    name: str,
    data: bytes,
    headers: dict[str, str],
    content_type: str = "application/octet-stream",
) -> str:
    """Stores one object in one piece; returns its ETag."""
    info = ObjectInfo(name=name, size_bytes=len(data), etag="", content_type=content_type, headers=headers)
    return cloud.objects.put(container, info, [data])


def _fill_small(cloud: MemoryCloud, scale: float) -> None:
    """One server on one network, and one container."""
    cloud.compute.create_keypair(Keypair(name="bob", public_key=public_key("bob")))
    image_id = base_image(cloud, "alpine-base", max(MIB // 4, int(4 * MIB * scale)), {"os_distro": "alpine"})
    subnet_id = _network(cloud, "10.30.0.0/24")
    default = tuple(group.id for group in cloud.network.state().security_groups)
    port_id = _port(cloud, "", subnet_id, "10.30.0.11", default)
    new = NewServer(name="tool-1", flavor_id="16", image_id=image_id, port_ids=(port_id,), key_name="bob")
    server_id = cloud.compute.create_server(new)
    cloud.world.settle()
    cloud.world.write_root_disk(server_id, 100 * MIB, noise("tool", max(MIB // 8, int(MIB * scale))))
    cloud.objects.put_container("notes", {})
    put_object(cloud, "notes", "todo.txt", b"move out\n", {}, "text/plain")
