"""A disk manifest: describes one complete pass over one disk (docs/formats/manifest.md).

Units: a *chunk* is 64 KiB of content, named by the SHA-256 of its plain bytes; a *segment* is 64 chunks, the unit for
reading and resuming; a *table* lists the chunks of 4,096 segments. The last one of each may be shorter.
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
"""The entry in a table for a chunk of zeros, which is not stored."""


class TableRef(Record, frozen=True, kw_only=True):
    """Table number `index`: the SHA-256 (hex) of its plain bytes, and its number of non-zero chunks."""

    index: int
    digest: str
    data_chunks: int


class Origin(Record, frozen=True, kw_only=True):
    """The source of the bytes, and their consistency.

    `consistency`: `stopped` (the server was shut down), `crash-consistent` (it ran), `at rest` (not in use).
    `stop`: the id of the server's stop; a server's disks are consistent if they share it. Empty: unknown.
    `hash_algo`, `hash_value`: the source server's own hash of the image file, if it has one.
    `properties`: the image's properties that are worth keeping; an image of a server has those of its base image.
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

    `disk` is named as in steps: `volume:ID`, `server:ID`, `image:ID`. `size_bytes`: the length of the content.
    `tables`: only those with data, by index; the rest of the content is zeros.
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
        """Plain bytes of all non-zero chunks; the last chunk counts in full."""
        return min(self.data_chunks * self.chunk_bytes, self.size_bytes)


def tree_digest(size_bytes: int, tables: Iterable[TableRef]) -> str:
    """One digest for the whole content: SHA-256 over the length and `index digest` lines, in order."""
    h = hashlib.sha256(f"{size_bytes}\n".encode())
    for table in tables:
        h.update(f"{table.index} {table.digest}\n".encode())
    return h.hexdigest()


def segment_count(size_bytes: int) -> int:
    return -(-size_bytes // SEGMENT_BYTES)


def segment_range(size_bytes: int, index: int) -> tuple[int, int]:
    """Bytes [start, end) of a segment, in content of this length."""
    start = index * SEGMENT_BYTES
    return start, min(size_bytes, start + SEGMENT_BYTES)


def chunk_count(size_bytes: int) -> int:
    return -(-size_bytes // CHUNK_BYTES)


def segment_chunks(size_bytes: int, index: int) -> int:
    """The number of chunks in a segment."""
    start, end = segment_range(size_bytes, index)
    return chunk_count(end - start)


def table_count(size_bytes: int) -> int:
    return -(-size_bytes // (TABLE_CHUNKS * CHUNK_BYTES))


def table_chunks(size_bytes: int, index: int) -> int:
    """The number of chunks that a table covers."""
    return min(TABLE_CHUNKS, chunk_count(size_bytes) - index * TABLE_CHUNKS)


def check_shape(manifest: DiskManifest) -> None:
    """Checks the tables: in order, none with more data than fits its range, and the right tree digest.

    Raises: IntegrityError DCP-422: half a disk must never be restored.
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
