"""How long and how much memory comparing two long listings takes: `python -m tests.objects.listing.measure`.

Names are made up on the way, on both sides, so that only the merge and the rows' files are measured. A first argument
says how many.
"""

import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from migrate.clouds.ports import LISTING_PAGE
from migrate.model import Container, ObjectEntry
from migrate.objects.copy.container_pass import ContainerCopy
from migrate.objects.copy.copy_container import copy_container
from migrate.objects.listing.object_rows import row_of
from migrate.objects.listing.row_files import PassFolder, Range
from migrate.step_attempt import Attempt

MARK = "decamp-m-01234567-" + "0" * 32


class Endless:
    """An object store with that many objects, none of which is ever asked for."""

    multipart = None
    expiring = None
    settings = None

    def __init__(self, names: int) -> None:
        self._names = names

    def container(self, name: str) -> Container:
        return Container(name=name, objects=self._names, mark=MARK)

    def entries(self, container: str, prefix: str = "", marker: str = "", until: str = "") -> Iterator[ObjectEntry]:
        first = int(marker.rpartition("/")[2]) + 1 if marker else 0
        last = int(until.rpartition("/")[2]) + 1 if until else self._names
        return map(entry, range(first, last))


def entry(number: int) -> ObjectEntry:
    return ObjectEntry(
        name=f"photos/2019/{number:010d}",
        size_bytes=4096,
        etag=f"{number * 0x9E3779B97F4A7C15 % 2**128:032x}",
        last_modified="2026-01-01T00:00:00.000001",
    )


def main(names: int) -> None:
    store: Any = Endless(names)
    with tempfile.TemporaryDirectory() as root:
        folder = PassFolder(Path(root), "box")
        for first in range(0, names, LISTING_PAGE):
            last = min(first + LISTING_PAGE, names)
            number, log = folder.new_log()
            log.close()
            of = Range(entry(first - 1).name if first else "", entry(last - 1).name if last < names else "")
            folder.finish(of, number, (row_of(entry(number)) for number in range(first, last)))
        folder.seal({}, 0, ())
        size = sum(path.stat().st_size for path in Path(root).iterdir())
        before, started = resource.getrusage(resource.RUSAGE_SELF), time.monotonic()
        what = ContainerCopy("box", {}, MARK)
        stats = copy_container(store, store, what, PassFolder(Path(root), "box"), Attempt(reads=8))
        after, took = resource.getrusage(resource.RUSAGE_SELF), time.monotonic() - started
    assert stats.skipped == names, stats
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(
        f"{names:,} names, nothing changed: {took:.1f} s ({names / took:,.0f}/s), CPU {cpu:.1f} s, "
        f"peak RSS {after.ru_maxrss // 1024} MiB, rows {size / 2**20:.0f} MiB on disk"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000)
