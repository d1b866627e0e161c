"""List scheduling as the runner does it, and many runs of it.

Every run draws each item's own error, and one factor that all items share. That factor stretches a schedule without
changing its order: so a schedule is made once for its items' errors, and stretched by many factors. The fewer items
there are, the more schedules are made: a thousand runs always, of 200,000 steps all together.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from heapq import heapify, heappop, heappush
from math import ceil, exp, log
from random import Random
from statistics import NormalDist
from typing import NamedTuple

from migrate.forecast.classes import Learned, noise_sd
from migrate.forecast.estimate import Work
from migrate.plan.settings import Limits

RUNS, STEPS_AT_MOST, LEAST_SCHEDULES = 1000, 200_000, 10


class Shape(NamedTuple):
    """What a schedule needs of its steps, in rank order: who waits for whom by index, the places each takes."""

    followers: tuple[tuple[int, ...], ...]
    waits: tuple[int, ...]
    places: tuple[tuple[bool, bool, bool], ...]
    free: tuple[int, int, int]


class Spans(NamedTuple):
    """Work seconds at which each step begins and ends."""

    starts: list[float]
    ends: list[float]


class Runs(NamedTuple):
    """Work seconds of each run: until the source is read, until all is done, until each group of steps is done.

    `last`: how often the step of an index ended last, in how many schedules.
    """

    evacuated: list[float]
    finished: list[float]
    groups: dict[str, list[float]]
    last: Counter[int]
    schedules: int


def shape_of(work: Sequence[Work], limits: Limits) -> Shape:
    """`work` is in rank order. What is needed and not among it is done."""
    index_of = {one.step.id: index for index, one in enumerate(work)}
    followers: list[list[int]] = [[] for _ in work]
    waits = [0] * len(work)
    for index, one in enumerate(work):
        for need in one.step.needs:
            if need in index_of:
                followers[index_of[need]].append(index)
                waits[index] += 1
    return Shape(
        followers=tuple(tuple(some) for some in followers),
        waits=tuple(waits),
        places=tuple(("source" in one.step.sides, "target" in one.step.sides, one.is_disk) for one in work),
        free=(limits.source, limits.target, limits.disks),
    )


def schedule(shape: Shape, durations: Sequence[float]) -> Spans:
    """Takes ready steps by rank while there are places, as the runner does; a step that finds none is passed by."""
    count = len(durations)
    starts, ends, waits = [0.0] * count, [0.0] * count, list(shape.waits)
    ready: dict[tuple[bool, bool, bool], list[int]] = {}
    for index in range(count):
        if not waits[index]:
            ready.setdefault(shape.places[index], []).append(index)
    for queue in ready.values():
        heapify(queue)
    free, now = list(shape.free), 0.0
    running: list[tuple[float, int]] = []
    while True:
        while True:
            # Of the queues whose next step finds its places, the one with the lowest rank.
            best = min(
                (queue[0] for takes, queue in ready.items() if queue and _fits(takes, free)),
                default=-1,
            )
            if best < 0:
                break
            takes = shape.places[best]
            heappop(ready[takes])
            for place in range(3):
                free[place] -= takes[place]
            starts[best], ends[best] = now, now + durations[best]
            heappush(running, (ends[best], best))
        if not running:
            return Spans(starts, ends)
        now, index = heappop(running)
        for place in range(3):
            free[place] += shape.places[index][place]
        for follower in shape.followers[index]:
            waits[follower] -= 1
            if not waits[follower]:
                heappush(ready.setdefault(shape.places[follower], []), follower)


def simulate(
    work: Sequence[Work],
    shape: Shape,
    learned: Mapping[str, Learned],
    *,
    seed: str,
    shared_sd: float,
    floor_s: float,
    reading: Sequence[int],
    groups: Mapping[str, Sequence[int]],
) -> Runs:
    """A thousand runs. `floor_s`: what the links alone need for the reading; `reading`, `groups`: indices of steps."""
    random = Random(seed)
    schedules = max(LEAST_SCHEDULES, min(RUNS, STEPS_AT_MOST // max(len(work), 1)))
    each = ceil(RUNS / schedules)
    factors = _factors(random, shared_sd, schedules * each)
    runs = Runs([], [], {name: [] for name in groups}, Counter(), schedules)
    watched = reading or range(len(work))
    for number in range(schedules):
        ends = schedule(shape, _durations(random, work, learned)).ends
        evacuated = max(max((ends[i] for i in reading), default=0.0), floor_s)
        finished = max(max(ends, default=0.0), evacuated)
        until = {name: max(ends[i] for i in indices) for name, indices in groups.items()}
        if watched:
            runs.last[max(watched, key=lambda i: (ends[i], -i))] += 1
        for factor in factors[number * each : (number + 1) * each]:
            runs.evacuated.append(evacuated * factor)
            runs.finished.append(finished * factor)
            for name, end in until.items():
                runs.groups[name].append(end * factor)
    return runs


def _fits(takes: tuple[bool, bool, bool], free: list[int]) -> bool:
    return all(not one or free[place] for place, one in enumerate(takes))


def _factors(random: Random, sd: float, count: int) -> list[float]:
    """Evenly over the distribution, and dealt out by chance: so few schedules need no luck."""
    normal = NormalDist()
    factors = [exp(sd * normal.inv_cdf((index + 0.5) / count)) for index in range(count)]
    random.shuffle(factors)
    return factors


def _durations(random: Random, work: Sequence[Work], learned: Mapping[str, Learned]) -> list[float]:
    """Each step's predicted time, times an error of its class: one that was measured, or one that is supposed."""
    supposed = {klass: (log(one.model.q50), noise_sd(one.model)) for klass, one in learned.items() if not one.errors}
    return [
        one.predicted_s
        * (
            random.lognormvariate(*supposed[one.klass])
            if one.klass in supposed
            else random.choice(learned[one.klass].errors)
        )
        for one in work
    ]
