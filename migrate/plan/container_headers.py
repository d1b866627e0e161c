"""What the headers of a container are for: which of them act on writes, and what each means to an S3 service."""

from collections.abc import Mapping

READ, WRITE = "x-container-read", "x-container-write"
META = "x-container-meta-"
CORS, WEB = f"{META}access-control-", f"{META}web-"
QUOTA, TEMP_URL = f"{META}quota-", f"{META}temp-url-key"
VERSIONS = "x-versions-enabled"
ARCHIVES = ("x-versions-location", "x-history-location")
SYNC_TO, SYNC_KEY = "x-container-sync-to", "x-container-sync-key"

NEVER = frozenset({SYNC_TO, SYNC_KEY})
"""Where a container sends its objects, by a key that both ends share: the other end must learn the new place."""

_NOT_OWN_META = (CORS, WEB, QUOTA, TEMP_URL)


def has_history(headers: Mapping[str, str]) -> bool:
    """Older versions of its objects lie where no listing shows them."""
    return headers.get(VERSIONS, "").lower() == "true"


def own_metadata(headers: Mapping[str, str]) -> list[str]:
    """Keys that mean something to the customer alone."""
    return sorted(key for key in headers if key.startswith(META) and not key.startswith(_NOT_OWN_META))


def about(headers: Mapping[str, str], start: str) -> list[str]:
    """The headers that begin so, with a value or not: of a key that signs none is told."""
    return sorted(key for key in headers if key.startswith(start))
