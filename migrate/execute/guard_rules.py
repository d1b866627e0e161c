"""What SourceGuard may let through right now: the ledger's own temporaries and the gates that a person granted."""

from threading import Lock

from migrate.ledger.ledger import Ledger
from migrate.model import Kind
from migrate.model.steps import Plan, StopServer

_KINDS = {
    "block-storage": (Kind.VOLUME, Kind.SNAPSHOT),
    "image": (Kind.IMAGE,),
}


class LedgerPermits:
    """Permits of one run. A deletion is allowed for a resource whose mark has just been read again.

    Args:  worker: the source server that the policy says we run on, empty for none.
    """

    def __init__(self, ledger: Ledger, *, worker: str = "") -> None:
        self._ledger = ledger
        self._worker = worker
        self._lock = Lock()
        self._confirmed: set[str] = set()
        self._may_stop: set[str] = set()

    def grant_stops(self, plan: Plan) -> None:
        """Takes over the granted gates: a server may be stopped while its step is what a person approved."""
        granted = {(a.step_id, a.digest) for a in self._ledger.approvals()}
        self._may_stop = {
            step.action.server_id
            for step in plan.steps
            if isinstance(step.action, StopServer) and (step.id, step.digest) in granted
        }

    def confirm(self, resource_id: str) -> None:
        """The caller has re-read the mark of `resource_id`, and it fits."""
        with self._lock:
            self._confirmed.add(resource_id)

    def withdraw(self, resource_id: str) -> None:
        """The deletion is over, however often its request had to be sent."""
        with self._lock:
            self._confirmed.discard(resource_id)

    def is_ours(self, service: str, resource_id: str) -> bool:
        return self._ledger.is_temporary("source", _KINDS.get(service, ()), resource_id)

    def may_delete(self, service: str, resource_id: str) -> bool:
        with self._lock:
            confirmed = resource_id in self._confirmed
        return confirmed and self.is_ours(service, resource_id)

    def may_stop(self, server_id: str) -> bool:
        return server_id in self._may_stop

    def may_make(self, migration: str) -> bool:
        """Marks hold the first eight digits of the migration's id."""
        return migration == self._ledger.migration[:8]

    def is_worker(self, server_id: str) -> bool:
        return server_id != "" and server_id == self._worker
