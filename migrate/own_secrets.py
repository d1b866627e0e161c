"""The secrets that this process holds: passwords, tokens and keys of its own logins, which must never leave it.

Code that obtains a secret registers it here; code that writes messages, log records or ledger facts passes them through
`hidden`, so that a cloud's answer cannot leak our password. Documents about the tenant stay unchanged. Secrets with
fewer than `SHORTEST` characters are not hidden, because `***` would replace parts of ordinary words.
"""

import base64
import json
from collections.abc import Iterator
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus, unquote, urlsplit

from migrate.redaction import MASK, scrub
from migrate.secret_looking import is_secret

SHORTEST = 6
_URL_SAFE = str.maketrans("+/", "-_")
_MOST_SAID = 4000

_held: tuple[str, ...] = ()
"""Secrets in all spellings, longest first, so that no part of a longer one remains."""
_theirs: set[str] = set()


def hold(*secrets: str | None) -> None:
    """Hides these secrets from now on: in clear, quoted for a URL, and in JSON and Python spelling."""
    global _held
    found = {spelt for secret in secrets if secret for spelt in _spellings(secret) if len(spelt) >= SHORTEST}
    if not found <= set(_held):
        _held = tuple(sorted({*_held, *found}, key=len, reverse=True))


def hold_login(user: str | None, password: str | None) -> None:
    """Hides a password, also combined with its user as in HTTP Basic."""
    hold(password)
    if user and password and len(password) >= SHORTEST:
        hold(base64.b64encode(f"{user}:{password}".encode("utf-8", "surrogatepass")).decode())


def hold_url(url: str) -> None:
    """Hides the password in a URL, and secrets in its query."""
    try:
        parts = urlsplit(url)
        user, password = parts.username, parts.password
    except ValueError:
        return
    hold(password, *(value for key, value in parse_qsl(parts.query) if is_secret(key)))
    hold_login(unquote(user or ""), unquote(password or ""))


def hide_in_answers(secret: str) -> None:
    """Hides a likely secret of the tenant, but only in clouds' answers, as it may be an ordinary word."""
    if len(secret) >= SHORTEST:
        _theirs.add(secret)


def known_spellings() -> frozenset[str]:
    """All spellings of likely secrets of the tenant, and of whatever else is hidden in answers."""
    return frozenset(spelt for secret in _theirs for spelt in _spelt(secret))


def without_secrets(text: str) -> str:
    """A cloud's answer without secrets: ours, the tenant's, and text that looks like one."""
    text = hidden(text[:_MOST_SAID])
    for secret in sorted(_theirs, key=len, reverse=True):
        for spelt in _spelt(secret):
            if spelt in text:
                text = text.replace(spelt, MASK)
    return scrub(text)


def forget() -> None:
    """Forgets all secrets: for tests, which share a process."""
    global _held
    _held = ()
    _theirs.clear()


def hidden(text: str) -> str:
    """The text with `***` for every registered secret."""
    for secret in _held:
        if secret in text:
            text = text.replace(secret, MASK)
    return text


def hidden_values(value: Any) -> Any:
    """The value, with secrets hidden in all texts in lists and in values of maps."""
    if isinstance(value, str):
        return hidden(value)
    if isinstance(value, dict):
        return {key: hidden_values(one) for key, one in value.items()}
    return [hidden_values(one) for one in value] if isinstance(value, list | tuple) else value


@lru_cache(maxsize=10_000)
def _spelt(secret: str) -> tuple[str, ...]:
    return tuple(sorted(_spellings(secret), key=len, reverse=True))


def _spellings(secret: str) -> set[str]:
    if len(secret) < SHORTEST:
        return set()
    plain = secret.encode("utf-8", "surrogatepass")
    return {
        secret,
        quote(plain, safe=""),
        quote(plain),
        quote_plus(plain),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        json.dumps(json.dumps(secret))[3:-3],
        repr(secret)[1:-1],
        *_in_base64(plain),
    }


def _in_base64(plain: bytes) -> Iterator[str]:
    """As it is within a longer text in base64: three ways, by where it begins; what depends on the text around not."""
    for before in range(3):
        text = base64.b64encode(bytes(before) + plain)
        sure = text[(before * 8 + 5) // 6 : (before + len(plain)) * 8 // 6].decode()
        yield from {sure, sure.translate(_URL_SAFE)} if len(sure) >= SHORTEST else ()
