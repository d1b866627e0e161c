"""Opens, reads and writes the ledger. Every write of a step's progress carries `WHERE fence = mine`."""

import json
import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, insert, or_, select, update
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError, OperationalError

from migrate.errors import ConfigError, ConflictError, FatalError, LeaseLost
from migrate.ledger import tables as t
from migrate.ledger.claim import Claim, owner_is_dead, steady_s
from migrate.ledger.records import Approval, Effect, JournalLine, State, StepState
from migrate.model import Kind, Role
from migrate.units import iso, utc_now

_CLAIMABLE = (State.PENDING, State.WAITING, State.BLOCKED, State.FAILED)


class Ledger:
    """One migration's ledger. Safe to use from several threads and processes."""

    def __init__(self, engine: Engine, migration: str, where: str) -> None:
        self._engine = engine
        self.migration = migration
        self._where = where

    # ------------------------------------------------------------ opening

    @classmethod
    def open(cls, url: str, migration: str) -> "Ledger":
        """Opens the ledger at a SQLAlchemy URL, making its tables when there are none.

        Raises: ConfigError DCP-215 (damaged, or no ledger of ours), DCP-212 (another version), ConflictError DCP-504
        (another migration's), FatalError DCP-111 (cannot be written).
        """
        where = make_url(url).render_as_string(hide_password=True)
        engine = create_engine(url, connect_args={"timeout": 30} if url.startswith("sqlite") else {})
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", _sqlite_pragmas)
        ledger = cls(engine, migration, where)
        with ledger._faults():
            ledger._prepare()
        return ledger

    def _prepare(self) -> None:
        with self._engine.begin() as c:
            self._refuse_a_cut_file(c)
            t.metadata.create_all(c)
            found = {row.key: row.value for row in c.execute(select(t.meta))}
            if not found:
                c.execute(
                    insert(t.meta),
                    [
                        {"key": "format", "value": "decamp-ledger"},
                        {"key": "version", "value": str(t.SCHEMA_VERSION)},
                        {"key": "migration", "value": self.migration},
                    ],
                )
                return
        if found.get("version") != str(t.SCHEMA_VERSION):
            raise ConfigError("DCP-212", path=self._where, expected=f"decamp-ledger {t.SCHEMA_VERSION}")
        if found.get("migration") != self.migration:
            raise ConflictError("DCP-504", path=self._where)

    def _refuse_a_cut_file(self, c: Connection) -> None:
        """SQLite takes a file that lacks the end of its last page for whole."""
        database = self._engine.url.database
        if self._engine.dialect.name != "sqlite" or not database or not Path(database).exists():
            return
        journal = Path(f"{database}-wal")
        if journal.exists() and journal.stat().st_size:
            # A checkpoint that was interrupted may have left half a page: the journal mends it.
            return
        if Path(database).stat().st_size % int(c.exec_driver_sql("PRAGMA page_size").scalar_one()):
            raise ConfigError("DCP-215", path=self._where, why="cut short")

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def _faults(self) -> Iterator[None]:
        """Database errors become ours: unwritable is fatal, damaged is a configuration error."""
        try:
            yield
        except OperationalError as err:
            raise FatalError("DCP-111", path=self._where, why=str(err.orig)) from err
        except DatabaseError as err:
            raise ConfigError("DCP-215", path=self._where, why=str(err.orig)) from err

    @contextmanager
    def _begin(self) -> Iterator[Connection]:
        with self._faults(), self._engine.begin() as c:
            yield c

    # ------------------------------------------------------------ steps

    def sync(self, digests: dict[str, str]) -> None:
        """Takes up the plan's steps (id -> digest). A done step that has changed is looked at again."""
        now = iso(utc_now())
        with self._begin() as c:
            rows = {r.step_id: r for r in c.execute(select(t.steps))}
            new = [
                {"step_id": i, "digest": d, "state": State.PENDING.value, "facts": "{}", "updated_at": now}
                for i, d in digests.items()
                if i not in rows
            ]
            if new:
                c.execute(insert(t.steps), new)
            for step_id, row in rows.items():
                wanted = digests.get(step_id)
                if wanted == row.digest and row.state != State.SKIPPED:
                    continue
                if wanted is None:
                    values: dict[str, Any] = {"state": State.SKIPPED.value, "code": None}
                elif row.state == State.RUNNING:
                    values = {"digest": wanted}
                else:
                    values = {"digest": wanted, "state": State.PENDING.value, "code": None, "facts": "{}"}
                c.execute(update(t.steps).where(t.steps.c.step_id == step_id).values(**values, updated_at=now))

    def states(self) -> dict[str, StepState]:
        """All steps that the ledger knows, by id."""
        with self._begin() as c:
            rows = c.execute(select(t.steps).order_by(t.steps.c.step_id)).mappings().all()
        return {
            row["step_id"]: StepState(**{**row, "state": State(row["state"]), "facts": json.loads(row["facts"])})
            for row in rows
        }

    def claim(self, step_id: str, owner: str, lease_s: float) -> Claim | None:
        """Takes the step, or None when somebody else has it or it is done. Raises its fence by one."""
        # Both clocks before the write, which may wait for the database: our own lease never outlives the ledger's.
        now, claimed_at = time.time(), steady_s()
        with self._begin() as c:
            holder = c.execute(
                select(t.steps.c.owner).where(t.steps.c.step_id == step_id, t.steps.c.state == State.RUNNING.value)
            ).scalar()
            free = t.steps.c.state.in_([s.value for s in _CLAIMABLE])
            expired = (t.steps.c.state == State.RUNNING.value) & (t.steps.c.lease_until < now)
            if holder and owner_is_dead(holder):
                # Fence and owner make this a compare-and-set: a third runner may have come in between.
                expired = expired | ((t.steps.c.state == State.RUNNING.value) & (t.steps.c.owner == holder))
            fence = c.execute(
                update(t.steps)
                .where(t.steps.c.step_id == step_id, or_(free, expired))
                .values(
                    state=State.RUNNING.value,
                    owner=owner,
                    fence=t.steps.c.fence + 1,
                    lease_until=now + lease_s,
                    attempts=t.steps.c.attempts + 1,
                    code=None,
                    facts="{}",
                    updated_at=iso(utc_now()),
                )
                .returning(t.steps.c.fence)
            ).scalar()
        return None if fence is None else Claim(self, step_id, owner, fence, lease_s, claimed_at)

    def renew(self, claim: Claim) -> bool:
        """Puts the lease's end off; False when the step is no longer the claim's."""
        with self._begin() as c:
            return self._progress(c, claim, lease_until=time.time() + claim.lease_s)

    def finish(
        self,
        claim: Claim,
        state: State,
        *,
        code: str | None = None,
        facts: dict[str, str] | None = None,
        journal: JournalLine | None = None,
    ) -> None:
        """Ends the claim with the step's new state, and its journal line with it. Raises LeaseLost."""
        with self._begin() as c:
            values: dict[str, Any] = {
                "state": state.value,
                "code": code,
                "facts": json.dumps(facts or {}),
                "owner": None,
                "lease_until": 0.0,
            }
            if state is State.DONE:
                values["done_digest"] = t.steps.c.digest
            if not self._progress(c, claim, **values):
                raise LeaseLost("DCP-303", step=claim.step_id)
            if journal:
                c.execute(insert(t.journal).values(**_fields(journal)))

    def reopen(self, step_id: str) -> None:
        """A done step whose result has gone since is to be done again; any other state is left as it is."""
        with self._begin() as c:
            c.execute(
                update(t.steps)
                .where(t.steps.c.step_id == step_id, t.steps.c.state == State.DONE.value)
                .values(state=State.PENDING.value, done_digest=None, updated_at=iso(utc_now()))
            )

    def set_idle_state(self, step_id: str, state: State, code: str, facts: dict[str, str]) -> None:
        """Records why an unclaimed step does not run: waiting for a gate, blocked by another."""
        with self._begin() as c:
            c.execute(
                update(t.steps)
                .where(
                    t.steps.c.step_id == step_id,
                    t.steps.c.state.in_([State.PENDING.value, State.WAITING.value, State.BLOCKED.value]),
                )
                .values(state=state.value, code=code, facts=json.dumps(facts), updated_at=iso(utc_now()))
            )

    @staticmethod
    def _progress(c: Connection, claim: Claim, **values: Any) -> bool:
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

    # ------------------------------------------------------------ effects

    def record_effect(self, claim: Claim, effect: Effect) -> None:
        """Records what the claim's step has made or adopted. Repeating it changes nothing. Raises LeaseLost."""
        with self._begin() as c:
            if not self._progress(c, claim):
                raise LeaseLost("DCP-303", step=claim.step_id)
            self._upsert_effect(c, effect)

    def adopt_effect(self, effect: Effect) -> None:
        """Records something found by its mark outside any step (`clean`)."""
        with self._begin() as c:
            self._upsert_effect(c, effect)

    @staticmethod
    def _upsert_effect(c: Connection, effect: Effect) -> None:
        key = (
            (t.effects.c.side == effect.side)
            & (t.effects.c.kind == effect.kind.value)
            & (t.effects.c.resource_id == effect.resource_id)
        )
        changed = c.execute(update(t.effects).where(key).values(removed=effect.removed, step_id=effect.step_id))
        if changed.rowcount == 0:
            c.execute(
                insert(t.effects).values(**{**_fields(effect), "kind": effect.kind.value, "role": effect.role.value})
            )

    def effect_removed(self, side: str, kind: Kind, resource_id: str) -> None:
        """The resource is gone from its cloud."""
        with self._begin() as c:
            c.execute(
                update(t.effects)
                .where(
                    t.effects.c.side == side,
                    t.effects.c.kind == kind.value,
                    t.effects.c.resource_id == resource_id,
                )
                .values(removed=True)
            )

    def effects(self, *, side: str | None = None, removed: bool = False) -> list[Effect]:
        """What we made, oldest first; with `removed`, also what is gone again."""
        query = select(t.effects).order_by(t.effects.c.made_at, t.effects.c.kind, t.effects.c.resource_id)
        if side:
            query = query.where(t.effects.c.side == side)
        if not removed:
            query = query.where(t.effects.c.removed.is_(False))
        with self._begin() as c:
            rows = c.execute(query).mappings().all()
        return [Effect(**{**row, "kind": Kind(row["kind"]), "role": Role(row["role"])}) for row in rows]

    def is_temporary(self, side: str, kinds: Iterable[Kind], resource_id: str) -> bool:
        """The ledger records this resource as a temporary of ours that still exists."""
        with self._begin() as c:
            return (
                c.execute(
                    select(t.effects.c.resource_id).where(
                        t.effects.c.side == side,
                        t.effects.c.kind.in_([k.value for k in kinds]),
                        t.effects.c.resource_id == resource_id,
                        t.effects.c.role == Role.TEMPORARY.value,
                        t.effects.c.removed.is_(False),
                    )
                ).first()
                is not None
            )

    def target_id(self, kind: Kind, source_id: str) -> str | None:
        """What a source resource became at the target."""
        with self._begin() as c:
            return c.execute(
                select(t.effects.c.resource_id)
                .where(
                    t.effects.c.side == "target",
                    t.effects.c.kind == kind.value,
                    t.effects.c.source_id == source_id,
                    t.effects.c.role == Role.MOVED.value,
                    t.effects.c.removed.is_(False),
                )
                .order_by(t.effects.c.made_at, t.effects.c.resource_id)
            ).scalar()

    # ------------------------------------------------------------ gates and journal

    def approve(self, gate: str, who: str, digests: dict[str, str], at: str) -> None:
        """Grants the gate for these steps (id -> digest), over any earlier grant of it for them."""
        with self._begin() as c:
            for step_id, digest in digests.items():
                key = (t.approvals.c.gate == gate) & (t.approvals.c.step_id == step_id)
                values = {"gate": gate, "step_id": step_id, "digest": digest, "who": who, "at": at}
                if c.execute(update(t.approvals).where(key).values(**values)).rowcount == 0:
                    c.execute(insert(t.approvals).values(**values))

    def approvals(self) -> list[Approval]:
        with self._begin() as c:
            rows = c.execute(select(t.approvals).order_by(t.approvals.c.gate, t.approvals.c.step_id)).mappings().all()
        return [Approval(**row) for row in rows]

    def journal(self) -> list[JournalLine]:
        """Finished stages, oldest first."""
        columns = [column for column in t.journal.c if column.name != "id"]
        with self._begin() as c:
            rows = c.execute(select(*columns).order_by(t.journal.c.id)).mappings().all()
        return [JournalLine(**row) for row in rows]


def _fields(record: Any) -> dict[str, Any]:
    return {name: getattr(record, name) for name in record.__struct_fields__}


def _sqlite_pragmas(connection: sqlite3.Connection, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    # A killed process loses nothing this way; a power cut may lose the last rows, and marks make up for those.
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA busy_timeout=30000")
    cursor.close()
