"""Health checks: as the policy says them, and as steps of the plan."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrate.documents import sealed_bytes
from migrate.errors import ConfigError
from migrate.model.health_checks import (
    ActiveCheck,
    AnyCheck,
    CommandCheck,
    ConsoleCheck,
    HttpCheck,
    HttpsCheck,
    PingCheck,
    ServerAddress,
    TcpCheck,
    address_for,
)
from migrate.model.steps import CheckServer, Plan, Step
from migrate.plan.build_plan import build_plan
from migrate.plan.waves import waves_of
from migrate.policy.health_lines import KINDS, HealthLine
from migrate.policy.policy_records import Policy
from migrate.policy.reader import parse_policy
from migrate.policy.seal import policy_seal
from migrate.policy.template import render_policy
from tests.examples import few_examples
from tests.plan.tenants import MIGRATION, policy, shop, target, uid

HEAD = f"""version: 1
migration: "{MIGRATION}"
source: {{cloud: old}}
target: {{cloud: new}}
"""
WEB, DB = f"server:{uid('server web-1')}", f"server:{uid('server db-1')}"
PAGE = Path(__file__).parents[2] / "docs" / "formats" / "policy.md"


def read(lines: str) -> Policy:
    return parse_policy(f"{HEAD}servers:\n  health:\n{lines}")


def problems(lines: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read(lines)
    told = caught.value.facts["problems"]
    assert isinstance(told, list)
    return told


# ---------------------------------------------------------------- the policy


def test_every_kind_with_every_key() -> None:
    said = read(
        """
    "server:web-*":
      - {check: active, retries: 0, interval: 1 second, timeout: 1 hour}
      - {check: console, matches: "^login: $"}
      - {check: ping, address: first}
      - {check: tcp, port: 22, address: "network:back end"}
      - {check: http, port: 8080, path: "/h?x=1", host: www.example.com, status: 204}
      - {check: https, text: "ok: yes", verify: false}
    server:db:
      - check: command
        run: [checks/db.sh, "--deep"]
        timeout: 2 minutes
"""
    )
    assert said.health == (
        HealthLine(
            servers="server:web-*",
            checks=(
                ActiveCheck(retries=0, interval_s=1, limit_s=3600),
                ConsoleCheck(matches="^login: $"),
                PingCheck(address="first"),
                TcpCheck(port=22, address="network:back end"),
                HttpCheck(port=8080, path="/h?x=1", host="www.example.com", status=204),
                HttpsCheck(port=443, text="ok: yes", verify=False),
            ),
        ),
        HealthLine(servers="server:db", checks=(CommandCheck(run=("checks/db.sh", "--deep"), limit_s=120),)),
    )


def test_every_mistake_at_once_by_path_and_line() -> None:
    assert problems(
        """    "volume:x": [{check: active}]
    "server:a": []
    "server:b":
      - {check: tcp}
      - {check: tcp, port: 0, foo: 1, interval: 2 days}
      - {check: nope}
      - active
      - {check: console, matches: "("}
      - {check: command, run: "rm -rf /"}
      - {check: http, path: x, host: "a b", status: 99, retries: -1, text: "", address: "network:"}
      - {port: 22}
      - {check: https, verify: 1}
      - {check: http, verify: true}
