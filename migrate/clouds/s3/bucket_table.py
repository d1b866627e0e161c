"""The place of each container: the plan's table of buckets and key prefixes."""

from collections.abc import ItemsView, Iterator, Mapping

from migrate.errors import NotFound
from migrate.messages import codes
from migrate.model import S3Place


class Places:
    """Places by container name, sorted by its bytes; iterates over the places."""

    def __init__(self, places: Mapping[str, S3Place]) -> None:
        self._places = dict(sorted(places.items(), key=lambda item: item[0].encode()))

    def of(self, container: str) -> S3Place:
        """The place of a container. Raises NotFound if it is not in the table."""
        place = self._places.get(container)
        if place is None:
            raise NotFound(codes.GONE, kind="container", id=container)
        return place

    def items(self) -> ItemsView[str, S3Place]:
        return self._places.items()

    def __iter__(self) -> Iterator[S3Place]:
        return iter(self._places.values())
