"""A tenant with networks of its own and shared ones."""

import json
from pathlib import Path
from typing import Any

from migrate.clouds.ports import NewServer
from migrate.demo.memory import worlds
from migrate.demo.memory.cloud import MemoryCloud
from migrate.model import Network, Port, Subnet
from tests.cli.conftest import Decamp, Result


def shared(world: str, name: str, cidr: str, *, is_external: bool = False, project: str = "operator") -> str:
    """A network that its owner shares with everybody; returns its id."""
    cloud = MemoryCloud(f"{world}/{project}", world=worlds[world], project=project)
    network_id = cloud.network.create_network(Network(id="", name=name))
    stem = cidr.rpartition(".")[0]
    cloud.network.create_subnet(
        Subnet(id="", network_id=network_id, name=f"{name}-v4", cidr=cidr, gateway_ip=f"{stem}.1", enable_dhcp=False)
    )
    worlds[world].networks.row(network_id, None).change(is_shared=project == "operator", is_external=is_external)
    return network_id


def tenant(world: str) -> MemoryCloud:
    return MemoryCloud(f"{world}/small", world=worlds[world], project="small")


def put_server(network_id: str, name: str = "kiosk", **changes: Any) -> str:
    """A server of the tenant's with its one port on that network; returns the port's address."""
    cloud = tenant("source")
    port_id = cloud.network.create_port(Port(id="", network_id=network_id, name=f"{name}-eth0"))
    worlds["source"].ports.row(port_id, None).change(**changes)
    image_id = cloud.images.images()[0].id
    cloud.compute.create_server(NewServer(name=name, flavor_id="16", image_id=image_id, port_ids=(port_id,)))
    worlds["source"].settle()
    return str(worlds["source"].ports.row(port_id, None).record.fixed_ips[0].ip_address)


def findings(decamp: Decamp, root: Path) -> dict[str, dict[str, str]]:
    return {f["code"]: f["facts"] for f in json.loads(decamp("-C", root, "check", "-f", "json").out)}


def run(decamp: Decamp, root: Path) -> Result:
    """Plans, approves all stops, and runs."""
    assert decamp("-C", root, "plan").code == 0
    decamp("-C", root, "approve", "cut-over", "--who", "the tests")
    return decamp("-C", root, "run", "--execute")


def moved_port(name: str = "kiosk-eth0") -> Port:
    (port,) = [port for port in tenant("target").network.state().ports if port.name == name]
    return port


def edit_again(root: Path, old: str, new: str) -> None:
    path = root / "policy.yaml"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
