"""Volumes that are written again."""

from pathlib import Path

from migrate.clouds.ports import NewVolume
from migrate.demo.memory.world import World
from migrate.disks.store.manifest import SEGMENT_BYTES
from migrate.model import Volume
from migrate.policy.policy_records import Disks, Policy
from tests.execute.attached import worker_of
from tests.execute.bench import MIGRATION, Bench

AT, BEFORE, SINCE = 5 * SEGMENT_BYTES + 17, b"written before", b"written since!"


def source_volume(bench: Bench) -> Volume:
    volume_id = bench.tenant.block.create_volume(NewVolume(name="data", size_gib=1))
    bench.source_world.settle()
    bench.source_world.write_volume(volume_id, AT, BEFORE)
    return bench.tenant.block.volume(volume_id)


def on_workers(tmp_path: Path, worlds: tuple[World, World]) -> Policy:
    """Both sides attached, on workers that are the machine of the test."""
    root = tmp_path / "machine"
    source, target = (worker_of(world, root) for world in worlds)
    for world in worlds:
        world.log.clear()
    disks = Disks(
        capture="attached",
        restore="attached",
        source_worker=source,
        target_worker=target,
        devices=str(root / "by-id"),
        attachments=2,
    )
    return Policy(migration=MIGRATION, source_cloud="s", target_cloud="t", disks=disks)
