"""Reads and writes the ledger. Every write of a step's progress carries `WHERE fence = mine`."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, and_, case, delete, func, insert, select, update
from sqlalchemy.sql.elements import ColumnElement

from migrate.errors import LeaseLost
from migrate.ledger import ledger_tables as t
from migrate.ledger.database import Database
from migrate.ledger.ledger_records import Approval, Effect, JournalLine, State, StepState
from migrate.ledger.ledger_schema import prepare
from migrate.ledger.step_claim import Claim, owner_is_dead, steady_s
from migrate.messages import codes
from migrate.model import Kind, Role
from migrate.units import iso, utc_now

_CLAIMABLE = (State.PENDING, State.WAITING, State.BLOCKED, State.FAILED)
_IDLE = (State.PENDING, State.WAITING, State.BLOCKED)


class Ledger:
    """One migration's ledger. Safe to use from several threads and processes, of several machines on PostgreSQL."""

    def __init__(self, db: Database, migration: str) -> None:
        self._db = db
        self.migration = migration

    # ------------------------------------------------------------ opening

    @classmethod
    def open(cls, url: str, migration: str) -> "Ledger":
        """Opens the ledger at a URL, making its tables when there are none, and upgrading an earlier version's.

        Raises: ConfigError DCP-219 (no URL of a database that we use), DCP-215 (damaged, or no ledger of ours),
        DCP-212 (a later version), ConflictError DCP-504 (another migration's), FatalError DCP-111 (cannot be written),
        AccessError DCP-217 (unreachable), DCP-218 (refuses us).
        """
        ledger = cls(Database.of(url), migration)
        prepare(ledger._db, migration)
        return ledger

    @staticmethod
    def is_there(url: str) -> bool:
        """Whether a ledger was made at this URL. A server is taken at its word; it is not asked."""
        database = Database.of(url)
        return not database.is_sqlite or Path(database.url.database or "").exists()

    def close(self) -> None:
        self._db.close()

    # ------------------------------------------------------------ steps

    def sync(self, digests: dict[str, str]) -> None:
        """Takes up the plan's steps (id -> digest). A done step that has changed is looked at again."""

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
        """All steps that the ledger knows, by id."""
        rows = self._db.read(lambda c: c.execute(select(t.steps).order_by(t.steps.c.step_id)).mappings().all())
        return {
            row["step_id"]: StepState(**{**row, "state": State(row["state"]), "facts": json.loads(row["facts"])})
            for row in rows
        }

    def claim(self, step_id: str, owner: str, lease_s: float, digest: str | None = None) -> Claim | None:
        """Takes the step, or None when somebody else has it or it is done. Raises its fence by one.

        `digest`: what the caller would do; None also when the ledger has another plan's.
        """
        # Before the write, which may wait for the database: our own lease never outlives the ledger's.
        claimed_at = steady_s()
        tried: list[int] = []

        def take(c: Connection, again: bool) -> tuple[int, str] | None:
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
                # A compare-and-set: somebody else may have come in between.
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
        """Puts the lease's end off; False when the step is no longer the claim's."""
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
        """Ends the claim with the step's new state, and its journal line with it. Raises LeaseLost.

        A step is done under the digest that it was claimed under: if the plan has changed since, it is pending again.
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
        """A done step whose result has gone since is to be done again; any other state is left as it is."""
        self._db.write(
            lambda c: c.execute(
                update(t.steps)
                .where(t.steps.c.step_id == step_id, t.steps.c.state == State.DONE.value)
                .values(state=State.PENDING.value, done_digest=None, updated_at=iso(utc_now()))
            )
        )

    def look_again(self, step_id: str) -> None:
        """A done step is to be done again; unlike after `reopen`, what it was done under stays known.

        Should its source be gone before it is done again, what was done once stands (`StepState.was_done`).
        """
        self._db.write(
            lambda c: c.execute(
                update(t.steps)
                .where(t.steps.c.step_id == step_id, t.steps.c.state == State.DONE.value)
                .values(state=State.PENDING.value, updated_at=iso(utc_now()))
            )
        )

    def set_idle_state(self, step_id: str, state: State, code: str, facts: dict[str, str]) -> None:
        """Records why an unclaimed step does not run: waiting for a gate, blocked by another."""
        self._db.write(
            lambda c: c.execute(
                update(t.steps)
                .where(t.steps.c.step_id == step_id, t.steps.c.state.in_([s.value for s in _IDLE]))
                .values(state=state.value, code=code, facts=json.dumps(facts), updated_at=iso(utc_now()))
            )
        )

    def held(self) -> set[str]:
        """Steps that a live runner holds at this moment, by the ledger's own clock."""
        query = select(t.steps).where(t.steps.c.state == State.RUNNING.value, t.steps.c.lease_until > self._db.now())
        rows = self._db.read(lambda c: c.execute(query).all())
        return {row.step_id for row in rows if not owner_is_dead(row.owner or "")}

    def claims(self) -> int:
        """How often steps were taken, ever. While it stays the same nobody has begun, or begun again, any of them."""
        return self._db.read(lambda c: int(c.execute(select(func.sum(t.steps.c.fence))).scalar() or 0))

    # ------------------------------------------------------------ notes

    def remember(self, key: str, value: str) -> str:
        """What is kept under the key: the value, or what somebody has kept there before."""

        def keep(c: Connection) -> str:
            self._db.put(c, t.meta, [{"key": key, "value": value}])
            return str(c.execute(select(t.meta.c.value).where(t.meta.c.key == key)).scalar_one())

        return self._db.write(keep)

    def noted(self, key: str) -> str | None:
        """What is kept under the key, None for nothing."""
        return self._db.read(lambda c: c.execute(select(t.meta.c.value).where(t.meta.c.key == key)).scalar())

    def forget(self, key: str, value: str | None = None) -> None:
        """Nothing is kept under the key any more; with a value, what somebody else keeps there stays."""
        query = delete(t.meta).where(t.meta.c.key == key)
        if value is not None:
            query = query.where(t.meta.c.value == value)
        self._db.write(lambda c: c.execute(query))

    def note(self, key: str) -> str | None:
        """What is kept under the key, if anything is."""
        return self._db.read(lambda c: c.execute(select(t.meta.c.value).where(t.meta.c.key == key)).scalar())

    def swap_note(self, key: str, old: str | None, new: str) -> bool:
        """Keeps `new` under the key if `old` is there now, or nothing is and `old` is None: a compare-and-set."""

        def swap(c: Connection) -> bool:
            if old is None:
                self._db.put(c, t.meta, [{"key": key, "value": new}])
                return c.execute(select(t.meta.c.value).where(t.meta.c.key == key)).scalar() == new
            there = (t.meta.c.key == key) & (t.meta.c.value == old)
            return c.execute(update(t.meta).where(there).values(value=new)).rowcount == 1

        return self._db.write(swap)

    def set_note(self, key: str, value: str) -> None:
        """Keeps the value under the key, whatever was kept there before."""
        self._db.write(lambda c: self._db.put(c, t.meta, [{"key": key, "value": value}], changes=("value",)))

    def notes(self, start: str) -> dict[str, str]:
        """All that is kept under keys that begin so."""
        query = select(t.meta).where(t.meta.c.key.startswith(start, autoescape=True))
        return {row["key"]: row["value"] for row in self._db.read(lambda c: c.execute(query).mappings().all())}

    # ------------------------------------------------------------ effects

    def record_effect(self, claim: Claim, effect: Effect) -> None:
        """Records what the claim's step has made or adopted. Repeating it changes nothing. Raises LeaseLost."""

        def record(c: Connection) -> None:
            if not _progress(c, claim):
                raise LeaseLost(codes.CLAIM_LOST, step=claim.step_id)
            self._put_effect(c, effect)

        self._db.write(record)

    def adopt_effect(self, effect: Effect) -> None:
        """Records something found by its mark outside any step (`clean`)."""
        self._db.write(lambda c: self._put_effect(c, effect))

    def _put_effect(self, c: Connection, effect: Effect) -> None:
        row = {**_fields(effect), "kind": effect.kind.value, "role": effect.role.value}
        self._db.put(c, t.effects, [row], changes=("removed", "step_id"))

    def effect_removed(self, side: str, kind: Kind, resource_id: str) -> None:
        """The resource is gone from its cloud."""
        gone = update(t.effects).where(_is_effect(side, (kind,), resource_id)).values(removed=True)
        self._db.write(lambda c: c.execute(gone))

    def effects(self, *, side: str | None = None, removed: bool = False) -> list[Effect]:
        """What we made, oldest first; with `removed`, also what is gone again."""
        query = select(t.effects).order_by(t.effects.c.made_at, t.effects.c.kind, t.effects.c.resource_id)
        if side:
            query = query.where(t.effects.c.side == side)
        if not removed:
            query = query.where(t.effects.c.removed.is_(False))
        rows = self._db.read(lambda c: c.execute(query).mappings().all())
        return [Effect(**{**row, "kind": Kind(row["kind"]), "role": Role(row["role"])}) for row in rows]

    def is_temporary(self, side: str, kinds: Iterable[Kind], resource_id: str) -> bool:
        """The ledger records this resource as a temporary of ours that still exists."""
        query = select(t.effects.c.resource_id).where(
            _is_effect(side, kinds, resource_id),
            t.effects.c.role == Role.TEMPORARY.value,
            t.effects.c.removed.is_(False),
        )
        return self._db.read(lambda c: c.execute(query).first()) is not None

    def target_id(self, kind: Kind, source_id: str) -> str | None:
        """What a source resource became at the target."""
        query = (
            select(t.effects.c.resource_id)
            .where(
                t.effects.c.side == "target",
                t.effects.c.kind == kind.value,
                t.effects.c.source_id == source_id,
                t.effects.c.role == Role.MOVED.value,
                t.effects.c.removed.is_(False),
            )
            .order_by(t.effects.c.made_at, t.effects.c.resource_id)
        )
        return self._db.read(lambda c: c.execute(query).scalar())

    # ------------------------------------------------------------ gates and journal

    def approve(self, gate: str, who: str, digests: dict[str, str], at: str) -> None:
        """Grants the gate for these steps (id -> digest), over any earlier grant of it for them.

        Those that were done before, and are to be done again, are so once more.
        """
        rows = [{"gate": gate, "step_id": i, "digest": digest, "who": who, "at": at} for i, digest in digests.items()]
        again = (t.steps.c.step_id.in_(list(digests)), t.steps.c.state != State.DONE.value)

        def grant(c: Connection) -> None:
            self._db.put(c, t.approvals, rows, changes=("digest", "who", "at"))
            c.execute(update(t.steps).where(*again).values(done_digest=None))

        self._db.write(grant)

    def approvals(self) -> list[Approval]:
        """Those that hold: a step that was done by one, and is to be done again as it was then, needs another."""
        spent = select(t.steps.c.step_id).where(
            t.steps.c.step_id == t.approvals.c.step_id,
            t.steps.c.done_digest == t.approvals.c.digest,
            t.steps.c.state != State.DONE.value,
        )
        query = select(t.approvals).where(~spent.exists()).order_by(t.approvals.c.gate, t.approvals.c.step_id)
        return [Approval(**row) for row in self._db.read(lambda c: c.execute(query).mappings().all())]

    def journal(self) -> list[JournalLine]:
        """Finished stages, oldest first."""
        columns = [column for column in t.journal.c if column.name != "id"]
        query = select(*columns).order_by(t.journal.c.id)
        return [JournalLine(**row) for row in self._db.read(lambda c: c.execute(query).mappings().all())]


def _taken_up(row: Row[Any], wanted: str | None) -> dict[str, Any]:
    """What changes in a step's row when the plan has this digest for it, None for no such step any more."""
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
    """Writes to the claim's step, if it is the claim's still."""
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
    """This very claim was ended already: nobody but its own `finish` takes the owner away and leaves the fence."""
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
