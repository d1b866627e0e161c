"""Tables that fit the terminal's width, in any script."""

import re
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import click

from migrate.printable_text import one_line, visible

_GAP = 2
_NARROWEST = 8
"""The minimum width of a column."""
_WORD = 16
"""Words up to this width are broken last."""
_SENTENCE = 36
"""A last column that needs more than this, and would get less, moves to lines below its row."""
_INDENT = 2
_ID = re.compile(
    r"(?<![0-9A-Za-z])([0-9a-f]{8})(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9A-Za-z])|"
    r"(?<![0-9A-Za-z])([0-9a-f]{8})[0-9a-f]{24}(?![0-9A-Za-z])"
)
_PLAIN_SPACES = {0x00A0: " ", 0x202F: " "}
"""After line breaking, terminals get plain spaces, which can be searched and always displayed."""
_HANGUL_JOINED = range(0x1160, 0x1200)
"""Vowels and final consonants, which terminals combine with the preceding syllable."""


class TableLine(str):
    """A table line that is already laid out, sanitised and coloured."""


@dataclass(frozen=True)
class Coloured:
    """A cell that the terminal shows in a click colour, such as `red`."""

    text: str
    colour: str | None


def is_id(text: str) -> bool:
    """Whether the text is one UUID or 32 hex digits: an id shown in place of a missing name."""
    return bool(_ID.fullmatch(text))


def short_ids(text: str) -> str:
    """The text with each id (UUID or 32 hex digits) shortened to 8 characters."""
    return _ID.sub(lambda found: found[1] or found[2], text)


def table_lines(
    headers: Sequence[str], rows: Iterable[Sequence[object]], width: int | None = None, *, colour: bool = False
) -> list[str]:
    """The lines of a table, headers first; none if there are no rows.

    Numbers (int, float) are right-aligned. Without a `width`, each row is one line. Otherwise no line is longer than
    `width`: cells wrap, and sentences in the last column move below their rows.
    """
    body = [[_Cell.of(value) for value in row] for row in rows]
    if not body:
        return []
    head = [_Cell.of(header) for header in headers]
    layout = _Layout.of([head, *body], width)
    rule = [_Cell("─" * one) for one in layout.widths]
    lines = [*layout.lines(head), *layout.lines(rule), *(line for row in body for line in layout.lines(row, colour))]
    lines = [line.translate(_PLAIN_SPACES) for line in lines]
    return [TableLine(line if _can_print(line) else line.encode("ascii", "replace").decode()) for line in lines]


def screen_line(text: str, width: int | None = None) -> TableLine:
    """One line of a screen, sanitised and cut to at most `width` columns; a cut one ends in `…`."""
    line = visible(text)
    if width is not None and _width(line) > width:
        line = line[: _fitting(line, max(width - 1, 0))] + "…"
    line = line.translate(_PLAIN_SPACES)
    return TableLine(line if _can_print(line) else line.encode("ascii", "replace").decode())


def aligned(rows: Sequence[Sequence[str]], width: int | None = None) -> list[str]:
    """Rows in columns without headers, each one line of at most `width` columns: the widest columns are cut."""
    if not rows:
        return []
    cells = [[one_line(visible(cell)) for cell in row] for row in rows]
    widths = [max(_width(row[at]) for row in cells) for at in range(len(cells[0]))]
    while width is not None and _total(widths) > width and max(widths) > _NARROWEST:
        widths[widths.index(max(widths))] -= 1
    return [(" " * _GAP).join(map(_filled, row, widths)).rstrip() for row in cells]


def _filled(text: str, width: int) -> str:
    line = screen_line(text, width)
    return line + " " * (width - _width(line))


def fold(text: str, width: int | None, indent: int = 0) -> list[str]:
    """The text wrapped to at most `width` columns. Words stay whole, as one may be a path to copy."""
    fits = width is None or _width(text) <= width
    parts = [text] if fits else _wrapped(text, width or 0, indent, whole=True)
    return [part.translate(_PLAIN_SPACES) for part in parts]


