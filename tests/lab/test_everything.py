"""The tenant that holds every kind: what `check` says of it, the move by two runs, and who judges that.

Its resources are lab/tenants/everything.json. The target differs from the source on purpose, and is then made hostile.
"""

import base64
import json
import re
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from migrate.messages import codes
from tests.lab.everything import (
    SNAPSHOTS,
    Shape,
    assert_same_disks,
    assert_same_tenant,
    born_with,
    decide,
    let_run_on,
    project_id,
    shape,
)
from tests.lab.harness import (
    ALLOWED_AT_SOURCE,
    LAB,
    Witness,
    Workspace,
    environment,
    facts,
    fresh,
    openstack,
    run,
    sweep,
    wait_until,
)

pytestmark = [pytest.mark.lab, pytest.mark.full]

PROJECT = "test-everything"
SOURCE, TARGET = f"source-{PROJECT}", f"target-{PROJECT}"
ADMIN = (LAB / ".venv/bin/openstack", "--os-cloud", "target-admin")
CLI = (LAB / ".venv/bin/openstack", "--os-cloud", TARGET)

ROOM = [
    *("--instances", "30", "--cores", "60", "--ram", "200000", "--volumes", "40", "--gigabytes", "200"),
    *("--networks", "30", "--subnets", "30", "--ports", "90", "--routers", "30", "--floating-ips", "30"),
    *("--secgroups", "30", "--secgroup-rules", "200"),
]
"""More than the tenant needs of everything that a test has made scarce."""

Table = dict[str, tuple[str, list[str]]]
"""Code -> level, and the names of all that it is said of, sorted."""

DISKS = sorted(["books", "safe-boot", "safe-data", "spare", *SNAPSHOTS])
NAMELESS = "a port without a name"

FINDINGS: Table = {
    # Two temporary copies fit beside all volumes, and four steps may load the target at once.
    codes.TARGET_QUOTA_TIGHT: ("advice", ["volumes", "volumes_gib"]),
    codes.USER_DATA_UNKNOWN: ("advice", ["the tenant"]),
    codes.FLAVOR_CHANGES: ("changes", ["dormant", "hub", "safe", "till", "twin"]),
    codes.VOLUME_TYPE_CHANGES: ("changes", DISKS),
    codes.ZONE_CHANGES: ("changes", sorted([*DISKS, "dormant", "hub", "safe", "till", "twin"])),
    codes.ADDRESS_CHANGES: ("changes", ["an address"] * 3),
    codes.MAC_CHANGES: (
        "changes",
        [
            *(NAMELESS, NAMELESS, "hub-cameras", "hub-office", "hub-phones", "shared-address"),
            *("till-office", "till-stock", "till-vault", "twin-first", "twin-second"),
        ],
    ),
    codes.SERVER_STOPPED_FOR_CAPTURE: ("changes", ["hub", "safe", "till"]),
    codes.SERVER_WILL_RUN: ("changes", ["dormant"]),
    codes.PORT_ORDER_UNCERTAIN: ("advice", ["twin"]),
    codes.IMAGE_OF_SNAPSHOTS: ("changes", ["Safe as of today"]),
    codes.IMAGE_PROPERTIES_DROPPED: ("changes", ["Till as of today", "Till golden"]),
    codes.IMAGE_SHARING_UNMAPPED: ("changes", ["Till golden"]),
    codes.SERVER_MEMORY_LOST: ("loses", ["siesta", "winter"]),
    codes.SERVER_SHELVED: ("blocks", ["attic"]),
    codes.SERVER_IN_RESCUE: ("blocks", ["patient"]),
    codes.SNAPSHOT_CONVERTED: ("changes", SNAPSHOTS),
    codes.BACKUP_LEFT: ("loses", ["books-backup"]),
    codes.BACKUP_CONTAINER: ("changes", ["volumebackups"]),
    codes.RULE_NAMES_CHANGED_ADDRESS: ("changes", ["tills"]),
    # The ports of the four servers that are left out.
    codes.DEPENDENCY_LEFT_OUT: ("loses", [NAMELESS] * 4),
    codes.CAPTURED_ONLY: ("advice", ["siesta", "winter"]),
    codes.INTERFACE_NAMES_CHANGE: ("advice", ["dormant", "hub", "safe", "till", "twin"]),
    codes.FIRST_BOOT_AGAIN: ("advice", ["dormant", "hub", "safe", "till", "twin"]),
    codes.VIRTUAL_ADDRESSES: ("advice", ["till"]),
    codes.VOLUME_UNUSED: ("advice", ["books", "spare"]),
    codes.IMAGE_UNUSED: ("advice", ["Licence server", "Till golden 2015"]),
    codes.FLOATING_IP_UNUSED: ("advice", ["an address"]),
    codes.TWIN_CHOSEN: ("changes", ["twin"]),
}

