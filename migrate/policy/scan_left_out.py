"""What a scan did not list: the words of `scan.skip`, and what an inventory says of the listings that it lacks."""

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
"""Listings of what a cloud offers: nothing of them is the tenant's own."""

KNOWN_WORDS = (*sorted({*LISTINGS.values(), *(LISTINGS.keys() - _OFFERS)}), *_SERVICES_OF, *_ALIASES)
"""What `scan.skip` knows by itself; any other word is taken for another service of the catalogue."""


def left_out_by(words: Iterable[str]) -> dict[str, str]:
    """Listing -> the word that leaves it out. A service's name stands for all that it lists, `network` and `image`
    for the service before the kind."""
    return {listing: word for word in words for listing in _listings(word)}


def _listings(word: str) -> list[str]:
    service = _ALIASES.get(word, word)
    of_service = [listing for listing, listed_by in LISTINGS.items() if listed_by == service]
    if of_service or word in LISTINGS:
        return of_service or [word]
    return [f"{OTHER_SERVICE}{_SERVICES_OF.get(word, word)}"]


def is_offer(row: ServiceResource, side: str) -> bool:
    """The row is of what a cloud offers, without which things can be made all the same."""
    listing = row.details.get("listing", row.name)
    return listing in _OFFERS and not (side == "target" and listing == "flavor")


def is_odd(row: ServiceResource) -> bool:
    """The row stands for one item of a listing that was not as it should be."""
    return ODD in row.details


def is_unreadable(row: ServiceResource, side: str) -> bool:
    """The row stands for one item of what is moved that could not be read: it is in no inventory."""
    listing = row.details.get("listing", "")
    return row.details.get(ODD) == LEFT_OUT and listing in LISTINGS and not is_offer(row, side)


def is_listing(row: ServiceResource) -> bool:
    """The row stands for a listing of what is moved, or of what a cloud offers, that was not read."""
    return not row.id and row.kind is Kind.OTHER and row.name in LISTINGS and not is_odd(row)


def is_container(row: ServiceResource) -> bool:
    """The row stands for one container that is listed, and whose headers were refused."""
    return not row.id and row.kind is Kind.CONTAINER and bool(row.name) and not is_odd(row)


def unlisted(inventory: Inventory) -> dict[str, ServiceResource]:
    """The listings that the inventory lacks, each with its row."""
    return {row.name: row for row in inventory.others if is_listing(row)}


def shrunk_since(before: Inventory | None, now: Inventory) -> dict[str, int]:
    """Listings that the one has and the other lacks -> how much the earlier one had seen."""
    seen = {name: len(getattr(before, _field(name), ())) for name in unlisted(now)} if before else {}
    return {name: count for name, count in seen.items() if count}


def _field(listing: str) -> str:
    return f"{listing.replace('-', '_')}s"
