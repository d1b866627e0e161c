"""The key of an encrypted store. The policy says where it is; Decamp only holds it in memory."""

import errno
import os
import secrets
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from migrate.errors import ConfigError, FatalError
from migrate.messages import codes
from migrate.own_files import open_own
from migrate.own_secrets import hold

if TYPE_CHECKING:
    from migrate.disks.store.encryption_key import StoreKey

_MOST_BYTES = 4096
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def load_key(reference: str, workspace: Path) -> "StoreKey | None":
    """The key at `file:/PATH` or `env:NAME`; None for an empty reference: the store is not encrypted.

    Raises: ConfigError DCP-132 (unreadable, or inside the workspace), DCP-136 (readable by others), DCP-137 (not a
            key).
    """
    if not reference:
        return None
    from migrate.disks.store.encryption_key import parse_key  # most stores do not need `cryptography`

    kind, _, place = reference.partition(":")
    text = _of_environment(place) if kind == "env" else _of_file(Path(place), workspace)
    hold(text.strip())
    key = parse_key(text)
    if key is None:
        raise ConfigError(codes.STORE_KEY_INVALID, key=reference)
    return key


def make_key(path: Path) -> "StoreKey":
    """Creates a key in a new file that only this user can read. Raises FatalError DCP-111 if that fails or the file
    exists.
    """
    from migrate.disks.store.encryption_key import KEY_BYTES, StoreKey, spell_key

    secret = secrets.token_bytes(KEY_BYTES)
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "w") as file:
            file.write(f"{spell_key(secret)}\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as err:
        raise FatalError(codes.CANNOT_WRITE, path=str(path), why=err.strerror or str(err)) from err
    return StoreKey(secret)


def _of_environment(name: str) -> str:
    text = os.environ.get(name)
    if text is None:
        raise ConfigError(codes.STORE_KEY_UNREADABLE, key=f"env:{name}", why="not-set")
    return text


def _of_file(path: Path, workspace: Path) -> str:
    told = f"file:{path}"
    try:
        if workspace.resolve() in path.resolve().parents:
            # Anyone who gets the workspace or a copy of it would have both.
            raise ConfigError(codes.STORE_KEY_UNREADABLE, key=told, why="in-workspace")
        with os.fdopen(open_own(path.resolve(), os.O_RDONLY), "rb") as file:
            if os.fstat(file.fileno()).st_mode & _OTHERS:
                raise ConfigError(codes.STORE_KEY_EXPOSED, key=told, path=str(path))
            return file.read(_MOST_BYTES).decode("ascii", "replace")
    except RuntimeError as err:  # Python 3.11's error for a loop of links
        raise ConfigError(codes.STORE_KEY_UNREADABLE, key=told, why=os.strerror(errno.ELOOP)) from err
    except OSError as err:
        raise ConfigError(codes.STORE_KEY_UNREADABLE, key=told, why=err.strerror or str(err)) from err
