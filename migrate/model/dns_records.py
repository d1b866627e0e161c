"""DNS lookups: the address records of a name, with their TTL."""

from migrate.model.records import Record

ADDRESS_TYPES = ("A", "AAAA")

OFFLINE = "offline"
"""The reason of a lookup that was not wanted."""


class DnsRecord(Record, frozen=True, kw_only=True):
    """An A or AAAA record.

    `owner`: the name that has the record, which differs from the name looked up if that is an alias (CNAME).
    `is_authoritative`: `ttl_s` comes from the zone's own server; otherwise it is the rest that a cache reported.
    """

    owner: str
    type: str
    address: str
    ttl_s: int
    is_authoritative: bool


class NameLookup(Record, frozen=True, kw_only=True):
    """A name with its records. `failed`: maps record types to the reason for no answer (`fact.reason.*`)."""

    name: str
    records: tuple[DnsRecord, ...] = ()
    failed: dict[str, str] = {}
