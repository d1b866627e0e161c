"""What an S3 service refuses of single objects, told by a line of a listing: for whoever copies, or counts before."""

from collections.abc import Callable

from migrate.messages import codes
from migrate.model import ObjectEntry, Record
from migrate.policy.provider_profiles import Profile
from migrate.units import GIB

KEY_BYTES, OBJECT_GIB = 1024, 5 * 1024
"""What every S3 service takes, where no profile knows more."""

_SHAPES: dict[str, Callable[[str], bool]] = {
    "leading-slash": lambda key: key.startswith("/"),
    "empty-part": lambda key: "//" in key,
    "dot-part": lambda key: bool({".", ".."} & set(key.split("/"))),
    "control-character": lambda key: any(ord(char) < 32 or ord(char) == 127 for char in key),
}
SLASH_WITH_CONTENT = "slash-with-content"
"""A key that ends with a slash and has content: a service that is a file system takes it for a folder."""

REFUSALS = ("key-too-long", "object-too-large", *_SHAPES, SLASH_WITH_CONTENT)
"""Every reason; a profile's `refused_keys` are some of those behind the first two."""


class ObjectLimits(Record, frozen=True, kw_only=True):
    """What one S3 service takes of an object: bytes of its key, of its content, and shapes of keys that it refuses."""

    key_bytes: int = KEY_BYTES
    object_bytes: int = OBJECT_GIB * GIB
    refused_keys: tuple[str, ...] = ()


def limits_of(profile: Profile | None) -> ObjectLimits:
    """The limits that a provider documents, else what every service takes."""
    if profile is None:
        return ObjectLimits()
    return ObjectLimits(
        key_bytes=profile.key_bytes or KEY_BYTES,
        object_bytes=(profile.object_gib or OBJECT_GIB) * GIB,
        refused_keys=profile.refused_keys,
    )


LINK, UNREADABLE = "link", "unreadable"
"""Of what a look through a listing finds: links, and rows that nobody can read."""
UNLISTED = codes.OBJECT_ROWS_UNREADABLE
"""The finding that tells of the latter."""


def oddness(entry: ObjectEntry, limits: ObjectLimits | None, key_prefix: str = "") -> str:
    """What a person should know of this object beforehand: why S3 refuses it, or that it is a link.

    `limits` None: of a target on Swift, which takes what Swift has.
    """
    why = refusals(entry, limits, key_prefix) if limits else ""
    return why or (LINK if entry.is_link else "")


def refusals(entry: ObjectEntry, limits: ObjectLimits, key_prefix: str = "") -> str:
    """Why the service will not take this object below `key_prefix`, one of `REFUSALS`; empty when it will.

    A large object shows no size of its own in a listing, where it is dynamic: it is found too large when it is read.
    """
    key = key_prefix + entry.name
    if len(key.encode()) > limits.key_bytes:
        return "key-too-long"
    if entry.size_bytes > limits.object_bytes:
        return "object-too-large"
    if SLASH_WITH_CONTENT in limits.refused_keys and key.endswith("/") and entry.size_bytes:
        return SLASH_WITH_CONTENT
    return next((why for why in limits.refused_keys if why in _SHAPES and _SHAPES[why](key)), "")
