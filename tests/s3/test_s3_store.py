"""ports.ObjectStore at S3, on servers that others wrote. What moto takes on trust is asked of the others alone."""

from collections.abc import Iterator

import pytest

from migrate.clouds.guard import ReadOnly
from migrate.clouds.ports import ObjectInfo
from migrate.errors import (
    AccessError,
    DecampError,
    Denied,
    IntegrityError,
    NotFound,
    Refused,
    TransientError,
    Unsupported,
)
from migrate.messages import codes
from migrate.model.s3_objects import split_representable
from tests.s3.servers import StoreContainer, md5

MARK = "decamp-m-0123abcd-" + "0" * 32
OTHER_MARK = "decamp-m-0123abcd-" + "1" * 32
MARK_HEADER = "x-container-meta-decamp-mark"
NAMES = (
    "plain",
    "a b/ü?.txt",
    "x//y",
    "100%41",
    "#hash&amp",
    "<x>&]]>",
    "日本語/ファイル.bin",
    "emoji😀",
    "quote\"'s",
    "plus+and;semi",
    "a~b*c(d)!",
    "UPPER",
    "upper",
    "tab\tnew\nline",
    "\x01control",
    "/leading",
    "trailing/",
    "pseudo",
    "pseudo/",
    ".",
    "..",
    "../x",
    "dot/../dot",
    "dot/./dot",
    "é" * 300,
    "k" * 1024,
)


def test_a_bucket_is_made_once(box: StoreContainer) -> None:
    assert [container.name for container in box.store.containers()] == ["back", "box", "front"]
    box.store.put_container("box", {})
    assert box.store.container("box").name == "box"
    assert box.store.signing_keys("box") == {}


def test_a_bucket_that_another_request_made_is_ours(box: StoreContainer) -> None:
    box.store._make(box.base)  # type: ignore[attr-defined]  # as if it had come in between
    assert box.store.container("box").name == "box"


def test_a_mark_is_a_tag_where_there_are_tags(box: StoreContainer) -> None:
    box.store.put_container("front", {MARK_HEADER: MARK, "x-container-meta-colour": "bleu"})
    box.store.put_container("back", {MARK_HEADER: OTHER_MARK})
    marks = [box.store.container(name).mark for name in ("front", "back", "box")]
    assert marks == ([MARK, OTHER_MARK, None] if box.server.has_tags else [None, None, None])
    box.seen.clear()
    box.store.put_container("front", {MARK_HEADER: MARK})
    assert "PUT" not in {request.method for request, _ in box.seen} or not box.server.has_tags


def test_what_is_not_there(box: StoreContainer) -> None:
    store = box.store
    for container in ("nowhere", "in no table"):
        with pytest.raises(NotFound):
            store.container(container)
        with pytest.raises(NotFound):
            list(store.entries(container))
        with pytest.raises(NotFound):
            box.put("x", b"x", container)
    for container in ("box", "nowhere"):
        with pytest.raises(NotFound):
            store.head(container, "x")
        with pytest.raises(NotFound):
            box.body("x", container)
        store.delete(container, "x")


def test_a_name_comes_back_as_it_was_or_the_server_is_known_for_it(box: StoreContainer) -> None:
    for name in sorted(set(NAMES) - box.server.cannot_hold):
        assert box.put(name, name.encode()) == md5(name.encode())
        assert box.body(name) == name.encode()
    listed = list(box.store.entries("box"))
    assert [entry.name for entry in listed] == sorted(set(NAMES) - box.server.cannot_hold, key=str.encode)
    for entry in listed:
        assert (entry.etag, entry.size_bytes) == (md5(entry.name.encode()), len(entry.name.encode()))
        assert entry.content_type == "" and entry.last_modified
        box.store.delete("box", entry.name)
    assert box.names() == []


@pytest.mark.parametrize("name", ["..", "x//y", "trailing/", "k" * 1024])
def test_a_listing_shows_what_a_server_has_stored_otherwise(box: StoreContainer, name: str) -> None:
    try:
        box.put(name, b"abc")
    except DecampError:
        assert name in box.server.cannot_hold
        assert box.names() == []
        return
    told = [(entry.name, entry.size_bytes, entry.etag) for entry in box.store.entries("box")]
    assert (told == [(name, 3, md5(b"abc"))]) == (name not in box.server.cannot_hold)


