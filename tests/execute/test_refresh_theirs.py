"""What somebody has made out of a moved server, or used of it, stays when that server is to be made anew."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from migrate.clouds.ports import NewVolume
from migrate.demo.memory import MemoryCloud
from migrate.execute.runner import RunReport
from migrate.inventory.scan_project import scan
from migrate.ledger.ledger_records import State
from migrate.messages import codes
from migrate.model import Kind, Server, mark_of
from migrate.model.steps import AttachVolume, StopServer
from migrate.plan.build_plan import build_plan
from tests.execute.end_state import assert_whole
from tests.execute.refreshed import AT, SINCE, held, moved_while_it_ran, write
from tests.execute.rig import Killed, Rig, Switch, one_server_clouds
from tests.execute.turns import rig_of
from tests.matrix import one_each


def data_volume(rig: Rig, name: str = "") -> tuple[Server, str]:
    """A server at the target, and a volume beside its root disk."""
    servers = rig.cloud("target").compute.servers()
    server = next(one for one in servers if one.image_id and one.attachments and name in {"", one.name})
    return server, server.attachments[0].volume_id


def failed(report: RunReport) -> dict[str | None, list[str]]:
    found: dict[str | None, list[str]] = {}
    for step in report.steps:
        if step.state is State.FAILED:
            found.setdefault(step.code, []).append(step.facts.get("what", ""))
    return found


def volumes(rig: Rig) -> set[str]:
    return {volume.id for volume in rig.cloud("target").block.volumes()}


def restored_backup(rig: Rig, volume_id: str) -> str:
    """Cinder gives it the metadata of the volume that was backed up, our mark among it."""
    block = rig.cloud("target").block
    of = block.volume(volume_id)
    made = block.create_volume(NewVolume(name="theirs", size_gib=of.size_gib))
    rig.target_world.settle()
    rig.target_world.volumes.rows[made].change(metadata=of.metadata)
    return made


def test_a_volume_that_somebody_made_of_a_backup_of_ours_stays(tmp_path: Path) -> None:
    rig = moved_while_it_ran(tmp_path)
    theirs = restored_backup(rig, data_volume(rig)[1])
    assert rig.run().exit_code == 0
    assert theirs in volumes(rig)
    assert held(rig) == {SINCE}
    ids = [one.volume_id for server in rig.cloud("target").compute.servers() for one in server.attachments]
    assert theirs not in ids


@pytest.mark.parametrize(
    ("call", "when"), one_each(["block.delete_volume", "block.create_volume"], ["after", "recorded", "before"])
)
def test_and_is_not_taken_for_ours_after_a_kill(tmp_path: Path, call: str, when: str) -> None:
    rig = moved_while_it_ran(tmp_path)
    theirs = restored_backup(rig, data_volume(rig)[1])
    with pytest.raises(Killed):
        rig.run(Switch(f"target.{call}", when))
    assert rig.run().exit_code == 0
    assert theirs in volumes(rig)
    assert held(rig) == {SINCE}


def test_a_disk_whose_turn_comes_after_its_server_was_made_anew(tmp_path: Path) -> None:
    """The new server is not the one that the approval names, and need not go: it has nothing of the older copy."""
    rig = moved_while_it_ran(tmp_path)
    late = {step.id for step in rig.plan.steps if step.do == "volume.restore"}
    assert late and rig.run(only=lambda step: step.id not in late).exit_code == 3
    server = data_server(rig)
    assert not server.attachments
    assert rig.run().exit_code == 0
    assert held(rig) == {SINCE}
    assert data_server(rig).id == server.id and data_server(rig).attachments


def data_server(rig: Rig) -> Server:
    """The server that data volumes belong to, attached or not."""
    steps = [step for step in rig.plan.steps if isinstance(step.action, AttachVolume)]
    own_id = next(step.action.server_id for step in steps if isinstance(step.action, AttachVolume))
    return next(s for s in rig.cloud("target").compute.servers() if (mark := mark_of(s)) and mark.source_id == own_id)


def test_a_volume_of_a_server_that_somebody_deleted_stays_until_they_say_otherwise(tmp_path: Path) -> None:
    """It may have served another one since: no cloud tells which servers a volume was on."""
    rig = moved_while_it_ran(tmp_path)
    server, volume_id = data_volume(rig)
    rig.cloud("target").compute.delete_server(server.id)
    rig.target_world.settle()
    rig.target_world.write_volume(volume_id, AT, b"customer's own")
    assert failed(rig.run()) == {codes.COPY_OLDER_AND_USED: [f"server {server.id} was deleted"] * 2}
    assert rig.target_world.read_volume(volume_id, AT, 14) == b"customer's own"
    rig.policy = replace(rig.policy, accept=(codes.COPY_OLDER_AND_USED,))
    assert rig.run().exit_code == 0
    assert held(rig) == {SINCE}


def test_a_snapshot_of_one_disk_keeps_the_server_and_all_of_its_disks(tmp_path: Path) -> None:
    rig = moved_while_it_ran(tmp_path)
    server, volume_id = data_volume(rig)
    snapshot = rig.cloud("target").block.create_snapshot(volume_id, "theirs", {})
    rig.target_world.settle()
    report = rig.run()
    assert failed(report) == {codes.COPY_OLDER_AND_USED: [f"snapshot {snapshot}"] * 2}
    assert rig.cloud("target").compute.server(server.id).image_id == server.image_id
    assert rig.cloud("target").images.image(server.image_id or "").status == "active"


def test_a_volume_of_another_server_does_not_go_with_it_whatever_is_accepted(tmp_path: Path) -> None:
    rig = twins_to_be_cut_over(rig_of(tmp_path, 2, consistency="crash", start="twin"))
    compute = rig.cloud("target").compute
    one, other = (data_volume(rig, stop.action.name) for stop in rig.plan.steps if isinstance(stop.action, StopServer))
    compute.detach(other[0].id, other[1])
    rig.target_world.settle()
    compute.attach(one[0].id, other[1], delete_on_termination=True)
    rig.target_world.settle()
    rig.policy = replace(rig.policy, accept=(f"DCP-425:server:{one[0].name}",))
    rig.plan = build_plan(rig.source, rig.target, rig.policy)
    # Nobody has said a word about the other one.
    (stop,) = (s for s in rig.plan.steps if isinstance(s.action, StopServer) and s.action.name == one[0].name)
    rig.ledger().approve("cut-over", "tests", {stop.id: stop.digest}, "2026-01-01T00:00:00Z")
    assert set(failed(rig.run())) == {codes.COPY_OLDER_AND_USED}
    assert other[1] in volumes(rig)


def twins_to_be_cut_over(rig: Rig) -> Rig:
    assert rig.run().exit_code == 0
    write(rig, SINCE)
    return to_be_cut_over(rig)


def to_be_cut_over(rig: Rig) -> Rig:
    rig.policy = replace(rig.policy, consistency="auto", start="cut-over")
    rig.target = scan(rig.cloud("target"), "target")
    rig.plan = build_plan(rig.source, rig.target, rig.policy)
    return rig


def test_a_volume_that_went_with_its_server_is_restored_again(tmp_path: Path) -> None:
    """Its bytes are as they were, so that it was found and proved before another disk had the server replaced."""
    worlds = one_server_clouds()
    source = MemoryCloud("source", world=worlds[0])
    kept = source.block.create_volume(NewVolume(name="scratch", size_gib=1))
    worlds[0].settle()
    source.compute.attach(source.compute.servers()[0].id, kept, delete_on_termination=True)
    worlds[0].settle()
    rig = Rig.over(worlds, tmp_path, {"consistency": "crash", "start": "twin"})
    assert rig.run().exit_code == 0
    for one in source.compute.servers()[0].attachments:
        if one.volume_id != kept:
            rig.source_world.write_volume(one.volume_id, AT, SINCE)
    to_be_cut_over(rig).approve()
    first = {f"volume:{kept}:restore", f"volume:{kept}:verify"}
    rig.run(only=lambda step: "target" not in step.sides or step.id in first)
    before = rig.ledger().target_id(Kind.VOLUME, kept)
    assert before in volumes(rig)
    assert rig.run().exit_code == 0
    assert before not in volumes(rig)
    assert_whole(rig)
