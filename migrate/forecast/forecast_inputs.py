"""The facts for a forecast: dates, remaining work, measurements, and a thousand simulated runs."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from migrate.forecast.bottlenecks import demand_s
from migrate.forecast.forecast_records import Capacity, Forecast, Rate
from migrate.forecast.left_to_write import left_to_write
from migrate.forecast.observed_progress import Progress, began_at, progress_of
from migrate.forecast.simulate import Opens, Runs, Shape, Stay, Watched, shape_of, simulate
from migrate.forecast.work_calendar import Calendar, Congestion
from migrate.forecast.work_classes import Learned, class_of, learn, samples_of, shared_sd, whole_lines
from migrate.forecast.work_left import Due, Work, capacities_of, crowds_of, work_left
from migrate.ledger.ledger_records import (
    Approval,
    Effect,
    JournalLine,
    Preloaded,
    State,
    StepState,
    TakenPass,
    rows_of,
)
from migrate.model.steps import Plan, Step
from migrate.plan.schedule_problems import Items, guard_s, item_of, meant, moment, planned_items
from migrate.plan.waves import Down, Waves, waves_of
from migrate.policy.policy_records import Policy
from migrate.policy.windows import Windows, parse_windows


class Inputs(NamedTuple):
    """All inputs of a forecast. `earlier`: the migration's last one, with its safety margin and history.

    `open_blocks`: findings to be decided before a run can begin. `down_since`: maps stops to the start of the downtime.
    `preloaded`, `taken_passes`: by disk.
    """

    plan: Plan
    plan_seal: str
    policy: Policy
    as_of: datetime
    states: Mapping[str, StepState] = {}
    journal: Sequence[JournalLine] = ()
    approvals: Sequence[Approval] = ()
    effects: Sequence[Effect] = ()
    earlier: Forecast | None = None
    open_blocks: int = 0
    down_since: Mapping[str, str] = {}
    preloaded: Mapping[str, Preloaded] = {}
    taken_passes: Mapping[str, Sequence[TakenPass]] = {}

    def state(self, step: Step) -> State:
        """The step's state; use it after `draw_picture` has removed rows that do not belong to this plan."""
        row = self.states.get(step.id)
        return row.state if row else State.PENDING


class Dates(NamedTuple):
    """All dates. `own`: maps selectors to the step ids of their items; `dues`: maps step ids to their own date.

    An item is in place once its own steps are done; their dependencies are due by then too.
    """

    first: datetime
    deadline: datetime | None
    guard_s: int
    must_end: datetime | None
    own: dict[str, list[str]]
    dues: dict[str, datetime]


class Stopped(NamedTuple):
    """A server that is down or will be: its wave's remaining steps, and the span of its downtime."""

    server: Down
    wave: str
    way: tuple[int, ...]
    stay: Stay


class Picture(NamedTuple):
    """The whole picture. `work`: remaining steps in rank order; `reading`: indices of steps that read the source;
    `stopped`: in rank order.
    """

    inputs: Inputs
    as_of: datetime
    dates: Dates
    windows: Windows
    calendar: Calendar
    progress: Progress
    learned: dict[str, Learned]
    shared_sd: Rate
    capacities: tuple[Capacity, ...]
    work: list[Work]
    reading: list[int]
    shape: Shape
    stopped: list[Stopped]
    runs: Runs


def first_as_of(earlier: Forecast | None, migration: str, as_of: datetime) -> datetime:
    """When the migration's first forecast was made: the safety margin is a share of the time left then."""
    if earlier is None or earlier.migration != migration or not earlier.first_as_of:
        return as_of
    return min(moment(earlier.first_as_of), as_of)


