"""Whatever a cloud lists, a scan ends with a document: what cannot be read is named, and the rest is there."""

import hashlib
import json
import math
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from migrate.demo.memory import MemoryCloud, worlds
from migrate.errors import TransientError, Unreadable
from migrate.inventory.inventory_file import read_inventory
from migrate.messages import codes
from migrate.model import ODD, Inventory, Kind
from tests.matrix import rest
from tests.openstack.fake_openstack import PROJECT, FakeServer, Open, Reply, Seen, keystone
from tests.openstack.listings import ACCOUNT, CINDER, GONE, IDS, LISTINGS, NEUTRON, NOVA, SERVER, Listing, served
from tests.openstack.odd_tenant import account, decamp, taken, tenant

__all__ = ["decamp", "tenant"]

pytestmark = pytest.mark.hostile

ROWS: tuple[Any, ...] = (None, 7, "text", True, [], [{}], {}, math.nan)
"""What stands in the place of an item."""
SHAPES = ("text", {"a": 1})
"""What stands in the place of a listing."""


def odd_items(listing: Listing) -> Iterator[tuple[Any, str]]:
    """Items of which nobody can make a record, each with what names it ("" for its place)."""
    yield from ((row, "") for row in ROWS)
    changes = [(listing.id, value) for value in IDS if not any(value is free for free in listing.free_ids)]
    changes += [(key, value) for key, values in listing.odd.items() for value in values]
    for number, (key, value) in enumerate(changes, 1):
        item = {**listing.good, "id": f"odd-{number}", "name": f"odd {number}", key: value}
        yield {key: value for key, value in item.items() if value is not GONE}, f"odd {number}"


def is_good(listing: Listing, record: Any) -> bool:
    return record == "good" or getattr(record, "name", "") == "good" or getattr(record, "id", "") == listing.good["id"]


def test_each_odd_item_is_named_and_the_good_one_is_there(fake: FakeServer, tenant: Open, tmp_path: Path) -> None:
    """Odd ones in every listing at once: each costs itself alone."""
    odd = {name: list(odd_items(listing)) for name, listing in LISTINGS.items()}
    for name, listing in LISTINGS.items():
        items = [item for item, _ in odd[name]] + [listing.good]
        if name == "container":
            fake.on(f"GET {listing.path}", partial(account, items=items))
        else:
            fake.on(f"GET {listing.path}", Reply(200, served(listing, items)))
    inventory = taken(tenant, tmp_path)
    for name in LISTINGS:
        assert len(odd[name]) >= 8
        each_is_named(name, odd[name], inventory)


def each_is_named(name: str, odd: list[tuple[Any, str]], inventory: Inventory) -> None:
    listing = LISTINGS[name]
    found = listing.found(inventory)
    assert any(is_good(listing, record) for record in found), f"the good one is lost: {name}"
    rows = [row for row in inventory.others if row.details.get("listing") == name]
    assert all(row.details[ODD] == "left-out" and row.details["why"] for row in rows), name
    # Nova's keypairs, for one, are read twice: what has neither name nor id is known by its place.
    nameless = [row for row in rows if row.name.startswith("#")]
    named = {row.name for row in rows} | {row.details.get("id", "").replace("-", " ") for row in rows}
    if name != "service:dns":
        assert {what for _, what in odd if what} - named <= free_names(listing), f"an odd one is not named: {name}"
    assert len(nameless) >= len([what for _, what in odd if not what]) - (1 if name == "service:dns" else 0), name
    left = [record for record in found if not is_good(listing, record) and getattr(record, "details", {}).get(ODD)]
    assert not left or name == "service:dns", name


def free_names(listing: Listing) -> set[str]:
    """Where the id is a name, an odd one has no other."""
    return {what for _, what in odd_items(listing)} if listing.id == "name" or listing.key == "volume_types" else set()


