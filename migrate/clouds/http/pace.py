"""Rate limits: one pacer for the requests to each cloud, one throttle for the content of the whole run.

A pacer follows two rules. Ours: a number of requests per second to the cloud, all services together. The cloud's: a
service (or the one container concerned) that answers "slower" gets no requests from any worker until the time that it
named, and then only spaced requests, whose gap shrinks as long as it does not complain again.
"""

import math
import random
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from migrate.monitor import StopFlag, log

Wait = Callable[[float], None]

MOST_PAUSE_S = 600.0
"""The longest pause for a service; a longer request is passed on to the caller."""

_FIRST_PAUSE_S, _MOST_UNASKED_S = 0.5, 60.0
_FIRST_GAP_S, _MOST_GAP_S, _NO_GAP_S, _RELAX = 0.05, 2.0, 0.005, 0.99
_SHORT_WAIT_S = 5.0
_PIECES_PER_S, _LEAST_PIECE_BYTES = 10, 4096

REFUSED = frozenset({429, 498})
"""Rate limits: the server has done nothing, so any request may be sent again."""


def is_refused(status: int, retry_after_s: float | None) -> bool:
    """Whether an answer reports a rate limit. A 413 does if it names a time; over quota it says 0 or nothing."""
    return status in REFUSED or (status == 413 and bool(retry_after_s))


def stoppable_sleep(stop: StopFlag) -> Wait:
    """A sleep that a stop interrupts with Cancelled. A short sleep is completed, so that the current piece
    can finish.
    """

    def wait(seconds: float) -> None:
        if seconds <= _SHORT_WAIT_S:
            time.sleep(seconds)
        else:
            stop.wait(seconds)
            stop.check()

    return wait


@dataclass(frozen=True)
class Pause:
    """A pause in requests to a service, or to a part of it, with the reason."""

    service: str
    status: int
    seconds: float
    part: str = ""

    @property
    def where(self) -> str:
        return f"{self.service}/{self.part}" if self.part else self.service


class Bucket:
    """A token bucket. Needs a lock if threads share it.

    Args:    per_s: the amount allowed per second.   burst: the amount allowed at once after a rest.
    """

    def __init__(self, per_s: float, burst: float) -> None:
        self._per_s, self._burst_s = per_s, burst / per_s
        self._spent_until = -math.inf

    def take(self, amount: float, now: float) -> float:
        """Reserves the amount after all earlier calls; returns the seconds to wait before it may pass."""
        start = max(self._spent_until, now - self._burst_s)
        self._spent_until = start + amount / self._per_s
        # A call does not wait for its own amount, but for earlier ones. So an amount above the burst passes too.
        return max(0.0, start - now)


@dataclass
class _Lane:
    """The pacing of a service, or a part of it, that has complained. `paused_as`: the number of its last pause."""

    closed_until: float = -math.inf
    gap_s: float = 0.0
    next_at: float = -math.inf
    strikes: int = 0
    paused_as: int = 0

    def turn(self, now: float) -> float:
        """Reserves the next turn; returns the seconds to wait for it."""
        start = max(now, self.closed_until, self.next_at)
        self.next_at = start + self.gap_s
        return start - now

    def close(self, seconds: float, now: float, *, slower: bool) -> None:
        self.closed_until = self.next_at = now + seconds
        if slower:
            self.gap_s = min(max(2 * self.gap_s, _FIRST_GAP_S), _MOST_GAP_S)

    def relax(self) -> None:
        self.strikes = 0
        self.gap_s = self.gap_s * _RELAX if self.gap_s > _NO_GAP_S else 0.0


