"""The ledger's reads and writes. Every write of a step's progress has `WHERE fence = mine`."""

import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, bindparam, case, delete, func, insert, select, update
from sqlalchemy.sql.elements import ColumnElement

from migrate.errors import ConfigError, LeaseLost
from migrate.ledger import ledger_tables as t
from migrate.ledger.database import Database
from migrate.ledger.ledger_records import Approval, Effect, JournalLine, State, StepState
from migrate.ledger.ledger_schema import prepare
from migrate.ledger.step_claim import Claim, owner_is_dead, steady_s
from migrate.messages import codes
from migrate.model import Kind, Role
from migrate.units import iso, utc_now

_CLAIMABLE = (State.PENDING, State.WAITING, State.BLOCKED, State.FAILED)
MOVED_NOTE = "moved-away"
"""The note of a ledger whose workspace goes on elsewhere: nobody claims a step here."""
Rows = dict[str, list[dict[str, Any]]]
_IDLE = (State.PENDING, State.WAITING, State.BLOCKED)

# A run asks these again at each look, and to build such a query takes longer than to ask it.
_STATES = select(t.steps).order_by(t.steps.c.step_id)
_NOTE = select(t.meta.c.value).where(t.meta.c.key == bindparam("key"))
_SPENT = select(t.steps.c.step_id).where(
    t.steps.c.step_id == t.approvals.c.step_id,
    t.steps.c.done_digest == t.approvals.c.digest,
    t.steps.c.state != State.DONE.value,
)
_APPROVALS = select(t.approvals).where(~_SPENT.exists()).order_by(t.approvals.c.gate, t.approvals.c.step_id)
_TARGET_ID = (
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


class Ledger:
    """One migration's ledger. Safe for several threads and processes, on PostgreSQL also for several machines."""

    def __init__(self, db: Database, migration: str) -> None:
        self._db = db
        self.migration = migration

    # ------------------------------------------------------------ opening

    @classmethod
    def open(cls, url: str, migration: str) -> "Ledger":
        """Opens the ledger at a URL; creates missing tables, and upgrades those of an earlier version.

        Raises: ConfigError DCP-219 (unsupported database URL), DCP-215 (damaged, or not our ledger), DCP-212 (a later
                version), ConflictError DCP-504 (of another migration), FatalError DCP-111 (not writable), AccessError
                DCP-217 (unreachable), DCP-218 (refused).
        """
        ledger = cls(Database.of(url), migration)
        prepare(ledger._db, migration)
        return ledger

    @staticmethod
    def is_there(url: str) -> bool:
        """Whether a ledger exists at this URL. Assumed for a server, which is not contacted."""
        database = Database.of(url)
        return not database.is_sqlite or Path(database.url.database or "").exists()

    def close(self) -> None:
        self._db.close()

    def all_rows(self) -> Rows:
        """All rows of all tables by name, as of one moment, even beside a run."""

        def read(c: Connection) -> Rows:
            self._db.begin_snapshot(c)
            return {one.name: [dict(row) for row in c.execute(select(one)).mappings()] for one in t.TABLES}

        return self._db.read(read)

    # ------------------------------------------------------------ steps

    def sync(self, digests: dict[str, str]) -> None:
        """Updates the ledger to the plan's steps (id: digest). A done step that has changed becomes pending."""

        def take_up(c: Connection) -> None:
            rows = {r.step_id: r for r in c.execute(select(t.steps).order_by(t.steps.c.step_id).with_for_update())}
            now = iso(utc_now())
            new = [
                {"step_id": i, "digest": d, "state": State.PENDING.value, "facts": "{}", "updated_at": now}
                for i, d in digests.items()
                if i not in rows
            ]
            self._db.put(c, t.steps, new)
            for step_id, row in rows.items():
                values = _taken_up(row, digests.get(step_id))
                if values:
                    c.execute(update(t.steps).where(t.steps.c.step_id == step_id).values(**values, updated_at=now))

        self._db.write(take_up)

    def states(self) -> dict[str, StepState]:
        """All steps in the ledger, by id."""
        rows = self._db.read(lambda c: c.execute(_STATES).mappings().all())
        return {
            row["step_id"]: StepState(**{**row, "state": State(row["state"]), "facts": json.loads(row["facts"])})
            for row in rows
        }

    def claim(self, step_id: str, owner: str, lease_s: float, digest: str | None = None) -> Claim | None:
        """Claims the step, raising its fence by one; None if somebody else holds it or it is done.

        `digest`: the caller's version of the step; None is also returned if the ledger has another one.
        """
        # Before the write, which may wait for the database: our lease must not outlive the ledger's.
        claimed_at = steady_s()
        tried: list[int] = []

        def take(c: Connection, again: bool) -> tuple[int, str] | None:
            if moved := c.execute(_NOTE, {"key": MOVED_NOTE}).scalar():
                raise ConfigError(
                    codes.WORKSPACE_MOVED, path=self._db.where, file=_told(moved, "to"), at=_told(moved, "at")
                )
            expired = (t.steps.c.lease_until < self._db.now()).label("expired")
            row = c.execute(select(t.steps, expired).where(t.steps.c.step_id == step_id)).first()
            if row is None or (digest is not None and row.digest != digest):
                return None
            if again and (row.owner, row.state) == (owner, State.RUNNING) and row.fence in tried:
                return row.fence, row.digest
            if row.state not in _CLAIMABLE and not (row.state == State.RUNNING and _is_abandoned(row)):
                return None
            tried.append(row.fence + 1)
            values = {"state": State.RUNNING.value, "owner": owner, "fence": row.fence + 1, "code": None, "facts": "{}"}
            taken = c.execute(
                update(t.steps)
                # Compare-and-set, against a concurrent claim.
                .where(
                    t.steps.c.step_id == step_id,
                    t.steps.c.fence == row.fence,
                    t.steps.c.state == row.state,
                    t.steps.c.digest == row.digest,
                )
                .values(
                    **values,
                    lease_until=self._db.now() + lease_s,
                    attempts=t.steps.c.attempts + 1,
                    claimed_digest=row.digest,
                    updated_at=iso(utc_now()),
                )
            )
            return (row.fence + 1, row.digest) if taken.rowcount == 1 else None

        taken = self._db.write_knowing(take)
        if taken is None:
            return None
        fence, digest_then = taken
        return Claim(self.renew, step_id, owner, fence, lease_s, claimed_at, digest_then)

    def renew(self, claim: Claim) -> bool:
        """Extends the lease; False if the step no longer belongs to the claim."""
        return self._db.write(lambda c: _progress(c, claim, lease_until=self._db.now() + claim.lease_s))

    def finish(
        self,
        claim: Claim,
        state: State,
        *,
        code: str | None = None,
        facts: dict[str, str] | None = None,
        journal: JournalLine | None = None,
    ) -> None:
        """Ends the claim with the step's new state and journal line. Raises LeaseLost.

        A step counts as done in the version that was claimed: if the plan has changed since, it becomes pending.
        """
        claimed = func.coalesce(t.steps.c.claimed_digest, t.steps.c.digest)
        values: dict[str, Any] = {
            "state": state.value,
            "code": code,
            "facts": json.dumps(facts or {}),
            "owner": None,
            "lease_until": 0.0,
        }
        if state is State.DONE:
            values["state"] = case((t.steps.c.digest == claimed, State.DONE.value), else_=State.PENDING.value)
            values["done_digest"] = claimed

        def end(c: Connection, again: bool) -> None:
            if _progress(c, claim, **values):
                if journal:
                    c.execute(insert(t.journal).values(**_fields(journal)))
            elif not (again and _was_ended(c, claim)):
                raise LeaseLost(codes.CLAIM_LOST, step=claim.step_id)

        self._db.write_knowing(end)

    def reopen(self, step_id: str) -> None:
        """Makes a done step pending because its result is gone; leaves other states."""
        self._db.write(
            lambda c: c.execute(
                update(t.steps)
                .where(t.steps.c.step_id == step_id, t.steps.c.state == State.DONE.value)
                .values(state=State.PENDING.value, done_digest=None, updated_at=iso(utc_now()))
            )
        )

    def start_over(self, step_ids: Iterable[str]) -> None:
        """Makes steps pending as if they had never been done, failed or left by a dead runner; leaves skipped ones."""
        fresh = {"state": State.PENDING.value, "code": None, "facts": "{}", "owner": None, "lease_until": 0.0}
        self._db.write(
            lambda c: c.execute(
                update(t.steps)
                .where(t.steps.c.step_id.in_(list(step_ids)), t.steps.c.state != State.SKIPPED.value)
                .values(**fresh, done_digest=None, updated_at=iso(utc_now()))
            )
        )

    def look_again(self, step_id: str) -> None:
        """Makes a done step pending, but unlike `reopen` remembers that it was done.

        If its source disappears before the repetition, the first result stays valid (`StepState.was_done`).
        """
        self._db.write(
            lambda c: c.execute(
                update(t.steps)
                .where(t.steps.c.step_id == step_id, t.steps.c.state == State.DONE.value)
                .values(state=State.PENDING.value, updated_at=iso(utc_now()))
            )
        )

    def set_idle_state(self, step_id: str, state: State, code: str, facts: dict[str, str]) -> None:
        """Records why an unclaimed step does not run: it waits for a gate, or another step blocks it."""
        self._db.write(
            lambda c: c.execute(
                update(t.steps)
                .where(t.steps.c.step_id == step_id, t.steps.c.state.in_([s.value for s in _IDLE]))
                .values(state=state.value, code=code, facts=json.dumps(facts), updated_at=iso(utc_now()))
            )
        )

    def held(self) -> set[str]:
        """Steps currently held by a live runner, by the ledger's own clock."""
        query = select(t.steps).where(t.steps.c.state == State.RUNNING.value, t.steps.c.lease_until > self._db.now())
        rows = self._db.read(lambda c: c.execute(query).all())
        return {row.step_id for row in rows if not owner_is_dead(row.owner or "")}

    def clock(self) -> float:
        """Seconds since 1970 by the clock that leases are measured with."""
        return self._db.read(lambda c: float(c.execute(select(self._db.now())).scalar_one()))

    def claims(self) -> int:
        """The total number of claims ever. While it does not change, no step was started or restarted."""
        return self._db.read(lambda c: int(c.execute(select(func.sum(t.steps.c.fence))).scalar() or 0))

    def move_away(self, note: str) -> str | None:
        """Notes that the workspace goes on elsewhere, if no live runner holds a step. Returns the id of a held one.

        Neither can come between: from the note on, every claim raises ConfigError DCP-285.
        """
        running = select(t.steps).where(t.steps.c.state == State.RUNNING.value, t.steps.c.lease_until > self._db.now())

        def move(c: Connection) -> str | None:
            held = [row.step_id for row in c.execute(running) if not owner_is_dead(row.owner or "")]
            if not held:
                self._db.put(c, t.meta, [{"key": MOVED_NOTE, "value": note}], changes=("value",))
            return min(held, default=None)

        return self._db.write(move)

    # ------------------------------------------------------------ notes

    def remember(self, key: str, value: str) -> str:
        """Stores the value under the key unless one exists; returns the stored value."""

        def keep(c: Connection) -> str:
            self._db.put(c, t.meta, [{"key": key, "value": value}])
            return str(c.execute(select(t.meta.c.value).where(t.meta.c.key == key)).scalar_one())

        return self._db.write(keep)

    def forget(self, key: str, value: str | None = None) -> None:
        """Deletes the value under the key; with `value`, only if that is the stored one."""
        query = delete(t.meta).where(t.meta.c.key == key)
        if value is not None:
            query = query.where(t.meta.c.value == value)
        self._db.write(lambda c: c.execute(query))

    def note(self, key: str) -> str | None:
        """The value stored under the key, None for none."""
        return self._db.read(lambda c: c.execute(_NOTE, {"key": key}).scalar())

    def swap_note(self, key: str, old: str | None, new: str) -> bool:
        """Compare-and-set: stores `new` if the current value is `old` (None: no value)."""

        def swap(c: Connection) -> bool:
            if old is None:
                self._db.put(c, t.meta, [{"key": key, "value": new}])
                return c.execute(select(t.meta.c.value).where(t.meta.c.key == key)).scalar() == new
            there = (t.meta.c.key == key) & (t.meta.c.value == old)
            return c.execute(update(t.meta).where(there).values(value=new)).rowcount == 1

        return self._db.write(swap)

    def set_note(self, key: str, value: str) -> None:
        """Stores the value under the key, replacing any other."""
        self._db.write(lambda c: self._db.put(c, t.meta, [{"key": key, "value": value}], changes=("value",)))

    def notes(self, start: str) -> dict[str, str]:
        """All values whose keys begin with this."""
        rows = self._db.read(lambda c: c.execute(_notes_from(start)).all())
        return {row.key: row.value for row in rows}

    # ------------------------------------------------------------ effects

    def record_effect(self, claim: Claim, effect: Effect) -> None:
        """Records a resource created or adopted by the claim's step. Idempotent. Raises LeaseLost."""

        def record(c: Connection) -> None:
            if not _progress(c, claim):
                raise LeaseLost(codes.CLAIM_LOST, step=claim.step_id)
            self._put_effect(c, effect)

        self._db.write(record)

    def adopt_effect(self, effect: Effect) -> None:
        """Records a resource found by its mark outside any step (`clean`)."""
        self._db.write(lambda c: self._put_effect(c, effect))

    def _put_effect(self, c: Connection, effect: Effect) -> None:
        row = {**_fields(effect), "kind": effect.kind.value, "role": effect.role.value}
        self._db.put(c, t.effects, [row], changes=("removed", "step_id"))

    def effect_removed(self, side: str, kind: Kind, resource_id: str) -> None:
        """Records that the resource is gone."""
        gone = update(t.effects).where(_is_effect(side, (kind,), resource_id)).values(removed=True)
        self._db.write(lambda c: c.execute(gone))

    def effects(self, *, side: str | None = None, removed: bool = False) -> list[Effect]:
        """Our resources, oldest first; with `removed`, also deleted ones."""
        rows = self._db.read(lambda c: c.execute(_effects_of(side, removed)).mappings().all())
        return [Effect(**{**row, "kind": Kind(row["kind"]), "role": Role(row["role"])}) for row in rows]

    def is_temporary(self, side: str, kinds: Iterable[Kind], resource_id: str) -> bool:
        """Whether the ledger lists this resource as our temporary that still exists."""
        query = select(t.effects.c.resource_id).where(
            _is_effect(side, kinds, resource_id),
            t.effects.c.role == Role.TEMPORARY.value,
            t.effects.c.removed.is_(False),
        )
        return self._db.read(lambda c: c.execute(query).first()) is not None

    def target_id(self, kind: Kind, source_id: str) -> str | None:
        """The id at the target for a source resource."""
        of = {"kind": kind.value, "source_id": source_id}
        return self._db.read(lambda c: c.execute(_TARGET_ID, of).scalar())

    # ------------------------------------------------------------ gates and journal

    def approve(self, gate: str, who: str, digests: dict[str, str], at: str) -> None:
        """Approves the gate for these steps (id: digest), replacing earlier approvals.

        Completed steps that are to be repeated get a new approval too.
        """
        rows = [{"gate": gate, "step_id": i, "digest": digest, "who": who, "at": at} for i, digest in digests.items()]
        again = (t.steps.c.step_id.in_(list(digests)), t.steps.c.state != State.DONE.value)

        def grant(c: Connection) -> None:
            self._db.put(c, t.approvals, rows, changes=("digest", "who", "at"))
            c.execute(update(t.steps).where(*again).values(done_digest=None))

        self._db.write(grant)

    def approvals(self) -> list[Approval]:
        """Valid approvals. An approval is used up once its step was done: repeating that needs another one."""
        return [Approval(**row) for row in self._db.read(lambda c: c.execute(_APPROVALS).mappings().all())]

    def withdraw(self, step_ids: Iterable[str]) -> None:
        """Removes all approvals of these steps."""
        self._db.write(lambda c: c.execute(delete(t.approvals).where(t.approvals.c.step_id.in_(list(step_ids)))))

    def journal(self) -> list[JournalLine]:
        """Finished stages, oldest first."""
        columns = [column for column in t.journal.c if column.name != "id"]
        query = select(*columns).order_by(t.journal.c.id)
        return [JournalLine(**row) for row in self._db.read(lambda c: c.execute(query).mappings().all())]


@cache
def _notes_from(start: str) -> Select[Any]:
    """The notes whose keys begin with this, of which there are few."""
    return select(t.meta).where(t.meta.c.key.startswith(start, autoescape=True))


@cache
def _effects_of(side: str | None, removed: bool) -> Select[Any]:
    query = select(t.effects).order_by(t.effects.c.made_at, t.effects.c.kind, t.effects.c.resource_id)
    if side:
        query = query.where(t.effects.c.side == side)
    return query if removed else query.where(t.effects.c.removed.is_(False))


def _told(note: str, key: str) -> str:
    """A fact of a note; `?` if it has none."""
    try:
        return str(json.loads(note)[key])
    except (ValueError, KeyError, TypeError):
        return "?"


def _taken_up(row: Row[Any], wanted: str | None) -> dict[str, Any]:
    """The changes to a step's row when the plan has this digest for it; None: the step is not in the plan."""
    if wanted == row.digest and row.state != State.SKIPPED:
        return {}
    if wanted is None:
        return {"state": State.SKIPPED.value, "code": None}
    if row.state == State.RUNNING:
        return {"digest": wanted}
    return {"digest": wanted, "state": State.PENDING.value, "code": None, "facts": "{}"}


def _is_abandoned(row: Row[Any]) -> bool:
    return bool(row.expired) or (bool(row.owner) and owner_is_dead(row.owner))


def _progress(c: Connection, claim: Claim, **values: Any) -> bool:
    """Updates the claim's step; False if the claim no longer owns it."""
    result = c.execute(
        update(t.steps)
        .where(
            t.steps.c.step_id == claim.step_id,
            t.steps.c.fence == claim.fence,
            t.steps.c.state == State.RUNNING.value,
        )
        .values(updated_at=iso(utc_now()), **values)
    )
    return result.rowcount == 1


def _was_ended(c: Connection, claim: Claim) -> bool:
    """Whether this claim has already ended: only its own `finish` clears the owner and leaves the fence."""
    row = c.execute(select(t.steps.c.fence, t.steps.c.owner).where(t.steps.c.step_id == claim.step_id)).first()
    return row is not None and (row.fence, row.owner) == (claim.fence, None)


def _is_effect(side: str, kinds: Iterable[Kind], resource_id: str) -> ColumnElement[bool]:
    return and_(
        t.effects.c.side == side,
        t.effects.c.kind.in_([kind.value for kind in kinds]),
        t.effects.c.resource_id == resource_id,
    )


def _fields(record: Any) -> dict[str, Any]:
    return {name: getattr(record, name) for name in record.__struct_fields__}
