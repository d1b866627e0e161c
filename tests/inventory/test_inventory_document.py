"""Scanning the memory cloud, the documents, the marks, and the comparison of two scans."""

import dataclasses
import json
import re
from pathlib import Path

import pytest
from msgspec.structs import replace

from migrate.demo.memory import MemoryCloud
from migrate.demo.small_tenant import two_clouds
from migrate.documents import document_bytes
from migrate.errors import ConfigError, ConflictError, TransientError
from migrate.inventory.diff import diff_inventories
from migrate.inventory.inventory_file import read_inventory, require_same_project, write_inventory
from migrate.inventory.scan_project import scan
from migrate.messages import codes
from migrate.model import (
    MARK_KEY,
    MARK_PROPERTY,
    OTHER_KINDS,
    Container,
    Kind,
    Mark,
    Quota,
    Role,
    Snapshot,
    name_id,
    parse_mark,
)
from migrate.model.marked_resources import marks_in, moved, temporaries, without_temporaries
from tests.plan.tenants import (
    MIGRATION,
    empty,
    floating,
    group,
    image,
    network,
    port,
    quotas,
    router,
    server,
    shop,
    source_facts,
    subnet,
    target,
    trunk,
    uid,
    volume,
)

GOLDEN = Path(__file__).parent / "golden"


def test_a_scan_has_everything_sorted_and_changes_nothing() -> None:
    world, _ = two_clouds()
    first = scan(MemoryCloud("source", world=world), "source")
    assert {method for method, service, _ in world.log if service != "identity"} <= {"GET", "HEAD"}
    assert [server.name for server in first.servers] == ["web-1"]
    assert [volume.name for volume in first.volumes] == ["shop-data"]
    assert [c.name for c in first.containers] == sorted([c.name for c in first.containers], key=str.encode)
    assert {g.name for g in first.security_groups} == {"default", "web", "db"}
    for rows in (first.ports, first.networks, first.security_groups, first.images):
        assert [row.id for row in rows] == sorted(row.id for row in rows)
    again = scan(MemoryCloud("source", world=world), "source")
    assert diff_inventories(first, again) == []


def test_a_cloud_without_an_object_store_has_no_containers() -> None:
    world = two_clouds()[0]
    services = tuple(service for service in world.offer.services if service != "object-store")
    world.offer = dataclasses.replace(world.offer, services=services)
    assert scan(MemoryCloud("source", world=world), "source").containers == ()


def test_a_service_that_is_there_must_answer() -> None:
    """An empty list in its place would be a silent loss."""
    cloud = MemoryCloud("source", world=two_clouds()[0])

    def fail() -> list[Container]:
        raise TransientError(codes.CLOUD_UNAVAILABLE, what="object-store")

    cloud.objects.containers = fail  # type: ignore[method-assign]
    with pytest.raises(TransientError):
        scan(cloud, "source")


def test_a_document_reads_back(tmp_path: Path) -> None:
    write_inventory(tmp_path / "source.json", shop())
    assert read_inventory(tmp_path / "source.json") == shop()


@pytest.mark.parametrize("version", [1, 2])
def test_inventories_of_each_version_stay_readable(version: int, tmp_path: Path) -> None:
    """Never edit a golden file: a reader of today must read what was written then, and brings it up to date."""
    inventory = read_inventory(GOLDEN / f"inventory-v{version}.json")
    assert (inventory.version, inventory.side) == (2, "source")
    assert inventory.facts.quotas["volumes"].limit == 100000
    write_inventory(tmp_path / "again.json", inventory)
    assert read_inventory(tmp_path / "again.json") == inventory