"""
    ) == [
        "line 7, servers.health.volume:x: must name a server, such as server:web-1",
        "line 8, servers.health.server:a: must be a list of checks, not []",
        "line 10, servers.health.server:b[0].port: is missing",
        "line 11, servers.health.server:b[1].port: must be a whole number from 1 to 65535, not 0",
        "line 11, servers.health.server:b[1].foo: is not a key of this check, use one of port, address, retries, "
        "interval, timeout",
        "line 11, servers.health.server:b[1].interval: must be a span from 1 second to 1 hour, such as 15 seconds or "
        "2 minutes, not 2 days",
        "line 12, servers.health.server:b[2].check: must be one of active, console, ping, tcp, http, https, command, "
        "not nope",
        "line 13, servers.health.server:b[3]: must be keys with values, such as {check: active}, not active",
        "line 14, servers.health.server:b[4].matches: must be a regular expression, not ( (missing ), unterminated "
        "subpattern at position 0)",
        "line 15, servers.health.server:b[5].run: must be a list of a program and its arguments, without a shell, not "
        "rm -rf /",
        "line 16, servers.health.server:b[6].path: must be a path from / on, without spaces, not x",
        "line 16, servers.health.server:b[6].host: must be the name of a host, not a b",
        "line 16, servers.health.server:b[6].status: must be a whole number from 100 to 599, not 99",
        "line 16, servers.health.server:b[6].retries: must be a whole number from 0 to 1000, not -1",
        "line 16, servers.health.server:b[6].text: is missing",
        "line 16, servers.health.server:b[6].address: must be floating, first or network:NAME, not network:",
        "line 17, servers.health.server:b[7].check: is missing",
        "line 18, servers.health.server:b[8].verify: must be true or false, not 1",
        "line 19, servers.health.server:b[9].verify: is not a key of this check, use one of address, port, host, "
        "path, status, text, retries, interval, timeout",
    ]
    assert parse_policy(f"{HEAD}servers: {{health: }}") == policy()
    with pytest.raises(ConfigError) as caught:
        parse_policy(f"{HEAD}servers: {{health: [active]}}")
    assert "must be `server:id-or-name:` lines with a list of checks each" in str(caught.value)


TEXT = st.text(min_size=1, max_size=12)
SECONDS = st.sampled_from([1, 15, 59, 60, 61, 120, 3600])
EACH = {"retries": st.integers(0, 1000), "interval_s": SECONDS, "limit_s": SECONDS}
ADDRESS = st.one_of(st.sampled_from(["floating", "first"]), TEXT.map(lambda name: f"network:{name}"))
WEB_KEYS = {
    "address": ADDRESS,
    "port": st.integers(1, 65535),
    "path": st.sampled_from(["/", "/a?b=c#d%20"]),
    "host": st.sampled_from(["", "a", "www.example.com"]),
    "status": st.integers(100, 599),
    "text": st.text(max_size=12),
}
CHECKS: st.SearchStrategy[AnyCheck] = st.one_of(
    st.builds(ActiveCheck, **EACH),
    st.builds(ConsoleCheck, matches=TEXT.map(re.escape), **EACH),
    st.builds(PingCheck, address=ADDRESS, **EACH),
    st.builds(TcpCheck, address=ADDRESS, port=st.integers(1, 65535), **EACH),
    st.builds(HttpCheck, **WEB_KEYS, **EACH),
    st.builds(HttpsCheck, **WEB_KEYS, verify=st.booleans(), **EACH),
    st.builds(
        CommandCheck,
        run=st.lists(TEXT.filter(lambda text: "\0" not in text), min_size=1, max_size=3).map(tuple),
        **EACH,
    ),
)


@few_examples(30)
@given(st.dictionaries(TEXT, st.lists(CHECKS, min_size=1, max_size=3), max_size=3))
def test_whatever_is_said_is_written_and_read_back(lines: dict[str, list[AnyCheck]]) -> None:
    health = tuple(HealthLine(servers=f"server:x{name}", checks=tuple(checks)) for name, checks in lines.items())
    said = policy(health=health)
    assert parse_policy(render_policy(said)).health == health


def test_a_policy_without_checks_keeps_its_seal_and_one_with_them_has_another() -> None:
    one, other = (HealthLine(servers="server:a", checks=(ActiveCheck(retries=n),)) for n in (1, 2))
    seals = {policy_seal(policy(health=lines)) for lines in ((), (one,), (other,), (one, other), (other, one))}
    assert len(seals) == 5 and policy_seal(policy()) in seals


def test_the_page_tells_every_kind_and_key() -> None:
    page = PAGE.read_text()
    for name, kind in KINDS.items():
        assert f"`{name}`" in page, name
        for key in kind.keys:
            assert f"`{key}`" in page, key


# ---------------------------------------------------------------- the plan


def plan_of(*lines: HealthLine, **more: object) -> Plan:
    return build_plan(shop(), target(), policy(health=lines, **more))


def line(servers: str, *checks: AnyCheck) -> HealthLine:
    return HealthLine(servers=servers, checks=checks)


def health_step(plan: Plan, server: str = WEB) -> tuple[Step, CheckServer]:
    step = plan.step(f"{server}:health")
    assert isinstance(step.action, CheckServer)
    return step, step.action


def test_a_server_with_checks_has_one_step_more_after_its_last_volume() -> None:
    plain, plan = plan_of(), plan_of(line("server:web-*", ActiveCheck(), HttpCheck()))
    added = {step.id for step in plan.steps} - {step.id for step in plain.steps}
    assert added == {f"{WEB}:health"}
    step, action = health_step(plan)
    (floating,) = (one for one in shop().floating_ips)
    last = [one.id for one in plan.steps if one.id.startswith(f"{WEB}:attach-")]
    assert step.needs == tuple(sorted({f"floating-ip:{floating.id}", last[-1]})) or step.needs[1] in last
    assert step.do == "server.check" and step.sides == ("target",) and step.rank > plan.step(step.needs[1]).rank
    assert action.checks == (ActiveCheck(), HttpCheck())
    private = {"port_id": floating.port_id or "", "network": "private", "network_id": uid("network private")}
    assert action.addresses == (
        ServerAddress(old="10.20.0.21", **private),
        ServerAddress(old="203.0.113.9", floating_ip_id=floating.id, **private),
    )


def test_all_other_steps_keep_their_digests() -> None:
    plain, plan = plan_of(), plan_of(line("server:*", ActiveCheck()))
    digests = {step.id: step.digest for step in plan.steps}
    assert all(digests[step.id] == step.digest for step in plain.steps)
    assert b"health" not in sealed_bytes(plain) and b"server.check" not in sealed_bytes(plain)


def test_several_lines_add_up_in_their_order() -> None:
    plan = plan_of(line("server:*", ActiveCheck()), line("server:db-1", TcpCheck(port=5432, address="first")))
    assert health_step(plan, DB)[1].checks == (ActiveCheck(), TcpCheck(port=5432, address="first"))
    assert health_step(plan)[1].checks == (ActiveCheck(),)
    turned = plan_of(line("server:db-1", TcpCheck(port=5432)), line("server:*", ActiveCheck()))
    assert [check.kind for check in health_step(turned, DB)[1].checks] == ["tcp", "active"]


def test_a_server_that_does_not_move_is_not_checked() -> None:
    plan = plan_of(line("server:*", ActiveCheck()), skip=("server:web-1",))
    assert [step.id for step in plan.steps if isinstance(step.action, CheckServer)] == [f"{DB}:health"]


def test_a_server_is_down_until_it_has_passed() -> None:
    plan = plan_of(line("server:web-1", HttpCheck()))
    waves = waves_of(plan.steps).all
    (web,) = (server for wave in waves for server in wave.servers if server.name == "web-1")
    (db,) = (server for wave in waves for server in wave.servers if server.name == "db-1")
    assert f"{WEB}:health" in web.up and f"{DB}:health" not in db.up
    (wave,) = (wave for wave in waves if web in wave.servers)
    # Its address is there before it is stopped, so that no downtime is spent on it.
    assert f"floating-ip:{shop().floating_ips[0].id}" in wave.before


def test_which_address_a_check_asks() -> None:
    a = ServerAddress(old="10.0.0.1", port_id="p", network="a", network_id="1")
    b = ServerAddress(old="10.1.0.1", port_id="q", network="b", network_id="2")
    outer = ServerAddress(old="192.0.2.1", port_id="q", network="b", network_id="2", floating_ip_id="f")
    every = (a, b, outer)
    assert [address_for(asked, every) for asked in ("floating", "first", "network:b", "network:1", "network:c")] == [
        outer,
        a,
        b,
        a,
        None,
    ]
    assert address_for("floating", (a, b)) is address_for("first", (outer,)) is None
