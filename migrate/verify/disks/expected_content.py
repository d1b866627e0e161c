"""The expected content of a disk at the target."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from migrate.disks.store.disk_store import DiskStore
from migrate.disks.store.manifest import DiskManifest


@dataclass(frozen=True)
class Captured:
    """A sealed manifest, and the digests of its chunks, in order: 32 bytes each, NULs for a chunk of zeros.

    `digests`: restarts with each call, and loads on demand.
    """

    manifest: DiskManifest
    digests: Callable[[], Iterator[bytes]]

    @classmethod
    def of(cls, store: DiskStore, manifest: DiskManifest) -> "Captured":
        return cls(manifest, lambda: store.chunks(manifest).digests())


def captured(store: DiskStore, disk: str) -> Captured | None:
    """The newest sealed pass over the disk. Raises as `DiskStore.manifest`."""
    manifest = store.manifest(disk)
    return Captured.of(store, manifest) if manifest else None
