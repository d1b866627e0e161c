"""What the volumes hold that were written ahead of the stop, as notes in the ledger."""

import msgspec

from migrate.ledger.ledger import Ledger
from migrate.ledger.ledger_records import Preloaded
from migrate.model import name_id

_PRELOADED = "preloaded:"


def preloaded_disks(ledger: Ledger) -> dict[str, Preloaded]:
    """Maps disks, named as in manifests, to their volume at the target that is not used yet."""
    return {one.disk: one for one in ledger.records(_PRELOADED, Preloaded).values()}


def preload_note(ledger: Ledger, disk: str) -> str | None:
    """The note on the disk's volume as it is in the ledger, for `swap_preload_note`."""
    return ledger.note(_PRELOADED + name_id(disk))


def preloaded_in(ledger: Ledger, note: str | None, disk: str, volume_id: str) -> Preloaded | None:
    """What this volume holds of the disk according to the note, if that is about it."""
    found = ledger.read_as(Preloaded, _PRELOADED + name_id(disk), note) if note else None
    return found if found and (found.disk, found.volume_id) == (disk, volume_id) else None


def swap_preload_note(ledger: Ledger, old: str | None, holds: Preloaded) -> str | None:
    """Records what the disk's volume holds, in place of this note; returns the new one.

    None if another runner has written one since: whoever wakes up late must not speak for a volume that is written
    again.
    """
    new = msgspec.json.encode(holds).decode()
    return new if ledger.swap_note(_PRELOADED + name_id(holds.disk), old, new) else None


def forget_preloaded(ledger: Ledger, disk: str) -> None:
    """Records that nothing is known any more of the disk's volume, or that nothing has to be."""
    ledger.forget(_PRELOADED + name_id(disk))
