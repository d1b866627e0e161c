"""An S3 service's limits on single objects, checked against listing rows: for copies and for scans."""

from collections.abc import Callable

from migrate.messages import codes
from migrate.model import ObjectEntry, Record
from migrate.policy.provider_profiles import Profile
from migrate.units import GIB

KEY_BYTES, OBJECT_GIB = 1024, 5 * 1024
"""The limits of all S3 services, used without a profile."""

_SHAPES: dict[str, Callable[[str], bool]] = {
    "leading-slash": lambda key: key.startswith("/"),
    "empty-part": lambda key: "//" in key,
    "dot-part": lambda key: bool({".", ".."} & set(key.split("/"))),
    "control-character": lambda key: any(ord(char) < 32 or ord(char) == 127 for char in key),
}
SLASH_WITH_CONTENT = "slash-with-content"
"""A key that ends with a slash and has content: services on a file system treat it as a folder."""

REFUSALS = ("key-too-long", "object-too-large", *_SHAPES, SLASH_WITH_CONTENT)
"""All reasons; a profile's `refused_keys` are some of those after the first two."""


class ObjectLimits(Record, frozen=True, kw_only=True):
    """The limits of an S3 service: bytes of a key, bytes of content, and refused shapes of keys."""

    key_bytes: int = KEY_BYTES
    object_bytes: int = OBJECT_GIB * GIB
    refused_keys: tuple[str, ...] = ()


def limits_of(profile: Profile | None) -> ObjectLimits:
    """The provider's documented limits, else those of all S3 services."""
    if profile is None:
        return ObjectLimits()
    return ObjectLimits(
        key_bytes=profile.key_bytes or KEY_BYTES,
        object_bytes=(profile.object_gib or OBJECT_GIB) * GIB,
        refused_keys=profile.refused_keys,
    )


LINK, UNREADABLE = "link", "unreadable"
"""Further remarks from checking a listing: links, and unreadable rows."""
UNLISTED = codes.OBJECT_ROWS_UNREADABLE
"""The finding for unreadable rows."""


def oddness(entry: ObjectEntry, limits: ObjectLimits | None, key_prefix: str = "") -> str:
    """The remark on an object for a scan: why S3 refuses it, or that it is a link.

    `limits`: None for a target on Swift, which accepts all of Swift's objects.
    """
    why = refusals(entry, limits, key_prefix) if limits else ""
    return why or (LINK if entry.is_link else "")


def refusals(entry: ObjectEntry, limits: ObjectLimits, key_prefix: str = "") -> str:
    """The reason why the service refuses this object below `key_prefix`, from `REFUSALS`; empty if it does not.

    A listing does not show the size of a dynamic large object; reading it reveals that it is too large.
    """
    key = key_prefix + entry.name
    if len(key.encode()) > limits.key_bytes:
        return "key-too-long"
    if entry.size_bytes > limits.object_bytes:
        return "object-too-large"
    if SLASH_WITH_CONTENT in limits.refused_keys and key.endswith("/") and entry.size_bytes:
        return SLASH_WITH_CONTENT
    return next((why for why in limits.refused_keys if why in _SHAPES and _SHAPES[why](key)), "")
