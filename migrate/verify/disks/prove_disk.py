"""Compares one disk at the target with its capture, as a row of evidence."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from migrate.clouds.ports import Cloud
from migrate.disks.store.manifest import DiskManifest
from migrate.errors import FatalError, ReadBackDamaged
from migrate.messages import codes
from migrate.model import Kind
from migrate.units import iso, utc_now
from migrate.verify.disks.compare_content import DiskCheck, verify_disk, verify_image_file
from migrate.verify.disks.expected_content import Captured
from migrate.verify.disks.read_volume import ReadBack, verify_volume
from migrate.verify.evidence import EvidenceRow, Proof, Verdict
from migrate.verify.kept_proofs import disk_item


@dataclass(frozen=True)
class Disk:
    """One captured disk. `of`: the original's kind, as in its manifest's name; `at_target`: its kind at the target."""

    of: Kind
    source_id: str
    name: str
    at_target: Kind

    @property
    def item(self) -> str:
        return disk_item(self.of, self.source_id)

    @property
    def manifest(self) -> str:
        return f"{self.of.value}:{self.source_id}"

    @property
    def row_kind(self) -> Kind:
        """The kind for the row: a server's root disk counts as the image or volume that it became."""
        return self.at_target if self.of is Kind.SERVER else self.of


def prove_disk(
    target: Cloud,
    captured: Captured,
    disk: Disk,
    target_id: str,
    how: ReadBack,
    *,
    reread: bool = False,
    now: Callable[[], datetime] = utc_now,
) -> EvidenceRow:
    """Reads a disk at the target back; the row says SAME or DIFFERENT.

    Args:    target_id: of the volume or image at the target.
             reread: reads an image file back even if the servers' own hashes agree.
    Raises:  NotFound: it does not exist.  ItemError, TransientError: it could not be read.  Cancelled, FatalError.
    """
    manifest = captured.manifest
    _folder(how.spool_dir)
    try:
        check = _compared(target, captured, disk, target_id, how, reread=reread)
    except ReadBackDamaged as err:  # other damage is in the store, and says nothing about the target
        check = DiskCheck(proof=Proof.REREAD, differences=(f"file: whole ≠ {err.facts.get('why')}",))
    return evidence_row(manifest, disk, target_id, check, iso(now()))


def evidence_row(
    manifest: DiskManifest, disk: Disk, target_id: str, check: DiskCheck, at: str, note_code: str | None = None
) -> EvidenceRow:
    """The row for a comparison at this time."""
    return EvidenceRow(
        item=disk.item,
        kind=disk.row_kind,
        name=disk.name,
        verdict=Verdict.DIFFERENT if check.differences else Verdict.SAME,
        proof=check.proof,
        target_id=target_id,
        size_bytes=manifest.size_bytes,
        consistency=manifest.origin.consistency,
        taken_at=manifest.origin.taken_at or None,
        differences=check.differences,
        at=at,
        note_code=note_code,
    )


def _compared(
    target: Cloud, captured: Captured, disk: Disk, target_id: str, how: ReadBack, *, reread: bool
) -> DiskCheck:
    if disk.at_target is Kind.VOLUME:
        return verify_volume(target.block, target.images, target_id, captured, disk.source_id, how)
    images, stop, advanced = target.images, how.attempt.stop, how.attempt.advanced
    if captured.manifest.content == "file":
        return verify_image_file(images, target_id, captured, reread=reread, stop=stop, advanced=advanced)
    return verify_disk(images, target_id, captured, how.spool_dir, stop=stop, advanced=advanced)


def _folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as err:
        raise FatalError(codes.CANNOT_WRITE, path=str(path), why=err.strerror or str(err)) from err
