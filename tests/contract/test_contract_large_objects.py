"""ports.ObjectStore, what is no plain object: large ones, links, versions. The folder has none of these."""

import base64
import hashlib
import time
from collections.abc import Callable
from urllib.parse import quote

import msgspec
import pytest

from migrate.clouds.ports import ObjectInfo, ObjectStore, Segment
from migrate.errors import IntegrityError, NotFound, Refused, Unsupported
from tests.contract.sandbox import OPEN, Sandbox, body, info

GONE = hashlib.md5(b"").hexdigest()
AWKWARD = ("seg/0", "/lead", "t/", "a//b", "../x", ".", "q?x#y %41", "é\x85\x01😀", "n" * 1024)


def _md5(data: bytes) -> str:
    return hashlib.md5(data).hexdigest()


def _segment(store: ObjectStore, container: str, name: str, data: bytes) -> Segment:
    etag = store.put(container, info(name, data), [data])
    return Segment(container=container, name=name, size_bytes=len(data), etag=etag)


def _large(name: str, segments: tuple[Segment, ...], **headers: str) -> ObjectInfo:
    told = {key.replace("_", "-"): value for key, value in headers.items()}
    return ObjectInfo(
        name=name, size_bytes=0, etag="", content_type="video/mp4", headers=told, is_slo=True, segments=segments
    )


def _got(store: ObjectStore, container: str, name: str, version_id: str = "") -> ObjectInfo:
    with store.get(container, name, version_id) as (got, _):
        return got


# ---------------------------------------------------------------- static large objects


def test_a_static_large_object_is_its_segments(box: Sandbox) -> None:
    store, container, later = box.cloud.objects, box.container(), str(int(time.time()) + 86400)
    data = [b"a" * 70_000, b"b" * 1000, b"c"]
    segments = tuple(_segment(store, container, f"seg/{i}", part) for i, part in enumerate(data))
    told = _large("big é", segments, x_object_meta_k="é", content_encoding="gzip", x_delete_at=later)
    etag = store.put_manifest(container, told)
    assert etag == _md5("".join(segment.etag for segment in segments).encode())
    with store.get(container, told.name) as (got, chunks):
        assert list(chunks) == [], "no body: the segments are its content"
    assert got == msgspec.structs.replace(told, size_bytes=71_001, etag=etag)
    assert store.head(container, told.name) == got
    entry = next(e for e in store.entries(container) if e.name == told.name)
    assert (entry.size_bytes, entry.slo_etag, entry.is_link) == (71_001, etag, False)
    store.delete(container, told.name)
    assert [e.name for e in store.entries(container)] == ["seg/0", "seg/1", "seg/2"], "the manifest alone"


def _of_every_kind(box: Sandbox) -> tuple[ObjectStore, str, ObjectInfo, int]:
    """A large object of ranges, data in the manifest, another large object, a range of that; in two containers."""
    store, container, second = box.cloud.objects, box.container(), box.container("second é/?".replace("/", ""))
    a = _segment(store, container, "a", b"a" * 1000)
    b = _segment(store, second, "b é", b"b" * 500)
    store.put_manifest(container, _large("inner", (a, b)))
    inner = Segment(container=container, name="inner", size_bytes=1500, etag=store.head(container, "inner").etag)
    segments = (
        a,
        msgspec.structs.replace(b, range="100-199"),
        msgspec.structs.replace(b, range="450-499"),
        Segment(data=base64.b64encode(b"inline").decode()),
        inner,
        msgspec.structs.replace(inner, range="990-1009"),
        a,
    )
    return store, container, _large("whole", segments), 1000 + 100 + 50 + 6 + 1500 + 20 + 1000


def test_ranges_data_and_large_segments_come_back_as_they_were_put(box: Sandbox) -> None:
    store, container, told, size = _of_every_kind(box)
    etag = store.put_manifest(container, told)
    got = _got(store, container, "whole")
    assert got == store.head(container, "whole") == msgspec.structs.replace(told, size_bytes=size, etag=etag)
    again = msgspec.structs.replace(got, name="again")
    assert store.put_manifest(container, again) == etag, "size and ETag are those that the server reckons"
    assert store.head(container, "again") == again
    listed = {e.name: (e.size_bytes, e.slo_etag) for e in store.entries(container)}
    assert listed["whole"] == listed["again"] == (size, etag)


