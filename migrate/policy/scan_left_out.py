"""Listings missing from a scan: the values of `scan.skip`, and the rows for missing listings in an inventory."""

from collections.abc import Iterable

from migrate.model import LEFT_OUT, LISTINGS, ODD, OTHER_SERVICE, Inventory, Kind, ServiceResource

_ALIASES = {
    "nova": "compute",
    "cinder": "block-storage",
    "neutron": "network",
    "glance": "image",
    "swift": "object-store",
    "object-storage": "object-store",
}
_SERVICES_OF = {
    Kind.LOAD_BALANCER.value: "load-balancer",
    Kind.STACK.value: "orchestration",
    Kind.DNS_ZONE.value: "dns",
    Kind.SECRET.value: "key-manager",
    Kind.SHARE.value: "shared-file-system",
    Kind.CLUSTER.value: "container-infrastructure-management",
    Kind.DATABASE.value: "database",
}
_OFFERS = frozenset(
    {
        *("flavor", "compute-zone", "compute-quota", "volume-type", "volume-zone", "volume-quota"),
        *("external-network", "network-quota", "extension", "image-quota", "image-format", "object-limit"),
    }
)
"""Listings of a cloud's offer, without resources of the tenant."""

KNOWN_WORDS = (*sorted({*LISTINGS.values(), *(LISTINGS.keys() - _OFFERS)}), *_SERVICES_OF, *_ALIASES)
"""Predefined values for `scan.skip`; other words mean another service of the catalogue."""


def left_out_by(words: Iterable[str]) -> dict[str, str]:
    """Maps listings to the value of `scan.skip` that excludes them. A service's name stands for all its listings;
    `network` and `image` mean the service rather than the kind.
    """
    return {listing: word for word in words for listing in _listings(word)}


def _listings(word: str) -> list[str]:
    service = _ALIASES.get(word, word)
    of_service = [listing for listing, listed_by in LISTINGS.items() if listed_by == service]
    if of_service or word in LISTINGS:
        return of_service or [word]
    return [f"{OTHER_SERVICE}{_SERVICES_OF.get(word, word)}"]


def is_offer(row: ServiceResource, side: str) -> bool:
    """Whether the row is about the cloud's offer, without which resources can still be created."""
    listing = row.details.get("listing", row.name)
    return listing in _OFFERS and not (side == "target" and listing == "flavor")


def is_odd(row: ServiceResource) -> bool:
    """Whether the row stands for one malformed item of a listing."""
    return ODD in row.details


def is_unreadable(row: ServiceResource, side: str) -> bool:
    """Whether the row stands for an unreadable item that would move: it is missing from the inventory."""
    listing = row.details.get("listing", "")
    return row.details.get(ODD) == LEFT_OUT and listing in LISTINGS and not is_offer(row, side)


def is_listing(row: ServiceResource) -> bool:
    """Whether the row stands for a missing listing of resources, or of the cloud's offer."""
    return not row.id and row.kind is Kind.OTHER and row.name in LISTINGS and not is_odd(row)


def is_container(row: ServiceResource) -> bool:
    """Whether the row stands for a listed container with refused headers."""
    return not row.id and row.kind is Kind.CONTAINER and bool(row.name) and not is_odd(row)


def unlisted(inventory: Inventory) -> dict[str, ServiceResource]:
    """The listings missing from the inventory, each with its row."""
    return {row.name: row for row in inventory.others if is_listing(row)}


def shrunk_since(before: Inventory | None, now: Inventory) -> dict[str, int]:
    """Maps newly missing listings to the number of items in the earlier inventory."""
    seen = {name: len(getattr(before, _field(name), ())) for name in unlisted(now)} if before else {}
    return {name: count for name, count in seen.items() if count}


def _field(listing: str) -> str:
    return f"{listing.replace('-', '_')}s"