class Pacer:
    """Delays the requests to one cloud, from all clients. Thread-safe.

    Args:    cloud: its name, for the log.   requests_per_s: our own limit, None for none.   on_pause: called with each
             pause.   clock, wait: a monotonic clock and a sleep; tests replace them.
    """

    def __init__(
        self,
        cloud: str = "",
        requests_per_s: float | None = None,
        *,
        on_pause: Callable[[Pause], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
        wait: Wait = time.sleep,
    ) -> None:
        self.wait = wait
        self._cloud, self._clock = cloud, clock
        self._on_pause = on_pause or (lambda pause: None)
        # After a rest, a second's worth of requests at once; the one that overdraws the bucket counts among them.
        self._bucket = Bucket(requests_per_s, max(0.0, requests_per_s - 1)) if requests_per_s else None
        # Only those that have complained: without limits, no request needs the lock.
        self._lanes: dict[tuple[str, str], _Lane] = {}
        self._pauses = 0
        self._lock = threading.Lock()

    def before(self, service: str, part: str = "") -> int:
        """Waits until a request to the service may be sent; returns a number for `answered`.

        Args:    part: a part of the service with its own limits, such as a container; "" for none.
        """
        number = self._take_turn(service, part) if self._lanes else self._pauses
        if self._bucket:
            with self._lock:
                wait_s = self._bucket.take(1, self._clock())
            if wait_s > 0:
                self.wait(wait_s)
        return number

    def _take_turn(self, service: str, part: str) -> int:
        while True:
            with self._lock:
                number, now = self._pauses, self._clock()
                wait_s = max((lane.turn(now) for lane in self._concerned(service, part)), default=0.0)
            if wait_s <= 0:
                return number
            self.wait(wait_s)
            if all(lane.paused_as <= number for lane in self._concerned(service, part)):
                return number

    def _concerned(self, service: str, part: str) -> list[_Lane]:
        keys = ((service, ""), (service, part)) if part else ((service, ""),)
        return [self._lanes[key] for key in keys if key in self._lanes]

    def answered(self, service: str, number: int, status: int, retry_after_s: float | None, part: str = "") -> None:
        """Records an answer: "slower" pauses the service for everybody, a good one shrinks the gap between requests.

        Pure rate limits (429, 498) pause only the part, if one is given.
        """
        if not (status == 503 or is_refused(status, retry_after_s)):
            if status < 500 and self._lanes:
                with self._lock:
                    for lane in self._concerned(service, part):
                        lane.relax()
            return
        part = part if status in REFUSED else ""
        with self._lock:
            lane, now = self._lanes.setdefault((service, part), _Lane()), self._clock()
            # A request sent before the current pause: its answer only counts if it asks for a longer one.
            is_late = number < lane.paused_as
            seconds = min(retry_after_s or 0.0, MOST_PAUSE_S)
            if is_late and now + seconds <= lane.closed_until:
                return
            lane.strikes += not is_late
            seconds = seconds or _unasked_s(lane.strikes)
            self._pauses += 1
            lane.paused_as = self._pauses
            lane.close(seconds, now, slower=not is_late)
        pause = Pause(service, status, seconds, part)
        log.info("paused cloud=%s service=%s wait_s=%.1f status=%d", self._cloud, pause.where, seconds, status)
        self._on_pause(pause)


def _unasked_s(strikes: int) -> float:
    """The pause for a service that named no time: longer after each complaint, with jitter."""
    return min(_FIRST_PAUSE_S * 2.0 ** (strikes - 1), _MOST_UNASKED_S) * random.uniform(0.5, 1.0)


def _open() -> None:
    """A gate that is always open."""


@dataclass
class Throttle:
    """The bandwidth limit for all content of a run: images and objects, read or sent. Thread-safe.

    Bytes count once on each side: an object read from one cloud and sent to another counts twice. Requests are served
    in order, in pieces of a tenth of a second, so that no stream starves.

    Args:    bytes_per_s: the limit, None for none.   gate: blocks while no content may move (time windows).
             clock, wait: as for Pacer.
    """

    bytes_per_s: int | None = None
    gate: Callable[[], None] = _open
    clock: Callable[[], float] = time.monotonic
    wait: Wait = time.sleep
    _bucket: Bucket | None = field(init=False, default=None)
    _lock: threading.Lock = field(init=False, default_factory=threading.Lock)

    def __post_init__(self) -> None:
        if self.bytes_per_s:
            self._bucket = Bucket(self.bytes_per_s, self.bytes_per_s / _PIECES_PER_S)

    @property
    def holds(self) -> bool:
        """Whether the throttle may delay anything."""
        return self._bucket is not None or self.gate is not _open

    def through(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """The same bytes at the permitted rate. Buffers at most one chunk."""
        for chunk in chunks:
            for piece in self._pieces(chunk):
                self.take(len(piece))
                yield piece

    def take(self, size_bytes: int) -> None:
        """Waits until this many bytes may move."""
        self.gate()
        if self._bucket is None:
            return
        with self._lock:
            wait_s = self._bucket.take(size_bytes, self.clock())
        if wait_s > 0:
            self.wait(wait_s)

    def _pieces(self, chunk: bytes) -> Iterator[bytes]:
        most = max(_LEAST_PIECE_BYTES, self.bytes_per_s // _PIECES_PER_S) if self.bytes_per_s else len(chunk)
        if len(chunk) <= most:
            yield chunk
            return
        for at in range(0, len(chunk), most):
            yield chunk[at : at + most]
