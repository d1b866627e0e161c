"""`decamp approve`: lists the steps that wait for approval, and records approvals."""

import getpass
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import click
import msgspec

from migrate.cli.console import echo, print_json
from migrate.cli.context import App, pass_app
from migrate.cli.fitting_documents import load_fitting
from migrate.cli.options import SharedCommand
from migrate.cli.safety.consent import require_known
from migrate.cli.session import open_ledger
from migrate.cli.summary_inputs import recorded
from migrate.cli.views.launch_left_view import holds_text
from migrate.cli.views.server_downtimes import downtime_lines, foretold, lasts
from migrate.cli.views.wave_table import wave_lines
from migrate.cli.workspace import Workspace
from migrate.errors import ConfigError, Exit
from migrate.execute.test_launch.launch_required import RequiredLaunches
from migrate.execute.test_launch.launch_turn import launch_left
from migrate.forecast.forecast_records import Downtime
from migrate.ledger.ledger import Ledger
from migrate.messages import codes
from migrate.messages.codes.registry import NUMBER
from migrate.model import Kind
from migrate.model.steps import Gate, Plan, Step, StopServer
from migrate.nearest_names import nearest
from migrate.plan.schedule_problems import item_of
from migrate.plan.waves import waves_of
from migrate.policy.selectors import fits
from migrate.printable_text import is_text
from migrate.report.summary import GatedServer, GateState, gate_states
from migrate.units import iso, utc_now


@click.command("approve", cls=SharedCommand)
@click.argument("gate", required=False)
@click.option(
    "--server",
    "servers",
    multiple=True,
    metavar="SERVER",
    help="Only this server of the gate: name, id, or a pattern such as 'web-*'. Repeatable.",
)
@click.option(
    "--wave",
    "waves",
    multiple=True,
    metavar="WAVE",
    help="Only the servers of this wave, as `decamp plan` names it. Repeatable.",
)
@click.option("--who", help="Name of the approver. Default: your login name.")
@pass_app
def command(app: App, gate: str | None, servers: tuple[str, ...], waves: tuple[str, ...], who: str | None) -> int:
    """List the servers that wait for approval, or approve GATE: for all of them, or with --server or --wave for some.

    An approval covers the steps as they are now: a step that changes needs a new approval.
    """
    workspace = Workspace(app.directory)
    documents = load_fitting(workspace)
    plan = documents.plan
    known = recorded(workspace, documents)
    downs = {one.server_id: one for one in foretold(documents, known, utc_now())} if plan.gates else {}
    if gate is None:
        if servers or waves:
            raise ConfigError(codes.USAGE, what=app.say("approve.no-gate"))
        show_gates(app, gate_states(plan, known.states, known.approvals), downs)
        for line in [] if app.is_json else wave_lines(app, plan, tuple(downs.values())):
            echo(line)
        return Exit.OK
    require_known(workspace)
    chosen = next((one for one in plan.gates if one.name == gate), None)
    if chosen is None:
        names = ", ".join(one.name for one in plan.gates) or app.say("none")
        raise ConfigError(codes.GATE_UNKNOWN, gate=gate, known=names)
    steps = chosen_steps(plan, chosen, servers, waves)
    with open_ledger(workspace, documents.policy) as ledger:
        grant(app, ledger, Granted(chosen.name, name_of(who), steps), downs)
        approved = {(one.step_id, one.digest) for one in ledger.approvals()}
        required = RequiredLaunches(plan, documents.policy, ledger)
        untested = untested_servers(plan, steps, required)
        left = launch_left(ledger)
    for missing in parted(plan, steps, approved):
        app.tell("approve.parted", servers=", ".join(missing))
    if untested:
        app.tell("launch.required", servers=", ".join(untested), command=f"{app.prefix} test-launch")
    if left:
        echo(holds_text(app, left), err=True)
    return Exit.OK


def untested_servers(plan: Plan, steps: list[Step], required: RequiredLaunches) -> list[str]:
    """Names of the servers that these steps stop and that lack a test launch, which the policy requires."""
    chosen = {step.id for step in steps}
    waves = [wave for wave in waves_of(plan.steps, plan.waves).all if not chosen.isdisjoint(wave.stops)]
    return sorted(name for wave in waves for name in required.missing(wave))


