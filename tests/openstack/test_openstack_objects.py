"""Objects on Swift: which requests go out for what, and what the answers of new and old servers are taken for."""

import json
from collections.abc import Callable

import pytest

from migrate.clouds.guard import SourceGuard
from migrate.clouds.ports import LISTING_PAGE, ObjectInfo, ObjectStore, Segment
from migrate.errors import IntegrityError, NotFound, Refused, TransientError, Unsupported
from migrate.messages import codes
from migrate.model import Quota
from tests.openstack.fake_openstack import PROJECT, FakeServer, Open, Reply, Seen

ACCOUNT = f"/swift/v1/AUTH_{PROJECT}"
RAW = {"multipart-manifest": ["get"], "format": ["raw"], "symlink": ["get"]}


def info(name: str, data: bytes, etag: str = "", **headers: str) -> ObjectInfo:
    return ObjectInfo(name=name, size_bytes=len(data), etag=etag, content_type="text/plain", headers=headers)


@pytest.fixture
def store(open_shop: Open) -> ObjectStore:
    return open_shop(SourceGuard()).objects


# ---------------------------------------------------------------- what goes out


def test_a_body_that_differs_is_an_integrity_error(fake: FakeServer, open_shop: Open) -> None:
    fake.on(f"PUT {ACCOUNT}/.*", lambda seen: Reply(422 if seen.headers["etag"] == "0" * 32 else 201))
    with pytest.raises(IntegrityError) as caught:
        open_shop().objects.put("c", info("o", b"abc", "0" * 32), [b"abc"])
    assert caught.value.code == codes.BYTES_DIFFER


@pytest.mark.parametrize(
    ("name", "path"),
    [("a//b", "a//b"), ("/x", "/x"), ("../x", "%2E%2E/x"), ("é ?#%", "%C3%A9%20%3F%23%25"), ("d/", "d/")],
)
def test_names_go_out_byte_for_byte(fake: FakeServer, open_shop: Open, name: str, path: str) -> None:
    fake.on(f"PUT {ACCOUNT}/.*", Reply(201, b"", {"Etag": '"e"'}))
    assert open_shop().objects.put("c/d".replace("/", ""), info(name, b"abc"), [b"abc"]) == "e"
    assert fake.seen[-1].path == f"{ACCOUNT}/cd/{path}"


def test_a_small_body_goes_out_again_when_that_may_help(fake: FakeServer, open_shop: Open) -> None:
    fake.on(f"PUT {ACCOUNT}/c/o", Reply(503), Reply(201, b"", {"Etag": "e"}))
    assert open_shop().objects.put("c", info("o", b"abc"), iter([b"a", b"bc"])) == "e"
    assert [seen.body for seen in fake.calls("PUT .*")] == [b"abc", b"abc"]


def test_a_small_body_of_another_length_is_not_sent(fake: FakeServer, open_shop: Open) -> None:
    for sent in ([b"ab"], [b"ab", b"cd"]):
        with pytest.raises(IntegrityError):
            open_shop().objects.put("c", info("o", b"abc"), sent)
    assert fake.calls("PUT .*") == []


def test_keys_that_sign_go_round_what_writes_a_log(fake: FakeServer, open_shop: Open) -> None:
    fake.on(f"PUT {ACCOUNT}/c", Reply(201))
    open_shop().objects.put_container("c", {"X-Container-Meta-Temp-URL-Key": "sesame"})
    (seen,) = fake.calls("PUT .*")
    assert seen.headers["x-container-meta-temp-url-key"] == "sesame"
    assert "swiftclient" not in seen.headers["user-agent"]


def test_keys_that_sign_are_told_of_and_not_told(fake: FakeServer, store: ObjectStore) -> None:
    headers = {
        "X-Container-Meta-Temp-URL-Key": "secret",
        "X-Container-Sync-Key": "sync",
        "X-Container-Meta-Color": "blue",
        "X-Timestamp": "1",
    }
    fake.on(f"HEAD {ACCOUNT}/c", Reply(204, b"", headers))
    assert store.container("c").headers == {
        "x-container-meta-color": "blue",
        "x-container-meta-temp-url-key": "",
        "x-container-sync-key": "",
    }
    assert store.signing_keys("c") == {"x-container-meta-temp-url-key": "secret", "x-container-sync-key": "sync"}


