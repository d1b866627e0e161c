"""The object store behind a throttle: all of the port goes by, content at the throttle's word."""

from collections.abc import Iterable, Iterator, Sequence

import pytest

from migrate.clouds.http.pace import Throttle
from migrate.clouds.ports import ObjectInfo, ObjectStore, Part, Segment, Upload
from migrate.clouds.throttled import ThrottledCloud
from migrate.demo.memory import MemoryCloud, World
from tests.contract.sandbox import info


class PartsOfMemory:
    """ports.Multipart, as little as there can be: uploads are lists of parts."""

    least_part_bytes = 7

    def __init__(self) -> None:
        self.uploads: dict[str, list[Part]] = {}

    def begin(self, container: str, info: ObjectInfo) -> str:
        self.uploads[info.name] = []
        return info.name

    def unfinished(self, container: str, name: str = "") -> list[Upload]:
        return [Upload(name=upload_id, upload_id=upload_id) for upload_id in self.uploads if name in ("", upload_id)]

    def parts(self, container: str, name: str, upload_id: str) -> list[Part]:
        return self.uploads[upload_id]

    def put_part(self, container: str, name: str, upload_id: str, part: Part, chunks: Iterable[bytes]) -> Part:
        data = b"".join(chunks)
        self.uploads[upload_id].append(Part(number=part.number, size_bytes=len(data), etag=part.etag))
        return self.uploads[upload_id][-1]

    def finish(self, container: str, name: str, upload_id: str, parts: Sequence[Part]) -> str:
        self.uploads.pop(upload_id)
        return f"{len(parts)} parts"

    def abort(self, container: str, name: str, upload_id: str) -> None:
        self.uploads.pop(upload_id, None)


class Asked:
    """A gate that notes when it is asked."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> None:
        self.times += 1


@pytest.fixture
def gate() -> Asked:
    return Asked()


@pytest.fixture
def memory() -> MemoryCloud:
    return MemoryCloud("memory", world=World("w"))


@pytest.fixture
def store(memory: MemoryCloud, gate: Asked) -> ObjectStore:
    return ThrottledCloud(memory, Throttle(gate=gate)).objects


def test_the_whole_port_goes_by(memory: MemoryCloud, store: ObjectStore, gate: Asked) -> None:
    keys = {"x-container-meta-temp-url-key": "sesame"}
    store.put_container("c", {"x-versions-enabled": "True", **keys})
    etag = store.put("c", info("a", b"abc"), [b"abc"])
    segment = Segment(container="c", name="a", size_bytes=3, etag=etag)
    large = ObjectInfo(name="b", size_bytes=3, etag="", content_type="a/b", is_slo=True, segments=(segment,))
    store.put_manifest("c", large)
    asked = gate.times
    assert store.container("c") == memory.objects.container("c") and store.containers() == memory.objects.containers()
    assert store.signing_keys("c") == keys
    assert [e.name for e in store.entries("c")] == ["a", "b"]
    assert [e.name for e in store.entries("c", "", "a", "b")] == ["b"] == [e.name for e in store.entries("c", "b")]
    assert list(store.versions("c")) == list(memory.objects.versions("c"))
    assert store.head("c", "b") == memory.objects.head("c", "b")
    assert gate.times == asked, "none of this is content"
    newest = next(iter(store.versions("c"))).version_id
    store.delete("c", "a")
    with store.get("c", "a", newest) as (_, chunks):
        assert b"".join(chunks) == b"abc"
    assert gate.times > asked
    assert store.multipart is None


def test_parts_are_content(memory: MemoryCloud, gate: Asked) -> None:
    memory.objects.multipart = PartsOfMemory()
    parts = ThrottledCloud(memory, Throttle(gate=gate)).objects.multipart
    assert parts is not None and parts.least_part_bytes == 7

    def sent() -> Iterator[bytes]:
        asked = gate.times
        yield b"abc"
        assert gate.times == asked + 1, "asked for each piece"

    upload_id = parts.begin("c", info("o", b"abc"))
    assert parts.unfinished("c") == parts.unfinished("c", "o") == [Upload(name="o", upload_id="o")]
    part = parts.put_part("c", "o", upload_id, Part(number=1, size_bytes=3, etag="e"), sent())
    assert part == Part(number=1, size_bytes=3, etag="e") and parts.parts("c", "o", upload_id) == [part]
    assert gate.times == 1
    assert parts.finish("c", "o", upload_id, [part]) == "1 parts"
    parts.abort("c", "o", parts.begin("c", info("o", b"abc")))
    assert parts.unfinished("c") == []
