"""Opens what a command needs: clouds behind their gatekeepers, ledger, store and monitor."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from msgspec.structs import replace

from migrate.cli.archives.folder_marks import is_bundle
from migrate.cli.connect import connect, with_s3
from migrate.cli.context import App
from migrate.cli.limits import TOLD_FROM_S, pacer_of, policy_throttle
from migrate.cli.progress_bars import ClosableMonitor, make_monitor
from migrate.cli.safety.consent import may_run, require_known, require_ledger
from migrate.cli.safety.store_key import load_key
from migrate.cli.safety.workspace_privacy import close_store
from migrate.cli.workspace import Workspace
from migrate.clouds.folder import FolderStore
from migrate.clouds.guard import Gatekeeper, NoGuard, ReadOnly, Request, SourceGuard
from migrate.clouds.http import Pacer, Pause, Throttle
from migrate.clouds.ports import Cloud
from migrate.clouds.throttled import throttled
from migrate.disks.store.disk_store import DiskStore
from migrate.errors import AccessError, ConfigError, ConflictError, ItemError, TransientError
from migrate.execute.guard_rules import LedgerPermits
from migrate.execute.job import Context
from migrate.ledger.ledger import Ledger
from migrate.ledger.ledger_records import State
from migrate.messages import codes
from migrate.model import Identity, S3Place
from migrate.model.steps import Plan
from migrate.monitor import log
from migrate.plan.two_projects import End, refuse_one_place
from migrate.policy.policy_records import Policy


def ledger_url(workspace: Workspace, policy: Policy) -> str:
    """The URL of the ledger: the policy's database, else SQLite next to the plan. Relative files start at the
    workspace.
    """
    if not policy.ledger or is_bundle(workspace.root):
        return f"sqlite:///{workspace.ledger_path.resolve()}"
    scheme, _, path = policy.ledger.partition(":///")
    if scheme.startswith("sqlite") and path and not path.startswith("/"):
        return f"{scheme}:///{workspace.root.resolve() / path}"
    return policy.ledger


@contextmanager
def open_ledger(workspace: Workspace, policy: Policy) -> Iterator[Ledger]:
    """The migration's ledger, created if missing; closed at the end.

    Raises: ConfigError DCP-289: it is outside the workspace, and nobody has agreed to that on this machine.
    """
    require_ledger(workspace, policy)
    ledger = Ledger.open(ledger_url(workspace, policy), policy.migration)
    try:
        yield ledger
    finally:
        ledger.close()


def disk_store(
    workspace: Workspace, policy: Policy, target: Cloud | None, *, may_write: bool, pacer: Pacer | None = None
) -> DiskStore:
    """The chunk store: the migration's container in its folder, or the policy's container at the target.

    Args:   target: not used if the store is a folder.
    Raises: ConfigError DCP-114: its place is no folder. DCP-132, 136, 137: the key cannot be used. Does not compare the
            key with the store's content: callers do that (`DiskStore.check_key`).
    """
    key = load_key(policy.store_key, workspace.root)
    name = policy.store_container
    if name and target:
        there = on_s3(workspace, policy, target, {name: S3Place(bucket=name)}, may_write=may_write, pacer=pacer)
        return DiskStore(there.objects, name, workspace.cache, key)
    folder, container = store_folder(workspace, policy), f"decamp-{policy.migration[:8]}"
    close_store(workspace, folder / container)
    there_now = FolderStore(folder, keeps_md5=False, gatekeeper=_door(may_write=may_write))
    return DiskStore(there_now, container, workspace.cache, key)


def store_folder(workspace: Workspace, policy: Policy) -> Path:
    """The folder of the store, there or not. Raises ConfigError DCP-114: it, or what it lies in, is something else."""
    folder = workspace.store_path(policy)
    there = next((path for path in (folder, *folder.parents) if os.path.lexists(path)), workspace.root)
    if not there.is_dir():
        raise ConfigError(codes.STORE_NO_FOLDER, store=str(folder), path=str(there))
    return folder


def check_store_key(workspace: Workspace, policy: Policy) -> None:
    """Checks the store's key as far as possible without a login; commands that log in check a container at the target.

    Raises: ConfigError DCP-132 to 137.
    """
    if policy.store_container:
        load_key(policy.store_key, workspace.root)
    else:
        disk_store(workspace, policy, None, may_write=False).check_key()


def open_cloud(name: str, gatekeeper: Gatekeeper, region: str = "", pacer: Pacer | None = None) -> Cloud:
    """Opens a cloud and logs method, service and path of every request."""
    return connect(name, gatekeeper, region=region, on_request=_log_request, pacer=pacer)


def open_source(policy: Policy, permits: LedgerPermits | None = None, *, pacer: Pacer | None = None) -> Cloud:
    """The source behind its guard: reads, plus what `permits` allow. Obeys the policy's rate limit."""
    guard = SourceGuard(permits) if permits else ReadOnly()
    return open_cloud(policy.source_cloud, guard, policy.source_region, pacer or pacer_of(policy, "source"))


def open_target(policy: Policy, *, may_write: bool, pacer: Pacer | None = None) -> Cloud:
    """The target, read-only unless `may_write`. Obeys the policy's rate limit."""
    door, pacer = _door(may_write=may_write), pacer or pacer_of(policy, "target")
    return open_cloud(policy.target_cloud, door, policy.target_region, pacer)


