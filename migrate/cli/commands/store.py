"""`decamp store`: checks captured disks in the store, removes unneeded data, and creates keys."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import click
from msgspec.structs import replace

from migrate.cli.console import echo, print_json, print_text
from migrate.cli.context import App, pass_app
from migrate.cli.fitting_documents import open_for_work
from migrate.cli.options import SHARED, SharedCommand
from migrate.cli.safety.consent import require_known
from migrate.cli.safety.store_key import make_key
from migrate.cli.session import disk_store, ledger_url, open_ledger, open_target
from migrate.cli.workspace import Workspace, shown
from migrate.disks.store.disk_store import DiskStore
from migrate.disks.store.object_names import pack_name
from migrate.disks.store.prune import Pass, Prune, apply_prune, plan_prune
from migrate.disks.store.store_check import Finding, What, check, mark_packs_damaged, renew_copies, without_pass
from migrate.errors import ConflictError, DecampError, DocumentMissing, Exit, worst
from migrate.execute.test_launch.launch_turn import noted_launch
from migrate.ledger.ledger import Ledger
from migrate.ledger.ledger_records import State
from migrate.ledger.preload_notes import preloaded_disks
from migrate.messages import codes
from migrate.messages.numbers import size
from migrate.model import store_mark
from migrate.plan.two_projects import End, end_of, refuse_one_place
from migrate.policy.policy_records import Policy
from migrate.verify.evidence import Verdict
from migrate.verify.kept_proofs import read_proofs

_MENDED_BY_ITSELF = frozenset({What.MISSING_COPY, What.DAMAGED_COPY, What.STRAY})
_UNFINISHED = frozenset({What.NO_MANIFEST, What.DAMAGED_PART})
"""Problems that affect no sealed disk: an unfinished capture repairs them itself."""


@click.group("store", params=list(SHARED), invoke_without_command=True)
@click.pass_context
def command(ctx: click.Context) -> None:
    """Check, clean up and encrypt the store of captured disks."""
    if ctx.invoked_subcommand is None:
        print_text(ctx.get_help(), err=True)
        ctx.exit(Exit.USAGE)


@command.command("check", cls=SharedCommand)
@click.option(
    "--read-data", is_flag=True, help="Also read and check every byte, not only listings, manifests and tables."
)
@pass_app
def check_command(app: App, read_data: bool) -> int:
    """Show missing or damaged parts of captured disks in the store, and captured disks that are not in it.

    Changes nothing without --read-data. With it, marks damaged packs so that no capture relies on them, and rebuilds
    index copies.
    """
    workspace = Workspace(app.directory)
    policy = workspace.policy()
    captured, trouble = _known_captured(app, workspace, policy)
    with open_store(workspace, policy, may_write=read_data) as store:
        if not store.is_there(str(store_mark(policy.migration))):
            place = policy.store_container or shown(workspace.store_path(policy))
            return worst([trouble, _told_not_there(app, place, captured)])
        lacking = set(without_pass(store, captured.sealed, captured.warm))
        proved = lacking & captured.proved
        findings = [_missing(disk) for disk in sorted(lacking - proved)]
        findings += [
            one
            for one in check(store, read_data, app.stop.check)
            if one.what is not What.NO_MANIFEST or one.disk not in lacking - proved
        ]
        if read_data:
            mark_packs_damaged(store, findings)
            renew_copies(store, findings)
        # With the names in the store, for restoring an object by hand.
        named = [replace(one, item=store.container.stored_name(one.item)) if one.item else one for one in findings]
        show(app, named)
    hurt = {one.disk for one in findings if verdict([one]) is Exit.INTEGRITY}
    counts = {"whole": len(set(captured.disks) - hurt - proved), "captured": len(captured.disks)}
    if not captured.disks and trouble is Exit.OK:
        app.tell("store.unknown")
    if findings or captured.disks:
        so_far = "-so-far" if captured.pending else ""
        app.tell("store.findings" if findings else f"store.whole{so_far}", count=len(findings), **counts)
    if captured.pending:
        app.tell("store.pending", count=captured.pending)
    if proved:
        app.tell("store.proved", count=len(proved))
    if not read_data:
        app.tell("store.not-read", command=f"{app.prefix} store check --read-data")
    return worst([trouble, verdict(findings), Exit.OK if captured.disks else Exit.PARTIAL])


def _known_captured(app: App, workspace: Workspace, policy: Policy) -> "tuple[Captured, Exit]":
    """What should be in the store. Where ledger or evidence cannot be read, the store is looked at all the same."""
    try:
        return captured_disks(workspace, policy), Exit.OK
    except DecampError as err:
        app.tell("store.no-ledger", why=app.explain(err.code, dict(err.facts)))
        return Captured(), err.exit


def _told_not_there(app: App, place: str, captured: "Captured") -> Exit:
    """An empty folder, or somebody else's, is not the store: each disk that should be in it is named."""
    missing = [disk for disk in captured.disks if disk not in captured.proved]
    show(app, [_missing(disk) for disk in missing])
    if not captured.disks:
        app.tell("store.none-yet", place=place)
        return Exit.PARTIAL
    if missing:
        app.tell("store.not-there", place=place, captured=len(missing))
    if proved := len(captured.disks) - len(missing):
        app.tell("store.not-there-proved", place=place, count=proved)
    return Exit.INTEGRITY if missing else Exit.OK


