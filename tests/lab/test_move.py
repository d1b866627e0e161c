"""The main job on real services, judged by others: access logs, `openstack`, `swift`, `rclone`, e2fsck, tree hashes."""

import csv
import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.lab.conftest import PROJECT, Moved, listings
from tests.lab.harness import ALLOWED_AT_SOURCE, HOME, LAB, Witness, environment, facts, openstack, openstack_all, run

pytestmark = pytest.mark.lab


def test_five_commands_change_nothing_on_either_cloud(moved: Moved) -> None:
    """The first report: what it costs the clouds."""
    source, target = moved.until_the_report
    assert source.requests() and target.requests(), "the logs are not being read"
    assert source.writes() == [] and target.writes() == []
    assert "web1" in moved.first_report and "<script" not in moved.first_report


def test_the_source_is_as_it_was_but_for_the_gated_stop(moved: Moved) -> None:
    before, after = json.loads(json.dumps(moved.before)), json.loads(json.dumps(moved.after))
    assert {s["Status"] for s in before["servers"]} == {"ACTIVE"}
    assert {s["Status"] for s in after["servers"]} == {"SHUTOFF"}
    for server in (*before["servers"], *after["servers"]):
        del server["Status"]
    assert after == before


def test_the_sources_access_logs_show_nothing_but_the_allow_list(moved: Moved) -> None:
    assert moved.source.outside(ALLOWED_AT_SOURCE) == []


def test_nothing_that_the_source_had_before_was_deleted(moved: Moved) -> None:
    deleted = {w.path.rsplit("/", 1)[1] for w in moved.source.writes() if w.method == "DELETE"}
    assert deleted, "our temporaries were not removed"
    before = json.dumps(moved.before)
    assert [i for i in deleted if i in before] == []


def test_no_byte_range_of_an_image_was_read_twice_at_the_source(moved: Moved) -> None:
    ranges = [(r.path, r.range) for r in moved.source.requests() if r.method == "GET" and r.path.endswith("/file")]
    assert ranges
    assert len(ranges) == len(set(ranges))


def test_file_systems_are_clean_and_their_trees_equal(moved: Moved) -> None:
    both = facts(PROJECT)
    assert both["source"]["volumes"] and both["source"]["root_disks"]
    for kind in ("volumes", "root_disks"):
        assert set(both["source"][kind]) == set(both["target"][kind])
        for name, source in both["source"][kind].items():
            target = both["target"][kind][name]
            assert target["fsck_clean"], name
            assert target["tree_sha256"] == source["tree_sha256"], name


def test_openstack_shows_the_server_active_with_its_volumes_in_order(moved: Moved) -> None:
    """As they were attached, which is not by name."""
    seen = {side: _attached(f"{side}-{PROJECT}") for side in ("source", "target")}
    assert seen["target"] == seen["source"] == {"web1": ["web1-data", "web1-archive"]}
    assert {s["Status"] for s in openstack(f"target-{PROJECT}", "server", "list")} == {"ACTIVE"}


def _attached(cloud: str) -> dict[str, list[str]]:
    """Server name -> names of its volumes, by device."""
    servers, volumes = openstack_all(cloud, "server list", "volume list --long")
    names = {server["ID"]: server["Name"] for server in servers}
    attached: dict[str, list[tuple[str, str]]] = {name: [] for name in names.values()}
    for volume in volumes:
        for attachment in volume["Attached to"]:
            attached[names[attachment["server_id"]]].append((attachment["device"], volume["Name"]))
    return {name: [volume for _, volume in sorted(found)] for name, found in attached.items()}


def test_nova_shows_the_interfaces_in_their_order(moved: Moved) -> None:
    """As Nova lists a server's networks: in the order of its interfaces, which no name or address is sorted by."""
    seen = {side: _interfaces(f"{side}-{PROJECT}") for side in ("source", "target")}
    assert seen["target"] == seen["source"] == {"web1": [["front", "10.60.0.10"], ["back", "10.59.0.10"]]}


def _interfaces(cloud: str) -> dict[str, list[list[str]]]:
    """Server name -> network and fixed address of each interface."""
    script = (
        "import json, openstack, sys\n"
        "servers = openstack.connect(cloud=sys.argv[1]).compute.get('/servers/detail').json()['servers']\n"
        "print(json.dumps({s['name']: [[network, one['addr']] for network, found in s['addresses'].items()"
        " for one in found if one['OS-EXT-IPS:type'] == 'fixed'] for s in servers}))\n"
    )
    found: dict[str, list[list[str]]] = json.loads(run(LAB / ".venv/bin/python", "-c", script, cloud).stdout)
    return found


