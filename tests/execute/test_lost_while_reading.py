"""What a runner reads just before a change may take longer than its lease: then it no longer asks for the change."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from migrate.errors import LeaseLost
from migrate.execute.actions.dispatch import perform
from migrate.execute.job import Job
from migrate.execute.runner import Runner
from migrate.ledger.step_claim import Claim, new_owner
from migrate.model.steps import AttachVolume, MakeServer, StopServer
from tests.execute.rig import Rig


class _Slow:
    """A cloud, or a room of it; once `read` has been called, the lease is over."""

    def __init__(self, inner: Any, read: str, claim: Claim) -> None:
        self._inner, self._read, self._claim = inner, read, claim

    def __getattr__(self, name: str) -> Any:
        if name == self._read:
            self._claim._lost = True
        found = getattr(self._inner, name)
        return _Slow(found, self._read, self._claim) if name == "compute" else found


@pytest.mark.parametrize(
    ("action", "read", "change"),
    [
        (StopServer, "actions", ("source", "/action")),
        (MakeServer, "server", ("target", "/servers")),
        (AttachVolume, "server", ("target", "/os-volume_attachments")),
    ],
)
def test_who_has_lost_the_step_while_it_read_changes_nothing(
    tmp_path: Path, action: type[Any], read: str, change: tuple[str, str]
) -> None:
    rig = Rig.one_server(tmp_path)
    rig.approve()
    later = {step.id for step in rig.plan.steps if isinstance(step.action, action)}
    step = next(step for step in rig.plan.steps if step.id in later)
    ledger = rig.ledger()
    ctx = rig.context(ledger)
    Runner(ctx, only=lambda one: one.id not in later, lease_s=30, retry_first_s=0.01).run()
    claim = ledger.claim(step.id, new_owner(), 30)
    assert claim and ctx.source
    before = rig.count(change[0], "POST", lambda path: path.endswith(change[1]))
    slow: Any = _Slow(ctx.source, read, claim)
    with pytest.raises(LeaseLost):
        perform(Job(replace(ctx, source=slow), step, claim))
    assert rig.count(change[0], "POST", lambda path: path.endswith(change[1])) == before
    ledger.close()
