"""The ledger's reads and writes. Every write of a step's progress has `WHERE fence = mine`."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, RowMapping, Update, delete, select, update

from migrate.errors import ConfigError, LeaseLost
from migrate.ledger import ledger_statements as q
from migrate.ledger import ledger_tables as t
from migrate.ledger.database import Database, now
from migrate.ledger.ledger_records import Approval, Effect, JournalLine, State, StepState
from migrate.ledger.ledger_schema import prepare
from migrate.ledger.step_claim import Claim, owner_is_dead, steady_s
from migrate.ledger.stored_records import moment_of_note, record_of_note, record_of_row, require_types
from migrate.messages import codes
from migrate.model import Kind, Record, Role
from migrate.units import iso, utc_now

_CLAIMABLE = (State.PENDING, State.WAITING, State.BLOCKED, State.FAILED)
MOVED_NOTE = "moved-away"
"""The note of a ledger whose workspace goes on elsewhere: nobody claims a step here."""
Rows = dict[str, list[dict[str, Any]]]
R = TypeVar("R")
S = TypeVar("S", bound=Record)


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
        try:
            prepare(ledger._db, migration)
        except BaseException:
            ledger.close()
            raise
        return ledger

    @staticmethod
    def is_there(url: str) -> bool:
        """Whether a ledger exists at this URL. Assumed for a server, which is not contacted."""
        database = Database.of(url)
        return not database.is_sqlite or Path(database.url.database or "").exists()

    def close(self) -> None:
        self._db.close()

    def all_rows(self) -> Rows:
        """All rows of all tables by name, as of one moment, even beside a run. Raises ConfigError DCP-293: a value that
        its column is not for, which SQLite takes all the same.
        """

        def read(c: Connection) -> Rows:
            self._db.begin_snapshot(c)
            return {one.name: [dict(row) for row in c.execute(select(one)).mappings()] for one in t.TABLES}

        rows = self._db.read(read)
        for table in t.TABLES:
            for row in rows[table.name]:
                require_types(table, row, self._db.where)
        return rows

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
        rows = self._db.read(lambda c: c.execute(q.STATES).mappings().all())
        return {row["step_id"]: self._state(row) for row in rows}

    def claim(self, step_id: str, owner: str, lease_s: float, digest: str | None = None) -> Claim | None:
        """Claims the step, raising its fence by one; None if somebody else holds it or it is done.

        `digest`: the caller's version of the step; None is also returned if the ledger has another one.
        """
        # Before the write, which may wait for the database: our lease must not outlive the ledger's.
        claimed_at = steady_s()
        tried: list[int] = []

        def take(c: Connection, again: bool) -> tuple[int, str] | None:
            if moved := c.execute(q.NOTE, {"key": MOVED_NOTE}).scalar():
                raise ConfigError(
                    codes.WORKSPACE_MOVED, path=self._db.where, file=_told(moved, "to"), at=_told(moved, "at")
                )
            found = c.execute(q.to_claim(self._db.is_sqlite), {"step_id": step_id}).first()
            if found is None or (digest is not None and found.digest != digest):
                return None
            row = self._state(found._mapping)
            if again and (row.owner, row.state) == (owner, State.RUNNING) and row.fence in tried:
                return row.fence, row.digest
            if row.state not in _CLAIMABLE and not (row.state is State.RUNNING and _is_abandoned(row, found.expired)):
                return None
            tried.append(row.fence + 1)
            of_row = {"of_step": step_id, "of_fence": row.fence, "of_state": row.state.value, "of_digest": row.digest}
            values = {"state": State.RUNNING.value, "owner": owner, "fence": row.fence + 1, "code": None, "facts": "{}"}
            new = {"claimed_digest": row.digest, "lease_s": lease_s, "updated_at": iso(utc_now())}
            taken = c.execute(q.claim(self._db.is_sqlite), {**of_row, **values, **new})
            return (row.fence + 1, row.digest) if taken.rowcount == 1 else None

        taken = self._db.write_knowing(take)
        if taken is None:
            return None
        fence, digest_then = taken
        return Claim(self.renew, step_id, owner, fence, lease_s, claimed_at, digest_then)

    def renew(self, claim: Claim) -> bool:
        """Extends the lease; False if the step no longer belongs to the claim."""
        return self._db.write(lambda c: _progress(c, claim, q.renewal(self._db.is_sqlite), lease_s=claim.lease_s))

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
        values: dict[str, Any] = {"code": code, "facts": json.dumps(facts or {}), "owner": None, "lease_until": 0.0}
        if state is not State.DONE:
            values["state"] = state.value
        statement = q.DONE if state is State.DONE else q.PROGRESS

        def end(c: Connection, again: bool) -> None:
            if _progress(c, claim, statement, **values):
                if journal:
                    c.execute(q.JOURNALED, _fields(journal))
            elif not (again and _was_ended(c, claim)):
                raise LeaseLost(codes.CLAIM_LOST, step=claim.step_id)

        self._db.write_knowing(end)

    def reopen(self, step_id: str) -> None:
        """Makes a done step pending because its result is gone; leaves other states."""
        again = {"of_step": step_id, "done_digest": None, "updated_at": iso(utc_now())}
        self._db.write(lambda c: c.execute(q.AGAIN, again))

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
        again = {"of_step": step_id, "updated_at": iso(utc_now())}
        self._db.write(lambda c: c.execute(q.AGAIN, again))

    def set_idle_state(self, step_id: str, state: State, code: str, facts: dict[str, str]) -> None:
        """Records why an unclaimed step does not run: it waits for a gate, or another step blocks it."""
        values = {"state": state.value, "code": code, "facts": json.dumps(facts), "updated_at": iso(utc_now())}
        self._db.write(lambda c: c.execute(q.IDLE, {"of_step": step_id, **values}))

    def held(self) -> set[str]:
        """Steps currently held by a live runner, by the ledger's own clock."""
        rows = self._db.read(lambda c: c.execute(q.held(self._db.is_sqlite)).all())
        return {row.step_id for row in rows if not owner_is_dead(row.owner or "")}

    def clock(self) -> float:
        """Seconds since 1970 by the clock that leases are measured with."""
        return self._db.read(lambda c: float(c.execute(select(now(self._db.is_sqlite))).scalar_one()))

    def claims(self) -> int:
        """The total number of claims ever. While it does not change, no step was started or restarted.

        Raises ConfigError DCP-293: a fence is none.
        """
        total = self._db.read(lambda c: c.execute(q.CLAIMS).scalar() or 0)
        if not isinstance(total, int):
            self.states()  # names the row whose fence is no whole number
        return int(total)

    def move_away(self, note: str) -> str | None:
        """Notes that the workspace goes on elsewhere, if no live runner holds a step. Returns the id of a held one.

        Neither can come between: from the note on, every claim raises ConfigError DCP-285.
        """

        def move(c: Connection) -> str | None:
            running = c.execute(q.held(self._db.is_sqlite))
            held = [row.step_id for row in running if not owner_is_dead(row.owner or "")]
            if not held:
                self._db.put(c, t.meta, [{"key": MOVED_NOTE, "value": note}], changes=("value",))
            return min(held, default=None)

        return self._db.write(move)

    # ------------------------------------------------------------ notes

    def remember(self, key: str, value: str) -> str:
        """Stores the value under the key unless one exists; returns the stored value."""

        def keep(c: Connection) -> str:
            self._db.put(c, t.meta, [{"key": key, "value": value}])
            return str(c.execute(q.NOTE, {"key": key}).scalar_one())

        return self._db.write(keep)

    def forget(self, key: str, value: str | None = None) -> None:
        """Deletes the value under the key; with `value`, only if that is the stored one."""
        forget = q.FORGET if value is None else q.FORGET_THIS
        self._db.write(lambda c: c.execute(forget, {"of_key": key, "of_value": value}))

    def note(self, key: str) -> str | None:
        """The value stored under the key, None for none."""
        value = self._db.read(lambda c: c.execute(q.NOTE, {"key": key}).scalar())
        return None if value is None else str(value)

    def swap_note(self, key: str, old: str | None, new: str) -> bool:
        """Compare-and-set: stores `new` if the current value is `old` (None: no value)."""

        def swap(c: Connection) -> bool:
            if old is None:
                self._db.put(c, t.meta, [{"key": key, "value": new}])
                return c.execute(q.NOTE, {"key": key}).scalar() == new
            swapped = c.execute(q.SWAP, {"of_key": key, "of_value": old, "value": new})
            return swapped.rowcount == 1

        return self._db.write(swap)

    def set_note(self, key: str, value: str) -> None:
        """Stores the value under the key, replacing any other."""
        self._db.write(lambda c: self._db.put(c, t.meta, [{"key": key, "value": value}], changes=("value",)))

    def notes(self, start: str) -> dict[str, str]:
        """All values whose keys begin with this."""
        rows = self._db.read(lambda c: c.execute(q.notes_from(start)).all())
        return {str(row.key): str(row.value) for row in rows}

    def record(self, key: str, of: type[R]) -> R | None:
        """The record stored under the key, None for none. Raises ConfigError DCP-293 if it is not one."""
        text = self.note(key)
        return None if text is None else self.read_as(of, key, text)

    def records(self, start: str, of: type[R]) -> dict[str, R]:
        """All records whose keys begin with this, by the rest of the key. Raises ConfigError DCP-293."""
        found = sorted(self.notes(start).items())
        return {key.removeprefix(start): self.read_as(of, key, text) for key, text in found}

    def moments(self, start: str) -> dict[str, str]:
        """All times whose keys begin with this, by the rest of the key. Raises ConfigError DCP-293."""
        found = self.notes(start).items()
        return {key.removeprefix(start): moment_of_note(text, self._db.where, key) for key, text in found}

    def read_as(self, of: type[R], key: str, text: str) -> R:
        """The record in a note that was read before, for a compare-and-set. Raises ConfigError DCP-293."""
        return record_of_note(of, text, self._db.where, key)

    # ------------------------------------------------------------ effects

    def record_effect(self, claim: Claim, effect: Effect) -> None:
        """Records a resource created or adopted by the claim's step. Idempotent. Raises LeaseLost."""

        def record(c: Connection) -> None:
            if not _progress(c, claim, q.PROGRESS):
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
        self._db.write(lambda c: c.execute(q.REMOVED, _of_effect(side, (kind,), resource_id)))

    def effects(self, *, side: str | None = None, role: Role | None = None, removed: bool = False) -> list[Effect]:
        """Our resources, oldest first; with `removed`, also deleted ones."""
        rows = self._db.read(lambda c: c.execute(q.effects_of(side, role, removed)).mappings().all())
        return [self._record(Effect, row, "effects", row["side"], row["kind"], row["resource_id"]) for row in rows]

    def temporaries(self, side: str, source_id: str) -> list[tuple[Kind, str]]:
        """Kinds and ids of the temporary resources made for this source resource, without deleted ones."""
        found = self.effects(side=side, role=Role.TEMPORARY)
        return [(effect.kind, effect.resource_id) for effect in found if effect.source_id == source_id]

    def is_temporary(self, side: str, kinds: Iterable[Kind], resource_id: str) -> bool:
        """Whether the ledger lists this resource as our temporary that still exists."""
        of = _of_effect(side, kinds, resource_id)
        return self._db.read(lambda c: c.execute(q.TEMPORARY, of).first()) is not None

    def target_id(self, kind: Kind, source_id: str) -> str | None:
        """The id at the target for a source resource."""
        of = {"kind": kind.value, "source_id": source_id}
        found = self._db.read(lambda c: c.execute(q.TARGET_ID, of).scalar())
        return None if found is None else str(found)

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
        rows = self._db.read(lambda c: c.execute(q.APPROVALS).mappings().all())
        return [self._record(Approval, row, "approvals", row["gate"], row["step_id"]) for row in rows]

    def withdraw(self, step_ids: Iterable[str]) -> None:
        """Removes all approvals of these steps."""
        self._db.write(lambda c: c.execute(delete(t.approvals).where(t.approvals.c.step_id.in_(list(step_ids)))))

    def journal(self) -> list[JournalLine]:
        """Finished stages, oldest first."""
        rows = self._db.read(lambda c: c.execute(q.JOURNAL).mappings().all())
        return [self._record(JournalLine, row, "journal", f"id {row['id']}") for row in rows]

    def _state(self, row: RowMapping) -> StepState:
        return self._record(StepState, row, "steps", row["step_id"])

    def _record(self, of: type[S], row: RowMapping, table: str, *key: object) -> S:
        values = {name: row[name] for name in of.__struct_fields__}
        return record_of_row(of, values, self._db.where, table, " ".join(map(str, key)))


