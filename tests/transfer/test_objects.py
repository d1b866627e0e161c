"""copy_container: every object as it is, once, and a server that refuses what differs."""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
import tenacity

from migrate.clouds.memory.cloud import MemoryCloud
from migrate.clouds.memory.world import World
from migrate.clouds.ports import ObjectInfo, Segment
from migrate.errors import (
    Cancelled,
    ConflictError,
    IntegrityError,
    LeaseLost,
    NotFound,
    QuotaExceeded,
    Refused,
    TransientError,
)
from migrate.model import ObjectEntry, name_id, parse_mark
from migrate.monitor import RecordingMonitor, StopFlag
from migrate.transfer.merge import merged
from migrate.transfer.objects import MAX_FAILURES, copy_container
from migrate.transfer.tallies import CopyStats

MARK = f"decamp-m-01234567-{name_id('box')}"
AWKWARD = ["pseudo", "pseudo/", "a//b", "/leading", "../x", "é ü ☃", "?#&=%41+;", "x" * 1005, "new\tline", "z/"]


def md5(data: bytes) -> str:
    return hashlib.md5(data).hexdigest()


@dataclass
class Pair:
    source: MemoryCloud = field(default_factory=lambda: MemoryCloud("old", world=World("old")))
    target: MemoryCloud = field(default_factory=lambda: MemoryCloud("new", world=World("new")))
    monitor: RecordingMonitor = field(default_factory=RecordingMonitor)
    stop: StopFlag = field(default_factory=StopFlag)
    alive: Callable[[], None] = lambda: None

    def __post_init__(self) -> None:
        self.source.objects.put_container("box", {})

    def put(self, name: str, data: bytes, container: str = "box", **headers: str) -> ObjectInfo:
        named = {key.replace("_", "-"): value for key, value in headers.items()}
        info = ObjectInfo(name=name, size_bytes=len(data), etag=md5(data), content_type="text/x", headers=named)
        self.source.objects.put(container, info, [data])
        return info

    def large(self, name: str, parts: list[tuple[str, str, bytes]], **headers: str) -> None:
        """A static large object over segments (container, name, bytes)."""
        for container, part, data in parts:
            self.source.objects.put_container(container, {})
            self.put(part, data, container)
        segments = tuple(Segment(container=c, name=n, size_bytes=len(d), etag=md5(d)) for c, n, d in parts)
        named = {key.replace("_", "-"): value for key, value in headers.items()}
        info = ObjectInfo(name=name, size_bytes=0, etag="", content_type="video/x", headers=named)
        self.source.objects.put_manifest("box", info, segments)

    def copy(self, name: str = "box", *, workers: int = 4, **options: Any) -> CopyStats:
        headers = self.source.objects.container(name).headers
        mark = f"decamp-m-01234567-{name_id(name)}"
        settings: dict[str, Any] = {
            "alive": self.alive,
            "monitor": self.monitor,
            "step_id": "s",
            "stop": self.stop,
            "workers": workers,
            "wait": tenacity.wait_none(),
        }
        return copy_container(self.source.objects, self.target.objects, name, headers, mark, **{**settings, **options})

    def requests(self, cloud: MemoryCloud, method: str) -> int:
        return sum(1 for each, service, path in cloud.world.log if (each, service) == (method, "object-store"))

    def same(self, name: str, container: str = "box") -> bool:
        there, here = self.target.objects, self.source.objects
        with there.get(container, name) as (info, chunks), here.get(container, name) as (expected, wanted):
            return info == expected and b"".join(chunks) == b"".join(wanted)


def test_awkward_names_empty_objects_and_all_headers() -> None:
    pair = Pair()
    for name in AWKWARD:
        pair.put(name, name.encode() * 3, x_object_meta_color="grün", content_encoding="gzip", cache_control="no")
    pair.put("empty", b"", x_delete_at=str(int(time.time()) + 1000), content_disposition="inline")
    stats = pair.copy()
    assert stats == CopyStats(len(AWKWARD) + 1, sum(3 * len(name.encode()) for name in AWKWARD), 0, 0)
    assert all(pair.same(name) for name in [*AWKWARD, "empty"])
    assert pair.monitor.bytes_by_step["s"] == stats.bytes


