"""What somebody has closed, or opened, at the target since we set it is left so by the next run, and named."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from migrate.demo.memory import MemoryCloud, open_memory, worlds
from migrate.errors import Refused
from migrate.messages import codes
from migrate.model import (
    FixedIp,
    FloatingIp,
    Network,
    Port,
    Router,
    SecurityGroup,
    SecurityGroupRule,
    Subnet,
)
from migrate.objects.listing.row_files import rows_folder
from tests.cli.conftest import Decamp, Kept, Result
from tests.cli.second_pass import Tenant
from tests.cli.time_passed import leases_expire

READ, META = "x-container-read", "x-container-meta-"
CORS, KEY = f"{META}access-control-allow-origin", f"{META}temp-url-key"


_moved: list[Kept] = []
"""The tenant once it has moved."""
_net: list[Kept] = []
"""And that of rules and addresses."""


@pytest.fixture
def tenant(decamp: Decamp, clouds: None, tmp_path: Path) -> Tenant:
    """A container that is open to everybody, moved."""
    if _moved:
        _moved[0].restore(tmp_path / "work")
        return Tenant(decamp, tmp_path / "work", is_made=True)
    found = Tenant(decamp, tmp_path / "work")
    found.source.objects.put_container("box", {READ: ".r:*,.rlistings", CORS: "*", KEY: "sesame", f"{META}a": "1"})
    found.put("plain", b"first")
    found.go()
    assert found.verified()[0] == 0
    _moved.append(Kept(found.root))
    return found


def headers(tenant: Tenant) -> dict[str, str]:
    store = tenant.target()
    return {**store.container("box").headers, **store.signing_keys("box")}


def remove(tenant: Tenant, *names: str) -> None:
    tenant.target().put_container("box", {f"x-remove-{name[2:]}": "x" for name in names})


def again(tenant: Tenant, *options: str) -> Result:
    """The source has changed as well: the next pass has something to do."""
    tenant.put("more", b"second")
    return tenant.go(*options)


def test_what_somebody_took_away_at_the_target_stays_away(tenant: Tenant) -> None:
    """A list of who may read, an origin, a key that signs, a word of their own."""
    names = {READ, CORS, KEY, f"{META}a"}
    remove(tenant, *names)
    result = again(tenant)
    assert not names & headers(tenant).keys() and tenant.bytes_of("more") == b"second"
    assert "container:box" in result.err and "--set-again container:box" in result.err
    assert all(name in result.err for name in names)
    again(tenant)
    assert not names & headers(tenant).keys(), "nor by the one after"


def test_a_list_that_was_narrowed_stays_narrow_and_verify_and_report_say_what_to_do(tenant: Tenant) -> None:
    tenant.target().put_container("box", {READ: ".r:example.com"})
    again(tenant)
    assert headers(tenant)[READ] == ".r:example.com"
    code, rows = tenant.verified()
    assert code == 4 and rows["box"]["note_code"] == codes.CHANGED_AT_TARGET
    assert rows["box"]["differences"] == [f"header {READ}: .r:*,.rlistings ≠ .r:example.com"]
    assert "--set-again container:box" in tenant("verify").out
    assert tenant("report", "-f", "md").code == 0
    assert "--set-again container:box" in (tenant.root / "reports" / "report-en.md").read_text()


def test_it_is_set_again_on_demand_alone_and_once(tenant: Tenant) -> None:
    remove(tenant, READ, KEY)
    again(tenant)
    rehearsed = tenant("run", "--set-again", "container:box")
    assert rehearsed.code == 0 and READ not in headers(tenant)
    assert tenant("run", "--execute", "--set-again", "container:box").code == 0
    assert headers(tenant)[READ] == ".r:*,.rlistings" and headers(tenant)[KEY] == "sesame"
    assert tenant.verified()[0] == 0
    remove(tenant, READ)
    again(tenant)
    assert READ not in headers(tenant)


def test_what_the_source_changes_is_set_where_nobody_changed_it_at_the_target(tenant: Tenant) -> None:
    tenant.source.objects.put_container("box", {READ: ".r:one.example", KEY: "other", f"{META}a": "2"})
    again(tenant)
    assert {name: headers(tenant)[name] for name in (READ, KEY, f"{META}a")} == {
        READ: ".r:one.example",
        KEY: "other",
        f"{META}a": "2",
    }
    tenant.source.objects.put_container("box", {"x-remove-container-read": "x", f"x-remove-{KEY[2:]}": "x"})
    again(tenant)
    assert READ not in headers(tenant) and KEY not in headers(tenant) and tenant.verified()[0] == 0


def test_both_sides_have_changed_the_list_and_the_targets_stays(tenant: Tenant) -> None:
    remove(tenant, READ)
    tenant.source.objects.put_container("box", {READ: ".r:*"})
    assert READ in again(tenant).err
    assert READ not in headers(tenant)
    tenant.source.objects.put_container("box", {"x-remove-container-read": "x"})
    again(tenant)
    assert tenant.verified()[0] == 0


def test_after_passes_of_an_earlier_version_a_closed_list_stays_closed_too(tenant: Tenant) -> None:
    (rows_folder(tenant.root / "evidence", "box") / "settings.json").unlink()
    remove(tenant, READ, KEY)
    for _ in range(2):
        assert READ in again(tenant).err
        assert READ not in headers(tenant) and KEY not in headers(tenant)


def test_no_key_that_signs_is_written_down(tenant: Tenant) -> None:
    told = (rows_folder(tenant.root / "evidence", "box") / "settings.json").read_text()
    assert KEY in told and "sesame" not in told


@pytest.mark.parametrize("when", ["before it is set", "after"])
def test_a_kill_while_a_list_is_set_makes_nobody_a_stranger(
    tenant: Tenant, when: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is there is the old list or the new one, both of ours; the source changes it once more before the next."""
    put = type(tenant.target()).put_container

    def killed(self: Any, name: str, told: dict[str, str]) -> None:
        if READ in told and when == "after":
            put(self, name, told)
        raise KeyboardInterrupt

    tenant.source.objects.put_container("box", {READ: ".r:one.example"})
    for args in (("scan",), ("plan",)):
        assert tenant(*args).code == 0
    with monkeypatch.context() as patch:
        patch.setattr(type(tenant.target()), "put_container", killed)
        assert tenant("run", "--execute").code != 0
    leases_expire(tenant.root)
    tenant.source.objects.put_container("box", {READ: ".r:two.example"})
    tenant.go()
    assert headers(tenant)[READ] == ".r:two.example"


