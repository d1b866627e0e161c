"""Writes what is made of the commands: `python -m tests.docs.commands`.

The table for shell completion (`migrate/cli/completion/commands.json`), and what a wheel installs below share/: man
pages and the scripts of the shells.
"""

import json
from pathlib import Path
from typing import Any

import click

from migrate.cli.completion.shell_scripts import SCRIPTS
from migrate.cli.completion.stub_commands import TABLE
from migrate.cli.main import TABLE as FIRST_LINES
from migrate.cli.main import make_group
from tests.docs.man_pages import man_pages

SHARE = Path(__file__).parents[2] / "share"
_PLACES = {
    "bash": "bash-completion/completions/decamp",
    "zsh": "zsh/site-functions/_decamp",
    "fish": "fish/vendor_completions.d/decamp.fish",
}
"""Where each shell looks for the script of a program, below share/."""


def completion_table() -> str:
    """All commands with their options and arguments, as JSON."""
    group = make_group()
    return json.dumps(_told(group, click.Context(group, info_name="decamp")), indent=1, sort_keys=True) + "\n"


def _told(command: click.Command, context: click.Context) -> dict[str, Any]:
    line = FIRST_LINES[command.name or ""][1] if command.name in FIRST_LINES else command.get_short_help_str(200)
    told: dict[str, Any] = {
        "help": line,
        "params": [_param(one, context) for one in command.params if not getattr(one, "hidden", False)],
    }
    if isinstance(command, click.Group):
        below = {name: command.get_command(context, name) for name in command.list_commands(context)}
        told["commands"] = {
            name: _told(inner, click.Context(inner, context, name)) for name, inner in below.items() if inner
        }
    return told


def _param(param: click.Parameter, context: click.Context) -> dict[str, Any]:
    choices = list(param.type.choices) if isinstance(param.type, click.Choice) else []
    told = {"nargs": param.nargs, "choices": choices}
    if isinstance(param, click.Option):
        one = " ".join((param.help or "").split())
        more = {"help": one, "flag": param.is_flag or param.count, "multiple": param.multiple}
        return told | more | {"opts": [*param.opts, *param.secondary_opts], "takes": param.metavar or ""}
    return told | {"name": param.name, "takes": param.make_metavar(context)}


def files() -> dict[Path, str]:
    """Every file that is made of the commands, with its content."""
    scripts = {SHARE / place: SCRIPTS[shell] for shell, place in _PLACES.items()}
    return {TABLE: completion_table()} | scripts | man_pages()


if __name__ == "__main__":
    for path, text in files().items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
