"""Writes the table of old and new addresses as CSV and as lines for `/etc/hosts`. Names are untrusted text.

A cell that a spreadsheet would evaluate as a formula gets a leading apostrophe. A name that is not a legal host name
becomes a comment of a single line.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence, Set
from ipaddress import ip_address
from itertools import groupby

from msgspec.structs import replace

from migrate.messages.catalogue import phrase
from migrate.model import Kind
from migrate.printable_text import visible
from migrate.report.address_table import AddressRow, Standing, What
from migrate.report.dns_changes import DONE, DnsChange, dns_standing
from migrate.report.summary import Summary

_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n", "|", "%")
_LATER_CELL = re.compile(rf"(;\s*)(?=[{re.escape(''.join(_FORMULA))}])")
_OF_THIS_MACHINE = frozenset(
    {
        *("localhost", "localdomain", "localhost4", "localdomain4", "localhost6", "localdomain6", "broadcasthost"),
        *("ip6-localhost", "ip6-loopback", "ip6-localnet", "ip6-mcastprefix"),
        *("ip6-allnodes", "ip6-allrouters", "ip6-allhosts", "loopback", "loghost", "local"),
        *("wpad", "isatap", "metadata", "gateway", "autodiscover", "kubernetes"),
    }
)
"""Names that hosts files give to the machine itself and its network, and that programs look up by themselves."""
_NUMBER = re.compile(r"\d+|0x[\da-f]*", re.IGNORECASE)
"""What some programs read as an address."""
_LABEL = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)")
_LONGEST_NAME = 253
_LONGEST_COMMENT = 300
_ADDRESS_COLUMNS = ("server", "server_id", "kind", "name", "what", "old", "new", "status")
_DNS_COLUMNS = ("name", "record", "type", "old", "new", "ttl_s", "ttl_from", "status")


def addresses_csv(summary: Summary, lang: str) -> str:
    """CSV (RFC 4180) of all rows. The words under `status` are the same in every language."""
    return _csv(
        _ADDRESS_COLUMNS,
        (
            (row.server, row.server_id, row.kind, row.name, row.what, row.old, new_value(row, lang), row.standing)
            for row in summary.addresses
        ),
    )


def dns_csv(summary: Summary, lang: str) -> str:
    """CSV (RFC 4180) of all DNS records that must change, have been changed, or could not be looked up."""
    return _csv(
        _DNS_COLUMNS,
        (
            (
                *(one.name, one.record, one.type, one.old or dns_value(one, lang), dns_value(one, lang)),
                *("?" if one.ttl_s is None else str(one.ttl_s), one.ttl_from or "?", one.standing),
            )
            for one in summary.dns
        ),
    )


def new_value(row: AddressRow, lang: str) -> str:
    """The new value, or why it is unknown."""
    return row.new or f"({phrase(f'standing.{row.standing.value}', lang)})"


def dns_value(one: DnsChange, lang: str) -> str:
    """The new address of a record, or why it is unknown."""
    return one.new or f"({dns_standing(replace(one, ttl_from=''), lang)})"


def hosts_txt(summary: Summary, lang: str) -> str:
    """Lines for `/etc/hosts`: new addresses of servers and of DNS names; those not known yet are comments.

    So are servers' names with a dot that are not below a name of the policy (`dns.names`): a tenant's server may be
    called `github.com`.
    """
    own = {name.lower().rstrip(".") for name in summary.own_names}
    lines = [f"# {phrase('hosts.head', lang)}", *_hosts_lines_of_servers(summary, own, lang)]
    for one in summary.dns:
        is_known = one.standing in (DONE, Standing.CHANGED.value)
        lines.append(_line(one.name.rstrip("."), one.new if is_known else "", one.old, dns_value(one, lang)))
    return "".join(f"{line}\n" for line in dict.fromkeys(lines))


def _hosts_lines_of_servers(summary: Summary, own: Set[str], lang: str) -> Iterator[str]:
    """Lines of each server: for its floating IPs, or without one for the addresses of its ports. `own`: DNS names that
    are the customer's.
    """
    with_address = [row for row in summary.addresses if row.server_id and row.what is What.ADDRESS]
    groups = [
        (name, list(group)) for (name, _), group in groupby(with_address, key=lambda row: (row.server, row.server_id))
    ]
    names = Counter([*(name.lower() for name, _ in groups), *{one.name.lower().rstrip(".") for one in summary.dns}])
    for name, group in groups:
        is_alone = names[name.lower()] == 1
        for row in [row for row in group if row.kind is Kind.FLOATING_IP] or group:
            is_there = row.standing in (Standing.CHANGED, Standing.KEPT)
            why = f"{row.new} ({phrase(f'standing.{row.standing.value}', lang)})" if row.new else new_value(row, lang)
            why += "" if is_alone else f", {phrase('hosts.twice', lang)}"
            is_theirs = "." not in name or _is_below(name, own)
            why += "" if is_theirs else f", {phrase('hosts.not-below', lang)}"
            yield _line(name, row.new if is_there and is_alone and is_theirs else "", row.old, why)


def _is_below(name: str, own: Set[str]) -> bool:
    labels = name.lower().split(".")
    return any(".".join(labels[at:]) in own for at in range(len(labels)))


def _line(name: str, new: str, old: str, why: str) -> str:
    if (address := _address(new)) and is_host_name(name):
        return f"{address:15} {name}" + (f" # {visible(old)[:_LONGEST_COMMENT]}" if old != new else "")
    comment = visible(f"{name}: {old} -> {why}")
    return f"# {comment[:_LONGEST_COMMENT]}{'…' if len(comment) > _LONGEST_COMMENT else ''}"


def is_host_name(name: str) -> bool:
    """Whether it is a legal host name, and neither `localhost` nor an address."""
    labels = name.split(".")
    is_own = labels[-1].lower() in _OF_THIS_MACHINE
    is_legal = len(name) <= _LONGEST_NAME and all(map(_LABEL.fullmatch, labels)) and not _NUMBER.fullmatch(labels[-1])
    return is_legal and not is_own


def _address(text: str) -> str:
    """The address as one writes it; empty if it is none, or has a zone, which may be any text."""
    try:
        address = ip_address(text)
    except ValueError:
        return ""
    address = getattr(address, "ipv4_mapped", None) or address
    is_nobodys = address.is_loopback or address.is_unspecified or address.is_multicast or address.is_link_local
    return "" if "%" in text or is_nobodys or str(address) == "255.255.255.255" else str(address)


def _csv(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([_cell(one) for one in row] for row in rows)
    return text.getvalue()


def _cell(value: str) -> str:
    """A cell without invisible characters that no spreadsheet takes for a formula."""
    text = visible(str(value))
    # Where a semicolon separates cells, as in French spreadsheets, a name with one in it becomes two.
    text = _LATER_CELL.sub(r"\1'", text)
    return f"'{text}" if text.lstrip().startswith(_FORMULA) else text
