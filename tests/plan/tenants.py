"""Small tenants as literals, shared by the tests of plan and inventory; the golden documents are made from them."""

from uuid import NAMESPACE_URL, uuid5

from msgspec.structs import replace

from migrate.model import (
    AddressPair,
    Attachment,
    Backup,
    CloudFacts,
    Container,
    FixedIp,
    Flavor,
    FloatingIp,
    HostRoute,
    Identity,
    Image,
    Inventory,
    Keypair,
    Kind,
    Network,
    Port,
    PortForwarding,
    Quota,
    Router,
    RouterInterface,
    SecurityGroup,
    SecurityGroupRule,
    Server,
    ServerGroup,
    ServiceResource,
    Snapshot,
    Subnet,
    SubPort,
    Trunk,
    Volume,
)
from migrate.policy.policy_records import Policy

MIGRATION = "5eed" * 8
TAKEN = "2020-01-10T08:00:00Z"
FLAVOR = Flavor(id="21", name="n1.cw.standard-1", vcpus=1, ram_mib=4096, disk_gib=20)
SERVICES = ("block-storage", "compute", "identity", "image", "network", "object-store")
RESOURCES = [
    "servers",
    "cores",
    "ram_mib",
    "keypairs",
    "volumes",
    "volumes_gib",
    "snapshots",
    "networks",
    "subnets",
    "routers",
    "ports",
    "floating_ips",
    "security_groups",
    "security_group_rules",
    "server_groups",
    "backups",
    "backups_gib",
    "trunks",
]


def uid(name: str) -> str:
    """The same uuid for the same name."""
    return str(uuid5(NAMESPACE_URL, name))


def quotas(**limits: int) -> dict[str, Quota]:
    """Room for everything, but where a limit is named."""
    return {resource: Quota(limit=limits.get(resource, 100000)) for resource in RESOURCES}


def policy(**changes: object) -> Policy:
    return replace(Policy(migration=MIGRATION, source_cloud="old", target_cloud="new"), **changes)


def empty(side: str = "source", /, **parts: object) -> Inventory:
    """A tenant without anything, on a cloud that offers enough; `parts` are fields of the inventory."""
    cloud = {"source": "old", "target": "new"}[side]
    base = Inventory(
        identity=Identity(
            cloud=cloud,
            auth_url=f"https://identity.{cloud}.example/v3",
            region="r1",
            project_id=uid(f"project {cloud}").replace("-", ""),
            project_name="shop",
            user_id=uid(f"user {cloud}").replace("-", ""),
        ),
        facts=source_facts() if side == "source" else target_facts(),
        side=side,
        taken_at=TAKEN,
    )
    return replace(base, **parts)


def source_facts(**changes: object) -> CloudFacts:
    base = CloudFacts(
        flavors=(FLAVOR,),
        volume_types=("standard",),
        default_volume_type="standard",
        compute_zones=("dc1",),
        volume_zones=("dc1",),
        external_networks=(external("public"),),
        quotas=quotas(),
        services=SERVICES,
    )
    return replace(base, **changes)


def target_facts(**changes: object) -> CloudFacts:
    base = CloudFacts(
        flavors=(
            Flavor(id="f-small", name="s1-2", vcpus=1, ram_mib=2048, disk_gib=10),
            Flavor(id="f-middle", name="b2-7", vcpus=2, ram_mib=7168, disk_gib=50),
            Flavor(id="f-large", name="b2-15", vcpus=4, ram_mib=15360, disk_gib=100),
        ),
        volume_types=("classic", "high-speed"),
        default_volume_type="classic",
        compute_zones=("nova",),
        volume_zones=("nova",),
        external_networks=(external("Ext-Net"),),
        quotas=quotas(),
        services=SERVICES,
    )
    return replace(base, **changes)


def target(**facts: object) -> Inventory:
    """An empty target; `facts` are fields of what the cloud offers."""
    return empty("target", facts=target_facts(**facts))


