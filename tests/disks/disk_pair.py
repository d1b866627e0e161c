"""A source and a target world, a store at the target, and ports that log or break what passes through them."""

import random
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tenacity

from migrate.clouds.ports import Images, NewImage
from migrate.demo.memory.cloud import MemoryCloud
from migrate.demo.memory.world import World
from migrate.disks.copy.capture_disk import Taking, capture_disk
from migrate.disks.copy.disk_source import DiskSource
from migrate.disks.copy.image_source import ImageSource
from migrate.disks.copy.restore_disk import upload_disk, upload_file
from migrate.disks.store.disk_store import DiskStore
from migrate.disks.store.manifest import SEGMENT_BYTES, DiskManifest, Origin, segment_count
from migrate.model import Image
from migrate.monitor import RecordingMonitor, StopFlag
from migrate.step_attempt import Attempt

MIB = 1 << 20
DISK = "volume:v1"


class LoggedImages:
    """Images with every range written down; `on_read` is called before each."""

    def __init__(self, images: Images) -> None:
        self._images = images
        self.ranges: list[tuple[int, int | None]] = []
        self.on_read: Callable[[int], None] = lambda _: None
        self._lock = threading.Lock()

    def read(self, image_id: str, start: int = 0, end: int | None = None) -> AbstractContextManager[Iterator[bytes]]:
        with self._lock:
            self.ranges.append((start, end))
            self.on_read(len(self.ranges))
        return self._images.read(image_id, start, end)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._images, name)


@dataclass
class DiskPair:
    """A source with images, and a target whose object store keeps the captured disks."""

    source: MemoryCloud = field(default_factory=lambda: MemoryCloud("old", world=World("old", lag=0)))
    target: MemoryCloud = field(default_factory=lambda: MemoryCloud("new", world=World("new", lag=0)))
    monitor: RecordingMonitor = field(default_factory=RecordingMonitor)
    stop: StopFlag = field(default_factory=StopFlag)

    def __post_init__(self) -> None:
        self.images = LoggedImages(self.source.images)
        self._cache = tempfile.TemporaryDirectory(prefix="decamp-test-")
        self.store = DiskStore(self.target.objects, "decamp-store", Path(self._cache.name))
        self.store.prepare("decamp-t-00000000-store")
        self.check_running: Callable[[], None] = lambda: None

    def attempt(self, step_id: str = "s", reads: int = 4) -> Attempt:
        return Attempt(self.check_running, self.monitor, step_id, self.stop, reads, tenacity.wait_none())

    def image(self, file: bytes, disk_format: str = "raw") -> Image:
        return add_image(self.source, file, disk_format)

    def capture(self, image: Image, *, content: str = "disk", **options: Any) -> DiskManifest:
        origin = Origin(
            image_id=image.id,
            taken_at="2020-01-01T00:00:00Z",
            image_format=image.disk_format,
            checksum=image.checksum,
            hash_algo=image.hash_algo,
            hash_value=image.hash_value,
        )
        source = ImageSource(self.images, image, content, self.attempt())
        return self.capture_from(source, content=content, origin=origin, **options)

    def capture_from(self, source: DiskSource, reads: int = 3, **options: Any) -> DiskManifest:
        settings: dict[str, Any] = {
            "content": "disk",
            "virtual_size_bytes": None,
            "attempt": self.attempt("s", reads),
        }
        taking = Taking(options.pop("disk", DISK), options.pop("origin", Origin(image_id="o")))
        return capture_disk(source, self.store, taking, **{**settings, **options})

    def restore(self, manifest: DiskManifest) -> tuple[Image, int]:
        """The image at the target, and the bytes that were sent."""
        disk_format = "qcow2" if manifest.content == "disk" else manifest.origin.image_format
        image_id = self.target.images.create(NewImage(name="moved", disk_format=disk_format))
        sent = (upload_disk if manifest.content == "disk" else upload_file)(
            self.target.images,
            image_id,
            manifest,
            self.store,
            self.attempt("r"),
        )
        return self.target.images.image(image_id), sent

    def stored(self, manifest: DiskManifest) -> bytes:
        return b"".join(self.store.segment(manifest, index) for index in range(segment_count(manifest.size_bytes)))

    def there(self, image: Image) -> set[int]:
        """Segments that a capture of the image finds in the store."""
        with self.store.begin(DISK, image.id, image.size_bytes) as writer:
            return {index for index in range(segment_count(image.size_bytes)) if writer.has(index)}


def add_image(cloud: MemoryCloud, file: bytes, disk_format: str = "raw") -> Image:
    image_id = cloud.images.create(NewImage(name="i", disk_format=disk_format))
    cloud.images.upload(image_id, [file], len(file))
    return cloud.images.image(image_id)


def flip_a_bit(pair: DiskPair) -> None:
    """Damages a stored pack behind the server's back."""
    stored = pair.target.login.project.account.containers["decamp-store"].objects
    name = next(name for name in stored if name.startswith("packs/"))
    data = bytearray(stored[name].data)
    data[len(data) // 2] ^= 1
    object.__setattr__(stored[name], "data", bytes(data))


def read_all(images: Images, image_id: str) -> bytes:
    with images.read(image_id) as chunks:
        return b"".join(chunks)


def noise(size: int, seed: int = 0) -> bytes:
    return random.Random(seed).randbytes(size)


def sparse_disk(size: int, writes: Iterable[tuple[int, bytes]]) -> bytes:
    disk = bytearray(size)
    for at, data in writes:
        disk[at : at + len(data)] = data
    return bytes(disk)


__all__ = [
    "DISK",
    "MIB",
    "SEGMENT_BYTES",
    "DiskPair",
    "LoggedImages",
    "add_image",
    "flip_a_bit",
    "noise",
    "read_all",
    "sparse_disk",
]
