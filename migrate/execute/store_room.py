"""Whether the store has room for what is still to be captured. Lengths are known beforehand, what is in them is not:
zeros and chunks that are stored already take none, and most others less than they are long.
"""

from collections.abc import Iterable

from migrate.disks.store.disk_store import DiskStore
from migrate.disks.store.manifest import CHUNK_BYTES, DIGEST_BYTES, SEGMENT_BYTES, chunk_count
from migrate.disks.store.pack_format import ENTRY_BYTES, MOST_PACK_BYTES
from migrate.model import Record
from migrate.model.steps import Step

_LINES_BYTES = 2 * ENTRY_BYTES + DIGEST_BYTES
"""Of a chunk: its line in a pack's index and in the copy of that, its line in a table."""
_PACK_BYTES = MOST_PACK_BYTES + SEGMENT_BYTES


class Room(Record, frozen=True, kw_only=True):
    """`free_bytes`: what the store has, as measured. `most_bytes`: what the captures can take at most.

    `least_bytes`: with less than that they cannot begin: a pack is stored whole or not at all. 0 where they may need
    less than one.
    """

    captures: int
    free_bytes: int
    most_bytes: int
    least_bytes: int


def room_for(store: DiskStore, steps: Iterable[Step]) -> Room | None:
    """None where nothing is to be captured, or where the store does not tell its room. Raises TransientError."""
    sizes = [step.size_bytes for step in steps if step.action.fills_store]
    free = store.free_bytes() if sizes else None
    if free is None:
        return None
    # Of chunks that do not shrink, each by itself: more than what encryption adds to those that share a pack.
    most = sum(map(chunk_count, sizes)) * (store.container.stored_bytes(CHUNK_BYTES) + _LINES_BYTES)
    pack = store.container.stored_bytes(_PACK_BYTES)
    least = pack if most >= pack else 0
    return Room(captures=len(sizes), free_bytes=free, most_bytes=most, least_bytes=least)