def test_a_list_that_somebody_closes_during_a_pass_stays_closed(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The source has another list; at the target it goes while the objects are copied."""
    tenant.source.objects.put_container("box", {READ: ".r:one.example"})
    tenant.put("more", b"second")
    put, done = type(tenant.target()).put, list[str]()

    def late(self: Any, container: str, info: Any, chunks: Any) -> Any:
        made = put(self, container, info, chunks)
        if info.name == "more" and not done:
            done.append(info.name)
            remove(tenant, READ)
        return made

    with monkeypatch.context() as patch:
        patch.setattr(type(tenant.target()), "put", late)
        result = tenant.go()
    assert done and READ not in headers(tenant) and "--set-again container:box" in result.err


@pytest.mark.parametrize(
    ("before", "code", "left"),
    [
        ("*:*", codes.ACCESS_LIST_EVERYBODY_UNACCEPTED, ""),
        ("p1:u1", codes.ACCESS_LIST_NAMES_UNACCEPTED, ""),
        (".r:*,p1:u1", codes.ACCESS_LIST_NAMES_UNACCEPTED, ".r:*"),
    ],
)
def test_after_passes_of_an_earlier_version_nobody_with_a_login_is_let_in_again(
    decamp: Decamp, clouds: None, tmp_path: Path, before: str, code: str, left: str
) -> None:
    tenant = Tenant(decamp, tmp_path / "work")
    tenant.source.objects.put_container("box", {READ: before})
    tenant.put("plain", b"x")
    policy = tenant.root / "policy.yaml"
    policy.write_text(policy.read_text().replace("accept: []", f"accept: ['{code}:container:box']"))
    tenant.go()
    assert headers(tenant)[READ] == before
    (rows_folder(tenant.root / "evidence", "box") / "settings.json").unlink()
    if left:
        tenant.target().put_container("box", {READ: left})
    else:
        remove(tenant, READ)
    result = again(tenant)
    assert headers(tenant).get(READ, "") == left and "--set-again container:box" in result.err


# ---------------------------------------------------------------- rules and addresses


def rule(port: int, **said: Any) -> SecurityGroupRule:
    return SecurityGroupRule(direction="ingress", protocol="tcp", port_min=port, port_max=port, **said)


@pytest.fixture
def net(decamp: Decamp, clouds: None, tmp_path: Path) -> Tenant:
    """A group with three rules and a port with a floating address, moved."""
    if _net:
        _net[0].restore(tmp_path / "work")
        return Tenant(decamp, tmp_path / "work", is_made=True)
    found = Tenant(decamp, tmp_path / "work")
    network = found.source.network
    group = network.create_security_group(SecurityGroup(id="", name="web"))
    network.replace_rules(group, (rule(22), rule(80), rule(443)))
    inner = network.create_network(Network(id="", name="inner"))
    subnet = network.create_subnet(Subnet(id="", name="s", network_id=inner, cidr="10.5.0.0/24", gateway_ip="10.5.0.1"))
    outer = found.source.facts().external_networks[0].id
    router = network.create_router(Router(id="", name="r", external_network_id=outer))
    network.add_interface(router, subnet, None)
    fixed = (FixedIp(subnet_id=subnet, ip_address="10.5.0.9"),)
    port = network.create_port(Port(id="", name="p", network_id=inner, fixed_ips=fixed, security_group_ids=(group,)))
    network.create_floating_ip(
        FloatingIp(id="", address="", external_network_id=outer, port_id=port, description="one")
    )
    found.go()
    _net.append(Kept(found.root))
    return found


def source_group(net: Tenant, name: str = "web") -> SecurityGroup:
    return next(g for g in net.source.network.state().security_groups if g.name == name)


def target_group(name: str = "web") -> SecurityGroup:
    return next(g for g in open_memory("target/boxes").network.state().security_groups if g.name == name)


def ports(group: SecurityGroup) -> set[int]:
    return {one.port_min or 0 for one in group.rules}


def set_rules(cloud: MemoryCloud, group: SecurityGroup, *wanted: int) -> None:
    cloud.network.replace_rules(group.id, tuple(map(rule, wanted)))


def test_a_rule_that_somebody_removed_at_the_target_stays_removed_and_one_added_there_stays(net: Tenant) -> None:
    set_rules(open_memory("target/boxes"), target_group(), 22, 80, 8443)  # 443 is closed
    set_rules(net.source, source_group(net), 22, 443, 25)  # 80 is closed at the source, and 25 opened
    result = net.go()
    assert ports(target_group()) == {22, 25, 8443}
    assert "443-443" in result.err and "8443-8443" in result.err and "--set-again security-group:" in result.err
    verified = net("verify", "-f", "json")
    (row,) = [row for row in json.loads(verified.out)["rows"] if row["name"] == "web"]
    assert verified.code == 4 and row["note_code"] == codes.CHANGED_AT_TARGET
    set_rules(net.source, source_group(net), 22, 443, 25, 26)
    net.go()
    assert ports(target_group()) == {22, 25, 26, 8443}
    for wanted in ((22,), (22, 443)):
        set_rules(net.source, source_group(net), *wanted)
        net.go()
    assert ports(target_group()) == {22, 8443}, "whoever closed it has not heard of the source"
    assert net("run", "--execute", "--set-again", "security-group:web").code == 0
    assert ports(target_group()) == {22, 443}
    assert net("verify").code == 0


@pytest.fixture
def default(net: Tenant) -> SecurityGroup:
    """The source's `default` group, with the rules 22 and 80 and a port, moved."""
    ours = source_group(net, "default")
    set_rules(net.source, ours, 22, 80)
    network = next(one for one in net.source.network.state().networks if one.name == "inner")
    net.source.network.create_port(Port(id="", name="q", network_id=network.id, security_group_ids=(ours.id,)))
    net.go()
    assert ports(target_group("default")) == {22, 80}
    return ours


def test_the_default_group_follows_the_source_once_a_port_of_ours_is_in_it(net: Tenant, default: SecurityGroup) -> None:
    """Its rules there are those of the last run: nobody is asked about them, and nothing is left out."""
    set_rules(net.source, default, 22, 25)
    net.go()
    assert ports(target_group("default")) == {22, 25} and net("verify").code == 0
    set_rules(open_memory("target/boxes"), target_group("default"), 22, 25, 8443)
    set_rules(net.source, default, 25)
    assert "8443-8443" in net.go().err
    assert ports(target_group("default")) == {25, 8443}, "what somebody opened there stays"


@pytest.mark.parametrize("name", ["default", "web"])
def test_under_a_new_ledger_what_somebody_opened_or_closed_stays(
    net: Tenant, default: SecurityGroup, name: str
) -> None:
    """Nothing tells any more whose the differences are."""
    set_rules(net.source, source_group(net, name), 22, 80, 443)
    net.go()
    set_rules(open_memory("target/boxes"), target_group(name), 22, 80, 8443)  # 443 is closed
    set_rules(net.source, source_group(net, name), 22, 443)
    (net.root / "ledger.db").unlink()
    result = net.go()
    assert all(f"{port}-{port}" in result.err for port in (80, 443, 8443))
    assert "--set-again security-group:" in result.err
    assert ports(target_group(name)) == {22, 80, 8443}
    net.go()
    assert ports(target_group(name)) == {22, 80, 8443}, "nor by the one after"
    assert net("run", "--execute", "--set-again", f"security-group:{name}").code == 0
    assert ports(target_group(name)) == {22, 443}


def test_rules_that_nobody_changed_at_the_target_follow_the_source(net: Tenant) -> None:
    set_rules(net.source, source_group(net), 22, 25)
    assert codes.CHANGED_AT_TARGET not in net.go().err
    assert ports(target_group()) == {22, 25} and net("verify").code == 0


def test_rules_of_an_earlier_version_that_differ_are_left_and_named(net: Tenant) -> None:
    with closing(sqlite3.connect(net.root / "ledger.db")) as ledger, ledger:
        assert ledger.execute("DELETE FROM meta WHERE key LIKE 'set:%'").rowcount
    set_rules(open_memory("target/boxes"), target_group(), 22, 80)
    set_rules(net.source, source_group(net), 22, 80, 443, 25)
    assert "443-443" in net.go().err
    assert ports(target_group()) == {22, 80}


def broken_off(net: Tenant, monkeypatch: pytest.MonkeyPatch, *done: int, error: BaseException | None = None) -> None:
    """A run whose setting of rules ends with so many of them there."""
    for args in (("scan",), ("plan",)):
        assert net(*args).code == 0
    network = type(open_memory("target/boxes").network)
    replace_rules = network.replace_rules

    def broken(self: Any, group_id: str, *_: Any) -> None:
        replace_rules(self, group_id, tuple(map(rule, done)))
        raise error or KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(network, "replace_rules", broken)
        assert net("run", "--execute").code != 0
    if error is None:
        leases_expire(net.root)
    assert ports(target_group()) == set(done)


def test_a_rule_that_a_killed_run_had_set_is_taken_back_with_the_source(
    net: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_rules(net.source, source_group(net), 22, 80, 443, 25)
    broken_off(net, monkeypatch, 22, 80, 443, 25)
    set_rules(net.source, source_group(net), 22, 80, 443)
    net.go()
    assert ports(target_group()) == {22, 80, 443}


def test_and_so_is_one_that_was_set_before_another_was_refused(net: Tenant, monkeypatch: pytest.MonkeyPatch) -> None:
    set_rules(net.source, source_group(net), 22, 80, 443, 25, 26)
    broken_off(net, monkeypatch, 22, 80, 443, 25, error=Refused(codes.BAD_REQUEST, what="quota"))
    set_rules(net.source, source_group(net), 22, 80, 443)
    net.go()
    assert ports(target_group()) == {22, 80, 443}


def test_a_rule_that_a_killed_run_had_removed_comes_back_with_the_source(
    net: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_rules(net.source, source_group(net), 22)
    broken_off(net, monkeypatch, 22, 443)
    net.go()
    set_rules(net.source, source_group(net), 22, 80)
    net.go()
    assert ports(target_group()) == {22, 80}


def test_a_group_that_was_removed_at_the_target_is_made_again_with_all_of_its_rules(net: Tenant) -> None:
    del worlds["target"].security_groups.rows[target_group().id]
    set_rules(net.source, source_group(net), 22, 80, 443, 25)
    net.go()
    assert ports(target_group()) == {22, 80, 443, 25}


def address(name: str) -> FloatingIp:
    (found,) = open_memory(f"{name}/boxes").network.state().floating_ips
    return found


def test_an_address_that_somebody_took_off_its_port_stays_off(net: Tenant) -> None:
    world = worlds["target"]
    there = address("target")
    world.floating_ips.rows[there.id].change(port_id=None, fixed_ip_address=None)
    ours = address("source")
    worlds["source"].floating_ips.rows[ours.id].change(description="another")
    result = net.go()
    assert address("target").port_id is None
    assert f"--set-again floating-ip:{ours.id}" in result.err
    assert net("run", "--execute", "--set-again", f"floating-ip:{ours.address}").code == 0
    assert address("target").port_id == there.port_id


def test_what_has_no_setting_of_ours_is_refused(net: Tenant) -> None:
    refused = net("run", "--set-again", "keypair:k")
    assert refused.code == 2 and codes.AGAIN_UNSUPPORTED in refused.sentence
    assert codes.STEP_UNKNOWN in net("run", "--set-again", "security-group:nowhere").sentence
