"""The evidence row of a resource with a disk: its record and its content."""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

import msgspec

from migrate.clouds.ports import Cloud
from migrate.disks.store.manifest import DiskManifest
from migrate.errors import ConfigError, ConflictError, IntegrityError, ItemError, TransientError
from migrate.messages import codes
from migrate.model import UNWRITTEN_KEY, Image, Kind
from migrate.model.steps import Action, RestoreImage, RestoreServerImage, RestoreSnapshotImage, RestoreVolume
from migrate.verify.disks.expected_content import Captured
from migrate.verify.disks.prove_disk import Disk, prove_disk
from migrate.verify.disks.read_volume import ReadBack
from migrate.verify.evidence import EvidenceRow, Proof, Verdict
from migrate.verify.fields import disk_fields
from migrate.verify.fields.differences import TargetOf
from migrate.verify.kept_proofs import DiskProof, write_proof
from migrate.verify.record_rows import Rows

Reread = Literal["auto", "all"]

GUEST_MAY_HAVE_WRITTEN = codes.USED_SINCE_PROVED
NO_MANIFEST = codes.NOTHING_TO_COMPARE


@dataclass(frozen=True)
class RunRecords:
    """The records of runs that a verification needs.

    target_of: maps a source id to the target's; a server's root image is (IMAGE, server id).
    captured: by disk name: `volume:ID`, likewise for image, server, snapshot, backup.
    evidence_dir: rows of copied containers, and proofs of disks.
    """

    target_of: TargetOf
    captured: Callable[[str], Captured | None]
    evidence_dir: Path


@dataclass(frozen=True)
class DiskRows:
    """Reads disks back at the target. Changes only its own temporaries there, and saves proofs."""

    rows: Rows
    target: Cloud
    records: RunRecords
    how: ReadBack
    reread: Reread
    proofs: Mapping[str, DiskProof]

    def of(self, action: Action) -> list[EvidenceRow]:
        """The row of the disk that the action creates; none for any other action."""
        match action:
            case RestoreImage(image=image):
                projects = self.rows.wanted.projects(image.id)
                compare = partial(disk_fields.image, image, projects)
                return [self._image(Disk(Kind.IMAGE, image.id, image.name, Kind.IMAGE), compare)]
            case RestoreServerImage(server=server, properties=properties):
                compare = partial(disk_fields.root_image, properties)
                return [self._image(Disk(Kind.SERVER, server.id, server.name, Kind.IMAGE), compare)]
            case RestoreSnapshotImage(snapshot=snapshot, properties=properties):
                compare = partial(disk_fields.snapshot_image, snapshot, properties)
                return [self._image(Disk(Kind.SNAPSHOT, snapshot.id, snapshot.name, Kind.IMAGE), compare)]
            case RestoreVolume():
                return [self._volume(action)]
            case _:
                return []

    def _image(self, disk: Disk, compare: Callable[[Image], tuple[str, ...]]) -> EvidenceRow:
        found = self.rows.state.images.get(self._target_id(disk) or "")
        if found is None:
            return self._missing(disk)
        return with_differences(self._disk(disk, found.id, held=False), compare(found))

    def _volume(self, action: RestoreVolume) -> EvidenceRow:
        """The row of a volume, restored from a volume, a snapshot, a backup or a root disk."""
        disk = Disk(action.of, action.volume.id, action.volume.name, Kind.VOLUME)
        found = self.rows.state.volumes.get(self._target_id(disk) or "")
        if found is None or UNWRITTEN_KEY in found.metadata:
            return self._missing(disk)
        held = bool(found.attachments) or found.status == "in-use"
        return with_differences(self._disk(disk, found.id, held=held), disk_fields.volume(action, found))

    def _target_id(self, disk: Disk) -> str | None:
        return self.rows.target_of(disk.at_target, disk.source_id)

    def _missing(self, disk: Disk) -> EvidenceRow:
        target_id, nothing = self._target_id(disk), None
        row: EvidenceRow = self.rows.row(disk.row_kind, disk.source_id, disk.name, target_id, nothing, _never)
        return msgspec.structs.replace(row, item=disk.item)

    def _disk(self, disk: Disk, target_id: str, *, held: bool) -> EvidenceRow:
        """The row of an existing disk. `held`: attached to a server, which may have written to it."""
        captured, trouble = self._captured(disk.manifest)
        manifest = captured.manifest if captured else None
        earlier = self._earlier(disk.item, manifest, target_id)
        unread = EvidenceRow(
            item=disk.item,
            kind=disk.row_kind,
            name=disk.name,
            verdict=Verdict.NOT_REREAD,
            proof=earlier.proof if earlier else Proof.MANIFEST,
            target_id=target_id,
            size_bytes=manifest.size_bytes if manifest else 0,
            consistency=manifest.origin.consistency if manifest else None,
            taken_at=(manifest.origin.taken_at or None) if manifest else None,
            at=earlier.at if earlier else self.rows.at(),
        )
        if captured is None:
            return msgspec.structs.replace(unread, note_code=trouble)
        if held and earlier and self.reread == "auto":
            return msgspec.structs.replace(unread, note_code=GUEST_MAY_HAVE_WRITTEN)
        try:
            row = self._read_back(disk, captured, target_id)
        except (ItemError, TransientError, IntegrityError, ConflictError) as err:
            return msgspec.structs.replace(unread, note_code=err.code)
        if row.verdict is Verdict.SAME:
            write_proof(self.records.evidence_dir, DiskProof(row=row, tree_digest=captured.manifest.tree_digest))
        elif held:
            return msgspec.structs.replace(row, note_code=GUEST_MAY_HAVE_WRITTEN)
        return row

    def _captured(self, disk: str) -> tuple[Captured | None, str]:
        """The sealed pass, or the code that says why there is no valid one."""
        try:
            return self.records.captured(disk), NO_MANIFEST
        except (ConfigError, IntegrityError, ItemError, TransientError) as err:
            return None, err.code

    def _earlier(self, item: str, manifest: DiskManifest | None, target_id: str) -> EvidenceRow | None:
        """An earlier proof that this disk matches the valid manifest."""
        proof = self.proofs.get(item)
        if proof is None or proof.row.verdict is not Verdict.SAME or proof.row.target_id != target_id:
            return None
        return proof.row if manifest is None or proof.tree_digest == manifest.tree_digest else None

    def _read_back(self, disk: Disk, captured: Captured, target_id: str) -> EvidenceRow:
        monitor = self.how.attempt.monitor
        monitor.item_started(disk.item, disk.name, captured.manifest.size_bytes)
        how = dataclasses.replace(self.how, attempt=dataclasses.replace(self.how.attempt, step_id=disk.item))
        outcome = "failed"
        try:
            read = prove_disk(self.target, captured, disk, target_id, how, reread=True, now=self.rows.now)
            outcome = "done" if read.verdict is Verdict.SAME else "failed"
            return read
        finally:
            monitor.item_finished(disk.item, outcome)


def with_differences(
    row: EvidenceRow, differences: tuple[str, ...], verdict: Verdict = Verdict.DIFFERENT
) -> EvidenceRow:
    """The row with additional differences, if any; the rest stays."""
    if not differences:
        return row
    return msgspec.structs.replace(row, verdict=verdict, differences=differences + row.differences)


def _never(_: object) -> tuple[str, ...]:
    return ()