def quota(part: str, limit: str, used: str) -> Reply:
    return Reply(204, b"", {f"X-{part}-Meta-Quota-Bytes": limit, f"X-{part}-Bytes-Used": used})


@pytest.mark.parametrize(
    ("account", "container", "free"),
    [
        (Reply(204), Reply(204), None),
        (Reply(403), Reply(404), None),
        (Reply(403), quota("Container", "100", "40"), 60),
        (quota("Account", "50", "40"), quota("Container", "100", "40"), 10),
        (quota("Account", "50", "60"), Reply(204), 0),
        (quota("Account", "much", "0"), Reply(204), None),
        (Reply(405), quota("Container", "100", "40"), 60),
    ],
)
def test_the_smaller_of_two_quotas_bounds_what_a_container_can_hold(
    fake: FakeServer, store: ObjectStore, account: Reply, container: Reply, free: int | None
) -> None:
    fake.on(f"HEAD {ACCOUNT}/", account)
    fake.on(f"HEAD {ACCOUNT}/c", container)
    assert store.free_bytes("c") == free


def test_the_quota_of_an_account_is_a_fact(fake: FakeServer, open_shop: Open) -> None:
    fake.on(f"HEAD {ACCOUNT}/", quota("Account", "1000", "40"))
    assert open_shop().objects.account_quota() == Quota(limit=1000, used=40)


def test_a_static_link_whose_target_is_not_there_is_refused(fake: FakeServer, open_shop: Open) -> None:
    fake.on(f"PUT {ACCOUNT}/c/link", Reply(409, b"X-Symlink-Target does not exist"))
    link = info("link", b"", **{"x-symlink-target": "c/o", "x-symlink-target-etag": "e"})
    with pytest.raises(Refused) as caught:
        open_shop().objects.put("c", link, [])
    assert caught.value.facts["status"] == 409


# ---------------------------------------------------------------- listings


def listing(
    count: int, *, page: int = LISTING_PAGE, told: int | None = -1, knows_end: bool = True
) -> Callable[[Seen], Reply]:
    """A container of so many names; `told`: what it says of their number, -1 for the truth."""
    names = [f"o/{i:06d}" for i in range(count)]

    def answer(seen: Seen) -> Reply:
        asked = {key: values[0] for key, values in seen.query.items()}
        assert asked["format"] == "json"
        if int(asked.get("limit", 0)) > page:
            return Reply(412, b"Maximum limit is " + str(page).encode())
        found = [name for name in names if name > asked.get("marker", "") and name.startswith(asked.get("prefix", ""))]
        if knows_end and "end_marker" in asked:
            found = [name for name in found if name < asked["end_marker"]]
        headers = {} if told is None else {"X-Container-Object-Count": str(count if told == -1 else told)}
        return Reply(200, [{"name": name, "bytes": 1, "hash": "h"} for name in found[:page]], headers)

    return answer


@pytest.mark.parametrize(
    ("count", "requests"), [(0, 1), (1, 1), (5000, 1), (9999, 1), (10_000, 1), (10_001, 2), (20_000, 2), (25_000, 3)]
)
def test_a_listing_takes_one_request_for_each_ten_thousand_names(
    fake: FakeServer, store: ObjectStore, count: int, requests: int
) -> None:
    fake.on(f"GET {ACCOUNT}/c", listing(count))
    assert sum(1 for _ in store.entries("c")) == count
    calls = fake.calls(f"GET {ACCOUNT}/c")
    assert len(calls) == requests
    assert {seen.query["limit"][0] for seen in calls} == {"10000"}


@pytest.mark.parametrize("knows_end", [True, False])
def test_a_page_out_of_the_middle_takes_one_request(fake: FakeServer, store: ObjectStore, knows_end: bool) -> None:
    fake.on(f"GET {ACCOUNT}/c", listing(25_000, knows_end=knows_end))
    found = [entry.name for entry in store.entries("c", marker="o/009999", until="o/019999")]
    assert (len(found), found[0], found[-1]) == (10_000, "o/010000", "o/019999")
    found = [entry.name for entry in store.entries("c", "o/", "o/000005", "o/000007")]
    assert found == ["o/000006", "o/000007"]
    assert len(fake.calls(f"GET {ACCOUNT}/c")) == 2


