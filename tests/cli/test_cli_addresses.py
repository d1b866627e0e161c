"""Old and new addresses, and the names that must follow them, from the first check to the day after the move."""

import csv
import io
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from migrate.demo.memory import worlds
from migrate.messages import codes
from migrate.model import FloatingIp
from tests.cli.conftest import Decamp, Kept, Result
from tests.cli.living_server import SINCE, power, write
from tests.cli.network_tenant import put_server, run, shared, tenant
from tests.cli.time_passed import a_moment_later
from tests.dns.name_server import NameServer, silent_server

Row = dict[str, str]


def put_floating_ip(port_id: str | None, fixed: str | None = None) -> str:
    made = tenant("source").network.create_floating_ip(
        FloatingIp(
            id="",
            address="",
            external_network_id=worlds["source"].external_network_id,
            port_id=port_id,
            fixed_ip_address=fixed,
        )
    )
    return made.address


NAMES = ("www", "shop", "kiosk", "old", "lan", "other", "gone")
SAID = f"names: [{', '.join(f'{name}.example.com' for name in NAMES)}]"
NOBODY = "127.0.0.1:9"
"""The name server in a workspace that is kept: each test has one of its own."""


def edit(root: Path, old: str, new: str) -> None:
    policy = root / "policy.yaml"
    assert old in policy.read_text()
    policy.write_text(policy.read_text().replace(old, new, 1))


class Tenant:
    """`tool-1` with a floating IP, `kiosk` on another project's network, and a floating IP that stays behind.

    `kiosk`, `public`, `spare`: their addresses.
    """

    def __init__(self, decamp: Decamp, root: Path, dns: NameServer, kiosk: str, public: str, spare: str) -> None:
        self._decamp, self.root, self.dns = decamp, root, dns
        self.kiosk, self.public, self.spare = kiosk, public, spare
        dns.records += [
            f"www.example.com 3600 A {public}",
            "shop.example.com 60 CNAME www.example.com.",
            f"kiosk.example.com 60 A {kiosk}",
            f"old.example.com 60 A {spare}",
            "lan.example.com 86400 A 10.30.0.11",
            "other.example.com 60 A 192.0.2.1",
        ]

    def __call__(self, *args: str) -> Result:
        return self._decamp("-C", self.root, *args)

    def edit(self, old: str, new: str) -> None:
        edit(self.root, old, new)

    def table(self, form: str, *args: str) -> list[Row]:
        result = self("report", "-f", form, "-o", "-", *args)
        assert result.code == 0, result.err
        return list(csv.DictReader(io.StringIO(result.out)))

    def addresses(self) -> dict[tuple[str, str], Row]:
        """By the server's name and the old value."""
        return {(row["server"], row["old"]): row for row in self.table("addresses")}

    def names(self) -> dict[str, tuple[str, str, str, str]]:
        """By name: old and new value, the TTL, how it stands."""
        return {row["name"]: (row["old"], row["new"], row["ttl_s"], row["status"]) for row in self.table("dns")}

    def found(self) -> set[tuple[str, str]]:
        """What `check` finds of names."""
        told = json.loads(self("check", "-f", "json").out)
        return {(one["code"], one["name"]) for one in told if one["code"].startswith("DCP-95")}


_kept: dict[bool, tuple[Kept, tuple[str, str, str]]] = {}
"""The tenant once it has moved, and scanned only: with the three addresses."""


def tenant_of(decamp: Decamp, root: Path, dns: NameServer, *, has_moved: bool) -> Tenant:
    """The workspace and its clouds become that tenant's."""
    if has_moved not in _kept:
        addresses = scanned(decamp, root)
        if has_moved:
            assert run(decamp, root).code == 0
        _kept[has_moved] = Kept(root), addresses
    kept, addresses = _kept[has_moved]
    shutil.rmtree(root)
    kept.restore(root)
    made = Tenant(decamp, root, dns, *addresses)
    made.edit(NOBODY, dns.address)
    return made


def scanned(decamp: Decamp, root: Path) -> tuple[str, str, str]:
    shared("target", "shared-net", "172.20.0.0/24")
    kiosk = put_server(shared("source", "lan", "10.99.0.0/24"))
    port = next(one for one in tenant("source").network.state().ports if one.fixed_ips[0].ip_address == "10.30.0.11")
    public, spare = put_floating_ip(port.id, "10.30.0.11"), put_floating_ip(None)
    edit(root, "names: []", SAID)
    edit(root, "  resolver:\n", f'  resolver: "{NOBODY}"\n')
    edit(root, "\nskip: []", f'\nskip: ["floating-ip:{spare}"]')
    assert decamp("-C", root, "scan").code == 0
    return kiosk, public, spare


@pytest.fixture
def dns_server() -> Iterator[NameServer]:
    with NameServer() as server:
        yield server


@pytest.fixture
def moving(decamp: Decamp, workspace: Path, dns_server: NameServer) -> Tenant:
    return tenant_of(decamp, workspace, dns_server, has_moved=False)


