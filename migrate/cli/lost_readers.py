"""Output that nobody reads any more: the command goes on, and what it would have said goes nowhere.

A pipe into `tee` or `head` that has ended, a terminal that is gone, a full disk behind `2>`: a run in the middle of a
cut-over must not end there (a hang-up of its own terminal interrupts it, `failures.py`). Data on stdout that a disk
does not take is still an error, as it is what was asked for.
"""

import errno
import os
import stat
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import IO, TextIO


class _Output(TextIOWrapper):
    """A standard stream. `is_lost`: its reader has gone.   `takes_all`: no error of it ends a command."""

    is_lost = False
    takes_all = False

    def write(self, text: str, /) -> int:
        try:
            return super().write(text)
        except OSError as err:
            self._bear(err)
            return len(text)

    def flush(self) -> None:
        try:
            super().flush()
        except OSError as err:
            self._bear(err)

    def _bear(self, err: OSError) -> None:
        if err.errno == errno.EPIPE or (err.errno == errno.EIO and self._is_terminal()):
            self.is_lost = True
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.fileno())
            os.close(nowhere)
        elif not self.takes_all:
            err.filename = "stdout"
            raise err

    def _is_terminal(self) -> bool:
        """Whether an error of input and output means that it was closed: of a file it means a broken disk."""
        return stat.S_ISCHR(os.fstat(self.fileno()).st_mode)


def keep_streams() -> None:
    """Replaces stdout and stderr of this process; call it once, before anything is opened.

    What an encoding such as ISO 8859-15 cannot say is written as an escape. A pipe that somebody has set not to block
    waits for its reader again: it would lose what does not fit.
    """
    _open_all()
    if sys.stdin is None:
        sys.stdin = Path(os.devnull).open(encoding="utf-8")  # noqa: SIM115 (for as long as the process lasts)
    sys.stdout, sys.stderr = _kept(sys.stdout), _kept(sys.stderr)
    if isinstance(sys.stderr, _Output):
        sys.stderr.takes_all = True


def is_lost(stream: IO[str]) -> bool:
    """Whether the stream's reader has gone, so that nobody waits for more."""
    return isinstance(stream, _Output) and stream.is_lost


def _open_all() -> None:
    """A descriptor that the caller has closed would be taken by the next file, such as a ledger, and written to."""
    while (fd := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(fd)


def _kept(stream: TextIO | None) -> TextIO:
    if stream is None:
        return Path(os.devnull).open("w", encoding="utf-8")
    if type(stream) is not TextIOWrapper:
        return stream
    encoding = "utf-8" if stream.encoding.lower() in {"ascii", "ansi_x3.4-1968", "us-ascii"} else stream.encoding
    os.set_blocking(stream.fileno(), True)
    buffered, at_once = stream.line_buffering, stream.write_through
    return _Output(
        stream.detach(), encoding, "backslashreplace", newline="\n", line_buffering=buffered, write_through=at_once
    )