@pytest.mark.parametrize(("told", "requests"), [(None, 4), (250, 3), (90, 4), (240, 4), (260, 4)])
def test_a_short_page_is_an_end_only_when_the_count_says_so(
    fake: FakeServer, store: ObjectStore, told: int | None, requests: int
) -> None:
    """A server may give fewer names than it was asked for, and counts the names of a container in shards late."""
    short = listing(250, page=100, told=told)
    fake.on(f"GET {ACCOUNT}/c", lambda seen: short(_without_limit(seen)))
    assert len(list(store.entries("c"))) == 250
    assert len(fake.calls(f"GET {ACCOUNT}/c")) == requests


def _without_limit(seen: Seen) -> Seen:
    return Seen(seen.method, seen.path, {k: v for k, v in seen.query.items() if k != "limit"}, seen.headers, seen.body)


def test_part_of_a_container_ends_with_an_empty_page(fake: FakeServer, store: ObjectStore) -> None:
    """How many names are behind a marker or under a prefix, nobody tells."""
    fake.on(f"GET {ACCOUNT}/c", listing(30))
    assert len(list(store.entries("c", marker="o/000009"))) == 20
    assert len(fake.calls(f"GET {ACCOUNT}/c")) == 2
    assert len(list(store.entries("c", "o/00001"))) == 10
    assert len(fake.calls(f"GET {ACCOUNT}/c")) == 4


def test_a_cloud_with_smaller_pages_is_asked_for_no_number(fake: FakeServer, store: ObjectStore) -> None:
    fake.on(f"GET {ACCOUNT}/c", listing(250, page=100))
    for _ in range(2):
        assert len(list(store.entries("c"))) == 250
    assert ["limit" in seen.query for seen in fake.calls(f"GET {ACCOUNT}/c")] == [True] + [False] * 6


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, [{"name": "a", "bytes": 1, "hash": "h"}]),
        Reply(200, b"<html>"),
        Reply(200, b'[{"name": "a"', claimed_length=90),
    ],
)
def test_a_listing_that_goes_round_or_breaks_off(fake: FakeServer, store: ObjectStore, reply: Reply) -> None:
    fake.on(f"GET {ACCOUNT}/c", reply)
    with pytest.raises(TransientError):
        list(store.entries("c"))


def test_what_a_listing_shows_of_links_and_large_objects(fake: FakeServer, store: ObjectStore) -> None:
    rows = [
        {"name": "large", "bytes": 9, "hash": "m", "content_type": "a/b", "slo_etag": '"w"'},
        {"name": "link", "bytes": 0, "hash": "z", "symlink_path": "/v1/a/c/o", "symlink_bytes": 5},
        {"name": "old", "bytes": 0, "hash": "z", "content_type": None, "last_modified": "then"},
        {
            "name": "versioned",
            "bytes": 4,
            "hash": "h",
            "symlink_path": "/v1/a/c/o?version-id=1",
            "version_symlink": True,
        },
    ]
    fake.on(f"GET {ACCOUNT}/c", Reply(200, rows, {"X-Container-Object-Count": "4"}))
    assert [(e.name, e.etag, e.slo_etag, e.is_link) for e in store.entries("c")] == [
        ("large", "m", "w", False),
        ("link", "z", "", True),
        ("old", "z", "", False),
        ("versioned", "h", "", False),
    ]


# ---------------------------------------------------------------- versions


