"""Restore: turns a sealed manifest into an image at the target; each segment is checked before it is sent."""

from collections.abc import Iterable, Iterator

from migrate.clouds.ports import Images
from migrate.disks.copy.read_ahead import segments_in_order
from migrate.disks.formats.qcow2_write import Qcow2Layout
from migrate.disks.store.disk_store import DiskStore
from migrate.disks.store.manifest import DiskManifest
from migrate.errors import OtherVersion
from migrate.messages import codes
from migrate.pool import Tally
from migrate.step_attempt import Attempt


def upload_disk(images: Images, image_id: str, manifest: DiskManifest, store: DiskStore, attempt: Attempt) -> int:
    """Uploads a captured disk as the qcow2 file of a queued image; chunks of zeros become holes.

    An upload is one request and cannot resume: any interruption leaves the image queued and takes back the counted
    progress; the caller repeats the upload or deletes the image.

    Returns: bytes sent.
    Raises:  IntegrityError: a segment is missing or differs; nothing is published.  LeaseLost, Cancelled, and errors of
             Images.upload.
    """
    expect(manifest, "disk")
    digests = store.chunks(manifest)
    layout = Qcow2Layout(manifest, digests)
    stored = segments_in_order(store, manifest, attempt, digests.data_segments())
    chunks = layout.stream(stored)
    return _send(images, image_id, chunks, layout.file_bytes, manifest.size_bytes, attempt)


def upload_file(images: Images, image_id: str, manifest: DiskManifest, store: DiskStore, attempt: Attempt) -> int:
    """Uploads a captured image file, byte for byte. Otherwise like `upload_disk`."""
    expect(manifest, "file")
    chunks = segments_in_order(store, manifest, attempt)
    return _send(images, image_id, chunks, manifest.size_bytes, manifest.size_bytes, attempt)


def expect(manifest: DiskManifest, content: str) -> None:
    """Raises ConfigError DCP-212 if the manifest has another kind of content."""
    if manifest.content != content:
        expected = f"a manifest of content {content}, not {manifest.content}"
        raise OtherVersion(codes.DOCUMENT_VERSION, path=f"the manifest of {manifest.disk}", expected=expected)


def _send(
    images: Images,
    image_id: str,
    chunks: Iterable[bytes],
    size_bytes: int,
    content_bytes: int,
    attempt: Attempt,
) -> int:
    """Uploads the file; after success the whole content counts as done, including holes."""
    tally = Tally(attempt.progress())

    def guarded() -> Iterator[bytes]:
        for chunk in tally.counting(chunks):
            attempt.check_running()
            yield chunk

    try:
        images.upload(image_id, guarded(), size_bytes)
    except BaseException:
        tally.settle(0)
        raise
    tally.settle(content_bytes)
    return size_bytes
