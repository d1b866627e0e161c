"""Suites of the store that an encrypted one passes as well: a part of them in `make test`, all in `make test-all`."""

from collections.abc import Iterator

import pytest

from tests.disks.store import faulty_stores
from tests.matrix import rest

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

ENCRYPTED = {
    # test_check
    "test_a_whole_store_has_nothing_to_tell_but_what_is_unfinished",
    "test_a_flipped_bit_is_named",
    "test_a_copy_of_an_index_is_made_anew",
    "test_what_was_swapped_is_named",
    # test_disk_store
    "test_round_trip",
    "test_digests_are_told_by_place",
    "test_passes_and_disks_do_not_mix",
    "test_a_pack_cut_short_or_missing_is_found",
    "test_a_table_that_is_damaged_or_missing_is_found",
    "test_a_damaged_pack_is_healed_for_every_disk_that_shares_its_chunks",
    "test_chunks_that_are_whole_in_a_damaged_pack_can_still_be_read",
    # test_index
    "test_the_index_made_again_equals_the_one_that_was_written",
    "test_a_copy_that_is_damaged_or_another_packs_is_made_again",
    "test_a_pack_without_a_readable_index_is_not_matched_against",
    # test_prune
    "test_a_superseded_pass_goes_and_what_the_newest_shares_with_it_stays",
    "test_of_a_chunk_that_is_stored_twice_one_copy_stays",
    # test_random
    "test_whatever_happens_what_is_sealed_is_what_was_read",
    # test_unseen_damage
    "test_a_pack_that_was_written_wrong_is_found_and_healed",
    "test_a_table_of_content_of_another_length_is_not_taken_for_that_of_this_one",
    "test_the_whole_one_of_two_packs_with_the_same_chunk_stays",
    # test_writer
    "test_segments_come_from_many_threads_in_any_order",
    "test_what_is_stored_is_stored_once",
    "test_a_kill_at_any_put_costs_two_packs_at_most",
    "test_a_table_is_stored_as_soon_as_it_is_complete",
}
"""Tests whose encrypted case is in `make test`: what is stored, found again, healed and named is sealed there."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    name = metafunc.function.__name__
    if metafunc.module.__name__.rpartition(".")[2] in BOTH and name not in PLAIN:
        encrypted = ["encrypted"] if name in ENCRYPTED else rest("encrypted")
        metafunc.parametrize("kind_of_store", ["plain", *encrypted], indirect=True)


@pytest.fixture(autouse=True)
def kind_of_store(request: pytest.FixtureRequest) -> Iterator[str]:
    kind = str(getattr(request, "param", "plain"))
    faulty_stores.KEYS.key = faulty_stores.KEY if kind == "encrypted" else None
    yield kind
    faulty_stores.KEYS.key = None
