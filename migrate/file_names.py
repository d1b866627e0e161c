"""File names for ids and names from a cloud, so that none of them can act as a path in a workspace."""

import hashlib

_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.")
_LONGEST, _KEPT = 180, 100


def file_name(text: str) -> str:
    """An ASCII file name for any text: plain text stays the same; other characters become `%2f`, and a long name is cut
    and ends in a digest. Never empty, never hidden, never `.` or `..`, never with a separator.
    """
    raw = text.encode("utf-8", "surrogatepass")
    name = "".join(chr(byte) if byte in _PLAIN else f"%{byte:02x}" for byte in raw)
    if not name or name.startswith("."):
        name = f"%{name.replace('.', '2e', 1)}" if name else "%"
    return name if len(name) <= _LONGEST else f"{name[:_KEPT]}%-{hashlib.sha256(raw).hexdigest()}"
