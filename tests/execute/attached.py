"""Disks that are read and written on a server of their cloud."""

from dataclasses import replace as replace_fields
from pathlib import Path
from typing import Any

import pytest

from migrate.clouds.ports import NewImage, NewServer
from migrate.demo.memory import MemoryCloud
from migrate.demo.memory.worker_machine import Machine
from migrate.demo.memory.world import World
from migrate.disks.store.manifest import SEGMENT_BYTES
from migrate.execute.actions.dispatch import perform
from migrate.execute.job import Job
from migrate.ledger.ledger_records import State
from migrate.model import MARK_KEY
from migrate.policy.policy_records import Disks, Policy
from tests.execute.bench import MIGRATION, Bench
from tests.execute.rig import Killed, Switch, _Switched

TEXT = b"as it was then"
AT = 5 * SEGMENT_BYTES + 17


def worker_of(world: World, root: Path) -> str:
    """A server of the world which is the machine that the test runs on."""
    cloud = cloud_of(world)
    image_id = cloud.images.create(NewImage(name="os", disk_format="raw"))
    cloud.images.upload(image_id, [b"o" * 4096], 4096)
    server_id = cloud.compute.create_server(NewServer(name="worker", flavor_id="1", image_id=image_id, port_ids=()))
    world.settle()
    world.machine = Machine(server_id, root)
    return server_id


def cloud_of(world: World) -> MemoryCloud:
    return MemoryCloud(world.name, world=world)


def with_workers(path: Path) -> Bench:
    """A worker on each side; the links of both lie in one folder, as if the two were one machine."""
    made, root = (World("source", lag=1), World("target", lag=1)), path / "machine"
    source, target = (worker_of(world, root) for world in made)
    disks = Disks(
        capture="attached",
        restore="attached",
        source_worker=source,
        target_worker=target,
        devices=str(root / "by-id"),
        attachments=2,
    )
    for world in made:
        world.log.clear()
    return Bench(path, Policy(migration=MIGRATION, source_cloud="s", target_cloud="t", disks=disks), worlds=made)


def worlds(bench: Bench) -> dict[str, World]:
    return {"source": bench.source_world, "target": bench.target_world}


def on(bench: Bench, side: str) -> list[str]:
    """Volumes on the worker of that side."""
    world = worlds(bench)[side]
    return [one.volume_id for one in cloud_of(world).compute.attachments(bench.policy.disks.worker(side))]


def sent(bench: Bench, method: str, side: str = "source") -> list[str]:
    """Attachments that were asked for, or taken off."""
    return [path for verb, _, path in worlds(bench)[side].log if verb == method and "os-volume_attachments" in path]


def nothing_left(bench: Bench) -> None:
    assert on(bench, "source") == on(bench, "target") == []
    tenant = bench.tenant.block
    bench.source_world.settle()
    assert not tenant.snapshots()
    assert not [v for v in tenant.volumes() if MARK_KEY in v.metadata]
    assert not list((bench.root / "machine").glob("device-*"))


def changed(job: Job, **fields: Any) -> Job:
    """The job with another context."""
    return replace_fields(job, ctx=replace_fields(job.ctx, **fields))


def killed_at(bench: Bench, job: Job, side: str, call: str, when: str = "before") -> None:
    """The process ends there. Its step is free again at once, as one is whose runner is surely dead."""
    switch = Switch(call=f"{side}.{call}", when=when)
    cloud: Any = _Switched(bench.source if side == "source" else bench.target, switch, side)
    with pytest.raises(Killed):
        perform(changed(job, **{side: cloud}))
    assert job.claim
    bench.ledger.finish(job.claim, State.PENDING)
