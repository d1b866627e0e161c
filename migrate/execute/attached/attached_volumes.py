"""The attached path: our volumes are devices of the worker server while their bytes are read or written.

Every attached volume is detached again: at the end of the work, after an error, and after a kill by the step's next
attempt, by a removal of the volume, or when its slot is needed (`worker_server.py`).
"""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from migrate.clouds.ports import Cloud
from migrate.errors import DecampError, LeaseLost, VolumeStuck
from migrate.execute.attached.worker_server import WaitLimits, Worker
from migrate.execute.job import Context, Job
from migrate.model import Volume
from migrate.monitor import log
from migrate.policy.policy_records import ATTACHED
from migrate.step_attempt import held_by_nobody

HANDED_OVER = frozenset({"available", "in-use", "reserved", "attaching", "detaching"})
"""States of a created volume, attached to the worker or not."""


@contextmanager
def attached_to_worker(job: Job, side: str, volume_id: str, *, limits: WaitLimits | None = None) -> Iterator[Path]:
    """The volume's device on this machine, attached during the block.

    Detaches a volume left by an earlier attempt first, so that no pending writes of a dead process remain. A run that
    has lost the step leaves the volume to its successor.

    Raises: like `Worker.attach`, `Worker.device` and `Worker.detach`.
    """
    with step_devices(job, side, limits).on(volume_id) as device:
        yield device


def step_devices(job: Job, side: str, limits: WaitLimits | None = None) -> "WorkerDevices":
    """The side's volumes as devices, for a step."""
    worker = Worker(job.ctx, job.cloud(side), side, limits or WaitLimits())
    return WorkerDevices(
        worker, check_running=job.check_running, check_claim=job.check_claim, waiting=lambda: _waiting(job)
    )


@dataclass(frozen=True)
class WorkerDevices:
    """Our volumes as devices of this machine, each within a block; for steps and for callers without one.

    `check_running`, `check_claim`: called before each change, the latter even while a run stops.
    `waiting`: entered while no bytes move.
    """

    worker: Worker
    check_running: Callable[[], None] = held_by_nobody
    check_claim: Callable[[], None] = held_by_nobody
    waiting: Callable[[], AbstractContextManager[None]] = nullcontext

    @property
    def used(self) -> bool:
        """Whether the policy selects the attached path for this side."""
        disks = self.worker.ctx.policy.disks
        return (disks.capture if self.worker.side == "source" else disks.restore) == ATTACHED

    @contextmanager
    def on(self, volume_id: str) -> Iterator[Path]:
        """Like `attached_to_worker`."""
        self.check_running()
        worker = self.worker
        try:
            with self.waiting():
                self.detach(volume_id)
                worker.attach(volume_id, check_running=self.check_running)
                device = worker.device(worker.cloud.block.volume(volume_id))
            yield device
        except (LeaseLost, VolumeStuck):
            raise  # it belongs to another step now, or the wait took too long; the next attempt finds it
        except Exception:
            _detach_quietly(worker, volume_id, self.check_claim)
            raise
        with self.waiting():
            self.detach(volume_id)

    def detach(self, volume_id: str) -> None:
        """Detaches the volume if it is attached."""
        self.worker.detach(volume_id, check_running=self.check_claim)


@contextmanager
def _waiting(job: Job) -> Iterator[None]:
    """Records time without data transfer, which the journal shows separately."""
    started = time.monotonic()
    try:
        yield
    finally:
        job.waited_s += time.monotonic() - started


def _detach_quietly(worker: Worker, volume_id: str, check_running: Callable[[], None]) -> None:
    """Detaches after an error, without raising another one: the volume is found again later."""
    try:
        worker.detach(volume_id, check_running=check_running)
    except DecampError as err:
        log.warning("left attached volume=%s server=%s code=%s", volume_id, worker.server_id, err.code)


def detach_from_worker(
    ctx: Context, cloud: Cloud, side: str, volume_id: str, *, check_running: Callable[[], None]
) -> None:
    """Detaches a volume of ours from the side's worker, if the policy names one and it is attached there."""
    Worker(ctx, cloud, side).detach(volume_id, check_running=check_running)


def made(volume: Volume) -> str:
    """The volume's status, or `available` if an earlier attempt left it on the worker."""
    return "available" if volume.status in HANDED_OVER else volume.status
