"""Detects values of metadata, headers and properties that look like secrets, and logins in URLs. Pure.

By key, or by form. Such values move like all others but are never shown, not even as a digest, from which a weak
password could be guessed: reports only say that two differ.
"""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from migrate.redaction import scrub
from migrate.secret_words import FOREIGN

# `key` and `auth` only at the end of a word: a keyboard and an author are not secrets.
_SECRET = re.compile(
    rf"{FOREIGN}|passw|passphrase|passwd|pwd|secret|token|credential|private|signature|cookie|"
    r"(?:key|keys|auth|pass|pw|cred|creds|pin)(?![a-z])",
    re.IGNORECASE,
)
_HIDDEN, _LEAST_SPELT = "***", 5
SIGNING_HEADERS = frozenset(
    {"x-container-meta-temp-url-key", "x-container-meta-temp-url-key-2", "x-container-sync-key"}
)
"""Signing keys of containers: adapters return them with an empty value; only `signing_keys` returns the value."""
FREE = frozenset({"metadata", "headers", "properties", "image_metadata"})
"""Maps in our documents with keys chosen by the customer."""
_TEXTS = frozenset({"description", "tags"})
"""Fields with texts of the customer."""
_SPELT = re.compile(
    r"[:=@$<|：>]|-----BEGIN|%3[AaDd]|(?i:(?:pass|secret|token|auth|key|basic|bearer|mdp|jeton)\w*\s)|[\w.+/=-]{12}|"
    r"(?:^|\s)\\?[\"']?[-/]\w|(?i:identified)\s|//"
)
"""Found in every secret that is recognised by form: checked first, as most values lack it."""


def is_secret(key: str) -> bool:
    """Whether the key looks like one for a password, a token or a key."""
    return _SECRET.search(key) is not None


def spells_secret(value: str) -> bool:
    """Whether the text contains a secret by its form: a URL with a login or a signature, a private key, a token."""
    return len(value) > _LEAST_SPELT and _SPELT.search(value) is not None and scrub(value) != value


def hides(key: str, value: str) -> bool:
    """Whether the value of this key must not be shown or stored in readable form."""
    return bool(value) and (is_secret(key) or spells_secret(value))


def with_free_values(body: Any, change: Callable[[str, str], str], field: str = "") -> Any:
    """A document's plain values, with `change(key, value)` applied to the customer's own texts."""
    if isinstance(body, dict):
        if field in FREE:
            return {key: change(key, one) if isinstance(one, str) else one for key, one in body.items()}
        return {key: with_free_values(one, change, key) for key, one in body.items()}
    if isinstance(body, list | tuple):
        return [with_free_values(one, change, field) for one in body]
    return change(field, body) if field in _TEXTS and isinstance(body, str) and body else body


def values_to_show(body: Any) -> Any:
    """A document's plain values, safe to show."""
    return with_free_values(body, safe_to_show)


class Hidden(str):
    """A secret: compared by value, but shown only as empty or not."""

    __slots__ = ()

    @property
    def shown(self) -> str:
        return _HIDDEN if self else ""


def safe_to_show(key: str, value: str) -> str:
    """The value, safe to show."""
    return _HIDDEN if hides(key, value) else value


def without_login(url: str) -> str:
    """The URL without user, password, query and fragment, which may hold secrets."""
    try:
        parts = urlsplit(url)
        if not parts.query and not parts.fragment and "@" not in parts.netloc:
            return url
    except ValueError:
        return url.rpartition("@")[2].partition("?")[0].partition("#")[0]
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))
