"""The whole plan against the target: one row for everything it moves, read back by our own code.

The source is not asked, as it may be gone, unless that is wanted of its containers. Disks are held against their sealed
manifests, containers against the listings recorded at copy time, everything else against the plan's own records.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from migrate.clouds.ports import Cloud
from migrate.documents import seal_of
from migrate.model import Kind
from migrate.model.steps import CopyContainer, Plan, Step
from migrate.monitor import Monitor, SilentMonitor, StopFlag
from migrate.units import utc_now
from migrate.verify.container_rows import USUAL, ContainerRows, ObjectChecks
from migrate.verify.disks.disk_rows import GUEST_MAY_HAVE_WRITTEN, DiskRows, Reread
from migrate.verify.disks.expected_content import Captured
from migrate.verify.disks.read_volume import Devices, untold
from migrate.verify.evidence import Evidence, EvidenceRow
from migrate.verify.fields.differences import TargetOf
from migrate.verify.fields.planned_records import Wanted
from migrate.verify.kept_proofs import DiskProof, read_proofs
from migrate.verify.record_rows import Rows
from migrate.verify.target_state import read_state, surplus

__all__ = ["GUEST_MAY_HAVE_WRITTEN", "Reread", "verify_plan"]


def verify_plan(
    plan: Plan,
    target: Cloud,
    target_of: TargetOf,
    captured: Callable[[str], Captured | None],
    evidence_dir: Path,
    spool_dir: Path,
    *,
    reread: Reread = "auto",
    checks: ObjectChecks = USUAL,
    proofs: Mapping[str, DiskProof] | None = None,
    made: Callable[[Kind, str, str], None] | None = None,
    removed: Callable[[Kind, str], None] = untold,
    devices: Devices | None = None,
    monitor: Monitor | None = None,
    stop: StopFlag | None = None,
    now: Callable[[], datetime] = utc_now,
) -> Evidence:
    """Goes over everything that the plan moves, and returns the evidence (`write_evidence` keeps it).

    `auto` reads every disk back but those that a server has held since they were proved: there the guest may have
    written, and the earlier proof stands (NOT_REREAD, DCP-701). `all` reads those too. An item that cannot be read
    is a row that says so, never the end of the verification. A disk found the same is kept as its new proof.

    Args:    target_of: what a source id became; a server's root image is asked for as (IMAGE, server id).
             captured: by disk name: `volume:ID`, and the same of image, server, snapshot, backup.
             checks: of containers.   proofs: None for those in `evidence_dir`.
             made: (kind, id, source id) of every temporary at the target.   removed: (kind, id) once it is gone.
             devices: how volumes are read where they can be devices of this machine.
    Raises:  Cancelled, AccessError, FatalError; TransientError, ItemError: the target's listings cannot be read.
    """
    wanted = Wanted(plan)
    state = read_state(target, objects=wanted.has_containers, server_groups=wanted.has_server_groups)
    rows = Rows(wanted, state, target_of, now)
    stop = stop or StopFlag()
    disks = DiskRows(
        rows=rows,
        target=target,
        migration=plan.migration,
        captured=captured,
        evidence_dir=evidence_dir,
        spool_dir=spool_dir,
        reread=reread,
        proofs=read_proofs(evidence_dir) if proofs is None else proofs,
        made=made,
        removed=removed,
        devices=devices,
        monitor=monitor or SilentMonitor(),
        stop=stop,
    )
    containers = ContainerRows(rows, target.objects, evidence_dir, checks, stop, monitor or SilentMonitor())
    work = _Verification(rows, disks, containers)
    found: list[EvidenceRow] = []
    for step in plan.steps:
        stop.check()
        found += work.rows_of(step)
    found += containers.new_at_source(plan)
    found += surplus(state, plan.migration, target_of, rows.at())
    return Evidence(migration=plan.migration, plan_seal=seal_of(plan), at=rows.at(), rows=tuple(found))


@dataclass(frozen=True)
class _Verification:
    """One verification: a step's row is that of the thing that it makes."""

    rows: Rows
    disks: DiskRows
    containers: ContainerRows

    def rows_of(self, step: Step) -> list[EvidenceRow]:
        """None for steps that only add to a thing (its maker's row tells it), and for those that read."""
        if isinstance(step.action, CopyContainer):
            return [self.containers.of(step.action)]
        return self.disks.of(step.action) or self.rows.of(step.action)
