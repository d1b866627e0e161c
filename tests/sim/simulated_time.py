"""Dates of the scheduler's clock, and owners of claims that are its processes."""

import sys
from datetime import datetime, tzinfo
from typing import Any

from tests.sim.scheduler import current


class SimulatedDatetime(datetime):
    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Any:
        scheduler = current()
        return datetime.fromtimestamp(scheduler.start_s + scheduler.now_s, tz) if scheduler else datetime.now(tz)


def new_owner() -> str:
    scheduler = current()
    assert scheduler and scheduler.me
    process = scheduler.me.process
    return f"{'near' if process.is_near else 'far'}/{process.name}"


def owner_is_dead(owner: str) -> bool:
    scheduler = current()
    where, _, name = owner.partition("/")
    found = scheduler.processes.get(name) if scheduler else None
    return where == "near" and found is not None and (found.is_dead or found.has_ended)


def put_in_place() -> None:
    """Before the runner is imported, which keeps names of these functions; and once all is, for dates."""
    import migrate.ledger.step_claim

    migrate.ledger.step_claim.new_owner = new_owner
    migrate.ledger.step_claim.owner_is_dead = owner_is_dead
    import tests.sim.migration  # noqa: F401

    for name, module in list(sys.modules.items()):
        if name.startswith("migrate.") and getattr(module, "datetime", None) is datetime:
            module.datetime = SimulatedDatetime  # type: ignore[attr-defined]