# What stands for the account's listing is no refusal, but somebody else's answer: DCP-503. Without servers some
# listings are not read a second time.
@pytest.mark.parametrize("at", range(len(SHAPES)))
@pytest.mark.parametrize("names", [{"server"}, LISTINGS.keys() - {"server", "container"}], ids=["server", "others"])
def test_something_else_in_the_place_of_a_listing_is_a_refusal(
    fake: FakeServer, tenant: Open, tmp_path: Path, names: set[str], at: int
) -> None:
    """In that of servers, and in those of all others at once."""
    for number, name in enumerate(sorted(names), at):
        listing, shape = LISTINGS[name], SHAPES[number % len(SHAPES)]
        fake.on(f"GET {listing.path}", Reply(200, {listing.key: shape} if listing.key else shape))
    inventory = taken(tenant, tmp_path)
    rows = [row for row in inventory.others if not row.id and not row.details.get(ODD)]
    for name in names:
        listing = LISTINGS[name]
        assert fake.calls(f"GET {listing.path}"), name
        assert not any(is_good(listing, one) for one in listing.found(inventory) if not hasattr(one, "details")), name
        assert [row for row in rows if name in {row.name, f"service:{row.service}"}], (name, inventory.others)


def test_what_is_listed_twice_is_there_once(fake: FakeServer, tenant: Open, tmp_path: Path) -> None:
    for listing in LISTINGS.values():
        fake.on(f"GET {listing.path}", Reply(200, served(listing, [listing.good, listing.good])))
    fake.on(f"GET {ACCOUNT}", lambda seen: account(seen, [LISTINGS["container"].good] * 2))
    inventory = taken(tenant, tmp_path)
    for name, listing in LISTINGS.items():
        assert name == "service:dns" or len(listing.found(inventory)) == 1, name
    assert not [row for row in inventory.others if ODD in row.details]


def test_of_two_that_differ_the_first_stands_and_that_is_said(fake: FakeServer, tenant: Open, tmp_path: Path) -> None:
    listing = LISTINGS["volume"]
    fake.on(f"GET {listing.path}", Reply(200, served(listing, [listing.good, {**listing.good, "size": 9}])))
    inventory = taken(tenant, tmp_path)
    assert [one.size_gib for one in inventory.volumes] == [1]
    (row,) = [row for row in inventory.others if ODD in row.details]
    assert (row.name, row.details["why"], row.details[ODD]) == ("good", "twice", "kept")


def test_what_is_harmless_is_set_right_and_that_is_said(fake: FakeServer, tenant: Open, tmp_path: Path) -> None:
    listing = LISTINGS["volume"]
    odd = {**listing.good, "name": "half \ud800", "metadata": {"k\udc00": "v\ud800"}, "created_at": "yesterday"}
    fake.on(f"GET {listing.path}", Reply(200, served(listing, [odd])))
    inventory = taken(tenant, tmp_path)
    (one,) = inventory.volumes
    assert (one.name, one.metadata, one.created_at) == ("half \ufffd", {"k\ufffd": "v\ufffd"}, "")
    (row,) = [row for row in inventory.others if ODD in row.details]
    assert row.details[ODD] == "kept" and row.name == "half \ufffd"


def test_a_header_that_is_not_utf_8_is_read_as_latin_1(fake: FakeServer, tenant: Open, tmp_path: Path) -> None:
    fake.on(f"HEAD {ACCOUNT}/good", Reply(204, b"", {"X-Container-Meta-Ville": "Orl\udce9ans"}))
    inventory = taken(tenant, tmp_path)
    assert inventory.containers[0].headers == {"x-container-meta-ville": "Orléans"}
    (row,) = [row for row in inventory.others if ODD in row.details]
    assert (row.name, row.details["why"]) == ("good", "latin-1")


def test_a_container_with_odd_counts_is_named(fake: FakeServer, tenant: Open, tmp_path: Path) -> None:
    counts = {"a": "many", "b": "1_0", "c": "+5", "d": "-3", "e": "²"}
    rows = [{**LISTINGS["container"].good, "name": name} for name in (*counts, "good")]
    fake.on(f"GET {ACCOUNT}", lambda seen: account(seen, rows))
    for name, count in counts.items():
        fake.on(f"HEAD {ACCOUNT}/{name}", Reply(204, b"", {"X-Container-Object-Count": count}))
    inventory = taken(tenant, tmp_path)
    found = {row.name: row.details["why"] for row in inventory.others if row.kind is Kind.CONTAINER}
    assert found == dict.fromkeys(counts, codes.ANSWER_UNREADABLE)
    assert "good" in {one.name for one in inventory.containers}


