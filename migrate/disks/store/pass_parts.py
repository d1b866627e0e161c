"""Parts: lists of stored segments of an unfinished pass, each written after its pack."""

import hashlib
import struct
from collections.abc import Mapping

from migrate.disks.store.chunk_tables import SEGMENT_ROW
from migrate.disks.store.compression import compress_table, expand
from migrate.disks.store.container import StoreContainer
from migrate.disks.store.manifest import DIGEST_BYTES, segment_chunks, segment_count
from migrate.disks.store.object_names import PART, part_name

_MAGIC = b"DECAMPP1"
_RECORD = struct.Struct(f">I{SEGMENT_ROW}s")
_HEAD_BYTES = len(_MAGIC) + DIGEST_BYTES
_MOST_BYTES = 64 * 1024 * 1024


def put_part(container: StoreContainer, disk: str, origin_id: str, size_bytes: int, rows: Mapping[int, bytes]) -> str:
    """Stores the rows of these segments; returns the part's name. Idempotent."""
    body = _head(disk, origin_id, size_bytes) + b"".join(_RECORD.pack(*row) for row in sorted(rows.items()))
    digest = hashlib.sha256(body).digest()
    name = part_name(disk, origin_id, digest.hex())
    container.put(name, [compress_table(body + digest)])
    return name


def read_part(
    container: StoreContainer, name: str, disk: str, origin_id: str, size_bytes: int
) -> dict[int, bytes] | None:
    """The digests of the chunks in each segment; None if the part is gone, damaged or another pass's."""
    head, count = _head(disk, origin_id, size_bytes), segment_count(size_bytes)
    rows = open_part(container, name, head)
    if rows is None or max(rows, default=0) >= count:
        return None
    return {index: row[: segment_chunks(size_bytes, index) * DIGEST_BYTES] for index, row in rows.items()}


def open_part(container: StoreContainer, name: str, head: bytes = _MAGIC) -> dict[int, bytes] | None:
    """The rows of a part with this head, by default of any pass. Rows have their full length."""
    stored = container.whole(name)
    data = None if stored is None else expand(stored, _MOST_BYTES)
    if data is None or len(data) < _HEAD_BYTES + DIGEST_BYTES:
        return None
    body, digest = data[:-DIGEST_BYTES], data[-DIGEST_BYTES:]
    rows = body[_HEAD_BYTES:]
    if len(rows) % _RECORD.size:
        return None
    is_named = name.rpartition("/")[2] == PART + digest.hex()
    if not is_named or hashlib.sha256(body).digest() != digest or not body.startswith(head):
        return None
    return dict(_RECORD.iter_unpack(rows))


def _head(disk: str, origin_id: str, size_bytes: int) -> bytes:
    whose = hashlib.sha256(f"{disk}\n{origin_id}\n{size_bytes}".encode())
    return _MAGIC + whose.digest()
