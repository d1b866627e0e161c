"""A cloud that refuses a listing: the scan goes on, says what is unknown, and nothing is taken for the whole."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from migrate.clouds.ports import NewServer, ObjectInfo
from migrate.demo.memory import MemoryCloud, World, worlds
from migrate.demo.small_tenant import two_clouds
from migrate.errors import TransientError
from migrate.inventory.inventory_file import read_inventory
from migrate.messages import codes
from migrate.model import LISTINGS, Inventory, Port
from tests.cli.conftest import Decamp
from tests.matrix import one_each, rest


@pytest.fixture
def root(decamp: Decamp, tmp_path: Path) -> Path:
    """A tenant with two servers, one with a volume, a snapshot of it and containers; nothing is stopped for it."""
    two_clouds(0.02)
    add_to(MemoryCloud("source", world=worlds["source"]))
    made = tmp_path / "main"
    assert decamp("init", made, "--source", "memory:source/main", "--target", "memory:target/main").code == 0
    edit(made, "consistency: auto", "consistency: crash")
    edit(made, "start: cut-over", "start: twin")
    return made


@pytest.fixture
def source() -> World:
    return worlds["source"]


@pytest.fixture
def target() -> World:
    return worlds["target"]


def add_to(cloud: MemoryCloud) -> None:
    state = cloud.network.state()
    made = Port(id="", network_id=next(one.id for one in state.networks if one.is_own), name="plain-eth0")
    image = next(one.id for one in cloud.images.images())
    port = cloud.network.create_port(made)
    cloud.compute.create_server(NewServer(name="plain", flavor_id="21", image_id=image, port_ids=(port,)))
    cloud.block.create_snapshot(cloud.block.volumes()[0].id, "before-the-sale", {})
    cloud.world.settle()


def edit(root: Path, old: str, new: str) -> None:
    policy = root / "policy.yaml"
    assert old in policy.read_text()
    policy.write_text(policy.read_text().replace(old, new))


def leave_out(root: Path, *words: str) -> None:
    """What `scan.skip` is to say."""
    head, _, tail = (root / "policy.yaml").read_text().partition("\nscan:\n")
    tail = tail[tail.index("\n\n") :] if tail else ""
    lines = "".join(f"\n    - {word}" for word in words)
    (root / "policy.yaml").write_text(f"{head}\nscan:\n  skip:{lines or ' []'}{tail}")


def findings(decamp: Decamp, root: Path, code: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(decamp("-C", root, "check", "-f", "json").out)
    return [row for row in rows if row["code"] == code]


def names(root: Path, side: str = "source") -> set[str]:
    return {row.name for row in inventory(root, side).others if not row.id}


def inventory(root: Path, side: str = "source") -> Inventory:
    return read_inventory(root / f"{side}.json")


def left_out(root: Path) -> dict[str, str]:
    plan = json.loads((root / "plan.json").read_text())
    return {f"{row['kind']}:{row['name']}": row["code"] for row in plan["left_out"]}


SERVICES = {
    "object-store": {"container"},
    "block-storage": {"volume", "snapshot", "backup", "volume-type", "volume-zone", "volume-quota"},
    "network": {
        *("network", "subnet", "router", "port", "floating-ip", "security-group", "trunk"),
        *("external-network", "network-quota", "extension"),
    },
    "image": {"image"},
    "compute": {"server", "server-group", "keypair", "flavor", "compute-zone", "compute-quota"},
}


@pytest.mark.parametrize(("service", "status"), one_each(sorted(SERVICES), [403, 404]))
def test_a_service_that_refuses_does_not_end_a_scan(
    decamp: Decamp, root: Path, source: World, service: str, status: int
) -> None:
    source.refuse(service, status=status)
    result = decamp("-C", root, "scan")
    assert result.code == 3, result.err
    assert f"HTTP {status}" in result.err and (root / "target.json").exists()
    assert names(root) == SERVICES[service]
    listed = {row["facts"]["listing"] for row in findings(decamp, root, codes.SOURCE_LISTING_REFUSED)}
    told = {row["facts"]["listing"] for row in findings(decamp, root, codes.OFFER_NOT_LISTED)}
    assert listed | told == SERVICES[service] and listed
    result = decamp("-C", root, "check")
    assert result.code == 3 and "NOT the whole project" in result.err and "Next" not in result.err.split("check")[0]


@pytest.mark.parametrize(
    ("path", "listing"),
    [
        ("/floatingips", "floating-ip"),
        ("/os-keypairs", "keypair"),
        ("/security-groups", "security-group"),
        ("/snapshots", "snapshot"),
        ("/os-server-groups", "server-group"),
    ],
)
def test_one_listing_that_is_refused_is_named_and_the_rest_is_there(
    decamp: Decamp, root: Path, source: World, path: str, listing: str
) -> None:
    decamp("-C", root, "scan")
    whole = inventory(root)
    source.refuse(LISTINGS[listing], path)
    assert decamp("-C", root, "scan").code == 3
    now = inventory(root)
    assert listing in names(root)
    assert (now.servers, now.volumes, now.containers) == (whole.servers, whole.volumes, whole.containers)


def test_no_block_storage_in_the_catalogue(decamp: Decamp, root: Path, source: World) -> None:
    source.offer = replace(source.offer, services=tuple(sorted({*source.offer.services} - {"block-storage"})))
    assert decamp("-C", root, "scan").code == 0
    assert inventory(root).servers and not inventory(root).volumes


def test_a_container_whose_headers_are_refused_is_left_out_by_name(decamp: Decamp, root: Path, source: World) -> None:
    source.refuse("object-store", "^/empty$")
    assert decamp("-C", root, "scan").code == 3
    assert len(inventory(root).containers) > 1
    (found,) = findings(decamp, root, codes.CONTAINER_HEADERS_REFUSED)
    assert (found["item"], found["facts"]["why"]) == ("container:empty", "HTTP 403")
    decamp("-C", root, "plan")
    assert left_out(root)["container:empty"] == codes.CONTAINER_HEADERS_REFUSED


def test_a_server_whose_volumes_were_not_listed_is_not_moved_half(decamp: Decamp, root: Path, source: World) -> None:
    decamp("-C", root, "scan")
    holders = {server.name for server in inventory(root).servers if server.attachments}
    others = {server.name for server in inventory(root).servers} - holders
    assert holders and others
    source.refuse("block-storage")
    decamp("-C", root, "scan")
    assert decamp("-C", root, "plan").code == 3
    assert {row["name"] for row in findings(decamp, root, codes.REFERENCE_UNLISTED)} == holders
    assert {name for name in holders if left_out(root).get(f"server:{name}") == codes.REFERENCE_UNLISTED} == holders
    assert not any(f"server:{name}" in left_out(root) for name in others)
    # The rest goes on, and is not called the whole.
    result = decamp("-C", root, "run", "--execute")
    assert result.code == 3, result.out + result.err
    assert "Everything is done" not in result.err and "NOT the whole project" in result.err
    assert "Could not look for leftovers" in result.err
    assert {row.record.name for row in worlds["target"].servers.rows.values()} == others
    assert decamp("-C", root, "verify").code == 3
    for form, name in (("md", "report-en.md"), ("html", "report-en.html")):
        assert decamp("-C", root, "report", "-f", form, "-o", root / name).code == 0
        page = (root / name).read_text()
        assert "This is not the whole tenant" in page and "volume backups, volume snapshots, volumes" in page
        # Whoever says "everything" says in the same sentence what stays behind.
        before = page.partition("This is not the whole tenant")[0].rpartition("<h2")[2]
        assert not re.search(r"Everything(?!.*but parts of .* stay behind)", before)


def test_a_refused_service_that_is_granted_later_moves_the_rest_and_doubles_nothing(
    decamp: Decamp, root: Path, source: World, target: World
) -> None:
    """And if one is refused later, that is said, and nothing is lost in silence."""
    source.refuse("block-storage")
    source.refuse("object-store")
    decamp("-C", root, "scan")
    decamp("-C", root, "plan")
    result = decamp("-C", root, "run", "--execute")
    assert result.code == 3, (result.out, result.err)
    before = set(target.servers.rows)
    source.grant()
    for args in (("scan",), ("plan",), ("run", "--execute"), ("verify", "--full")):
        result = decamp("-C", root, *args)
        assert result.code == 0, (args, result.err)
    now = inventory(root)
    assert before <= set(target.servers.rows) and len(target.servers.rows) == len(now.servers)
    assert len(target.volumes.rows) == len(now.volumes) + len(now.snapshots)
    count = len(now.containers)
    assert len(MemoryCloud("target", world=target).objects.containers()) == count

    source.refuse("object-store")
    result = decamp("-C", root, "scan")
    assert result.code == 3 and f"had {count} (containers)" in result.err
    decamp("-C", root, "plan")
    result = decamp("-C", root, "run", "--execute")
    assert result.code == 3 and "steps of earlier plans skipped" in result.err and "container:empty" in result.err
    assert len(MemoryCloud("target", world=target).objects.containers()) == count
    source.grant()
    for args in (("scan",), ("plan",), ("run", "--execute"), ("verify",)):
        assert decamp("-C", root, *args).code == 0


@pytest.mark.parametrize("word", ["object-store", "object-storage", "swift", "container"])
def test_what_the_policy_leaves_out_is_not_asked_and_told_as_left_out(
    decamp: Decamp, root: Path, source: World, target: World, word: str
) -> None:
    leave_out(root, word)
    result = decamp("-C", root, "scan")
    assert result.code == 0 and "excluded from the scan: containers" in result.err
    if word != "container":
        assert not [line for world in (source, target) for line in world.log if line[1] == "object-store"]
    (found,) = findings(decamp, root, codes.LISTING_SKIPPED)
    assert (found["facts"]["listing"], found["facts"]["selector"]) == ("container", word)
    assert not found["undecided"]


@pytest.mark.parametrize("word", ["object-store", *rest("container", "object-storage", "swift")])
def test_the_rest_of_what_the_policy_leaves_out_is_moved_and_the_report_says_what_is_not(
    decamp: Decamp, root: Path, word: str
) -> None:
    leave_out(root, word)
    assert decamp("-C", root, "scan").code == 0
    for args in (("check",), ("plan",), ("run", "--execute"), ("verify",)):
        result = decamp("-C", root, *args)
        assert result.code == 0, (args, result.err)
    assert decamp("-C", root, "report", "-f", "md").code == 0
    assert f"scan.skip in policy.yaml ({word}) excludes containers" in next((root / "reports").glob("*.md")).read_text()


def test_a_word_that_is_no_service_is_refused_by_its_place(decamp: Decamp, root: Path) -> None:
    leave_out(root, "volumes")
    result = decamp("-C", root, "scan")
    assert result.code == 2 and "scan.skip[0]" in result.sentence and "did you mean volume?" in result.sentence


def test_a_refusal_is_decided_by_the_policy_without_another_scan(decamp: Decamp, root: Path, source: World) -> None:
    source.refuse("object-store")
    decamp("-C", root, "scan")
    assert decamp("-C", root, "check").code == 3
    leave_out(root, "object-store")
    assert decamp("-C", root, "check").code == 0
    assert not findings(decamp, root, codes.SOURCE_LISTING_REFUSED) and findings(decamp, root, codes.LISTING_SKIPPED)
    # Taken back, nobody has asked for them: they are as unknown as before.
    decamp("-C", root, "scan")
    leave_out(root)
    (found,) = findings(decamp, root, codes.SOURCE_LISTING_REFUSED)
    assert found["undecided"] and "scan again" in found["text"]


def test_an_outage_is_no_refusal(decamp: Decamp, root: Path, source: World) -> None:
    assert decamp("-C", root, "scan").code == 0
    kept = (root / "source.json").read_bytes()
    source.fail_next("GET", "/volumes/detail", TransientError(codes.CLOUD_UNAVAILABLE, what="down", url="x"), times=3)
    assert decamp("-C", root, "scan").code == 3
    assert (root / "source.json").read_bytes() == kept


@pytest.mark.parametrize(
    ("refused", "kinds"),
    [
        ([("object-store", ""), ("compute", "/os-keypairs")], {"container", "keypair"}),
        ([("compute", "/flavors")], {"server"}),
        ([("block-storage", "")], {"volume", "snapshot", "server"}),
    ],
)
def test_what_the_target_refuses_blocks_what_needs_it_alone(
    decamp: Decamp, root: Path, target: World, refused: list[tuple[str, str]], kinds: set[str]
) -> None:
    for service, path in refused:
        target.refuse(service, path)
    result = decamp("-C", root, "scan")
    assert result.code == 3, result.err
    blocked = findings(decamp, root, codes.TARGET_LISTING_REFUSED)
    assert {row["item"].partition(":")[0] for row in blocked} == kinds
    decamp("-C", root, "plan")
    result = decamp("-C", root, "run", "--execute")
    assert result.code == 3, result.err
    # The rest was done, and nothing failed at it.
    assert not json.loads(decamp("-C", root, "status", "-f", "json").out)["held"]
    target.grant()
    for args in (("scan",), ("plan",), ("run", "--execute"), ("verify",)):
        result = decamp("-C", root, *args)
        assert result.code == 0, (args, result.err)


def test_what_blocks_at_the_target_does_not_stop_the_evacuation(decamp: Decamp, root: Path, target: World) -> None:
    target.project("main").limits["servers"] = 1
    decamp("-C", root, "scan")
    decamp("-C", root, "plan")
    assert findings(decamp, root, codes.TARGET_QUOTA_SHORT)
    result = decamp("-C", root, "run", "--execute")
    assert result.code == 2 and codes.FINDINGS_BLOCK in result.err
    result = decamp("-C", root, "run", "--execute", "--only", "evacuate")
    assert result.code == 0, result.err
    assert "Blocking findings at the target: 1" in result.err
    asked = len(worlds["source"].log)
    target.project("main").limits["servers"] = 10
    for args in (("scan", "--side", "target"), ("plan",), ("run", "--execute"), ("verify",)):
        result = decamp("-C", root, *args)
        assert result.code == 0, (args, result.err)
    # What was evacuated is not read again.
    reads = [line for line in worlds["source"].log[asked:] if line[2].endswith("/file")]
    assert not reads


def test_what_blocks_at_the_source_still_stops_the_evacuation(decamp: Decamp, root: Path, source: World) -> None:
    source.project("main").limits["snapshots"] = 0
    decamp("-C", root, "scan")
    decamp("-C", root, "plan")
    assert findings(decamp, root, codes.SOURCE_QUOTA_SHORT)
    result = decamp("-C", root, "run", "--execute", "--only", "evacuate")
    assert result.code == 2 and codes.FINDINGS_BLOCK in result.err


def test_a_copy_that_is_blocked_is_held_back_and_the_disks_are_read(decamp: Decamp, root: Path, target: World) -> None:
    there = MemoryCloud("target", world=target)
    there.objects.put_container("empty", {})
    there.objects.put("empty", ObjectInfo(name="a", size_bytes=1, etag="", content_type="x/y"), [b"x"])
    decamp("-C", root, "scan")
    decamp("-C", root, "plan")
    result = decamp("-C", root, "run", "--execute", "--only", "evacuate")
    assert "Blocking findings at the target" in result.err
    assert [entry.name for entry in there.objects.entries("empty")] == ["a"]
