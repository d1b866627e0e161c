"""Copies a container: passes over ranges of names, each of which leaves rows as its record.

A pass divides the container into shards of one listing page, works on a few in parallel, and sends differences with a
pool of workers (`copy_object.py`). It can be killed at any time: finished shards are known from their rows, others from
their logs. Without changes, a repetition only costs the listings.
"""

from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from functools import partial

from migrate.clouds.ports import LISTING_PAGE, ObjectStore
from migrate.model import ObjectEntry
from migrate.objects.copy.container_pass import ContainerCopy, Pass
from migrate.objects.copy.copy_object import Sender
from migrate.objects.copy.copy_shard import Shard
from migrate.objects.copy.counters import CopyStats, Counts
from migrate.objects.copy.object_versions import copy_history
from migrate.objects.copy.target_container import Containers
from migrate.objects.listing.row_files import PassFolder, Range
from migrate.pool import Pool
from migrate.step_attempt import Attempt

SHARDS_AT_ONCE = 4


def copy_container(
    source: ObjectStore, target: ObjectStore, what: ContainerCopy, folder: PassFolder, attempt: Attempt
) -> CopyStats:
    """Creates the container at the target with its headers and mark, and copies every missing object.

    Safe to repeat. An object counts as copied if the listings show its content at the target, and the source's listing
    shows no write since our copy; without a record of a copy, headers are compared. Objects that exist only at the
    target stay, and so do copies changed there, unless the source's object has changed too. Unreadable rows of the
    source's listing are recorded and left out.

    Args:    folder: for the rows.   attempt: `reads` is the number of objects in flight.
    Raises:  ConflictError DCP-506: a foreign container of that name; an object that differs from the source's and from
             any earlier copy.
             Cancelled: after the objects in flight are finished.  LeaseLost, QuotaExceeded, AccessError: at once.
             IntegrityError, ItemError, TransientError: some objects failed; the others were copied.
             NotFound: the container is gone at the source.
    """
    name = what.name
    containers = Containers(source, target, what.mark, attempt.check_running, what.sets_again)
    source_headers, settings = source.container(name).headers, folder.settings()
    made = containers.make(name, what.headers, settings)
    counts = Counts()
    sender = Sender(
        source, target, containers, counts, attempt.check_running, folder, name, what.project, what.expiring
    )
    with Pool(attempt.reads) as pool:
        work = Pass(source, target, what, folder, sender, pool, counts, attempt, folder.begin())
        if what.history:
            containers.keep_versions(name)
            with Pool(attempt.reads) as early:
                send = partial(sender.send_version, name)
                copy_history(source, target, name, pool=early, send=send, stop=attempt.stop)
                early.finish()
        _copy_shards(work)
        pool.finish()
    attempt.stop.check()
    work.raise_failures()
    containers.finish(name, what.headers, made, settings)
    folder.seal(source_headers, counts.stats().extra, tuple(work.extra_names), work.odd.summary())
    return counts.stats()


def _copy_shards(work: Pass) -> None:
    """Copies all ranges, a few in parallel. Raises the first error that ends the pass."""
    running: set[Future[None]] = set()
    with ThreadPoolExecutor(SHARDS_AT_ONCE, thread_name_prefix="decamp-shard") as pool:
        for names, now in _shards(work):
            if work.attempt.stop.is_set():
                break
            running.add(pool.submit(Shard(names, work, now).run))
            if len(running) == SHARDS_AT_ONCE:
                running = _reaped(running)
        while running:
            running = _reaped(running)


def _shards(work: Pass) -> Iterator[tuple[Range, list[ObjectEntry] | None]]:
    for names in work.folder.ranges():
        if names.number:
            yield names, None
        else:
            yield from _pages(work.listed(names), names)


def _reaped(running: set[Future[None]]) -> set[Future[None]]:
    done, left = wait(running, return_when=FIRST_COMPLETED)
    for future in done:
        future.result()
    return left


def _pages(entries: Iterable[ObjectEntry], names: Range) -> Iterator[tuple[Range, list[ObjectEntry]]]:
    """Divides a range that was never copied into shards of one listing page."""
    after, page = names.after, list[ObjectEntry]()
    for entry in entries:
        if len(page) == LISTING_PAGE:
            yield Range(after, page[-1].name), page
            after, page = page[-1].name, []
        page.append(entry)
    yield Range(after, names.until), page
