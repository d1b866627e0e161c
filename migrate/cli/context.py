"""The context that all commands share: folder, language, format and stop flag. Imports little."""

import re
import shlex
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

import click

from migrate.cli.console import echo, has_colour, line_width
from migrate.cli.tables import Coloured, is_id, short_ids, table_lines
from migrate.messages.catalogue import DEFAULT, language, phrase, text
from migrate.monitor import StopFlag
from migrate.own_files import read_below

_WITH_IDS = frozenset({"item", "step", "id", "disk"})
"""Columns whose ids are cut to 8 characters, unless --wide."""
_MOST_OF_POLICY = 1 << 20
_LANGUAGE_LINE = re.compile(r"^language:\s*[\"']?(en|fr)\b", re.MULTILINE)


@dataclass
class App:
    """The shared options of one call, and its stop flag.

    `stops_softly` is set by commands that check the flag themselves: then the first Ctrl-C only sets the flag.
    `bundle`: the support bundle that `directory` was unpacked from.
    `is_quiet` is set by commands that own the screen: remarks beside the data would spoil it.
    """

    directory: Path = field(default_factory=Path)
    lang_option: str | None = None
    format: str = "table"
    verbose: bool = False
    wide: bool = False
    stop: StopFlag = field(default_factory=StopFlag)
    stops_softly: bool = False
    is_quiet: bool = False
    bundle: Path | None = None

    @property
    def lang(self) -> str:
        """The language: --lang, else the policy's, else English. Works with a broken policy too."""
        if self.lang_option:
            return language(self.lang_option)
        try:
            # Before anything has looked at the folder: a pipe in it would be waited for without end.
            raw = read_below(self.directory, "policy.yaml", _MOST_OF_POLICY)
            found = _LANGUAGE_LINE.search(raw.decode("utf-8", "replace"))
        except OSError:
            return DEFAULT
        return found[1] if found else DEFAULT

    @property
    def is_json(self) -> bool:
        return self.format == "json"

    def say(self, key: str, **facts: object) -> str:
        """A phrase in the operator's language."""
        return phrase(key, self.lang, **facts)

    def text(self, code: str, facts: dict[str, Any] | None = None) -> str:
        """The sentence of a code in the operator's language."""
        return text(code, self.lang, facts)

    def explain(self, code: str | None, facts: dict[str, Any] | None = None) -> str:
        """A code and its sentence, for a cell of a table; empty without a code."""
        return f"{code}: {self.text(code, facts)}" if code else ""

    def tell(self, key: str, **facts: object) -> None:
        """Prints a phrase on stderr, like everything that is not data."""
        if not self.is_quiet:
            echo(self.say(key, **facts), err=True)

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
        """The lines of a table for `echo`. `columns`: phrase keys; a key without a dot means `col.NAME`."""
        headers = [self.say(name if "." in name else f"col.{name}") for name in columns]
        cells = [[self._cell(*cell) for cell in zip(columns, row, strict=True)] for row in rows]
        width = None if self.wide else line_width(sys.stdout)
        return table_lines(headers, cells, width, colour=has_colour(sys.stdout))

    def print_table(self, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        """Prints a table on stdout, or nothing if there are no rows."""
        for line in self.table(columns, rows):
            echo(line)

    def _cell(self, column: str, value: object) -> object:
        if column == "name":
            return self.short(str(value)) if is_id(str(value)) else value or "-"
        return self.short(str(value)) if column in _WITH_IDS else value

    def state(self, state: StrEnum) -> Coloured:
        """A table cell with a step's state; red if it failed."""
        return Coloured(self.say(f"state.{state.value}"), "red" if state.value == "failed" else None)

    def short(self, text: str) -> str:
        """The text with ids shortened to 8 characters; unchanged with --wide."""
        return text if self.wide else short_ids(text)

    @property
    def prefix(self) -> str:
        """The prefix for commands shown to the operator: `decamp`, or `decamp -C DIR`."""
        # What is next in a support bundle is next for the customer, in the workspace that it came from.
        is_here = self.directory == Path() or self.bundle
        return "decamp" if is_here else f"decamp -C {shlex.quote(str(self.directory))}"

    @property
    def interactive(self) -> bool:
        """Whether stdin is a terminal."""
        return sys.stdin.isatty()


pass_app = click.make_pass_decorator(App, ensure=True)
