"""A small tenant on a source world, moved by hand to a target world through the ports, and the plan that says so.

Nothing of what copies takes part: what verify says about this pair rests on verify alone.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from migrate.clouds.ports import NewImage, NewServer, NewVolume
from migrate.demo.memory import GIB, MemoryCloud, World
from migrate.demo.memory.resource_table import Table
from migrate.disks.store.manifest import Origin
from migrate.model import (
    MARK_KEY,
    AddressPair,
    AllocationPool,
    Attachment,
    FixedIp,
    Flavor,
    FloatingIp,
    HostRoute,
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
    Trunk,
    Volume,
    marked_description,
    steps,
)
from migrate.monitor import Monitor, SilentMonitor, StopFlag
from migrate.objects.listing.row_files import rows_folder
from migrate.step_attempt import Attempt
from migrate.units import MIB
from migrate.verify.disks.disk_rows import RunRecords
from migrate.verify.disks.expected_content import Captured
from migrate.verify.disks.read_volume import ReadBack
from migrate.verify.evidence import Evidence, EvidenceRow
from migrate.verify.verify_plan import verify_plan
from tests.rows import record_rows
from tests.verify.verify_tools import (
    BYTES,
    MIGRATION,
    NoSleep,
    captured_of,
    captured_volume,
    large,
    mark,
    put,
    segments_of,
)
from tests.verify.verify_uncommon import add_uncommon

Described = TypeVar("Described", Network, Subnet, Router, Port, SecurityGroup, FloatingIp, Trunk)


@dataclass
class MovedPair:
    """Source and target world, the plan, what became what, and what was captured."""

    root: Path
    source_world: World = field(default_factory=lambda: World("pair-source"))
    target_world: World = field(default_factory=lambda: World("pair-target"))
    todo: list[steps.Step] = field(default_factory=list)
    ids: dict[tuple[Kind, str], str] = field(default_factory=dict)
    captured: dict[str, Captured] = field(default_factory=dict)
    made: list[tuple[Kind, str]] = field(default_factory=list)
    removed: list[tuple[Kind, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.source = MemoryCloud("source", world=self.source_world)
        self.target = MemoryCloud("target", world=self.target_world)
        self._groups()
        self._network()
        self._disks()
        self._server()
        self._objects()
        add_uncommon(self)
        self.target_world.settle()

    # ------------------------------------------------------------ asking

    def verify(self, *, monitor: Monitor | None = None, stop: StopFlag | None = None, **options: Any) -> Evidence:
        records = RunRecords(
            lambda kind, source_id: self.ids.get((kind, source_id)), self.captured.get, self.root / "evidence"
        )
        how = ReadBack(
            MIGRATION,
            self.root / "spool",
            Attempt(monitor=monitor or SilentMonitor(), stop=stop or NoSleep()),
            made=lambda kind, made, _: self.made.append((kind, made)),
            removed=lambda kind, removed: self.removed.append((kind, removed)),
        )
        return verify_plan(self.plan(), self.target, records, how, **options)

    def row(self, item: str, **options: Any) -> EvidenceRow:
        return next(row for row in self.verify(**options).rows if row.item == item)

    def plan(self) -> steps.Plan:
        return steps.Plan(
            migration=MIGRATION,
            source=self.source.identity(),
            target=self.target.identity(),
            inputs={},
            steps=tuple(self.todo),
        )

    def target_id(self, kind: Kind, source_id: str) -> str:
        return self.ids[kind, source_id]

    def table(self, kind: Kind) -> Table[Any]:
        """What the target has of a kind."""
        tables: dict[Kind, Table[Any]] = {
            Kind.SECURITY_GROUP: self.target_world.security_groups,
            Kind.SUBNET: self.target_world.subnets,
            Kind.NETWORK: self.target_world.networks,
            Kind.ROUTER: self.target_world.routers,
            Kind.PORT: self.target_world.ports,
            Kind.FLOATING_IP: self.target_world.floating_ips,
            Kind.IMAGE: self.target_world.images,
            Kind.VOLUME: self.target_world.volumes,
            Kind.SERVER: self.target_world.servers,
            Kind.SERVER_GROUP: self.target_world.server_groups,
            Kind.TRUNK: self.target_world.trunks,
        }
        return tables[kind]

    def change(self, kind: Kind, source_id: str, **changes: object) -> None:
        """Changes the target's record behind everyone's back."""
        self.table(kind).rows[self.ids[kind, source_id]].change(**changes)

    def record(self, kind: Kind, source_id: str) -> Any:
        return self.table(kind).rows[self.ids[kind, source_id]].record

    # ------------------------------------------------------------ moving

    def step(self, step_id: str, action: steps.AnyAction) -> None:
        self.todo.append(steps.Step(id=step_id, name=step_id, action=action, sides=("target",)))

    def moved(self, kind: Kind, source_id: str, target_id: str) -> str:
        self.ids[kind, source_id] = target_id
        return target_id

    def described(self, record: Described, **changes: object) -> Described:
        text = marked_description(mark(record.id), record.description)
        return msgspec.structs.replace(record, description=text, **changes)

    def _groups(self) -> None:
        key = Keypair(name="key", public_key="ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQ== me@home")
        self.target.compute.create_keypair(key)
        self.step("keypair:key", steps.ImportKeypair(keypair=key))
        rules = (
            SecurityGroupRule(direction="ingress", protocol="tcp", port_min=22, port_max=22),
            SecurityGroupRule(direction="ingress", protocol="udp", remote_group_id="sg-web"),
            SecurityGroupRule(direction="egress"),
        )
        group = SecurityGroup(id="sg-web", name="web", description="for the web", rules=rules)
        made = self.moved(
            Kind.SECURITY_GROUP, group.id, self.target.network.create_security_group(self.described(group, rules=()))
        )
        mapped = tuple(
            msgspec.structs.replace(r, remote_group_id=made if r.remote_group_id else None) for r in group.rules
        )
        self.target.network.replace_rules(made, mapped)
        self.step("security-group:sg-web", steps.MakeSecurityGroup(want=group))
        self.step("security-group:sg-web:rules", steps.SetRules(want=group))

    def _network(self) -> None:
        port_of = self.target.network
        external = self.target_world.external_network_id
        net = Network(id="net-1", name="inside", mtu=1400)
        net_id = self.moved(Kind.NETWORK, net.id, port_of.create_network(self.described(net)))
        self.step("network:net-1", steps.MakeNetwork(want=net))
        sub = Subnet(
            id="sub-1",
            network_id=net.id,
            name="inside-4",
            cidr="10.0.0.0/24",
            gateway_ip="10.0.0.1",
            dns_nameservers=("9.9.9.9", "1.1.1.1"),
            allocation_pools=(AllocationPool(start="10.0.0.10", end="10.0.0.99"),),
            host_routes=(HostRoute(destination="10.9.0.0/16", nexthop="10.0.0.7"),),
        )
        without_dhcp = self.described(sub, network_id=net_id, enable_dhcp=False)
        sub_id = self.moved(Kind.SUBNET, sub.id, port_of.create_subnet(without_dhcp))
        self.step("subnet:sub-1", steps.MakeSubnet(want=sub, dhcp_later=True))
        router = Router(id="rou-1", name="way-out", external_network_id="old-public")
        made = port_of.create_router(self.described(router, external_network_id=external))
        self.moved(Kind.ROUTER, router.id, made)
        self.step("router:rou-1", steps.MakeRouter(want=router, external_network_id=external))
        port_of.add_interface(made, sub_id, "10.0.0.1")
        interface = RouterInterface(subnet_id=sub.id, ip_address="10.0.0.1")
        self.step("router:rou-1:sub-1", steps.AddInterface(router_id=router.id, interface=interface))
        for number in (1, 2):
            port = Port(
                id=f"port-{number}",
                network_id=net.id,
                name=f"nic {number}",
                mac_address=f"fa:16:3e:00:00:0{number}",
                fixed_ips=(FixedIp(subnet_id=sub.id, ip_address=f"10.0.0.{10 + number}"),),
                security_group_ids=("sg-web",),
                allowed_address_pairs=(AddressPair(ip_address="10.0.0.50"),),
            )
            want = self.described(
                port,
                network_id=net_id,
                fixed_ips=(FixedIp(subnet_id=sub_id, ip_address=f"10.0.0.{10 + number}"),),
                security_group_ids=(self.ids[Kind.SECURITY_GROUP, "sg-web"],),
                mac_address="",
            )
            self.moved(Kind.PORT, port.id, port_of.create_port(want))
            self.step(f"port:{port.id}", steps.MakePort(want=port))
        address = FloatingIp(
            id="fip-1",
            address="198.51.100.7",
            external_network_id="old-public",
            port_id="port-1",
            fixed_ip_address="10.0.0.11",
        )
        want_ip = self.described(address, external_network_id=external, port_id=self.ids[Kind.PORT, "port-1"])
        self.moved(Kind.FLOATING_IP, address.id, port_of.create_floating_ip(want_ip).id)
        self.step("floating-ip:fip-1", steps.MakeFloatingIp(want=address, external_network_id=external))

    def _disks(self) -> None:
        self._image()
        self._root_image()
        for number, in_use in ((1, True), (2, True), (3, False)):
            self._volume(f"vol-{number}", number, in_use=in_use)

    def _image(self) -> None:
        new = NewImage(name="golden", disk_format="raw", properties={"hw_disk_bus": "scsi"}, tags=("mine",))
        data = BYTES * 20 + bytes(8 * MIB) + BYTES
        there = self.source.images.create(new)
        self.source.images.upload(there, [data], len(data))
        image = self.source.images.image(there)
        made = self.target.images.create(msgspec.structs.replace(new, tags=("mine", str(mark(image.id)))))
        self.moved(Kind.IMAGE, image.id, made)
        self.target.images.upload(made, [data], len(data))
        self.image_id = image.id
        origin = Origin(
            image_id=image.id,
            image_format="raw",
            checksum=image.checksum,
            hash_algo=image.hash_algo,
            hash_value=image.hash_value,
        )
        self.captured[f"image:{image.id}"] = captured_of(
            f"image:{image.id}", "file", len(data), lambda at, n: data[at : at + n], origin
        )
        self.step(f"image:{image.id}:restore", steps.RestoreImage(image=image))

    def _root_image(self) -> None:
        data = bytes(MIB) + BYTES * 3 + bytes(3 * MIB)
        new = NewImage(name="srv (root disk)", disk_format="raw", tags=(str(mark("srv-1")),), properties={"os": "x"})
        made = self.target.images.create(new)
        self.target.images.upload(made, [data], len(data))
        self.moved(Kind.IMAGE, "srv-1", made)
        origin = Origin(image_id="gone", consistency="stopped")
        self.captured["server:srv-1"] = captured_of(
            "server:srv-1", "disk", len(data), lambda at, n: data[at : at + n], origin
        )

    def _volume(self, source_id: str, number: int, *, in_use: bool) -> None:
        writes = {0: BYTES, (100 + number) * MIB + 12345: BYTES, GIB - 1000: b"end" * 100}
        volume = Volume(
            id=source_id,
            name=f"data {number}",
            size_gib=1,
            status="in-use",
            description="the customer's",
            metadata={"tier": "gold"},
            image_metadata={"hw_rng_model": "virtio"},
        )
        new = NewVolume(
            name=volume.name,
            size_gib=1,
            description=volume.description,
            volume_type="fast",
            metadata={**volume.metadata, MARK_KEY: str(mark(source_id))},
        )
        made = self.moved(Kind.VOLUME, source_id, self.target.block.create_volume(new))
        self.target_world.settle()
        self.target.block.set_boot(made, bootable=False, image_metadata=volume.image_metadata)
        for at, data in writes.items():
            self.target_world.write_volume(made, at, data)
        self.captured[f"volume:{source_id}"] = captured_volume(f"volume:{source_id}", writes)
        self.step(f"volume:{source_id}:restore", steps.RestoreVolume(volume=volume, volume_type="fast"))

    def _server(self) -> None:
        image_id, ports = self.ids[Kind.IMAGE, "srv-1"], ("port-2", "port-1")
        server = Server(
            id="srv-1",
            name="srv",
            status="ACTIVE",
            flavor=Flavor(name="n1.cw.standard-1", vcpus=1, ram_mib=2048, disk_gib=10),
            key_name="key",
            metadata={"role": "web"},
            tags=("prod",),
            port_ids=ports,
            security_group_names=("web",),
            attachments=tuple(
                Attachment(server_id="srv-1", volume_id=v, delete_on_termination=v == "vol-2")
                for v in ("vol-2", "vol-1")
            ),
        )
        made = self.target.compute.create_server(
            NewServer(
                name="srv",
                flavor_id="2",
                image_id=image_id,
                port_ids=tuple(self.ids[Kind.PORT, p] for p in ports),
                key_name="key",
                metadata={"role": "web", MARK_KEY: str(mark("srv-1"))},
                tags=("prod",),
            )
        )
        self.moved(Kind.SERVER, "srv-1", made)
        self.target_world.settle()
        self.step("server:srv-1:image", steps.RestoreServerImage(server=server, properties={"os": "x"}))
        self.step("server:srv-1", steps.MakeServer(server=server, flavor_id="2", flavor_name="m1.small"))
        for volume_id, deleted in (("vol-2", True), ("vol-1", False)):
            self.target.compute.attach(made, self.ids[Kind.VOLUME, volume_id], delete_on_termination=deleted)
            self.target_world.settle()
            action = steps.AttachVolume(server_id="srv-1", volume_id=volume_id, delete_on_termination=deleted)
            self.step(f"server:srv-1:{volume_id}", action)

    def _objects(self) -> None:
        headers = {"x-container-meta-team": "a", "x-container-read": ".r:*"}
        for cloud in (self.source, self.target):
            for name in ("box", "box_segments"):
                cloud.objects.put_container(name, headers if name == "box" else {})
            for name in ("b", "a", "é/ü", "z\n1"):
                put(cloud, "box", name, name.encode() * 100, {"x-object-meta-n": "1"})
            for part in ("1", "2"):
                put(cloud, "box_segments", part, part.encode() * 1000)
            cloud.objects.put_manifest("box", large(segments_of(cloud)))
            put(cloud, "box", "link", b"", {"x-symlink-target": "box/a"})
            put(cloud, "box", "dynamic", b"", {"x-object-manifest": "box_segments/"})
        for name, count, wanted in (("box", 7, headers), ("box_segments", 2, {})):
            record_rows(self.source.objects, name, rows_folder(self.root / "evidence", name))
            self.step(f"container:{name}", steps.CopyContainer(name=name, objects=count, headers=wanted))
