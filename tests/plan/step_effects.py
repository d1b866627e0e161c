"""What the steps of a plan leave at both sides, as the next scan shows it: only that, no cloud, no ledger.

A step that asks for what a cloud would refuse, or what a migration must not do, is an AssertionError.
"""

from collections import defaultdict
from collections.abc import Iterable
from ipaddress import ip_address, ip_network
from typing import Any

from msgspec import UNSET
from msgspec.structs import replace

from migrate.model import (
    MARK_KEY,
    Attachment,
    Container,
    FixedIp,
    Image,
    Inventory,
    Kind,
    Mark,
    Port,
    Role,
    Router,
    SecurityGroup,
    SecurityGroupRule,
    Subnet,
    marked_description,
    name_id,
)
from migrate.model.steps import (
    AddInterface,
    AttachVolume,
    CaptureImage,
    CaptureServer,
    CaptureSnapshot,
    CaptureVolume,
    CopyContainer,
    EnableDhcp,
    ImportKeypair,
    MakeFloatingIp,
    MakeNetwork,
    MakePort,
    MakeRouter,
    MakeSecurityGroup,
    MakeServer,
    MakeServerGroup,
    MakeSubnet,
    Plan,
    RestoreImage,
    RestoreServerImage,
    RestoreSnapshotImage,
    RestoreVolume,
    SetRules,
    Step,
    StopServer,
    TakePass,
    VerifyDisk,
)
from migrate.plan.waves import holders_of
from tests.plan.living_tenant import LivingTenant
from tests.plan.tenants import MIGRATION, empty, in_id_order, target_facts, uid

_STOCK = (
    SecurityGroupRule(direction="egress"),
    SecurityGroupRule(direction="ingress", remote_group_id=uid("group default at the target")),
)
DEFAULT_GROUP = SecurityGroup(id=uid("group default at the target"), name="default", rules=_STOCK)
LISTS = {
    Kind.SECURITY_GROUP: "security_groups",
    Kind.NETWORK: "networks",
    Kind.SUBNET: "subnets",
    Kind.ROUTER: "routers",
    Kind.PORT: "ports",
    Kind.FLOATING_IP: "floating_ips",
    Kind.IMAGE: "images",
    Kind.VOLUME: "volumes",
    Kind.SERVER: "servers",
    Kind.SERVER_GROUP: "server_groups",
    Kind.KEYPAIR: "keypairs",
    Kind.CONTAINER: "containers",
}


def untouched_target() -> Inventory:
    """A project in which nobody has done anything: it has the group that Neutron makes."""
    return empty("target", facts=target_facts(), security_groups=(DEFAULT_GROUP,))


class Target:
    """What is at the target, by kind and id, and which of it stands for what at the source."""

    def __init__(self) -> None:
        self._things: dict[Kind, dict[str, Any]] = defaultdict(dict)
        self._things[Kind.SECURITY_GROUP][DEFAULT_GROUP.id] = DEFAULT_GROUP
        self.made: dict[tuple[Kind, str], str] = {}
        self._allocated = 0

    def scanned(self) -> Inventory:
        things = {LISTS[kind]: tuple(found.values()) for kind, found in self._things.items()}
        return in_id_order(empty("target", facts=target_facts(), **things))

    def all_of(self, kind: Kind) -> Iterable[Any]:
        return self._things[kind].values()

    def id_of(self, kind: Kind, source_id: str) -> str:
        assert (kind, source_id) in self.made, f"there is no {kind} for {source_id} yet"
        return self.made[kind, source_id]

    def of(self, kind: Kind, source_id: str) -> Any:
        """The resource that stands for this one of the source."""
        return self._things[kind][self.id_of(kind, source_id)]

    def has(self, kind: Kind, source_id: str) -> bool:
        return (kind, source_id) in self.made

    def adopt(self, kind: Kind, source_id: str, own_id: str) -> None:
        self.made[kind, source_id] = own_id

    def set(self, kind: Kind, source_id: str, **values: object) -> None:
        own_id = self.id_of(kind, source_id)
        self._things[kind][own_id] = replace(self._things[kind][own_id], **values)

    def make(self, kind: Kind, source_id: str, record: Any, **values: object) -> None:
        """Made with its mark, under an id of the target's; one that is there is found by its mark, and stays."""
        if self.has(kind, source_id):
            return
        own_id = uid(f"at the target {kind} {source_id}")
        self._things[kind][own_id] = replace(_marked(kind, source_id, record), **{"id": own_id, **values})
        self.made[kind, source_id] = own_id

    def make_named(self, kind: Kind, record: Any) -> None:
        """One whose name is its id."""
        self._things[kind][record.name] = record
        self.made[kind, record.name] = record.name

    def new_address(self) -> str:
        self._allocated += 1
        return f"198.51.100.{self._allocated}"


