"""`decamp completion`: prints the script that makes a shell complete `decamp`."""

import click

from migrate.cli.completion.shell_scripts import SCRIPTS
from migrate.cli.console import print_text
from migrate.cli.options import SharedCommand
from migrate.errors import Exit


@click.command("completion", cls=SharedCommand)
@click.argument("shell", type=click.Choice(tuple(SCRIPTS)))
def command(shell: str) -> int:
    """Print the script that completes commands, options, waves, servers and steps in your shell.

    For bash: `eval "$(decamp completion bash)"` in ~/.bashrc; for zsh the same with zsh in ~/.zshrc, after compinit;
    for fish: `decamp completion fish > ~/.config/fish/completions/decamp.fish`.
    """
    print_text(SCRIPTS[shell])
    return Exit.OK
