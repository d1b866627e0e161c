"""The chunks in which one pass over a disk differs from another, by the digests in their tables."""

from collections.abc import Iterator, Sequence
from heapq import merge
from itertools import groupby
from operator import itemgetter

from migrate.disks.store.chunk_tables import DamagedSegment, split
from migrate.disks.store.disk_store import DiskStore
from migrate.disks.store.manifest import CHUNK_BYTES, TABLE_SEGMENTS, DiskManifest, segment_count, segment_range


class OlderPassDamaged(DamagedSegment):
    """A table of the older pass is missing or damaged: how the newer one differs is unknown."""


def differing_chunks(store: DiskStore, older: DiskManifest, newer: DiskManifest) -> Iterator[tuple[int, list[int]]]:
    """Segments of the newer pass with a different chunk, in order: index, and the numbers of those chunks in it.

    A table that both passes share is not read. What the older pass does not reach is different.
    Raises: DamagedSegment: a table of the newer pass is missing or damaged.  OlderPassDamaged: of the older one.
    """
    before, now = store.chunks(older), store.chunks(newer)
    known = {ref.index: ref.digest for ref in older.tables}
    same_size = older.size_bytes == newer.size_bytes
    tables = {ref.index: ref.digest for ref in newer.tables}
    reached = segment_count(older.size_bytes)
    for index in range(segment_count(newer.size_bytes)):
        table = index // TABLE_SEGMENTS
        if same_size and known.get(table) == tables.get(table):
            continue
        row = split(now.segment(index))
        try:
            old = split(before.segment(index)) if index < reached else []
        except DamagedSegment as err:
            raise OlderPassDamaged(err.code, **err.facts) from err
        found = [at for at, digest in enumerate(row) if at >= len(old) or old[at] != digest]
        if found:
            yield index, found


def chunks_unlike_any(
    store: DiskStore, held: Sequence[DiskManifest], newer: DiskManifest
) -> Iterator[tuple[int, list[int]]]:
    """Like `differing_chunks`, for a place where each chunk is that of one of the `held` passes, and it is unknown of
    which.
    """
    each = [differing_chunks(store, one, newer) for one in held]
    for index, found in groupby(merge(*each, key=itemgetter(0)), key=itemgetter(0)):
        yield index, sorted({at for _, chunks in found for at in chunks})


def digests_of_older(store: DiskStore, older: DiskManifest) -> Iterator[bytes]:
    """The digests of all chunks of an older pass. Raises OlderPassDamaged."""
    try:
        yield from store.chunks(older).digests()
    except DamagedSegment as err:
        raise OlderPassDamaged(err.code, **err.facts) from err


def changed_bytes(store: DiskStore, older: DiskManifest, newer: DiskManifest) -> int:
    """The size of all chunks that differ, zeros included. Raises as `differing_chunks`."""
    changed = 0
    for index, chunks in differing_chunks(store, older, newer):
        start, end = segment_range(newer.size_bytes, index)
        changed += sum(min(CHUNK_BYTES, end - start - at * CHUNK_BYTES) for at in chunks)
    return changed
