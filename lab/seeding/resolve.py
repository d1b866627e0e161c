"""Replaces what a Heat template leaves open by the committed table `lab/tenants/resolve.json`.

Template parameters, image ids of a cloud that is gone, its flavor names, external networks and volume types all get a
value that exists in the lab.  Images and keypairs become resources of the topology, so that the tenant makes them.
"""

import json
import re
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from .errors import SeedError
from .topology import Resource, Topology, ref_of

PARAMETER = re.compile(r"param:(\w+)")
# Heat had two spellings for these; the rest of the seeder knows the Neutron one.
SPELLINGS = {
    "port": {"network": "network_id"},
    "floating_ip_association": {"floating_ip": "floatingip_id"},
}


@dataclass(frozen=True)
class Table:
    """The committed answers, one object per kind of open question."""

    parameters: dict[str, Any]
    additions: dict[str, list[dict[str, Any]]]
    public_key: str
    image_defaults: dict[str, Any]
    images: dict[str, dict[str, Any]]
    flavors: dict[str, str]
    networks: dict[str, str]
    volume_types: dict[str, str]
    external_network: str

    @classmethod
    def load(cls, path: Path) -> "Table":
        return cls(**json.loads(path.read_text(encoding="utf-8")))

    def lookup(self, section: str, key: str, user: str) -> Any:
        table = getattr(self, section)
        if key not in table:
            raise SeedError(f"resolve.json has no {section} entry for {key!r}, which {user} asks for")
        return table[key]


def resolve(topology: Topology, table: Table) -> Topology:
    """A topology in which nothing is open any more."""
    extra = [Resource(e["name"], e["kind"], e.get("properties", {})) for e in table.additions.get(topology.stack, [])]
    topology = topology.adding(*extra)
    topology = topology.mapping(lambda r: Resource(r.name, r.kind, _spelled(r, _filled(r, r.properties, (), table))))
    topology = topology.mapping(lambda r: _with_cloud_names(r, table))
    return _with_images(_with_keypairs(topology, table), table)


_LEFT_OUT = object()


def _filled(resource: Resource, value: Any, where: tuple[str, ...], table: Table) -> Any:
    """The value with its parameters filled in.  A parameter whose entry is null takes its property away."""
    if isinstance(value, dict):
        filled = {key: _filled(resource, item, (*where, key), table) for key, item in value.items()}
        return {key: item for key, item in filled.items() if item is not _LEFT_OUT}
    if isinstance(value, list):
        return [_filled(resource, item, where, table) for item in value]
    if not isinstance(value, str):
        return value
    whole = PARAMETER.fullmatch(value)
    if whole is None:
        # A name such as mail.param:domain has its parameter inside.
        return PARAMETER.sub(lambda found: str(_entry(resource, found[1], where, table)), value)
    entry = _entry(resource, whole[1], where, table)
    return _LEFT_OUT if entry is None else entry


def _entry(resource: Resource, parameter: str, where: tuple[str, ...], table: Table) -> Any:
    """A parameter's value.  It may stand in several fields, as a CIDR and addresses of it do: the longest path wins."""
    entry = table.lookup("parameters", parameter, resource.name)
    if not isinstance(entry, dict) or ref_of(entry) is not None:
        return entry
    for start in range(len(where)):
        key = ".".join(where[start:])
        if key in entry:
            return entry[key]
    raise SeedError(f"resolve.json has no value of {parameter} for {'.'.join(where)}, which {resource.name} asks for")


def _spelled(resource: Resource, properties: dict[str, Any]) -> dict[str, Any]:
    spellings = SPELLINGS.get(resource.kind, {})
    return {spellings.get(key, key): value for key, value in properties.items()}


def _with_cloud_names(resource: Resource, table: Table) -> Resource:
    """Flavor, volume type and external network as the lab's source names them."""
    properties = resource.properties
    if resource.kind == "server":
        if "flavor" not in properties:
            raise SeedError(f"the server {resource.name} has no flavor")
        return resource.having(flavor=table.lookup("flavors", properties["flavor"], resource.name))
    if resource.kind == "volume" and "volume_type" in properties:
        return resource.having(volume_type=table.lookup("volume_types", properties["volume_type"], resource.name))
    if resource.kind == "floating_ip":
        network = properties.get("floating_network_id", table.external_network)
        return resource.having(floating_network_id=table.lookup("networks", network, resource.name))
    if resource.kind == "router" and "external_gateway_info" in properties:
        # enable_snat is for administrators (403), so only the network goes on.
        network = properties["external_gateway_info"].get("network", table.external_network)
        gateway = {"network": table.lookup("networks", network, resource.name)}
        return resource.having(external_gateway_info=gateway)
    return resource


def _with_keypairs(topology: Topology, table: Table) -> Topology:
    """Every key name becomes a reference to a keypair, made when the topology has none of that name."""
    topology = topology.mapping(
        lambda r: r.having(public_key=r.properties.get("public_key", table.public_key)) if r.kind == "keypair" else r
    )
    for server in topology.of_kind("server"):
        key = server.properties.get("key_name")
        if isinstance(key, str) and _named(topology, "keypair", key) is None:
            pair = Resource(f"keypair {key}", "keypair", {"name": key, "public_key": table.public_key})
            topology = topology.adding(pair)
    return topology.mapping(partial(_referring, topology, "server", "key_name", "keypair"))


def _with_images(topology: Topology, table: Table) -> Topology:
    """Every image id or name becomes a reference to an image that the tenant uploads."""
    topology = topology.mapping(
        lambda r: Resource(r.name, r.kind, _image(r.properties, table)) if r.kind == "image" else r
    )
    for user in topology.of_kind("server") + topology.of_kind("volume"):
        image = user.properties.get("image")
        if isinstance(image, str) and _named(topology, "image", image) is None:
            entry = table.lookup("images", image, user.name)
            topology = topology.adding(Resource(f"image {image}", "image", _image(entry, table)))
    complete = topology
    for kind in ("server", "volume"):
        topology = topology.mapping(partial(_referring, complete, kind, "image", "image"))
    return topology


def _image(entry: dict[str, Any], table: Table) -> dict[str, Any]:
    defaults = table.image_defaults
    properties = {**defaults.get("properties", {}), **entry.get("properties", {})}
    return {**defaults, **entry, "properties": properties}


def _named(topology: Topology, kind: str, name: str) -> str | None:
    """The resource that a plain name stands for: one of that cloud name, or the one that the table gave."""
    for resource in topology.of_kind(kind):
        if name in (resource.cloud_name, resource.name.removeprefix(f"{kind} ")):
            return resource.name
    return None


def _referring(topology: Topology, kind: str, key: str, to_kind: str, user: Resource) -> Resource:
    value = user.properties.get(key)
    if user.kind != kind or not isinstance(value, str):
        return user
    return user.having(**{key: {"ref": _named(topology, to_kind, value)}})
