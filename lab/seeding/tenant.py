"""The tenant under construction: its logged-in connection, what was made so far, and how to find it again."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from .errors import SeedError
from .topology import Resource, Topology, ref_of


@dataclass(frozen=True)
class Row:
    """One line of the final table."""

    kind: str
    name: str
    id: str
    made: bool
    detail: str = ""


@dataclass
class Tenant:
    """One project on one cloud.  `ids` maps a topology's resource names to the cloud's ids."""

    cloud: str
    project: str
    project_id: str
    connection: Any
    topology: Topology
    ids: dict[str, str] = field(default_factory=dict)
    attributes: dict[tuple[str, str], str] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)
    _claimed: set[str] = field(default_factory=set)

    def id_of(self, value: Any) -> str:
        """The cloud id behind a `ref`.  An id written out in the topology stands for itself."""
        name = ref_of(value)
        if name is None:
            return str(value)
        if name not in self.ids:
            raise SeedError(f"{name} is referred to by something that is made before it")
        return self.ids[name]

    def value_of(self, value: Any) -> Any:
        """A value of a property, with `{"attr": [NAME, ATTRIBUTE]}` replaced by what the cloud gave that resource."""
        if not (isinstance(value, dict) and set(value) == {"attr"}):
            return value
        name, attribute = value["attr"]
        if (name, attribute) not in self.attributes:
            raise SeedError(f"{attribute} of {name} is not known when it is asked for")
        return self.attributes[name, attribute]

    def claim(self, candidates: Iterable[Any]) -> Any | None:
        """The first of the cloud's resources of one name that no other resource of the topology has taken.

        Names need not be unique, so two servers `web` of a topology find the two servers `web` of the cloud.
        """
        for candidate in sorted(candidates, key=lambda c: (getattr(c, "created_at", None) or "", c.id)):
            if candidate.id not in self._claimed:
                self._claimed.add(candidate.id)
                return candidate
        return None

    def record(self, resource: Resource, cloud_id: str, *, made: bool, detail: str = "") -> None:
        self.ids[resource.name] = cloud_id
        self._claimed.add(cloud_id)
        self.rows.append(Row(resource.kind, resource.cloud_name, cloud_id, made, detail))

    def need(self, resource: Resource, key: str) -> Any:
        """A property that the resource cannot be made without."""
        if key not in resource.properties:
            raise SeedError(f"{resource.kind} {resource.name} has no {key}")
        return resource.properties[key]


def chosen(properties: dict[str, Any], *keys: str) -> dict[str, Any]:
    """Those of the properties that are there, to go to the cloud as they are."""
    return {key: properties[key] for key in keys if key in properties}
