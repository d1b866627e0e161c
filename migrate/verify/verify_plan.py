"""Verifies the whole plan at the target: one row for everything that it moves, read back by independent code.

Does not access the source, which may be gone, unless asked to for containers. Compares disks with their sealed
manifests, containers with the listings recorded by the copy, and everything else with the plan's records.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from migrate.clouds.ports import Cloud
from migrate.documents import seal_of
from migrate.model.steps import CopyContainer, Plan, Step
from migrate.units import utc_now
from migrate.verify.container_rows import USUAL, ContainerRows, ObjectChecks
from migrate.verify.disks.disk_rows import GUEST_MAY_HAVE_WRITTEN, DiskRows, Reread, RunRecords
from migrate.verify.disks.read_volume import ReadBack
from migrate.verify.evidence import Evidence, EvidenceRow
from migrate.verify.fields.planned_records import Wanted
from migrate.verify.kept_proofs import read_proofs
from migrate.verify.record_rows import Rows
from migrate.verify.target_state import read_state, surplus

__all__ = ["GUEST_MAY_HAVE_WRITTEN", "Reread", "verify_plan"]


def verify_plan(
    plan: Plan,
    target: Cloud,
    records: RunRecords,
    how: ReadBack,
    *,
    reread: Reread = "auto",
    checks: ObjectChecks = USUAL,
    now: Callable[[], datetime] = utc_now,
) -> Evidence:
    """Verifies everything that the plan moves and returns the evidence (`write_evidence` saves it).

    `auto` reads all disks back except those attached to a server since their proof: its guest may have written, and the
    earlier proof stays valid (NOT_REREAD, DCP-701). `all` reads those too. An unreadable item gets a row that says so,
    and never ends the verification. A matching disk is saved as its new proof.

    Args:    checks: of containers.
    Raises:  Cancelled, AccessError, FatalError; TransientError, ItemError: the target's listings cannot be read.
    """
    wanted = Wanted(plan)
    state = read_state(target, objects=wanted.has_containers, server_groups=wanted.has_server_groups)
    rows = Rows(wanted, state, records.target_of, now)
    disks = DiskRows(rows, target, records, how, reread, read_proofs(records.evidence_dir))
    containers = ContainerRows(rows, target.objects, records.evidence_dir, checks, how.attempt)
    work = _Verification(rows, disks, containers)
    found: list[EvidenceRow] = []
    for step in plan.steps:
        how.attempt.stop.check()
        found += work.rows_of(step)
    found += containers.new_at_source(plan)
    found += surplus(state, plan.migration, records.target_of, rows.at())
    return Evidence(migration=plan.migration, plan_seal=seal_of(plan), at=rows.at(), rows=tuple(found))


@dataclass(frozen=True)
class _Verification:
    """One verification: a step's row is that of the resource it creates."""

    rows: Rows
    disks: DiskRows
    containers: ContainerRows

    def rows_of(self, step: Step) -> list[EvidenceRow]:
        """The rows of a step; none for steps that only add to a resource (its own row covers that) or only read."""
        if isinstance(step.action, CopyContainer):
            return [self.containers.of(step.action)]
        return self.disks.of(step.action) or self.rows.of(step.action)
