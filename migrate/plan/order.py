"""Ranks the steps: first those that need no stopped server, then wave by wave, then snapshots and backups.

The network comes first, so that it exists before a server is stopped. Reads without a stop come before the first stop,
so that a server that is down gets the full bandwidth. Each wave (`waves.py`) is completed before the next begins.
"""

from collections.abc import Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from heapq import heapify, heappop, heappush

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from migrate.model import Kind
from migrate.model.steps import Phase, RestoreVolume, Step, VerifyDisk
from migrate.model.wave_records import PlannedWave
from migrate.plan.waves import waves_of

_SORTED_BY_SIZE = frozenset({Phase.EVACUATE, Phase.OBJECTS, Phase.REBUILD, Phase.HISTORY, Phase.HISTORY_REBUILD})
_OF_YESTERDAY = frozenset({Kind.SNAPSHOT, Kind.BACKUP})


def ranked(steps: list[Step], planned: Sequence[PlannedWave] | UnsetType = UNSET) -> tuple[Step, ...]:
    """The steps in the order of their new ranks (1, 2, 3…), each after its dependencies.

    By phase, then largest first (long steps should not end last), then by id; steps after a stop are sorted by wave
    (`planned`) first, then in the same way.
    Raises: ValueError for circular or missing dependencies.
    """
    validate(steps)
    waiting = {step.id: len(step.needs) for step in steps}
    by_id = {step.id: step for step in steps}
    followers: dict[str, list[str]] = {step.id: [] for step in steps}
    for step in steps:
        for need in step.needs:
            followers[need].append(step.id)
    wave_of = waves_of(steps, planned).by_step
    ready = [_key(step, wave_of) for step in steps if not step.needs]
    heapify(ready)
    done: list[Step] = []
    while ready:
        step = by_id[heappop(ready)[-1]]
        done.append(replace(step, rank=len(done) + 1))
        for follower in followers[step.id]:
            waiting[follower] -= 1
            if not waiting[follower]:
                heappush(ready, _key(by_id[follower], wave_of))
    return tuple(done)


def validate(steps: list[Step]) -> None:
    """Raises ValueError: a duplicate id, a missing or circular dependency."""
    ids = {step.id for step in steps}
    if len(ids) != len(steps):
        twice = sorted({step.id for step in steps if sum(other.id == step.id for other in steps) > 1})
        raise ValueError(f"step ids are not unique: {twice}")
    missing = sorted({need for step in steps for need in step.needs} - ids)
    if missing:
        raise ValueError(f"steps need what is not there: {missing}")
    try:
        TopologicalSorter({step.id: step.needs for step in steps}).prepare()
    except CycleError as err:
        raise ValueError(f"steps need each other in a circle: {err.args[1]}") from err


def _key(step: Step, wave_of: Mapping[str, int]) -> tuple[int, int, int, int, str]:
    phase, wave = _phase(step), wave_of.get(step.id)
    size = -step.size_bytes if phase in _SORTED_BY_SIZE else 0
    return (phase, 0, 0, size, step.id) if wave is None else (Phase.WAVES, wave, phase, size, step.id)


def _phase(step: Step) -> Phase:
    """The step's phase; a disk restored or verified from a snapshot or backup belongs to the latter's phase."""
    action = step.action
    if isinstance(action, RestoreVolume | VerifyDisk) and action.of in _OF_YESTERDAY:
        return Phase.HISTORY_REBUILD
    return action.phase