# ---------------------------------------------------------------- single things


def external(name: str) -> Network:
    return Network(id=uid(f"external {name}"), name=name, is_external=True, is_own=False)


def network(name: str = "private", /, **changes: object) -> Network:
    return replace(Network(id=uid(f"network {name}"), name=name), **changes)


def subnet(name: str = "private", cidr: str = "10.20.0.0/24", /, **changes: object) -> Subnet:
    gateway = cidr.rpartition(".")[0] + ".1"
    base = Subnet(id=uid(f"subnet {name}"), network_id=uid(f"network {name}"), name=name, cidr=cidr, gateway_ip=gateway)
    return replace(base, **changes)


def router(name: str = "edge", *subnets: str, **changes: object) -> Router:
    interfaces = tuple(RouterInterface(subnet_id=uid(f"subnet {s}"), ip_address="10.20.0.1") for s in subnets)
    base = Router(
        id=uid(f"router {name}"), name=name, external_network_id=uid("external public"), interfaces=interfaces
    )
    return replace(base, **changes)


def group(name: str = "web", *rules: SecurityGroupRule, **changes: object) -> SecurityGroup:
    return replace(SecurityGroup(id=uid(f"group {name}"), name=name, rules=rules), **changes)


def port(server_name: str, address: str = "10.20.0.21", /, **changes: object) -> Port:
    """A server's port on `private`, in the group `web`."""
    base = Port(
        id=uid(f"port {server_name} {address}"),
        network_id=uid("network private"),
        mac_address="fa:16:3e:00:00:01",
        fixed_ips=(FixedIp(subnet_id=uid("subnet private"), ip_address=address),),
        security_group_ids=(uid("group web"),),
        device_id=uid(f"server {server_name}"),
        device_owner="compute:dc1",
    )
    return replace(base, **changes)


def server(name: str = "web-1", /, **changes: object) -> Server:
    """An image-booted server with no port."""
    base = Server(id=uid(f"server {name}"), name=name, status="ACTIVE", flavor=FLAVOR, image_id=uid("image debian"))
    return replace(base, **changes)


def volume(name: str = "data", size_gib: int = 10, /, **changes: object) -> Volume:
    return replace(Volume(id=uid(f"volume {name}"), name=name, size_gib=size_gib, status="available"), **changes)


def attached(held: Server, *volumes: Volume) -> tuple[Server, tuple[Volume, ...]]:
    """The server with the volumes on it, and the volumes with the server."""
    links = tuple(
        Attachment(server_id=held.id, volume_id=v.id, device=f"/dev/vd{c}")
        for v, c in zip(volumes, "bcdefg", strict=False)
    )
    return replace(held, attachments=links), tuple(
        replace(v, status="in-use", attachments=(link,)) for v, link in zip(volumes, links, strict=True)
    )


def image(name: str = "debian", /, **changes: object) -> Image:
    base = Image(id=uid(f"image {name}"), name=name, status="active", disk_format="qcow2", size_bytes=400 << 20)
    return replace(base, **changes)


def keypair(name: str = "alice@laptop", key: str = "AAAAalice") -> Keypair:
    return Keypair(name=name, public_key=f"ssh-ed25519 {key} {name}", fingerprint=f"SHA256:{key}")


def floating(address: str = "203.0.113.9", /, **changes: object) -> FloatingIp:
    base = FloatingIp(id=uid(f"floating {address}"), address=address, external_network_id=uid("external public"))
    return replace(base, **changes)


def snapshot(name: str = "before-upgrade", of: str = "data", /, **changes: object) -> Snapshot:
    base = Snapshot(
        id=uid(f"snapshot {name}"), volume_id=uid(f"volume {of}"), name=name, size_gib=10, status="available"
    )
    return replace(base, **changes)


def backup(name: str = "nightly", of: str = "data", /, **changes: object) -> Backup:
    base = Backup(
        id=uid(f"backup {name}"),
        volume_id=uid(f"volume {of}"),
        name=name,
        size_gib=10,
        status="available",
        container="volumebackups",
    )
    return replace(base, **changes)