def test_the_table_of_addresses_is_what_openstack_lists_of_both_clouds(moved: Moved) -> None:
    assert moved.workspace.decamp("report").returncode == 0
    with (moved.workspace.root / "reports/addresses.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    told = {side: _told(rows, "old" if side == "source" else "new") for side in ("source", "target")}
    assert told == {side: _listed(f"{side}-{PROJECT}") for side in ("source", "target")}
    assert len(told["target"]["floating-ip", "address"]) == 1 and {row["status"] for row in rows} == {"changed", "kept"}


def _told(rows: list[dict[str, str]], column: str) -> dict[tuple[str, str], set[str]]:
    """What the table has under old or new, by kind and property."""
    found: dict[tuple[str, str], set[str]] = {}
    for row in rows:
        if row["kind"] in ("floating-ip", "port", "server", "volume"):
            found.setdefault((row["kind"], row["what"]), set()).add(row[column])
    return found


def _listed(cloud: str) -> dict[tuple[str, str], set[str]]:
    """The same of what the cloud lists; ports of routers and DHCP are not the tenant's to move."""
    listed = listings(cloud)
    ports = openstack(cloud, "port", "list", "--long")
    own = {port["ID"]: port for port in ports if not port["Device Owner"].startswith("network:")}
    return {
        ("floating-ip", "address"): {one["Floating IP Address"] for one in listed["addresses"]},
        ("floating-ip", "id"): {one["ID"] for one in listed["addresses"]},
        ("port", "address"): {fixed["ip_address"] for port in own.values() for fixed in port["Fixed IP Addresses"]},
        ("port", "mac"): {port["MAC Address"] for port in own.values()},
        ("port", "id"): set(own),
        ("server", "id"): {one["ID"] for one in listed["servers"]},
        ("volume", "id"): {one["ID"] for one in listed["volumes"]},
    }


def test_swift_lists_the_same_objects_on_both_sides(moved: Moved) -> None:
    listed = {side: _swift_listing(side) for side in ("source", "target")}
    assert sum(len(objects) for objects in listed["source"].values()) > 50
    assert listed["target"] == listed["source"]


def _swift_listing(side: str) -> dict[str, list[str]]:
    script = (
        "import json, openstack, swiftclient, sys\n"
        "c = swiftclient.Connection(session=openstack.connect(cloud=sys.argv[1]).session)\n"
        "print(json.dumps({k['name']: [[o['name'], o.get('slo_etag') or o['hash'], o['bytes'], o['content_type']]"
        " for o in c.get_container(k['name'], full_listing=True)[1]] for k in c.get_account()[1]}))\n"
    )
    listed: dict[str, list[str]] = json.loads(run(LAB / ".venv/bin/python", "-c", script, f"{side}-{PROJECT}").stdout)
    return listed


def test_rclone_check_finds_no_difference(moved: Moved) -> None:
    """rclone cannot name every awkward object, so it judges the plain ones; `swift` above judges all."""
    env = {**environment(), **_rclone("SRC", "source"), **_rclone("DST", "target")}
    done = subprocess.run(
        ["rclone", "check", "src:documents", "dst:documents", "--include", "/usr/**",
         "--include", "/archive/**", "--one-way=false", "--download"],
        capture_output=True, text=True, env=env,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "0 differences found" in done.stderr
    assert re.search(r"[1-9]\d* matching files", done.stderr), done.stderr


def _rclone(name: str, side: str) -> dict[str, str]:
    port = {"source": 15000, "target": 25000}[side]
    fields = {
        "TYPE": "swift", "USER": PROJECT, "KEY": "lab-secret", "AUTH": f"http://127.0.0.1:{port}/v3",
        "AUTH_VERSION": "3", "DOMAIN": "Default", "TENANT": PROJECT, "TENANT_DOMAIN": "Default",
    }  # fmt: skip
    return {f"RCLONE_CONFIG_{name}_{key}": value for key, value in fields.items()}


def test_a_second_run_changes_nothing_on_either_side(moved: Moved) -> None:
    source, target = Witness.now("source", PROJECT), Witness.now("target", PROJECT)
    moved.workspace.decamp("run", "--execute")
    assert source.writes() == []
    assert target.writes() == []


def test_what_the_customer_makes_out_of_ours_survives_clean(moved: Moved) -> None:
    cli = LAB / ".venv/bin/openstack"
    made: list[tuple[str, str, str]] = []
    try:
        for side in ("source", "target"):
            cloud = f"{side}-{PROJECT}"
            servers, volumes = openstack_all(cloud, "server list", "volume list")
            image = openstack(cloud, "server", "image", "create", "--wait", "--name", "mine", servers[0]["ID"])
            made.append((cloud, "image", image["id"]))
            version = ("--os-volume-api-version", "3.66")
            snapshot = openstack(cloud, *version, "volume", "snapshot", "create", "--volume", volumes[0]["ID"], "mine")
            made.append((cloud, "volume snapshot", snapshot["id"]))
        moved.workspace.decamp("clean", "--execute")
        for cloud, kind, resource_id in made:
            assert openstack(cloud, *kind.split(), "show", resource_id)["id"] == resource_id
    finally:
        for cloud, kind, resource_id in made:
            run(cli, "--os-cloud", cloud, *kind.split(), "delete", resource_id)


def test_no_secret_is_in_the_workspace(moved: Moved) -> None:
    for path in moved.workspace.root.rglob("*"):
        if path.is_file() and "store" not in path.parts:
            assert b"lab-secret" not in path.read_bytes(), path


def test_the_evidence_says_how_each_item_was_proved(moved: Moved) -> None:
    evidence = json.loads((moved.workspace.root / "evidence/verify.json").read_text())
    rows = {row["item"]: row for row in evidence["rows"]}
    assert {"source-server hash", "re-read", "listing", "fields"} <= {row["proof"] for row in rows.values()}
    assert {row["consistency"] for row in rows.values() if row["kind"] == "volume"} == {"stopped"}
    assert Path(HOME / "target").is_dir() and os.access(moved.workspace.root / "private", os.R_OK)
