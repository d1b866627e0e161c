"""What is found of ports on other projects' networks, once each; tests/cli/test_cli_networks.py moves them."""

import pytest

from migrate.findings.finding import Finding
from migrate.messages import codes
from migrate.model import AddressPair, FixedIp, Inventory, Network, SecurityGroupRule
from migrate.plan.readiness.check_all import check
from migrate.policy.policy_records import Mappings
from tests.plan.tenants import MIGRATION, empty, floating, group, network, policy, port, server, subnet, target, uid

LAN = network("lan", is_own=False, is_shared=True)
SHARED = network("shared-net", is_own=False, is_shared=True)


def tenant(**changes: object) -> Inventory:
    """A server with its one port on another project's network, a rule and a floating address that lead there."""
    fixed = (FixedIp(subnet_id=uid("subnet lan"), ip_address="10.99.0.5"),)
    nic = port("kiosk", network_id=LAN.id, fixed_ips=fixed, security_group_ids=(), **changes)
    named = SecurityGroupRule(direction="ingress", remote_ip_prefix="10.99.0.5/32")
    return empty(
        networks=(LAN,),
        subnets=(subnet("lan", network_id=LAN.id, cidr="10.99.0.0/24", gateway_ip="10.99.0.1"),),
        ports=(nic,),
        servers=(server("kiosk", port_ids=(nic.id,)),),
        security_groups=(group("from-kiosk", named),),
        floating_ips=(floating(port_id=nic.id),),
    )


def there(*networks: Network, **parts: object) -> Inventory:
    return empty("target", facts=target().facts, networks=networks, **parts)


def found(code: str, source: Inventory, target: Inventory, **lines: str) -> list[Finding]:
    said = policy(mappings=Mappings(networks=lines)) if lines else policy()
    return [one for one in check(source, target, said) if one.code == code]


@pytest.mark.parametrize(
    ("code", "changes", "facts"),
    [
        (codes.PORT_NETWORK_CHANGES, {}, {"network": "lan", "becomes": "shared-net"}),
        (codes.FIXED_ADDRESS_CHANGES, {}, {"address": "10.99.0.5", "becomes": "shared-net"}),
        (
            codes.ADDRESS_PAIRS_LOST,
            {"allowed_address_pairs": (AddressPair(ip_address="10.99.0.100"),)},
            {"pairs": "10.99.0.100", "becomes": "shared-net"},
        ),
        (codes.PORT_SECURITY_FORCED, {"port_security_enabled": False}, {"becomes": "shared-net"}),
        (codes.RULE_NAMES_LOST_ADDRESS, {}, {"address": "10.99.0.5"}),
        (codes.FLOATING_IP_NEEDS_FOREIGN_ROUTER, {}, {"address": "203.0.113.9", "becomes": "shared-net"}),
    ],
)
def test_what_a_member_cannot_choose(code: str, changes: dict[str, object], facts: dict[str, str]) -> None:
    (one,) = found(code, tenant(**changes), there(SHARED))
    assert one.facts == facts
    # On a network of one's own, where the address is free, all of it is kept.
    own = network("lan", is_own=True)
    free = subnet("lan", network_id=own.id, cidr="10.99.0.0/24", gateway_ip="10.99.0.1")
    kept = found(code, tenant(**changes), there(own, subnets=(free,)), lan="lan")
    assert [each.code for each in kept] == [code] * (
        code in {codes.PORT_NETWORK_CHANGES, codes.FLOATING_IP_NEEDS_FOREIGN_ROUTER}
    )


def test_an_address_that_is_taken_there_changes() -> None:
    own = network("lan", is_own=True)
    free = subnet("lan", network_id=own.id, cidr="10.99.0.0/24", gateway_ip="10.99.0.1")
    held = port("theirs", network_id=own.id, fixed_ips=(FixedIp(subnet_id=free.id, ip_address="10.99.0.5"),))
    assert found(codes.FIXED_ADDRESS_CHANGES, tenant(), there(own, subnets=(free,), ports=(held,)), lan="lan")


def test_a_name_that_two_networks_have_is_asked_for() -> None:
    twin = network("shared-net", id=uid("twin"), is_own=False, is_shared=True)
    (one,) = found(codes.MAPPING_TARGET_UNKNOWN, tenant(), there(SHARED, twin), lan="shared-net")
    assert one.facts["known"].count("-") >= 8, "their ids"
    assert found(codes.PORT_NETWORK_CHANGES, tenant(), there(SHARED, twin), lan=twin.id)


def test_a_port_that_is_there_stays() -> None:
    source = tenant()
    mark = f"decamp-m-{MIGRATION[:8]}-{source.ports[0].id}"
    blue = network("blue", is_own=False, is_shared=True)
    made = port("made", network_id=blue.id, fixed_ips=(), description=mark)
    (one,) = found(codes.PORT_STAYS_ON_NETWORK, source, there(SHARED, blue, ports=(made,)), lan="shared-net")
    assert one.facts == {"becomes": "blue", "wanted": "shared-net"}
    (one,) = found(codes.PORT_NETWORK_CHANGES, source, there(SHARED, blue, ports=(made,)))
    assert one.facts == {"network": "lan", "becomes": "blue"}


def test_two_patterns_that_fit_alike_are_asked_about() -> None:
    blue = network("blue", is_own=False, is_shared=True)
    lines = {"server:k*": "shared-net", "server:*k": "blue", "lan": "blue"}
    (one,) = found(codes.MAPPING_AMBIGUOUS, tenant(), there(SHARED, blue), **lines)
    assert one.facts == {"mapping": "networks", "lines": "server:*k, server:k*"}
    for said in ({"server:kiosk": "blue"}, {"port:*": "blue"}):
        (one,) = found(codes.PORT_NETWORK_CHANGES, tenant(), there(SHARED, blue), **lines | said)
        assert one.facts["becomes"] == "blue"