def _missing(disk: str) -> Finding:
    return Finding(item="", what=What.MISSING_DISK, disk=disk)


@command.command("prune", cls=SharedCommand)
@click.option("--proved", is_flag=True, help="Also remove copies of disks that are verified at the target.")
@click.option("--execute", is_flag=True, help="Remove them. Without this option nothing is removed.")
@pass_app
def prune_command(app: App, proved: bool, execute: bool) -> int:
    """Remove data that no captured disk needs from the store; a dry run without --execute.

    Removes the last copy of a disk only with --proved, and only with evidence that the disk is verified at the target.
    """
    workspace, documents = open_for_work(app)
    if execute:
        require_known(workspace)
    done = proved_passes(workspace) if proved else {}
    with (
        open_ledger(workspace, documents.policy) as ledger,
        open_store(workspace, documents.policy, may_write=execute) as store,
    ):
        claims = ledger.claims()

        def check_running() -> None:
            app.stop.check()
            if busy := sorted(ledger.held()):
                raise ConflictError(codes.PRUNE_STEP_RUNNING, step=busy[0])
            if (launch := noted_launch(ledger)) and launch.is_under_way():
                raise ConflictError(codes.PRUNE_LAUNCH_RUNNING, name=launch.name)
            if ledger.claims() != claims:  # a run meanwhile may rely on objects that were unused before
                raise ConflictError(codes.PRUNE_RUN_BEGAN)

        check_running()
        prune = plan_prune(
            store,
            go_on=app.stop.check,
            is_done=lambda m: done.get(m.disk) == m.tree_digest,
            held=[
                Pass(disk=disk, origin_id=one.origin_id)
                for disk, holds in preloaded_disks(ledger).items()
                for one in holds.passes
            ],
        )
        if execute:
            apply_prune(store, prune, check_running)
        told = replace(
            prune,
            leftovers=tuple(map(store.container.stored_name, prune.leftovers)),
            packs=tuple(store.container.stored_name(pack_name(pack)).rpartition("/")[2] for pack in prune.packs),
        )
    show_prune(app, told)
    freed = size(prune.packs_bytes + sum(orphan.size_bytes for orphan in prune.orphans), app.lang)
    if execute:
        app.tell("store.pruned", size=freed)
    elif prune == Prune():
        app.tell("store.nothing")
    else:
        again = f"{app.prefix} store prune {'--proved ' if proved else ''}--execute"
        app.tell("store.prune-rehearsal", size=freed, command=again)
    return Exit.OK


@command.command("key", cls=SharedCommand)
@click.argument("file", type=click.Path(path_type=Path))
@pass_app
def key_command(app: App, file: Path) -> int:
    """Create a key for an encrypted store, in a new FILE that only you can read.

    Set it in policy.yaml before the first capture. Anybody with the key can read the store; without it nobody can.
    """
    key, reference = make_key(file), f"file:{file.resolve()}"
    if app.is_json:
        print_json({"key": reference, "id": key.id})
    else:
        echo(reference, whole=True)
    app.tell("store.key-made", id=key.id, path=shown(file), reference=reference)
    return Exit.OK


