"""ports.Multipart, sentence by sentence, on servers that others wrote."""

import pytest

from migrate.clouds.ports import ObjectInfo, Part
from migrate.errors import IntegrityError, NotFound, Refused, TransientError
from migrate.model.s3_objects import SOURCE_ETAG, multipart_etag
from tests.s3.servers import StoreContainer, md5

LEAST = 5 << 20
NAME = "big é+ /x"
DATA = (b"a" * LEAST, b"b" * LEAST, b"c")


def _info(name: str = NAME) -> ObjectInfo:
    return ObjectInfo(
        name=name,
        size_bytes=sum(map(len, DATA)),
        etag=md5(b"source"),
        content_type="video/mp4",
        headers={"x-object-meta-k": "é", "cache-control": "no-store"},
    )


def _part(number: int, data: bytes) -> Part:
    return Part(number=number, size_bytes=len(data), etag=md5(data))


def _put(box: StoreContainer, upload: str, number: int, name: str = NAME, container: str = "box") -> Part:
    data = DATA[number - 1]
    halves = [data[: len(data) // 2], data[len(data) // 2 :]]
    return box.multipart.put_part(container, name, upload, _part(number, data), halves)


def test_parts_make_an_object(box: StoreContainer) -> None:
    upload = box.multipart.begin("box", _info())
    parts = [_put(box, upload, number) for number in (2, 3, 1)]
    assert box.names() == []
    etag = box.multipart.finish("box", NAME, upload, sorted(parts, key=lambda part: part.number))
    assert etag == multipart_etag(md5(data) for data in DATA)
    assert box.body(NAME) == b"".join(DATA)
    seen = box.store.head("box", NAME)
    assert (seen.etag, seen.size_bytes, seen.content_type) == (etag, sum(map(len, DATA)), "video/mp4")
    assert seen.headers == {**_info().headers, SOURCE_ETAG: md5(b"source")}
    assert [(entry.name, entry.etag) for entry in box.store.entries("box")] == [(NAME, etag)]
    assert box.multipart.unfinished("box") == []


def test_an_upload_goes_on_where_another_left_it(box: StoreContainer) -> None:
    upload = box.multipart.begin("front", _info())
    _put(box, upload, 1, container="front")
    other = StoreContainer(box.server, box.base)
    found = other.multipart.unfinished("front", NAME)
    assert [(one.name, one.upload_id) for one in found] == [(NAME, upload)] and found[0].started_at
    there = other.multipart.parts("front", NAME, upload)
    assert there == [Part(number=1, size_bytes=LEAST, etag=md5(DATA[0]))]
    rest = [_put(other, upload, number, container="front") for number in (2, 3)]
    assert other.multipart.finish("front", NAME, upload, [*there, *rest]) == multipart_etag(map(md5, DATA))
    assert other.body(NAME, "front") == b"".join(DATA)


def test_uploads_are_told_by_name_and_container(box: StoreContainer) -> None:
    begun = {name: box.multipart.begin("front", _info(name)) for name in ("o", "o2", "é +")}
    box.multipart.begin("back", _info("o"))
    assert {one.name: one.upload_id for one in box.multipart.unfinished("front")} == begun
    assert [one.upload_id for one in box.multipart.unfinished("front", "o")] == [begun["o"]]
    assert box.multipart.unfinished("box") == []
    assert box.multipart.unfinished("front", "other") == []


def test_parts_of_other_bytes_are_refused(box: StoreContainer) -> None:
    upload = box.multipart.begin("box", _info())
    if box.server.is_strict:
        with pytest.raises(IntegrityError):
            box.multipart.put_part("box", NAME, upload, Part(number=1, size_bytes=LEAST, etag=md5(b"other")), [DATA[0]])
        assert box.multipart.parts("box", NAME, upload) == []
    first = _put(box, upload, 1)
    assert _put(box, upload, 1) == first, "the same again takes its place"
    assert box.multipart.parts("box", NAME, upload) == [first]


def test_a_finish_over_other_parts_is_refused(box: StoreContainer) -> None:
    upload = box.multipart.begin("box", _info())
    _put(box, upload, 1)
    with pytest.raises((Refused, IntegrityError)):
        box.multipart.finish("box", NAME, upload, [Part(number=1, size_bytes=LEAST, etag=md5(b"other"))])
    assert box.names() == []


def test_a_part_below_the_least_is_refused_at_the_end(box: StoreContainer) -> None:
    upload = box.multipart.begin("box", _info())
    parts = [box.multipart.put_part("box", NAME, upload, _part(number, b"c"), [b"c"]) for number in (1, 2)]
    assert box.multipart.least_part_bytes == LEAST
    with pytest.raises(Refused) as error:
        box.multipart.finish("box", NAME, upload, parts)
    assert "EntityTooSmall" in str(error.value)


def test_an_abort_leaves_nothing(box: StoreContainer) -> None:
    upload = box.multipart.begin("box", _info())
    _put(box, upload, 1)
    for _ in range(2):
        box.multipart.abort("box", NAME, upload)
        assert box.multipart.unfinished("box") == []
    with pytest.raises(NotFound):
        box.multipart.parts("box", NAME, upload)
    # moto falls over it.
    with pytest.raises(NotFound if box.server.is_strict else TransientError):
        box.multipart.finish("box", NAME, upload, [Part(number=1, size_bytes=LEAST, etag=md5(DATA[0]))])
    assert box.names() == []