def test_what_a_golden_inventory_holds() -> None:
    first, second = (read_inventory(GOLDEN / f"inventory-v{version}.json") for version in (1, 2))
    assert {s.name for s in first.servers} == {"web-1", "db-1"}
    # What was not looked for then is not there now.
    assert (first.trunks, first.backups, first.others, first.facts.network_extensions) == ((), (), (), ())
    assert {s.name for s in second.servers} == {"app-1", "db-1", "huge", "paused"}
    assert [trunk.name for trunk in second.trunks] == ["uplink"]
    assert [backup.container for backup in second.backups] == ["volumebackups"]
    assert [resource.name for resource in second.others] == ["front"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda text: text[:-40], codes.DOCUMENT_DAMAGED),
        (lambda text: text.replace('"web-1"', '"web-2"', 1), codes.DOCUMENT_EDITED),
        (lambda text: text.replace("decamp-inventory", "decamp-plan"), codes.DOCUMENT_VERSION),
        (lambda text: text.replace('"version": 2', '"version": 1'), codes.DOCUMENT_EDITED),
        (lambda text: text.replace('"version": 2', '"version": 3'), codes.DOCUMENT_VERSION),
        (lambda text: text.replace('"version": 2', '"version": 0'), codes.DOCUMENT_VERSION),
        (lambda text: text.replace('"version": 2', '"version": true'), codes.DOCUMENT_VERSION),
    ],
)
def test_damage_is_told_apart(tmp_path: Path, change, code: str) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "source.json"
    write_inventory(path, shop())
    path.write_text(change(path.read_text()))
    with pytest.raises(ConfigError) as caught:
        read_inventory(path)
    assert caught.value.code == code


@pytest.mark.hostile
@pytest.mark.parametrize("change", ["a server twice", "a container twice", "no time"])
def test_what_no_scan_finds_is_damage(tmp_path: Path, change: str) -> None:
    """Sealed as ours: whoever hands a workspace over can do that."""
    path = tmp_path / "source.json"
    write_inventory(path, shop())
    body = json.loads(path.read_text())
    del body["seal"]
    if change == "no time":
        body["taken_at"] = "yesterday"
    else:
        rows = body["servers" if "server" in change else "containers"]
        rows.append(rows[0])
    path.write_bytes(document_bytes(body))
    with pytest.raises(ConfigError) as caught:
        read_inventory(path)
    assert caught.value.code == codes.DOCUMENT_DAMAGED


def test_another_projects_document_is_refused() -> None:
    inventory = shop()
    require_same_project(inventory, replace(inventory.identity, cloud="other name"))
    with pytest.raises(ConflictError) as caught:
        require_same_project(inventory, target().identity, path="w/source.json")
    assert caught.value.code == codes.PROJECT_DIFFERS
    assert caught.value.facts["path"] == "w/source.json"
    assert inventory.identity.project_id in str(caught.value.facts["found"])
    assert target().identity.project_id in str(caught.value.facts["expected"])


# ---------------------------------------------------------------- marks


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("source_id", ["6ea98324-0f14-49f6-97c0-885d1b8dc517", name_id("Büro: a/b, c")])
def test_a_mark_is_legal_wherever_one_stands(role: Role, source_id: str) -> None:
    """No colon, slash, comma, accent or capital, and at most 60 bytes: some place refuses each of them."""
    mark = Mark(role=role, migration=MIGRATION, source_id=source_id)
    assert re.fullmatch(r"[a-z0-9-]{1,60}", str(mark))
    assert parse_mark(str(mark)) == replace(mark, migration=MIGRATION[:8])


