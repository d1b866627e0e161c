"""Ranks the steps: first what must be read before the source is gone, then the network, then what is rebuilt."""

from graphlib import CycleError, TopologicalSorter
from heapq import heapify, heappop, heappush

from msgspec.structs import replace

from migrate.plan.steps import (
    AttachVolume,
    CaptureBackup,
    CaptureImage,
    CaptureServer,
    CaptureSnapshot,
    CaptureVolume,
    CopyContainer,
    MakeServer,
    RestoreImage,
    RestoreServerImage,
    RestoreSnapshotImage,
    RestoreVolume,
    ShareImage,
    Step,
    StopServer,
    VerifyDisk,
)

# Snapshots and backups are of yesterday: what is in use today is brought out of the source before them.
_EVACUATE, _OBJECTS, _HISTORY, _NETWORK, _REBUILD, _START = range(6)
_PHASES: dict[type, int] = {
    StopServer: _EVACUATE,
    CaptureImage: _EVACUATE,
    CaptureVolume: _EVACUATE,
    CaptureServer: _EVACUATE,
    CopyContainer: _OBJECTS,
    CaptureSnapshot: _HISTORY,
    CaptureBackup: _HISTORY,
    RestoreImage: _REBUILD,
    RestoreVolume: _REBUILD,
    RestoreServerImage: _REBUILD,
    RestoreSnapshotImage: _REBUILD,
    VerifyDisk: _REBUILD,
    MakeServer: _START,
    AttachVolume: _START,
    ShareImage: _START,
}
_SORTED_BY_SIZE = frozenset({_EVACUATE, _OBJECTS, _HISTORY, _REBUILD})


def ranked(steps: list[Step]) -> tuple[Step, ...]:
    """The steps in the order of their new ranks: 1, 2, 3…; none before what it needs.

    By phase, in a phase the largest first (the long ones end last otherwise), then by id.
    Raises: ValueError when the steps need each other in a circle, or one that is not there.
    """
    validate(steps)
    waiting = {step.id: len(step.needs) for step in steps}
    by_id = {step.id: step for step in steps}
    followers: dict[str, list[str]] = {step.id: [] for step in steps}
    for step in steps:
        for need in step.needs:
            followers[need].append(step.id)
    ready = [_key(step) for step in steps if not step.needs]
    heapify(ready)
    done: list[Step] = []
    while ready:
        step = by_id[heappop(ready)[-1]]
        done.append(replace(step, rank=len(done) + 1))
        for follower in followers[step.id]:
            waiting[follower] -= 1
            if not waiting[follower]:
                heappush(ready, _key(by_id[follower]))
    return tuple(done)


def validate(steps: list[Step]) -> None:
    """Raises ValueError: an id twice, a need that is no step, steps that need each other in a circle."""
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


def _key(step: Step) -> tuple[int, int, str]:
    phase = _PHASES.get(type(step.action), _NETWORK)
    return phase, -step.size_bytes if phase in _SORTED_BY_SIZE else 0, step.id
