"""The folder that a command works in: a workspace, or a support bundle that is unpacked for the time of the command."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from migrate.cli.archives.folder_marks import is_bundle, refuse_moved
from migrate.cli.console import echo
from migrate.cli.context import App
from migrate.errors import ConfigError
from migrate.messages import codes

LOOKING = ("status", "watch", "report")
"""Commands that a support bundle is for."""
_AFTER_A_MOVE = (
    *LOOKING,
    "support-bundle",
    "pack",
    "unpack",
    "init",
    "check",
    "forecast",
    "explain",
    "doctor",
    "demo",
    "trust",
)
"""Commands that do no harm in a workspace that goes on elsewhere."""


@contextmanager
def open_workspace(app: App, command: str) -> Iterator[None]:
    """Sets `app.directory` to the folder. `command`: as typed, such as `store check`.

    Raises: ConfigError DCP-282, DCP-283: a file that is no intact bundle. DCP-284: a bundle, and a command that works.
            DCP-285: such a command, and a workspace that was packed.
    """
    if not app.directory.is_file():
        _refuse_bundle(app.directory, app.directory, command)
        _heed_move(app, command)
        yield
        return
    from migrate.cli.archives.bundle_content import open_bundle

    app.bundle = app.directory
    with tempfile.TemporaryDirectory(prefix="decamp-bundle-") as folder:
        open_bundle(app.bundle, Path(folder))
        app.directory = Path(folder)
        _refuse_bundle(app.directory, app.bundle, command)
        yield


def _heed_move(app: App, command: str) -> None:
    """Refuses a command that works, and says to one that looks that what it shows goes on elsewhere."""
    try:
        refuse_moved(app.directory)
    except ConfigError as err:
        if command not in _AFTER_A_MOVE:
            raise
        if command in LOOKING:
            echo(app.text(err.code, dict(err.facts)), err=True)


def _refuse_bundle(root: Path, path: Path, command: str) -> None:
    if is_bundle(root) and command not in LOOKING:
        raise ConfigError(codes.BUNDLE_IS_READ_ONLY, path=str(path), command=command, known=", ".join(LOOKING))