def test_container_headers_mark_and_empty_container() -> None:
    pair = Pair()
    pair.source.objects.put_container("box", {"x-container-meta-a": "b", "x-container-read": ".r:*"})
    assert pair.copy() == CopyStats()
    made = pair.target.objects.container("box")
    assert made.mark == MARK
    assert made.headers == {"x-container-meta-a": "b", "x-container-read": ".r:*"}


def test_one_get_and_one_put_per_object_and_two_listings_for_a_rerun() -> None:
    pair = Pair()
    for index in range(50):
        pair.put(f"o{index:03d}", b"x" * index)
    pair.source.world.log.clear()
    pair.copy()
    assert pair.requests(pair.source, "GET") == 51
    assert pair.requests(pair.target, "PUT") == 51
    pair.source.world.log.clear()
    pair.target.world.log.clear()
    assert pair.copy() == CopyStats(0, 0, 50, 0)
    assert pair.requests(pair.source, "GET") == 1 == pair.requests(pair.target, "GET")
    assert pair.requests(pair.source, "HEAD") == 1  # the test's own
    assert pair.requests(pair.target, "PUT") == 1


def test_only_what_changed_is_sent_again() -> None:
    pair = Pair()
    for name in "abcde":
        pair.put(name, b"1")
    pair.copy()
    pair.put("c", b"22")
    pair.put("bb", b"3")
    pair.target.objects.delete("box", "e")
    assert pair.copy() == CopyStats(3, 4, 3, 0)
    assert all(pair.same(name) for name in ["a", "b", "bb", "c", "d", "e"])


def test_metadata_alone_changed_since() -> None:
    pair = Pair()
    pair.put("a", b"1", x_object_meta_v="1")
    pair.put("b", b"2")
    pair.copy()
    since = max(entry.last_modified for entry in pair.source.objects.entries("box")) + "0"
    pair.put("a", b"1", x_object_meta_v="2")
    pair.put("b", b"2")
    assert pair.copy(since=since) == CopyStats(1, 1, 1, 0)
    assert pair.same("a")
    assert pair.copy(since=since) == CopyStats(0, 0, 2, 0)


def test_expired_and_vanished_are_counted_and_do_not_come_back() -> None:
    pair = Pair()
    pair.put("keeps", b"1")
    pair.put("expires", b"2", x_delete_at=str(int(time.time()) + 1000))
    pair.put("vanishes", b"3")
    stored = pair.source.login.project.account.containers["box"].objects
    stored["expires"] = replace(stored["expires"], headers={"x-delete-at": "1"})
    pair.source.world.fail_next("GET", "box/vanishes", NotFound("DCP-404", kind="object", id="box/vanishes"))
    real = pair.source.objects

    class Vanishing:
        def __getattr__(self, name: str) -> Any:
            return getattr(real, name)

        def head(self, container: str, name: str) -> ObjectInfo:
            real.delete(container, name)
            return real.head(container, name)

    pair.source.objects = Vanishing()  # type: ignore[assignment]
    assert pair.copy() == CopyStats(1, 1, 0, 2)
    assert [entry.name for entry in pair.target.objects.entries("box")] == ["keeps"]


# ---------------------------------------------------------------- large objects


def test_static_large_object_stays_one() -> None:
    pair = Pair()
    pair.large(
        "film", [("parts", "p1", b"a" * 100), ("parts", "p2", b"b" * 50), ("box", "zz", b"c")], x_object_meta_a="b"
    )
    pair.copy("parts")
    stats = pair.copy()
    assert stats == CopyStats(2, 1, 0, 0)
    assert pair.same("film")
    assert pair.target.objects.head("box", "film").is_slo
    assert pair.target.objects.manifest("box", "film") == pair.source.objects.manifest("box", "film")
    assert pair.copy().objects == 0


