"""The passes over each disk whose server was read while it ran, as notes in the ledger."""

import msgspec

from migrate.ledger.ledger import Ledger
from migrate.ledger.ledger_records import TakenPass
from migrate.model import name_id

_PASSES, _BEYOND, _ADOPTED = "passes:", "beyond:", "adopted:"
MOST_KEPT = 10
"""Passes of one disk that are remembered, the newest ones."""


def taken_passes(ledger: Ledger) -> dict[str, tuple[TakenPass, ...]]:
    """Maps disks, named as in manifests, to their passes, oldest first."""
    found = ledger.records(_PASSES, tuple[TakenPass, ...]).values()
    return {passes[0].disk: passes for passes in found if passes}


def passes_of_disk(ledger: Ledger, disk: str) -> tuple[TakenPass, ...]:
    """The passes over this disk, oldest first."""
    return ledger.record(_PASSES + name_id(disk), tuple[TakenPass, ...]) or ()


def note_pass(ledger: Ledger, taken: TakenPass) -> None:
    """Records a pass; one that is already known stays as it was first recorded."""
    known = passes_of_disk(ledger, taken.disk)
    if all(one.origin_id != taken.origin_id for one in known):
        kept = (*known, taken)[-MOST_KEPT:]
        ledger.set_note(_PASSES + name_id(taken.disk), msgspec.json.encode(kept).decode())


def ask_for_another(ledger: Ledger, taken: TakenPass) -> None:
    """Records that a pass after this one is wanted: until there is one, the pass step is not done by it."""
    ledger.set_note(_BEYOND + name_id(taken.disk), taken.origin_id)


def is_asked_beyond(ledger: Ledger, taken: TakenPass) -> bool:
    """Whether a pass after this one is wanted."""
    return ledger.note(_BEYOND + name_id(taken.disk)) == taken.origin_id


def note_adopted(ledger: Ledger, disk: str, origin_id: str) -> None:
    """Records that this warm pass stands in for a capture of the disk."""
    ledger.set_note(_ADOPTED + disk, origin_id)


def forget_adopted(ledger: Ledger, disk: str) -> None:
    """Records that the disk has a capture again."""
    ledger.forget(_ADOPTED + disk)


def adopted_passes(ledger: Ledger) -> dict[str, str]:
    """Maps disks to the origin id of the warm pass that stands in for their capture."""
    return {key.removeprefix(_ADOPTED): origin_id for key, origin_id in ledger.notes(_ADOPTED).items()}
