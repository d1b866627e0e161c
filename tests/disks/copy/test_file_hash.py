"""The hash of a file on its way: right as far as it goes, in whatever order segments come, and nobody waits."""

import hashlib
import threading
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrate.disks.copy.file_hash import FileHash, source_hash
from migrate.disks.store.manifest import Origin
from migrate.pool import Pool

SEGMENTS = [bytes([n]) * (1000 + n) for n in range(40)]


def finished(hashing: FileHash) -> str:
    for data in SEGMENTS[hashing.hashed :]:
        hashing.add(data)
    return hashing.hexdigest()


@settings(deadline=None)
@given(order=st.permutations(range(40)), window=st.integers(1, 50))
def test_any_order_gives_the_hash_of_the_file(order: list[int], window: int) -> None:
    hashing = FileHash("sha512", window)
    for index in order:
        hashing.offer(index, SEGMENTS[index])
    assert finished(hashing) == hashlib.sha512(b"".join(SEGMENTS)).hexdigest()


def test_what_comes_nearly_in_order_is_hashed_whole() -> None:
    hashing = FileHash("md5", 4)
    with Pool(3) as pool:
        for index in range(40):
            pool.do(partial(hashing.offer, index, SEGMENTS[index]))
        pool.finish()
    assert hashing.hashed == 40
    assert hashing.hexdigest() == hashlib.md5(b"".join(SEGMENTS)).hexdigest()


def test_what_was_stored_before_is_missing_and_nothing_is_kept_for_it() -> None:
    hashing = FileHash("md5", 4)
    for index in range(1, 40):
        hashing.offer(index, SEGMENTS[index])
    assert hashing.hashed == 0
    assert len(hashing._waiting) == 3
    assert finished(hashing) == hashlib.md5(b"".join(SEGMENTS)).hexdigest()


def test_nobody_waits_for_who_hashes() -> None:
    """The others leave their segments and go on reading."""
    inside, go_on = threading.Event(), threading.Event()

    hashing = FileHash("md5", 4)
    update = hashing._hash.update

    class Held:
        def update(self, data: bytes) -> None:
            inside.set()
            assert go_on.wait(60)
            update(data)

    whole, hashing._hash = hashing._hash, Held()  # type: ignore[assignment]
    first = threading.Thread(target=hashing.offer, args=(0, SEGMENTS[0]))
    first.start()
    assert inside.wait(60)
    hashing.offer(1, SEGMENTS[1])  # returns at once
    go_on.set()
    first.join(60)
    assert hashing.hashed == 2
    assert whole.hexdigest() == hashlib.md5(b"".join(SEGMENTS[:2])).hexdigest()


@pytest.mark.parametrize(
    ("origin", "found"),
    [
        (Origin(image_id="i"), ("", "")),
        (Origin(image_id="i", checksum="AB"), ("md5", "ab")),
        (Origin(image_id="i", checksum="ab", hash_algo="sha512", hash_value="CD"), ("sha512", "cd")),
        (Origin(image_id="i", hash_algo="blake2b", hash_value="cd"), ("blake2b", "cd")),
        (Origin(image_id="i", checksum="ab", hash_algo="of tomorrow", hash_value="cd"), ("md5", "ab")),
        (Origin(image_id="i", checksum="ab", hash_algo="shake_256", hash_value="cd"), ("md5", "ab")),
        (Origin(image_id="i", checksum="ab", hash_algo="sha512"), ("md5", "ab")),
    ],
)
def test_the_best_hash_that_we_know_is_taken(origin: Origin, found: tuple[str, str]) -> None:
    assert source_hash(origin) == found
