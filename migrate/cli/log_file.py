"""The log on stderr and in `private/`: one line for each record, without secrets."""

import logging
import os
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path

from migrate.own_files import open_own
from migrate.own_secrets import hidden
from migrate.printable_text import visible
from migrate.redaction import scrub


def cleaned(text: str, keep: str = "") -> str:
    """The text without known or likely secrets, with control characters made visible, except those in `keep`."""
    return visible(scrub(hidden(text)), keep)


_LINE = "%(asctime)s %(levelname)s %(name)s %(message)s"


class ScrubbedFormatter(logging.Formatter):
    r"""Formats each record as one line and removes secrets, also from arguments and tracebacks.

    A line break, even in a traceback, becomes `\n`, so that no server's answer can add a line. `tracebacks`: False
    leaves tracebacks out.
    """

    def __init__(self, *, tracebacks: bool) -> None:
        super().__init__(_LINE)
        self._tracebacks = tracebacks

    def format(self, record: logging.LogRecord) -> str:
        if self._tracebacks:
            return cleaned(super().format(record))
        line = f"{self.formatTime(record)} {record.levelname} {record.name} {record.getMessage()}"
        return cleaned(line)


def set_up_logging(*, verbose: bool) -> None:
    """Logs to stderr: our warnings; with -v also requests, state changes and errors of the libraries.

    Without -v errors are not logged, as the command reports them. Tracebacks only go to the log file (`keep_log`).
    """
    handler = logging.StreamHandler()
    handler.setFormatter(ScrubbedFormatter(tracebacks=False))
    handler.setLevel(logging.DEBUG if verbose else logging.WARNING)
    if not verbose:
        handler.addFilter(lambda record: record.levelno < logging.ERROR)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING if verbose else logging.ERROR)
    logging.raiseExceptions = False  # an unwritable log (a full disk) would print a traceback for every line
    logging.getLogger("decamp").setLevel(logging.DEBUG if verbose else logging.INFO)


class _OwnFile(logging.FileHandler):
    """A log file that is never written through a link or into another user's file."""

    def _open(self) -> TextIOWrapper:
        descriptor = open_own(Path(self.baseFilename), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        return os.fdopen(descriptor, "a", encoding=self.encoding, errors="backslashreplace")


def keep_log(private: Path) -> None:
    """Adds all our records, with tracebacks, to `private/decamp.log`. Ignores a folder that is not writable.

    Takes the place of an earlier command's file: the wizard calls many commands in one process.
    """
    path, logger = private / "decamp.log", logging.getLogger("decamp")
    for earlier in [handler for handler in logger.handlers if isinstance(handler, _OwnFile)]:
        logger.removeHandler(earlier)
        earlier.close()
    with suppress(OSError):
        handler = _OwnFile(path, encoding="utf-8")
        handler.setFormatter(ScrubbedFormatter(tracebacks=True))
        handler.setLevel(logging.INFO)
        logger.addHandler(handler)