IN_THE_WAY: Table = {
    codes.TARGET_QUOTA_SHORT: ("blocks", ["ports", "security_groups", "volumes"]),
    codes.TARGET_QUOTA_TIGHT: ("advice", ["volumes_gib"]),
    # `till` is not started at the target, and need not be stopped for its one disk.
    codes.SERVER_STOPPED_FOR_CAPTURE: ("changes", ["hub", "safe"]),
    codes.KEYPAIR_NAME_TAKEN: ("blocks", ["ops"]),
    codes.SECURITY_GROUP_NAME_TAKEN: ("blocks", ["desks"]),
    codes.NETWORK_NAME_TAKEN: ("blocks", ["stock"]),
    codes.SUBNET_OVERLAPS: ("blocks", ["stock-v4"]),
    codes.CONTAINER_NAME_TAKEN: ("blocks", ["papers"]),
    codes.RULE_GROUP_LOST: ("loses", ["tills"]),
    # `safe` has the key that clashes, `till` a port on the network that does and one in the group.
    codes.DEPENDENCY_LEFT_OUT: (
        "loses",
        sorted([*[NAMELESS] * 5, "an address", "safe", "till", "till-office", "till-stock", "till-vault"]),
    ),
    codes.CAPTURED_ONLY: ("advice", ["siesta", "till", "winter"]),
}
# Nothing is said of how a server changes that does not move.
LEFT_OUT_BY_IT = {"safe", "till", "till-office", "till-stock", "till-vault"}
PER_SERVER = {
    codes.FLAVOR_CHANGES,
    codes.ZONE_CHANGES,
    codes.MAC_CHANGES,
    codes.INTERFACE_NAMES_CHANGE,
    codes.FIRST_BOOT_AGAIN,
    codes.VIRTUAL_ADDRESSES,
}


@pytest.fixture(scope="module")
def tenant(lab: None) -> None:
    fresh("everything", PROJECT)


