"""Security group rules that change or lose their meaning at the target."""

from migrate.findings.inputs import Case
from migrate.model import SecurityGroup, SecurityGroupRule

_ADDRESS_GROUP = "address-group:"
"""The form of an address group in a rule's prefix: without a prefix the rule would allow everybody."""


def address_group(rule: SecurityGroupRule) -> str | None:
    """The id of the address group in the rule. Members can neither read its addresses nor create it elsewhere."""
    prefix = rule.remote_ip_prefix or ""
    return prefix.removeprefix(_ADDRESS_GROUP) if prefix.startswith(_ADDRESS_GROUP) else None


def own_address(case: Case, prefix: str | None) -> str | None:
    """The tenant's own floating IP in a prefix of exactly one address."""
    address = _single(prefix)
    return address if address in case.addresses else None


def changed_addresses(case: Case, group: SecurityGroup) -> list[str]:
    """Addresses of the tenant's ports in the group's rules that change with the move, sorted."""
    named = {address for rule in group.rules if (address := _single(rule.remote_ip_prefix)) in case.changed_addresses}
    return sorted(named)


def _single(prefix: str | None) -> str:
    """The address in a prefix of exactly one address, else ""."""
    address, _, length = (prefix or "").partition("/")
    return address if length in {"", "32", "128"} else ""


def named_addresses(case: Case, group: SecurityGroup) -> list[str]:
    """The tenant's own floating IPs in the group's rules, sorted."""
    return sorted({address for rule in group.rules if (address := own_address(case, rule.remote_ip_prefix))})
