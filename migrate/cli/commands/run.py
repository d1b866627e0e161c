"""`decamp run`: carries out the plan, or shows a dry run. Several runs can share the work."""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import click
from msgspec.structs import replace

from migrate.cli.console import print_json
from migrate.cli.context import App, pass_app
from migrate.cli.failures import say
from migrate.cli.fitting_documents import Documents, load_fitting
from migrate.cli.lease_option import lease_option
from migrate.cli.limits import bandwidth, run_hours, run_throttle
from migrate.cli.log_file import keep_log
from migrate.cli.options import SharedCommand
from migrate.cli.safety.consent import require_agreed
from migrate.cli.session import Needs, SourceUse, open_ledger, open_session, unfinished_bytes
from migrate.cli.views.server_downtimes import keep_predictions
from migrate.cli.views.unread_listings import say_unknown, say_unplanned
from migrate.cli.workspace import Workspace
from migrate.errors import AccessError, ConfigError, Exit, FatalError, worst
from migrate.execute.actions.run_hooks import note_up_before
from migrate.execute.done_steps_again import asked_for, outdated, set_again, stands, unknown_step
from migrate.execute.job import Context
from migrate.execute.leftovers import left_over
from migrate.execute.open_windows import Hours
from migrate.execute.passes_due import Due, adopted_again, disk_of_pass, due_passes, idle_passes, needs_no_source
from migrate.execute.runner import Runner, RunReport, StepReport
from migrate.execute.store_place import require_store
from migrate.execute.store_room import Room, room_for
from migrate.execute.wave_control import BY_POLICY, Progress
from migrate.execute.wave_rollback import RollbackReport, roll_back
from migrate.findings.finding import Finding, blocking, of_the_source, refusing, undecided
from migrate.ledger.ledger_records import State
from migrate.ledger.pass_notes import ask_for_another, taken_passes
from migrate.messages import codes
from migrate.messages.numbers import size, span
from migrate.model import Kind
from migrate.model.steps import CopyContainer, LastPass, Plan, Step
from migrate.objects.listing.skip_reasons import UNREADABLE
from migrate.plan.plan_file import PlanWatch
from migrate.plan.readiness.check_all import check
from migrate.plan.schedule_problems import item_of
from migrate.plan.waves import awaited, passes_of
from migrate.policy.policy_records import Policy
from migrate.policy.s3_object_limits import UNLISTED
from migrate.policy.selectors import accepted, fits, item
from migrate.units import utc_now
from migrate.user_data_files import lengths

EVACUATE = "evacuate"


@click.command("run", cls=SharedCommand)
@click.option("--execute", is_flag=True, help="Run the plan. Without this option nothing is changed.")
@click.option(
    "--only",
    multiple=True,
    metavar="WHAT",
    help="Only these steps and what they need: `evacuate` (all steps that read the source), a step id, "
    "kind:id-or-name, or a pattern such as `server:web-*`. Repeatable.",
)
@click.option(
    "--again",
    multiple=True,
    metavar="CONTAINER",
    help="Compare a finished container with the source again without a new scan: `container:NAME`. Repeatable.",
)
@click.option(
    "--set-again",
    "setting",
    multiple=True,
    metavar="WHAT",
    help="Overwrite settings changed at the target since the run: `container:NAME`, "
    "`security-group:NAME` or `floating-ip:ADDRESS`. Repeatable.",
)
@lease_option
@click.option(
    "--bwlimit",
    callback=bandwidth,
    metavar="RATE",
    help="Total bandwidth limit: `50M` (MiB/s), `100 Mbit/s` or `off`. Default: set in the policy.",
)
@click.option(
    "--no-wait",
    is_flag=True,
    help="Exit with status 3 outside the policy's time windows instead of waiting for the next one.",
)
@pass_app
def command(app: App, /, **options: Any) -> int:
    """Run the plan; a dry run without --execute.

    Stop it at any time: the same command resumes. After each new scan of the source, compares containers with the
    source again and copies the changes.
    """
    return carry_out(app, Options(**options))


