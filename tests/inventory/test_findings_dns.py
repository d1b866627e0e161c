"""What is found of names of the DNS: the smallest lookups that give each finding, and those that give none."""

from typing import Any

import pytest
from msgspec.structs import replace

from migrate.findings.finding import Finding
from migrate.messages import codes
from migrate.model import DnsRecord, FloatingIp, NameLookup
from migrate.plan.readiness.check_all import check
from migrate.policy.policy_records import CutOver, Dns
from tests.plan.tenants import empty, floating, lan, policy, port, server, target

OLD, NEW, FIXED = "203.0.113.9", "198.51.100.4", "10.20.0.21"
MANY = tuple(f"n{number}.example.com" for number in range(7))


def record(address: str = OLD, *, ttl_s: int = 60, is_own: bool = True, owner: str = "www.example.com") -> DnsRecord:
    return DnsRecord(owner=owner, type="A", address=address, ttl_s=ttl_s, is_authoritative=is_own)


def found(*records: DnsRecord, failed: dict[str, str] | None = None, **rules: Any) -> list[Finding]:
    lookup = NameLookup(name="www.example.com", records=records, failed=failed or {})
    return _of_names([lookup], **rules)


def _of_names(lookups: list[NameLookup], **rules: Any) -> list[Finding]:
    nic = port("web-1")
    parts = {"ports": (nic,), "servers": (server(port_ids=(nic.id,)),), "floating_ips": (floating(port_id=nic.id),)}
    source = empty(**lan() | parts)
    moved = FloatingIp(id="new", address=NEW, external_network_id="ext")
    there = replace(target(), floating_ips=(moved,))
    told = check(source, there, policy(dns=Dns(names=("www.example.com",)), **rules), lookups=lookups)
    return [one for one in told if one.code.startswith("DCP-95")]


def codes_of(findings: list[Finding]) -> list[str]:
    return [one.code for one in findings]


def test_a_record_of_an_address_that_changes_must_change() -> None:
    (one,) = found(record())
    assert (one.code, one.name) == (codes.DNS_RECORD_CHANGES, "www.example.com")
    assert one.facts == {"type": "A", "record": "www.example.com", "address": OLD}


def test_the_record_is_that_of_the_name_at_the_end_of_an_alias() -> None:
    (one,) = found(record(owner="lb.example.net"))
    assert (one.name, one.facts["record"]) == ("www.example.com", "lb.example.net")


def test_a_record_of_an_address_that_stays_behind_is_said_to_lead_nowhere() -> None:
    assert codes_of(found(record(), skip=(f"floating-ip:{OLD}",))) == [codes.DNS_ADDRESS_STAYS]


@pytest.mark.parametrize(
    ("ttl_s", "expected"), [(300, [codes.DNS_RECORD_CHANGES]), (301, [codes.DNS_RECORD_CHANGES, codes.DNS_TTL_LONG])]
)
def test_a_ttl_above_the_limit_is_found_while_there_is_time(ttl_s: int, expected: list[str]) -> None:
    told = found(record(ttl_s=ttl_s))
    assert codes_of(told) == expected
    if len(told) > 1:
        assert (told[1].facts["ttl_s"], told[1].facts["limit_s"]) == ("301", "300")


@pytest.mark.parametrize(
    ("rules", "limit_s"),
    [
        (CutOver(budget_s=120), 120),
        (CutOver(budget_s=7200), 300),
        (CutOver(budget_s=7200, budget_by_server={"server:web-*": 60}), 60),
    ],
)
def test_a_ttl_above_the_shortest_downtime_budget_is_found_too(rules: CutOver, limit_s: int) -> None:
    assert codes_of(found(record(ttl_s=limit_s), cut_over=rules)) == [codes.DNS_RECORD_CHANGES]
    _, long = found(record(ttl_s=limit_s + 1), cut_over=rules)
    assert (long.code, long.facts["limit_s"]) == (codes.DNS_TTL_LONG, str(limit_s))


def test_a_ttl_that_only_a_cache_told_is_not_taken_for_short() -> None:
    assert codes_of(found(record(ttl_s=1, is_own=False))) == [codes.DNS_RECORD_CHANGES, codes.DNS_TTL_UNKNOWN]


@pytest.mark.parametrize("address", [FIXED, NEW])
def test_nothing_is_to_be_done_about_an_address_that_is_kept_or_new_already(address: str) -> None:
    assert found(record(address, ttl_s=86400)) == []


def test_a_name_that_points_to_nothing_of_the_tenants_is_found() -> None:
    (one,) = found(record("192.0.2.1"), record("192.0.2.7"))
    assert (one.code, one.facts) == (codes.DNS_POINTS_ELSEWHERE, {"addresses": "192.0.2.1, 192.0.2.7"})


def test_one_address_of_the_tenants_among_others_is_enough() -> None:
    assert codes_of(found(record("192.0.2.1"), record())) == [codes.DNS_RECORD_CHANGES]


def test_a_name_without_an_address_is_found() -> None:
    assert codes_of(found()) == [codes.DNS_NO_ADDRESS]


def test_without_a_network_there_is_one_finding_for_all_names() -> None:
    lookups = [NameLookup(name=name, failed={"A": "timeout", "AAAA": "timeout"}) for name in MANY]
    (one,) = _of_names(lookups)
    assert one.code == codes.DNS_UNANSWERED
    assert one.facts == {"count": "7", "reason": "timeout", "names": f"{', '.join(MANY[:5])}, …"}


def test_what_nobody_wanted_to_look_up_is_no_failure() -> None:
    assert found(failed={"A": "offline", "AAAA": "offline"}) == []
