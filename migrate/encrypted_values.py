"""Encrypts values in a workspace's files that look like secrets; their key is only in `private/`.

A tenant's metadata, headers and properties move unchanged, so documents and rows must contain them. Values that look
like secrets are written encrypted and decrypted when read: seals and digests cover the plain values, and files without
secrets are unchanged. Equal values give equal text. Without the key such a document is unreadable.

    private/values.key   32 random bytes, created with the first secret
"""

import hashlib
import os
import tempfile
from base64 import urlsafe_b64decode, urlsafe_b64encode
from contextlib import suppress
from pathlib import Path
from typing import Any

from migrate.errors import ConfigError, FatalError
from migrate.messages import codes
from migrate.own_files import read_below
from migrate.own_secrets import hide_in_answers
from migrate.redaction import secrets_in
from migrate.secret_looking import hides, with_free_values

PREFIX = "decamp-concealed:"
KEY_FILE = "values.key"
_KEY_BYTES = 32


class _ValueCipher:
    """AES-SIV: equal values give equal text, and a changed text is rejected."""

    def __init__(self, key: bytes) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESSIV

        self._cipher, self.prefix = AESSIV(key), f"{PREFIX}{hashlib.sha256(key).hexdigest()[:8]}:"

    def closed(self, value: str) -> str:
        sealed = self._cipher.encrypt(value.encode("utf-8", "surrogatepass"), None)
        return self.prefix + urlsafe_b64encode(sealed).decode()

    def opened(self, told: str) -> str | None:
        from cryptography.exceptions import InvalidTag

        with suppress(InvalidTag, ValueError):
            sealed = urlsafe_b64decode(told[len(self.prefix) :])
            return self._cipher.decrypt(sealed, None).decode("utf-8", "surrogatepass")
        return None


_private: Path | None = None
_opened: _ValueCipher | None = None


def use(private: Path | None) -> None:
    """Sets the workspace folder with the key; None: values are written as they are."""
    global _private, _opened
    _private, _opened = private, None


def conceal(key: str, value: str) -> str:
    """The value to write. Raises FatalError DCP-111."""
    if _private is None or not (value.startswith(PREFIX) or hides(key, value)):
        return value
    _hold(value)
    return _open_cipher(_private, make=True).closed(value)


def reveal(key: str, value: str) -> str:
    """The original of a written value. Raises ConfigError DCP-229 if its key is missing."""
    if not value.startswith(PREFIX) or _private is None:
        return value
    cipher = _open_cipher(_private, make=False)
    if not value.startswith(cipher.prefix):
        raise ConfigError(codes.VALUES_KEY_MISSING, path=str(_private / KEY_FILE))
    told = cipher.opened(value)
    if told is None:
        return value
    _hold(told)
    return told


def _hold(value: str) -> None:
    hide_in_answers(value)
    for piece in secrets_in(value):
        # Only single lines of a private key, and single values of a URL's query.
        hide_in_answers(piece.strip().partition("&")[0])


def concealed(body: Any) -> Any:
    """A document's body to write. Raises FatalError DCP-111."""
    return with_free_values(body, conceal) if _private is not None else body


def revealed(body: Any) -> Any:
    """The original of a written body. Raises ConfigError DCP-229."""
    return with_free_values(body, reveal) if _private is not None else body


def concealed_headers(headers: dict[str, str]) -> dict[str, str]:
    """Like `concealed`, for headers; returns the same object if it contains no secret."""
    if _private is None or not any(value.startswith(PREFIX) or hides(key, value) for key, value in headers.items()):
        return headers
    return {key: conceal(key, value) for key, value in headers.items()}


def revealed_headers(headers: dict[str, str]) -> dict[str, str]:
    return {key: reveal(key, value) for key, value in headers.items()}


def _open_cipher(private: Path, *, make: bool) -> _ValueCipher:
    global _opened
    if _opened is None:
        if make:
            _make_key(private)
        try:
            key = read_below(private, KEY_FILE)
        except OSError as err:
            raise ConfigError(codes.VALUES_KEY_MISSING, path=str(private / KEY_FILE)) from err
        if len(key) != _KEY_BYTES:
            raise ConfigError(codes.VALUES_KEY_MISSING, path=str(private / KEY_FILE))
        _opened = _ValueCipher(key)
    return _opened


def _make_key(private: Path) -> None:
    """Creates the key file atomically; if two processes do, the first wins."""
    path = private / KEY_FILE
    if path.exists():
        return
    try:
        private.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, partial = tempfile.mkstemp(dir=private, prefix=f".{KEY_FILE}.")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(os.urandom(_KEY_BYTES))
                file.flush()
                os.fsync(file.fileno())
            with suppress(FileExistsError):
                os.link(partial, path)
        finally:
            Path(partial).unlink(missing_ok=True)
    except OSError as err:
        raise FatalError(codes.CANNOT_WRITE, path=str(path), why=err.strerror or str(err)) from err
