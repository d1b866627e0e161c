"""Security groups, and when two rules mean the same."""

from contextlib import suppress
from ipaddress import ip_network

import msgspec

from migrate.model.records import Record


class SecurityGroupRule(Record, frozen=True, kw_only=True):
    """One rule, as `spelt_rule` leaves it: lower-case protocol, `None` for any. Compared by `canonical_rule`."""

    direction: str
    ethertype: str = "IPv4"
    protocol: str | None = None
    port_min: int | None = None
    port_max: int | None = None
    remote_ip_prefix: str | None = None
    remote_group_id: str | None = None
    description: str = ""


_EVERYWHERE = frozenset({"0.0.0.0/0", "::/0"})


_ALL_PORTS = (1, 65535)


def canonical_rule(rule: SecurityGroupRule) -> SecurityGroupRule:
    """What rules are compared by: as `read_back`, with 0.0.0.0/0 as no prefix."""
    rule = read_back(rule)
    return msgspec.structs.replace(rule, remote_ip_prefix=None) if rule.remote_ip_prefix in _EVERYWHERE else rule


def read_back(rule: SecurityGroupRule) -> SecurityGroupRule:
    """As Neutron tells a rule that it was given as `spelt_rule` has it: 1-65535 as no ports, the prefix as it is."""
    rule = spelt_rule(rule)
    if rule.protocol in {"tcp", "udp"} and (rule.port_min, rule.port_max) == _ALL_PORTS:
        return msgspec.structs.replace(rule, port_min=None, port_max=None)
    return rule


def spelt_rule(rule: SecurityGroupRule) -> SecurityGroupRule:
    """A rule in the customer's own spelling, as far as every cloud takes it and reads it back.

    `TCP` is `tcp` everywhere, `1.2.3.4` is `1.2.3.4/32`; no cloud of today takes -1 or 0 for all ports. An unparsable
    prefix is kept as it is.
    """
    protocol = (rule.protocol or "").lower() or None
    ports: tuple[int | None, int | None] = (rule.port_min, rule.port_max)
    if protocol in {"any", "0"}:
        protocol = None
    if (ports in {(0, 65535), (-1, -1)} and protocol in {"tcp", "udp", None}) or (ports == _ALL_PORTS and not protocol):
        ports = (None, None)
    prefix = rule.remote_ip_prefix
    with suppress(ValueError):
        prefix = str(ip_network(prefix, strict=False)) if prefix else None
    return msgspec.structs.replace(
        rule,
        direction=rule.direction.lower(),
        ethertype="IPv6" if rule.ethertype.lower() == "ipv6" else "IPv4",
        protocol=protocol,
        port_min=ports[0],
        port_max=ports[1],
        remote_ip_prefix=prefix,
        description=rule.description or "",
    )


class SecurityGroup(Record, frozen=True, kw_only=True):
    id: str
    name: str
    description: str = ""
    stateful: bool = True
    rules: tuple[SecurityGroupRule, ...] = ()
