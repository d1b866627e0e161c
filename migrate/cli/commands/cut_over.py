"""`decamp cut-over`: moves one wave for good, shows how far it is, and pauses, postpones or resumes it."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import Any

import click
from msgspec.structs import replace

from migrate.cli.commands.approve import name_of
from migrate.cli.commands.run import Options, show, work
from migrate.cli.console import echo, print_json
from migrate.cli.context import App, pass_app
from migrate.cli.failures import say
from migrate.cli.fitting_documents import Documents, load_fitting
from migrate.cli.lease_option import lease_option
from migrate.cli.options import SharedCommand
from migrate.cli.safety.consent import require_agreed
from migrate.cli.session import open_ledger
from migrate.cli.summary_inputs import recorded
from migrate.cli.views.cut_over_view import CutOverView, draw, view_lines
from migrate.cli.wave_choice import named, wave_named
from migrate.cli.workspace import Workspace
from migrate.errors import ConfigError, ConflictError, Exit, worst
from migrate.execute.runner import RunReport
from migrate.execute.test_launch.launch_turn import launch_left
from migrate.execute.wave_rollback import facts_of
from migrate.forecast.forecast_records import Origin
from migrate.ledger.wave_pauses import Pause, pause, pauses, resume
from migrate.messages import codes
from migrate.messages.numbers import span
from migrate.plan.schedule_problems import moment
from migrate.plan.wave_state import Stage, known_waves, wave_states
from migrate.plan.waves import Wave
from migrate.policy.spans import parse_short_span, parse_span
from migrate.policy.values import MOMENT, Wrong
from migrate.units import iso, utc_now


def _until(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """The end of a postponement as an ISO time: a span from now, or a date and time with its offset."""
    if value is None:
        return None
    seconds = parse_short_span(value) or parse_span(value)
    if seconds:
        return iso(utc_now() + timedelta(seconds=seconds))
    try:
        until = moment(MOMENT.parse(value))
    except Wrong as err:
        what = ctx.ensure_object(App).say("cutover.no-time", value=value)
        raise click.BadParameter(what, param=param) from err
    if until <= utc_now():
        raise click.BadParameter(ctx.ensure_object(App).say("cutover.past", value=value), param=param)
    return iso(until.astimezone(UTC))


@click.command("cut-over", cls=SharedCommand)
@click.argument("named", metavar="WAVE|SERVER")
@click.option("--execute", is_flag=True, help="Cut the wave over. Without this option nothing is changed.")
@click.option(
    "--anyway",
    is_flag=True,
    help="Begin even if the downtime is expected to exceed the budget in policy.yaml.",
)
@click.option("--pause", "pauses_it", is_flag=True, help="Hold the wave until --resume, at whatever stage it is.")
@click.option(
    "--postpone",
    "until",
    callback=_until,
    metavar="WHEN",
    help="Hold the wave for a span such as '2 hours', or until a date and time with its UTC offset.",
)
@click.option("--resume", "resumes", is_flag=True, help="End a pause or a postponement.")
@click.option("--who", help="Name of whoever asks for the pause. Default: your login name.")
@lease_option
@click.option("--no-wait", is_flag=True, help="Exit with status 3 outside the time windows instead of waiting.")
@pass_app
def command(app: App, /, **options: Any) -> int:
    """Cut over a wave; a dry run without --execute.

    Its servers are stopped at the source, their disks captured for the last time and restored, and the servers started
    and checked at the target. A server stands for its whole wave. Stop it at any time: the same command resumes.
    """
    asked = Asked(**options)
    wishes = [asked.execute, asked.pauses_it, asked.until is not None, asked.resumes]
    if sum(wishes) > 1 or (asked.anyway and not asked.execute):
        raise ConfigError(codes.USAGE, what=app.say("cutover.one-wish"))
    workspace = Workspace(app.directory)
    documents = load_fitting(workspace)
    if asked.execute:
        require_agreed(workspace, documents.policy)
    with open_ledger(workspace, documents.policy) as ledger:
        wave = wave_named(known_waves(documents.plan, facts_of(ledger)), asked.named)
    if asked.pauses_it or asked.until is not None or asked.resumes:
        return note_wish(app, workspace, documents, wave, asked)
    view = view_of(workspace, documents, wave)
    if asked.execute:
        require_ready(app, view, asked)
    if not app.is_json:
        for line in view_lines(app, view):
            echo(line, err=asked.execute)
    if view.is_over:
        if app.is_json:
            print_json({"wave": view, "run": None})
        app.tell("cutover.is-up", wave=wave.name, verify=f"{app.prefix} verify --moved")
        return Exit.OK
    return carry_out(app, workspace, documents, wave, asked)


@dataclass(frozen=True)
class Asked:
    """The argument and options of `decamp cut-over`. `until`: ISO time of a postponement's end."""

    named: str
    execute: bool
    anyway: bool
    pauses_it: bool
    until: str | None
    resumes: bool
    who: str | None
    lease_s: float
    no_wait: bool


def view_of(workspace: Workspace, documents: Documents, wave: Wave) -> CutOverView:
    """The wave as it is now, from plan, policy and ledger."""
    known = recorded(workspace, documents)
    with open_ledger(workspace, documents.policy) as ledger:
        paused, facts, left = pauses(ledger), facts_of(ledger), launch_left(ledger)
    pause = next((paused[stop] for stop in wave.stops if stop in paused), None)
    states = wave_states(documents.plan, facts)
    state = next(one for one in states if {server.stop for server in one.servers} == set(wave.stops))
    return replace(draw(documents, known, wave, state.stage, pause, utc_now()), launch_left=left)


