"""A disk's segments from the store, in order, with read-ahead."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from itertools import islice

from migrate.disks.store.disk_store import DiskStore
from migrate.disks.store.manifest import DiskManifest, segment_count
from migrate.step_attempt import Attempt


def segments_in_order(
    store: DiskStore, manifest: DiskManifest, attempt: Attempt, indexes: Iterable[int] | None = None
) -> Iterator[bytes]:
    """The plain bytes of these segments (all by default), each checked against its digests.

    Holds at most `attempt.reads` in memory besides the current one.
    Raises: IntegrityError: one is missing or differs.  Cancelled.
    """
    wanted = iter(range(segment_count(manifest.size_bytes)) if indexes is None else indexes)

    def job(index: int) -> Callable[[], bytes]:
        one = partial(store.segment, manifest, index)
        return partial(attempt.with_retries, one, what=f"{manifest.disk} segment {index}")

    ahead: deque[Future[bytes]] = deque()
    with ThreadPoolExecutor(attempt.reads, thread_name_prefix="decamp-segments") as pool:
        try:
            ahead.extend(pool.submit(job(index)) for index in islice(wanted, attempt.reads))
            while ahead:
                attempt.stop.check()
                data = ahead.popleft().result()
                ahead.extend(pool.submit(job(index)) for index in islice(wanted, 1))
                yield data
        finally:
            for future in ahead:
                future.cancel()
