"""Says what will go wrong before anything is done: a pure function of both inventories and the policy."""

from collections.abc import Iterator
from datetime import datetime

from migrate.inventory.headroom import judge_headroom, without_our_use
from migrate.model import Inventory
from migrate.plan.build import inputs_of, plan_of
from migrate.plan.case import Case, everything
from migrate.plan.decide import decide
from migrate.plan.findings import Finding, blocking, finding, in_order, undecided
from migrate.plan.selectors import CODE, SELECTOR, fits, item
from migrate.plan.settings import Policy

__all__ = ["blocking", "check", "undecided"]


def check(source: Inventory, target: Inventory, policy: Policy) -> list[Finding]:
    """All findings at once, worst first."""
    decision = decide(source, target, policy)
    plan = plan_of(decision, inputs_of(source, target, policy))
    whole = [
        *_deadline(source, policy),
        *_selectors(decision.case, policy),
        *_user_data(decision.case),
        *judge_headroom(decision.case, plan, without_our_use(source)),
    ]
    return in_order([*decision.findings, *whole])


def _deadline(source: Inventory, policy: Policy) -> Iterator[Finding]:
    # The clock is the scan's: the same inputs give the same findings.
    if policy.deadline and datetime.fromisoformat(source.taken_at) >= datetime.fromisoformat(policy.deadline):
        yield finding("DCP-601", deadline=policy.deadline, taken_at=source.taken_at)


def _selectors(case: Case, policy: Policy) -> Iterator[Finding]:
    items = [(item(kind, own_id), name) for kind, own_id, name in everything(case)]
    for listed, selectors in (("skip", policy.skip), ("accept", policy.accept)):
        for selector in selectors:
            if CODE.fullmatch(selector):
                continue
            found = SELECTOR.fullmatch(selector)
            plain = f"{found['kind']}:{found['what']}" if found else selector
            if not any(fits(plain, of, name) for of, name in items):
                yield finding("DCP-607", selector=selector, list=listed)


def _user_data(case: Case) -> Iterator[Finding]:
    if case.source.servers:
        yield finding("DCP-606", servers=len(case.source.servers))
