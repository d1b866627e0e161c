"""Waits for the status of a resource at the target."""

from collections.abc import Callable

from migrate.errors import ItemError, NotFound, TransientError
from migrate.messages import codes
from migrate.model import Kind
from migrate.monitor import StopFlag
from migrate.polling import StillWaiting, poll

GONE = "gone"

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
    """Polls until the status is one of `wanted`, and returns it.

    Raises: ItemError DCP-704: an error state, or gone.  TransientError DCP-705: `limit_s` of waiting was not enough.
            Cancelled.
    """

    def status() -> str:
        try:
            return look().lower()
        except NotFound:
            return GONE

    def is_over(now: str) -> bool:
        if now not in wanted and (now.startswith("error") or now in _DEAD):
            raise ItemError(codes.READ_BACK_ENDED_IN_STATE, kind=kind.value, id=resource_id, status=now)
        return now in wanted

    try:
        return poll(status, is_over, limit_s=limit_s, stop=stop)
    except StillWaiting as err:
        raise TransientError(
            codes.READ_BACK_STILL_IN_STATE, kind=kind.value, id=resource_id, status=err.last, waited_s=err.waited_s
        ) from err
