"""Prints data on stdout: a table for people, JSON for programs."""

import json
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

import click


def print_json(value: Any) -> None:
    """One JSON document, keys sorted, records and enums as plain values."""
    import msgspec

    click.echo(json.dumps(msgspec.to_builtins(value), ensure_ascii=False, indent=1, sort_keys=True))


def print_table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Left-aligned columns; numbers that are told as int or float to the right. No rows: nothing at all."""
    for line in table_lines(headers, rows):
        click.echo(line)


def table_lines(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    """The lines of a table, headers first; empty without rows."""
    body = [[_Cell.of(value) for value in row] for row in rows]
    if not body:
        return []
    head = [_Cell.of(header) for header in headers]
    widths = [max(row[i].width for row in [head, *body]) for i in range(len(headers))]
    rule = [_Cell("─" * width, width) for width in widths]
    lines = [_line(row, widths) for row in [head, rule, *body]]
    return [line if _prints(line) else line.encode("ascii", "replace").decode() for line in lines]


class _Cell:
    def __init__(self, text: str, width: int, *, right: bool = False) -> None:
        self.text, self.width, self.right = text, width, right

    @classmethod
    def of(cls, value: object) -> "_Cell":
        text = "" if value is None else " ".join(str(value).split())
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
