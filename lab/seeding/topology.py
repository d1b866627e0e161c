"""A tenant's topology: named resources that refer to each other.  Reads, merges and checks; knows no cloud."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from .errors import SeedError

# In the order in which they are made: each kind only refers to kinds before it (or to its own kind).
KINDS = (
    "project",
    "keypair",
    "network",
    "subnet",
    "router",
    "router_interface",
    "security_group",
    "port",
    "trunk",
    "image",
    "volume",
    "server_group",
    "server",
    "volume_attachment",
    "floating_ip",
    "floating_ip_association",
    "port_forwarding",
    "snapshot",
    "backup",
    "server_image",
    "container",
)
LISTS = (
    "networks",
    "rules",
    "fixed_ips",
    "allocation_pools",
    "host_routes",
    "routes",
    "allowed_address_pairs",
    "extra_dhcp_opts",
    "sub_ports",
    "shared_with",
)
OBJECTS = ("metadata", "external_gateway_info", "profile", "image_metadata", "files")
# Cloudwatt's templates use these, and the lab's Neutron has no load balancer.
NOT_IN_LAB = ("pool", "load_balancer")


@dataclass(frozen=True)
class Resource:
    """One resource of a topology.  `{"ref": NAME}` anywhere in its properties means another resource."""

    name: str
    kind: str
    properties: dict[str, Any] = field(default_factory=dict)

    @property
    def cloud_name(self) -> str:
        """The name that the cloud shows: the template's own, or the resource's."""
        return str(self.properties.get("name", self.name))

    def having(self, **properties: Any) -> "Resource":
        """The same resource with some properties set."""
        return replace(self, properties={**self.properties, **properties})


@dataclass(frozen=True)
class Topology:
    """A stack's name and its resources, in file order."""

    stack: str
    resources: tuple[Resource, ...]

    def of_kind(self, kind: str) -> list[Resource]:
        return [r for r in self.resources if r.kind == kind]

    def get(self, name: str) -> Resource:
        return next(r for r in self.resources if r.name == name)

    def has(self, name: str) -> bool:
        return any(r.name == name for r in self.resources)

    def adding(self, *resources: Resource) -> "Topology":
        return replace(self, resources=self.resources + resources)

    def mapping(self, change: Any) -> "Topology":
        """The same topology with `change` applied to each resource."""
        return replace(self, resources=tuple(change(r) for r in self.resources))


def ref_of(value: Any) -> str | None:
    """The name that a value refers to, or None when it is no reference."""
    return value["ref"] if isinstance(value, dict) and set(value) == {"ref"} else None


def refs_in(value: Any) -> Iterator[str]:
    """Every name that a value refers to, at any depth, `{"attr": [NAME, …]}` (an attribute of it) included."""
    name = ref_of(value)
    if name is not None:
        yield name
    elif isinstance(value, dict) and isinstance(value.get("attr"), list) and value["attr"]:
        yield str(value["attr"][0])
    elif isinstance(value, dict):
        for item in value.values():
            yield from refs_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from refs_in(item)


def load(path: Path, overlay: Path | None = None) -> Topology:
    """Read a topology file, with an overlay merged in.  Raises SeedError on anything that is not well formed."""
    document = _read(path)
    entries = _entries(path, document)
    if overlay is not None:
        entries = _merged(entries, _entries(overlay, _read(overlay)))
    stack = document.get("stack", path.stem)
    return Topology(stack, tuple(_expanded(path, entries)))


def check(topology: Topology) -> None:
    """Refuse a topology with an unknown kind, a name used twice or a reference to nothing."""
    seen: set[str] = set()
    for resource in topology.resources:
        if resource.kind not in KINDS:
            raise SeedError(f"{resource.name} is of kind {resource.kind!r}, which is not one of: {', '.join(KINDS)}")
        if resource.name in seen:
            raise SeedError(f"the name {resource.name!r} is used twice in {topology.stack}")
        seen.add(resource.name)
    for resource in topology.resources:
        _check_shapes(resource)
        for name in refs_in(resource.properties):
            if name not in seen:
                raise SeedError(f"{resource.name} refers to {name!r}, which is not in {topology.stack}")


