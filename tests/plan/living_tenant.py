"""Made-up tenants, and what their owners do to them between two plans.

No address and no name is used twice, and no port, volume or floating address gets into another's place.
"""

from collections.abc import Callable
from random import Random
from typing import Any

from msgspec.structs import replace

from migrate.model import (
    Attachment,
    Container,
    FixedIp,
    Inventory,
    Port,
    Record,
    RouterInterface,
    SecurityGroupRule,
    Server,
    Volume,
)
from tests.plan import tenants
from tests.plan.tenants import empty, in_id_order, uid

_EGRESS = SecurityGroupRule(direction="egress")
_MOST_CHANGES = 4
_LISTS = (
    *("security_groups", "networks", "subnets", "routers", "ports", "floating_ips", "images", "volumes", "snapshots"),
    *("servers", "server_groups", "keypairs", "containers"),
)


class LivingTenant:
    """What a tenant has at the source, by list of the inventory and by id."""

    def __init__(self, rng: Random) -> None:
        self._rng, self._made = rng, 0
        # Ports, floating addresses and volumes that have been somewhere.
        self._joined: set[str] = set()
        self.has: dict[str, dict[str, Any]] = {name: {} for name in _LISTS}
        self._put("security_groups", tenants.group("default", _EGRESS))
        self._put("images", tenants.image())
        self._put("routers", tenants.router("edge"))
        self._new_network()
        for _ in range(rng.randint(2, 14)):
            self._one_of(_GROWTH)

    def changes(self) -> None:
        for _ in range(self._rng.randint(1, _MOST_CHANGES)):
            self._one_of(_GROWTH if self._rng.random() < 0.4 else _OTHER_CHANGES)

    def scanned(self) -> Inventory:
        return in_id_order(empty(**{name: tuple(things.values()) for name, things in self.has.items()}))

    def stop(self, server_id: str) -> None:
        self._set("servers", self.has["servers"][server_id], status="SHUTOFF")

    # ------------------------------------------------------------ tools

    def _one_of(self, deeds: tuple[Callable[["LivingTenant"], None], ...]) -> None:
        self._rng.choice(deeds)(self)

    def _put(self, where: str, thing: Any) -> Any:
        self.has[where][thing.name if where in {"keypairs", "containers"} else thing.id] = thing
        return thing

    def _set(self, where: str, thing: Record, **values: object) -> None:
        self._put(where, replace(thing, **values))

    def _any(self, where: str, fits: Callable[[Any], bool] = lambda _one: True) -> Any:
        """One of these; None if there is none."""
        fitting = [one for one in self.has[where].values() if fits(one)]
        return self._rng.choice(fitting) if fitting else None

    def _number(self) -> int:
        self._made += 1
        return self._made

    # ------------------------------------------------------------ network

    def _new_network(self) -> None:
        number = self._number()
        name, net = f"net-{number}", f"10.{number}.0"
        self._put("networks", tenants.network(name))
        subnet = tenants.subnet(name, f"{net}.0/24", enable_dhcp=self._rng.random() < 0.8)
        self._put("subnets", subnet)
        if self._rng.random() < 0.8:
            edge = self._any("routers")
            interface = RouterInterface(subnet_id=subnet.id, ip_address=f"{net}.1")
            self._set("routers", edge, interfaces=(*edge.interfaces, interface))

    def _new_port(self, device_id: str = "") -> Port:
        network, number = self._any("networks"), self._number()
        subnet = next(one for one in self.has["subnets"].values() if one.network_id == network.id)
        address = f"{subnet.cidr.removesuffix('.0/24')}.{number % 200 + 20}"
        groups = [group_id for group_id in self.has["security_groups"] if self._rng.random() < 0.5]
        port = Port(
            id=uid(f"port {number}"),
            network_id=network.id,
            mac_address=f"fa:16:3e:00:00:{number:02x}",
            fixed_ips=(FixedIp(subnet_id=subnet.id, ip_address=address),),
            security_group_ids=tuple(groups),
            device_id=device_id,
            device_owner="compute:dc1" if device_id else "",
        )
        return self._put("ports", port)  # type: ignore[no-any-return]

    def _new_free_port(self) -> None:
        self._new_port()

    def _new_floating_ip(self) -> None:
        number = self._number()
        self._put("floating_ips", tenants.floating(f"203.0.113.{number}"))
        self._associated()

    def _associated(self) -> None:
        """One that has had no port, with a port that has had none."""
        routed = {one.subnet_id for router in self.has["routers"].values() for one in router.interfaces}
        port = self._any("ports", lambda one: one.fixed_ips[0].subnet_id in routed and one.id not in self._joined)
        address = self._any("floating_ips", lambda one: one.id not in self._joined)
        if port and address:
            self._joined |= {port.id, address.id}
            self._set("floating_ips", address, port_id=port.id, fixed_ip_address=port.fixed_ips[0].ip_address)

    def _dissociated(self) -> None:
        if address := self._any("floating_ips"):
            self._set("floating_ips", address, port_id=None, fixed_ip_address=None)

    def _released(self) -> None:
        if address := self._any("floating_ips"):
            del self.has["floating_ips"][address.id]

    def _new_group(self) -> None:
        self._put("security_groups", tenants.group(f"group-{self._number()}", _EGRESS))
        self._new_rule()

    def _new_rule(self) -> None:
        group, port, named = self._any("security_groups"), self._number(), self._rng.random()
        rule = SecurityGroupRule(direction="ingress", protocol="tcp", port_min=port, port_max=port)
        if named < 0.3:
            rule = replace(rule, remote_group_id=self._any("security_groups").id)
        elif named < 0.5 and (address := self._any("floating_ips")):
            rule = replace(rule, remote_ip_prefix=f"{address.address}/32")
        self._set("security_groups", group, rules=(*group.rules, rule))

    def _rule_taken_away(self) -> None:
        group = self._any("security_groups")
        self._set("security_groups", group, rules=group.rules[:-1])

    def _group_deleted(self) -> None:
        used = {group_id for port in self.has["ports"].values() for group_id in port.security_group_ids}
        named = {r.remote_group_id for one in self.has["security_groups"].values() for r in one.rules}
        if group := self._any("security_groups", lambda one: one.name != "default" and one.id not in used | named):
            del self.has["security_groups"][group.id]

    # ------------------------------------------------------------ servers and disks

    def _new_server(self) -> None:
        number = self._number()
        name = f"server-{number}"
        key = self._any("keypairs")
        ports = [self._new_port(uid(f"server {name}")).id for _ in range(self._rng.randint(0, 2))]
        server = tenants.server(name, port_ids=tuple(ports), key_name=key and key.name)
        if self._rng.random() < 0.3:
            server = replace(server, image_id=None)
        self._put("servers", server)
        if not server.image_id:
            self._attach(server, self._new_volume(bootable=True))
        if self._rng.random() < 0.4:
            self._attach(self.has["servers"][server.id], self._new_volume())

    def _server_deleted(self) -> None:
        if server := self._any("servers"):
            del self.has["servers"][server.id]
            for port_id in server.port_ids:
                del self.has["ports"][port_id]
                for address in list(self.has["floating_ips"].values()):
                    if address.port_id == port_id:
                        self._set("floating_ips", address, port_id=None, fixed_ip_address=None)
            for link in server.attachments:
                self._set("volumes", self.has["volumes"][link.volume_id], status="available", attachments=())
            for group in list(self.has["server_groups"].values()):
                left = tuple(one for one in group.member_ids if one != server.id)
                self._set("server_groups", group, member_ids=left)

    def _started(self) -> None:
        if server := self._any("servers", lambda one: one.status == "SHUTOFF"):
            self._set("servers", server, status="ACTIVE")

    def _shut_down(self) -> None:
        if server := self._any("servers"):
            self.stop(server.id)

    def _renamed(self) -> None:
        where = self._rng.choice(("servers", "networks", "volumes", "security_groups"))
        if thing := self._any(where, lambda one: one.name != "default"):
            self._set(where, thing, name=f"{thing.name}'")

    def _new_group_of_servers(self) -> None:
        grouped = {one for group in self.has["server_groups"].values() for one in group.member_ids}
        member = self._any("servers", lambda one: one.id not in grouped)
        group = tenants.server_group(f"spread-{self._number()}")
        self._put("server_groups", replace(group, member_ids=(member.id,) if member else ()))

    def _new_volume(self, **values: object) -> Volume:
        return self._put("volumes", tenants.volume(f"volume-{self._number()}", 2, **values))  # type: ignore[no-any-return]

    def _new_free_volume(self) -> None:
        self._new_volume()

    def _attach(self, server: Server, volume: Volume) -> None:
        self._joined.add(volume.id)
        device = f"/dev/vd{'abcdefgh'[len(server.attachments) + bool(server.image_id)]}"
        link = Attachment(server_id=server.id, volume_id=volume.id, device=device)
        self._set("volumes", volume, status="in-use", attachments=(link,))
        self._set("servers", server, attachments=(*server.attachments, link))

    def _attached(self) -> None:
        volume = self._any("volumes", lambda one: one.id not in self._joined)
        server = self._any("servers", lambda one: len(one.attachments) < 4)
        if volume and server:
            self._attach(self.has["servers"][server.id], volume)

    def _detached(self) -> None:
        if server := self._any("servers", lambda one: len(one.attachments) > (not one.image_id)):
            link = server.attachments[-1]
            self._set("servers", server, attachments=server.attachments[:-1])
            self._set("volumes", self.has["volumes"][link.volume_id], status="available", attachments=())

    def _extended(self) -> None:
        if volume := self._any("volumes", lambda one: not one.attachments):
            self._set("volumes", volume, size_gib=volume.size_gib + 1)

    def _volume_deleted(self) -> None:
        kept = {one.volume_id for one in self.has["snapshots"].values()}
        if volume := self._any("volumes", lambda one: not one.attachments and one.id not in kept):
            del self.has["volumes"][volume.id]

    def _new_snapshot(self) -> None:
        if volume := self._any("volumes"):
            snapshot = tenants.snapshot(f"snapshot-{self._number()}", size_gib=volume.size_gib)
            self._put("snapshots", replace(snapshot, volume_id=volume.id))

    def _snapshot_deleted(self) -> None:
        if snapshot := self._any("snapshots"):
            del self.has["snapshots"][snapshot.id]

    def _new_image(self) -> None:
        self._put("images", tenants.image(f"image-{self._number()}"))

    # ------------------------------------------------------------ keys, containers

    def _new_key(self) -> None:
        number = self._number()
        self._put("keypairs", tenants.keypair(f"key-{number}", f"AAAA{number}"))

    def _key_deleted(self) -> None:
        if key := self._any("keypairs"):
            del self.has["keypairs"][key.name]

    def _new_container(self) -> None:
        name = f"box-{self._number()}"
        self._put("containers", Container(name=name, objects=3, size_bytes=400))
        if self._rng.random() < 0.3:
            self._put("containers", Container(name=f"{name}_segments", objects=9, size_bytes=1 << 30))

    def _written_to(self) -> None:
        if box := self._any("containers"):
            self._set("containers", box, objects=box.objects + 1)

    def _container_deleted(self) -> None:
        if box := self._any("containers"):
            del self.has["containers"][box.name]


_GROWTH = (
    LivingTenant._new_server,
    LivingTenant._new_server,
    LivingTenant._new_network,
    LivingTenant._new_free_port,
    LivingTenant._new_floating_ip,
    LivingTenant._new_group,
    LivingTenant._new_rule,
    LivingTenant._new_group_of_servers,
    LivingTenant._new_free_volume,
    LivingTenant._new_snapshot,
    LivingTenant._new_image,
    LivingTenant._new_key,
    LivingTenant._new_container,
)
_OTHER_CHANGES = (
    LivingTenant._dissociated,
    LivingTenant._associated,
    LivingTenant._released,
    LivingTenant._rule_taken_away,
    LivingTenant._group_deleted,
    LivingTenant._server_deleted,
    LivingTenant._started,
    LivingTenant._started,
    LivingTenant._shut_down,
    LivingTenant._renamed,
    LivingTenant._attached,
    LivingTenant._detached,
    LivingTenant._extended,
    LivingTenant._volume_deleted,
    LivingTenant._snapshot_deleted,
    LivingTenant._key_deleted,
    LivingTenant._written_to,
    LivingTenant._container_deleted,
)
