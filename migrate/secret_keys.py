"""Keys of metadata, headers and properties whose values look like secrets, and URLs without their logins. Pure.

A value behind such a key is moved as any other and is shown to nobody, nor a digest of it, from which a weak password
could be guessed: that two differ is all that is told.
"""

import re
from urllib.parse import urlsplit, urlunsplit

# `key` and `auth` at the end of a word alone: a keyboard and an author are no secrets.
_SECRET = re.compile(
    r"passw|passphrase|passwd|pwd|secret|token|credential|private|signature|cookie|"
    r"(?:key|keys|auth|pass|cred|creds|pin)(?![a-z])",
    re.IGNORECASE,
)
_HIDDEN = "***"
SIGNING_HEADERS = frozenset(
    {"x-container-meta-temp-url-key", "x-container-meta-temp-url-key-2", "x-container-sync-key"}
)
"""Keys of containers: adapters tell by an empty value that there is one; `signing_keys` alone tells which."""


def is_secret(key: str) -> bool:
    """The key looks like that of a password, a token, a key."""
    return _SECRET.search(key) is not None


class Hidden(str):
    """A secret, compared as what it is; what is shown is whether it is empty."""

    __slots__ = ()

    @property
    def shown(self) -> str:
        return _HIDDEN if self else ""


def told(key: str, value: str) -> str:
    """The value as it may be shown."""
    return _HIDDEN if value and is_secret(key) else value


def without_login(url: str) -> str:
    """The URL without user, password, query and fragment, each of which may hold a secret."""
    try:
        parts = urlsplit(url)
        if not parts.query and not parts.fragment and "@" not in parts.netloc:
            return url
    except ValueError:
        return url.rpartition("@")[2].partition("?")[0].partition("#")[0]
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
