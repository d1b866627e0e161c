"""Checks whether moved servers have changed at the source since, from their captures and the last scan.

A server captured while running has continued to run; one stopped for its capture, and seen running in a later scan, was
started again. Later writes are missing at the target.
"""

from collections.abc import Iterable
from datetime import timedelta

from msgspec.structs import replace

from migrate.findings.inputs import MEMORY_STATES
from migrate.ledger.ledger_records import Rollback
from migrate.messages import codes
from migrate.model import Inventory, Kind
from migrate.model.steps import CaptureServer, CaptureVolume, Plan
from migrate.policy.policy_records import TWIN, Policy
from migrate.policy.selectors import item, start_of
from migrate.units import utc_moment
from migrate.verify.evidence import EvidenceRow, Proof, Verdict
from migrate.verify.kept_proofs import disk_item

RAN_ON, CHOSEN, RUNS_TWICE = codes.COPY_STALE, codes.TWIN_STAYS, codes.TWIN_RUNS_ALREADY
BACK = codes.RUNS_AT_SOURCE_AGAIN
_GOOD = frozenset({Verdict.SAME, Verdict.NOT_REREAD})


def with_rollbacks(rows: Iterable[EvidenceRow], plan: Plan, rollbacks: Iterable[Rollback]) -> tuple[EvidenceRow, ...]:
    """The rows; those of a server whose wave was rolled back, and of its disks, become NOT_FRESH: it runs at the source
    again, whatever the last scan saw.
    """
    disks, back = _disks(plan), [one.server_id for one in rollbacks if one.counts]
    told = {of for own_id in back for of in (item(Kind.SERVER, own_id), *disks.get(own_id, ()))}
    return tuple(
        replace(row, verdict=Verdict.NOT_FRESH, note_code=BACK) if row.item in told and _may_be_moved(row) else row
        for row in rows
    )


def _may_be_moved(row: EvidenceRow) -> bool:
    """Whether nothing worse is known of it."""
    return row.verdict in _GOOD or row.verdict is Verdict.NOT_FRESH


def with_moments(rows: Iterable[EvidenceRow], plan: Plan, source: Inventory, policy: Policy) -> tuple[EvidenceRow, ...]:
    """The rows; those of a server that has run at the source since, and of its disks, become NOT_FRESH.

    For a twin, whose copy is meant to be older, the server's row only gets a note.
    """
    rows, status = tuple(rows), {server.id: server.status for server in source.servers}
    names = {server.id: server.name for server in source.servers}
    by_item = {row.item: row for row in rows}
    told: dict[str, EvidenceRow] = {}
    for server_id, disks in _disks(plan).items():
        older = [row for disk in disks if (row := by_item.get(disk)) and _ran_on(row, status.get(server_id), source)]
        if not older:
            continue
        of = item(Kind.SERVER, server_id)
        taken_at = min((row.taken_at for row in older if row.taken_at), default=None)
        twin = start_of(policy, of, names.get(server_id, "")) == TWIN
        marked = older if not twin else []
        if of in by_item:
            marked = [replace(by_item[of], taken_at=taken_at), *marked]
        told |= {row.item: _with_note(row, twin=twin) for row in marked}
    return (*(told.get(row.item, row) for row in rows), *_left_running(plan, source, rows))


def _disks(plan: Plan) -> dict[str, list[str]]:
    """Maps source servers to the items of their disks."""
    found: dict[str, list[str]] = {}
    for step in plan.steps:
        match step.action:
            case CaptureServer(server=server):
                found.setdefault(server.id, []).append(disk_item(Kind.SERVER, server.id))
            case CaptureVolume(volume=volume, server_id=str() as first, others=others):
                for server_id in (first, *(others or ())):
                    found.setdefault(server_id, []).append(disk_item(Kind.VOLUME, volume.id))
    return found


def _ran_on(row: EvidenceRow, status: str | None, source: Inventory) -> bool:
    if row.consistency == "crash-consistent":
        return status is not None and status not in MEMORY_STATES
    # The capture has the cloud's time, so the scan's time is by the same clock, if known.
    taken, seen = utc_moment(row.taken_at or ""), utc_moment(source.facts.clock or source.taken_at)
    if row.consistency != "stopped" or status != "ACTIVE" or taken is None or seen is None:
        return False
    # Clouds use whole seconds, scans fractions: a scan before the capture must not seem later.
    return seen >= taken + timedelta(seconds=1)


def _with_note(row: EvidenceRow, *, twin: bool) -> EvidenceRow:
    if row.verdict not in _GOOD:
        return row
    return replace(row, note_code=CHOSEN) if twin else replace(row, verdict=Verdict.NOT_FRESH, note_code=RAN_ON)


def _left_running(plan: Plan, source: Inventory, rows: tuple[EvidenceRow, ...]) -> Iterable[EvidenceRow]:
    """Rows for servers that the plan leaves out because they run on both clouds without anybody's choice."""
    for one in plan.left_out:
        if one.code == RUNS_TWICE:
            yield EvidenceRow(
                item=item(Kind.SERVER, one.id),
                kind=Kind.SERVER,
                name=one.name,
                verdict=Verdict.NOT_FRESH,
                proof=Proof.FIELDS,
                note_code=RAN_ON,
                at=rows[0].at if rows else source.taken_at,
            )
