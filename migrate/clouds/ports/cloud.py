"""One project on one cloud: its ports together."""

from typing import Protocol

from migrate.clouds.listing_requests import EVERYTHING, Asking
from migrate.clouds.ports.block import BlockStorage
from migrate.clouds.ports.compute import Compute
from migrate.clouds.ports.images import Images
from migrate.clouds.ports.network import NetworkService
from migrate.clouds.ports.objects import ObjectStore
from migrate.model import (
    CloudFacts,
    Identity,
    ServiceResource,
    StackSource,
)


class OtherServices(Protocol):
    """Services whose things cannot be carried, as far as the catalogue names them. Reading only."""

    def resources(self, ask: Asking = EVERYTHING) -> list[ServiceResource]:
        """All that the tenant may list, sorted by kind and id. A service that refuses is told by one row.

        Each is asked for by its own name, so that a policy can leave it out.
        """

    def stack(self, stack_id: str) -> StackSource:
        """Template, parameters (hidden ones as the service masks them) and resources of a stack. Raises NotFound."""


class Cloud(Protocol):
    """One project on one cloud, as one user sees it."""

    compute: Compute
    network: NetworkService
    block: BlockStorage
    images: Images
    objects: ObjectStore
    others: OtherServices

    def identity(self) -> Identity:
        """Who and where we are; logs in anew each time. Raises AccessError: wrong password, unreachable endpoint."""

    def endpoints(self) -> dict[str, tuple[str, ...]]:
        """Official type of a service -> its addresses in the catalogue, sorted: in our region, by any interface."""

    def facts(self, ask: Asking = EVERYTHING) -> CloudFacts:
        """What the cloud offers to this project: flavors, types, zones, quotas and their use."""
