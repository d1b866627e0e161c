"""Runs the customer's programs before a server is stopped. Nothing is sent to either cloud.

Killed in between, the next run starts them again from the first: they must allow that.
"""

import json

from msgspec import UNSET

from migrate.errors import HookFailed
from migrate.execute.job import Job
from migrate.health.programs import run_program
from migrate.messages import codes
from migrate.model.hooks import Hook
from migrate.model.steps import StopServer


def run_hooks(job: Job, action: StopServer) -> None:
    """Each program in turn. Raises HookFailed for the first that fails."""
    for hook in () if action.before is UNSET else action.before:
        job.check_running()
        _run(job, action, hook)


def _run(job: Job, action: StopServer, hook: Hook) -> None:
    told = {"stage": "before_stop", "server": {"source_id": action.server_id, "name": action.name}}
    facts = {"name": action.name, "command": hook.run[0]}
    try:
        ended = run_program(
            hook.run,
            json.dumps(told).encode(),
            folder=job.ctx.workspace,
            limit_s=hook.limit_s,
            check=job.check_running,
        )
    except OSError as err:
        raise HookFailed(codes.HOOK_CANNOT_RUN, **facts, why=err.strerror or str(err)) from err
    if ended.status is None:
        raise HookFailed(codes.HOOK_SLOW, **facts, seconds=hook.limit_s, output=ended.output)
    if ended.status:
        raise HookFailed(codes.HOOK_FAILED, **facts, status=ended.status, output=ended.output)
