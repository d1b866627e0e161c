"""`decamp clean`: lists resources with our mark and removes the temporary ones."""

from collections.abc import Sequence

import click

from migrate.cli.console import echo, print_json
from migrate.cli.context import App, pass_app
from migrate.cli.fitting_documents import open_for_work
from migrate.cli.options import SharedCommand
from migrate.cli.session import Needs, SourceUse, open_session
from migrate.cli.views.launch_left_view import left_text
from migrate.errors import Exit
from migrate.execute.leftovers import Made, clean, list_made
from migrate.execute.test_launch.launch_turn import launch_left
from migrate.ledger.ledger import Ledger
from migrate.ledger.ledger_records import Effect
from migrate.messages import codes
from migrate.model import Role

NOT_REMOVED = {
    codes.NOT_REMOVED_MOVED,
    codes.NOT_REMOVED_NOT_TEMPORARY,
    codes.NOT_REMOVED_IN_USE,
    codes.NOT_REMOVED_DUPLICATE,
    codes.LAUNCH_KEPT,
}
"""Codes of resources left on purpose, which are not failures."""


@click.command("clean", cls=SharedCommand)
@click.option("--execute", is_flag=True, help="Remove them. Without this option nothing is removed.")
@pass_app
def command(app: App, execute: bool) -> int:
    """Remove Decamp's temporary resources; a dry run without --execute.

    Lists all resources that carry the mark of this migration. Never removes moved resources. What a test launch has
    left is removed too, unless it is under way or kept.
    """
    workspace, documents = open_for_work(app)
    needs = Needs(
        execute=execute,
        label="clean",
        source=SourceUse.MAY,
        without_source="clean.no-source",
        reads_store=False,
    )
    with open_session(app, workspace, documents.policy, documents.plan, needs) as session:
        left = launch_left(session.context.ledger)
        made = clean(session.context) if execute else list_made(session.context)
        # After the switch-off, leftovers cannot be checked and are gone with the cloud.
        unseen = session.context.source is None and bool(left_at_source(session.context.ledger))
    show(app, made)
    if left and left_text(app, left):
        echo(left_text(app, left), err=True)
    if execute:
        app.tell("clean.done", count=sum(one.removed for one in made))
    elif removable := sum(one.code is None for one in made):
        app.tell("clean.rehearsal", count=removable, command=f"{app.prefix} clean --execute")
    else:
        app.tell("clean.none")
    failed = unseen or any(one.code is not None and one.code not in NOT_REMOVED for one in made)
    return Exit.PARTIAL if failed else Exit.OK


def left_at_source(ledger: Ledger) -> list[Effect]:
    """Our temporary resources at the source that the ledger still lists."""
    return [effect for effect in ledger.effects(side="source") if effect.role is Role.TEMPORARY]


def show(app: App, made: Sequence[Made]) -> None:
    if app.is_json:
        print_json(made)
        return
    app.print_table(
        ("name", "side", "kind", "id", "outcome"),
        [
            (one.name, app.say(f"side.{one.side}"), app.say(f"kind.{one.kind.value}"), one.id, outcome(app, one))
            for one in made
        ],
    )


def outcome(app: App, one: Made) -> str:
    """The outcome for one resource: removed, removable, or the reason why it stays."""
    if one.removed:
        return app.say("clean.removed")
    return app.text(one.code, dict(one.facts)) if one.code else app.say("clean.removable")
