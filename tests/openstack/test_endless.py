"""Listings that go on for ever, each page with another link, and answers that only promise one: by `decamp scan`."""

import itertools
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from migrate.clouds.http import page_limit
from migrate.clouds.openstack import watched_connections
from migrate.clouds.openstack.object_listing import Page, Row, entries
from migrate.errors import TransientError, Unreadable
from migrate.inventory.inventory_file import read_inventory
from migrate.messages import codes
from tests.bounds import bounded
from tests.matrix import rest
from tests.openstack.fake_openstack import FakeServer, Open, Reply, Seen
from tests.openstack.listings import ACCOUNT, LISTINGS, Listing, served
from tests.openstack.odd_tenant import decamp, taken, tenant

pytestmark = pytest.mark.hostile

__all__ = ["decamp", "tenant"]

Decamp = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def within_bounds() -> Iterator[None]:
    with bounded():
        yield


def endless(listing: Listing, rows: int) -> Callable[[Seen], Reply]:
    """Page after page, `rows` new items on each: the first one's, under other ids and with another link."""
    document, link = served(listing, [_item(listing, number) for number in range(rows)]), "http://inner/x?marker=xPAGE"
    if isinstance(document, dict):
        document = {**document, "next": link, f"{listing.key}_links": [{"rel": "next", "href": link}]}
    first, pages = json.dumps(document).encode(), itertools.count(1)

    def answer(seen: Seen) -> Reply:
        return Reply(200, first.replace(b"xPAGE", b"x%04d" % next(pages)))

    return answer


def _item(listing: Listing, number: int) -> dict[str, Any]:
    return {**listing.good, listing.id: f"xPAGE{number:05d}"}


