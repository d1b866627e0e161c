"""`decamp accept`: from then on what was moved is the customer's, and nothing of ours touches it."""

import click

from migrate.cli.commands.approve import name_of
from migrate.cli.console import print_json
from migrate.cli.context import App, pass_app
from migrate.cli.fitting_documents import open_for_work
from migrate.cli.options import SharedCommand
from migrate.cli.safety.consent import require_known
from migrate.cli.session import open_ledger
from migrate.cli.wave_choice import wave_named
from migrate.errors import Exit
from migrate.execute.wave_rollback import accept, facts_of
from migrate.plan.wave_state import known_waves


@click.command("accept", cls=SharedCommand)
@click.argument("named", metavar="WAVE|SERVER")
@click.option("--who", help="Name of the person who accepts it. Default: your login name.")
@pass_app
def command(app: App, named: str, who: str | None) -> int:
    """Accept a wave that is up at the target: it can no longer be rolled back, and nothing replaces it."""
    workspace, documents = open_for_work(app)
    require_known(workspace)
    with open_ledger(workspace, documents.policy) as ledger:
        wave = wave_named(known_waves(documents.plan, facts_of(ledger)), named)
        words = accept(ledger, documents.plan, wave, name_of(who))
    if app.is_json:
        print_json(words)
    last = max(words, key=lambda one: one.at)
    app.tell("accept.done", wave=wave.name, who=last.who, at=last.at)
    return Exit.OK
