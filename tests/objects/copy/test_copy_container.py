"""copy_container: every object as it is, once, and a server that refuses what differs."""

import time
from dataclasses import replace as with_fields
from typing import Any

import pytest

from migrate.clouds.ports import ObjectInfo
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
from migrate.messages import codes
from migrate.model import name_id, parse_mark
from migrate.monitor import StopFlag
from migrate.objects.copy.container_pass import MAX_FAILURES
from migrate.objects.copy.counters import CopyStats
from tests.objects.copy.object_pair import AWKWARD, MARK, ObjectPair, asked, md5


def test_awkward_names_empty_objects_and_all_headers(pair: ObjectPair) -> None:
    for name in AWKWARD:
        pair.put(name, name.encode() * 3, x_object_meta_color="grün", content_encoding="gzip", cache_control="no")
    pair.put("empty", b"", x_delete_at=str(int(time.time()) + 1000), content_disposition="inline")
    stats = pair.copy()
    assert stats == CopyStats(len(AWKWARD) + 1, sum(3 * len(name.encode()) for name in AWKWARD), 0, 0)
    assert all(pair.same(name) for name in [*AWKWARD, "empty"])
    assert pair.monitor.bytes_by_step["s"] == stats.bytes


def test_container_headers_mark_and_empty_container(pair: ObjectPair) -> None:
    pair.source.objects.put_container("box", {"x-container-meta-a": "b", "x-container-read": ".r:*"})
    assert pair.copy() == CopyStats()
    made = pair.target.objects.container("box")
    assert made.mark == MARK
    assert made.headers == {"x-container-meta-a": "b", "x-container-read": ".r:*"}


def test_one_get_and_one_put_per_object_and_two_listings_for_a_rerun(pair: ObjectPair) -> None:
    for index in range(50):
        pair.put(f"o{index:03d}", b"x" * index)
    pair.source.world.log.clear()
    pair.copy()
    assert asked(pair.source) == {"GET": 51, "HEAD": 2}  # a HEAD is the test's own
    assert asked(pair.target) == {"GET": 1, "HEAD": 1, "PUT": 51}
    pair.source.world.log.clear()
    pair.target.world.log.clear()
    assert pair.copy() == CopyStats(skipped=50)
    assert asked(pair.source) == {"GET": 1, "HEAD": 2}
    assert asked(pair.target) == {"GET": 1, "HEAD": 1}


def test_only_what_changed_is_sent_again(pair: ObjectPair) -> None:
    for name in "abcde":
        pair.put(name, b"1")
    pair.copy()
    pair.put("c", b"22")
    pair.put("bb", b"3")
    pair.target.objects.delete("box", "e")
    assert pair.copy() == CopyStats(3, 4, 3, 0)
    assert all(pair.same(name) for name in ["a", "b", "bb", "c", "d", "e"])


def test_metadata_that_changed_since_the_last_pass_is_sent_again_and_nothing_else(pair: ObjectPair) -> None:
    pair.put("a", b"1", x_object_meta_v="1")
    pair.put("b", b"2")
    pair.copy()
    pair.put("a", b"1", x_object_meta_v="2")
    pair.put("b", b"2")
    assert pair.copy() == CopyStats(objects=1, bytes=1, skipped=1)
    assert pair.same("a")
    assert pair.copy() == CopyStats(skipped=2)


def test_expired_and_vanished_are_counted_and_do_not_come_back(pair: ObjectPair) -> None:
    pair.put("keeps", b"1")
    pair.put("expires", b"2", x_delete_at=str(int(time.time()) + 1000))
    pair.put("vanishes", b"3")
    stored = pair.source.login.project.account.containers["box"].objects
    stored["expires"] = with_fields(stored["expires"], headers={"x-delete-at": "1"})
    pair.source.world.fail_next("GET", "box/vanishes", NotFound(codes.GONE, kind="object", id="box/vanishes"))
    real = pair.source.objects

    class Vanishing:
        def __getattr__(self, name: str) -> Any:
            return getattr(real, name)

        def head(self, container: str, name: str) -> ObjectInfo:
            real.delete(container, name)
            return real.head(container, name)

    pair.source.objects = Vanishing()
    assert pair.copy() == CopyStats(1, 1, 0, 2)
    assert [entry.name for entry in pair.target.objects.entries("box")] == ["keeps"]