@pytest.fixture
def moved(decamp: Decamp, workspace: Path, dns_server: NameServer) -> Tenant:
    return tenant_of(decamp, workspace, dns_server, has_moved=True)


def test_days_before_check_tells_what_must_be_done_about_each_name(moving: Tenant) -> None:
    assert moving.found() == {
        (codes.DNS_RECORD_CHANGES, "www.example.com"),
        (codes.DNS_TTL_LONG, "www.example.com"),
        (codes.DNS_RECORD_CHANGES, "shop.example.com"),
        (codes.DNS_TTL_LONG, "shop.example.com"),
        (codes.DNS_RECORD_CHANGES, "kiosk.example.com"),
        (codes.DNS_ADDRESS_STAYS, "old.example.com"),
        (codes.DNS_POINTS_ELSEWHERE, "other.example.com"),
        (codes.DNS_NO_ADDRESS, "gone.example.com"),
    }
    told = moving("check").out
    assert "3600 s" in told and "300 s" in told
    moving.edit('ttl_limit: "5 minutes"', 'ttl_limit: "1 hour"')
    assert (codes.DNS_TTL_LONG, "www.example.com") not in moving.found()


def test_names_change_no_plan(moving: Tenant) -> None:
    assert moving("plan").code == 0
    moving.edit(SAID, "names: [www.example.com]")
    moving.edit('ttl_limit: "5 minutes"', 'ttl_limit: "1 hour"')
    assert moving("run").code in (0, 3)


def test_before_the_run_every_new_address_is_said_to_be_unknown(moving: Tenant) -> None:
    assert moving("plan").code == 0
    rows = moving.addresses()
    assert rows["tool-1", moving.public] | {"kind": "floating-ip", "what": "address"} == rows["tool-1", moving.public]
    assert (rows["tool-1", moving.public]["new"], rows["tool-1", moving.public]["status"]) == (
        "(not created yet)",
        "not-made",
    )
    assert rows["tool-1", "10.30.0.11"]["status"] == "planned"
    assert rows["kiosk", moving.kiosk]["status"] == "not-made"
    assert (rows["", moving.spare]["new"], rows["", moving.spare]["status"]) == ("(none: it does not move)", "stays")
    assert all(row["new"] and row["old"] and row["status"] for row in rows.values())
    assert moving.names() == {
        "www.example.com": (moving.public, "(not created yet)", "3600", "not-made"),
        "shop.example.com": (moving.public, "(not created yet)", "3600", "not-made"),
        "kiosk.example.com": (moving.kiosk, "(not created yet)", "60", "not-made"),
        "old.example.com": (moving.spare, "(none: it does not move)", "60", "stays"),
    }
    hosts = moving("report", "-f", "hosts", "-o", "-").out
    assert all(line.startswith("#") for line in hosts.splitlines())


def test_half_way_those_that_are_made_are_told(moving: Tenant) -> None:
    assert moving("plan").code == 0
    assert moving("run", "--execute", "--only", f"floating-ip:{moving.public}").code == 0
    (made,) = tenant("target").network.state().floating_ips
    rows = moving.addresses()
    assert (rows["tool-1", moving.public]["new"], rows["tool-1", moving.public]["status"]) == (made.address, "changed")
    assert rows["tool-1", "10.30.0.11"]["status"] == "kept"
    assert rows["kiosk", moving.kiosk]["status"] == "not-made"
    assert moving.names()["www.example.com"] == (moving.public, made.address, "3600", "changed")
    assert f"{made.address:15} www.example.com # {moving.public}\n" in moving("report", "-f", "hosts", "-o", "-").out


def test_in_the_end_the_table_is_what_the_target_lists(moved: Tenant) -> None:
    state = tenant("target").network.state()
    (floating_ip,) = state.floating_ips
    ports = {
        port.name or port.fixed_ips[0].ip_address: port for port in state.ports if port.device_owner[:7] == "compute"
    }
    servers = {server.name: server.id for server in tenant("target").compute.servers()}
    told = moved("report")
    assert told.code == 0 and told.out == f"{moved.root}/reports/report-en.html\n" and "addresses.csv" in told.err
    text = (moved.root / "reports/addresses.csv").read_bytes().decode()
    assert text.count("\r\n") == text.count("\n")
    rows = {(row["server"], row["kind"], row["what"]): row for row in csv.DictReader(io.StringIO(text))}
    assert rows["tool-1", "floating-ip", "address"]["new"] == floating_ip.address
    assert rows["tool-1", "floating-ip", "id"]["new"] == floating_ip.id
    kiosk = ports["kiosk-eth0"]
    assert rows["kiosk", "port", "address"]["new"] == kiosk.fixed_ips[0].ip_address != moved.kiosk
    assert rows["kiosk", "port", "id"]["new"] == kiosk.id
    assert {rows[name, "server", "id"]["new"] for name in servers} == set(servers.values())
    macs = {rows[name, "port", "mac"]["new"] for name in servers}
    assert macs == {port.mac_address for port in ports.values()}
    assert rows["", "container", "url"]["new"].startswith("https://object-store.gra1.target.example/")
    hosts = (moved.root / "reports/hosts.txt").read_text().splitlines()
    assert f"{floating_ip.address:15} tool-1 # {moved.public}" in hosts
    assert f"{kiosk.fixed_ips[0].ip_address:15} kiosk # {moved.kiosk}" in hosts
    page = (moved.root / "reports/report-en.html").read_text()
    assert 'id="addresses"' in page and floating_ip.address in page and "www.example.com" in page


