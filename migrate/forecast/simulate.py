"""List scheduling like the runner's, and a simulation of many runs.

Every run draws each item's own error, and one factor that all items share. That factor stretches a schedule without
changing its order, so one schedule is made for its items' errors and then stretched by many factors. There are always
a thousand runs, from as many schedules as 200,000 simulated steps allow. Windows of single waves do not stretch: if
there are any, each run has its own schedule, and there are at least a hundred runs.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from heapq import heappop, heappush
from math import ceil, exp, log
from random import Random
from statistics import NormalDist
from typing import NamedTuple

from migrate.forecast.work_classes import Learned, noise_sd
from migrate.forecast.work_left import Work
from migrate.model.steps import Step, StopServer
from migrate.plan.waves import NONE, Count, Places, Waves, awaited, fits, kept_from, may_be_stopped, places_of
from migrate.policy.policy_records import Limits

RUNS, STEPS_AT_MOST, LEAST_SCHEDULES, LEAST_OWN_SCHEDULES = 1000, 200_000, 10, 100


Opens = Callable[[float], float]


class Turn(NamedTuple):
    """The role of a step for servers that are down. `wave`: the wave it belongs to.

    `stops`: it stops a server of the wave; `ends`: the wave whose end it is a part of.
    """

    wave: int | None = None
    stops: bool = False
    ends: int | None = None


class Shape(NamedTuple):
    """The steps of a schedule, in rank order: dependencies by index, and the slots that each takes.

    `turns`: of each step, empty where no server is stopped; `down`: waves that are down from the first;
    `servers_down`: how many may be; `opens`: of a wave with windows of its own, what gives the work seconds at which it
    may be stopped, at some work seconds or later.
    """

    followers: tuple[tuple[int, ...], ...]
    waits: tuple[int, ...]
    places: tuple[Places, ...]
    free: Count
    turns: tuple[Turn, ...] = ()
    down: frozenset[int] = frozenset()
    servers_down: int = 1
    opens: Mapping[int, Opens] = {}


class Spans(NamedTuple):
    """The start and end of each step, in work seconds."""

    starts: list[float]
    ends: list[float]


class Runs(NamedTuple):
    """The results in work seconds, for each run: until the source is read, everything is done, each group is done.

    `downs`: the downtime of each server, in the order of the request; of fewer runs if there are many servers.
    `last`: how often each step ended last, among `schedules`.
    """

    evacuated: list[float]
    finished: list[float]
    groups: dict[str, list[float]]
    downs: list[list[float]]
    last: Counter[int]
    schedules: int


class Stay(NamedTuple):
    """The downtime of a server, by step indices: from its stop (None if that is in the past) to the last of `ends`."""

    stop: int | None
    ends: tuple[int, ...]

    def of(self, spans: Spans) -> tuple[float, float]:
        """Start and end in work seconds."""
        begins = 0.0 if self.stop is None else spans.starts[self.stop]
        return begins, max((spans.ends[index] for index in self.ends), default=begins)


def shape_of(
    work: Sequence[Work],
    limits: Limits,
    waves: Waves,
    down: frozenset[int] = frozenset(),
    opens: Mapping[int, Opens] | None = None,
) -> Shape:
    """`work` is in rank order. What is needed and not among it is done. `down`: waves that are down now."""
    index_of = {one.step.id: index for index, one in enumerate(work)}
    followers: list[list[int]] = [[] for _ in work]
    waits = [0] * len(work)
    also = awaited([one.step for one in work]) | waves.before_programs()
    also |= {stop: waves.awaited(wave) for wave in waves.all for stop in wave.stops}
    for index, one in enumerate(work):
        for need in {*one.step.needs, *also.get(one.step.id, ())}:
            if need in index_of:
                followers[index_of[need]].append(index)
                waits[index] += 1
    ends = {step_id: index for index, wave in enumerate(waves.all) for step_id in wave.ends()}
    return Shape(
        followers=tuple(tuple(some) for some in followers),
        waits=tuple(waits),
        places=tuple(places_of(one.step) for one in work),
        free=(limits.source, limits.target, limits.disks),
        turns=tuple(_turn(one.step, waves, ends) for one in work) if waves.all else (),
        down=down,
        servers_down=limits.servers_down,
        opens=opens or {},
    )


def _turn(step: Step, waves: Waves, ends: Mapping[str, int]) -> Turn:
    wave = waves.by_step[step.id] if waves.ends_downtime(step) else None
    return Turn(wave, isinstance(step.action, StopServer), ends.get(step.id))


class _Schedule:
    """One schedule as it comes about: queues of ready steps by what they take, places that are free, waves down.

    `wakes`: when the windows of waves open that were found closed.
    """

    def __init__(self, shape: Shape) -> None:
        self.shape, self.free, self.now = shape, list(shape.free), 0.0
        self.kept = kept_from(False, shape.free, is_down=True)
        self.wakes: list[float] = []
        self.turns = shape.turns or (Turn(),) * len(shape.waits)
        self.left = Counter(turn.ends for turn in self.turns if turn.ends is not None)
        self.down = {wave for wave in shape.down if self.left[wave]}
        self.queues: dict[tuple[Places, bool, bool, int | None], list[int]] = {}
        for index, waits in enumerate(shape.waits):
            if not waits:
                self.is_ready(index)

    def is_ready(self, index: int) -> None:
        turn = self.turns[index]
        # A wave that waits for its own window holds no other up.
        own = turn.wave if turn.stops and turn.wave in self.shape.opens else None
        key = self.shape.places[index], turn.wave is not None, turn.stops, own
        heappush(self.queues.setdefault(key, []), index)

    def take(self) -> int | None:
        """The next step: the lowest rank among the queues whose first step can start."""
        best, found = -1, None
        kept = self.kept if self.down else NONE
        for key, queue in self.queues.items():
            if not queue or -1 < best < queue[0]:
                continue
            takes, is_of_wave, stops, _ = key
            if not fits(takes, self.free, NONE if is_of_wave else kept) or (stops and not self._may_stop(queue[0])):
                continue
            best, found = queue[0], queue
        if found is None:
            return None
        heappop(found)
        turn = self.turns[best]
        if turn.stops and turn.wave is not None and self.left[turn.wave]:
            self.down.add(turn.wave)
        self._move(best, -1)
        return best

    def end(self, index: int) -> None:
        self._move(index, 1)
        wave = self.turns[index].ends
        if wave is not None:
            self.left[wave] -= 1
            if not self.left[wave]:
                self.down.discard(wave)

    def _may_stop(self, index: int) -> bool:
        wave = self.turns[index].wave
        if wave is None or wave in self.down:
            return True
        if not may_be_stopped(wave, self.down, self.shape.servers_down):
            return False
        opens = self.shape.opens.get(wave)
        at = self.now if opens is None else opens(self.now)
        if at > self.now:
            heappush(self.wakes, at)
        return at <= self.now

    def _move(self, index: int, count: int) -> None:
        source, target, disks = self.shape.places[index]
        free = self.free
        if source:
            free[0] += count
        if target:
            free[1] += count
        if disks:
            free[2] += count


def schedule(shape: Shape, durations: Sequence[float]) -> Spans:
    """Takes ready steps by rank while slots are free, like the runner; steps without a free slot wait."""
    count = len(durations)
    starts, ends, waits = [0.0] * count, [0.0] * count, list(shape.waits)
    state = _Schedule(shape)
    running: list[tuple[float, int]] = []
    while True:
        while (best := state.take()) is not None:
            starts[best], ends[best] = state.now, state.now + durations[best]
            heappush(running, (ends[best], best))
        if state.wakes and (not running or state.wakes[0] < running[0][0]):
            state.now = heappop(state.wakes)
            continue
        if not running:
            return Spans(starts, ends)
        state.now, index = heappop(running)
        state.end(index)
        for follower in shape.followers[index]:
            waits[follower] -= 1
            if not waits[follower]:
                state.is_ready(follower)


class Watched(NamedTuple):
    """The requested results, as step indices: steps that read the source, named groups, servers' downtimes."""

    reading: Sequence[int]
    groups: Mapping[str, Sequence[int]]
    stays: Sequence[Stay] = ()


