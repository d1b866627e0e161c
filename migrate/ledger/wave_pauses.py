"""Pauses of waves, as notes in the ledger: a person asks for them, and every runner obeys."""

from collections.abc import Iterable

import msgspec

from migrate.ledger.ledger import Ledger
from migrate.ledger.ledger_records import Moment
from migrate.model import Record

_PREFIX = "paused:"


class Pause(Record, frozen=True, kw_only=True):
    """A pause of a wave. `at`: since when, `who`: asked for it; `until`: when it ends by itself, empty for never."""

    at: Moment
    who: str
    until: Moment = ""

    def is_over(self, now: str) -> bool:
        """Whether it has ended by itself. `now`: ISO time in UTC, as all of these."""
        return bool(self.until) and self.until <= now


def pause(ledger: Ledger, stops: Iterable[str], one: Pause) -> None:
    """Records the pause for all stops of a wave, in place of an earlier one."""
    for stop in stops:
        ledger.set_note(_PREFIX + stop, msgspec.json.encode(one).decode())


def resume(ledger: Ledger, stops: Iterable[str]) -> None:
    """Ends the pause of a wave."""
    for stop in stops:
        ledger.forget(_PREFIX + stop)


def pauses(ledger: Ledger) -> dict[str, Pause]:
    """Maps stop steps to the pause of their wave; one that has ended by itself is still listed."""
    return ledger.records(_PREFIX, Pause)
