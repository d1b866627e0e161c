"""Servers on other projects' networks, shared ones and the provider's, through the command line."""

import json
from pathlib import Path

import pytest

from migrate.demo.memory import worlds
from migrate.demo.memory.cloud import MemoryCloud
from migrate.messages import codes
from migrate.model import AddressPair, FloatingIp, SecurityGroup, SecurityGroupRule, Server, Subnet
from tests.cli.conftest import Decamp
from tests.cli.network_tenant import edit_again, findings, moved_port, put_server, run, shared, tenant
from tests.cli.workspaces import edit


def move(decamp: Decamp, root: Path) -> None:
    assert run(decamp, root).code == 0
    assert decamp("-C", root, "verify").code == 0


def moved_server(name: str = "kiosk") -> Server:
    (server,) = [server for server in tenant("target").compute.servers() if server.name == name]
    return server


@pytest.fixture
def lan(workspace: Path) -> str:
    """A server of the tenant on a shared network of the source, and one shared network at the target."""
    return shared("source", "lan", "10.99.0.0/24")


def test_a_server_on_a_shared_network_moves_to_the_targets(decamp: Decamp, workspace: Path, lan: str) -> None:
    there = shared("target", "shared-net", "172.20.0.0/24")
    old = put_server(lan)
    assert decamp("-C", workspace, "scan").code == 0
    told = findings(decamp, workspace)
    assert told[codes.PORT_NETWORK_CHANGES] == {"network": "lan", "becomes": "shared-net"}
    assert told[codes.FIXED_ADDRESS_CHANGES] == {"address": old, "becomes": "shared-net"}
    assert codes.PORT_NETWORK_UNCLEAR not in told
    move(decamp, workspace)
    port = moved_port()
    assert port.network_id == there and moved_server().port_ids == (port.id,)
    new = port.fixed_ips[0].ip_address
    assert new.startswith("172.20.0.")
    assert f"{old} → {new}" in decamp("-C", workspace, "report", "-o", "-").out
    assert f"{old} → " in decamp("-C", workspace, "report", "-o", "-", "--offline").out


def test_nothing_is_guessed_between_two(decamp: Decamp, workspace: Path, lan: str) -> None:
    for name in ("blue", "green"):
        shared("target", name, "172.20.0.0/24")
    put_server(lan)
    assert decamp("-C", workspace, "scan").code == 0
    assert findings(decamp, workspace)[codes.PORT_NETWORK_UNCLEAR] == {
        "network": "lan",
        "known": "Ext-Net, blue, green",
    }
    edit(workspace, networks="{lan: red}")
    assert findings(decamp, workspace)[codes.MAPPING_TARGET_UNKNOWN]["wanted"] == "red"
    edit_again(workspace, "lan: red", "lan: green")
    assert findings(decamp, workspace)[codes.PORT_NETWORK_CHANGES] == {"network": "lan", "becomes": "green"}
    assert decamp("-C", workspace, "plan").code == 0


def test_nobody_is_put_before_the_world_unasked(decamp: Decamp, workspace: Path, lan: str) -> None:
    # The only other project's network at the target is the provider's external one; the old one was internal.
    put_server(lan)
    assert decamp("-C", workspace, "scan").code == 0
    assert findings(decamp, workspace)[codes.PORT_NETWORK_UNCLEAR] == {"network": "lan", "known": "Ext-Net"}


def test_a_server_on_the_providers_external_network(decamp: Decamp, workspace: Path) -> None:
    worlds["source"].offer.ports_on_external = worlds["target"].offer.ports_on_external = True
    for world, cidr in (("source", "203.0.113.0/24"), ("target", "198.51.100.0/24")):
        operator = MemoryCloud(f"{world}/operator", world=worlds[world], project="operator")
        operator.world.networks.rows[operator.world.external_network_id].project_id = operator.login.project.id
        operator.network.create_subnet(
            Subnet(id="", network_id=operator.world.external_network_id, name="ext", cidr=cidr, enable_dhcp=False)
        )
    old = put_server(worlds["source"].external_network_id)
    assert decamp("-C", workspace, "scan").code == 0
    assert findings(decamp, workspace)[codes.PORT_NETWORK_CHANGES] == {"network": "public", "becomes": "Ext-Net"}
    move(decamp, workspace)
    assert moved_port().network_id == worlds["target"].external_network_id
    assert old not in {fixed.ip_address for fixed in moved_port().fixed_ips}


def test_on_a_network_of_ones_own_an_address_is_kept_where_it_fits(decamp: Decamp, workspace: Path, lan: str) -> None:
    own = shared("target", "mine", "10.99.0.0/24", project="small")
    old = put_server(lan, allowed_address_pairs=(AddressPair(ip_address="10.99.0.100"),))
    assert decamp("-C", workspace, "scan").code == 0
    edit(workspace, networks="{lan: mine}")
    told = findings(decamp, workspace)
    assert (
        codes.PORT_NETWORK_CHANGES in told and not {codes.FIXED_ADDRESS_CHANGES, codes.ADDRESS_PAIRS_LOST} & told.keys()
    )
    move(decamp, workspace)
    port = moved_port()
    assert (port.network_id, port.fixed_ips[0].ip_address) == (own, old)
    assert [pair.ip_address for pair in port.allowed_address_pairs] == ["10.99.0.100"]


