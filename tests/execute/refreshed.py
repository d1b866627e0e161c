"""A server that was captured while it ran, and is captured again."""

from pathlib import Path

from msgspec.structs import replace

from migrate.inventory.scan_project import scan
from migrate.model.steps import StopServer
from migrate.plan.build_plan import build_plan
from tests.execute.rig import Rig

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
