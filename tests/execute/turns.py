"""Servers that are stopped in turns."""

from pathlib import Path
from typing import Any

from migrate.clouds.ports import NewServer, NewVolume
from migrate.demo.memory import MemoryCloud
from migrate.demo.memory.world import World
from migrate.demo.small_tenant import noise
from migrate.units import KIB, MIB
from tests.execute.rig import Rig, one_server_clouds


def clouds_of(servers: int) -> tuple[World, World]:
    """Registers new worlds: the tenant of one server, with several of two disks each."""
    worlds = source, _ = one_server_clouds()
    for world in worlds:
        world.project("main").limits.clear()
    cloud = MemoryCloud("source", world=source)
    first = cloud.compute.servers()[0]
    for number in range(2, servers + 1):
        new = NewServer(name=f"web-{number}", flavor_id="16", image_id=first.image_id, port_ids=())
        held = cloud.compute.create_server(new)
        volume_id = cloud.block.create_volume(NewVolume(name=f"data-{number}", size_gib=1))
        source.settle()
        source.write_volume(volume_id, 5 * MIB, noise(f"data{number}", 40 * KIB))
        cloud.compute.attach(held, volume_id)
        source.settle()
    source.log.clear()
    return worlds


def rig_of(root: Path, servers: int = 3, **policy: Any) -> Rig:
    """The tenant of several servers, approved."""
    rig = Rig.over(clouds_of(servers), root, policy)
    rig.approve()
    return rig
