"""The topologies of `lab/tenants` as the inventory of a tenant: what a scan would find where such stacks were made."""

import json
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from migrate.model import (
    AllocationPool,
    Attachment,
    FixedIp,
    Flavor,
    FloatingIp,
    Kind,
    Network,
    Port,
    Router,
    RouterInterface,
    SecurityGroup,
    SecurityGroupRule,
    Server,
    ServiceResource,
    Subnet,
    Volume,
    canonical_rule,
)
from tests.plan.tenants import keypair, uid

TENANTS = Path(__file__).parents[2] / "lab" / "tenants"
ZONE = "nova"
# Cloudwatt's: vCPU, GiB of memory, GiB of disk.
SIZES = {
    "t1.cw.tiny": (1, 1, 20),
    "s1.cw.small-1": (1, 2, 20),
    "n1.cw.standard-1": (1, 4, 20),
    "n1.cw.standard-2": (2, 8, 50),
    "n1.cw.standard-4": (4, 16, 100),
    "n2.cw.standard-1": (1, 4, 20),
    "n2.cw.standard-2": (2, 8, 50),
    "n2.cw.standard-4": (4, 16, 100),
}
FLAVORS = {
    name: Flavor(id=uid(f"flavor {name}"), name=name, vcpus=vcpus, ram_mib=ram << 10, disk_gib=disk)
    for name, (vcpus, ram, disk) in SIZES.items()
}

# What a template names before it is there comes first.
ORDER = (
    "network",
    "subnet",
    "router",
    "router_interface",
    "security_group",
    "port",
    "volume",
    "server",
    "volume_attachment",
    "floating_ip",
    "floating_ip_association",
)

Properties = dict[str, Any]


def stacks(*names: str, joined: dict[str, str] | None = None) -> dict[str, tuple[Any, ...]]:
    """Fields of an inventory. `joined`: a template's subnet parameter -> the stack whose subnet the customer named."""
    tenant = _Tenant(joined or {})
    for name in names:
        tenant.add(name)
    return tenant.parts()


def short_name(name: str) -> str:
    """What a customer calls the stack: `ldap` of `bundle-trusty-ldap.restore`."""
    return name.partition("-")[2].partition("-")[2].removesuffix(".restore")


