"""Done steps that are looked at again: the source may have changed where no plan shows it.

A container's step is the same as long as count, bytes and headers are. So the ledger keeps under which scan of the
source each was last done; under another one it is compared again, at the price of listings, and what differs is sent.
Only while the source is there: what was copied before it went stands.
"""

from collections.abc import Iterable, Mapping

from migrate.errors import ConfigError
from migrate.execute.job import Job
from migrate.ledger.ledger import Ledger
from migrate.ledger.ledger_records import State, StepState
from migrate.messages import codes
from migrate.model import name_id
from migrate.model.steps import CopyContainer, Plan, Step
from migrate.plan.schedule_problems import item_of
from migrate.policy.selectors import fits

_NOTE = "listed:"


def note_scan(job: Job) -> None:
    """Said when the step is as good as done: it was done under this plan's scan of the source.

    Before the step ends: killed in between it is not done, and will be done again anyway.
    """
    if job.claim is not None:
        job.ctx.ledger.set_note(_key(job.step), _scan(job.ctx.plan))


def outdated(
    steps: Iterable[Step], plan: Plan, states: Mapping[str, StepState], ledger: Ledger, *, known: bool = False
) -> set[str]:
    """Ids of done copies of containers, among the steps, that no run has compared with the source since its last scan.

    `known`: those alone of which the ledger says so; one of an earlier version says nothing.
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
    """A container that was copied before. Without the source what was copied stands, or this step alone fails."""
    return _is_container(step) and row is not None and row.done_digest is not None


def asked_for(plan: Plan, selectors: Iterable[str]) -> set[str]:
    """Ids of the steps that `--again` names, and of the containers that these need.

    Raises ConfigError: DCP-711 for a step of another kind, DCP-209 where there is none.
    """
    by_id = {step.id: step for step in plan.steps}
    found: set[str] = set()
    for selector in selectors:
        named = [step for step in plan.steps if selector == step.id or fits(selector, step.id, step.name)]
        if not named:
            raise ConfigError(codes.STEP_UNKNOWN, step=selector)
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
    """Ids of the steps of the items that `--set-again` names, of those that leave what is changed at the target.

    Raises ConfigError: DCP-711 for items that have no such step, DCP-209 where there is none.
    """
    found: set[str] = set()
    for selector in selectors:
        named = [step for step in plan.steps if selector == item_of(step) or fits(selector, item_of(step), step.name)]
        if not named:
            raise ConfigError(codes.STEP_UNKNOWN, step=selector)
        setting = {step.id for step in named if step.action.keeps_changes}
        if not setting:
            raise ConfigError(codes.AGAIN_UNSUPPORTED, what=selector)
        found |= setting
    return found


def _is_container(step: Step) -> bool:
    return isinstance(step.action, CopyContainer)


def _scan(plan: Plan) -> str:
    return plan.inputs.get("source", "")


def _key(step: Step) -> str:
    return _NOTE + name_id(step.id)