def test_a_name_that_has_been_changed_is_done(moved: Tenant) -> None:
    (floating_ip,) = tenant("target").network.state().floating_ips
    moved.dns.records[0] = f"www.example.com 60 A {floating_ip.address}"
    assert moved.names()["www.example.com"] == (moved.public, floating_ip.address, "60", "done")
    report = json.loads(moved("report", "-f", "json", "-o", "-").out)
    told = {one["name"] for kind in ("changes", "advice") for one in report[kind] if one["code"].startswith("DCP-95")}
    assert "www.example.com" not in told and "kiosk.example.com" in told
    assert "déjà changé" in moved("--lang", "fr", "report", "-f", "md", "-o", "-").out
    # `check` knows what the last scan saw.
    assert (codes.DNS_POINTS_ELSEWHERE, "www.example.com") in moved.found()
    assert moved("scan", "--side", "target").code == 0
    assert not {one for one in moved.found() if one[1] == "www.example.com"}


def test_an_address_that_somebody_removed_at_the_target_is_missing(moved: Tenant) -> None:
    (floating_ip,) = tenant("target").network.state().floating_ips
    del worlds["target"].floating_ips.rows[floating_ip.id]
    row = moved.addresses()["tool-1", moved.public]
    assert (row["new"], row["status"]) == ("(no longer at the target)", "missing")
    assert moved.names()["www.example.com"][3] == "missing"


def test_after_a_second_pass_the_server_has_its_new_id_and_its_address(moved: Tenant) -> None:
    """Its original ran again: the server at the target is made anew of a newer capture."""
    before = moved.addresses()
    (source,) = [one for one in tenant("source").compute.servers() if one.name == "tool-1"]
    power("source", "tool-1", "ACTIVE")
    write("tool-1", SINCE)
    a_moment_later()
    assert moved("scan").code == 0
    assert run(moved._decamp, moved.root).code == 0
    after = moved.addresses()
    (made,) = [one for one in tenant("target").compute.servers() if one.name == "tool-1"]
    assert after["tool-1", source.id]["new"] == made.id != before["tool-1", source.id]["new"]
    assert after["tool-1", moved.public] == before["tool-1", moved.public]


def test_without_the_target_and_the_dns_that_is_said(moved: Tenant) -> None:
    rows = {(row["server"], row["what"], row["old"]): row for row in moved.table("addresses", "--offline")}
    assert rows["tool-1", "address", moved.public]["new"] == "(not known: the target was not asked)"
    assert rows["tool-1", "address", "10.30.0.11"]["status"] == "kept"
    asked = len(moved.dns.asked)
    assert {row["status"] for row in moved.table("dns", "--offline")} == {"not-looked-up"}
    assert len(moved.dns.asked) == asked


def test_a_dns_server_that_never_answers_is_one_finding_and_no_failure(moving: Tenant) -> None:
    with silent_server() as address:
        moving.edit(moving.dns.address, address)
        told = [one for one in json.loads(moving("check", "-f", "json").out) if one["code"].startswith("DCP-95")]
    assert [(one["code"], one["facts"]["count"], one["facts"]["reason"]) for one in told] == [
        (codes.DNS_UNANSWERED, "7", "timeout")
    ]


def test_without_names_no_dns_is_asked_and_its_library_is_not_loaded(decamp: Decamp, planned: Path) -> None:
    command = [sys.executable, "-X", "importtime", "-m", "migrate.cli.main", "-C", str(planned), "check"]
    told = subprocess.run(command, capture_output=True, text=True, check=False).stderr
    assert "migrate.dns.policy_names" in told and "migrate.dns.lookup" not in told


@pytest.mark.hostile
def test_every_mistake_of_names_is_told_by_its_line(decamp: Decamp, workspace: Path) -> None:
    policy = workspace / "policy.yaml"
    lines = policy.read_text().replace(
        "  names: []", '  names: [ok.example.com, "müller.example", "a\\u202eb.example"]'
    )
    policy.write_text(lines.replace("  resolver:\n", "  resolver: ns.example.com\n"))
    decamp("-C", workspace, "scan")
    told = decamp("-C", workspace, "check")
    assert told.code == 2
    for wanted in (
        "dns.names[1]: must be in ASCII, as its zone has it (xn--mller-kva.example)",
        "dns.names[2]",
        "dns.resolver",
    ):
        assert wanted in told.sentence
    assert "\u202e" not in told.err
