"""Puts on a cloud what its operator offers: flavors, volume types, the external network and a shared one."""

from __future__ import annotations

from openstack_lab.config import Cloud
from openstack_lab.rest import Json, Rest


def provision(cloud: Cloud) -> None:
    """Create what is missing. Cheap when all is there."""
    admin = Rest(cloud)
    _flavors(admin)
    _volume_types(admin)
    external = {"router:external": True, "provider:network_type": "flat", "provider:physical_network": "external"}
    _network(admin, cloud.offer.external_network, cloud.offer.external_cidr, external)
    _network(admin, cloud.offer.shared_network, cloud.offer.shared_cidr, {"shared": True})


def _flavors(admin: Rest) -> None:
    present = {f["name"] for f in admin.get("nova", "/flavors")["flavors"]}
    for flavor in admin.cloud.offer.flavors:
        if flavor.name not in present:
            admin.post(
                "nova",
                "/flavors",
                {
                    "flavor": {
                        "name": flavor.name,
                        "vcpus": flavor.vcpus,
                        "ram": flavor.ram_mib,
                        "disk": flavor.disk_gib,
                    }
                },
            )


def _volume_types(admin: Rest) -> None:
    admin.token()  # sets project_id, which Cinder has in its paths
    root = f"/{admin.project_id}/types"
    present = {t["name"]: t["id"] for t in admin.get("cinder", root)["volume_types"]}
    offer, files = admin.cloud.offer, {"volume_backend_name": "files"}
    wanted = dict.fromkeys(offer.volume_types, files)
    wanted |= {name: {**files, "multiattach": "<is> True"} for name in offer.shared_volume_types}
    for name, specs in wanted.items():
        if name not in present:
            admin.post("cinder", root, {"volume_type": {"name": name, "extra_specs": specs}})
    if "__DEFAULT__" in present:
        # Cinder's migrations make it. It can go once the default type of cinder.conf exists.
        admin.delete("cinder", f"{root}/{present['__DEFAULT__']}")


def _network(admin: Rest, name: str, cidr: str, kind: Json) -> None:
    if admin.get("neutron", f"/v2.0/networks?name={name}&project_id={admin.project_id}")["networks"]:
        return
    network = admin.post("neutron", "/v2.0/networks", {"network": {"name": name, **kind}})["network"]
    subnet = {"name": f"{name}-v4", "network_id": network["id"], "ip_version": 4, "cidr": cidr, "enable_dhcp": False}
    admin.post("neutron", "/v2.0/subnets", {"subnet": subnet})
