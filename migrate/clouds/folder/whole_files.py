"""Atomic file writes: temporary file, sync, rename, sync of the folder."""

import errno
import os
import stat
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from migrate.errors import ConfigError, FatalError
from migrate.messages import codes
from migrate.own_files import is_own, open_own

_UNWRITABLE = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EFBIG, errno.EIO))
_LARGE_BYTES = 1 << 20
"""Files of at least this size are dropped from the page cache after writing: other data needs it more."""
_TIME = "%Y-%m-%dT%H:%M:%S.%f"
_FOREIGN = {errno.ELOOP: "link", errno.EINVAL: "no-file", errno.EPERM: "foreign"}
ASIDE = ".aside-"
"""The prefix of temporary file names."""


def now() -> str:
    return datetime.now(UTC).strftime(_TIME)


def time_of(path: Path) -> str:
    """When the file was written, in the format of `now`."""
    return datetime.fromtimestamp(path.stat().st_mtime, UTC).strftime(_TIME)


def make_folder(path: Path) -> None:
    """Creates a folder. Raises ConfigError DCP-311: it exists as a link or belongs to another user.  FatalError."""
    with _telling(path):
        if not path.is_dir():
            path.mkdir(parents=True, exist_ok=True)
            _sync_folder(path.parent)
    refuse_foreign(path)


def opened(path: Path) -> IO[bytes]:
    """Opens a file for reading; follows no link, neither for the file nor for its folder.

    Raises: FileNotFoundError.  ConfigError DCP-311: a link, not a plain file, or another user's.
    """
    refuse_foreign(path.parent)
    try:
        return os.fdopen(open_own(path, os.O_RDONLY), "rb")
    except OSError as err:
        if err.errno in _FOREIGN:
            raise ConfigError(codes.NOT_A_WORKSPACE_FILE, path=str(path), why=_FOREIGN[err.errno]) from err
        raise


def refuse_foreign(folder: Path) -> None:
    """Raises ConfigError DCP-311 if the folder is a link or another user's. Accepts a missing folder."""
    try:
        found = folder.lstat()
    except FileNotFoundError:
        return
    if stat.S_ISLNK(found.st_mode) or not is_own(found):
        raise ConfigError(
            codes.NOT_A_WORKSPACE_FILE, path=str(folder), why="link" if stat.S_ISLNK(found.st_mode) else "foreign"
        )


@contextmanager
def aside(folder: Path, chunks: Iterable[bytes]) -> Iterator[Path]:
    """A new file in `folder` with the chunks, synced to disk; removed at the end unless published.

    Raises FatalError: no space, or no write access.
    """
    with _telling(folder):
        handle, name = tempfile.mkstemp(prefix=ASIDE, dir=folder)
    try:
        with os.fdopen(handle, "wb") as out:
            for chunk in chunks:
                with _telling(folder):
                    out.write(chunk)
            with _telling(folder):
                out.flush()
                os.fsync(out.fileno())
                if out.tell() >= _LARGE_BYTES:
                    os.posix_fadvise(out.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        yield Path(name)
    finally:
        with suppress(FileNotFoundError):
            Path(name).unlink()


def publish(written: Path, path: Path) -> None:
    """Renames a finished file to its final name, and syncs the folder."""
    with _telling(path):
        written.replace(path)
        _sync_folder(path.parent)


def write(path: Path, chunks: Iterable[bytes]) -> None:
    """Replaces the content of `path` by the chunks; changes nothing on failure. Raises FatalError."""
    with aside(path.parent, chunks) as written:
        publish(written, path)


def chunks(stream: IO[bytes], size: int) -> Iterator[bytes]:
    return iter(lambda: stream.read(size), b"")


@contextmanager
def _telling(path: Path) -> Iterator[None]:
    """Turns the error of a full or read-only disk into FatalError."""
    try:
        yield
    except OSError as err:
        if err.errno in _UNWRITABLE:
            raise FatalError(codes.CANNOT_WRITE, path=str(path), why=err.strerror) from err
        raise


def _sync_folder(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
