"""A claim: one runner's right to one step, as long as its lease lives and its fence is the newest.

The fence protects the ledger (`WHERE fence = mine`); `check` protects the clouds: it is called before every change, and
refuses once the lease has expired by this machine's own clock, even if the process slept meanwhile. A request already
sent cannot be undone: a second effect is found by its mark.
"""

import os
import re
import sys
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path

from migrate.errors import LeaseLost
from migrate.messages import codes

_PID = re.compile(r"[0-9]{1,9}")


def steady_s() -> float:
    """Seconds of a monotonic clock that, on Linux, also counts suspended time."""
    if sys.platform == "linux":
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    return time.monotonic()


class Claim:
    """A claim from `Ledger.claim`; used by one worker thread and the heartbeat thread."""

    def __init__(
        self,
        renew: "Callable[[Claim], bool]",
        step_id: str,
        owner: str,
        fence: int,
        lease_s: float,
        claimed_at: float,
        digest: str,
    ) -> None:
        self.step_id = step_id
        # The step's digest at the claim.
        self.digest = digest
        self.owner = owner
        self.fence = fence
        self.lease_s = lease_s
        self._renew = renew
        self._lock = threading.Lock()
        self._beaten_at = claimed_at
        self._lost = False

    def check(self) -> None:
        """Raises LeaseLost if the step is no longer ours."""
        with self._lock:
            if self._lost or steady_s() - self._beaten_at > self.lease_s:
                self._lost = True
                raise LeaseLost(codes.CLAIM_LOST, step=self.step_id)

    def beat(self) -> None:
        """Renews the lease. If that fails, `check` tells the worker."""
        before = steady_s()
        with self._lock:
            # An expired lease is not renewed, even if nobody took over: the worker may be in the middle of a request.
            if self._lost or before - self._beaten_at > self.lease_s:
                self._lost = True
                return
        renewed = self._renew(self)
        with self._lock:
            if renewed:
                self._beaten_at = before
            else:
                self._lost = True


def _process_start(pid: int) -> str | None:
    """The start time of a live process in clock ticks since boot; None if it is gone or a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return None
    return None if fields[0] in "ZX" else fields[19]


def _host_id() -> str | None:
    """Identifies this boot of this machine and its process namespace, within which a pid is unique."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}.{Path('/proc/self/ns/pid').stat().st_ino}"
    except OSError:
        return None


def new_owner() -> str:
    """A name for this process, by which others on the same machine can tell whether it still lives."""
    host = _host_id()
    start = _process_start(os.getpid())
    if host is None or start is None:
        return f"elsewhere/{uuid.uuid4().hex}"
    return f"{host}/{os.getpid()}/{start}/{uuid.uuid4().hex[:8]}"


def owner_is_dead(owner: str) -> bool:
    """Whether the owner was a process of this machine and is certainly gone, so that its lease need not expire."""
    parts = owner.split("/")
    if len(parts) != 4 or parts[0] != _host_id() or not _PID.fullmatch(parts[1]):
        return False
    return _process_start(int(parts[1])) != parts[2]