def test_a_key_of_more_than_1024_bytes_is_refused(box: StoreContainer) -> None:
    if not box.server.is_strict:
        return
    with pytest.raises(Refused) as error:
        box.put("k" * 1025, b"x")
    assert "KeyTooLong" in str(error.value)


def test_a_listing_takes_prefix_marker_and_end(box: StoreContainer) -> None:
    for name in ("a/1", "a/2", "a/3", "b/1", "é", "z"):
        box.put(name, b"")
    assert box.names(prefix="a/") == ["a/1", "a/2", "a/3"]
    assert box.names(prefix="a/", marker="a/1") == ["a/2", "a/3"]
    assert box.names(marker="a/3") == ["b/1", "z", "é"]
    assert box.names(marker="a/1", until="b/1") == ["a/2", "a/3", "b/1"]
    assert box.names(until="a/25") == ["a/1", "a/2"]
    assert box.names(marker="z", until="é") == ["é"]
    assert box.names(prefix="c") == []


def test_containers_in_one_bucket_do_not_see_each_other(box: StoreContainer) -> None:
    for container in ("front", "back"):
        for name in ("one", "sub/ü +"):
            box.put(name, container.encode(), container)
    for container in ("front", "back"):
        assert box.names(container) == ["one", "sub/ü +"]
        assert box.names(container, prefix="sub/") == ["sub/ü +"]
        assert box.names(container, marker="one") == ["sub/ü +"]
        assert box.body("sub/ü +", container) == container.encode()
    box.store.delete("front", "one")
    assert (box.names("front"), box.names("back")) == (["sub/ü +"], ["one", "sub/ü +"])


@pytest.mark.full_on_lab
def test_a_long_listing_takes_a_request_for_each_thousand_and_no_more(box: StoreContainer) -> None:
    names = [f"n/é {i:05d}" for i in range(1101)]
    with box.filled(names):
        _is_listed_by_thousands(box, names)


def _is_listed_by_thousands(box: StoreContainer, names: list[str]) -> None:
    box.seen.clear()
    assert box.names() == names
    assert [request.method for request, _ in box.seen] == ["GET"] * 2
    box.seen.clear()
    assert box.names(marker=names[99], until=names[1000]) == names[100:1001]
    assert len(box.seen) == 1


def test_an_object_keeps_its_type_and_headers(box: StoreContainer) -> None:
    headers = {
        "x-object-meta-colour": "bleu é",
        "x-object-meta-long": "日本語" * 20,
        "x-object-meta-under_score.dot": "1",
        "x-object-meta-blanks": "a  b",
        "x-object-meta-word": "=?UTF-8?B?4pi6?=",
        "cache-control": "max-age=60",
        "content-disposition": 'attachment; filename="a.txt"',
        "content-encoding": "gzip",
        "content-language": "fr",
        "expires": "Wed, 21 Oct 2065 07:28:00 GMT",
    }
    assert split_representable(headers) == (headers, ())
    told = ObjectInfo(
        name="o",
        size_bytes=3,
        etag=md5(b"abc"),
        content_type="text/html; charset=utf-8",
        headers={**headers, "x-delete-at": "4000000000"},
    )
    assert box.store.put("box", told, [b"abc"]) == md5(b"abc")
    seen = box.store.head("box", "o")
    with box.store.get("box", "o") as (got, chunks):
        assert b"".join(chunks) == b"abc"
    assert got == seen, "head and get say the same"
    assert seen == ObjectInfo(
        name="o", size_bytes=3, etag=md5(b"abc"), content_type="text/html; charset=utf-8", headers=headers
    )


def test_metadata_too_large_for_s3_is_kept_as_far_as_it_goes(box: StoreContainer) -> None:
    value = "v" * min(box.server.most_value, 200)
    headers = {f"x-object-meta-k{i:02d}": value for i in range(20)}
    box.put("o", b"x", **headers)
    kept, lost = split_representable(headers)
    assert kept and lost
    assert box.store.head("box", "o").headers == kept


def test_a_value_that_the_server_finds_too_long_is_refused_by_name(box: StoreContainer) -> None:
    if box.server.most_value > 300:
        box.put("o", b"x", x_object_meta_k="v" * 300)
        return
    with pytest.raises(Refused) as error:
        box.put("o", b"x", x_object_meta_k="v" * 300)
    assert "object box/o" in str(error.value)


def test_an_overwrite_replaces_all(box: StoreContainer) -> None:
    box.put("o", b"one", x_object_meta_a="1")
    box.put("o", b"second", x_object_meta_b="2")
    assert box.body("o") == b"second"
    assert box.store.head("box", "o").headers == {"x-object-meta-b": "2"}