@dataclass(frozen=True)
class _Cell:
    text: str
    right: bool = False
    colour: str | None = None

    @classmethod
    def of(cls, value: object) -> "_Cell":
        if isinstance(value, Coloured):
            return cls(one_line(visible(value.text)), colour=value.colour)
        right = isinstance(value, int | float) and not isinstance(value, bool)
        return cls("" if value is None else one_line(visible(str(value))), right)

    def parts(self, width: int, coloured: bool) -> list[str]:
        """The lines of the cell, each padded to the column width."""
        return [self._padded(part, width, coloured) for part in _wrapped(self.text, width)]

    def _padded(self, text: str, width: int, coloured: bool) -> str:
        blank = " " * (width - _width(text))
        shown = click.style(text, fg=self.colour) if coloured and self.colour else text
        return blank + shown if self.right else shown + blank


@dataclass(frozen=True)
class _Layout:
    """The widths of the columns. `below`: the width of a last column that moves below its row, 0 if it stays."""

    widths: tuple[int, ...]
    below: int = 0

    @classmethod
    def of(cls, rows: Sequence[Sequence[_Cell]], room: int | None) -> "_Layout":
        widths = [max(_width(row[i].text) for row in rows) for i in range(len(rows[0]))]
        if room is None or _total(widths) <= room:
            return cls(tuple(widths))
        words = [max(_longest_word(row[i].text) for row in rows) for i in range(len(widths))]
        left = room - _total(widths[:-1]) - _GAP
        says = any(" " in row[-1].text for row in rows[1:])
        if says and widths[-1] > _SENTENCE > left and len(widths) > 1:
            return cls(tuple(_narrowed(widths[:-1], words, room)), room - _INDENT)
        if left >= min(_SENTENCE, widths[-1]):
            return cls((*widths[:-1], left))
        return cls(tuple(_narrowed(widths, words, room)))

    def lines(self, row: Sequence[_Cell], colour: bool = False) -> Iterator[str]:
        """The lines of one row."""
        columns = [cell.parts(width, colour) for cell, width in zip(row, self.widths, strict=False)]
        for at in range(max(map(len, columns))):
            parts = [
                column[at] if at < len(column) else " " * width
                for column, width in zip(columns, self.widths, strict=True)
            ]
            yield (" " * _GAP).join(parts).rstrip()
        if self.below and len(row) > len(self.widths) and row[-1].text:
            yield from (" " * _INDENT + part for part in _wrapped(row[-1].text, self.below))


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + _GAP * (len(widths) - 1)


def _narrowed(widths: Sequence[int], words: Sequence[int], room: int) -> list[int]:
    """The widths, with the widest column narrowed until all fit; columns keep their longest word as long as
    possible.
    """
    narrow = list(widths)
    floors = [min(width, max(_NARROWEST, min(word, _WORD))) for width, word in zip(widths, words, strict=False)]
    while _total(narrow) > room:
        at = max(range(len(narrow)), key=lambda i: (narrow[i] > floors[i], narrow[i]))
        if narrow[at] <= _NARROWEST:
            break
        narrow[at] -= 1
    return narrow


def _longest_word(text: str) -> int:
    return max(map(_width, text.split(" ")))


def _wrapped(text: str, width: int, indent: int = 0, *, whole: bool = False) -> Iterator[str]:
    """The text in lines of at most `width` columns, broken at spaces; breaks longer words too, unless `whole`."""
    line = ""
    for word in text.split(" "):
        longer = f"{line} {word}" if line else word
        if _width(longer) <= width:
            line = longer
            continue
        if line.strip():
            yield line
            word = " " * indent + word
        line = word
        while not whole and _width(line) > width:
            at = _break(line, width)
            yield line[:at]
            line = line[at:]
    yield line


def _break(word: str, width: int) -> int:
    """The position to break a word: after its last separator if that is far enough, else at the width; never before an
    accent.
    """
    at = max(_fitting(word, width), 1)
    parted = max(word.rfind(sign, 0, at) for sign in ":-/.") + 1
    return parted if parted > at // 2 else at


def _fitting(text: str, width: int) -> int:
    """How many characters of the text fit in `width` columns."""
    at = used = 0
    while at < len(text) and used + _columns(text[at]) <= width:
        used += _columns(text[at])
        at += 1
    return at


def _width(text: str) -> int:
    return len(text) if text.isascii() else sum(map(_columns, text))


def _columns(sign: str) -> int:
    """The number of terminal columns of a character."""
    if unicodedata.category(sign) in {"Mn", "Me"} or ord(sign) in _HANGUL_JOINED:
        return 0
    return 2 if unicodedata.east_asian_width(sign) in "WF" else 1


def _can_print(line: str) -> bool:
    """Whether the terminal's encoding can show the line (a C locale cannot show rules or accents)."""
    try:
        line.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        return False
    return True
