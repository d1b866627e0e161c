"""Where the attached path meets the code that moves bytes: the only two calls into it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from migrate.clouds.ports import Images
from migrate.execute.context import Job
from migrate.model import Image
from migrate.store.manifest import DiskManifest, Origin
from migrate.transfer.capture import capture_disk
from migrate.transfer.segments import segments_in_order


def read_device(job: Job, device: Path, *, disk: str, size_bytes: int, origin: Origin) -> int:
    """Reads a device of that size into the store, and seals it; what is stored already is not read again.

    Returns: bytes of the disk that are data.
    """
    image = Image(id=origin.image_id, name=disk, status="active", disk_format="raw", size_bytes=size_bytes)
    manifest = capture_disk(
        cast(Images, _Device(device)),
        image,
        job.ctx.store,
        disk=disk,
        content="disk",
        virtual_size_bytes=size_bytes,
        origin=origin,
        alive=job.still_mine,
        monitor=job.ctx.monitor,
        step_id=job.step.id,
        stop=job.ctx.stop,
        reads=job.ctx.policy.limits.reads,
    )
    return manifest.stored_bytes


def write_device(job: Job, device: Path, manifest: DiskManifest) -> int:
    """Writes the whole disk by position, zeros too, and waits until it is on the device. Returns bytes written."""
    ctx, at = job.ctx, 0
    with device.open("r+b", buffering=0) as file:
        for data in segments_in_order(ctx.store, manifest, stop=ctx.stop, reads=ctx.policy.limits.reads):
            job.still_mine()
            at += os.pwrite(file.fileno(), data, at)
            ctx.monitor.item_advanced(job.step.id, len(data))
        os.fsync(file.fileno())
    return at


class _Device:
    """The part of ports.Images that a capture reads by."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @contextmanager
    def read(self, image_id: str, start: int = 0, end: int | None = None) -> Iterator[Iterator[bytes]]:
        with self._path.open("rb", buffering=0) as file:
            yield iter([os.pread(file.fileno(), (end or 0) - start, start)])
