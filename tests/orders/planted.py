"""Defects that are put into the classes of `cases.py`, each under the name of the case that must find it."""

from collections.abc import Callable
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

from msgspec.structs import replace
from sqlalchemy import select, update

from migrate.clouds.http import pace
from migrate.disks.store import chunk_index
from migrate.disks.store.pass_writer import PassWriter
from migrate.execute.test_launch import launch_turn
from migrate.ledger import ledger
from migrate.ledger import ledger_tables as t
from migrate.ledger.ledger import Ledger
from migrate.ledger.ledger_records import State
from migrate.ledger.step_claim import Claim, steady_s
from migrate.pool import Pool
from tests.orders.every_order import between

_NO_LOCKS = SimpleNamespace(Lock=nullcontext)


def _put(thing: Any, name: str, value: object) -> None:
    setattr(thing, name, value)


def _a_failed_call_keeps_its_hand() -> None:
    def work(self: Pool) -> None:
        while (call := self._calls.get()) is not None:
            try:
                call()
                self._free.put(None)
            except Exception as err:
                self._error = self._error or err

    _put(Pool, "_work", work)


def _the_end_of_a_pool_does_not_wait() -> None:
    def end(self: Pool) -> None:
        for _ in self._threads:
            self._calls.put(None)

    _put(Pool, "_end", end)


def _turns_without_lock() -> None:
    _put(pace, "threading", _NO_LOCKS)


def _bandwidth_without_lock() -> None:
    begin = pace.Throttle.__post_init__

    def unlocked(self: Any) -> None:
        begin(self)
        self._lock = nullcontext()

    _put(pace.Throttle, "__post_init__", unlocked)


def _index_without_lock() -> None:
    _put(chunk_index, "threading", _NO_LOCKS)


def _batches_are_stored_out_of_order() -> None:
    def claim(self: PassWriter, flush: bool) -> Any:
        with self._changing:
            if not (self._open.is_full or (flush and self._open.rows)):
                return None
            self._closing, self._open = self._open, type(self._open)()
            return self._closing

    _put(PassWriter, "_claim", claim)


def _a_full_batch_is_taken_from() -> None:
    """It may be on its way already."""
    take = PassWriter._take

    def into_what_was_open(self: PassWriter, index: int, cut: Any) -> bool:
        batch = self._open
        between()
        if batch is self._open:
            return take(self, index, cut)
        batch.rows[index] = cut.row
        return True

    _put(PassWriter, "_take", into_what_was_open)


def _claims_look_first() -> None:
    """And write in another transaction, whatever has happened meanwhile."""

    def claim(self: Ledger, step_id: str, owner: str, lease_s: float, _digest: str | None = None) -> Claim | None:
        row = self.states()[step_id]
        if row.state is State.DONE or not ledger._is_abandoned(row, row.lease_until < self.clock()):
            return None
        between()
        values = {"state": "running", "owner": owner, "fence": row.fence + 1, "lease_until": self.clock() + lease_s}
        self._db.write(lambda c: c.execute(update(t.steps).where(t.steps.c.step_id == step_id).values(**values)))
        return Claim(self.renew, step_id, owner, row.fence + 1, lease_s, steady_s(), row.digest)

    _put(Ledger, "claim", claim)


def _no_fence() -> None:
    progress = ledger._progress

    def of_anybody(c: Any, claim: Claim, statement: Any, **values: Any) -> bool:
        row = c.execute(select(t.steps.c.fence).where(t.steps.c.step_id == claim.step_id)).first()
        return progress(c, replace_fence(claim, row.fence), statement, **values)

    def replace_fence(claim: Claim, fence: int) -> Claim:
        return Claim(claim._renew, claim.step_id, claim.owner, fence, claim.lease_s, steady_s(), claim.digest)

    _put(ledger, "_progress", of_anybody)


def _a_turn_is_taken_unseen() -> None:
    def swap(self: Ledger, key: str, _old: str | None, new: str) -> bool:
        self.set_note(key, new)
        return True

    _put(Ledger, "swap_note", swap)


def _a_beat_undoes_a_keep() -> None:
    def put(self: launch_turn.Turn, **changes: Any) -> bool:
        new = replace(self.note, **changes)
        with self._lock:
            is_ours = self.ledger.swap_note(launch_turn.NOTE, launch_turn._text(self.note), launch_turn._text(new))
            if is_ours:
                self.note = new
            return is_ours

    _put(launch_turn.Turn, "_put", put)


PLANTED: dict[str, tuple[str, Callable[[], None]]] = {
    "a-failed-call-keeps-its-hand": ("pool", _a_failed_call_keeps_its_hand),
    "the-end-of-a-pool-does-not-wait": ("pool", _the_end_of_a_pool_does_not_wait),
    "turns-without-lock": ("pace", _turns_without_lock),
    "bandwidth-without-lock": ("throttle", _bandwidth_without_lock),
    "index-without-lock": ("chunk-index", _index_without_lock),
    "batches-are-stored-out-of-order": ("pass-writer", _batches_are_stored_out_of_order),
    "a-full-batch-is-taken-from": ("pass-writer", _a_full_batch_is_taken_from),
    "claims-look-first": ("claim", _claims_look_first),
    "no-fence": ("claim", _no_fence),
    "a-turn-is-taken-unseen": ("launch-turn", _a_turn_is_taken_unseen),
    "a-beat-undoes-a-keep": ("kept-launch", _a_beat_undoes_a_keep),
}
"""Each with the case that must find it."""