# ---------------------------------------------------------------- large objects


def test_static_large_object_stays_one(pair: ObjectPair) -> None:
    pair.large(
        "film", [("parts", "p1", b"a" * 100), ("parts", "p2", b"b" * 50), ("box", "zz", b"c")], x_object_meta_a="b"
    )
    pair.copy("parts")
    stats = pair.copy(workers=1)
    assert stats == CopyStats(objects=2, bytes=1, skipped=1)
    assert pair.same("film")
    assert pair.target.objects.head("box", "film").is_slo
    assert pair.target.objects.head("box", "film").segments == pair.source.objects.head("box", "film").segments
    assert pair.copy().objects == 0


def test_missing_segments_are_brought_along_and_their_container_is_ours(pair: ObjectPair) -> None:
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
def test_segments_are_not_brought_into_somebody_elses_container(pair: ObjectPair, theirs: bytes | None) -> None:
    """It has the name by chance: what it holds may be the only copy of something else."""
    pair.large("film", [("parts", "p1", b"a" * 100)])
    pair.put("other", b"1")
    pair.target.objects.put_container("parts", {})
    if theirs:
        info = ObjectInfo(name="p1", size_bytes=len(theirs), etag=md5(theirs), content_type="text/x")
        pair.target.objects.put("parts", info, [theirs])
    before = dict(pair.target.login.project.account.containers["parts"].objects)
    with pytest.raises(ConflictError) as caught:
        pair.copy()
    assert (caught.value.code, caught.value.facts["name"]) == (codes.NAME_TAKEN, "parts/p1")
    assert pair.target.login.project.account.containers["parts"].objects == before
    assert pair.same("other")


def test_segments_that_somebody_else_has_there_already_will_do(pair: ObjectPair) -> None:
    pair.large("film", [("parts", "p1", b"a" * 100), ("mine", "p2", b"b" * 10)])
    pair.target.objects.put_container("parts", {})
    info = ObjectInfo(name="p1", size_bytes=100, etag=md5(b"a" * 100), content_type="text/x")
    pair.target.objects.put("parts", info, [b"a" * 100])
    pair.copy()
    assert pair.same("film")
    assert pair.target.objects.container("parts").mark is None


def test_large_object_whose_manifest_text_differs_is_not_sent_again(pair: ObjectPair) -> None:
    """A real Swift writes times into the manifest: the listings' ETags differ though the objects are the same."""
    pair.large("film", [("box", "p1", b"a" * 10)])
    pair.copy()
    stored = pair.target.login.project.account.containers["box"].objects
    stored["film"] = with_fields(stored["film"], etag="0" * 32)
    assert pair.copy() == CopyStats(0, 0, 2, 0)


def test_a_large_object_whose_segment_the_source_has_lost_is_told_and_the_rest_goes_on(pair: ObjectPair) -> None:
    """Nobody can read it at the source either: that is no failure of the copy, and not its loss."""
    pair.large("film", [("parts", "p1", b"a" * 10)])
    pair.put("dangling", b"", x_object_manifest="parts/nothing/")
    pair.put("other", b"1")
    pair.source.objects.delete("parts", "p1")
    assert pair.copy() == CopyStats(objects=2, bytes=1, lost=2)
    assert pair.same("other")
    assert {row.name: row.skip_reason for row in pair.rows()} == {"dangling": "lost", "film": "lost", "other": ""}


def test_dynamic_large_object_is_copied_as_its_manifest(pair: ObjectPair) -> None:
    for part in ("film/1", "film/2"):
        pair.put(part, part.encode())
    pair.put("film", b"", x_object_manifest="box/film/")
    pair.copy()
    stored = pair.target.login.project.account.containers["box"].objects["film"]
    assert (stored.data, stored.headers) == (b"", {"x-object-manifest": "box/film/"})
    assert pair.same("film")
    assert pair.copy() == CopyStats(0, 0, 3, 0)


