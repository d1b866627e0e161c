"""Rules of security groups keep their spelling: what is open to everybody says so in the word that the source has."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from migrate.demo.memory import MemoryCloud, worlds
from migrate.model import SecurityGroup, SecurityGroupRule, read_back
from tests.cli.conftest import Decamp

RULES = (
    SecurityGroupRule(direction="ingress", protocol="tcp", port_min=22, port_max=22, remote_ip_prefix="0.0.0.0/0"),
    SecurityGroupRule(direction="ingress", protocol="tcp", port_min=80, port_max=80),
    SecurityGroupRule(direction="ingress", protocol="udp", port_min=1, port_max=65535, remote_ip_prefix="10.0.0.0/8"),
    SecurityGroupRule(direction="ingress", ethertype="IPv6", protocol="icmp", remote_ip_prefix="::/0"),
)


@pytest.fixture
def root(decamp: Decamp, workspace: Path) -> Path:
    cloud = MemoryCloud("source/small", world=worlds["source"], project="small")
    group_id = cloud.network.create_security_group(SecurityGroup(id="", name="open"))
    # As an old cloud may keep them: all of it as it was asked for.
    worlds["source"].security_groups.rows[group_id].change(rules=RULES)
    return workspace


def go(decamp: Decamp, root: Path) -> None:
    decamp("-C", root, "scan")
    decamp("-C", root, "plan")
    # There is a gate as long as a server is to be stopped.
    decamp("-C", root, "approve", "cut-over", "--who", "Ann")
    for args in (("run", "--execute"), ("verify",)):
        result = decamp("-C", root, *args)
        assert result.code == 0, result.err


def there() -> SecurityGroup:
    rows = worlds["target"].security_groups.rows.values()
    return next(row.record for row in rows if row.record.name == "open")


def test_a_moved_rule_is_spelt_as_the_sources_and_a_difference_of_spelling_changes_nothing(
    decamp: Decamp, root: Path
) -> None:
    go(decamp, root)
    assert set(there().rules) == set(map(read_back, RULES))
    assert {one.remote_ip_prefix for one in there().rules} == {one.remote_ip_prefix for one in RULES}
    # A difference of spelling alone changes nothing.
    spelt = tuple(replace(one, remote_ip_prefix=None) if one == RULES[0] else one for one in RULES)
    row = next(row for row in worlds["target"].security_groups.rows.values() if row.record.name == "open")
    row.change(rules=spelt)
    before = len(worlds["target"].log)
    go(decamp, root)
    assert set(there().rules) == set(spelt)
    assert [line for line in worlds["target"].log[before:] if "security-group" in line[2] and line[0] != "GET"] == []
