"""The old -> new table and its files: what is not known is said, and no name of a tenant's acts."""

import csv
import io

import pytest
from msgspec.structs import replace

from migrate.ledger.ledger_records import Effect
from migrate.model import DnsRecord, Kind, NameLookup, Role
from migrate.plan.build_plan import build_plan
from migrate.report.address_files import addresses_csv, dns_csv, hosts_txt, is_host_name
from migrate.report.address_table import AddressRow, Standing, What
from migrate.report.dns_changes import DnsChange, dns_changes
from migrate.report.summary import Inputs, Summary, summarise
from tests.cli.hostile import ATTACKS, MARKUP
from tests.plan.tenants import empty, floating, lan, policy, port, server, target, uid

OLD, NEW, NEWER = "203.0.113.9", "198.51.100.4", "198.51.100.77"
EMPTY_PLAN = build_plan(empty(), target(), policy())
EMPTY = summarise(Inputs(plan=EMPTY_PLAN))


def row(name: str = "web-1", **changes: object) -> AddressRow:
    plain = AddressRow(
        server=name,
        server_id=f"id of {name}",
        kind=Kind.FLOATING_IP,
        name=OLD,
        what=What.ADDRESS,
        old=OLD,
        new=NEW,
        standing=Standing.CHANGED,
    )
    return replace(plain, **changes)


def with_rows(*rows: AddressRow, dns: tuple[DnsChange, ...] = ()) -> Summary:
    return replace(EMPTY, addresses=rows, dns=dns)