# ---------------------------------------------------------------- what goes wrong


def test_other_bytes_than_the_etag_are_refused_by_the_target_and_the_rest_goes_on(pair: ObjectPair) -> None:
    for name in "abc":
        pair.put(name, name.encode())
    stored = pair.source.login.project.account.containers["box"].objects
    stored["b"] = with_fields(stored["b"], data=b"X")
    with pytest.raises(IntegrityError):
        pair.copy()
    assert [entry.name for entry in pair.target.objects.entries("box")] == ["a", "c"]
    assert pair.monitor.bytes_by_step["s"] == 2


def test_a_body_cut_short_is_asked_for_again(pair: ObjectPair) -> None:
    pair.put("a", bytes(3 << 20))
    pair.source.world.cut_next("box/a", 1 << 20)
    assert pair.copy() == CopyStats(1, 3 << 20, 0, 0)
    assert pair.monitor.bytes_by_step["s"] == 3 << 20


@pytest.mark.parametrize(
    "error", [TransientError(codes.CLOUD_UNAVAILABLE, what="x"), Refused(codes.BAD_REQUEST, what="x")]
)
def test_one_bad_object_does_not_hold_up_the_others(pair: ObjectPair, error: Exception) -> None:
    for name in "abc":
        pair.put(name, name.encode())
    pair.target.world.fail_next("PUT", "box/b", error, times=5)
    with pytest.raises(type(error)):
        pair.copy()
    assert [entry.name for entry in pair.target.objects.entries("box")] == ["a", "c"]
    if isinstance(error, TransientError):
        assert pair.copy() == CopyStats(1, 1, 2, 0)


def test_many_failures_end_the_pass(pair: ObjectPair) -> None:
    for index in range(100):
        pair.put(f"{index:03d}", b"1")
    pair.target.world.fail_next("PUT", "box/", Refused(codes.BAD_REQUEST, what="x"), times=1000)
    with pytest.raises(Refused):
        pair.copy(workers=2)
    assert pair.requests(pair.target, "PUT") <= 1 + MAX_FAILURES + 2


@pytest.mark.parametrize(
    "error", [QuotaExceeded(codes.QUOTA_EXCEEDED, resource="x"), LeaseLost(codes.CLAIM_LOST, step="s")]
)
def test_some_errors_end_it_at_once(pair: ObjectPair, error: Exception) -> None:
    for index in range(100):
        pair.put(f"{index:03d}", b"1")
    pair.target.world.fail_next("PUT", "box/", error, times=1000)
    with pytest.raises(type(error)):
        pair.copy(workers=2)
    assert pair.requests(pair.target, "PUT") <= 5


def test_lease_lost_before_a_write(pair: ObjectPair) -> None:
    pair.put("a", b"1")

    def check_running() -> None:
        raise LeaseLost(codes.CLAIM_LOST, step="s")

    pair.check_running = check_running
    with pytest.raises(LeaseLost):
        pair.copy()
    assert pair.requests(pair.target, "PUT") == 0


def test_stop_finishes_what_is_in_flight_and_a_rerun_goes_on(pair: ObjectPair) -> None:
    for index in range(50):
        pair.put(f"{index:03d}", b"1")
    asked: list[int] = []

    def check_running() -> None:
        asked.append(1)
        if len(asked) == 10:
            pair.stop.set()

    pair.check_running = check_running
    with pytest.raises(Cancelled):
        pair.copy()
    done = pair.target.objects.container("box").objects
    assert 9 <= done <= 14
    pair.stop = StopFlag()
    assert pair.copy() == CopyStats(50 - done, 50 - done, done, 0)


@pytest.mark.parametrize("mark", [None, "decamp-m-89abcdef-" + name_id("box"), "something"])
def test_somebody_elses_container_is_left_alone(pair: ObjectPair, mark: str | None) -> None:
    pair.put("a", b"1")
    pair.target.objects.put_container("box", {"x-container-meta-decamp-mark": mark} if mark else {})
    with pytest.raises(ConflictError):
        pair.copy()
    assert list(pair.target.objects.entries("box")) == []
