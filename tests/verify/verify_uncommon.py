"""The uncommon half of the pair: routes, a trunk, forwardings, rules that name an address, boot volumes, copies.

What a step of its own makes is made here by hand, through the target's ports alone.
"""

from typing import TYPE_CHECKING

import msgspec

from migrate.clouds.ports import NewImage, NewServer, NewVolume
from migrate.disks.store.manifest import Origin
from migrate.model import (
    MARK_KEY,
    Attachment,
    DhcpOption,
    FixedIp,
    Flavor,
    FloatingIp,
    HostRoute,
    Image,
    Kind,
    Port,
    PortForwarding,
    SecurityGroup,
    SecurityGroupRule,
    Server,
    ServerGroup,
    Snapshot,
    SubPort,
    Trunk,
    Volume,
    steps,
)
from migrate.units import MIB
from tests.verify.verify_tools import BYTES, captured_of, captured_volume, mark

if TYPE_CHECKING:
    from tests.verify.moved_pair import MovedPair

FRIEND = "f1e2d3c4" * 4
OLD_ADDRESS = "198.51.100.7"
"""The first floating address at the source; at the target it is another."""


def add_uncommon(pair: "MovedPair") -> None:
    _router_and_dhcp(pair)
    _trunk(pair)
    _forwardings(pair)
    _partners(pair)
    _shared_image(pair)
    _copies(pair)
    _server(pair)


# ---------------------------------------------------------------- network


def _router_and_dhcp(pair: "MovedPair") -> None:
    pair.target.network.enable_dhcp(pair.target_id(Kind.SUBNET, "sub-1"))
    pair.step("subnet:sub-1:dhcp", steps.EnableDhcp(subnet_id="sub-1"))
    routes = (HostRoute(destination="192.168.7.0/24", nexthop="10.0.0.7"),)
    pair.target.network.set_routes(pair.target_id(Kind.ROUTER, "rou-1"), routes)
    pair.step("router:rou-1:routes", steps.SetRoutes(router_id="rou-1", routes=routes))


def _port(pair: "MovedPair", source_id: str, address: str, **fields: object) -> None:
    bare = Port(id=source_id, network_id="net-1", fixed_ips=(FixedIp(subnet_id="sub-1", ip_address=address),))
    port = msgspec.structs.replace(bare, **fields)
    want = pair.described(
        port,
        network_id=pair.target_id(Kind.NETWORK, "net-1"),
        fixed_ips=(FixedIp(subnet_id=pair.target_id(Kind.SUBNET, "sub-1"), ip_address=address),),
    )
    pair.moved(Kind.PORT, source_id, pair.target.network.create_port(want))
    pair.step(f"port:{source_id}", steps.MakePort(want=port))


def _trunk(pair: "MovedPair") -> None:
    _port(pair, "port-3", "10.0.0.13", dhcp_options=(DhcpOption(name="mtu", value="1400"),))
    _port(pair, "port-4", "10.0.0.14")
    carried = SubPort(port_id="port-4", segmentation_type="vlan", segmentation_id=100)
    trunk = Trunk(id="trunk-1", name="carrier", port_id="port-3", sub_ports=(carried,))
    there = msgspec.structs.replace(carried, port_id=pair.target_id(Kind.PORT, "port-4"))
    want = pair.described(trunk, port_id=pair.target_id(Kind.PORT, "port-3"), sub_ports=(there,))
    pair.moved(Kind.TRUNK, trunk.id, pair.target.network.create_trunk(want))
    pair.step("trunk:trunk-1", steps.MakeTrunk(want=trunk))


def _forwardings(pair: "MovedPair") -> None:
    external = pair.target_world.external_network_id
    address = FloatingIp(id="fip-2", address="198.51.100.8", external_network_id="old-public")
    want = pair.described(address, external_network_id=external)
    made = pair.moved(Kind.FLOATING_IP, address.id, pair.target.network.create_floating_ip(want).id)
    pair.step("floating-ip:fip-2", steps.MakeFloatingIp(want=address, external_network_id=external))
    for protocol, outside, inside in (("tcp", 8080, 80), ("udp", 53, 53)):
        forwarding = PortForwarding(
            protocol=protocol,
            external_port=outside,
            internal_port=inside,
            internal_ip_address="10.0.0.13",
            internal_port_id="port-3",
        )
        there = msgspec.structs.replace(forwarding, internal_port_id=pair.target_id(Kind.PORT, "port-3"))
        pair.target.network.forward_port(made, there)
        action = steps.ForwardPort(floating_ip_id="fip-2", want=forwarding)
        pair.step(f"floating-ip:fip-2:forward-{protocol}-{outside}", action)


def _partners(pair: "MovedPair") -> None:
    """One rule stays as it is, one names an address that has become another."""
    stays = SecurityGroupRule(direction="ingress", protocol="tcp", port_min=443, port_max=443)
    named = msgspec.structs.replace(stays, port_min=22, port_max=22, remote_ip_prefix=f"{OLD_ADDRESS}/32")
    group = SecurityGroup(id="sg-partners", name="partners", rules=(stays, named))
    made = pair.target.network.create_security_group(pair.described(group, rules=()))
    pair.moved(Kind.SECURITY_GROUP, group.id, made)
    new = pair.record(Kind.FLOATING_IP, "fip-1").address
    assert new != OLD_ADDRESS
    rules = (stays, msgspec.structs.replace(named, remote_ip_prefix=f"{new}/32"))
    pair.target.network.replace_rules(made, rules)
    first = msgspec.structs.replace(group, rules=(stays,))
    pair.step("security-group:sg-partners", steps.MakeSecurityGroup(want=group))
    pair.step("security-group:sg-partners:rules", steps.SetRules(want=first))
    action = steps.SetRules(want=group, addresses={OLD_ADDRESS: "fip-1"})
    pair.step("security-group:sg-partners:addresses", action)


