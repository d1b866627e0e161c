"""What this migration's copies of a container have left at the target, told from their recordings.

    evidence/objects/NAME.jsonl.gz             the recording of the copy that runs, or has run last
    evidence/objects/earlier/NAME/N.jsonl.gz   those of copies since the last one that came to its end
    evidence/objects/earlier/NAME/sent.jsonl   objects that had changed since their recording when they were sent

A recording that cannot be read tells nothing: what it would have told is then nobody's, and left alone.
"""

import gzip
import os
import shutil
import zlib
from collections.abc import Iterator
from pathlib import Path
from threading import Lock

import msgspec

from migrate.errors import FatalError
from migrate.transfer.provenance import Facts, Known
from migrate.verify.objects import Recorded

_RECORDED = b'{"info"'
_SUFFIX = ".jsonl.gz"


class Recordings:
    """transfer.Provenance of one copy: `keep_earlier` before it is recorded, `forget_earlier` when it ended well."""

    def __init__(self, listing: Path) -> None:
        self._listing = listing
        self._folder = listing.parent / "earlier" / listing.name.removesuffix(_SUFFIX)
        self._sent_path = self._folder / "sent.jsonl"
        self._cursors: list[_Cursor] | None = None
        self._sent: dict[str, set[Facts]] = {}
        self._lock = Lock()

    def keep_earlier(self) -> None:
        """Keeps the recording that is about to be replaced. Raises FatalError."""
        number = 1
        while (kept := self._folder / f"{number}{_SUFFIX}").exists():
            number += 1
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            if self._listing.exists():
                _link(self._listing, kept)
        except OSError as err:
            raise FatalError("DCP-111", path=str(kept), why=err.strerror or str(err)) from err

    def forget_earlier(self) -> None:
        """The copy is whole: all that is at the target is in its own recording, or was noted as it was sent."""
        for path in self._earlier():
            path.unlink(missing_ok=True)

    # ------------------------------------------------------------ transfer.Provenance

    def of(self, name: str) -> Known:
        if self._cursors is None:
            self._sent = _sent_in(self._sent_path)
            self._cursors = [_Cursor(self._listing), *(_Cursor(path) for path in self._earlier())]
        recorded, *before = (cursor.at(name) for cursor in self._cursors)
        return Known(frozenset(self._sent.get(name, set()) | {facts for facts in before if facts}), recorded)

    def sending(self, name: str, known: Known, facts: Facts) -> None:
        if facts == known.recorded:
            return
        line = msgspec.json.encode((name, *facts)) + b"\n"
        try:
            with self._lock, self._sent_path.open("ab") as file:
                file.write(line)
        except OSError as err:
            raise FatalError("DCP-111", path=str(self._sent_path), why=err.strerror or str(err)) from err

    def _earlier(self) -> list[Path]:
        return sorted(self._folder.glob(f"*{_SUFFIX}"))


class _Cursor:
    """A recording, read once from its start to its end."""

    def __init__(self, path: Path) -> None:
        self._recorded = _recorded_in(path)
        self._next = next(self._recorded, None)

    def at(self, name: str) -> Facts | None:
        """What it says of that name; names are asked for in their order."""
        while self._next is not None and self._next.info.name < name:
            self._next = next(self._recorded, None)
        if self._next is None or self._next.info.name != name:
            return None
        return self._next.info.size_bytes, self._next.info.etag


def _recorded_in(path: Path) -> Iterator[Recorded]:
    try:
        with gzip.open(path, "rb") as lines:
            for line in lines:
                if line.startswith(_RECORDED):
                    yield msgspec.json.decode(line, type=Recorded)
    except (OSError, EOFError, zlib.error, msgspec.DecodeError):
        return


def _sent_in(path: Path) -> dict[str, set[Facts]]:
    """The last line may be cut short: nothing was sent after it."""
    found: dict[str, set[Facts]] = {}
    lines = path.read_bytes().splitlines() if path.exists() else []
    for line in lines:
        try:
            name, size, etag = msgspec.json.decode(line, type=tuple[str, int, str])
        except msgspec.DecodeError:
            continue
        found.setdefault(name, set()).add((size, etag))
    return found


def _link(path: Path, kept: Path) -> None:
    """The same file under a second name; a copy where the file system has none."""
    try:
        os.link(path, kept)
    except OSError:
        shutil.copyfile(path, kept)
