"""Runs the customer's programs before a server is stopped, and once it is up. Nothing is changed at either cloud.

Killed in between, the next run starts them again from the first: they must allow that.
"""

import json
from collections.abc import Iterable
from typing import Any, NamedTuple

from msgspec import UNSET

from migrate.errors import HookFailed
from migrate.execute.actions.server_addresses import addresses_now, told_addresses
from migrate.execute.job import Job
from migrate.health.programs import run_program
from migrate.messages import codes
from migrate.model import Kind
from migrate.model.hooks import Hook
from migrate.model.steps import RunAfterUp, StopServer


class _Failures(NamedTuple):
    """The codes of programs at one stage: it cannot be started, takes too long, or exits with another status than 0."""

    cannot_run: str
    slow: str
    failed: str


_BEFORE_STOP = _Failures(codes.HOOK_CANNOT_RUN, codes.HOOK_SLOW, codes.HOOK_FAILED)
_AFTER_UP = _Failures(codes.AFTER_UP_CANNOT_RUN, codes.AFTER_UP_SLOW, codes.AFTER_UP_FAILED)


def run_before_stop(job: Job, action: StopServer) -> None:
    """Raises HookFailed: the server is not stopped."""
    server = {"source_id": action.server_id, "name": action.name}
    programs = () if action.before is UNSET else action.before
    _run_all(job, programs, {"stage": "before_stop", "server": server}, action.name, _BEFORE_STOP)


def run_after_up(job: Job, action: RunAfterUp) -> None:
    """Raises HookFailed: the server stays up, and the next run starts the programs again."""
    job.check_running()
    target_id = job.target_id(Kind.SERVER, action.server_id)
    there = addresses_now(job, action.addresses)
    told = {
        "stage": "after_up",
        "server": {"source_id": action.server_id, "target_id": target_id, "name": job.step.name},
        "wave": _wave(job, action.server_id),
        "addresses": told_addresses(action.addresses, lambda one: there[one]),
    }
    _run_all(job, action.programs, told, job.step.name, _AFTER_UP)


def _wave(job: Job, server_id: str) -> str | None:
    """The server's wave; None for a server that this plan does not stop."""
    waves = () if job.ctx.plan.waves is UNSET else job.ctx.plan.waves
    return next((wave.name for wave in waves if server_id in wave.servers), None)


def _run_all(job: Job, programs: Iterable[Hook], told: dict[str, Any], name: str, failures: _Failures) -> None:
    """Each program in turn, with what it is told on stdin. Raises HookFailed for the first that fails."""
    for hook in programs:
        job.check_running()
        facts = {"name": name, "command": hook.run[0]}
        try:
            ended = run_program(
                hook.run,
                json.dumps(told).encode(),
                folder=job.ctx.workspace,
                limit_s=hook.limit_s,
                check=job.check_running,
            )
        except OSError as err:
            raise HookFailed(failures.cannot_run, **facts, why=err.strerror or str(err)) from err
        if ended.status is None:
            raise HookFailed(failures.slow, **facts, seconds=hook.limit_s, output=ended.output)
        if ended.status:
            raise HookFailed(failures.failed, **facts, status=ended.status, output=ended.output)