class _Tenant:
    """Stacks as Heat makes them, one after the other; every name begins with its stack's."""

    def __init__(self, joined: dict[str, str]) -> None:
        self.joined = joined
        self.found: dict[str, Any] = {}
        self.others: list[ServiceResource] = []
        self.addresses = 0
        self.used: dict[str, int] = {}

    def add(self, name: str) -> None:
        self.stack = short_name(name)
        self.others.append(
            ServiceResource(kind=Kind.STACK, id=uid(f"stack {self.stack}"), name=self.stack, service="orchestration")
        )
        resources = json.loads((TENANTS / f"{name}.json").read_text())["resources"]
        for resource in sorted(resources, key=lambda r: ORDER.index(r["kind"])):
            self.name = f"{self.stack}-{resource['name']}"
            getattr(self, f"_{resource['kind']}")(resource.get("properties", {}))

    def parts(self) -> dict[str, tuple[Any, ...]]:
        def every(kind: type) -> tuple[Any, ...]:
            return tuple(one for one in self.found.values() if type(one) is kind)

        kinds = {"networks": Network, "subnets": Subnet, "routers": Router, "security_groups": SecurityGroup}
        kinds |= {"ports": Port, "floating_ips": FloatingIp, "volumes": Volume, "servers": Server}
        parts = {field: every(kind) for field, kind in kinds.items()}
        return parts | {"keypairs": (keypair("ops"),), "others": tuple(self.others)}

    # ------------------------------------------------------------ what Heat makes, one method for each kind

    def _network(self, _: Properties) -> None:
        self._keep(Network(id=uid(self.name), name=self.name, mtu=1500))

    def _subnet(self, said: Properties) -> None:
        pools = tuple(AllocationPool(start=p["start"], end=p["end"]) for p in said.get("allocation_pools", ()))
        subnet = Subnet(
            id=uid(self.name),
            network_id=self._ref(said["network_id"]),
            name=self.name,
            cidr=said["cidr"],
            gateway_ip=str(ip_network(said["cidr"])[1]),
            dns_nameservers=tuple(said.get("dns_nameservers", ())),
            allocation_pools=pools,
        )
        self._keep(subnet)

    def _router(self, said: Properties) -> None:
        outside = uid("external public") if "external_gateway_info" in said else None
        self._keep(Router(id=uid(self.name), name=self.name, external_network_id=outside))

    def _router_interface(self, said: Properties) -> None:
        router, subnet = self.found[self._ref(said["router_id"])], self.found[self._ref(said["subnet_id"])]
        taken = {i.ip_address for one in self.found.values() if isinstance(one, Router) for i in one.interfaces}
        address = self._next(subnet) if subnet.gateway_ip in taken else subnet.gateway_ip
        joined = RouterInterface(subnet_id=subnet.id, ip_address=address)
        self._keep(replace(router, interfaces=(*router.interfaces, joined)))

    def _security_group(self, said: Properties) -> None:
        rules = tuple(
            canonical_rule(
                SecurityGroupRule(
                    direction=rule["direction"],
                    protocol=rule.get("protocol"),
                    port_min=rule.get("port_range_min"),
                    port_max=rule.get("port_range_max"),
                    remote_ip_prefix=rule.get("remote_ip_prefix"),
                )
            )
            for rule in said["rules"]
        )
        self._keep(SecurityGroup(id=uid(self.name), name=self.name, rules=rules))

    def _port(self, said: Properties) -> None:
        groups = tuple(self._ref(group) for group in said.get("security_groups", ()))
        network = self._ref(said.get("network") or said["network_id"])
        addresses = [fixed["ip_address"] for fixed in said.get("fixed_ips", ())]
        self._make_port(self.name, network, groups, addresses)

    def _volume(self, said: Properties) -> None:
        kind = said["volume_type"]
        disk = Volume(id=uid(self.name), name=self.name, size_gib=said["size"], status="available", volume_type=kind)
        self._keep(replace(disk, availability_zone=ZONE))

    def _server(self, said: Properties) -> None:
        groups = tuple(self._ref(group) for group in said.get("security_groups", ()))
        server = Server(
            id=uid(self.name),
            name=self.name,
            status="ACTIVE",
            flavor=FLAVORS[said["flavor"]],
            # Of the provider's own catalogue, which is no tenant's.
            image_id=uid(f"image {said['image']}"),
            key_name="ops",
            availability_zone=ZONE,
            port_ids=tuple(self._nic(nic, groups) for nic in said["networks"]),
            security_group_names=tuple(self.found[group].name for group in groups),
            stack_id=uid(f"stack {self.stack}"),
        )
        for port_id in server.port_ids:
            self._keep(replace(self.found[port_id], device_id=server.id, device_owner=f"compute:{ZONE}"))
        self._keep(server)

    def _volume_attachment(self, said: Properties) -> None:
        server, volume = self.found[self._ref(said["instance_uuid"])], self.found[self._ref(said["volume_id"])]
        link = Attachment(server_id=server.id, volume_id=volume.id, device=said["mountpoint"])
        self._keep(replace(volume, status="in-use", attachments=(link,)))
        self._keep(replace(server, attachments=(*server.attachments, link)))

    def _floating_ip(self, _: Properties) -> None:
        self.addresses += 1
        address = f"203.0.113.{20 + self.addresses}"
        self._keep(FloatingIp(id=uid(self.name), address=address, external_network_id=uid("external public")))

    def _floating_ip_association(self, said: Properties) -> None:
        floating, server = self.found[self._ref(said["floating_ip"])], self.found[self._ref(said["server_id"])]
        port = self.found[server.port_ids[0]]
        self._keep(replace(floating, port_id=port.id, fixed_ip_address=port.fixed_ips[0].ip_address))

    # ------------------------------------------------------------ what they share

    def _keep(self, one: Any) -> None:
        self.found[one.id] = one

    def _ref(self, said: Any) -> str:
        """The id of what a template refers to: of its own stack, or a subnet of a stack that the customer named."""
        if isinstance(said, str):
            return uid(f"{self.joined[said.removeprefix('param:')]}-subnet")
        return uid(f"{self.stack}-{said['ref']}")

    def _nic(self, nic: Properties, groups: tuple[str, ...]) -> str:
        """The id of a server's port: the template's, or one that Nova made."""
        if "port" in nic:
            return self._ref(nic["port"])
        return self._make_port("", self._ref(nic["network"]), groups, [])

    def _make_port(self, name: str, network_id: str, groups: tuple[str, ...], addresses: list[str]) -> str:
        subnet = next(s for s in self.found.values() if isinstance(s, Subnet) and s.network_id == network_id)
        addresses = addresses or [self._next(subnet)]
        port = Port(
            id=uid(name or f"{self.name} nic"),
            network_id=network_id,
            name=name,
            mac_address=f"fa:16:3e:00:00:{len(self.found):02x}",
            fixed_ips=tuple(FixedIp(subnet_id=subnet.id, ip_address=address) for address in addresses),
            security_group_ids=groups,
        )
        self._keep(port)
        return port.id

    def _next(self, subnet: Subnet) -> str:
        """The first free address of the subnet's pool."""
        self.used[subnet.id] = self.used.get(subnet.id, -1) + 1
        return str(ip_address(subnet.allocation_pools[0].start) + self.used[subnet.id])
