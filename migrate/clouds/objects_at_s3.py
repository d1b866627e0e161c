"""A cloud with its objects on a separate S3 service."""

from msgspec.structs import replace

from migrate.clouds.ports import Cloud, ObjectStore
from migrate.clouds.strict_or_lenient_listings import EVERYTHING, Asking
from migrate.model import ON_S3, CloudFacts, Identity


class CloudWithS3:
    """ports.Cloud: another cloud, with a different object store. Does not use the cloud's own Swift."""

    def __init__(self, inner: Cloud, objects: ObjectStore) -> None:
        self._inner = inner
        self.compute, self.network, self.block, self.others = inner.compute, inner.network, inner.block, inner.others
        self.images, self.objects = inner.images, objects

    def identity(self) -> Identity:
        return self._inner.identity()

    def endpoints(self) -> dict[str, tuple[str, ...]]:
        return self._inner.endpoints()

    def facts(self, ask: Asking = EVERYTHING) -> CloudFacts:
        facts = self._inner.facts(ask)
        # The object limits are Swift's and do not apply to this store.
        return replace(facts, services=(*facts.services, ON_S3), object_limits={})
