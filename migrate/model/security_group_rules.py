"""Security group rules, and the comparison of their meaning."""

from contextlib import suppress
from ipaddress import ip_network

import msgspec

from migrate.model.records import Record


class SecurityGroupRule(Record, frozen=True, kw_only=True):
    """One rule in the form of `spelt_rule`: lower-case protocol, `None` for any. Compared with `canonical_rule`."""

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
    """The form for comparisons: like `read_back`, with 0.0.0.0/0 as no prefix."""
    rule = read_back(rule)
    return msgspec.structs.replace(rule, remote_ip_prefix=None) if rule.remote_ip_prefix in _EVERYWHERE else rule


def read_back(rule: SecurityGroupRule) -> SecurityGroupRule:
    """The form in which Neutron returns a rule created from `spelt_rule`: 1-65535 becomes no ports, the
    prefix stays.
    """
    rule = spelt_rule(rule)
    if rule.protocol in {"tcp", "udp"} and (rule.port_min, rule.port_max) == _ALL_PORTS:
        return msgspec.structs.replace(rule, port_min=None, port_max=None)
    return rule


def spelt_rule(rule: SecurityGroupRule) -> SecurityGroupRule:
    """The customer's rule in a form that every cloud accepts and returns.

    `TCP` becomes `tcp`, `1.2.3.4` becomes `1.2.3.4/32`; current clouds reject -1 or 0 for all ports. An invalid prefix
    is left unchanged.
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
