"""What programs that failed have said: whole in one file for the operator alone, elsewhere an excerpt."""

import os
import threading
from pathlib import Path

from migrate.documents import write_atomically
from migrate.errors import FatalError
from migrate.monitor import log
from migrate.own_files import open_own, read_below
from migrate.printable_text import visible
from migrate.redaction import scrub_lines
from migrate.units import iso, utc_now

FILE = "program-output.log"
"""In `private/`. The texts of the codes name it."""
_MOST_BYTES, _KEPT_BYTES = 4 << 20, 1 << 20
_SHOWN = 300
"""Characters of an output that are shown: its end says what was wrong."""
_lock = threading.Lock()


def excerpt(output: bytes) -> str:
    """Its last characters on one line, with nothing that acts on a terminal or stands behind a word for a secret."""
    text = visible(" ".join(scrub_lines(output.decode("utf-8", "replace")).split()))
    return text if len(text) <= _SHOWN else f"…{text[-_SHOWN:]}"


def keep_output(private: Path, output: bytes, *, program: str, name: str) -> None:
    """Adds it to the file in `private/`, as it was, but for what acts on a terminal. Of a large file the end is kept.

    A disk that is full or not writable is told in the log: the program's failure counts more.
    """
    head = f"=== {iso(utc_now())} {name}: {program}"
    said = f"{visible(head)}\n{visible(output.decode('utf-8', 'replace'), keep=chr(10) + chr(9))}\n"
    try:
        with _lock:
            _append(private / FILE, said.encode())
    except (OSError, FatalError) as err:
        log.warning("output of a program not kept name=%s error=%s", name, type(err).__name__)


def _append(path: Path, said: bytes) -> None:
    path.parent.mkdir(mode=0o700, exist_ok=True)
    with os.fdopen(open_own(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND), "ab") as file:
        file.write(said)
        size = file.tell()
    if size > _MOST_BYTES:
        write_atomically(path, read_below(path.parent, path.name)[-_KEPT_BYTES:].partition(b"\n")[2])
