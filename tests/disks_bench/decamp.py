"""Decamp's capture of one disk into a folder, and its restore into a raw file, as a process of its own.

    python -P decamp.py capture|restore FILE STORE CACHE NAME THREADS

The packages of a checkout have to be on PYTHONPATH.
"""

import sys
from pathlib import Path

from migrate.clouds.folder.object_store import FolderStore
from migrate.disks.copy.attached_device import BlockSource, write_disk
from migrate.disks.copy.capture_disk import Taking, capture_disk
from migrate.disks.store.disk_store import DiskStore
from migrate.disks.store.manifest import Origin
from migrate.step_attempt import Attempt


def main(what: str, file: str, root: str, cache: str, name: str, threads: str) -> None:
    store = DiskStore(FolderStore(Path(root), keeps_md5=False), "disks", Path(cache))
    (capture if what == "capture" else restore)(store, Path(file), f"volume:{name}", int(threads))


def capture(store: DiskStore, file: Path, disk: str, threads: int) -> None:
    store.prepare("bench")
    with BlockSource(file) as source:
        capture_disk(
            source,
            store,
            Taking(disk, Origin(image_id="bench")),
            content="disk",
            virtual_size_bytes=None,
            attempt=Attempt(reads=threads),
        )


def restore(store: DiskStore, file: Path, disk: str, threads: int) -> None:
    manifest = store.manifest(disk)
    assert manifest is not None, f"{disk} was never sealed"
    file.parent.mkdir(parents=True)
    with file.open("wb") as made:
        made.truncate(manifest.size_bytes)
    write_disk(file, store, manifest, known_zeroed=True, attempt=Attempt(reads=threads))


if __name__ == "__main__":
    main(*sys.argv[1:])