def test_an_open_range_comes_back_with_both_ends(box: Sandbox) -> None:
    store, container = box.cloud.objects, box.container()
    a = _segment(store, container, "a", b"a" * 1000)
    told = tuple(msgspec.structs.replace(a, range=text) for text in ("900-", "-50", "5-2000"))
    etag = store.put_manifest(container, _large("whole", told))
    got = _got(store, container, "whole")
    assert [segment.range for segment in got.segments] == ["900-999", "950-999", "5-999"]
    assert (got.size_bytes, got.etag) == (100 + 50 + 995, etag)


def test_segments_of_any_name(box: Sandbox) -> None:
    store, container = box.cloud.objects, box.container("box é ?")
    segments = tuple(_segment(store, container, name, name.encode()) for name in AWKWARD)
    store.put_manifest(container, _large("whole", segments))
    assert _got(store, container, "whole").segments == segments


def test_a_manifest_over_other_segments_is_refused(box: Sandbox) -> None:
    store, container = box.cloud.objects, box.container()
    good = _segment(store, container, "seg/0", b"a" * 70_000)
    wrong_etag = msgspec.structs.replace(good, etag=_md5(b"other"))
    wrong_size = msgspec.structs.replace(good, size_bytes=69_999)
    missing = Segment(container=container, name="seg/9", size_bytes=1, etag=_md5(b"c"))
    for bad in (wrong_etag, wrong_size, missing):
        with pytest.raises((IntegrityError, Refused)):
            store.put_manifest(container, _large("whole", (good, bad)))
    with pytest.raises(IntegrityError):
        store.put_manifest(container, msgspec.structs.replace(_large("whole", (good,)), etag=_md5(b"other")))
    with pytest.raises(NotFound):
        store.head(container, "whole")
    with pytest.raises(NotFound):
        store.put_manifest(box.name("nowhere"), _large("whole", (good,)))


# ---------------------------------------------------------------- dynamic large objects


def test_a_dynamic_large_object_is_its_own_body(box: Sandbox) -> None:
    store, container = box.cloud.objects, box.container()
    for i in range(2):
        store.put(container, info(f"part é/{i}", b"x" * 9), [b"x" * 9])
    own, prefix = b"own body", quote(f"{container}/part é/")
    told = info("whole", own, content_type="video/mp4", x_object_manifest=prefix, x_object_meta_k="v")
    etag = store.put(container, told, [own])
    got = _got(store, container, "whole")
    assert got == store.head(container, "whole") == msgspec.structs.replace(told, etag=etag)
    assert (etag, body(store, container, "whole")) == (_md5(own), own)
    with pytest.raises(IntegrityError):
        store.put(container, msgspec.structs.replace(told, etag=_md5(b"other")), [own])


# ---------------------------------------------------------------- links


def _link(name: str, target: str, **headers: str) -> ObjectInfo:
    return info(name, b"", content_type="x/link", x_symlink_target=target, **headers)


def test_a_link_is_itself_and_not_its_target(box: Sandbox) -> None:
    store, container = box.cloud.objects, box.container()
    etag = store.put(container, info("there é", b"abc"), [b"abc"])
    target = quote(f"{container}/there é")
    links = (
        _link("dynamic", target, x_object_meta_k="v"),
        _link("static", target, x_symlink_target_etag=etag),
        _link("to nothing", f"{container}/nothing"),
        _link("round", f"{container}/and%20round"),
        _link("and round", f"{container}/round"),
        _link("to another account", target, x_symlink_target_account="AUTH_another"),
    )
    for link in links:
        assert store.put(container, link, []) == GONE
        got = _got(store, container, link.name)
        assert got == store.head(container, link.name) == msgspec.structs.replace(link, etag=GONE)
        assert body(store, container, link.name) == b""
        store.put(container, msgspec.structs.replace(got, name=f"once more {link.name}"), [])
    listed = {entry.name: entry.is_link for entry in store.entries(container)}
    assert listed.pop("there é") is False and all(listed.values()) and len(listed) == 2 * len(links)
    store.delete(container, "dynamic")
    assert body(store, container, "there é") == b"abc", "the link alone"


