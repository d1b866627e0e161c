"""All output to stdout and stderr: tables and lines for people, JSON for programs.

A tenant controls its names, so all output passes `visible`, whichever command prints it. Progress bars and log records
have their own output (`progress_bars.py`, `log_file.py`).
"""

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

import click

from migrate.cli.tables import TableLine, fold
from migrate.own_secrets import hidden_values
from migrate.printable_text import visible, visible_json
from migrate.secret_looking import values_to_show

SCREEN = 80
"""The narrowest terminal width used for layout."""


def line_width(stream: IO[str]) -> int | None:
    """The line width of a stream: the terminal's or $COLUMNS, at least 80; None for a pipe or a file."""
    said = os.environ.get("COLUMNS", "")
    if said.isdigit() and int(said):
        return max(SCREEN, int(said))
    if not stream.isatty():
        return None
    try:
        return max(SCREEN, os.get_terminal_size(stream.fileno()).columns)
    except (OSError, ValueError):
        return SCREEN


def has_colour(stream: IO[str]) -> bool:
    """Whether the stream is a colour terminal and NO_COLOR is unset."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def echo(line: str = "", *, err: bool = False, whole: bool = False) -> None:
    """Prints one line: data on stdout, everything else on stderr. Wraps it on a terminal, unless `whole`."""
    if isinstance(line, TableLine):
        click.echo(line, err=err, color=True)
        return
    width = None if whole else line_width(sys.stderr if err else sys.stdout)
    for part in fold(visible(line), width, indent=2 if line.startswith("- ") else 0):
        click.echo(part, err=err)


def prompt(text: str) -> None:
    """Prints what stands before an answer, on the same line."""
    click.echo(visible(text), nl=False, err=True)


def screen_size(stream: IO[str]) -> tuple[int, int]:
    """Columns and lines of the terminal, or of $COLUMNS and $LINES; 80 by 24 where neither is known."""
    try:
        columns, lines = os.get_terminal_size(stream.fileno())
    except (OSError, ValueError):
        columns, lines = SCREEN, 24
    given = [os.environ.get(name, "") for name in ("COLUMNS", "LINES")]
    said = [
        int(one) if one.isdigit() and int(one) else known for one, known in zip(given, (columns, lines), strict=True)
    ]
    return said[0] or SCREEN, said[1] or 24


def make_room() -> None:
    """Scrolls what the terminal shows out of sight, so that `redraw` overwrites nothing that somebody may want."""
    click.echo("\n" * (screen_size(sys.stdout)[1] - 1), nl=False)


def redraw(lines: Sequence[TableLine]) -> None:
    """Replaces what the terminal shows by these lines, without scrolling and without a blank screen in between."""
    # To the upper left corner; each line is cleared to its end, and all that is left below the last one.
    click.echo("\x1b[H" + "\x1b[K\n".join(lines) + "\x1b[K\x1b[J", nl=False, color=True)


def print_text(text: str, *, err: bool = False, keep: str = "\n") -> None:
    """Prints a text of several lines unchanged, such as help or a report. `keep`: the control characters in it."""
    click.echo(visible(text, keep=keep), nl=not text.endswith("\n"), err=err)


def is_stdout(path: Path) -> bool:
    """Whether it is another name of what stdout is connected to, such as /dev/stdout, and no file's own."""
    try:
        return not (path.is_file() and not path.is_symlink()) and os.path.samestat(path.stat(), os.fstat(1))
    except OSError:
        return False


def print_json(value: Any) -> None:
    """Prints one JSON document: sorted keys, records and enums as plain values."""
    click.echo(_json(value, indent=1))


def print_json_line(value: Any) -> None:
    """Prints one JSON document on a line of its own, at once."""
    click.echo(_json(value))


def _json(value: Any, indent: int | None = None) -> str:
    """In a terminal that does not know every sign, those beyond ASCII as JSON escapes them."""
    knows_all = (sys.stdout.encoding or "utf-8").lower().replace("_", "-") in {"utf-8", "utf8"}
    return visible_json(json.dumps(_plain(value), ensure_ascii=not knows_all, indent=indent, sort_keys=True))


def _plain(value: Any) -> Any:
    import msgspec

    return values_to_show(hidden_values(msgspec.to_builtins(value)))
