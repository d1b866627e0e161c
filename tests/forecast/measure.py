"""Measures the forecast of a tenant with over 10,000 steps: `python -m tests.forecast.measure`.

The bar: 10 s for all of it on one core, its document included; before anything is done, and half-way.
"""

import sys
import time
from datetime import UTC, datetime, timedelta

from migrate.documents import seal_of, sealed_bytes
from migrate.forecast.make_forecast import Inputs, make_forecast
from migrate.ledger.ledger_records import JournalLine, State, StepState
from migrate.model.steps import Plan
from migrate.plan.build_plan import build_plan
from migrate.policy.policy_records import Limits
from tests.plan.large import large
from tests.plan.tenants import policy, target

BAR_S = 10.0
NOW = datetime(2020, 1, 1, tzinfo=UTC)


def main() -> int:
    said = policy(deadline="2020-06-01T00:00:00Z", limits=Limits(windows=("daily 20:00-06:00 Europe/Paris",)))
    plan = build_plan(large(), target(), said)
    seal = seal_of(plan)
    slowest = 0.0
    for told, done in (("before anything is done", 0), ("half-way", len(plan.steps) // 2)):
        states, journal, end = _done(plan, done)
        started = time.perf_counter()
        forecast = make_forecast(Inputs(plan, seal, said, end, states, journal))
        size = len(sealed_bytes(forecast))
        took = time.perf_counter() - started
        slowest = max(slowest, took)
        print(f"{told}: {forecast.steps_left} steps left, {forecast.runs} runs, {took:.1f} s, {size / 1e6:.1f} MB")
    return int(slowest > BAR_S)


def _done(plan: Plan, count: int) -> tuple[dict[str, StepState], list[JournalLine], datetime]:
    """The first steps by rank as done, one after the other, at 100 MiB/s and 5 s each."""
    states, journal, at = {}, [], NOW.timestamp()
    for step in plan.steps[:count]:
        took = 5 + step.size_bytes / (100 << 20)
        journal.append(
            JournalLine(step_id=step.id, stage=step.do, size_bytes=step.size_bytes, started_at=at, ended_at=at + took)
        )
        states[step.id] = StepState(step_id=step.id, digest=step.digest, state=State.DONE, attempts=1)
        at += took
    return states, journal, NOW + timedelta(seconds=at - NOW.timestamp())


if __name__ == "__main__":
    sys.exit(main())