@contextmanager
def open_store(workspace: Workspace, policy: Policy, *, may_write: bool) -> Iterator[DiskStore]:
    """Opens only the store; logs in to the target only if the store is there."""
    target = open_target(policy, may_write=may_write) if policy.store_container else None
    if target and (source := workspace.known_inventory("source")):
        refuse_one_place(end_of(source), End(target.identity(), target.endpoints()), policy)
    store = disk_store(workspace, policy, target, may_write=may_write)
    store.check_key()
    try:
        yield store
    finally:
        store.close()


class Captured(NamedTuple):
    """What the ledger says of the disks, named as in manifests, that should be in the store.

    `sealed`: of these there is a capture.   `warm`: of these only a pass while the server ran.   `proved`: those that
    were read back at the target since, and may therefore have been removed (`store prune --proved`).   `pending`: the
    number of disks that the plan captures and that are not captured yet.
    """

    sealed: tuple[str, ...] = ()
    warm: tuple[str, ...] = ()
    proved: frozenset[str] = frozenset()
    pending: int = 0

    @property
    def disks(self) -> tuple[str, ...]:
        return self.sealed + self.warm


def captured_disks(workspace: Workspace, policy: Policy) -> Captured:
    """The disks whose capture is done; none without a ledger."""
    if not Ledger.is_there(ledger_url(workspace, policy)):
        return Captured()
    with open_ledger(workspace, policy) as ledger:
        done = {step_id for step_id, state in ledger.states().items() if state.state is State.DONE}
    planned = set[str]()
    with suppress(DocumentMissing):
        planned = {step.id for step in workspace.plan().steps if step.id.endswith(":capture")}
    sealed, warm, verified = (
        tuple(sorted(step_id.removesuffix(part) for step_id in done if step_id.endswith(part)))
        for part in (":capture", ":pass", ":verify")
    )
    return Captured(
        sealed=sealed,
        warm=tuple(disk for disk in warm if disk not in sealed),
        proved=frozenset(verified) & proved_passes(workspace).keys(),
        pending=len(planned - done),
    )


def proved_passes(workspace: Workspace) -> dict[str, str]:
    """Disks, named as in manifests, that were read back at the target without differences, with the tree digest of the
    pass they match. A disk captured again since then is not proved.
    """
    same = [p for p in read_proofs(workspace.evidence_path.parent).values() if p.row.verdict is Verdict.SAME]
    # A server's root disk is an item of its own.
    return {proof.row.item.removesuffix(":disk"): proof.tree_digest for proof in same}


def show(app: App, findings: list[Finding]) -> None:
    if app.is_json:
        print_json(findings)
        return
    app.print_table(
        ("disk", "bytes", "outcome", "object"),
        [
            (one.disk or "-", _range(one), app.say(f"store.what.{one.what.name.lower()}"), one.item or "-")
            for one in findings
        ],
    )


def _range(finding: Finding) -> str:
    return f"{finding.start}-{finding.end - 1}" if finding.end else "-"


def verdict(findings: list[Finding]) -> Exit:
    """The exit code: INTEGRITY if a captured disk or a pack is damaged, PARTIAL if a capture is unfinished."""
    found = {finding.what for finding in findings} - _MENDED_BY_ITSELF
    if found - _UNFINISHED:
        return Exit.INTEGRITY
    return Exit.PARTIAL if found else Exit.OK


def show_prune(app: App, prune: Prune) -> None:
    if app.is_json:
        print_json(prune)
        return
    rows = [(app.say("store.pass"), app.short(f"{one.disk} ({one.origin_id})")) for one in prune.passes]
    rows += [(app.say("store.leftover"), name) for name in prune.leftovers]
    rows += [(app.say("store.stray"), orphan.name) for orphan in prune.orphans]
    rows += [(app.say("store.pack"), pack) for pack in prune.packs]
    app.print_table(("kind", "object"), rows)
