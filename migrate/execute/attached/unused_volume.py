"""Writes passes into a target volume that no server uses yet: after the first one, only what has changed since.

The ledger knows of which passes the chunks in the volume may be. A pass is recorded before the first of its bytes is
written, and alone once all are on the device: a kill at any moment leaves a record that covers what is there. If the
record or one of its passes is gone, everything is written.

What is written ahead is read back at once, by verify's own code: whole the first time, then only changes, as long as
the cloud shows that nobody has touched the volume in between. So little is left to read back once the server is down.
"""

from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from msgspec.structs import replace

from migrate.disks.store.manifest import DiskManifest
from migrate.disks.store.pass_difference import OlderPassDamaged, digests_of_older
from migrate.errors import ConfigError, IntegrityError, LeaseLost, TransientError
from migrate.execute.attached.attached_volumes import attached_to_worker, step_devices
from migrate.execute.attached.copy_device import write_changes_to_device, write_device
from migrate.execute.job import Job
from migrate.ledger.ledger_records import HeldPass, Preloaded
from migrate.ledger.preload_notes import preload_note, preloaded_in, swap_preload_note
from migrate.messages import codes
from migrate.model import UNWRITTEN_KEY, Role
from migrate.monitor import log
from migrate.units import iso, utc_now
from migrate.verify.disks.compare_content import DiskCheck, verify_changes, verify_path
from migrate.verify.disks.expected_content import Captured


def is_unwritten(job: Job, volume_id: str) -> bool:
    """Whether the volume is still incomplete: no guest has used it. Raises NotFound."""
    return UNWRITTEN_KEY in job.target.block.volume(volume_id).metadata


def write_into_unused(job: Job, volume_id: str, manifest: DiskManifest, *, ahead: bool) -> int:
    """Writes the pass into the volume, which must be incomplete (`is_unwritten`). Returns the bytes written.

    Args:    ahead: reads all of it back, for which there is no time after the stop.
    Raises:  DamagedSegment: a segment of the pass.  TransientError DCP-532: what was read back differs; the next
             attempt writes everything.  Otherwise like `attached_to_worker`, `write_disk`.
    """
    job.check_running()
    note = preload_note(job.ctx.ledger, manifest.disk) if job.makes is Role.MOVED else None
    work = _Work(job, volume_id, manifest, note)
    if work.is_there and (work.proved or not ahead):
        step_devices(job, "target").detach(volume_id)  # a killed run may have left it attached
        return 0
    return work.write(ahead=ahead)


def proved_before(job: Job, volume_id: str, manifest: DiskManifest) -> Preloaded | None:
    """What is known of the volume if all of it was read back as this pass, and nobody has touched it since."""
    known = preloaded_in(job.ctx.ledger, preload_note(job.ctx.ledger, manifest.disk), manifest.disk, volume_id)
    if known is None or known.proved is None or known.passes != (known.proved,):
        return None
    if known.proved.tree_digest != manifest.tree_digest:
        return None
    return known if _is_untouched(job, known) else None


def note_untouched(job: Job, volume_id: str, manifest: DiskManifest) -> None:
    """Records that the volume's last change was ours: it stays proved."""
    note = preload_note(job.ctx.ledger, manifest.disk) if job.makes is Role.MOVED else None
    known = preloaded_in(job.ctx.ledger, note, manifest.disk, volume_id)
    if known and known.proved:
        _noted(job, note, replace(known, touched_at=_touched_at(job, volume_id)))


