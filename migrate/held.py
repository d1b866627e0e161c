"""The secrets that this process holds: passwords, tokens and keys of its own logins. None of them leaves it.

Whoever gets hold of one says so here, and whatever writes a text for people, a record of the log or a fact into the
ledger asks `hidden`, so that a cloud's answer that quotes our password back is told without it. Documents that say
what is moved are left as they are. A secret of fewer than `SHORTEST` characters is not looked for: `***` would stand
in the middle of ordinary words.
"""

import base64
import json
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus, unquote, urlsplit

from migrate.scrub import MASK
from migrate.secret_keys import is_secret

SHORTEST = 6

_held: tuple[str, ...] = ()
"""In every spelling, the longest first, so that none of which another is a part is left in pieces."""


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


def forget() -> None:
    """Holds none any more: for tests, which share a process."""
    global _held
    _held = ()


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
        repr(secret)[1:-1],
    }
