"""Sets how much there is of everything: the sizes of a topology times a factor."""

import math
from typing import Any

from .errors import SeedError
from .topology import Resource, Topology

# What a data volume holds when its topology does not say: the 30 templates do not.
VOLUME_CONTENT = {"files_mib": 48, "random_mib": 8}


def sized(topology: Topology, factor: float) -> Topology:
    """The topology with its volumes, images and containers `factor` times as large, and every content spelled out."""
    if not factor > 0:
        raise SeedError(f"--scale must be above 0, not {factor}")
    return topology.mapping(lambda resource: _sized(resource, factor))


def _sized(resource: Resource, factor: float) -> Resource:
    properties = resource.properties
    if resource.kind == "volume":
        size = properties.get("size")
        if not isinstance(size, int | float) or size <= 0:
            raise SeedError(f"the size of volume {resource.name} is no number of GiB: {size!r}")
        # Cinder knows whole GiB only, and no volume of none.
        resource = resource.having(size=max(1, math.ceil(size * factor)))
        if properties.get("content") != "none":
            resource = resource.having(content=_content(resource, VOLUME_CONTENT, factor))
    elif resource.kind == "image":
        # The disk keeps its size, which flavors are made for; what does not fit on it is left out when it is built.
        resource = resource.having(content=_content(resource, {}, factor))
    elif resource.kind == "container" and "profile" in properties:
        resource = resource.having(profile=_profile(properties["profile"], factor))
    return resource


def _content(resource: Resource, default: dict[str, Any], factor: float) -> dict[str, Any]:
    content = resource.properties.get("content", default)
    if not isinstance(content, dict):
        raise SeedError(f"the content of {resource.name} is neither an object nor, for a volume, none")
    sizes = {key: content[key] * factor for key in ("files_mib", "random_mib") if key in content}
    return {**content, **sizes}


def _profile(profile: dict[str, Any], factor: float) -> dict[str, Any]:
    scaled = dict(profile)
    if "small_files" in profile:
        scaled["small_files"] = max(1, round(profile["small_files"] * factor))
    if "bulk_mib" in profile:
        scaled["bulk_mib"] = profile["bulk_mib"] * factor
    if "slo" in profile:
        segment = profile["slo"].get("segment_mib", 8)
        scaled["slo"] = {**profile["slo"], "segment_mib": max(1, round(segment * factor))}
    return scaled