@pytest.mark.parametrize("rows", [0, 10_000, *rest(1)])
def test_whatever_listing_has_no_end_it_alone_is_left(
    fake: FakeServer, tenant: Open, decamp: Decamp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    # How many pages are taken whatever they hold is said below: here each listing is told to have too many.
    monkeypatch.setattr(page_limit, "_SURELY", 10)
    left = {name: listing for name, listing in LISTINGS.items() if rows or name not in {"container", "server-group"}}
    # Of many rows one kind that a scan reads once.
    chosen = left if rows < 10_000 else {"snapshot": left["snapshot"]}
    for listing in chosen.values():
        fake.on(f"GET {listing.path}", endless(listing, rows))
    root = tmp_path / "work"
    assert decamp("init", root, "--source", "shop", "--target", "memory:target/main")[0] == 0
    code, _, err = decamp("-C", root, "scan")
    assert code == 3
    inventory = read_inventory(root / "source.json")
    told = {row.name or f"service:{row.service}": row.details["why"] for row in inventory.others if not row.id}
    assert {name: told.get(name) for name in chosen} == dict.fromkeys(chosen, codes.ANSWER_UNREADABLE)
    others = LISTINGS.keys() - chosen.keys() - {"service:dns"}
    assert all(len(LISTINGS[name].found(inventory)) == 1 for name in others)
    assert "the answer is unreadable" in err


def test_a_listing_of_many_short_pages_is_read_whole(fake: FakeServer, tenant: Open, tmp_path: Path) -> None:
    """Glance gives 25 on a page, and links to the next."""
    listing = LISTINGS["image"]

    def answer(seen: Seen) -> Reply:
        at = int(seen.query.get("marker", ["0"])[0])
        items = [_item(listing, number) for number in range(at, at + 25)]
        return Reply(200, {"images": items, **({"next": f"/v2/images?marker={at + 25}"} if at < 2600 else {})})

    fake.on(f"GET {listing.path}", answer)
    assert len(taken(tenant, tmp_path).images) == 2625


def test_names_of_objects_end_where_a_container_has_far_fewer(fake: FakeServer, tenant: Open) -> None:
    numbers = itertools.count()

    def page(query: dict[str, str]) -> Page:
        return Page([Row(f"{next(numbers):012d}") for _ in range(10_000)], 7)

    with pytest.raises(Unreadable) as caught:
        for _ in entries(page, "container x", "", "", ""):
            pass
    assert caught.value.code == codes.ANSWER_UNREADABLE and next(numbers) < 1_100_000


@pytest.mark.parametrize("kind", ["names", "versions"])
def test_names_of_objects_that_come_one_by_one_for_ever_end(fake: FakeServer, tenant: Open, kind: str) -> None:
    numbers = itertools.count()

    def answer(seen: Seen) -> Reply:
        row = {"name": f"{next(numbers):012d}", "bytes": 1, "hash": "x", "version_id": "v", "last_modified": "x"}
        return Reply(200, [row], {"X-Container-Object-Count": "1000000000"})

    fake.on(f"GET {ACCOUNT}/good", answer)
    store = tenant().objects
    with pytest.raises(Unreadable):
        list(store.entries("good") if kind == "names" else store.versions("good"))
    assert len(fake.calls(f"GET {ACCOUNT}/good")) <= 101


def test_a_scan_of_objects_goes_on_behind_a_listing_without_end(
    fake: FakeServer, tenant: Open, decamp: Decamp, tmp_path: Path
) -> None:
    numbers = itertools.count()
    fake.on(f"GET {ACCOUNT}/good", lambda _: Reply(200, [{"name": f"{next(numbers):012d}", "hash": "x"}]))
    root = tmp_path / "work"
    assert decamp("init", root, "--source", "shop", "--target", "memory:target/main")[0] == 0
    assert decamp("-C", root, "scan", "--objects")[0] in {0, 3}
    inventory = read_inventory(root / "source.json")
    assert inventory.containers == () and "good" in {row.name for row in inventory.others}
    assert [one.name for one in inventory.servers] == ["good"]


@pytest.mark.parametrize("what", ["[{},", *rest("[[],")])
def test_a_small_answer_of_millions_of_things_is_left(
    fake: FakeServer, tenant: Open, decamp: Decamp, tmp_path: Path, what: str
) -> None:
    """9 MiB that would take half a gigabyte, and a row in the document for each."""
    many = "[" + what[1:] * 3_100_000 + what[1:3] + "]"
    fake.on(f"GET {LISTINGS['volume'].path}", Reply(200, b'{"volumes": ' + many.encode() + b"}"))
    fake.on(f"GET {ACCOUNT}", Reply(200, many.encode()))
    root = tmp_path / "work"
    assert decamp("init", root, "--source", "shop", "--target", "memory:target/main")[0] == 0
    assert decamp("-C", root, "scan")[0] == 3
    inventory = read_inventory(root / "source.json")
    assert {"volume", "container"} <= {row.name for row in inventory.others}
    assert [one.name for one in inventory.servers] == ["good"]


# ---------------------------------------------------------------- answers that only promise one


CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
PATHS = {name: LISTINGS[name].path for name in ("volume", "container")} | {"login": "/v3/auth/tokens"}


@pytest.mark.parametrize("interim", [CONTINUE, b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"])
@pytest.mark.parametrize("name", PATHS)
def test_promises_of_an_answer_end(
    fake: FakeServer, tenant: Open, decamp: Decamp, tmp_path: Path, name: str, interim: bytes
) -> None:
    root = tmp_path / "work"
    assert decamp("init", root, "--source", "shop", "--target", "memory:target/main")[0] == 0
    fake.on(f"[A-Z]+ {PATHS[name]}", Reply(200, b"", before=itertools.repeat(interim)))
    code, _, err = decamp("-C", root, "scan")
    if name == "login":
        assert code == 3 and codes.BAD_REQUEST in err and not (root / "source.json").exists()
        return
    assert code == 3 and name in {row.name for row in read_inventory(root / "source.json").others}
    assert [one.name for one in read_inventory(root / "source.json").servers] == ["good"]


def test_a_few_promises_before_an_answer_do_no_harm(fake: FakeServer, tenant: Open, tmp_path: Path) -> None:
    listing = LISTINGS["volume"]
    hints = [CONTINUE, b"HTTP/1.1 102 Processing\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"]
    fake.on(f"GET {listing.path}", Reply(200, served(listing, [listing.good]), before=hints))
    assert len(taken(tenant, tmp_path).volumes) == 1


@pytest.mark.parametrize("part", ["head", "body"])
def test_an_answer_of_a_byte_now_and_then_ends(
    fake: FakeServer, tenant: Open, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    monkeypatch.setattr(watched_connections, "_CRAWL_S", 0.5)
    head = b"HTTP/1.1 200 OK\r\n" if part == "head" else b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"

    def slowly() -> Iterator[bytes]:
        yield head
        while True:
            time.sleep(0.1)
            yield b"x"

    cloud = tenant()
    fake.on(f"GET {LISTINGS['volume'].path}", Reply(before=slowly()))
    began = time.monotonic()
    with pytest.raises(TransientError) as caught:
        cloud.block.volumes()
    assert caught.value.code == codes.TRANSFER_STALLED and time.monotonic() - began < 60
