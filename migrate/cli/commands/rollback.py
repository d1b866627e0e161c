"""`decamp rollback`: brings a wave back to the source, after a rehearsal that says what is lost."""

import shlex
from collections.abc import Sequence

import click

from migrate.cli.commands.approve import name_of
from migrate.cli.console import echo, print_json
from migrate.cli.context import App, pass_app
from migrate.cli.fitting_documents import open_for_work
from migrate.cli.options import SharedCommand
from migrate.cli.safety.consent import require_agreed
from migrate.cli.session import Needs, SourceUse, open_ledger, open_session
from migrate.cli.wave_choice import wave_named
from migrate.errors import ConfigError, Exit
from migrate.execute.wave_rollback import RollbackReport, ServerBack, facts_of, roll_back
from migrate.model.steps import LastPass, Plan
from migrate.plan.wave_state import known_waves
from migrate.plan.waves import Wave


@click.command("rollback", cls=SharedCommand)
@click.argument("named", metavar="WAVE|SERVER")
@click.option("--execute", is_flag=True, help="Roll back. Without this option nothing is changed.")
@click.option("--who", help="Name of the person who approves this rollback. Needed once for each rollback.")
@pass_app
def command(app: App, named: str, execute: bool, who: str | None) -> int:
    """Bring a wave back to the source; a dry run without --execute.

    Its servers at the target are stopped and kept there, then those that Decamp stopped at the source are started
    again. What was written at the target is lost. Stop it at any time: the same command finishes it.
    """
    workspace, documents = open_for_work(app)
    if execute:
        require_agreed(workspace, documents.policy)
    with open_ledger(workspace, documents.policy) as ledger:
        wave = wave_named(known_waves(documents.plan, facts_of(ledger)), named)
    app.stops_softly = True
    needs = Needs(execute=execute, label="rollback", source=SourceUse.MUST, reads_store=False)
    with open_session(app, workspace, documents.policy, documents.plan, needs) as session:
        approver = name_of(who) if who is not None else ""
        report = roll_back(session.context, wave, who=approver, rehearse=not execute)
    show(app, report, _containers(documents.plan, wave))
    return Exit.OK


def _containers(plan: Plan, wave: Wave) -> list[str]:
    """Names of the containers of the wave: what moved servers wrote there does not come back."""
    ids = {one.server_id for one in wave.servers}
    passes = (step.action for step in plan.steps if isinstance(step.action, LastPass))
    return [one.name for one in passes if ids & {*one.servers}]


def show(app: App, report: RollbackReport, containers: Sequence[str] = ()) -> None:
    """Prints what is done, or was done, to each server, what is lost, and what comes next."""
    if app.is_json:
        print_json(report)
    else:
        echo(app.say("rollback.title", wave=report.wave))
        app.print_table(
            ("server", "rollback.target", "rollback.lost", "rollback.used", "rollback.source"),
            [_row(app, one) for one in report.servers],
        )
    if containers and not report.was_back:
        app.tell("rollback.containers", containers=", ".join(containers))
    if report.was_back:
        app.tell("rollback.was-back", wave=report.wave, at=report.ended)
    elif report.rehearsed:
        words = ["rollback", report.wave, "--execute", "--who", _login_name()]
        app.tell("rollback.rehearsal", command=f"{app.prefix} {shlex.join(words)}")
    else:
        app.tell("rollback.done", wave=report.wave, at=report.ended, command=f"{app.prefix} scan")


def _row(app: App, one: ServerBack) -> tuple[object, ...]:
    parked = one.target_id or app.say("rollback.not-there")
    lost = app.say("rollback.span", start=one.lost_from, end=one.lost_to) if one.lost_from else app.say("none")
    source = "starts" if one.starts else "stays-off" if one.stays_off else "runs"
    return one.name, parked, lost, ", ".join(one.used), app.say(f"rollback.{source}")


def _login_name() -> str:
    """Who is asked to approve, unless somebody else does."""
    try:
        return name_of(None)
    except ConfigError:
        return "NAME"
