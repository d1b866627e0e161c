"""`decamp verify`: compares the target with the plan and the manifests, and saves the evidence."""

import secrets
from collections.abc import Iterable, Mapping
from functools import partial

import click
from msgspec.structs import replace

from migrate.cli.console import print_json
from migrate.cli.context import App, pass_app
from migrate.cli.fitting_documents import Documents, open_for_work
from migrate.cli.options import SharedCommand
from migrate.cli.session import Needs, Session, SourceUse, open_session
from migrate.cli.tables import Coloured
from migrate.cli.views.unread_listings import say_unknown
from migrate.cli.workspace import shown
from migrate.errors import Exit, worst
from migrate.execute.attached.attached_volumes import WorkerDevices
from migrate.execute.attached.worker_server import Worker
from migrate.execute.job import SETTINGS, THEIRS
from migrate.findings.at_target.object_losses import is_told
from migrate.health.results import ServerHealth, read_health
from migrate.ledger.ledger_records import Effect, State, StepState, rows_of
from migrate.ledger.wave_notes import rollbacks
from migrate.model import Kind, Role
from migrate.model.steps import CheckServer, Plan
from migrate.objects.listing.skip_reasons import UNREADABLE
from migrate.plan.readiness.check_all import check
from migrate.plan.schedule_problems import item_of
from migrate.policy.policy_records import Policy
from migrate.policy.s3_object_limits import UNLISTED
from migrate.policy.selectors import accepted, item_id
from migrate.report.outcome import note_text
from migrate.step_attempt import Attempt
from migrate.units import iso, utc_now
from migrate.user_data_files import lengths
from migrate.verify.compare_objects import SAMPLE
from migrate.verify.container_rows import USUAL, ObjectChecks
from migrate.verify.disks.disk_rows import RunRecords
from migrate.verify.disks.expected_content import captured
from migrate.verify.disks.read_volume import ReadBack
from migrate.verify.evidence import Evidence, EvidenceRow, Verdict
from migrate.verify.freshness import with_moments, with_rollbacks
from migrate.verify.kept_proofs import write_evidence
from migrate.verify.verify_plan import GUEST_MAY_HAVE_WRITTEN, Reread, verify_plan

VERIFY = "verify"
COLOURS = {Verdict.DIFFERENT: "red", Verdict.MISSING: "red", Verdict.SURPLUS: "yellow"}


@click.command("verify", cls=SharedCommand)
@click.option(
    "--reread",
    type=click.Choice(["auto", "objects", "all"]),
    default="auto",
    help="What to read back. auto: a sample of objects, and disks that no server has used since they were verified; "
    "objects: also every object; all: every disk and every object.",
)
@click.option("--seed", metavar="TEXT", help="Read back the same sample of objects as an earlier verification.")
@click.option(
    "--full", is_flag=True, help="Compare the headers of every object instead of 1 in 100; one request per object."
)
@click.option(
    "--source",
    is_flag=True,
    help="List the source's containers again and show what has changed since the copy.",
)
@click.option(
    "--moved",
    is_flag=True,
    help="Compare only what has been moved so far, as between two waves; the rest is counted.",
)
@pass_app
def command(app: App, reread: str, seed: str | None, full: bool, source: bool, moved: bool) -> int:
    """Compare the target with the source and save the evidence.

    Does not access the source, except with --source, which only reads it. To read a volume back, creates temporary
    resources at the target and removes them.
    """
    workspace, documents = open_for_work(app)
    needs = Needs(
        execute=True,
        label=VERIFY,
        source=SourceUse.LOOK if source else SourceUse.NOT,
        without_source="verify.no-source",
    )
    with open_session(app, workspace, documents.policy, documents.plan, needs) as session:
        app.stops_softly = True
        there = session.context.source
        checks = ObjectChecks(
            sample=1.0 if full else SAMPLE,
            seed=seed or secrets.token_hex(4),
            rereads_all=reread != "auto",
            asks_source=source,
            source=there.objects if there else None,
        )
        evidence = with_known_losses(verify_with(session, "all" if reread == "all" else "auto", checks), documents)
        if moved:
            evidence = of_the_moved(evidence, documents.plan, session.context.ledger.states())
        back = rollbacks(session.context.ledger).values()
    moments = with_moments(evidence.rows, documents.plan, documents.source, documents.policy)
    evidence = replace(evidence, rows=with_rollbacks(moments, documents.plan, back))
    path = write_evidence(workspace.evidence_path.parent, evidence)
    show(app, evidence)
    app.tell(
        "verify.done",
        count=len(evidence.rows),
        differences=evidence.differences,
        unread=evidence.unread,
        path=shown(path),
    )
    if evidence.not_moved:
        app.tell("verify.not-moved", count=evidence.not_moved, command=f"{app.prefix} verify")
    if evidence.unknown_losses:
        app.tell("verify.untold", count=evidence.unknown_losses, command=f"{app.prefix} scan --objects")
    unlisted = unlisted_objects(evidence, documents.policy)
    if unlisted:
        app.tell("verify.unlisted", count=unlisted)
    if evidence.not_fresh:
        app.tell("verify.not-fresh", count=evidence.not_fresh)
    if evidence.unhealthy:
        app.tell("verify.unhealthy", count=evidence.unhealthy, command=f"{app.prefix} run --execute")
    findings = check(documents.source, documents.target, documents.policy, lengths(workspace.private))
    partly = Exit.PARTIAL if unlisted else Exit.OK
    return worst([verdict(evidence), partly, say_unknown(app, findings, documents.policy)])


