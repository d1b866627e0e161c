"""Runs the customer's programs around a cut-over and a rollback. Nothing is changed at either cloud.

Killed in between, they are started again from the first by whoever takes up the work: they must allow that.
"""

import json
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from msgspec import UNSET

from migrate.errors import HookFailed
from migrate.execute.actions.server_addresses import addresses_now, planned_addresses, told_addresses
from migrate.execute.job import Context, Job
from migrate.execute.stop_turns import down_since
from migrate.health.programs import NOT_AGREED, run_program
from migrate.ledger.ledger import Ledger
from migrate.ledger.ledger_records import State
from migrate.ledger.wave_notes import acceptances, cuts
from migrate.messages import codes
from migrate.model import Kind, name_id
from migrate.model.hooks import Hook
from migrate.model.steps import Plan, RunAfterUp, Step, StopServer
from migrate.plan.waves import Wave
from migrate.policy.selectors import hooks_of, item

_UP_BEFORE = "up-before:"
"""Servers at the target that were up before the policy had programs for them, as notes by source server."""


class _Stage(NamedTuple):
    """A key of the policy, and the codes of its programs: it cannot be started, takes too long, fails."""

    name: str
    cannot_run: str
    slow: str
    failed: str


_BEFORE_STOP = _Stage("before_stop", codes.HOOK_CANNOT_RUN, codes.HOOK_SLOW, codes.HOOK_FAILED)
_AFTER_UP, _AFTER_BACK = (
    _Stage(name, codes.HOOK_AFTER_CANNOT_RUN, codes.HOOK_AFTER_SLOW, codes.HOOK_AFTER_FAILED)
    for name in ("after_up", "after_back")
)


def run_before_stop(job: Job, action: StopServer) -> None:
    """Raises HookFailed: the server is not stopped."""
    server = {"source_id": action.server_id, "name": action.name}
    programs = () if action.before is UNSET else action.before
    _run_all(job.ctx, programs, _BEFORE_STOP, {"server": server}, job.check_running)


def run_after_up(job: Job, action: RunAfterUp) -> None:
    """Once for each server at the target. Raises HookFailed: it stays up, and the next run starts them again."""
    target_id = job.target_id(Kind.SERVER, action.server_id)
    if _is_switched(job, action, target_id):
        job.ctx.tell(codes.HOOK_AFTER_LATE, {"name": job.step.name})
        return
    job.check_running()
    there = addresses_now(job.target, job.known_target_id, action.addresses)
    told = {
        "server": {"source_id": action.server_id, "target_id": target_id, "name": job.step.name},
        "wave": _wave(job, action.server_id),
        "addresses": told_addresses(action.addresses, there.__getitem__),
    }
    _run_all(job.ctx, action.programs, _AFTER_UP, told, job.check_running)


def note_up_before(plan: Plan, ledger: Ledger) -> None:
    """Notes servers that were up before the policy had programs for them. Called before the ledger takes up the plan.

    Whatever clients use has been switched by other means by then, and may have been switched elsewhere since.
    """
    for step in plan.steps:
        if isinstance(step.action, RunAfterUp) and _comes_late(ledger, step, step.action):
            server_id = step.action.server_id
            ledger.set_note(_UP_BEFORE + name_id(server_id), ledger.target_id(Kind.SERVER, server_id) or "")


def _comes_late(ledger: Ledger, step: Step, action: RunAfterUp) -> bool:
    """The ledger has no such step yet, but its server is made, and no server of its wave is down."""
    rows, stops, down = ledger.states(), cuts(ledger), down_since(ledger)
    row, made = rows.get(step.id), rows.get(item(Kind.SERVER, action.server_id))
    if (row and row.state is not State.SKIPPED) or made is None or made.done_digest is None:
        return False
    waves = {one.wave for one in stops.values() if one.server_id == action.server_id}
    return not any(stop in down for stop, one in stops.items() if one.wave in waves)


def _is_switched(job: Job, action: RunAfterUp, target_id: str) -> bool:
    """The programs must not run for this server at the target, whatever has changed in the plan since it came up.

    They have succeeded for it (`not_up_yet` forgets that when it is made again), it is accepted, or it was up before
    the policy had programs for it.
    """
    ledger = job.ctx.ledger
    return (
        job.was_done_once
        or any(one.target_id == target_id for one in acceptances(ledger).values())
        or ledger.note(_UP_BEFORE + name_id(action.server_id)) == target_id
        or (job.claim is None and _comes_late(ledger, job.step, action))
    )


def run_after_back(ctx: Context, wave: Wave) -> None:
    """Once all servers of the wave run at the source again. Raises HookFailed: the rollback must be continued."""
    policy = ctx.policy
    for one in wave.servers:
        programs = hooks_of(policy.after_back, policy.after_back_limit_s, one.server_id, one.name)
        if not programs:
            continue
        ctx.stop.check()
        addresses = planned_addresses(ctx.plan, one.server_id)
        there = addresses_now(ctx.target, ctx.ledger.target_id, addresses)
        target_id = ctx.ledger.target_id(Kind.SERVER, one.server_id)
        told = {
            "server": {"source_id": one.server_id, "target_id": target_id, "name": one.name},
            "wave": wave.name,
            "addresses": told_addresses(addresses, there.__getitem__),
        }
        _run_all(ctx, programs, _AFTER_BACK, told, ctx.stop.check)


def _wave(job: Job, server_id: str) -> str | None:
    """The server's wave; None for a server that this plan does not stop."""
    waves = () if job.ctx.plan.waves is UNSET else job.ctx.plan.waves
    return next((wave.name for wave in waves if server_id in wave.servers), None)


def _run_all(
    ctx: Context, programs: Iterable[Hook], stage: _Stage, told: dict[str, Any], check: Callable[[], None]
) -> None:
    """Each program in turn, with what it is told on stdin. Raises HookFailed for the first that fails.

    A plan may name others than the policy, and a file may have changed since the run began.
    """
    stdin = json.dumps({"stage": stage.name, **told}).encode()
    for hook in programs:
        check()
        facts = {"name": told["server"]["name"], "command": hook.run[0], "key": stage.name}
        if not ctx.may_run(hook.run):
            raise HookFailed(stage.cannot_run, **facts, why=NOT_AGREED)
        try:
            ended = run_program(
                hook.run, stdin, folder=ctx.workspace, limit_s=hook.limit_s, check=check, name=facts["name"]
            )
        except OSError as err:
            raise HookFailed(stage.cannot_run, **facts, why=err.strerror or str(err)) from err
        if ended.status is None:
            raise HookFailed(stage.slow, **facts, seconds=hook.limit_s, output=ended.output)
        if ended.status:
            raise HookFailed(stage.failed, **facts, status=ended.status, output=ended.output)
