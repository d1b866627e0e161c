"""A wave that goes back, stage by stage."""

from migrate.execute.wave_rollback import facts_of
from migrate.plan.wave_state import Stage, wave_states
from tests.execute.rig import Rig


def stage(rig: Rig) -> Stage:
    ledger = rig.ledger()
    try:
        (state,) = wave_states(rig.plan, facts_of(ledger))
        return state.stage
    finally:
        ledger.close()


def statuses(rig: Rig) -> tuple[list[str], list[str]]:
    """Of the servers at the source and at the target."""
    source, target = ([s.status for s in rig.cloud(side).compute.servers()] for side in ("source", "target"))
    return source, target
