"""User data in a workspace, readable only by its owner, because it may hold passwords.

private/user-data/SHA256          the bytes private/user-data/by-server/ID    the digest of the user data found on this
source server's disk
"""

import hashlib
import re
from pathlib import Path

from migrate.documents import write_atomically
from migrate.errors import DocumentMissing, FatalError, IntegrityError
from migrate.file_names import file_name
from migrate.messages import codes
from migrate.own_files import read_below

_DIGEST = re.compile(r"[0-9a-f]{64}")


def keep(private: Path, content: bytes) -> str:
    """Saves the bytes and returns their digest. Idempotent. Raises FatalError."""
    digest = hashlib.sha256(content).hexdigest()
    write_private(private / "user-data" / digest, content)
    return digest


def read(private: Path, digest: str) -> bytes:
    """The saved bytes. Raises ConfigError DCP-210: missing.  IntegrityError DCP-422: changed."""
    path = private / "user-data" / digest
    try:
        content = read_below(private, f"user-data/{digest}")
    except OSError as err:
        raise DocumentMissing(codes.DOCUMENT_MISSING, path=str(path)) from err
    if hashlib.sha256(content).hexdigest() != digest:
        raise IntegrityError(codes.BYTES_DIFFER, what=str(path))
    return content


def lengths(private: Path) -> dict[str, int]:
    """Maps the digests of all saved user data to lengths."""
    folder = private / "user-data"
    kept = folder.iterdir() if folder.is_dir() else ()
    return {path.name: path.stat().st_size for path in kept if _DIGEST.fullmatch(path.name)}


def note(private: Path, server_id: str, digest: str) -> None:
    """Records the user data found on a server's disk. Raises FatalError."""
    write_private(_noted(private, server_id), f"{digest}\n".encode())


def found_on_disk(private: Path, server_id: str) -> str | None:
    """The digest of the user data found on the server's disk, None if there is none (so far)."""
    try:
        path = _noted(private, server_id)
        text = read_below(path.parent, path.name).decode("ascii").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return text if _DIGEST.fullmatch(text) else None


def write_private(path: Path, content: bytes) -> None:
    """Writes a file that only its owner can read, in folders of the same kind. Raises FatalError DCP-111."""
    try:
        for folder in (path.parent.parent, path.parent):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as err:
        raise FatalError(codes.CANNOT_WRITE, path=str(path.parent), why=err.strerror or str(err)) from err
    write_atomically(path, content)


def _noted(private: Path, server_id: str) -> Path:
    return private / "user-data" / "by-server" / file_name(server_id)
