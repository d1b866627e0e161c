"""Checks the store's free space against the remaining captures. Only the maximum is known: zeros and stored chunks take
no space, and most others less than their length.
"""

from collections.abc import Iterable

from migrate.disks.store.disk_store import DiskStore
from migrate.disks.store.manifest import CHUNK_BYTES, DIGEST_BYTES, SEGMENT_BYTES, chunk_count
from migrate.disks.store.pack_format import ENTRY_BYTES, MOST_PACK_BYTES
from migrate.model import Record
from migrate.model.steps import Step

_LINES_BYTES = 2 * ENTRY_BYTES + DIGEST_BYTES
"""The metadata of a chunk: its entries in a pack's index, in the copy of that, and in a table."""
_PACK_BYTES = MOST_PACK_BYTES + SEGMENT_BYTES


class Room(Record, frozen=True, kw_only=True):
    """The result. `free_bytes`: free space in the store. `most_bytes`: the maximum size of the captures.

    `least_bytes`: the minimum for a start, one pack, which is stored whole; 0 if the captures may need less.
    """

    captures: int
    free_bytes: int
    most_bytes: int
    least_bytes: int


def room_for(store: DiskStore, steps: Iterable[Step]) -> Room | None:
    """The store's space; None if there is nothing to capture, or the space is unknown. Raises TransientError."""
    sizes = [step.size_bytes for step in steps if step.action.fills_store]
    free = store.free_bytes() if sizes else None
    if free is None:
        return None
    # Incompressible chunks, each stored alone: more than the overhead of encryption for those in shared packs.
    most = sum(map(chunk_count, sizes)) * (store.container.stored_bytes(CHUNK_BYTES) + _LINES_BYTES)
    pack = store.container.stored_bytes(_PACK_BYTES)
    least = pack if most >= pack else 0
    return Room(captures=len(sizes), free_bytes=free, most_bytes=most, least_bytes=least)