def test_what_a_member_cannot_choose_there_is_told_and_lost(decamp: Decamp, workspace: Path, lan: str) -> None:
    shared("target", "shared-net", "172.20.0.0/24")
    old = put_server(
        lan,
        allowed_address_pairs=(AddressPair(ip_address="10.99.0.100"),),
        port_security_enabled=False,
        security_group_ids=(),
    )
    cloud = tenant("source")
    group = cloud.network.create_security_group(SecurityGroup(id="", name="from-kiosk"))
    cloud.network.replace_rules(group, (SecurityGroupRule(direction="ingress", remote_ip_prefix=f"{old}/32"),))
    edit_again(workspace, "keep_mac: false", "keep_mac: true")
    worlds["target"].offer.mac_allowed = True
    assert decamp("-C", workspace, "scan").code == 0
    told = findings(decamp, workspace)
    assert told[codes.ADDRESS_PAIRS_LOST] == {"pairs": "10.99.0.100", "becomes": "shared-net"}
    assert told[codes.PORT_SECURITY_FORCED] == {"becomes": "shared-net"} and told[codes.RULE_NAMES_LOST_ADDRESS] == {
        "address": old
    }
    assert told[codes.MAC_CHANGES]["address"] == old
    move(decamp, workspace)
    port = moved_port()
    default = next(g.id for g in tenant("target").network.state().security_groups if g.name == "default")
    assert port.port_security_enabled and port.security_group_ids == (default,)


def test_a_floating_address_to_a_port_there(decamp: Decamp, workspace: Path, lan: str) -> None:
    there = shared("target", "shared-net", "172.20.0.0/24")
    for world in ("source", "target"):
        worlds[world].offer.floating_without_router = True
    put_server(lan)
    cloud = tenant("source")
    port = next(port for port in cloud.network.state().ports if port.network_id == lan)
    public = worlds["source"].external_network_id
    cloud.network.create_floating_ip(
        FloatingIp(
            id="",
            address="",
            external_network_id=public,
            port_id=port.id,
            fixed_ip_address=port.fixed_ips[0].ip_address,
        )
    )
    assert decamp("-C", workspace, "scan").code == 0
    told = findings(decamp, workspace)
    assert (
        told[codes.FLOATING_IP_NEEDS_FOREIGN_ROUTER]["becomes"] == "shared-net"
        and not {codes.FLOATING_IP_WITHOUT_ROUTER, codes.ROUTER_ADDED} & told.keys()
    )
    move(decamp, workspace)
    (floating_ip,) = tenant("target").network.state().floating_ips
    assert (floating_ip.port_id, moved_port().network_id) == (moved_port().id, there)


# ---------------------------------------------------------------- the second time


def test_what_is_there_stays_where_it_is(decamp: Decamp, workspace: Path, lan: str) -> None:
    first = shared("target", "blue", "172.20.0.0/24")
    put_server(lan)
    assert decamp("-C", workspace, "scan").code == 0
    move(decamp, workspace)
    before = moved_port()
    # A second network appears: what was guessed would be open now, and is not asked again of what is there.
    shared("target", "green", "172.21.0.0/24")
    put_server(lan, "late")
    assert decamp("-C", workspace, "scan").code == 0
    assert findings(decamp, workspace)[codes.PORT_NETWORK_UNCLEAR]["network"] == "lan"
    edit(workspace, networks="{lan: green}")
    told = findings(decamp, workspace)
    assert told[codes.PORT_STAYS_ON_NETWORK] == {"becomes": "blue", "wanted": "green"}
    move(decamp, workspace)
    assert moved_port() == before and before.network_id == first
    assert moved_port("late-eth0").network_id != first


def test_a_policy_that_changed_without_a_scan_makes_no_second_port(decamp: Decamp, workspace: Path, lan: str) -> None:
    shared("target", "blue", "172.20.0.0/24")
    shared("target", "green", "172.21.0.0/24")
    put_server(lan)
    assert decamp("-C", workspace, "scan").code == 0
    edit(workspace, networks="{lan: blue}")
    move(decamp, workspace)
    before = moved_port()
    edit_again(workspace, "lan: blue", "lan: green")
    assert run(decamp, workspace).code == 5 and moved_port() == before
    assert codes.PORT_ON_OTHER_NETWORK in decamp("-C", workspace, "status", "-f", "json").out
    assert decamp("-C", workspace, "scan").code == 0
    move(decamp, workspace)
    assert moved_port() == before


def test_a_line_that_names_no_network_of_others_is_told(decamp: Decamp, workspace: Path, lan: str) -> None:
    shared("target", "shared-net", "172.20.0.0/24")
    put_server(lan)
    edit(workspace, networks='{private: shared-net, typo: shared-net, "lan": shared-net}')
    assert decamp("-C", workspace, "scan").code == 0
    checked = json.loads(decamp("-C", workspace, "check", "-f", "json").out)
    told = {f["facts"]["selector"] for f in checked if f["code"] == codes.SELECTOR_UNMATCHED}
    assert told == {"private", "typo"}
