"""A runner that slept past its lease undoes nothing of what the one that took its step over has made."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from migrate.errors import LeaseLost
from migrate.execute.actions.dispatch import perform
from migrate.execute.job import Job
from migrate.ledger.ledger import Ledger
from migrate.model import Kind, Mark, Role, SecurityGroupRule
from migrate.model.steps import Action, SetRules, Step
from tests.cli.time_passed import leases_expire
from tests.execute.rig import Rig


def job(rig: Rig, ledger: Ledger, step: Step) -> Job:
    """A step in the hands of a runner on another machine: only its lease tells whether it lives."""
    claim = ledger.claim(step.id, "another/machine", 60, digest=step.digest)
    assert claim
    return Job(rig.context(ledger), step, claim)


def taken_over(rig: Rig, stale: Job) -> Job:
    """The step in the hands of a second runner, after the lease of the first, whose heartbeat learns of it."""
    leases_expire(rig.root)
    ours = job(rig, rig.ledger(), stale.step)
    assert stale.claim
    stale.claim.beat()
    return ours


def test_what_another_runner_makes_while_we_look_is_not_forgotten(tmp_path: Path) -> None:
    """Our list is older than its record, which said nothing yet of the resource that is now in the ledger."""
    rig = Rig.one_server(tmp_path)
    ours = job(rig, rig.ledger(), next(step for step in rig.plan.steps if step.do == "image.restore"))
    mark, made = ours.mark(Role.MOVED, "s"), list[str]()

    def find() -> list[str]:
        make(taken_over(rig, ours), mark, list, lambda: "theirs")
        return []

    def create() -> str:
        made.append("ours")
        return "ours"

    with pytest.raises(LeaseLost):
        make(ours, mark, find, create)
    assert made == [] and ours.known("target", Kind.IMAGE, Role.MOVED, "s") == {"theirs"}


def make(job: Job, mark: Mark, find: Callable[[], list[str]], create: Callable[[], str]) -> str:
    return job.make("target", Kind.IMAGE, mark, source_id="s", find=find, create=create)


def test_rules_are_set_one_by_one_and_only_while_the_step_is_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = Rig.make(tmp_path)
    ledger = rig.ledger()
    for step in rig.plan.steps:
        if step.do == "security-group.make":
            perform(job(rig, ledger, step))
    ours = job(rig, ledger, next(step for step in rig.plan.steps if adds_several(step.action)))
    network: Any = type(rig.cloud("target").network)
    add, added = network._add_rule, list[SecurityGroupRule]()

    def overtaken(self: Any, group_id: str, rule: SecurityGroupRule) -> None:
        add(self, group_id, rule)
        added.append(rule)
        taken_over(rig, ours)

    monkeypatch.setattr(network, "_add_rule", overtaken)
    with pytest.raises(LeaseLost):
        perform(ours)
    assert len(added) == 1


def adds_several(action: Action) -> bool:
    """Whether it sets two rules and more of a group of the customer's own, without addresses."""
    if not isinstance(action, SetRules) or action.want.name == "default" or action.addresses:
        return False
    return len(action.want.rules) > 1
