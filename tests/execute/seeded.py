"""What a tenant in memory has, by names in place of ids and read behind the ports, so that two sides can be compared.

What must differ between two clouds is left out: ids, MACs, floating addresses, flavors, types, zones, marks.
"""

import hashlib
from typing import Any

from migrate.demo.memory.sparse_disk import Disk
from migrate.demo.memory.world import World
from migrate.model import Server, own_description

Facts = dict[str, list[list[Any]]]
"""Kind -> rows: a name, then what is to be the same."""


def seeded(world: World, project: str = "main") -> Facts:
    """Everything of the project that its owner would miss. The order of interfaces and disks is in it."""
    return _Tenant(world, world.project(project).id).facts()


def content(disk: Disk | None) -> str:
    """SHA-256 of a disk, holes left out; of what has none, nothing."""
    digest = hashlib.sha256()
    for index, block in sorted(disk.blocks.items() if disk else ()):
        digest.update(index.to_bytes(8, "big") + block)
    return digest.hexdigest() if disk else ""


class _Tenant:
    def __init__(self, world: World, project_id: str) -> None:
        self.world, self.project_id = world, project_id
        self.account = next(project.account for project in world.projects.values() if project.id == project_id)
        self.volumes = {row.record.id: row for row in world.volumes.of(project_id)}
        self.ports = {row.record.id: row.record for row in world.ports.of(project_id)}
        self.networks = {row.record.id: row.record.name for row in world.networks.of(project_id)}
        self.groups = {row.record.id: row.record.name for row in world.security_groups.of(project_id)}

    def facts(self) -> Facts:
        project, world = self.project_id, self.world
        found: dict[str, list[list[Any]]] = {
            "networks": [
                [n.name, own_description(n.description)] for n in (r.record for r in world.networks.of(project))
            ],
            "subnets": [
                [s.name, s.cidr, s.gateway_ip, s.enable_dhcp, s.dns_nameservers, s.allocation_pools, s.host_routes]
                for s in (r.record for r in world.subnets.of(project))
            ],
            "ports": [self.port(one.id) for one in self.ports.values() if not one.device_owner.startswith("network:")],
            "groups": [
                [g.name, sorted((self.rule(rule) for rule in g.rules), key=str)]
                for g in (r.record for r in world.security_groups.of(project))
            ],
            "floating": [
                [
                    self.address(ip.port_id),
                    sorted(f"{f.protocol} {f.external_port} {f.internal_port}" for f in ip.port_forwardings),
                ]
                for ip in (r.record for r in world.floating_ips.of(project))
            ],
            "trunks": [
                [
                    t.name,
                    self.address(t.port_id),
                    [(s.segmentation_type, s.segmentation_id, self.address(s.port_id)) for s in t.sub_ports],
                ]
                for t in (r.record for r in world.trunks.of(project))
            ],
            "servers": [self.server(row.record) for row in world.servers.of(project)],
            "volumes": [
                [
                    v.name,
                    v.size_gib,
                    v.description,
                    v.bootable,
                    {k: x for k, x in v.metadata.items() if not k.startswith("decamp")},
                    content(row.disk),
                ]
                for row in self.volumes.values()
                for v in [row.record]
            ],
            "images": [
                [i.name, i.disk_format, i.size_bytes, i.hidden, i.protected, len(i.members), content(row.disk)]
                for row in world.images.of(project)
                for i in [row.record]
            ],
            "containers": [
                [c.name, {k: x for k, x in c.headers.items() if "decamp" not in k}, sorted(c.objects)]
                for c in self.account.containers.values()
            ],
            "objects": [
                [f"{c.name}/{o.name}", hashlib.sha256(o.data).hexdigest(), o.etag, o.content_type, o.headers]
                for c in self.account.containers.values()
                for o in c.objects.values()
            ],
        }
        return {kind: sorted(rows, key=str) for kind, rows in found.items()}

    def address(self, port_id: str | None) -> str:
        port = self.ports.get(port_id or "")
        return ", ".join(sorted(ip.ip_address for ip in port.fixed_ips)) if port else ""

    def port(self, port_id: str) -> list[Any]:
        one = self.ports[port_id]
        groups = sorted(self.groups[each] for each in one.security_group_ids)
        pairs = sorted(pair.ip_address for pair in one.allowed_address_pairs)
        options = sorted((option.name, option.value) for option in one.dhcp_options)
        return [one.name, self.networks[one.network_id], self.address(port_id), groups, pairs, options]

    def rule(self, one: Any) -> tuple[Any, ...]:
        """An address of the tenant's own is another at the target."""
        owns = {f"{row.record.address}/32" for row in self.world.floating_ips.of(self.project_id)}
        prefix = "a floating address" if one.remote_ip_prefix in owns else one.remote_ip_prefix
        group = self.groups.get(one.remote_group_id or "")
        return (one.direction, one.ethertype, one.protocol, one.port_min, one.port_max, prefix, group)

    def server(self, one: Server) -> list[Any]:
        attached = [(self.volumes[a.volume_id].record.name, a.delete_on_termination) for a in one.attachments]
        return [
            one.name,
            own_description(one.description),
            {k: x for k, x in one.metadata.items() if not k.startswith("decamp")},
            one.tags,
            one.key_name,
            [self.address(port_id) for port_id in one.port_ids],
            # Which disk a server boots from comes first at the target, and at the source wherever its cloud puts it.
            attached if one.image_id else sorted(attached),
            content(self.world.servers.row(one.id, None).disk),
            (self.world.user_data(one.id) or b"").decode(),
        ]
