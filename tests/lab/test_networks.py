"""A server on a shared network, on real Neutron: a member chooses neither its address nor its MAC there."""

import json
from pathlib import Path

import pytest

from tests.lab.harness import Workspace, openstack, seed, sweep

pytestmark = pytest.mark.lab

PROJECT, NETWORK = "test-networks", "shared-net"


def topology(folder: Path) -> str:
    """One server with two NICs: on the shared network and, behind it, on one of the tenant's own."""
    (shared,) = [each["ID"] for each in openstack("source-admin", "network", "list") if each["Name"] == NETWORK]
    own = {"network_id": {"ref": "back"}, "ip_version": 4, "cidr": "10.73.0.0/24"}
    nics = [{"port": {"ref": "front"}}, {"port": {"ref": "inside"}}]
    resources = [
        {"name": "back", "kind": "network"},
        {"name": "back-v4", "kind": "subnet", "properties": own},
        {"name": "front", "kind": "port", "properties": {"network_id": shared}},
        {"name": "inside", "kind": "port", "properties": {"network_id": {"ref": "back"}}},
        {
            "name": "kiosk",
            "kind": "server",
            "properties": {"image": "Ubuntu 14.04", "flavor": "s1.cw.small-1", "networks": nics},
        },
    ]
    path = folder / "networks.json"
    path.write_text(json.dumps({"stack": "networks", "resources": resources}))
    return str(path)


def ports(cloud: str) -> dict[str, tuple[str, str]]:
    """Name -> id and address, of all ports that the tenant sees."""
    return {
        each["Name"]: (each["ID"], each["Fixed IP Addresses"][0]["ip_address"])
        for each in openstack(cloud, "port", "list")
        if each["Name"]
    }


def nics(cloud: str) -> list[str]:
    (server,) = openstack(cloud, "server", "list")
    return sorted(address for addresses in server["Networks"].values() for address in addresses)


def test_a_server_on_a_shared_network_moves_and_its_new_address_is_told(lab: None, tmp_path: Path) -> None:
    seed(topology(tmp_path), PROJECT, "--target-quota", "generous")
    sweep("target", PROJECT)
    source, target = f"source-{PROJECT}", f"target-{PROJECT}"
    workspace = Workspace(tmp_path / "ws", PROJECT)
    workspace.prepare()
    (old,) = [address for name, (_, address) in ports(source).items() if name.endswith("front")]
    found = {f["code"]: f["facts"] for f in workspace.json("check")}
    assert found["DCP-834"] == {"network": NETWORK, "becomes": NETWORK}
    assert found["DCP-835"] == {"address": old, "becomes": NETWORK}
    workspace.decamp("approve", "cut-over", "--who", "the tests")
    workspace.decamp("run", "--execute")
    workspace.decamp("verify")
    there = ports(target)
    assert len(there) == 2, "no port twice, none left over"
    (new,) = [address for name, (_, address) in there.items() if name.endswith("front")]
    assert new.startswith("172.28.0.") and old.startswith("172.29.0.")
    assert nics(target) == sorted(address for _, address in there.values())
    assert f"{old} → {new}" in workspace.decamp("report", "-f", "md", "-o", "-").stdout
    # The second time: nothing is asked again, nothing made beside what is there.
    workspace.decamp("scan")
    workspace.decamp("plan")
    workspace.decamp("run", "--execute")
    workspace.decamp("verify")
    assert ports(target) == there
