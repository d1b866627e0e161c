"""The example migrations of `plans/`, each with its reports, for the golden files and for the browser."""

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from typing import NamedTuple

from msgspec.structs import replace

from migrate.documents import digest, seal_of
from migrate.findings.finding import blocking, undecided
from migrate.forecast import simulate
from migrate.forecast.forecast_records import Forecast
from migrate.forecast.make_forecast import Inputs as ForecastInputs
from migrate.forecast.make_forecast import make_forecast
from migrate.inventory.inventory_file import read_inventory
from migrate.ledger.ledger_records import JournalLine, State, StepState
from migrate.messages import codes
from migrate.model import Inventory
from migrate.model.steps import Plan, Step
from migrate.plan.build_plan import build_plan
from migrate.plan.readiness.check_all import check
from migrate.policy.policy_records import Policy
from migrate.policy.reader import parse_policy
from migrate.report.summary import Inputs, Summary, summarise
from migrate.report.totals_and_steps import Story, tell
from tests.plan.large import large
from tests.plan.make_golden import GOLDEN as INVENTORIES
from tests.plan.make_golden import PLANS
from tests.plan.tenants import policy, target

EXAMPLES = sorted(path.stem for path in PLANS.glob("*.yaml"))
MADE_AT = "2020-01-06T08:30:00Z"
_FIRST, _BEGAN = datetime(2020, 1, 4, 8, 12, tzinfo=UTC), datetime(2020, 1, 5, 21, 0, tzinfo=UTC)
# What the journals below move in a second.
_RATE = 4e6


class Planned(NamedTuple):
    policy: Policy
    plan: Plan
    inputs: Inputs
    open_blocks: int
    open_losses: int


@cache
def example(name: str) -> Planned:
    """An example of `plans/`, planned and checked; nobody changes it."""
    said = parse_policy((PLANS / f"{name}.yaml").read_text())
    source, there = (read_inventory(INVENTORIES / f"{name}.{side}.json") for side in ("source", "target"))
    return planned(said, source, there)


def tenant(servers: int) -> Planned:
    """A made tenant of so many servers."""
    return planned(policy(deadline="2020-02-01T00:00:00+01:00"), large(servers), target())


def planned(said: Policy, source: Inventory, there: Inventory) -> Planned:
    plan, findings = build_plan(source, there, said), tuple(check(source, there, said))
    inputs = Inputs(
        plan=plan, findings=findings, plan_seal=seal_of(plan), deadline=said.deadline, source=source, target=there
    )
    return Planned(said, plan, inputs, len(blocking(findings, said)), len(undecided(findings, said)))


def without_forecast(case: Planned) -> tuple[Summary, Story]:
    """Planned, and nothing more."""
    return _told(case, None)


def foretold(case: Planned) -> tuple[Summary, Story]:
    """Before anything is done."""
    return _told(case, _forecast(case, _FIRST, None))


def half_way(case: Planned) -> tuple[Summary, Story]:
    """When half of the steps are done and one has failed: with a journal, and the forecast that was made before it."""
    done = case.plan.steps[: len(case.plan.steps) // 2]
    lines = tuple(_lines(done))
    states = {step.id: StepState(step_id=step.id, digest=step.digest, state=State.DONE) for step in done}
    failed = case.plan.steps[len(done)]
    states[failed.id] = StepState(
        step_id=failed.id,
        digest=failed.digest,
        state=State.FAILED,
        code=codes.QUOTA_EXCEEDED,
        facts={"resource": "cores"},
    )
    now = case._replace(inputs=replace(case.inputs, states=states, journal=lines))
    as_of = datetime.fromtimestamp(lines[-1].ended_at + 360, UTC).replace(microsecond=0)
    return _told(now, _forecast(now, as_of, _forecast(case, _FIRST, None)))


def _lines(done: Iterable[Step]) -> Iterable[JournalLine]:
    at = _BEGAN.timestamp()
    for step in done:
        size = step.content_bytes
        ends = at + 2.5 + size / _RATE
        yield JournalLine(step_id=step.id, stage=step.do, size_bytes=size, started_at=at, ended_at=ends)
        at = ends


_forecasts: dict[tuple[str, str, str, int], Forecast] = {}


def _forecast(case: Planned, as_of: datetime, earlier: Forecast | None) -> Forecast:
    """Made once of each plan and moment, as it costs most and nobody changes it."""
    known = case.inputs.plan_seal, as_of.isoformat(), digest(case.policy), simulate.RUNS
    if known not in _forecasts:
        _forecasts[known] = _made(case, as_of, earlier)
    return _forecasts[known]


def _made(case: Planned, as_of: datetime, earlier: Forecast | None) -> Forecast:
    return make_forecast(
        ForecastInputs(
            plan=case.plan,
            plan_seal=case.inputs.plan_seal,
            policy=case.policy,
            as_of=as_of,
            states=case.inputs.states,
            journal=case.inputs.journal,
            earlier=earlier,
        )
    )


def _told(case: Planned, forecast: Forecast | None) -> tuple[Summary, Story]:
    inputs, summary = case.inputs, summarise(case.inputs)
    return summary, tell(inputs, summary, forecast=forecast, open_blocks=case.open_blocks, open_losses=case.open_losses)
