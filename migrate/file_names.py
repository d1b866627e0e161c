"""File names for ids and names that a cloud has chosen: below a workspace nothing of theirs is ever a path."""

import hashlib

_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")
_LONGEST, _KEPT = 180, 100


def file_name(text: str) -> str:
    """One file name of ASCII for any text: itself where it is plain, as ids are; the rest as `%2f`, and cut where it is
    long, with a digest of the whole behind. Never empty, never hidden, never `.` or `..`, never with a separator."""
    raw = text.encode("utf-8", "surrogatepass")
    name = "".join(chr(byte) if byte in _PLAIN else f"%{byte:02x}" for byte in raw)
    if not name or name.startswith("."):
        name = f"%{name.replace('.', '2e', 1)}" if name else "%"
    return name if len(name) <= _LONGEST else f"{name[:_KEPT]}%-{hashlib.sha256(raw).hexdigest()}"
