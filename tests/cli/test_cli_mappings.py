"""Mappings by single server, volume and port, through the command line."""

import json
from pathlib import Path
from typing import Any

import pytest

from migrate.clouds.ports import NewServer, NewVolume
from migrate.demo.memory import worlds
from migrate.demo.memory.cloud import MemoryCloud
from migrate.messages import codes
from migrate.model import Port
from tests.cli.conftest import Decamp
from tests.cli.network_tenant import edit_again, findings, moved_port, put_server, run, shared
from tests.cli.workspaces import edit


def cloud(world: str) -> MemoryCloud:
    return MemoryCloud(f"{world}/small", world=worlds[world], project="small")


@pytest.fixture
def tenant(decamp: Decamp, workspace: Path) -> Path:
    """`tool-1` and three servers more of the same flavor, three volumes of one type; scanned."""
    source = cloud("source")
    network = next(n for n in source.network.state().networks if n.is_own)
    image = source.images.images()[0]
    for name in ("web-1", "web-2", "db"):
        port_id = source.network.create_port(Port(id="", network_id=network.id))
        new = NewServer(name=name, flavor_id="16", image_id=image.id, port_ids=(port_id,))
        source.compute.create_server(new)
        source.block.create_volume(NewVolume(name=f"{name}-data", size_gib=1, volume_type="standard"))
    worlds["source"].settle()
    assert decamp("-C", workspace, "scan").code == 0
    return workspace


def told(decamp: Decamp, root: Path, code: str) -> list[tuple[str, dict[str, str]]]:
    checked: list[dict[str, Any]] = json.loads(decamp("-C", root, "check", "-f", "json").out)
    found = [(f["name"], f["facts"]) for f in checked if f["code"] == code]
    return sorted(found, key=lambda one: (one[0], one[1].get("mapping", "")))


def test_a_things_own_line_comes_before_a_pattern_and_that_before_the_name(decamp: Decamp, tenant: Path) -> None:
    edit(
        tenant,
        flavors='{"t1.cw.tiny": s1-2, "server:web-*": b2-7, "server:web-2": b2-15}',
        volume_types='{"volume:db-data": high-speed, "volume:*": classic}',
    )
    assert not told(decamp, tenant, codes.SELECTOR_UNMATCHED)
    assert run(decamp, tenant).code == 0
    assert decamp("-C", tenant, "verify").code == 0
    there = cloud("target")
    flavors = {one.name: one.flavor.name for one in there.compute.servers()}
    assert flavors == {"tool-1": "s1-2", "web-1": "b2-7", "web-2": "b2-15", "db": "s1-2"}
    types = {one.name: one.volume_type for one in there.block.volumes()}
    assert types == {"web-1-data": "classic", "web-2-data": "classic", "db-data": "high-speed"}


def test_a_target_that_is_not_there(decamp: Decamp, tenant: Path) -> None:
    edit(
        tenant,
        flavors='{"server:web-2": b2-16}',
        volume_types='{"volume:db-data": high-sped}',
        compute_zones='{"server:db": az-z}',
        volume_zones='{"volume:db-data": az-z}',
    )
    wrong = told(decamp, tenant, codes.MAPPING_TARGET_UNKNOWN)
    assert [(name, facts["mapping"], facts["wanted"]) for name, facts in wrong] == [
        ("db", "compute_zones", "az-z"),
        ("db-data", "volume_types", "high-sped"),
        ("db-data", "volume_zones", "az-z"),
        ("web-2", "flavors", "b2-16"),
    ]
    assert decamp("-C", tenant, "plan").code == 3


def test_a_line_that_fits_nothing(decamp: Decamp, tenant: Path) -> None:
    edit(
        tenant,
        flavors='{"server:wbe-*": b2-7, "volume:db-data": b2-7}',
        volume_types='{"server:db": classic, "snapshot:*": classic}',
        networks='{"port:*": Ext-Net}',
    )
    assert {(facts["list"], facts["selector"]) for _, facts in told(decamp, tenant, codes.SELECTOR_UNMATCHED)} == {
        ("mappings.flavors", "server:wbe-*"),
        ("mappings.flavors", "volume:db-data"),
        ("mappings.volume_types", "server:db"),
        ("mappings.volume_types", "snapshot:*"),
        ("mappings.networks", "port:*"),
    }


def test_two_patterns_that_differ(decamp: Decamp, tenant: Path) -> None:
    edit(tenant, flavors='{"server:web-*": b2-7, "server:*-1": s1-2}', volume_types='{"volume:*": classic}')
    assert told(decamp, tenant, codes.MAPPING_AMBIGUOUS) == [
        ("web-1", {"mapping": "flavors", "lines": "server:*-1, server:web-*"})
    ]
    assert decamp("-C", tenant, "plan").code == 3
    # The same target twice is no question, and a line of its own is the answer to one.
    edit_again(tenant, '"server:*-1": s1-2', '"server:*-1": s1-2, "server:web-1": b2-15')
    assert told(decamp, tenant, codes.MAPPING_AMBIGUOUS) == []
    assert decamp("-C", tenant, "plan").code == 0


def test_a_server_has_a_network_of_its_own_choice(decamp: Decamp, workspace: Path) -> None:
    lan = shared("source", "lan", "10.99.0.0/24")
    blue, green = shared("target", "blue", "172.20.0.0/24"), shared("target", "green", "172.21.0.0/24")
    for name in ("kiosk", "till"):
        put_server(lan, name)
    edit(workspace, networks='{lan: blue, "server:till": green}')
    assert decamp("-C", workspace, "scan").code == 0
    assert codes.SELECTOR_UNMATCHED not in findings(decamp, workspace)
    assert run(decamp, workspace).code == 0
    assert (moved_port("kiosk-eth0").network_id, moved_port("till-eth0").network_id) == (blue, green)
    assert decamp("-C", workspace, "verify").code == 0


def test_the_second_time_a_line_that_changed_makes_nothing_twice(decamp: Decamp, workspace: Path) -> None:
    edit(workspace, flavors='{"server:tool-1": b2-7}')
    assert decamp("-C", workspace, "scan").code == 0
    assert run(decamp, workspace).code == 0
    ((made, flavor),) = ((one.id, one.flavor.name) for one in cloud("target").compute.servers())
    assert flavor == "b2-7"
    edit_again(workspace, '"server:tool-1": b2-7', '"server:tool-1": b2-15')
    assert decamp("-C", workspace, "scan").code == 0
    assert run(decamp, workspace).code == 0
    assert [(one.id, one.flavor.name) for one in cloud("target").compute.servers()] == [(made, flavor)]
    # It stays as it was made, and verify says that the policy wants it otherwise.
    assert decamp("-C", workspace, "verify").code == 4
