"""What a restore has left to write where a pass was written into its volume ahead of the stop. Pure."""

from collections.abc import Iterable, Mapping, Sequence

from migrate.ledger.ledger_records import Preloaded, TakenPass
from migrate.model.steps import Action, PreloadVolume, RestoreVolume, Step, VerifyDisk


def left_to_write(
    steps: Iterable[Step], preloaded: Mapping[str, Preloaded], taken: Mapping[str, Sequence[TakenPass]]
) -> dict[str, int]:
    """Maps restores to the bytes that they are expected to write: what changed most between two passes so far.

    And verifications of disks that were read back ahead to none, if the cloud tells that nobody has touched the volume
    since: the restore reads its changes back itself.
    `preloaded`, `taken`: by disk. Without two passes to compare, the restore counts as whole, and is left out.
    """
    found: dict[str, int] = {}
    left = {step.id: step for step in steps}
    for step in left.values():
        if isinstance(step.action, VerifyDisk):
            holds = preloaded.get(f"{step.action.of.value}:{step.action.source_id}")
            # The policy may have the disk restored in another way by now.
            as_device = all(_is_device(left[need].action) for need in step.needs if need in left)
            if holds and holds.proved and holds.touched_at and as_device:
                found[step.id] = 0
            continue
        if not isinstance(step.action, RestoreVolume) or not _is_device(step.action):
            continue
        disk = f"{step.action.of.value}:{step.action.volume.id}"
        changed = [one.changed_bytes for one in taken.get(disk, ()) if one.changed_bytes is not None]
        if disk in preloaded and preloaded[disk].passes and changed:
            found[step.id] = max(changed)
    return found


def writes_changes_only(step: Step, moved_bytes: int) -> bool:
    """Whether a finished step wrote only changes into a volume: its time tells nothing of a whole restore."""
    restore = step.action.restore if isinstance(step.action, PreloadVolume) else step.action
    return _is_device(restore) and moved_bytes < step.content_bytes


def _is_device(action: Action) -> bool:
    """Whether the action restores a volume as a device, on the worker at the target."""
    return isinstance(action, RestoreVolume) and action.attached is True