@pytest.mark.parametrize("size", [3, 1 << 16, 3 << 20])
def test_other_bytes_than_the_etag_says_are_refused(box: StoreContainer, size: int) -> None:
    box.put("o", b"old")
    new = b"n" * size
    if box.server.is_strict:
        with pytest.raises(IntegrityError) as error:
            box.put("o", new, etag=md5(b"other"))
        assert "object box/o" in str(error.value)
        assert box.body("o") == b"old"
    assert box.put("o", new, etag=md5(new)) == md5(new)
    assert box.body("o") == new


def test_a_short_body_stores_nothing(box: StoreContainer) -> None:
    for size in (6, 3 << 20):
        with pytest.raises(DecampError):
            box.store.put("box", ObjectInfo(name="o", size_bytes=size, etag="", content_type="a/b"), [b"abc"])
        assert box.names() == []


def test_a_sender_that_breaks_stores_nothing(box: StoreContainer) -> None:
    def broken() -> Iterator[bytes]:
        yield b"abc"
        raise ZeroDivisionError

    for size in (6, 3 << 20):
        with pytest.raises(ZeroDivisionError):
            box.store.put("box", ObjectInfo(name="o", size_bytes=size, etag="", content_type="a/b"), broken())
        assert box.names() == []


def test_a_body_in_many_chunks(box: StoreContainer) -> None:
    chunk = bytes(range(256)) * 1024
    info = ObjectInfo(name="o", size_bytes=len(chunk) * 12, etag=md5(chunk * 12), content_type="a/b")
    assert box.store.put("box", info, (chunk for _ in range(12))) == md5(chunk * 12)
    assert box.body("o") == chunk * 12


def test_an_object_costs_one_request_each_way(box: StoreContainer) -> None:
    box.put("o", b"x")
    box.body("o")
    box.store.head("box", "o")
    assert [request.method for request, _ in box.seen] == ["PUT", "GET", "HEAD"]


def test_what_s3_has_not_is_unsupported(box: StoreContainer) -> None:
    with pytest.raises(Unsupported):
        list(box.store.versions("box"))
    with pytest.raises(Unsupported):
        box.store.put_manifest("box", ObjectInfo(name="o", size_bytes=0, etag="", content_type="a/b", is_slo=True))
    with pytest.raises(Unsupported), box.store.get("box", "o", "v1"):
        pass


def test_a_rehearsal_writes_nothing(box: StoreContainer) -> None:
    rehearsal = box.open(ReadOnly())
    with pytest.raises(Denied):
        rehearsal.put_container("nowhere", {})
    with pytest.raises(Denied):
        rehearsal.put("box", ObjectInfo(name="o", size_bytes=1, etag="", content_type="a/b"), [b"x"])
    with pytest.raises(Denied):
        rehearsal.put_container("box", {MARK_HEADER: MARK})
    assert [container.name for container in rehearsal.containers()] == ["back", "box", "front"]
    assert box.names() == []


def test_a_wrong_secret_says_so(box: StoreContainer, monkeypatch: pytest.MonkeyPatch) -> None:
    if not box.server.is_strict:
        return
    with monkeypatch.context() as changed:
        changed.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
        with pytest.raises(AccessError) as error:
            box.open().containers()
    assert error.value.code == codes.S3_LOGIN_REFUSED and "SignatureDoesNotMatch" in str(error.value)


def test_a_wrong_clock_is_set_by_the_servers(box: StoreContainer) -> None:
    if not box.server.is_strict:
        return
    store = box.open()
    store._client._ahead_s = 7200.0  # type: ignore[attr-defined]
    assert [container.name for container in store.containers()] == ["back", "box", "front"]
    assert abs(store._client._ahead_s) < 60  # type: ignore[attr-defined]


@pytest.mark.parametrize(("start", "end"), [(8, 12), (10, 12), (100, 200)])
def test_what_lies_behind_the_end_is_short_and_no_refusal(box: StoreContainer, start: int, end: int) -> None:
    box.put("ten", b"0123456789")
    box.put("none", b"")
    with box.store.read("box", "ten", 8, 10) as chunks:
        assert b"".join(chunks) == b"89"
    for name in ("ten", "none"):
        with pytest.raises(TransientError), box.store.read("box", name, start, end) as chunks:
            list(chunks)
