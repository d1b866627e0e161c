"""All kinds of input, by name."""

from tests.fuzz import answers, archives, ext, ledger, qcow2, store, wire, workspace
from tests.fuzz.engine import Kind


def kinds() -> dict[str, Kind]:
    rooms = (qcow2, ext, store, answers, wire, archives, ledger, workspace)
    return {name: kind for room in rooms for name, kind in room.KINDS.items()}