def test_versions_come_page_by_page_within_a_name_too(fake: FakeServer, store: ObjectStore) -> None:
    deleted = "application/x-deleted;swift_versions_deleted=1"
    rows = [
        {"name": "a", "version_id": "3", "is_latest": True, "content_type": deleted},
        {"name": "a", "version_id": "2", "is_latest": False, "bytes": 5, "hash": "h", "last_modified": "then"},
        {"name": "a", "version_id": "1", "is_latest": False, "bytes": 9, "hash": "m", "slo_etag": '"w"'},
        {"name": "b", "version_id": "null", "is_latest": True},
    ]

    def answer(seen: Seen) -> Reply:
        assert seen.query["versions"]
        after = (seen.query.get("marker", [""])[0], seen.query.get("version_marker", [""])[0])
        at = next((i + 1 for i, row in enumerate(rows) if (row["name"], row["version_id"]) == after), 0)
        return Reply(200, rows[at : at + 1])

    fake.on(f"GET {ACCOUNT}/c", answer)
    told = list(store.versions("c"))
    assert [(v.name, v.version_id, v.is_latest, v.is_delete_marker) for v in told] == [
        ("a", "3", True, True),
        ("a", "2", False, False),
        ("a", "1", False, False),
        ("b", "null", True, False),
    ]
    assert [(v.size_bytes, v.etag, v.last_modified) for v in told[1:3]] == [(5, "h", "then"), (9, "w", "")]


def test_a_server_that_knows_no_versions(fake: FakeServer, store: ObjectStore) -> None:
    fake.on(f"GET {ACCOUNT}/c", listing(3))
    with pytest.raises(Unsupported):
        list(store.versions("c"))


def test_versions_that_go_round(fake: FakeServer, store: ObjectStore) -> None:
    fake.on(f"GET {ACCOUNT}/c", Reply(200, [{"name": "a", "version_id": "1"}]))
    with pytest.raises(TransientError):
        list(store.versions("c"))


# ---------------------------------------------------------------- what is stored under a name


def got(store: ObjectStore, name: str, version_id: str = "") -> ObjectInfo:
    with store.get("c", name, version_id) as (info, _):
        return info


def test_a_plain_object_takes_one_request(fake: FakeServer, store: ObjectStore) -> None:
    fake.on(f"(GET|HEAD) {ACCOUNT}/c/o", Reply(200, b"abc", {"Etag": "e", "Content-Length": "3"}))
    assert store.head("c", "o") == got(store, "o")
    head, get = fake.calls(f".* {ACCOUNT}/c/o")
    assert (head.method, get.method, get.query) == ("HEAD", "GET", RAW)
    assert head.query == {key: value for key, value in RAW.items() if key != "format"}, "which fails on a real server"


def _large_object(rows: list[dict[str, object]], *, knows_raw: bool) -> Callable[[Seen], Reply]:
    """As Swift answers: the manifest's own type unless it is asked for the raw form, which is none of a HEAD's."""

    def answer(seen: Seen) -> Reply:
        headers = {"X-Static-Large-Object": "True", "X-Object-Meta-K": "v", "Content-Type": "video/mp4", "Etag": "x"}
        is_raw = seen.query.get("format") == ["raw"]
        if seen.method == "HEAD" and is_raw and knows_raw:
            return Reply(500)
        if "multipart-manifest" in seen.query and not (is_raw and knows_raw):
            headers["Content-Type"] = "application/json; charset=utf-8"
        return Reply(200, rows, headers)

    return answer


@pytest.mark.parametrize("knows_raw", [True, False])
def test_a_static_large_object_is_read_from_its_manifest(fake: FakeServer, store: ObjectStore, knows_raw: bool) -> None:
    raw: list[dict[str, object]] = [
        {"path": "/seg/a/1", "size_bytes": 5, "etag": "e", "range": "0-2"},
        {"path": "/seg//b", "size_bytes": 6, "etag": "f"},
        {"data": "aGk="},
    ]
    stored: list[dict[str, object]] = [
        {"name": "/seg/a/1", "bytes": 5, "hash": "e", "range": "0-2", "content_type": "a/b", "last_modified": "then"},
        {"name": "/seg//b", "bytes": 6, "hash": "f", "sub_slo": True},
        {"data": "aGk="},
    ]
    fake.on(f"(GET|HEAD) {ACCOUNT}/c/slo", _large_object(raw if knows_raw else stored, knows_raw=knows_raw))
    large = got(store, "slo")
    assert large.segments == (
        Segment(container="seg", name="a/1", size_bytes=5, etag="e", range="0-2"),
        Segment(container="seg", name="/b", size_bytes=6, etag="f"),
        Segment(data="aGk="),
    )
    assert (large.size_bytes, large.content_type, large.headers) == (11, "video/mp4", {"x-object-meta-k": "v"})
    assert len(fake.calls(f".* {ACCOUNT}/c/slo")) == (1 if knows_raw else 2)
    assert store.head("c", "slo") == large
    assert len(fake.calls(f".* {ACCOUNT}/c/slo")) == (3 if knows_raw else 5)


