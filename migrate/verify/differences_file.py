"""`exceptions.jsonl`: every difference in a container found by the last verification, one per line."""

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from migrate.errors import FatalError
from migrate.messages import codes
from migrate.own_files import create_own, open_own
from migrate.printable_text import visible_json

_FILE, _MOST = "exceptions.jsonl", 1000
_APPEND = os.O_WRONLY | os.O_CREAT | os.O_APPEND
PRESENCE = ("missing ≠ present", "present ≠ missing")
"""At the source, and at the target."""


@dataclass
class Exceptions:
    """Writes every difference to the file next to a container's `rows`, and keeps the first thousand in memory.

    Without differences there is no file. `is_more`: appends to the file of an earlier check in the same verification.
    """

    rows: Path
    is_more: bool = False
    kept: list[str] = field(default_factory=list)
    beyond: int = 0

    def __enter__(self) -> "Exceptions":
        self._path = self.rows / _FILE
        self._partial = self._path.with_name(_FILE + ".partial")
        self._partial.unlink(missing_ok=True)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None and self._partial.exists():
            self._partial.replace(self._path)
        elif kind is None and not self.is_more:
            self._path.unlink(missing_ok=True)

    def add(self, name: str, differences: Iterable[str]) -> None:
        """Adds differences. `name`: of the object; empty for the container itself. Raises FatalError DCP-111."""
        for told in differences:
            # Headers that are not UTF-8 contain surrogates.
            difference = told.encode("utf-8", "backslashreplace").decode()
            self._write(name, difference)
            if len(self.kept) == _MOST:
                self.beyond += 1
                continue
            between = ": " if difference in PRESENCE else " "
            of = f"object {msgspec.json.encode(name).decode()}{between}" if name else ""
            self.kept.append(of + difference)

    def first_ones(self) -> tuple[str, ...]:
        return (*self.kept, f"and {self.beyond} more differences") if self.beyond else tuple(self.kept)

    def _write(self, name: str, difference: str) -> None:
        try:
            if self.is_more and not self._partial.exists() and self._path.exists():
                with os.fdopen(create_own(self._partial), "wb") as file:
                    file.write(self._path.read_bytes())
            with os.fdopen(open_own(self._partial, _APPEND), "ab") as file:
                line = msgspec.json.encode({"name": name, "difference": difference}).decode()
                file.write(visible_json(line).encode() + b"\n")
        except OSError as err:
            raise FatalError(codes.CANNOT_WRITE, path=str(self._path), why=err.strerror or str(err)) from err
