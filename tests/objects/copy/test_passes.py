"""Passes over a container: what a kill leaves, what has changed since, and what is no plain object."""

import logging
import random
from pathlib import Path

import pytest
from msgspec.structs import replace

from migrate.clouds.ports import ObjectInfo
from migrate.errors import ConflictError, IntegrityError, LeaseLost, TransientError
from migrate.messages import codes
from migrate.objects.copy import copy_container as objects_module
from migrate.objects.copy.counters import CopyStats
from migrate.objects.copy.target_container import set_last
from migrate.objects.listing import row_files as folder_module
from tests.objects.copy.object_pair import MARK, ObjectPair, asked, md5

KEYS = {"x-container-meta-temp-url-key": "geheim-1", "x-container-sync-key": "geheim-2"}


@pytest.fixture
def small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder_module, "LISTING_PAGE", 10)
    monkeypatch.setattr(objects_module, "LISTING_PAGE", 10)


def kill_after(pair: ObjectPair, writes: int, **options: bool) -> None:
    """The process dies at that write: nothing is recorded of what is in flight, and nothing is tidied up."""
    left = [writes]

    def check_running() -> None:
        left[0] -= 1
        if left[0] < 0:
            raise LeaseLost(codes.CLAIM_LOST, step="s")

    pair.check_running = check_running
    with pytest.raises(LeaseLost):
        pair.copy(workers=1, **options)
    pair.check_running = lambda: None


# ---------------------------------------------------------------- kills and shards


@pytest.mark.usefixtures("small_shards")
@pytest.mark.parametrize("writes", [1, 2, 7, 11, 12, 25, 34, 35])
def test_killed_at_any_write_no_more_than_one_object_is_sent_again(pair: ObjectPair, writes: int) -> None:
    for index in range(35):
        pair.put(f"{index:03d}", b"x" * 10, x_object_meta_n=str(index))
    if writes < 36:
        kill_after(pair, writes)
    pair.forget_requests()
    stats = pair.copy(workers=1)
    assert stats.objects + stats.skipped == 35
    assert asked(pair.target)["PUT"] <= 35 - (writes - 1) + 1
    assert len(pair.there()) == 35 and all(pair.same(name) for name in pair.there())
    assert [row.name for row in pair.rows()] == pair.there()
    assert not list(pair.root.rglob("*.log"))
    pair.forget_requests()
    assert pair.copy() == CopyStats(skipped=35)
    assert asked(pair.target)["PUT"] == 0


@pytest.mark.usefixtures("small_shards")
def test_without_its_rows_a_copy_looks_at_every_object_and_sends_none(pair: ObjectPair) -> None:
    """The workspace is lost, the target is not."""
    for index in range(25):
        pair.put(f"{index:03d}", b"x", x_object_meta_n=str(index))
    pair.copy()
    pair.root = pair.root / "elsewhere"
    pair.forget_requests()
    assert pair.copy() == CopyStats(skipped=25)
    assert asked(pair.target)["PUT"] == 0
    assert {row.name: row.headers for row in pair.rows()}["007"] == {"x-object-meta-n": "7"}


@pytest.mark.usefixtures("small_shards")
@pytest.mark.parametrize("seed", range(6))
def test_a_container_that_is_written_to_between_kills_ends_as_the_source(pair: ObjectPair, seed: int) -> None:
    chance = random.Random(seed)
    names = [f"{chance.randrange(10**6):06d}" for _ in range(60)]
    for round_ in range(6):
        for name in chance.sample(names, 25):
            if chance.random() < 0.25:
                pair.source.objects.delete("box", name)
            else:
                pair.put(name, chance.choice([b"a", b"bb"]), x_object_meta_n=str(chance.randrange(2)))
        if round_ < 5:
            try:
                kill_after(pair, chance.randrange(1, 15))
            except pytest.fail.Exception:
                continue  # fewer writes were left than it was to die after
    pair.check_running = lambda: None
    pair.copy()
    now = [entry.name for entry in pair.source.objects.entries("box")]
    assert all(pair.same(name) for name in now)
    gone = set(pair.there()) - set(now)
    assert {row.name for row in pair.rows() if row.skip_reason == "gone"} == gone


@pytest.mark.usefixtures("small_shards")
def test_names_that_came_between_two_passes_are_found_wherever_they_fall(pair: ObjectPair) -> None:
    for index in range(0, 100, 5):
        pair.put(f"{index:03d}", b"x")
    pair.copy()
    for index in range(100):
        pair.put(f"{index:03d}~", b"y")
    assert pair.copy() == CopyStats(objects=100, bytes=100, skipped=20)
    assert [row.name for row in pair.rows()] == pair.there()
    assert len(list(pair.root.rglob("*.rows.gz"))) >= 12
    pair.forget_requests()
    assert pair.copy() == CopyStats(skipped=120)


# ---------------------------------------------------------------- what has changed