# ---------------------------------------------------------------- images, and volumes that were something else


def _shared_image(pair: "MovedPair") -> None:
    image = Image(id="img-shared", name="shared", status="active", visibility="shared", size_bytes=len(BYTES))
    new = NewImage(name="shared", disk_format="raw", visibility="shared", tags=(str(mark(image.id)),))
    made = pair.moved(Kind.IMAGE, image.id, pair.target.images.create(new))
    pair.target.images.upload(made, [BYTES], len(BYTES))
    pair.target.images.share(made, FRIEND)
    origin = Origin(image_id=image.id, image_format="raw")
    disk = f"image:{image.id}"
    pair.captured[disk] = captured_of(disk, "file", len(BYTES), lambda at, n: BYTES[at : at + n], origin)
    pair.step(f"{disk}:restore", steps.RestoreImage(image=image))
    pair.step(f"{disk}:share-{FRIEND}", steps.ShareImage(image_id=image.id, project_id=FRIEND))


def _copies(pair: "MovedPair") -> None:
    """A snapshot and a backup that became volumes, a snapshot that became an image."""
    _volume(pair, Kind.SNAPSHOT, "snap-1", "before the upgrade", metadata={"why": "upgrade"})
    _volume(pair, Kind.BACKUP, "bak-1", "backup of data", description="monthly")
    snapshot = Snapshot(id="snap-2", volume_id="vol-1", name="golden", size_gib=1, status="available")
    data = bytes(5 * MIB) + BYTES
    new = NewImage(name="golden", disk_format="raw", tags=(str(mark(snapshot.id)),), properties={"os": "x"})
    made = pair.moved(Kind.IMAGE, snapshot.id, pair.target.images.create(new))
    pair.target.images.upload(made, [data], len(data))
    origin, disk = Origin(image_id="gone", consistency="crash-consistent"), f"snapshot:{snapshot.id}"
    pair.captured[disk] = captured_of(disk, "disk", len(data), lambda at, n: data[at : at + n], origin)
    pair.step(f"{disk}:image", steps.RestoreSnapshotImage(snapshot=snapshot, properties={"os": "x"}))


def _volume(
    pair: "MovedPair", of: Kind, source_id: str, name: str, *, bootable: bool = False, **fields: object
) -> None:
    """A volume of 1 GiB at the target, and the step that restored it; `of` is what it was."""
    bare = Volume(id=source_id, name=name, size_gib=1, status="available", bootable=bootable)
    volume = msgspec.structs.replace(bare, **fields)
    metadata = {**volume.metadata, MARK_KEY: str(mark(source_id))}
    new = NewVolume(name=name, size_gib=1, description=volume.description, metadata=metadata)
    made = pair.moved(Kind.VOLUME, source_id, pair.target.block.create_volume(new))
    pair.target_world.settle()
    pair.target.block.set_boot(made, bootable=bootable, image_metadata={})
    writes = {3 * MIB: source_id.encode() * 1000, 700 * MIB: BYTES}
    for at, data in writes.items():
        pair.target_world.write_volume(made, at, data)
    disk = f"{of.value}:{source_id}"
    pair.captured[disk] = captured_volume(disk, writes)
    pair.step(f"{disk}:restore", steps.RestoreVolume(volume=volume, of=of))


# ---------------------------------------------------------------- a server that boots from a volume, in a group


def _server(pair: "MovedPair") -> None:
    _volume(pair, Kind.VOLUME, "vol-root", "root", bootable=True)
    _volume(pair, Kind.VOLUME, "vol-4", "data")
    group = ServerGroup(id="sgr-1", name="apart", policy="anti-affinity", member_ids=("srv-2", "left-behind"))
    made_group = pair.moved(Kind.SERVER_GROUP, group.id, pair.target.compute.create_server_group(group))
    pair.step("server-group:sgr-1", steps.MakeServerGroup(want=group))
    server = Server(
        id="srv-2",
        name="booted",
        status="ACTIVE",
        flavor=Flavor(name="n1.cw.standard-1", vcpus=1, ram_mib=2048, disk_gib=10),
        port_ids=("port-3",),
        attachments=tuple(Attachment(server_id="srv-2", volume_id=v) for v in ("vol-4", "vol-root")),
    )
    new = NewServer(
        name="booted",
        flavor_id="2",
        image_id=None,
        port_ids=(pair.target_id(Kind.PORT, "port-3"),),
        metadata={MARK_KEY: str(mark("srv-2"))},
        boot_volume_id=pair.target_id(Kind.VOLUME, "vol-root"),
        boot_volume_delete=True,
        server_group_id=made_group,
    )
    made = pair.moved(Kind.SERVER, "srv-2", pair.target.compute.create_server(new))
    pair.target_world.settle()
    action = steps.MakeServer(
        server=server,
        flavor_id="2",
        flavor_name="m1.small",
        boot_volume_id="vol-root",
        boot_volume_delete=True,
        server_group_id="sgr-1",
    )
    pair.step("server:srv-2", action)
    pair.target.compute.attach(made, pair.target_id(Kind.VOLUME, "vol-4"))
    pair.step("server:srv-2:attach-vol-4", steps.AttachVolume(server_id="srv-2", volume_id="vol-4"))