def _check_shapes(resource: Resource) -> None:
    for key in LISTS:
        items = resource.properties.get(key, [])
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise SeedError(f"{key} of {resource.name} is no list of objects")
    for key in OBJECTS:
        if not isinstance(resource.properties.get(key, {}), dict):
            raise SeedError(f"{key} of {resource.name} is no object")


def without_kinds_not_in_lab(topology: Topology) -> tuple[Topology, list[str]]:
    """Leave out the kinds that the lab has no service for, with what hangs on them, and say so."""
    missing = {r.name for r in topology.resources if r.kind in NOT_IN_LAB}
    kept = []
    notes = []
    for resource in topology.resources:
        if resource.kind in NOT_IN_LAB:
            notes.append(f"{resource.kind} {resource.name}: not in this lab")
        elif missing.intersection(refs_in(resource.properties)):
            notes.append(f"{resource.kind} {resource.name}: left out, it needs what is not in this lab")
        else:
            kept.append(resource)
    return replace(topology, resources=tuple(kept)), notes


def _read(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as err:
        raise SeedError(f"cannot read {path}: {err.strerror}") from err
    except ValueError as err:
        raise SeedError(f"{path} is not JSON: {err}") from err
    if not isinstance(document, dict) or not isinstance(document.get("resources"), list):
        raise SeedError(f"{path} is no topology: it has no list of resources")
    return document


def _entries(path: Path, document: dict[str, Any]) -> list[dict[str, Any]]:
    for entry in document["resources"]:
        if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
            raise SeedError(f"{path} holds a resource without a name: {json.dumps(entry)[:80]}")
        if not isinstance(entry.get("properties", {}), dict):
            raise SeedError(f"the properties of {entry['name']} in {path} are not an object")
    return list(document["resources"])


def _merged(base: list[dict[str, Any]], overlay: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Overlay entries change the resource of their name, or come as new ones, as they stand, after the others."""
    merged = {entry["name"]: entry for entry in base}
    for entry in overlay:
        old = merged.get(entry["name"])
        if old is None:
            merged[entry["name"]] = entry
        else:
            properties = _deep_merge(old.get("properties", {}), entry.get("properties", {}))
            merged[entry["name"]] = {**old, **entry, "properties": properties}
    return list(merged.values())


def _deep_merge(base: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    """Objects merge key by key, null takes a key away, all else (lists too) replaces."""
    result = dict(base)
    for key, value in change.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict) and isinstance(result.get(key), dict) and ref_of(value) is None:
            result[key] = _deep_merge(result[key], value)
        else:
            result[key] = value
    return result


def _expanded(path: Path, entries: list[dict[str, Any]]) -> Iterator[Resource]:
    """One Resource per entry, or `count` of them named NAME-1, NAME-2, …, which refer to their own number."""
    counts = {entry["name"]: _count(path, entry) for entry in entries}
    for entry in entries:
        if "kind" not in entry:
            raise SeedError(f"{entry['name']} in {path} has no kind")
        properties, count = entry.get("properties", {}), counts[entry["name"]]
        for number in range(1, count + 1):
            numbered = _numbered(properties, number, counts)
            if count > 1 and "name" in numbered:
                numbered["name"] = f"{numbered['name']}-{number}"
            name = entry["name"] if count == 1 else f"{entry['name']}-{number}"
            yield Resource(name, entry["kind"], numbered)


def _count(path: Path, entry: dict[str, Any]) -> int:
    count = entry.get("count", 1)
    if not isinstance(count, int) or count < 1:
        raise SeedError(f"the count of {entry['name']} in {path} is no positive number: {count!r}")
    return count


def _numbered(value: Any, number: int, counts: dict[str, int]) -> Any:
    name = ref_of(value)
    if name is not None:
        copies = counts.get(name, 1)
        return value if copies == 1 else {"ref": f"{name}-{(number - 1) % copies + 1}"}
    if isinstance(value, dict):
        return {key: _numbered(item, number, counts) for key, item in value.items()}
    if isinstance(value, list):
        return [_numbered(item, number, counts) for item in value]
    return value