def test_what_is_gone_at_the_source_is_listed_and_left_at_the_target(pair: ObjectPair) -> None:
    for name in "abc":
        pair.put(name, b"1")
    pair.copy()
    pair.source.objects.delete("box", "b")
    for _ in range(2):
        assert pair.copy() == CopyStats(skipped=2, gone=1)
        assert pair.there() == ["a", "b", "c"]
        assert pair.seal().skipped_by_reason == {"gone": 1}
    pair.target.objects.delete("box", "b")
    pair.copy()
    assert pair.seal().skipped_by_reason == {}


def test_what_the_target_alone_has_is_counted_and_left_alone(pair: ObjectPair) -> None:
    pair.put("a", b"1")
    pair.copy()
    info = ObjectInfo(name="theirs", size_bytes=1, etag=md5(b"2"), content_type="x/y")
    pair.target.objects.put("box", info, [b"2"])
    assert pair.copy() == CopyStats(skipped=1, extra=1)
    assert (pair.seal().extra, pair.seal().extra_names) == (1, ("theirs",))


def test_an_object_that_the_target_does_not_list_yet_is_not_sent_again(pair: ObjectPair) -> None:
    for name in "abc":
        pair.put(name, b"1")
    pair.copy()
    entries = pair.target.objects.entries

    def late(*args: str, **kwargs: str) -> list[object]:
        return [entry for entry in entries(*args, **kwargs) if entry.name != "b"]

    pair.target.objects.entries = late  # type: ignore[assignment,method-assign]
    pair.forget_requests()
    assert pair.copy() == CopyStats(skipped=3)
    assert asked(pair.target)["PUT"] == 0


@pytest.mark.parametrize("times", [1, 2])
def test_a_body_that_the_target_refuses_is_read_again(pair: ObjectPair, times: int) -> None:
    """A bit that was turned on the way is the network's, not the object's."""
    pair.put("a", b"12345")
    pair.target.world.fail_next("PUT", "box/a", IntegrityError(codes.BYTES_DIFFER, what="a"), times=times)
    assert pair.copy() == CopyStats(objects=1, bytes=5)
    assert pair.same("a")


def test_damage_and_broken_bodies_do_not_multiply_the_tries_of_an_object(pair: ObjectPair) -> None:
    pair.put("a", b"12345")
    for _ in range(10):
        pair.target.world.fail_next("PUT", "box/a", IntegrityError(codes.BYTES_DIFFER, what="a"))
        pair.target.world.fail_next("PUT", "box/a", TransientError(codes.CLOUD_UNAVAILABLE, what="a"))
    with pytest.raises(IntegrityError):
        pair.copy()
    assert sum(1 for method, _, path in pair.target.world.log if method == "PUT" and path.endswith("box/a")) == 5


# ---------------------------------------------------------------- containers


HEADERS = {
    "x-container-meta-owner": "archive",
    "x-container-meta-access-control-allow-origin": "*",
    "x-container-meta-temp-url-key": "",
    "x-container-meta-web-index": "index.html",
    "x-container-meta-quota-bytes": "10",
    "x-container-meta-quota-count": "1",
    "x-container-read": ".r:*",
    "x-container-write": "a:b",
    "x-versions-location": "old",
    "x-history-location": "older",
    "x-versions-enabled": "True",
    "x-container-sync-to": "//realm/old/AUTH_x/c",
    "x-container-sync-key": "",
}
LATE = {
    "x-container-meta-quota-bytes",
    "x-container-meta-quota-count",
    "x-container-read",
    "x-container-write",
    "x-versions-location",
    "x-history-location",
    "x-versions-enabled",
}


def test_what_acts_on_writes_or_lets_people_in_is_set_last() -> None:
    assert set_last(HEADERS).keys() == LATE


def test_headers_that_act_on_writes_are_set_when_the_objects_are_there(pair: ObjectPair) -> None:
    quota = {"x-container-meta-quota-bytes": "1", "x-container-read": ".r:*", "x-container-meta-a": "b"}
    pair.put("a", b"12345")
    pair.source.objects.put_container("box", quota)
    pair.copy()
    assert pair.same("a")
    made = pair.target.objects.container("box")
    assert (made.headers, made.mark) == (quota, MARK)
    pair.forget_requests()
    pair.copy()
    assert asked(pair.target)["PUT"] == 0


