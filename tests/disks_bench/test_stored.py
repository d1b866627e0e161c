"""How much is stored of what changed, and of disks that share a base: exact, on small disks, without timing."""

import random
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.disks_bench.decamp import main
from tests.disks_bench.images import CHUNK, MIB
from tests.disks_bench.tools import Decamp

SIZE = 64 * MIB
CHANGED = SIZE // CHUNK // 100 * 2
"""Two in a hundred: what is stored besides chunks is the same for one pass however little changes."""


class Stored:
    """A store, and what each capture adds to it."""

    def __init__(self, folder: Path) -> None:
        self._tool = Decamp(folder / "home")
        self._image = folder / "image.raw"
        self._captured = 0

    def add(self, disk: bytes) -> int:
        before, name = self._tool.stored_bytes(), str(self._captured)
        self._captured += 1
        self._image.write_bytes(disk)
        cache, back = self._tool.home / "cache", self._image.parent / f"{name}/back.raw"
        main("capture", str(self._image), str(self._tool.place), str(cache), name, "2")
        main("restore", str(back), str(self._tool.place), str(cache), name, "2")
        assert back.read_bytes() == disk
        back.unlink()
        return self._tool.stored_bytes() - before


def halving(chance: random.Random, size: int) -> bytes:
    """Bytes that compress to about one half, as files do."""
    return chance.randbytes(size // 2).hex().encode()


def disk(chance: random.Random, data_bytes: int, size_bytes: int = SIZE) -> bytearray:
    made = bytearray(size_bytes)
    made[:data_bytes] = halving(chance, data_bytes)
    return made


def write(made: bytearray, at: int, data: bytes) -> None:
    made[at : at + len(data)] = data


def scattered(chance: random.Random, data_bytes: int, count: int) -> Iterable[int]:
    """Chunks among the data, none beside another."""
    return (number * CHUNK for number in chance.sample(range(0, data_bytes // CHUNK - 1, 2), count))


def test_scattered_aligned_changes_store_little_more_than_what_changed(tmp_path: Path) -> None:
    store, chance = Stored(tmp_path), random.Random(1)
    made = disk(chance, 8 * MIB)
    store.add(bytes(made))
    for at in scattered(chance, 8 * MIB, CHANGED):
        write(made, at, chance.randbytes(CHUNK))
    assert CHANGED * CHUNK <= store.add(bytes(made)) <= 1.2 * CHANGED * CHUNK
    assert store.add(bytes(made)) < CHUNK, "what did not change is not stored again"


@pytest.mark.full
def test_scattered_unaligned_changes_store_the_two_chunks_that_each_falls_into(tmp_path: Path) -> None:
    store, chance = Stored(tmp_path), random.Random(2)
    made = disk(chance, 16 * MIB)
    write(made, 0, chance.randbytes(16 * MIB))  # nothing shrinks: what is around a change counts in full
    store.add(bytes(made))
    for at in scattered(chance, 16 * MIB, CHANGED):
        write(made, at + chance.randrange(1, CHUNK), chance.randbytes(CHUNK))
    assert 2 * CHANGED * CHUNK <= store.add(bytes(made)) <= 2.3 * CHANGED * CHUNK


@pytest.mark.full
def test_ten_servers_of_one_base_with_a_twentieth_of_their_own_store_less_than_two(tmp_path: Path) -> None:
    chance, own = random.Random(4), 12 * MIB // 20
    base = disk(chance, 12 * MIB, 24 * MIB)

    def server() -> bytes:
        made = base.copy()
        for number, at in enumerate(scattered(chance, 12 * MIB, own // CHUNK)):
            # Half of it replaces files of the base, half lies behind them.
            write(made, at if number % 2 else 12 * MIB + at, halving(chance, CHUNK))
        return bytes(made)

    store = Stored(tmp_path)
    each = [store.add(server()) for _ in range(10)]
    assert sum(each) <= 1.8 * each[0]
