"""Handles refused listings during a scan: records the refusal, leaves the listing empty and continues."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from migrate.clouds.strict_or_lenient_listings import Asking, MalformedItem
from migrate.errors import DecampError, ItemError
from migrate.model import LEFT_OUT, LISTINGS, ODD, OTHER_SERVICE, Kind, ServiceResource

T = TypeVar("T")


class Noted(Asking):
    """Requests each listing until its first refusal, except those left out.

    Args:    left_out: maps a listing to the selector of `scan.skip` that leaves it out.
    Raises:  AccessError, TransientError from a read: an outage is not a refusal, and an empty list would be a silent
             loss.
    """

    def __init__(self, left_out: Mapping[str, str]) -> None:
        self._left_out = left_out
        self._rows: dict[str, ServiceResource] = {}
        self._odd: dict[MalformedItem, ServiceResource] = {}

    def __call__(self, listing: str, read: Callable[[], T]) -> T | None:
        if listing in self._rows:
            return None
        if listing in self._left_out:
            self._note(listing, why=LEFT_OUT, skip=self._left_out[listing])
            return None
        try:
            return read()
        except ItemError as error:
            self._note(listing, why=why_refused(error))
            return None

    def leaves_out(self, service: str) -> bool:
        own = [listing for listing, of in LISTINGS.items() if of == service]
        return all(listing in self._left_out for listing in own or [f"{OTHER_SERVICE}{service}"])

    @property
    def rows(self) -> list[ServiceResource]:
        """The missing listings, for `Inventory.others`."""
        return [*self._rows.values(), *self._odd.values()]

    def note_odd(self, odd: MalformedItem) -> None:
        """Records one malformed item; the same item in another listing counts once."""
        told = {"listing": odd.listing, "why": odd.why, "id": odd.id, "owner": odd.owner}
        details = {ODD: LEFT_OUT if odd.is_left_out else "kept"} | {key: text for key, text in told.items() if text}
        kind = Kind(odd.listing) if odd.listing in set(Kind) else Kind.OTHER
        service = LISTINGS.get(odd.listing) or odd.listing.removeprefix(OTHER_SERVICE)
        name = odd.name or odd.id or f"#{odd.place}"
        known = odd._replace(place=0) if odd.name or odd.id else odd
        self._odd[known] = ServiceResource(kind=kind, id="", name=name, service=service, details=details)

    def _note(self, listing: str, **details: str) -> None:
        service = LISTINGS.get(listing) or listing.removeprefix(OTHER_SERVICE)
        name = listing if listing in LISTINGS else ""
        self._rows[listing] = ServiceResource(kind=Kind.OTHER, id="", name=name, service=service, details=details)


def why_refused(error: DecampError) -> str:
    """The reason for a refusal: `HTTP 403`, or the code of an error without a status."""
    return f"HTTP {error.facts['status']}" if error.facts.get("status") else error.code
