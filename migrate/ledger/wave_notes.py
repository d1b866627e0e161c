"""What happened to servers of waves, as notes by id of the stop: our stops, rollbacks and acceptances."""

import msgspec
from msgspec.structs import replace

from migrate.ledger.ledger import Ledger
from migrate.ledger.ledger_records import Accepted, Cut, Rollback
from migrate.model import Record

_CUT, _ROLLBACK, _ACCEPTED = "cut:", "rollback:", "accepted:"


def cuts(ledger: Ledger) -> dict[str, Cut]:
    """Stops that we requested, unless the server was seen running since."""
    return ledger.records(_CUT, Cut)


def note_cut(ledger: Ledger, stop: str, cut: Cut) -> None:
    """Records a stop before it is requested; a rollback of an earlier one no longer counts."""
    end_rollback(ledger, stop, cut.asked_at)
    _write(ledger, _CUT + stop, cut)


def end_rollback(ledger: Ledger, stop: str, at: str) -> None:
    """The server is being moved again since `at` (ISO time): its rollback, if it has ended, no longer counts."""
    old = rollback_of(ledger, stop)
    if old and old.counts and old.ended:
        swap_rollback(ledger, stop, old, replace(old, again_at=at))


def forget_cut(ledger: Ledger, stop: str) -> None:
    """The server was seen running: no earlier request keeps it stopped."""
    ledger.forget(_CUT + stop)


def rollbacks(ledger: Ledger) -> dict[str, Rollback]:
    """The last rollback of each server, even if a later cut-over stopped it again."""
    return ledger.records(_ROLLBACK, Rollback)


def rollback_of(ledger: Ledger, stop: str) -> Rollback | None:
    return ledger.record(_ROLLBACK + stop, Rollback)


def swap_rollback(ledger: Ledger, stop: str, old: Rollback | None, new: Rollback) -> bool:
    """Compare-and-set: False if another process has recorded something else since `old` was read."""
    return ledger.swap_note(_ROLLBACK + stop, None if old is None else _text(old), _text(new))


def forget_rollback(ledger: Ledger, stop: str, rollback: Rollback) -> None:
    """Takes back a rollback that has only just been recorded."""
    ledger.forget(_ROLLBACK + stop, _text(rollback))


def acceptances(ledger: Ledger) -> dict[str, Accepted]:
    """Accepted servers."""
    return ledger.records(_ACCEPTED, Accepted)


def note_accepted(ledger: Ledger, stop: str, accepted: Accepted) -> Accepted:
    """Records the word unless there is one; returns the one that counts."""
    key = _ACCEPTED + stop
    return ledger.read_as(Accepted, key, ledger.remember(key, _text(accepted)))


def _write(ledger: Ledger, key: str, record: Record) -> None:
    ledger.set_note(key, _text(record))


def _text(record: Record) -> str:
    return msgspec.json.encode(record).decode()