def _image(name: str) -> Image:
    return Image(id="", name=name, status="active")


def _marked(kind: Kind, source_id: str, record: Any) -> Any:
    mark = Mark(role=Role.MOVED, migration=MIGRATION[:8], source_id=source_id)
    match kind:
        case Kind.SERVER | Kind.VOLUME:
            return replace(record, metadata={**record.metadata, MARK_KEY: str(mark)})
        case Kind.IMAGE:
            return replace(record, tags=(*record.tags, str(mark)))
        case Kind.SERVER_GROUP:
            return record
        case _:
            return replace(record, description=marked_description(mark, record.description))


class StepEffects:
    """Carries out the steps of a tenant's plans.

    `captured`: the disks in the store; `verified`: those that were read back at the target.
    """

    def __init__(self, tenant: LivingTenant, target: Target) -> None:
        self.tenant, self.target = tenant, target
        self.captured: set[tuple[Kind, str]] = set()
        self.verified: set[tuple[Kind, str]] = set()
        self._ruled: set[str] = set()

    def carry_out(self, step: Step, plan: Plan) -> None:
        match action := step.action:
            case ImportKeypair(keypair=pair):
                self.target.make_named(Kind.KEYPAIR, pair)
            case MakeSecurityGroup(want=group) if group.name == "default":
                self.target.adopt(Kind.SECURITY_GROUP, group.id, DEFAULT_GROUP.id)
            case MakeSecurityGroup(want=group):
                self.target.make(Kind.SECURITY_GROUP, group.id, group, rules=())
            case SetRules():
                self._set_rules(action)
            case MakeNetwork(want=network):
                self.target.make(Kind.NETWORK, network.id, network)
            case MakeSubnet(want=subnet):
                self._make_subnet(subnet, action.dhcp_later)
            case EnableDhcp(subnet_id=subnet_id):
                self._enable_dhcp(subnet_id, plan)
            case MakeRouter(want=router):
                self.target.make(
                    Kind.ROUTER, router.id, router, interfaces=(), external_network_id=action.external_network_id
                )
            case AddInterface():
                self._add_interface(action)
            case MakePort():
                self._make_port(action)
            case MakeFloatingIp():
                self._make_floating_ip(action)
            case MakeServerGroup(want=servers):
                self.target.make(Kind.SERVER_GROUP, servers.id, servers)
            case CopyContainer(name=name):
                mark = str(Mark(role=Role.MOVED, migration=MIGRATION[:8], source_id=name_id(name)))
                self.target.make_named(Kind.CONTAINER, Container(name=name, objects=action.objects, mark=mark))
            case StopServer(server_id=server_id):
                self.tenant.stop(server_id)
            case TakePass():
                pass
            case MakeServer():
                self._make_server(action)
            case AttachVolume():
                self._attach(action)
            case _:
                self._move_a_disk(step, plan)

    # ------------------------------------------------------------ network

    def _set_rules(self, action: SetRules) -> None:
        def translated(rule: SecurityGroupRule) -> SecurityGroupRule:
            address = (rule.remote_ip_prefix or "").partition("/")[0]
            if address in action.addresses:
                new = self.target.of(Kind.FLOATING_IP, action.addresses[address]).address
                rule = replace(rule, remote_ip_prefix=f"{new}/32")
            if rule.remote_group_id:
                rule = replace(rule, remote_group_id=self.target.id_of(Kind.SECURITY_GROUP, rule.remote_group_id))
            return rule

        rules = tuple(map(translated, action.want.rules))
        self.target.set(Kind.SECURITY_GROUP, action.want.id, rules=rules)
        self._ruled.add(action.want.id)

    def _make_subnet(self, want: Subnet, is_dhcp_later: bool) -> None:
        network_id = self.target.id_of(Kind.NETWORK, want.network_id)
        net = ip_network(want.cidr)
        if not self.target.has(Kind.SUBNET, want.id):
            others = [one for one in self.target.all_of(Kind.SUBNET) if one.network_id == network_id]
            assert not any(net.overlaps(ip_network(one.cidr)) for one in others), f"{want.cidr} is in use"
        on = want.enable_dhcp and not is_dhcp_later
        self.target.make(Kind.SUBNET, want.id, want, network_id=network_id, enable_dhcp=on)

    def _enable_dhcp(self, subnet_id: str, plan: Plan) -> None:
        network_id = self.target.of(Kind.SUBNET, subnet_id).network_id
        for step in plan.steps:
            if isinstance(step.action, MakePort) and step.action.want.network_id in self._sources_of(network_id):
                self.target.id_of(Kind.PORT, step.action.want.id)
        self.target.set(Kind.SUBNET, subnet_id, enable_dhcp=True)

    def _sources_of(self, network_id: str) -> set[str]:
        return {source_id for (kind, source_id), own_id in self.target.made.items() if own_id == network_id}

    def _add_interface(self, action: AddInterface) -> None:
        subnet_id = self.target.id_of(Kind.SUBNET, action.interface.subnet_id)
        router: Router = self.target.of(Kind.ROUTER, action.router_id)
        if all(one.subnet_id != subnet_id for one in router.interfaces):
            interfaces = (*router.interfaces, replace(action.interface, subnet_id=subnet_id))
            self.target.set(Kind.ROUTER, action.router_id, interfaces=interfaces)

    def _make_port(self, action: MakePort) -> None:
        want = action.want
        assert action.network_id is UNSET, "no network of another project is here"
        fixed = tuple(
            FixedIp(subnet_id=self.target.id_of(Kind.SUBNET, one.subnet_id), ip_address=one.ip_address)
            for one in want.fixed_ips
        )
        open_groups = set(want.security_group_ids) - self._ruled
        assert not open_groups, f"port {want.id} stands before the rules of {open_groups}"
        if not self.target.has(Kind.PORT, want.id):
            taken = {one for port in self.target.all_of(Kind.PORT) for one in port.fixed_ips}
            assert not taken & set(fixed), f"an address of port {want.id} is taken"
            for one in fixed:
                subnet = next(subnet for subnet in self.target.all_of(Kind.SUBNET) if subnet.id == one.subnet_id)
                assert ip_address(one.ip_address) in ip_network(subnet.cidr)
        self.target.make(
            Kind.PORT,
            want.id,
            want,
            network_id=self.target.id_of(Kind.NETWORK, want.network_id),
            fixed_ips=fixed,
            security_group_ids=tuple(self.target.id_of(Kind.SECURITY_GROUP, one) for one in want.security_group_ids),
            device_id="",
            device_owner="",
        )

    def _make_floating_ip(self, action: MakeFloatingIp) -> None:
        want, port_id = action.want, None
        if want.port_id:
            port: Port = self.target.of(Kind.PORT, want.port_id)
            port_id = port.id
            reached = {
                interface.subnet_id
                for router in self.target.all_of(Kind.ROUTER)
                if router.external_network_id == action.external_network_id
                for interface in router.interfaces
            }
            assert {one.subnet_id for one in port.fixed_ips} & reached, f"no router leads to {want.address}"
            assert want.fixed_ip_address in {one.ip_address for one in port.fixed_ips}, f"{port_id} has another address"
            made = self.target.made.get((Kind.FLOATING_IP, want.id))
            others = [one for one in self.target.all_of(Kind.FLOATING_IP) if one.port_id == port_id and one.id != made]
            assert not others, f"{port_id} has a floating address"
        if not self.target.has(Kind.FLOATING_IP, want.id):
            network_id = action.external_network_id
            self.target.make(
                Kind.FLOATING_IP,
                want.id,
                want,
                address=self.target.new_address(),
                external_network_id=network_id,
                port_forwardings=(),
            )
        if port_id:
            self.target.set(Kind.FLOATING_IP, want.id, port_id=port_id, fixed_ip_address=want.fixed_ip_address)

    # ------------------------------------------------------------ disks and servers

    def _move_a_disk(self, step: Step, plan: Plan) -> None:
        match action := step.action:
            case CaptureVolume() | CaptureServer():
                self._are_off(step, plan)
                kind = Kind.VOLUME if isinstance(action, CaptureVolume) else Kind.SERVER
                self.captured.add((kind, step.id.split(":")[1]))
                self.verified.discard((kind, step.id.split(":")[1]))
            case CaptureImage(image=image):
                self.captured.add((Kind.IMAGE, image.id))
            case CaptureSnapshot(snapshot=snapshot):
                self.captured.add((Kind.SNAPSHOT, snapshot.id))
            case RestoreVolume(volume=volume, of=of):
                self._restore(of, volume.id, Kind.VOLUME, replace(volume, volume_type=action.volume_type))
            case RestoreImage(image=image):
                self._restore(Kind.IMAGE, image.id, Kind.IMAGE, image)
            case RestoreSnapshotImage(snapshot=snapshot):
                self._restore(Kind.SNAPSHOT, snapshot.id, Kind.IMAGE, _image(snapshot.name))
            case RestoreServerImage(server=server):
                self._restore(Kind.SERVER, server.id, Kind.IMAGE, _image(server.name))
            case VerifyDisk(of=of, source_id=source_id):
                self.target.id_of(action.at_target, source_id)
                self.verified.add((of, source_id))
            case _:
                raise AssertionError(f"no effect is known of {step.do}")

    def _are_off(self, step: Step, plan: Plan) -> None:
        stopped = {one.action.server_id for one in plan.steps if isinstance(one.action, StopServer)}
        for server_id in stopped.intersection(holders_of(step.action)):
            status = self.tenant.has["servers"][server_id].status
            assert status != "ACTIVE", f"{step.id} is captured while {server_id} runs"

    def _restore(self, of: Kind, source_id: str, kind: Kind, record: Any) -> None:
        assert (of, source_id) in self.captured, f"{of} {source_id} is restored before its capture"
        self.verified.discard((of, source_id))
        if kind is Kind.VOLUME:
            record = replace(record, status="available", attachments=())
        self.target.make(kind, source_id, record)

    def _make_server(self, action: MakeServer) -> None:
        want = action.server
        assert action.boot_disk in self.verified, f"{want.name} begins from a disk that nobody has read back"
        is_running = self.tenant.has["servers"][want.id].status == "ACTIVE"
        assert not is_running, f"{want.name} would run at both sides"
        assert action.flavor_id and action.boot_disk[1]
        ports = tuple(self.target.id_of(Kind.PORT, one) for one in want.port_ids)
        if want.key_name:
            self.target.id_of(Kind.KEYPAIR, want.key_name)
        if action.server_group_id:
            self.target.id_of(Kind.SERVER_GROUP, action.server_group_id)
        if not self.target.has(Kind.SERVER, want.id):
            others = {one for server in self.target.all_of(Kind.SERVER) for one in server.port_ids}
            assert not others & set(ports), f"a port of {want.name} is another server's"
        image = self.target.id_of(Kind.IMAGE, want.id) if action.boot_volume_id is None else None
        self.target.make(Kind.SERVER, want.id, want, status="ACTIVE", port_ids=ports, attachments=(), image_id=image)

    def _attach(self, action: AttachVolume) -> None:
        assert (Kind.VOLUME, action.volume_id) in self.verified, f"{action.volume_id} is attached before it is verified"
        server, volume = self.target.id_of(Kind.SERVER, action.server_id), self.target.of(Kind.VOLUME, action.volume_id)
        assert all(one.server_id == server for one in volume.attachments), f"{volume.id} is another server's"
        link = Attachment(server_id=server, volume_id=volume.id)
        self.target.set(Kind.VOLUME, action.volume_id, status="in-use", attachments=(link,))
