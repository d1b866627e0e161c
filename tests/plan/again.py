"""Plans of a tenant that lives on, one after the other, until one leaves nothing to do: `python -m tests.plan.again`.

A plan is made, all or some of its steps are carried out in any order that their needs allow, the owner changes things,
and so three times; then plan and steps follow one another until all steps of a plan are done, as the ledger counts it.
"""

import argparse
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any

from msgspec.structs import replace

from migrate.findings.inputs import everything, open_case
from migrate.messages import codes
from migrate.model import Inventory, Kind
from migrate.model.steps import (
    CaptureImage,
    CaptureServer,
    CaptureSnapshot,
    CaptureVolume,
    Plan,
    RestoreImage,
    RestoreServerImage,
    RestoreSnapshotImage,
    RestoreVolume,
    StopServer,
)
from migrate.plan.build_plan import build_plan
from migrate.policy.policy_records import Passes, Policy
from migrate.policy.selectors import item
from tests.plan.living_tenant import LivingTenant
from tests.plan.step_effects import DEFAULT_GROUP, StepEffects, Target, untouched_target
from tests.plan.tenants import policy

CHANGES = 3
_SHOWN = 300
MOST_PLANS = 3
"""One more than any seed has needed, so that a plan that takes longer to settle is noticed."""
_MOVES_CONTENT = (
    *(StopServer, CaptureVolume, CaptureServer, CaptureImage, CaptureSnapshot),
    *(RestoreVolume, RestoreImage, RestoreServerImage, RestoreSnapshotImage),
)
"""What is made from the result of such a step is made again after it."""


@dataclass
class Course:
    """One seed. `done`: the digests of the steps that are done; `plans`: how many it took after the last change until
    nothing was left.
    """

    seed: int
    plans: int = 0
    done: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.rng = Random(self.seed)
        self.tenant, self.target = LivingTenant(self.rng), Target()
        self.policy = _policy(self.rng)
        self.effects = StepEffects(self.tenant, self.target)

    def run(self) -> None:
        for _ in range(CHANGES):
            self._carry_out(self._plan(), self.rng.choice((1.0, self.rng.random())))
            self.tenant.changes()
        while self._left(plan := self._plan()):
            self.plans += 1
            assert self.plans <= MOST_PLANS, f"no end: {sorted(self._left(plan))}"
            self._carry_out(plan, 1.0)
        self._is_all_there(plan)

    def _plan(self) -> Plan:
        source, there = self.tenant.scanned(), self.target.scanned()
        wanted = self.policy
        plan = build_plan(source, there, wanted)
        if any(one.code == codes.DEFAULT_GROUP_IN_USE for one in plan.left_out):
            # Without a port of ours in it, nothing there shows who has given it its rules: whoever is asked says yes.
            made = (self.target.of(Kind.PORT, one.id) for one in source.ports if self.target.has(Kind.PORT, one.id))
            has_port = any(DEFAULT_GROUP.id in port.security_group_ids for port in made)
            assert not has_port, "our own rules are taken for somebody else's"
            wanted = replace(wanted, accept=(codes.DEFAULT_GROUP_IN_USE,))
            plan = build_plan(source, there, wanted)
        _is_in_order(plan)
        _is_complete(plan, source, wanted)
        _is_as_against_an_untouched_target(plan, source, wanted)
        return plan

    def _left(self, plan: Plan) -> set[str]:
        """The steps that are not done as the plan has them, and those whose basis is to be made again.

        A stop is in a plan while its server runs: its owner has started it since.
        """
        left: set[str] = set()
        basis: set[str] = set()
        for step in plan.steps:
            is_open = self.done.get(step.id) != step.digest or isinstance(step.action, StopServer)
            is_based_on_it = not basis.isdisjoint(step.needs)
            if is_open or is_based_on_it:
                left.add(step.id)
            if is_based_on_it or (is_open and isinstance(step.action, _MOVES_CONTENT)):
                basis.add(step.id)
        return left

    def _carry_out(self, plan: Plan, share: float) -> None:
        """That part of the steps that are left, each after those that it needs."""
        left = self._left(plan)
        # What is not in the plan any more is to be done again should it come back.
        self.done = {step.id: step.digest for step in plan.steps if step.id not in left}
        for _ in range(round(share * len(left))):
            ready = [step for step in plan.steps if step.id in left and not left.intersection(step.needs)]
            step = self.rng.choice(ready)
            self.effects.carry_out(step, plan)
            self.done[step.id] = step.digest
            left.discard(step.id)

    def _is_all_there(self, plan: Plan) -> None:
        """What moves is at the target, and another plan is the same."""
        left_out = {item(one.kind, one.id) for one in plan.left_out}
        case = open_case(self.tenant.scanned(), self.target.scanned(), self.policy)
        for kind, own_id, name in everything(case):
            at_target = Kind.IMAGE if (kind, self.policy.snapshots) == (Kind.SNAPSHOT, "image") else kind
            at_target = Kind.VOLUME if at_target is Kind.SNAPSHOT else at_target
            if item(kind, own_id) not in left_out:
                assert self.target.has(at_target, own_id), f"{kind} {name} is not at the target"
        assert self._plan() == plan, "the same inputs give another plan"


def _policy(rng: Random) -> Policy:
    return policy(
        consistency=rng.choice(("auto", "stopped")),
        snapshots=rng.choice(("volume", "image")),
        rewrite_addresses=rng.random() < 0.5,
        passes=Passes(warm=rng.random() < 0.5),
    )


def _is_in_order(plan: Plan) -> None:
    """Each step comes after those that it needs."""
    before: set[str] = set()
    for step in plan.steps:
        assert before.issuperset(step.needs), f"{step.id} comes before what it needs"
        before.add(step.id)


def _is_complete(plan: Plan, source: Inventory, wanted: Policy) -> None:
    """Each resource of the source has a step or is left out."""
    said = {":".join(step.id.split(":")[:2]) for step in plan.steps} | {item(one.kind, one.id) for one in plan.left_out}
    case = open_case(source, untouched_target(), wanted)
    missing = {item(kind, own_id) for kind, own_id, _ in everything(case)} - said
    assert not missing, f"neither moved nor left out: {sorted(missing)}"


def _is_as_against_an_untouched_target(plan: Plan, source: Inventory, wanted: Policy) -> None:
    """What we have made there ourselves leaves nothing out, and takes no step away."""
    first = build_plan(source, untouched_target(), wanted)
    changed = set(plan.left_out) ^ set(first.left_out)
    assert not changed, f"our own effects change what is left out: {changed}"
    ids, first_ids = {step.id for step in plan.steps}, {step.id for step in first.steps}
    assert ids == first_ids, f"our own effects change the steps {sorted(ids ^ first_ids)}"


def main() -> int:
    args = _arguments()
    first, _, last = args.seeds.partition(":")
    bad, took, began = 0, Counter[int](), time.perf_counter()
    seeds = range(int(first), int(last or int(first) + 1))
    for seed in seeds:
        course = Course(seed)
        try:
            course.run()
            took[course.plans] += 1
        except Exception as err:
            bad += 1
            print(f"seed={seed}: {repr(err)[:_SHOWN]}")
    a_minute = len(seeds) / (time.perf_counter() - began) * 60
    print(f"{bad} bad, {len(seeds)} seeds, {a_minute:.0f} a minute; further plans: {dict(sorted(took.items()))}")
    return 1 if bad else 0


def _arguments() -> Any:
    parser = argparse.ArgumentParser(prog="tests.plan.again", description=__doc__)
    parser.add_argument("--seeds", default="0:1000", help="one, or FIRST:END")
    return parser.parse_args(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
