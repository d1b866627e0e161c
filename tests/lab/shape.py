"""A referee: prints a whole tenant as openstacksdk reads it, by names instead of ids, as JSON. Knows nothing of ours.

    lab/.venv/bin/python tests/lab/shape.py CLOUD

What must differ between two clouds is left out: ids, MACs, floating addresses, flavors, types, zones, marks. What has
an order for a guest keeps it: interfaces, and disks by their devices.
"""

import json
import re
import sys
from typing import Any

import openstack

from tests.lab.harness import openstack_all

_MARK = re.compile(r"decamp-m-[0-9a-f]{8}-[0-9A-Za-z-]+ ?")
_ANY = {"0.0.0.0/0", "::/0"}
_TOLD_BY_IMAGES = ("hw_", "os_type", "os_distro", "cw_")
_CINDERS_OWN = {"readonly", "attached_mode"}

Row = list[Any]
"""A name, then what is to be the same."""


def plain(text: str | None) -> str:
    return _MARK.sub("", text or "")


def image_facts(properties: dict[str, Any] | None) -> dict[str, str]:
    return {k: str(v) for k, v in (properties or {}).items() if k.startswith(_TOLD_BY_IMAGES)}


class Networks:
    """What Neutron has of one project."""

    def __init__(self, cloud: Any) -> None:
        self.api = cloud.network
        project = cloud.current_project_id
        self.networks = {n.id: n for n in self.api.networks() if n.project_id == project}
        self.subnets = {s.id: s for s in self.api.subnets() if s.network_id in self.networks}
        self.ports = {p.id: p for p in self.api.ports(project_id=project)}
        self.groups = {g.id: g for g in self.api.security_groups(project_id=project)}
        self.addresses = list(self.api.ips(project_id=project))
        self.routers = list(self.api.routers(project_id=project))
        self.rules = list(self.api.security_group_rules(project_id=project))
        self.trunks = list(self.api.trunks(project_id=project))

    def place(self, port_id: str | None) -> str:
        """Where a port stands: its subnets and addresses."""
        fixed = self.ports[port_id].fixed_ips if port_id in self.ports else ()
        return ", ".join(
            sorted(
                f"{self.subnets[f['subnet_id']].name} {f['ip_address']}"
                for f in fixed
                if f["subnet_id"] in self.subnets
            )
        )

    def group(self, group_id: str | None) -> str:
        return self.groups[group_id].name if group_id in self.groups else ""

    def shape(self) -> dict[str, list[Row]]:
        return {
            "networks": [
                [n.name, plain(n.description), n.is_admin_state_up, n.is_port_security_enabled]
                for n in self.networks.values()
            ],
            "subnets": [self.subnet(one) for one in self.subnets.values()],
            "routers": [self.router(one) for one in self.routers],
            "groups": [
                [g.name, "" if g.name == "default" else plain(g.description), g.stateful] for g in self.groups.values()
            ],
            "rules": [self.rule(one) for one in self.rules],
            "ports": [self.port(one) for one in self.ports.values() if not one.device_owner.startswith("network:")],
            "trunks": [
                [
                    t.name,
                    self.place(t.port_id),
                    sorted(
                        [s["segmentation_type"], s["segmentation_id"], self.place(s["port_id"])] for s in t.sub_ports
                    ),
                ]
                for t in self.trunks
            ],
            "floating": [self.address(one) for one in self.addresses],
        }

    def subnet(self, one: Any) -> Row:
        return [
            one.name,
            self.networks[one.network_id].name,
            one.cidr,
            str(one.gateway_ip),
            one.is_dhcp_enabled,
            list(one.dns_nameservers),
            sorted([p["start"], p["end"]] for p in one.allocation_pools),
            sorted([r["destination"], r["nexthop"]] for r in one.host_routes),
            str(one.ipv6_address_mode),
            str(one.ipv6_ra_mode),
        ]

    def router(self, one: Any) -> Row:
        interfaces = [
            p.id
            for p in self.ports.values()
            if p.device_id == one.id and p.device_owner.startswith("network:router_int")
        ]
        return [
            one.name,
            bool(one.external_gateway_info),
            sorted([r["destination"], r["nexthop"]] for r in one.routes),
            sorted(self.place(port_id) for port_id in interfaces),
        ]

    def rule(self, one: Any) -> Row:
        prefix = one.remote_ip_prefix or ""
        owns = [a for a in self.addresses if a.floating_ip_address == prefix.removesuffix("/32")]
        remote = f"the floating address of {self.place(owns[0].port_id)}" if owns else "" if prefix in _ANY else prefix
        return [
            self.group(one.security_group_id),
            one.direction,
            one.ether_type,
            str(one.protocol),
            str(one.port_range_min),
            str(one.port_range_max),
            remote,
            self.group(one.remote_group_id),
            one.description or "",
        ]

    def port(self, one: Any) -> Row:
        return [
            one.name,
            self.place(one.id),
            sorted(self.group(group_id) for group_id in one.security_group_ids),
            one.is_port_security_enabled,
            sorted(pair["ip_address"] for pair in one.allowed_address_pairs or ()),
            one.is_admin_state_up,
            one.device_owner.partition(":")[0],
            sorted([o["opt_name"], o["opt_value"]] for o in one.extra_dhcp_opts or ()),
        ]

    def address(self, one: Any) -> Row:
        forwardings = [
            [f.protocol, f.external_port, f.internal_port, f.internal_ip_address]
            for f in self.api.port_forwardings(one)
        ]
        return [self.place(one.port_id), plain(one.description), sorted(forwardings)]


