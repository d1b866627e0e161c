"""ports.ObjectStore, sentence by sentence. The folder has no static large objects: they are Unsupported there."""

import hashlib
import time
from collections.abc import Iterator

import pytest
from sandbox import Sandbox, body, info

from migrate.clouds.ports import ObjectInfo, Segment
from migrate.errors import DecampError, IntegrityError, NotFound, Refused, Unsupported

NAMES = (
    "plain",
    "a b/ü?.txt",
    "trailing/",
    "x//y",
    "100%41",
    "#hash&amp",
    "日本語/ファイル.bin",
    "quote\"'s",
    "plus+and;semi",
    "UPPER",
    "upper",
    "..",
    "dot/../dot",
    "con",
    "é" * 300,
)


def _md5(data: bytes) -> str:
    return hashlib.md5(data).hexdigest()


def _put(box: Sandbox, container: str, name: str, data: bytes, **headers: str) -> str:
    return box.cloud.objects.put(container, info(name, data, **headers), [data])


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


def test_access_lists_are_kept(store_box: Sandbox) -> None:
    name = store_box.container("public", {"x-container-read": ".r:*,.rlistings"})
    assert store_box.cloud.objects.container(name).headers["x-container-read"] == ".r:*,.rlistings"


def test_what_is_not_there(store_box: Sandbox) -> None:
    store, nowhere = store_box.cloud.objects, store_box.name("nowhere")
    name = store_box.container()
    with pytest.raises(NotFound):
        store.container(nowhere)
    with pytest.raises(NotFound):
        list(store.entries(nowhere))
    with pytest.raises(NotFound):
        _put(store_box, nowhere, "x", b"")
    for container in (name, nowhere):
        with pytest.raises(NotFound):
            store.head(container, "x")
        with pytest.raises(NotFound):
            body(store, container, "x")
        with pytest.raises(NotFound):
            store.manifest(container, "x")
        store.delete(container, "x")


def test_any_name_goes_in_and_comes_out(store_box: Sandbox) -> None:
    container = store_box.container()
    for name in NAMES:
        assert _put(store_box, container, name, name.encode()) == _md5(name.encode())
    listed = list(store_box.cloud.objects.entries(container))
    assert [entry.name for entry in listed] == sorted(NAMES, key=str.encode)
    for entry in listed:
        assert body(store_box.cloud.objects, container, entry.name) == entry.name.encode()
        assert (entry.etag, entry.size_bytes) == (_md5(entry.name.encode()), len(entry.name.encode()))
        assert entry.content_type == "text/plain" and entry.last_modified
    assert store_box.until(
        lambda: store_box.cloud.objects.container(container), lambda c: c.objects == len(NAMES)
    ).size_bytes == sum(len(name.encode()) for name in NAMES)


def test_a_listing_takes_prefix_and_marker(store_box: Sandbox) -> None:
    container = store_box.container()
    for name in ("a/1", "a/2", "a/3", "b/1"):
        _put(store_box, container, name, b"")
    entries = store_box.cloud.objects.entries
    assert [e.name for e in entries(container, "a/")] == ["a/1", "a/2", "a/3"]
    assert [e.name for e in entries(container, "a/", "a/1")] == ["a/2", "a/3"]
    assert [e.name for e in entries(container, marker="a/3")] == ["b/1"]
    assert list(entries(container, "c")) == []
    assert list(entries(store_box.container("empty"))) == []


def test_an_object_keeps_its_type_and_headers(store_box: Sandbox) -> None:
    container, later = store_box.container(), str(int(time.time()) + 86400)
    told = info(
        "o",
        b"abc",
        content_type="text/html; charset=utf-8",
        x_object_meta_colour="bleu é",
        cache_control="max-age=60",
        content_disposition="inline",
        content_encoding="identity",
        content_language="fr",
        x_delete_at=later,
    )
    etag = store_box.cloud.objects.put(container, told, [b"abc"])
    seen = store_box.cloud.objects.head(container, "o")
    with store_box.cloud.objects.get(container, "o") as (got, chunks):
        assert b"".join(chunks) == b"abc"
    assert got == seen, "head and get say the same"
    assert (seen.name, seen.etag, seen.size_bytes, seen.is_slo) == ("o", etag, 3, False)
    assert etag == _md5(b"abc")
    assert seen.content_type == "text/html; charset=utf-8"
    assert told.headers.items() <= seen.headers.items()


