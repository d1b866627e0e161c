"""Opens files in a workspace by name, without following links or using other users' files.

The workspace may come from somebody else: a link in it could turn a private key into a server's user data, or a log
into somebody's authorized_keys.
"""

import errno
import os
import stat
from pathlib import Path, PurePath

_PATIENT = os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
"""Flags for every open: without O_NONBLOCK, a pipe in the folder would block forever."""
_PIECE = 1 << 20
MOST_TEXT_BYTES = 4 << 20
"""The limit for a file that people edit, or a setting or two."""


def is_own(found: os.stat_result) -> bool:
    """Whether the file belongs to this user or to the system. Root accepts files of all users."""
    return os.geteuid() in (0, found.st_uid) or found.st_uid == 0


def open_own(path: Path, flags: int, mode: int = 0o600, *, at: int | None = None) -> int:
    """A descriptor of a plain file of ours. Raises OSError: a link (ELOOP), a special file, another user's (EPERM)."""
    name = path if at is None else path.name
    descriptor = os.open(name, flags | _PATIENT, mode, dir_fd=at)
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise OSError(errno.EINVAL, "not a plain file", str(path))
        if not is_own(found):
            raise PermissionError(errno.EPERM, "another user's file", str(path))
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def create_own(path: Path, mode: int = 0o600) -> int:
    """A descriptor of a new file, in place of what an earlier attempt left there. Raises OSError.

    What is there is never opened: somebody else may have made it, and could go on reading.
    """
    path.unlink(missing_ok=True)
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _PATIENT, mode)


def read_bounded(path: Path, most_bytes: int) -> bytes:
    """The whole file. Raises OSError: also if it is larger (EFBIG); a stranger's may be a terabyte of nothing.

    A pipe is read to its end; one that nobody writes to is empty, and not waited for.
    """
    content = bytearray()
    with open(path, "rb", buffering=0, opener=_patiently) as file:
        os.set_blocking(file.fileno(), True)
        size = os.fstat(file.fileno()).st_size
        while max(size, len(content)) <= most_bytes and (piece := file.read(_PIECE)):
            content += piece
    if max(size, len(content)) > most_bytes:
        raise OSError(errno.EFBIG, f"larger than {most_bytes >> 20} MiB", str(path))
    return bytes(content)


def _patiently(name: str, flags: int) -> int:
    return os.open(name, flags | os.O_NONBLOCK)


def read_below(root: Path, name: str, most_bytes: int = -1) -> bytes:
    """The content of a file below the folder, without links in its path, or the first `most_bytes` of it.

    Raises OSError as `open_own`.
    """
    with os.fdopen(open_below(root, name), "rb") as file:
        return file.read(most_bytes)


def open_below(root: Path, name: str) -> int:
    """A descriptor for reading a file below the folder, without links in its path. Raises OSError as `open_own`."""
    *folders, last = PurePath(name).parts or ("",)
    if PurePath(name).is_absolute() or ".." in folders or last in {"", ".."}:
        raise OSError(errno.EINVAL, "not below the workspace", str(root / name))
    at = os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for folder in folders:
            inner = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=at)
            os.close(at)
            at = inner
        return open_own(Path(root, name), os.O_RDONLY, at=at)
    finally:
        os.close(at)
