"""`decamp demo`: the story of a move on two clouds in memory, without an account anywhere."""

from pathlib import Path

import click

from migrate.cli.console import echo
from migrate.cli.context import App, pass_app
from migrate.cli.options import SharedCommand
from migrate.cli.workspace import shown
from migrate.errors import ConfigError, Exit
from migrate.messages import codes


@click.command("demo", cls=SharedCommand)
@click.argument("folder", type=click.Path(path_type=Path), default=Path("decamp-demo"))
@pass_app
def command(app: App, folder: Path) -> int:
    """Move two small tenants between clouds in memory, with the ordinary commands.

    Needs no account, no network and no root, and proves nothing about OpenStack. Leaves two workspaces in FOLDER
    (default: decamp-demo), with their reports.
    """
    # The clouds in memory are needed by nobody else.
    from migrate.cli.demo_story import DemoStory

    if folder.exists() or folder.is_symlink():
        raise ConfigError(codes.DEMO_FOLDER_EXISTS, path=shown(folder))
    echo(app.say("demo.label"))
    story = DemoStory(app, folder)
    story.tell()
    is_same = story.conclude()
    echo(app.say("demo.label"))
    return Exit.OK if is_same else Exit.PARTIAL
