"""How listings are asked for: by whoever acts on them, and by a scan, which goes on where a cloud refuses one.

What a listing holds that cannot be read is told to whoever listens, item by item: a scan notes it.
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
    """Asks for everything; a listing that is refused is an error, for whoever acts on what he reads.

    A scan's own (`inventory/scan_project.py`) leaves out what the policy does not want, and notes what is refused.
    """

    def __call__(self, listing: str, read: Callable[[], T]) -> T | None:
        """What `read` returns; None for a listing that is not read.

        `listing`: a key of `model.LISTINGS`, or `model.OTHER_SERVICE` with the name of a service behind it.
        """
        return read()

    def leaves_out(self, service: str) -> bool:
        """Nothing at all is asked of this service."""
        return False


EVERYTHING = Asking()


class Odd(NamedTuple):
    """An item of a listing that is not as the service's API says. `what`: how, `place`: its place in the listing.

    `is_left_out`: it could not be read; else it could, but for something harmless. `owner`: of a port, the device.
    """

    listing: str
    place: int
    id: str
    name: str
    what: str
    is_left_out: bool = True
    owner: str = ""


_LISTENER: ContextVar[Callable[[Odd], None] | None] = ContextVar("listener", default=None)
_OUR_MARK = "decamp"


@contextmanager
def told_to(listener: Callable[[Odd], None]) -> Iterator[None]:
    """What is odd in the listings that this thread reads meanwhile is told to the listener."""
    token = _LISTENER.set(listener)
    try:
        yield
    finally:
        _LISTENER.reset(token)


def heard(rows: Iterable[T], listener: Callable[[Odd], None]) -> Iterator[T]:
    """The rows of a listing that is read as it is gone through, its odd ones told to the listener."""
    rows = iter(rows)
    while True:
        with told_to(listener):
            try:
                row = next(rows)
            except StopIteration:
                return
        yield row


def tell_object(what: str, place: int, name: str, why: str) -> None:
    """Tells whoever listens of one row in a listing of objects. Where nobody does it may be what is looked for.

    Raises Unreadable DCP-713.
    """
    listener = _LISTENER.get()
    if listener is None:
        raise Unreadable(codes.ANSWER_UNREADABLE, what=f"{what}: row {place} {name}: {why}")
    listener(Odd("object", place, "", name, why))


def tell(odd: Odd, item: Any) -> None:
    """Tells whoever listens. Where nobody does, somebody acts on the listing, and an odd item is passed over unless it
    may be one of ours: then it would be made again. Raises Unreadable DCP-713."""
    listener = _LISTENER.get()
    if listener is not None:
        listener(odd)
        return
    what = f"{odd.listing} {odd.name or odd.id or odd.place}: {odd.what}"
    log.warning("odd item of a listing %s", json.dumps(what))
    if odd.is_left_out and _may_be_ours(item):
        raise Unreadable(codes.ANSWER_UNREADABLE, what=what)


def _may_be_ours(item: Any) -> bool:
    try:
        return _OUR_MARK in str(item)
    except RecursionError:
        return True
