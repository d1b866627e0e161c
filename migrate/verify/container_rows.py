"""The evidence row of a container: its objects at the target, and changes at the source since the copy."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from msgspec import UNSET
from msgspec.structs import replace

from migrate.clouds.ports import ObjectStore
from migrate.errors import AccessError, ConfigError, ItemError, NotFound, TransientError
from migrate.messages import codes
from migrate.model import Kind
from migrate.model.steps import CopyContainer, Plan
from migrate.objects.listing.row_files import rows_folder
from migrate.step_attempt import Attempt
from migrate.units import iso
from migrate.verify.compare_objects import SAMPLE, verify_container
from migrate.verify.container_freshness import changed_since
from migrate.verify.disks.disk_rows import with_differences
from migrate.verify.evidence import EvidenceRow, Proof, Verdict
from migrate.verify.record_rows import Rows
from migrate.verify.reread_objects import reread

NOT_FRESH, NOT_ASKED, NEW_CONTAINER = codes.SOURCE_CHANGED_SINCE_LISTED, codes.SOURCE_NOT_ASKED, codes.NEW_SINCE_SCAN


@dataclass(frozen=True)
class ObjectChecks:
    """How thoroughly containers are checked.

    `sample`: the share (0 to 1) of objects whose headers are compared. `seed`: selects objects whose bytes are read
    back (all with `rereads_all`); empty for none. `asks_source`: list the source again; `source`: None if it is gone.
    """

    sample: float = SAMPLE
    seed: str = ""
    rereads_all: bool = False
    asks_source: bool = False
    source: ObjectStore | None = None


USUAL = ObjectChecks()


@dataclass(frozen=True)
class ContainerRows:
    """Compares containers with the rows of their copies and, if requested, with the source."""

    rows: Rows
    target: ObjectStore
    evidence_dir: Path
    checks: ObjectChecks
    attempt: Attempt

    def of(self, action: CopyContainer) -> EvidenceRow:
        row = EvidenceRow(
            item=f"{Kind.CONTAINER.value}:{action.name}",
            kind=Kind.CONTAINER,
            name=action.name,
            verdict=Verdict.SAME,
            proof=Proof.LISTING,
            target_id=action.name,
            objects=action.objects,
            at=self.rows.at(),
        )
        if action.name not in self.rows.state.containers:
            return with_differences(row, ("present ≠ missing",), Verdict.MISSING)
        try:
            row = self._reread(self._compared(row, action))
        except (ConfigError, ItemError, TransientError) as err:
            return replace(row, verdict=Verdict.NOT_REREAD, proof=Proof.MANIFEST, note_code=err.code)
        if row.verdict is Verdict.NOT_REREAD:
            return row
        return self._fresh(row) if self.checks.asks_source else row

    def _compared(self, row: EvidenceRow, action: CopyContainer) -> EvidenceRow:
        check = verify_container(
            self.target,
            action.name,
            self._folder(action.name),
            headers=action.headers,
            sample=self.checks.sample,
            now=self.rows.now().timestamp(),
            stop=self.attempt.stop,
        )
        counted = replace(
            row,
            verdict=Verdict.REDUCED if check.dropped else Verdict.SAME,
            dropped=check.dropped,
            expiring=check.expiring,
            objects=check.objects,
            size_bytes=check.size_bytes,
            looked=check.looked,
            left=check.left,
            listed_at=check.listed_at,
            vanished=check.vanished,
            unreadable=check.unreadable or UNSET,
        )
        return with_differences(counted, check.differences)

    def _reread(self, row: EvidenceRow) -> EvidenceRow:
        """The row, after reading back the objects selected by the seed."""
        checks, item = self.checks, f"reread:{row.item}"
        if not checks.seed:
            return row
        monitor = self.attempt.monitor
        monitor.item_started(item, row.name, row.size_bytes if checks.rereads_all else 0)
        found = reread(
            self.target,
            row.name,
            self.evidence_dir,
            seed=checks.seed,
            everything=checks.rereads_all,
            advanced=lambda count: monitor.item_advanced(item, count),
            stop=self.attempt.stop,
        )
        monitor.item_finished(item, "done")
        proofs = {proof: count for proof, count in sorted(found.proofs.items()) if count}
        row = replace(row, reread_objects=found.objects, reread_bytes=found.size_bytes, proofs=proofs, seed=checks.seed)
        row = with_differences(row, found.differences)
        # Differences are reported even if reading back fails: a shorter object ends a range too early.
        if found.failed and not row.differences:
            return replace(row, verdict=Verdict.NOT_REREAD, note_code=found.failed)
        return row

    def _folder(self, container: str) -> Path:
        return rows_folder(self.evidence_dir, container)

    # ------------------------------------------------------------ the source's current state

    def _fresh(self, row: EvidenceRow) -> EvidenceRow:
        """The row, after a comparison with the source. Differences at the target take precedence over changes at the
        source.
        """
        asked_at = iso(self.rows.now())
        try:
            if self.checks.source is None:
                return replace(row, note_code=NOT_ASKED)
            since = changed_since(self.checks.source, row.name, self._folder(row.name), self.attempt.stop)
        except NotFound:
            return self._not_fresh(replace(row, asked_at=asked_at, since={"vanished": row.objects}))
        except (AccessError, ConfigError, ItemError, TransientError):
            return replace(row, note_code=NOT_ASKED)
        row = replace(row, asked_at=asked_at, since=since.counts, since_names=tuple(since.names))
        return self._not_fresh(row) if since.counts else row

    def _not_fresh(self, row: EvidenceRow) -> EvidenceRow:
        is_right = row.verdict in {Verdict.SAME, Verdict.REDUCED}
        verdict = Verdict.NOT_FRESH if is_right else row.verdict
        return replace(row, verdict=verdict, note_code=NOT_FRESH)

    def new_at_source(self, plan: Plan) -> Iterator[EvidenceRow]:
        """Containers created at the source since its scan, which no plan moves."""
        known = {step.action.name for step in plan.steps if isinstance(step.action, CopyContainer)}
        known |= {left.id for left in plan.left_out if left.kind is Kind.CONTAINER}
        if not self.checks.asks_source or self.checks.source is None:
            return
        try:
            found = self.checks.source.containers()
        except (AccessError, ItemError, TransientError):
            return  # each container's own row reports it
        for container in found:
            if container.name not in known:
                yield EvidenceRow(
                    item=f"{Kind.CONTAINER.value}:{container.name}",
                    kind=Kind.CONTAINER,
                    name=container.name,
                    verdict=Verdict.NOT_FRESH,
                    proof=Proof.LISTING,
                    objects=container.objects,
                    size_bytes=container.size_bytes,
                    note_code=NEW_CONTAINER,
                    at=self.rows.at(),
                )
