"""`decamp approve`: what waits for a person's word, and how it is given."""

import getpass

import click

from migrate.cli.console import print_json, print_table
from migrate.cli.context import App, pass_app
from migrate.cli.documents import load_fitting
from migrate.cli.options import SharedCommand
from migrate.cli.wiring import open_ledger
from migrate.cli.workspace import Workspace
from migrate.errors import ConfigError, Exit
from migrate.ledger.store import Ledger
from migrate.plan.steps import Gate, Plan
from migrate.report.summary import GateState, gate_states
from migrate.units import format_bytes, iso, utc_now

NAMES_SHOWN = 8


@click.command("approve", cls=SharedCommand)
@click.argument("gate", required=False)
@click.option("--who", help="Who approves; default: the name you are logged in as.")
@pass_app
def command(app: App, gate: str | None, who: str | None) -> int:
    """List what waits for a person's word, or grant GATE.

    A grant holds for the steps as they are now: a step that changes needs a new one.
    """
    workspace = Workspace(app.directory)
    documents = load_fitting(workspace)
    plan = documents.plan
    with open_ledger(workspace, documents.policy) as ledger:
        if gate is None:
            show_gates(app, plan, gate_states(plan, ledger.states(), ledger.approvals()))
            return Exit.OK
        chosen = next((one for one in plan.gates if one.name == gate), None)
        if chosen is None:
            known = ", ".join(one.name for one in plan.gates) or app.say("none")
            raise ConfigError("DCP-204", gate=gate, known=known)
        grant(app, ledger, plan, chosen, name_of(who))
    return Exit.OK


def name_of(who: str | None) -> str:
    """Who approves. Raises ConfigError DCP-208 when nobody is named."""
    if who is None:
        try:
            who = getpass.getuser()
        except (OSError, KeyError, ImportError):
            who = ""
    if not who.strip():
        raise ConfigError("DCP-208")
    return " ".join(who.split())


def show_gates(app: App, plan: Plan, gates: tuple[GateState, ...]) -> None:
    if app.is_json:
        print_json(gates)
        return
    if not gates:
        app.tell("approve.none")
    print_table(
        [app.say(key) for key in ("col.gate", "col.steps", "col.who", "col.at", "col.why")],
        [(one.name, covered(plan, one), one.granted_by or "—", one.granted_at, why(app, one.why)) for one in gates],
    )


def covered(plan: Plan, gate: GateState) -> str:
    """What the gate's steps are about, by name: `2: web-1, db`."""
    names = sorted({step.name for step in plan.steps if step.id in set(gate.steps)})
    more = f" … +{len(names) - NAMES_SHOWN}" if len(names) > NAMES_SHOWN else ""
    return f"{len(gate.steps)}: {', '.join(names[:NAMES_SHOWN])}{more}"


def why(app: App, text: str) -> str:
    """A gate's reason: the code of a finding, told for all its steps together, or words."""
    return app.say(f"gate.{text}") if text.startswith("DCP-") else text


def grant(app: App, ledger: Ledger, plan: Plan, gate: Gate, who: str) -> None:
    """Shows what the gate covers, then writes who, when, and each step's digest."""
    steps = [step for step in plan.steps if step.id in set(gate.steps)]
    at = iso(utc_now())
    ledger.approve(gate.name, who, {step.id: step.digest for step in steps}, at)
    if app.is_json:
        print_json({"gate": gate.name, "who": who, "at": at, "steps": {step.id: step.digest for step in steps}})
    else:
        print_table(
            [app.say(key) for key in ("col.step", "col.do", "col.name", "col.size")],
            [(s.id, s.do, s.name, format_bytes(s.content_bytes) if s.content_bytes else "") for s in steps],
        )
    app.tell("approve.done", gate=gate.name, who=who, count=len(steps), command=f"{app.prefix} run --execute")