def chosen_steps(plan: Plan, gate: Gate, servers: tuple[str, ...], waves: tuple[str, ...] = ()) -> list[Step]:
    """The gate's steps, limited to these servers and waves if any are given.

    Raises ConfigError: DCP-224, no step matches a server; DCP-926, the plan has no such wave.
    """
    steps = [step for step in plan.steps if step.id in set(gate.steps)]
    if not servers and not waves:
        return steps
    wanted: set[str] = set()
    for server in servers:
        selector = server if server.startswith(f"{Kind.SERVER}:") else f"{Kind.SERVER}:{server}"
        found = {step.id for step in steps if fits(selector, item_of(step), step.name)}
        if not found:
            alike = nearest(selector.partition(":")[2], (step.name for step in steps))
            raise ConfigError(codes.SERVER_NOT_OF_GATE, server=server, gate=gate.name, nearest=alike)
        wanted |= found
    by_name = {wave.name: wave.stops for wave in waves_of(plan.steps, plan.waves).all}
    for wave in waves:
        if wave not in by_name:
            known = ", ".join(by_name)
            raise ConfigError(codes.WAVE_UNKNOWN, wave=wave, known=known, nearest=nearest(wave, by_name))
        wanted |= {*by_name[wave]}
    return [step for step in steps if step.id in wanted]


def parted(plan: Plan, steps: list[Step], approved: set[tuple[str, str]]) -> Iterator[list[str]]:
    """Groups of servers that are in one wave with a server in `steps` and still lack approval."""
    digests = {step.id: step.digest for step in steps}
    by_id = {step.id: step for step in plan.steps}
    for wave in waves_of(plan.steps, plan.waves).all:
        missing = [one.name for one in wave.servers if (one.stop, by_id[one.stop].digest) not in approved]
        if missing and not digests.keys().isdisjoint(wave.stops):
            yield missing


def name_of(who: str | None) -> str:
    """The approver's name. Raises ConfigError DCP-208 if it is unknown."""
    if who is None:
        try:
            who = getpass.getuser()
        except (OSError, KeyError, ImportError):
            who = ""
    if not who.strip() or not is_text(who):
        raise ConfigError(codes.APPROVER_MISSING)
    return " ".join(who.split())


def show_gates(app: App, gates: tuple[GateState, ...], downs: Mapping[str, Downtime]) -> None:
    """Prints each gate with its servers: who approved each one, and its downtime."""
    if app.is_json:
        print_json([_with_downtimes(gate, downs) for gate in gates])
        return
    if not gates:
        app.tell("approve.none")
    for gate in gates:
        granted = sum(bool(one.granted_by) or one.is_done for one in gate.servers)
        facts = {"gate": gate.name, "granted": granted, "count": len(gate.servers), "why": why(app, gate.why)}
        echo(app.say("approve.gate", **facts))
        app.print_table(
            ("server", "who", "at", "even", "sure"),
            [(one.name, *_word(app, one), *_lasts(app, downs.get(one.server_id))) for one in gate.servers],
        )
        if any(down.is_made for down in downs.values()):
            echo(app.say("downtime.evacuate"))


def _word(app: App, one: GatedServer) -> tuple[str, str]:
    if one.is_done:
        return app.say("approve.over"), one.granted_at
    return one.granted_by or "—", one.granted_at


def _lasts(app: App, down: Downtime | None) -> tuple[str, str]:
    return (lasts(app, down.p50_s), lasts(app, down.p90_s)) if down else ("", "")


def _with_downtimes(gate: GateState, downs: Mapping[str, Downtime]) -> dict[str, Any]:
    told: dict[str, Any] = msgspec.to_builtins(gate)
    for server in told["servers"]:
        down = downs.get(server["server_id"])
        server["downtime"] = None if down is None else msgspec.to_builtins(down)
    return told


def why(app: App, text: str) -> str:
    """The reason for a gate: the text of a finding's code, or a phrase."""
    return app.say(f"gate.{text}") if NUMBER.fullmatch(text) else text


class Granted(NamedTuple):
    """An approval to record: the gate, the approver and the steps."""

    gate: str
    who: str
    steps: list[Step]


def grant(app: App, ledger: Ledger, word: Granted, downs: Mapping[str, Downtime]) -> None:
    """Prints what the approval covers and each server's downtime, then records approver, time and step digests."""
    at = iso(utc_now())
    digests = {step.id: step.digest for step in word.steps}
    ledger.approve(word.gate, word.who, digests, at)
    ids = {step.action.server_id for step in word.steps if isinstance(step.action, StopServer)}
    covered = [down for server_id, down in downs.items() if server_id in ids]
    if app.is_json:
        print_json({"gate": word.gate, "who": word.who, "at": at, "steps": digests, "downtimes": covered})
    else:
        for line in downtime_lines(app, covered):
            echo(line)
    count = len(word.steps)
    app.tell("approve.done", gate=word.gate, who=word.who, count=count, command=f"{app.prefix} run --execute")