def cells(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


# ---------------------------------------------------------------- the table


def web(*effects: Effect, is_live: bool = True, addresses: dict[str, str] | None = None) -> Summary:
    nic = port("web-1")
    source = empty(
        **lan()
        | {"ports": (nic,), "servers": (server(port_ids=(nic.id,)),), "floating_ips": (floating(port_id=nic.id),)}
    )
    plan = build_plan(source, target(), policy())
    return summarise(
        Inputs(plan=plan, effects=effects, addresses=addresses or {}, is_live=is_live, source=source, target=target())
    )


def made(resource_id: str, *, removed: bool = False) -> Effect:
    return Effect(
        side="target",
        kind=Kind.FLOATING_IP,
        resource_id=resource_id,
        role=Role.MOVED,
        step_id=f"floating-ip:{uid(f'floating {OLD}')}",
        source_id=uid(f"floating {OLD}"),
        removed=removed,
    )


def public(summary: Summary) -> tuple[str, str, Standing]:
    (found,) = [one for one in summary.addresses if one.kind is Kind.FLOATING_IP and one.what is What.ADDRESS]
    return found.server, found.new, found.standing


def test_a_new_address_goes_from_not_made_to_known() -> None:
    assert public(web()) == ("web-1", "", Standing.NOT_MADE)
    assert public(web(made("f"), is_live=False)) == ("web-1", "", Standing.NOT_ASKED)
    assert public(web(made("f"), addresses={"f": NEW})) == ("web-1", NEW, Standing.CHANGED)
    assert public(web(made("f"))) == ("web-1", "", Standing.MISSING)


def test_an_address_that_was_made_again_is_the_newer_one() -> None:
    told = web(made("f", removed=True), made("g"), addresses={"f": NEW, "g": NEWER})
    assert public(told) == ("web-1", NEWER, Standing.CHANGED)


def test_a_record_that_points_to_the_new_address_is_done() -> None:
    lookups = tuple(
        NameLookup(
            name=name,
            records=(DnsRecord(owner=name, type="A", address=address, ttl_s=60, is_authoritative=True),),
        )
        for name, address in (("old.example.com", OLD), ("new.example.com", NEW), ("else.example.com", "192.0.2.1"))
    )
    nic = port("web-1")
    source = empty(
        **lan()
        | {"ports": (nic,), "servers": (server(port_ids=(nic.id,)),), "floating_ips": (floating(port_id=nic.id),)}
    )
    plan = build_plan(source, target(), policy())
    inputs = Inputs(plan=plan, effects=(made("f"),), addresses={"f": NEW}, is_live=True, source=source, lookups=lookups)
    assert [(one.name, one.old, one.new, one.standing) for one in summarise(inputs).dns] == [
        ("old.example.com", OLD, NEW, "changed"),
        ("new.example.com", OLD, NEW, "done"),
    ]


def test_an_address_that_one_server_loses_to_another_is_still_to_be_changed() -> None:
    """`a` goes from .5 to .9 and `b` to .5: a record of `a` that has .5 is not done."""
    rows = (row("a", old="10.0.0.5", new="10.0.0.9"), row("b", old="10.0.0.7", new="10.0.0.5"))
    record = DnsRecord(owner="a.example.com", type="A", address="10.0.0.5", ttl_s=60, is_authoritative=True)
    (one,) = dns_changes((NameLookup(name="a.example.com", records=(record,)),), rows)
    assert (one.old, one.new, one.standing) == ("10.0.0.5", "10.0.0.9", "changed")


# ---------------------------------------------------------------- CSV


def test_no_cell_is_empty_where_something_is_not_known() -> None:
    unknown = row(new="", standing=Standing.NOT_MADE)
    failed = DnsChange(
        name="a.example", record="a.example", type="A", old="", new="", standing="not-looked-up", reason="timeout"
    )
    summary = with_rows(unknown, dns=(failed,))
    for lang in ("en", "fr"):
        for text in (addresses_csv(summary, lang), dns_csv(summary, lang)):
            assert all(all(line) for line in cells(text))
    assert cells(addresses_csv(summary, "fr"))[1][6:] == ["(pas encore créée)", "not-made"]


@pytest.mark.hostile
@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", " =1+1", "＝1+1", "\t=1", "\r=1", "|calc", "%x"])
def test_no_cell_is_a_formula(name: str) -> None:
    line = cells(addresses_csv(with_rows(row(name)), "en"))[1]
    assert not line[0].lstrip().startswith(("=", "+", "-", "@", "＝", "|", "%"))
    assert name.strip() in line[0] or "\\" in line[0]


@pytest.mark.hostile
@pytest.mark.parametrize("name", ["web;=1+1", "web; +1", "a;b;@SUM(A1)"])
def test_no_cell_behind_a_semicolon_is_a_formula(name: str) -> None:
    """A French spreadsheet takes the semicolon for the separator."""
    line = addresses_csv(with_rows(row(name)), "en").splitlines()[1]
    assert not [one for one in line.split(";") if one.strip().startswith(("=", "+", "-", "@"))]


@pytest.mark.hostile
@pytest.mark.parametrize("name", [*(shown for shown, _ in ATTACKS.values()), *MARKUP, 'a,"b"\r\nc', "a;b", "x\x00y"])
def test_a_name_stays_within_its_cell_and_line(name: str) -> None:
    summary = with_rows(row(name), row("last"))
    text = addresses_csv(summary, "en")
    assert [len(line) for line in cells(text)] == [8, 8, 8] and text.count("\r\n") == text.count("\n") == 3
    lines = hosts_txt(summary, "en").splitlines()
    assert len(lines) == 3
    assert lines[1].startswith("# ") or is_host_name(name)


# ---------------------------------------------------------------- hosts


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("web-1", True),
        ("WEB", True),
        ("", False),
        ("web_1", False),
        ("-web", False),
        ("web-", False),
        ("a..b", False),
        ("127.0.0.1", False),
        ("1", False),
        ("localhost", False),
        ("LOCALHOST", False),
        ("evil.localhost", False),
        *((f"ip6-{name}", False) for name in ("localhost", "loopback", "localnet", "allnodes", "allrouters")),
        *(("github.com", False), ("auth.cloud.ovh.net", False), ("metadata.google.internal", False)),
        ("shop.example", False),
        *(
            (name, False)
            for name in ("broadcasthost", "loopback", "wpad", "isatap", "metadata", "gateway", "kubernetes")
        ),
        *(("0x7f", False), ("web.0x1", False), ("0xcafe-1", True), ("x1", True)),
        ("müller", False),
        ("a b", False),
        ("a" * 64, False),
        (".".join(["a" * 60] * 5), False),
    ],
)
def test_only_legal_host_names_are_lines(name: str, is_one: bool) -> None:
    line = hosts_txt(with_rows(row(name)), "en").splitlines()[1]
    assert line.startswith("#") != is_one
    assert is_host_name(name) or not is_one


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        *(("www.shop.example", True), ("db.www.shop.example", True), ("WWW.shop.EXAMPLE", True)),
        *(("shop.example", False), ("evilwww.shop.example", False), ("www.shop.example.evil", False)),
    ],
)
def test_a_name_with_a_dot_is_a_line_below_a_name_of_the_policy_alone(name: str, is_one: bool) -> None:
    """Whatever its own record points to, such as a CDN."""
    looked_up = (NameLookup(name="www.shop.example."),)
    summary = replace(summarise(Inputs(plan=EMPTY_PLAN, lookups=looked_up)), addresses=(row(name),))
    line = hosts_txt(summary, "en").splitlines()[1]
    assert line.startswith("#") != is_one and ("dns.names" in line) != is_one


