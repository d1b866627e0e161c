"""The judge of objects, which is none of ours: what it must not overlook, on a real Swift."""

import json
from collections.abc import Callable, Iterator

import pytest

from tests.objects_bench.awkward import Item, build
from tests.objects_bench.judge import ADDED, CHANGED, KEPT, LOST, by_item, damage, judge
from tests.objects_bench.lab import ensure_tenant
from tests.objects_bench.raw import Account

pytestmark = [pytest.mark.lab, pytest.mark.full]

Found = tuple[str, str, str, str]


@pytest.fixture(scope="module")
def pair() -> Iterator[tuple[str, str, list[Item]]]:
    """The same awkward tenant on both clouds, each built by itself: as after a move that keeps everything."""
    source, target = ensure_tenant("source", "test-judge"), ensure_tenant("target", "test-judge")
    items = build(source)
    build(target)
    yield source, target, items
    for entry in (source, target):
        Account.of(entry).empty()


def test_a_tenant_that_was_built_twice_is_the_same_in_every_item(pair: tuple[str, str, list[Item]]) -> None:
    source, target, items = pair
    verdicts = judge(source, target)
    assert [str(verdict) for verdict in verdicts if verdict.verdict != KEPT] == []
    assert {verdict for _, verdict, _ in by_item(items, verdicts)} == {KEPT}


def again(account: Account, container: str, name: str, **headers: str) -> None:
    """Writes the object anew with other headers; a copy that forgot what is not given."""
    body = account.need("GET", container, name).body
    account.need("PUT", container, name, body=body, headers={"Content-Type": "application/octet-stream", **headers})


def manifest(account: Account, name: str, change: Callable[[list[dict[str, object]]], None]) -> None:
    rows = json.loads(account.need("GET", "large", name, query="multipart-manifest=get&format=raw").body)
    change(rows)
    account.need(
        "PUT", "large", name, query="multipart-manifest=put", body=json.dumps(rows).encode(),
        headers={"Content-Type": "video/mp4"},
    )  # fmt: skip


def flattened(account: Account) -> None:
    body = account.need("GET", "large", "across").body
    account.need("PUT", "large", "across", body=body, headers={"Content-Type": "video/mp4"})


def set_container(account: Account, container: str, header: str, value: str) -> None:
    account.need("POST", container, headers={header: value})