def test_a_manifest_that_breaks_off(fake: FakeServer, store: ObjectStore) -> None:
    fake.on(f"GET {ACCOUNT}/c/slo", Reply(200, b'[{"path":', {"X-Static-Large-Object": "True"}))
    with pytest.raises(TransientError):
        got(store, "slo")


def test_a_manifest_goes_out_as_it_came(fake: FakeServer, open_shop: Open) -> None:
    fake.on(f"PUT {ACCOUNT}/c/slo", Reply(201, b"", {"Etag": '"w"'}))
    segments = (
        Segment(container="seg", name="/b é", size_bytes=6, etag="f", range="0-2"),
        Segment(container="seg", name="a", size_bytes=5),
        Segment(data="aGk="),
    )
    large = ObjectInfo(name="slo", size_bytes=9, etag="w", content_type="video/mp4", is_slo=True, segments=segments)
    assert open_shop().objects.put_manifest("c", large) == "w"
    (seen,) = fake.calls("PUT .*")
    assert seen.query == {"multipart-manifest": ["put"]} and seen.headers["etag"] == "w"
    assert json.loads(seen.body) == [
        {"path": "/seg//b é", "size_bytes": 6, "etag": "f", "range": "0-2"},
        {"path": "/seg/a", "size_bytes": 5},
        {"data": "aGk="},
    ]


def _versioned(seen: Seen) -> Reply:
    """A container that keeps versions: each name is a link of the server's own; `link` is its owner's besides."""
    name = seen.path.rpartition("/")[2]
    length = {"Content-Length": "3"}
    if name == "missing":
        return Reply(404)
    if "version-id" in seen.query:
        own = {"X-Object-Version-Id": "7"} | ({"X-Symlink-Target": "d/o"} if name == "link" else {})
        return Reply(200, b"abc", {**own, "X-Object-Meta-Here": "1", **length})
    if "symlink" in seen.query:
        return Reply(200, b"", {"X-Object-Version-Id": "7", "X-Symlink-Target": f"c/{name}?version-id=7"})
    if name == "link":
        return Reply(200, b"abc", {"Content-Location": f"/v1/AUTH_{PROJECT}/d/o", **length})
    if name == "to-account":
        return Reply(200, b"abc", {"Content-Location": f"/v1/AUTH_x/c/{name}", **length})
    location = {"Content-Location": f"/v1/AUTH_{PROJECT}/c/{name}?version-id=7"} if name != "before" else {}
    return Reply(200, b"abc", {"X-Object-Version-Id": "7", "X-Object-Meta-Here": "1", **location, **length})


def test_a_servers_own_links_to_versions_are_seen_through(fake: FakeServer, store: ObjectStore) -> None:
    fake.on(f"(GET|HEAD) {ACCOUNT}/c/.*", _versioned)

    def requests(read: Callable[[], ObjectInfo]) -> int:
        before = len(fake.calls(f".* {ACCOUNT}/c/.*"))
        assert read().headers["x-object-meta-here"] == "1"
        return len(fake.calls(f".* {ACCOUNT}/c/.*")) - before

    assert requests(lambda: got(store, "%C3%A9")) == 2, "the first"
    assert requests(lambda: got(store, "é ?")) == 1
    assert requests(lambda: store.head("c", "o")) == 1
    assert requests(lambda: got(store, "before")) == 1
    assert requests(lambda: got(store, "o", "7")) == 1
    assert requests(lambda: got(store, "link")) == requests(lambda: got(store, "to-account")) == 3
    assert got(store, "link").headers["x-symlink-target"] == "d/o"
    with pytest.raises(NotFound):
        got(store, "missing")