def note_wish(app: App, workspace: Workspace, documents: Documents, wave: Wave, asked: Asked) -> int:
    """Records a pause, a postponement or its end, which every runner obeys within seconds."""
    who, at = name_of(asked.who), iso(utc_now())
    with open_ledger(workspace, documents.policy) as ledger:
        held = any(stop in pauses(ledger) for stop in wave.stops)
        if asked.resumes:
            resume(ledger, wave.stops)
        else:
            pause(ledger, wave.stops, Pause(at=at, who=who, until=asked.until or ""))
    if asked.resumes:
        app.tell("cutover.resumed" if held else "cutover.not-paused", wave=wave.name)
    elif asked.until:
        app.tell("cutover.postponed", wave=wave.name, until=asked.until, command=command_for(app, wave, "--resume"))
    else:
        app.tell("cutover.paused", wave=wave.name, command=command_for(app, wave, "--resume"))
    if app.is_json:
        print_json({"wave": wave.name, "paused": not asked.resumes, "until": asked.until, "who": who, "at": at})
    return Exit.OK


def command_for(app: App, wave: Wave, *options: str) -> str:
    """The command line for this wave, ready to be pasted into a shell."""
    return shlex.join([*shlex.split(app.prefix), "cut-over", *named(wave.name, *options)])


def require_ready(app: App, view: CutOverView, asked: Asked) -> None:
    """Before anything is opened. Raises ConflictError DCP-560: it is being rolled back.  ConfigError DCP-574: paused;
    DCP-577: not approved; DCP-578: too long.
    """
    if view.state is Stage.ROLLING_BACK:
        if view.goes_back:
            return  # the run finishes it, if it was the policy that began it
        raise ConflictError(codes.WAVE_ROLLING_BACK, wave=view.wave)
    if view.pause and not view.pause.until:
        raise ConfigError(codes.WAVE_PAUSED, wave=view.wave, who=view.pause.who, at=view.pause.at)
    if view.unapproved:
        raise ConfigError(
            codes.CUT_OVER_NOT_APPROVED,
            wave=view.wave,
            servers=", ".join(view.unapproved),
            named=view.wave,
        )
    if view.began or asked.anyway or view.budget_s is None:
        return
    longest = view.longest_s
    if view.origin is Origin.MEASURED and longest is not None and longest > view.budget_s:
        raise ConfigError(
            codes.CUT_OVER_TOO_LONG,
            wave=view.wave,
            expected=span(longest, app.lang),
            budget=span(view.budget_s, app.lang),
        )


def carry_out(app: App, workspace: Workspace, documents: Documents, wave: Wave, asked: Asked) -> int:
    """Runs the wave's steps and what they need, and reports where the wave stands afterwards."""
    planned = {step.id for step in documents.plan.steps}
    mine = (*wave.stops, *wave.captures, *wave.back, *wave.programs)
    only = tuple(step_id for step_id in mine if step_id in planned)
    if not only:
        # An empty selection would mean the whole plan.
        raise ConfigError(codes.WAVE_NOT_IN_PLAN, wave=wave.name)
    options = Options(
        execute=asked.execute,
        only=only,
        again=(),
        setting=(),
        lease_s=asked.lease_s,
        bwlimit=None,
        no_wait=asked.no_wait,
    )
    report = work(app, workspace, documents, options).report
    if not asked.execute:
        if app.is_json:
            print_json({"wave": view_of(workspace, documents, wave), "run": report})
            return report.exit_code
        show(app, documents.plan, report)
        app.tell("run.rehearsal", command=command_for(app, wave, "--execute"))
        return report.exit_code
    return say_outcome(app, workspace, documents, wave, report)


def say_outcome(app: App, workspace: Workspace, documents: Documents, wave: Wave, report: RunReport) -> int:
    """Prints how the cut-over ended and what can be done now. Returns the exit code."""
    view = view_of(workspace, documents, wave)
    if app.is_json:
        print_json({"wave": view, "run": report})
    else:
        show(app, documents.plan, report)
    again = command_for(app, wave, "--execute")
    if view.is_up:
        for line in _measured(app, view):
            echo(line, err=True)
        if view.programs_left:
            app.tell("cutover.programs-left", wave=wave.name, servers=", ".join(view.programs_left), command=again)
            return report.exit_code
        app.tell("cutover.done", wave=wave.name, verify=f"{app.prefix} verify --moved")
        return Exit.OK
    if report.exit_code == Exit.INTERRUPTED:
        say(app, codes.STOPPED_ON_REQUEST, {})
        app.tell("go-on", command=again)
    elif view.state in {Stage.ROLLED_BACK, Stage.ROLLING_BACK}:
        back = shlex.join([*shlex.split(app.prefix), "rollback", *named(wave.name)])
        app.tell(f"cutover.{view.state.value}", wave=wave.name, command=back, scan=f"{app.prefix} scan")
    elif view.state is Stage.DOWN:
        stage = app.say(f"stage.{view.stage.value}")
        back = shlex.join([*shlex.split(app.prefix), "rollback", *named(wave.name)])
        app.tell("cutover.stands", wave=wave.name, stage=stage, command=again, back=back)
    else:
        app.tell("cutover.not-begun", wave=wave.name, status=f"{app.prefix} status")
    return worst([Exit(report.exit_code), Exit.PARTIAL]) if report.exit_code != Exit.INTERRUPTED else report.exit_code


def _measured(app: App, view: CutOverView) -> Sequence[str]:
    return [
        app.say(
            "cutover.measured",
            server=one.name,
            lasted=span(one.measured_s, app.lang),
            even=span(one.p50_s, app.lang) if one.p50_s is not None else "—",
            sure=span(one.p90_s, app.lang) if one.p90_s is not None else "—",
        )
        for one in view.measured
    ]