@pytest.fixture(scope="module")
def scanned(tenant: None, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    workspace = Workspace(tmp_path_factory.mktemp("everything") / "ws", PROJECT)
    workspace.init()
    let_run_on(workspace)
    workspace.decamp("scan")
    return workspace


def table(workspace: Workspace) -> Table:
    found: dict[str, tuple[str, list[str]]] = defaultdict(lambda: ("", []))
    for one in workspace.json("check", expect=None):
        kind = one["item"].partition(":")[0]
        name = {"floating-ip": "an address", "": one["facts"].get("resource", "the tenant")}.get(kind, one["name"])
        names = sorted([*found[one["code"]][1], name or NAMELESS])
        found[one["code"]] = (one["level"], names)
    return dict(found)


# ---------------------------------------------------------------- what check says, none missing and none false


def test_check_finds_exactly_what_differs_at_the_target(scanned: Workspace) -> None:
    assert table(scanned) == FINDINGS


@pytest.fixture
def hostile(scanned: Workspace) -> Iterator[Workspace]:
    """Namesakes of another content at the target, a subnet that overlaps, quotas that are one too small."""
    for command in (
        "keypair create ops",
        "security group create desks",
        "network create stock",
        "subnet create --network stock --subnet-range 10.71.0.128/25 other",
        "container create papers",
        f"object create papers {__file__} --name left-here",
    ):
        run(*CLI, *command.split())
    quotas = ("--volumes", "7", "--ports", "10", "--secgroups", "3", "--floating-ips", "2")
    run(*ADMIN, "quota", "set", *quotas, PROJECT)
    scanned.decamp("scan")
    yield scanned
    sweep("target", PROJECT)


def test_check_finds_exactly_what_is_in_the_way(hostile: Workspace) -> None:
    expected = {**FINDINGS, **IN_THE_WAY}
    for code in PER_SERVER:
        level, names = FINDINGS[code]
        expected[code] = (level, [name for name in names if name not in LEFT_OUT_BY_IT])
    # The port that Nova made for `safe`, and the address that leads to `till`.
    expected[codes.MAC_CHANGES][1].remove(NAMELESS)
    expected[codes.ADDRESS_CHANGES] = ("changes", ["an address"] * 2)
    assert table(hostile) == {code: row for code, row in expected.items() if row[1]}


# ---------------------------------------------------------------- the move


@dataclass
class Moved:
    workspace: Workspace
    source: Witness
    target: Witness
    before: Shape
    ended: list[subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def moved(scanned: Workspace) -> Moved:
    """Moved by two runs; the second begins once the first one has something in hand."""
    run(*ADMIN, "quota", "set", *ROOM, PROJECT)
    decide(scanned)
    before = shape(SOURCE)
    source, target = Witness.now("source", PROJECT), Witness.now("target", PROJECT)
    for step in ("scan", "check", "plan"):
        scanned.decamp(step)
    scanned.decamp("approve", "cut-over", "--who", "the tests")
    with ThreadPoolExecutor(2) as both:
        first = both.submit(scanned.decamp, "run", "--execute", expect=None)
        wait_until(lambda: bool(scanned.steps_in("running")) or first.done(), "a step of the first run")
        second = both.submit(scanned.decamp, "run", "--execute", expect=None)
    ended = [first.result(), second.result()]
    source, target = source.ended(), target.ended()
    scanned.decamp("verify", expect=None)
    return Moved(scanned, source, target, before, ended)


def test_both_runs_end_well(moved: Moved) -> None:
    for one in moved.ended:
        assert one.returncode == 0, one.stdout + one.stderr


CREATED = (
    ("nova", r"/v2\.1/servers", "servers"),
    ("nova", r"/v2\.1/os-server-groups", "server_groups"),
    ("neutron", r"/v2\.0/networks", "networks"),
    ("neutron", r"/v2\.0/subnets", "subnets"),
    ("neutron", r"/v2\.0/routers", "routers"),
    ("neutron", r"/v2\.0/trunks", "trunks"),
    ("neutron", r"/v2\.0/floatingips", "floating"),
    ("cinder", r"/v3(/[0-9a-f]{32})?/volumes", "volumes"),
    ("glance", r"/v2/images", "images"),
)


def test_no_step_was_done_twice(moved: Moved) -> None:
    """Both runs took part; the target's logs have one create for each thing that is there, and no second one."""
    assert all(re.search(r"^done ", one.stdout + one.stderr, re.M) for one in moved.ended), "one had nothing to do"
    there = shape(TARGET)
    asked = [r for r in moved.target.writes() if r.method == "POST" and r.status < 300]
    for service, path, kind in CREATED:
        made = [r for r in asked if r.service == service and re.fullmatch(path, r.path.partition("?")[0])]
        # Volumes are made of images of ours, which are gone again.
        known = there[kind] if kind != "images" else [*there["images"], *there["volumes"]]
        assert len(made) == len(known), kind


def test_openstack_shows_the_same_tenant(moved: Moved) -> None:
    assert_same_tenant(moved.before, shape(TARGET))


def test_the_source_is_as_it_was(moved: Moved) -> None:
    assert shape(SOURCE) == moved.before


def test_every_file_system_is_clean_and_has_the_same_tree(moved: Moved) -> None:
    assert_same_disks(PROJECT)


RESTORES = ("cinder", "POST", r"/v3(/[0-9a-f]{32})?/backups/[0-9a-f-]+/restore")


def test_the_sources_logs_show_nothing_but_the_allow_list(moved: Moved) -> None:
    assert moved.source.outside((*ALLOWED_AT_SOURCE, RESTORES)) == []


def test_what_a_server_was_born_with_is_kept_in_private_and_given(moved: Moved) -> None:
    born = born_with("till")
    kept = [p.read_bytes() for p in (moved.workspace.root / "private").rglob("*") if p.is_file()]
    assert born.encode() in kept
    (server,) = [s["ID"] for s in openstack(TARGET, "server", "list") if s["Name"] == "till"]
    script = (
        "import openstack, sys\n"
        "c = openstack.connect(cloud='target-admin').compute\n"
        "server = c.get(f'/servers/{sys.argv[1]}', microversion='2.3').json()['server']\n"
        "print(server['OS-EXT-SRV-ATTR:user_data'])\n"
    )
    shown = run(LAB / ".venv/bin/python", "-c", script, server).stdout.strip()
    assert base64.b64decode(shown).decode() == born


def test_rules_that_named_an_old_address_name_the_new_one(moved: Moved) -> None:
    new = {one["Floating IP Address"] for one in openstack(TARGET, "floating", "ip", "list")}
    old = {one["Floating IP Address"] for one in openstack(SOURCE, "floating", "ip", "list")}
    rules = {str(one["IP Range"]).removesuffix("/32") for one in openstack(TARGET, "security", "group", "rule", "list")}
    assert rules & new and not rules & old


def test_a_shared_image_is_offered_to_the_same_partner(moved: Moved) -> None:
    (image,) = [i["ID"] for i in openstack(TARGET, "image", "list", "--private") if i["Name"] == "Till golden"] or [
        i["ID"] for i in openstack(TARGET, "image", "list", "--shared") if i["Name"] == "Till golden"
    ]
    members = openstack(TARGET, "image", "member", "list", image)
    assert [m["Member ID"] for m in members] == [project_id("target", f"{PROJECT}-partner")]


# ---------------------------------------------------------------- verify must name it


def named(moved: Moved, *options: str) -> dict[str, tuple[str, ...]]:
    """What `decamp verify` says is not the same: kind and name -> differences."""
    moved.workspace.decamp("verify", *options, expect=None)
    evidence = json.loads((moved.workspace.root / "evidence/verify.json").read_text())
    found = {}
    for row in evidence["rows"]:
        kind = row["item"].partition(":")[0]
        if row["differences"]:
            found[f"{kind} {'an address' if kind == 'floating-ip' else row['name']}"] = tuple(row["differences"])
    return found


CHANGES = """
import openstack
c = openstack.connect(cloud=%r)
project = c.current_project_id
back = []

def change(update, one, **fields):
    before = {key: getattr(one, name) for key, name in ATTRIBUTES.items() if key in fields}
    update(one, **fields)
    back.append(lambda: update(one, **before))

ATTRIBUTES = {
    'enable_dhcp': 'is_dhcp_enabled', 'allowed_address_pairs': 'allowed_address_pairs', 'routes': 'routes',
    'dns_nameservers': 'dns_nameservers', 'is_hidden': 'is_hidden', 'hw_disk_bus': 'hw_disk_bus',
}
net, named = c.network, lambda found, name: next(one for one in found if one.name == name)

trunk = next(net.trunks())
sub = trunk.sub_ports[0]
net.delete_trunk_subports(trunk, [{'port_id': sub['port_id']}])
back.append(lambda: net.add_trunk_subports(trunk, [sub]))

address = next(ip for ip in net.ips(project_id=project) if list(net.port_forwardings(ip)))
ssh = next(one for one in net.port_forwardings(address) if one.external_port == 2222)
net.update_floating_ip_port_forwarding(address, ssh, internal_port=23)
back.append(lambda: net.update_floating_ip_port_forwarding(address, ssh, internal_port=22))

edge = named(net.routers(project_id=project), 'edge')
change(net.update_router, edge, routes=edge.routes[1:])
stock = named(net.subnets(), 'stock-v4')
change(net.update_subnet, stock, enable_dhcp=not stock.is_dhcp_enabled)
change(net.update_subnet, named(net.subnets(), 'office-v6'), dns_nameservers=['fd00::1'])
change(net.update_port, named(net.ports(), 'till-office'), allowed_address_pairs=[])

till = named(c.compute.servers(), 'till')
key, value = next((k, v) for k, v in till.metadata.items() if not k.startswith('decamp'))
c.compute.set_server_metadata(till, **{key: 'other'})
back.append(lambda: c.compute.set_server_metadata(till, **{key: value}))

change(c.image.update_image, next(c.image.images(owner=project, is_hidden=True)), is_hidden=False)
change(c.image.update_image, named(c.image.images(owner=project), 'Till golden'), hw_disk_bus='ide')

january = named(c.block_storage.volumes(), 'books-january')
c.block_storage.delete_volume_metadata(january, ['month'])
back.append(lambda: c.block_storage.set_volume_metadata(january, month='1'))

print('changed', flush=True)
input()
for undo in reversed(back):
    undo()
"""

CHANGED = {
    "trunk hub-vlans",
    "floating-ip an address",
    "router edge",
    "subnet stock-v4",
    "subnet office-v6",
    "port till-office",
    "server till",
    "image Till golden 2015",
    "image Till golden",
    "snapshot books-january",
}


def test_each_thing_that_changed_is_named_and_no_other(moved: Moved) -> None:
    changer = subprocess.Popen(
        [str(LAB / ".venv/bin/python"), "-c", CHANGES % TARGET],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(), text=True,
    )  # fmt: skip
    assert changer.stdout
    try:
        assert changer.stdout.readline() == "changed\n", changer.communicate()
        found = named(moved)
    finally:
        said = changer.communicate("\n")
    assert changer.returncode == 0, said
    assert set(found) == CHANGED, found
    assert named(moved) == {}, "the test did not put back what it changed"


def test_a_flipped_byte_in_what_was_a_snapshot_or_a_backup_is_named(moved: Moved) -> None:
    volumes = facts(PROJECT)["target"]["volumes"]
    paths = [Path(volumes[name]["file"]) for name in ("books-february", "books-backup")]
    for path in paths:
        flip(path, 1 << 20)
    found = named(moved, "--reread", "all")
    for path in paths:
        flip(path, 1 << 20)
    assert set(found) == {"snapshot books-february", "backup books-backup"}, found
    assert all("bytes 1048576-1114111" in str(differences) for differences in found.values())


def flip(path: Path, at: int) -> None:
    with path.open("r+b") as disk:
        disk.seek(at)
        byte = disk.read(1)[0]
        disk.seek(at)
        disk.write(bytes([byte ^ 1]))
