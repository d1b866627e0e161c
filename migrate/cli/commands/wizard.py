"""`decamp wizard`: carries somebody who knows no OpenStack through the whole move, one question at a time."""

import os
import sys
from pathlib import Path

import click

from migrate.cli.context import App, pass_app
from migrate.cli.options import SharedCommand


@click.command("wizard", cls=SharedCommand)
@click.option(
    "--answers",
    "given",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Answer from this file (`question: answer` lines, or an answers.yaml) and never ask.",
)
@click.option("--plain", is_flag=True, help="Plain lines, nothing redrawn: for screen readers.")
@pass_app
def command(app: App, given: Path | None, plain: bool) -> int:
    """Go through the whole move, one question at a time; every act is an ordinary command, shown as it is run.

    Leave at any question (q or Ctrl-C) and return with the same command. Answers are kept in answers.yaml, secrets in
    private/login/secure.yaml alone. With --answers it exits with status 2 and names the question that has no answer.
    """
    from migrate.cli.safety.consent import lies_in_a_workspace
    from migrate.cli.wizard.asking import GivenAsker, PlainAsker, ScreenAsker
    from migrate.cli.wizard.conversation import Conversation
    from migrate.cli.workspace import read_text
    from migrate.wizard.kept_answers import read_given

    if given is not None:
        answers = read_given(read_text(given), str(given))
        of_workspace = str(given) if lies_in_a_workspace(given, app.directory) else ""
        return Conversation(app, GivenAsker(answers, of_workspace)).run()
    can_redraw = os.environ.get("TERM", "dumb") != "dumb"
    on_screen = not plain and can_redraw and sys.stdin.isatty() and sys.stdout.isatty()
    return Conversation(app, ScreenAsker() if on_screen else PlainAsker()).run()
