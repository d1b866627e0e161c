"""What the guest runs of ours: the very modules of the attached path, on the devices of its own kernel and udev."""

import hashlib
import time
from pathlib import Path

from migrate.clouds.folder.object_store import FolderStore
from migrate.disks.copy import attached_device
from migrate.disks.copy.capture_disk import Taking, capture_disk
from migrate.disks.copy.disk_source import Span
from migrate.disks.store.disk_store import DiskStore
from migrate.disks.store.manifest import SEGMENT_BYTES, Origin
from migrate.errors import ItemError
from migrate.execute.attached import device_links
from migrate.step_attempt import Attempt

LINKS = Path("/dev/disk/by-id")
SEEN_WITHIN_S = 100.0


def device(volume_id: str) -> Path:
    """Waits for it: udev makes links a while after the kernel has the disk."""
    end = time.monotonic() + SEEN_WITHIN_S
    while not (found := device_links.devices_of(LINKS, volume_id)):
        assert time.monotonic() < end, f"{volume_id} is not among {[str(link) for link in LINKS.glob('*')]}"
        time.sleep(0.2)
    [path] = found
    return path


def read(volume_id: str) -> dict[str, object]:
    """A volume's device, its links, and the size and SHA-256 of what is read from it."""
    path, digest = device(volume_id), hashlib.sha256()
    with attached_device.BlockSource(path) as source:
        for start in range(0, source.size_bytes, SEGMENT_BYTES):
            end = min(start + SEGMENT_BYTES, source.size_bytes)
            digest.update(source.read(Span(start, end, source.pieces(start, end)), lambda _: None))
    links = [link.name for link in device_links.links_of(LINKS, volume_id)]
    return {"device": str(path), "links": links, "size_bytes": device_links.size_of(path), "sha256": digest.hexdigest()}


def wait_until_gone(volume_id: str) -> list[str]:
    """The links that are still there at the end of the wait."""
    end = time.monotonic() + SEEN_WITHIN_S
    while (left := device_links.links_of(LINKS, volume_id)) and time.monotonic() < end:
        time.sleep(0.2)
    return [link.name for link in left]


def carry(source_id: str, target_id: str) -> int:
    """Captures one volume into a store, and writes it to another. Returns bytes written."""
    store = DiskStore(FolderStore(Path("/tmp/store"), keeps_md5=False), "decamp-store", Path("/tmp/cache"))
    store.prepare("decamp-guest-00000000-store")
    with attached_device.BlockSource(device(source_id)) as source:
        manifest = capture_disk(
            source, store, Taking(source_id, Origin(image_id="attached")), content="disk", virtual_size_bytes=None,
            attempt=Attempt(reads=2),
        )  # fmt: skip
    return attached_device.write_disk(
        device(target_id), store, manifest, known_zeroed=False,
        attempt=Attempt(reads=2),
    )  # fmt: skip


def refusal(path: str, source_id: str) -> str:
    """The code with which writing to that device is refused."""
    store = DiskStore(FolderStore(Path("/tmp/store"), keeps_md5=False), "decamp-store", Path("/tmp/cache"))
    manifest = store.manifest(source_id)
    assert manifest, source_id
    try:
        attached_device.write_disk(
            Path(path), store, manifest, known_zeroed=False,
            attempt=Attempt(reads=2),
        )  # fmt: skip
    except ItemError as err:
        return err.code
    return ""
