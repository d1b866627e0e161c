"""A volume that several servers hold: one copy, and all of them get it."""

from dataclasses import replace as changed
from pathlib import Path

import pytest

from migrate.clouds.ports import NewServer, NewVolume
from migrate.demo.memory import MemoryCloud
from migrate.demo.small_tenant import noise
from migrate.errors import Exit, Refused
from migrate.ledger.ledger_records import State
from migrate.messages import codes
from migrate.model import Volume
from migrate.model.steps import CaptureVolume
from migrate.policy.policy_records import Mappings
from migrate.units import KIB, MIB
from tests.execute.end_state import assert_whole
from tests.execute.rig import Rig, one_server_clouds
from tests.matrix import rest

SHARED = "cluster"


def rig_of(root: Path, *target_types: str, **policy: object) -> Rig:
    """Two servers hold a disk of the type `cluster`, and no other; those types of the target allow that."""
    worlds = source, target = one_server_clouds()
    source.offer = changed(
        source.offer, volume_types=(*source.offer.volume_types, SHARED), shared_volume_types=(SHARED,)
    )
    target.offer = changed(target.offer, shared_volume_types=target_types)
    cloud = MemoryCloud("source", world=source)
    first = cloud.compute.servers()[0]
    cloud.compute.detach(first.id, own := first.attachments[0].volume_id)
    source.settle()
    cloud.block.delete_volume(own)
    second = cloud.compute.create_server(NewServer(name="web-2", flavor_id="16", image_id=first.image_id, port_ids=()))
    volume_id = cloud.block.create_volume(NewVolume(name="quorum", size_gib=1, volume_type=SHARED))
    source.settle()
    source.write_volume(volume_id, 5 * MIB, noise("quorum", 40 * KIB))
    for server_id in (first.id, second):
        cloud.compute.attach(server_id, volume_id)
        source.settle()
    source.log.clear()
    rig = Rig.over(worlds, root, policy)
    rig.approve()
    return rig


SAID = Mappings(volume_types={SHARED: "high-speed"})


def quorum(rig: Rig, side: str) -> list[Volume]:
    return [volume for volume in rig.cloud(side).block.volumes() if volume.name == "quorum"]


@pytest.mark.parametrize("consistency", ["auto", *rest("crash")])
def test_one_copy_of_it_is_made_and_all_that_held_it_get_it(tmp_path: Path, consistency: str) -> None:
    start = "twin" if consistency == "crash" else "cut-over"
    rig = rig_of(tmp_path, "high-speed", mappings=SAID, consistency=consistency, start=start)
    (capture,) = [step.action for step in rig.plan.steps if isinstance(step.action, CaptureVolume)]
    assert {capture.server_id, *(capture.others or ())} == {a.server_id for a in capture.volume.attachments}
    assert rig.run().exit_code == 0
    (moved,) = quorum(rig, "target")
    names = {server.id: server.name for server in rig.cloud("target").compute.servers()}
    assert {names[a.server_id] for a in moved.attachments} == {"web-1", "web-2"}
    assert_whole(rig)
    manifest = rig.context(rig.ledger()).store.manifest(f"volume:{capture.volume.id}")
    assert manifest and manifest.origin.consistency == ("stopped" if consistency == "auto" else "crash-consistent")


def test_an_attach_that_another_holders_was_ahead_of_is_asked_for_again(tmp_path: Path) -> None:
    """Cinder reserves a volume for one attach at a time, and refuses the next until that is over."""
    rig = rig_of(tmp_path, "high-speed", mappings=SAID)
    refused = Refused(codes.BAD_REQUEST, what="the current status is reserved", status=400)
    rig.target_world.fail_next("POST", "/os-volume_attachments", refused, times=2)
    assert rig.run().exit_code == 0
    (moved,) = quorum(rig, "target")
    assert len(moved.attachments) == 2


def test_it_is_at_rest_only_while_all_that_hold_it_are_stopped(tmp_path: Path) -> None:
    rig = rig_of(
        tmp_path,
        "high-speed",
        mappings=Mappings(volume_types={SHARED: "high-speed"}),
        consistency="crash",
        start="twin",
    )
    (capture,) = [step.action for step in rig.plan.steps if isinstance(step.action, CaptureVolume)]
    assert capture.server_id
    rig.source_world.power(capture.server_id, "SHUTOFF")
    assert rig.run().exit_code == 0
    manifest = rig.context(rig.ledger()).store.manifest(f"volume:{capture.volume.id}")
    assert manifest and manifest.origin.consistency == "crash-consistent"


def test_where_the_target_does_not_allow_it_the_disk_is_kept_in_the_store(tmp_path: Path) -> None:
    rig = rig_of(tmp_path)
    (left,) = [one for one in rig.plan.left_out if one.name == "quorum"]
    assert left.code == codes.SHARED_VOLUME_UNSUPPORTED
    assert rig.run().exit_code == 0
    assert quorum(rig, "target") == []
    assert rig.context(rig.ledger()).store.manifest(f"volume:{quorum(rig, 'source')[0].id}")


def test_a_stranger_at_the_target_that_holds_it_too_is_a_conflict(tmp_path: Path) -> None:
    rig = rig_of(
        tmp_path,
        "high-speed",
        mappings=Mappings(volume_types={SHARED: "high-speed"}),
        consistency="crash",
        start="twin",
    )
    assert rig.run(only=lambda step: "attach" not in step.id).exit_code in {0, Exit.PARTIAL}
    cloud = rig.cloud("target")
    flavor = cloud.facts().flavors[0].id
    stranger = cloud.compute.create_server(
        NewServer(name="theirs", flavor_id=flavor, image_id=cloud.images.images()[0].id, port_ids=())
    )
    rig.target_world.settle()
    cloud.compute.attach(stranger, quorum(rig, "target")[0].id)
    rig.target_world.settle()
    failed = [step.code for step in rig.run().steps if step.state is State.FAILED]
    assert failed and set(failed) == {codes.VOLUME_ATTACHED_ELSEWHERE}
