"""What was predicted of each server's downtime before its stop, as notes in the ledger."""

from collections.abc import Mapping

import msgspec

from migrate.ledger.ledger import Ledger
from migrate.ledger.ledger_records import Predicted

_PREFIX = "downtime:"


def note_predictions(ledger: Ledger, predicted: Mapping[str, Predicted]) -> None:
    """Records the prediction of each stop step in place of an earlier one."""
    for step_id, one in predicted.items():
        ledger.set_note(_PREFIX + step_id, msgspec.json.encode(one).decode())


def predictions(ledger: Ledger) -> dict[str, Predicted]:
    """Maps stop steps to the last prediction before their stop."""
    return ledger.records(_PREFIX, Predicted)
