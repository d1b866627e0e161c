"""A tenant of about 10,000 resources, of every kind that grows, tied together as tenants are."""

from migrate.model import (
    AddressPair,
    Container,
    FixedIp,
    FloatingIp,
    Image,
    Inventory,
    Network,
    Port,
    Router,
    RouterInterface,
    SecurityGroup,
    SecurityGroupRule,
    Server,
    ServerGroup,
    Snapshot,
    Subnet,
    Volume,
)
from tests.plan.tenants import FLAVOR, attached, empty, external, in_id_order, uid

SERVERS, NETWORKS, GROUPS = 1500, 40, 300


def large(servers: int = SERVERS) -> Inventory:
    """`servers` with a port, a floating address in four, two volumes and a snapshot each, and what goes with them."""
    held = [_server(number) for number in range(servers)]
    volumes = [volume for _, disks, _ in held for volume in disks]
    parts = {
        "networks": tuple(Network(id=uid(f"n{n}"), name=f"n{n}") for n in range(NETWORKS)),
        "subnets": tuple(_subnet(n) for n in range(NETWORKS)),
        "routers": tuple(_router(n) for n in range(0, NETWORKS, 2)),
        "security_groups": tuple(_group(n) for n in range(GROUPS)),
        "ports": tuple(port for _, _, port in held),
        "floating_ips": tuple(_address(n, port) for n, (_, _, port) in enumerate(held) if n % 4 == 0),
        "servers": tuple(server for server, _, _ in held),
        "server_groups": tuple(_together(n, held) for n in range(servers // 50)),
        "volumes": tuple(volumes),
        "snapshots": tuple(_snapshot(volume) for volume in volumes[::2]),
        "images": tuple(_image(n) for n in range(200)),
        "containers": tuple(Container(name=f"c{n}{end}") for n in range(200) for end in ("", "_segments")),
    }
    return in_id_order(empty(**parts))


def count(inventory: Inventory) -> int:
    """Its resources; rules count, as they are what a tenant has most of."""
    fields = (
        *("networks", "subnets", "routers", "security_groups", "ports", "floating_ips"),
        *("servers", "server_groups", "volumes", "snapshots", "images", "containers"),
    )
    return sum(len(getattr(inventory, name)) for name in fields) + sum(len(g.rules) for g in inventory.security_groups)


def _place(number: int) -> tuple[int, str]:
    """The network of a server, and its address there."""
    network, host = number % NETWORKS, 10 + number // NETWORKS
    return network, f"10.{network}.{host // 250}.{host % 250 + 1}"


def _server(number: int) -> tuple[Server, tuple[Volume, ...], Port]:
    network, address = _place(number)
    port = Port(
        id=uid(f"p{number}"),
        network_id=uid(f"n{network}"),
        mac_address=f"fa:16:3e:00:{number >> 8:02x}:{number & 255:02x}",
        fixed_ips=(FixedIp(subnet_id=uid(f"s{network}"), ip_address=address),),
        security_group_ids=(uid(f"g{number % GROUPS}"), uid(f"g{(number + 1) % GROUPS}")),
        allowed_address_pairs=(AddressPair(ip_address=f"10.{network}.255.1"),),
        device_id=uid(f"vm{number}"),
        device_owner="compute:dc1",
    )
    volumes = tuple(
        Volume(id=uid(f"v{number}{part}"), name=f"v{number}{part}", size_gib=10, status="in-use", bootable=part == "a")
        for part in "ab"
    )
    image_id = None if number % 3 == 0 else uid(f"i{number % 200}")
    server = Server(
        id=uid(f"vm{number}"),
        name=f"vm{number}",
        status="ACTIVE",
        flavor=FLAVOR,
        image_id=image_id,
        port_ids=(port.id,),
    )
    held, disks = attached(server, *volumes)
    return held, disks, port


def _subnet(number: int) -> Subnet:
    return Subnet(
        id=uid(f"s{number}"),
        network_id=uid(f"n{number}"),
        name=f"s{number}",
        cidr=f"10.{number}.0.0/16",
        gateway_ip=f"10.{number}.0.1",
    )


def _router(number: int) -> Router:
    interface = RouterInterface(subnet_id=uid(f"s{number}"), ip_address=f"10.{number}.0.1")
    return Router(
        id=uid(f"r{number}"), name=f"r{number}", external_network_id=external("public").id, interfaces=(interface,)
    )


def _group(number: int) -> SecurityGroup:
    rules = [
        SecurityGroupRule(direction="ingress", protocol="tcp", port_min=port, port_max=port, remote_ip_prefix=prefix)
        for port in (22, 80, 443)
        for prefix in (None, f"203.0.{number % 4}.{number % 250}/32")
    ]
    rules.append(SecurityGroupRule(direction="ingress", remote_group_id=uid(f"g{(number + 7) % GROUPS}")))
    return SecurityGroup(id=uid(f"g{number}"), name=f"g{number}", rules=tuple(rules))


def _address(number: int, port: Port) -> FloatingIp:
    address = f"203.0.{number // 250}.{number % 250}"
    return FloatingIp(id=uid(f"f{number}"), address=address, external_network_id=external("public").id, port_id=port.id)


def _together(number: int, held: list[tuple[Server, tuple[Volume, ...], Port]]) -> ServerGroup:
    members = tuple(server.id for server, _, _ in held[number * 50 : number * 50 + 5])
    return ServerGroup(id=uid(f"sg{number}"), name=f"sg{number}", policy="anti-affinity", member_ids=members)


def _snapshot(volume: Volume) -> Snapshot:
    return Snapshot(id=uid(f"snap {volume.id}"), volume_id=volume.id, name="", size_gib=10, status="available")


def _image(number: int) -> Image:
    return Image(id=uid(f"i{number}"), name=f"i{number}", status="active", disk_format="qcow2", size_bytes=1 << 30)