def simulate(
    work: Sequence[Work],
    shape: Shape,
    learned: Mapping[str, Learned],
    watched: Watched,
    *,
    seed: str,
    shared_sd: float,
    floor_s: float,
) -> Runs:
    """Simulates a thousand runs. `floor_s`: the minimum time for reading, given the links."""
    reading, groups, stays = watched
    random = Random(seed)
    least = LEAST_OWN_SCHEDULES if shape.opens else LEAST_SCHEDULES
    schedules = max(least, min(RUNS, STEPS_AT_MOST // max(len(work), 1)))
    each = 1 if shape.opens else ceil(RUNS / schedules)
    factors = _factors(random, shared_sd, schedules * each)
    runs = Runs([], [], {name: [] for name in groups}, [[] for _ in stays], Counter(), schedules)
    # All of them for a few servers; for thousands enough for a quantile.
    every = ceil(len(stays) * schedules * each / STEPS_AT_MOST) or 1
    last_of = reading or range(len(work))
    for number in range(schedules):
        mine, durations = factors[number * each : (number + 1) * each], _durations(random, work, learned)
        if shape.opens:
            mine, durations = [1.0], [one * mine[0] for one in durations]
        spans = schedule(shape, durations)
        ends = spans.ends
        evacuated = max(max((ends[i] for i in reading), default=0.0), floor_s)
        finished = max(max(ends, default=0.0), evacuated)
        until = {name: max(ends[i] for i in indices) for name, indices in groups.items()}
        if last_of:
            runs.last[max(last_of, key=lambda i: (ends[i], -i))] += 1
        for stay, downs in zip(stays, runs.downs, strict=True):
            begins, until_up = stay.of(spans)
            downs += [(until_up - begins) * factor for factor in mine[::every]]
        for factor in mine:
            runs.evacuated.append(evacuated * factor)
            runs.finished.append(finished * factor)
            for name, end in until.items():
                runs.groups[name].append(end * factor)
    return runs


def _factors(random: Random, sd: float, count: int) -> list[float]:
    """Factors spread evenly over the distribution, in random order, so that few schedules suffice."""
    normal = NormalDist()
    factors = [exp(sd * normal.inv_cdf((index + 0.5) / count)) for index in range(count)]
    random.shuffle(factors)
    return factors


def _durations(random: Random, work: Sequence[Work], learned: Mapping[str, Learned]) -> list[float]:
    """Each step's predicted time, multiplied by an error of its class: measured or assumed."""
    supposed = {
        work_class: (log(one.model.q50), noise_sd(one.model)) for work_class, one in learned.items() if not one.errors
    }
    return [
        one.predicted_s
        * (
            random.lognormvariate(*supposed[one.work_class])
            if one.work_class in supposed
            else random.choice(learned[one.work_class].errors)
        )
        for one in work
    ]
