"""The visibility of images at the target: private, except for projects named in the policy."""

from migrate.model import Image
from migrate.policy.policy_records import Policy

_BY_MEMBERS = frozenset({"private", "shared"})
"""Visibilities with members. Before Glance 2.5 an image with members was private."""


def shares_of(policy: Policy, image: Image) -> dict[str, str]:
    """Maps source projects that the image is shared with to those at the target."""
    projects = policy.mappings.projects
    return {member: projects[member] for member in _members(image) if member in projects}


def unmapped_members(policy: Policy, image: Image) -> list[str]:
    """Ids of projects that the image is shared with and the policy does not map."""
    return [member for member in _members(image) if member not in policy.mappings.projects]


def visibility_of(policy: Policy, image: Image) -> str:
    """The image's new visibility. `shared` without members is the service's default and shows it to nobody."""
    return "shared" if shares_of(policy, image) else "private"


def _members(image: Image) -> list[str]:
    return sorted(set(image.members)) if image.visibility in _BY_MEMBERS else []
