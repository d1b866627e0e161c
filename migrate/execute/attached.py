"""The attached path: a volume of ours is a device of the server that we run on while its bytes are read or written.

What is attached comes off again whatever happens: at the end of the work, after an error, and after a kill by the next
attempt of the step, by whoever removes the volume, or by whoever needs its place (`worker.py`).
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from migrate.clouds.ports import Cloud
from migrate.errors import DecampError, LeaseLost
from migrate.execute.context import Context, Job
from migrate.execute.worker import Patience, Worker
from migrate.model import Volume
from migrate.monitor import log

HANDED_OVER = frozenset({"available", "in-use", "reserved", "attaching", "detaching"})
"""States of a volume that has been made, on the worker or not."""


@contextmanager
def on_worker(job: Job, side: str, volume_id: str, *, patience: Patience | None = None) -> Iterator[Path]:
    """The volume's device on this machine, for as long as the block lasts.

    What an earlier attempt left attached is taken off first: nothing that a dead process has not written yet is to be
    found behind the same device. A run that has lost the step leaves the volume to its successor.

    Raises: as `Worker.put_on`, `Worker.device` and `Worker.take_off`.
    """
    cloud = job.cloud(side)
    job.alive()
    worker = Worker(job.ctx, cloud, side, patience or Patience())
    try:
        with _waiting(job):
            worker.take_off(volume_id, alive=job.still_mine)
            worker.put_on(volume_id, alive=job.alive)
            device = worker.device(cloud.block.volume(volume_id))
        yield device
    except LeaseLost:
        raise
    except Exception as err:
        if isinstance(err, DecampError) and err.code == "DCP-516":
            raise  # it has been waited for long enough: whoever comes next finds it
        _take_off_quietly(worker, volume_id, job.still_mine)
        raise
    with _waiting(job):
        worker.take_off(volume_id, alive=job.still_mine)


@contextmanager
def _waiting(job: Job) -> Iterator[None]:
    """Time in which no byte moves: the journal tells it apart."""
    started = time.monotonic()
    try:
        yield
    finally:
        job.waited_s += time.monotonic() - started


def _take_off_quietly(worker: Worker, volume_id: str, alive: Callable[[], None]) -> None:
    """After an error, which says more than that the volume is still there: it is found again."""
    try:
        worker.take_off(volume_id, alive=alive)
    except DecampError as err:
        log.warning("left attached volume=%s server=%s code=%s", volume_id, worker.server_id, err.code)


def free(ctx: Context, cloud: Cloud, side: str, volume_id: str, *, alive: Callable[[], None]) -> None:
    """Takes a volume of ours off the side's worker, if the policy names one and the volume is there."""
    Worker(ctx, cloud, side).take_off(volume_id, alive=alive)


def made(volume: Volume) -> str:
    """The volume's status, and `available` for one that an earlier attempt has left on the worker."""
    return "available" if volume.status in HANDED_OVER else volume.status
