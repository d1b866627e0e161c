"""The names in a workspace's documents that people type: items, for suggestions and for shell completion."""

from collections.abc import Iterator

from migrate.model import Inventory, Kind


def item_selectors(source: Inventory) -> Iterator[str]:
    """`kind:name` of everything that the source has, in order of the kinds; a floating IP is named by its address."""
    for kind in Kind:
        for one in getattr(source, f"{kind.value.replace('-', '_')}s", ()):
            if name := getattr(one, "name", "") or getattr(one, "address", ""):
                yield f"{kind}:{name}"