OFFERS = (
    *(f"{NOVA}/limits", f"{NOVA}/os-availability-zone", f"{CINDER}/os-availability-zone"),
    *(f"{CINDER}/os-quota-sets/{PROJECT}", f"{NEUTRON}/quotas/{PROJECT}/details.json", f"{NEUTRON}/extensions"),
    *(f"{CINDER}/types/default", "/image/v2/info/usage", "/image/v2/schemas/image", "/info"),
)


_KEYS = ("limits", "availabilityZoneInfo", "quota_set", "quota", "extensions", "volume_type", "usage", "properties")
_VALUES: tuple[Any, ...] = (
    *("text", [7], [None], {"absolute": {"maxTotalInstances": "x"}, "volumes": 7}),
    *([{"zoneName": 7}], {"network": {"limit": "x"}, "image_count_total": 7, "disk_format": {"enum": 7}}),
)


@pytest.mark.parametrize("value", [*_VALUES, b"7", b"null"], ids=ascii)
def test_odd_answers_about_what_is_offered_end_no_scan(
    fake: FakeServer, tenant: Open, tmp_path: Path, value: Any
) -> None:
    """All of them at once; each is asked for all the same."""
    for path in OFFERS:
        # A listing that is a number or nothing is somebody else's answer.
        if not (isinstance(value, bytes) and path.endswith(("extensions", "os-availability-zone"))):
            body = value if isinstance(value, bytes) else {**dict.fromkeys(_KEYS, value), "swift": value, "slo": value}
            fake.on(f"GET {path}", Reply(200, body))
    inventory = taken(tenant, tmp_path)
    assert len(inventory.servers) == len(inventory.volumes) == 1
    assert [path for path in OFFERS if not fake.calls(f"GET {path}")] == []


def test_halves_of_characters_in_what_is_offered_end_no_scan(fake: FakeServer, tenant: Open, tmp_path: Path) -> None:
    zones = {"availabilityZoneInfo": [{"zoneName": "\ud800", "zoneState": {"available": True}}]}
    fake.on("GET /image/v2/schemas/image", Reply(200, {"properties": {"disk_format": {"enum": ["raw", "\ud800"]}}}))
    fake.on(f"GET {CINDER}/types/default", Reply(200, {"volume_type": {"id": "x", "name": "\ud800"}}))
    fake.on(f"GET {NOVA}/os-availability-zone", Reply(200, zones))
    fake.on(f"GET {NEUTRON}/extensions", Reply(200, {"extensions": [{"alias": "\ud800"}]}))
    facts = taken(tenant, tmp_path).facts
    assert "raw" in facts.image_formats and "\ufffd" in {*facts.image_formats, *facts.compute_zones}


# ---------------------------------------------------------------- through the command line


