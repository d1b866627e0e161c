"""A cloud: all ports of one project."""

from typing import Protocol

from migrate.clouds.ports.block import BlockStorage
from migrate.clouds.ports.compute import Compute
from migrate.clouds.ports.images import Images
from migrate.clouds.ports.network import NetworkService
from migrate.clouds.ports.objects import ObjectStore
from migrate.clouds.strict_or_lenient_listings import EVERYTHING, Asking
from migrate.model import (
    CloudFacts,
    Identity,
    ServiceResource,
    StackSource,
)


class OtherServices(Protocol):
    """Catalogue services whose content Decamp cannot move. Read-only."""

    def resources(self, ask: Asking = EVERYTHING) -> list[ServiceResource]:
        """All resources that the tenant may list, sorted by kind and id; one row for a service that refuses.

        Requests each service by name, so that a policy can exclude it.
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
        """The login's user, project and cloud; logs in again each time. Raises AccessError: wrong password, no
        endpoint.
        """

    def endpoints(self) -> dict[str, tuple[str, ...]]:
        """Maps the official type of a service to its catalogue addresses in our region, on any interface, sorted."""

    def facts(self, ask: Asking = EVERYTHING) -> CloudFacts:
        """The cloud's offer to this project: flavors, types, zones, quotas and their use."""
