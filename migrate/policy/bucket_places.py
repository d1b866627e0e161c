"""The S3 places of a tenant's containers, according to its policy; only of those that move."""

from collections.abc import Mapping

from migrate.model import Inventory, Kind, S3Place, name_id
from migrate.policy.choose_buckets import SHARED, bucket_places, place_of
from migrate.policy.policy_records import Policy
from migrate.policy.provider_profiles import Profile, profile_at
from migrate.policy.selectors import item, skipped_item


def container_places(
    source: Inventory, policy: Policy, ours: Mapping[tuple[Kind, str], str] | None = None
) -> dict[str, S3Place]:
    """Maps containers to their places; empty if the policy names no S3 service.

    `ours`: existing resources of this migration, by kind and source id; existing containers keep their place.
    """
    said = policy.s3
    if said is None:
        return {}
    names = _moving(source, policy)
    there = {name: (ours or {}).get((Kind.CONTAINER, name_id(name))) for name in names}
    profile = s3_profile(policy)
    return bucket_places(
        names,
        said.buckets,
        before={name: place_of(text) for name, text in there.items() if text},
        bucket_prefix=said.bucket_prefix,
        style=said.style,
        most=profile.buckets if profile else None,
        shared=_shared(policy),
    )


def s3_profile(policy: Policy) -> Profile | None:
    """The profile of the S3 service's provider, by name or address. None: its limits are unknown."""
    return profile_at(policy.profile, policy.s3.endpoint) if policy.s3 else None


def shared_bucket(policy: Policy) -> str:
    """The name prefix of buckets shared by containers when there are too many for one bucket each."""
    return f"{policy.s3.bucket_prefix}{_shared(policy)}" if policy.s3 else ""


def _shared(policy: Policy) -> str:
    # Bucket names are shared by all customers of a service, so this one must be unique.
    return f"{SHARED}-{policy.migration[:8]}"


def _moving(source: Inventory, policy: Policy) -> list[str]:
    """The containers that need a place, without skipped ones and those with backups of the old cloud."""
    backups = {backup.container for backup in source.backups} if policy.backups != "container" else set()
    names = (container.name for container in source.containers if container.name not in backups)
    return [name for name in names if skipped_item(policy, item(Kind.CONTAINER, name), name) is None]
