"""The log, on stderr and in `private/`: one line for each record, and no secret in it."""

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
    """Without the secrets that we hold, without what is spelt as one, and with every sign to be seen, but `keep`."""
    return visible(scrub(hidden(text)), keep)


_LINE = "%(asctime)s %(levelname)s %(name)s %(message)s"


class ScrubbedFormatter(logging.Formatter):
    """Each record as one line, scrubbed as it will be shown, arguments and traceback included.

    A line break, also one of a traceback, is `\\n`: no server's answer makes a line of its own. `tracebacks` False
    leaves those out.
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
    """To stderr: our warnings, and with -v every request and state change, and errors of the libraries.

    Without -v no error: the command tells it in its own words. Never a traceback: those go to the log that `keep_log`
    opens.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(ScrubbedFormatter(tracebacks=False))
    handler.setLevel(logging.DEBUG if verbose else logging.WARNING)
    if not verbose:
        handler.addFilter(lambda record: record.levelno < logging.ERROR)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING if verbose else logging.ERROR)
    logging.raiseExceptions = False  # a log that cannot be written (a full disk) would print a traceback for every line
    logging.getLogger("decamp").setLevel(logging.DEBUG if verbose else logging.INFO)


class _OwnFile(logging.FileHandler):
    """Writes no line through a link, nor to another user's file."""

    def _open(self) -> TextIOWrapper:
        descriptor = open_own(Path(self.baseFilename), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        return os.fdopen(descriptor, "a", encoding=self.encoding, errors="backslashreplace")


def keep_log(private: Path) -> None:
    """Adds every line of ours, tracebacks too, to `private/decamp.log`. A folder that cannot be written is no error."""
    path = private / "decamp.log"
    with suppress(OSError):
        handler = _OwnFile(path, encoding="utf-8")
        handler.setFormatter(ScrubbedFormatter(tracebacks=True))
        handler.setLevel(logging.INFO)
        logging.getLogger("decamp").addHandler(handler)
