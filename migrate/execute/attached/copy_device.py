"""The calls from the attached path to the code that copies bytes."""

from collections.abc import Sequence
from pathlib import Path

from migrate.disks.copy.attached_device import BlockSource, write_changes, write_disk
from migrate.disks.copy.capture_disk import Taking, capture_disk
from migrate.disks.store.manifest import DiskManifest
from migrate.execute.job import Job


def read_device(job: Job, device: Path, taking: Taking) -> DiskManifest:
    """Reads a whole device into the store and seals it; stored segments are not read again."""
    with BlockSource(device) as source:
        return capture_disk(
            source,
            job.ctx.store,
            taking,
            content="disk",
            virtual_size_bytes=source.size_bytes,
            attempt=job.attempt(),
        )


def write_device(job: Job, device: Path, manifest: DiskManifest) -> int:
    """Writes the whole disk, zeros included, and syncs the device. Returns bytes written.

    Not every cloud clears new volumes, so nothing counts as zeroed.
    """
    return write_disk(
        device,
        job.ctx.store,
        manifest,
        known_zeroed=False,
        attempt=job.attempt(),
    )


def write_changes_to_device(job: Job, device: Path, manifest: DiskManifest, held: Sequence[DiskManifest]) -> int:
    """Writes what differs from the passes that the device holds, and syncs it. Returns bytes written."""
    return write_changes(device, job.ctx.store, manifest, held, attempt=job.attempt())
