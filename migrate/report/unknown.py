"""Names refused listings, in every report that could be taken for complete."""

from migrate.findings.finding import Finding
from migrate.messages.catalogue import phrase


def names_of(unknown: tuple[Finding, ...], lang: str) -> str:
    """Names of unknown parts: `volumes, volume backups, container photos`."""
    return ", ".join(_name(found, lang) for found in unknown)


def _name(found: Finding, lang: str) -> str:
    listing = found.facts.get("listing")
    if not listing:
        return f"{phrase('kind.container', lang)} {found.name}"
    told = phrase(f"fact.listing.{listing}", lang)
    return f"{told} {found.facts['what']}" if "what" in found.facts else told
