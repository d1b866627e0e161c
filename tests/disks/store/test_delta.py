"""What a second pass stores: what changed, and little more."""

import random
from pathlib import Path

import pytest

from migrate.disks.store.disk_store import DiskStore
from migrate.disks.store.manifest import CHUNK_BYTES, SEGMENT_BYTES, Origin
from tests.disks.store.faulty_stores import DISK, disk_store, memory

SEGMENTS = 8
BLOCKS = 5
"""As 655 blocks of 64 KiB in 4 GiB: 1 %."""


@pytest.fixture
def store(tmp_path: Path) -> DiskStore:
    return disk_store(memory(), tmp_path / "cache")


def captured(store: DiskStore, content: bytes, origin_id: str, disk: str = DISK) -> None:
    with store.begin(disk, origin_id, len(content)) as writer:
        for index in range(len(content) // SEGMENT_BYTES):
            writer.put(index, content[index * SEGMENT_BYTES : (index + 1) * SEGMENT_BYTES])
        writer.seal("disk", Origin(image_id=origin_id))


def stored(store: DiskStore) -> int:
    """Everything: packs, indexes, tables, manifests."""
    return sum(entry.size_bytes for entry in store.container.entries(""))


@pytest.mark.parametrize(("shift", "limit"), [(0, 1.2), (4096, 2.3)])
def test_a_scattered_change_stores_little_more_than_itself(store: DiskStore, shift: int, limit: float) -> None:
    """Of a disk that is full of what does not shrink: the hardest case. Aligned to the chunks, or not."""
    made = random.Random(1)
    content = bytearray(made.randbytes(SEGMENTS * SEGMENT_BYTES))
    captured(store, bytes(content), "o1")
    before = stored(store)
    for number in made.sample(range(SEGMENTS * SEGMENT_BYTES // CHUNK_BYTES - 1), BLOCKS):
        start = number * CHUNK_BYTES + shift
        content[start : start + CHUNK_BYTES] = made.randbytes(CHUNK_BYTES)
    captured(store, bytes(content), "o2")
    assert stored(store) - before <= limit * BLOCKS * CHUNK_BYTES


def test_ten_servers_of_one_image_with_a_twentieth_of_their_own_take_less_than_two(store: DiskStore) -> None:
    made = random.Random(2)
    base = made.randbytes(SEGMENTS // 4 * SEGMENT_BYTES)
    captured(store, base, "o1", "server:0")
    one = stored(store)
    for number in range(1, 10):
        own = bytearray(base)
        for place in made.sample(range(len(base) // CHUNK_BYTES), len(base) // CHUNK_BYTES // 20):
            own[place * CHUNK_BYTES : (place + 1) * CHUNK_BYTES] = made.randbytes(CHUNK_BYTES)
        captured(store, bytes(own), "o1", f"server:{number}")
    assert stored(store) <= 1.8 * one


def test_zeros_cost_nothing(store: DiskStore) -> None:
    captured(store, bytes(SEGMENTS * SEGMENT_BYTES), "o1")
    assert stored(store) < 1000
