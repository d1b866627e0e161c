"""`decamp plan`: makes `plan.json` from the policy and the inventories. Reads documents and ledger,
contacts no cloud.
"""

import click
import msgspec

from migrate.cli.console import echo, print_json
from migrate.cli.context import App, pass_app
from migrate.cli.fitting_documents import Documents, load_inputs
from migrate.cli.options import SharedCommand
from migrate.cli.session import check_store_key
from migrate.cli.summary_inputs import recorded
from migrate.cli.views.server_downtimes import downtime_lines, foretold
from migrate.cli.views.unread_listings import say_unknown
from migrate.cli.views.wave_table import wave_lines
from migrate.cli.workspace import Workspace, shown
from migrate.documents import seal_of
from migrate.errors import DecampError, Exit
from migrate.findings.finding import blocking
from migrate.forecast.forecast_records import Downtime
from migrate.messages.numbers import size
from migrate.model.steps import Plan
from migrate.plan.build_plan import build_plan
from migrate.plan.plan_file import write_plan
from migrate.plan.readiness.check_all import check
from migrate.report.summary import Inputs
from migrate.units import utc_now
from migrate.user_data_files import lengths


@click.command("plan", cls=SharedCommand)
@pass_app
def command(app: App) -> int:
    """Create plan.json from the policy and the inventories. Changes nothing on any cloud.

    The same policy and inventories give the same plan, byte for byte. Shows the waves and the downtime of the servers
    that it stops.
    """
    workspace = Workspace(app.directory)
    policy, source, target = load_inputs(workspace)
    check_store_key(workspace, policy)
    plan = build_plan(source, target, policy)
    write_plan(workspace.plan_path, plan)
    downs = downtimes_of(workspace, Documents(policy, source, target, plan))
    if app.is_json:
        print_json({**msgspec.to_builtins(plan), "downtimes": downs})
    else:
        print_plan(app, plan)
        for lines in (wave_lines(app, plan, downs), downtime_lines(app, downs)):
            for line in ["", *lines] if lines else []:
                echo(line)
    app.tell(
        "plan.done",
        path=shown(workspace.plan_path),
        steps=len(plan.steps),
        bytes=size(sum(step.content_bytes for step in plan.steps), app.lang),
        gates=len(plan.gates),
        command=f"{app.prefix} run",
    )
    findings = check(source, target, policy, lengths(workspace.private), can_run=workspace.can_run)
    unknown = say_unknown(app, findings, policy)
    blocks = blocking(findings, policy)
    if blocks:
        app.tell("plan.blocked", count=len(blocks), command=f"{app.prefix} check")
        return Exit.PARTIAL
    return unknown


def downtimes_of(workspace: Workspace, documents: Documents) -> tuple[Downtime, ...]:
    """The downtime of each server that the plan stops, from measured rates; default rates if the ledger is
    unreadable.
    """
    if not documents.plan.gates:
        return ()
    try:
        known = recorded(workspace, documents)
    except DecampError:
        known = Inputs(plan=documents.plan, plan_seal=seal_of(documents.plan))
    return foretold(documents, known, utc_now())


def print_plan(app: App, plan: Plan) -> None:
    """Prints the steps in order, and the items left out."""
    app.print_table(
        ("name", "do", "size", "gate", "step"),
        [
            (
                step.name,
                step.do,
                size(step.content_bytes, app.lang) if step.content_bytes else "",
                step.gate or "",
                step.id,
            )
            for step in sorted(plan.steps, key=lambda step: step.rank)
        ],
    )
