"""DNS changes: records that must change, with old and new address."""

from collections.abc import Iterable

from migrate.messages.catalogue import phrase
from migrate.model import NameLookup, Record
from migrate.report.address_table import AddressRow, Standing

DONE, NOT_LOOKED_UP = "done", "not-looked-up"
"""States in addition to `Standing`: the record already has the new address; the lookup failed."""


class DnsChange(Record, frozen=True, kw_only=True):
    """A DNS record with its old and its new address.

    `record`: the name that has the record, which differs from `name` for an alias. `ttl_from`: `zone`, or `cache` if
    `ttl_s` is only the rest in a cache. `reason`: why the lookup failed (`fact.reason.*`).
    """

    name: str
    record: str
    type: str
    old: str
    new: str
    standing: str
    ttl_s: int | None = None
    ttl_from: str = ""
    reason: str = ""


def dns_changes(lookups: Iterable[NameLookup], rows: Iterable[AddressRow]) -> tuple[DnsChange, ...]:
    """Changes in the order of the names. Records of addresses that stay the same, or belong to others, are left out."""
    told = [row for row in rows if row.is_to_be_told]
    by_old = {row.old: row for row in told}
    by_new = {row.new: row for row in told if row.standing is Standing.CHANGED}
    found = []
    for lookup in lookups:
        for record in lookup.records:
            old, new = by_old.get(record.address), by_new.get(record.address)
            # An address that one server loses may be another's new one: then the name has still to follow its own.
            new = None if old is not None and old is not new else new
            row = new or old
            if row is None:
                continue
            found.append(
                DnsChange(
                    name=lookup.name,
                    record=record.owner,
                    type=record.type,
                    old=row.old,
                    new=row.new,
                    standing=DONE if new else row.standing.value,
                    ttl_s=record.ttl_s,
                    ttl_from="zone" if record.is_authoritative else "cache",
                )
            )
        for rdtype, reason in lookup.failed.items():
            found.append(
                DnsChange(
                    name=lookup.name,
                    record=lookup.name,
                    type=rdtype,
                    old="",
                    new="",
                    standing=NOT_LOOKED_UP,
                    reason=reason,
                )
            )
    return tuple(found)


def dns_standing(one: DnsChange, lang: str) -> str:
    """State of a record in words, with the origin of its TTL or the reason for a failed lookup."""
    why = phrase(f"fact.reason.{one.reason}", lang) if one.reason else ""
    told = phrase(f"standing.{one.standing}", lang, why=why)
    return f"{told}; TTL {phrase(f'standing.from.{one.ttl_from}', lang)}" if one.ttl_from else told
