"""Killed at every kind of change, three ways each; a plain re-run ends verified, nothing doubled or left behind."""

from pathlib import Path
from typing import Any

import pytest

from migrate.demo.memory import MemoryCloud
from migrate.demo.small_tenant import two_clouds
from migrate.disks.store.manifest import SEGMENT_BYTES
from migrate.model import Image, Kind, Role
from tests.disks.disk_pair import add_image, noise
from tests.execute.end_state import assert_whole, temporaries
from tests.execute.rig import Killed, OneOfEach, Rig, Switch
from tests.matrix import rest

CALLS = (
    "source.compute.stop",
    "source.block.create_snapshot",
    "source.compute.create_image",
    "source.block.delete_volume",
    "target.compute.create_keypair",
    "target.network.create_port",
    "target.network.replace_rules",
    "target.network.create_floating_ip",
    "target.images.upload",
    "target.block.create_volume",
    "target.block.upload_to_image",
    "target.compute.create_server",
    "target.compute.attach",
    "target.objects.put_manifest",
    "source.block.create_volume",
    "source.block.set_boot",
    "source.block.upload_to_image",
    "source.images.delete",
    "source.block.delete_snapshot",
    "target.network.create_network",
    "target.network.create_subnet",
    "target.network.create_router",
    "target.network.add_interface",
    "target.network.create_security_group",
    "target.images.create",
    "target.images.delete",
    "target.block.set_boot",
    "target.objects.put_container",
    "target.objects.put",
)


def test_a_plain_rerun_heals_a_kill(tmp_path: Path) -> None:
    """One at each kind of call; each time the same command goes on, and the last one ends."""
    rig, left = Rig.make(tmp_path), set(CALLS)
    rig.approve()
    while left:
        with pytest.raises(Killed):
            rig.run(OneOfEach(left=left))
    report = rig.run()
    assert report.exit_code == 0, [s for s in report.steps if s.state != "done"]
    assert_whole(rig)


@pytest.mark.full
@pytest.mark.parametrize("when", ["after", "before", "recorded"])
@pytest.mark.parametrize("call", CALLS)
def test_a_plain_rerun_heals_a_kill_alone(call: str, when: str, tmp_path: Path) -> None:
    rig = Rig.make(tmp_path)
    rig.approve()
    switch = Switch(call, when)
    with pytest.raises(Killed):
        rig.run(switch)
    assert switch.fired
    report = rig.run()
    assert report.exit_code == 0, [s for s in report.steps if s.state != "done"]
    assert_whole(rig)


@pytest.mark.parametrize("when", ["after", *rest("before", "recorded")])
@pytest.mark.parametrize(
    "call",
    [
        "target.block.set_boot",
        *rest(
            "target.compute.create_server",
            "source.compute.create_image",
            "target.images.create",
            "target.block.create_volume",
            "target.block.upload_to_image",
        ),
    ],
)
def test_so_it_does_where_root_disks_become_boot_volumes(call: str, when: str, tmp_path: Path) -> None:
    rig = Rig.make(tmp_path, "small", boot="volume")
    rig.approve()
    switch = Switch(call, when)
    with pytest.raises(Killed):
        rig.run(switch)
    assert switch.fired
    assert rig.run().exit_code == 0
    assert_whole(rig)
    ((held,),) = (server.attachments for server in rig.cloud("target").compute.servers())
    assert held.delete_on_termination and [v.id for v in rig.cloud("target").block.volumes()] == [held.volume_id]


def test_killed_as_a_proof_removes_its_image_the_next_run_records_that_it_is_gone(tmp_path: Path) -> None:
    """Removed, and not recorded: no listing of the cloud would ever find it again."""
    rig = Rig.one_server(tmp_path)
    rig.approve()
    with pytest.raises(Killed):
        rig.run(Switch("target.images.delete", "after", nth=2))
    ledger = rig.ledger()
    ((step, kind),) = [(one.step_id, one.kind) for one in ledger.effects(side="target", role=Role.TEMPORARY)]
    ledger.close()
    assert step.endswith(":verify") and kind is Kind.IMAGE and temporaries(rig) != []
    assert rig.run().exit_code == 0
    assert temporaries(rig) == []


SEGMENTS, PACK = 22, 8
"""Segments of an image of noise, which nothing compresses, and how many of them fill a pack."""


def with_a_large_image(root: Path) -> tuple[Rig, Image]:
    worlds = two_clouds(0.02)
    image = add_image(MemoryCloud("source", world=worlds[0]), noise(SEGMENTS * SEGMENT_BYTES))
    rig = Rig.over(worlds, root, {})
    rig.approve()
    return rig, image


def stored_of(rig: Rig, image: Image) -> set[int]:
    """Segments of it that a capture finds in the store."""
    ledger = rig.ledger()
    store = rig.context(ledger).store
    ledger.close()
    with store.begin(f"image:{image.id}", image.id, image.size_bytes) as writer:
        return {index for index in range(SEGMENTS) if writer.has(index)}


@pytest.mark.full
@pytest.mark.parametrize("nth", [3, 2 * PACK + 5, SEGMENTS])
def test_no_completed_segment_is_read_again(nth: int, tmp_path: Path) -> None:
    """Killed at the nth read of an image; what was in the store by then is not asked of the source again."""
    rig, image = with_a_large_image(tmp_path)
    switch = Switch("source.images.read", "after", nth=nth, of=lambda image_id, *_: image_id == image.id)
    with pytest.raises(Killed):
        rig.run(switch)
    there = stored_of(rig, image)
    assert len(there) >= nth - 2 * PACK - rig.policy.limits.reads
    read: set[tuple[str, int]] = set()

    def is_never(image_id: str, start: int = 0, *_: Any) -> bool:
        read.add((image_id, start // SEGMENT_BYTES))
        return False

    assert rig.run(Switch("source.images.read", of=is_never)).exit_code == 0
    assert {index for image_id, index in read if image_id == image.id} == set(range(SEGMENTS)) - there
    assert_whole(rig)
