"""Further content of the report: totals, groups, manual work, history.

Pure and derived: every number is a count, a sum or a copy from plan, ledger, findings and forecast.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from migrate.findings.finding import Finding
from migrate.forecast.forecast_records import Estimate, Forecast, Slot
from migrate.ledger.ledger_records import JournalLine, State, StepState, rows_of
from migrate.messages import codes
from migrate.model import Kind, Record
from migrate.model.steps import Plan
from migrate.policy.selectors import item
from migrate.report.summary import Inputs, Summary


class When(StrEnum):
    """When manual work is due: now, while the source exists, at the cut-over, or after everything is done."""

    NOW = "now"
    BEFORE = "before"
    CUT_OVER = "cut-over"
    AFTER = "after"


class KindTotal(Record, frozen=True, kw_only=True):
    """Totals for one kind. `size_bytes`: the maximum to read at the source."""

    kind: Kind
    moved: int = 0
    done: int = 0
    left_out: int = 0
    size_bytes: int = 0
    objects: int = 0


class Group(Record, frozen=True, kw_only=True):
    """All findings of one code: `rows` are their indices in the report's list `of`."""

    of: str
    code: str
    count: int
    rows: tuple[int, ...]
    when: When | None = None


class StepRow(Record, frozen=True, kw_only=True):
    """A step with its state and its forecast (times in seconds; `start_s` relative to the forecast's time)."""

    id: str
    name: str
    do: str
    state: State
    needs: int
    gate: str | None
    size_bytes: int
    p50_s: float | None = None
    p90_s: float | None = None
    origin: str | None = None
    start_s: float | None = None
    end_s: float | None = None


class Left(Record, frozen=True, kw_only=True):
    """The plan's remaining bytes at a time, in seconds since 1970."""

    at: float
    left_bytes: int


class Story(Record, frozen=True, kw_only=True):
    """The content of the report apart from the summary.

    `found`: findings by list. `read_bytes`: the maximum to read at the source. `moved_bytes`, `moved_objects`: exact,
    from the journal. `open_*`: findings without a decision.
    """

    kinds: tuple[KindTotal, ...]
    groups: tuple[Group, ...]
    steps: tuple[StepRow, ...]
    burn: tuple[Left, ...]
    found: dict[str, int]
    steps_total: int
    steps_done: int
    read_bytes: int
    moved_count: int
    moved_bytes: int
    moved_objects: int
    open_blocks: int = 0
    open_losses: int = 0
    forecast: Forecast | None = None
    forecast_fits: bool = False

    def groups_of(self, of: str | None = None, when: When | None = None) -> list[tuple[int, Group]]:
        """Groups with their indices: the findings of one list, or manual work due at one time."""
        return [(i, one) for i, one in enumerate(self.groups) if one.when is when and of in (None, one.of)]


# Manual work once a server runs at the target, or its address has changed.
_AT_CUT_OVER = frozenset(
    {
        codes.MAC_CHANGES,
        codes.PORT_ORDER_UNCERTAIN,
        codes.RULE_NAMES_CHANGED_ADDRESS,
        codes.DEVICE_NAMES_CHANGE,
        codes.INTERFACE_NAMES_CHANGE,
        codes.MTU_CHANGES,
        codes.FIRST_BOOT_AGAIN,
        codes.LICENCE_BOUND,
        codes.VIRTUAL_ADDRESSES,
    }
)
_LISTS = ("blocks", "losses", "changes", "advice")
_CHANGES_BY_HAND = (codes.MAC_CHANGES, codes.RULE_NAMES_CHANGED_ADDRESS)


def tell(
    inputs: Inputs, summary: Summary, *, forecast: Forecast | None = None, open_blocks: int = 0, open_losses: int = 0
) -> Story:
    """The story, determined only by its inputs."""
    plan, lines = inputs.plan, inputs.journal
    states = rows_of(plan.steps, inputs.states)
    kinds = kind_totals(plan, summary)
    return Story(
        kinds=kinds,
        groups=groups_of(summary),
        steps=_steps(plan, states, forecast),
        burn=_burn(plan, states, lines),
        found={name: len(getattr(summary, name)) for name in _LISTS},
        steps_total=len(plan.steps),
        steps_done=summary.counts.get(State.DONE.value, 0),
        read_bytes=sum(total.size_bytes for total in kinds),
        moved_count=len(summary.moved),
        moved_bytes=sum(line.size_bytes for line in lines),
        moved_objects=sum(line.objects for line in lines),
        open_blocks=open_blocks,
        open_losses=open_losses,
        forecast=forecast,
        forecast_fits=forecast is not None and forecast.plan_seal == inputs.plan_seal,
    )


