"""What happened to servers of waves, as notes by id of the stop: our stops, rollbacks and acceptances."""

from typing import TypeVar

import msgspec

from migrate.ledger.ledger import Ledger
from migrate.ledger.ledger_records import Accepted, Cut, Rollback
from migrate.model import Record

_CUT, _ROLLBACK, _ACCEPTED = "cut:", "rollback:", "accepted:"

R = TypeVar("R", bound=Record)


def cuts(ledger: Ledger) -> dict[str, Cut]:
    """Stops that we requested, unless the server was seen running since."""
    return _read(ledger, _CUT, Cut)


def note_cut(ledger: Ledger, stop: str, cut: Cut) -> None:
    """Records a stop before it is requested; a rollback of an earlier one no longer counts."""
    old = rollbacks(ledger).get(stop)
    if old and old.counts:
        note_rollback(ledger, stop, msgspec.structs.replace(old, again_at=cut.asked_at))
    _write(ledger, _CUT + stop, cut)


def forget_cut(ledger: Ledger, stop: str) -> None:
    """The server was seen running: no earlier request keeps it stopped."""
    ledger.forget(_CUT + stop)


def rollbacks(ledger: Ledger) -> dict[str, Rollback]:
    """The last rollback of each server, even if a later cut-over stopped it again."""
    return _read(ledger, _ROLLBACK, Rollback)


def note_rollback(ledger: Ledger, stop: str, rollback: Rollback) -> None:
    _write(ledger, _ROLLBACK + stop, rollback)


def forget_rollback(ledger: Ledger, stop: str) -> None:
    ledger.forget(_ROLLBACK + stop)


def acceptances(ledger: Ledger) -> dict[str, Accepted]:
    """Accepted servers."""
    return _read(ledger, _ACCEPTED, Accepted)


def note_accepted(ledger: Ledger, stop: str, accepted: Accepted) -> None:
    _write(ledger, _ACCEPTED + stop, accepted)


def _read(ledger: Ledger, start: str, of: type[R]) -> dict[str, R]:
    found = ledger.notes(start)
    return {key.removeprefix(start): msgspec.json.decode(value, type=of) for key, value in sorted(found.items())}


def _write(ledger: Ledger, key: str, record: Record) -> None:
    ledger.set_note(key, msgspec.json.encode(record).decode())
