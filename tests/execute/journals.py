"""What a run told and left."""

from migrate.ledger.ledger_records import StepState
from tests.execute.rig import Rig


def states(rig: Rig) -> dict[str, StepState]:
    ledger = rig.ledger()
    try:
        return ledger.states()
    finally:
        ledger.close()


def changes(rig: Rig) -> list[tuple[str, str]]:
    """Requests to the target that change something."""
    return [
        (method, path)
        for method, service, path in rig.target_world.log
        if method not in ("GET", "HEAD") and service != "identity"
    ]
