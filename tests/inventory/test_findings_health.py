"""Health checks that cannot be made are told before a run: DCP-930 to DCP-933."""

from migrate.findings.finding import Finding
from migrate.messages import codes
from migrate.model.health_checks import ActiveCheck, AnyCheck, CommandCheck, HttpCheck, PingCheck, TcpCheck
from migrate.plan.readiness.check_all import blocking, check
from migrate.policy.health_lines import HealthLine
from migrate.policy.policy_records import CutOver, Passes, Policy
from tests.plan.tenants import policy, shop, target, uid

WEB, DB = f"server:{uid('server web-1')}", f"server:{uid('server db-1')}"


def said(servers: str, *checks: AnyCheck, **more: object) -> Policy:
    return policy(health=(HealthLine(servers=servers, checks=checks),), **more)


def found(wanted: Policy, *programs: str) -> list[Finding]:
    """Those of health checks. `programs`: what this machine has."""
    findings = check(shop(), target(), wanted, can_run=programs.__contains__)
    return [
        one
        for one in findings
        if codes.HEALTH_ADDRESS_MISSING <= one.code <= codes.HEALTH_CHECKS_UNUSED
        or one.facts.get("list") == "servers.health"
    ]


def test_without_checks_there_is_nothing_to_say() -> None:
    assert found(policy()) == []
    assert found(said("server:web-1", ActiveCheck(), HttpCheck())) == []


def test_an_address_that_the_server_will_not_have_blocks() -> None:
    wanted = said("server:*", HttpCheck(), TcpCheck(port=22, address="network:other"))
    told = [(one.code, one.item, one.facts) for one in found(wanted)]
    other = {"check": "tcp", "address": "network:other"}
    assert sorted(told, key=str) == sorted(
        [
            (codes.HEALTH_ADDRESS_MISSING, DB, {"check": "http", "address": "floating"}),
            (codes.HEALTH_ADDRESS_MISSING, DB, other),
            (codes.HEALTH_ADDRESS_MISSING, WEB, other),
        ],
        key=str,
    )
    assert {one.code for one in blocking(found(wanted), wanted)} == {codes.HEALTH_ADDRESS_MISSING}


def test_a_floating_address_that_stays_behind_is_none() -> None:
    (one,) = found(said("server:web-1", HttpCheck(), skip=("floating-ip:203.0.113.9",)))
    assert (one.code, one.item) == (codes.HEALTH_ADDRESS_MISSING, WEB)


def test_a_fixed_address_needs_a_route_from_this_machine() -> None:
    for address in ("first", "network:private", f"network:{uid('network private')}"):
        (one,) = found(said("server:web-1", TcpCheck(port=22, address=address)))
        assert (one.code, one.item, one.level) == (codes.HEALTH_FIXED_ADDRESS, WEB, "advice")
        assert one.facts == {"address": "10.20.0.21", "network": "private"}


def test_a_program_that_is_not_on_this_machine_blocks() -> None:
    wanted = said("server:web-1", PingCheck(), CommandCheck(run=("checks/web.sh", "x")))
    assert [one.facts for one in found(wanted)] == [{"program": "checks/web.sh"}, {"program": "ping"}]
    assert {(one.code, one.item) for one in blocking(found(wanted, "ping"), wanted)} == {
        (codes.HEALTH_PROGRAM_MISSING, WEB)
    }
    assert found(wanted, "ping", "checks/web.sh") == []


def test_a_program_before_a_stop_that_is_not_on_this_machine_blocks() -> None:
    wanted = policy(consistency="stopped", before_stop={"server:web-1": ("drain.sh", "x")})
    missing = check(shop(), target(), wanted, can_run=lambda _program: False)
    (one,) = [found for found in missing if "DCP-93" in found.code]
    assert (one.code, one.item, one.facts) == (codes.HOOK_PROGRAM_MISSING, WEB, {"program": "drain.sh"})
    assert not [found for found in check(shop(), target(), wanted) if "DCP-93" in found.code]


def test_a_program_after_a_server_is_up_that_is_not_on_this_machine_blocks() -> None:
    wanted = policy(after_up={"server:web-1": ("switch.sh", "x")})
    missing = check(shop(), target(), wanted, can_run=lambda _program: False)
    (one,) = [found for found in missing if found.code == codes.HOOK_AFTER_MISSING]
    assert (one.item, one.facts) == (WEB, {"program": "switch.sh", "key": "after_up"}) and one in blocking(
        missing, wanted
    )
    assert not [found for found in check(shop(), target(), wanted) if found.code == codes.HOOK_AFTER_MISSING]


def test_checks_of_what_does_not_move_and_of_nothing() -> None:
    (one,) = found(said("server:web-1", ActiveCheck(), skip=("server:web-1",)))
    assert (one.code, one.item, one.level) == (codes.HEALTH_CHECKS_UNUSED, WEB, "advice")
    (one,) = found(said("server:wob-*", ActiveCheck()))
    assert one.facts == {"selector": "server:wob-*", "list": "servers.health"}


def test_a_server_that_waits_for_a_test_launch_needs_a_pass_before_its_stop() -> None:
    required = CutOver(test_launch="required")
    told = [one for one in check(shop(), target(), policy(cut_over=required)) if one.code == codes.LAUNCH_WITHOUT_PASS]
    assert {(one.item, one.level) for one in told} == {(WEB, "advice"), (DB, "advice")}
    warm = policy(cut_over=required, passes=Passes(warm=True))
    for wanted in (policy(), warm):
        assert not [one for one in check(shop(), target(), wanted) if one.code == codes.LAUNCH_WITHOUT_PASS]
