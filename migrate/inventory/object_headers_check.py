"""Checks object headers for S3: `decamp scan --objects`, one request for each object."""

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

from msgspec import UNSET
from msgspec.structs import replace

from migrate.clouds.ports import ObjectInfo, ObjectStore
from migrate.clouds.strict_or_lenient_listings import reporting_rows
from migrate.errors import NotFound, Unreadable
from migrate.model import Container, Inventory, LostHeaders, ObjectEntry
from migrate.model.s3_objects import EXPIRES_AT, MOST_EXAMPLES, examples, not_carried
from migrate.monitor import StopFlag

IsCopied = Callable[[str, ObjectEntry], bool]
"""Whether an object, given by container and listing row, is copied to S3 as an object of its own."""

_BATCH = 100


def requests_for(container: Container, most: int | None) -> int:
    """The maximum number of header requests for a container."""
    return container.objects if most is None else min(container.objects, most)


def look_at_headers(
    store: ObjectStore, inventory: Inventory, is_copied: IsCopied, *, most: int | None, workers: int, stop: StopFlag
) -> Inventory:
    """The inventory with counts of headers that S3 cannot hold, by container, and an example of each kind.

    Memory use does not grow with the listing.

    Args:   most: objects per container, spread over its names; None for all.
    Raises: Cancelled, and errors of requests.
    """
    with ThreadPoolExecutor(workers, thread_name_prefix="headers") as pool:

        def with_lost_headers(container: Container) -> Container:
            # The first check has already counted unreadable rows.
            listed = reporting_rows(store.entries(container.name), lambda _odd: None)
            entries = (one for one in listed if is_copied(container.name, one))
            stride = 1 if most is None else max(1, -(-container.objects // most))
            asked = islice(entries, None, None, stride)
            try:
                found, looked = _counted(_heads(store, container.name, asked, pool, stop))
            except NotFound:
                return container
            return replace(container, lost_headers=found, sampled=looked if stride > 1 else UNSET)

        return replace(inventory, containers=tuple(map(with_lost_headers, inventory.containers)))


def _heads(
    store: ObjectStore, container: str, entries: Iterable[ObjectEntry], pool: ThreadPoolExecutor, stop: StopFlag
) -> Iterator[ObjectInfo]:
    """The records of the listed objects; leaves out those that have since gone or expired."""

    def head(entry: ObjectEntry) -> ObjectInfo | None:
        stop.check()
        try:
            return store.head(container, entry.name)
        except (NotFound, Unreadable):
            # Its copy names unreadable rows.
            return None

    names = iter(entries)
    while batch := list(islice(names, _BATCH)):
        stop.check()
        yield from (found for found in pool.map(head, batch) if found is not None and not _has_expired(found))


def _has_expired(found: ObjectInfo) -> bool:
    expires = found.headers.get(EXPIRES_AT, "")
    return expires.isdigit() and int(expires) <= time.time()


def _counted(heads: Iterable[ObjectInfo]) -> tuple[tuple[LostHeaders, ...], int]:
    looked, lost = 0, dict[str, LostHeaders]()
    for found in heads:
        looked += 1
        for kind, example in examples(found.name, not_carried(found.headers, found.content_type)).items():
            before = lost.get(kind, LostHeaders(header=kind, objects=0, examples=()))
            shown = (*before.examples, example)[:MOST_EXAMPLES]
            lost[kind] = LostHeaders(header=kind, objects=before.objects + 1, examples=shown)
    return tuple(lost[kind] for kind in sorted(lost)), looked
