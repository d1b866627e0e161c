"""Merges three listings: the source's, the rows of the last pass, and the target's."""

from collections.abc import Iterable, Iterator
from enum import Enum
from typing import NamedTuple

from migrate.model import ObjectEntry
from migrate.objects.listing.object_rows import Row


class Name(NamedTuple):
    """One name: as listed at the source, as left by our last pass, as listed at the target. At least one is
    not None.
    """

    now: ObjectEntry | None
    then: Row | None
    there: ObjectEntry | None


class Need(Enum):
    """The work that a name needs."""

    NOTHING = "nothing"
    LOOK = "look"
    """Both sides are requested: the listings do not show whether headers or an unlisted object are right."""
    SEND = "send"
    GONE = "gone"
    """The object has vanished from the source since its copy, which stays."""
    EXTRA = "extra"
    """The object is only at the target, and not ours."""


def merged(now: Iterable[ObjectEntry], then: Iterable[Row], there: Iterable[ObjectEntry]) -> Iterator[Name]:
    """Every name once, in byte order, in which all three inputs are sorted. Holds one entry of each.

    (Python orders text by code point, which equals the order of UTF-8 bytes.)
    """
    nows, thens, theres = iter(now), iter(then), iter(there)
    a, b, c = next(nows, None), next(thens, None), next(theres, None)
    while a is not None or b is not None or c is not None:
        name = min(one.name for one in (a, b, c) if one is not None)
        found = Name(
            a if a is not None and a.name == name else None,
            b if b is not None and b.name == name else None,
            c if c is not None and c.name == name else None,
        )
        if found.now is not None:
            a = next(nows, None)
        if found.then is not None:
            b = next(thens, None)
        if found.there is not None:
            c = next(theres, None)
        yield found


def need(name: Name) -> Need:
    """The work that a name needs. Never compares the target's clock with the source's."""
    now, then, there = name
    if now is None:
        return Need.GONE if then is not None else Need.EXTRA
    known = then is not None and not then.skip_reason and is_unchanged(now, then)
    if there is None:
        # A listing may lag behind our uploads.
        return Need.LOOK if known else Need.SEND
    if not is_alike(now, there, then):
        return Need.SEND
    return Need.NOTHING if known else Need.LOOK


def is_unchanged(now: ObjectEntry, then: ObjectEntry) -> bool:
    """Whether an object is unchanged between two of the source's listings: any write changes the time."""
    return (now.last_modified, now.size_bytes, now.etag) == (then.last_modified, then.size_bytes, then.etag)


def is_alike(now: ObjectEntry, there: ObjectEntry, then: Row | None) -> bool:
    """Whether content and type are equal, as far as listings show; a store without listed types (S3) is not asked."""
    if then is not None and then.there:
        is_ours = (there.etag, there.size_bytes) == (then.there, then.facts[0])
        return is_ours and (now.etag, now.size_bytes) == (then.etag, then.size_bytes)
    if there.content_type and now.content_type != there.content_type:
        return False
    if now.slo_etag or there.slo_etag:
        return (now.slo_etag, now.size_bytes) == (there.slo_etag, there.size_bytes)
    return (now.etag, now.size_bytes, now.is_link) == (there.etag, there.size_bytes, there.is_link)
