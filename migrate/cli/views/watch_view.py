"""One refresh of `decamp watch`: a record for JSON and for the screen (docs/formats/watch.md). Pure."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from migrate.cli.next_step import Next
from migrate.cli.overview import Overview
from migrate.forecast.work_classes import class_of
from migrate.ledger.ledger_records import State, StepState, rows_of
from migrate.model import Record
from migrate.model.steps import Step
from migrate.plan.schedule_problems import item_of, moment
from migrate.plan.wave_stages import stage_of
from migrate.plan.wave_state import Stage, known_waves, wave_states
from migrate.plan.waves import Wave
from migrate.report.summary import Inputs, Summary, wave_facts
from migrate.units import iso


class Phase(StrEnum):
    """Where the migration is. `IDLE`: steps are left and no live runner holds one."""

    UNPLANNED = "unplanned"
    NOT_BEGUN = "not-begun"
    RUNNING = "running"
    IDLE = "idle"
    DONE = "done"
    ERROR = "error"


class Share(Record, frozen=True, kw_only=True):
    """Finished work: whole steps and their bytes. A step that is under way counts once it is done."""

    steps: int
    steps_done: int
    size_bytes: int
    done_bytes: int

    @property
    def part(self) -> float:
        """From 0 to 1: of the bytes, or of the steps where no bytes move."""
        done, whole = (self.done_bytes, self.size_bytes) if self.size_bytes else (self.steps_done, self.steps)
        return done / whole if whole else 1.0


class WatchedWave(Record, frozen=True, kw_only=True):
    """One wave. `stage`: what is left next of its cut-over, only while its servers are down.

    `down_s`: since its first server was stopped; None unless it is down. `budget_s`: the longest acceptable downtime of
    its servers. `held`: when it was paused or postponed. `p50_s`, `p90_s`: its predicted downtime, None if unknown.
    """

    name: str
    servers: tuple[str, ...]
    state: Stage
    share: Share
    stage: str = ""
    down_s: float | None = None
    budget_s: int | None = None
    held: str = ""
    p50_s: float | None = None
    p90_s: float | None = None


class RunningStep(Record, frozen=True, kw_only=True):
    """A step that a runner has claimed. `work`: the class of its work; `share`: of all steps of its item.

    `attempt`: counts from 1. `silent_s`: since its runner was last heard of. `is_held`: False once its lease has
    expired or its process has ended: then the next run takes it over.
    """

    step_id: str
    name: str
    work: str
    size_bytes: int
    share: Share
    attempt: int
    silent_s: float
    is_held: bool


class Reason(Record, frozen=True, kw_only=True):
    """Why steps do not go on: failed ones with their error, and ones that wait. `names`: of their items.

    `at`: when the last of them said so.
    """

    state: State
    code: str | None
    facts: dict[str, str]
    names: tuple[str, ...]
    steps: int
    at: str


class Dates(Record, frozen=True, kw_only=True):
    """The forecast in short; times are RFC 3339, rates bytes per second."""

    verdict: str
    calibrated: bool
    must_end: str | None
    evacuated_p50: str | None
    evacuated_p90: str | None
    finish_p50: str | None
    finish_p90: str | None
    observed_rate: float | None
    required_rate: float | None
    stalled_since: str | None


class NextCommand(Record, frozen=True, kw_only=True):
    """What a person must do next: a command without `decamp`, and the key of the phrase that explains it."""

    command: str
    why: str


class Problem(Record, frozen=True, kw_only=True):
    """What keeps the workspace from being read at the moment."""

    code: str
    text: str


class WatchView(Record, frozen=True, kw_only=True):
    """One refresh. `last_sign`: when a step last changed; empty before the first. `next`: None if nobody has to act."""

    as_of: str
    phase: Phase
    next: NextCommand | None = None
    migration: str = ""
    source: str = ""
    target: str = ""
    deadline: str | None = None
    share: Share | None = None
    counts: dict[str, int] = {}
    forecast: Dates | None = None
    waves: tuple[WatchedWave, ...] = ()
    rest: Share | None = None
    running: tuple[RunningStep, ...] = ()
    errors: tuple[Reason, ...] = ()
    waits: tuple[Reason, ...] = ()
    last_sign: str = ""
    differences: int | None = None
    error: Problem | None = None
    format: str = "decamp-watch"
    version: int = 1


def unplanned(following: Next, now: datetime) -> WatchView:
    """The view of a workspace without a plan that fits."""
    return WatchView(as_of=iso(now), phase=Phase.UNPLANNED, next=_command(following))


def failed(code: str, text: str, now: datetime) -> WatchView:
    """The view of a workspace that cannot be read at the moment."""
    return WatchView(as_of=iso(now), phase=Phase.ERROR, error=Problem(code=code, text=text))


def _command(following: Next) -> NextCommand:
    return NextCommand(command=following.command, why=following.why)


def draw(found: Overview, now: datetime) -> WatchView:
    """The view of a workspace whose plan fits."""
    inputs, summary = found.inputs, found.summary
    rows = rows_of(inputs.plan.steps, inputs.states)
    waves = tuple(_waves(found, rows, now))
    in_waves = {step_id for wave in known_waves(inputs.plan, wave_facts(inputs)) for step_id in _steps_of(wave)}
    decision = found.next_decision
    return WatchView(
        as_of=iso(now),
        phase=_phase(summary, rows.values(), found.held),
        next=_command(decision) if decision else None,
        migration=summary.migration,
        source=summary.source.cloud,
        target=summary.target.cloud,
        deadline=summary.deadline,
        share=_share(inputs.plan.steps, rows),
        counts=summary.counts,
        forecast=_dates(found),
        waves=waves,
        rest=_share([step for step in inputs.plan.steps if step.id not in in_waves], rows) if waves else None,
        running=tuple(_running(inputs, rows, found.held, now)),
        errors=_reasons(inputs, rows, {State.FAILED}),
        waits=_reasons(inputs, rows, {State.WAITING, State.BLOCKED}),
        last_sign=max((row.updated_at for row in rows.values() if row.attempts), default=""),
        differences=summary.differences,
    )


def _phase(summary: Summary, rows: Iterable[StepState], held: Collection[str]) -> Phase:
    if held:
        return Phase.RUNNING
    if summary.is_done:
        return Phase.DONE
    return Phase.IDLE if any(row.attempts for row in rows) else Phase.NOT_BEGUN


def _share(steps: Sequence[Step], rows: Mapping[str, StepState]) -> Share:
    done = [step for step in steps if step.id in rows and rows[step.id].state is State.DONE]
    return Share(
        steps=len(steps),
        steps_done=len(done),
        size_bytes=sum(step.content_bytes for step in steps),
        done_bytes=sum(step.content_bytes for step in done),
    )


def _steps_of(wave: Wave) -> set[str]:
    return {*wave.passes, *wave.stops, *wave.way}


def _waves(found: Overview, rows: Mapping[str, StepState], now: datetime) -> Iterator[WatchedWave]:
    plan, facts = found.inputs.plan, wave_facts(found.inputs)
    steps = {step.id: step for step in plan.steps}

    def is_done(step_id: str) -> bool:
        return step_id in rows and rows[step_id].state is State.DONE

    down = {one.server_id: one for one in found.summary.down}
    foretold = {one.server_id: one for one in found.forecast.downtimes} if found.forecast else {}
    for wave, state in zip(known_waves(plan, facts), wave_states(plan, facts), strict=True):
        mine = _steps_of(wave)
        off = [down[one.server_id] for one in wave.servers if one.server_id in down]
        ahead = [foretold[one.server_id] for one in wave.servers if one.server_id in foretold]
        yield WatchedWave(
            name=wave.name,
            servers=tuple(one.name for one in wave.servers),
            state=state.stage,
            share=_share([step for step in plan.steps if step.id in mine], rows),
            stage=stage_of(wave, steps, is_done).value if state.stage is Stage.DOWN else "",
            down_s=max((now - moment(one.since)).total_seconds() for one in off) if off else None,
            budget_s=min((one.budget_s for one in off if one.budget_s is not None), default=None),
            held=min((one.held for one in off if one.held), default=""),
            p50_s=_longest([one.p50_s for one in ahead]),
            p90_s=_longest([one.p90_s for one in ahead]),
        )


def _longest(spans: Sequence[float | None]) -> float | None:
    known = [one for one in spans if one is not None]
    return max(known) if known and len(known) == len(spans) else None


def _running(
    inputs: Inputs, rows: Mapping[str, StepState], held: Collection[str], now: datetime
) -> Iterator[RunningStep]:
    by_item: dict[str, list[Step]] = {}
    for step in inputs.plan.steps:
        by_item.setdefault(item_of(step), []).append(step)
    for step in inputs.plan.steps:
        row = rows.get(step.id)
        if row is None or row.state is not State.RUNNING:
            continue
        yield RunningStep(
            step_id=step.id,
            name=step.name,
            work=class_of(step),
            size_bytes=step.content_bytes,
            share=_share(by_item[item_of(step)], rows),
            attempt=row.attempts,
            silent_s=max(0.0, (now - moment(row.updated_at)).total_seconds()) if row.updated_at else 0.0,
            is_held=step.id in held,
        )


def _reasons(inputs: Inputs, rows: Mapping[str, StepState], states: Collection[State]) -> tuple[Reason, ...]:
    """One for each distinct reason, the latest first."""
    found: dict[tuple[State, str | None, tuple[tuple[str, str], ...]], list[tuple[str, StepState]]] = {}
    for step in inputs.plan.steps:
        row = rows.get(step.id)
        if row is not None and row.state in states:
            key = row.state, row.code, tuple(sorted(row.facts.items()))
            found.setdefault(key, []).append((step.name, row))
    reasons = [
        Reason(
            state=state,
            code=code,
            facts=dict(facts),
            names=tuple(sorted({name for name, _ in those})),
            steps=len(those),
            at=max(row.updated_at for _, row in those),
        )
        for (state, code, facts), those in found.items()
    ]
    # Steps that wait for a cause come before those that are only blocked by them.
    latest = sorted(reasons, key=lambda one: one.at, reverse=True)
    return tuple(sorted(latest, key=lambda one: one.state is State.BLOCKED))


def _dates(found: Overview) -> Dates | None:
    if found.forecast is None:
        return None
    values = {name: getattr(found.forecast, name) for name in Dates.__struct_fields__}
    return Dates(**values)