@pytest.mark.hostile
@pytest.mark.parametrize(
    "address", ["fe80::1%\n127.0.0.1 github.com", "fe80::1%x", "1.2.3.4 # x", "1.2.3", "", "0x7f.1", "::1\n"]
)
def test_what_is_no_address_is_no_line(address: str) -> None:
    for said in (row(new=address), row(old=address)):
        lines = hosts_txt(with_rows(said), "en").splitlines()[1:]
        assert len(lines) == 1 and (lines[0].startswith("# ") or lines[0].split()[:2] == [NEW, "web-1"])
    assert hosts_txt(with_rows(row(new="2001:DB8::0:1")), "en").splitlines()[1].startswith("2001:db8::1 ")


@pytest.mark.hostile
@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.9.9.9", "::1", "0.0.0.0", "::", "169.254.169.254", "fe80::1", "224.0.0.1", "ff02::1"),
        *("255.255.255.255", "::ffff:127.0.0.1", "::ffff:169.254.169.254"),
    ],
)
def test_an_address_that_no_server_can_have_is_no_line(address: str) -> None:
    (line,) = hosts_txt(with_rows(row(new=address)), "en").splitlines()[1:]
    assert line.startswith("# ")
    assert hosts_txt(with_rows(row(new="::ffff:192.0.2.1")), "en").splitlines()[1].startswith("192.0.2.1 ")


def test_a_name_that_several_servers_have_leads_to_none_of_them() -> None:
    rows = (row("web", server_id="1"), row("WEB", server_id="2", new=NEWER), row("db"))
    lines = hosts_txt(with_rows(*rows), "en").splitlines()[1:]
    assert [line.startswith("#") for line in lines] == [True, True, False]


def test_a_server_called_like_a_record_leads_nowhere() -> None:
    """Its owner chose the name, and not the record's: which of both is meant, nobody can tell."""
    record = DnsChange(name="web.", record="web", type="A", old=OLD, new=NEWER, standing="changed")
    lines = hosts_txt(replace(with_rows(row("WEB")), dns=(record,)), "en").splitlines()[1:]
    assert [line.split()[0] for line in lines] == ["#", NEWER]


def test_a_server_is_known_by_its_floating_address_if_it_has_one() -> None:
    fixed = row(kind=Kind.PORT, old="10.0.0.5", new="10.0.0.5", standing=Standing.KEPT)
    assert hosts_txt(with_rows(fixed, row()), "en").splitlines()[1:] == [f"{NEW:15} web-1 # {OLD}"]
    assert hosts_txt(with_rows(fixed), "en").splitlines()[1:] == ["10.0.0.5        web-1"]


def test_an_address_that_is_only_planned_is_a_comment() -> None:
    planned = row(kind=Kind.PORT, old="10.0.0.5", new="10.0.0.5", standing=Standing.PLANNED)
    assert hosts_txt(with_rows(planned), "en").splitlines()[1:] == ["# web-1: 10.0.0.5 -> 10.0.0.5 (will be kept)"]


@pytest.mark.hostile
def test_a_long_name_makes_no_long_line() -> None:
    assert max(map(len, hosts_txt(with_rows(row("x " * 5000)), "en").splitlines())) < 400