@dataclass(frozen=True)
class Options:
    """The options of `decamp run`."""

    execute: bool
    only: tuple[str, ...]
    again: tuple[str, ...]
    setting: tuple[str, ...]
    lease_s: float
    bwlimit: int | None
    no_wait: bool


@dataclass(frozen=True)
class Scope:
    """The scope of a run: `chosen` steps, steps `asked` for again, and those `resetting` changed settings."""

    documents: Documents
    findings: list[Finding]
    losses: int
    blocks: bool
    asked: frozenset[str]
    resetting: frozenset[str]
    chosen: Callable[[Step], bool]

    @property
    def plan(self) -> Plan:
        return self.documents.plan

    @property
    def policy(self) -> Policy:
        return self.documents.policy


@dataclass(frozen=True)
class Left:
    """The work left by the ledger. `states`: repeated steps count as pending; `old`: repeated because of a newer scan.

    `passes`: further passes; `passes_of`: servers that could be made from their passes if the source were lost;
    `adopted`: captures that a pass stands in for, repeated if the source is there.
    """

    states: dict[str, State]
    todo: list[Step]
    old: frozenset[str]
    needs_source: bool
    passes: Due
    passes_of: int
    adopted: frozenset[str]


@dataclass(frozen=True)
class Worked:
    """What a run did, and its scope."""

    scope: Scope
    report: RunReport


def work(app: App, workspace: Workspace, documents: Documents, options: Options) -> Worked:
    """Carries out the run or the dry run, without its results on the screen."""
    if options.execute:
        require_agreed(workspace, documents.policy)
    else:
        _say_not_agreed(app, workspace, documents.policy)
    scope = _scope(app, workspace, documents, options)
    workspace.make_folders()
    keep_log(workspace.private)
    left = _left(app, workspace, scope, execute=options.execute)
    app.stops_softly = True
    try:
        return Worked(scope, _worked(app, workspace, scope, left, options))
    except AccessError:
        if left.passes_of:
            app.tell("run.passes", count=left.passes_of, command=f"{app.prefix} plan")
        raise


def carry_out(app: App, options: Options) -> int:
    """Runs the whole command, from reading the documents to the exit code."""
    workspace = Workspace(app.directory)
    worked = work(app, workspace, load_fitting(workspace), options)
    scope, report = worked.scope, worked.report
    if options.execute:
        # A customer's resource waits for a decision: the run is complete without it, the tenant is not.
        waits = scope.blocks and not options.only
        unlisted = say_unlisted(app, scope.policy, report)
        if waits or unlisted:
            report = replace(report, exit_code=worst([Exit(report.exit_code), Exit.PARTIAL]))
    show(app, scope.plan, report)
    is_whole = len(report.steps) == len(scope.plan.steps)
    unknown = Exit.OK
    if is_whole or EVACUATE in options.only:
        unknown = say_unknown(app, scope.findings, scope.policy)
    verdict = say_verdict(app, report, whole=is_whole, knows_all=unknown is Exit.OK)
    say_losses(app, scope.losses)
    return worst([verdict, unknown]) if options.execute else verdict


def _scope(app: App, workspace: Workspace, documents: Documents, options: Options) -> Scope:
    """The scope of the run, and the findings that block it. Raises ConfigError DCP-209, DCP-222."""
    policy, plan = documents.policy, documents.plan
    resetting = set_again(plan, options.setting)
    containers = {step.id for step in plan.steps if step.id in resetting and isinstance(step.action, CopyContainer)}
    asked = asked_for(plan, (*options.again, *sorted(containers)))
    findings = check(documents.source, documents.target, policy, lengths(workspace.private), can_run=workspace.can_run)
    losses, blocks, refusals = undecided(findings, policy), blocking(findings, policy), refusing(findings, policy)
    only = (*options.only, *sorted(asked | resetting)) if options.only else ()
    chosen = unhindered(app, plan, only, refusals, execute=options.execute)
    if blocks and not refusals:
        phrase = "run.waiting" if options.execute else "plan.blocked"
        app.tell(phrase, count=len(blocks), command=f"{app.prefix} check")
    say_losses(app, len(losses))
    return Scope(documents, findings, len(losses), bool(blocks), frozenset(asked), frozenset(resetting), chosen)


