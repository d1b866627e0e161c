"""The gate of a rollback: a person's approval, valid for one stop of each of a wave's servers.

Its rows in the ledger are no steps. Their digest holds the moment of the stop, so that an approval is used up once the
server was started, and covers no later stop.
"""

import hashlib
from collections.abc import Iterable

from migrate.execute.stop_turns import ASKED
from migrate.ledger.ledger import Ledger
from migrate.ledger.wave_notes import cuts
from migrate.units import iso, utc_now

GATE = "rollback"


def approve_rollback(ledger: Ledger, stops: Iterable[str], who: str) -> None:
    """Approves the rollback of these stops as they are now."""
    ledger.approve(GATE, who, {_row(stop): _digest(ledger, stop) for stop in stops}, iso(utc_now()))


def is_approved(ledger: Ledger, stop: str) -> bool:
    return approver(ledger, stop) is not None


def approver(ledger: Ledger, stop: str) -> str | None:
    """Who approved the rollback of exactly this stop."""
    row, digest = _row(stop), _digest(ledger, stop)
    found = (one for one in ledger.approvals() if one.gate == GATE and (one.step_id, one.digest) == (row, digest))
    return next((one.who for one in found), None)


def approver_of(ledger: Ledger, stops: Iterable[str]) -> str:
    """Who approved the rollback of these stops; empty if nobody did."""
    return next((who for stop in stops if (who := approver(ledger, stop))), "")


def use_up(ledger: Ledger, stops: Iterable[str]) -> None:
    """Ends the approvals of these stops and of their rollback: each is good for one."""
    ledger.withdraw([one for stop in stops for one in (stop, _row(stop))])


def _row(stop: str) -> str:
    return f"{stop}:{GATE}"


def _digest(ledger: Ledger, stop: str) -> str:
    cut = cuts(ledger).get(stop)
    moment = cut.asked_at if cut else ledger.note(ASKED + stop) or ""
    return hashlib.sha256(f"{stop}\n{moment}".encode()).hexdigest()
