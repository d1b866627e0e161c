"""A workspace is its owner's alone: what others could read is closed to them, whoever made it and with which umask."""

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from migrate.cli.context import App
from migrate.cli.workspace import Workspace, shown

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_FILES = ("policy.yaml", "source.json", "target.json", "plan.json", "forecast.json", "ledger.db")
_FOLDERS = ("evidence", "reports", "private")
_LARGE = ("cache", "store")
"""Of millions of files: they are looked at while the folder itself is open to others, which is closed last."""


def close_to_others(app: App) -> None:
    """Closes the workspace, and says so in one sentence where there was something to close. Others' files are left."""
    root = app.directory
    if not any((root / name).is_file() for name in ("policy.yaml", "ledger.db")):
        return
    if count := sum(map(close, [*_of_ours(root), root])):
        app.tell("workspace.closed", path=shown(root), count=count)


def close_store(workspace: Workspace, folder: Path) -> None:
    """The same for captured disks whose folder is not in the workspace."""
    if folder.is_dir() and workspace.root.resolve() not in folder.resolve().parents and _is_open(folder):
        for path in [*_below(folder), folder]:
            close(path)


def close(path: Path) -> bool:
    """Takes the rights of group and others away, links not followed; True if there were any."""
    if not _is_open(path):
        return False
    with suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            os.fchmod(descriptor, stat.S_IMODE(os.fstat(descriptor).st_mode) & ~_OTHERS)
            return True
        finally:
            os.close(descriptor)
    return False


def _is_open(path: Path) -> bool:
    try:
        mode = path.lstat().st_mode
    except OSError:
        return False
    return bool(mode & _OTHERS) and (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def _of_ours(root: Path) -> Iterator[Path]:
    """Everything that commands write below the root; what else lies there is behind the root's own mode."""
    for name in _FILES:
        yield from root.glob(f"{name}*")  # SQLite's own beside the ledger
        yield from root.glob(f".{name}.*")  # left by a write that was killed
    for name in _FOLDERS:
        yield from [*_below(root / name), root / name]
    for name in _LARGE:
        if _is_open(root / name):
            yield from [*_below(root / name), root / name]


def _below(folder: Path) -> Iterator[Path]:
    for at, folders, files in os.walk(folder, topdown=False):
        yield from (Path(at, name) for name in (*files, *folders))
