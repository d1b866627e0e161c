"""The stages of a cut-over, from the states of its wave's steps. Pure."""

from collections.abc import Callable, Mapping
from enum import StrEnum

from migrate.model.steps import (
    Action,
    AttachVolume,
    CheckServer,
    MakeServer,
    Step,
    StopServer,
    VerifyDisk,
)
from migrate.plan.waves import Wave


class CutOverStage(StrEnum):
    """The stages in order. `UP`: nothing is left to do."""

    STOP = "stop"
    LAST_PASS = "last-pass"
    RESTORE = "restore"
    VERIFY = "verify"
    START = "start"
    CHECK = "check"
    UP = "up"


_ORDER = tuple(CutOverStage)


def stage_of(wave: Wave, steps: Mapping[str, Step], is_done: Callable[[str], bool]) -> CutOverStage:
    """The earliest stage with a step that is left. `steps`: of the plan, by id.

    A step of the wave that brings no server up, such as the restore of a disk that stays unattached, has no stage.
    """
    mine = (*wave.stops, *wave.captures, *wave.back)
    left = {stage_of_action(steps[step_id].action) for step_id in mine if step_id in steps and not is_done(step_id)}
    return min(left, key=_ORDER.index, default=CutOverStage.UP)


def stage_of_action(action: Action) -> CutOverStage:
    """The stage that a step of a wave belongs to."""
    match action:
        case StopServer():
            return CutOverStage.STOP
        case VerifyDisk():
            return CutOverStage.VERIFY
        case MakeServer() | AttachVolume():
            return CutOverStage.START
        case CheckServer():
            return CutOverStage.CHECK
    return CutOverStage.LAST_PASS if "source" in action.sides else CutOverStage.RESTORE
