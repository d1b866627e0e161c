"""The format of a pack: what is built is parsed, and nothing else is."""

import hashlib
import random
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migrate.disks.store import compression
from migrate.disks.store.manifest import CHUNK_BYTES
from migrate.disks.store.pack_format import (
    END,
    FOOTER_BYTES,
    Pack,
    PackBuilder,
    copy_bytes,
    parse_copy,
    parse_tail,
    tail_bytes,
)
from migrate.errors import IntegrityError
from migrate.messages import codes


def built(chunks: list[bytes]) -> Pack:
    builder, compressor = PackBuilder(), compression.AdaptiveCompressor()
    for chunk in chunks:
        builder.add(hashlib.sha256(chunk).digest(), compressor.frame(chunk), len(chunk))
    return builder.seal()


@given(st.lists(st.binary(min_size=1, max_size=3000), max_size=20))
@settings(max_examples=60, deadline=None)
def test_every_pack_is_parsed_to_what_it_was_built_of(chunks: list[bytes]) -> None:
    pack = built(chunks)
    data = b"".join(pack.pieces)
    assert hashlib.sha256(data).hexdigest() == pack.id and len(data) == pack.size_bytes
    assert data.endswith(pack.tail) and tail_bytes(data, pack.id, len(data)) == len(pack.tail)
    assert parse_tail(pack.tail, pack.id) == parse_copy(pack.copy, pack.id) == (pack.entries, len(data))
    assert len(pack.copy) == copy_bytes(len(chunks))
    read = [compression.plain(data[e.at : e.at + e.stored_bytes], e.plain_bytes) for e in pack.entries]
    assert read == chunks


@pytest.mark.hostile
@pytest.mark.parametrize(("stored", "whole"), [(10, 1 << 30), (10, CHUNK_BYTES + 1), (100, 10), (0, 10), (0, 0)])
def test_an_index_that_is_whole_and_names_a_chunk_of_no_such_size_is_refused(stored: int, whole: int) -> None:
    """Whoever writes a pack seals what he likes: 10 bytes that stand for 1 GiB are not unpacked."""
    builder = PackBuilder()
    builder.add(bytes(32), bytes(stored), whole)
    pack = builder.seal()
    with pytest.raises(IntegrityError) as caught:
        parse_tail(pack.tail, pack.id)
    assert caught.value.code == codes.BYTES_DIFFER


def test_every_flipped_bit_of_an_index_is_found() -> None:
    pack = built([b"a" * 1000, b"b" * 10])
    for position in range(len(pack.copy)):
        for bit in (1, 128):
            damaged = bytearray(pack.copy)
            damaged[position] ^= bit
            with pytest.raises(IntegrityError):
                parse_copy(bytes(damaged), pack.id)
    for length in range(len(pack.copy)):
        with pytest.raises(IntegrityError):
            parse_copy(pack.copy[:length], pack.id)
    with pytest.raises(IntegrityError):
        parse_copy(pack.copy, built([b"c"]).id)


@pytest.mark.hostile
def test_an_index_that_ends_within_an_entry_is_refused_though_its_digest_fits() -> None:
    pack = built([b"a" * 1000])
    index = pack.tail[:-FOOTER_BYTES] + b"more"
    lengths = struct.pack(">QQ", pack.size_bytes - len(pack.tail), len(index))
    with pytest.raises(IntegrityError):
        parse_tail(index + lengths + hashlib.sha256(lengths + index).digest() + END, pack.id)


def test_a_pack_of_another_length_is_found_by_its_end() -> None:
    pack = built([b"a" * 1000])
    with pytest.raises(IntegrityError):
        tail_bytes(pack.tail, pack.id, pack.size_bytes + 1)
    with pytest.raises(IntegrityError):
        tail_bytes(pack.tail[-20:], pack.id, pack.size_bytes)


def test_a_chunk_is_compressed_where_that_pays_and_only_there() -> None:
    made, compressor = random.Random(1), compression.AdaptiveCompressor()
    text, noise = b"decamp" * 10000, made.randbytes(CHUNK_BYTES)
    assert len(compressor.frame(text)) < 200
    assert compressor.frame(noise) == noise
    nearly = noise[: CHUNK_BYTES - 1000] + bytes(1000)
    assert compressor.frame(nearly) == nearly


def test_what_does_not_shrink_is_soon_not_tried_any_more_and_then_now_and_again() -> None:
    made, compressor = random.Random(1), compression.AdaptiveCompressor()
    text = b"decamp" * 10000
    for _ in range(4):
        compressor.frame(made.randbytes(CHUNK_BYTES))
    assert compressor.frame(text) == text
    sizes = [len(compressor.frame(text)) for _ in range(20)]
    assert sizes[0] == len(text) and sizes[-1] < 200


@pytest.mark.parametrize("damage", [b"", b"?", b"(\xb5/\xfd junk"])
def test_a_frame_that_is_damaged_gives_nothing(damage: bytes) -> None:
    assert compression.plain(damage, 1000) is None
    assert compression.expand(damage, 1000) is None


def test_a_frame_that_would_grow_too_large_gives_nothing() -> None:
    squeezed = compression.compress_table(bytes(100_000))
    assert compression.expand(squeezed, 99_999) is None
    assert compression.plain(compression.AdaptiveCompressor().frame(b"a" * 65536), 1000) is None