def test_a_tenant_with_odd_items_is_scanned_and_planned_and_each_is_named(
    fake: FakeServer, tenant: Open, decamp: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    volumes = LISTINGS["volume"]
    hostile = {**volumes.good, "id": "/../../../../settings", "name": "hostile"}
    broken = {**volumes.good, "id": "v9", "name": "broken", "size": math.nan}
    fake.on(f"GET {volumes.path}", Reply(200, served(volumes, [volumes.good, hostile, broken, None])))
    held = {**SERVER, "id": "s2", "name": "holds-it", "os-extended-volumes:volumes_attached": [{"id": "v9"}]}
    fake.on(f"GET {NOVA}/servers/detail", Reply(200, {"servers": [SERVER, held]}))
    root = tmp_path / "area" / "work"
    root.parent.mkdir()
    (root.parent / "settings.json").write_text("mine")
    assert decamp("init", root, "--source", "shop", "--target", "memory:target/main")[0] == 0
    code, _, err = decamp("-C", root, "scan")
    assert code == 3
    assert all(f"NOT read: {name} (volumes;" in err for name in ("hostile", "broken", "#4")), err
    assert decamp("-C", root, "--lang", "fr", "scan")[2].count("PAS lu") == 3

    found = json.loads(decamp("-C", root, "check", "-f", "json")[1])
    named = {row["name"]: row for row in found if row["code"] == codes.UNREADABLE_LEFT_OUT}
    assert {name: row["item"] for name, row in named.items()} == {"hostile": "", "broken": "volume:v9", "#4": ""}
    assert [(row["item"], row["facts"]["why"]) for row in found if row["code"] == codes.REFERENCE_UNLISTED] == [
        ("server:s2", "odd")
    ]
    assert decamp("-C", root, "plan")[0] == 3
    plan = json.loads((root / "plan.json").read_text())
    assert {left["id"]: left["code"] for left in plan["left_out"]}["s2"] == codes.REFERENCE_UNLISTED
    assert {"container:good", "network:n1", "keypair:good", "volume:v1:capture"} <= {
        step["id"] for step in plan["steps"]
    }

    policy = root / "policy.yaml"
    text = policy.read_text()
    assert "\naccept: []" in text
    policy.write_text(text.replace("\naccept: []", "\naccept: [DCP-907]"))
    assert (
        codes.UNREADABLE_LEFT_OUT not in decamp("-C", root, "check")[2]
        and "not read" not in decamp("-C", root, "check")[2]
    )
    assert {path.name for path in root.parent.iterdir()} == {"work", "settings.json"}
    assert (root.parent / "settings.json").read_text() == "mine"


OBJECTS: tuple[Any, ...] = (
    *(None, 7, "text", [], {}, {"name": None}, {"name": 7}, {"name": "\ud800"}, {"name": "a", "bytes": "many"}),
    *({"name": "a", "bytes": math.nan}, {"name": "a", "hash": 7}, {"name": "a", "last_modified": {"a": 1}}),
)


def behind_a_good_one(row: Any, seen: Seen) -> Reply:
    return Reply(200, [row] if "marker" in seen.query else [{"name": "A", "bytes": 1, "hash": "x"}, row])


def test_an_odd_row_of_objects_is_named(fake: FakeServer, tenant: Open) -> None:
    store = tenant().objects
    for row in OBJECTS:
        fake.on(f"GET {ACCOUNT}/good", partial(behind_a_good_one, row))
        with pytest.raises(Unreadable) as caught:
            list(store.entries("good"))
        assert caught.value.code == codes.ANSWER_UNREADABLE and "container good #2" in str(caught.value), row
    for body in (b'[{"name": "A"', b'[{"name": "A\x9f"}]'):
        fake.on(f"GET {ACCOUNT}/good", Reply(200, body))
        with pytest.raises(TransientError):
            list(store.entries("good"))


def test_a_scan_of_the_objects_goes_on_behind_an_odd_one(
    fake: FakeServer, tenant: Open, decamp: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    fake.on(f"GET {ACCOUNT}/good", Reply(200, [None]))
    root = tmp_path / "work"
    assert decamp("init", root, "--source", "shop", "--target", "memory:target/main")[0] == 0
    assert decamp("-C", root, "scan", "--objects")[0] in {0, 3}
    assert [one.name for one in read_inventory(root / "source.json").containers] == ["good"]


OBJECT_ROWS: list[Any] = [
    {"name": "a", "bytes": 1, "hash": hashlib.md5(b"a").hexdigest(), "last_modified": "2026-01-01T00:00:00.000000"},
    None,
    {"name": "b", "bytes": "many"},
    {"name": "half \ud800"},
    {"bytes": 7},
    {"name": ""},
    {"name": "z", "bytes": 1, "hash": hashlib.md5(b"z").hexdigest(), "last_modified": "2026-01-01T00:00:00.000000"},
    ["behind the last name"],
]
UNREAD = {"#2", "b", "half \ufffd", "#5", "#6", "#8"}


def page_of_rows(seen: Seen) -> Reply:
    """Behind the marker, and up to the end: what has no name lies where it is listed."""
    marker, end = (seen.query.get(key, [""])[0] for key in ("marker", "end_marker"))
    names = [row.get("name") if isinstance(row, dict) else None for row in OBJECT_ROWS]
    begin = names.index(marker) + 1 if marker else 0
    last = next(
        (at for at, name in enumerate(names) if end and isinstance(name, str) and name >= end), len(OBJECT_ROWS)
    )
    return Reply(200, OBJECT_ROWS[begin:last])


@pytest.fixture
def objects(fake: FakeServer, tenant: Open, decamp: Callable[..., tuple[int, str, str]], tmp_path: Path) -> Path:
    """A container of two objects and six rows that nobody can read, in a workspace that is planned."""
    fake.on(f"GET {ACCOUNT}/good", page_of_rows)
    for name in ("a", "z"):
        etag = hashlib.md5(name.encode()).hexdigest()
        fake.on(f"(GET|HEAD) {ACCOUNT}/good/{name}", Reply(200, name.encode(), {"ETag": etag}))
    root = tmp_path / "work"
    assert decamp("init", root, "--source", "shop", "--target", "memory:target/main")[0] == 0
    assert decamp("-C", root, "scan")[0] == 0 and decamp("-C", root, "plan")[0] in {0, 3}
    return root


def test_a_row_of_objects_that_nobody_can_read_is_left_out_and_the_rest_moves(
    objects: Path, decamp: Callable[..., tuple[int, str, str]]
) -> None:
    run = ("-C", objects, "run", "--execute", "--only", "container:good")
    code, out, err = decamp(*run)
    there = MemoryCloud("target", world=worlds["target"], project="main").objects
    assert [entry.name for entry in there.entries("good")] == ["a", "z"], out + err
    assert code == 3 and "6 objects did NOT move" in err and all(name in err for name in UNREAD), err
    # It is told as long as it is so.
    assert decamp(*run)[0] == 3

    code, out, err = decamp("-C", objects, "verify", "-f", "json")
    row = next(row for row in json.loads(out)["rows"] if row["item"] == "container:good")
    assert code == 3 and "6 objects did not move" in err
    assert row["verdict"] == "same" and row["left"] == {"unreadable": 6} and set(row["unreadable"]) == UNREAD
    for lang, word in (("en", "unreadable"), ("fr", "illisible")):
        assert word in decamp("-C", objects, "--lang", lang, "report", "-f", "md", "-o", "-")[1]


def test_what_was_copied_and_is_then_listed_unreadably_stays(
    objects: Path, decamp: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = objects / "policy.yaml"
    policy.write_text(policy.read_text().replace("vanished: keep", "vanished: remove"))
    assert "vanished: remove" in policy.read_text()
    assert decamp("-C", objects, "plan")[0] in {0, 3}
    assert decamp("-C", objects, "run", "--execute", "--only", "container:good")[0] == 3
    monkeypatch.setitem(OBJECT_ROWS[0], "hash", 7)
    code, out, err = decamp("-C", objects, "run", "--execute", "--again", "container:good", "--only", "container:good")
    there = MemoryCloud("target", world=worlds["target"], project="main").objects
    assert [entry.name for entry in there.entries("good")] == ["a", "z"]
    assert code == 3 and "no longer at the source" not in out + err
    row = json.loads(decamp("-C", objects, "verify", "--source", "-f", "json")[1])["rows"]
    (row,) = [one for one in row if one["item"] == "container:good"]
    assert row["left"] == {"unreadable": 7} and not row["since"] and not row["vanished"]


def test_rows_of_objects_that_nobody_can_read_are_a_loss_to_be_accepted(
    objects: Path, decamp: Callable[..., tuple[int, str, str]]
) -> None:
    assert decamp("-C", objects, "scan", "--objects")[0] == 0
    (found,) = [
        row
        for row in json.loads(decamp("-C", objects, "check", "-f", "json")[1])
        if row["code"] == codes.OBJECT_ROWS_UNREADABLE
    ]
    assert found["item"] == "container:good" and found["facts"]["objects"] == "6" and found["level"] == "loses"
    policy = objects / "policy.yaml"
    policy.write_text(policy.read_text().replace("\naccept: []", "\naccept: ['DCP-812:container:good']"))
    assert decamp("-C", objects, "plan")[0] in {0, 3}
    assert decamp("-C", objects, "run", "--execute", "--only", "container:good")[0] == 0
    assert "NOT move" not in decamp("-C", objects, "run", "--execute", "--only", "container:good")[2]
    # The rest of the tenant is not moved here.
    assert "did not move" not in decamp("-C", objects, "verify")[2]


@pytest.mark.parametrize(("one", "two"), [({"a": 1}, b"null"), *rest((b"7", b'"text"'))], ids=ascii)
def test_a_listing_of_objects_that_is_none_costs_its_container_alone(
    fake: FakeServer, tenant: Open, decamp: Callable[..., tuple[int, str, str]], tmp_path: Path, one: Any, two: Any
) -> None:
    bodies = {"one": one, "two": two, "other": []}
    rows = [{**LISTINGS["container"].good, "name": name} for name in sorted(bodies)]
    fake.on(f"GET {ACCOUNT}", lambda seen: account(seen, rows))
    for name, body in bodies.items():
        fake.on(f"GET {ACCOUNT}/{name}", Reply(200, body))
    root = tmp_path / "work"
    assert decamp("init", root, "--source", "shop", "--target", "memory:target/main")[0] == 0
    code, _, err = decamp("-C", root, "scan", "--objects")
    assert code == 3 and "NOT read: one" in err and "NOT read: two" in err, err
    assert [held.name for held in read_inventory(root / "source.json").containers] == ["other"]
    found = [
        row
        for row in json.loads(decamp("-C", root, "check", "-f", "json")[1])
        if row["code"] == codes.UNREADABLE_LEFT_OUT
    ]
    assert sorted(row["item"] for row in found) == ["container:one", "container:two"]
    assert decamp("-C", root, "plan")[0] == 3
    # Found later, it is that container's own.
    assert decamp("-C", root, "scan")[0] == 0 and decamp("-C", root, "plan")[0] in {0, 3}
    code, out, err = decamp("-C", root, "run", "--execute", "--only", "container:*")
    assert code == 3 and codes.ANSWER_UNREADABLE in out + err
    assert all(f"container {name}: no list of objects" in out + err for name in ("one", "two"))
    there = MemoryCloud("target", world=worlds["target"], project="main").objects
    assert "other" in {held.name for held in there.containers()}


STACK_IDS = ("..", "/../../../../x", "a\x00b", "x" * 300, "a b")


def test_a_stack_with_an_odd_id_writes_nothing_elsewhere(
    fake: FakeServer, tenant: Open, decamp: Callable[..., tuple[int, str, str]], tmp_path: Path
) -> None:
    keystone(fake, more=(("orchestration", f"/heat/v1/{PROJECT}"),))
    rows = [{"id": one, "stack_name": "../../../up", "stack_status": "CREATE_COMPLETE"} for one in STACK_IDS]
    heat = f"/heat/v1/{PROJECT}/stacks"
    fake.on(f"GET {heat}", Reply(200, {"stacks": rows}))
    fake.on(f"GET {heat}/.+/resources", Reply(200, {"resources": []}))
    fake.on(f"GET {heat}/.+/template", Reply(200, {"heat_template_version": "2018-08-31"}))
    root = tmp_path / "area" / "work"
    root.parent.mkdir()
    assert decamp("init", root, "--source", "shop", "--target", "memory:target/main")[0] == 0
    assert decamp("-C", root, "scan")[0] in {0, 3}
    assert [path.name for path in root.parent.iterdir()] == ["work"]
    assert not [path for path in tmp_path.rglob("*up*") if "private" not in path.parts]
    assert not [seen for seen in fake.seen if ".." in seen.path.split("/")]