def on_s3(
    workspace: Workspace,
    policy: Policy,
    target: Cloud,
    places: Mapping[str, S3Place],
    *,
    may_write: bool,
    pacer: Pacer | None = None,
) -> Cloud:
    """The target with its containers at these places on S3; the plain target if the policy names no S3 service.

    Raises: ConfigError DCP-287: nobody has agreed to the workspace on this machine, and requests to the address that it
            names would carry a signature, and a session's token, of the operator's own.
    """
    if policy.s3 is None:
        return target
    require_known(workspace)
    door, pacer = _door(may_write=may_write), pacer or pacer_of(policy, "target")
    return with_s3(target, policy.s3.settings, places, door, on_request=_log_request, pacer=pacer)


def _door(*, may_write: bool) -> Gatekeeper:
    return NoGuard() if may_write else ReadOnly()


def require_planned_project(found: Identity, planned: Identity) -> None:
    """Raises ConflictError DCP-502 if the login's project is not the plan's."""
    if found.project_id != planned.project_id:
        raise ConflictError(codes.PLAN_OF_OTHER_PROJECT, found=_project(planned), expected=_project(found))


def _project(identity: Identity) -> str:
    return f"{identity.project_name} ({identity.project_id}, {identity.cloud})"


def _log_request(request: Request, status: int | None) -> None:
    log.debug("request method=%s service=%s path=%s status=%s", request.method, request.service, request.path, status)


class SourceUse(Enum):
    """How a command uses the source, which may already be switched off. LOOK: like MAY, but read-only."""

    MUST = "must"
    MAY = "may"
    LOOK = "look"
    NOT = "not"


@dataclass(frozen=True)
class Needs:
    """What a command needs from a session.

    execute: it may write to the target and the store, and to the source unless that is read-only.
    label, total_bytes: the label and the total of the progress bar.
    without_source: the phrase shown when an optional source refuses the login.
    throttle: the throttle for all content; None for the policy's bandwidth.
    reads_store: False for commands that work even if the store's key is lost.
    """

    execute: bool
    label: str
    total_bytes: int = 0
    source: SourceUse = SourceUse.MUST
    without_source: str = "run.no-source"
    throttle: Throttle | None = None
    reads_store: bool = True


@dataclass(frozen=True)
class Session:
    """The resources of a command that works on both clouds."""

    context: Context
    monitor: ClosableMonitor


@contextmanager
def open_session(app: App, workspace: Workspace, policy: Policy, plan: Plan, needs: Needs) -> Iterator[Session]:
    """Opens everything, checks that both logins are the plan's projects, and closes everything at the end.

    Raises: AccessError, ConflictError DCP-502, ConfigError (DCP-226 to 228: source and target are the same place;
            DCP-287: it may write, and nobody has agreed to the workspace on this machine).
    """
    if needs.execute:
        require_known(workspace)
    monitor: ClosableMonitor | None = None

    def on_pause(cloud: str, pause: Pause) -> None:
        if monitor and pause.seconds >= TOLD_FROM_S:
            told = {"service": pause.where, "status": pause.status, "seconds": round(pause.seconds)}
            monitor.note(app.say("run.paused", cloud=cloud, **told))

    throttle = needs.throttle or policy_throttle(policy, app.stop)
    pacers = {side: pacer_of(policy, side, app.stop, on_pause) for side in ("source", "target")}
    with open_ledger(workspace, policy) as ledger:
        permits = LedgerPermits(ledger, worker=policy.disks.source_worker)
        permits.grant_stops(plan)
        there = open_target(policy, may_write=needs.execute, pacer=pacers["target"])
        there = on_s3(workspace, policy, there, plan.places, may_write=needs.execute, pacer=pacers["target"])
        target = throttled(there, throttle)
        end = End(target.identity(), target.endpoints())
        require_planned_project(end.identity, plan.target)
        # Uses the logins, not only the documents: the login may lead elsewhere since the scan.
        refuse_one_place(End(plan.source, {}), end, policy)
        changes = permits if needs.execute and needs.source is not SourceUse.LOOK else None
        source = _source(policy, plan, changes, pacers["source"], use=needs.source, target=end)
        if source is None and needs.source is not SourceUse.NOT:
            app.tell(needs.without_source)
        # Not throttled: captured bytes were already counted on their way from the cloud.
        store = _store(workspace, policy, there, needs, pacers["target"])
        monitor = make_monitor(needs.total_bytes, needs.label)
        context = Context(
            plan=plan,
            policy=policy,
            ledger=ledger,
            source=throttled(source, throttle) if source else None,
            target=target,
            store=store,
            workspace=workspace.root,
            permits=permits,
            monitor=monitor,
            stop=app.stop,
            may_run=may_run(workspace.root),
        )
        try:
            yield Session(context, monitor)
        finally:
            monitor.close()


def _store(workspace: Workspace, policy: Policy, target: Cloud, needs: Needs, pacer: Pacer) -> DiskStore:
    opened = policy if needs.reads_store else replace(policy, store_key="")
    store = disk_store(workspace, opened, target, may_write=needs.execute, pacer=pacer)
    if needs.reads_store:
        with suppress(TransientError, ItemError, AccessError):  # a run checks again before it stores anything
            store.check_key()
    return store


def _source(
    policy: Policy, plan: Plan, permits: LedgerPermits | None, pacer: Pacer, *, use: SourceUse, target: End
) -> Cloud | None:
    if use is SourceUse.NOT:
        return None
    try:
        source = open_source(policy, permits, pacer=pacer)
        end = End(source.identity(), source.endpoints())
        require_planned_project(end.identity, plan.source)
        refuse_one_place(end, target, policy)
    except AccessError:
        if use is SourceUse.MUST:
            raise
        return None
    return source


def unfinished_bytes(plan: Plan, ledger_states: dict[str, State]) -> int:
    """The total size of unfinished steps, for the progress bar."""
    return sum(step.content_bytes for step in plan.steps if ledger_states.get(step.id) is not State.DONE)
