"""DNS lookups of the names in the policy, for `check` and `report`."""

from migrate.model import ADDRESS_TYPES, OFFLINE, NameLookup
from migrate.policy.policy_records import Policy


def look_up_names(policy: Policy, *, offline: bool = False) -> tuple[NameLookup, ...]:
    """Looks up `dns.names`. Without names, or `offline`, no DNS server is contacted."""
    if not policy.dns.names:
        return ()
    if offline:
        failed = dict.fromkeys(ADDRESS_TYPES, OFFLINE)
        return tuple(NameLookup(name=name, failed=failed) for name in policy.dns.names)
    from migrate.dns.lookup import look_up  # Loads dnspython, which is slow.

    return look_up(policy.dns.names, policy.dns.resolver)