def _say_not_agreed(app: App, workspace: Workspace, policy: Policy) -> None:
    """What keeps `run --execute` from beginning, so that a dry run is no better than what it rehearses."""
    try:
        require_agreed(workspace, policy)
    except ConfigError as err:
        app.tell("run.not-agreed", why=app.explain(err.code, dict(err.facts)))


def _left(app: App, workspace: Workspace, scope: Scope, *, execute: bool) -> Left:
    plan = scope.plan
    with open_ledger(workspace, scope.policy) as ledger:
        say_unplanned(app, scope.documents, ledger.states())
        if execute:
            note_up_before(plan, ledger)
            ledger.sync({step.id: step.digest for step in plan.steps})
        rows = ledger.states()
        old = frozenset(outdated([step for step in plan.steps if scope.chosen(step)], plan, rows, ledger))
        passes = due_passes(plan, ledger, scope.chosen, utc_now(), scope.policy.passes.age_s)
        known = taken_passes(ledger)
        adopted = frozenset(adopted_again(plan, ledger))
        may_wait = passes.again.keys() | adopted | idle_passes(plan, ledger)
    repeated = scope.asked | old | scope.resetting | passes.steps | adopted
    states = {step_id: State.PENDING if step_id in repeated else row.state for step_id, row in rows.items()}
    todo = [step for step in plan.steps if scope.chosen(step) and states.get(step.id) is not State.DONE]
    must = bool(scope.asked) or any(
        step.reads_source and not stands(step, rows.get(step.id)) and not needs_no_source(step, known, scope.policy)
        for step in todo
        if step.id not in may_wait
    )
    by_id, by_server = {step.id: step for step in plan.steps}, passes_of(plan.steps)
    alive = sum(all(disk_of_pass(by_id[i]) in known for i in by_server[one]) for one in by_server)
    return Left(states, todo, old, must, passes, alive if must else 0, adopted)


def _worked(app: App, workspace: Workspace, scope: Scope, left: Left, options: Options) -> RunReport:
    """Carries out the run or the dry run."""
    execute, policy = options.execute, scope.policy
    # A dry run reads little and moves nothing, so it may run at any time.
    hours = run_hours(policy, app.stop, stays=not options.no_wait) if execute else Hours()
    needs = Needs(
        execute=execute,
        label="run" if execute else "rehearsal",
        total_bytes=unfinished_bytes(scope.plan, left.states) if execute else 0,
        source=SourceUse.MUST if left.needs_source else SourceUse.MAY,
        without_source="run.not-compared" if left.old else "run.no-source",
        throttle=run_throttle(policy, hours, options.bwlimit),
    )
    with open_session(app, workspace, policy, scope.plan, needs) as session:
        note, context = session.monitor.note, session.context
        require_store(context, left.todo, execute=execute)
        refuse_short_room(app, note, room_for(context.store, left.todo), execute=execute)

        def tell(code: str, facts: Mapping[str, str]) -> None:
            note(app.explain(code, dict(facts)))

        runner = Runner(
            dataclasses.replace(context, set_again=scope.resetting, tell=tell),
            only=scope.chosen,
            lease_s=options.lease_s,
            hours=hours,
            tell=tell,
            on_stage=lambda progress: note(stage_text(app, progress)),
            go_back=lambda wave: say_back(app, note, roll_back(context, wave, who=BY_POLICY)),
            is_same_plan=PlanWatch(workspace.plan_path, scope.plan).is_same,
        )
        redone = scope.asked | left.old | scope.resetting | left.passes.steps | left.adopted
        redone = redone if context.source else scope.resetting
        say_passes(app, note, left.passes)
        if not execute:
            return runner.rehearse(redone)
        for step_id in sorted(redone):
            if step_id in left.passes.again:
                ask_for_another(context.ledger, left.passes.again[step_id])
            context.ledger.look_again(step_id)
        keep_predictions(workspace, scope.documents, context.ledger, left.todo)
        return _with_leftovers(app, note, context, runner.run())


