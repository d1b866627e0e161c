"""Where the attached path meets the code that moves bytes: the only two calls into it."""

from pathlib import Path

from migrate.disks.copy.attached_device import BlockSource, write_disk
from migrate.disks.copy.capture_disk import capture_disk
from migrate.disks.store.manifest import DiskManifest, Origin
from migrate.execute.job import Job


def read_device(job: Job, device: Path, *, disk: str, origin: Origin) -> int:
    """Reads a device into the store, from end to end, and seals it; what is stored already is not read again.

    Returns: bytes of the disk that are data.
    """
    with BlockSource(device) as source:
        manifest = capture_disk(
            source,
            job.ctx.store,
            disk=disk,
            content="disk",
            virtual_size_bytes=source.size_bytes,
            origin=origin,
            attempt=job.attempt(),
        )
    return manifest.data_bytes


def write_device(job: Job, device: Path, manifest: DiskManifest) -> int:
    """Writes the whole disk by position, zeros too, and waits until it is on the device. Returns bytes written.

    Not every cloud clears what it hands out: nothing is known to be zeroed.
    """
    return write_disk(
        device,
        job.ctx.store,
        manifest,
        known_zeroed=False,
        attempt=job.attempt(),
    )