def of_the_moved(evidence: Evidence, plan: Plan, states: Mapping[str, StepState]) -> Evidence:
    """The evidence without items that are still to be moved, wholly or in part; they are counted."""
    rows = rows_of(plan.steps, states)
    left = {item_of(step) for step in plan.steps if step.id not in rows or rows[step.id].state is not State.DONE}
    # A root disk has a row of its own, with the item of its server.
    kept = tuple(row for row in evidence.rows if ":".join(row.item.split(":")[:2]) not in left)
    return replace(evidence, rows=kept, not_moved=len(left))


def unlisted_objects(evidence: Evidence, policy: Policy) -> int:
    """The number of objects left at the source because their listing rows are unreadable, and not accepted by the
    policy.
    """
    rows = (row for row in evidence.rows if not accepted(policy, UNLISTED, row.item, row.name))
    return sum(row.left.get(UNREADABLE, 0) for row in rows)


def with_known_losses(evidence: Evidence, documents: Documents) -> Evidence:
    """The evidence, with each lost header marked as known or unknown when the plan was made."""

    def told(row: EvidenceRow) -> EvidenceRow:
        known = (is_told(documents.policy, documents.source, row.name, one.header) for one in row.dropped)
        dropped = tuple(replace(one, is_told=told) for one, told in zip(row.dropped, known, strict=True))
        return replace(row, dropped=dropped) if dropped else row

    return replace(evidence, rows=tuple(map(told, evidence.rows)))


def verify_with(session: Session, reread: Reread, checks: ObjectChecks = USUAL) -> Evidence:
    """Runs the verification on the session's target, store and ledger."""
    context = session.context
    ledger = context.ledger

    def made(kind: Kind, resource_id: str, source_id: str) -> None:
        ledger.adopt_effect(
            Effect(
                step_id=VERIFY,
                side="target",
                kind=kind,
                resource_id=resource_id,
                role=Role.TEMPORARY,
                source_id=source_id,
                made_at=iso(utc_now()),
            )
        )

    records = RunRecords(ledger.target_id, partial(captured, context.store), context.evidence_dir)
    how = ReadBack(
        context.plan.migration,
        context.spool_dir,
        Attempt(monitor=session.monitor, stop=context.stop),
        made=made,
        removed=partial(ledger.effect_removed, "target"),
        recorded=partial(ledger.temporaries, "target"),
        devices=WorkerDevices(Worker(context, context.target, "target")),
    )
    evidence = verify_plan(context.plan, context.target, records, how, reread=reread, checks=checks)
    checked = {step.action.server_id for step in context.plan.steps if isinstance(step.action, CheckServer)}
    kept = {of: one for of, one in read_health(context.evidence_dir).items() if item_id(of) in checked}
    evidence = with_health(evidence, kept)
    return with_kept_changes(evidence, ledger.states().values())


def with_health(evidence: Evidence, kept: Mapping[str, ServerHealth]) -> Evidence:
    """The same, with the results of health checks in the rows of servers that are still the ones checked."""

    def told(row: EvidenceRow) -> EvidenceRow:
        found = kept.get(row.item)
        return replace(row, health=found.results) if found and found.target_id == row.target_id else row

    return replace(evidence, rows=tuple(map(told, evidence.rows)))


def with_kept_changes(evidence: Evidence, steps: Iterable[StepState]) -> Evidence:
    """The evidence, with a note on rows whose differing settings were changed at the target and left by the run."""
    left = {":".join(row.step_id.split(":", 2)[:2]) for row in steps if row.facts.get(SETTINGS)}

    def told(row: EvidenceRow) -> EvidenceRow:
        is_left = row.item in left and row.verdict is not Verdict.SAME and row.note_code is None
        return replace(row, note_code=THEIRS) if is_left else row

    return replace(evidence, rows=tuple(map(told, evidence.rows)))


def show(app: App, evidence: Evidence) -> None:
    if app.is_json:
        print_json(evidence)
        return
    app.print_table(
        ("name", "verdict", "item", "proof", "differences"),
        [
            (
                row.name,
                Coloured(app.say(f"verdict.{row.verdict.value}"), COLOURS.get(row.verdict)),
                row.item,
                app.say(f"proof.{row.proof.value}"),
                note(app, row),
            )
            for row in evidence.rows
        ],
    )


def note(app: App, row: EvidenceRow) -> str:
    """The differences in a row, or why it was not read; for a container also the time of the listing it is compared
    with.
    """
    listed = app.say("verify.listed", at=row.listed_at) if row.listed_at else ""
    return "; ".join(one for one in (*row.differences, note_text(row, app.lang), listed) if one)


def verdict(evidence: Evidence) -> Exit:
    """The exit code: INTEGRITY if bytes or fields differ.

    PARTIAL if something is missing, unreadable or surplus, if the source has newer data or gave no answer, or if a
    server did not pass a health check.
    """
    verdicts = {row.verdict for row in evidence.rows}
    unread = any(row.verdict is Verdict.NOT_REREAD and row.note_code != GUEST_MAY_HAVE_WRITTEN for row in evidence.rows)
    if Verdict.DIFFERENT in verdicts:
        return Exit.INTEGRITY
    outdated = evidence.unknown_losses or evidence.not_fresh or evidence.not_asked or evidence.unhealthy
    return Exit.PARTIAL if unread or outdated or verdicts & {Verdict.MISSING, Verdict.SURPLUS} else Exit.OK
