"""Whether the target has room for a second set of the servers, by its quotas of this moment."""

from collections import defaultdict
from collections.abc import Callable
from typing import TypeVar

from migrate.clouds.ports import Cloud
from migrate.clouds.strict_or_lenient_listings import Asking
from migrate.errors import Denied, ItemError, NotFound, Refused, Unsupported
from migrate.execute.test_launch.launch_scope import LaunchScope
from migrate.messages import codes
from migrate.model import CloudFacts, Record
from migrate.model.steps import MakeServer, RestoreServerImage, RestoreVolume
from migrate.plan.readiness.quota_headroom import short_by, with_type_counts
from migrate.policy.mapping import default_type

T = TypeVar("T")


class RoomRow(Record, frozen=True, kw_only=True):
    """A quota at the target: what the launch needs of it, and what is missing."""

    resource: str
    need: int
    used: int
    limit: int
    missing: int


class _WhatIsShown(Asking):
    """Reads what the cloud shows to members, and nothing for the rest."""

    def __call__(self, listing: str, read: Callable[[], T]) -> T | None:
        try:
            return read()
        except (Denied, NotFound, Refused, Unsupported):
            return None


def room_rows(target: Cloud, scope: LaunchScope) -> list[RoomRow]:
    """A row for each quota that the launch needs something of, sorted by resource."""
    facts = target.facts(_WhatIsShown())
    rows = []
    for resource, need in sorted(_needs(scope, facts).items()):
        quota = facts.quotas.get(resource)
        if quota is not None and need:
            missing = short_by(quota, need)
            rows.append(RoomRow(resource=resource, need=need, used=quota.used, limit=quota.limit, missing=missing))
    return rows


def require_room(target: Cloud, scope: LaunchScope) -> None:
    """Raises ItemError DCP-569, naming every quota that is too low."""
    short = [row for row in room_rows(target, scope) if row.missing]
    if short:
        what = ", ".join(f"{one.resource} {one.used} + {one.need} > {one.limit}" for one in short)
        raise ItemError(codes.LAUNCH_NO_ROOM, name=scope.name, what=what)


def _needs(scope: LaunchScope, facts: CloudFacts) -> dict[str, int]:
    flavors = {flavor.id: flavor for flavor in facts.flavors}
    need: defaultdict[str, int] = defaultdict(int)
    # A subnet with DHCP has a port of its own.
    need["ports"] += sum(len(server.ports) for server in scope.servers) + sum(one.enable_dhcp for one in scope.subnets)
    need["networks"] += len(scope.networks)
    need["subnets"] += len(scope.subnets)
    for server in scope.servers:
        assert isinstance(server.make.action, MakeServer)
        need["servers"] += 1
        if flavor := flavors.get(server.make.action.flavor_id):
            need["cores"] += flavor.vcpus
            need["ram_mib"] += flavor.ram_mib
    for step in scope.disks:
        match step.action:
            case RestoreVolume() as action:
                size = {"volumes": 1, "volumes_gib": action.volume.size_gib}
                for resource, count in with_type_counts(size, action.volume_type or default_type(facts)).items():
                    need[resource] += count
            case RestoreServerImage():
                need["images"] += 1
    # One more, from which a volume is made.
    need["images"] += any(isinstance(step.action, RestoreVolume) for step in scope.disks)
    return need
