"""The steps of one disk: capture at the source, restore at the target, verification there."""

from collections.abc import Iterator
from typing import NamedTuple

from msgspec import UNSET, UnsetType

from migrate.findings.decide_what_moves import Decision
from migrate.model import Kind
from migrate.model.steps import (
    AnyAction,
    CaptureServer,
    CaptureVolume,
    PreloadVolume,
    RestoreVolume,
    Step,
    TakePass,
    VerifyDisk,
)
from migrate.plan.waves import holders_of
from migrate.policy.selectors import is_warm, item


class Disk(NamedTuple):
    """A disk at the source, with its name for the steps."""

    kind: Kind
    source_id: str
    name: str
    size_bytes: int


def passage(
    decision: Decision,
    disk: Disk,
    capture: AnyAction,
    restore: tuple[str, AnyAction],
    *,
    needs: tuple[str, ...] = (),
    as_image: bool = False,
) -> Iterator[Step]:
    """All three steps of a disk that moves; only the capture of one that is just kept in the store. Before them a pass
    over a disk that is captured behind a stop, if the policy wants passes, and what is done with it ahead.

    `restore`: the last part of the step's id, and its action; `needs`: dependencies of the capture.
    """
    kind, source_id, name, size_bytes = disk
    if not decision.captures(kind, source_id):
        return
    captured = item(kind, source_id, "capture")
    if _is_warm(decision, capture) and needs and isinstance(capture, CaptureVolume | CaptureServer):
        yield from _ahead(decision, disk, capture, restore[1])
    yield Step.for_action(step_id=captured, name=name, action=capture, needs=needs, size_bytes=size_bytes)
    if not decision.moves(kind, source_id):
        return
    part, action = restore
    restored = item(kind, source_id, part)
    yield Step.for_action(step_id=restored, name=name, action=action, needs=(captured,), size_bytes=size_bytes)
    yield Step.for_action(
        step_id=item(kind, source_id, "verify"),
        name=name,
        action=VerifyDisk(of=kind, source_id=source_id, as_image=as_image, as_volume=_as_volume(kind, action)),
        needs=(restored,),
        size_bytes=size_bytes,
    )


def _ahead(
    decision: Decision, disk: Disk, capture: CaptureVolume | CaptureServer, restore: AnyAction
) -> Iterator[Step]:
    """The steps before the stop: a pass and, if the disk is restored as a device, the write of that pass."""
    kind, source_id, name, size_bytes = disk
    taken = item(kind, source_id, "pass")
    yield Step.for_action(step_id=taken, name=name, action=TakePass(capture=capture), size_bytes=size_bytes)
    if not decision.case.policy.passes.preload or not decision.moves(kind, source_id):
        return
    if isinstance(restore, RestoreVolume) and restore.attached is True:
        yield Step.for_action(
            step_id=item(kind, source_id, "preload"),
            name=name,
            action=PreloadVolume(restore=restore),
            needs=(taken,),
            size_bytes=size_bytes,
        )


def _is_warm(decision: Decision, capture: AnyAction) -> bool:
    """Whether the policy wants passes of a server with this disk."""
    policy, servers = decision.case.policy, decision.case.servers
    holders = (one for one in holders_of(capture) if one in servers)
    return any(is_warm(policy, item(Kind.SERVER, one), servers[one].name) for one in holders)


def _as_volume(kind: Kind, restore: AnyAction) -> bool | UnsetType:
    return True if kind is Kind.SERVER and isinstance(restore, RestoreVolume) else UNSET
