"""Names are looked up with the TTL of their zone, within a time, whatever a server answers."""

import shutil
import socket
import subprocess
import time

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from migrate.dns.lookup import look_up
from migrate.model import DnsRecord, NameLookup
from tests.dns.name_server import NameServer, silent_server

ZONE = (
    "example.com 3600 SOA ns.example.com. admin.example.com. 1 2 3 4 5",
    "example.com 3600 NS ns.example.com.",
    "ns.example.com 3600 A 127.0.0.1",
    "www.example.com 600 A 203.0.113.2",
    "www.example.com 600 A 203.0.113.10",
    "www.example.com 900 AAAA 2001:db8::2",
    "shop.example.com 60 CNAME www.example.com.",
    "mail.example.com 60 TXT nothing",
)
CACHED = (*ZONE[:3], "www.example.com 37 A 203.0.113.2")


def record(address: str, ttl_s: int, *, is_own: bool = True, owner: str = "www.example.com") -> DnsRecord:
    rdtype = "AAAA" if ":" in address else "A"
    return DnsRecord(owner=owner, type=rdtype, address=address, ttl_s=ttl_s, is_authoritative=is_own)


WWW = (record("203.0.113.2", 600), record("203.0.113.10", 600), record("2001:db8::2", 900))


def test_every_address_has_the_ttl_of_its_record() -> None:
    with NameServer(*ZONE) as server:
        assert look_up(["www.example.com"], server.address) == (NameLookup(name="www.example.com", records=WWW),)


def test_a_name_is_looked_up_once_however_it_is_spelt() -> None:
    with NameServer(*ZONE) as server:
        (found,) = look_up(["www.example.com", "WWW.Example.com."], server.address)
        assert found.records == WWW and server.asked.count(("www.example.com", "A")) == 1


def test_the_record_of_an_alias_is_that_of_the_name_at_its_end() -> None:
    with NameServer(*ZONE) as zone, NameServer(*ZONE, is_own=False) as cache:
        (found,) = look_up(["shop.example.com"], cache.address, zone_port=zone.port)
        assert found == NameLookup(name="shop.example.com", records=WWW)


def test_the_zone_is_asked_for_its_own_ttl_where_a_cache_has_answered() -> None:
    with (
        NameServer(*ZONE[:3], "www.example.com 86400 A 203.0.113.2") as zone,
        NameServer(*CACHED, is_own=False) as cache,
    ):
        (found,) = look_up(["www.example.com"], cache.address, zone_port=zone.port)
        assert found.records == (record("203.0.113.2", 86400),)


def test_a_zone_that_cannot_be_asked_leaves_what_the_cache_said_and_says_so() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as closed, NameServer(*CACHED, is_own=False) as cache:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        closed.close()
        (found,) = look_up(["www.example.com"], cache.address, zone_port=port)
        assert found.records == (record("203.0.113.2", 37, is_own=False),)


def test_a_zones_server_that_does_not_know_the_name_is_not_believed() -> None:
    """A lame one, which answers as if it were the zone's but without authority."""
    lame = NameServer(*ZONE[:3], "www.example.com 1 A 192.0.2.66", is_own=False)
    with lame, NameServer(*CACHED, is_own=False) as cache:
        (found,) = look_up(["www.example.com"], cache.address, zone_port=lame.port)
        assert found.records == (record("203.0.113.2", 37, is_own=False),)


@pytest.mark.parametrize("name", ["gone.example.com", "mail.example.com"])
def test_a_name_without_addresses_has_none_and_nothing_has_failed(name: str) -> None:
    with NameServer(*ZONE) as server:
        assert look_up([name], server.address) == (NameLookup(name=name),)


# ---------------------------------------------------------------- hostile answers


@pytest.mark.hostile
@pytest.mark.parametrize("is_within", [True, False], ids=["in one answer", "an answer each"])
def test_aliases_that_go_in_a_circle_end(is_within: bool) -> None:
    def one_at_a_time(query: dns.message.Message) -> bytes:
        response, name = dns.message.make_response(query), query.question[0].name
        other = "b.example.com." if name.to_text() == "a.example.com." else "a.example.com."
        response.answer.append(dns.rrset.from_text(name, 60, "IN", "CNAME", other))
        return response.to_wire()

    circle = ("a.example.com 60 CNAME b.example.com.", "b.example.com 60 CNAME a.example.com.")
    with NameServer(*circle, answer=None if is_within else one_at_a_time) as server:
        (found,) = look_up(["a.example.com"], server.address)
        assert found == NameLookup(name="a.example.com", failed={"A": "loop", "AAAA": "loop"})


@pytest.mark.hostile
def test_more_addresses_than_anybody_has_are_no_answer() -> None:
    many = [f"big.example.com 60 A 198.51.{high}.{low}" for high in range(10) for low in range(200)]
    with NameServer(*many) as server:
        (found,) = look_up(["big.example.com"], server.address)
        assert found == NameLookup(name="big.example.com", failed={"A": "too-many"})


@pytest.mark.hostile
def test_an_answer_to_another_question_is_not_taken() -> None:
    def forged(query: dns.message.Message) -> bytes:
        response = dns.message.make_response(query)
        response.id = (query.id + 1) % 65536
        response.answer.append(dns.rrset.from_text(query.question[0].name, 60, "IN", "A", "192.0.2.66"))
        return response.to_wire()

    with NameServer(answer=forged) as server:
        (found,) = look_up(["www.example.com"], server.address, time_limit_s=0.3)
        assert found.records == () and set(found.failed.values()) == {"timeout"}


@pytest.mark.hostile
@pytest.mark.parametrize("sent", [b"", b"\x00", b"\xff" * 600], ids=["empty", "one byte", "noise"])
def test_noise_is_no_answer(sent: bytes) -> None:
    with NameServer(answer=lambda query: sent) as server:
        (found,) = look_up(["www.example.com"], server.address, time_limit_s=0.3)
        assert found.records == () and set(found.failed) == {"A", "AAAA"}


def test_servers_that_never_answer_are_not_waited_for_longer_than_the_limit() -> None:
    """One limit for all names: one for each, eight at a time, would be fifty seconds."""
    names = [f"host-{number}.example.com" for number in range(400)]
    with silent_server() as address:
        began = time.monotonic()
        found = look_up(names, address, time_limit_s=0.3)
        assert time.monotonic() - began < 30
    assert [one.name for one in found] == names
    assert {why for one in found for why in one.failed.values()} == {"timeout"}


def test_a_server_that_refuses_is_said_to() -> None:
    def refused(query: dns.message.Message) -> bytes:
        response = dns.message.make_response(query)
        response.set_rcode(dns.rcode.REFUSED)
        return response.to_wire()

    with NameServer(answer=refused) as server:
        (found,) = look_up(["www.example.com"], server.address)
        assert found.failed == {"A": "unusable", "AAAA": "unusable"}


def test_dig_sees_the_same() -> None:
    dig = shutil.which("dig")
    if dig is None:
        pytest.skip("dig is not there")
    with NameServer(*ZONE) as server:
        told = subprocess.run(
            [dig, "@127.0.0.1", "-p", str(server.port), "+noall", "+answer", "www.example.com", "A"],
            capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
        (found,) = look_up(["www.example.com"], server.address)
    lines = {(line.split()[4], int(line.split()[1])) for line in told.splitlines()}
    assert lines == {(one.address, one.ttl_s) for one in found.records if one.type == "A"}
