"""Where the containers of one tenant lie on S3, by its policy: those that move, and those alone."""

from collections.abc import Mapping

from migrate.model import Inventory, Kind, S3Place, name_id
from migrate.policy.choose_buckets import SHARED, bucket_places, place_of
from migrate.policy.policy_records import Policy
from migrate.policy.provider_profiles import Profile, profile_at
from migrate.policy.selectors import item, skipped_item


def container_places(
    source: Inventory, policy: Policy, ours: Mapping[tuple[Kind, str], str] | None = None
) -> dict[str, S3Place]:
    """Container -> its place; empty where the policy names no S3 service.

    `ours`: what this migration has made at the target, by kind and source id; a container that is there stays there.
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
    """The provider of the S3 service: named, or found by its address. None: nobody's limits are known."""
    return profile_at(policy.profile, policy.s3.endpoint) if policy.s3 else None


def shared_bucket(policy: Policy) -> str:
    """What the bucket's name begins with that containers share where there are too many for a bucket each."""
    return f"{policy.s3.bucket_prefix}{_shared(policy)}" if policy.s3 else ""


def _shared(policy: Policy) -> str:
    # Bucket names are shared by all customers of a service: this one is to be nobody else's.
    return f"{SHARED}-{policy.migration[:8]}"


def _moving(source: Inventory, policy: Policy) -> list[str]:
    """What the policy skips, and what holds backups of the old cloud, takes no bucket away from the others."""
    backups = {backup.container for backup in source.backups} if policy.backups != "container" else set()
    names = (container.name for container in source.containers if container.name not in backups)
    return [name for name in names if skipped_item(policy, item(Kind.CONTAINER, name), name) is None]
