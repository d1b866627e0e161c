"""A disk manifest: one pass over one disk, sealed only when it is complete (docs/formats/manifest.md).

Units: a *chunk* is 64 KiB of the content, named by the SHA-256 of its plain bytes; a *segment* is 64 chunks, what is
read and taken up again as one; a *table* names the chunks of 4,096 segments. The last of each is shorter where the
length of the content asks for it.
"""

import hashlib
from collections.abc import Iterable

from migrate.errors import IntegrityError
from migrate.messages import codes
from migrate.model import Record
from migrate.units import KIB, MIB

CHUNK_BYTES = 64 * KIB
SEGMENT_BYTES = 4 * MIB
TABLE_SEGMENTS = 4096
SEGMENT_CHUNKS = SEGMENT_BYTES // CHUNK_BYTES
TABLE_CHUNKS = TABLE_SEGMENTS * SEGMENT_CHUNKS

DIGEST_BYTES = 32
ZERO_DIGEST = bytes(DIGEST_BYTES)
"""Stands in a table for a chunk of zero bytes: no byte is stored for it."""


class TableRef(Record, frozen=True, kw_only=True):
    """Table number `index`: the SHA-256 (hex) of its plain bytes, and how many of its chunks are not zeros."""

    index: int
    digest: str
    data_chunks: int


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
    `tables`: those with data alone, by index; what no table speaks of is zeros.
    """

    disk: str
    content: str
    size_bytes: int
    chunk_bytes: int = CHUNK_BYTES
    table_segments: int = TABLE_SEGMENTS
    tables: tuple[TableRef, ...]
    data_chunks: int
    tree_digest: str
    origin: Origin
    format: str = "decamp-disk"
    version: int = 2

    @property
    def data_bytes(self) -> int:
        """Plain bytes of the chunks that are not zeros; the last chunk counts as a whole one."""
        return min(self.data_chunks * self.chunk_bytes, self.size_bytes)


def tree_digest(size_bytes: int, tables: Iterable[TableRef]) -> str:
    """One digest for the whole: SHA-256 over the length and `index digest` lines, in order."""
    h = hashlib.sha256(f"{size_bytes}\n".encode())
    for table in tables:
        h.update(f"{table.index} {table.digest}\n".encode())
    return h.hexdigest()


def segment_count(size_bytes: int) -> int:
    return -(-size_bytes // SEGMENT_BYTES)


def segment_range(size_bytes: int, index: int) -> tuple[int, int]:
    """Bytes [start, end) of a segment in content of that length."""
    start = index * SEGMENT_BYTES
    return start, min(size_bytes, start + SEGMENT_BYTES)


def chunk_count(size_bytes: int) -> int:
    return -(-size_bytes // CHUNK_BYTES)


def segment_chunks(size_bytes: int, index: int) -> int:
    """How many chunks a segment has."""
    start, end = segment_range(size_bytes, index)
    return chunk_count(end - start)


def table_count(size_bytes: int) -> int:
    return -(-size_bytes // (TABLE_CHUNKS * CHUNK_BYTES))


def table_chunks(size_bytes: int, index: int) -> int:
    """How many chunks a table speaks of."""
    return min(TABLE_CHUNKS, chunk_count(size_bytes) - index * TABLE_CHUNKS)


def check_shape(manifest: DiskManifest) -> None:
    """Tables in order, each with as much data as its place can hold, under the right tree digest.

    Raises: IntegrityError DCP-422: half a disk can never be restored.
    """
    size, tables = manifest.size_bytes, manifest.tables
    indexes = [table.index for table in tables]
    whole = (
        size >= 0
        and (manifest.chunk_bytes, manifest.table_segments) == (CHUNK_BYTES, TABLE_SEGMENTS)
        and indexes == sorted(set(indexes))
        and all(0 <= table.index < table_count(size) for table in tables)
        and all(0 < table.data_chunks <= table_chunks(size, table.index) for table in tables)
        and sum(table.data_chunks for table in tables) == manifest.data_chunks
    )
    if not whole or manifest.tree_digest != tree_digest(size, tables):
        raise IntegrityError(codes.BYTES_DIFFER, what=f"the manifest of {manifest.disk} does not cover the disk")