def test_keys_that_sign_are_copied_and_never_written_down(pair: ObjectPair, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    pair.source.objects.put_container("box", KEYS)
    pair.put("a", b"1")
    pair.copy()
    assert pair.target.objects.signing_keys("box") == KEYS
    kept = b"".join(path.read_bytes() for path in pair.root.rglob("*") if path.is_file())
    assert b"geheim" not in kept and "geheim" not in caplog.text
    assert "geheim" not in str(pair.rows()) + str(pair.seal())


# ---------------------------------------------------------------- links


def test_links_stay_links(pair: ObjectPair) -> None:
    pair.put("b", b"", x_symlink_target="box/nothing", x_object_meta_n="1")
    pair.put("z", b"zz")
    put_link(pair, "fixed", {"x-symlink-target": "box/z", "x-symlink-target-etag": md5(b"zz")})
    assert pair.copy(workers=1) == CopyStats(objects=3, bytes=2, skipped=1)  # z was brought
    for name in ("b", "fixed"):
        assert pair.same(name), name
    assert pair.target.objects.head("box", "fixed").headers["x-symlink-target-etag"] == md5(b"zz")
    assert pair.copy() == CopyStats(skipped=3)


def put_link(pair: ObjectPair, name: str, headers: dict[str, str]) -> None:
    info = ObjectInfo(name=name, size_bytes=0, etag=md5(b""), content_type="x/y", headers=headers)
    pair.source.objects.put("box", info, [])


def test_a_link_names_its_own_account_at_the_target_by_no_name(pair: ObjectPair) -> None:
    pair.put("z", b"zz")
    put_link(pair, "mine", {"x-symlink-target": "box/z", "x-symlink-target-account": "AUTH_me"})
    put_link(pair, "theirs", {"x-symlink-target": "box/z", "x-symlink-target-account": "AUTH_them"})
    assert pair.copy(project="me") == CopyStats(objects=2, bytes=2, left=1)
    assert pair.target.objects.head("box", "mine").headers == {"x-symlink-target": "box/z"}
    assert pair.there() == ["mine", "z"]
    assert pair.seal().skipped_by_reason == {"foreign-link": 1}
    assert pair.copy(project="me").left == 1


# ---------------------------------------------------------------- versions


def history(pair: ObjectPair, cloud: str = "target") -> list[tuple[str, int, bool]]:
    objects = (pair.target if cloud == "target" else pair.source).objects
    return [(v.name, v.size_bytes, v.is_delete_marker) for v in objects.versions("box")]


def test_the_history_of_objects_is_moved_in_its_order(pair: ObjectPair) -> None:
    pair.source.objects.put_container("box", {"x-versions-enabled": "true"})
    for size in (1, 2, 3):
        pair.put("a", b"x" * size, x_object_meta_n=str(size))
    pair.put("b", b"once")
    pair.put("deleted", b"12345")
    pair.source.objects.delete("box", "deleted")
    kill_after(pair, 4, history=True)
    pair.copy(history=True)
    assert history(pair) == history(pair, "source")
    assert pair.there() == ["a", "b"] and pair.same("a") and pair.same("b")
    before = history(pair)
    pair.copy(history=True)
    assert history(pair) == before
    pair.put("a", b"x" * 4)
    pair.copy(history=True)
    assert history(pair) == history(pair, "source")


def test_another_history_at_the_target_is_a_conflict(pair: ObjectPair) -> None:
    pair.source.objects.put_container("box", {"x-versions-enabled": "true"})
    for size in (1, 2):
        pair.put("a", b"x" * size)
    pair.target.objects.put_container("box", {"x-versions-enabled": "true", "x-container-meta-decamp-mark": MARK})
    theirs = ObjectInfo(name="a", size_bytes=1, etag=md5(b"y"), content_type="x/y")
    pair.target.objects.put("box", theirs, [b"y"])
    with pytest.raises(ConflictError):
        pair.copy(history=True)
    assert history(pair) == [("a", 1, False)]


def test_without_history_what_is_current_is_moved_and_the_container_keeps_versions_from_then_on(
    pair: ObjectPair,
) -> None:
    pair.source.objects.put_container("box", {"x-versions-enabled": "true"})
    for size in (1, 2):
        pair.put("a", b"x" * size)
    pair.copy()
    assert pair.same("a")
    assert pair.target.objects.container("box").headers["x-versions-enabled"].lower() == "true"
    assert len(history(pair)) == 1


def test_the_rows_are_found_where_they_are_said_to_be(pair: ObjectPair, tmp_path: Path) -> None:
    pair.put("a", b"1")
    pair.copy()
    assert {path.name for path in (tmp_path / "objects/box").iterdir()} == {
        "00001.rows.gz",
        "pass.json",
        "settings.json",
    }
    assert replace(pair.rows()[0], last_modified="").headers == {}


def test_what_went_between_its_listing_and_its_reading_is_still_known_for_ours(pair: ObjectPair) -> None:
    pair.put("a", b"1")
    pair.copy()
    pair.put("a", b"22")
    listed = list(pair.source.objects.entries("box"))
    pair.source.objects.delete("box", "a")
    entries = pair.source.objects.entries
    pair.source.objects.entries = lambda *_, **__: iter(listed)  # type: ignore[method-assign]
    assert pair.copy() == CopyStats(gone=1)
    assert pair.seal().skipped_by_reason == {"gone": 1}
    pair.source.objects.entries = entries  # type: ignore[method-assign]
    pair.put("a", b"333")
    assert pair.copy() == CopyStats(objects=1, bytes=3)
    assert pair.same("a")
