"""One disk at the target against what was captured, as a row of evidence."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from migrate.clouds.ports import Cloud
from migrate.errors import FatalError, ReadBackDamaged
from migrate.messages import codes
from migrate.model import Kind, Mark, Role
from migrate.monitor import StopFlag
from migrate.units import iso, utc_now
from migrate.verify.disks.compare_content import DiskCheck, ignore, verify_disk, verify_image_file
from migrate.verify.disks.expected_content import Captured
from migrate.verify.disks.read_volume import Devices, unasked, untold, verify_volume
from migrate.verify.evidence import EvidenceRow, Proof, Verdict
from migrate.verify.kept_proofs import disk_item


def prove_disk(
    target: Cloud,
    captured: Captured,
    *,
    of: Kind,
    at_target: Kind,
    source_id: str,
    target_id: str,
    name: str,
    migration: str,
    spool_dir: Path,
    reread: bool = False,
    made: Callable[[Kind, str], None] = untold,
    removed: Callable[[Kind, str], None] = untold,
    alive: Callable[[], None] = unasked,
    devices: Devices | None = None,
    advanced: Callable[[int], None] = ignore,
    stop: StopFlag | None = None,
    now: Callable[[], datetime] = utc_now,
) -> EvidenceRow:
    """Reads a disk at the target back and says SAME or DIFFERENT.

    Args:    of: what it was: volume, image, server (its root disk), snapshot or backup.
             at_target: what it is there: the volume or the image of `target_id`.
             reread: read an image file again even where the servers' own hashes agree.
             made, removed: told at once about temporaries at the target (their mark: temporary role, `source_id`).
             alive: asked before each is made or deleted.   devices: how a volume is read where it can be one.
    Raises:  NotFound: nothing there.  ItemError, TransientError: it could not be read.  Cancelled, FatalError.
    """
    manifest = captured.manifest
    _folder(spool_dir)
    try:
        if at_target is Kind.VOLUME:
            mark = Mark(role=Role.TEMPORARY, migration=migration[:8], source_id=source_id)
            check = verify_volume(
                target.block,
                target.images,
                target_id,
                captured,
                mark,
                spool_dir,
                made=made,
                removed=removed,
                alive=alive,
                devices=devices,
                stop=stop,
                advanced=advanced,
            )
        elif manifest.content == "file":
            check = verify_image_file(target.images, target_id, captured, reread=reread, stop=stop, advanced=advanced)
        else:
            check = verify_disk(target.images, target_id, captured, spool_dir, stop=stop, advanced=advanced)
    except ReadBackDamaged as err:  # any other damage is the store's fault: nothing is said about the target
        check = DiskCheck(proof=Proof.REREAD, differences=(f"file: whole ≠ {err.facts.get('why')}",))
    return EvidenceRow(
        item=disk_item(of, source_id),
        kind=at_target if of is Kind.SERVER else of,
        name=name,
        verdict=Verdict.DIFFERENT if check.differences else Verdict.SAME,
        proof=check.proof,
        target_id=target_id,
        size_bytes=manifest.size_bytes,
        consistency=manifest.origin.consistency,
        taken_at=manifest.origin.taken_at or None,
        differences=check.differences,
        at=iso(now()),
    )


def _folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as err:
        raise FatalError(codes.CANNOT_WRITE, path=str(path), why=err.strerror or str(err)) from err