def test_missing_segments_are_brought_along_and_their_container_is_ours() -> None:
    pair = Pair()
    pair.source.objects.put_container("parts", {"x-container-meta-k": "v"})
    pair.large("film", [("parts", "p1", b"a" * 100), ("parts", "p2", b"b" * 50)])
    assert pair.copy() == CopyStats(3, 150, 0, 0)
    assert pair.same("film")
    made = pair.target.objects.container("parts")
    mark = parse_mark(made.mark or "")
    assert mark is not None and mark.source_id == name_id("parts")
    assert made.headers == {"x-container-meta-k": "v"}
    assert pair.copy("parts") == CopyStats(0, 0, 2, 0)


@pytest.mark.parametrize("theirs", [b"c" * 100, None])
def test_segments_are_not_brought_into_somebody_elses_container(theirs: bytes | None) -> None:
    """It has the name by chance: what it holds may be the only copy of something else."""
    pair = Pair()
    pair.large("film", [("parts", "p1", b"a" * 100)])
    pair.put("other", b"1")
    pair.target.objects.put_container("parts", {})
    if theirs:
        info = ObjectInfo(name="p1", size_bytes=len(theirs), etag=md5(theirs), content_type="text/x")
        pair.target.objects.put("parts", info, [theirs])
    before = dict(pair.target.login.project.account.containers["parts"].objects)
    with pytest.raises(ConflictError) as caught:
        pair.copy()
    assert (caught.value.code, caught.value.facts["name"]) == ("DCP-506", "parts/p1")
    assert pair.target.login.project.account.containers["parts"].objects == before
    assert pair.same("other")


def test_segments_that_somebody_else_has_there_already_will_do() -> None:
    pair = Pair()
    pair.large("film", [("parts", "p1", b"a" * 100), ("mine", "p2", b"b" * 10)])
    pair.target.objects.put_container("parts", {})
    info = ObjectInfo(name="p1", size_bytes=100, etag=md5(b"a" * 100), content_type="text/x")
    pair.target.objects.put("parts", info, [b"a" * 100])
    pair.copy()
    assert pair.same("film")
    assert pair.target.objects.container("parts").mark is None


def test_large_object_whose_manifest_text_differs_is_not_sent_again() -> None:
    """A real Swift writes times into the manifest: the listings' ETags differ though the objects are the same."""
    pair = Pair()
    pair.large("film", [("box", "p1", b"a" * 10)])
    pair.copy()
    stored = pair.target.login.project.account.containers["box"].objects
    stored["film"] = replace(stored["film"], etag="0" * 32)
    assert pair.copy() == CopyStats(0, 0, 2, 0)


def test_large_object_with_a_lost_segment_fails_and_the_rest_goes_on() -> None:
    pair = Pair()
    pair.large("film", [("parts", "p1", b"a" * 10)])
    pair.put("other", b"1")
    pair.source.objects.delete("parts", "p1")
    with pytest.raises((IntegrityError, NotFound)):
        pair.copy()
    assert pair.same("other")


def test_dynamic_large_object_is_copied_as_its_manifest() -> None:
    pair = Pair()
    for part in ("film/1", "film/2"):
        pair.put(part, part.encode())
    pair.put("film", b"", x_object_manifest="box/film/")
    pair.copy()
    stored = pair.target.login.project.account.containers["box"].objects["film"]
    assert (stored.data, stored.headers) == (b"", {"x-object-manifest": "box/film/"})
    assert pair.same("film")
    assert pair.copy() == CopyStats(0, 0, 3, 0)


# ---------------------------------------------------------------- what goes wrong


def test_other_bytes_than_the_etag_are_refused_by_the_target_and_the_rest_goes_on() -> None:
    pair = Pair()
    for name in "abc":
        pair.put(name, name.encode())
    stored = pair.source.login.project.account.containers["box"].objects
    stored["b"] = replace(stored["b"], data=b"X")
    with pytest.raises(IntegrityError):
        pair.copy()
    assert [entry.name for entry in pair.target.objects.entries("box")] == ["a", "c"]
    assert pair.monitor.bytes_by_step["s"] == 2