def volumes_of(cloud: Any) -> list[Row]:
    return [
        [
            v.name,
            v.description or "",
            v.size,
            v.is_bootable,
            {k: x for k, x in v.metadata.items() if not k.startswith("decamp") and k not in _CINDERS_OWN},
            image_facts(v.volume_image_metadata),
        ]
        for v in cloud.block_storage.volumes()
    ]


def servers_of(cloud: Any) -> list[Row]:
    names = {v.id: v.name for v in cloud.block_storage.volumes()}
    rows = []
    for server in cloud.compute.servers():
        path = f"/servers/{server.id}"
        tags = cloud.compute.get(path, microversion="2.52").json()["server"]["tags"]
        disks = cloud.compute.get(f"{path}/os-volume_attachments", microversion="2.79").json()["volumeAttachments"]
        # In Nova's own order, which is that of the interfaces.
        addresses = [
            [network, sorted(one["addr"] for one in found if one["OS-EXT-IPS:type"] == "fixed")]
            for network, found in server.addresses.items()
        ]
        rows.append(
            [
                server.name,
                server.description or "",
                server.key_name or "",
                bool(server.has_config_drive),
                {k: x for k, x in server.metadata.items() if not k.startswith("decamp")},
                sorted(tags),
                addresses,
                [[names[d["volumeId"]], d["delete_on_termination"]] for d in sorted(disks, key=lambda d: d["device"])],
                "boots from a volume" if not server.image or not server.image.id else "boots from an image",
            ]
        )
    return rows


def images_of(cloud: Any) -> list[Row]:
    return [
        [
            i.name,
            i.disk_format,
            i.size,
            str(i.hash_value),
            bool(i.is_hidden),
            bool(i.is_protected),
            i.min_disk,
            i.min_ram,
            # As Glance says it: the SDK knows some of them by other names.
            image_facts(cloud.image.get(f"/images/{i.id}").json()),
        ]
        for hidden in (False, True)
        for i in cloud.image.images(owner=cloud.current_project_id, is_hidden=hidden)
    ]


def shape(name: str) -> dict[str, list[Row]]:
    cloud = openstack.connect(cloud=name)
    members = {server.id: server.name for server in cloud.compute.servers()}
    rows = {
        "keypairs": [[k.name, " ".join(k.public_key.split()[:2])] for k in cloud.compute.keypairs()],
        **Networks(cloud).shape(),
        "server_groups": [
            [g.name, g.policy or g.policies, sorted(members[m] for m in g.member_ids if m in members)]
            for g in cloud.compute.server_groups()
        ],
        "volumes": volumes_of(cloud),
        "servers": servers_of(cloud),
        "images": images_of(cloud),
    }
    return {kind: sorted(found, key=json.dumps) for kind, found in rows.items()}


if __name__ == "__main__":
    print(json.dumps(shape(sys.argv[1]), indent=1, sort_keys=True))


def shape_of(cloud: str) -> dict[str, Any]:
    """What `openstack` shows of a tenant, without what must differ: ids, floating addresses, flavors, MACs."""
    servers, ports, subnets, routers, rules, floating = openstack_all(
        cloud,
        "server list --long",
        "port list --long",
        "subnet list --long",
        "router list",
        "security group rule list --long",
        "floating ip list",
    )
    return {
        "servers": sorted((s["Name"], s["Status"]) for s in servers),
        "addresses": sorted(
            ip["ip_address"]
            for p in ports
            if p["Device Owner"].startswith("compute:")
            for ip in p["Fixed IP Addresses"]
        ),
        "subnets": sorted(
            (s["Name"], s["Subnet"], s["DHCP"], str(s["Name Servers"]), str(s["Host Routes"]), str(s["Gateway"]))
            for s in subnets
            if not s["Name"].startswith(("public", "admin_external", "shared-net"))
        ),
        "routers": sorted(r["Name"] for r in routers),
        "rules": sorted(
            (r["Direction"], r["Ethertype"], str(r["IP Protocol"]), str(r["Port Range"]), str(r["IP Range"]))
            for r in rules
        ),
        "floating": sorted(str(f["Fixed IP Address"]) for f in floating),
    }
