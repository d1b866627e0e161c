"""Names what the source refused to list, for whoever could take a report for the whole."""

from migrate.messages.catalogue import phrase
from migrate.plan.findings import Finding


def names_of(unknown: tuple[Finding, ...], lang: str) -> str:
    """`volumes, volume backups, container photos`."""
    return ", ".join(_name(found, lang) for found in unknown)


def _name(found: Finding, lang: str) -> str:
    listing = found.facts.get("listing")
    return phrase(f"fact.listing.{listing}", lang) if listing else f"{phrase('kind.container', lang)} {found.name}"
