"""Copies of containers where something is damaged, has changed since, or is called like something else."""

import json
import time
from dataclasses import replace as with_fields
from typing import Any

import pytest

from migrate.clouds.ports import ObjectInfo, Segment
from migrate.demo.memory.account_state import StoredContainer
from migrate.errors import ConflictError, LeaseLost, NotFound
from migrate.messages import codes
from migrate.model import ObjectEntry
from migrate.objects.copy import copy_container as objects_module
from migrate.objects.copy.counters import CopyStats
from migrate.objects.listing import row_files as folder_module
from migrate.verify.compare_objects import verify_container
from tests.objects.copy.object_pair import ObjectPair, md5

EMPTY = md5(b"")


def source_box(pair: ObjectPair, name: str = "box") -> StoredContainer:
    return pair.source.login.project.account.containers[name]


def put_link(pair: ObjectPair, name: str, **headers: str) -> None:
    named = {key.replace("_", "-"): value for key, value in headers.items()}
    info = ObjectInfo(name=name, size_bytes=0, etag=EMPTY, content_type="x/y", headers=named)
    pair.source.objects.put("box", info, [])


def theirs(pair: ObjectPair, name: str, data: bytes, container: str = "box") -> None:
    info = ObjectInfo(name=name, size_bytes=len(data), etag=md5(data), content_type="text/x")
    pair.target.objects.put(container, info, [data])


def manifest(pair: ObjectPair, name: str, *segments: Segment, **headers: str) -> None:
    named = {key.replace("_", "-"): value for key, value in headers.items()}
    info = ObjectInfo(name=name, size_bytes=0, etag="", content_type="video/x", headers=named, segments=tuple(segments))
    pair.source.objects.put_manifest("box", info)


def post(pair: ObjectPair, name: str, **headers: str) -> None:
    """A POST: metadata alone, and the time of the listing; no new version."""
    box = source_box(pair)
    named = {key.replace("_", "-"): value for key, value in headers.items()}
    fresh = with_fields(box.objects[name], headers=named, stamp=f"2999-01-01T00:00:{time.monotonic():.6f}")
    if name in box.history:
        box.history[name] = [fresh if one.version_id == fresh.version_id else one for one in box.history[name]]
    box.objects[name] = fresh


def dies_at(pair: ObjectPair, write: int, **options: Any) -> None:
    left = [write]

    def check_running() -> None:
        left[0] -= 1
        if left[0] < 0:
            raise LeaseLost(codes.CLAIM_LOST, step="s")

    pair.check_running = check_running
    with pytest.raises(LeaseLost):
        pair.copy(workers=1, **options)
    pair.check_running = lambda: None


def differences(pair: ObjectPair, name: str = "box") -> tuple[str, ...]:
    headers = pair.source.objects.container(name).headers
    folder = pair.root / "objects" / name
    return verify_container(pair.target.objects, name, folder, headers=headers, sample=1.0).differences


# ---------------------------------------------------------------- segments that are brought


