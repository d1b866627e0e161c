"""The target's existing `default` security group: every project has one, and the source's rules replace its rules."""

from collections.abc import Iterable, Iterator

from msgspec.structs import replace

from migrate.findings.at_target.group_rules import address_group, own_address
from migrate.findings.finding import Finding, finding
from migrate.findings.inputs import Case
from migrate.messages import codes
from migrate.model import Kind, SecurityGroup, SecurityGroupRule, canonical_rule
from migrate.policy.selectors import item

_SHOWN = 5


def judge_default(case: Case) -> Iterator[Finding]:
    """`DCP-658`, if the target's group has other rules than those that we have given it, or is in use."""
    ours, theirs = _default(case.source.security_groups), _default(case.target.security_groups)
    if ours is None or theirs is None:
        return
    has, wanted = {_bare(rule) for rule in theirs.rules}, set(_rules_in_target_spelling(case, ours, theirs))
    made = {own_id: case.ports.get(source_id) for (kind, source_id), own_id in case.ours.items() if kind == Kind.PORT}
    users = [port for port in case.target.ports if theirs.id in port.security_group_ids]
    ports = [port for port in users if port.id not in made]
    # A port that belongs in the group is made after its rules: it has been given the source's, whatever they are there
    # by now. What somebody has added since is kept by the step that sets them (`set_rules`).
    is_given = any(one is not None and ours.id in one.security_group_ids for one in (made.get(p.id) for p in users))
    removed, added = set() if is_given else has - wanted - _stock(theirs), wanted - has
    if removed or (added and ports):
        facts = {"removed": _rules_text(removed), "added": _rules_text(added), "ports": len(ports)}
        yield finding(codes.DEFAULT_GROUP_IN_USE, item(Kind.SECURITY_GROUP, ours.id), ours.name, **facts)


def _default(groups: Iterable[SecurityGroup]) -> SecurityGroup | None:
    return next((group for group in groups if group.name == "default"), None)


def _bare(rule: SecurityGroupRule) -> SecurityGroupRule:
    """The traffic that a rule allows, regardless of spelling and description."""
    return replace(canonical_rule(rule), description="")


def _stock(group: SecurityGroup) -> set[SecurityGroupRule]:
    """Neutron's initial rules of a `default` group: all outgoing traffic, and incoming from its own members."""
    families = ("IPv4", "IPv6")
    out = {SecurityGroupRule(direction="egress", ethertype=family) for family in families}
    return out | {
        SecurityGroupRule(direction="ingress", ethertype=family, remote_group_id=group.id) for family in families
    }


def _rules_in_target_spelling(case: Case, ours: SecurityGroup, theirs: SecurityGroup) -> Iterator[SecurityGroupRule]:
    """The source's rules in the target's spelling; references to resources not yet created stay unchanged."""
    for rule in ours.rules:
        if address_group(rule) is not None:
            continue
        named = rule.remote_group_id
        if named is not None:
            here = theirs.id if named == ours.id else case.ours.get((Kind.SECURITY_GROUP, named), named)
            rule = replace(rule, remote_group_id=here)
        if case.policy.rewrite_addresses and (new := _new_address(case, rule)) is not None:
            rule = replace(rule, remote_ip_prefix=new)
        yield _bare(rule)


def _new_address(case: Case, rule: SecurityGroupRule) -> str | None:
    """The new floating IP for the old one in the rule, once it exists."""
    old = own_address(case, rule.remote_ip_prefix)
    made = case.ours.get((Kind.FLOATING_IP, case.addresses[old].id)) if old else None
    return next((one.address for one in case.target.floating_ips if one.id == made), None)


def _rules_text(rules: set[SecurityGroupRule]) -> str:
    texts = sorted(_text(rule) for rule in rules)
    more = len(texts) - _SHOWN
    return (", ".join(texts[:_SHOWN]) + (f", … (+{more})" if more > 0 else "")) or "-"


def _text(rule: SecurityGroupRule) -> str:
    """A rule as text: `ingress IPv4 tcp 22 0.0.0.0/0`."""
    ports = "" if rule.port_min is None else str(rule.port_min)
    if rule.port_max not in (None, rule.port_min):
        ports += f"-{rule.port_max}"
    everybody = "::/0" if rule.ethertype == "IPv6" else "0.0.0.0/0"
    words = (rule.direction, rule.ethertype, rule.protocol or "any", ports)
    return " ".join(word for word in (*words, rule.remote_group_id or rule.remote_ip_prefix or everybody) if word)
