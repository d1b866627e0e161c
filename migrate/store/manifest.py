"""A disk manifest: one pass over one disk, sealed only when it is complete (docs/formats/manifest.md)."""

import hashlib
from collections.abc import Iterable

from migrate.errors import IntegrityError
from migrate.model import Record
from migrate.units import MIB

SEGMENT_BYTES = 4 * MIB
"""How a disk is cut; the last segment is shorter where the length asks for it."""

ZERO = "zero"
"""Stands in a segment's `digest` for a segment of zero bytes: no byte is stored for it."""


class SegmentRef(Record, frozen=True, kw_only=True):
    """Segment number `index` of the disk: `size_bytes` bytes from `index * segment_bytes` on; SHA-256 or ZERO."""

    index: int
    size_bytes: int
    digest: str


class Origin(Record, frozen=True, kw_only=True):
    """What the bytes were read from, and how far they can be trusted to agree with each other.

    `consistency`: `stopped` (the server was shut down), `crash-consistent` (it ran), `at rest` (nothing used it).
    `stop`: which stop of the server that was; disks of one server agree when it is the same. Empty: not known.
    `hash_algo`, `hash_value`: the source server's own hash of the image file that was read, where it has one.
    `properties`: of that image, as far as they are worth keeping; an image of a server has its base image's.
    """

    image_id: str
    snapshot_id: str | None = None
    taken_at: str = ""
    consistency: str = "at rest"
    stop: str = ""
    server_status: str | None = None
    image_format: str = "raw"
    checksum: str | None = None
    hash_algo: str | None = None
    hash_value: str | None = None
    properties: dict[str, str] = {}


class DiskManifest(Record, frozen=True, kw_only=True):
    """`content` is `disk` (plain bytes of the disk) or `file` (an image file, byte for byte).

    `disk` names it as a step does: `volume:ID`, `server:ID`, `image:ID`. `size_bytes` is the length of the content.
    """

    disk: str
    content: str
    size_bytes: int
    segment_bytes: int
    segments: tuple[SegmentRef, ...]
    tree_digest: str
    origin: Origin
    format: str = "decamp-disk"
    version: int = 1

    @property
    def stored_bytes(self) -> int:
        return sum(s.size_bytes for s in self.segments if s.digest != ZERO)


def tree_digest(segments: Iterable[SegmentRef]) -> str:
    """One digest for the whole: SHA-256 over `index size digest` lines, in order. Zero segments count as ZERO."""
    h = hashlib.sha256()
    for s in segments:
        h.update(f"{s.index} {s.size_bytes} {s.digest}\n".encode())
    return h.hexdigest()


def segment_count(size_bytes: int, segment_bytes: int = SEGMENT_BYTES) -> int:
    return -(-size_bytes // segment_bytes)


def segment_range(size_bytes: int, index: int, segment_bytes: int = SEGMENT_BYTES) -> tuple[int, int]:
    """Bytes [start, end) of a segment in content of that length."""
    start = index * segment_bytes
    return start, min(size_bytes, start + segment_bytes)


def check_shape(manifest: DiskManifest) -> None:
    """Every segment once, in order, of the length that its place asks for, under the right tree digest.

    Raises: IntegrityError DCP-422: half a disk can never be restored.
    """
    count = segment_count(manifest.size_bytes, manifest.segment_bytes)
    whole = len(manifest.segments) == count and all(
        segment.index == index and segment.size_bytes == end - start
        for index, segment in enumerate(manifest.segments)
        for start, end in [segment_range(manifest.size_bytes, index, manifest.segment_bytes)]
    )
    if not whole or manifest.tree_digest != tree_digest(manifest.segments):
        raise IntegrityError("DCP-422", what=f"the manifest of {manifest.disk} does not cover the disk")