def draw_picture(inputs: Inputs) -> Picture:
    """The picture at `as_of`, determined only by the inputs."""
    as_of = inputs.as_of.astimezone(UTC).replace(microsecond=0)
    items, said = planned_items(inputs.plan), inputs.policy.schedule.tiers
    dates = _dates(inputs, as_of, items)
    windows = parse_windows(inputs.policy.limits.windows)
    whole = whole_lines(inputs.journal, inputs.states)
    began = began_at(inputs.states, inputs.effects)
    # Earlier attempts count for a step's line, even if the plan has changed since.
    inputs = inputs._replace(states=rows_of(inputs.plan.steps, inputs.states))
    progress = progress_of(inputs.plan, inputs.journal, whole)._replace(began=began)
    learned = _learned(inputs.plan, whole)
    sd = shared_sd(learned)
    capacities = capacities_of(inputs.policy, progress.links)
    left = [step for step in inputs.plan.steps if inputs.state(step) is not State.DONE]
    left.sort(key=lambda step: step.rank)
    tiers = {item: said[selector] for selector, several in meant(said, items).items() for item in several}
    waves = waves_of(inputs.plan.steps, inputs.plan.waves)
    crowds = crowds_of(waves, {step.id: step for step in inputs.plan.steps}, inputs.policy.limits)
    due = Due(tiers, dates.dues, dates.must_end)
    ahead = left_to_write(left, inputs.preloaded, inputs.taken_passes)
    work = work_left(left, learned, capacities, inputs.policy.limits, due, crowds, ahead)
    reading = [index for index, one in enumerate(work) if one.step.reads_source]
    calendar = Calendar(as_of, windows, Congestion.before(dates.deadline, dates.first, as_of))
    shape = shape_of(work, inputs.policy.limits, waves, _down(waves, inputs.states), _openings(waves, calendar))
    stopped = list(_stopped(work, waves))
    links = [capacity for capacity in capacities if capacity.unit == "bytes/s"]
    runs = simulate(
        work,
        shape,
        learned,
        Watched(reading, _groups(work, dates.own), [one.stay for one in stopped]),
        seed=inputs.plan_seal,
        shared_sd=sd.value,
        floor_s=max((demand_s([work[i] for i in reading], link) for link in links), default=0.0),
    )
    return Picture(
        inputs,
        as_of,
        dates,
        windows,
        calendar,
        progress,
        learned,
        sd,
        capacities,
        work,
        reading,
        shape,
        stopped,
        runs,
    )


def _openings(waves: Waves, calendar: Calendar) -> dict[int, Opens]:
    """When the steps of each wave with its own windows may start. Answers are cached per minute."""

    def opens(windows: Windows) -> Opens:
        known: dict[int, float] = {}

        def at_or_after(work: float) -> float:
            minute = int(work // 60)
            at = known.get(minute)
            if at is None:
                at = known[minute] = calendar.work_when_open(windows, work)
            return max(work, at) if at > work else calendar.work_when_open(windows, work)

        return at_or_after

    return {index: opens(parse_windows(wave.windows)) for index, wave in enumerate(waves.all) if wave.windows}


def _down(waves: Waves, states: Mapping[str, StepState]) -> frozenset[int]:
    """Waves that are down now; one that is up again has no steps left."""
    stopped = {step_id for step_id, row in states.items() if row.state in {State.RUNNING, State.DONE}}
    return frozenset(index for index, wave in enumerate(waves.all) if not stopped.isdisjoint(wave.stops))


def _stopped(work: Sequence[Work], waves: Waves) -> Iterator[Stopped]:
    """The servers that are or will be down, wave by wave."""
    index_of = {one.step.id: index for index, one in enumerate(work)}
    for wave in waves.all:
        way = tuple(index_of[step_id] for step_id in wave.cut_over if step_id in index_of)
        for server in wave.servers:
            ends = tuple(index_of[step_id] for step_id in server.up or wave.captures if step_id in index_of)
            if ends:
                yield Stopped(server, wave.name, way, Stay(index_of.get(server.stop), ends))


def _learned(plan: Plan, whole: Sequence[JournalLine]) -> dict[str, Learned]:
    samples = samples_of(plan, whole)
    return {
        work_class: learn(work_class, samples.get(work_class, ()))
        for work_class in sorted({class_of(step) for step in plan.steps})
    }


def _dates(inputs: Inputs, as_of: datetime, items: Items) -> Dates:
    plan, policy = inputs.plan, inputs.policy
    first = first_as_of(inputs.earlier, plan.migration, as_of)
    deadline = moment(policy.deadline) if policy.deadline else None
    guard = guard_s(policy, first)
    must_end = deadline - timedelta(seconds=guard) if deadline else None
    steps = {step.id: step for step in plan.steps}
    steps_of: dict[str, list[str]] = {}
    for step in plan.steps:
        steps_of.setdefault(item_of(step), []).append(step.id)
    own: dict[str, list[str]] = {}
    dues: dict[str, datetime] = {}
    for selector, several in meant(policy.schedule.deadlines, items).items():
        text = policy.schedule.deadlines[selector]
        own[selector] = [step_id for item in several for step_id in steps_of.get(item, ())]
        waiting, seen = list(own[selector]), set(own[selector])
        while waiting:
            step_id = waiting.pop()
            dues[step_id] = min(moment(text), dues.get(step_id, moment(text)))
            waiting += [need for need in steps[step_id].needs if need not in seen]
            seen.update(steps[step_id].needs)
    return Dates(first, deadline, guard, must_end, own, dues)


def _groups(work: Sequence[Work], own: Mapping[str, Sequence[str]]) -> dict[str, list[int]]:
    """The items that are not in place yet, as indices of their steps."""
    index_of = {one.step.id: index for index, one in enumerate(work)}
    groups = {selector: [index_of[i] for i in ids if i in index_of] for selector, ids in own.items()}
    return {selector: indices for selector, indices in groups.items() if indices}
