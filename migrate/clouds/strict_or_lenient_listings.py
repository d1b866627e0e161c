"""How listings are requested: strictly for commands that act on them, leniently for a scan, which continues after a
refused one.

Unreadable items are reported to a listener one by one; a scan records them.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple, TypeVar

from migrate.errors import Unreadable
from migrate.messages import codes
from migrate.monitor import log

T = TypeVar("T")


class Asking:
    """Requests every listing; a refused one is an error, for commands that act on listings.

    The scan's version (`inventory/scan_project.py`) skips listings that the policy excludes, and records refused ones.
    """

    def __call__(self, listing: str, read: Callable[[], T]) -> T | None:
        """The result of `read`; None for a listing that is skipped.

        `listing`: a key of `model.LISTINGS`, or `model.OTHER_SERVICE` followed by the name of a service.
        """
        return read()

    def leaves_out(self, service: str) -> bool:
        """Whether nothing at all is requested from this service."""
        return False


EVERYTHING = Asking()


class MalformedItem(NamedTuple):
    """An item of a listing that violates the service's API. `why`: the violation (`migrate.messages.reason`).

    `place`: the item's position in the listing.

    `is_left_out`: the item is unreadable; otherwise the defect is harmless. `owner`: the device of a port.
    """

    listing: str
    place: int
    id: str
    name: str
    why: str
    is_left_out: bool = True
    owner: str = ""


_LISTENER: ContextVar[Callable[[MalformedItem], None] | None] = ContextVar("listener", default=None)
_OUR_MARK = "decamp"


@contextmanager
def reporting_to(listener: Callable[[MalformedItem], None]) -> Iterator[None]:
    """Reports malformed items of the listings read in this thread to the listener, within a `with`."""
    token = _LISTENER.set(listener)
    try:
        yield
    finally:
        _LISTENER.reset(token)


def reporting_rows(rows: Iterable[T], listener: Callable[[MalformedItem], None]) -> Iterator[T]:
    """The rows of a lazily read listing; malformed ones are reported to the listener."""
    rows = iter(rows)
    while True:
        with reporting_to(listener):
            try:
                row = next(rows)
            except StopIteration:
                return
        yield row


def report_object_row(what: str, place: int, name: str, why: str) -> None:
    """Reports a malformed row of an object listing. Without a listener, the row might be the object in question.

    Raises Unreadable DCP-713 then.
    """
    listener = _LISTENER.get()
    if listener is None:
        raise Unreadable(codes.ANSWER_UNREADABLE, what=f"{what} #{place} {name}", why=why)
    listener(MalformedItem("object", place, "", name, why))


def report_item(odd: MalformedItem, item: Any) -> None:
    """Reports a malformed item. Without a listener, a command acts on the listing: the item is skipped unless it may be
    ours, as Decamp would then create it again. Raises Unreadable DCP-713 in that case.
    """
    listener = _LISTENER.get()
    if listener is not None:
        listener(odd)
        return
    what = f"{odd.listing} {odd.name or odd.id or odd.place}"
    log.warning("odd item of a listing %s", json.dumps(f"{what}: {odd.why}"))
    if odd.is_left_out and _may_be_ours(item):
        raise Unreadable(codes.ANSWER_UNREADABLE, what=what, why=odd.why)


def _may_be_ours(item: Any) -> bool:
    try:
        return _OUR_MARK in str(item)
    except RecursionError:
        return True
