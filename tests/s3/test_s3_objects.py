"""What S3 can hold of an object's headers, and how it is spelt: pure, so that check and verify say the same."""

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrate.model.s3_objects import (
    MOST_BYTES,
    SOURCE_ETAG,
    content_md5,
    from_s3,
    is_md5,
    multipart_etag,
    split_representable,
    to_s3,
)


def test_a_plain_header_goes_as_it_is() -> None:
    headers = {"x-object-meta-k": "v", "cache-control": "no-store", "content-type": "text/plain"}
    assert split_representable(headers) == (headers, ())
    assert to_s3(headers) == {"x-amz-meta-k": "v", "cache-control": "no-store", "content-type": "text/plain"}
    assert from_s3({**to_s3(headers), "etag": '"x"', "x-amz-request-id": "1"}) == {
        "x-object-meta-k": "v",
        "cache-control": "no-store",
    }


@pytest.mark.parametrize(
    "headers",
    [
        {"x-delete-at": "4000000000"},
        {"x-object-manifest": "box/seg"},
        {"x-symlink-target": "box/o"},
        {"content-disposition": "attachment; filename=é.txt"},
        {"content-type": "text/é"},
        {"x-object-meta-é": "v"},
        {"x-object-meta-a b": "v"},
        {"x-object-meta-": "v"},
        {"x-object-meta-k": "\udcff"},
        {SOURCE_ETAG: "0" * 32},
    ],
)
def test_what_s3_cannot_hold_is_named(headers: dict[str, str]) -> None:
    assert split_representable({**headers, "x-object-meta-kept": "1"}) == ({"x-object-meta-kept": "1"}, tuple(headers))


def test_of_too_much_metadata_the_small_is_kept_and_the_rest_named() -> None:
    headers = {f"x-object-meta-{key}": "v" * 600 for key in "dacb"} | {"x-object-meta-small": "1"}
    kept, lost = split_representable(headers)
    assert list(kept) == ["x-object-meta-a", "x-object-meta-c", "x-object-meta-b", "x-object-meta-small"]
    assert lost == ("x-object-meta-d",)
    assert split_representable(dict(reversed(headers.items()))) == (kept, lost), "whatever their order"


def test_system_headers_have_room_of_their_own() -> None:
    headers = {"x-object-meta-k": "v" * 1500, "content-disposition": "v" * 1500, "cache-control": "v" * 1000}
    assert split_representable(headers)[1] == ("content-disposition",)


def test_a_value_of_other_letters_counts_as_it_is_sent() -> None:
    assert split_representable({"x-object-meta-k": "é" * 700})[1] == ()
    assert split_representable({"x-object-meta-k": "é" * 800})[1] == ("x-object-meta-k",)


_VALUES = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n"), max_size=300)
_NAMES = st.text("abcdefghijklmnopqrstuvwxyz0123456789-_.", min_size=1, max_size=40)


@given(st.dictionaries(_NAMES.map("x-object-meta-".__add__).filter(SOURCE_ETAG.__ne__), _VALUES, max_size=12))
def test_what_is_kept_comes_back_and_fits(headers: dict[str, str]) -> None:
    kept, lost = split_representable(headers)
    assert kept.keys() | set(lost) == headers.keys()
    sent = to_s3(kept)
    assert from_s3(sent) == kept
    assert all(value.isascii() and value == " ".join(value.split(" ")).strip() for value in sent.values())
    assert sum(len(key) - len("x-amz-meta-") + len(value) for key, value in sent.items()) <= MOST_BYTES


def test_words_as_aws_encodes_them_are_read() -> None:
    """It gives text back in words of its own making, in either form."""
    told = {"x-amz-meta-q": "=?UTF-8?Q?bleu_=C3=A9?=", "x-amz-meta-two": "=?UTF-8?B?w6k=?= =?UTF-8?B?w6g=?="}
    assert from_s3(told) == {"x-object-meta-q": "bleu é", "x-object-meta-two": "éè"}
    assert from_s3({"x-amz-meta-k": "=?no such?Q?x?="}) == {"x-object-meta-k": "=?no such?Q?x?="}


def test_the_etag_of_parts_is_that_of_their_md5s() -> None:
    parts = [hashlib.md5(data) for data in (b"a", b"b")]
    whole = hashlib.md5(b"".join(part.digest() for part in parts)).hexdigest()
    assert multipart_etag(part.hexdigest() for part in parts) == f"{whole}-2"


def test_an_etag_that_is_an_md5_is_what_the_server_checks() -> None:
    assert content_md5(hashlib.md5(b"abc").hexdigest()) == base64.b64encode(hashlib.md5(b"abc").digest()).decode()
    assert content_md5(multipart_etag([hashlib.md5(b"abc").hexdigest()])) == content_md5("") == ""
    assert not is_md5("0" * 31) and not is_md5("0" * 31 + "g")
