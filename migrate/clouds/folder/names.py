"""File names for object names: any UTF-8 name becomes one safe, distinct file name, the same one each time.

A name is percent-encoded, upper-case letters too, so that two names never meet on a file system that ignores case.
A name that would be too long ends in a digest of the whole; the true name is in the record beside the file.
"""

import hashlib

_SAFE = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789-_")
_LONGEST = 200
_KEPT = 120


def file_name(name: str) -> str:
    """A name of at most 200 ASCII characters; never hidden, never `..`, never a device name such as `con`."""
    encoded = _encoded(name)
    if len(encoded) > _LONGEST:
        return f"{encoded[:_KEPT]}%-{hashlib.sha256(name.encode()).hexdigest()}"
    return encoded


def file_name_start(prefix: str) -> str:
    """How the file name of every object begins whose name begins with `prefix`."""
    return _encoded(prefix)[:_KEPT]


def _encoded(name: str) -> str:
    return "".join(chr(byte) if byte in _SAFE else f"%{byte:02x}" for byte in name.encode())
