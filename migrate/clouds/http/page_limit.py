"""Limits on listings: a broken server may return one page after another forever."""

from migrate.clouds.http.connection import MOST_PARTS, parts_of
from migrate.errors import Unreadable
from migrate.messages import codes

_SURELY = 100
_LEAST_ON_A_PAGE = 10
MOST_ITEMS = 200_000
"""The limit for listings held in memory, of any kind except objects."""
_MOST_BYTES = 256 << 20
MOST_NAMES = 1_000_000_000
"""The limit for objects if their number is unknown."""


class Pages:
    """Counts the pages of a listing and their items.

    The first pages are always accepted; after that each must add about ten items on average. Glance gives 25 per page,
    others hundreds; an occasional short page does no harm.

    Args:    what: the listing, for the error.   most: the maximum number of items.
    """

    def __init__(self, what: str, most: int = MOST_ITEMS) -> None:
        self._what, self.most = what, most
        self._pages = self._items = self._bytes = self._parts = 0

    def turn(self, items: int, body: bytes = b"") -> None:
        """Counts a page with this many items. Raises Unreadable DCP-713 if the listing seems endless.

        Args:    body: the answer, if the items of all pages are held in memory together.
        """
        self._pages += 1
        self._items += items
        self._bytes += len(body)
        self._parts += parts_of(body)
        is_endless = self._items > self.most or self._pages > max(_SURELY, self._items // _LEAST_ON_A_PAGE)
        if is_endless or self._bytes > _MOST_BYTES or self._parts > MOST_PARTS:
            what = f"{self._what}: a listing without end, {self._items} items on {self._pages} pages"
            raise Unreadable(codes.ANSWER_UNREADABLE, what=what)