def test_a_mark_is_found_in_its_place_of_each_kind() -> None:
    def mark(name: str) -> str:
        return str(Mark(role=Role.MOVED, migration=MIGRATION, source_id=name))

    snapshot = Snapshot(
        id="sn", volume_id="v", name="", size_gib=1, status="available", metadata={MARK_KEY: mark("snapshot")}
    )
    inventory = empty(
        networks=(network(description=mark("network") + " back end"),),
        subnets=(subnet(description=mark("subnet")),),
        routers=(router(description=mark("router")),),
        ports=(port("p", description=mark("port")),),
        security_groups=(group(description=mark("security-group")),),
        floating_ips=(floating(description=mark("floating-ip")),),
        trunks=(trunk(port("p"), description=mark("trunk")),),
        images=(image(tags=("golden", mark("image"))),),
        volumes=(volume(metadata={MARK_KEY: mark("volume")}),),
        snapshots=(snapshot,),
        servers=(server(metadata={MARK_KEY: mark("server")}),),
        containers=(Container(name="c", mark=mark("container")),),
    )
    found = {kind: one.source_id for kind, _, one in marks_in(inventory)}
    markless = {Kind.KEYPAIR, Kind.SERVER_GROUP, Kind.BACKUP, *OTHER_KINDS}
    assert found == {kind: kind.value for kind in Kind if kind not in markless}
    assert moved(inventory, MIGRATION)[Kind.VOLUME, "volume"] == uid("volume data")
    assert moved(inventory, "f" * 32) == {}
    assert temporaries(inventory) == frozenset()


def test_a_mark_elsewhere_is_none() -> None:
    mark = str(Mark(role=Role.TEMPORARY, migration=MIGRATION, source_id="x"))
    inventory = empty(
        networks=(network(description=f"see {mark}"),), volumes=(volume(description=mark, metadata={"note": mark}),)
    )
    assert marks_in(inventory) == []


def test_temporaries_of_any_migration_are_recognised() -> None:
    mark = str(Mark(role=Role.TEMPORARY, migration="0badcafe" * 4, source_id="x"))
    inventory = empty(
        volumes=(volume("a", metadata={MARK_KEY: mark}), volume("b")),
        images=(image(mark, properties={MARK_PROPERTY: mark}), image(mark, id="by-name")),
    )
    ours = {(Kind.IMAGE, own_id) for own_id in (uid(f"image {mark}"), "by-name")}
    assert temporaries(inventory) == {(Kind.VOLUME, uid("volume a")), *ours}
    kept = without_temporaries(inventory)
    assert ([v.name for v in kept.volumes], kept.images) == (["b"], ())
    assert len(inventory.volumes) == 2


def test_an_image_that_inherited_our_mark_is_still_the_customers() -> None:
    mark = str(Mark(role=Role.TEMPORARY, migration=MIGRATION, source_id="x"))
    inventory = empty(images=(image("theirs", properties={MARK_PROPERTY: mark}),))
    assert [one.role for _, _, one in marks_in(inventory)] == [Role.TEMPORARY]
    assert without_temporaries(inventory) == inventory


# ---------------------------------------------------------------- comparison


def test_what_changes_by_itself_is_not_a_difference() -> None:
    one = shop()
    used = source_facts(quotas={name: Quota(limit=q.limit, used=7) for name, q in quotas().items()})
    assert diff_inventories(one, replace(one, taken_at="2030-01-01T00:00:00Z", facts=used)) == []
    assert diff_inventories(one, replace(one, facts=used), ignore=())[0] == "facts quotas backups used: 0 -> 7"


def test_differences_are_named_field_by_field() -> None:
    one = empty(servers=(server("a"), server("b")), volumes=(volume("v"),), containers=(Container(name="c"),))
    other = replace(
        one,
        servers=(replace(server("a"), status="SHUTOFF", metadata={"role": "web"}), server("new")),
        volumes=(replace(volume("v"), size_gib=11, description="x"),),
        containers=(Container(name="c", objects=4),),
    )
    a, b, new = (uid(f"server {name}") for name in ("a", "b", "new"))
    assert set(diff_inventories(one, other)) == {
        f"servers {a} status: ACTIVE -> SHUTOFF",
        f"servers {a} metadata role: only in the second",
        f"servers {b}: only in the first",
        f"servers {new}: only in the second",
        f"volumes {uid('volume v')} size_gib: 10 -> 11",
        f'volumes {uid("volume v")} description: "" -> x',
        "containers c objects: 0 -> 4",
    }
