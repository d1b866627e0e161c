"""ports.ObjectStore, sentence by sentence: containers, names, plain objects, listings."""

import hashlib
import time
import unicodedata
from collections.abc import Iterator

import pytest

from migrate.clouds.folder import FolderStore
from migrate.errors import DecampError, IntegrityError, NotFound, Refused, TransientError
from tests.contract.sandbox import Sandbox, body, info

NAMES = (
    "plain",
    "a b/ü?.txt",
    "trailing/",
    "trailing",
    "pseudo",
    "pseudo/",
    "pseudo/x",
    "a//b",
    "a/b",
    "/leading",
    "//",
    "100%41",
    "%41",
    "%00",
    "?q=1",
    "#hash&amp",
    "日本語/ファイル.bin",
    "quote\"'s",
    "plus+and;semi",
    " blank in front",
    "blank behind ",
    "UPPER",
    "upper",
    ".",
    "..",
    "../x",
    "dot/../dot",
    "./x",
    "con",
    "back\\slash",
    "tilde~",
    "\x85next\x85line\x85",
    "".join(map(chr, range(1, 32))) + "\x7f",
    "zero\u200bwidth",
    "\uffff",
    "😀/🧑‍🚀",
    unicodedata.normalize("NFC", "é"),
    unicodedata.normalize("NFD", "é"),
    "é" * 300,
    "n" * 1024,
    "/".join(["d" * 203] * 5) + "/end",
)


def _md5(data: bytes) -> str:
    return hashlib.md5(data).hexdigest()


def _put(box: Sandbox, container: str, name: str, data: bytes, **headers: str) -> str:
    return box.cloud.objects.put(container, info(name, data, **headers), [data])


# ---------------------------------------------------------------- containers


def test_a_container_keeps_its_headers(store_box: Sandbox) -> None:
    store = store_box.cloud.objects
    headers = {"x-container-meta-colour": "bleu", "x-container-meta-owner": "alice"}
    for _ in range(2):
        name = store_box.container("box é & co", headers)
        assert headers.items() <= store.container(name).headers.items()
    store.put_container(name, {"x-container-meta-colour": "rouge"})
    assert store.container(name).headers["x-container-meta-colour"] == "rouge"
    assert store.container(name).headers["x-container-meta-owner"] == "alice", "these headers, not the others"
    names = [container.name for container in store.containers()]
    assert name in names and names == sorted(names, key=str.encode)


def test_a_containers_mark_is_told_apart(store_box: Sandbox) -> None:
    mark = "decamp-m-0123abcd-" + "0" * 32
    name = store_box.container("marked", {"x-container-meta-decamp-mark": mark})
    assert store_box.cloud.objects.container(name).mark == mark
    assert store_box.cloud.objects.container(store_box.container("plain")).mark is None


def test_the_room_that_is_left_is_told_as_far_as_it_is_known(store_box: Sandbox) -> None:
    store, quota = store_box.cloud.objects, {"x-container-meta-quota-bytes": "1000"}
    free = store.free_bytes(store_box.container("bounded", quota))
    if isinstance(store, FolderStore):
        assert free is not None and free > 0, "a folder goes by its file system"
    else:
        assert free == 1000
        assert store.free_bytes(store_box.container("unbounded")) is None
        assert store.free_bytes(store_box.name("not there")) is None


SETTABLE = {
    "x-container-read": ".r:*,.rlistings",
    "x-container-write": "alice:bob",
    "x-container-meta-access-control-allow-origin": "https://shop.example",
    "x-container-meta-access-control-expose-headers": "x-object-meta-colour",
    "x-container-meta-access-control-max-age": "60",
    "x-container-meta-quota-bytes": "1000000",
    "x-container-meta-quota-count": "100",
    "x-container-meta-web-index": "index.html",
    "x-container-meta-web-error": "error.html",
    "x-container-meta-web-listings": "true",
    # Not the names too: a Swift on Python 3 refuses some that are not ASCII, and of others never lists the container.
    "x-container-meta-greeting": "100%41 é 日本 😀 end",
}


def test_all_that_can_be_set_on_a_container_is_kept(store_box: Sandbox) -> None:
    name = store_box.container("settings", SETTABLE)
    store = store_box.cloud.objects
    assert store.container(name).headers == SETTABLE
    store.put_container(name, dict.fromkeys(SETTABLE, ""))
    assert store.container(name).headers == SETTABLE, "an empty value is left out"


@pytest.mark.parametrize("header", ["x-versions-location", "x-history-location"])
def test_a_container_keeps_where_its_old_versions_go(store_box: Sandbox, header: str) -> None:
    old = store_box.container("old")
    name = store_box.container("new", {header: old})
    assert store_box.cloud.objects.container(name).headers == {header: old}


