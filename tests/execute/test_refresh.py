"""A moved server whose original ran on is replaced by a newer copy; killed anywhere, a plain re-run ends alike."""

from itertools import product
from pathlib import Path

import pytest
from msgspec.structs import replace

from migrate.clouds.ports import NewVolume
from migrate.inventory.scan_project import scan
from migrate.ledger.ledger_records import State
from migrate.model.steps import StopServer
from migrate.plan.build_plan import build_plan
from tests.execute.rig import Killed, Rig, Switch
from tests.execute.test_kill import assert_whole
from tests.matrix import one_each, rest

AT, BEFORE, SINCE = 3 << 20, b"written before", b"written since!"


def moved_while_it_ran(tmp_path: Path) -> Rig:
    """As a twin; then somebody wants it cut over after all, and says yes to that."""
    return Rig.copy_of("moved while it ran", _moved_while_it_ran, tmp_path)


def _moved_while_it_ran(root: Path) -> Rig:
    rig = Rig.one_server(root, consistency="crash", start="twin")
    write(rig, BEFORE)
    assert rig.run().exit_code == 0
    assert held(rig) == {BEFORE}
    write(rig, SINCE)
    rig.policy = replace(rig.policy, consistency="auto", start="cut-over")
    rig.target = scan(rig.cloud("target"), "target")
    rig.plan = build_plan(rig.source, rig.target, rig.policy)
    assert all(step.action.replaces for step in rig.plan.steps if isinstance(step.action, StopServer))
    rig.approve()
    return rig


def write(rig: Rig, data: bytes) -> None:
    for server in rig.cloud("source").compute.servers():
        if server.image_id:
            rig.source_world.write_root_disk(server.id, AT, data)
        for one in server.attachments:
            rig.source_world.write_volume(one.volume_id, AT, data)


def held(rig: Rig) -> set[bytes]:
    """What the disks of the servers at the target hold there, as that cloud has them."""
    world, found = rig.target_world, set()
    for server in rig.cloud("target").compute.servers():
        if server.image_id:
            found.add(world.read_root_disk(server.id, AT, len(SINCE)))
        found |= {world.read_volume(one.volume_id, AT, len(SINCE)) for one in server.attachments}
    return found


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


def test_a_server_with_a_volume_of_somebody_else_stays_whatever_is_accepted(tmp_path: Path) -> None:
    """The volume may be set to go with the server."""
    rig = moved_while_it_ran(tmp_path)
    cloud = rig.cloud("target")
    (server,) = cloud.compute.servers()
    theirs = cloud.block.create_volume(NewVolume(name="theirs", size_gib=1, volume_type=None))
    rig.target_world.settle()
    cloud.compute.attach(server.id, theirs, delete_on_termination=True)
    rig.target_world.settle()
    rig.policy = replace(rig.policy, accept=("DCP-424", "DCP-425"))
    rig.plan = build_plan(rig.source, rig.target, rig.policy)
    rig.approve()
    report = rig.run()
    assert {step.code for step in report.steps if step.state is State.FAILED} == {"DCP-425"}
    assert [one.id for one in cloud.compute.servers()] == [server.id]
    assert theirs in {volume.id for volume in cloud.block.volumes()}
