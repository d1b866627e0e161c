"""SourceGuard's current permits: temporaries in the ledger, and gates granted by a person."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from threading import Lock

from migrate.execute.rollback_gate import is_approved
from migrate.ledger.ledger import Ledger
from migrate.ledger.ledger_records import Approval
from migrate.model import Kind
from migrate.model.steps import Plan, StopServer
from migrate.policy.selectors import item

_KINDS = {
    "block-storage": (Kind.VOLUME, Kind.SNAPSHOT),
    "image": (Kind.IMAGE,),
}


class LedgerPermits:
    """The permits of one run. A deletion requires that the resource's mark was just read again.

    Args:  worker: the source server that the policy names as worker, empty for none.
    """

    def __init__(self, ledger: Ledger, *, worker: str = "") -> None:
        self._ledger = ledger
        self._worker = worker
        self._lock = Lock()
        self._confirmed: set[str] = set()
        self._may_stop: set[str] = set()
        self._stopped_by_us: set[str] = set()

    def grant_stops(self, plan: Plan, approvals: Iterable[Approval] | None = None) -> None:
        """Loads the granted gates: a server may be stopped if its step is exactly the approved one.

        `approvals`: those that the ledger has, if the caller has just read them.
        """
        granted = {(a.step_id, a.digest) for a in (self._ledger.approvals() if approvals is None else approvals)}
        self._may_stop = {
            step.action.server_id
            for step in plan.steps
            if isinstance(step.action, StopServer) and (step.id, step.digest) in granted
        }

    def confirm(self, resource_id: str) -> None:
        """Allows deletion: the caller has read the mark of `resource_id` again, and it matches."""
        with self._lock:
            self._confirmed.add(resource_id)

    def withdraw(self, resource_id: str) -> None:
        """Ends the permission for a deletion, after its last request."""
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

    @contextmanager
    def starting(self, server_id: str) -> Iterator[None]:
        """Within the block: the caller has just seen that our own stop is the last thing done to the server."""
        with self._lock:
            self._stopped_by_us.add(server_id)
        try:
            yield
        finally:
            with self._lock:
                self._stopped_by_us.discard(server_id)

    def may_start(self, server_id: str) -> bool:
        """Only with the approval of a rollback of exactly this stop, read again from the ledger for each request."""
        with self._lock:
            stopped = server_id in self._stopped_by_us
        return stopped and is_approved(self._ledger, item(Kind.SERVER, server_id, "stop"))

    def may_make(self, migration: str) -> bool:
        """Whether temporaries of this migration are permitted. Marks contain the first eight digits of its id."""
        return migration == self._ledger.migration[:8]

    def is_worker(self, server_id: str) -> bool:
        return server_id != "" and server_id == self._worker