def kind_totals(plan: Plan, summary: Summary) -> tuple[KindTotal, ...]:
    """Totals for each kind that the plan moves, reads or leaves out, in the order of the kinds."""
    read = [(Kind(step.id.partition(":")[0]), step) for step in plan.steps if step.reads_content]
    totals = []
    for kind in Kind:
        moved = [row for row in summary.moved if row.kind is kind]
        total = KindTotal(
            kind=kind,
            moved=len(moved),
            done=sum(row.state is State.DONE for row in moved),
            left_out=sum(left.kind is kind for left in summary.left_out),
            size_bytes=sum(step.size_bytes for of, step in read if of is kind),
            objects=sum(row.objects for row in moved),
        )
        if total != KindTotal(kind=kind):
            totals.append(total)
    return tuple(totals)


def groups_of(summary: Summary) -> tuple[Group, ...]:
    """The findings of each list by code, followed by manual work, by due time."""
    return (*_finding_groups(summary), *_by_hand(summary))


def _finding_groups(summary: Summary) -> Iterable[Group]:
    """Findings by code, each level in its own list."""
    for name in _LISTS:
        yield from _grouped(name, list(enumerate(getattr(summary, name))), None)


def _by_hand(summary: Summary) -> Iterable[Group]:
    """Manual work by due time: some findings again, and facts from the plan."""
    out = {item(left.kind, left.id) for left in summary.left_out}
    losses = [(i, found) for i, found in enumerate(summary.losses) if found.item not in out]
    changes = [(i, found) for i, found in enumerate(summary.changes) if found.code in _CHANGES_BY_HAND]
    advice = list(enumerate(summary.advice))
    yield from _grouped("blocks", list(enumerate(summary.blocks)), When.NOW)
    lefts: dict[str, list[int]] = {}
    for index, left in enumerate(summary.left_out):
        lefts.setdefault(left.code, []).append(index)
    for code, rows in sorted(lefts.items()):
        yield Group(of="left_out", code=code, count=len(rows), rows=tuple(rows), when=When.BEFORE)
    yield from _grouped("losses", losses, When.BEFORE)
    yield from _grouped("advice", [(i, f) for i, f in advice if f.code not in _AT_CUT_OVER], When.BEFORE)
    moved = tuple(i for i, row in enumerate(summary.moved) if row.is_readdressed)
    if moved:
        yield Group(of="moved", code="", count=len(moved), rows=moved, when=When.CUT_OVER)
    yield from _grouped("changes", changes, When.CUT_OVER)
    yield from _grouped("advice", [(i, f) for i, f in advice if f.code in _AT_CUT_OVER], When.CUT_OVER)
    if summary.temporaries:
        count = len(summary.temporaries)
        yield Group(of="temporaries", code="", count=count, rows=tuple(range(count)), when=When.AFTER)


def _grouped(of: str, findings: list[tuple[int, Finding]], when: When | None) -> Iterable[Group]:
    by_code: dict[str, list[int]] = {}
    for index, found in findings:
        by_code.setdefault(found.code, []).append(index)
    for code, rows in sorted(by_code.items()):
        yield Group(of=of, code=code, count=len(rows), rows=tuple(rows), when=when)


def _steps(plan: Plan, states: Mapping[str, StepState], forecast: Forecast | None) -> tuple[StepRow, ...]:
    estimates: dict[str, Estimate] = {one.step_id: one for one in forecast.estimates} if forecast else {}
    slots: dict[str, Slot] = {one.step_id: one for one in forecast.slots} if forecast else {}
    rows = []
    for step in plan.steps:
        state, estimate, slot = states.get(step.id), estimates.get(step.id), slots.get(step.id)
        rows.append(
            StepRow(
                id=step.id,
                name=step.name,
                do=step.do,
                state=state.state if state else State.PENDING,
                needs=len(step.needs),
                gate=step.gate,
                size_bytes=step.content_bytes,
                p50_s=estimate.p50_s if estimate else None,
                p90_s=estimate.p90_s if estimate else None,
                origin=estimate.origin.value if estimate else None,
                start_s=slot.start_s if slot else None,
                end_s=slot.end_s if slot else None,
            )
        )
    return tuple(rows)


def _burn(plan: Plan, states: Mapping[str, StepState], journal: tuple[JournalLine, ...]) -> tuple[Left, ...]:
    """The plan's remaining bytes: at the start of the work, then after each completed step."""
    if not journal:
        return ()
    ended: dict[str, float] = {}
    for line in journal:
        ended[line.step_id] = max(ended.get(line.step_id, 0.0), line.ended_at)
    left = sum(step.content_bytes for step in plan.steps)
    points = [Left(at=min(line.started_at for line in journal), left_bytes=left)]
    sizes = {step.id: step.content_bytes for step in plan.steps}
    done = {i for i, row in states.items() if row.state is State.DONE and i in ended and sizes.get(i)}
    for step_id in sorted(done, key=lambda i: (ended[i], i)):
        left -= sizes[step_id]
        points.append(Left(at=ended[step_id], left_bytes=left))
    return tuple(points)
