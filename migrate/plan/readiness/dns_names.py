"""Judges the DNS names of the policy: which records must change, and whether their TTL is short enough."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from migrate.findings.finding import Finding, finding
from migrate.messages import codes
from migrate.model import OFFLINE, DnsRecord, NameLookup
from migrate.plan.address_fates import Fate
from migrate.policy.policy_records import Policy

_NAMES_SHOWN = 5


def judge_names(
    lookups: Sequence[NameLookup], fates: Mapping[str, Fate], new: Collection[str], policy: Policy
) -> Iterator[Finding]:
    """`DCP-950` to `DCP-956`. `new`: the project's addresses at the target."""
    limit_s = _ttl_limit_s(policy)
    for lookup in lookups:
        for record in lookup.records:
            yield from _record(lookup.name, record, fates.get(record.address), limit_s)
        addresses = [record.address for record in lookup.records]
        if addresses and not any(address in fates or address in new for address in addresses):
            yield finding(codes.DNS_POINTS_ELSEWHERE, name=lookup.name, addresses=", ".join(addresses))
        if not addresses and not lookup.failed:
            yield finding(codes.DNS_NO_ADDRESS, name=lookup.name)
    yield from _failed(lookups)


def _ttl_limit_s(policy: Policy) -> int:
    """The longest acceptable TTL: a cache that outlives the downtime budget lengthens the downtime."""
    rules = policy.cut_over
    budgets = [one for one in (rules.budget_s, *rules.budget_by_server.values()) if one is not None]
    return min([policy.dns.ttl_limit_s, *budgets])


def _record(name: str, record: DnsRecord, fate: Fate | None, limit_s: int) -> Iterator[Finding]:
    of = {"type": record.type, "record": record.owner}
    if fate is Fate.STAYS:
        yield finding(codes.DNS_ADDRESS_STAYS, name=name, **of, address=record.address)
    if fate is not Fate.CHANGES:
        return
    yield finding(codes.DNS_RECORD_CHANGES, name=name, **of, address=record.address)
    if not record.is_authoritative:
        yield finding(codes.DNS_TTL_UNKNOWN, name=name, **of, ttl_s=record.ttl_s, limit_s=limit_s)
    elif record.ttl_s > limit_s:
        yield finding(codes.DNS_TTL_LONG, name=name, **of, ttl_s=record.ttl_s, limit_s=limit_s)


def _failed(lookups: Sequence[NameLookup]) -> Iterator[Finding]:
    """One finding per reason, so that a missing network gives one finding for all names."""
    names: dict[str, list[str]] = {}
    for lookup in lookups:
        for reason in sorted(set(lookup.failed.values()) - {OFFLINE}):
            names.setdefault(reason, []).append(lookup.name)
    for reason, failed in names.items():
        shown = ", ".join([*failed[:_NAMES_SHOWN], *["…"][: len(failed) > _NAMES_SHOWN]])
        yield finding(codes.DNS_UNANSWERED, count=len(failed), names=shown, reason=reason)