def server_group(name: str = "spread", *members: str, **changes: object) -> ServerGroup:
    base = ServerGroup(
        id=uid(f"server-group {name}"),
        name=name,
        policy="anti-affinity",
        member_ids=tuple(uid(f"server {member}") for member in members),
    )
    return replace(base, **changes)


def sub_port(name: str, address: str, vlan: int) -> tuple[Port, SubPort]:
    """A port below the trunk of `web-1`, and the trunk's word of it."""
    below = port(name, address, device_id=uid("trunk uplink"), device_owner="trunk:subport", mac_address="")
    return below, SubPort(port_id=below.id, segmentation_type="vlan", segmentation_id=vlan)


def trunk(parent: Port, *below: SubPort, **changes: object) -> Trunk:
    return replace(Trunk(id=uid("trunk uplink"), name="uplink", port_id=parent.id, sub_ports=below), **changes)


def forwarding(inner: Port, external_port: int = 8080, /, **changes: object) -> PortForwarding:
    base = PortForwarding(
        protocol="tcp",
        external_port=external_port,
        internal_port=80,
        internal_ip_address=inner.fixed_ips[0].ip_address,
        internal_port_id=inner.id,
    )
    return replace(base, **changes)


def resource(kind: Kind, name: str, service: str, **details: str) -> ServiceResource:
    return ServiceResource(kind=kind, id=uid(f"{kind} {name}"), name=name, service=service, details=details)


# ---------------------------------------------------------------- whole tenants


def lan() -> dict[str, object]:
    """`private` behind `edge`, and the group `web`."""
    return {
        "networks": (network(),),
        "subnets": (subnet(),),
        "routers": (router("edge", "private"),),
        "security_groups": (group(),),
    }


def shop() -> Inventory:
    """A web server with a key, a data volume and a floating address; a database server; containers; an image."""
    nic = port("web-1", allowed_address_pairs=(AddressPair(ip_address="10.20.0.100"),))
    db_nic = port("db-1", "10.20.0.22", security_group_ids=(uid("group db"),))
    web = server(port_ids=(nic.id,), key_name="alice@laptop", availability_zone="dc1", tags=("prod",))
    web, data = attached(web, volume("orders", 40, volume_type="standard"), volume("logs", 10))
    database = server("db-1", port_ids=(db_nic.id,), availability_zone="dc1")
    everywhere = SecurityGroupRule(direction="egress")
    http = SecurityGroupRule(direction="ingress", protocol="tcp", port_min=80, port_max=80)
    from_web = SecurityGroupRule(direction="ingress", protocol="tcp", remote_group_id=uid("group web"))
    parts = lan() | {
        "security_groups": (group("web", everywhere, http), group("db", everywhere, from_web), group("default")),
        "keypairs": (keypair(),),
        "ports": (nic, db_nic),
        "servers": (web, database),
        "volumes": (*data, volume("old-backup", 100)),
        "images": (image(properties={"hw_disk_bus": "virtio", "image_type": "snapshot"}),),
        "floating_ips": (floating(port_id=nic.id, fixed_ip_address="10.20.0.21"),),
        "containers": (
            Container(name="backups", objects=3, size_bytes=400),
            Container(name="backups_segments", objects=9, size_bytes=9 << 30),
            Container(name="photos & été", objects=120, size_bytes=3 << 30, headers={"x-container-read": ".r:*"}),
        ),
    }
    return in_id_order(empty(**parts))