KEYS = {
    "x-container-meta-temp-url-key": "open-sesame-1",
    "x-container-meta-temp-url-key-2": "open-sesame-2",
    "x-container-sync-key": "open-sesame-3",
}


def test_keys_that_sign_are_told_of_and_carried_and_not_shown(
    store_box: Sandbox, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(1)
    store = store_box.cloud.objects
    name = store_box.container("signed", {**KEYS, "x-container-meta-colour": "bleu"})
    told = store.container(name)
    assert told.headers == {**dict.fromkeys(KEYS, ""), "x-container-meta-colour": "bleu"}
    assert store.signing_keys(name) == KEYS
    other = store_box.container("other", told.headers)
    assert store.signing_keys(other) == {}
    store.put_container(other, store.signing_keys(name))
    assert store.signing_keys(other) == KEYS
    out, err = capfd.readouterr()
    assert "sesame" not in caplog.text + out + err


def test_what_is_not_there(store_box: Sandbox) -> None:
    store, nowhere = store_box.cloud.objects, store_box.name("nowhere")
    name = store_box.container()
    with pytest.raises(NotFound):
        store.container(nowhere)
    with pytest.raises(NotFound):
        store.signing_keys(nowhere)
    with pytest.raises(NotFound):
        list(store.entries(nowhere))
    with pytest.raises(NotFound):
        _put(store_box, nowhere, "x", b"")
    for container in (name, nowhere):
        with pytest.raises(NotFound):
            store.head(container, "x")
        with pytest.raises(NotFound):
            body(store, container, "x")
        store.delete(container, "x")


# ---------------------------------------------------------------- names and listings


def test_any_name_goes_in_and_comes_out(store_box: Sandbox) -> None:
    container, store = store_box.container(), store_box.cloud.objects
    for name in NAMES:
        assert _put(store_box, container, name, name.encode()) == _md5(name.encode())
    listed = list(store.entries(container))
    assert [entry.name for entry in listed] == sorted(NAMES, key=str.encode)
    for entry in listed:
        with store.get(container, entry.name) as (got, chunks):
            assert b"".join(chunks) == entry.name.encode()
        assert got == store.head(container, entry.name), "head and get say the same"
        assert (entry.etag, entry.size_bytes) == (_md5(entry.name.encode()), len(entry.name.encode()))
        assert entry.content_type == "text/plain" and entry.last_modified
        assert (entry.slo_etag, entry.is_link) == ("", False)
    assert store_box.until(lambda: store.container(container), lambda c: c.objects == len(NAMES)).size_bytes == sum(
        len(name.encode()) for name in NAMES
    )
    for name in NAMES:
        store.delete(container, name)
    assert list(store.entries(container)) == []


def test_a_listing_is_cut_at_any_name(store_box: Sandbox) -> None:
    container, entries = store_box.container(), store_box.cloud.objects.entries
    for name in NAMES:
        _put(store_box, container, name, b"")
    names = sorted(NAMES, key=str.encode)
    for at, name in enumerate(names):
        assert [e.name for e in entries(container, until=name)] == names[: at + 1]
        assert [e.name for e in entries(container, marker=name)] == names[at + 1 :]


def test_a_listing_takes_prefix_marker_and_end(store_box: Sandbox) -> None:
    container = store_box.container()
    for name in ("a/1", "a/2", "a/3", "b/1"):
        _put(store_box, container, name, b"")
    entries = store_box.cloud.objects.entries
    assert [e.name for e in entries(container, "a/")] == ["a/1", "a/2", "a/3"]
    assert [e.name for e in entries(container, "a/", "a/1")] == ["a/2", "a/3"]
    assert [e.name for e in entries(container, "a/", "a/1", "a/2")] == ["a/2"]
    assert [e.name for e in entries(container, marker="a/3")] == ["b/1"]
    assert [e.name for e in entries(container, marker="a/1", until="a/3")] == ["a/2", "a/3"]
    assert [e.name for e in entries(container, marker="a/1", until="a/25")] == ["a/2"], "an end that is not there"
    assert list(entries(container, marker="a/3", until="a/3")) == []
    assert list(entries(container, "c")) == []
    assert list(entries(store_box.container("empty"))) == []


# ---------------------------------------------------------------- objects


def test_an_object_keeps_its_type_and_headers(store_box: Sandbox) -> None:
    container, later = store_box.container(), str(int(time.time()) + 86400)
    told = info(
        "o",
        b"abc",
        content_type="text/html; charset=utf-8",
        x_object_meta_colour="bleu é 100%41",
        x_object_meta_größe="日本",
        cache_control="max-age=60",
        content_disposition="attachment; filename*=UTF-8''na%C3%AFve.txt",
        content_encoding="gzip",
        content_language="fr",
        expires="Thu, 01 Dec 2033 16:00:00 GMT",
        x_delete_at=later,
        x_robots_tag="noindex",
    )
    etag = store_box.cloud.objects.put(container, told, [b"abc"])
    seen = store_box.cloud.objects.head(container, "o")
    with store_box.cloud.objects.get(container, "o") as (got, chunks):
        assert b"".join(chunks) == b"abc"
    assert got == seen, "head and get say the same"
    assert (seen.name, seen.etag, seen.size_bytes, seen.is_slo) == ("o", etag, 3, False)
    assert etag == _md5(b"abc")
    assert seen.content_type == "text/html; charset=utf-8"
    assert seen.headers == told.headers


def test_an_object_told_anew_is_the_same(store_box: Sandbox) -> None:
    store, one, two = store_box.cloud.objects, store_box.container("one"), store_box.container("two")
    _put(store_box, one, "o", b"abc", x_object_meta_k="é", content_encoding="gzip")
    with store.get(one, "o") as (got, chunks):
        store.put(two, got, chunks)
    assert store.head(two, "o") == got


def test_an_overwrite_replaces_all(store_box: Sandbox) -> None:
    container = store_box.container()
    _put(store_box, container, "o", b"one", x_object_meta_a="1")
    _put(store_box, container, "o", b"second", x_object_meta_b="2")
    assert body(store_box.cloud.objects, container, "o") == b"second"
    assert "x-object-meta-a" not in store_box.cloud.objects.head(container, "o").headers


@pytest.mark.parametrize("size", [3, 300_000])
def test_other_bytes_than_the_etag_says_are_refused(store_box: Sandbox, size: int) -> None:
    container, new = store_box.container(), b"n" * size
    _put(store_box, container, "o", b"old")
    with pytest.raises(IntegrityError):
        store_box.cloud.objects.put(container, info("o", new, etag=_md5(b"other")), [new])
    assert body(store_box.cloud.objects, container, "o") == b"old"
    assert store_box.cloud.objects.put(container, info("o", new, etag=_md5(new)), [new]) == _md5(new)


@pytest.mark.parametrize("size", [6, 300_000])
@pytest.mark.parametrize("sent", [b"abc", b"abcdefg" * 50_000])
def test_a_body_of_another_length_stores_nothing(store_box: Sandbox, size: int, sent: bytes) -> None:
    container = store_box.container()
    with pytest.raises(DecampError):
        store_box.cloud.objects.put(container, info("o", b"x" * size), [sent])
    with pytest.raises(NotFound):
        store_box.cloud.objects.head(container, "o")


@pytest.mark.parametrize("size", [6, 300_000])
def test_a_sender_that_breaks_stores_nothing(store_box: Sandbox, size: int) -> None:
    container = store_box.container()

    def broken() -> Iterator[bytes]:
        yield b"abc"
        raise ZeroDivisionError

    with pytest.raises((ZeroDivisionError, DecampError)):
        store_box.cloud.objects.put(container, info("o", b"x" * size), broken())
    with pytest.raises(NotFound):
        store_box.cloud.objects.head(container, "o")


def test_a_large_body_in_many_chunks(store_box: Sandbox) -> None:
    container, chunk = store_box.container(), bytes(range(256)) * 1024
    data = chunk * 12
    store_box.cloud.objects.put(container, info("o", data, etag=_md5(data)), (chunk for _ in range(12)))
    assert body(store_box.cloud.objects, container, "o") == data


def test_removing_twice_removes_once(store_box: Sandbox) -> None:
    container = store_box.container()
    _put(store_box, container, "o", b"x")
    for _ in range(2):
        store_box.cloud.objects.delete(container, "o")
        with pytest.raises(NotFound):
            store_box.cloud.objects.head(container, "o")
        assert list(store_box.cloud.objects.entries(container)) == []


def test_an_object_that_would_be_gone_already_is_refused(box: Sandbox) -> None:
    """Not the folder, where nothing ends by itself."""
    container = box.container()
    with pytest.raises(Refused):
        _put(box, container, "o", b"x", x_delete_at="1000000000")


@pytest.mark.parametrize(("start", "end"), [(8, 12), (10, 12), (100, 200)])
def test_what_lies_behind_the_end_is_short_and_no_refusal(store_box: Sandbox, start: int, end: int) -> None:
    store, container = store_box.cloud.objects, store_box.container()
    store.put(container, info("ten", b"0123456789"), [b"0123456789"])
    with store.read(container, "ten", 8, 10) as chunks:
        assert b"".join(chunks) == b"89"
    with pytest.raises(TransientError), store.read(container, "ten", start, end) as chunks:
        list(chunks)
    store.put(container, info("none", b""), [])
    with pytest.raises(TransientError), store.read(container, "none", start, end) as chunks:
        list(chunks)
