"""The ledger's statements that a run repeats, built once: to build one takes longer than to carry it out.

A parameter that narrows a change down is named `of_...`, as those with a column's name are its new values.
"""

from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Float, Select, Update, and_, bindparam, case, delete, func, insert, select, update

from migrate.ledger import ledger_tables as t
from migrate.ledger.database import now
from migrate.ledger.ledger_records import LONGEST_LEASE_S, State
from migrate.model import Role

_IDLE = (State.PENDING, State.WAITING, State.BLOCKED)

# ---------------------------------------------------------------- steps

STATES = select(t.steps).order_by(t.steps.c.step_id)
CLAIMS = select(func.sum(t.steps.c.fence))
_OF_STEP = t.steps.c.step_id == bindparam("of_step")
IDLE = update(t.steps).where(_OF_STEP, t.steps.c.state.in_([state.value for state in _IDLE]))
AGAIN = update(t.steps).where(_OF_STEP, t.steps.c.state == State.DONE.value).values(state=State.PENDING.value)

PROGRESS = update(t.steps).where(
    _OF_STEP, t.steps.c.fence == bindparam("of_fence"), t.steps.c.state == State.RUNNING.value
)
"""Of the step that a claim holds."""
_CLAIMED = func.coalesce(t.steps.c.claimed_digest, t.steps.c.digest)
DONE = PROGRESS.values(
    state=case((t.steps.c.digest == _CLAIMED, State.DONE.value), else_=State.PENDING.value), done_digest=_CLAIMED
)


@cache
def to_claim(is_sqlite: bool) -> Select[Any]:
    return select(t.steps, (~_is_leased(is_sqlite)).label("expired")).where(t.steps.c.step_id == bindparam("step_id"))


@cache
def claim(is_sqlite: bool) -> Update:
    """Compare-and-set, against a concurrent claim."""
    return (
        update(t.steps)
        .where(
            _OF_STEP,
            t.steps.c.fence == bindparam("of_fence"),
            t.steps.c.state == bindparam("of_state"),
            t.steps.c.digest == bindparam("of_digest"),
        )
        .values(lease_until=now(is_sqlite) + bindparam("lease_s", type_=Float()), attempts=t.steps.c.attempts + 1)
    )


@cache
def renewal(is_sqlite: bool) -> Update:
    return PROGRESS.values(lease_until=now(is_sqlite) + bindparam("lease_s", type_=Float()))


@cache
def held(is_sqlite: bool) -> Select[Any]:
    return select(t.steps).where(t.steps.c.state == State.RUNNING.value, _is_leased(is_sqlite))


def _is_leased(is_sqlite: bool) -> ColumnElement[bool]:
    """As `is_live` of ledger_records.py."""
    return t.steps.c.lease_until.between(now(is_sqlite), now(is_sqlite) + LONGEST_LEASE_S)


# ---------------------------------------------------------------- notes

NOTE = select(t.meta.c.value).where(t.meta.c.key == bindparam("key"))
_OF_KEY = t.meta.c.key == bindparam("of_key")
_OF_VALUE = t.meta.c.value == bindparam("of_value")
SWAP = update(t.meta).where(_OF_KEY, _OF_VALUE)
FORGET = delete(t.meta).where(_OF_KEY)
FORGET_THIS = delete(t.meta).where(_OF_KEY, _OF_VALUE)


@cache
def notes_from(start: str) -> Select[Any]:
    """The notes whose keys begin with this, of which there are few."""
    return select(t.meta).where(t.meta.c.key.startswith(start, autoescape=True))


# ---------------------------------------------------------------- effects

_OF_EFFECT = and_(
    t.effects.c.side == bindparam("of_side"),
    t.effects.c.kind.in_(bindparam("of_kinds", expanding=True)),
    t.effects.c.resource_id == bindparam("of_id"),
)
REMOVED = update(t.effects).where(_OF_EFFECT).values(removed=True)
TEMPORARY = select(t.effects.c.resource_id).where(
    _OF_EFFECT, t.effects.c.role == Role.TEMPORARY.value, t.effects.c.removed.is_(False)
)
TARGET_ID = (
    select(t.effects.c.resource_id)
    .where(
        t.effects.c.side == "target",
        t.effects.c.kind == bindparam("kind"),
        t.effects.c.source_id == bindparam("source_id"),
        t.effects.c.role == Role.MOVED.value,
        t.effects.c.removed.is_(False),
    )
    .order_by(t.effects.c.made_at, t.effects.c.resource_id)
)


@cache
def effects_of(side: str | None, role: Role | None, removed: bool) -> Select[Any]:
    query = select(t.effects).order_by(t.effects.c.made_at, t.effects.c.kind, t.effects.c.resource_id)
    if side:
        query = query.where(t.effects.c.side == side)
    if role:
        query = query.where(t.effects.c.role == role.value)
    return query if removed else query.where(t.effects.c.removed.is_(False))


# ---------------------------------------------------------------- gates and journal

_SPENT = select(t.steps.c.step_id).where(
    t.steps.c.step_id == t.approvals.c.step_id,
    t.steps.c.done_digest == t.approvals.c.digest,
    t.steps.c.state != State.DONE.value,
)
APPROVALS = select(t.approvals).where(~_SPENT.exists()).order_by(t.approvals.c.gate, t.approvals.c.step_id)
JOURNALED = insert(t.journal)
JOURNAL = select(t.journal).order_by(t.journal.c.id)