def archive() -> Inventory:
    """Hardly a server (it boots from a volume), but volumes and containers; a temporary of an earlier try."""
    nic = port("vault")
    vault = server("vault", image_id=None, port_ids=(nic.id,))
    vault, disks = attached(vault, volume("vault-root", 20, bootable=True), volume("vault-data", 500))
    left = volume("decamp", 20, metadata={"decamp-mark": f"decamp-t-0badcafe-{uid('volume vault-root')}"})
    parts = lan() | {
        "ports": (nic,),
        "servers": (vault,),
        "volumes": (*disks, left, volume("tapes", 1000)),
        "containers": (Container(name="mail-2017", objects=10**6, size_bytes=5 << 40), Container(name="old_segments")),
    }
    return in_id_order(empty(**parts))


def works() -> Inventory:
    """Of every kind something, and most of what can be odd about it."""
    nic = port("app-1", qos_policy_id=uid("qos gold"))
    below, carried = sub_port("app-1", "10.20.0.60", 100)
    db_nic = port("db-1", "10.20.0.22", security_group_ids=(uid("group db"),))
    app, (root, data) = attached(
        server("app-1", image_id=None, port_ids=(nic.id,), tags=("prod",)),
        volume("app-root", 20, bootable=True, image_metadata={"hw_disk_bus": "scsi", "min_disk": "20", "size": "1"}),
        volume("app-data", 50),
    )
    database = server("db-1", port_ids=(db_nic.id,), status="SHUTOFF")
    huge = server("huge", flavor=Flavor(name="huge", vcpus=64, ram_mib=1 << 20, disk_gib=20))
    paused = server("paused", status="PAUSED")
    away = HostRoute(destination="10.99.0.0/16", nexthop="10.20.0.21")
    office = SecurityGroupRule(direction="ingress", protocol="tcp", port_min=22, port_max=22)
    own = replace(office, remote_ip_prefix="203.0.113.9/32")
    grouped = replace(office, remote_ip_prefix="address-group:a9")
    flat = {"network_id": uid("network flat")}
    free = port("vip", "10.30.0.9", device_id="", device_owner="", mac_address="", **flat)
    free = replace(free, fixed_ips=(FixedIp(subnet_id=uid("subnet flat"), ip_address="10.30.0.9"),))
    frozen = image("frozen", size_bytes=0, volume_backed=True, snapshot_ids=(uid("snapshot before-upgrade"),))
    golden = image(
        "golden", visibility="shared", members=("p1", "p2"), properties={"hw_disk_bus": "scsi", "acme_tier": "gold"}
    )
    parts = lan() | {
        "networks": (network(), network("flat")),
        "subnets": (subnet(), subnet("flat", "10.30.0.0/24")),
        "routers": (router("edge", "private", routes=(away,)),),
        "security_groups": (group("web", office, own, grouped), group("db"), group("default")),
        "ports": (nic, db_nic, below, free),
        "trunks": (trunk(nic, carried),),
        "servers": (app, database, huge, paused),
        "server_groups": (server_group("spread", "app-1", "db-1"),),
        "volumes": (root, data),
        "snapshots": (snapshot("before-upgrade", "app-data", size_gib=50),),
        "backups": (backup("nightly", "app-data", size_gib=50),),
        "images": (frozen, golden, image()),
        "floating_ips": (
            floating(port_id=nic.id, fixed_ip_address="10.20.0.21"),
            floating("203.0.113.10", port_forwardings=(forwarding(db_nic),)),
            floating("203.0.113.11", port_id=free.id),
        ),
        "containers": (Container(name="volumebackups", objects=40, size_bytes=1 << 30), Container(name="papers")),
        "others": (resource(Kind.LOAD_BALANCER, "front", "load-balancer", vip="10.20.0.5"),),
    }
    return in_id_order(empty(**parts))


def in_id_order(inventory: Inventory) -> Inventory:
    """As a scan leaves it."""
    ids = [
        "security_groups",
        "networks",
        "subnets",
        "routers",
        "ports",
        "floating_ips",
        "images",
        "volumes",
        "snapshots",
        "servers",
        "trunks",
        "server_groups",
        "backups",
    ]
    ordered = {name: tuple(sorted(getattr(inventory, name), key=lambda x: x.id)) for name in ids}
    return replace(inventory, **ordered)
