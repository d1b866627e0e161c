"""A moved server whose original ran on is replaced by a newer copy; killed anywhere, a plain re-run ends alike."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from migrate.clouds.ports import NewVolume
from migrate.ledger.ledger_records import State
from migrate.messages import codes
from migrate.model import Kind, Role
from migrate.monitor import StopFlag
from migrate.plan.build_plan import build_plan
from migrate.polling import poll
from tests.execute.end_state import assert_whole
from tests.execute.refreshed import SINCE, held, moved_while_it_ran
from tests.execute.rig import Killed, Rig, Switch
from tests.matrix import one_each, rest

CALLS, WHEN = ("compute.delete_server", "images.delete", "compute.create_server"), ("before", "after", "recorded")


@pytest.mark.parametrize(("call", "when"), [*one_each(CALLS, WHEN), *rest(*product(["images.create"], WHEN))])
def test_killed_while_it_is_replaced_and_run_again(tmp_path: Path, call: str, when: str) -> None:
    rig = moved_while_it_ran(tmp_path)
    (before,) = rig.cloud("target").compute.servers()
    with pytest.raises(Killed):
        rig.run(Switch(f"target.{call}", when))
    assert rig.run().exit_code == 0
    (after,) = rig.cloud("target").compute.servers()
    assert held(rig) == {SINCE} and after.id != before.id and after.attachments
    assert_whole(rig)


@dataclass
class Overtaken(Switch):
    """Holds the first step that comes to the call up until `until` is true: what it waits for, another one does."""

    until: Callable[[], bool] = lambda: True
    calls: int = 0

    def at(self, call: str, when: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        if (call, when) != (self.call, self.when):
            return
        with self._lock:
            self.calls += 1
            is_mine = self.calls == 1
        if is_mine:
            poll(self.until, bool, limit_s=60, stop=StopFlag(), first_s=0.01)
            self.fired = True


def test_two_disks_of_a_server_are_replaced_at_the_same_time(tmp_path: Path) -> None:
    """One step has looked at what was done to the server; then the other has it deleted, and replaces its own disk."""
    rig = moved_while_it_ran(tmp_path)
    ledger = rig.ledger()

    def is_replaced() -> bool:
        gone = [effect for effect in ledger.effects(side="target", removed=True) if effect.removed]
        return {Kind.SERVER} < {effect.kind for effect in gone if effect.role is Role.MOVED}

    overtaken = Overtaken("target.compute.actions", "after", until=is_replaced)
    assert_replaced(rig, overtaken)
    ledger.close()


def test_a_server_that_another_disks_step_is_deleting_was_not_used_by_somebody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its cloud lists that deletion among what was done to it, for as long as it is under way."""
    rig = moved_while_it_ran(tmp_path)
    servers, deleted = rig.target_world.servers, list[str]()
    pass_away = servers.pass_away
    monkeypatch.setattr(servers, "pass_away", lambda row_id, _lag: deleted.append(row_id))

    class UntilItHasLooked(Overtaken):
        def at(self, call: str, when: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
            super().at(call, when, args, kwargs)
            if self.fired and (call, when) == (self.call, "after"):
                pass_away(deleted[0], 0)

    overtaken = UntilItHasLooked("target.compute.actions", "before", until=lambda: bool(deleted))
    assert_replaced(rig, overtaken)


def assert_replaced(rig: Rig, overtaken: Overtaken) -> None:
    (before,) = rig.cloud("target").compute.servers()
    report = rig.run(overtaken)
    assert report.exit_code == 0, [step for step in report.steps if step.state is not State.DONE]
    assert overtaken.fired and overtaken.calls > 1
    (after,) = rig.cloud("target").compute.servers()
    assert held(rig) == {SINCE} and after.id != before.id
    assert_whole(rig)


def test_a_server_with_a_volume_of_somebody_else_stays_whatever_is_accepted(tmp_path: Path) -> None:
    """The volume may be set to go with the server."""
    rig = moved_while_it_ran(tmp_path)
    cloud = rig.cloud("target")
    (server,) = cloud.compute.servers()
    theirs = cloud.block.create_volume(NewVolume(name="theirs", size_gib=1, volume_type=None))
    rig.target_world.settle()
    cloud.compute.attach(server.id, theirs, delete_on_termination=True)
    rig.target_world.settle()
    rig.policy = replace(rig.policy, accept=(codes.COPY_OLDER, codes.COPY_OLDER_AND_USED))
    rig.plan = build_plan(rig.source, rig.target, rig.policy)
    rig.approve()
    report = rig.run()
    assert {step.code for step in report.steps if step.state is State.FAILED} == {codes.COPY_OLDER_AND_USED}
    assert [one.id for one in cloud.compute.servers()] == [server.id]
    assert theirs in {volume.id for volume in cloud.block.volumes()}
