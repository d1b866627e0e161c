"""The cloud's offer to this project. Parts of missing services stay empty."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import msgspec
from msgspec import UNSET

from migrate.clouds.openstack.block import BlockStorage
from migrate.clouds.openstack.compute import Compute
from migrate.clouds.openstack.images import Images
from migrate.clouds.openstack.login import Endpoint, Login
from migrate.clouds.openstack.network import Networking
from migrate.clouds.openstack.objects import ObjectStore
from migrate.clouds.openstack.records import answers
from migrate.clouds.strict_or_lenient_listings import Asking, MalformedItem, report_item
from migrate.errors import Denied, NotFound, Unreadable
from migrate.model import LISTINGS, OTHER_SERVICE, CloudFacts, Quota
from migrate.units import MIB

T = TypeVar("T")

_VERSIONED = ("block-storage", "compute", "identity", "image", "network", "object-store")
_NOVA_LIMITS = {
    "servers": ("maxTotalInstances", "totalInstancesUsed"),
    "cores": ("maxTotalCores", "totalCoresUsed"),
    "ram_mib": ("maxTotalRAMSize", "totalRAMUsed"),
    "server_groups": ("maxServerGroups", "totalServerGroupsUsed"),
    # A limit for each group, so there is no total use.
    "server_group_members": ("maxServerGroupMembers", ""),
}


@dataclass(frozen=True)
class Facts:
    """Reads the facts from the ports."""

    login: Login
    compute: Compute
    network: Networking
    block: BlockStorage
    images: Images
    objects: ObjectStore

    def read(self, ask: Asking) -> CloudFacts:
        """All facts, without surrogates, which no file can hold."""
        found = self._read(ask)
        return msgspec.convert(answers.whole(msgspec.to_builtins(found)), CloudFacts)

    def _read(self, ask: Asking) -> CloudFacts:
        services = self.login.services()
        for entry in self.login.odd_entries:
            report_item(
                MalformedItem(f"{OTHER_SERVICE}identity", 0, "", answers.whole(entry), "bad-endpoint", True), None
            )
        asked = [service for service in services if not ask.leaves_out(service)]

        def told(listing: str, read: Callable[[], T]) -> T | None:
            return ask(listing, read) if LISTINGS[listing] in services else None

        types = told("volume-type", self.block.types) or {}
        of_images: dict[str, Quota] = _or("image-quota", self.images.quotas, {}) if "image" in asked else {}
        return CloudFacts(
            flavors=tuple(told("flavor", self.compute.flavors) or []),
            volume_types=tuple(sorted(types)),
            shared_volume_types=tuple(sorted(name for name, shared in types.items() if shared)) or UNSET,
            default_volume_type=_or("volume-type", self.block.default_type, None) if "block-storage" in asked else None,
            compute_zones=told("compute-zone", self.compute.zones) or (),
            volume_zones=told("volume-zone", self.block.zones) or (),
            external_networks=told("external-network", self.network.external_networks) or (),
            quotas={
                **(told("compute-quota", self._compute_quotas) or {}),
                **(told("volume-quota", self.block.quotas) or {}),
                **(told("network-quota", self.network.quotas) or {}),
                **of_images,
            },
            services=services,
            versions=self._versions(asked),
            # Glance reports no limit on the size of a single image.
            image_size_max_bytes=of_images["images_mib"].limit * MIB if "images_mib" in of_images else None,
            object_limits=_or("object-limit", self._object_limits, {}) if "object-store" in asked else {},
            image_formats=_or("image-format", self.images.disk_formats, ()) if "image" in asked else (),
            network_extensions=told("extension", self.network.told_extensions) or (),
            login_ends_at=_or(f"{OTHER_SERVICE}identity", self._ends_at, None),
            endpoints=self.login.addresses(),
            clock=self.login.clock.now() or UNSET,
        )

    @answers.read
    def _compute_quotas(self) -> dict[str, Quota]:
        limits = self.compute.limits()
        quotas = {
            ours: Quota(limit=answers.number(limits[most]), used=answers.number(limits.get(used) or 0))
            for ours, (most, used) in _NOVA_LIMITS.items()
            if most in limits
        }
        if "maxTotalKeypairs" in limits:
            # Key pairs are counted per user; Nova reports the limit but not the use.
            quotas["keypairs"] = Quota(
                limit=answers.number(limits["maxTotalKeypairs"]), used=len(self.compute.keypairs())
            )
        return quotas

    def _object_limits(self) -> dict[str, int]:
        try:
            return self.objects.limits()
        except (Denied, NotFound):
            return {}

    def _versions(self, asked: list[str]) -> dict[str, str]:
        told = {
            service: _or(f"{OTHER_SERVICE}{service}", partial(self._version, service), None)
            for service in _VERSIONED
            if service in asked
        }
        return {service: version for service, version in told.items() if version is not None}

    def _version(self, service: str) -> str | None:
        return _newest(self.login.endpoint(service))

    @answers.read
    def _ends_at(self) -> str | None:
        return self.login.ends_at


def _or(listing: str, read: Callable[[], T], default: T) -> T:
    """The result of `read`, or the default if the answer is unreadable, which is reported."""
    try:
        return read()
    except Unreadable as error:
        report_item(MalformedItem(listing, 0, "", "", str(error.facts.get("why", error.facts["what"]))), None)
        return default


def _newest(endpoint: Endpoint) -> str:
    """The newest microversion, or the version of a service without microversions."""
    return "{}.{}".format(*endpoint.max_microversion) if endpoint.max_microversion else endpoint.version