def test_a_static_link_to_what_is_not_there_and_a_link_to_itself_are_refused(box: Sandbox) -> None:
    store, container = box.cloud.objects, box.container()
    store.put(container, info("there", b"abc"), [b"abc"])
    for name, etag in (("nothing", _md5(b"abc")), ("there", _md5(b"other"))):
        with pytest.raises(Refused):
            store.put(container, _link("link", f"{container}/{name}", x_symlink_target_etag=etag), [])
    with pytest.raises(Refused):
        store.put(container, _link("link", f"{container}/link"), [])
    with pytest.raises(NotFound):
        store.head(container, "link")


def test_a_static_link_to_a_large_object_names_the_etag_that_a_listing_shows(box: Sandbox) -> None:
    store, container = box.cloud.objects, box.container()
    store.put_manifest(container, _large("big", (_segment(store, container, "a", b"a"),)))
    (entry,) = store.entries(container, "big")
    with pytest.raises(Refused):
        store.put(container, _link("link", f"{container}/big", x_symlink_target_etag=entry.slo_etag), [])
    store.put(container, _link("link", f"{container}/big", x_symlink_target_etag=entry.etag), [])
    assert store.head(container, "link").headers["x-symlink-target-etag"] == entry.etag


# ---------------------------------------------------------------- versions


def _versioned(box: Sandbox) -> str:
    return box.container("versioned", {"x-versions-enabled": "True"})


def test_a_container_says_that_it_keeps_versions(box: Sandbox) -> None:
    assert box.cloud.objects.container(_versioned(box)).headers == {"x-versions-enabled": "True"}


def test_every_version_is_kept_and_told_from_the_newest_to_the_oldest(box: Sandbox) -> None:
    store, container = box.cloud.objects, _versioned(box)
    for i in range(3):
        store.put(container, info("o é?", b"x" * i, x_object_meta_i=str(i)), [b"x" * i])
    store.delete(container, "o é?")
    store.delete(container, "o é?")
    store.put(container, info("o é?", b"back"), [b"back"])
    store.put(container, info("other", b"1"), [b"1"])
    told = list(store.versions(container))
    assert [(v.name, v.size_bytes, v.is_latest, v.is_delete_marker) for v in told] == [
        ("o é?", 4, True, False),
        ("o é?", 0, False, True),
        ("o é?", 0, False, True),
        ("o é?", 2, False, False),
        ("o é?", 1, False, False),
        ("o é?", 0, False, False),
        ("other", 1, True, False),
    ]
    assert len({v.version_id for v in told}) == 7 and all(v.last_modified for v in told)
    for i, version in enumerate(reversed(told[3:6])):
        with store.get(container, "o é?", version.version_id) as (got, chunks):
            assert b"".join(chunks) == b"x" * i
        assert (got.etag, got.headers) == (version.etag, {"x-object-meta-i": str(i)})
    with pytest.raises(NotFound):
        _got(store, container, "o é?", told[1].version_id)
    assert [e.name for e in store.entries(container)] == ["o é?", "other"]


def test_a_removed_object_leaves_its_versions(box: Sandbox) -> None:
    store, container = box.cloud.objects, _versioned(box)
    store.put(container, info("o", b"abc"), [b"abc"])
    store.delete(container, "o")
    assert list(store.entries(container)) == []
    with pytest.raises(NotFound):
        store.head(container, "o")
    marker, kept = store.versions(container)
    assert marker.is_delete_marker and marker.is_latest and not kept.is_delete_marker


