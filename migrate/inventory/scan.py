"""Reads everything that one project has on one cloud: listings only, nothing is changed."""

from collections.abc import Iterable
from typing import Any, TypeVar

from msgspec.structs import replace

from migrate.clouds.ports import Cloud
from migrate.errors import NotFound
from migrate.model import CloudFacts, Container, Inventory
from migrate.units import iso, utc_now

T = TypeVar("T")

SIDES = ("source", "target")


def scan(cloud: Cloud, side: str) -> Inventory:
    """The inventory of the project that `cloud` is logged in to; `side` is `source` or `target`.

    What Decamp itself made is in it, temporaries too, with its marks. Containers are summaries, one request each for
    their headers: no object is listed. A service that the cloud does not have leaves its lists empty.
    """
    identity, facts = cloud.identity(), cloud.facts()
    state = cloud.network.state()
    # A service that is in the catalogue must answer: an empty list would be a silent loss.
    has_objects, has_volumes = "object-store" in facts.services, "block-storage" in facts.services
    return Inventory(
        identity=identity,
        facts=_sorted_facts(facts),
        side=side,
        taken_at=iso(utc_now()),
        keypairs=_by(cloud.compute.keypairs(), "name"),
        security_groups=_by(state.security_groups),
        networks=_by(state.networks),
        subnets=_by(state.subnets),
        routers=_by(state.routers),
        ports=_by(state.ports),
        floating_ips=_by(state.floating_ips),
        images=_by(cloud.images.images()),
        volumes=_by(cloud.block.volumes() if has_volumes else []),
        snapshots=_by(cloud.block.snapshots() if has_volumes else []),
        servers=_by(cloud.compute.servers()),
        containers=_by(_containers(cloud) if has_objects else [], "name"),
    )


def _containers(cloud: Cloud) -> list[Container]:
    """Listings tell neither headers nor marks."""
    found = []
    for listed in cloud.objects.containers():
        try:
            found.append(cloud.objects.container(listed.name))
        except NotFound:
            # Its copy will fail by name, if it is really gone.
            found.append(listed)
    return found


def _by(records: Iterable[T], key: str = "id") -> tuple[T, ...]:
    # By the bytes of the name, as object stores sort: the same everywhere, whatever the locale.
    return tuple(sorted(records, key=lambda record: _text(record, key).encode()))


def _text(record: Any, key: str) -> str:
    return str(getattr(record, key))


def _sorted_facts(facts: CloudFacts) -> CloudFacts:
    return replace(
        facts,
        flavors=_by(facts.flavors, "name"),
        volume_types=tuple(sorted(facts.volume_types)),
        compute_zones=tuple(sorted(facts.compute_zones)),
        volume_zones=tuple(sorted(facts.volume_zones)),
        external_networks=_by(facts.external_networks),
        services=tuple(sorted(facts.services)),
    )