def _told(note: str, key: str) -> str:
    """A fact of a note; `?` if it has none."""
    try:
        return str(json.loads(note)[key])
    except (ValueError, LookupError, TypeError, RecursionError):
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


def _is_abandoned(row: StepState, expired: object) -> bool:
    return bool(expired) or (bool(row.owner) and owner_is_dead(row.owner or ""))


def _progress(c: Connection, claim: Claim, statement: Update, **values: Any) -> bool:
    """Updates the claim's step; False if the claim no longer owns it."""
    mine = {"of_step": claim.step_id, "of_fence": claim.fence}
    return c.execute(statement, {**mine, "updated_at": iso(utc_now()), **values}).rowcount == 1


def _was_ended(c: Connection, claim: Claim) -> bool:
    """Whether this claim has already ended: only its own `finish` clears the owner and leaves the fence."""
    row = c.execute(select(t.steps.c.fence, t.steps.c.owner).where(t.steps.c.step_id == claim.step_id)).first()
    return row is not None and (row.fence, row.owner) == (claim.fence, None)


def _of_effect(side: str, kinds: Iterable[Kind], resource_id: str) -> dict[str, Any]:
    return {"of_side": side, "of_kinds": [kind.value for kind in kinds], "of_id": resource_id}


def _fields(record: Any) -> dict[str, Any]:
    return {name: getattr(record, name) for name in record.__struct_fields__}