def test_a_body_cut_short_is_asked_for_again() -> None:
    pair = Pair()
    pair.put("a", bytes(3 << 20))
    pair.source.world.cut_next("box/a", 1 << 20)
    assert pair.copy() == CopyStats(1, 3 << 20, 0, 0)
    assert pair.monitor.bytes_by_step["s"] == 3 << 20


@pytest.mark.parametrize("error", [TransientError("DCP-503", what="x"), Refused("DCP-400", what="x")])
def test_one_bad_object_does_not_hold_up_the_others(error: Exception) -> None:
    pair = Pair()
    for name in "abc":
        pair.put(name, name.encode())
    pair.target.world.fail_next("PUT", "box/b", error, times=5)
    with pytest.raises(type(error)):
        pair.copy()
    assert [entry.name for entry in pair.target.objects.entries("box")] == ["a", "c"]
    if isinstance(error, TransientError):
        assert pair.copy() == CopyStats(1, 1, 2, 0)


def test_many_failures_end_the_pass() -> None:
    pair = Pair()
    for index in range(100):
        pair.put(f"{index:03d}", b"1")
    pair.target.world.fail_next("PUT", "box/", Refused("DCP-400", what="x"), times=1000)
    with pytest.raises(Refused):
        pair.copy(workers=2)
    assert pair.requests(pair.target, "PUT") <= 1 + MAX_FAILURES + 2


@pytest.mark.parametrize("error", [QuotaExceeded("DCP-413", resource="x"), LeaseLost("DCP-303", step="s")])
def test_some_errors_end_it_at_once(error: Exception) -> None:
    pair = Pair()
    for index in range(100):
        pair.put(f"{index:03d}", b"1")
    pair.target.world.fail_next("PUT", "box/", error, times=1000)
    with pytest.raises(type(error)):
        pair.copy(workers=2)
    assert pair.requests(pair.target, "PUT") <= 5


def test_lease_lost_before_a_write() -> None:
    pair = Pair()
    pair.put("a", b"1")

    def alive() -> None:
        raise LeaseLost("DCP-303", step="s")

    pair.alive = alive
    with pytest.raises(LeaseLost):
        pair.copy()
    assert pair.requests(pair.target, "PUT") == 0


def test_stop_finishes_what_is_in_flight_and_a_rerun_goes_on() -> None:
    pair = Pair()
    for index in range(50):
        pair.put(f"{index:03d}", b"1")
    asked: list[int] = []

    def alive() -> None:
        asked.append(1)
        if len(asked) == 10:
            pair.stop.set()

    pair.alive = alive
    with pytest.raises(Cancelled):
        pair.copy()
    done = pair.target.objects.container("box").objects
    assert 9 <= done <= 14
    pair.stop = StopFlag()
    assert pair.copy() == CopyStats(50 - done, 50 - done, done, 0)


@pytest.mark.parametrize("mark", [None, "decamp-m-89abcdef-" + name_id("box"), "something"])
def test_somebody_elses_container_is_left_alone(mark: str | None) -> None:
    pair = Pair()
    pair.put("a", b"1")
    pair.target.objects.put_container("box", {"x-container-meta-decamp-mark": mark} if mark else {})
    with pytest.raises(ConflictError):
        pair.copy()
    assert list(pair.target.objects.entries("box")) == []


def test_merge_of_listings_in_byte_order() -> None:
    names = sorted(["a", "a/", "a//b", "B", "é", "z", "\U0001f600", "￿"], key=str.encode)

    def listing(chosen: list[str]) -> Any:
        return iter([ObjectEntry(name=name, size_bytes=0, etag="") for name in chosen])

    result = merged(listing(names[::2] + names[1::2][-1:]), listing(names[1:]))
    assert [(here.name, there.name if there else None) for here, there in result] == [
        (names[0], None),
        *[(name, name) for name in names[2::2]],
        (names[-1], names[-1]),
    ]
