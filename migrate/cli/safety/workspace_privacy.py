"""Keeps a workspace private: removes access for others, and rejects files that belong to other users."""

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from migrate.cli.context import App
from migrate.cli.workspace import Workspace, shown
from migrate.errors import ConfigError
from migrate.messages import codes

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_FILES = ("policy.yaml", "source.json", "target.json", "plan.json", "forecast.json", "answers.yaml", "ledger.db")
_MARKERS = ("moved-away.json", "support-bundle.json")
_FOLDERS = ("evidence", "reports", "private", "cache")
_STORE = "store"
"""The store may have millions of files: they are only checked while the folder itself is open to others."""


def look_after(app: App) -> None:
    """Removes other users' access to the workspace, and prints one sentence if there was any.

    Raises: ConfigError DCP-311: a file or folder that commands use is a link, a special file or another user's.
    """
    root = app.directory
    if not any(os.path.lexists(root / name) for name in ("policy.yaml", "ledger.db")):
        return
    owners = _owners(root)
    for path in (root.resolve(), *(root / name for name in _MARKERS), *_of_ours(root)):
        _refuse_foreign(path, owners)
    for path in root.glob("ledger.db*"):
        if path.is_dir():
            raise ConfigError(codes.NOT_A_WORKSPACE_FILE, path=shown(path), why="folder")
    if (root / _STORE).is_symlink():
        # Of a share that is mounted there, the owner may be anybody.
        raise ConfigError(codes.NOT_A_WORKSPACE_FILE, path=shown(root / _STORE), why="link")
    if count := sum(map(close, [*_of_ours(root), root])):
        app.tell("workspace.closed", path=shown(root), count=count)


def own_folder(path: Path) -> None:
    """Makes the folder, or restricts the one that is there to its owner.

    Raises: ConfigError DCP-311: it is a link or another user's, so what is written there would be elsewhere.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    _refuse_foreign(path, _owners(path.parent))
    try:
        path.mkdir(mode=0o700, exist_ok=True)
    except FileExistsError as err:
        raise ConfigError(codes.NOT_A_WORKSPACE_FILE, path=shown(path), why="no-file") from err
    close(path)


def own_file(path: Path) -> None:
    """For a file that is used before there is a workspace that `look_after` knows. Raises ConfigError DCP-311."""
    if os.path.lexists(path):
        _refuse_foreign(path, _owners(path.parent))


def _owners(root: Path) -> frozenset[int]:
    """The accepted owners: this user and root; for root, also the workspace's owner."""
    user = os.geteuid()
    return frozenset({0, user} if user else {0, root.stat().st_uid})


def _refuse_foreign(path: Path, owners: frozenset[int]) -> None:
    try:
        found = path.lstat()
    except OSError:
        return
    why = ""
    if stat.S_ISLNK(found.st_mode):
        why = "link"
    elif not (stat.S_ISREG(found.st_mode) or stat.S_ISDIR(found.st_mode)):
        why = "no-file"
    elif found.st_uid not in owners:
        why = "foreign"
    if why:
        raise ConfigError(codes.NOT_A_WORKSPACE_FILE, path=shown(path), why=why)


def close_store(workspace: Workspace, folder: Path) -> None:
    """Removes other users' access to a store folder outside the workspace."""
    if folder.is_dir() and workspace.root.resolve() not in folder.resolve().parents and _is_open(folder):
        for path in [*_below(folder), folder]:
            close(path)


def close(path: Path) -> bool:
    """Removes the rights of group and others without following links; True if there were any."""
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
    """All files that commands write in the workspace; the mode of its folder protects everything else."""
    for name in _FILES:
        yield root / name
        yield from root.glob(f".{name}.*")  # left by a killed write
    yield from root.glob("ledger.db-*")
    for name in _FOLDERS:
        yield from [*_below(root / name), root / name]
    if _is_open(root / _STORE):
        yield from [*_below(root / _STORE), root / _STORE]


def _below(folder: Path) -> Iterator[Path]:
    for at, folders, files in os.walk(folder, topdown=False):
        yield from (Path(at, name) for name in (*files, *folders))