def _kinds(store: ObjectStore, container: str, elsewhere: str) -> dict[str, ObjectInfo]:
    """One of each, with its ETag and its size."""
    segment = _segment(store, elsewhere, "o", b"abc")
    kinds = (
        info("plain", b"plain", x_object_meta_k="v"),
        info("dynamic", b"own", x_object_manifest=f"{elsewhere}/o"),
        _link("link", f"{elsewhere}/o"),
        _link("same name elsewhere", f"{elsewhere}/same%20name%20elsewhere"),
        _link("to nothing", f"{elsewhere}/nothing"),
        _link("round", f"{container}/and%20round"),
        _link("and round", f"{container}/round"),
        _link("static", f"{elsewhere}/o", x_symlink_target_etag=segment.etag),
    )
    store.put(elsewhere, info("same name elsewhere", b"x"), [b"x"])
    told = {}
    for kind in kinds:
        data = {"plain": b"plain", "dynamic": b"own"}.get(kind.name, b"")
        told[kind.name] = msgspec.structs.replace(kind, etag=store.put(container, kind, [data]))
    whole = _large("large", (segment,), x_object_meta_k="v")
    told["large"] = msgspec.structs.replace(whole, size_bytes=3, etag=store.put_manifest(container, whole))
    return told


Read = Callable[[ObjectStore, str, str], ObjectInfo]


@pytest.mark.parametrize("read", [_got, lambda store, container, name: store.head(container, name)])
def test_where_versions_are_kept_everything_is_itself_too(box: Sandbox, read: Read) -> None:
    """A server may keep the current version behind a link of its own, which is nobody's content."""
    container, elsewhere = _versioned(box), box.container("elsewhere")
    box.cloud.objects.put(container, info("before", b"1"), [b"1"])
    told = _kinds(box.cloud.objects, container, elsewhere)
    store = box.provider.open(OPEN).objects
    for _ in range(2):
        for name, want in told.items():
            assert read(store, container, name) == want
        with pytest.raises(NotFound):
            read(store, container, "never was")
    by_id = {version.name: version.version_id for version in store.versions(container)}
    for name, want in told.items():
        assert _got(store, container, name, by_id[name]) == want
        assert next(v.etag for v in store.versions(container) if v.name == name) == want.etag
    assert {e.name for e in store.entries(container)} == {*told, "before"}


def test_what_was_there_before_versions_were_kept_is_a_version(box: Sandbox) -> None:
    store, container = box.cloud.objects, box.container()
    store.put(container, info("old", b"old"), [b"old"])
    store.put(container, info("left", b"left"), [b"left"])
    store.put_container(container, {"x-versions-enabled": "True"})
    store.put(container, info("old", b"new"), [b"new"])
    told = list(store.versions(container))
    assert [(v.name, v.size_bytes, v.is_latest) for v in told] == [
        ("left", 4, True),
        ("old", 3, True),
        ("old", 3, False),
    ]
    with store.get(container, "old", told[2].version_id) as (_, chunks):
        assert b"".join(chunks) == b"old"
    assert body(store, container, "left") == b"left"


def test_versions_of_nothing(box: Sandbox) -> None:
    store = box.cloud.objects
    assert list(store.versions(_versioned(box))) == []
    with pytest.raises(NotFound):
        list(store.versions(box.name("nowhere")))


# ---------------------------------------------------------------- the folder


def test_the_folder_has_plain_objects_alone(folder_box: Sandbox) -> None:
    store, container = folder_box.cloud.objects, folder_box.container()
    etag = store.put(container, info("o", b"x"), [b"x"])
    segment = Segment(container=container, name="o", size_bytes=1, etag=etag)
    for call in (
        lambda: store.put_manifest(container, _large("whole", (segment,))),
        lambda: store.put(container, _link("link", f"{container}/o"), []),
        lambda: store.put_container(container, {"x-versions-enabled": "True"}),
        lambda: list(store.versions(container)),
        lambda: _got(store, container, "o", "null"),
    ):
        with pytest.raises(Unsupported):
            call()
    assert [entry.name for entry in store.entries(container)] == ["o"]
