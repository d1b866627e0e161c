"""Looks up addresses of names, with the TTL set by their zone.

A resolver reports the rest of a TTL in its cache, not the TTL that other caches will get. So the zone's own name
servers are queried too, if they can be reached. The total time is limited, because no step depends on the result.
"""

import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_address
from typing import NoReturn

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rdataclass
import dns.rdatatype
import dns.resolver
import dns.rrset

from migrate.model import ADDRESS_TYPES, DnsRecord, NameLookup
from migrate.policy.host_names import resolver_address

TIME_LIMIT_S = 20.0
_QUERY_S = 4.0
_ZONE_QUERY_S = 2.0
_THREADS = 8
_MOST_ALIASES = 8
_MOST_ADDRESSES = 64
_ZONE_SERVERS = 3
"""Name servers queried per zone, at most."""
_PORT = 53


class _Unanswered(Exception):
    """No usable answer. The message is the reason, a key of `fact.reason.*`."""


def look_up(
    names: Iterable[str], resolver: str = "", *, time_limit_s: float = TIME_LIMIT_S, zone_port: int = _PORT
) -> tuple[NameLookup, ...]:
    """A and AAAA records of each distinct name, in this order. Takes little longer than `time_limit_s`.

    Args:  resolver: as in `dns.resolver`; empty: the system's.   zone_port: port of the zones' name servers.
    """
    once = dict.fromkeys(name.removesuffix(".").lower() for name in names)
    asker = _Asker(resolver, time.monotonic() + time_limit_s, zone_port)
    with ThreadPoolExecutor(_THREADS, thread_name_prefix="decamp-dns") as pool:
        return tuple(pool.map(asker.look_up, once))


class _Asker:
    """Sends the queries, until the monotonic clock reaches `ends`."""

    def __init__(self, resolver: str, ends: float, zone_port: int) -> None:
        self._ends, self._zone_port = ends, zone_port
        self._zones: dict[dns.name.Name, tuple[str, ...]] = {}
        self._resolver: dns.resolver.Resolver | None
        try:
            self._resolver = dns.resolver.Resolver(configure=not resolver)
        except (dns.exception.DNSException, OSError):
            self._resolver = None
        else:
            if resolver:
                address, self._resolver.port = resolver_address(resolver)
                self._resolver.nameservers = [address]

    def look_up(self, name: str) -> NameLookup:
        records: list[DnsRecord] = []
        failed: dict[str, str] = {}
        for rdtype in ADDRESS_TYPES:
            try:
                # A resolver that timed out is not queried again for this name.
                records += self._addresses(name, rdtype) if "timeout" not in failed.values() else _unanswered("timeout")
            except _Unanswered as err:
                failed[rdtype] = str(err)
        return NameLookup(name=name, records=tuple(records), failed=failed)

    def _addresses(self, name: str, rdtype: str) -> list[DnsRecord]:
        found, is_authoritative = self._follow(dns.name.from_text(name), rdtype)
        if found is None:
            return []
        if not is_authoritative:
            own = self._of_the_zone(found.name, rdtype)
            found, is_authoritative = (own, True) if own is not None else (found, False)
        if len(found) > _MOST_ADDRESSES:
            _unanswered("too-many")
        return [
            DnsRecord(
                owner=found.name.to_text(omit_final_dot=True),
                type=rdtype,
                address=str(ip_address(one.to_text())),
                ttl_s=found.ttl,
                is_authoritative=is_authoritative,
            )
            for one in sorted(found)
        ]

    def _follow(self, name: dns.name.Name, rdtype: str) -> tuple[dns.rrset.RRset | None, bool]:
        """The records at the end of the alias chain, or None; and whether the answer is authoritative."""
        for _ in range(_MOST_ALIASES):
            answer = self._resolve(name, rdtype)
            if answer is None:
                return None, False
            is_own = bool(answer.response.flags & dns.flags.AA)
            if answer.canonical_name == name or (answer.rrset is not None and not is_own):
                return answer.rrset, is_own
            # An authoritative server may not know the target of an alias in another zone.
            name = answer.canonical_name
        return _unanswered("loop")

    def _resolve(self, name: dns.name.Name, rdtype: str) -> dns.resolver.Answer | None:
        """The answer; None if the name does not exist. Raises: _Unanswered."""
        if self._resolver is None:
            return _unanswered("no-resolver")
        try:
            return self._resolver.resolve(
                name, rdtype, raise_on_no_answer=False, search=False, lifetime=self._left(_QUERY_S)
            )
        except dns.resolver.NXDOMAIN:
            return None
        except dns.exception.Timeout:
            return _unanswered("timeout")
        except dns.resolver.NoNameservers as err:
            return _unanswered(_why(err))
        except (dns.exception.DNSException, OSError, ValueError):
            return _unanswered("unusable")

    def _of_the_zone(self, owner: dns.name.Name, rdtype: str) -> dns.rrset.RRset | None:
        """The records as the zone's own servers have them; None if none of these gives an authoritative answer."""
        question = dns.message.make_query(owner, rdtype)
        question.flags &= ~dns.flags.RD
        try:
            for server in self._servers(owner):
                try:
                    answer, _ = dns.query.udp_with_fallback(
                        question,
                        server,
                        self._left(_ZONE_QUERY_S),
                        self._zone_port,
                        ignore_unexpected=True,
                        ignore_errors=True,
                    )
                except (dns.exception.DNSException, OSError, ValueError, EOFError):
                    continue
                own = answer.get_rrset(answer.answer, owner, dns.rdataclass.IN, dns.rdatatype.from_text(rdtype))
                if answer.flags & dns.flags.AA and own:
                    return own
        except _Unanswered:
            pass
        return None

    def _servers(self, owner: dns.name.Name) -> tuple[str, ...]:
        """Addresses of the zone's name servers. Names with the same parent share one lookup."""
        parent = owner.parent() if len(owner) > 1 else owner
        if parent not in self._zones:
            self._zones[parent] = self._find_servers(owner)
        return self._zones[parent]

    def _find_servers(self, owner: dns.name.Name) -> tuple[str, ...]:
        assert self._resolver is not None
        try:
            zone = dns.resolver.zone_for_name(owner, resolver=self._resolver, lifetime=self._left(_QUERY_S))
            hosts = self._resolve(zone, "NS")
        except (dns.exception.DNSException, OSError, ValueError):
            return ()
        found: list[str] = []
        for host in list(hosts.rrset or ())[:_ZONE_SERVERS] if hosts else ():
            for rdtype in ADDRESS_TYPES:
                answer = self._resolve(host.target, rdtype)
                found += [one.to_text() for one in (answer.rrset or ())][:1] if answer else []
        return tuple(found[: 2 * _ZONE_SERVERS])

    def _left(self, most: float) -> float:
        """Timeout of the next query in seconds. Raises: _Unanswered when the time is up."""
        left = min(most, self._ends - time.monotonic())
        return left if left > 0 else _unanswered("timeout")


def _unanswered(why: str) -> NoReturn:
    raise _Unanswered(why)


def _why(err: dns.resolver.NoNameservers) -> str:
    """The reason behind dnspython's error: an endless alias chain, or anything else that is wrong with the answer."""
    errors = err.kwargs.get("errors") or ()
    return "loop" if any(isinstance(one[3], dns.message.ChainTooLong) for one in errors) else "unusable"
