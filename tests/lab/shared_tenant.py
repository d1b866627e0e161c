"""A tenant that uses what others share."""

import json
from pathlib import Path
from typing import Any

from tests.lab.harness import openstack

PROJECT, NETWORK, SHARED_TYPE = "test-shared", "shared-net", "cluster"


def topology(folder: Path) -> str:
    """`kiosk` has a NIC on the shared network and one on the tenant's own, where `till` is too."""
    (shared,) = [each["ID"] for each in openstack("source-admin", "network", "list") if each["Name"] == NETWORK]
    own = {"network_id": {"ref": "back"}}
    content = {"size": 1, "min_disk": 1, "content": {"files_mib": 8, "random_mib": 4}}
    resources = [
        {"name": "back", "kind": "network"},
        {"name": "back-v4", "kind": "subnet", "properties": {**own, "ip_version": 4, "cidr": "10.73.0.0/24"}},
        {"name": "front", "kind": "port", "properties": {"network_id": shared}},
        {"name": "inside", "kind": "port", "properties": own},
        {"name": "behind", "kind": "port", "properties": own},
        {"name": "base", "kind": "image", "properties": {"name": "shared base", **content}},
        server("kiosk", "s1.cw.small-1", "front", "inside"),
        server("till", "t1.cw.tiny", "behind"),
    ]
    path = folder / "shared.json"
    path.write_text(json.dumps({"stack": "shared", "resources": resources}))
    return str(path)


def server(name: str, flavor: str, *ports: str) -> dict[str, Any]:
    nics = [{"port": {"ref": port}} for port in ports]
    return {
        "name": name,
        "kind": "server",
        "properties": {"image": {"ref": "base"}, "flavor": flavor, "networks": nics},
    }


def ports(cloud: str) -> dict[str, tuple[str, str]]:
    """Name -> id and address, of all ports that the tenant sees."""
    return {
        each["Name"]: (each["ID"], each["Fixed IP Addresses"][0]["ip_address"])
        for each in openstack(cloud, "port", "list")
        if each["Name"]
    }


def nics(cloud: str) -> list[str]:
    listed = openstack(cloud, "server", "list")
    return sorted(address for one in listed for addresses in one["Networks"].values() for address in addresses)