def _with_leftovers(app: App, note: Callable[[str], None], ctx: Context, report: RunReport) -> RunReport:
    """Names what late requests left at the clouds once all steps are done; the report is then partial."""
    if report.exit_code or len(report.steps) < len(ctx.plan.steps):
        return report
    left, unseen = left_over(ctx)
    for err in unseen:
        note(app.say("run.left-unseen", why=app.explain(err.code, dict(err.facts)), command=f"{app.prefix} clean"))
    for one in left:
        code = codes.MADE_TWICE if one.code else codes.TEMPORARY_LEFT
        kind, side = app.say(f"kind.{one.kind.value}"), app.say(f"side.{one.side}")
        note(app.explain(code, {"name": one.name, "id": one.id, "kind": kind, "side": side}))
    return replace(report, exit_code=Exit.PARTIAL) if left else report


def stage_text(app: App, progress: Progress) -> str:
    """The line for a wave that enters a stage of its cut-over, or exceeds its budget."""
    facts = {
        "wave": progress.wave.name,
        "stage": app.say(f"stage.{progress.stage.value}"),
        "down": span(max(0.0, progress.down_s), app.lang),
    }
    if progress.budget_s is None:
        return app.say("cutover.stage", **facts)
    phrase = "cutover.stage-over" if progress.over else "cutover.stage-of"
    return app.say(phrase, **facts, budget=span(progress.budget_s, app.lang))


def say_back(app: App, note: Callable[[str], None], report: RollbackReport) -> None:
    """Says which servers run at the source again, and what is parked of them at the target."""
    for one in report.servers:
        parked = one.target_id or app.say("rollback.not-there")
        note(app.say("cutover.back", wave=report.wave, server=one.name, parked=parked))


def unhindered(
    app: App, plan: Plan, only: tuple[str, ...], blocks: list[Finding], *, execute: bool
) -> Callable[[Step], bool]:
    """Chooses the steps of a run despite blocking findings.

    Findings about the target do not stop reads from the source; blocked items are just not copied to the target. Raises
    ConfigError DCP-222 if other findings block, and DCP-209.
    """
    chosen, evacuating = choose(plan, only), choose(plan, (EVACUATE,))
    evacuates = bool(only) and all(evacuating(step) for step in plan.steps if chosen(step))
    hindering = of_the_source(blocks) if evacuates else blocks
    if hindering and execute:
        raise ConfigError(codes.FINDINGS_BLOCK, count=len(hindering))
    if hindering:
        app.tell("plan.blocked", count=len(blocks), command=f"{app.prefix} check")
    if hindering or not blocks:
        return chosen
    items = {found.item for found in blocks}
    copies = [step for step in plan.steps if isinstance(step.action, CopyContainer) and chosen(step)]
    held = {step.id for step in copies if ":".join(step.id.split(":")[:2]) in items}
    app.tell("run.evacuates", count=len(blocks), held=len(held), command=f"{app.prefix} check")
    return lambda step: chosen(step) and step.id not in held and held.isdisjoint(step.needs)


def choose(plan: Plan, only: tuple[str, ...]) -> Callable[[Step], bool]:
    """Chooses the steps of a run. Raises ConfigError DCP-209 if a choice matches no step."""
    if not only:
        return lambda _step: True
    by_id = {step.id: step for step in plan.steps}
    wanted: set[str] = set()
    for choice in only:
        found = {i for i, step in by_id.items() if _is_chosen(step, choice)}
        if not found and choice != EVACUATE:
            raise unknown_step(plan, choice)
        wanted |= found
    pending, waits = list(wanted), awaited(plan.steps)
    while pending:
        step_id = pending.pop()
        for need in (*by_id[step_id].needs, *waits.get(step_id, ())):
            if need in by_id and need not in wanted:
                wanted.add(need)
                pending.append(need)
    return lambda step: step.id in wanted


def _is_chosen(step: Step, choice: str) -> bool:
    if choice == EVACUATE:
        return step.reads_source
    if isinstance(step.action, LastPass):
        # It needs its wave's stops: whoever names a container stops no server.
        return step.id == choice
    return step.id == choice or step.id.startswith(f"{choice}:") or fits(choice, item_of(step), step.name)


