"""How long each server was down, from the journal, and what was predicted before its stop. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from migrate.ledger.ledger_records import JournalLine, Predicted
from migrate.model import Kind, Record
from migrate.model.steps import AttachVolume, MakeServer, Plan
from migrate.plan.schedule_problems import moment
from migrate.plan.waves import stops_behind
from migrate.policy.selectors import item


class MeasuredDowntime(Record, frozen=True, kw_only=True):
    """The downtime of a server that is up at the target: from the start of its last stop until its last volume was
    attached and its health checks were passed.

    `measured_s` in seconds, `began` in seconds since 1970. `p50_s`, `p90_s`, `origin`: the prediction, None and empty
    if none was made before the stop.
    """

    server_id: str
    name: str
    began: float
    measured_s: float
    p50_s: float | None = None
    p90_s: float | None = None
    origin: str = ""


def measured_downtimes(
    plan: Plan,
    journal: Iterable[JournalLine],
    predicted: Mapping[str, Predicted],
    asked: Mapping[str, str] = MappingProxyType({}),
    back: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[MeasuredDowntime]:
    """In the order of the stops.

    Args:  asked: when the source was last asked for each stop; a run that was killed then has no line in the journal.
           back: when a rollback of the stop began: what came before it was undone.

    A plan made after a move no longer has the stop: the journal has.
    """
    lines: dict[str, list[JournalLine]] = {}
    undone = _undone_until(plan, back)
    for line in sorted(journal, key=lambda line: line.started_at):
        if line.started_at < undone.get(line.step_id, 0.0):
            continue
        lines.setdefault(line.step_id, []).append(line)
    found = []
    for server_id, (name, ups) in _servers(plan).items():
        stop_id = item(Kind.SERVER, server_id, "stop")
        if stop_id not in lines:
            continue
        # A server that was cut over twice has two stops, and a step that is looked at again has another line.
        stop, said = lines[stop_id][-1], predicted.get(stop_id)
        # Health checks count if they were planned then: a server that gets some later has been up meanwhile.
        up = said.up if said and said.up else tuple(ups)
        firsts = [next((x for x in lines.get(one, ()) if x.started_at >= stop.started_at), None) for one in up]
        ends = [line.ended_at for line in firsts if line]
        if len(ends) < len(up):
            continue
        told = moment(asked[stop_id]).timestamp() if stop_id in asked else stop.started_at
        # A time after the step's end is that of a later stop, which has not ended.
        began = told if told <= stop.ended_at else stop.started_at
        found.append(
            MeasuredDowntime(
                server_id=server_id,
                name=name,
                began=began,
                measured_s=round(max(ends) - began, 1),
                p50_s=said.p50_s if said else None,
                p90_s=said.p90_s if said else None,
                origin=said.origin if said else "",
            )
        )
    yield from sorted(found, key=lambda one: (one.began, one.server_id))


def _undone_until(plan: Plan, back: Mapping[str, str]) -> dict[str, float]:
    """Maps the stops of servers that were rolled back, and the steps that brought them up, to the last time of that."""
    moments = {stop: moment(at).timestamp() for stop, at in back.items()}
    behind = stops_behind(plan.steps) if moments else {}
    of_steps = {
        i: max(moments[stop] for stop in stops if stop in moments)
        for i, stops in behind.items()
        if any(stop in moments for stop in stops)
    }
    return of_steps | moments


def _servers(plan: Plan) -> dict[str, tuple[str, list[str]]]:
    """Maps each server that is created at the target to its name and the steps that bring it up."""
    found: dict[str, tuple[str, list[str]]] = {}
    for step in plan.steps:
        if isinstance(step.action, MakeServer):
            found.setdefault(step.action.server.id, (step.name, []))[1].append(step.id)
        elif isinstance(step.action, AttachVolume):
            found.setdefault(step.action.server_id, (step.name, []))[1].append(step.id)
    return found
