"""Keys of metadata, headers and properties whose values look like secrets, and URLs without their logins. Pure.

A value behind such a key is moved as any other and is shown to nobody: what differs is told by digest.
"""

import hashlib
import re
from urllib.parse import urlsplit, urlunsplit

# `key` and `auth` at the end of a word alone: a keyboard and an author are no secrets.
_SECRET = re.compile(
    r"passw|passphrase|passwd|pwd|secret|token|credential|private|signature|cookie|"
    r"(?:key|keys|auth|pass|cred|creds|pin)(?![a-z])",
    re.IGNORECASE,
)
_SHOWN_DIGITS = 12
SIGNING_HEADERS = frozenset(
    {"x-container-meta-temp-url-key", "x-container-meta-temp-url-key-2", "x-container-sync-key"}
)
"""Keys of containers: adapters tell by an empty value that there is one; `signing_keys` alone tells which."""


def is_secret(key: str) -> bool:
    """The key looks like that of a password, a token, a key."""
    return _SECRET.search(key) is not None


def by_digest(value: str) -> str:
    """What is shown in place of a secret: equal ones look equal, and no more than that is told."""
    return f"sha256:{hashlib.sha256(value.encode('utf-8', 'surrogatepass')).hexdigest()[:_SHOWN_DIGITS]}"


class Hidden(str):
    """A secret, compared as what it is and shown by its digest."""

    __slots__ = ()

    @property
    def shown(self) -> str:
        return by_digest(self) if self else ""


def told(key: str, value: str) -> str:
    """The value as it may be shown."""
    return by_digest(value) if value and is_secret(key) else value


def without_login(url: str) -> str:
    """The URL without user, password, query and fragment, each of which may hold a secret."""
    try:
        parts = urlsplit(url)
        if not parts.query and not parts.fragment and "@" not in parts.netloc:
            return url
    except ValueError:
        return url.rpartition("@")[2].partition("?")[0].partition("#")[0]
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