def show(app: App, plan: Plan, report: RunReport) -> None:
    """Prints the steps: all of them in a dry run, only unfinished ones after a run."""
    if app.is_json:
        print_json(report)
        return
    by_id = {step.id: step for step in plan.steps}
    rows = [step for step in report.steps if report.rehearsed or step.state is not State.DONE]
    app.print_table(
        ("name", "state", "step", "outcome"),
        [
            (
                step.name,
                app.state(step.state),
                step.step_id,
                app.explain(step.code, dict(step.facts)) or foretell(app, by_id[step.step_id], step),
            )
            for step in rows
        ],
    )


def foretell(app: App, step: Step, report: StepReport) -> str:
    """The effect that a dry run reports for a step, or that nothing is left to do; empty after a run."""
    if report.text != "would":
        return app.say("run.there") if report.text else ""
    if report.state is State.DONE:
        return app.say("run.again")
    objects = {"count": step.action.objects} if isinstance(step.action, CopyContainer) else {}
    return app.say(f"would.{step.do}", size=size(step.size_bytes, app.lang), gate=step.gate, **objects)


def refuse_short_room(app: App, note: Callable[[str], None], room: Room | None, *, execute: bool) -> None:
    """Warns if the store may run out of space. Raises FatalError DCP-112 before any step if it certainly will."""
    if room is None or room.free_bytes >= room.most_bytes:
        return
    free, most = size(room.free_bytes, app.lang), size(room.most_bytes, app.lang)
    note(app.say("run.room", count=room.captures, free=free, most=most))
    if room.free_bytes < room.least_bytes:
        short = FatalError(codes.STORE_NEARLY_FULL, size=room.free_bytes, limit=room.least_bytes)
        if execute:
            raise short
        note(app.explain(short.code, short.facts))


def say_passes(app: App, note: Callable[[str], None], passes: Due) -> None:
    """Says of each server that gets no further pass why."""
    for name, (choice, taken_at) in sorted(passes.left.items()):
        send = None if choice.send_s is None else span(choice.send_s, app.lang)
        facts = {"server": name, "taken_at": taken_at, "read": span(choice.read_s, app.lang), "send": send or ""}
        note(app.explain(codes.PASS_SAVES_NOTHING if send else codes.PASS_IS_FRESH, facts))


def say_unlisted(app: App, policy: Policy, report: RunReport) -> bool:
    """Names objects left out of a copy because their listing rows are unreadable. True if the policy has not accepted
    any of them.
    """
    found = False
    for step in report.steps:
        count = int(step.facts.get(UNREADABLE, 0)) if step.state is State.DONE else 0
        if count and not accepted(policy, UNLISTED, item(Kind.CONTAINER, step.name), step.name):
            app.tell("run.unlisted", name=step.name, count=count, names=step.facts.get("names", ""))
            found = True
    return found


def say_losses(app: App, count: int) -> None:
    """Reports losses that nobody has accepted. They do not stop a run: saving the rest comes first."""
    if count:
        app.tell("run.losses", count=count, command=f"{app.prefix} check")


def say_verdict(app: App, report: RunReport, *, whole: bool, knows_all: bool = True) -> Exit:
    """Prints the next command on stderr, and returns the exit code of the run.

    Args:    whole: the run covered every step of the plan.   knows_all: the plan covers the whole source.
    """
    verdict = Exit(report.exit_code)
    if report.rehearsed:
        app.tell("run.rehearsal", command=f"{app.prefix} run --execute")
    elif verdict is Exit.OK and whole:
        app.tell("run.done" if knows_all else "run.done-known", command=f"{app.prefix} verify")
    elif verdict is Exit.OK:
        app.tell("run.chosen", command=f"{app.prefix} run --execute")
    else:
        if verdict is Exit.INTERRUPTED:
            say(app, codes.STOPPED_ON_REQUEST, {})
            app.tell("go-on", command=f"{app.prefix} run --execute")
        is_done = verdict is Exit.PARTIAL and whole and report.count(State.DONE) == len(report.steps)
        app.tell("run.done-but" if is_done else "run.partial", command=f"{app.prefix} status")
    return verdict
