"""The target's own `default` group: whose rules it has, who uses it, and that it is not changed unasked."""

import pytest
from msgspec.structs import replace

from migrate.messages import codes
from migrate.model import Inventory, SecurityGroupRule
from migrate.plan.build_plan import build_plan
from migrate.plan.readiness.check_all import blocking, check
from tests.plan.tenants import MIGRATION, empty, floating, group, policy, port, target, uid


def ours(*rules: SecurityGroupRule, **parts: object) -> Inventory:
    return empty(security_groups=(group("default", *rules, id="src"),), **parts)


RULES = "security-group:src:rules"
STOCK = (
    SecurityGroupRule(direction="egress"),
    SecurityGroupRule(direction="egress", ethertype="IPv6"),
    SecurityGroupRule(direction="ingress", remote_group_id="dst"),
    SecurityGroupRule(direction="ingress", ethertype="IPv6", remote_group_id="dst"),
)
MEMBERS = SecurityGroupRule(direction="ingress", remote_group_id="src")
SSH = SecurityGroupRule(direction="ingress", protocol="tcp", port_min=22, port_max=22, remote_ip_prefix="192.0.2.0/24")
USER = port("theirs", security_group_ids=("dst",))
MADE = replace(USER, id="made", description=f"decamp-m-{MIGRATION[:8]}-p1")
PORTS = {"ports": (port("p", id="p1", security_group_ids=("src",)),)}


def theirs(*rules: SecurityGroupRule, **parts: object) -> Inventory:
    return replace(target(), security_groups=(group("default", *rules, id="dst"),), **parts)


@pytest.mark.parametrize(
    ("source", "there", "told"),
    [
        # As Neutron made it, or as the source wants it, in whatever spelling.
        (ours(SSH), theirs(*STOCK), None),
        (ours(), theirs(), None),
        (ours(SSH, MEMBERS), theirs(STOCK[2], replace(SSH, protocol="TCP", description="ours")), None),
        # Somebody gave it a rule.
        (ours(SSH), theirs(*STOCK, replace(SSH, port_max=23)), ("ingress IPv4 tcp 22-23 192.0.2.0/24", 0)),
        (ours(SSH), theirs(replace(SSH, remote_ip_prefix=None)), ("ingress IPv4 tcp 22 0.0.0.0/0", 0)),
        # Somebody uses it, and more would get through.
        (ours(SSH), theirs(*STOCK, ports=(USER,)), ("-", 1)),
        (ours(), theirs(*STOCK, ports=(USER,)), None),
        (ours(SSH), theirs(SSH, ports=(USER,)), None),
        # A port that this migration made there is no user of its own.
        (ours(SSH), theirs(*STOCK, ports=(MADE,)), None),
        # It joined the group after that had got the source's rules; the source has others by now.
        (ours(**PORTS), theirs(SSH, ports=(MADE,)), None),
        (ours(**PORTS), theirs(SSH, ports=(MADE, USER)), None),
        (ours(SSH, **PORTS), theirs(replace(SSH, port_max=23), ports=(MADE, USER)), ("-", 1)),
        # Somebody put it there: that does not tell whose rules these are.
        (ours(), theirs(SSH, ports=(MADE,)), ("ingress IPv4 tcp 22 192.0.2.0/24", 0)),
    ],
)
def test_the_targets_own_default_group_is_not_changed_unasked(
    source: Inventory, there: Inventory, told: tuple[str, int] | None
) -> None:
    found = [
        (f.facts["removed"], int(f.facts["ports"]))
        for f in check(source, there, policy())
        if f.code == codes.DEFAULT_GROUP_IN_USE
    ]
    assert found == ([told] if told else [])
    assert (RULES in {step.id for step in build_plan(source, there, policy()).steps}) is (told is None)
    said = policy(accept=("DCP-658:security-group:default",))
    assert RULES in {step.id for step in build_plan(source, there, said).steps}
    assert blocking(check(source, there, said), said) == []


def test_the_default_groups_new_addresses_are_our_own_doing() -> None:
    """Planned again after the run: the rule names the new floating address by then."""
    old = replace(SSH, remote_ip_prefix="203.0.113.9/32")
    made = floating("198.51.100.7", description=f"decamp-m-{MIGRATION[:8]}-{uid('floating 203.0.113.9')}")
    source = ours(old, floating_ips=(floating(),))
    there = theirs(replace(SSH, remote_ip_prefix="198.51.100.7/32"), floating_ips=(made,), ports=(USER,))
    for rewrites, expected in ((True, []), (False, ["ingress IPv4 tcp 22 198.51.100.7/32"])):
        said = policy(rewrite_addresses=rewrites)
        found = [f.facts["removed"] for f in check(source, there, said) if f.code == codes.DEFAULT_GROUP_IN_USE]
        assert found == expected


def test_of_many_rules_the_first_stand_for_all() -> None:
    many = [replace(SSH, port_min=place, port_max=place) for place in range(20, 27)]
    (found,) = [f.facts for f in check(ours(), theirs(*many), policy()) if f.code == codes.DEFAULT_GROUP_IN_USE]
    assert found["removed"].startswith("ingress IPv4 tcp 20 192.0.2.0/24, ") and found["removed"].endswith(", … (+2)")
