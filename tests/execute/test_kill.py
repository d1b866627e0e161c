"""Killed at every kind of change, three ways each; a plain re-run ends verified, nothing doubled or left behind."""

from collections import Counter
from pathlib import Path

import pytest

from migrate.model import Role, mark_of
from tests.execute.rig import Killed, Rig, Switch

CALLS = (
    "source.compute.stop",
    "source.block.create_snapshot",
    "source.block.create_volume",
    "source.block.set_boot",
    "source.block.upload_to_image",
    "source.compute.create_image",
    "source.images.delete",
    "source.block.delete_volume",
    "source.block.delete_snapshot",
    "target.compute.create_keypair",
    "target.network.create_network",
    "target.network.create_subnet",
    "target.network.create_router",
    "target.network.create_port",
    "target.network.add_interface",
    "target.network.create_security_group",
    "target.network.replace_rules",
    "target.network.create_floating_ip",
    "target.images.create",
    "target.images.upload",
    "target.images.delete",
    "target.block.create_volume",
    "target.block.set_boot",
    "target.block.upload_to_image",
    "target.compute.create_server",
    "target.compute.attach",
    "target.objects.put_container",
    "target.objects.put",
    "target.objects.put_manifest",
)


@pytest.mark.parametrize(
    "when", ["after", pytest.param("before", marks=pytest.mark.full), pytest.param("recorded", marks=pytest.mark.full)]
)
@pytest.mark.parametrize("call", CALLS)
def test_a_plain_rerun_heals_a_kill(call: str, when: str, tmp_path: Path) -> None:
    rig = Rig.make(tmp_path)
    rig.approve()
    switch = Switch(call, when)
    with pytest.raises(Killed):
        rig.run(switch)
    assert switch.fired
    report = rig.run()
    assert report.exit_code == 0, [s for s in report.steps if s.state != "done"]
    assert_whole(rig)


def assert_whole(rig: Rig) -> None:
    """Verified; each thing once; no temporary of ours on either side."""
    evidence = rig.verify()
    assert [row for row in evidence.rows if row.differences] == []
    for side in ("source", "target"):
        cloud = rig.cloud(side)
        things = [
            *cloud.images.images(),
            *cloud.block.volumes(),
            *cloud.block.snapshots(),
            *cloud.compute.servers(),
            *cloud.network.state().ports,
            *cloud.network.state().networks,
            *cloud.network.state().routers,
            *cloud.network.state().security_groups,
            *cloud.network.state().floating_ips,
        ]
        marks = [(type(thing).__name__, mark) for thing in things if (mark := mark_of(thing))]
        assert [m for m, count in Counter((name, str(mark)) for name, mark in marks).items() if count > 1] == []
        assert [m for m in marks if m[1].role is Role.TEMPORARY] == []
    assert {step.kind for step in rig.ledger().effects(side="source")} == set()


@pytest.mark.parametrize("nth", [2, 3, 5, 8])
def test_no_completed_segment_is_read_again(nth: int, tmp_path: Path) -> None:
    """Killed in the middle of the bulk copy; what was stored by then is not asked of the source again."""
    rig = Rig.make(tmp_path)
    rig.approve()
    with pytest.raises(Killed):
        rig.run(Switch("source.images.read", "after", nth=10 + nth))
    stored = {p.name for p in (tmp_path / "store").rglob("*-*") if p.is_file()}
    assert stored
    assert rig.run().exit_code == 0
    assert_whole(rig)