@dataclass
class _Work:
    """The write of one pass into one volume. `note`: what the ledger says of the volume."""

    job: Job
    volume_id: str
    manifest: DiskManifest
    note: str | None

    def __post_init__(self) -> None:
        self.known = preloaded_in(self.job.ctx.ledger, self.note, self.manifest.disk, self.volume_id)
        self.held = _held_passes(self.job, self.known, self.manifest)
        self.last = _held(self.manifest)
        known = self.known
        self.proved: DiskManifest | None = None
        """The pass that all of the volume was read back as, if it still holds that and nothing else."""
        if known and self.held and known.passes == (known.proved,) and _is_untouched(self.job, known):
            (self.proved,) = self.held

    @property
    def is_there(self) -> bool:
        """Whether the volume already holds the pass."""
        return bool(self.held) and all(one.tree_digest == self.manifest.tree_digest for one in self.held)

    def write(self, *, ahead: bool) -> int:
        holds = Preloaded(disk=self.manifest.disk, volume_id=self.volume_id)
        if self.known and self.held:
            passes = (*self.known.passes, *({self.last} - {*self.known.passes}))
            holds = replace(holds, passes=passes, by_changes=True)
        self.note = _noted(self.job, self.note, holds)
        with attached_to_worker(self.job, "target", self.volume_id) as device:
            holds, written = self._written(device, holds)
            is_proved = self._read_back(device, holds, ahead=ahead)
        holds = replace(holds, passes=(self.last,))
        if is_proved:
            touched_at = _touched_at(self.job, self.volume_id)
            holds = replace(holds, proved=self.last, proved_at=iso(utc_now()), touched_at=touched_at)
        self.note = _noted(self.job, self.note, holds)
        return written

    def _written(self, device: Path, holds: Preloaded) -> tuple[Preloaded, int]:
        """Writes what differs, or everything."""
        if self.held:
            try:
                return holds, write_changes_to_device(self.job, device, self.manifest, self.held)
            except OlderPassDamaged as err:
                what = err.facts.get("what")
                log.warning("written whole step=%s volume=%s what=%s", self.job.step.id, self.volume_id, what)
                holds = replace(holds, passes=(), by_changes=False)
                self.note, self.proved = _noted(self.job, self.note, holds), None
        return holds, write_device(self.job, device, self.manifest)

    def _read_back(self, device: Path, holds: Preloaded, *, ahead: bool) -> bool:
        """Whether all of the volume was read back as the pass, now or with its changes since.

        Raises TransientError DCP-532: it differs.
        """
        stop, content = self.job.ctx.stop, Captured.of(self.job.ctx.store, self.manifest)
        check = self._changes_read_back(device, content) if self.proved else None
        if check is None and ahead:
            check = verify_path(device, content, may_be_larger=True, stop=stop)
        if check is None:
            return False
        if check.differences:
            log.warning("differs step=%s volume=%s what=%s", self.job.step.id, self.volume_id, check.differences[:3])
            self.note = _noted(self.job, self.note, replace(holds, passes=(), by_changes=False))
            raise TransientError(codes.CHANGES_NOT_ENOUGH, item=self.job.step.id)
        return True

    def _changes_read_back(self, device: Path, content: Captured) -> DiskCheck | None:
        """The read-back of what has changed since the proved pass; None if that is unknown by now."""
        assert self.proved
        before = Captured(self.proved, partial(digests_of_older, self.job.ctx.store, self.proved))
        try:
            return verify_changes(device, content, before, stop=self.job.ctx.stop)
        except OlderPassDamaged as err:
            # The pass itself is whole: nothing of it has to be captured again.
            log.warning("not known what changed step=%s what=%s", self.job.step.id, err.facts.get("what"))
            return None


def _held(manifest: DiskManifest) -> HeldPass:
    return HeldPass(origin_id=manifest.origin.image_id, tree_digest=manifest.tree_digest)


def _is_untouched(job: Job, known: Preloaded) -> bool:
    return bool(known.touched_at) and _touched_at(job, known.volume_id) == known.touched_at


def _touched_at(job: Job, volume_id: str) -> str:
    """The cloud's last change of the volume; empty if it is not at rest, or the cloud does not tell."""
    volume = job.target.block.volume(volume_id)
    at_rest = volume.status == "available" and not volume.attachments
    return job.target.block.last_change(volume_id) if at_rest else ""


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
