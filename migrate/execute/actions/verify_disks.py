"""The plan's own verification of disks: after the restore, before a guest can write to them."""

from dataclasses import replace
from functools import partial

from migrate.disks.store.manifest import DiskManifest
from migrate.errors import IntegrityError, NotFound, TransientError
from migrate.execute.actions.current_capture import recapture_if_damaged, require_sealed
from migrate.execute.actions.remove_temporaries import read_back, remove_marked
from migrate.execute.attached.attached_volumes import step_devices
from migrate.execute.attached.unused_volume import proved_before
from migrate.execute.job import Job
from migrate.ledger.preload_notes import forget_preloaded, preload_note, preloaded_in
from migrate.messages import codes
from migrate.model import Kind, Role, Volume
from migrate.model.steps import VerifyDisk
from migrate.monitor import log
from migrate.verify.disks.compare_content import DiskCheck
from migrate.verify.disks.expected_content import Captured
from migrate.verify.disks.prove_disk import Disk, evidence_row, prove_disk
from migrate.verify.disks.read_volume import ReadBack
from migrate.verify.evidence import EvidenceRow, Proof, Verdict
from migrate.verify.kept_proofs import DiskProof, disk_item, read_proofs, write_proof


def verify_disk(job: Job, action: VerifyDisk) -> None:
    """Reads the restored disk back with verify's own readers and saves the proof.

    Raises IntegrityError DCP-423 if it differs from the capture: no server is created from it.
    """
    ctx = job.ctx
    of = action.at_target
    manifest = require_sealed(job, f"{action.of.value}:{action.source_id}")
    target_id = job.target_id(of, action.source_id)
    job.check_running()
    there = _still_there(job, of, target_id)
    if isinstance(there, Volume) and there.attachments and _proved(job, action, manifest, target_id):
        # A new ledger for an old migration: a guest has used it since, and may have written.
        return

    disk = Disk(action.of, action.source_id, job.step.name, of)
    if isinstance(there, Volume) and (known := proved_before(job, target_id, manifest)):
        check = DiskCheck(proof=Proof.REREAD)
        row = evidence_row(manifest, disk, target_id, check, known.proved_at, codes.READ_BACK_IN_PARTS)
        _keep(job, row, manifest)
        return

    def made(kind: Kind, resource_id: str, source_id: str) -> None:
        job.record("target", kind, Role.TEMPORARY, source_id=source_id, resource_id=resource_id)

    how = ReadBack(
        ctx.plan.migration,
        ctx.spool_dir,
        # A stop may also interrupt it between two temporaries, which only costs time.
        replace(job.attempt(), check_running=job.check_running),
        made=made,
        removed=partial(ctx.ledger.effect_removed, "target"),
        recorded=partial(job.temporaries, "target"),
        devices=step_devices(job, "target"),
    )
    with recapture_if_damaged(job, manifest.disk):
        row = prove_disk(job.target, Captured.of(ctx.store, manifest), disk, target_id, how)
    job.moved_bytes = row.size_bytes
    if row.verdict is not Verdict.SAME:
        _discard_written_since(job, action, manifest, target_id)
        raise IntegrityError(codes.RESTORED_DIFFERS, item=row.item, what="; ".join(row.differences[:5]))
    _keep(job, row, manifest)


def _keep(job: Job, row: EvidenceRow, manifest: DiskManifest) -> None:
    """Saves the proof; what was known of the volume until then is not needed any more."""
    job.check_running()
    write_proof(job.ctx.evidence_dir, DiskProof(row=row, tree_digest=manifest.tree_digest))
    forget_preloaded(job.ctx.ledger, manifest.disk)


def _discard_written_since(job: Job, action: VerifyDisk, manifest: DiskManifest, target_id: str) -> None:
    """Removes a volume that differs although it was the same before, or only changes had to be written: somebody else
    has written into it.

    No server has used it. Raises TransientError DCP-532: its restore makes a new one, and writes it whole.
    """
    note = preload_note(job.ctx.ledger, manifest.disk)
    holds = preloaded_in(job.ctx.ledger, note, manifest.disk, target_id)
    if holds is None or not (holds.by_changes or holds.proved):
        return
    log.warning("differs, written ahead step=%s volume=%s", job.step.id, target_id)
    mark = job.mark(Role.MOVED, action.source_id)
    job.check_running()
    remove_marked(job.ctx, job.target, "target", Kind.VOLUME, target_id, mark, check_running=job.check_running)
    job.reopen_needs()
    raise TransientError(codes.CHANGES_NOT_ENOUGH, item=job.step.id)


def _proved(job: Job, action: VerifyDisk, manifest: DiskManifest, target_id: str) -> bool:
    """Whether an earlier proof of this disk against this manifest exists."""
    proof = read_proofs(job.ctx.evidence_dir).get(disk_item(action.of, action.source_id))
    if proof is None or proof.row.verdict is not Verdict.SAME:
        return False
    return (proof.row.target_id, proof.tree_digest) == (target_id, manifest.tree_digest)


def _still_there(job: Job, kind: Kind, target_id: str) -> object:
    """The disk's current record at the target. Raises TransientError DCP-514 if it was removed: it is
    restored again.
    """
    try:
        return read_back(job.target, kind, target_id)
    except NotFound as err:
        job.ctx.ledger.effect_removed("target", kind, target_id)
        job.reopen_needs()
        raise TransientError(codes.RESTORED_IS_GONE, item=job.step.id) from err
