"""The one place that writes to stdout and stderr: tables and lines for people, JSON for programs.

A tenant's names are strangers' text: what leaves here is `visible`, whatever a command hands over. Progress writes for
itself (`progress.py`), and log records in `secrets.py`.
"""

import json
import shutil
import sys
import textwrap
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import click

from migrate.own_secrets import hidden_values
from migrate.printable_text import visible, visible_json
from migrate.secret_looking import told_values

_NARROWEST = 32
"""No last column is broken to less than this, however narrow the terminal is."""


def echo(line: str = "", *, err: bool = False) -> None:
    """One line: on stdout where it is data, on stderr where it is not."""
    click.echo(visible(line), err=err)


def print_text(text: str, *, err: bool = False) -> None:
    """A text of ours of many lines, as it is: help, or a whole report."""
    click.echo(visible(text, keep="\n"), nl=not text.endswith("\n"), err=err)


def print_json(value: Any) -> None:
    """One JSON document, keys sorted, records and enums as plain values."""
    import msgspec

    plain = told_values(hidden_values(msgspec.to_builtins(value)))
    click.echo(visible_json(json.dumps(plain, ensure_ascii=False, indent=1, sort_keys=True)))


def print_table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Left-aligned columns; numbers that are told as int or float to the right. No rows: nothing at all.

    On a terminal the last column is broken to fit; a program that reads gets one line for each row.
    """
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    for line in table_lines(headers, rows, width):
        echo(line)


def table_lines(headers: Sequence[str], rows: Iterable[Sequence[object]], width: int | None = None) -> list[str]:
    """The lines of a table, headers first; empty without rows. `width`: what the last column is broken to fit."""
    body = [[_Cell.of(value) for value in row] for row in rows]
    if not body:
        return []
    head = [_Cell.of(header) for header in headers]
    widths = [max(row[i].width for row in [head, *body]) for i in range(len(headers))]
    if width is not None and sum(widths) + 2 * (len(widths) - 1) > width:
        widths[-1] = min(widths[-1], max(_NARROWEST, width - sum(widths[:-1]) - 2 * (len(widths) - 1)))
        body = [broken for row in body for broken in _broken(row, widths[-1])]
    rule = [_Cell("─" * width, width) for width in widths]
    lines = [_line(row, widths) for row in [head, rule, *body]]
    return [line if _prints(line) else line.encode("ascii", "replace").decode() for line in lines]


def _broken(row: list["_Cell"], width: int) -> Iterator[list["_Cell"]]:
    """The row, its last cell over as many lines as it takes."""
    first, *more = textwrap.wrap(row[-1].text, width) or [""]
    yield [*row[:-1], _Cell(first, _width(first), right=row[-1].right)]
    for text in more:
        yield [*(_Cell("", 0) for _ in row[:-1]), _Cell(text, _width(text))]


class _Cell:
    def __init__(self, text: str, width: int, *, right: bool = False) -> None:
        self.text, self.width, self.right = text, width, right

    @classmethod
    def of(cls, value: object) -> "_Cell":
        text = "" if value is None else " ".join(visible(str(value)).split())
        return cls(text, _width(text), right=isinstance(value, int | float) and not isinstance(value, bool))

    def padded(self, width: int) -> str:
        blank = " " * (width - self.width)
        return blank + self.text if self.right else self.text + blank


def _line(row: list[_Cell], widths: list[int]) -> str:
    return "  ".join(cell.padded(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _width(text: str) -> int:
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def _prints(line: str) -> bool:
    """The terminal's encoding can show it (a C locale cannot show a rule or an accent)."""
    try:
        line.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return False
    return True