def test_an_overwrite_replaces_all(store_box: Sandbox) -> None:
    container = store_box.container()
    _put(store_box, container, "o", b"one", x_object_meta_a="1")
    _put(store_box, container, "o", b"second", x_object_meta_b="2")
    assert body(store_box.cloud.objects, container, "o") == b"second"
    assert "x-object-meta-a" not in store_box.cloud.objects.head(container, "o").headers


def test_other_bytes_than_the_etag_says_are_refused(store_box: Sandbox) -> None:
    container = store_box.container()
    _put(store_box, container, "o", b"old")
    with pytest.raises(IntegrityError):
        store_box.cloud.objects.put(container, info("o", b"new", etag=_md5(b"other")), [b"new"])
    assert body(store_box.cloud.objects, container, "o") == b"old"
    assert store_box.cloud.objects.put(container, info("o", b"new", etag=_md5(b"new")), [b"new"]) == _md5(b"new")


def test_a_short_body_stores_nothing(store_box: Sandbox) -> None:
    container = store_box.container()
    with pytest.raises(DecampError):
        store_box.cloud.objects.put(container, info("o", b"abcdef"), [b"abc"])
    with pytest.raises(NotFound):
        store_box.cloud.objects.head(container, "o")


def test_a_sender_that_breaks_stores_nothing(store_box: Sandbox) -> None:
    container = store_box.container()

    def broken() -> Iterator[bytes]:
        yield b"abc"
        raise ZeroDivisionError

    with pytest.raises((ZeroDivisionError, DecampError)):
        store_box.cloud.objects.put(container, info("o", b"abcdef"), broken())
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


def _large(box: Sandbox) -> tuple[str, ObjectInfo, tuple[Segment, ...], bytes]:
    container = box.container()
    data = [b"a" * 70_000, b"b" * 1000, b"c"]
    segments = tuple(
        Segment(
            container=container,
            name=f"seg/{i}",
            size_bytes=len(part),
            etag=_put(box, container, f"seg/{i}", part),
        )
        for i, part in enumerate(data)
    )
    whole = ObjectInfo(
        name="big é",
        size_bytes=sum(map(len, data)),
        etag="",
        content_type="video/mp4",
        headers={"x-object-meta-k": "v"},
        is_slo=True,
    )
    return container, whole, segments, b"".join(data)


def test_a_static_large_object_is_its_segments(store_box: Sandbox) -> None:
    container, whole, segments, data = _large(store_box)
    store = store_box.cloud.objects
    if store_box.provider.name == "folder":
        with pytest.raises(Unsupported):
            store.put_manifest(container, whole, segments)
        return
    etag = store.put_manifest(container, whole, segments)
    assert etag == _md5("".join(segment.etag for segment in segments).encode())
    seen = store.head(container, whole.name)
    assert seen.is_slo and (seen.size_bytes, seen.etag, seen.content_type) == (len(data), etag, "video/mp4")
    assert seen.headers["x-object-meta-k"] == "v"
    assert store.manifest(container, whole.name) == segments
    assert body(store, container, whole.name) == data
    entry = next(e for e in store.entries(container) if e.name == whole.name)
    assert entry.size_bytes == len(data)
    store.delete(container, whole.name)
    assert [e.name for e in store.entries(container)] == ["seg/0", "seg/1", "seg/2"], "the manifest alone"


def test_a_manifest_over_other_segments_is_refused(store_box: Sandbox) -> None:
    container, whole, segments, _ = _large(store_box)
    wrong_etag = Segment(container=container, name="seg/0", size_bytes=70_000, etag=_md5(b"other"))
    missing = Segment(container=container, name="seg/9", size_bytes=1, etag=_md5(b"c"))
    for bad in (wrong_etag, missing):
        with pytest.raises((IntegrityError, Refused, Unsupported)):
            store_box.cloud.objects.put_manifest(container, whole, (bad, *segments[1:]))
    with pytest.raises(NotFound):
        store_box.cloud.objects.head(container, whole.name)


def test_a_plain_object_has_no_manifest(store_box: Sandbox) -> None:
    container = store_box.container()
    _put(store_box, container, "o", b"x")
    with pytest.raises(Refused):
        store_box.cloud.objects.manifest(container, "o")
