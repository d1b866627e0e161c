"""The key of an encrypted store and keys derived from it (docs/formats/store.md). Pure; needs `cryptography`."""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
_HEX = re.compile(r"[0-9a-fA-F]{64}")
_BASE64 = re.compile(r"[0-9A-Za-z+/]{43}=?")


class StoreKey:
    """A key of 32 random bytes. `id` identifies it and reveals nothing about it."""

    def __init__(self, secret: bytes) -> None:
        if len(secret) != KEY_BYTES:
            raise ValueError(f"a key of {len(secret)} bytes")
        self._secret = secret
        self.id = self._derived("id", 8).hex()
        self._names = AESSIV(self._derived("names", 64))
        self._salts = self._derived("salts", 32)

    def __repr__(self) -> str:
        return f"StoreKey({self.id})"

    def salt(self, name: str, digest: bytes) -> bytes:
        """The salt of an object, from its name and the SHA-256 of its plain bytes; storing it again gives identical
        bytes.

        Only identical objects share a salt, so a nonce is never used for two contents.
        """
        spelt = name.encode()
        return hmac.digest(self._salts, len(spelt).to_bytes(4, "big") + spelt + digest, "sha256")

    def cipher(self, salt: bytes) -> AESGCM:
        """The cipher for an object with this salt."""
        return AESGCM(self._derived("object", 32, salt))

    def hide(self, digest: bytes, beside: str) -> str:
        """The hidden form of a digest in an object's name: always the same lower-case letters and digits.

        `beside`: the other parts of the name.
        """
        hidden = self._names.encrypt(digest, [beside.encode()])
        return base64.b32encode(hidden).decode().rstrip("=").lower()

    def show(self, hidden: str, beside: str) -> bytes | None:
        """The digest from its hidden form; None if this key did not hide it."""
        try:
            return self._names.decrypt(base64.b32decode(hidden.upper() + "=" * (-len(hidden) % 8)), [beside.encode()])
        except (InvalidTag, binascii.Error):
            return None

    def _derived(self, purpose: str, length: int, salt: bytes | None = None) -> bytes:
        return HKDF(SHA256(), length, salt, f"decamp store {purpose}".encode()).derive(self._secret)


def parse_key(text: str) -> StoreKey | None:
    """Parses a key from a file or variable: 32 bytes in hex or base64. None: not a key."""
    text = text.strip()
    if _HEX.fullmatch(text):
        return StoreKey(bytes.fromhex(text))
    if not _BASE64.fullmatch(text):
        return None
    return StoreKey(base64.b64decode(text.rstrip("=") + "="))


def spell_key(secret: bytes) -> str:
    return base64.b64encode(secret).decode()


def digest_of(pieces: Iterable[bytes]) -> bytes:
    whole = hashlib.sha256()
    for piece in pieces:
        whole.update(piece)
    return whole.digest()
