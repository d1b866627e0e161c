"""The passes over each server's disks so far, and what keeps its downtime long. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from migrate.forecast.further_pass import HOUR_S, Limit, limit_of, speed_of
from migrate.ledger.ledger_records import TakenPass
from migrate.model import Record
from migrate.model.steps import Plan, StopServer
from migrate.plan.waves import passes_of
from migrate.units import utc_moment


class ServerPasses(Record, frozen=True, kw_only=True):
    """The last pass over each disk of a server, together. `passes`: of the disk with the fewest.

    `taken_at`: of the oldest of them, by the source's clock. Bytes and `read_s` as in `TakenPass`, None if unknown for
    a disk; `read_s` of the slowest. `changes_per_h`: bytes per hour between the last two passes. `limit`: what no
    further pass mends, with the rates and times that show it: bytes per second, seconds.
    """

    server_id: str
    name: str
    passes: int
    taken_at: str
    read_bytes: int | None = None
    changed_bytes: int | None = None
    stored_bytes: int | None = None
    read_s: float | None = None
    changes_per_h: float | None = None
    limit: Limit | None = None
    sent_per_s: float = 0.0
    last_read_s: float = 0.0
    budget_s: float | None = None

    def is_fresh(self, now: datetime, age_s: float) -> bool:
        """Whether no disk's last pass is older than that."""
        taken = utc_moment(self.taken_at)
        return taken is not None and (now - taken).total_seconds() < age_s


def passes_so_far(
    plan: Plan, taken: Mapping[str, tuple[TakenPass, ...]], budgets: Mapping[str, float]
) -> Iterator[ServerPasses]:
    """Each server of which every disk has a pass, by name. `taken`: by disk; `budgets`: seconds, by stop."""
    steps, by_server = {step.id: step for step in plan.steps}, passes_of(plan.steps)
    stops = [(s.name, s.action.server_id, s.id) for s in plan.steps if isinstance(s.action, StopServer)]
    for name, server_id, stop_id in sorted(stops):
        disks = [taken.get(steps[i].id.removesuffix(":pass"), ()) for i in by_server.get(server_id, ())]
        if disks and all(disks):
            yield _of_server(server_id, name, disks, budgets.get(stop_id))


def _of_server(server_id: str, name: str, disks: Sequence[Sequence[TakenPass]], budget_s: float | None) -> ServerPasses:
    last, speed = [passes[-1] for passes in disks], speed_of(disks)
    return ServerPasses(
        server_id=server_id,
        name=name,
        passes=min(map(len, disks)),
        taken_at=min(one.taken_at for one in last),
        read_bytes=_total(one.read_bytes for one in last),
        changed_bytes=_total(one.changed_bytes for one in last),
        stored_bytes=_total(one.stored_bytes for one in last),
        read_s=max((one.read_s for one in last if one.read_s is not None), default=None),
        changes_per_h=None if speed.changed is None else round(speed.changed * HOUR_S, 1),
        limit=limit_of(disks, budget_s),
        sent_per_s=round(speed.sent, 1),
        last_read_s=round(max(one.used_bytes for one in last) / speed.read, 1),
        budget_s=budget_s,
    )


def _total(values: Iterable[int | None]) -> int | None:
    found = list(values)
    return None if None in found else sum(value for value in found if value is not None)