def flip(account: Account) -> set[Found]:
    """One thing of each kind; returns what a judge has to name, and all of it."""
    put, set_ = account.need, set_container
    again(account, "headers", "metadata", **{"X-Object-Meta-Colour": "grun", "X-Object-Meta-Ticket": "A-17"})
    for header in ("content-disposition", "cache-control", "content-language", "expires", "x-delete-at"):
        again(account, "headers", header)
    again(account, "headers", "empty", **{"X-Object-Meta-Mtime": "1"})
    body = put("GET", "headers", "packed.txt").body
    put("PUT", "headers", "packed.txt", body=body, headers={"Content-Type": "text/plain"})
    put("PUT", "types", "photo.jpg", body=put("GET", "types", "photo.jpg").body, headers={"Content-Type": "image/jpeg"})
    body = put("GET", "names", "a/b").body
    put("PUT", "names", "a/b", body=bytes([body[0] ^ 1]) + body[1:])
    put("DELETE", "names", "a//b")
    put("PUT", "names", "not of the source")
    flattened(account)
    manifest(account, "ranges", lambda rows: rows[0].update(range="0-998"))
    put("PUT", "large", "dynamic", headers={"X-Object-Manifest": "large_segments/fil", "Content-Type": "video/ogg",
                                            "X-Object-Meta-Reel": "un"})  # fmt: skip
    body = put("GET", "links", "end").body
    put("PUT", "links", "dynamic", body=body, headers={"Content-Type": "application/octet-stream",
                                                       "X-Object-Meta-Why": "alias"})  # fmt: skip
    again_link = {"X-Symlink-Target": "links/end", "Content-Type": "application/octet-stream"}
    put("PUT", "links", "static", headers=again_link)
    put("DELETE", "empty")
    set_(account, "set metadata", "X-Container-Meta-Team", "Zurich")
    set_(account, "set read ACL", "X-Remove-Container-Read", "x")
    set_(account, "set write ACL", "X-Container-Write", "*:somebody")
    set_(account, "set quota", "X-Container-Meta-Quota-Count", "5001")
    set_(account, "set CORS", "X-Remove-Container-Meta-Access-Control-Max-Age", "x")
    set_(account, "set web", "X-Container-Meta-Web-Index", "start.html")
    set_(account, "set signing keys", "X-Container-Meta-Temp-URL-Key", "another-key")
    set_(account, "old versions", "X-Remove-Versions-Location", "x")
    put("PUT", "versions", "letter", body=b"draft 2", headers={"X-Object-Meta-Draft": "2",
                                                               "Content-Type": "application/octet-stream"})  # fmt: skip
    first = [row for row in account.listing("versions", "&versions=true") if row["name"] == "gone"][-1]
    put("DELETE", "versions", "gone", query=f"version-id={first['version_id']}")
    return {
        ("headers", "metadata", "metadata", CHANGED),
        *(("headers", h, h, LOST) for h in ("content-disposition", "cache-control", "content-language", "expires")),
        ("headers", "x-delete-at", "x-delete-at", LOST),
        ("headers", "empty", "metadata", ADDED),
        ("headers", "packed.txt", "content-encoding", LOST),
        ("types", "photo.jpg", "content type", CHANGED),
        ("names", "a/b", "content", CHANGED),
        ("names", "a//b", "there", LOST),
        ("names", "not of the source", "there", ADDED),
        ("large", "across", "kind", CHANGED),
        ("large", "across", "leads to", CHANGED),
        ("large", "ranges", "leads to", CHANGED),
        ("large", "ranges", "content", CHANGED),
        ("large", "dynamic", "leads to", CHANGED),
        ("links", "dynamic", "kind", CHANGED),
        ("links", "dynamic", "leads to", CHANGED),
        ("links", "static", "leads to", CHANGED),
        ("empty", "", "there", LOST),
        ("set metadata", "", "metadata", CHANGED),
        ("set read ACL", "", "read ACL", LOST),
        ("set write ACL", "", "write ACL", CHANGED),
        ("set quota", "", "quota", CHANGED),
        ("set CORS", "", "CORS", CHANGED),
        ("set web", "", "web", CHANGED),
        ("set signing keys", "", "signing keys", CHANGED),
        ("old versions", "", "versioning", LOST),
        ("versions", "letter", "versions", CHANGED),
        ("versions", "letter", "versions", ADDED),
        ("versions", "gone", "versions", CHANGED),
    }


def test_one_flipped_thing_of_each_kind_is_named_and_nothing_else(pair: tuple[str, str, list[Item]]) -> None:
    source, target, items = pair
    expected = flip(Account.of(target))
    verdicts = judge(source, target)
    told = {(v.container, v.name, v.aspect, v.verdict) for v in verdicts if v.verdict != KEPT}
    # Of a thing that is not there every aspect is lost: that it is not there says it.
    gone = {(v.container, v.name) for v in verdicts if v.aspect == "there" and v.verdict == LOST}
    assert {row for row in told if row[:2] not in gone or row[2] == "there"} == expected
    assert {v[:3] for v in damage(verdicts)} >= {row[:3] for row in expected if row[3] != ADDED}

    rows = {row: verdict for row, verdict, _ in by_item(items, verdicts)}
    assert (rows["Content-Encoding: gzip"], rows["static large object"]) == (LOST, KEPT)
    assert rows["an empty container"] == LOST and rows["quotas"] == CHANGED


def test_no_verdict_shows_a_key_that_signs(pair: tuple[str, str, list[Item]]) -> None:
    source, target, _ = pair
    shown = "\n".join(str(verdict) for verdict in judge(source, target) if verdict.aspect == "signing keys")
    assert "temp-url-key" in shown
    assert "not-a-real-key" not in shown and "another-key" not in shown
