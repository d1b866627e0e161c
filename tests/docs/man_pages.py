"""Man pages of all commands, made of their help and of docs/output.md: roff for `man`, one page for each command."""

import re
import textwrap
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click

from migrate.cli.main import TABLE, make_group

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "share" / "man" / "man1"
_VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
_CODE = re.compile(r"`([^`]+)`")
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_STATUS = re.compile(r"^\| (\d+) \| (.+) \|$", re.MULTILINE)
_FILES = (
    ("policy.yaml", "what people decide: the only document that they edit"),
    ("source.json, target.json, plan.json", "what exists, and what will be done"),
    ("ledger.db", "what has been done"),
    ("~/.config/openstack/clouds.yaml", "logins; OS_CLIENT_CONFIG_FILE names another file"),
)


def man_pages() -> dict[Path, str]:
    """Every page by its path."""
    group = make_group()
    context = click.Context(group, info_name="decamp", help_option_names=["-h", "--help"])
    return {FOLDER / f"{context.command_path.replace(' ', '-')}.1": page for context, page in _pages(group, context)}


def _pages(command: click.Command, context: click.Context) -> Iterator[tuple[click.Context, str]]:
    yield context, _page(command, context)
    for name, inner in _below(command, context):
        yield from _pages(inner, click.Context(inner, context, name))


def _below(command: click.Command, context: click.Context) -> list[tuple[str, click.Command]]:
    if not isinstance(command, click.Group):
        return []
    found = ((name, command.get_command(context, name)) for name in command.list_commands(context))
    return [(name, inner) for name, inner in found if inner]


def _page(command: click.Command, context: click.Context) -> str:
    path = context.command_path
    name = path.replace(" ", "-")
    paragraphs = [" ".join(part.split()) for part in (command.help or "").split("\n\n")]
    usage = " ".join(command.collect_usage_pieces(context))
    parts = [
        f'.TH "{_text(name.upper())}" "1" "" "decamp {_VERSION}" "Decamp"',
        ".SH NAME",
        f"{_text(name)} \\- {_text(_first(command, paragraphs))}",
        ".SH SYNOPSIS",
        f"\\fB{_text(path)}\\fR {_text(usage)}",
        ".SH DESCRIPTION",
        "\n.PP\n".join(_prose(part) for part in paragraphs),
    ]
    if options := [row for one in command.params if (row := one.get_help_record(context))]:
        parts += [".SH OPTIONS", *(_item(name, about) for name, about in options)]
    if below := _below(command, context):
        lines = [(f"{name}-{inner}", _first(one, [one.get_short_help_str(200)])) for inner, one in below]
        parts += [".SH COMMANDS", *(_item(f"{page}(1)", line) for page, line in lines)]
    parts += [".SH EXIT STATUS", *(_item(status, meaning) for status, meaning in _statuses())]
    parts += [".SH FILES", *(_item(file, about) for file, about in _FILES)]
    others = [page for page in ("decamp", "decamp-explain", "decamp-doctor", "decamp-status") if page != name]
    parts += [".SH SEE ALSO", ", ".join(f"\\fB{_text(page)}\\fR(1)" for page in others)]
    return "\n".join(parts) + "\n"


def _first(command: click.Command, paragraphs: list[str]) -> str:
    """What a command does, in one line without a full stop."""
    line = TABLE[command.name][1] if command.name in TABLE else paragraphs[0].partition(". ")[0]
    return line.removesuffix(".")


def _statuses() -> list[tuple[str, str]]:
    page = (ROOT / "docs" / "output.md").read_text().partition("## Exit status\n")[2].partition("\n## ")[0]
    return [(status, _LINK.sub(r"\1", meaning)) for status, meaning in _STATUS.findall(page)]


def _item(term: str, about: str) -> str:
    return f".TP\n\\fB{_text(term)}\\fR\n{_prose(about)}"


def _prose(text: str) -> str:
    """A paragraph in lines: roff fills them again. Code is set in bold."""
    lines = textwrap.wrap(text, 100, break_long_words=False, break_on_hyphens=False)
    # Code may be broken over two lines: it is marked after wrapping, word by word, and only here is it escaped.
    return "\n".join(_shielded(line) for line in _CODE.sub(r"\\fB\1\\fR", _text("\n".join(lines))).split("\n"))


def _text(text: str) -> str:
    """Text in which nothing is a command of roff."""
    return text.replace("\\", "\\e").replace("-", "\\-")


def _shielded(line: str) -> str:
    return f"\\&{line}" if line[:1] in {".", "'"} else line
