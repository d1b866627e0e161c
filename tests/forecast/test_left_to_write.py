"""What a forecast takes a verification to be whose disk was read back ahead of the stop."""

import pytest
from msgspec.structs import replace

from migrate.forecast.left_to_write import left_to_write
from migrate.ledger.ledger_records import HeldPass, Preloaded
from migrate.model.steps import RestoreVolume, Step
from tests.forecast.cases import disk

HELD = HeldPass(origin_id="one", tree_digest="tree")


def left(*, attached: bool) -> list[Step]:
    return [
        replace(step, action=replace(step.action, attached=True))
        if attached and isinstance(step.action, RestoreVolume)
        else step
        for step in disk("data")
    ]


@pytest.mark.parametrize(
    ("touched_at", "attached", "is_read_back"),
    [("2020-01-01T00:00:00", True, True), ("", True, False), ("2020-01-01T00:00:00", False, False)],
    ids=["read back", "a cloud that does not tell", "restored in another way now"],
)
def test_a_verification_reads_nothing_only_if_what_was_read_back_ahead_still_counts(
    touched_at: str, attached: bool, is_read_back: bool
) -> None:
    steps = left(attached=attached)
    of = steps[0].id.removesuffix(":capture")
    holds = Preloaded(disk=of, volume_id="v", passes=(HELD,), proved=HELD, touched_at=touched_at)
    found = left_to_write(steps, {of: holds}, {})
    assert found == ({f"{of}:verify": 0} if is_read_back else {})
