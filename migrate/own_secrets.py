"""The secrets that this process holds: passwords, tokens and keys of its own logins. None of them leaves it.

Whoever gets hold of one says so here, and whatever writes a text for people, a record of the log or a fact into the
ledger asks `hidden`, so that a cloud's answer that quotes our password back is told without it. Documents that say
what is moved are left as they are. A secret of fewer than `SHORTEST` characters is not looked for: `***` would stand
in the middle of ordinary words.
"""

import base64
import json
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus, unquote, urlsplit

from migrate.redaction import MASK, scrub
from migrate.secret_looking import is_secret

SHORTEST = 6
_MOST_SAID = 4000

_held: tuple[str, ...] = ()
"""In every spelling, the longest first, so that none of which another is a part is left in pieces."""
_theirs: set[str] = set()


def hold(*secrets: str | None) -> None:
    """From now on these are hidden, in clear, quoted for a URL, and as JSON and Python write them."""
    global _held
    found = {spelt for secret in secrets if secret for spelt in _spellings(secret) if len(spelt) >= SHORTEST}
    if not found <= set(_held):
        _held = tuple(sorted({*_held, *found}, key=len, reverse=True))


def hold_login(user: str | None, password: str | None) -> None:
    """A password, and with its user as HTTP Basic has both."""
    hold(password)
    if user and password and len(password) >= SHORTEST:
        hold(base64.b64encode(f"{user}:{password}".encode("utf-8", "surrogatepass")).decode())


def hold_url(url: str) -> None:
    """The password in an address, and those in its query."""
    try:
        parts = urlsplit(url)
        user, password = parts.username, parts.password
    except ValueError:
        return
    hold(password, *(value for key, value in parse_qsl(parts.query) if is_secret(key)))
    hold_login(unquote(user or ""), unquote(password or ""))


def hold_theirs(secret: str) -> None:
    """A secret of the tenant's, by its looks: as it may be any word, it is hidden in what clouds say alone."""
    if len(secret) >= SHORTEST:
        _theirs.add(secret)


def said(text: str) -> str:
    """What a cloud has answered, without secrets: those in hand, the tenant's, and what is spelt as one."""
    text = hidden(text[:_MOST_SAID])
    for secret in sorted(_theirs, key=len, reverse=True):
        for spelt in _spelt(secret):
            if spelt in text:
                text = text.replace(spelt, MASK)
    return scrub(text)


def forget() -> None:
    """Holds none any more: for tests, which share a process."""
    global _held
    _held = ()
    _theirs.clear()


def hidden(text: str) -> str:
    """The text with `***` in place of every secret that is held."""
    for secret in _held:
        if secret in text:
            text = text.replace(secret, MASK)
    return text


def hidden_values(value: Any) -> Any:
    """The same for every text in lists and in the values of maps."""
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
        base64.b64encode(plain).decode().rstrip("="),
        base64.urlsafe_b64encode(plain).decode().rstrip("="),
    }