def test_a_segment_whose_metadata_changed_after_it_was_brought_is_not_taken_as_copied(
    pair: ObjectPair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The source's listing of the later range is younger than what was brought: its word counts."""
    monkeypatch.setattr(folder_module, "LISTING_PAGE", 2)
    monkeypatch.setattr(objects_module, "LISTING_PAGE", 2)
    monkeypatch.setattr(objects_module, "SHARDS_AT_ONCE", 1)
    pair.put("p", b"x" * 10, x_object_meta_v="1")
    for name in ("a", "b", "c", "d"):
        pair.put(name, b"1")
    manifest(pair, "aa", Segment(container="box", name="p", size_bytes=10, etag=md5(b"x" * 10)))
    pair.copy()
    pair.root = pair.root / "other"
    for name in pair.there():
        pair.target.objects.delete("box", name)
    # Now page by page: `aa` brings `p`, whose metadata change before its own page is listed.
    real = pair.source.objects.entries

    def paged(*args: str, **kwargs: str) -> Any:
        for entry in list(real(*args, **kwargs)):
            if entry.name == "p":
                wait_for(lambda: "p" in pair.there())
                post(pair, "p", x_object_meta_v="2")
                entry = next(one for one in real("box", marker="o") if one.name == "p")
            yield entry

    pair.source.objects.entries = paged  # type: ignore[method-assign]
    pair.copy(workers=1)
    pair.source.objects.entries = real  # type: ignore[method-assign]
    pair.copy()
    assert pair.target.objects.head("box", "p").headers == {"x-object-meta-v": "2"}


def wait_for(done: Any) -> None:
    until = time.monotonic() + 60
    while not done():
        assert time.monotonic() < until, "it never comes"
        time.sleep(0.01)


def test_what_was_brought_and_changed_since_a_kill_is_known_for_ours(pair: ObjectPair) -> None:
    pair.large("film", [("box", "p1", b"a" * 10), ("box", "p2", b"b" * 10)])
    dies_at(pair, 3)  # the container, the manifest, p1; dead before p2
    assert pair.there() == ["p1"]
    pair.large("film", [("box", "p1", b"c" * 11), ("box", "p2", b"b" * 10)])
    pair.copy()
    assert pair.same("p1") and pair.same("film")


def test_what_was_brought_to_another_container_and_changed_since_is_known_for_ours(pair: ObjectPair) -> None:
    pair.large("film", [("parts", "p1", b"a" * 10)])
    pair.copy()
    pair.large("film", [("parts", "p1", b"c" * 11)])
    pair.copy("parts")
    pair.copy()
    assert pair.same("p1", "parts") and pair.same("film")


def test_a_segments_stranger_in_our_container_is_not_written_over(pair: ObjectPair) -> None:
    """The target is in use already: what lies there under the segment's name is the only copy of something else."""
    pair.large("film", [("box", "p1", b"a" * 10)])
    pair.copy()
    theirs(pair, "p1", b"somebody's own")
    post(pair, "film", x_object_meta_a="2")
    with pytest.raises(ConflictError):
        pair.copy()
    with pair.target.objects.get("box", "p1") as (_, chunks):
        assert b"".join(chunks) == b"somebody's own"


def test_a_large_object_that_names_itself_is_lost_and_the_rest_goes_on(pair: ObjectPair) -> None:
    pair.put("film", b"a" * 10)
    pair.put("other", b"1")
    manifest(pair, "film", Segment(container="box", name="film", size_bytes=10, etag=md5(b"a" * 10)))
    stats = pair.copy()
    assert (stats.lost, pair.same("other")) == (1, True)
    assert {row.name: row.skip_reason for row in pair.rows()} == {"film": "lost", "other": ""}


def test_a_large_object_whose_segment_was_written_over_is_lost_and_the_rest_goes_on(pair: ObjectPair) -> None:
    """The source answers 409 to whoever reads it."""
    pair.large("film", [("parts", "p1", b"a" * 10)])
    pair.put("p1", b"other bytes", "parts")
    pair.put("other", b"1")
    assert pair.copy().lost == 1
    assert pair.same("other")
    assert {row.name: row.skip_reason for row in pair.rows()} == {"film": "lost", "other": ""}
    pair.copy("parts")
    assert pair.copy().lost == 1


def test_a_large_object_whose_segments_container_is_gone_is_lost(pair: ObjectPair) -> None:
    pair.large("film", [("parts", "p1", b"a" * 10)])
    pair.put("other", b"1")
    del pair.source.login.project.account.containers["parts"]
    assert pair.copy().lost == 1
    assert {row.name: row.skip_reason for row in pair.rows()} == {"film": "lost", "other": ""}


def test_a_dynamic_large_object_without_segments_is_lost_in_every_pass(pair: ObjectPair) -> None:
    pair.put("dangling", b"", x_object_manifest="parts/nothing/")
    for _ in range(3):
        assert pair.copy().lost == 1
        assert pair.seal().skipped_by_reason == {"lost": 1}


def test_what_was_brought_is_not_remembered_for_ever(pair: ObjectPair) -> None:
    """A million segments would be a gigabyte."""
    from migrate.objects.copy import copy_object

    made: list[copy_object.Sender] = []
    real = copy_object.Sender.__init__

    def init(self: copy_object.Sender, *args: Any, **kwargs: Any) -> None:
        real(self, *args, **kwargs)
        made.append(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(copy_object.Sender, "__init__", init)
        pair.large("film", [("parts", f"p{index}", b"a" * index) for index in range(1, 20)])
        pair.large("more", [("box", f"q{index}", b"a" * index) for index in range(1, 20)])
        pair.copy(workers=1)
    assert not made[0].brought


# ---------------------------------------------------------------- links


def test_a_fixed_link_to_a_fixed_link_is_copied_in_one_pass(pair: ObjectPair) -> None:
    pair.put("z", b"zz")
    put_link(pair, "b", x_symlink_target="box/z", x_symlink_target_etag=md5(b"zz"))
    put_link(pair, "a", x_symlink_target="box/b", x_symlink_target_etag=EMPTY)
    pair.copy(workers=1)
    assert all(pair.same(name) for name in "abz")


def test_a_link_that_is_brought_names_no_account_either(pair: ObjectPair) -> None:
    pair.put("z", b"zz")
    put_link(pair, "b", x_symlink_target="box/z", x_symlink_target_account="AUTH_me")
    put_link(pair, "a", x_symlink_target="box/b", x_symlink_target_etag=EMPTY)
    pair.copy(workers=1, project="me")
    assert pair.target.objects.head("box", "b").headers == {"x-symlink-target": "box/z"}


def test_a_fixed_link_whose_target_was_written_over_is_lost_and_the_rest_goes_on(pair: ObjectPair) -> None:
    """The source answers 409 to whoever reads it; a target refuses it."""
    pair.put("z", b"zz")
    put_link(pair, "fixed", x_symlink_target="box/z", x_symlink_target_etag=md5(b"zz"))
    pair.put("z", b"another")
    assert pair.copy().lost == 1
    assert {row.name: row.skip_reason for row in pair.rows()} == {"fixed": "lost", "z": ""}
    assert pair.copy().lost == 1


def test_a_fixed_link_to_what_has_changed_since_the_last_pass_is_copied_in_one_pass(pair: ObjectPair) -> None:
    pair.put("z", b"zz")
    put_link(pair, "fixed", x_symlink_target="box/z", x_symlink_target_etag=md5(b"zz"))
    pair.copy(workers=1)
    pair.put("z", b"another")
    put_link(pair, "fixed", x_symlink_target="box/z", x_symlink_target_etag=md5(b"another"))
    pair.copy(workers=1)
    assert pair.same("z") and pair.same("fixed")


def test_a_loop_of_fixed_links_does_not_end_the_pass(pair: ObjectPair) -> None:
    put_link(pair, "a", x_symlink_target="box/b")
    put_link(pair, "b", x_symlink_target="box/a", x_symlink_target_etag=EMPTY)
    box = source_box(pair)
    box.objects["a"] = with_fields(
        box.objects["a"], headers={"x-symlink-target": "box/b", "x-symlink-target-etag": EMPTY}
    )
    pair.put("other", b"1")
    assert pair.copy().lost == 2
    assert pair.same("other")


# ---------------------------------------------------------------- rows


def test_a_log_of_an_older_pass_does_not_hide_what_a_finished_shard_says(pair: ObjectPair) -> None:
    """Two kills: the log of the first one is older than the rows that the second pass has finished."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(folder_module, "LISTING_PAGE", 2)
        patch.setattr(objects_module, "LISTING_PAGE", 2)
        patch.setattr(objects_module, "SHARDS_AT_ONCE", 1)
        for name in ("a", "b", "c", "d"):
            pair.put(name, b"1")
        dies_at(pair, 2)  # the container and `a`
        pair.put("a", b"22")
        dies_at(pair, 3)  # the first shard is finished, and so is `c`
        assert [path.name for path in pair.root.rglob("*.log")]
        pair.put("a", b"333")
        pair.copy()
    assert pair.same("a")


def test_what_vanishes_between_listing_and_reading_stays_known_for_ours(pair: ObjectPair) -> None:
    pair.put("a", b"1")
    pair.copy()
    pair.put("a", b"22")
    real = pair.source.objects.entries

    def entries(*args: str, **kwargs: str) -> list[ObjectEntry]:
        found = list(real(*args, **kwargs))
        pair.source.objects.delete("box", "a")
        return found

    pair.source.objects.entries = entries  # type: ignore[assignment,method-assign]
    pair.copy()
    pair.source.objects.entries = real  # type: ignore[method-assign]
    assert pair.seal().skipped_by_reason == {"gone": 1}
    (line,) = [json.loads(line) for path in pair.root.rglob("vanished.jsonl") for line in path.read_text().splitlines()]
    assert (line["name"], line["there"]) == ("a", "kept"), "it is named, and what is there is of the pass before"
    pair.put("a", b"333")
    pair.copy()
    assert pair.same("a")


@pytest.mark.parametrize("header", ["x_object_meta_city", "content_disposition"])
def test_headers_that_are_no_utf8_are_copied_and_written_down(pair: ObjectPair, header: str) -> None:
    """Latin-1, as old clients sent it; Swift takes it, and it is read as surrogates."""
    value = b"attachment; filename=caf\xe9".decode("utf-8", "surrogateescape")
    pair.put("a", b"1", **{header: value})
    pair.put("b", b"1")
    pair.copy()
    assert pair.same("a") and pair.same("b")
    assert pair.rows()[0].headers == {header.replace("_", "-"): value}
    assert differences(pair) == ()
    post(pair, "a", **{header: value})
    pair.copy()
    assert pair.copy() == CopyStats(skipped=2)
    theirs(pair, "a", b"1")
    assert len(differences(pair)) == 1


def test_what_is_there_of_an_object_that_is_lost_since_stays_known_for_ours(pair: ObjectPair) -> None:
    pair.put("a", b"1")
    pair.copy()
    pair.put("s", b"22")
    manifest(pair, "a", Segment(container="box", name="s", size_bytes=2, etag=md5(b"22")))
    pair.source.objects.delete("box", "s")
    assert pair.copy().lost == 1
    pair.put("a", b"333")
    pair.copy()
    assert pair.same("a")


# ---------------------------------------------------------------- versions


def test_an_old_version_that_has_expired_does_not_hold_up_its_container(pair: ObjectPair) -> None:
    pair.source.objects.put_container("box", {"x-versions-enabled": "true"})
    pair.put("a", b"1", x_delete_at=str(int(time.time()) + 1000))
    pair.put("a", b"22")
    pair.put("a", b"333")
    box = source_box(pair)
    box.history["a"][0] = with_fields(box.history["a"][0], headers={"x-delete-at": "1"})
    for _ in range(2):
        pair.copy(history=True)
        assert [version.size_bytes for version in pair.target.objects.versions("box")] == [3, 2]


def test_an_old_version_whose_segments_are_gone_does_not_hold_up_its_container(pair: ObjectPair) -> None:
    """Segments of versions that nobody needs any more are what people delete first."""
    pair.source.objects.put_container("box", {"x-versions-enabled": "true"})
    pair.large("film", [("parts", "p1", b"a" * 10)])
    pair.large("film", [("parts", "p2", b"b" * 11)])
    pair.source.objects.delete("parts", "p1")
    for _ in range(2):
        pair.copy(history=True)
        assert [version.size_bytes for version in pair.target.objects.versions("box")] == [11]
    assert pair.same("film")


def test_metadata_that_changed_between_passes_do_not_make_our_own_history_a_conflict(pair: ObjectPair) -> None:
    pair.source.objects.put_container("box", {"x-versions-enabled": "true"})
    for size in (1, 2):
        pair.put("a", b"x" * size)
    pair.copy(history=True)
    post(pair, "a", x_object_meta_n="2")
    for _ in range(2):
        pair.copy(history=True)
        assert pair.same("a")


def test_an_old_version_that_is_a_link_into_another_account_is_not_turned_into_one_of_this(pair: ObjectPair) -> None:
    pair.source.objects.put_container("box", {"x-versions-enabled": "true"})
    put_link(pair, "a", x_symlink_target="box/z", x_symlink_target_account="AUTH_them")
    pair.put("a", b"22")
    for _ in range(2):
        pair.copy(history=True, project="me")
        assert [version.size_bytes for version in pair.target.objects.versions("box")] == [2]


# ---------------------------------------------------------------- what is not mended


def test_what_the_source_lists_and_does_not_give_is_told_by_a_row(pair: ObjectPair) -> None:
    """A name that is listed and answers 404 (a replica that is away) must not be missing from the evidence."""
    pair.put("a", b"1")
    pair.put("b", b"1")
    missing = NotFound(codes.GONE, kind="object", id="box/a")
    pair.source.world.fail_next("GET", "box/a", missing)
    pair.source.world.fail_next("HEAD", "box/a", missing)
    assert pair.copy().gone == 1
    assert pair.seal().skipped_by_reason == {"gone": 1}
