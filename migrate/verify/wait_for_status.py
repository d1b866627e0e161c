"""Waiting for a cloud to change its mind: backoff, a ceiling, errors by state."""

from collections.abc import Callable

from migrate.errors import ItemError, NotFound, TransientError
from migrate.messages import codes
from migrate.model import Kind
from migrate.monitor import StopFlag

GONE = "gone"

_FIRST_S = 0.3
_LONGEST_S = 5.0
_DEAD = frozenset({"killed", "deleted", "pending_delete", "deactivated", GONE})


def until(
    look: Callable[[], str],
    wanted: frozenset[str],
    *,
    kind: Kind,
    resource_id: str,
    stop: StopFlag,
    limit_s: float,
) -> str:
    """Looks until the status is one of `wanted`, and returns it.

    Raises: ItemError DCP-704: an error state, or gone.  TransientError DCP-705: `limit_s` of waiting was not enough.
    Cancelled.
    """
    waited_s, pause_s = 0.0, _FIRST_S
    while True:
        try:
            status = look().lower()
        except NotFound:
            status = GONE
        if status in wanted:
            return status
        if status.startswith("error") or status in _DEAD:
            raise ItemError(codes.READ_BACK_ENDED_IN_STATE, kind=kind.value, id=resource_id, status=status)
        if waited_s >= limit_s:
            raise TransientError(
                codes.READ_BACK_STILL_IN_STATE, kind=kind.value, id=resource_id, status=status, waited_s=waited_s
            )
        stop.check()
        stop.wait(pause_s)
        waited_s, pause_s = waited_s + pause_s, min(pause_s * 1.6, _LONGEST_S)
