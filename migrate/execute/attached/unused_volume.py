"""Writes passes into a target volume that no server uses yet: after the first one, only what has changed since.

The ledger knows of which passes the chunks in the volume may be. A pass is recorded before the first of its bytes is
written, and alone once all are on the device: a kill at any moment leaves a record that covers what is there. If the
record or one of its passes is gone, everything is written.
"""

from contextlib import suppress

from msgspec.structs import replace

from migrate.disks.store.manifest import DiskManifest
from migrate.disks.store.pass_difference import OlderPassDamaged
from migrate.errors import ConfigError, IntegrityError, LeaseLost
from migrate.execute.attached.attached_volumes import attached_to_worker, step_devices
from migrate.execute.attached.copy_device import write_changes_to_device, write_device
from migrate.execute.job import Job
from migrate.ledger.ledger_records import HeldPass, Preloaded
from migrate.ledger.preload_notes import preload_note, preloaded_in, swap_preload_note
from migrate.messages import codes
from migrate.model import UNWRITTEN_KEY, Role
from migrate.monitor import log


def is_unwritten(job: Job, volume_id: str) -> bool:
    """Whether the volume is still incomplete: no guest has used it."""
    return UNWRITTEN_KEY in job.target.block.volume(volume_id).metadata


def write_into_unused(job: Job, volume_id: str, manifest: DiskManifest, asked: str) -> int:
    """Writes the pass into the volume, which must be incomplete (`is_unwritten`). Returns the bytes written.

    Args:    asked: as in `Preloaded`.
    Raises:  DamagedSegment: a segment of the pass.  Otherwise like `attached_to_worker`, `write_disk`.
    """
    job.check_running()
    note = preload_note(job.ctx.ledger, manifest.disk) if job.makes is Role.MOVED else None
    known = preloaded_in(note, manifest.disk, volume_id)
    held = _held_passes(job, known, manifest)
    if held and all(one.tree_digest == manifest.tree_digest for one in held):
        step_devices(job, "target").detach(volume_id)  # a killed run may have left it attached
        return 0
    last = HeldPass(origin_id=manifest.origin.image_id, tree_digest=manifest.tree_digest)
    holds = Preloaded(disk=manifest.disk, volume_id=volume_id, asked=asked)
    if known and held:
        passes = (*known.passes, *({last} - {*known.passes}))
        holds = replace(holds, passes=passes, by_changes=True)
    note = _noted(job, note, holds)
    with attached_to_worker(job, "target", volume_id) as device:
        try:
            written = write_changes_to_device(job, device, manifest, held) if held else None
        except OlderPassDamaged as err:
            log.warning("written whole step=%s volume=%s what=%s", job.step.id, volume_id, err.facts.get("what"))
            holds = replace(holds, passes=(), by_changes=False)
            note, written = _noted(job, note, holds), None
        if written is None:
            written = write_device(job, device, manifest)
    _noted(job, note, replace(holds, passes=(last,)))
    return written


def _held_passes(job: Job, known: Preloaded | None, manifest: DiskManifest) -> list[DiskManifest]:
    """The passes that the volume's chunks are of; none if that is unknown, or a pass is no longer in the store."""
    found = []
    for one in known.passes if known else ():
        sealed = _sealed(job, manifest.disk, one)
        if sealed is None or sealed.size_bytes != manifest.size_bytes:
            return []
        found.append(sealed)
    return found


def _sealed(job: Job, disk: str, held: HeldPass) -> DiskManifest | None:
    """The held pass, warm or valid."""
    for read in (job.ctx.store.warm_pass, job.ctx.store.manifest):
        with suppress(ConfigError, IntegrityError):
            found = read(disk, held.origin_id)
            if found is not None and found.tree_digest == held.tree_digest:
                return found
    return None


def _noted(job: Job, note: str | None, holds: Preloaded) -> str | None:
    """Records what the volume holds, in place of this note. Raises LeaseLost: somebody else writes into it by now."""
    if job.makes is not Role.MOVED:
        return None
    job.check_claim()
    new = swap_preload_note(job.ctx.ledger, note, holds)
    if new is None:
        raise LeaseLost(codes.CLAIM_LOST, step=job.step.id)
    return new
