"""Suites of the store that an encrypted one passes as well."""

from collections.abc import Iterator

import pytest

from tests.disks.store import faulty_stores

BOTH = (
    "test_check",
    "test_delta",
    "test_disk_store",
    "test_index",
    "test_prune",
    "test_random",
    "test_unseen_damage",
    "test_writer",
)

PLAIN = {
    # A flipped bit costs a frame there, and here all that shares 64 KiB of the pack with it.
    "test_any_flipped_bit_of_a_chunk_is_found_by_disk_and_offset",
    "test_the_bytes_that_are_hit_are_named",
    "test_a_marked_pack_hits_what_is_in_no_other",
    "test_a_damaged_pack_stays_until_what_is_needed_of_it_is_elsewhere",
    # What is put there is plain: test_sealed.py has that for encrypted stores.
    "test_a_damaged_manifest_is_refused",
    "test_a_manifest_in_another_place_is_refused",
    "test_what_does_not_belong_there_is_named",
}
"""Tests of what is otherwise in an encrypted store."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if metafunc.module.__name__.rpartition(".")[2] in BOTH and metafunc.function.__name__ not in PLAIN:
        metafunc.parametrize("kind_of_store", ["plain", "encrypted"], indirect=True)


@pytest.fixture(autouse=True)
def kind_of_store(request: pytest.FixtureRequest) -> Iterator[str]:
    kind = str(getattr(request, "param", "plain"))
    faulty_stores.KEYS.key = faulty_stores.KEY if kind == "encrypted" else None
    yield kind
    faulty_stores.KEYS.key = None
