"""Repeats completed container copies after a new scan: the source may have changed without a change in the plan.

A container's step stays the same as long as count, bytes and headers do. So the ledger records the scan under which
each was last done; after another scan it is compared again, at the price of listings, and differences are sent. Only
while the source exists: without it, copies stay as they are.
"""

from collections.abc import Iterable, Mapping

from migrate.errors import ConfigError
from migrate.execute.job import Job
from migrate.ledger.ledger import Ledger
from migrate.ledger.ledger_records import State, StepState
from migrate.messages import codes
from migrate.model import name_id
from migrate.model.steps import CopyContainer, LastPass, Plan, Step
from migrate.nearest_names import nearest
from migrate.plan.schedule_problems import item_of
from migrate.policy.selectors import fits

_NOTE = "listed:"


def note_scan(job: Job) -> None:
    """Records that the step was done under this plan's scan.

    Called just before the step ends: after a kill in between, it is repeated anyway.
    """
    if job.claim is not None:
        job.ctx.ledger.set_note(_key(job.step), _scan(job.ctx.plan))


def outdated(
    steps: Iterable[Step], plan: Plan, states: Mapping[str, StepState], ledger: Ledger, *, known: bool = False
) -> set[str]:
    """Ids of completed container copies that were not compared with the source since its last scan.

    `known`: only those with a record; an earlier version left none.
    """
    notes = ledger.notes(_NOTE)
    return {
        step.id
        for step in steps
        if _is_container(step)
        and step.id in states
        and states[step.id].state is State.DONE
        and notes.get(_key(step), _scan(plan) if known else "") != _scan(plan)
    }


def stands(step: Step, row: StepState | None) -> bool:
    """Whether the step is a container copied before: its copy stays if the source is gone."""
    return _is_container(step) and row is not None and row.done_digest is not None


def asked_for(plan: Plan, selectors: Iterable[str]) -> set[str]:
    """Ids of the steps selected by `--again`, and of the containers they depend on.

    Raises ConfigError: DCP-711 for a step of another kind, DCP-209 if none matches.
    """
    by_id = {step.id: step for step in plan.steps}
    found: set[str] = set()
    for selector in selectors:
        named = [step for step in plan.steps if selector == step.id or _is_meant(selector, step)]
        if not named:
            raise unknown_step(plan, selector)
        if not all(map(_is_container, named)):
            raise ConfigError(codes.AGAIN_UNSUPPORTED, what=selector)
        found |= {step.id for step in named}
    pending = list(found)
    while pending:
        for need in by_id[pending.pop()].needs:
            if need not in found and _is_container(by_id[need]):
                found.add(need)
                pending.append(need)
    return found


def set_again(plan: Plan, selectors: Iterable[str]) -> set[str]:
    """Ids of the steps selected by `--set-again`, among those that keep changes made at the target.

    Raises ConfigError: DCP-711 for items without such a step, DCP-209 if none matches.
    """
    found: set[str] = set()
    for selector in selectors:
        named = [step for step in plan.steps if selector == item_of(step) or fits(selector, item_of(step), step.name)]
        if not named:
            raise unknown_step(plan, selector)
        setting = {step.id for step in named if step.action.keeps_changes}
        if not setting:
            raise ConfigError(codes.AGAIN_UNSUPPORTED, what=selector)
        found |= setting
    return found


def unknown_step(plan: Plan, said: str) -> ConfigError:
    """The error for what names no step and no item of the plan, with the nearest ones: DCP-209."""
    named = (f"{item_of(step).partition(':')[0]}:{step.name}" for step in plan.steps)
    alike = nearest(said, [*named, *(step.id for step in plan.steps)])
    return ConfigError(codes.STEP_UNKNOWN, step=said, nearest=alike)


def _is_meant(selector: str, step: Step) -> bool:
    """A last pass belongs to its wave's cut-over: only its id means it."""
    return not isinstance(step.action, LastPass) and fits(selector, step.id, step.name)


def _is_container(step: Step) -> bool:
    return isinstance(step.action, CopyContainer)


def _scan(plan: Plan) -> str:
    return plan.inputs.get("source", "")


def _key(step: Step) -> str:
    return _NOTE + name_id(step.id)
